// SPDX-License-Identifier: GPL-2.0
/*
 * Commands on channels: the request table, sending, receiving, giving up.
 *
 * A slot is armed from before its packet is written until exactly one of these
 * takes it back: a completion (vmb_id_claim()), a failed send, or vstor_fail()
 * (both vmb_id_revoke()). Whoever takes it back ends the command.
 */
#include <linux/blk-mq.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/jiffies.h>
#include <linux/lockdep.h>
#include <linux/rcupdate.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "call.h"
#include "queue.h"
#include "vstor.h"

#define VSTOR_TX_BYTES	SZ_128K
#define VSTOR_RX_BYTES	SZ_64K
/* Longest packet that a host has reason to send, with room for a newer one. */
#define VSTOR_RX_PACKET	256

/* The slot is ours now: end its command. */
static void vstor_finish(struct vstor_queue *q, u32 slot,
			 const struct vstorw_packet *reply, int error,
			 struct io_comp_batch *iob)
{
	struct vstor_slot *s = &q->slot[slot];
	struct vstor_cmd *cmd = s->cmd;

	WRITE_ONCE(s->cmd, NULL);
	if (likely(slot < q->io_slots))
		q->vs->ops->done(q, cmd, reply, error, iob);
	else
		vstor_call_done(cmd, reply, error);
}

static void vstor_complain(struct vstor_queue *q, const struct vmb_rx *rx,
			   const char *what)
{
	dev_warn_ratelimited(&q->vs->vdev->dev,
			     "channel %u: %s: type %u, %u bytes, id %#llx\n",
			     q->index, what, rx->type, rx->len, rx->id);
}

static void vstor_rx_reply(struct vstor_queue *q, const struct vmb_rx *rx,
			   bool good, struct io_comp_batch *iob)
{
	int slot = vmb_id_claim(q->ids, rx->id);

	if (unlikely(slot < 0)) {
		q->stats.stray++;
		vstor_complain(q, rx, "completion with unknown transaction id");
		return;
	}
	if (unlikely(!good)) {
		q->stats.malformed++;
		vstor_complain(q, rx, "malformed completion");
		vstor_finish(q, slot, NULL, -EPROTO, iob);
		return;
	}
	vstor_finish(q, slot, rx->data, 0, iob);
}

static void vstor_rx(struct vstor_queue *q, const struct vmb_rx *rx,
		     struct io_comp_batch *iob)
{
	enum vstor_kind kind = vstor_classify(rx);

	switch (kind) {
	case VSTOR_KIND_REPLY:
	case VSTOR_KIND_BAD_REPLY:
		vstor_rx_reply(q, rx, kind == VSTOR_KIND_REPLY, iob);
		break;
	case VSTOR_KIND_LUNS_CHANGED:
		vstor_luns_changed(q->vs);
		break;
	default:
		q->stats.malformed++;
		vstor_complain(q, rx, "packet of unknown kind");
	}
}

/* RCU's read side lets an error handler wait for us to finish. */
static int vstor_drain(struct vstor_queue *q, struct io_comp_batch *iob)
	__must_hold(&q->rx_lock)
{
	struct vmb_rx rx;
	int n = 0;

	lockdep_assert_held(&q->rx_lock);
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
	u32 end = key == VSTOR_KEY_ALL && error == -ENODEV ?
		  q->io_slots + VSTOR_CALL_SLOTS : q->io_slots;

	for (u32 slot = 0; slot < end; slot++) {
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
	if (!q->slot || !q->ids) {
		vstor_queue_free(q);
		return NULL;
	}
	q->ch = ch;
	q->vs = vs;
	q->io_slots = vs->io_slots;
	spin_lock_init(&q->rx_lock);
	timer_setup(&q->unmask, vstor_unmask, 0);
	return q;
}

/**
 * vstor_queue_create() - open a channel and make it a queue
 * @vs: controller
 * @ch: primary channel or sub-channel
 *
 * Context: process; sleeps. The caller holds @vs->lock.
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
	int ret;

	lockdep_assert_held(&vs->lock);
	if (vs->nr_queues == VSTOR_MAX_QUEUES)
		return -ENOSPC;
	q = vstor_queue_alloc(vs, ch);
	if (!q)
		return -ENOMEM;
	q->index = vs->nr_queues;
	how.ctx = q;
	ret = vmb_open(ch, &how);
	if (ret) {
		vstor_queue_free(q);
		return ret;
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

/* The result of a failed send: 0 if somebody else ended the command. */
static int vstor_unsent(struct vstor_queue *q, u32 slot, int ret)
{
	if (!vmb_id_revoke(q->ids, slot))
		return 0;
	WRITE_ONCE(q->slot[slot].cmd, NULL);
	return ret;
}

/**
 * vstor_submit() - send a command
 * @q: queue
 * @slot: free slot that the caller owns
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
	int ret;

	vstor_fill(&pkt, cmd, vstor_arm(q, slot, cmd));
	ret = vmb_send(q->ch, &pkt, more);
	if (unlikely(ret))
		return vstor_unsent(q, slot, ret);
	return 0;
}
EXPORT_SYMBOL_FOR_MODULES(vstor_submit, "hv_storvsc,hv_blkvsc");

/**
 * vstor_add() - add a command to a batch
 * @q: queue
 * @slot: see vstor_submit()
 * @cmd: see vstor_submit()
 *
 * Context: between vstor_begin() and vstor_end().
 * Return: see vstor_submit().
 */
int vstor_add(struct vstor_queue *q, u32 slot, struct vstor_cmd *cmd)
{
	struct vmb_packet pkt;
	int ret;

	vstor_fill(&pkt, cmd, vstor_arm(q, slot, cmd));
	ret = vmb_tx_add(q->ch, &pkt);
	if (unlikely(ret))
		return vstor_unsent(q, slot, ret);
	return 0;
}
EXPORT_SYMBOL_FOR_MODULES(vstor_add, "hv_blkvsc");

/**
 * vstor_poll_only() - all completions of a queue are polled for
 * @q: queue without an interrupt-driven user
 *
 * Context: any.
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
 * vstor_poll() - look for completions without an interrupt
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
 * vstor_busy() - does a slot still wait for its completion
 * @q: queue
 * @slot: slot
 * @cmd: the command that it was used for
 *
 * Context: any.
 * Return: true if it does.
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
 * @error: for vstor_ops.done; whether the host may still use the buffers
 *
 * Context: process. When it returns, no completion of one of them is being
 * handled on another CPU.
 */
void vstor_fail(struct vstor *vs, u32 key, int error)
{
	for (unsigned int i = 0; i < vs->nr_queues; i++)
		vstor_fail_queue(vs->queue[i], key, error);
	synchronize_rcu();
}
EXPORT_SYMBOL_FOR_MODULES(vstor_fail, "hv_storvsc,hv_blkvsc");

static bool vstor_queue_idle(const struct vstor_queue *q, u32 key)
{
	for (u32 slot = 0; slot < q->io_slots; slot++) {
		const struct vstor_slot *s = &q->slot[slot];

		if (READ_ONCE(s->cmd) &&
		    (key == VSTOR_KEY_ALL || READ_ONCE(s->key) == key))
			return false;
	}
	return true;
}

static bool vstor_idle(struct vstor *vs, u32 key)
{
	for (unsigned int i = 0; i < vs->nr_queues; i++)
		if (!vstor_queue_idle(vs->queue[i], key))
			return false;
	return true;
}

/**
 * vstor_wait_idle() - wait for the completions that a reset brings
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
