/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Link state.
 */
#ifndef _NETVSC_LINK_H
#define _NETVSC_LINK_H

#include <linux/types.h>

struct netvsc_dev;

/* Link speeds are in units of 100 bit/s. */
#define NETVSC_SPEED_PER_MBIT	10000u

void netvsc_link_init(struct netvsc_dev *nd);
void netvsc_link_update(struct netvsc_dev *nd);
void netvsc_link_event(struct netvsc_dev *nd, u32 status, const void *info,
		       u32 len);

#endif /* _NETVSC_LINK_H */
