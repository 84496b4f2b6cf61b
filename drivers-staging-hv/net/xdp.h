/* SPDX-License-Identifier: GPL-2.0 */
/*
 * XDP.
 */
#ifndef _NETVSC_XDP_H
#define _NETVSC_XDP_H

#include <linux/types.h>

struct bpf_prog;
struct net_device;
struct netdev_bpf;
struct netvsc_queue;
struct netvsc_rx_info;
struct sk_buff;
struct xdp_frame;
struct xdp_metadata_ops;

extern const struct xdp_metadata_ops netvsc_xdp_metadata_ops;

struct sk_buff *netvsc_xdp_receive(struct netvsc_queue *q,
				   struct bpf_prog *prog, const u8 *src,
				   const struct netvsc_rx_info *info);
void netvsc_xdp_flush(struct netvsc_queue *q);
int netvsc_xdp_setup(struct net_device *ndev, struct netdev_bpf *bpf);
int netvsc_xdp_xmit(struct net_device *ndev, int n, struct xdp_frame **frames,
		    u32 flags);
bool netvsc_xdp_mtu_ok(const struct bpf_prog *prog, u32 mtu);

#endif /* _NETVSC_XDP_H */
