// SPDX-License-Identifier: GPL-2.0
/*
 * Commands that the host does not complete.
 *
 * The memory of a command is the host's until the host completes it or a reset.
 * No step returns SUCCESS before that, and the last one takes everything back
 * whatever the host does.
 */
#include <scsi/scsi.h>
#include <scsi/scsi_eh.h>

#include "recover.h"
#include "storvsc.h"

/**
 * storvsc_eh_abort() - is a command still with the host
 * @scmd: command that timed out
 *
 * There is no operation that aborts one command. But an interrupt may have been
 * lost, or the completion came meanwhile.
 *
 * Context: process; sleeps.
 * Return: SUCCESS if it is not, else FAILED: the LUN reset is next.
 */
int storvsc_eh_abort(struct scsi_cmnd *scmd)
{
	struct storvsc *sv = shost_priv(scmd->device->host);
	struct request *rq = scsi_cmd_to_rq(scmd);
	struct vstor_queue *q = sv->vs->queue[rq->mq_hctx->queue_num];

	vstor_poll(q, NULL);
	if (vstor_busy(q, rq->tag, scsi_cmd_priv(scmd)))
		return FAILED;
	/* The completion may be on its way through storvsc_done(). */
	synchronize_rcu();
	return SUCCESS;
}

static int storvsc_reset(struct storvsc *sv, u32 op, u32 key)
{
	if (vstor_error(sv->vs)) {
		vstor_fail(sv->vs, VSTOR_KEY_ALL, -ENODEV);
		return SUCCESS;
	}
	return vstor_reset_reclaim(sv->vs, op, key) ? FAILED : SUCCESS;
}

/**
 * storvsc_eh_reset_lun() - reset a LUN
 * @scmd: a command of it
 *
 * Context: process; sleeps.
 * Return: SUCCESS or FAILED.
 */
int storvsc_eh_reset_lun(struct scsi_cmnd *scmd)
{
	struct storvsc *sv = shost_priv(scmd->device->host);

	return storvsc_reset(sv, VSTORW_OP_RESET_LUN,
			     storvsc_key(scmd->device));
}

/**
 * storvsc_eh_reset_bus() - reset the bus
 * @scmd: a command on it
 *
 * Context: process; sleeps.
 * Return: SUCCESS or FAILED.
 */
int storvsc_eh_reset_bus(struct scsi_cmnd *scmd)
{
	struct storvsc *sv = shost_priv(scmd->device->host);

	return storvsc_reset(sv, VSTORW_OP_RESET_BUS, VSTOR_KEY_ALL);
}

/**
 * storvsc_eh_reset_host() - reset the adapter; the last resort
 * @scmd: a command of it
 *
 * Context: process; sleeps.
 * Return: SUCCESS or FAILED: no command is with the host in either case.
 */
int storvsc_eh_reset_host(struct scsi_cmnd *scmd)
{
	struct storvsc *sv = shost_priv(scmd->device->host);

	int ret = storvsc_reset(sv, VSTORW_OP_RESET_ADAPTER, VSTOR_KEY_ALL);

	if (ret == SUCCESS)
		return SUCCESS;
	shost_printk(KERN_ERR, sv->host,
		     "the host completes nothing, not even a reset\n");
	vstor_fail(sv->vs, VSTOR_KEY_ALL, -ETIMEDOUT);
	return FAILED;
}
