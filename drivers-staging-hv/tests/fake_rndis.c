// SPDX-License-Identifier: GPL-2.0
/* RNDIS as a fake host's network adapter speaks it: its answers. */
#include <linux/minmax.h>
#include <linux/string.h>

#include "fake_net.h"

#define FAKE_RNDIS_NOT_SUPPORTED	0xc00000bb
#define FAKE_RNDIS_FAILURE		0xc0000001

/* The longest information of an answer. */
#define FAKE_INFO_BYTES	512

static u32 fake_info_u32(void *info, u32 value)
{
	*(__le32 *)info = cpu_to_le32(value);
	return sizeof(__le32);
}

static u32 fake_info_offloads(const struct fake_net *fn, void *info)
{
	struct ndis_offload *o = info;

	*o = (struct ndis_offload) {
		.hdr.type = NDIS_OBJECT_OFFLOAD,
		.hdr.revision = 3,
		.hdr.size = cpu_to_le16(sizeof(*o)),
		.csum4_tx = cpu_to_le32(NDIS_CSUM_TCP4 | NDIS_CSUM_UDP4),
		.csum6_tx = cpu_to_le32(NDIS_CSUM_TCP6 | NDIS_CSUM_UDP6),
		.lso4_encap = cpu_to_le32(NDIS_ENCAP_8023),
		.lso4_max = cpu_to_le32(62780),
		.lso6_encap = cpu_to_le32(NDIS_ENCAP_8023),
		.lso6_max = cpu_to_le32(62780),
		.lso6_opts = cpu_to_le32(NDIS_LSO_IPV6_OPTS),
		.rsc4 = 1,
		.rsc6 = 1,
	};
	if (fn->poor)
		memset(&o->hdr + 1, 0, sizeof(*o) - sizeof(o->hdr));
	return sizeof(*o);
}

static u32 fake_info_rss(const struct fake_net *fn, void *info)
{
	struct ndis_rss_caps *c = info;

	*c = (struct ndis_rss_caps) {
		.hdr.type = NDIS_OBJECT_RSS_CAPS,
		.hdr.revision = 2,
		.hdr.size = cpu_to_le16(NDIS_RSS_CAPS_BYTES),
		.queues = cpu_to_le32(fn->sub_channels + 1),
		.table_entries = cpu_to_le16(128),
	};
	return NDIS_RSS_CAPS_BYTES;
}

/* Information of an OID: its length, 0 if it is not supported. */
static u32 fake_info(const struct fake_net *fn, u32 oid, void *info)
{
	/* Hosts fill it up with zeros. */
	static const u8 name[FAKE_INFO_BYTES] = "F\0a\0k\0e";
	static const u8 addr[ETH_ALEN] = { 0x02, 0x15, 0x5d, 0, 0, 1 };

	u32 mtu = fn->mtu ? fn->mtu - ETH_HLEN : ETH_DATA_LEN;

	switch (oid) {
	case OID_GEN_MAX_FRAME_SIZE:
		return fake_info_u32(info, min_not_zero(mtu, fn->max_mtu));
	case OID_GEN_LINK_SPEED:
		return fake_info_u32(info, 100000000);
	case OID_GEN_MEDIA_CONNECT:
		return fake_info_u32(info, 0);
	case OID_802_3_PERMANENT_ADDRESS:
		memcpy(info, addr, sizeof(addr));
		return sizeof(addr);
	case OID_GEN_FRIENDLY_NAME:
		memcpy(info, name, sizeof(name));
		return sizeof(name);
	case OID_TCP_OFFLOAD_HW_CAPS:
		return fake_info_offloads(fn, info);
	case OID_GEN_RSS_CAPS:
		return fake_info_rss(fn, info);
	default:
		return 0;
	}
}

static void fake_rndis_init(struct fake_net *fn, __le32 id)
{
	struct {
		struct rndis_hdr hdr;
		struct rndis_init_complete c;
	} answer = {
		.hdr.type = cpu_to_le32(RNDIS_INIT | RNDIS_COMPLETE),
		.hdr.len = cpu_to_le32(sizeof(answer)),
		.c.id = id,
		.c.status = cpu_to_le32(fn->refuse == RNDIS_INIT ?
					FAKE_RNDIS_FAILURE : 0),
		.c.major = cpu_to_le32(1),
		.c.max_packets = cpu_to_le32(8),
		.c.max_transfer = cpu_to_le32(0x4000),
		.c.align_shift = cpu_to_le32(3),
	};

	fake_net_deliver(fn, FAKE_NET_RELID, &answer, sizeof(answer));
}

static void fake_rndis_query(struct fake_net *fn, const struct rndis_oid *ask)
{
	struct {
		struct rndis_hdr hdr;
		struct rndis_query_complete c;
		__le32 info[FAKE_INFO_BYTES / 4];
	} answer = {};
	u32 len = fn->refuse == RNDIS_QUERY ?
		0 : fake_info(fn, le32_to_cpu(ask->oid), answer.info);
	u32 total = offsetof(typeof(answer), info) + len;

	answer.hdr.type = cpu_to_le32(RNDIS_QUERY | RNDIS_COMPLETE);
	answer.hdr.len = cpu_to_le32(total);
	answer.c.id = ask->id;
	answer.c.status = cpu_to_le32(len ? 0 : FAKE_RNDIS_NOT_SUPPORTED);
	answer.c.info_len = cpu_to_le32(len);
	answer.c.info_offset = cpu_to_le32(sizeof(answer.c));
	fake_net_deliver(fn, FAKE_NET_RELID, &answer, total);
}

/* False if it is refused. */
static bool fake_take_rss(struct fake_net *fn, const struct ndis_rss_params *p)
{
	u32 table = le32_to_cpu(p->table_offset);

	if (++fn->rss == fn->rss_refuse)
		return false;
	fn->rss_on = !(le16_to_cpu(p->flags) & NDIS_RSS_DISABLE);
	if (fn->rss_on)
		WRITE_ONCE(fn->rss_entry,
			   le32_to_cpu(*(__le32 *)((u8 *)p + table)));
	return true;
}

static bool fake_take_offloads(struct fake_net *fn,
			       const struct ndis_offload_params *p)
{
	if (p->rsc4)
		fn->rsc = p->rsc4 == NDIS_PARAM_ON;
	return true;
}

/* Takes what is set. False if it is refused. */
static bool fake_take_set(struct fake_net *fn, u32 oid, const void *info)
{
	if (fn->refuse == RNDIS_SET)
		return false;
	switch (oid) {
	case OID_GEN_PACKET_FILTER:
		fn->filter = le32_to_cpu(*(const __le32 *)info);
		return true;
	case OID_GEN_RSS_PARAMS:
		return fake_take_rss(fn, info);
	case OID_TCP_OFFLOAD_PARAMS:
		return fake_take_offloads(fn, info);
	default:
		return true;
	}
}

static void fake_rndis_set(struct fake_net *fn, const struct rndis_oid *ask,
			   u32 room)
{
	struct {
		struct rndis_hdr hdr;
		struct rndis_set_complete c;
	} answer = {
		.hdr.type = cpu_to_le32(RNDIS_SET | RNDIS_COMPLETE),
		.hdr.len = cpu_to_le32(sizeof(answer)),
		.c.id = ask->id,
	};
	u32 offset = le32_to_cpu(ask->info_offset);

	if (offset < sizeof(*ask) || offset + le32_to_cpu(ask->info_len) > room)
		fn->h->faults++;
	else if (!fake_take_set(fn, le32_to_cpu(ask->oid),
				(const u8 *)ask + offset))
		answer.c.status = cpu_to_le32(FAKE_RNDIS_FAILURE);
	fake_net_deliver(fn, FAKE_NET_RELID, &answer, sizeof(answer));
}

/**
 * fake_rndis_control() - the guest sent a control message
 * @fn: adapter; caller holds its lock
 * @msg: message
 * @len: its length
 *
 * Context: process.
 */
void fake_rndis_control(struct fake_net *fn, const void *msg, u32 len)
{
	const struct rndis_hdr *hdr = msg;
	const struct rndis_oid *ask = (const void *)(hdr + 1);
	u32 type = le32_to_cpu(hdr->type);

	if (len < sizeof(*hdr) + sizeof(ask->id) || le32_to_cpu(hdr->len) != len) {
		fn->h->faults++;
		return;
	}
	if (type == fn->ignore)
		return;
	switch (type) {
	case RNDIS_INIT:
		fake_rndis_init(fn, ask->id);
		break;
	case RNDIS_QUERY:
		fake_rndis_query(fn, ask);
		break;
	case RNDIS_SET:
		fake_rndis_set(fn, ask, len - sizeof(*hdr));
		break;
	case RNDIS_HALT:
		fn->ends++;
		break;
	default:
		fn->h->faults++;
	}
}
