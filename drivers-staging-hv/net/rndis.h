/* SPDX-License-Identifier: GPL-2.0 */
/*
 * RNDIS control messages.
 */
#ifndef _NETVSC_RNDIS_H
#define _NETVSC_RNDIS_H

#include <linux/types.h>

struct netvsc_dev;

/* Request pages that the host may keep before requests are refused. */
#define NETVSC_RNDIS_STALE_MAX	8

/**
 * struct netvsc_rndis - the page that RNDIS requests are sent from
 * @id: last request id used
 * @page: request that the host reads
 * @pending: the host has not completed @page
 * @stale: pages that the host never completed; freed after the close
 * @stale_count: number of @stale
 *
 * Guarded by netvsc_ctl.mutex, but for @pending.
 */
struct netvsc_rndis {
	u32 id;
	void *page;
	bool pending;
	void *stale[NETVSC_RNDIS_STALE_MAX];
	u32 stale_count;
};

int netvsc_rndis_init(struct netvsc_dev *nd);
void netvsc_rndis_halt(struct netvsc_dev *nd);
int netvsc_rndis_query(struct netvsc_dev *nd, u32 oid, const void *in,
		       u32 in_len, void *out, u32 out_len);
int netvsc_rndis_set(struct netvsc_dev *nd, u32 oid, const void *info, u32 len);
void netvsc_rndis_completed(struct netvsc_dev *nd);
bool netvsc_rndis_control(struct netvsc_dev *nd, const u8 *shared, u32 len);
void netvsc_rndis_free_pages(struct netvsc_dev *nd);

#endif /* _NETVSC_RNDIS_H */
