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

static u64 netvsc_read(const u64_stats_t *counter,
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

#define netvsc_stat_read(st, counter)					\
	netvsc_read(&(st)->counter, &(st)->sync)

/**
 * netvsc_stats_init() - prepares a queue's counters
 * @q: queue
 */
void netvsc_stats_init(struct netvsc_queue *q)
{
	u64_stats_init(&q->tx_stats.sync);
	u64_stats_init(&q->tx_done_stats.sync);
	u64_stats_init(&q->rx_stats.sync);
}

/**
 * netvsc_get_stats64() - ndo_get_stats64
 * @ndev: net device
 * @st: result
 */
void netvsc_get_stats64(struct net_device *ndev, struct rtnl_link_stats64 *st)
{
	const struct netvsc_dev *nd = netdev_priv(ndev);
	u32 i;

	for (i = 0; i < nd->max_queues; i++) {
		const struct netvsc_queue *q = &nd->queues[i];

		st->tx_packets += netvsc_stat_read(&q->tx_stats, packets);
		st->tx_bytes += netvsc_stat_read(&q->tx_stats, bytes);
		st->tx_dropped += netvsc_stat_read(&q->tx_stats, dropped);
		st->tx_errors += netvsc_stat_read(&q->tx_done_stats, errors);
		st->rx_packets += netvsc_stat_read(&q->rx_stats, packets);
		st->rx_bytes += netvsc_stat_read(&q->rx_stats, bytes);
		st->multicast += netvsc_stat_read(&q->rx_stats, multicast);
		st->rx_dropped += netvsc_stat_read(&q->rx_stats, no_memory);
		st->rx_errors += netvsc_stat_read(&q->rx_stats, malformed);
	}
}

static void netvsc_queue_rx_stats(const struct netvsc_queue *q,
				  struct netdev_queue_stats_rx *st)
{
	const struct netvsc_rx_stats *s = &q->rx_stats;

	st->packets = netvsc_stat_read(s, packets);
	st->bytes = netvsc_stat_read(s, bytes);
	st->alloc_fail = netvsc_stat_read(s, no_memory);
	st->csum_unnecessary = netvsc_stat_read(s, csum_ok);
	st->csum_none = netvsc_stat_read(s, csum_none);
	st->csum_bad = netvsc_stat_read(s, csum_bad);
	st->hw_gro_packets = netvsc_stat_read(s, rsc_packets);
	st->hw_gro_bytes = netvsc_stat_read(s, rsc_bytes);
	st->hw_gro_wire_packets = netvsc_stat_read(s, rsc_segments);
}

static void netvsc_queue_tx_stats(const struct netvsc_queue *q,
				  struct netdev_queue_stats_tx *st)
{
	const struct netvsc_tx_stats *s = &q->tx_stats;

	st->packets = netvsc_stat_read(s, packets);
	st->bytes = netvsc_stat_read(s, bytes);
	st->hw_drop_errors = netvsc_stat_read(&q->tx_done_stats, errors);
	st->needs_csum = netvsc_stat_read(s, needs_csum);
	st->hw_gso_packets = netvsc_stat_read(s, gso_packets);
	st->hw_gso_bytes = netvsc_stat_read(s, gso_bytes);
	st->hw_gso_wire_packets = netvsc_stat_read(s, gso_wire_packets);
	st->stop = netvsc_stat_read(s, stop);
	st->wake = netvsc_stat_read(&q->tx_done_stats, wake);
}

static void netvsc_get_queue_stats_rx(struct net_device *ndev, int idx,
				      struct netdev_queue_stats_rx *st)
{
	const struct netvsc_dev *nd = netdev_priv(ndev);

	netvsc_queue_rx_stats(&nd->queues[idx], st);
}

static void netvsc_get_queue_stats_tx(struct net_device *ndev, int idx,
				      struct netdev_queue_stats_tx *st)
{
	const struct netvsc_dev *nd = netdev_priv(ndev);

	netvsc_queue_tx_stats(&nd->queues[idx], st);
}

/* What the queues counted that are not in use now. */
static void netvsc_get_base_stats(struct net_device *ndev,
				  struct netdev_queue_stats_rx *rx,
				  struct netdev_queue_stats_tx *tx)
{
	const struct netvsc_dev *nd = netdev_priv(ndev);

	/* Which counters there are: the sum below leaves the others alone. */
	netvsc_queue_rx_stats(&nd->queues[0], rx);
	netvsc_queue_tx_stats(&nd->queues[0], tx);
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

const struct netdev_stat_ops netvsc_stat_ops = {
	.get_queue_stats_rx	= netvsc_get_queue_stats_rx,
	.get_queue_stats_tx	= netvsc_get_queue_stats_tx,
	.get_base_stats		= netvsc_get_base_stats,
};

struct netvsc_stat_name {
	char name[ETH_GSTRING_LEN];
	size_t counter;
	size_t sync;
};

#define NETVSC_STAT(_name, _counter, _sync) {				\
	.name = _name,							\
	.counter = offsetof(struct netvsc_queue, _counter),		\
	.sync = offsetof(struct netvsc_queue, _sync),			\
}

/* What netlink's queue statistics have no name for, summed over all queues. */
static const struct netvsc_stat_name netvsc_sums[] = {
	NETVSC_STAT("tx_copied", tx_stats.copied, tx_stats.sync),
	NETVSC_STAT("tx_sections", tx_stats.sections_sent, tx_stats.sync),
	NETVSC_STAT("tx_direct", tx_stats.direct, tx_stats.sync),
	NETVSC_STAT("tx_no_section", tx_stats.no_section, tx_stats.sync),
	NETVSC_STAT("tx_linearized", tx_stats.linearized, tx_stats.sync),
	NETVSC_STAT("rx_transfers", rx_stats.xfers, rx_stats.sync),
	NETVSC_STAT("rx_malformed", rx_stats.malformed, rx_stats.sync),
	NETVSC_STAT("rx_completions_deferred", rx_stats.completions_deferred,
		    rx_stats.sync),
	NETVSC_STAT("rx_stray_messages", rx_stats.stray, rx_stats.sync),
};

/* By the names that scripts know from the other driver; %u is the queue. */
static const struct netvsc_stat_name netvsc_per_queue[] = {
	NETVSC_STAT("tx_queue_%u_packets", tx_stats.packets, tx_stats.sync),
	NETVSC_STAT("tx_queue_%u_bytes", tx_stats.bytes, tx_stats.sync),
	NETVSC_STAT("tx_queue_%u_xdp_xmit", tx_stats.xdp_xmit, tx_stats.sync),
	NETVSC_STAT("rx_queue_%u_packets", rx_stats.packets, rx_stats.sync),
	NETVSC_STAT("rx_queue_%u_bytes", rx_stats.bytes, rx_stats.sync),
	NETVSC_STAT("rx_queue_%u_xdp_drop", rx_stats.xdp_drop, rx_stats.sync),
	NETVSC_STAT("rx_queue_%u_xdp_pass", rx_stats.xdp_pass, rx_stats.sync),
	NETVSC_STAT("rx_queue_%u_xdp_tx", rx_stats.xdp_tx, rx_stats.sync),
	NETVSC_STAT("rx_queue_%u_xdp_redirect", rx_stats.xdp_redirect,
		    rx_stats.sync),
};

static u64 netvsc_counter(const struct netvsc_queue *q,
			  const struct netvsc_stat_name *n)
{
	return netvsc_read((const void *)q + n->counter,
			   (const void *)q + n->sync);
}

/**
 * netvsc_stats_count() - how many counters ethtool -S has
 * @nd: device
 *
 * Instance lock, as for the next two: the number of queues stays.
 *
 * Return: their number.
 */
int netvsc_stats_count(const struct netvsc_dev *nd)
{
	return ARRAY_SIZE(netvsc_sums) +
	       nd->num_queues * ARRAY_SIZE(netvsc_per_queue);
}

/**
 * netvsc_stats_strings() - their names
 * @nd: device
 * @data: where they go
 */
void netvsc_stats_strings(const struct netvsc_dev *nd, u8 *data)
{
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(netvsc_sums); i++)
		ethtool_puts(&data, netvsc_sums[i].name);
	for (j = 0; j < nd->num_queues; j++)
		for (i = 0; i < ARRAY_SIZE(netvsc_per_queue); i++)
			ethtool_sprintf(&data, netvsc_per_queue[i].name, j);
}

/**
 * netvsc_stats_values() - their values
 * @nd: device
 * @data: where they go
 */
void netvsc_stats_values(const struct netvsc_dev *nd, u64 *data)
{
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(netvsc_sums); i++, data++) {
		*data = 0;
		for (j = 0; j < nd->max_queues; j++)
			*data += netvsc_counter(&nd->queues[j],
						&netvsc_sums[i]);
	}
	for (j = 0; j < nd->num_queues; j++)
		for (i = 0; i < ARRAY_SIZE(netvsc_per_queue); i++)
			*data++ = netvsc_counter(&nd->queues[j],
						 &netvsc_per_queue[i]);
}
