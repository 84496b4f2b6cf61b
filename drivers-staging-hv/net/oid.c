// SPDX-License-Identifier: GPL-2.0
/*
 * OIDs: what the host's adapter is and can do, and what is set in it.
 */
#include <kunit/visibility.h>
#include <linux/build_bug.h>
#include <linux/etherdevice.h>
#include <linux/ethtool.h>
#include <linux/hex.h>
#include <linux/minmax.h>
#include <linux/netdevice.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/ucs2_string.h>

#include "link.h"
#include "net.h"
#include "oid.h"
#include "parse.h"
#include "rndis.h"

/* A friendly name: hosts send all of it, padded with zeros. */
#define NETVSC_NAME_UNITS	256

static int netvsc_oid_u32(struct netvsc_dev *nd, u32 oid, u32 *value)
{
	__le32 raw;
	int ret;

	ret = netvsc_rndis_query(nd, oid, NULL, 0, &raw, sizeof(raw));
	if (ret < 0)
		return ret;
	if (ret != sizeof(raw))
		return -EPROTO;
	*value = le32_to_cpu(raw);
	return 0;
}

struct netvsc_name {
	__le16 raw[NETVSC_NAME_UNITS];
	ucs2_char_t wide[NETVSC_NAME_UNITS + 1];
	u8 utf8[IFALIASZ];
};

/**
 * netvsc_oid_name() - make the adapter's name the alias of the net device
 * @nd: device, attached
 *
 * dev_set_alias() takes the instance lock.
 *
 * Context: Process, without the instance lock. Sleeps for a bounded time.
 */
void netvsc_oid_name(struct netvsc_dev *nd)
{
	struct netvsc_name *n;
	int ret;

	if (nd->ndev->ifalias)
		return;
	n = kzalloc_obj(*n);
	if (!n)
		return;
	ret = netvsc_rndis_query(nd, OID_GEN_FRIENDLY_NAME, NULL, 0, n->raw,
				 sizeof(n->raw));
	for (int i = 0; i < ret / 2; i++)
		n->wide[i] = le16_to_cpu(n->raw[i]);
	ucs2_as_utf8(n->utf8, n->wide, sizeof(n->utf8) - 1);
	/* The host's default name is none. */
	if (n->utf8[0] && strcmp(n->utf8, "Network Adapter"))
		dev_set_alias(nd->ndev, n->utf8, strlen(n->utf8));
	kfree(n);
}

/**
 * netvsc_oid_identity() - query largest frame and permanent address
 * @nd: device; sets host_mtu and perm_addr
 *
 * Context: Process, instance lock. Sleeps for a bounded time.
 * Return: 0 or -errno.
 */
int netvsc_oid_identity(struct netvsc_dev *nd)
{
	u32 mtu;
	int ret;

	ret = netvsc_oid_u32(nd, OID_GEN_MAX_FRAME_SIZE, &mtu);
	if (ret == -EOPNOTSUPP)
		mtu = ETH_DATA_LEN;
	else if (ret)
		return ret;
	if (mtu < ETH_MIN_MTU)
		return -EPROTO;
	nd->host_mtu = min(mtu, ETH_MAX_MTU - (u32)ETH_HLEN);

	ret = netvsc_rndis_query(nd, OID_802_3_PERMANENT_ADDRESS, NULL, 0,
				 nd->perm_addr, ETH_ALEN);
	if (ret < 0)
		return ret;
	if (ret != ETH_ALEN || !is_valid_ether_addr(nd->perm_addr))
		return -EPROTO;
	return 0;
}

static int netvsc_oid_query_offloads(struct netvsc_dev *nd,
				     struct netvsc_offloads *caps)
{
	struct ndis_offload o = {
		.hdr.type = NDIS_OBJECT_OFFLOAD,
		.hdr.revision = NDIS_OFFLOAD_REVISION,
		.hdr.size = cpu_to_le16(sizeof(o)),
	};
	int ret;

	ret = netvsc_rndis_query(nd, OID_TCP_OFFLOAD_HW_CAPS, &o, sizeof(o), &o,
				 sizeof(o));
	if (ret < 0)
		return ret;
	return netvsc_ndis_parse_offloads(&o, ret, caps);
}

static int netvsc_oid_set_params(struct netvsc_dev *nd,
				 struct ndis_offload_params *p)
{
	p->hdr.type = NDIS_OBJECT_DEFAULT;
	p->hdr.revision = 3;
	p->hdr.size = cpu_to_le16(sizeof(*p));
	return netvsc_rndis_set(nd, OID_TCP_OFFLOAD_PARAMS, p, sizeof(*p));
}

/* Turns on what both sides can do. */
static int netvsc_oid_enable(struct netvsc_dev *nd,
			     const struct netvsc_offloads *caps)
{
	struct ndis_offload_params p = {
		.ip4_csum = NDIS_PARAM_OFF,
		.tcp4_csum = caps->tcp4 ? NDIS_PARAM_CSUM_TX_RX : 0,
		.udp4_csum = caps->udp4 ? NDIS_PARAM_CSUM_TX_RX : 0,
		.tcp6_csum = caps->tcp6 ? NDIS_PARAM_CSUM_TX_RX : 0,
		.udp6_csum = caps->udp6 ? NDIS_PARAM_CSUM_TX_RX : 0,
		.lso4 = caps->lso4_max ? NDIS_PARAM_ON : 0,
		.lso6 = caps->lso6_max ? NDIS_PARAM_ON : 0,
	};

	if (caps->rsc) {
		p.rsc4 = nd->ndev->features & NETIF_F_LRO ?
			 NDIS_PARAM_ON : NDIS_PARAM_OFF;
		p.rsc6 = p.rsc4;
	}
	return netvsc_oid_set_params(nd, &p);
}

/**
 * netvsc_oid_offloads() - query the host's offloads, turn on what is used
 * @nd: device; sets tx_csum, lso4, lso6, lso_max and rsc
 *
 * No offload is used with a host that refuses.
 *
 * Context: Process, instance lock. Sleeps for a bounded time.
 * Return: 0, or -errno if the device is unusable.
 */
int netvsc_oid_offloads(struct netvsc_dev *nd)
{
	struct netvsc_offloads caps;
	int ret;

	nd->tx_csum = 0;
	nd->lso4 = 0;
	nd->lso6 = 0;
	nd->lso_max = 0;
	nd->rsc = false;
	ret = netvsc_oid_query_offloads(nd, &caps);
	if (ret == -EOPNOTSUPP)
		return 0;
	if (ret)
		return ret;
	ret = netvsc_oid_enable(nd, &caps);
	if (ret == -EOPNOTSUPP)
		return 0;
	if (ret)
		return ret;

	nd->tx_csum = (caps.tcp4 ? NETVSC_L4_TCP4 : 0) |
		      (caps.udp4 ? NETVSC_L4_UDP4 : 0) |
		      (caps.tcp6 ? NETVSC_L4_TCP6 : 0) |
		      (caps.udp6 ? NETVSC_L4_UDP6 : 0);
	nd->lso4 = caps.lso4_max;
	nd->lso6 = caps.lso6_max;
	nd->lso_max = min_not_zero(caps.lso4_max, caps.lso6_max);
	nd->rsc = caps.rsc;
	return 0;
}

/**
 * netvsc_oid_set_rsc() - turn receive segment coalescing on or off
 * @nd: device
 * @on: on
 *
 * Context: Process. Sleeps for a bounded time.
 * Return: 0 or -errno.
 */
int netvsc_oid_set_rsc(struct netvsc_dev *nd, bool on)
{
	struct ndis_offload_params p = {
		.rsc4 = on ? NDIS_PARAM_ON : NDIS_PARAM_OFF,
		.rsc6 = on ? NDIS_PARAM_ON : NDIS_PARAM_OFF,
	};

	return netvsc_oid_set_params(nd, &p);
}

/**
 * netvsc_oid_link() - query link state and speed
 * @nd: device; sets link_up and speed
 *
 * Without an answer the link is up.
 *
 * Context: Process. Sleeps for a bounded time.
 */
void netvsc_oid_link(struct netvsc_dev *nd)
{
	u32 seq = netvsc_link_seq(nd);
	u32 value;

	if (!netvsc_oid_u32(nd, OID_GEN_LINK_SPEED, &value))
		WRITE_ONCE(nd->speed, value / NETVSC_SPEED_PER_MBIT);
	if (netvsc_oid_u32(nd, OID_GEN_MEDIA_CONNECT, &value))
		value = 0;
	netvsc_link_answer(nd, seq, !value);
}

/**
 * netvsc_oid_wanted_filter() - the packet filter that a net device needs
 * @ndev: net device, up
 * @multicast: it is a member of multicast groups
 *
 * Context: Process, instance lock.
 * Return: RNDIS_FILTER_* bits.
 */
u32 netvsc_oid_wanted_filter(const struct net_device *ndev, bool multicast)
{
	u32 filter = RNDIS_FILTER_DIRECTED | RNDIS_FILTER_BROADCAST;

	if (ndev->flags & IFF_PROMISC)
		return RNDIS_FILTER_PROMISCUOUS;
	if (multicast || ndev->flags & IFF_ALLMULTI)
		filter |= RNDIS_FILTER_ALL_MULTICAST;
	return filter;
}

/**
 * netvsc_oid_filter() - set which frames the host delivers
 * @nd: device
 * @filter: RNDIS_FILTER_* bits, 0 for none
 *
 * Context: Process, instance lock. Sleeps for a bounded time.
 * Return: 0 or -errno.
 */
int netvsc_oid_filter(struct netvsc_dev *nd, u32 filter)
{
	__le32 raw = cpu_to_le32(filter);
	int ret;

	if (nd->filter == filter)
		return 0;
	ret = netvsc_rndis_set(nd, OID_GEN_PACKET_FILTER, &raw, sizeof(raw));
	if (!ret)
		nd->filter = filter;
	return ret;
}

/* A configuration parameter: name and value, both UTF-16. */
struct netvsc_address_param {
	struct rndis_config_param hdr;
	__le16 name[14];
	__le16 value[2 * ETH_ALEN];
};

static_assert(sizeof(struct netvsc_address_param) == 72);

/**
 * netvsc_oid_set_address() - change the address that the host filters by
 * @nd: device
 * @addr: new address
 *
 * Context: Process. Sleeps for a bounded time.
 * Return: 0, -EOPNOTSUPP if the host does not allow it, or -errno.
 */
int netvsc_oid_set_address(struct netvsc_dev *nd, const u8 *addr)
{
	static const char name[] = "NetworkAddress";
	struct netvsc_address_param p = {};

	p.hdr.name_offset = cpu_to_le32(offsetof(typeof(p), name));
	p.hdr.name_len = cpu_to_le32(sizeof(p.name));
	p.hdr.type = cpu_to_le32(RNDIS_CONFIG_STRING);
	p.hdr.value_offset = cpu_to_le32(offsetof(typeof(p), value));
	p.hdr.value_len = cpu_to_le32(sizeof(p.value));
	for (int i = 0; i < ARRAY_SIZE(p.name); i++)
		p.name[i] = cpu_to_le16(name[i]);
	for (int i = 0; i < ETH_ALEN; i++) {
		p.value[2 * i] = cpu_to_le16(hex_asc_hi(addr[i]));
		p.value[2 * i + 1] = cpu_to_le16(hex_asc_lo(addr[i]));
	}
	return netvsc_rndis_set(nd, OID_GEN_CONFIG_PARAMETER, &p, sizeof(p));
}

/**
 * netvsc_rss_query() - query how many queues the host can spread over
 * @nd: device; sets host_queues and rss_entries
 *
 * Context: Process, instance lock. Sleeps for a bounded time.
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
 * netvsc_rss_fill() - fill an indirection table evenly
 * @table: table
 * @entries: its length
 * @queues: queues in use, at least 1
 * @keep: leave it alone if every entry is a queue in use
 */
void netvsc_rss_fill(u32 *table, u32 entries, u32 queues, bool keep)
{
	for (u32 i = 0; keep && i < entries; i++)
		if (table[i] >= queues)
			keep = false;
	for (u32 i = 0; !keep && i < entries; i++)
		table[i] = ethtool_rxfh_indir_default(i, queues);
}
EXPORT_SYMBOL_IF_KUNIT(netvsc_rss_fill);

/**
 * netvsc_rss_default_table() - spread evenly over the queues in use
 * @nd: device
 *
 * A table that the administrator set is used as soon as it fits.
 *
 * Context: RTNL and instance lock.
 */
void netvsc_rss_default_table(struct netvsc_dev *nd)
{
	bool keep = netif_is_rxfh_configured(nd->ndev);

	if (keep)
		memcpy(nd->rss_table, nd->rss_wanted, sizeof(nd->rss_table));
	netvsc_rss_fill(nd->rss_table, nd->rss_entries, nd->num_queues, keep);
}

/**
 * netvsc_rss_build() - build the object that sets table and key
 * @m: filled in
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
 * netvsc_rss_apply() - set table and key in the host
 * @nd: device
 *
 * Nothing to do where the host cannot spread.
 *
 * Context: Process. Sleeps for a bounded time.
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
	/*
	 * Hosts take a new table only while spreading is off. If one refuses to
	 * turn it off, whether it takes the table shows next.
	 */
	ret = netvsc_rss_send(nd, m, NDIS_RSS_DISABLE);
	if (!ret || ret == -EOPNOTSUPP)
		ret = netvsc_rss_send(nd, m, 0);
	kfree(m);
	return ret;
}
