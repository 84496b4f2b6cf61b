// SPDX-License-Identifier: GPL-2.0
/*
 * Receive-side scaling: which queue the host puts a flow on.
 */
#include <kunit/visibility.h>
#include <linux/ethtool.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "net.h"

/**
 * netvsc_rss_query() - asks how many queues the host can spread over
 * @nd: device; sets host_queues and rss_entries
 *
 * Return: 0, also if it cannot; or -errno if the device is unusable.
 */
int netvsc_rss_query(struct netvsc_dev *nd)
{
	struct ndis_rss_caps c = {
		.hdr.type = NDIS_OBJECT_RSS_CAPS,
		.hdr.revision = 2,
		.hdr.size = cpu_to_le16(NDIS_RSS_CAPS_BYTES),
	};
	u32 queues, entries;
	int ret;

	nd->host_queues = 1;
	nd->rss_entries = 0;
	ret = netvsc_rndis_query(nd, OID_GEN_RSS_CAPS, &c, NDIS_RSS_CAPS_BYTES,
				 &c, sizeof(c));
	if (ret == -EOPNOTSUPP)
		return 0;
	if (ret < 0)
		return ret;
	ret = netvsc_ndis_parse_rss(&c, ret, &queues, &entries);
	if (ret)
		return ret;
	if (queues > 1) {
		nd->host_queues = queues;
		nd->rss_entries = entries;
	}
	return 0;
}

/**
 * netvsc_rss_fill() - fills an indirection table evenly
 * @table: table
 * @entries: its length
 * @queues: queues in use, at least 1
 * @keep: leave it alone if every entry is a queue in use
 */
void netvsc_rss_fill(u32 *table, u32 entries, u32 queues, bool keep)
{
	u32 i;

	for (i = 0; keep && i < entries; i++)
		if (table[i] >= queues)
			keep = false;
	for (i = 0; !keep && i < entries; i++)
		table[i] = ethtool_rxfh_indir_default(i, queues);
}
EXPORT_SYMBOL_IF_KUNIT(netvsc_rss_fill);

/**
 * netvsc_rss_default_table() - spreads evenly over the queues in use
 * @nd: device
 *
 * Leaves a table alone that the administrator set and that still fits.
 */
void netvsc_rss_default_table(struct netvsc_dev *nd)
{
	netvsc_rss_fill(nd->rss_table, nd->rss_entries, nd->num_queues,
			netif_is_rxfh_configured(nd->ndev));
}

/**
 * netvsc_rss_build() - makes the object that sets table and key
 * @m: where
 * @table: indirection table
 * @entries: its length, at most NETVSC_RSS_ENTRIES_MAX
 * @key: Toeplitz key
 * @flags: NDIS_RSS_*
 *
 * Return: length of the object.
 */
u32 netvsc_rss_build(struct netvsc_rss_msg *m, const u32 *table, u32 entries,
		     const u8 *key, u16 flags)
{
	u32 table_bytes = entries * sizeof(__le32);
	u32 i;

	memset(m, 0, sizeof(*m));
	m->p.hdr.type = NDIS_OBJECT_RSS_PARAMS;
	m->p.hdr.revision = 2;
	m->p.hdr.size = cpu_to_le16(sizeof(m->p));
	m->p.flags = cpu_to_le16(flags);
	m->p.hash_info = cpu_to_le32(NDIS_HASH_TOEPLITZ | NDIS_HASH_IPV4 |
				     NDIS_HASH_TCP_IPV4 | NDIS_HASH_IPV6 |
				     NDIS_HASH_TCP_IPV6);
	m->p.table_bytes = cpu_to_le16(table_bytes);
	m->p.table_offset = cpu_to_le32(sizeof(m->p));
	m->p.key_bytes = cpu_to_le16(NDIS_RSS_KEY_BYTES);
	m->p.key_offset = cpu_to_le32(sizeof(m->p) + table_bytes);
	for (i = 0; i < entries; i++)
		m->table_and_key[i] = cpu_to_le32(table[i]);
	memcpy(&m->table_and_key[i], key, NDIS_RSS_KEY_BYTES);
	return sizeof(m->p) + table_bytes + NDIS_RSS_KEY_BYTES;
}
EXPORT_SYMBOL_IF_KUNIT(netvsc_rss_build);

static int netvsc_rss_send(struct netvsc_dev *nd, struct netvsc_rss_msg *m,
			   u16 flags)
{
	u32 len = netvsc_rss_build(m, nd->rss_table, nd->rss_entries,
				   nd->rss_key, flags);

	return netvsc_rndis_set(nd, OID_GEN_RSS_PARAMS, m, len);
}

/**
 * netvsc_rss_apply() - gives the host the table and the key
 * @nd: device
 *
 * Process context. Nothing to do where the host cannot spread.
 *
 * Return: 0 or -errno.
 */
int netvsc_rss_apply(struct netvsc_dev *nd)
{
	struct netvsc_rss_msg *m;
	int ret;

	if (!nd->rss_entries)
		return 0;
	m = kmalloc_obj(*m);
	if (!m)
		return -ENOMEM;
	/* Hosts take a new table only while spreading is off. */
	ret = netvsc_rss_send(nd, m, NDIS_RSS_DISABLE);
	if (!ret)
		ret = netvsc_rss_send(nd, m, 0);
	kfree(m);
	return ret;
}
