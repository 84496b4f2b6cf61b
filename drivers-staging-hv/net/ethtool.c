// SPDX-License-Identifier: GPL-2.0
/*
 * ethtool. Runs under the instance lock; operations that attach anew have RTNL
 * as well.
 */
#include <linux/ethtool.h>
#include <linux/minmax.h>
#include <linux/netdevice.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "attach.h"
#include "net.h"
#include "netdev.h"
#include "oid.h"
#include "queue.h"

/* Words of a register dump. */
#define NETVSC_REGS	16

static void netvsc_get_drvinfo(struct net_device *ndev,
			       struct ethtool_drvinfo *info)
{
	struct netvsc_dev *nd = netdev_priv(ndev);

	strscpy(info->driver, KBUILD_MODNAME);
	snprintf(info->fw_version, sizeof(info->fw_version), "NVSP %u.%u",
		 nd->version >> 16, nd->version & 0xffff);
	strscpy(info->bus_info, dev_name(nd->vdev->dev));
}

static int netvsc_get_regs_len(struct net_device *ndev)
{
	return NETVSC_REGS * sizeof(u32);
}

static void netvsc_get_regs(struct net_device *ndev, struct ethtool_regs *regs,
			    void *data)
{
	struct netvsc_dev *nd = netdev_priv(ndev);
	u32 *r = data;

	regs->version = 1;
	memset(r, 0, NETVSC_REGS * sizeof(u32));
	r[0] = nd->version;
	r[1] = nd->num_queues;
	r[2] = nd->recv_sections;
	r[3] = nd->recv_section_size;
	r[4] = nd->send_sections;
	r[5] = nd->send_section_size;
	r[6] = nd->host_max_packets;
	r[7] = nd->align;
	r[8] = nd->host_mtu;
	r[9] = nd->filter;
	r[10] = nd->tx_csum;
	r[11] = nd->lso_max;
	r[12] = nd->rsc;
	r[13] = READ_ONCE(nd->vf.associated);
	r[14] = nd->vf.serial;
	r[15] = nd->rss_entries;
}

static int netvsc_get_sset_count(struct net_device *ndev, int set)
{
	return set == ETH_SS_STATS ? netvsc_stats_count(netdev_priv(ndev)) :
				     -EOPNOTSUPP;
}

static void netvsc_get_strings(struct net_device *ndev, u32 set, u8 *data)
{
	if (set == ETH_SS_STATS)
		netvsc_stats_strings(netdev_priv(ndev), data);
}

static void netvsc_get_ethtool_stats(struct net_device *ndev,
				     struct ethtool_stats *st, u64 *data)
{
	netvsc_stats_values(netdev_priv(ndev), data);
}

static void netvsc_get_channels(struct net_device *ndev,
				struct ethtool_channels *ch)
{
	struct netvsc_dev *nd = netdev_priv(ndev);

	ch->max_combined = min(nd->max_queues, nd->host_queues);
	ch->combined_count = nd->num_queues;
}

static int netvsc_set_channels(struct net_device *ndev,
			       struct ethtool_channels *ch)
{
	struct netvsc_dev *nd = netdev_priv(ndev);
	struct netvsc_params params = nd->params;

	params.channels = ch->combined_count;
	return netvsc_reattach(nd, &params);
}

/*
 * A ring entry is a section as the host made them; a request counts sections of
 * the guest's own size.
 */
static u32 netvsc_ring_max(u32 limit, u32 host_size, u32 own_size)
{
	return limit / (host_size ?: own_size);
}

static u32 netvsc_ring_sections(u32 entries, u32 limit, u32 host_size,
				u32 own_size)
{
	u64 bytes = (u64)entries * (host_size ?: own_size);

	return DIV_ROUND_UP((u32)min_t(u64, bytes, limit), own_size);
}

static void netvsc_get_ringparam(struct net_device *ndev,
				 struct ethtool_ringparam *ring,
				 struct kernel_ethtool_ringparam *kernel_ring,
				 struct netlink_ext_ack *extack)
{
	struct netvsc_dev *nd = netdev_priv(ndev);

	ring->rx_max_pending = netvsc_ring_max(NETVSC_RX_BYTES_MAX,
					       nd->recv_section_size,
					       NETVSC_SECTION_RX);
	ring->tx_max_pending = netvsc_ring_max(NETVSC_TX_BYTES_MAX,
					       nd->send_section_size,
					       NETVSC_SECTION_TX);
	ring->rx_pending = nd->recv_sections;
	ring->tx_pending = nd->send_sections;
}

static int netvsc_set_ringparam(struct net_device *ndev,
				struct ethtool_ringparam *ring,
				struct kernel_ethtool_ringparam *kernel_ring,
				struct netlink_ext_ack *extack)
{
	struct netvsc_dev *nd = netdev_priv(ndev);
	bool rx = ring->rx_pending != nd->recv_sections;
	bool tx = ring->tx_pending != nd->send_sections;
	struct netvsc_params params = nd->params;

	if ((rx && ring->rx_pending < NETVSC_RX_SECTIONS_MIN) ||
	    (tx && ring->tx_pending < NETVSC_TX_SECTIONS_MIN)) {
		NL_SET_ERR_MSG_FMT_MOD(extack, "at least %u rx and %u tx",
				       NETVSC_RX_SECTIONS_MIN,
				       NETVSC_TX_SECTIONS_MIN);
		return -EINVAL;
	}
	if (!rx && !tx)
		return 0;
	/* One that was not named keeps what was requested before. */
	if (rx)
		params.rx_sections = netvsc_ring_sections(ring->rx_pending,
							  NETVSC_RX_BYTES_MAX,
							  nd->recv_section_size,
							  NETVSC_SECTION_RX);
	if (tx)
		params.tx_sections = netvsc_ring_sections(ring->tx_pending,
							  NETVSC_TX_BYTES_MAX,
							  nd->send_section_size,
							  NETVSC_SECTION_TX);
	return netvsc_reattach(nd, &params);
}

static int netvsc_get_coalesce(struct net_device *ndev,
			       struct ethtool_coalesce *co,
			       struct kernel_ethtool_coalesce *kernel_co,
			       struct netlink_ext_ack *extack)
{
	struct netvsc_dev *nd = netdev_priv(ndev);

	co->tx_max_coalesced_frames = min(nd->batch_packets,
					  nd->host_max_packets);
	return 0;
}

static int netvsc_set_coalesce(struct net_device *ndev,
			       struct ethtool_coalesce *co,
			       struct kernel_ethtool_coalesce *kernel_co,
			       struct netlink_ext_ack *extack)
{
	struct netvsc_dev *nd = netdev_priv(ndev);
	u32 i, frames = co->tx_max_coalesced_frames;

	if (!frames || frames > nd->host_max_packets) {
		NL_SET_ERR_MSG_FMT_MOD(extack, "the host takes 1 to %u frames",
				       nd->host_max_packets);
		return -EINVAL;
	}
	nd->batch_packets = frames;
	for (i = 0; i < nd->max_queues; i++)
		WRITE_ONCE(nd->queues[i].tx.max_packets, frames);
	return 0;
}

static u32 netvsc_get_rx_ring_count(struct net_device *ndev)
{
	return ndev->real_num_rx_queues;
}

static u32 netvsc_get_rxfh_key_size(struct net_device *ndev)
{
	return NDIS_RSS_KEY_BYTES;
}

static u32 netvsc_get_rxfh_indir_size(struct net_device *ndev)
{
	struct netvsc_dev *nd = netdev_priv(ndev);

	return nd->rss_entries;
}

static int netvsc_get_rxfh(struct net_device *ndev,
			   struct ethtool_rxfh_param *p)
{
	struct netvsc_dev *nd = netdev_priv(ndev);

	p->hfunc = ETH_RSS_HASH_TOP;
	for (u32 i = 0; p->indir && i < nd->rss_entries; i++)
		p->indir[i] = nd->rss_table[i];
	if (p->key)
		memcpy(p->key, nd->rss_key, NDIS_RSS_KEY_BYTES);
	return 0;
}

/* Copies table and key, where they are set. */
static void netvsc_copy_rxfh(struct netvsc_dev *nd, const u32 *indir,
			     const u8 *key)
{
	for (u32 i = 0; indir && i < nd->rss_entries; i++)
		nd->rss_table[i] = indir[i];
	if (key)
		memcpy(nd->rss_key, key, NDIS_RSS_KEY_BYTES);
}

static int netvsc_set_rxfh(struct net_device *ndev,
			   struct ethtool_rxfh_param *p,
			   struct netlink_ext_ack *extack)
{
	struct netvsc_dev *nd = netdev_priv(ndev);
	u8 key[NDIS_RSS_KEY_BYTES];
	u32 *table;
	int ret;

	if (p->hfunc != ETH_RSS_HASH_NO_CHANGE && p->hfunc != ETH_RSS_HASH_TOP)
		return -EOPNOTSUPP;
	if (!nd->attached)
		return -ENODEV;
	if (!nd->rss_entries)
		return -EOPNOTSUPP;
	table = kmemdup(nd->rss_table, sizeof(nd->rss_table), GFP_KERNEL);
	if (!table)
		return -ENOMEM;
	memcpy(key, nd->rss_key, sizeof(key));
	netvsc_copy_rxfh(nd, p->indir, p->key);
	ret = netvsc_rss_apply(nd);
	if (ret) {
		netvsc_copy_rxfh(nd, table, key);
		/* Spreading is off by now. */
		if (netvsc_rss_apply(nd))
			netdev_warn(ndev, "receive spreading is off: %d\n", ret);
	} else if (p->indir) {
		memcpy(nd->rss_wanted, nd->rss_table, sizeof(nd->rss_wanted));
	}
	kfree(table);
	return ret;
}

/* The bit of netvsc_dev.l4_hash for a type of flow, 0 if it has no ports. */
static u32 netvsc_l4_bit(u32 flow_type)
{
	switch (flow_type) {
	case TCP_V4_FLOW:
		return NETVSC_L4_TCP4;
	case TCP_V6_FLOW:
		return NETVSC_L4_TCP6;
	case UDP_V4_FLOW:
		return NETVSC_L4_UDP4;
	case UDP_V6_FLOW:
		return NETVSC_L4_UDP6;
	default:
		return 0;
	}
}

#define NETVSC_HASH_L3		(RXH_IP_SRC | RXH_IP_DST)
#define NETVSC_HASH_L4		(NETVSC_HASH_L3 | RXH_L4_B_0_1 | RXH_L4_B_2_3)

static int netvsc_get_rxfh_fields(struct net_device *ndev,
				  struct ethtool_rxfh_fields *f)
{
	struct netvsc_dev *nd = netdev_priv(ndev);
	u32 bit = netvsc_l4_bit(f->flow_type);

	if (bit)
		f->data = nd->l4_hash & bit ? NETVSC_HASH_L4 : NETVSC_HASH_L3;
	else if (f->flow_type == IPV4_FLOW || f->flow_type == IPV6_FLOW)
		f->data = NETVSC_HASH_L3;
	else
		f->data = 0;
	return 0;
}

/*
 * Whether ports count when a queue is chosen for a packet. Without them the
 * fragments of a datagram stay together, of which only the first has ports.
 */
static int netvsc_set_rxfh_fields(struct net_device *ndev,
				  const struct ethtool_rxfh_fields *f,
				  struct netlink_ext_ack *extack)
{
	struct netvsc_dev *nd = netdev_priv(ndev);
	u32 bit = netvsc_l4_bit(f->flow_type);

	if (!bit)
		return -EOPNOTSUPP;
	if (f->data == NETVSC_HASH_L4)
		WRITE_ONCE(nd->l4_hash, nd->l4_hash | bit);
	else if (f->data == NETVSC_HASH_L3)
		WRITE_ONCE(nd->l4_hash, nd->l4_hash & ~bit);
	else
		return -EOPNOTSUPP;
	return 0;
}

static int netvsc_get_link_ksettings(struct net_device *ndev,
				     struct ethtool_link_ksettings *cmd)
{
	struct netvsc_dev *nd = netdev_priv(ndev);
	u32 speed = READ_ONCE(nd->speed);

	cmd->base.speed = speed ?: SPEED_UNKNOWN;
	cmd->base.duplex = nd->duplex;
	cmd->base.port = PORT_OTHER;
	return 0;
}

/* Bonding wants to know; the host's indications go on to count. */
static int netvsc_set_link_ksettings(struct net_device *ndev,
				     const struct ethtool_link_ksettings *cmd)
{
	struct netvsc_dev *nd = netdev_priv(ndev);

	return ethtool_virtdev_set_link_ksettings(ndev, cmd, &nd->speed,
						  &nd->duplex);
}

const struct ethtool_ops netvsc_ethtool_ops = {
	.supported_coalesce_params = ETHTOOL_COALESCE_TX_MAX_FRAMES,
	/* GLINK: linkwatch may have an event for the notifiers. */
	.op_needs_rtnl		= ETHTOOL_OP_NEEDS_RTNL_GLINK |
				  ETHTOOL_OP_NEEDS_RTNL_SCHANNELS |
				  ETHTOOL_OP_NEEDS_RTNL_SRINGPARAM,
	.get_drvinfo		= netvsc_get_drvinfo,
	.get_regs_len		= netvsc_get_regs_len,
	.get_regs		= netvsc_get_regs,
	.get_link		= ethtool_op_get_link,
	.get_sset_count		= netvsc_get_sset_count,
	.get_strings		= netvsc_get_strings,
	.get_ethtool_stats	= netvsc_get_ethtool_stats,
	.get_channels		= netvsc_get_channels,
	.set_channels		= netvsc_set_channels,
	.get_ringparam		= netvsc_get_ringparam,
	.set_ringparam		= netvsc_set_ringparam,
	.get_coalesce		= netvsc_get_coalesce,
	.set_coalesce		= netvsc_set_coalesce,
	.get_rx_ring_count	= netvsc_get_rx_ring_count,
	.get_rxfh_key_size	= netvsc_get_rxfh_key_size,
	.get_rxfh_indir_size	= netvsc_get_rxfh_indir_size,
	.get_rxfh		= netvsc_get_rxfh,
	.set_rxfh		= netvsc_set_rxfh,
	.get_rxfh_fields	= netvsc_get_rxfh_fields,
	.set_rxfh_fields	= netvsc_set_rxfh_fields,
	.get_link_ksettings	= netvsc_get_link_ksettings,
	.set_link_ksettings	= netvsc_set_link_ksettings,
	.get_ts_info		= ethtool_op_get_ts_info,
};
