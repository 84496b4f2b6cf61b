/* SPDX-License-Identifier: GPL-2.0 */
/*
 * NVSP messages to and from the host.
 */
#ifndef _NETVSC_NVSP_H
#define _NETVSC_NVSP_H

#include <linux/types.h>

struct netvsc_dev;
struct vmb_rx;

int netvsc_nvsp_negotiate(struct netvsc_dev *nd, u32 mtu);
int netvsc_nvsp_share_recv_buf(struct netvsc_dev *nd, u32 bytes);
int netvsc_nvsp_share_send_buf(struct netvsc_dev *nd, u32 bytes);
void netvsc_nvsp_revoke_buffers(struct netvsc_dev *nd);
int netvsc_nvsp_subchannels(struct netvsc_dev *nd, u32 *count);
bool netvsc_nvsp_completion(struct netvsc_dev *nd, unsigned int slot,
			    const struct vmb_rx *pkt);
bool netvsc_nvsp_inband(struct netvsc_dev *nd, const struct vmb_rx *pkt);
int netvsc_nvsp_data_path(struct netvsc_dev *nd, bool vf);

#endif /* _NETVSC_NVSP_H */
