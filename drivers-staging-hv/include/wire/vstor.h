/* SPDX-License-Identifier: GPL-2.0 */
/*
 * VSTOR: what a storage client and a Hyper-V host say to each other.
 *
 * All fields are little-endian except inside CDBs and sense data, which SCSI
 * defines to be big-endian. A packet is a 12-byte header and a union.
 */
#ifndef _HV_WIRE_VSTOR_H
#define _HV_WIRE_VSTOR_H

#include <linux/build_bug.h>
#include <linux/types.h>
#include <linux/uuid.h>

/* Versions: major << 8 | minor. */
#define VSTORW_V6_0	0x0600
#define VSTORW_V6_2	0x0602

/* Operations. */
#define VSTORW_OP_COMPLETE_IO		1
#define VSTORW_OP_REMOVE_DEVICE		2
#define VSTORW_OP_EXECUTE_SRB		3
#define VSTORW_OP_RESET_LUN		4
#define VSTORW_OP_RESET_ADAPTER		5
#define VSTORW_OP_RESET_BUS		6
#define VSTORW_OP_BEGIN_INIT		7
#define VSTORW_OP_END_INIT		8
#define VSTORW_OP_QUERY_VERSION		9
#define VSTORW_OP_QUERY_PROPERTIES	10
#define VSTORW_OP_ENUMERATE_BUS		11
#define VSTORW_OP_CREATE_SUB_CHANNELS	13

/* vstorw_packet.flags */
#define VSTORW_FLAG_COMPLETION		0x1

/* vstorw_properties.flags */
#define VSTORW_PROP_MULTI_CHANNEL	0x1

/* vstorw_srb.data_in */
#define VSTORW_DATA_OUT			0
#define VSTORW_DATA_IN			1
#define VSTORW_DATA_NONE			2

/* vstorw_srb.srb_flags */
#define VSTORW_SRB_QUEUE_ACTION		0x00000002
#define VSTORW_SRB_DISABLE_SYNCH		0x00000008
#define VSTORW_SRB_DATA_IN		0x00000040
#define VSTORW_SRB_DATA_OUT		0x00000080
#define VSTORW_SRB_NO_QUEUE_FREEZE	0x00000100

#define VSTORW_QUEUE_SIMPLE		0x20
#define VSTORW_UNTAGGED			0xff

/* vstorw_srb.srb_status: six bits of status, two of flags. */
#define VSTORW_SRB_STATUS_MASK		0x3f
#define VSTORW_SRB_FROZEN		0x40
#define VSTORW_SRB_AUTOSENSE		0x80
#define VSTORW_SRB_SUCCESS		0x01
#define VSTORW_SRB_ABORTED		0x02
#define VSTORW_SRB_ERROR			0x04
#define VSTORW_SRB_BUSY			0x05
#define VSTORW_SRB_INVALID_REQUEST	0x06
#define VSTORW_SRB_NO_DEVICE		0x08
#define VSTORW_SRB_TIMEOUT		0x09
#define VSTORW_SRB_SELECTION_TIMEOUT	0x0a
#define VSTORW_SRB_BUS_RESET		0x0e
#define VSTORW_SRB_OVERRUN		0x12
#define VSTORW_SRB_INVALID_LUN		0x20
#define VSTORW_SRB_INTERNAL_ERROR	0x30

#define VSTORW_CDB_BYTES		16
#define VSTORW_SENSE_BYTES	20

/**
 * struct vstorw_addr - the four address bytes of an SRB
 * @port: adapter number; the host ignores it
 * @path: SCSI bus
 * @target: SCSI target
 * @lun: SCSI LUN
 */
struct vstorw_addr {
	u8 port;
	u8 path;
	u8 target;
	u8 lun;
};

static_assert(sizeof(struct vstorw_addr) == 4);

/**
 * struct vstorw_srb - a SCSI request block and its answer
 * @length: bytes of this structure
 * @srb_status: answer: port driver's status
 * @scsi_status: answer: SAM status byte
 * @addr: which LUN
 * @cdb_len: bytes of @cdb in use
 * @sense_len: room for sense data; answer: bytes of @sense in use
 * @data_in: VSTORW_DATA_*
 * @reserved: zero
 * @xfer_len: bytes to transfer; answer: bytes transferred
 * @cdb: command
 * @sense: answer: autosense data
 * @reserved2: zero
 * @queue_tag: VSTORW_UNTAGGED
 * @queue_action: VSTORW_QUEUE_SIMPLE
 * @srb_flags: VSTORW_SRB_* flags
 * @timeout: seconds
 * @sort_key: zero
 */
struct vstorw_srb {
	__le16 length;
	u8 srb_status;
	u8 scsi_status;
	struct vstorw_addr addr;
	u8 cdb_len;
	u8 sense_len;
	u8 data_in;
	u8 reserved;
	__le32 xfer_len;
	union {
		u8 cdb[VSTORW_CDB_BYTES];
		u8 sense[VSTORW_SENSE_BYTES];
	};
	__le16 reserved2;
	u8 queue_tag;
	u8 queue_action;
	__le32 srb_flags;
	__le32 timeout;
	__le32 sort_key;
};

static_assert(sizeof(struct vstorw_srb) == 0x34);
static_assert(offsetof(struct vstorw_srb, xfer_len) == 12);
static_assert(offsetof(struct vstorw_srb, cdb) == 16);
static_assert(offsetof(struct vstorw_srb, queue_action) == 39);

/**
 * struct vstorw_properties - answer to VSTORW_OP_QUERY_PROPERTIES
 * @reserved: ignored
 * @max_sub_channels: sub-channels that the host allows
 * @reserved2: ignored
 * @flags: VSTORW_PROP_*
 * @max_transfer: bytes in one SRB
 * @reserved3: ignored
 */
struct vstorw_properties {
	__le32 reserved;
	__le16 max_sub_channels;
	__le16 reserved2;
	__le32 flags;
	__le32 max_transfer;
	__le32 reserved3[2];
};

static_assert(sizeof(struct vstorw_properties) == 24);

/**
 * struct vstorw_version - VSTORW_OP_QUERY_VERSION
 * @version: VSTORW_V*
 * @revision: zero
 */
struct vstorw_version {
	__le16 version;
	__le16 revision;
};

static_assert(sizeof(struct vstorw_version) == 4);

/**
 * struct vstorw_packet - any VSTOR message
 * @op: VSTORW_OP_*
 * @flags: VSTORW_FLAG_*
 * @status: answer: NTSTATUS
 * @srb: for VSTORW_OP_EXECUTE_SRB and the resets
 * @properties: for VSTORW_OP_QUERY_PROPERTIES
 * @version: for VSTORW_OP_QUERY_VERSION
 * @sub_channels: for VSTORW_OP_CREATE_SUB_CHANNELS: how many
 */
struct vstorw_packet {
	__le32 op;
	__le32 flags;
	__le32 status;
	union {
		struct vstorw_srb srb;
		struct vstorw_properties properties;
		struct vstorw_version version;
		__le16 sub_channels;
	};
};

#define VSTORW_HEADER_BYTES	12

static_assert(sizeof(struct vstorw_packet) == 64);
static_assert(offsetof(struct vstorw_packet, srb) == VSTORW_HEADER_BYTES);

/* NTSTATUS: the two top bits are the severity, 3 is "error". */
#define VSTORW_NT_ERROR(status)	((status) >> 30 == 3)

/**
 * struct vstorw_ide_offer - user-defined bytes in an IDE-class disk's offer
 * @reserved: ignored
 * @path: 0 primary, 1 secondary controller
 * @target: 0 master, 1 slave
 * @reserved2: ignored
 * @flags: VSTORW_OFFER_IDE
 * @reserved3: ignored
 */
struct vstorw_ide_offer {
	__le16 reserved;
	u8 path;
	u8 target;
	__le32 reserved2;
	__le32 flags;
	__le32 reserved3[3];
};

static_assert(sizeof(struct vstorw_ide_offer) == 24);

#define VSTORW_OFFER_IDE		0x2

#define VSTORW_CLASS_SCSI \
	GUID_INIT(0xba6163d9, 0x04a1, 0x4d29, \
		  0xb6, 0x05, 0x72, 0xe2, 0xff, 0xb1, 0xdc, 0x7f)
#define VSTORW_CLASS_IDE \
	GUID_INIT(0x32412632, 0x86cb, 0x44a2, \
		  0x9b, 0x5c, 0x50, 0xd1, 0x41, 0x73, 0x54, 0xf5)

#endif /* _HV_WIRE_VSTOR_H */
