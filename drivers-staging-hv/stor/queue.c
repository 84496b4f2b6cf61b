// SPDX-License-Identifier: GPL-2.0
/*
 * Commands on channels: the request table, sending, receiving, giving up.
 *
 * A slot is armed from before its packet is written until exactly one of these
 * takes it back: an answer (vmb_id_claim()), a failed send, or vstor_fail()
 * (both vmb_id_revoke()). Whoever takes it back ends the command.
 */
#include <linux/blkdev.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/jiffies.h>
#include <linux/rcupdate.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "vstor.h"

#define VSTOR_TX_BYTES	SZ_128K
#define VSTOR_RX_BYTES	SZ_64K
/* Longest packet that a host has reason to send, with room for a newer one. */
#define VSTOR_RX_PACKET	256

/* A slot is ours now: end its command. */
static void vstor_finish(struct vstor_queue *q, u32 slot,
			 const struct vstorw_packet *answer, int error,
			 struct io_comp_batch *iob)
{
	struct vstor_slot *s = &q->slot[slot];
	struct vstor_cmd *cmd = s->cmd;

	WRITE_ONCE(s->cmd, NULL);
	if (likely(slot < q->io_slots))
		q->vs->ops->done(q, cmd, answer, error, iob);
	else
		q->vs->call_done(cmd, answer, error);
}

static void vstor_complain(struct vstor_queue *q, const struct vmb_rx *rx,
			   const char *what)
{
	dev_warn_ratelimited(&q->vs->vdev->dev,
			     "channel %u: %s: type %u, %u bytes, id %#llx\n",
			     q->index, what, rx->type, rx->len, rx->id);
}

static void vstor_rx_answer(struct vstor_queue *q, const struct vmb_rx *rx,
			    bool good, struct io_comp_batch *iob)
{
	int slot = vmb_id_claim(q->ids, rx->id);

	if (unlikely(slot < 0)) {
		q->stats.stray++;
		vstor_complain(q, rx, "answer to nothing");
		return;
	}
	if (unlikely(!good)) {
		q->stats.malformed++;
		vstor_complain(q, rx, "malformed answer");
		vstor_finish(q, slot, NULL, -EPROTO, iob);
		return;
	}
	vstor_finish(q, slot, rx->data, 0, iob);
}

static void vstor_rx_event(struct vstor_queue *q, const struct vmb_rx *rx)
{
	const struct vstorw_packet *pkt = rx->data;
	struct vstor *vs = q->vs;

	vs->ops->event(vs, le32_to_cpu(pkt->op), vstor_event_key(pkt));
}

static void vstor_rx(struct vstor_queue *q, const struct vmb_rx *rx,
		     struct io_comp_batch *iob)
{
	enum vstor_kind kind = vstor_classify(rx);

	switch (kind) {
	case VSTOR_KIND_ANSWER:
	case VSTOR_KIND_BAD_ANSWER:
		vstor_rx_answer(q, rx, kind == VSTOR_KIND_ANSWER, iob);
		break;
	case VSTOR_KIND_EVENT:
		vstor_rx_event(q, rx);
		break;
	default:
		q->stats.malformed++;
		vstor_complain(q, rx, "unknown packet");
	}
}

/* Under @rx_lock. Read-side RCU lets an error handler wait for us to finish. */
static int vstor_drain(struct vstor_queue *q, struct io_comp_batch *iob)
{
	struct vmb_rx rx;
	int n = 0;

	rcu_read_lock();
	while (!vmb_recv(q->ch, &rx)) {
		vstor_rx(q, &rx, iob);
		n++;
	}
	rcu_read_unlock();
	return n;
}

static void vstor_receive(struct vmb_channel *ch)
{
	struct vstor_queue *q = vmb_channel_ctx(ch);
	DEFINE_IO_COMP_BATCH(iob);

	spin_lock_bh(&q->rx_lock);
	vstor_drain(q, &iob);
	spin_unlock_bh(&q->rx_lock);
	if (iob.complete)
		iob.complete(&iob);
}

static void vstor_writable(struct vmb_channel *ch)
{
	struct vstor_queue *q = vmb_channel_ctx(ch);

	if (q->vs->ops->writable)
		q->vs->ops->writable(q);
}

static void vstor_fail_queue(struct vstor_queue *q, u32 key, int error)
{
	u32 slot;
	u32 end = key == VSTOR_KEY_ALL && error == -ENODEV ?
		  q->io_slots + VSTOR_CALL_SLOTS : q->io_slots;

	for (slot = 0; slot < end; slot++) {
		struct vstor_slot *s = &q->slot[slot];

		if (!READ_ONCE(s->cmd) ||
		    (key != VSTOR_KEY_ALL && READ_ONCE(s->key) != key))
			continue;
		if (vmb_id_revoke(q->ids, slot))
			vstor_finish(q, slot, NULL, error, NULL);
	}
}

static void vstor_dead(struct vmb_channel *ch, int error)
{
	vstor_fail_queue(vmb_channel_ctx(ch), VSTOR_KEY_ALL, -ENODEV);
}

static const struct vmb_channel_ops vstor_channel_ops = {
	.receive = vstor_receive,
	.writable = vstor_writable,
	.dead = vstor_dead,
};

/*
 * Interrupts stay masked for one to two ticks after the last poll, so that a
 * polling loop is not interrupted, and what nobody polls for is not forgotten.
 */
static void vstor_unmask(struct timer_list *t)
{
	struct vstor_queue *q = timer_container_of(q, t, unmask);
	DEFINE_IO_COMP_BATCH(iob);

	if (time_is_after_eq_jiffies(READ_ONCE(q->polled) + 1)) {
		mod_timer(t, jiffies + 2);
		return;
	}
	spin_lock(&q->rx_lock);
	while (vmb_unmask(q->ch)) {
		vmb_mask(q->ch);
		vstor_drain(q, &iob);
	}
	spin_unlock(&q->rx_lock);
	if (iob.complete)
		iob.complete(&iob);
}

static void vstor_queue_free(struct vstor_queue *q)
{
	vmb_ids_destroy(q->ids);
	kvfree(q->slot);
	kfree(q);
}

static struct vstor_queue *vstor_queue_alloc(struct vstor *vs,
					     struct vmb_channel *ch)
{
	u32 slots = vs->io_slots + VSTOR_CALL_SLOTS;
	int node = dev_to_node(&vs->vdev->dev);
	struct vstor_queue *q;

	q = kzalloc_obj(*q);
	if (!q)
		return NULL;
	q->slot = kvzalloc_objs(*q->slot, slots);
	q->ids = vmb_ids_create(slots, node);
	if (!q->slot || IS_ERR_OR_NULL(q->ids))
		goto err_free;
	q->ch = ch;
	q->vs = vs;
	q->io_slots = vs->io_slots;
	spin_lock_init(&q->rx_lock);
	timer_setup(&q->unmask, vstor_unmask, 0);
	return q;

err_free:
	if (!IS_ERR_OR_NULL(q->ids))
		vmb_ids_destroy(q->ids);
	kvfree(q->slot);
	kfree(q);
	return NULL;
}

/**
 * vstor_queue_create() - open a channel and make it a queue
 * @vs: controller
 * @ch: primary channel or sub-channel
 *
 * Context: process; sleeps. Caller holds @vs->lock.
 * Return: 0, or -errno.
 */
int vstor_queue_create(struct vstor *vs, struct vmb_channel *ch)
{
	struct vmb_open how = {
		.ops = &vstor_channel_ops,
		.tx_bytes = VSTOR_TX_BYTES,
		.rx_bytes = VSTOR_RX_BYTES,
		.max_rx_packet = VSTOR_RX_PACKET,
	};
	struct vstor_queue *q;
	int err;

	if (vs->nr_queues == VSTOR_MAX_QUEUES)
		return -ENOSPC;
	q = vstor_queue_alloc(vs, ch);
	if (!q)
		return -ENOMEM;
	q->index = vs->nr_queues;
	how.ctx = q;
	err = vmb_open(ch, &how);
	if (err) {
		vstor_queue_free(q);
		return err;
	}
	vs->queue[vs->nr_queues++] = q;
	return 0;
}

/**
 * vstor_queue_destroy() - close a queue's channel and end what is left on it
 * @q: queue; freed
 *
 * Context: process; sleeps. The front end has stopped submitting.
 */
void vstor_queue_destroy(struct vstor_queue *q)
{
	timer_shutdown_sync(&q->unmask);
	vmb_close(q->ch);
	vstor_fail_queue(q, VSTOR_KEY_ALL, -ENODEV);
	vstor_queue_free(q);
}

static void vstor_fill(struct vmb_packet *pkt, const struct vstor_cmd *cmd,
		       u64 id)
{
	pkt->type = cmd->desc_len ? VMB_GPA_DIRECT : VMB_INBAND;
	pkt->flags = VMB_WANT_COMPLETION;
	pkt->desc_len = cmd->desc_len;
	pkt->len = sizeof(cmd->pkt);
	pkt->id = id;
	pkt->desc = &cmd->gpa;
	pkt->data = &cmd->pkt;
}

static u64 vstor_arm(struct vstor_queue *q, u32 slot, struct vstor_cmd *cmd)
{
	struct vstor_slot *s = &q->slot[slot];

	WRITE_ONCE(s->key, cmd->key);
	WRITE_ONCE(s->cmd, cmd);
	return vmb_id_arm(q->ids, slot);
}

/* What to tell the caller of a failed send: 0 if somebody ended the command. */
static int vstor_unsent(struct vstor_queue *q, u32 slot, int err)
{
	if (!vmb_id_revoke(q->ids, slot))
		return 0;
	WRITE_ONCE(q->slot[slot].cmd, NULL);
	return err;
}

/**
 * vstor_submit() - send a command
 * @q: queue
 * @slot: free slot of the caller's
 * @cmd: command; its memory stays until it has ended
 * @more: another command or vstor_kick() follows at once
 *
 * Context: any but hard interrupt.
 * Return: 0: it will end by vstor_ops.done, or has already. Else it was not
 * taken: -EAGAIN if the ring is full (vstor_ops.writable follows), or -errno.
 */
int vstor_submit(struct vstor_queue *q, u32 slot, struct vstor_cmd *cmd,
		 bool more)
{
	struct vmb_packet pkt;
	int err;

	vstor_fill(&pkt, cmd, vstor_arm(q, slot, cmd));
	err = vmb_send(q->ch, &pkt, more);
	if (unlikely(err))
		return vstor_unsent(q, slot, err);
	return 0;
}
EXPORT_SYMBOL_FOR_MODULES(vstor_submit, "hv_storvsc,hv_blkvsc");

/**
 * vstor_begin() - start a batch of commands
 * @q: queue
 * @flags: for vstor_end()
 */
void vstor_begin(struct vstor_queue *q, unsigned long *flags)
{
	vmb_tx_begin(q->ch, flags);
}
EXPORT_SYMBOL_FOR_MODULES(vstor_begin, "hv_blkvsc");

/**
 * vstor_add() - add a command to a batch
 * @q: queue
 * @slot: see vstor_submit()
 * @cmd: see vstor_submit()
 *
 * Return: see vstor_submit().
 */
int vstor_add(struct vstor_queue *q, u32 slot, struct vstor_cmd *cmd)
{
	struct vmb_packet pkt;
	int err;

	vstor_fill(&pkt, cmd, vstor_arm(q, slot, cmd));
	err = vmb_tx_add(q->ch, &pkt);
	if (unlikely(err))
		return vstor_unsent(q, slot, err);
	return 0;
}
EXPORT_SYMBOL_FOR_MODULES(vstor_add, "hv_blkvsc");

/**
 * vstor_end() - send a batch
 * @q: queue
 * @flags: from vstor_begin()
 */
void vstor_end(struct vstor_queue *q, unsigned long flags)
{
	vmb_tx_end(q->ch, flags, false);
}
EXPORT_SYMBOL_FOR_MODULES(vstor_end, "hv_blkvsc");

/**
 * vstor_kick() - send what was submitted with @more
 * @q: queue
 */
void vstor_kick(struct vstor_queue *q)
{
	vmb_kick(q->ch);
}
EXPORT_SYMBOL_FOR_MODULES(vstor_kick, "hv_storvsc,hv_blkvsc");

/**
 * vstor_poll_only() - all answers on a queue are polled for
 * @q: queue without an interrupt-driven user
 */
void vstor_poll_only(struct vstor_queue *q)
{
	WRITE_ONCE(q->poll_only, true);
	vmb_mask(q->ch);
}
EXPORT_SYMBOL_FOR_MODULES(vstor_poll_only, "hv_blkvsc");

static void vstor_poll_mask(struct vstor_queue *q)
{
	if (READ_ONCE(q->poll_only)) {
		vmb_mask(q->ch);
		return;
	}
	WRITE_ONCE(q->polled, jiffies);
	if (!timer_pending(&q->unmask)) {
		vmb_mask(q->ch);
		mod_timer(&q->unmask, jiffies + 2);
	}
}

/**
 * vstor_poll() - look for answers without an interrupt
 * @q: queue
 * @iob: collects completions, or NULL; completed by the caller
 *
 * Keeps interrupts of the channel masked for a while.
 *
 * Context: process or softirq.
 * Return: how many packets there were.
 */
int vstor_poll(struct vstor_queue *q, struct io_comp_batch *iob)
{
	int n = 0;

	vstor_poll_mask(q);
	if (!vmb_rx_pending(q->ch))
		return 0;
	if (spin_trylock_bh(&q->rx_lock)) {
		n = vstor_drain(q, iob);
		spin_unlock_bh(&q->rx_lock);
	}
	return n;
}
EXPORT_SYMBOL_FOR_MODULES(vstor_poll, "hv_storvsc,hv_blkvsc");

/**
 * vstor_busy() - is a slot still waiting for its answer
 * @q: queue
 * @slot: slot
 * @cmd: the command that it was used for
 *
 * Return: true if it is.
 */
bool vstor_busy(struct vstor_queue *q, u32 slot, const struct vstor_cmd *cmd)
{
	return READ_ONCE(q->slot[slot].cmd) == cmd;
}
EXPORT_SYMBOL_FOR_MODULES(vstor_busy, "hv_storvsc,hv_blkvsc");

/**
 * vstor_fail() - take commands back from the host
 * @vs: controller
 * @key: of which LUN, or VSTOR_KEY_ALL
 * @error: for vstor_ops.done; says whether the host may still use the buffers
 *
 * Context: process. When it returns, no answer to one of them is being handled
 * on another CPU.
 */
void vstor_fail(struct vstor *vs, u32 key, int error)
{
	unsigned int i;

	for (i = 0; i < vs->nr_queues; i++)
		vstor_fail_queue(vs->queue[i], key, error);
	synchronize_rcu();
}
EXPORT_SYMBOL_FOR_MODULES(vstor_fail, "hv_storvsc,hv_blkvsc");

static bool vstor_queue_idle(const struct vstor_queue *q, u32 key)
{
	u32 slot;

	for (slot = 0; slot < q->io_slots; slot++)
		if (READ_ONCE(q->slot[slot].cmd) &&
		    (key == VSTOR_KEY_ALL || READ_ONCE(q->slot[slot].key) == key))
			return false;
	return true;
}

static bool vstor_idle(struct vstor *vs, u32 key)
{
	unsigned int i;

	for (i = 0; i < vs->nr_queues; i++)
		if (!vstor_queue_idle(vs->queue[i], key))
			return false;
	return true;
}

/**
 * vstor_wait_idle() - wait for the answers that a reset brings
 * @vs: controller
 * @key: of which LUN, or VSTOR_KEY_ALL
 * @seconds: how long
 *
 * Context: process; sleeps.
 * Return: true if no command is left.
 */
bool vstor_wait_idle(struct vstor *vs, u32 key, unsigned int seconds)
{
	unsigned long end = jiffies + seconds * HZ;
	bool idle;

	while (!(idle = vstor_idle(vs, key)) && time_before(jiffies, end) &&
	       !vstor_error(vs))
		msleep(20);
	return idle;
}
EXPORT_SYMBOL_FOR_MODULES(vstor_wait_idle, "hv_storvsc,hv_blkvsc");

/* Not memory of the slab, whose pages have no count of their own. */
static unsigned int vstor_keep_vec(const struct bio_vec *bv)
{
	unsigned int n = 0;
	unsigned int at;

	for (at = 0; at < bv->bv_len; at += PAGE_SIZE) {
		struct page *page = bv->bv_page + ((bv->bv_offset + at) >> PAGE_SHIFT);

		n += folio_try_get(page_folio(page));
	}
	return n;
}

/**
 * vstor_keep_pages() - the host may still write to a request's pages
 * @rq: request that ends without the host's answer
 *
 * Keeps them from being used for something else, for ever: a host that comes
 * back late must not write to memory that is not its own any more.
 */
void vstor_keep_pages(struct request *rq)
{
	struct req_iterator iter;
	unsigned int n = 0;
	struct bio_vec bv;

	if (rq_data_dir(rq) == WRITE || !blk_rq_has_data(rq))
		return;
	rq_for_each_bvec(bv, rq, iter)
		n += vstor_keep_vec(&bv);
	pr_warn_ratelimited("%u pages of a lost read are kept from reuse\n", n);
}
EXPORT_SYMBOL_FOR_MODULES(vstor_keep_pages, "hv_storvsc,hv_blkvsc");
