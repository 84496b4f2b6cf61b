// SPDX-License-Identifier: GPL-2.0
/*
 * Transmit queue setup, completion and teardown.
 */
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <net/netdev_lock.h>
#include <net/netdev_queues.h>
#include <net/xdp.h>
#include <wire/nvsp.h>

#include "net.h"
#include "queue.h"
#include "tx.h"

static void netvsc_tx_put_slot(struct netvsc_tx *tx, unsigned int slot)
{
	tx->slots[slot].kind = NETVSC_TX_NONE;
	if (slot >= NETVSC_SLOT_SECTION)
		netvsc_fifo_put(&tx->free_sections, slot);
	else
		netvsc_fifo_put(&tx->free_direct, slot);
}

/* netpoll may have interrupted the holder of the frame's page pool. */
static void netvsc_tx_park(struct netvsc_queue *q, struct netvsc_tx_slot *s)
{
	s->kind = NETVSC_TX_PARKED;
	q->tx.parked = true;
	napi_schedule(&q->napi);
}

/**
 * netvsc_tx_complete() - the host completed a packet
 * @q: queue
 * @slot: its slot, claimed
 * @status: NVSP status
 * @budget: NAPI budget
 * @done: completions of this poll; this one is added
 *
 * Context: NAPI poll.
 */
void netvsc_tx_complete(struct netvsc_queue *q, unsigned int slot, u32 status,
			int budget, struct netvsc_tx_done *done)
{
	struct netvsc_tx *tx = &q->tx;
	struct netvsc_tx_slot *s = &tx->slots[slot];

	if (unlikely(status != NVSP_OK))
		netvsc_stat_add(&q->tx_done_stats.sync,
				&q->tx_done_stats.errors, max(s->packets, 1));
	switch (s->kind) {
	case NETVSC_TX_SKB:
		napi_consume_skb(s->owner, budget);
		break;
	case NETVSC_TX_XDP:
		if (unlikely(!budget)) {
			netvsc_tx_park(q, s);
			return;
		}
		xdp_return_frame(s->owner);
		break;
	}
	done->bytes += s->bytes;
	done->slots++;
	netvsc_tx_put_slot(tx, slot);
}

/**
 * netvsc_tx_unpark() - return the XDP frames that netpoll could not
 * @q: queue, with some
 * @done: completions of this poll; these are added
 *
 * Context: NAPI poll with a budget, or process when there is none any more.
 */
void netvsc_tx_unpark(struct netvsc_queue *q, struct netvsc_tx_done *done)
{
	struct netvsc_tx *tx = &q->tx;

	tx->parked = false;
	for (u32 i = NETVSC_SLOT_DIRECT; i < NETVSC_SLOT_SECTION; i++) {
		if (READ_ONCE(tx->slots[i].kind) != NETVSC_TX_PARKED)
			continue;
		xdp_return_frame(tx->slots[i].owner);
		netvsc_tx_put_slot(tx, i);
		done->slots++;
	}
}

/**
 * netvsc_tx_report() - report completions to BQL and wake the queue
 * @q: queue
 * @done: completions of this poll
 *
 * Context: NAPI poll.
 */
void netvsc_tx_report(struct netvsc_queue *q, const struct netvsc_tx_done *done)
{
	struct netvsc_tx *tx = &q->tx;

	if (!done->bytes)
		smp_mb(); /* As in BQL: pairs with netif_txq_try_stop(). */
	if (!__netif_txq_completed_wake(netvsc_txq(q), done->slots, done->bytes,
					netvsc_fifo_count(&tx->free_direct),
					NETVSC_TX_WAKE,
					READ_ONCE(tx->blocked) ||
					!READ_ONCE(tx->ready)))
		netvsc_stat_inc(&q->tx_done_stats.sync, &q->tx_done_stats.wake);
}

/**
 * netvsc_tx_unblock() - the ring may have room again
 * @q: queue, blocked
 *
 * Sends the open section; wakes the queue, or leaves it stopped for the next
 * time.
 *
 * Context: NAPI poll. Takes the TX queue lock.
 */
void netvsc_tx_unblock(struct netvsc_queue *q)
{
	struct netdev_queue *txq = netvsc_txq(q);
	struct netvsc_tx *tx = &q->tx;

	__netif_tx_lock(txq, smp_processor_id());
	WRITE_ONCE(tx->blocked, false);
	if (tx->ready)
		netvsc_tx_flush(q, false);
	if (!tx->blocked && tx->ready && netif_tx_queue_stopped(txq) &&
	    netvsc_fifo_count(&tx->free_direct) >= NETVSC_TX_WAKE) {
		netif_tx_wake_queue(txq);
		netvsc_stat_inc(&q->tx_done_stats.sync, &q->tx_done_stats.wake);
	}
	__netif_tx_unlock(txq);
}

/**
 * netvsc_tx_release() - send the open section, if the host runs out of work
 * @q: queue whose completions were handled
 * @budget: NAPI budget
 *
 * Context: NAPI poll. Takes the TX queue lock.
 */
void netvsc_tx_release(struct netvsc_queue *q, int budget)
{
	struct netdev_queue *txq = netvsc_txq(q);
	struct netvsc_tx *tx = &q->tx;

	/*
	 * Pairs with netvsc_tx_hold(): it sees the slots that were freed, or
	 * this sees its section.
	 */
	smp_mb();
	if (READ_ONCE(tx->open_slot) < 0 || netvsc_tx_host_busy(tx))
		return;
	if (unlikely(!budget)) {
		/* netpoll may have interrupted the lock's holder. */
		napi_schedule(&q->napi);
		return;
	}
	__netif_tx_lock(txq, smp_processor_id());
	if (tx->ready)
		netvsc_tx_flush(q, false);
	__netif_tx_unlock(txq);
}

/**
 * netvsc_tx_idle() - has the host completed everything
 * @q: queue that accepts no packets any more
 *
 * Context: Any.
 * Return: true if no packet is in flight.
 */
bool netvsc_tx_idle(const struct netvsc_queue *q)
{
	for (int i = NETVSC_SLOT_DIRECT; i < NETVSC_SLOTS; i++)
		if (READ_ONCE(q->tx.slots[i].kind) != NETVSC_TX_NONE)
			return false;
	return true;
}

/**
 * netvsc_tx_setup() - allocate the transmit side
 * @q: queue
 *
 * Context: Process, instance lock.
 * Return: 0 or -ENOMEM; netvsc_tx_teardown() in both cases.
 */
int netvsc_tx_setup(struct netvsc_queue *q)
{
	struct netvsc_tx *tx = &q->tx;

	netdev_assert_locked(q->nd->ndev);
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
	tx->slots = kvzalloc_objs(*tx->slots, NETVSC_SLOTS);
	tx->gpas = kmalloc_flex(*tx->gpas, words, NETVSC_GPA_WORDS);
	/* Contiguous, and no header crosses a page. */
	tx->headers =
		kzalloc(NETVSC_DIRECT_SLOTS * NETVSC_TX_HDR_BYTES, GFP_KERNEL);
	if (!tx->slots || !tx->gpas || !tx->headers)
		return -ENOMEM;
	netdev_queue_set_dql_min_limit(netvsc_txq(q), NETVSC_TX_BQL_MIN);
	if (netvsc_fifo_init(&tx->free_direct, NETVSC_DIRECT_SLOTS) ||
	    netvsc_fifo_init(&tx->free_sections, NETVSC_SECTION_SLOTS))
		return -ENOMEM;
	for (int i = 0; i < NETVSC_DIRECT_SLOTS; i++)
		netvsc_fifo_put(&tx->free_direct, NETVSC_SLOT_DIRECT + i);
	return 0;
}

/**
 * netvsc_tx_assign_sections() - assign a part of the send buffer to a queue
 * @q: queue that sends nothing yet
 * @first: its first section
 * @count: number of sections; more than NETVSC_SECTION_SLOTS are not used
 *
 * Context: Process, instance lock.
 */
void netvsc_tx_assign_sections(struct netvsc_queue *q, u32 first, u32 count)
{
	struct netvsc_dev *nd = q->nd;
	struct netvsc_tx *tx = &q->tx;

	tx->align = nd->align;
	tx->max_packets = min(nd->host_max_packets, nd->batch_packets);
	tx->section_size = nd->send_section_size;
	tx->section_base = first;
	tx->sections = (u8 *)vmb_gpadl_addr(nd->send_gpadl) +
		       (size_t)first * tx->section_size;
	tx->section_slots = min(count, NETVSC_SECTION_SLOTS);
	for (u32 i = 0; i < tx->section_slots; i++)
		netvsc_fifo_put(&tx->free_sections, NETVSC_SLOT_SECTION + i);
}

static void netvsc_tx_discard(struct netvsc_queue *q,
			      struct netvsc_tx_slot *s)
{
	if (s->kind == NETVSC_TX_SKB)
		dev_kfree_skb_any(s->owner);
	else if (s->kind == NETVSC_TX_XDP)
		xdp_return_frame(s->owner);
	if (s->kind != NETVSC_TX_NONE)
		netvsc_stat_add(&q->tx_done_stats.sync,
				&q->tx_done_stats.errors, max(s->packets, 1));
	s->kind = NETVSC_TX_NONE;
}

/**
 * netvsc_tx_teardown() - free the transmit side
 * @q: queue, its channel closed
 *
 * Packets that the host never completed are dropped here.
 *
 * Context: Process, instance lock.
 */
void netvsc_tx_teardown(struct netvsc_queue *q)
{
	struct netvsc_tx_done done = {};
	struct netvsc_tx *tx = &q->tx;

	if (tx->parked)
		netvsc_tx_unpark(q, &done);
	for (int i = NETVSC_SLOT_DIRECT; tx->slots && i < NETVSC_SLOTS; i++)
		netvsc_tx_discard(q, &tx->slots[i]);
	netdev_tx_reset_queue(netvsc_txq(q));
	netvsc_fifo_free(&tx->free_direct);
	netvsc_fifo_free(&tx->free_sections);
	kvfree(tx->slots);
	kfree(tx->gpas);
	kfree(tx->headers);
	tx->slots = NULL;
	tx->gpas = NULL;
	tx->headers = NULL;
}
