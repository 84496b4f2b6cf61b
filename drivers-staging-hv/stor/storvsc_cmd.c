// SPDX-License-Identifier: GPL-2.0
/*
 * Commands: from the SCSI midlayer to the ring and back.
 */
#include <linux/array_size.h>
#include <linux/io.h>
#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/scatterlist.h>
#include <linux/string.h>
#include <linux/unaligned.h>
#include <scsi/scsi.h>
#include <scsi/scsi_dbg.h>
#include <scsi/scsi_eh.h>

#include "recover.h"
#include "sense.h"
#include "storvsc.h"

static struct vstor_queue *storvsc_queue(struct storvsc *sv, struct request *rq)
{
	return sv->vs->queue[rq->mq_hctx->queue_num];
}

/* The slab's memory cannot be kept from reuse, see vstor_keep_request(). */
static bool storvsc_is_slab(struct scsi_cmnd *scmd)
{
	struct scatterlist *sg;
	int i;

	scsi_for_each_sg(scmd, sg, scsi_sg_count(scmd), i)
		if (!page_ref_count(compound_head(sg_page(sg))))
			return true;
	return false;
}

/*
 * The midlayer's own commands carry the slab's memory. The disk driver's UNMAP
 * and WRITE SAME carry a page that it takes back to use it again.
 */
static bool storvsc_wants_bounce(struct scsi_cmnd *scmd)
{
	struct request *rq = scsi_cmd_to_rq(scmd);

	if (rq->rq_flags & RQF_SPECIAL_PAYLOAD)
		return true;
	return (blk_rq_is_passthrough(rq) ||
		scmd->submitter != SUBMITTED_BY_BLOCK_LAYER) &&
	       storvsc_is_slab(scmd);
}

static void storvsc_free_bounce(struct scsi_cmnd *scmd)
{
	struct storvsc_cmd *sc = scsi_cmd_priv(scmd);

	if (likely(!sc->bounce))
		return;
	__free_pages(sc->bounce, get_order(scsi_bufflen(scmd)));
	sc->bounce = NULL;
}

/*
 * The midlayer allocates as much as a list of LUNs claims to need. No list is
 * longer than the LUNs that an SRB can address. The midlayer's buffer for it is
 * kmalloc()ed, so that the list is always bounced.
 */
static void storvsc_bound_lun_list(struct scsi_cmnd *scmd, u8 *list)
{
	if (scmd->cmnd[0] != REPORT_LUNS || scsi_bufflen(scmd) < 4)
		return;
	put_unaligned_be32(min(get_unaligned_be32(list),
			       VSTOR_LUNS * sizeof(struct scsi_lun)), list);
}

/* The command has ended; what the host has read is the caller's now. */
static void storvsc_end_bounce(struct scsi_cmnd *scmd)
{
	struct storvsc_cmd *sc = scsi_cmd_priv(scmd);

	if (likely(!sc->bounce))
		return;
	if (scmd->sc_data_direction == DMA_FROM_DEVICE) {
		storvsc_bound_lun_list(scmd, page_address(sc->bounce));
		sg_copy_from_buffer(scsi_sglist(scmd), scsi_sg_count(scmd),
				    page_address(sc->bounce),
				    scsi_bufflen(scmd));
	}
	storvsc_free_bounce(scmd);
}

static int storvsc_map_bounce(struct scsi_cmnd *scmd, struct vstor_cmd *cmd)
{
	struct storvsc_cmd *sc = scsi_cmd_priv(scmd);
	bool write = scmd->sc_data_direction == DMA_TO_DEVICE;
	u32 len = scsi_bufflen(scmd);

	sc->bounce = alloc_pages(GFP_ATOMIC | __GFP_ZERO | __GFP_NOWARN,
				 get_order(len));
	if (!sc->bounce)
		return -EAGAIN;
	if (write)
		sg_copy_to_buffer(scsi_sglist(scmd), scsi_sg_count(scmd),
				  page_address(sc->bounce), len);
	vstor_set_buffer(cmd, page_to_phys(sc->bounce), len, write);
	return 0;
}

static int storvsc_map_data(struct scsi_cmnd *scmd, struct vstor_cmd *cmd)
{
	struct vmb_gpa_builder b;
	struct scatterlist *sg;
	int i;

	vstor_set_data(cmd, scsi_bufflen(scmd),
		       scmd->sc_data_direction == DMA_TO_DEVICE);
	vmb_gpa_init(&b, &cmd->gpa, cmd->room);
	scsi_for_each_sg(scmd, sg, scsi_sg_count(scmd), i) {
		if (unlikely(!vstor_add_data(&b, sg_phys(sg), sg->length)))
			return -EINVAL;
	}
	cmd->desc_len = vmb_gpa_finish(&b);
	return 0;
}

static int storvsc_prep(struct scsi_cmnd *scmd, struct vstor_cmd *cmd)
{
	struct vstorw_srb *srb = &cmd->pkt.srb;

	vstor_set_lun(cmd, storvsc_key(scmd->device));
	memcpy(srb->cdb, scmd->cmnd, VSTORW_CDB_BYTES);
	srb->cdb_len = scmd->cmd_len;
	if (!scsi_bufflen(scmd)) {
		vstor_set_no_data(cmd);
		return 0;
	}
	if (unlikely(storvsc_wants_bounce(scmd)))
		return storvsc_map_bounce(scmd, cmd);
	return storvsc_map_data(scmd, cmd);
}

/* There is nothing to write back to: the disk driver need not complain. */
static bool storvsc_flush_of_gone(struct storvsc *sv, struct scsi_cmnd *scmd)
{
	return scmd->device->sdev_state == SDEV_CANCEL &&
	       (scmd->device->hostdata || vstor_error(sv->vs) == -ENODEV) &&
	       (scmd->cmnd[0] == SYNCHRONIZE_CACHE ||
		scmd->cmnd[0] == SYNCHRONIZE_CACHE_16);
}

static enum scsi_qc_status storvsc_not_sent(struct storvsc *sv,
					    struct scsi_cmnd *scmd, int error)
{
	switch (error) {
	case -EAGAIN:
	case -EBUSY:
		/* Other LUNs have other channels, or other commands. */
		return SCSI_MLQUEUE_DEVICE_BUSY;
	case -EINVAL:
		scmd->result = DID_ERROR << 16;
		break;
	default:
		scmd->result = storvsc_flush_of_gone(sv, scmd) ?
			       SAM_STAT_GOOD : DID_NO_CONNECT << 16;
	}
	scsi_done(scmd);
	return 0;
}

/**
 * storvsc_queuecommand() - send a command
 * @host: SCSI host
 * @scmd: command
 *
 * Context: any but hard interrupt.
 * Return: 0: it will end by scsi_done(), or has already; or
 * SCSI_MLQUEUE_DEVICE_BUSY if there is no room in the ring.
 */
enum scsi_qc_status storvsc_queuecommand(struct Scsi_Host *host,
					 struct scsi_cmnd *scmd)
{
	struct storvsc *sv = shost_priv(host);
	struct storvsc_cmd *sc = scsi_cmd_priv(scmd);
	struct request *rq = scsi_cmd_to_rq(scmd);
	struct vstor_queue *q = storvsc_queue(sv, rq);
	bool more = !(scmd->flags & SCMD_LAST);
	int ret;

	/* The error handler is not in RCU's read side, as blk-mq is. */
	guard(rcu)();
	ret = storvsc_prep(scmd, &sc->cmd);
	if (likely(!ret)) {
		ret = vstor_submit(q, rq->tag, &sc->cmd, more);
		if (likely(!ret))
			return 0;
		storvsc_free_bounce(scmd);
	}
	/* The last of a batch sends the ones before it. */
	if (!more)
		vstor_kick(q);
	return storvsc_not_sent(sv, scmd, ret);
}

/**
 * storvsc_commit_rqs() - send the commands of an unfinished batch
 * @host: SCSI host
 * @hwq: hardware queue
 *
 * Context: any but hard interrupt.
 */
void storvsc_commit_rqs(struct Scsi_Host *host, u16 hwq)
{
	struct storvsc *sv = shost_priv(host);

	guard(rcu)();
	vstor_kick(sv->vs->queue[hwq]);
}

/**
 * storvsc_init_cmd_priv() - a command's memory was allocated
 * @host: SCSI host
 * @scmd: command
 *
 * Context: process.
 * Return: 0.
 */
int storvsc_init_cmd_priv(struct Scsi_Host *host, struct scsi_cmnd *scmd)
{
	struct storvsc_cmd *sc = scsi_cmd_priv(scmd);

	sc->bounce = NULL;
	vstor_init_cmd(&sc->cmd, VSTOR_MAX_PFNS);
	return 0;
}

/*
 * Hosts reply some commands that they do not implement with an SRB error and
 * nothing else. That would be repeated and then look like a broken device, so
 * say what it means: sense data, never success.
 */
static const struct storvsc_quirk {
	u8 opcode;
	u8 key;
	u8 asc;
	bool refused;	/* only if the SRB status is INVALID REQUEST */
} storvsc_quirks[] = {
	{ INQUIRY,		ILLEGAL_REQUEST, 0x24 },
	{ MODE_SENSE,		ILLEGAL_REQUEST, 0x24 },
	{ MODE_SENSE_10,	ILLEGAL_REQUEST, 0x24 },
	{ MAINTENANCE_IN,	ILLEGAL_REQUEST, 0x20 },
	{ PERSISTENT_RESERVE_IN, ILLEGAL_REQUEST, 0x20 },
	{ ATA_12,		ILLEGAL_REQUEST, 0x20 },
	{ ATA_16,		ILLEGAL_REQUEST, 0x20 },
	{ UNMAP,		ILLEGAL_REQUEST, 0x20, true },
	{ WRITE_SAME,		ILLEGAL_REQUEST, 0x20, true },
	{ WRITE_SAME_16,	ILLEGAL_REQUEST, 0x20, true },
};

static bool storvsc_apply_quirk(struct scsi_cmnd *scmd, u8 srb_status)
{
	if (srb_status != VSTORW_SRB_ERROR &&
	    srb_status != VSTORW_SRB_INVALID_REQUEST)
		return false;
	for (int i = 0; i < ARRAY_SIZE(storvsc_quirks); i++) {
		const struct storvsc_quirk *quirk = &storvsc_quirks[i];

		if (quirk->opcode != scmd->cmnd[0])
			continue;
		if (quirk->refused && srb_status == VSTORW_SRB_ERROR)
			return false;
		scsi_build_sense(scmd, 0, quirk->key, quirk->asc, 0);
		return true;
	}
	return false;
}

/* Without sense data, the host byte makes the midlayer repeat it or not. */
static int storvsc_host_byte(u8 srb_status)
{
	switch (srb_status) {
	case VSTORW_SRB_ABORTED:
		return DID_SOFT_ERROR;
	case VSTORW_SRB_BUS_RESET:
		return DID_RESET;
	case VSTORW_SRB_INVALID_LUN:
	case VSTORW_SRB_NO_DEVICE:
		return DID_NO_CONNECT;
	default:
		return DID_ERROR;
	}
}

/* To the disk driver it is success, but of no data: it repeats the command. */
static bool storvsc_is_no_error(struct scsi_cmnd *scmd,
				const struct vstor_sense *s)
{
	return !blk_rq_is_passthrough(scsi_cmd_to_rq(scmd)) && !s->deferred &&
	       (s->key == NO_SENSE || s->key == RECOVERED_ERROR);
}

/* Sense data that cannot be parsed would start the midlayer's recovery. */
static bool storvsc_take_sense(struct scsi_cmnd *scmd,
			       const struct vstorw_srb *srb)
{
	unsigned int n = vstor_sense_bytes(srb);
	struct vstor_sense s = vstor_parse_sense(srb->sense, n);

	if (!s.valid || storvsc_is_no_error(scmd, &s))
		return false;
	memcpy(scmd->sense_buffer, srb->sense, n);
	scmd->result = SAM_STAT_CHECK_CONDITION;
	return true;
}

/* Others count as success, or start the midlayer's recovery. */
static bool storvsc_take_status(struct scsi_cmnd *scmd, u8 scsi_status)
{
	switch (scsi_status) {
	case SAM_STAT_BUSY:
	case SAM_STAT_TASK_SET_FULL:
	case SAM_STAT_RESERVATION_CONFLICT:
	case SAM_STAT_TASK_ABORTED:
		scmd->result = scsi_status;
		return true;
	default:
		return false;
	}
}

/* Will the midlayer repeat it: see scsi_decide_disposition(). */
static bool storvsc_is_final(struct scsi_cmnd *scmd)
{
	if (host_byte(scmd->result) == DID_NO_CONNECT ||
	    blk_noretry_request(scsi_cmd_to_rq(scmd)))
		return true;
	return host_byte(scmd->result) != DID_RESET &&
	       scmd->allowed >= 0 && scmd->retries >= scmd->allowed;
}

static void storvsc_log_failure(struct scsi_cmnd *scmd,
				const struct vstorw_packet *reply)
{
	const struct vstorw_srb *srb = &reply->srb;

	/* Failures are usual while the midlayer finds out what is there. */
	if (scmd->device->sdev_state != SDEV_RUNNING ||
	    scsi_cmd_to_rq(scmd)->rq_flags & RQF_QUIET ||
	    !storvsc_is_final(scmd))
		return;
	dev_err_ratelimited(&scmd->device->sdev_gendev,
			    "CDB %*ph: SRB status %#x, SCSI status %#x, NT status %#x, %u of %u bytes\n",
			    scmd->cmd_len, scmd->cmnd, srb->srb_status,
			    srb->scsi_status, le32_to_cpu(reply->status),
			    le32_to_cpu(srb->xfer_len), scsi_bufflen(scmd));
}

/* The command failed: no data is good. */
static void storvsc_take_error(struct scsi_cmnd *scmd,
			       const struct vstorw_packet *reply)
{
	const struct vstorw_srb *srb = &reply->srb;
	u8 srb_status = srb->srb_status & VSTORW_SRB_STATUS_MASK;

	scsi_set_resid(scmd, scsi_bufflen(scmd));
	if (storvsc_take_sense(scmd, srb) ||
	    storvsc_take_status(scmd, srb->scsi_status))
		return;
	if (srb_status == VSTORW_SRB_BUSY) {
		scmd->result = SAM_STAT_BUSY;
	} else if (!storvsc_apply_quirk(scmd, srb_status)) {
		scmd->result = storvsc_host_byte(srb_status) << 16;
		storvsc_log_failure(scmd, reply);
	}
}

/*
 * After an overrun the residual cannot be trusted. After no whole block the
 * midlayer would repeat the command for ever.
 */
static bool storvsc_bad_length(struct scsi_cmnd *scmd, u32 moved)
{
	u32 asked = scsi_bufflen(scmd);

	return vstor_is_rw(scmd->cmnd[0]) &&
	       (moved > asked || moved < min(asked, scmd->device->sector_size));
}

static void storvsc_take_success(struct scsi_cmnd *scmd,
				 const struct vstorw_packet *reply)
{
	u32 moved = le32_to_cpu(reply->srb.xfer_len);
	u32 asked = scsi_bufflen(scmd);

	if (unlikely(storvsc_bad_length(scmd, moved))) {
		scsi_set_resid(scmd, asked);
		scmd->result = DID_ERROR << 16;
		storvsc_log_failure(scmd, reply);
		return;
	}
	scsi_set_resid(scmd, asked - min(moved, asked));
	scmd->result = SAM_STAT_GOOD;
	/* Programs are told of a recovered error, the disk driver is not. */
	if (reply->srb.scsi_status &&
	    blk_rq_is_passthrough(scsi_cmd_to_rq(scmd)))
		storvsc_take_sense(scmd, &reply->srb);
}

static void storvsc_take_reply(struct scsi_cmnd *scmd,
			       const struct vstorw_packet *reply)
{
	if (vstor_is_success(reply, scmd->cmnd[0]))
		storvsc_take_success(scmd, reply);
	else if (storvsc_flush_of_gone(shost_priv(scmd->device->host), scmd))
		scmd->result = SAM_STAT_GOOD;
	else
		storvsc_take_error(scmd, reply);
}

static void storvsc_note_changes(struct storvsc *sv, struct scsi_cmnd *scmd,
				 const struct vstorw_packet *reply)
{
	struct vstor_result r = vstor_decide(reply, scmd->cmnd[0],
					     scsi_bufflen(scmd));

	/* A LUN that is only being looked for did not change. */
	if (!scsi_device_online(scmd->device) ||
	    scmd->device->sdev_state == SDEV_CREATED)
		r.flags &= VSTOR_LUNS_CHANGED;
	vstor_result_changed(sv->vs, storvsc_key(scmd->device), r.flags);
}

/* The host may still use the memory, so none of it is freed. */
static void storvsc_lost(struct storvsc *sv, struct scsi_cmnd *scmd)
{
	struct storvsc_cmd *sc = scsi_cmd_priv(scmd);

	if (sc->bounce) {
		vstor_keep_buffer(sv->vs, 1 << get_order(scsi_bufflen(scmd)));
		sc->bounce = NULL;
	} else {
		vstor_keep_request(sv->vs, scsi_cmd_to_rq(scmd));
	}
	scmd->result = DID_NO_CONNECT << 16;
}

/* What the midlayer or a program sent may not be what one can send twice. */
static void storvsc_repeat(struct scsi_cmnd *scmd)
{
	if (blk_rq_is_passthrough(scsi_cmd_to_rq(scmd))) {
		scmd->result = DID_RESET << 16;
		return;
	}
	/* The time at the host does not count against its retries. */
	scmd->jiffies_at_alloc = jiffies;
	scmd->result = DID_REQUEUE << 16;
}

static void storvsc_not_completed(struct storvsc *sv, struct scsi_cmnd *scmd,
				  int error)
{
	scsi_set_resid(scmd, scsi_bufflen(scmd));
	if (error == -ETIMEDOUT) {
		storvsc_lost(sv, scmd);
		return;
	}
	storvsc_free_bounce(scmd);
	if (error == -ECONNRESET)
		storvsc_repeat(scmd);
	else if (error == -ENODEV)
		scmd->result = DID_NO_CONNECT << 16;
	else
		scmd->result = DID_ERROR << 16;
}

/**
 * storvsc_done() - a command ended
 * @q: queue that it was on
 * @cmd: command
 * @reply: see &struct vstor_ops
 * @error: see &struct vstor_ops
 * @iob: not used: the midlayer completes commands one by one
 *
 * Context: softirq, or process with an @error.
 */
void storvsc_done(struct vstor_queue *q, struct vstor_cmd *cmd,
		  const struct vstorw_packet *reply, int error,
		  struct io_comp_batch *iob)
{
	struct storvsc_cmd *sc = container_of(cmd, struct storvsc_cmd, cmd);
	/* The inverse of scsi_cmd_priv(). */
	struct scsi_cmnd *scmd = (struct scsi_cmnd *)sc - 1;

	if (unlikely(error)) {
		storvsc_not_completed(q->vs->ctx, scmd, error);
		scsi_done(scmd);
		return;
	}
	storvsc_end_bounce(scmd);
	if (likely(vstor_all_done(reply, cmd->len))) {
		scmd->result = SAM_STAT_GOOD;
	} else {
		storvsc_take_reply(scmd, reply);
		storvsc_note_changes(q->vs->ctx, scmd, reply);
	}
	/* In softirq on a CPU of the queue: complete here. */
	scsi_done_direct(scmd);
}
