/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A VF beside the synthetic adapter.
 */
#ifndef _NETVSC_VF_H
#define _NETVSC_VF_H

#include <linux/atomic.h>
#include <linux/netdevice.h>
#include <linux/types.h>
#include <linux/workqueue.h>

struct bpf_prog;
struct failover;
struct netlink_ext_ack;
struct netvsc_dev;
struct xdp_frame;

/**
 * struct netvsc_vf - a VF beside the synthetic adapter
 * @failover: finds the VF's net device by its address; NULL if no VF is wanted
 * @dev: net device of the VF, linked to ours; changes under RTNL
 * @configured: what is set on ours is set on @dev; changes under RTNL
 * @tracker: our reference of @dev
 * @associated: the host has assigned a VF; written by the NAPI poll
 * @serial: which one
 * @on_vf: the data path that the host has acknowledged; RTNL
 * @active: the VF transmits
 * @tx_dropped: packets that the VF did not take
 * @work: configures @dev, and looks at what the host said
 */
struct netvsc_vf {
	struct failover *failover;
	struct net_device __rcu *dev;
	bool configured;
	netdevice_tracker tracker;
	bool associated;
	u32 serial;
	bool on_vf;
	bool active;
	atomic_long_t tx_dropped;
	struct work_struct work;
};

extern bool netvsc_sriov;

void netvsc_vf_init(struct netvsc_dev *nd);
void netvsc_vf_start(struct netvsc_dev *nd);
void netvsc_vf_stop(struct netvsc_dev *nd);
void netvsc_vf_reset(struct netvsc_dev *nd);
void netvsc_vf_detach(struct netvsc_dev *nd);
void netvsc_vf_open(struct netvsc_dev *nd);
void netvsc_vf_close(struct netvsc_dev *nd);

bool netvsc_vf_xmit(struct netvsc_dev *nd, struct sk_buff *skb);
int netvsc_vf_xdp_xmit(struct netvsc_dev *nd, int n, struct xdp_frame **frames,
		       u32 flags);

int netvsc_vf_set_mtu(struct netvsc_dev *nd, int mtu);
int netvsc_vf_set_address(struct netvsc_dev *nd, const u8 *addr);
int netvsc_vf_set_prog(struct netvsc_dev *nd, struct bpf_prog *prog,
		       struct netlink_ext_ack *extack);
void netvsc_vf_set_rx_mode(struct netvsc_dev *nd);
void netvsc_vf_change_rx_flags(struct net_device *ndev, int change);
int netvsc_vf_add_vid(struct net_device *ndev, __be16 proto, u16 vid);
int netvsc_vf_kill_vid(struct net_device *ndev, __be16 proto, u16 vid);

#endif /* _NETVSC_VF_H */
