/* SPDX-License-Identifier: GPL-2.0 */
/*
 * VMBus wire format: control messages, ring headers, packet headers, monitor
 * pages. All fields are little endian. Sources: the Hypervisor Top Level
 * Functional Specification, Documentation/virt/hyperv/vmbus.rst, and what
 * hosts send.
 */
#ifndef _HV_WIRE_VMBUS_H
#define _HV_WIRE_VMBUS_H

#include <linux/build_bug.h>
#include <linux/stddef.h>
#include <linux/types.h>
#include <linux/uuid.h>

/* Protocol versions, major << 16 | minor. */
#define VMBW_V4_0		0x00040000
#define VMBW_V4_1		0x00040001
#define VMBW_V5_0		0x00050000
#define VMBW_V5_1		0x00050001
#define VMBW_V5_2		0x00050002
#define VMBW_V5_3		0x00050003
#define VMBW_V6_0		0x00060000

/* Device classes. */
#define VMBW_CLASS_IDE \
	GUID_INIT(0x32412632, 0x86cb, 0x44a2, \
		  0x9b, 0x5c, 0x50, 0xd1, 0x41, 0x73, 0x54, 0xf5)
#define VMBW_CLASS_SCSI \
	GUID_INIT(0xba6163d9, 0x04a1, 0x4d29, \
		  0xb6, 0x05, 0x72, 0xe2, 0xff, 0xb1, 0xdc, 0x7f)
#define VMBW_CLASS_FC \
	GUID_INIT(0x2f9bcc4a, 0x0069, 0x4af3, \
		  0xb7, 0x6b, 0x6f, 0xd0, 0xbe, 0x52, 0x8c, 0xda)
#define VMBW_CLASS_NET \
	GUID_INIT(0xf8615163, 0xdf3e, 0x46c5, \
		  0x91, 0x3f, 0xf2, 0xd2, 0xf9, 0x65, 0xed, 0x0e)
#define VMBW_CLASS_RDMA \
	GUID_INIT(0x8c2eaf3d, 0x32a7, 0x4b09, \
		  0xab, 0x99, 0xbd, 0x1f, 0x1c, 0x86, 0xb5, 0x01)
#define VMBW_CLASS_PCI \
	GUID_INIT(0x44c4f61d, 0x4444, 0x4400, \
		  0x9d, 0x52, 0x80, 0x2e, 0x27, 0xed, 0xe1, 0x9f)
#define VMBW_CLASS_VIDEO \
	GUID_INIT(0xda0a7802, 0xe377, 0x4aac, \
		  0x8e, 0x77, 0x05, 0x58, 0xeb, 0x10, 0x73, 0xf8)
#define VMBW_CLASS_KEYBOARD \
	GUID_INIT(0xf912ad6d, 0x2b17, 0x48ea, \
		  0xbd, 0x65, 0xf9, 0x27, 0xa6, 0x1c, 0x76, 0x84)
#define VMBW_CLASS_MOUSE \
	GUID_INIT(0xcfa8b69e, 0x5b4a, 0x4cc0, \
		  0xb9, 0x8b, 0x8b, 0xa1, 0xa1, 0xf3, 0xf9, 0x5a)
#define VMBW_CLASS_KVP \
	GUID_INIT(0xa9a0f4e7, 0x5a45, 0x4d96, \
		  0xb8, 0x27, 0x8a, 0x84, 0x1e, 0x8c, 0x03, 0xe6)
#define VMBW_CLASS_TIMESYNC \
	GUID_INIT(0x9527e630, 0xd0ae, 0x497b, \
		  0xad, 0xce, 0xe8, 0x0a, 0xb0, 0x17, 0x5c, 0xaf)
#define VMBW_CLASS_HEARTBEAT \
	GUID_INIT(0x57164f39, 0x9115, 0x4e78, \
		  0xab, 0x55, 0x38, 0x2f, 0x3b, 0xd5, 0x42, 0x2d)
#define VMBW_CLASS_SHUTDOWN \
	GUID_INIT(0x0e0b6031, 0x5213, 0x4934, \
		  0x81, 0x8b, 0x38, 0xd9, 0x0c, 0xed, 0x39, 0xdb)
#define VMBW_CLASS_FCOPY \
	GUID_INIT(0x34d14be3, 0xdee4, 0x41c8, \
		  0x9a, 0xe7, 0x6b, 0x17, 0x49, 0x77, 0xc1, 0x92)
#define VMBW_CLASS_BACKUP \
	GUID_INIT(0x35fa2e29, 0xea23, 0x4236, \
		  0x96, 0xae, 0x3a, 0x6e, 0xba, 0xcb, 0xa4, 0x40)
#define VMBW_CLASS_BALLOON \
	GUID_INIT(0x525074dc, 0x8985, 0x46e2, \
		  0x80, 0x57, 0xa3, 0x07, 0xdc, 0x18, 0xa5, 0x02)

/* Connection ids that messages are posted to. */
#define VMBW_CONN_V4		1
#define VMBW_CONN_V5		4

/* Hypervisor message type of every VMBus message. */
#define VMBW_HV_MESSAGE		1

/* The longest message the hypervisor carries. */
#define VMBW_MSG_MAX		240

/* Channel numbers are below this; 0 is no channel. */
#define VMBW_RELIDS		2048
/* Monitor bits: four groups of 32. */
#define VMBW_MONITORS		128

enum vmbw_msg_type {
	VMBW_OFFER		= 1,
	VMBW_RESCIND		= 2,
	VMBW_REQUEST_OFFERS	= 3,
	VMBW_OFFERS_DELIVERED	= 4,
	VMBW_OPEN		= 5,
	VMBW_OPEN_RESULT	= 6,
	VMBW_CLOSE		= 7,
	VMBW_GPADL_HEADER	= 8,
	VMBW_GPADL_BODY		= 9,
	VMBW_GPADL_CREATED	= 10,
	VMBW_GPADL_TEARDOWN	= 11,
	VMBW_GPADL_TORNDOWN	= 12,
	VMBW_RELID_RELEASED	= 13,
	VMBW_INITIATE_CONTACT	= 14,
	VMBW_VERSION_RESPONSE	= 15,
	VMBW_UNLOAD		= 16,
	VMBW_UNLOAD_RESPONSE	= 17,
	VMBW_TL_CONNECT		= 21,
	VMBW_MODIFY_CHANNEL	= 22,
	VMBW_TL_RESULT		= 23,
	VMBW_MODIFY_RESPONSE	= 24,
	VMBW_MSG_TYPES		= 30,
};

struct vmbw_msg {
	__le32 type;
	__le32 pad;
};

static_assert(sizeof(struct vmbw_msg) == 8);

/* In vmbw_offer.flags: a pipe; its class is a service and not a device. */
#define VMBW_OFFER_PIPE		0x2000
/* In vmbw_offer.monitor_flags. */
#define VMBW_OFFER_MONITORED	0x01

struct vmbw_offer {
	struct vmbw_msg hdr;
	guid_t class_id;
	guid_t instance_id;
	__le32 reserved[4];
	__le16 flags;
	__le16 mmio_mb;
	u8 user_data[120];
	__le16 sub_index;
	__le16 reserved2;
	__le32 relid;
	u8 monitor_id;
	u8 monitor_flags;
	__le16 dedicated_flags;
	__le32 connection_id;
};

static_assert(sizeof(struct vmbw_offer) == 196);
static_assert(offsetof(struct vmbw_offer, relid) == 184);

/* RESCIND, RELID_RELEASED, CLOSE: a channel. GPADL_TORNDOWN: a GPADL. */
struct vmbw_u32 {
	struct vmbw_msg hdr;
	__le32 value;
};

static_assert(sizeof(struct vmbw_u32) == 12);

struct vmbw_open {
	struct vmbw_msg hdr;
	__le32 relid;
	__le32 open_id;
	__le32 gpadl;
	__le32 target_vp;
	__le32 inbound_page;
	u8 user_data[120];
};

static_assert(sizeof(struct vmbw_open) == 148);

/* OPEN_RESULT (id is the open id), GPADL_CREATED (id is the GPADL). */
struct vmbw_result {
	struct vmbw_msg hdr;
	__le32 relid;
	__le32 id;
	__le32 status;
};

static_assert(sizeof(struct vmbw_result) == 20);

#define VMBW_HEADER_PFNS	26
#define VMBW_BODY_PFNS		28
/* The length of a GPADL's range list is a 16-bit number of bytes. */
#define VMBW_GPADL_MAX_PFNS	8190

struct vmbw_gpadl_header {
	struct vmbw_msg hdr;
	__le32 relid;
	__le32 gpadl;
	__le16 range_bytes;
	__le16 ranges;
	__le32 byte_count;
	__le32 byte_offset;
	__le64 pfn[VMBW_HEADER_PFNS];
} __packed;	/* the PFNs start at 28 */

static_assert(offsetof(struct vmbw_gpadl_header, pfn) == 28);
static_assert(sizeof(struct vmbw_gpadl_header) <= VMBW_MSG_MAX);

struct vmbw_gpadl_body {
	struct vmbw_msg hdr;
	__le32 number;
	__le32 gpadl;
	__le64 pfn[VMBW_BODY_PFNS];
};

static_assert(offsetof(struct vmbw_gpadl_body, pfn) == 16);
static_assert(sizeof(struct vmbw_gpadl_body) == VMBW_MSG_MAX);

struct vmbw_gpadl_teardown {
	struct vmbw_msg hdr;
	__le32 relid;
	__le32 gpadl;
};

static_assert(sizeof(struct vmbw_gpadl_teardown) == 16);

struct vmbw_initiate_contact {
	struct vmbw_msg hdr;
	__le32 version;
	__le32 target_vp;
	/* Below 5.0: GPA of the interrupt page; else SINT, and feature flags. */
	__le64 target_info;
	__le64 monitor_gpa[2];	/* host to guest, guest to host */
};

static_assert(sizeof(struct vmbw_initiate_contact) == 40);

struct vmbw_version_response {
	struct vmbw_msg hdr;
	u8 supported;
	u8 state;
	__le16 pad;
	__le32 connection_id;	/* from 5.0 */
};

static_assert(sizeof(struct vmbw_version_response) == 16);
/* From 6.0 on feature flags follow: none, as none are requested. */
/* Below 5.0 the message may end after the state. */
#define VMBW_VERSION_RESPONSE_MIN_V4	10

/* TL_CONNECT: the guest wants a connection, to be offered as a pipe. */
struct vmbw_tl_connect {
	struct vmbw_msg hdr;
	guid_t guest_id;
	guid_t host_id;
};

static_assert(sizeof(struct vmbw_tl_connect) == 40);

/* TL_RESULT, from 5.0: the host refuses. */
struct vmbw_tl_result {
	struct vmbw_msg hdr;
	guid_t guest_id;
	guid_t host_id;
	__le32 status;
};

static_assert(sizeof(struct vmbw_tl_result) == 44);

/* MODIFY_CHANNEL (value is the target VP), MODIFY_RESPONSE (the status). */
struct vmbw_modify {
	struct vmbw_msg hdr;
	__le32 relid;
	__le32 value;
};

static_assert(sizeof(struct vmbw_modify) == 16);

/* First page of a ring; the data follows. */
struct vmbw_ring {
	__le32 write_index;
	__le32 read_index;
	__le32 interrupt_mask;
	__le32 pending_send_sz;
	__le32 reserved[12];
	__le32 feature_bits;
};

static_assert(offsetof(struct vmbw_ring, feature_bits) == 0x40);

#define VMBW_RING_PENDING_SEND_SZ	0x1

/* Lengths in 8-byte units; the trailer is not part of @len8. */
struct vmbw_packet {
	__le16 type;
	__le16 offset8;
	__le16 len8;
	__le16 flags;
	__le64 id;
};

static_assert(sizeof(struct vmbw_packet) == 16);

/* After each packet: where it started, in the upper half. */
#define VMBW_TRAILER		8

struct vmbw_monitor_group {
	__le32 pending;
	__le32 armed;
};

struct vmbw_monitor_page {
	__le32 trigger_state;
	__le32 reserved;
	struct vmbw_monitor_group group[4];
	u8 reserved2[0x40 - 0x28];
	__le32 next_check[4][32];
	__le16 latency[4][32];
	u8 reserved3[0x440 - 0x340];
	__le64 parameter[4][32];
	u8 reserved4[0x1000 - 0x840];
};

static_assert(offsetof(struct vmbw_monitor_page, latency) == 0x240);
static_assert(offsetof(struct vmbw_monitor_page, parameter) == 0x440);
static_assert(sizeof(struct vmbw_monitor_page) == 4096);

#endif /* _HV_WIRE_VMBUS_H */
