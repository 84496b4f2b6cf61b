/* SPDX-License-Identifier: GPL-2.0 */
/*
 * OIDs: what the host's adapter is and can do, and what is set in it.
 */
#ifndef _NETVSC_OID_H
#define _NETVSC_OID_H

#include <linux/types.h>
#include <wire/rndis.h>

#include "parse.h"

struct net_device;
struct netvsc_dev;

/**
 * struct netvsc_rss_msg - OID_GEN_RSS_PARAMS, as large as it can be
 * @p: its fixed part
 * @table_and_key: the table, and right behind it the key
 */
struct netvsc_rss_msg {
	struct ndis_rss_params p;
	__le32 table_and_key[NETVSC_RSS_ENTRIES_MAX + NDIS_RSS_KEY_BYTES / 4];
};

int netvsc_oid_identity(struct netvsc_dev *nd);
void netvsc_oid_name(struct netvsc_dev *nd);
int netvsc_oid_offloads(struct netvsc_dev *nd);
int netvsc_oid_set_rsc(struct netvsc_dev *nd, bool on);
void netvsc_oid_link(struct netvsc_dev *nd);
u32 netvsc_oid_wanted_filter(const struct net_device *ndev, bool multicast);
int netvsc_oid_filter(struct netvsc_dev *nd, u32 filter);
int netvsc_oid_set_address(struct netvsc_dev *nd, const u8 *addr);

int netvsc_rss_query(struct netvsc_dev *nd);
void netvsc_rss_default_table(struct netvsc_dev *nd);
int netvsc_rss_apply(struct netvsc_dev *nd);
void netvsc_rss_fill(u32 *table, u32 entries, u32 queues, bool keep);
u32 netvsc_rss_build(struct netvsc_rss_msg *m, const u32 *table, u32 entries,
		     const u8 *key, u16 flags);

#endif /* _NETVSC_OID_H */
