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
#include "netdev.h"
#include "queue.h"

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

/**
 * netvsc_stats_init() - initialise a queue's counters
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

	dev_fetch_sw_netstats(st, ndev->tstats);
	st->tx_dropped += atomic_long_read(&nd->vf.tx_dropped);
	for (u32 i = 0; i < nd->max_queues; i++) {
		const struct netvsc_queue *q = &nd->queues[i];

		st->tx_packets +=
			netvsc_read(&q->tx_stats.packets, &q->tx_stats.sync);
		st->tx_bytes +=
			netvsc_read(&q->tx_stats.bytes, &q->tx_stats.sync);
		st->tx_dropped +=
			netvsc_read(&q->tx_stats.dropped, &q->tx_stats.sync);
		st->tx_errors += netvsc_read(&q->tx_done_stats.errors,
					     &q->tx_done_stats.sync);
		st->rx_packets +=
			netvsc_read(&q->rx_stats.packets, &q->rx_stats.sync);
		st->rx_bytes +=
			netvsc_read(&q->rx_stats.bytes, &q->rx_stats.sync);
		st->multicast +=
			netvsc_read(&q->rx_stats.multicast, &q->rx_stats.sync);
		st->rx_dropped +=
			netvsc_read(&q->rx_stats.no_memory, &q->rx_stats.sync);
		st->rx_dropped += netvsc_read(&q->rx_stats.dropped,
					      &q->rx_stats.sync);
		st->rx_errors +=
			netvsc_read(&q->rx_stats.malformed, &q->rx_stats.sync);
	}
}

static void netvsc_queue_rx_stats(const struct netvsc_queue *q,
				  struct netdev_queue_stats_rx *st)
{
	const struct netvsc_rx_stats *s = &q->rx_stats;

	st->packets = netvsc_read(&s->packets, &s->sync);
	st->bytes = netvsc_read(&s->bytes, &s->sync);
	st->alloc_fail = netvsc_read(&s->no_memory, &s->sync);
	st->csum_unnecessary = netvsc_read(&s->csum_ok, &s->sync);
	st->csum_none = netvsc_read(&s->csum_none, &s->sync);
	st->csum_bad = netvsc_read(&s->csum_bad, &s->sync);
}

static void netvsc_queue_tx_stats(const struct netvsc_queue *q,
				  struct netdev_queue_stats_tx *st)
{
	const struct netvsc_tx_stats *s = &q->tx_stats;

	st->packets = netvsc_read(&s->packets, &s->sync);
	st->bytes = netvsc_read(&s->bytes, &s->sync);
	st->hw_drop_errors =
		netvsc_read(&q->tx_done_stats.errors, &q->tx_done_stats.sync);
	st->needs_csum = netvsc_read(&s->needs_csum, &s->sync);
	st->hw_gso_packets = netvsc_read(&s->gso_packets, &s->sync);
	st->hw_gso_bytes = netvsc_read(&s->gso_bytes, &s->sync);
	st->hw_gso_wire_packets = netvsc_read(&s->gso_wire_packets, &s->sync);
	st->hw_gso_wire_bytes = netvsc_read(&s->gso_wire_bytes, &s->sync);
	st->stop = netvsc_read(&s->stop, &s->sync);
	st->wake = netvsc_read(&q->tx_done_stats.wake, &q->tx_done_stats.sync);
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

/* The counters of the queues that are not in use now, and of the VF. */
static void netvsc_get_base_stats(struct net_device *ndev,
				  struct netdev_queue_stats_rx *rx,
				  struct netdev_queue_stats_tx *tx)
{
	const struct netvsc_dev *nd = netdev_priv(ndev);
	struct rtnl_link_stats64 vf = {};

	dev_fetch_sw_netstats(&vf, ndev->tstats);
	/* Which counters exist: the sum below ignores the others. */
	netvsc_queue_rx_stats(&nd->queues[0], rx);
	netvsc_queue_tx_stats(&nd->queues[0], tx);
	rx->packets = vf.rx_packets;
	rx->bytes = vf.rx_bytes;
	rx->alloc_fail = 0;
	rx->csum_unnecessary = 0;
	rx->csum_none = 0;
	rx->csum_bad = 0;
	tx->packets = vf.tx_packets;
	tx->bytes = vf.tx_bytes;
	tx->hw_drop_errors = 0;
	tx->needs_csum = 0;
	tx->hw_gso_packets = 0;
	tx->hw_gso_bytes = 0;
	tx->hw_gso_wire_packets = 0;
	tx->hw_gso_wire_bytes = 0;
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

/*
 * What netlink's queue statistics have no name for, summed over all queues. The
 * second group has the names of the in-tree driver, which scripts use. Those of
 * what cannot happen here (tx_no_space, vlan_error) are not among them, and the
 * counts by CPU (cpu%u_*) not either, where a queue's are kept.
 */
static const struct netvsc_stat_name netvsc_sums[] = {
	NETVSC_STAT("tx_copied", tx_stats.copied, tx_stats.sync),
	NETVSC_STAT("tx_sections", tx_stats.sections_sent, tx_stats.sync),
	NETVSC_STAT("tx_direct", tx_stats.direct, tx_stats.sync),
	NETVSC_STAT("tx_no_section", tx_stats.no_section, tx_stats.sync),
	NETVSC_STAT("tx_linearized", tx_stats.linearized, tx_stats.sync),
	/* LRO, which netlink's counters of GRO in hardware do not mean. */
	NETVSC_STAT("rx_lro_packets", rx_stats.rsc_packets, rx_stats.sync),
	NETVSC_STAT("rx_lro_bytes", rx_stats.rsc_bytes, rx_stats.sync),
	NETVSC_STAT("rx_lro_segments", rx_stats.rsc_segments, rx_stats.sync),
	NETVSC_STAT("rx_transfers", rx_stats.xfers, rx_stats.sync),
	NETVSC_STAT("rx_malformed", rx_stats.malformed, rx_stats.sync),
	NETVSC_STAT("rx_completions_deferred", rx_stats.completions_deferred,
		    rx_stats.sync),
	NETVSC_STAT("rx_stray_messages", rx_stats.stray, rx_stats.sync),

	NETVSC_STAT("tx_scattered", tx_stats.linearized, tx_stats.sync),
	NETVSC_STAT("tx_no_memory", tx_stats.no_memory, tx_stats.sync),
	NETVSC_STAT("tx_too_big", tx_stats.too_big, tx_stats.sync),
	NETVSC_STAT("tx_busy", tx_stats.busy, tx_stats.sync),
	NETVSC_STAT("tx_send_full", tx_stats.no_section, tx_stats.sync),
	NETVSC_STAT("rx_comp_busy", rx_stats.completions_deferred,
		    rx_stats.sync),
	NETVSC_STAT("rx_no_memory", rx_stats.no_memory, rx_stats.sync),
	NETVSC_STAT("stop_queue", tx_stats.stop, tx_stats.sync),
	NETVSC_STAT("wake_queue", tx_done_stats.wake, tx_done_stats.sync),
};

/* The in-tree driver's names, which scripts use; %u is the queue. */
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

/* The in-tree driver's names, again. */
static const char netvsc_vf_stats[][ETH_GSTRING_LEN] = {
	"vf_rx_packets", "vf_rx_bytes", "vf_tx_packets", "vf_tx_bytes",
	"vf_tx_dropped",
};

static void netvsc_vf_values(const struct netvsc_dev *nd, u64 *data)
{
	struct rtnl_link_stats64 vf = {};

	dev_fetch_sw_netstats(&vf, nd->ndev->tstats);
	data[0] = vf.rx_packets;
	data[1] = vf.rx_bytes;
	data[2] = vf.tx_packets;
	data[3] = vf.tx_bytes;
	data[4] = atomic_long_read(&nd->vf.tx_dropped);
}

/**
 * netvsc_stats_count() - number of counters of ethtool -S
 * @nd: device
 *
 * Context: Instance lock, as for the next two: the number of queues stays.
 * Return: their number.
 */
int netvsc_stats_count(const struct netvsc_dev *nd)
{
	return ARRAY_SIZE(netvsc_sums) + ARRAY_SIZE(netvsc_vf_stats) +
	       nd->num_queues * ARRAY_SIZE(netvsc_per_queue);
}

/**
 * netvsc_stats_strings() - their names
 * @nd: device
 * @data: filled with them
 */
void netvsc_stats_strings(const struct netvsc_dev *nd, u8 *data)
{
	for (int i = 0; i < ARRAY_SIZE(netvsc_sums); i++)
		ethtool_puts(&data, netvsc_sums[i].name);
	for (int i = 0; i < ARRAY_SIZE(netvsc_vf_stats); i++)
		ethtool_puts(&data, netvsc_vf_stats[i]);
	for (u32 j = 0; j < nd->num_queues; j++)
		for (int i = 0; i < ARRAY_SIZE(netvsc_per_queue); i++)
			ethtool_sprintf(&data, netvsc_per_queue[i].name, j);
}

/**
 * netvsc_stats_values() - their values
 * @nd: device
 * @data: filled with them
 */
void netvsc_stats_values(const struct netvsc_dev *nd, u64 *data)
{
	for (int i = 0; i < ARRAY_SIZE(netvsc_sums); i++, data++) {
		*data = 0;
		for (u32 j = 0; j < nd->max_queues; j++)
			*data += netvsc_counter(&nd->queues[j],
						&netvsc_sums[i]);
	}
	netvsc_vf_values(nd, data);
	data += ARRAY_SIZE(netvsc_vf_stats);
	for (u32 j = 0; j < nd->num_queues; j++)
		for (int i = 0; i < ARRAY_SIZE(netvsc_per_queue); i++)
			*data++ = netvsc_counter(&nd->queues[j],
						 &netvsc_per_queue[i]);
}
