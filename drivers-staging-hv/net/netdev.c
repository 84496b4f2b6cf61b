// SPDX-License-Identifier: GPL-2.0
/*
 * The net device's operations. All but the transmit path run under the
 * instance lock.
 */
#include <linux/bpf.h>
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/minmax.h>
#include <linux/netdevice.h>
#include <net/flow_dissector.h>
#include <net/netdev_lock.h>
#include <net/sock.h>

#include "attach.h"
#include "net.h"
#include "netdev.h"
#include "oid.h"
#include "queue.h"
#include "tx.h"
#include "vf.h"
#include "xdp.h"

static int netvsc_open(struct net_device *ndev)
{
	struct netvsc_dev *nd = netdev_priv(ndev);
	u32 filter;
	int ret;

	if (nd->dead)
		return -ENODEV;
	/* The last negotiation failed: the host may do better now. */
	if (!nd->attached) {
		ret = netvsc_reattach(nd, &nd->params);
		if (ret)
			return ret;
	}
	filter = netvsc_oid_wanted_filter(ndev, !netdev_mc_empty(ndev));
	ret = netvsc_oid_filter(nd, filter);
	if (ret)
		return ret;
	netif_tx_start_all_queues(ndev);
	netvsc_vf_open(nd);
	return 0;
}

static int netvsc_stop(struct net_device *ndev)
{
	struct netvsc_dev *nd = netdev_priv(ndev);

	netif_tx_disable(ndev);
	netvsc_vf_close(nd);
	if (nd->attached && !nd->dead)
		netvsc_oid_filter(nd, 0);
	return 0;
}

/* The bit of netvsc_dev.l4_hash for a packet, 0 if ports do not matter. */
static u32 netvsc_flow_bit(const struct flow_keys *keys)
{
	bool ip4 = keys->basic.n_proto == htons(ETH_P_IP);

	switch (keys->basic.ip_proto) {
	case IPPROTO_TCP:
		return ip4 ? NETVSC_L4_TCP4 : NETVSC_L4_TCP6;
	case IPPROTO_UDP:
		return ip4 ? NETVSC_L4_UDP4 : NETVSC_L4_UDP6;
	default:
		return 0;
	}
}

/* The flow hash of a packet, without the ports if they are not to count. */
static u32 netvsc_flow_hash(const struct netvsc_dev *nd, struct sk_buff *skb)
{
	u32 l4_hash = READ_ONCE(nd->l4_hash);
	struct flow_keys keys;

	if (likely(l4_hash == NETVSC_L4_ALL) ||
	    !skb_flow_dissect_flow_keys(skb, &keys, 0) ||
	    !(netvsc_flow_bit(&keys) & ~l4_hash))
		return skb_get_hash(skb);
	keys.basic.ip_proto = 0;
	keys.ports.ports = 0;
	return flow_hash_from_keys(&keys);
}

static u16 netvsc_hash_queue(const struct netvsc_dev *nd, u32 hash, u32 n)
{
	u16 q;

	if (READ_ONCE(nd->send_table_valid)) {
		q = READ_ONCE(nd->send_table[hash % NVSP_SEND_TABLE_ENTRIES]);
		if (q < n)
			return q;
	}
	return reciprocal_scale(hash, n);
}

/* By hash and host table; constant while a socket has packets in flight. */
static u16 netvsc_table_queue(const struct netvsc_dev *nd, struct sk_buff *skb,
			      u32 n)
{
	struct sock *sk = skb->sk;
	int old = sk_tx_queue_get(sk);
	u16 q;

	if (old >= 0 && old < n && !skb->ooo_okay)
		return old;
	q = netvsc_hash_queue(nd, netvsc_flow_hash(nd, skb), n);
	if (q != old && sk && sk_fullsock(sk) &&
	    rcu_access_pointer(sk->sk_dst_cache))
		sk_tx_queue_set(sk, q);
	return q;
}

static u16 netvsc_select_queue(struct net_device *ndev, struct sk_buff *skb,
			       struct net_device *sb_dev)
{
	struct netvsc_dev *nd = netdev_priv(ndev);
	u32 n = ndev->real_num_tx_queues;

	if (!READ_ONCE(nd->send_table_valid) &&
	    READ_ONCE(nd->l4_hash) == NETVSC_L4_ALL)
		return netdev_pick_tx(ndev, skb, sb_dev);
	if (skb_rx_queue_recorded(skb) && skb_get_rx_queue(skb) < n)
		return skb_get_rx_queue(skb);
	return netvsc_table_queue(nd, skb, n);
}

static int netvsc_set_rx_mode(struct net_device *ndev,
			      struct netdev_hw_addr_list *uc,
			      struct netdev_hw_addr_list *mc)
{
	struct netvsc_dev *nd = netdev_priv(ndev);
	u32 filter;

	netvsc_vf_set_rx_mode(nd);
	if (!nd->attached || nd->dead)
		return 0;
	filter = netvsc_oid_wanted_filter(ndev, !netdev_hw_addr_list_empty(mc));
	return netvsc_oid_filter(nd, filter);
}

static int netvsc_set_mac_address(struct net_device *ndev, void *addr)
{
	struct netvsc_dev *nd = netdev_priv(ndev);
	struct sockaddr *sa = addr;
	int ret;

	ret = eth_prepare_mac_addr_change(ndev, addr);
	if (ret)
		return ret;
	if (!nd->attached)
		return -ENODEV;
	ret = netvsc_vf_set_address(nd, sa->sa_data);
	if (ret)
		return ret;
	ret = netvsc_oid_set_address(nd, sa->sa_data);
	if (ret) {
		netvsc_vf_set_address(nd, ndev->dev_addr);
		return ret;
	}
	eth_commit_mac_addr_change(ndev, addr);
	return 0;
}

/* Has the host take @mtu. */
static int netvsc_host_mtu(struct netvsc_dev *nd, int mtu)
{
	struct netvsc_params params = nd->params;
	int ret;

	/* Less than what was negotiated needs no new negotiation. */
	if (mtu > params.mtu) {
		params.mtu = mtu;
		ret = netvsc_reattach(nd, &params);
		if (ret)
			return ret;
	}
	/* What was negotiated may be less than what was requested. */
	return mtu > nd->host_mtu ? -EINVAL : 0;
}

static int netvsc_change_mtu(struct net_device *ndev, int mtu)
{
	struct netvsc_dev *nd = netdev_priv(ndev);
	int ret;

	if (!netvsc_xdp_mtu_ok(netdev_lock_dereference(nd->prog, ndev), mtu))
		return -EINVAL;
	ret = netvsc_vf_set_mtu(nd, mtu);
	if (ret)
		return ret;
	ret = netvsc_host_mtu(nd, mtu);
	if (ret) {
		netvsc_vf_set_mtu(nd, ndev->mtu);
		return ret;
	}
	WRITE_ONCE(ndev->mtu, mtu);
	return 0;
}

static netdev_features_t netvsc_fix_features(struct net_device *ndev,
					     netdev_features_t features)
{
	struct netvsc_dev *nd = netdev_priv(ndev);

	/*
	 * XDP programs do not expect coalesced packets, and only the host can
	 * vouch for the checksums of their segments.
	 */
	if (rcu_access_pointer(nd->prog) || !(features & NETIF_F_RXCSUM))
		features &= ~NETIF_F_LRO;
	return netvsc_limit_features(nd, features);
}

/*
 * The host takes the Ethernet header to have 14 bytes. A tag of 802.1Q is moved
 * out of the frame, any other stays inside.
 */
static netdev_features_t netvsc_features_check(struct sk_buff *skb,
					       struct net_device *ndev,
					       netdev_features_t features)
{
	__be16 outer;

	if (likely(!skb_vlan_tagged(skb)))
		return features;
	outer = skb_vlan_tag_present(skb) ? skb->vlan_proto : skb->protocol;
	if (outer != htons(ETH_P_8021Q))
		features &= ~(NETIF_F_CSUM_MASK | NETIF_F_GSO_MASK);
	return vlan_features_check(skb, features);
}

static int netvsc_apply_features(struct net_device *ndev,
				 netdev_features_t features)
{
	netdev_features_t changed = features ^ ndev->features;
	struct netvsc_dev *nd = netdev_priv(ndev);

	if (!(changed & NETIF_F_LRO) || !nd->rsc || !nd->attached)
		return 0;
	return netvsc_oid_set_rsc(nd, features & NETIF_F_LRO);
}

static void netvsc_tx_timeout(struct net_device *ndev, unsigned int txq)
{
	struct netvsc_dev *nd = netdev_priv(ndev);
	struct netvsc_queue *q = &nd->queues[txq];

	netdev_warn(ndev,
		    "transmit queue %u: no completion, %u direct and %u section slots free\n",
		    txq, netvsc_fifo_count(&q->tx.free_direct),
		    netvsc_fifo_count(&q->tx.free_sections));
	if (q->polling)
		napi_schedule(&q->napi);
}

const struct net_device_ops netvsc_netdev_ops = {
	.ndo_open		= netvsc_open,
	.ndo_stop		= netvsc_stop,
	.ndo_start_xmit		= netvsc_start_xmit,
	.ndo_select_queue	= netvsc_select_queue,
	.ndo_set_rx_mode_async	= netvsc_set_rx_mode,
	.ndo_change_rx_flags	= netvsc_vf_change_rx_flags,
	.ndo_vlan_rx_add_vid	= netvsc_vf_add_vid,
	.ndo_vlan_rx_kill_vid	= netvsc_vf_kill_vid,
	.ndo_set_mac_address	= netvsc_set_mac_address,
	.ndo_validate_addr	= eth_validate_addr,
	.ndo_change_mtu		= netvsc_change_mtu,
	.ndo_features_check	= netvsc_features_check,
	.ndo_fix_features	= netvsc_fix_features,
	.ndo_set_features	= netvsc_apply_features,
	.ndo_tx_timeout		= netvsc_tx_timeout,
	.ndo_get_stats64	= netvsc_get_stats64,
	.ndo_bpf		= netvsc_xdp_setup,
	.ndo_xdp_xmit		= netvsc_xdp_xmit,
};
