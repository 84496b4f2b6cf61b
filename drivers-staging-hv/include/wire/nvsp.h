/* SPDX-License-Identifier: GPL-2.0 */
/*
 * NVSP: what the synthetic network adapter and its host say to each other on a
 * VMBus channel. Ethernet frames and their control travel as RNDIS messages
 * (wire/rndis.h) that NVSP points at.
 *
 * All fields are little endian. A message is a 32-bit type and a body; the
 * guest sends every message at the full size of struct nvsp_msg, zero padded,
 * because hosts leave short requests unanswered.
 */
#ifndef _HV_WIRE_NVSP_H
#define _HV_WIRE_NVSP_H

#include <linux/bits.h>
#include <linux/build_bug.h>
#include <linux/stddef.h>
#include <linux/types.h>

/* A host with VMBus 4.0 or later has one of these; older ones are not used. */
#define NVSP_VERSION_5		0x50000
#define NVSP_VERSION_6		0x60000
#define NVSP_VERSION_6_1	0x60001

/* NDIS version that the guest claims, major << 16 | minor. */
#define NVSP_NDIS_6_30		0x0006001e

enum nvsp_type {
	NVSP_INIT			= 1,
	NVSP_INIT_COMPLETE		= 2,
	NVSP_NDIS_VERSION		= 100,
	NVSP_RECV_BUF			= 101,
	NVSP_RECV_BUF_COMPLETE		= 102,
	NVSP_REVOKE_RECV_BUF		= 103,
	NVSP_SEND_BUF			= 104,
	NVSP_SEND_BUF_COMPLETE		= 105,
	NVSP_REVOKE_SEND_BUF		= 106,
	NVSP_RNDIS			= 107,
	NVSP_RNDIS_COMPLETE		= 108,
	NVSP_NDIS_CONFIG		= 125,
	NVSP_VF_ASSOCIATION		= 128,
	NVSP_SWITCH_DATA_PATH		= 129,
	NVSP_SUBCHANNEL			= 133,
	NVSP_SEND_TABLE			= 134,
};

enum nvsp_status {
	NVSP_OK				= 1,
	NVSP_FAIL			= 2,
	NVSP_PROTOCOL_TOO_NEW		= 3,
	NVSP_PROTOCOL_TOO_OLD		= 4,
	NVSP_BAD_RNDIS			= 5,
	NVSP_BUSY			= 6,
	NVSP_PROTOCOL_UNSUPPORTED	= 7,
};

/* Identify the two shared buffers; xfer-page packets carry the first. */
#define NVSP_RECV_BUF_ID	0xcafe
#define NVSP_SEND_BUF_ID	0

#define NVSP_CHANNEL_DATA	0
#define NVSP_CHANNEL_CONTROL	1
#define NVSP_NO_SECTION		0xffffffff

#define NVSP_CAP_SRIOV		BIT(2)
#define NVSP_CAP_VLAN		BIT(3)
#define NVSP_CAP_TEAMING	BIT(5)
#define NVSP_CAP_RSC		BIT(7)

#define NVSP_SUBCHANNEL_ALLOCATE	1

#define NVSP_DATA_PATH_SYNTHETIC	0
#define NVSP_DATA_PATH_VF		1

/* Entries of the host's send table, and channels that a device can have. */
#define NVSP_SEND_TABLE_ENTRIES	16
#define NVSP_MAX_CHANNELS	64

/* Ranges that one xfer-page packet can have; the larger one with RSC. */
#define NVSP_MAX_RANGES		562

struct nvsp_init {
	__le32 min_version;
	__le32 max_version;
};

static_assert(sizeof(struct nvsp_init) == 8);

/* Whether the version was accepted is in @status alone. */
struct nvsp_init_complete {
	__le32 deprecated;	/* once the version; hosts send 0xffffffff */
	__le32 max_mdl_chain;
	__le32 status;
};

static_assert(sizeof(struct nvsp_init_complete) == 12);

struct nvsp_ndis_version {
	__le32 major;
	__le32 minor;
};

static_assert(sizeof(struct nvsp_ndis_version) == 8);

/* NVSP_RECV_BUF and NVSP_SEND_BUF. */
struct nvsp_share_buf {
	__le32 gpadl;
	__le16 id;
	__le16 reserved;
};

static_assert(sizeof(struct nvsp_share_buf) == 8);

struct nvsp_revoke_buf {
	__le16 id;
	__le16 reserved;
};

static_assert(sizeof(struct nvsp_revoke_buf) == 4);

/* How the host divides the receive buffer. */
struct nvsp_recv_section {
	__le32 offset;
	__le32 sub_alloc_size;
	__le32 sub_allocs;
	__le32 end_offset;
};

static_assert(sizeof(struct nvsp_recv_section) == 16);

struct nvsp_recv_buf_complete {
	__le32 status;
	__le32 sections;
	struct nvsp_recv_section section;
};

static_assert(sizeof(struct nvsp_recv_buf_complete) == 24);

struct nvsp_send_buf_complete {
	__le32 status;
	__le32 section_size;
};

static_assert(sizeof(struct nvsp_send_buf_complete) == 8);

struct nvsp_rndis {
	__le32 channel;
	__le32 section;
	__le32 section_len;
};

static_assert(sizeof(struct nvsp_rndis) == 12);

struct nvsp_rndis_complete {
	__le32 status;
};

static_assert(sizeof(struct nvsp_rndis_complete) == 4);

/* Not naturally aligned: the 64-bit field follows three 32-bit ones. */
struct nvsp_ndis_config {
	__le32 mtu;		/* of the frame, Ethernet header included */
	__le32 reserved;
	__le32 caps_lo;
	__le32 caps_hi;
};

static_assert(sizeof(struct nvsp_ndis_config) == 16);

struct nvsp_vf_association {
	__le32 allocated;
	__le32 serial;
};

static_assert(sizeof(struct nvsp_vf_association) == 8);

struct nvsp_switch_data_path {
	__le32 active;
};

static_assert(sizeof(struct nvsp_switch_data_path) == 4);

struct nvsp_subchannel {
	__le32 op;
	__le32 count;
};

static_assert(sizeof(struct nvsp_subchannel) == 8);

/* The answer to NVSP_SUBCHANNEL has that type too. */
struct nvsp_subchannel_complete {
	__le32 status;
	__le32 count;
};

static_assert(sizeof(struct nvsp_subchannel_complete) == 8);

struct nvsp_send_table {
	__le32 count;
	__le32 offset;		/* of the entries, from the message's start */
};

static_assert(sizeof(struct nvsp_send_table) == 8);

struct nvsp_msg {
	__le32 type;
	union {
		struct nvsp_init init;
		struct nvsp_init_complete init_complete;
		struct nvsp_ndis_version ndis_version;
		struct nvsp_share_buf share_buf;
		struct nvsp_revoke_buf revoke_buf;
		struct nvsp_recv_buf_complete recv_buf_complete;
		struct nvsp_send_buf_complete send_buf_complete;
		struct nvsp_rndis rndis;
		struct nvsp_rndis_complete rndis_complete;
		struct nvsp_ndis_config ndis_config;
		struct nvsp_vf_association vf;
		struct nvsp_switch_data_path data_path;
		struct nvsp_subchannel subchannel;
		struct nvsp_subchannel_complete subchannel_complete;
		struct nvsp_send_table send_table;
		u8 body[36];
	};
};

static_assert(sizeof(struct nvsp_msg) == 40);
static_assert(offsetof(struct nvsp_msg, body) == 4);

#endif /* _HV_WIRE_NVSP_H */
