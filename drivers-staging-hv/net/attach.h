/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Attaching to the host, detaching, and both in a row.
 */
#ifndef _NETVSC_ATTACH_H
#define _NETVSC_ATTACH_H

#include <linux/netdev_features.h>

struct netvsc_dev;
struct netvsc_params;
struct vmb_channel;

int netvsc_attach(struct netvsc_dev *nd, const struct netvsc_params *params);
void netvsc_detach(struct netvsc_dev *nd);
void netvsc_suspend(struct netvsc_dev *nd);
int netvsc_resume(struct netvsc_dev *nd, const struct netvsc_params *params);
int netvsc_reattach(struct netvsc_dev *nd, const struct netvsc_params *params);
netdev_features_t netvsc_limit_features(const struct netvsc_dev *nd,
					netdev_features_t features);
void netvsc_set_features(struct netvsc_dev *nd);
void netvsc_subchannel(struct netvsc_dev *nd, struct vmb_channel *sub);
void netvsc_use_subchannels(struct netvsc_dev *nd);
void netvsc_wait_subchannels(struct netvsc_dev *nd);

#endif /* _NETVSC_ATTACH_H */
