// SPDX-License-Identifier: GPL-2.0
/*
 * Commands: from the SCSI midlayer to the ring and back.
 */
#include <linux/module.h>
#include <linux/scatterlist.h>
#include <linux/string.h>
#include <scsi/scsi.h>
#include <scsi/scsi_dbg.h>
#include <scsi/scsi_eh.h>

#include "storvsc.h"

static struct vstor_queue *storvsc_queue(struct storvsc *sv, struct request *rq)
{
	return sv->vs->queue[rq->mq_hctx->queue_num];
}

static bool storvsc_map_data(struct scsi_cmnd *scmd, struct vstor_cmd *cmd)
{
	struct vmb_gpa_builder b;
	struct scatterlist *sg;
	int i;

	vmb_gpa_init(&b, &cmd->gpa, cmd->room);
	scsi_for_each_sg(scmd, sg, scsi_sg_count(scmd), i) {
		if (unlikely(!vstor_add_data(&b, sg_phys(sg), sg->length)))
			return false;
	}
	cmd->desc_len = vmb_gpa_finish(&b);
	return true;
}

static bool storvsc_prep(struct scsi_cmnd *scmd, struct vstor_cmd *cmd)
{
	struct vstorw_srb *srb = &cmd->pkt.srb;

	vstor_set_lun(cmd, storvsc_key(scmd->device));
	memcpy(srb->cdb, scmd->cmnd, VSTORW_CDB_BYTES);
	srb->cdb_len = scmd->cmd_len;
	if (!scsi_bufflen(scmd)) {
		vstor_set_no_data(cmd);
		return true;
	}
	vstor_set_data(cmd, scsi_bufflen(scmd),
		       scmd->sc_data_direction == DMA_TO_DEVICE);
	return storvsc_map_data(scmd, cmd);
}

static enum scsi_qc_status storvsc_refuse(struct scsi_cmnd *scmd, int host_byte)
{
	scmd->result = host_byte << 16;
	scsi_done(scmd);
	return 0;
}

/**
 * storvsc_queuecommand() - send a command
 * @host: SCSI host
 * @scmd: command
 *
 * Return: 0: it will end by scsi_done(), or has already; or
 * SCSI_MLQUEUE_HOST_BUSY if the ring is full.
 */
enum scsi_qc_status storvsc_queuecommand(struct Scsi_Host *host,
					 struct scsi_cmnd *scmd)
{
	struct storvsc *sv = shost_priv(host);
	struct vstor_cmd *cmd = scsi_cmd_priv(scmd);
	struct request *rq = scsi_cmd_to_rq(scmd);
	struct vstor_queue *q = storvsc_queue(sv, rq);
	bool more = !(scmd->flags & SCMD_LAST);
	int err;

	if (unlikely(!storvsc_prep(scmd, cmd))) {
		err = -EINVAL;
	} else {
		err = vstor_submit(q, rq->tag, cmd, more);
		if (likely(!err))
			return 0;
	}
	/* Earlier ones of this batch may wait for the last. */
	if (!more)
		vstor_kick(q);
	if (err == -EAGAIN)
		return SCSI_MLQUEUE_HOST_BUSY;
	return storvsc_refuse(scmd, err == -EINVAL ? DID_ERROR : DID_NO_CONNECT);
}

/**
 * storvsc_commit_rqs() - send what waits for more
 * @host: SCSI host
 * @hwq: hardware queue
 */
void storvsc_commit_rqs(struct Scsi_Host *host, u16 hwq)
{
	struct storvsc *sv = shost_priv(host);

	vstor_kick(sv->vs->queue[hwq]);
}

/**
 * storvsc_init_cmd_priv() - a command's memory was allocated
 * @host: SCSI host
 * @scmd: command
 *
 * Return: 0.
 */
int storvsc_init_cmd_priv(struct Scsi_Host *host, struct scsi_cmnd *scmd)
{
	vstor_init_cmd(scsi_cmd_priv(scmd), VSTOR_MAX_PFNS);
	return 0;
}

/*
 * Hosts answer some commands that they do not implement with an SRB error and
 * nothing else. That would be repeated and then look like a broken device, so
 * say what it means: sense data, never success.
 */
static const struct storvsc_quirk {
	u8 opcode;
	u8 key;
	u8 asc;
} storvsc_quirks[] = {
	{ INQUIRY,		ILLEGAL_REQUEST, 0x24 },
	{ MODE_SENSE,		ILLEGAL_REQUEST, 0x24 },
	{ MODE_SENSE_10,	ILLEGAL_REQUEST, 0x24 },
	{ MAINTENANCE_IN,	ILLEGAL_REQUEST, 0x20 },
	{ PERSISTENT_RESERVE_IN, ILLEGAL_REQUEST, 0x20 },
	{ ATA_12,		ILLEGAL_REQUEST, 0x20 },
	{ ATA_16,		ILLEGAL_REQUEST, 0x20 },
	{ TEST_UNIT_READY,	NOT_READY,	 0x04 },
};

static bool storvsc_apply_quirk(struct scsi_cmnd *scmd)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(storvsc_quirks); i++) {
		const struct storvsc_quirk *quirk = &storvsc_quirks[i];

		if (quirk->opcode != scmd->cmnd[0])
			continue;
		scsi_build_sense(scmd, 0, quirk->key, quirk->asc, 0);
		return true;
	}
	return false;
}

/* Without sense data: the host byte says whether the midlayer repeats it. */
static int storvsc_host_byte(u8 srb_status)
{
	switch (srb_status) {
	case VSTORW_SRB_ABORTED:
		return DID_SOFT_ERROR;
	case VSTORW_SRB_BUS_RESET:
		return DID_RESET;
	case VSTORW_SRB_BUSY:
		return DID_BUS_BUSY;
	case VSTORW_SRB_INVALID_LUN:
	case VSTORW_SRB_NO_DEVICE:
		return DID_NO_CONNECT;
	default:
		return DID_ERROR;
	}
}

/* More data than there was room for: what came is good, except for I/O. */
static bool storvsc_overrun_ok(const struct vstorw_srb *srb, u8 opcode)
{
	if ((srb->srb_status & VSTORW_SRB_STATUS_MASK) != VSTORW_SRB_OVERRUN ||
	    srb->scsi_status)
		return false;
	return opcode == INQUIRY || opcode == MODE_SENSE ||
	       opcode == MODE_SENSE_10 || opcode == REPORT_LUNS ||
	       opcode == REQUEST_SENSE;
}

static bool storvsc_take_sense(struct scsi_cmnd *scmd,
			       const struct vstorw_srb *srb)
{
	unsigned int n = vstor_sense_bytes(srb);

	if (!n)
		return false;
	memcpy(scmd->sense_buffer, srb->sense, n);
	scmd->result = srb->scsi_status ?: SAM_STAT_CHECK_CONDITION;
	return true;
}

/* The host says that something went wrong: no data is good. */
static void storvsc_take_error(struct scsi_cmnd *scmd,
			       const struct vstorw_packet *answer)
{
	const struct vstorw_srb *srb = &answer->srb;
	u8 srb_status = srb->srb_status & VSTORW_SRB_STATUS_MASK;

	scsi_set_resid(scmd, scsi_bufflen(scmd));
	if (storvsc_take_sense(scmd, srb))
		return;
	if (srb->scsi_status && srb->scsi_status != SAM_STAT_CHECK_CONDITION) {
		scmd->result = srb->scsi_status;
		return;
	}
	if ((srb_status == VSTORW_SRB_ERROR ||
	     srb_status == VSTORW_SRB_INVALID_REQUEST) &&
	    storvsc_apply_quirk(scmd))
		return;
	scmd->result = storvsc_host_byte(srb_status) << 16;
}

static void storvsc_take_answer(struct scsi_cmnd *scmd,
				const struct vstorw_packet *answer)
{
	const struct vstorw_srb *srb = &answer->srb;
	u32 moved = le32_to_cpu(srb->xfer_len);
	bool ok = (srb->srb_status & VSTORW_SRB_STATUS_MASK) ==
		  VSTORW_SRB_SUCCESS && !srb->scsi_status;

	if (VSTORW_NT_ERROR(le32_to_cpu(answer->status)))
		ok = false;
	else if (storvsc_overrun_ok(srb, scmd->cmnd[0]))
		ok = true;
	if (!ok) {
		storvsc_take_error(scmd, answer);
		return;
	}
	/* A host that moved more than it was asked to has no idea what it did. */
	if (unlikely(moved > scsi_bufflen(scmd))) {
		scsi_set_resid(scmd, scsi_bufflen(scmd));
		scmd->result = DID_ERROR << 16;
		return;
	}
	scsi_set_resid(scmd, scsi_bufflen(scmd) - moved);
	scmd->result = SAM_STAT_GOOD;
}

/**
 * storvsc_note() - something changed
 * @sv: host
 * @key: which LUN, or VSTOR_KEY_ALL for the set of LUNs
 *
 * Context: any.
 */
void storvsc_note(struct storvsc *sv, u32 key)
{
	if (key == VSTOR_KEY_ALL)
		set_bit(0, &sv->rescan);
	else if (!VSTOR_KEY_PATH(key) && VSTOR_KEY_TARGET(key) < VSTOR_TARGETS)
		set_bit(VSTOR_KEY_TARGET(key) * VSTOR_LUNS + VSTOR_KEY_LUN(key),
			sv->changed);
	queue_work(system_dfl_wq, &sv->update);
}

static void storvsc_note_changes(struct storvsc *sv, struct scsi_cmnd *scmd,
				 const struct vstorw_packet *answer)
{
	struct vstor_judgement j;

	vstor_judge(&j, answer, scsi_bufflen(scmd));
	if (j.luns_changed)
		storvsc_note(sv, VSTOR_KEY_ALL);
	/* Not for LUNs that are only being looked for. */
	if ((j.changed || j.gone) && scsi_device_online(scmd->device) &&
	    scmd->device->sdev_state != SDEV_CREATED)
		storvsc_note(sv, storvsc_key(scmd->device));
}

static void storvsc_unanswered(struct scsi_cmnd *scmd, int error)
{
	scsi_set_resid(scmd, scsi_bufflen(scmd));
	switch (error) {
	case -ECONNRESET:
		scmd->result = DID_RESET << 16;
		break;
	case -ETIMEDOUT:
		vstor_keep_pages(scsi_cmd_to_rq(scmd));
		scmd->result = DID_TIME_OUT << 16;
		break;
	case -ENODEV:
		scmd->result = DID_NO_CONNECT << 16;
		break;
	default:
		scmd->result = DID_ERROR << 16;
	}
}

/**
 * storvsc_done() - a command ended
 * @q: queue that it was on
 * @cmd: command
 * @answer: see &struct vstor_ops
 * @error: see &struct vstor_ops
 * @iob: not used: the midlayer completes commands one by one
 */
void storvsc_done(struct vstor_queue *q, struct vstor_cmd *cmd,
		  const struct vstorw_packet *answer, int error,
		  struct io_comp_batch *iob)
{
	struct scsi_cmnd *scmd = (void *)cmd - sizeof(*scmd);

	if (unlikely(error)) {
		storvsc_unanswered(scmd, error);
		scsi_done(scmd);
		return;
	}
	if (likely(vstor_all_done(answer, cmd->len))) {
		scmd->result = SAM_STAT_GOOD;
	} else {
		storvsc_take_answer(scmd, answer);
		storvsc_note_changes(q->vs->ctx, scmd, answer);
	}
	/* In softirq, on a CPU that the queue serves: no need to go elsewhere. */
	scsi_done_direct(scmd);
}

MODULE_DESCRIPTION("Microsoft Hyper-V SCSI host");
MODULE_LICENSE("GPL");
