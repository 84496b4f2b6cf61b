/* SPDX-License-Identifier: GPL-2.0 */
/*
 * RNDIS as the synthetic network adapter uses it, and the NDIS objects that
 * its OIDs carry.
 *
 * All fields are little endian. Offsets inside a message count from the byte
 * after the 8-byte message header.
 */
#ifndef _HV_WIRE_RNDIS_H
#define _HV_WIRE_RNDIS_H

#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/stddef.h>
#include <linux/types.h>

enum rndis_type {
	RNDIS_PACKET		= 1,
	RNDIS_INIT		= 2,
	RNDIS_HALT		= 3,
	RNDIS_QUERY		= 4,
	RNDIS_SET		= 5,
	RNDIS_INDICATE		= 7,
};

#define RNDIS_COMPLETE		0x80000000	/* type bit of an answer */

/* struct rndis_hdr: in front of every message. */
struct rndis_hdr {
	__le32 type;
	__le32 len;		/* of the whole message */
};

static_assert(sizeof(struct rndis_hdr) == 8);

struct rndis_init {
	__le32 id;
	__le32 major;
	__le32 minor;
	__le32 max_transfer;
};

static_assert(sizeof(struct rndis_init) == 16);

struct rndis_init_complete {
	__le32 id;
	__le32 status;
	__le32 major;
	__le32 minor;
	__le32 device_flags;
	__le32 medium;
	__le32 max_packets;
	__le32 max_transfer;
	__le32 align_shift;
	__le32 af_offset;
	__le32 af_size;
};

static_assert(sizeof(struct rndis_init_complete) == 44);

/* RNDIS_QUERY and RNDIS_SET. */
struct rndis_oid {
	__le32 id;
	__le32 oid;
	__le32 info_len;
	__le32 info_offset;
	__le32 vc;
};

static_assert(sizeof(struct rndis_oid) == 20);

struct rndis_query_complete {
	__le32 id;
	__le32 status;
	__le32 info_len;
	__le32 info_offset;
};

static_assert(sizeof(struct rndis_query_complete) == 16);

struct rndis_set_complete {
	__le32 id;
	__le32 status;
};

static_assert(sizeof(struct rndis_set_complete) == 8);

struct rndis_indicate {
	__le32 status;
	__le32 info_len;
	__le32 info_offset;
};

static_assert(sizeof(struct rndis_indicate) == 12);

/* An indication up to its status buffer. */
struct rndis_indicate_msg {
	struct rndis_hdr hdr;
	struct rndis_indicate body;
};

static_assert(sizeof(struct rndis_indicate_msg) == 20);

#define RNDIS_STATUS_OK			0
#define RNDIS_STATUS_MEDIA_CONNECT	0x4001000b
#define RNDIS_STATUS_MEDIA_DISCONNECT	0x4001000c
#define RNDIS_STATUS_SPEED_CHANGE	0x40010013
#define RNDIS_STATUS_NETWORK_CHANGE	0x40010018

struct rndis_packet {
	__le32 data_offset;
	__le32 data_len;
	__le32 oob_offset;
	__le32 oob_len;
	__le32 oob_count;
	__le32 ppi_offset;
	__le32 ppi_len;
	__le32 vc;
	__le32 reserved;
};

static_assert(sizeof(struct rndis_packet) == 36);

/* A data message's fixed part. */
struct rndis_data_hdr {
	struct rndis_hdr hdr;
	struct rndis_packet pkt;
};

static_assert(sizeof(struct rndis_data_hdr) == 44);

/* Per-packet information: a header, then the value at @offset. */
struct rndis_ppi {
	__le32 size;
	__le32 type;
	__le32 offset;
};

static_assert(sizeof(struct rndis_ppi) == 12);

#define RNDIS_PPI_CSUM		0
#define RNDIS_PPI_LSO		2
#define RNDIS_PPI_VLAN		6
#define RNDIS_PPI_HASH_VALUE	8
#define RNDIS_PPI_INTERNAL	BIT(31)
#define RNDIS_PPI_RSC		(RNDIS_PPI_INTERNAL | 1)

/* A PPI whose value is one 32-bit word: all that the guest sends. */
struct rndis_ppi_word {
	struct rndis_ppi ppi;
	__le32 value;
};

static_assert(sizeof(struct rndis_ppi_word) == 16);

#define RNDIS_CSUM_TX_IPV4	BIT(0)
#define RNDIS_CSUM_TX_IPV6	BIT(1)
#define RNDIS_CSUM_TX_TCP	BIT(2)
#define RNDIS_CSUM_TX_UDP	BIT(3)
#define RNDIS_CSUM_TX_HDR_OFF	GENMASK(25, 16)

#define RNDIS_CSUM_RX_TCP_BAD	BIT(0)
#define RNDIS_CSUM_RX_UDP_BAD	BIT(1)
#define RNDIS_CSUM_RX_IP_BAD	BIT(2)
#define RNDIS_CSUM_RX_TCP_OK	BIT(3)
#define RNDIS_CSUM_RX_UDP_OK	BIT(4)
#define RNDIS_CSUM_RX_IP_OK	BIT(5)
#define RNDIS_CSUM_RX_TCP_BLANK	BIT(7)	/* checksum field is not valid */
#define RNDIS_CSUM_RX_IP_BLANK	BIT(8)

#define RNDIS_LSO_MSS		GENMASK(19, 0)
#define RNDIS_LSO_HDR_OFF	GENMASK(29, 20)
#define RNDIS_LSO_V2		BIT(30)
#define RNDIS_LSO_IPV6		BIT(31)

#define RNDIS_VLAN_PRIO		GENMASK(2, 0)
#define RNDIS_VLAN_CFI		BIT(3)
#define RNDIS_VLAN_ID		GENMASK(15, 4)

struct rndis_rsc {
	u8 version;
	u8 flags;
	__le16 id;
};

static_assert(sizeof(struct rndis_rsc) == 4);

#define RNDIS_RSC_FRAGMENT	BIT(0)
#define RNDIS_RSC_FIRST		BIT(1)
#define RNDIS_RSC_LAST		BIT(2)

#define OID_GEN_MAX_FRAME_SIZE		0x00010106
#define OID_GEN_LINK_SPEED		0x00010107	/* 100 bit/s */
#define OID_GEN_PACKET_FILTER		0x0001010e
#define OID_GEN_MEDIA_CONNECT		0x00010114
#define OID_GEN_RSS_CAPS		0x00010203
#define OID_GEN_RSS_PARAMS		0x00010204
#define OID_GEN_FRIENDLY_NAME		0x00020216
#define OID_GEN_CONFIG_PARAMETER	0x0001021b
#define OID_802_3_PERMANENT_ADDRESS	0x01010101
#define OID_TCP_OFFLOAD_PARAMS		0xfc01020c
#define OID_TCP_OFFLOAD_HW_CAPS		0xfc01020d

#define RNDIS_FILTER_DIRECTED		BIT(0)
#define RNDIS_FILTER_MULTICAST		BIT(1)
#define RNDIS_FILTER_ALL_MULTICAST	BIT(2)
#define RNDIS_FILTER_BROADCAST		BIT(3)
#define RNDIS_FILTER_PROMISCUOUS	BIT(5)

struct ndis_object {
	u8 type;
	u8 revision;
	__le16 size;
};

static_assert(sizeof(struct ndis_object) == 4);

#define NDIS_OBJECT_DEFAULT		0x80
#define NDIS_OBJECT_RSS_CAPS		0x88
#define NDIS_OBJECT_RSS_PARAMS		0x89
#define NDIS_OBJECT_OFFLOAD		0xa7

struct ndis_rss_caps {
	struct ndis_object hdr;
	__le32 flags;
	__le32 messages;
	__le32 queues;
	__le16 table_entries;
	__le16 reserved;
};

/* 18 bytes in the host's eyes; the last field is padding. */
#define NDIS_RSS_CAPS_BYTES		18
static_assert(offsetof(struct ndis_rss_caps, reserved) == NDIS_RSS_CAPS_BYTES);

struct ndis_rss_params {
	struct ndis_object hdr;
	__le16 flags;
	__le16 base_cpu;
	__le32 hash_info;
	__le16 table_bytes;
	__le16 reserved1;
	__le32 table_offset;
	__le16 key_bytes;
	__le16 reserved2;
	__le32 key_offset;
	__le32 cpu_masks_offset;
	__le32 cpu_masks;
	__le32 cpu_mask_bytes;
};

static_assert(sizeof(struct ndis_rss_params) == 40);

#define NDIS_RSS_DISABLE		BIT(4)
#define NDIS_HASH_TOEPLITZ		BIT(0)
#define NDIS_HASH_IPV4			BIT(8)
#define NDIS_HASH_TCP_IPV4		BIT(9)
#define NDIS_HASH_IPV6			BIT(10)
#define NDIS_HASH_TCP_IPV6		BIT(12)
#define NDIS_RSS_KEY_BYTES		40

#define NDIS_ENCAP_8023			BIT(1)
#define NDIS_CSUM_TCP4			(BIT(4) | BIT(2))
#define NDIS_CSUM_UDP4			BIT(6)
#define NDIS_CSUM_TCP6			(BIT(4) | BIT(2) | BIT(0))
#define NDIS_CSUM_UDP6			BIT(6)
#define NDIS_LSO_IPV6_OPTS		(BIT(0) | BIT(2))

/* Revision 3, as NDIS 6.30 has it. */
struct ndis_offload {
	struct ndis_object hdr;
	/* checksum */
	__le32 csum4_tx_encap;
	__le32 csum4_tx;
	__le32 csum4_rx_encap;
	__le32 csum4_rx;
	__le32 csum6_tx_encap;
	__le32 csum6_tx;
	__le32 csum6_rx_encap;
	__le32 csum6_rx;
	/* large send v1, IPsec v1: not used */
	__le32 lso1[4];
	__le32 ipsec1[7];
	/* large send v2 */
	__le32 lso4_encap;
	__le32 lso4_max;
	__le32 lso4_min_segs;
	__le32 lso6_encap;
	__le32 lso6_max;
	__le32 lso6_min_segs;
	__le32 lso6_opts;
	__le32 flags;
	/* IPsec v2: not used */
	__le32 ipsec2_encap;
	u8 ipsec2_opts[12];
	__le32 ipsec2[4];
	u8 rsc4;
	u8 rsc6;
	u8 reserved[2];
	__le32 encap_flags;
	__le32 encap_max_hdr;
};

static_assert(sizeof(struct ndis_offload) == 156);
static_assert(offsetof(struct ndis_offload, lso4_encap) == 80);
static_assert(offsetof(struct ndis_offload, rsc4) == 144);

#define NDIS_OFFLOAD_REVISION		3

struct ndis_offload_params {
	struct ndis_object hdr;
	u8 ip4_csum;
	u8 tcp4_csum;
	u8 udp4_csum;
	u8 tcp6_csum;
	u8 udp6_csum;
	u8 lso1;
	u8 ipsec1;
	u8 lso4;
	u8 lso6;
	u8 tcp4_conn;
	u8 tcp6_conn;
	u8 reserved;
	__le32 flags;
	u8 ipsec2;
	u8 ipsec2_v4;
	u8 rsc4;
	u8 rsc6;
	u8 encap_offload;
	u8 encap_types;
	u8 reserved2[2];
};

static_assert(sizeof(struct ndis_offload_params) == 28);
static_assert(offsetof(struct ndis_offload_params, rsc4) == 22);

/* Values of the parameters; 0 leaves one as it is. */
#define NDIS_PARAM_OFF			1
#define NDIS_PARAM_ON			2	/* large send, RSC */
#define NDIS_PARAM_CSUM_TX_RX		4

/* OID_GEN_CONFIG_PARAMETER: name and value, UTF-16. */
struct rndis_config_param {
	__le32 name_offset;
	__le32 name_len;
	__le32 type;
	__le32 value_offset;
	__le32 value_len;
};

static_assert(sizeof(struct rndis_config_param) == 20);

#define RNDIS_CONFIG_STRING		2

#endif /* _HV_WIRE_RNDIS_H */
