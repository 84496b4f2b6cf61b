// SPDX-License-Identifier: GPL-2.0
/*
 * Transmit slots: their life, from the memory they need to their completion.
 */
#include <linux/minmax.h>
#include <linux/slab.h>
#include <net/netdev_queues.h>

#include "net.h"

/**
 * hvn_tx_complete() - the host is done with a packet
 * @q: queue
 * @slot: its slot, claimed
 * @status: NVSP status
 * @budget: NAPI budget
 * @done: what this poll gathered so far
 *
 * NAPI poll.
 */
void hvn_tx_complete(struct hvn_queue *q, unsigned int slot, u32 status,
		     int budget, struct hvn_tx_done *done)
{
	struct hvn_tx *tx = &q->tx;
	struct hvn_tx_slot *s = &tx->slots[slot];

	done->bytes += s->bytes;
	done->slots++;
	if (unlikely(status != NVSP_OK))
		hvn_stat_add(&q->tx_done_stats.sync, &q->tx_done_stats.errors, max(s->packets, 1));
	switch (s->kind) {
	case HVN_TX_SKB:
		napi_consume_skb(s->owner, budget);
		break;
	case HVN_TX_XDP:
		xdp_return_frame(s->owner);
		break;
	}
	s->kind = HVN_TX_NONE;
	if (slot >= HVN_SLOT_SECTION)
		hvn_fifo_put(&tx->free_sections, slot);
	else
		hvn_fifo_put(&tx->free_direct, slot);
}

/**
 * hvn_tx_report() - tells BQL and wakes the queue
 * @q: queue
 * @done: what the poll gathered
 *
 * NAPI poll.
 */
void hvn_tx_report(struct hvn_queue *q, const struct hvn_tx_done *done)
{
	struct hvn_tx *tx = &q->tx;

	if (!done->bytes)
		smp_mb();	/* As in BQL: pairs with netif_txq_try_stop(). */
	if (!__netif_txq_completed_wake(hvn_txq(q), done->slots, done->bytes,
					hvn_fifo_count(&tx->free_direct),
					HVN_TX_WAKE,
					READ_ONCE(tx->blocked) ||
					!READ_ONCE(tx->ready)))
		hvn_stat_inc(&q->tx_done_stats.sync, &q->tx_done_stats.wake);
}

/**
 * hvn_tx_unblock() - the ring may have room again
 * @q: queue, blocked
 *
 * NAPI poll. Sends what was left over; wakes the queue, or leaves it stopped
 * for the next time.
 */
void hvn_tx_unblock(struct hvn_queue *q)
{
	struct netdev_queue *txq = hvn_txq(q);
	struct hvn_tx *tx = &q->tx;

	__netif_tx_lock(txq, smp_processor_id());
	WRITE_ONCE(tx->blocked, false);
	if (tx->refund_packets) {
		netdev_tx_completed_queue(txq, tx->refund_packets,
					  tx->refund_bytes);
		tx->refund_packets = 0;
		tx->refund_bytes = 0;
	}
	if (tx->ready)
		hvn_tx_flush(q, false);
	if (!tx->blocked && tx->ready && netif_tx_queue_stopped(txq) &&
	    hvn_fifo_count(&tx->free_direct) >= HVN_TX_WAKE) {
		netif_tx_wake_queue(txq);
		hvn_stat_inc(&q->tx_done_stats.sync, &q->tx_done_stats.wake);
	}
	__netif_tx_unlock(txq);
}

/**
 * hvn_tx_release() - sends what was held back, if the host runs out of work
 * @q: queue whose completions were taken
 * @budget: NAPI budget
 *
 * NAPI poll.
 */
void hvn_tx_release(struct hvn_queue *q, int budget)
{
	struct netdev_queue *txq = hvn_txq(q);
	struct hvn_tx *tx = &q->tx;

	/* Pairs with hvn_tx_hold(): it sees the slots given back, or this sees its section. */
	smp_mb();
	if (READ_ONCE(tx->open_slot) < 0 || hvn_tx_host_busy(tx))
		return;
	if (unlikely(!budget)) {
		/* netpoll may have interrupted the lock's holder. */
		napi_schedule(&q->napi);
		return;
	}
	__netif_tx_lock(txq, smp_processor_id());
	if (tx->ready)
		hvn_tx_flush(q, false);
	__netif_tx_unlock(txq);
}

/**
 * hvn_tx_idle() - has the host completed everything
 * @q: queue that accepts no packets any more
 *
 * Return: true if no slot is out.
 */
bool hvn_tx_idle(const struct hvn_queue *q)
{
	unsigned int i;

	for (i = HVN_SLOT_DIRECT; i < HVN_SLOTS; i++)
		if (READ_ONCE(q->tx.slots[i].kind) != HVN_TX_NONE)
			return false;
	return true;
}

/**
 * hvn_tx_setup() - allocates the transmit side
 * @q: queue, zeroed
 *
 * Return: 0 or -ENOMEM; hvn_tx_teardown() in both cases.
 */
int hvn_tx_setup(struct hvn_queue *q)
{
	struct hvn_tx *tx = &q->tx;
	unsigned int i;

	memset(tx, 0, sizeof(*tx));
	tx->open_slot = -1;
	tx->msg.type = cpu_to_le32(NVSP_RNDIS);
	tx->msg.rndis.channel = cpu_to_le32(NVSP_CHANNEL_DATA);
	tx->pkt = (struct vmb_packet) {
		.type = VMB_INBAND,
		.flags = VMB_WANT_COMPLETION,
		.data = &tx->msg,
		.len = sizeof(tx->msg),
	};
	tx->slots = kvzalloc_objs(*tx->slots, HVN_SLOTS);
	tx->gpas = kmalloc_flex(*tx->gpas, words, HVN_GPA_WORDS);
	/* Contiguous, and no header crosses a page. */
	tx->headers = kzalloc(HVN_DIRECT_SLOTS * HVN_TX_HDR_BYTES, GFP_KERNEL);
	if (!tx->slots || !tx->gpas || !tx->headers)
		return -ENOMEM;
	netdev_queue_set_dql_min_limit(hvn_txq(q), HVN_TX_BQL_MIN);
	if (hvn_fifo_init(&tx->free_direct, HVN_DIRECT_SLOTS) ||
	    hvn_fifo_init(&tx->free_sections, HVN_SECTION_SLOTS))
		return -ENOMEM;
	for (i = 0; i < HVN_DIRECT_SLOTS; i++)
		hvn_fifo_put(&tx->free_direct, HVN_SLOT_DIRECT + i);
	return 0;
}

/**
 * hvn_tx_assign_sections() - gives a queue its part of the send buffer
 * @q: queue that sends nothing yet
 * @first: its first section
 * @count: how many; more than HVN_SECTION_SLOTS are not used
 */
void hvn_tx_assign_sections(struct hvn_queue *q, u32 first, u32 count)
{
	struct hvn_dev *nd = q->nd;
	struct hvn_tx *tx = &q->tx;
	u32 i;

	tx->align = nd->align;
	tx->max_packets = min(nd->host_max_packets, nd->batch_packets);
	tx->section_size = nd->send_section_size;
	tx->section_base = first;
	tx->sections = (u8 *)vmb_gpadl_addr(nd->send_gpadl) +
		       (size_t)first * tx->section_size;
	tx->section_slots = min(count, HVN_SECTION_SLOTS);
	for (i = 0; i < tx->section_slots; i++)
		hvn_fifo_put(&tx->free_sections, HVN_SLOT_SECTION + i);
}

static void hvn_tx_drop_slot(struct hvn_queue *q, struct hvn_tx_slot *s)
{
	if (s->kind == HVN_TX_SKB)
		dev_kfree_skb_any(s->owner);
	else if (s->kind == HVN_TX_XDP)
		xdp_return_frame(s->owner);
	if (s->kind != HVN_TX_NONE)
		hvn_stat_add(&q->tx_done_stats.sync, &q->tx_done_stats.errors, max(s->packets, 1));
	s->kind = HVN_TX_NONE;
}

/**
 * hvn_tx_teardown() - frees the transmit side
 * @q: queue; its channel is closed, the host reads nothing any more
 *
 * Packets that the host never completed end here.
 */
void hvn_tx_teardown(struct hvn_queue *q)
{
	struct hvn_tx *tx = &q->tx;
	unsigned int i;

	for (i = HVN_SLOT_DIRECT; tx->slots && i < HVN_SLOTS; i++)
		hvn_tx_drop_slot(q, &tx->slots[i]);
	netdev_tx_reset_queue(hvn_txq(q));
	hvn_fifo_free(&tx->free_direct);
	hvn_fifo_free(&tx->free_sections);
	kvfree(tx->slots);
	kfree(tx->gpas);
	kfree(tx->headers);
	tx->slots = NULL;
	tx->gpas = NULL;
	tx->headers = NULL;
}
