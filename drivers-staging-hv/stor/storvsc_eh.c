// SPDX-License-Identifier: GPL-2.0
/*
 * Commands that the host does not complete, and the midlayer's error handler.
 *
 * The memory of a command is the host's until the host has completed it, so a
 * timeout waits on and the error handler is not called for it. It is called for
 * commands that the host completed in a way that the midlayer gives up on, and
 * by ioctl; no step takes a command back, or returns SUCCESS while the host has
 * one.
 */
#include <scsi/scsi.h>
#include <scsi/scsi_eh.h>

#include "recover.h"
#include "storvsc.h"

/**
 * storvsc_timed_out() - a command waits for the host longer than its timeout
 * @scmd: command
 *
 * Perhaps an interrupt was lost.
 *
 * Context: process.
 * Return: that it has ended, or to wait on.
 */
enum scsi_timeout_action storvsc_timed_out(struct scsi_cmnd *scmd)
{
	struct storvsc *sv = shost_priv(scmd->device->host);
	struct storvsc_cmd *sc = scsi_cmd_priv(scmd);
	struct request *rq = scsi_cmd_to_rq(scmd);
	struct vstor_queue *q = sv->vs->queue[rq->mq_hctx->queue_num];
	u32 slot = rq->tag;

	vstor_poll(q, NULL);
	if (!vstor_busy(q, slot, &sc->cmd))
		return SCSI_EH_DONE;
	vstor_overdue(sv->vs);
	return SCSI_EH_RESET_TIMER;
}

static int storvsc_reset(struct scsi_cmnd *scmd, u32 op, u32 key)
{
	struct storvsc *sv = shost_priv(scmd->device->host);

	if (vstor_reset(sv->vs, op, key))
		return FAILED;
	return vstor_idle(sv->vs, key) ? SUCCESS : FAILED;
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
	return storvsc_reset(scmd, VSTORW_OP_RESET_LUN,
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
	return storvsc_reset(scmd, VSTORW_OP_RESET_BUS, VSTOR_KEY_ALL);
}

/**
 * storvsc_eh_reset_host() - reset the adapter
 * @scmd: a command of it
 *
 * Context: process; sleeps.
 * Return: SUCCESS or FAILED.
 */
int storvsc_eh_reset_host(struct scsi_cmnd *scmd)
{
	return storvsc_reset(scmd, VSTORW_OP_RESET_ADAPTER, VSTOR_KEY_ALL);
}
