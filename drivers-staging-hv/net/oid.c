// SPDX-License-Identifier: GPL-2.0
/*
 * What the host's adapter is and can do, and what is set in it: the OIDs.
 */
#include <linux/build_bug.h>
#include <linux/etherdevice.h>
#include <linux/hex.h>
#include <linux/minmax.h>
#include <linux/ucs2_string.h>

#include "net.h"

/* The longest name that is taken from the host, UTF-16 units and bytes. */
#define NETVSC_NAME_UNITS		128
#define NETVSC_NAME_BYTES		256

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

static void netvsc_oid_name(struct netvsc_dev *nd)
{
	__le16 raw[NETVSC_NAME_UNITS];
	ucs2_char_t wide[NETVSC_NAME_UNITS + 1] = {};
	u8 name[NETVSC_NAME_BYTES];
	int ret, i;

	if (nd->ndev->ifalias)
		return;
	ret = netvsc_rndis_query(nd, OID_GEN_FRIENDLY_NAME, NULL, 0, raw,
				 sizeof(raw));
	if (ret < 2)
		return;
	for (i = 0; i < ret / 2; i++)
		wide[i] = le16_to_cpu(raw[i]);
	ret = ucs2_as_utf8(name, wide, sizeof(name) - 1);
	name[ret] = 0;
	/* What hosts say when nobody chose a name. */
	if (name[0] && strcmp(name, "Network Adapter"))
		dev_set_alias(nd->ndev, name, strlen(name));
}

/**
 * netvsc_oid_identity() - largest frame, permanent address, name
 * @nd: device; sets host_mtu and perm_addr
 *
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
	netvsc_oid_name(nd);
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

/**
 * netvsc_oid_offloads() - asks what the host can do and turns on what is used
 * @nd: device; sets tx_csum, lso_max and rsc
 *
 * A host that refuses gets packets without offloads.
 *
 * Return: 0 or -errno if the device is unusable.
 */
int netvsc_oid_offloads(struct netvsc_dev *nd)
{
	struct ndis_offload_params p = { .ip4_csum = NDIS_PARAM_OFF };
	struct netvsc_offloads caps;
	int ret;

	nd->tx_csum = 0;
	nd->lso_max = 0;
	nd->rsc = false;
	ret = netvsc_oid_query_offloads(nd, &caps);
	if (ret == -EOPNOTSUPP)
		return 0;
	if (ret)
		return ret;

	p.tcp4_csum = caps.tcp4 ? NDIS_PARAM_CSUM_TX_RX : 0;
	p.udp4_csum = caps.udp4 ? NDIS_PARAM_CSUM_TX_RX : 0;
	p.tcp6_csum = caps.tcp6 ? NDIS_PARAM_CSUM_TX_RX : 0;
	p.udp6_csum = caps.udp6 ? NDIS_PARAM_CSUM_TX_RX : 0;
	p.lso4 = caps.lso4_max ? NDIS_PARAM_ON : 0;
	p.lso6 = caps.lso6_max ? NDIS_PARAM_ON : 0;
	if (caps.rsc) {
		p.rsc4 = nd->ndev->features & NETIF_F_LRO ?
			 NDIS_PARAM_ON : NDIS_PARAM_OFF;
		p.rsc6 = p.rsc4;
	}
	ret = netvsc_oid_set_params(nd, &p);
	if (ret == -EOPNOTSUPP)
		return 0;
	if (ret)
		return ret;

	nd->tx_csum = (caps.tcp4 ? NETVSC_CSUM_TCP4 : 0) |
		      (caps.udp4 ? NETVSC_CSUM_UDP4 : 0) |
		      (caps.tcp6 ? NETVSC_CSUM_TCP6 : 0) |
		      (caps.udp6 ? NETVSC_CSUM_UDP6 : 0);
	nd->lso4 = caps.lso4_max;
	nd->lso6 = caps.lso6_max;
	nd->lso_max = min_not_zero(caps.lso4_max, caps.lso6_max);
	nd->rsc = caps.rsc;
	return 0;
}

/**
 * netvsc_oid_set_rsc() - turns receive segment coalescing on or off
 * @nd: device
 * @on: on
 *
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
 * netvsc_oid_link() - asks for link state and speed
 * @nd: device; sets link_up and speed
 *
 * A host that does not say is taken to be connected.
 */
void netvsc_oid_link(struct netvsc_dev *nd)
{
	u32 value;

	if (!netvsc_oid_u32(nd, OID_GEN_LINK_SPEED, &value))
		WRITE_ONCE(nd->speed, value / 10000);
	if (netvsc_oid_u32(nd, OID_GEN_MEDIA_CONNECT, &value))
		value = 0;
	/* An indication that came in between is not newer than this answer. */
	WRITE_ONCE(nd->link_up, !value);
}

/**
 * netvsc_oid_filter() - sets which frames the host delivers
 * @nd: device
 * @filter: RNDIS_FILTER_* bits, 0 for none
 *
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
 * netvsc_oid_set_address() - changes the address that the host filters by
 * @nd: device
 * @addr: new address
 *
 * Return: 0, -EOPNOTSUPP if the host does not allow it, or -errno.
 */
int netvsc_oid_set_address(struct netvsc_dev *nd, const u8 *addr)
{
	static const char name[] = "NetworkAddress";
	struct netvsc_address_param p = {};
	unsigned int i;

	p.hdr.name_offset = cpu_to_le32(offsetof(typeof(p), name));
	p.hdr.name_len = cpu_to_le32(sizeof(p.name));
	p.hdr.type = cpu_to_le32(RNDIS_CONFIG_STRING);
	p.hdr.value_offset = cpu_to_le32(offsetof(typeof(p), value));
	p.hdr.value_len = cpu_to_le32(sizeof(p.value));
	for (i = 0; i < ARRAY_SIZE(p.name); i++)
		p.name[i] = cpu_to_le16(name[i]);
	for (i = 0; i < ETH_ALEN; i++) {
		p.value[2 * i] = cpu_to_le16(hex_asc_hi(addr[i]));
		p.value[2 * i + 1] = cpu_to_le16(hex_asc_lo(addr[i]));
	}
	return netvsc_rndis_set(nd, OID_GEN_CONFIG_PARAMETER, &p, sizeof(p));
}
