// SPDX-License-Identifier: GPL-2.0
/*
 * Requests: from blk-mq to the ring and back. No allocation, no midlayer.
 */
#include <linux/blk-mq.h>
#include <linux/io.h>
#include <linux/minmax.h>
#include <linux/rculist.h>
#include <linux/slab.h>

#include "blkvsc.h"
#include "recover.h"
#include "sense.h"

/*
 * Seconds that a request is repeated for errors that may go away, and for a
 * host that is busy or a disk that becomes ready.
 */
#define BLKVSC_RETRY_SECONDS	4
#define BLKVSC_BUSY_SECONDS	VSTOR_IO_TIMEOUT
/* Milliseconds until the first repeat, and at most until the next one. */
#define BLKVSC_DELAY_MIN	20
#define BLKVSC_DELAY_MAX	1000

static blk_status_t blkvsc_map_data(struct request *rq, struct vstor_cmd *cmd)
{
	struct vmb_gpa_builder b;
	struct req_iterator iter;
	struct bio_vec bv;

	vmb_gpa_init(&b, &cmd->gpa, cmd->room);
	rq_for_each_bvec(bv, rq, iter) {
		if (unlikely(!vstor_add_data(&b, bvec_phys(&bv), bv.bv_len)))
			return BLK_STS_IOERR;
	}
	cmd->desc_len = vmb_gpa_finish(&b);
	return BLK_STS_OK;
}

static blk_status_t blkvsc_prep_rw(struct blkvsc_disk *d, struct request *rq,
				   struct vstor_cmd *cmd, bool write)
{
	blkvsc_cdb_rw(&cmd->pkt.srb, write, rq->cmd_flags & REQ_FUA,
		      blk_rq_pos(rq) >> d->shift,
		      blk_rq_sectors(rq) >> d->shift);
	vstor_set_data(cmd, blk_rq_bytes(rq), write);
	return blkvsc_map_data(rq, cmd);
}

static blk_status_t blkvsc_prep_same(struct blkvsc_disk *d, struct request *rq,
				     struct vstor_cmd *cmd, bool unmap)
{
	blkvsc_cdb_write_same(&cmd->pkt.srb, unmap, blk_rq_pos(rq) >> d->shift,
			      blk_rq_sectors(rq) >> d->shift);
	vstor_set_buffer(cmd, page_to_phys(ZERO_PAGE(0)),
			 SECTOR_SIZE << d->shift, true);
	return BLK_STS_OK;
}

/*
 * Not in the request's memory: it can be left to a host that may still read it.
 * Stays with the tag.
 */
static u8 *blkvsc_unmap_buffer(struct blkvsc_rq *br)
{
	if (!br->unmap)
		br->unmap = kmalloc(BLKVSC_UNMAP_BYTES,
				    GFP_ATOMIC | __GFP_NOWARN);
	return br->unmap;
}

static blk_status_t blkvsc_prep_discard(struct blkvsc_disk *d,
					struct request *rq,
					struct vstor_cmd *cmd)
{
	u8 *list;

	if (!d->unmap)
		return blkvsc_prep_same(d, rq, cmd, true);
	list = blkvsc_unmap_buffer(blkvsc_cmd_rq(cmd));
	if (!list)
		return BLK_STS_RESOURCE;
	blkvsc_unmap_list(list, blk_rq_pos(rq) >> d->shift,
			  blk_rq_sectors(rq) >> d->shift);
	blkvsc_cdb_unmap(&cmd->pkt.srb, BLKVSC_UNMAP_BYTES);
	vstor_set_buffer(cmd, virt_to_phys(list), BLKVSC_UNMAP_BYTES, true);
	return BLK_STS_OK;
}

static blk_status_t blkvsc_prep_zeroes(struct blkvsc_disk *d,
				       struct request *rq,
				       struct vstor_cmd *cmd)
{
	bool unmap = d->zero_unmap && !(rq->cmd_flags & REQ_NOUNMAP);

	return blkvsc_prep_same(d, rq, cmd, unmap);
}

static blk_status_t blkvsc_prep_flush(struct vstor_cmd *cmd)
{
	blkvsc_cdb_sync_cache(&cmd->pkt.srb);
	vstor_set_no_data(cmd);
	return BLK_STS_OK;
}

static blk_status_t blkvsc_prep_op(struct blkvsc_disk *d, struct request *rq,
				   struct vstor_cmd *cmd)
{
	switch (req_op(rq)) {
	case REQ_OP_READ:
		return blkvsc_prep_rw(d, rq, cmd, false);
	case REQ_OP_WRITE:
		return blkvsc_prep_rw(d, rq, cmd, true);
	case REQ_OP_FLUSH:
		return blkvsc_prep_flush(cmd);
	case REQ_OP_DISCARD:
		return blkvsc_prep_discard(d, rq, cmd);
	case REQ_OP_WRITE_ZEROES:
		return blkvsc_prep_zeroes(d, rq, cmd);
	default:
		return BLK_STS_NOTSUPP;
	}
}

static blk_status_t blkvsc_prep(struct request *rq)
{
	struct blkvsc_rq *br = blk_mq_rq_to_pdu(rq);
	struct blkvsc_disk *d = rq->q->queuedata;
	blk_status_t status;

	if (!(rq->rq_flags & RQF_DONTPREP)) {
		rq->rq_flags |= RQF_DONTPREP;
		br->delay = 0;
	}
	vstor_set_lun(&br->cmd, d->key);
	status = blkvsc_prep_op(d, rq, &br->cmd);
	if (likely(!status))
		blk_mq_start_request(rq);
	return status;
}

static u32 blkvsc_slot(const struct blkvsc_hctx *h, const struct request *rq)
{
	return h->base + rq->tag;
}

/* Full ring: blk-mq tries again in a moment. */
static blk_status_t blkvsc_send_status(int ret)
{
	return ret == -EAGAIN ? BLK_STS_RESOURCE : BLK_STS_IOERR;
}

static blk_status_t blkvsc_queue_rq(struct blk_mq_hw_ctx *hctx,
				    const struct blk_mq_queue_data *bd)
{
	struct blkvsc_hctx *h = hctx->driver_data;
	struct blkvsc_rq *br = blk_mq_rq_to_pdu(bd->rq);
	blk_status_t status = blkvsc_prep(bd->rq);
	int ret;

	if (likely(!status)) {
		ret = vstor_submit(h->q, blkvsc_slot(h, bd->rq), &br->cmd,
				   !bd->last);
		if (likely(!ret))
			return BLK_STS_OK;
		status = blkvsc_send_status(ret);
	}
	/* The last of a batch sends the ones before it. */
	if (bd->last)
		vstor_kick(h->q);
	return status;
}

static void blkvsc_commit_rqs(struct blk_mq_hw_ctx *hctx)
{
	struct blkvsc_hctx *h = hctx->driver_data;

	vstor_kick(h->q);
}

static bool blkvsc_send_one(struct vstor_queue *q, struct vmb_channel *ch,
			    struct request *rq)
{
	struct blkvsc_hctx *h = rq->mq_hctx->driver_data;
	struct blkvsc_rq *br = blk_mq_rq_to_pdu(rq);

	return ch && !vstor_add(q, ch, blkvsc_slot(h, rq), &br->cmd);
}

/* One lock and at most one signal for all. Requeues what does not fit. */
static void blkvsc_send_batch(struct vstor_queue *q, struct rq_list *batch)
{
	struct rq_list failed = {};
	struct vmb_channel *ch;
	unsigned long flags;
	struct request *rq;

	ch = vstor_begin(q, &flags);
	while ((rq = rq_list_pop(batch)))
		if (unlikely(!blkvsc_send_one(q, ch, rq)))
			rq_list_add_tail(&failed, rq);
	if (likely(ch))
		vstor_end(ch, flags);
	while (unlikely((rq = rq_list_pop(&failed))))
		blk_mq_requeue_request(rq, true);
}

static void blkvsc_queue_rqs(struct rq_list *rqlist)
{
	struct rq_list batch = {}, rest = {};
	struct vstor_queue *q = NULL;
	struct request *rq;

	while ((rq = rq_list_pop(rqlist))) {
		struct blkvsc_hctx *h = rq->mq_hctx->driver_data;

		if (q != h->q && !rq_list_empty(&batch))
			blkvsc_send_batch(q, &batch);
		q = h->q;
		/* Leave failures to ->queue_rq(), which reports them. */
		rq_list_add_tail(likely(!blkvsc_prep(rq)) ? &batch : &rest, rq);
	}
	if (!rq_list_empty(&batch))
		blkvsc_send_batch(q, &batch);
	*rqlist = rest;
}

static int blkvsc_poll(struct blk_mq_hw_ctx *hctx, struct io_comp_batch *iob)
{
	struct blkvsc_hctx *h = hctx->driver_data;

	return vstor_poll(h->q, iob);
}

/*
 * The request belongs to the host until the host has completed it: wait on. But
 * perhaps nobody polled, or an interrupt was lost. The slot is taken first: a
 * request that is requeued loses its tag.
 */
static enum blk_eh_timer_return blkvsc_timeout(struct request *rq)
{
	struct blkvsc_hctx *h = rq->mq_hctx->driver_data;
	struct blkvsc_rq *br = blk_mq_rq_to_pdu(rq);
	u32 slot = blkvsc_slot(h, rq);

	vstor_poll(h->q, NULL);
	if (!vstor_busy(h->q, slot, &br->cmd))
		return BLK_EH_DONE;
	vstor_overdue(h->q->vs);
	return BLK_EH_RESET_TIMER;
}

static int blkvsc_init_hctx(struct blk_mq_hw_ctx *hctx, void *data,
			    unsigned int index)
{
	struct blkvsc *ctl = data;

	hctx->driver_data = &ctl->hctx[index];
	return 0;
}

static int blkvsc_init_request(struct blk_mq_tag_set *set, struct request *rq,
			       unsigned int hctx, int node)
{
	struct blkvsc *ctl = set->driver_data;
	struct blkvsc_rq *br = blk_mq_rq_to_pdu(rq);

	br->unmap = NULL;
	vstor_init_cmd(&br->cmd, ctl->pfns);
	return 0;
}

static void blkvsc_exit_request(struct blk_mq_tag_set *set, struct request *rq,
				unsigned int hctx)
{
	struct blkvsc_rq *br = blk_mq_rq_to_pdu(rq);

	kfree(br->unmap);
}

static void blkvsc_map_queues(struct blk_mq_tag_set *set)
{
	struct blkvsc *ctl = set->driver_data;
	struct blk_mq_queue_map *poll = &set->map[HCTX_TYPE_POLL];

	set->map[HCTX_TYPE_DEFAULT].queue_offset = 0;
	set->map[HCTX_TYPE_DEFAULT].nr_queues = ctl->irq_queues;
	blk_mq_map_queues(&set->map[HCTX_TYPE_DEFAULT]);
	if (set->nr_maps <= HCTX_TYPE_POLL)
		return;
	set->map[HCTX_TYPE_READ].nr_queues = 0;
	poll->queue_offset = ctl->irq_queues;
	poll->nr_queues = ctl->poll_queues;
	blk_mq_map_queues(poll);
}

const struct blk_mq_ops blkvsc_mq_ops = {
	.queue_rq = blkvsc_queue_rq,
	.queue_rqs = blkvsc_queue_rqs,
	.commit_rqs = blkvsc_commit_rqs,
	.poll = blkvsc_poll,
	.timeout = blkvsc_timeout,
	.init_hctx = blkvsc_init_hctx,
	.init_request = blkvsc_init_request,
	.exit_request = blkvsc_exit_request,
	.map_queues = blkvsc_map_queues,
};

static void blkvsc_end(struct request *rq, blk_status_t status)
{
	/* Do not offer again what the host refused. */
	if (status == BLK_STS_NOTSUPP && req_op(rq) == REQ_OP_DISCARD)
		blk_queue_disable_discard(rq->q);
	if (status == BLK_STS_NOTSUPP && req_op(rq) == REQ_OP_WRITE_ZEROES)
		blk_queue_disable_write_zeroes(rq->q);
	blk_mq_end_request(rq, status);
}

/* Repeats a request, ever more slowly; false when @seconds are over. */
static bool blkvsc_repeat(struct request *rq, unsigned int seconds)
{
	struct blkvsc_rq *br = blk_mq_rq_to_pdu(rq);
	u32 now = jiffies;

	if (!br->delay) {
		br->since = now;
		br->delay = BLKVSC_DELAY_MIN;
	}
	if (blk_noretry_request(rq) || now - br->since >= seconds * HZ)
		return false;
	blk_mq_requeue_request(rq, false);
	blk_mq_delay_kick_requeue_list(rq->q, br->delay);
	br->delay = min(2 * br->delay, BLKVSC_DELAY_MAX);
	return true;
}

/* The host may still use the memory, so none of it is freed. */
static void blkvsc_lost(struct vstor *vs, struct request *rq)
{
	struct blkvsc_rq *br = blk_mq_rq_to_pdu(rq);

	br->unmap = NULL;
	vstor_keep_request(vs, rq);
	blkvsc_end(rq, BLK_STS_IOERR);
}

static void blkvsc_not_completed(struct vstor *vs, struct request *rq,
				 int error)
{
	switch (error) {
	case -ETIMEDOUT:
		blkvsc_lost(vs, rq);
		break;
	case -ECONNRESET:
		blk_mq_requeue_request(rq, true);
		break;
	case -EPROTO:
		if (!blkvsc_repeat(rq, BLKVSC_RETRY_SECONDS))
			blkvsc_end(rq, BLK_STS_IOERR);
		break;
	default:
		blkvsc_end(rq, BLK_STS_IOERR);
	}
}

static void blkvsc_log_failure(struct request *rq, const struct vstor_cmd *cmd,
			       const struct vstorw_packet *reply,
			       const struct vstor_result *r)
{
	const struct vstorw_srb *srb = &reply->srb;
	struct vstor_sense s =
		vstor_parse_sense(srb->sense, vstor_sense_bytes(srb));

	dev_err_ratelimited(disk_to_dev(rq->q->disk),
			    "LUN %u:%u: %s: CDB %*ph, SRB status %#x, SCSI status %#x, sense %x/%02x/%02x, NT status %#x, %u of %u bytes\n",
			    VSTOR_KEY_TARGET(cmd->key), VSTOR_KEY_LUN(cmd->key),
			    r->name, cmd->pkt.srb.cdb_len, cmd->pkt.srb.cdb,
			    srb->srb_status, srb->scsi_status, s.key, s.asc,
			    s.ascq, le32_to_cpu(reply->status),
			    le32_to_cpu(srb->xfer_len), cmd->len);
}

/* What the host need not have is turned off, and a conflict is no fault. */
static bool blkvsc_no_fault(const struct request *rq, blk_status_t status)
{
	return status == BLK_STS_RESV_CONFLICT ||
	       (status == BLK_STS_NOTSUPP &&
		(req_op(rq) == REQ_OP_DISCARD ||
		 req_op(rq) == REQ_OP_WRITE_ZEROES));
}

static void blkvsc_fail(struct request *rq, const struct vstor_cmd *cmd,
			const struct vstorw_packet *reply,
			const struct vstor_result *r)
{
	if (!blkvsc_no_fault(rq, r->status) && !(rq->rq_flags & RQF_QUIET))
		blkvsc_log_failure(rq, cmd, reply, r);
	blkvsc_end(rq, r->status);
}

static void blkvsc_decide(struct vstor_queue *q, struct request *rq,
			  struct vstor_cmd *cmd,
			  const struct vstorw_packet *reply)
{
	struct vstor_result r = vstor_decide(reply, cmd->pkt.srb.cdb[0],
					     cmd->len);

	vstor_result_changed(q->vs, cmd->key, r.flags);
	switch (r.disposition) {
	case VSTOR_DONE:
		blkvsc_end(rq, BLK_STS_OK);
		return;
	case VSTOR_RETRY:
		if (blkvsc_repeat(rq, BLKVSC_RETRY_SECONDS))
			return;
		break;
	case VSTOR_LATER:
		if (blkvsc_repeat(rq, BLKVSC_BUSY_SECONDS))
			return;
		break;
	case VSTOR_FAIL:
		break;
	}
	blkvsc_fail(rq, cmd, reply, &r);
}

/**
 * blkvsc_done() - a command ended
 * @q: queue that it was on
 * @cmd: command
 * @reply: see &struct vstor_ops
 * @error: see &struct vstor_ops
 * @iob: collects completions
 *
 * Completes where it runs: the queue's interrupt is on a CPU that the queue
 * serves, and handing single requests to another one costs more than it saves.
 *
 * Context: softirq, or process with an @error.
 */
void blkvsc_done(struct vstor_queue *q, struct vstor_cmd *cmd,
		 const struct vstorw_packet *reply, int error,
		 struct io_comp_batch *iob)
{
	struct request *rq = blk_mq_rq_from_pdu(blkvsc_cmd_rq(cmd));

	blk_mq_set_request_complete(rq);
	if (unlikely(error)) {
		blkvsc_not_completed(q->vs, rq, error);
		return;
	}
	if (unlikely(!vstor_all_done(reply, cmd->len))) {
		blkvsc_decide(q, rq, cmd, reply);
		return;
	}
	if (!blk_mq_add_to_batch(rq, iob, false, blk_mq_end_request_batch))
		blk_mq_end_request(rq, BLK_STS_OK);
}

/**
 * blkvsc_writable() - there is room on a queue again
 * @q: queue
 *
 * blk_mq_run_hw_queues() would take queue_lock, which sleeps under PREEMPT_RT;
 * this only queues the work.
 *
 * Context: any.
 */
void blkvsc_writable(struct vstor_queue *q)
{
	struct blkvsc *ctl = q->vs->ctx;
	struct blkvsc_disk *d;

	rcu_read_lock();
	list_for_each_entry_rcu(d, &ctl->disks, node)
		blk_mq_delay_run_hw_queues(d->disk->queue, 0);
	rcu_read_unlock();
}
