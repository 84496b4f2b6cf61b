// SPDX-License-Identifier: GPL-2.0
/*
 * Commands on channels: the request table, sending, receiving.
 *
 * A slot is armed from before its packet is written until exactly one of these
 * takes it back: a completion (vmb_id_claim()), a failed send, or the end of
 * the channel (both vmb_id_revoke()). Whoever takes it back ends the command.
 * Nothing takes back what an open channel has carried to the host: the memory
 * of such a command is the host's.
 */
#include <linux/atomic.h>
#include <linux/blkdev.h>
#include <linux/container_of.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/jiffies.h>
#include <linux/lockdep.h>
#include <linux/rcupdate.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/wait.h>

#include "queue.h"
#include "vstor.h"

#define VSTOR_TX_BYTES	SZ_128K
#define VSTOR_RX_BYTES	SZ_64K
/* Longest packet that a host has reason to send, with room for a newer one. */
#define VSTOR_RX_PACKET	256

static void vstor_call_done(struct vstor_cmd *cmd,
			    const struct vstorw_packet *reply, int error)
{
	struct vstor_call *call = container_of(cmd, struct vstor_call, cmd);

	call->error = error;
	call->with_host = error == -ETIMEDOUT;
	if (reply)
		call->reply = *reply;
	complete(&call->done);
}

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
	dev_warn_ratelimited(q->vs->vdev->dev,
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
static int vstor_drain(struct vstor_queue *q, struct vmb_channel *ch,
		       struct io_comp_batch *iob)
	__must_hold(&q->rx_lock)
{
	struct vmb_rx rx;
	int n = 0;

	lockdep_assert_held(&q->rx_lock);
	rcu_read_lock();
	while (!vmb_recv(ch, &rx)) {
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
	vstor_drain(q, ch, &iob);
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

/*
 * One dead channel takes the controller down: the CPUs that it serves could do
 * no I/O, and nobody would know why.
 */
static void vstor_dead(struct vmb_channel *ch, int error)
{
	struct vstor_queue *q = vmb_channel_ctx(ch);
	struct vstor *vs = q->vs;

	cmpxchg(&vs->recovery.error, 0, error);
	vstor_request_recovery(vs, VSTOR_NEED_CLOSE);
	wake_up(&vs->wait);
}

static const struct vmb_channel_ops vstor_channel_ops = {
	.receive = vstor_receive,
	.writable = vstor_writable,
	.dead = vstor_dead,
};

static void vstor_unmask_channel(struct vstor_queue *q, struct vmb_channel *ch,
				 struct io_comp_batch *iob)
{
	spin_lock(&q->rx_lock);
	while (vmb_unmask(ch)) {
		vmb_mask(ch);
		vstor_drain(q, ch, iob);
	}
	spin_unlock(&q->rx_lock);
}

/*
 * Interrupts stay masked for one to two ticks after the last poll, so that a
 * polling loop is not interrupted, and what nobody polls for is not forgotten.
 */
static void vstor_unmask(struct timer_list *t)
{
	struct vstor_queue *q = timer_container_of(q, t, unmask);
	struct vmb_channel *ch;
	DEFINE_IO_COMP_BATCH(iob);

	if (time_is_after_eq_jiffies(READ_ONCE(q->polled) + 1)) {
		mod_timer(t, jiffies + 2);
		return;
	}
	scoped_guard(rcu) {
		ch = rcu_dereference(q->open);
		if (ch)
			vstor_unmask_channel(q, ch, &iob);
	}
	if (iob.complete)
		iob.complete(&iob);
}

/**
 * vstor_queue_free() - free a queue
 * @q: queue without a channel
 *
 * Context: process; sleeps.
 */
void vstor_queue_free(struct vstor_queue *q)
{
	timer_shutdown_sync(&q->unmask);
	vmb_ids_destroy(q->ids);
	kvfree(q->slot);
	kfree(q);
}

/**
 * vstor_queue_alloc() - a queue without a channel
 * @vs: controller
 * @index: its number
 *
 * Context: process; sleeps.
 * Return: the queue or NULL.
 */
struct vstor_queue *vstor_queue_alloc(struct vstor *vs, u16 index)
{
	u32 slots = vs->io_slots + VSTOR_CALL_SLOTS;
	struct vstor_queue *q = kzalloc_obj(*q);

	if (!q)
		return NULL;
	q->vs = vs;
	q->index = index;
	q->io_slots = vs->io_slots;
	spin_lock_init(&q->rx_lock);
	timer_setup(&q->unmask, vstor_unmask, 0);
	q->slot = kvzalloc_objs(*q->slot, slots);
	q->ids = vmb_ids_create(slots, dev_to_node(vs->vdev->dev));
	if (q->slot && q->ids)
		return q;
	vstor_queue_free(q);
	return NULL;
}

/**
 * vstor_queue_open() - open a channel for a queue
 * @q: queue without a channel
 * @ch: primary channel or sub-channel
 *
 * Context: process; sleeps.
 * Return: 0, or -errno.
 */
int vstor_queue_open(struct vstor_queue *q, struct vmb_channel *ch)
{
	struct vmb_open how = {
		.ops = &vstor_channel_ops,
		.ctx = q,
		.tx_bytes = VSTOR_TX_BYTES,
		.rx_bytes = VSTOR_RX_BYTES,
		.max_rx_packet = VSTOR_RX_PACKET,
	};
	int ret = vmb_open(ch, &how);

	if (!ret)
		rcu_assign_pointer(q->open, ch);
	return ret;
}

/**
 * vstor_queue_publish() - let the front end use a queue
 * @q: queue with a channel
 *
 * Context: process; the only one that changes the channel.
 */
void vstor_queue_publish(struct vstor_queue *q)
{
	struct vmb_channel *ch = rcu_dereference_protected(q->open, true);

	if (q->poll_only)
		vmb_mask(ch);
	rcu_assign_pointer(q->ch, ch);
}

/**
 * vstor_queue_withdraw() - send no more commands on a queue
 * @q: queue
 *
 * Takes effect after an RCU grace period.
 *
 * Context: process; the only one that changes the channel.
 */
void vstor_queue_withdraw(struct vstor_queue *q)
{
	RCU_INIT_POINTER(q->ch, NULL);
}

/**
 * vstor_queue_close() - close a queue's channel
 * @q: queue; withdrawn
 *
 * What is left on it is the host's if the host did not confirm the close; see
 * vstor_queue_fail().
 *
 * Context: process; sleeps. The only one that changes the channel.
 * Return: 0 if the host is done with all commands, or if there is no channel;
 * else -errno.
 */
int vstor_queue_close(struct vstor_queue *q)
{
	struct vmb_channel *ch = rcu_dereference_protected(q->open, true);

	if (!ch)
		return 0;
	RCU_INIT_POINTER(q->open, NULL);
	synchronize_rcu();
	timer_delete_sync(&q->unmask);
	return vmb_close(ch);
}

/**
 * vstor_queue_fail() - end all commands of a queue
 * @q: queue; withdrawn
 * @error: for vstor_ops.done
 *
 * Context: process. When it returns, no completion of one of them is being
 * handled on another CPU.
 */
void vstor_queue_fail(struct vstor_queue *q, int error)
{
	for (u32 slot = 0; slot < q->io_slots + VSTOR_CALL_SLOTS; slot++)
		if (READ_ONCE(q->slot[slot].cmd) &&
		    vmb_id_revoke(q->ids, slot))
			vstor_finish(q, slot, NULL, error, NULL);
	synchronize_rcu();
}

/**
 * vstor_queue_error() - is a queue's channel dead
 * @q: queue
 *
 * Context: any.
 * Return: the channel's error, 0 if it works or if there is none.
 */
int vstor_queue_error(struct vstor_queue *q)
{
	struct vmb_channel *ch;

	guard(rcu)();
	ch = rcu_dereference(q->open);
	return ch ? vmb_channel_error(ch) : 0;
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

/* The id, or 0 if the host still has the command that used the slot before. */
static u64 vstor_arm(struct vstor_queue *q, u32 slot, struct vstor_cmd *cmd)
{
	struct vstor_slot *s = &q->slot[slot];

	if (unlikely(READ_ONCE(s->cmd)))
		return 0;
	WRITE_ONCE(s->since, (u32)jiffies);
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
 * vstor_send() - send a command on a channel
 * @q: queue
 * @ch: its channel
 * @slot: see vstor_submit()
 * @cmd: see vstor_submit()
 * @more: see vstor_submit()
 *
 * Context: any but hard interrupt; RCU's read side.
 * Return: see vstor_submit().
 */
int vstor_send(struct vstor_queue *q, struct vmb_channel *ch, u32 slot,
	       struct vstor_cmd *cmd, bool more)
{
	struct vmb_packet pkt;
	int ret;

	vstor_fill(&pkt, cmd, vstor_arm(q, slot, cmd));
	if (unlikely(!pkt.id))
		return -EBUSY;
	ret = vmb_send(ch, &pkt, more);
	if (unlikely(ret))
		return vstor_unsent(q, slot, ret);
	return 0;
}

/**
 * vstor_submit() - send a command
 * @q: queue
 * @slot: free slot that the caller owns
 * @cmd: command; its memory stays until it has ended
 * @more: another command or vstor_kick() follows at once
 *
 * Context: any but hard interrupt; RCU's read side.
 * Return: 0: it will end by vstor_ops.done, or has already. Else it was not
 * taken: -EAGAIN if there is no room or no channel now (vstor_ops.writable
 * follows), -EBUSY if the slot is not free, or -errno.
 */
int vstor_submit(struct vstor_queue *q, u32 slot, struct vstor_cmd *cmd,
		 bool more)
{
	struct vmb_channel *ch = rcu_dereference(q->ch);

	if (unlikely(!ch))
		return vstor_no_channel(q->vs);
	return vstor_send(q, ch, slot, cmd, more);
}
EXPORT_SYMBOL_FOR_MODULES(vstor_submit, "hv_storvsc,hv_blkvsc");

/**
 * vstor_add() - add a command to a batch
 * @q: queue
 * @ch: from vstor_begin()
 * @slot: see vstor_submit()
 * @cmd: see vstor_submit()
 *
 * Context: between vstor_begin() and vstor_end().
 * Return: see vstor_submit().
 */
int vstor_add(struct vstor_queue *q, struct vmb_channel *ch, u32 slot,
	      struct vstor_cmd *cmd)
{
	struct vmb_packet pkt;
	int ret;

	vstor_fill(&pkt, cmd, vstor_arm(q, slot, cmd));
	if (unlikely(!pkt.id))
		return -EBUSY;
	ret = vmb_tx_add(ch, &pkt);
	if (unlikely(ret))
		return vstor_unsent(q, slot, ret);
	return 0;
}
EXPORT_SYMBOL_FOR_MODULES(vstor_add, "hv_blkvsc");

/**
 * vstor_poll_only() - all completions of a queue are polled for
 * @q: queue without an interrupt-driven user
 *
 * Context: process; before there is I/O.
 */
void vstor_poll_only(struct vstor_queue *q)
{
	q->poll_only = true;
	vstor_queue_publish(q);
}
EXPORT_SYMBOL_FOR_MODULES(vstor_poll_only, "hv_blkvsc");

static void vstor_poll_mask(struct vstor_queue *q, struct vmb_channel *ch)
{
	if (READ_ONCE(q->poll_only)) {
		vmb_mask(ch);
		return;
	}
	WRITE_ONCE(q->polled, jiffies);
	if (!timer_pending(&q->unmask)) {
		vmb_mask(ch);
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
	struct vmb_channel *ch;
	int n = 0;

	guard(rcu)();
	ch = rcu_dereference(q->ch);
	if (unlikely(!ch))
		return 0;
	vstor_poll_mask(q, ch);
	if (!vmb_rx_pending(ch))
		return 0;
	if (spin_trylock_bh(&q->rx_lock)) {
		n = vstor_drain(q, ch, iob);
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
 * vstor_queue_idle() - has the host completed what the front end sent
 * @q: queue
 * @key: for which LUN, or VSTOR_KEY_ALL
 *
 * Context: any; the commands' memory stays meanwhile.
 * Return: true if it has.
 */
bool vstor_queue_idle(const struct vstor_queue *q, u32 key)
{
	for (u32 slot = 0; slot < q->io_slots; slot++) {
		const struct vstor_cmd *cmd = READ_ONCE(q->slot[slot].cmd);

		if (cmd && (key == VSTOR_KEY_ALL || READ_ONCE(cmd->key) == key))
			return false;
	}
	return true;
}

/**
 * vstor_idle() - has the host completed what the front end sent
 * @vs: controller
 * @key: for which LUN, or VSTOR_KEY_ALL
 *
 * Context: see vstor_queue_idle().
 * Return: true if it has.
 */
bool vstor_idle(struct vstor *vs, u32 key)
{
	for (unsigned int i = 0; i < vs->nr_queues; i++)
		if (!vstor_queue_idle(vs->queue[i], key))
			return false;
	return true;
}
EXPORT_SYMBOL_FOR_MODULES(vstor_idle, "hv_storvsc");

static void vstor_count_slot(struct vstor_outstanding *o,
			     const struct vstor_slot *s)
{
	const struct vstor_cmd *cmd = READ_ONCE(s->cmd);
	unsigned int seconds;

	if (!cmd)
		return;
	seconds = ((u32)jiffies - READ_ONCE(s->since)) / HZ;
	if (!o->count++ || seconds > o->seconds) {
		o->seconds = seconds;
		o->key = READ_ONCE(cmd->key);
		o->opcode = READ_ONCE(cmd->pkt.srb.cdb[0]);
	}
}

/**
 * vstor_outstanding() - what the host has not completed
 * @vs: controller
 *
 * Context: see vstor_queue_idle().
 * Return: how many commands of the front end, and the oldest of them.
 */
struct vstor_outstanding vstor_outstanding(struct vstor *vs)
{
	struct vstor_outstanding o = {};

	for (unsigned int i = 0; i < vs->nr_queues; i++)
		for (u32 slot = 0; slot < vs->queue[i]->io_slots; slot++)
			vstor_count_slot(&o, &vs->queue[i]->slot[slot]);
	return o;
}
