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
#define HVN_POLL_PACKETS	512

static void hvn_queue_completion(struct hvn_queue *q, const struct vmb_rx *pkt,
				 int budget, struct hvn_tx_done *done)
{
	const struct nvsp_msg *m = pkt->data;
	u32 status = NVSP_FAIL;
	int slot;

	slot = vmb_id_claim(q->ids, pkt->id);
	if (unlikely(slot < 0)) {
		hvn_stat_inc(&q->rx_stats.sync, &q->rx_stats.stray);
		return;
	}
	if (unlikely(slot < HVN_SLOT_DIRECT)) {
		hvn_nvsp_completion(q, slot, pkt);
		return;
	}
	if (likely(pkt->len >= offsetofend(struct nvsp_msg, rndis_complete) &&
		   m->type == cpu_to_le32(NVSP_RNDIS_COMPLETE)))
		status = le32_to_cpu(m->rndis_complete.status);
	hvn_tx_complete(q, slot, status, budget, done);
}

static void hvn_queue_packet(struct hvn_queue *q, const struct vmb_rx *pkt,
			     int budget, struct hvn_tx_done *done)
{
	switch (pkt->type) {
	case VMB_XFER_PAGES:
		hvn_rx_xfer(q, pkt);
		break;
	case VMB_COMPLETION:
		hvn_queue_completion(q, pkt, budget, done);
		break;
	case VMB_INBAND:
		hvn_nvsp_inband(q, pkt);
		break;
	default:
		hvn_stat_inc(&q->rx_stats.sync, &q->rx_stats.stray);
		break;
	}
}

/*
 * Drains the inbound ring. Return: -EAGAIN when it is empty, another error
 * when the channel is dead, 0 when budget or patience ended first.
 */
static int hvn_queue_drain(struct hvn_queue *q, int budget, int *work,
			   struct hvn_tx_done *done)
{
	struct vmb_rx pkt;
	int packets, err;

	for (packets = 0; packets < HVN_POLL_PACKETS; packets++) {
		if (q->rx.xfer) {
			*work += hvn_rx_ranges(q, budget - *work);
			if (q->rx.xfer)
				return 0;
		}
		err = vmb_recv(q->ch, &pkt);
		if (err)
			return err;
		hvn_queue_packet(q, &pkt, budget, done);
	}
	return 0;
}

/* All is done: interrupts again, unless something came in between. */
static void hvn_queue_rearm(struct hvn_queue *q)
{
	if (vmb_unmask(q->ch))
		napi_schedule(&q->napi);
}

static int hvn_poll(struct napi_struct *napi, int budget)
{
	struct hvn_queue *q = container_of(napi, struct hvn_queue, napi);
	struct hvn_tx_done done = {};
	int work = 0, err;

	/* netpoll (no budget) may have interrupted the lock's holder. */
	if (unlikely(READ_ONCE(q->tx.blocked) && budget))
		hvn_tx_unblock(q);
	err = hvn_queue_drain(q, budget, &work, &done);
	if (done.slots) {
		hvn_tx_report(q, &done);
		hvn_tx_release(q, budget);
	}
	if (unlikely(q->rx.xdp_flush || q->rx.xdp_sent))
		hvn_xdp_flush(q);
	if (hvn_rx_pay_due(&q->rx))
		hvn_rx_pay(q);
	if (unlikely(!err)) {
		vmb_recv_flush(q->ch);
		return budget;
	}
	if (work < budget && napi_complete_done(napi, work) && err == -EAGAIN)
		hvn_queue_rearm(q);
	return work;
}

/* Hard interrupt; the bus has masked the channel. */
static void hvn_queue_event(struct vmb_channel *ch)
{
	struct hvn_queue *q = vmb_channel_ctx(ch);

	napi_schedule_irqoff(&q->napi);
}

/* There is room in the outbound ring again. */
static void hvn_queue_writable(struct vmb_channel *ch)
{
	struct hvn_queue *q = vmb_channel_ctx(ch);

	napi_schedule(&q->napi);
}

static void hvn_queue_dead(struct vmb_channel *ch, int error)
{
	struct hvn_queue *q = vmb_channel_ctx(ch);
	struct hvn_dev *nd = q->nd;

	/* A sub-channel does not come back alone, and the host sends to it. */
	hvn_ctl_kill(nd, error ?: -ENODEV);
	netif_carrier_off(nd->ndev);
	netdev_warn(nd->ndev, "channel %u is gone: %d\n", q->index, error);
}

static const struct vmb_channel_ops hvn_channel_ops = {
	.event		= hvn_queue_event,
	.writable	= hvn_queue_writable,
	.dead		= hvn_queue_dead,
};

/**
 * hvn_queue_setup() - allocates a queue and starts its NAPI
 * @q: queue without a channel
 *
 * Instance lock. On failure the caller tears it down.
 *
 * Return: 0 or -errno.
 */
int hvn_queue_setup(struct hvn_queue *q)
{
	struct net_device *ndev = q->nd->ndev;
	int err;

	netif_napi_add_config_locked(ndev, &q->napi, hvn_poll, q->index);
	q->ready = true;
	q->ids = vmb_ids_create(HVN_SLOTS, NUMA_NO_NODE);
	if (!q->ids)
		return -ENOMEM;
	err = hvn_tx_setup(q);
	if (!err)
		err = hvn_rx_setup(q);
	if (err)
		return err;
	netif_queue_set_napi(ndev, q->index, NETDEV_QUEUE_TYPE_RX, &q->napi);
	netif_queue_set_napi(ndev, q->index, NETDEV_QUEUE_TYPE_TX, &q->napi);
	/* Before the channel opens, so that no event is lost. */
	napi_enable_locked(&q->napi);
	q->polling = true;
	return 0;
}

/**
 * hvn_queue_quiesce() - stops the NAPI poll
 * @q: queue
 *
 * Instance lock. Before the channel is closed: nothing reads its ring then.
 */
void hvn_queue_quiesce(struct hvn_queue *q)
{
	if (!q->polling)
		return;
	timer_shutdown_sync(&q->rx.hold_timer);
	napi_disable_locked(&q->napi);
	q->polling = false;
}

/**
 * hvn_queue_teardown() - frees what hvn_queue_setup() made
 * @q: queue, its channel closed; also one that was never set up
 *
 * Instance lock.
 */
void hvn_queue_teardown(struct hvn_queue *q)
{
	struct net_device *ndev = q->nd->ndev;

	if (!q->ready)
		return;
	hvn_queue_quiesce(q);
	netif_queue_set_napi(ndev, q->index, NETDEV_QUEUE_TYPE_RX, NULL);
	netif_queue_set_napi(ndev, q->index, NETDEV_QUEUE_TYPE_TX, NULL);
	hvn_tx_teardown(q);
	hvn_rx_teardown(q);
	netif_napi_del_locked(&q->napi);
	if (q->ids)
		vmb_ids_destroy(q->ids);
	q->ids = NULL;
	q->ready = false;
}

/**
 * hvn_queue_open() - opens a queue's channel
 * @q: queue that is set up
 * @ch: channel
 *
 * Process context; for a sub-channel under sub_mutex.
 *
 * Return: 0 or -errno.
 */
int hvn_queue_open(struct hvn_queue *q, struct vmb_channel *ch)
{
	struct vmb_open how = {
		.ops = &hvn_channel_ops,
		.ctx = q,
		.tx_bytes = HVN_TX_RING,
		.rx_bytes = HVN_RX_RING,
		.max_rx_packet = HVN_MAX_RX_PACKET,
	};
	int err;

	q->ch = ch;
	err = vmb_open(ch, &how);
	if (err)
		q->ch = NULL;
	else
		q->open = true;
	return err;
}

/**
 * hvn_queue_close() - closes a queue's channel
 * @q: queue, quiesced
 *
 * Process context. When it returns no callback runs.
 */
void hvn_queue_close(struct hvn_queue *q)
{
	if (!q->open)
		return;
	q->open = false;
	vmb_close(q->ch);
	q->ch = NULL;
}
