// SPDX-License-Identifier: GPL-2.0
/*
 * A queue: a channel with its NAPI poll, which receives packets and reaps
 * transmit completions, since both come in by the same ring.
 */
#include <linux/bottom_half.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/netdevice.h>
#include <linux/timer.h>
#include <net/netdev_lock.h>
#include <wire/nvsp.h>

#include "ctl.h"
#include "net.h"
#include "nvsp.h"
#include "queue.h"
#include "rx.h"
#include "tx.h"
#include "xdp.h"

/* Pages of 4 KiB in either ring of a channel. */
#define NETVSC_RING_MIN		64u
#define NETVSC_RING_MAX		2048u

static unsigned int ring_size = 128;
module_param(ring_size, uint, 0444);
MODULE_PARM_DESC(ring_size, "Ring buffer size (# of 4K pages)");

/*
 * Longest inbound packet: a transfer-page packet with every range it may have
 * and an NVSP message with a send table behind it.
 */
#define NETVSC_MAX_RX_PACKET	(16 + sizeof(struct vmb_xfer) +		\
				 NVSP_MAX_RANGES *			\
				 sizeof(struct vmb_xfer_range) +	\
				 sizeof(struct nvsp_msg) +		\
				 NVSP_SEND_TABLE_ENTRIES * sizeof(__le32))

/* Ring packets that one poll handles at most; the budget counts frames only. */
#define NETVSC_POLL_PACKETS	512

static void netvsc_queue_completion(struct netvsc_queue *q,
				    const struct vmb_rx *pkt, int budget,
				    struct netvsc_tx_done *done)
{
	const struct nvsp_msg *m = pkt->data;
	u32 status = NVSP_FAIL;
	int slot;

	slot = vmb_id_claim(q->ids, pkt->id);
	if (unlikely(slot < 0)) {
		netvsc_stat_inc(&q->rx_stats.sync, &q->rx_stats.stray);
		return;
	}
	if (unlikely(slot < NETVSC_SLOT_DIRECT)) {
		if (!netvsc_nvsp_completion(q->nd, slot, pkt))
			netvsc_stat_inc(&q->rx_stats.sync, &q->rx_stats.stray);
		return;
	}
	if (likely(pkt->len >= offsetofend(struct nvsp_msg, rndis_complete) &&
		   m->type == cpu_to_le32(NVSP_RNDIS_COMPLETE)))
		status = le32_to_cpu(m->rndis_complete.status);
	netvsc_tx_complete(q, slot, status, budget, done);
}

static void netvsc_queue_packet(struct netvsc_queue *q,
				const struct vmb_rx *pkt, int budget,
				struct netvsc_tx_done *done)
{
	switch (pkt->type) {
	case VMB_XFER_PAGES:
		netvsc_rx_xfer(q, pkt);
		break;
	case VMB_COMPLETION:
		netvsc_queue_completion(q, pkt, budget, done);
		break;
	case VMB_INBAND:
		if (!netvsc_nvsp_inband(q->nd, pkt))
			netvsc_stat_inc(&q->rx_stats.sync, &q->rx_stats.stray);
		/* A host waits for this whether or not the type is known. */
		if (pkt->flags & VMB_WANT_COMPLETION)
			netvsc_rx_acknowledge(q, pkt->id);
		break;
	default:
		netvsc_stat_inc(&q->rx_stats.sync, &q->rx_stats.stray);
		break;
	}
}

/*
 * Drains the inbound ring. A transfer-page packet is only parked in rx.xfer
 * when it is received: the next turn of the loop handles its frames, as many as
 * the budget allows, and the rest waits there for the next poll.
 *
 * Returns -EAGAIN when the ring is empty, 0 when budget or packet limit ended
 * first, or the channel's error.
 */
static int netvsc_queue_drain(struct netvsc_queue *q, int budget, int *work,
			      struct netvsc_tx_done *done)
{
	struct vmb_rx pkt;
	int ret;

	for (int packets = 0; packets < NETVSC_POLL_PACKETS; packets++) {
		if (q->rx.xfer) {
			*work += netvsc_rx_ranges(q, budget - *work);
			if (q->rx.xfer)
				return 0;
		}
		ret = vmb_recv(q->ch, &pkt);
		if (ret)
			return ret;
		netvsc_queue_packet(q, &pkt, budget, done);
	}
	return 0;
}

static int netvsc_poll(struct napi_struct *napi, int budget)
{
	struct netvsc_queue *q = container_of(napi, struct netvsc_queue, napi);
	struct netvsc_tx_done done = {};
	int work = 0, ret;

	/*
	 * Pairs with netvsc_queue_open(). netpoll and busy polling take any
	 * NAPI, also one whose sub-channel has not been offered.
	 */
	if (unlikely(!smp_load_acquire(&q->open))) {
		if (budget)
			napi_complete_done(napi, 0);
		return 0;
	}
	/* netpoll (no budget) may have interrupted the lock's holder. */
	if (unlikely(READ_ONCE(q->tx.blocked) && budget))
		netvsc_tx_unblock(q);
	if (unlikely(q->tx.parked && budget))
		netvsc_tx_unpark(q, &done);
	ret = netvsc_queue_drain(q, budget, &work, &done);
	if (done.slots)
		netvsc_tx_report(q, &done);
	/* Without completions as well: netpoll may have reaped them. */
	if (done.slots || READ_ONCE(q->tx.open_slot) >= 0)
		netvsc_tx_release(q, budget);
	if (unlikely(q->rx.xdp_flush || q->rx.xdp_sent))
		netvsc_xdp_flush(q);
	if (netvsc_rx_completion_due(&q->rx))
		netvsc_rx_complete(q);
	if (unlikely(!ret)) {
		vmb_recv_flush(q->ch);
		/* netpoll may have left a transfer that raises no interrupt. */
		if (!budget)
			napi_schedule(napi);
		return budget;
	}
	/* Packets that came before the unmask raise no interrupt. */
	if (work < budget && napi_complete_done(napi, work) &&
	    ret == -EAGAIN && vmb_unmask(q->ch))
		napi_schedule(napi);
	return work;
}

/* Hard interrupt; the bus has masked the channel. */
static void netvsc_queue_event(struct vmb_channel *ch)
{
	struct netvsc_queue *q = vmb_channel_ctx(ch);

	napi_schedule_irqoff(&q->napi);
}

/* There is room in the outbound ring again. */
static void netvsc_queue_writable(struct vmb_channel *ch)
{
	struct netvsc_queue *q = vmb_channel_ctx(ch);

	napi_schedule(&q->napi);
}

static void netvsc_queue_dead(struct vmb_channel *ch, int error)
{
	struct netvsc_queue *q = vmb_channel_ctx(ch);
	struct netvsc_dev *nd = q->nd;

	/* The host spreads frames over all channels: none can be missing. */
	netvsc_ctl_fail(nd, error ?: -ENODEV);
	netif_carrier_off(nd->ndev);
	netdev_warn(nd->ndev, "channel %u failed: %d\n", q->index, error);
}

static const struct vmb_channel_ops netvsc_channel_ops = {
	.event		= netvsc_queue_event,
	.writable	= netvsc_queue_writable,
	.dead		= netvsc_queue_dead,
};

/**
 * netvsc_queue_setup() - allocate a queue and start its NAPI
 * @q: queue without a channel
 *
 * On failure the caller tears it down.
 *
 * Context: Process, instance lock.
 * Return: 0 or -errno.
 */
int netvsc_queue_setup(struct netvsc_queue *q)
{
	struct net_device *ndev = q->nd->ndev;
	int ret;

	netdev_assert_locked(ndev);
	netif_napi_add_config_locked(ndev, &q->napi, netvsc_poll, q->index);
	q->ready = true;
	q->ids = vmb_ids_create(NETVSC_SLOTS, NUMA_NO_NODE);
	if (!q->ids)
		return -ENOMEM;
	ret = netvsc_tx_setup(q);
	if (ret)
		return ret;
	ret = netvsc_rx_setup(q);
	if (ret)
		return ret;
	netif_queue_set_napi(ndev, q->index, NETDEV_QUEUE_TYPE_RX, &q->napi);
	netif_queue_set_napi(ndev, q->index, NETDEV_QUEUE_TYPE_TX, &q->napi);
	/* Before the channel opens, so that no event is lost. */
	napi_enable_locked(&q->napi);
	q->polling = true;
	return 0;
}

/**
 * netvsc_queue_quiesce() - stop the NAPI poll
 * @q: queue
 *
 * Before the channel is closed: nothing reads its ring afterwards.
 *
 * Context: Process, instance lock.
 */
void netvsc_queue_quiesce(struct netvsc_queue *q)
{
	netdev_assert_locked(q->nd->ndev);
	if (!q->polling)
		return;
	timer_shutdown_sync(&q->rx.pending_timer);
	napi_disable_locked(&q->napi);
	q->polling = false;
}

/**
 * netvsc_queue_teardown() - free what netvsc_queue_setup() allocated
 * @q: queue, its channel closed; also one that was never set up
 *
 * Context: Process, instance lock.
 */
void netvsc_queue_teardown(struct netvsc_queue *q)
{
	struct net_device *ndev = q->nd->ndev;

	if (!q->ready)
		return;
	netvsc_queue_quiesce(q);
	netif_queue_set_napi(ndev, q->index, NETDEV_QUEUE_TYPE_RX, NULL);
	netif_queue_set_napi(ndev, q->index, NETDEV_QUEUE_TYPE_TX, NULL);
	netvsc_tx_teardown(q);
	netvsc_rx_teardown(q);
	netif_napi_del_locked(&q->napi);
	if (q->ids)
		vmb_ids_destroy(q->ids);
	q->ids = NULL;
	q->ready = false;
}

/**
 * netvsc_queue_open() - open a queue's channel
 * @q: queue that is set up
 * @ch: channel
 *
 * Context: Process; for a sub-channel under netvsc_dev.sub_mutex. Sleeps for a
 * bounded time.
 * Return: 0 or -errno.
 */
int netvsc_queue_open(struct netvsc_queue *q, struct vmb_channel *ch)
{
	u32 pages = clamp(ring_size, NETVSC_RING_MIN, NETVSC_RING_MAX);
	u32 bytes = PAGE_ALIGN(pages * VMB_PAGE_SIZE) + PAGE_SIZE;
	struct vmb_open how = {
		.ops = &netvsc_channel_ops,
		.ctx = q,
		.tx_bytes = bytes,
		.rx_bytes = bytes,
		.max_rx_packet = NETVSC_MAX_RX_PACKET,
	};
	int ret;

	q->ch = ch;
	ret = vmb_open(ch, &how);
	if (ret) {
		q->ch = NULL;
		return ret;
	}
	/* Pairs with netvsc_poll(). */
	smp_store_release(&q->open, true);
	/* It may have met a channel that was not open, and let its event go. */
	local_bh_disable();
	napi_schedule(&q->napi);
	local_bh_enable();
	return 0;
}

/**
 * netvsc_queue_close() - close a queue's channel
 * @q: queue, quiesced
 *
 * When it returns no callback runs.
 *
 * Context: Process, instance lock, while no sub-channel is expected. Sleeps for
 * a bounded time.
 */
void netvsc_queue_close(struct netvsc_queue *q)
{
	if (!q->open)
		return;
	q->open = false;
	vmb_close(q->ch);
	q->ch = NULL;
}
