// SPDX-License-Identifier: GPL-2.0
/*
 * A VF beside the synthetic adapter. Its net device, which has the same
 * permanent address, becomes a lower device of ours: settings of ours are passed
 * on to it, and what it receives is received by ours. While the host has assigned
 * the VF and the VF has a link, the data path is switched to it and ours transmits
 * through it. In any other case data take the synthetic path, which is always
 * there.
 *
 * The failover module of the stack finds the net device and links the two. Its
 * callbacks run under RTNL, and maybe under the VF's instance lock. That one is
 * inside ours, so ours is not taken here; RTNL guards what struct netvsc_vf has.
 */
#include <kunit/visibility.h>
#include <linux/bpf.h>
#include <linux/err.h>
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/moduleparam.h>
#include <linux/netdevice.h>
#include <linux/netpoll.h>
#include <linux/rcupdate.h>
#include <linux/rtnetlink.h>
#include <linux/string.h>
#include <linux/workqueue.h>
#include <net/failover.h>
#include <net/net_namespace.h>
#include <net/netdev_lock.h>
#include <net/xdp.h>

#include "net.h"
#include "nvsp.h"
#include "vf.h"

/* A VF comes by PCI pass-through. */
bool netvsc_sriov = IS_ENABLED(CONFIG_PCI_HYPERV);
module_param_named(sriov, netvsc_sriov, bool, 0444);
MODULE_PARM_DESC(sriov, "Ask the host for VFs (default: if there is a driver of PCI pass-through)");
EXPORT_SYMBOL_IF_KUNIT(netvsc_sriov);

/* The VF that is linked to ours, configured or not yet. */
static struct net_device *netvsc_vf_linked(struct netvsc_dev *nd)
{
	return rtnl_dereference(nd->vf.dev);
}

/* The VF, if what is set on ours is set on it. */
static struct net_device *netvsc_vf(struct netvsc_dev *nd)
{
	return nd->vf.configured ? netvsc_vf_linked(nd) : NULL;
}

/*
 * The VF, before something is set on it. One that was refused is tried again
 * with what is set on ours then.
 */
static struct net_device *netvsc_vf_to_set(struct netvsc_dev *nd)
{
	if (!nd->vf.configured && netvsc_vf_linked(nd))
		schedule_work(&nd->vf.work);
	return netvsc_vf(nd);
}

/* Can data take the path of the VF? */
static bool netvsc_vf_usable(struct netvsc_dev *nd)
{
	struct net_device *vf = netvsc_vf(nd);

	return vf && READ_ONCE(nd->vf.associated) && nd->attached &&
	       nd->negotiated && !READ_ONCE(nd->dead) &&
	       netif_running(nd->ndev) && netif_running(vf) &&
	       netif_carrier_ok(vf);
}

/* Has data take the path of the VF, or the synthetic one. */
static int netvsc_vf_switch(struct netvsc_dev *nd, bool on_vf)
{
	int ret = netvsc_nvsp_data_path(nd, on_vf);

	if (ret) {
		netdev_warn(nd->ndev, "the host does not switch the data path: %d\n",
			    ret);
		/* Not again before it assigns a VF anew. */
		WRITE_ONCE(nd->vf.associated, false);
		return ret;
	}
	nd->vf.on_vf = on_vf;
	if (net_ratelimit())
		netdev_info(nd->ndev, "data path: %s\n",
			    on_vf ? "VF" : "synthetic");
	return 0;
}

/*
 * Brings the data path in line with the state of both adapters. The VF
 * transmits after the switch to it, and no longer before the switch back.
 */
static void netvsc_vf_update(struct netvsc_dev *nd)
{
	bool want = netvsc_vf_usable(nd);

	ASSERT_RTNL();
	if (!want)
		WRITE_ONCE(nd->vf.active, false);
	if (want != nd->vf.on_vf && netvsc_vf_switch(nd, want))
		return;
	if (want == READ_ONCE(nd->vf.active))
		return;
	WRITE_ONCE(nd->vf.active, want);
	/* Switches and neighbors learn which way we are now. */
	if (netif_running(nd->ndev))
		__netdev_notify_peers(nd->ndev);
}

static int netvsc_vf_copy_address(struct net_device *vf, const u8 *addr)
{
	struct sockaddr_storage ss = { .ss_family = vf->type };

	if (ether_addr_equal(vf->dev_addr, addr))
		return 0;
	memcpy(((struct sockaddr *)&ss)->sa_data, addr, ETH_ALEN);
	return dev_set_mac_address(vf, &ss, NULL);
}

/* Gives the VF a program, or takes it away. */
static int netvsc_vf_give_prog(struct net_device *vf, struct bpf_prog *prog,
			       struct netlink_ext_ack *extack)
{
	struct netdev_bpf bpf = {
		.command = XDP_SETUP_PROG, .prog = prog, .extack = extack,
	};
	int ret;

	if (!prog && !vf->netdev_ops->ndo_bpf)
		return 0;
	if (prog)
		bpf_prog_inc(prog);
	netdev_lock_ops(vf);
	ret = netif_xdp_propagate(vf, &bpf);
	netdev_unlock_ops(vf);
	if (ret && prog)
		bpf_prog_put(prog);
	return ret;
}

/* A frame must not get past our program because it came by the VF. */
static int netvsc_vf_copy_config(struct netvsc_dev *nd, struct net_device *vf)
{
	struct bpf_prog *prog = rtnl_dereference(nd->prog);
	struct net_device *ndev = nd->ndev;
	int ret;

	ret = dev_set_mtu(vf, ndev->mtu);
	if (ret)
		return ret;
	ret = netvsc_vf_copy_address(vf, ndev->dev_addr);
	if (ret)
		return ret;
	ret = vlan_vids_add_by_dev(vf, ndev);
	if (ret)
		return ret;
	ret = prog ? netvsc_vf_give_prog(vf, prog, NULL) : 0;
	if (ret)
		vlan_vids_del_by_dev(vf, ndev);
	return ret;
}

static void netvsc_vf_sync_addresses(struct net_device *vf,
				     struct net_device *ndev)
{
	netif_addr_lock_bh(ndev);
	dev_uc_sync_multiple(vf, ndev);
	dev_mc_sync_multiple(vf, ndev);
	netif_addr_unlock_bh(ndev);
}

static void netvsc_vf_copy_rx_mode(struct net_device *vf,
				   struct net_device *ndev)
{
	if (ndev->flags & IFF_PROMISC)
		dev_set_promiscuity(vf, 1);
	if (ndev->flags & IFF_ALLMULTI)
		dev_set_allmulti(vf, 1);
	netvsc_vf_sync_addresses(vf, ndev);
}

static void netvsc_vf_clear_rx_mode(struct net_device *vf,
				    struct net_device *ndev)
{
	if (ndev->flags & IFF_PROMISC)
		dev_set_promiscuity(vf, -1);
	if (ndev->flags & IFF_ALLMULTI)
		dev_set_allmulti(vf, -1);
	dev_uc_unsync(vf, ndev);
	dev_mc_unsync(vf, ndev);
}

/* Is a net device with our permanent address a VF? */
static int netvsc_vf_check(struct net_device *vf, struct net_device *ndev)
{
	struct netvsc_dev *nd = netdev_priv(ndev);
	struct device *parent = vf->dev.parent;

	if (!parent || !parent->bus || vf->netdev_ops == ndev->netdev_ops)
		return -EINVAL;
	if (!netvsc_vf_linked(nd))
		return 0;
	netdev_notice(ndev, "%s is not joined: there is a VF\n", vf->name);
	return -EBUSY;
}

/*
 * The VF is linked to ours. The work configures it: most of that takes the VF's
 * instance lock, which is held here.
 */
static int netvsc_vf_join(struct net_device *vf, struct net_device *ndev)
{
	struct netvsc_dev *nd = netdev_priv(ndev);

	ASSERT_RTNL();
	/* What configures networks leaves such devices alone. */
	vf->flags |= IFF_SLAVE;
	netdev_hold(vf, &nd->vf.tracker, GFP_KERNEL);
	rcu_assign_pointer(nd->vf.dev, vf);
	call_netdevice_notifiers(NETDEV_JOIN, vf);
	netdev_info(ndev, "%s joined\n", vf->name);
	schedule_work(&nd->vf.work);
	return 0;
}

/*
 * Sets on the VF what is set on ours. One that cannot have it is not used: it
 * stays linked, for netvsc_vf_to_set().
 */
static void netvsc_vf_configure(struct netvsc_dev *nd)
{
	struct net_device *vf = netvsc_vf_linked(nd);
	struct net_device *ndev = nd->ndev;
	int ret;

	if (!vf || nd->vf.configured)
		return;
	ret = netvsc_vf_copy_config(nd, vf);
	if (ret) {
		if (net_ratelimit())
			netdev_warn(ndev, "%s cannot be used: %d\n", vf->name,
				    ret);
		return;
	}
	netvsc_vf_copy_rx_mode(vf, ndev);
	WRITE_ONCE(nd->vf.configured, true);
	if (netif_running(ndev) && dev_open(vf, NULL))
		netdev_warn(ndev, "%s does not open\n", vf->name);
}

/* Before the two are unlinked: nothing takes the path of the VF any more. */
static int netvsc_vf_leave(struct net_device *vf, struct net_device *ndev)
{
	struct netvsc_dev *nd = netdev_priv(ndev);

	if (netvsc_vf_linked(nd) != vf)
		return -ENODEV;
	RCU_INIT_POINTER(nd->vf.dev, NULL);
	netvsc_vf_update(nd);
	return 0;
}

/* Nothing of ours is left on the VF. */
static void netvsc_vf_deconfigure(struct netvsc_dev *nd, struct net_device *vf)
{
	if (!nd->vf.configured)
		return;
	WRITE_ONCE(nd->vf.configured, false);
	if (rtnl_dereference(nd->prog))
		netvsc_vf_give_prog(vf, NULL, NULL);
	netvsc_vf_clear_rx_mode(vf, nd->ndev);
	vlan_vids_del_by_dev(vf, nd->ndev);
	dev_close(vf);
}

static int netvsc_vf_left(struct net_device *vf, struct net_device *ndev)
{
	struct netvsc_dev *nd = netdev_priv(ndev);

	netvsc_vf_deconfigure(nd, vf);
	vf->flags &= ~IFF_SLAVE;
	netdev_info(ndev, "%s left\n", vf->name);
	netdev_put(vf, &nd->vf.tracker);
	return 0;
}

static int netvsc_vf_link_change(struct net_device *vf, struct net_device *ndev)
{
	netvsc_vf_update(netdev_priv(ndev));
	return 0;
}

/* What the VF received, the stack has from our net device. */
static rx_handler_result_t netvsc_vf_receive(struct sk_buff **pskb)
{
	struct sk_buff *skb = skb_share_check(*pskb, GFP_ATOMIC);
	struct net_device *ndev;
	struct netvsc_dev *nd;

	if (unlikely(!skb))
		return RX_HANDLER_CONSUMED;
	*pskb = skb;
	ndev = rcu_dereference(skb->dev->rx_handler_data);
	nd = netdev_priv(ndev);
	/* Before that a frame would get past our XDP program. */
	if (unlikely(!netif_running(ndev) || !READ_ONCE(nd->vf.configured))) {
		kfree_skb(skb);
		return RX_HANDLER_CONSUMED;
	}
	dev_sw_netstats_rx_add(ndev, skb->len + ETH_HLEN);
	skb->dev = ndev;
	return RX_HANDLER_ANOTHER;
}

static struct failover_ops netvsc_failover_ops = {
	.slave_pre_register	= netvsc_vf_check,
	.slave_register		= netvsc_vf_join,
	.slave_pre_unregister	= netvsc_vf_leave,
	.slave_unregister	= netvsc_vf_left,
	.slave_link_change	= netvsc_vf_link_change,
	.slave_handle_frame	= netvsc_vf_receive,
};

/* The VF follows into our network namespace: it leaves, and joins again. */
static void netvsc_vf_follow(struct netvsc_dev *nd)
{
	struct net_device *vf = netvsc_vf_linked(nd);

	if (vf && !net_eq(dev_net(vf), dev_net(nd->ndev)) &&
	    dev_change_net_namespace(vf, dev_net(nd->ndev), "eth%d"))
		netdev_warn(nd->ndev, "%s stays in its network namespace\n",
			    vf->name);
}

static void netvsc_vf_work(struct work_struct *work)
{
	struct netvsc_dev *nd = container_of(work, struct netvsc_dev, vf.work);

	rtnl_lock();
	netvsc_vf_follow(nd);
	netvsc_vf_configure(nd);
	netvsc_vf_update(nd);
	rtnl_unlock();
}

/**
 * netvsc_vf_init() - prepare the work item
 * @nd: device
 */
void netvsc_vf_init(struct netvsc_dev *nd)
{
	INIT_WORK(&nd->vf.work, netvsc_vf_work);
}

/**
 * netvsc_vf_start() - join a VF when there is one
 * @nd: device; its net device is registered
 *
 * Context: Process. Takes RTNL.
 */
void netvsc_vf_start(struct netvsc_dev *nd)
{
	struct failover *failover;

	if (!netvsc_sriov)
		return;
	failover = failover_register(nd->ndev, &netvsc_failover_ops);
	if (IS_ERR(failover))
		netdev_warn(nd->ndev, "no VF can be joined: %pe\n",
			    failover);
	else
		nd->vf.failover = failover;
}

/**
 * netvsc_vf_stop() - leave the VF alone
 * @nd: device; its net device is about to be unregistered
 *
 * Context: Process. Takes RTNL.
 */
void netvsc_vf_stop(struct netvsc_dev *nd)
{
	if (!nd->vf.failover)
		return;
	rtnl_lock();
	if (netvsc_vf_linked(nd))
		failover_slave_unregister(netvsc_vf_linked(nd));
	/* It reads its own pointer to our net device as a reader of RCU. */
	rcu_read_lock();
	failover_unregister(nd->vf.failover);
	rcu_read_unlock();
	nd->vf.failover = NULL;
	rtnl_unlock();
}

/**
 * netvsc_vf_reset() - no VF is assigned, before a new negotiation
 * @nd: device, no channel open
 *
 * Context: Process, instance lock.
 */
void netvsc_vf_reset(struct netvsc_dev *nd)
{
	WRITE_ONCE(nd->vf.active, false);
	nd->vf.on_vf = false;
	nd->vf.associated = false;
	nd->vf.serial = 0;
}

/**
 * netvsc_vf_detach() - data take the synthetic path, before its end
 * @nd: device, attached
 *
 * Context: Process, instance lock. Every wait has a timeout.
 */
void netvsc_vf_detach(struct netvsc_dev *nd)
{
	WRITE_ONCE(nd->vf.active, false);
	if (nd->vf.on_vf)
		netvsc_vf_switch(nd, false);
}

/**
 * netvsc_vf_open() - our net device was opened
 * @nd: device
 *
 * Context: RTNL and instance lock. Takes the VF's.
 */
void netvsc_vf_open(struct netvsc_dev *nd)
{
	struct net_device *vf = netvsc_vf(nd);

	if (!vf)
		return;
	if (dev_open(vf, NULL))
		netdev_warn(nd->ndev, "%s does not open\n", vf->name);
	netvsc_vf_update(nd);
	if (!net_eq(dev_net(vf), dev_net(nd->ndev)))
		schedule_work(&nd->vf.work);
}

/**
 * netvsc_vf_close() - our net device is being closed
 * @nd: device
 *
 * Context: RTNL and instance lock. Takes the VF's.
 */
void netvsc_vf_close(struct netvsc_dev *nd)
{
	struct net_device *vf = netvsc_vf(nd);

	if (!vf)
		return;
	netvsc_vf_update(nd);
	dev_close(vf);
}

/* The VF if it transmits, or NULL. netpoll may have interrupted its driver. */
static struct net_device *netvsc_vf_tx(struct netvsc_dev *nd)
{
	struct net_device *vf;

	if (likely(!READ_ONCE(nd->vf.active)))
		return NULL;
	vf = rcu_dereference_bh(nd->vf.dev);
	if (!vf || !netif_running(vf) || !netif_carrier_ok(vf) ||
	    netpoll_tx_running(nd->ndev))
		return NULL;
	return vf;
}

/**
 * netvsc_vf_xmit() - transmit by the VF
 * @nd: device
 * @skb: packet, consumed if the VF is in use
 *
 * Context: TX queue lock of our net device, softirq disabled.
 * Return: false if the synthetic path has to be taken.
 */
bool netvsc_vf_xmit(struct netvsc_dev *nd, struct sk_buff *skb)
{
	struct net_device *vf = netvsc_vf_tx(nd);
	u32 packets, len = skb->len;
	int ret;

	if (likely(!vf))
		return false;
	packets = skb_is_gso(skb) ? skb_shinfo(skb)->gso_segs : 1;
	skb->dev = vf;
	/* The VF chooses one of its own. */
	skb_set_queue_mapping(skb, 0);
	ret = dev_queue_xmit(skb);
	if (likely(ret == NET_XMIT_SUCCESS || ret == NET_XMIT_CN))
		dev_sw_netstats_tx_add(nd->ndev, packets, len);
	else
		atomic_long_inc(&nd->vf.tx_dropped);
	return true;
}

static u32 netvsc_vf_frames_len(struct xdp_frame **frames, int n)
{
	u32 len = 0;

	while (n--)
		len += xdp_get_frame_len(frames[n]);
	return len;
}

/**
 * netvsc_vf_xdp_xmit() - transmit XDP frames by the VF
 * @nd: device
 * @n: number of frames
 * @frames: frames; the ones that were sent are consumed
 * @flags: XDP_XMIT_FLUSH
 *
 * Context: Softirq.
 * Return: number of frames sent, -EOPNOTSUPP if the synthetic path has to be
 * taken, or another -errno.
 */
int netvsc_vf_xdp_xmit(struct netvsc_dev *nd, int n, struct xdp_frame **frames,
		       u32 flags)
{
	u32 can = NETDEV_XDP_ACT_NDO_XMIT | NETDEV_XDP_ACT_NDO_XMIT_SG;
	struct net_device *vf = netvsc_vf_tx(nd);
	u32 len;
	int sent;

	if (likely(!vf) || (vf->xdp_features & can) != can)
		return -EOPNOTSUPP;
	len = netvsc_vf_frames_len(frames, n);
	sent = vf->netdev_ops->ndo_xdp_xmit(vf, n, frames, flags);
	if (sent > 0)
		dev_sw_netstats_tx_add(nd->ndev, sent, len -
				       netvsc_vf_frames_len(frames + sent,
							    n - sent));
	return sent;
}

/**
 * netvsc_vf_set_mtu() - set the VF's MTU
 * @nd: device
 * @mtu: as on our net device
 *
 * Context: RTNL and instance lock. Takes the VF's.
 * Return: 0, also without a VF, or -errno.
 */
int netvsc_vf_set_mtu(struct netvsc_dev *nd, int mtu)
{
	struct net_device *vf = netvsc_vf_to_set(nd);

	return vf ? dev_set_mtu(vf, mtu) : 0;
}

/**
 * netvsc_vf_set_address() - set the VF's address
 * @nd: device
 * @addr: as on our net device
 *
 * Context: RTNL and instance lock. Takes the VF's.
 * Return: 0, also without a VF, or -errno.
 */
int netvsc_vf_set_address(struct netvsc_dev *nd, const u8 *addr)
{
	struct net_device *vf = netvsc_vf_to_set(nd);

	return vf ? netvsc_vf_copy_address(vf, addr) : 0;
}

/**
 * netvsc_vf_set_prog() - give the VF an XDP program
 * @nd: device
 * @prog: program, or NULL for none
 * @extack: where to say why not
 *
 * Context: RTNL and instance lock. Takes the VF's.
 * Return: 0, also without a VF, or -errno.
 */
int netvsc_vf_set_prog(struct netvsc_dev *nd, struct bpf_prog *prog,
		       struct netlink_ext_ack *extack)
{
	struct net_device *vf = netvsc_vf_to_set(nd);
	int ret;

	if (!vf)
		return 0;
	ret = netvsc_vf_give_prog(vf, prog, extack);
	if (ret == -EOPNOTSUPP)
		NL_SET_ERR_MSG_MOD(extack, "the VF cannot run the program");
	return ret;
}

/**
 * netvsc_vf_set_rx_mode() - pass addresses on to the VF
 * @nd: device
 *
 * Context: RTNL and instance lock.
 */
void netvsc_vf_set_rx_mode(struct netvsc_dev *nd)
{
	struct net_device *vf = netvsc_vf(nd);

	if (vf)
		netvsc_vf_sync_addresses(vf, nd->ndev);
}

/**
 * netvsc_vf_change_rx_flags() - ndo_change_rx_flags
 * @ndev: net device
 * @change: flags that changed
 *
 * Context: RTNL and instance lock. Takes the VF's.
 */
void netvsc_vf_change_rx_flags(struct net_device *ndev, int change)
{
	struct net_device *vf = netvsc_vf(netdev_priv(ndev));

	if (!vf)
		return;
	if (change & IFF_PROMISC)
		dev_set_promiscuity(vf, ndev->flags & IFF_PROMISC ? 1 : -1);
	if (change & IFF_ALLMULTI)
		dev_set_allmulti(vf, ndev->flags & IFF_ALLMULTI ? 1 : -1);
}

/**
 * netvsc_vf_add_vid() - ndo_vlan_rx_add_vid: the VF may filter
 * @ndev: net device
 * @proto: of the tag
 * @vid: VLAN
 *
 * Context: RTNL.
 * Return: 0, also without a VF, or -errno.
 */
int netvsc_vf_add_vid(struct net_device *ndev, __be16 proto, u16 vid)
{
	struct net_device *vf = netvsc_vf_to_set(netdev_priv(ndev));

	return vf ? vlan_vid_add(vf, proto, vid) : 0;
}

/**
 * netvsc_vf_kill_vid() - ndo_vlan_rx_kill_vid
 * @ndev: net device
 * @proto: of the tag
 * @vid: VLAN
 *
 * Context: RTNL.
 * Return: 0.
 */
int netvsc_vf_kill_vid(struct net_device *ndev, __be16 proto, u16 vid)
{
	struct net_device *vf = netvsc_vf_to_set(netdev_priv(ndev));

	if (vf)
		vlan_vid_del(vf, proto, vid);
	return 0;
}
