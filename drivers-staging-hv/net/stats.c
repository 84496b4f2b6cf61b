// SPDX-License-Identifier: GPL-2.0
/*
 * Counters: per queue for netlink, summed for the device, and the driver's own
 * for ethtool -S. Queues live as long as the device, so nothing is lost when
 * their number changes.
 */
#include <linux/ethtool.h>
#include <linux/netdevice.h>
#include <net/netdev_queues.h>

#include "net.h"

static u64 hvn_read(const u64_stats_t *counter,
		    const struct u64_stats_sync *sync)
{
	unsigned int start;
	u64 v;

	do {
		start = u64_stats_fetch_begin(sync);
		v = u64_stats_read(counter);
	} while (u64_stats_fetch_retry(sync, start));
	return v;
}

/**
 * hvn_stats_init() - prepares a queue's counters
 * @q: queue
 */
void hvn_stats_init(struct hvn_queue *q)
{
	u64_stats_init(&q->tx_stats.sync);
	u64_stats_init(&q->tx_done_stats.sync);
	u64_stats_init(&q->rx_stats.sync);
}

/**
 * hvn_get_stats64() - ndo_get_stats64
 * @ndev: net device
 * @st: result
 */
void hvn_get_stats64(struct net_device *ndev, struct rtnl_link_stats64 *st)
{
	const struct hvn_dev *nd = netdev_priv(ndev);
	u32 i;

	for (i = 0; i < nd->max_queues; i++) {
		const struct hvn_queue *q = &nd->queues[i];

		st->tx_packets += hvn_read(&q->tx_stats.packets, &q->tx_stats.sync);
		st->tx_bytes += hvn_read(&q->tx_stats.bytes, &q->tx_stats.sync);
		st->tx_dropped += hvn_read(&q->tx_stats.dropped, &q->tx_stats.sync);
		st->tx_errors += hvn_read(&q->tx_done_stats.errors, &q->tx_done_stats.sync);
		st->rx_packets += hvn_read(&q->rx_stats.packets, &q->rx_stats.sync);
		st->rx_bytes += hvn_read(&q->rx_stats.bytes, &q->rx_stats.sync);
		st->multicast += hvn_read(&q->rx_stats.multicast, &q->rx_stats.sync);
		st->rx_dropped += hvn_read(&q->rx_stats.no_memory, &q->rx_stats.sync);
		st->rx_errors += hvn_read(&q->rx_stats.malformed, &q->rx_stats.sync);
	}
}

static void hvn_queue_rx_stats(const struct hvn_queue *q,
			       struct netdev_queue_stats_rx *st)
{
	const struct hvn_rx_stats *s = &q->rx_stats;

	st->packets = hvn_read(&s->packets, &s->sync);
	st->bytes = hvn_read(&s->bytes, &s->sync);
	st->alloc_fail = hvn_read(&s->no_memory, &s->sync);
	st->csum_unnecessary = hvn_read(&s->csum_ok, &s->sync);
	st->csum_none = hvn_read(&s->csum_none, &s->sync);
	st->csum_bad = hvn_read(&s->csum_bad, &s->sync);
	st->hw_gro_packets = hvn_read(&s->rsc_packets, &s->sync);
	st->hw_gro_bytes = hvn_read(&s->rsc_bytes, &s->sync);
	st->hw_gro_wire_packets = hvn_read(&s->rsc_segments, &s->sync);
}

static void hvn_queue_tx_stats(const struct hvn_queue *q,
			       struct netdev_queue_stats_tx *st)
{
	const struct hvn_tx_stats *s = &q->tx_stats;

	st->packets = hvn_read(&s->packets, &s->sync);
	st->bytes = hvn_read(&s->bytes, &s->sync);
	st->hw_drop_errors = hvn_read(&q->tx_done_stats.errors, &q->tx_done_stats.sync);
	st->needs_csum = hvn_read(&s->needs_csum, &s->sync);
	st->hw_gso_packets = hvn_read(&s->gso_packets, &s->sync);
	st->hw_gso_bytes = hvn_read(&s->gso_bytes, &s->sync);
	st->hw_gso_wire_packets = hvn_read(&s->gso_wire_packets, &s->sync);
	st->stop = hvn_read(&s->stop, &s->sync);
	st->wake = hvn_read(&q->tx_done_stats.wake, &q->tx_done_stats.sync);
}

static void hvn_get_queue_stats_rx(struct net_device *ndev, int idx,
				   struct netdev_queue_stats_rx *st)
{
	const struct hvn_dev *nd = netdev_priv(ndev);

	hvn_queue_rx_stats(&nd->queues[idx], st);
}

static void hvn_get_queue_stats_tx(struct net_device *ndev, int idx,
				   struct netdev_queue_stats_tx *st)
{
	const struct hvn_dev *nd = netdev_priv(ndev);

	hvn_queue_tx_stats(&nd->queues[idx], st);
}

/* What the queues counted that are not in use now. */
static void hvn_get_base_stats(struct net_device *ndev,
			       struct netdev_queue_stats_rx *rx,
			       struct netdev_queue_stats_tx *tx)
{
	const struct hvn_dev *nd = netdev_priv(ndev);

	/* Which counters there are: the sum below leaves the others alone. */
	hvn_queue_rx_stats(&nd->queues[0], rx);
	hvn_queue_tx_stats(&nd->queues[0], tx);
	rx->packets = 0;
	rx->bytes = 0;
	rx->alloc_fail = 0;
	rx->csum_unnecessary = 0;
	rx->csum_none = 0;
	rx->csum_bad = 0;
	rx->hw_gro_packets = 0;
	rx->hw_gro_bytes = 0;
	rx->hw_gro_wire_packets = 0;
	tx->packets = 0;
	tx->bytes = 0;
	tx->hw_drop_errors = 0;
	tx->needs_csum = 0;
	tx->hw_gso_packets = 0;
	tx->hw_gso_bytes = 0;
	tx->hw_gso_wire_packets = 0;
	tx->stop = 0;
	tx->wake = 0;
	netdev_stat_queue_sum(ndev, ndev->real_num_rx_queues, nd->max_queues,
			      rx, ndev->real_num_tx_queues, nd->max_queues, tx);
}

const struct netdev_stat_ops hvn_stat_ops = {
	.get_queue_stats_rx	= hvn_get_queue_stats_rx,
	.get_queue_stats_tx	= hvn_get_queue_stats_tx,
	.get_base_stats		= hvn_get_base_stats,
};

struct hvn_stat_name {
	char name[ETH_GSTRING_LEN];
	size_t counter;
	size_t sync;
};

#define HVN_STAT(_name, _counter, _sync) {				\
	.name = _name,							\
	.counter = offsetof(struct hvn_queue, _counter),		\
	.sync = offsetof(struct hvn_queue, _sync),			\
}

/* What netlink's queue statistics have no name for, summed over all queues. */
static const struct hvn_stat_name hvn_sums[] = {
	HVN_STAT("tx_copied", tx_stats.copied, tx_stats.sync),
	HVN_STAT("tx_sections", tx_stats.batches, tx_stats.sync),
	HVN_STAT("tx_direct", tx_stats.direct, tx_stats.sync),
	HVN_STAT("tx_no_section", tx_stats.no_section, tx_stats.sync),
	HVN_STAT("tx_linearized", tx_stats.linearized, tx_stats.sync),
	HVN_STAT("rx_transfers", rx_stats.xfers, rx_stats.sync),
	HVN_STAT("rx_malformed", rx_stats.malformed, rx_stats.sync),
	HVN_STAT("rx_completions_deferred", rx_stats.owed_deferred,
		 rx_stats.sync),
	HVN_STAT("rx_stray_messages", rx_stats.stray, rx_stats.sync),
};

/* By the names that scripts know from the other driver; %u is the queue. */
static const struct hvn_stat_name hvn_per_queue[] = {
	HVN_STAT("tx_queue_%u_packets", tx_stats.packets, tx_stats.sync),
	HVN_STAT("tx_queue_%u_bytes", tx_stats.bytes, tx_stats.sync),
	HVN_STAT("tx_queue_%u_xdp_xmit", tx_stats.xdp_xmit, tx_stats.sync),
	HVN_STAT("rx_queue_%u_packets", rx_stats.packets, rx_stats.sync),
	HVN_STAT("rx_queue_%u_bytes", rx_stats.bytes, rx_stats.sync),
	HVN_STAT("rx_queue_%u_xdp_drop", rx_stats.xdp_drop, rx_stats.sync),
	HVN_STAT("rx_queue_%u_xdp_pass", rx_stats.xdp_pass, rx_stats.sync),
	HVN_STAT("rx_queue_%u_xdp_tx", rx_stats.xdp_tx, rx_stats.sync),
	HVN_STAT("rx_queue_%u_xdp_redirect", rx_stats.xdp_redirect,
		 rx_stats.sync),
};

static u64 hvn_counter(const struct hvn_queue *q, const struct hvn_stat_name *n)
{
	return hvn_read((const void *)q + n->counter,
			(const void *)q + n->sync);
}

/**
 * hvn_stats_count() - how many counters ethtool -S has
 * @nd: device
 *
 * Instance lock, as for the next two: the number of queues stays.
 *
 * Return: their number.
 */
int hvn_stats_count(const struct hvn_dev *nd)
{
	return ARRAY_SIZE(hvn_sums) +
	       nd->num_queues * ARRAY_SIZE(hvn_per_queue);
}

/**
 * hvn_stats_strings() - their names
 * @nd: device
 * @data: where they go
 */
void hvn_stats_strings(const struct hvn_dev *nd, u8 *data)
{
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(hvn_sums); i++)
		ethtool_puts(&data, hvn_sums[i].name);
	for (j = 0; j < nd->num_queues; j++)
		for (i = 0; i < ARRAY_SIZE(hvn_per_queue); i++)
			ethtool_sprintf(&data, hvn_per_queue[i].name, j);
}

/**
 * hvn_stats_values() - their values
 * @nd: device
 * @data: where they go
 */
void hvn_stats_values(const struct hvn_dev *nd, u64 *data)
{
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(hvn_sums); i++, data++) {
		*data = 0;
		for (j = 0; j < nd->max_queues; j++)
			*data += hvn_counter(&nd->queues[j], &hvn_sums[i]);
	}
	for (j = 0; j < nd->num_queues; j++)
		for (i = 0; i < ARRAY_SIZE(hvn_per_queue); i++)
			*data++ = hvn_counter(&nd->queues[j],
					      &hvn_per_queue[i]);
}
