/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the net device calls: its operations, ethtool, statistics.
 */
#ifndef _NETVSC_NETDEV_H
#define _NETVSC_NETDEV_H

#include <linux/ethtool.h>
#include <linux/netdevice.h>
#include <linux/types.h>
#include <net/netdev_queues.h>

struct netvsc_dev;
struct netvsc_queue;

extern const struct net_device_ops netvsc_netdev_ops;
extern const struct ethtool_ops netvsc_ethtool_ops;
extern const struct netdev_stat_ops netvsc_stat_ops;

void netvsc_stats_init(struct netvsc_queue *q);
void netvsc_get_stats64(struct net_device *ndev, struct rtnl_link_stats64 *st);
int netvsc_stats_count(const struct netvsc_dev *nd);
void netvsc_stats_strings(const struct netvsc_dev *nd, u8 *data);
void netvsc_stats_values(const struct netvsc_dev *nd, u64 *data);

#endif /* _NETVSC_NETDEV_H */
