// SPDX-License-Identifier: GPL-2.0
/*
 * A queue: a channel with its NAPI poll, which receives packets and reaps
 * transmit completions, since both come in by the same ring.
 */
#include <linux/netdevice.h>
#include <linux/timer.h>
#include <net/netdev_lock.h>

#include "net.h"

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
		netvsc_stat_inc(&q->rx_stats, stray);
		return;
	}
	if (unlikely(slot < NETVSC_SLOT_DIRECT)) {
		netvsc_nvsp_completion(q, slot, pkt);
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
		netvsc_nvsp_inband(q, pkt);
		break;
	default:
		netvsc_stat_inc(&q->rx_stats, stray);
		break;
	}
}

/*
 * Drains the inbound ring. Return: -EAGAIN when it is empty, another error
 * when the channel is dead, 0 when budget or patience ended first.
 */
static int netvsc_queue_drain(struct netvsc_queue *q, int budget, int *work,
			      struct netvsc_tx_done *done)
{
	struct vmb_rx pkt;
	int packets, ret;

	for (packets = 0; packets < NETVSC_POLL_PACKETS; packets++) {
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

/* All is done: interrupts again, unless something came in between. */
static void netvsc_queue_rearm(struct netvsc_queue *q)
{
	if (vmb_unmask(q->ch))
		napi_schedule(&q->napi);
}

static int netvsc_poll(struct napi_struct *napi, int budget)
{
	struct netvsc_queue *q = container_of(napi, struct netvsc_queue, napi);
	struct netvsc_tx_done done = {};
	int work = 0, ret;

	/* netpoll (no budget) may have interrupted the lock's holder. */
	if (unlikely(READ_ONCE(q->tx.blocked) && budget))
		netvsc_tx_unblock(q);
	ret = netvsc_queue_drain(q, budget, &work, &done);
	if (done.slots) {
		netvsc_tx_report(q, &done);
		netvsc_tx_release(q, budget);
	}
	if (unlikely(q->rx.xdp_flush || q->rx.xdp_sent))
		netvsc_xdp_flush(q);
	if (netvsc_rx_completion_due(&q->rx))
		netvsc_rx_complete(q);
	if (unlikely(!ret)) {
		vmb_recv_flush(q->ch);
		return budget;
	}
	if (work < budget && napi_complete_done(napi, work) && ret == -EAGAIN)
		netvsc_queue_rearm(q);
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

	/* A sub-channel does not come back alone, and the host sends to it. */
	netvsc_ctl_fail(nd, error ?: -ENODEV);
	netif_carrier_off(nd->ndev);
	netdev_warn(nd->ndev, "channel %u is gone: %d\n", q->index, error);
}

static const struct vmb_channel_ops netvsc_channel_ops = {
	.event		= netvsc_queue_event,
	.writable	= netvsc_queue_writable,
	.dead		= netvsc_queue_dead,
};

/**
 * netvsc_queue_setup() - allocates a queue and starts its NAPI
 * @q: queue without a channel
 *
 * Instance lock. On failure the caller tears it down.
 *
 * Return: 0 or -errno.
 */
int netvsc_queue_setup(struct netvsc_queue *q)
{
	struct net_device *ndev = q->nd->ndev;
	int ret;

	netif_napi_add_config_locked(ndev, &q->napi, netvsc_poll, q->index);
	q->ready = true;
	q->ids = vmb_ids_create(NETVSC_SLOTS, NUMA_NO_NODE);
	if (!q->ids)
		return -ENOMEM;
	ret = netvsc_tx_setup(q);
	if (!ret)
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
 * netvsc_queue_quiesce() - stops the NAPI poll
 * @q: queue
 *
 * Instance lock. Before the channel is closed: nothing reads its ring then.
 */
void netvsc_queue_quiesce(struct netvsc_queue *q)
{
	if (!q->polling)
		return;
	timer_shutdown_sync(&q->rx.pending_timer);
	napi_disable_locked(&q->napi);
	q->polling = false;
}

/**
 * netvsc_queue_teardown() - frees what netvsc_queue_setup() made
 * @q: queue, its channel closed; also one that was never set up
 *
 * Instance lock.
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
 * netvsc_queue_open() - opens a queue's channel
 * @q: queue that is set up
 * @ch: channel
 *
 * Process context; for a sub-channel under sub_mutex.
 *
 * Return: 0 or -errno.
 */
int netvsc_queue_open(struct netvsc_queue *q, struct vmb_channel *ch)
{
	struct vmb_open how = {
		.ops = &netvsc_channel_ops,
		.ctx = q,
		.tx_bytes = NETVSC_TX_RING,
		.rx_bytes = NETVSC_RX_RING,
		.max_rx_packet = NETVSC_MAX_RX_PACKET,
	};
	int ret;

	q->ch = ch;
	ret = vmb_open(ch, &how);
	if (ret)
		q->ch = NULL;
	else
		q->open = true;
	return ret;
}

/**
 * netvsc_queue_close() - closes a queue's channel
 * @q: queue, quiesced
 *
 * Process context. When it returns no callback runs.
 */
void netvsc_queue_close(struct netvsc_queue *q)
{
	if (!q->open)
		return;
	q->open = false;
	vmb_close(q->ch);
	q->ch = NULL;
}
