/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Checks of what the host sends, on private copies. Nothing here touches a
 * device, a ring or shared memory, so KUnit runs all of it anywhere.
 */
#ifndef _NETVSC_PARSE_H
#define _NETVSC_PARSE_H

#include <linux/bitfield.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/if_ether.h>
#include <linux/if_vlan.h>
#include <linux/sizes.h>
#include <linux/types.h>
#include <asm/byteorder.h>
#include <vmb.h>
#include <wire/nvsp.h>
#include <wire/rndis.h>

/* Receive indirection tables are never longer, whatever the host reports. */
#define NETVSC_RSS_ENTRIES_MAX	256u
/* Hosts that segment take packets of this length at least. */
#define NETVSC_LSO_MIN		SZ_16K
/* Longest frame that the host may send in one message. */
#define NETVSC_FRAME_MAX		(65535u + 18)
/* Smallest receive section that makes sense; bounds their number. */
#define NETVSC_SECTION_RX_MIN	256u
/* Smallest send section: a header and a minimum frame. */
#define NETVSC_SECTION_TX_MIN	128u

#define NETVSC_RX_CSUM		BIT(0)
#define NETVSC_RX_HASH		BIT(1)
#define NETVSC_RX_VLAN		BIT(2)
#define NETVSC_RX_RSC		BIT(3)

/**
 * struct netvsc_rx_info - contents of a data message, checked
 * @data_offset: frame, from the start of the message
 * @data_len: length of the frame, within the message
 * @ppi_offset: per-packet information, from the start of the message
 * @ppi_len: its length, a multiple of 4; 0 if there is none
 * @flags: which of the following are present, NETVSC_RX_*
 * @rsc_flags: RNDIS_RSC_*
 * @vlan_tci: VLAN tag control information, host order
 * @csum: RNDIS_CSUM_RX_* bits
 * @hash: receive hash
 */
struct netvsc_rx_info {
	u32 data_offset;
	u32 data_len;
	u32 ppi_offset;
	u32 ppi_len;
	u8 flags;
	u8 rsc_flags;
	u16 vlan_tci;
	u32 csum;
	u32 hash;
};

/**
 * netvsc_rndis_parse_packet() - the fixed part of a data message
 * @h: its header
 * @len: bytes of the whole message that the host delivered
 * @info: result; flags are cleared
 *
 * Return: 0 or -EPROTO.
 */
static inline int netvsc_rndis_parse_packet(const struct rndis_data_hdr *h,
					    u32 len,
					    struct netvsc_rx_info *info)
{
	u32 msg_len, room, data, data_len, ppi, ppi_len;

	if (len < sizeof(*h))
		return -EPROTO;
	msg_len = le32_to_cpu(h->hdr.len);
	if (msg_len < sizeof(*h) || msg_len > len)
		return -EPROTO;
	room = msg_len - sizeof(struct rndis_hdr);

	data = le32_to_cpu(h->pkt.data_offset);
	data_len = le32_to_cpu(h->pkt.data_len);
	if (data < sizeof(struct rndis_packet) || data > room ||
	    data_len > room - data || !data_len || data_len > NETVSC_FRAME_MAX)
		return -EPROTO;

	ppi = le32_to_cpu(h->pkt.ppi_offset);
	ppi_len = le32_to_cpu(h->pkt.ppi_len);
	if (!ppi || !ppi_len) {
		ppi = 0;
		ppi_len = 0;
	} else if (ppi < sizeof(struct rndis_packet) || ppi > room ||
		   ppi_len > room - ppi || ppi_len % 4) {
		return -EPROTO;
	}
	info->data_offset = data + sizeof(struct rndis_hdr);
	info->data_len = data_len;
	info->ppi_offset = ppi + sizeof(struct rndis_hdr);
	info->ppi_len = ppi_len;
	info->flags = 0;
	info->rsc_flags = 0;
	return 0;
}

static inline u16 netvsc_vlan_tci(u32 v)
{
	return FIELD_GET(RNDIS_VLAN_ID, v) |
	       (v & RNDIS_VLAN_CFI ? VLAN_CFI_MASK : 0) |
	       FIELD_GET(RNDIS_VLAN_PRIO, v) << VLAN_PRIO_SHIFT;
}

/* One value; unknown ones are skipped. */
static inline void netvsc_ppi_value(u32 type, u32 v,
				    struct netvsc_rx_info *info)
{
	switch (type) {
	case RNDIS_PPI_CSUM:
		info->csum = v;
		info->flags |= NETVSC_RX_CSUM;
		break;
	case RNDIS_PPI_HASH_VALUE:
		info->hash = v;
		info->flags |= NETVSC_RX_HASH;
		break;
	case RNDIS_PPI_VLAN:
		info->vlan_tci = netvsc_vlan_tci(v);
		info->flags |= NETVSC_RX_VLAN;
		break;
	case RNDIS_PPI_RSC:
		/* struct rndis_rsc: version, flags, id */
		info->rsc_flags = v >> 8;
		if (info->rsc_flags & RNDIS_RSC_FRAGMENT)
			info->flags |= NETVSC_RX_RSC;
		break;
	}
}

int netvsc_rndis_parse_ppi_any(const __le32 *ppi, u32 len,
			       struct netvsc_rx_info *info);

/**
 * netvsc_rndis_parse_ppi() - the per-packet information of a data message
 * @ppi: all of it
 * @len: its length, a multiple of 4
 * @info: result; flags and values are added
 *
 * Return: 0 or -EPROTO.
 */
static inline int netvsc_rndis_parse_ppi(const __le32 *ppi, u32 len,
					 struct netvsc_rx_info *info)
{
	/* Nearly all have one word behind the header. */
	while (len >= sizeof(struct rndis_ppi_word) &&
	       ppi[0] == cpu_to_le32(sizeof(struct rndis_ppi_word)) &&
	       ppi[2] == cpu_to_le32(sizeof(struct rndis_ppi))) {
		netvsc_ppi_value(le32_to_cpu(ppi[1]), le32_to_cpu(ppi[3]),
				 info);
		ppi += sizeof(struct rndis_ppi_word) / 4;
		len -= sizeof(struct rndis_ppi_word);
	}
	return likely(!len) ? 0 : netvsc_rndis_parse_ppi_any(ppi, len, info);
}

/**
 * netvsc_rx_has_header() - does a data message have the header that it needs
 * @info: data message, its PPIs parsed
 *
 * Hosts split a coalesced frame where their sections end: what follows the
 * first fragment may be a single byte.
 *
 * Return: false if an Ethernet header is missing.
 */
static inline bool netvsc_rx_has_header(const struct netvsc_rx_info *info)
{
	return likely(info->data_len >= ETH_HLEN) ||
	       (info->flags & NETVSC_RX_RSC &&
		!(info->rsc_flags & RNDIS_RSC_FIRST));
}

/**
 * struct netvsc_recv_layout - how the host divides the receive buffer
 * @sections: number of sub-allocations
 * @section_size: size of each, bytes
 */
struct netvsc_recv_layout {
	u32 sections;
	u32 section_size;
};

/**
 * struct netvsc_rndis_caps - contents of the answer to RNDIS_INIT
 * @max_packets: packets that one message may carry, at least 1
 * @align: alignment between them, bytes, a power of two
 */
struct netvsc_rndis_caps {
	u32 max_packets;
	u32 align;
};

/**
 * struct netvsc_offloads - what the host can do for the guest
 * @tcp4: checksums TCP over IPv4, options included
 * @udp4: checksums UDP over IPv4
 * @tcp6: checksums TCP over IPv6, options and extension headers included
 * @udp6: checksums UDP over IPv6
 * @lso4_max: largest IPv4 packet that it segments, 0 if it does not
 * @lso6_max: largest IPv6 packet that it segments, 0 if it does not
 * @rsc: coalesces received segments, both IP versions
 */
struct netvsc_offloads {
	bool tcp4;
	bool udp4;
	bool tcp6;
	bool udp6;
	u32 lso4_max;
	u32 lso6_max;
	bool rsc;
};

u32 netvsc_nvsp_min_len(u32 type);
int netvsc_nvsp_parse_init(const struct nvsp_msg *m, u32 len);
int netvsc_nvsp_parse_recv_buf(const struct nvsp_msg *m, u32 len, u32 buf_bytes,
			       struct netvsc_recv_layout *layout);
int netvsc_nvsp_parse_send_buf(const struct nvsp_msg *m, u32 len, u32 buf_bytes,
			       u32 *section_size);
int netvsc_nvsp_parse_send_table(const struct nvsp_msg *m, u32 len, u32 version,
				 u16 *table);
bool netvsc_xfer_ok(const struct vmb_xfer *x, u32 desc_len);

int netvsc_rndis_parse_init(const void *msg, u32 len,
			    struct netvsc_rndis_caps *caps);
int netvsc_rndis_parse_query(const void *msg, u32 len, void *out, u32 out_len);
int netvsc_rndis_parse_set(const void *msg, u32 len);
int netvsc_rndis_parse_indicate(const struct rndis_indicate_msg *m, u32 len,
				u32 *status, u32 *info_len);
int netvsc_ndis_parse_offloads(const struct ndis_offload *o, u32 len,
			       struct netvsc_offloads *caps);
int netvsc_ndis_parse_rss(const struct ndis_rss_caps *c, u32 len, u32 *queues,
			  u32 *entries);

#endif /* _NETVSC_PARSE_H */
