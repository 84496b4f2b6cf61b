// SPDX-License-Identifier: GPL-2.0
/*
 * Requests: from blk-mq to the ring and back. No allocation, no midlayer.
 */
#include <linux/blk-mq.h>
#include <linux/io.h>
#include <linux/rculist.h>

#include "blkvsc.h"
#include "recover.h"
#include "sense.h"

/* Milliseconds until a request is repeated that the host was too busy for. */
#define BLKVSC_BUSY_MS	100

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

static blk_status_t blkvsc_prep_discard(struct blkvsc_disk *d,
					struct request *rq,
					struct vstor_cmd *cmd)
{
	struct blkvsc_rq *br = blkvsc_cmd_rq(cmd);

	if (!d->unmap)
		return blkvsc_prep_same(d, rq, cmd, true);
	blkvsc_unmap_list(br->unmap, blk_rq_pos(rq) >> d->shift,
			  blk_rq_sectors(rq) >> d->shift);
	blkvsc_cdb_unmap(&cmd->pkt.srb, BLKVSC_UNMAP_BYTES);
	vstor_set_buffer(cmd, virt_to_phys(br->unmap), BLKVSC_UNMAP_BYTES,
			 true);
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

	if (unlikely(READ_ONCE(d->ctl->lost)))
		return BLK_STS_IOERR;
	if (!(rq->rq_flags & RQF_DONTPREP)) {
		rq->rq_flags |= RQF_DONTPREP;
		br->retries = 0;
		br->busy = 0;
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

	if (unlikely(status)) {
		/* The last of a batch sends the ones before it. */
		if (bd->last)
			vstor_kick(h->q);
		return status;
	}
	ret = vstor_submit(h->q, blkvsc_slot(h, bd->rq), &br->cmd, !bd->last);
	if (likely(!ret))
		return BLK_STS_OK;
	if (bd->last)
		vstor_kick(h->q);
	return blkvsc_send_status(ret);
}

static void blkvsc_commit_rqs(struct blk_mq_hw_ctx *hctx)
{
	struct blkvsc_hctx *h = hctx->driver_data;

	vstor_kick(h->q);
}

/* One lock and at most one signal for all. Requeues what does not fit. */
static void blkvsc_send_batch(struct vstor_queue *q, struct rq_list *batch)
{
	struct rq_list failed = {};
	unsigned long flags;
	struct request *rq;

	vstor_begin(q, &flags);
	while ((rq = rq_list_pop(batch))) {
		struct blkvsc_hctx *h = rq->mq_hctx->driver_data;
		struct blkvsc_rq *br = blk_mq_rq_to_pdu(rq);

		if (unlikely(vstor_add(q, blkvsc_slot(h, rq), &br->cmd)))
			rq_list_add_tail(&failed, rq);
	}
	vstor_end(q, flags);
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
 * The request belongs to the host until a reset or the end of the channel, so
 * only blkvsc_recover() may take it back.
 */
static enum blk_eh_timer_return blkvsc_timeout(struct request *rq)
{
	struct blkvsc_hctx *h = rq->mq_hctx->driver_data;
	struct blkvsc_rq *br = blk_mq_rq_to_pdu(rq);
	struct blkvsc_disk *d = rq->q->queuedata;

	/* Perhaps nobody polled, or an interrupt was lost. */
	vstor_poll(h->q, NULL);
	if (!vstor_busy(h->q, blkvsc_slot(h, rq), &br->cmd))
		return BLK_EH_DONE;
	WRITE_ONCE(d->timed_out, true);
	queue_work(blkvsc_wq, &d->ctl->recover);
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

	vstor_init_cmd(&br->cmd, ctl->pfns);
	return 0;
}

static void blkvsc_map_queues(struct blk_mq_tag_set *set)
{
	struct blkvsc *ctl = set->driver_data;
	struct blk_mq_queue_map *poll = &set->map[HCTX_TYPE_POLL];

	set->map[HCTX_TYPE_DEFAULT].queue_offset = 0;
	vstor_map_queues(&set->map[HCTX_TYPE_DEFAULT], ctl->irq_queues);
	if (set->nr_maps <= HCTX_TYPE_POLL)
		return;
	set->map[HCTX_TYPE_READ].nr_queues = 0;
	poll->queue_offset = ctl->irq_queues;
	vstor_map_queues(poll, ctl->poll_queues);
}

const struct blk_mq_ops blkvsc_mq_ops = {
	.queue_rq = blkvsc_queue_rq,
	.queue_rqs = blkvsc_queue_rqs,
	.commit_rqs = blkvsc_commit_rqs,
	.poll = blkvsc_poll,
	.timeout = blkvsc_timeout,
	.init_hctx = blkvsc_init_hctx,
	.init_request = blkvsc_init_request,
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

static void blkvsc_retry(struct request *rq, blk_status_t status)
{
	struct blkvsc_rq *br = blk_mq_rq_to_pdu(rq);

	if (blk_noretry_request(rq) || br->retries++ >= VSTOR_MAX_RETRIES)
		blkvsc_end(rq, status);
	else
		blk_mq_requeue_request(rq, true);
}

static void blkvsc_later(struct request *rq)
{
	struct blkvsc_rq *br = blk_mq_rq_to_pdu(rq);

	if (br->busy++ >= VSTOR_MAX_BUSY) {
		blkvsc_end(rq, BLK_STS_TIMEOUT);
		return;
	}
	blk_mq_requeue_request(rq, false);
	blk_mq_delay_kick_requeue_list(rq->q, BLKVSC_BUSY_MS);
}

static void blkvsc_not_completed(struct request *rq, int error)
{
	switch (error) {
	case -ECONNRESET:
	case -EPROTO:
		blkvsc_retry(rq, BLK_STS_IOERR);
		break;
	case -ETIMEDOUT:
		vstor_keep_pages(rq);
		blkvsc_end(rq, BLK_STS_TIMEOUT);
		break;
	default:
		blkvsc_end(rq, BLK_STS_IOERR);
	}
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
		break;
	case VSTOR_RETRY:
		blkvsc_retry(rq, r.status);
		break;
	case VSTOR_LATER:
		blkvsc_later(rq);
		break;
	case VSTOR_FAIL:
		blkvsc_end(rq, r.status);
		break;
	}
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
		blkvsc_not_completed(rq, error);
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
 * Context: softirq or hard interrupt.
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
