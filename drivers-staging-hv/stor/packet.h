/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Commands and packets, as far as they can be understood without a host.
 */
#ifndef _HV_VSTOR_PACKET_H
#define _HV_VSTOR_PACKET_H

#include <linux/sizes.h>
#include <linux/types.h>
#include <linux/uuid.h>

#include "vmb.h"
#include "wire/vstor.h"

/* The longest transfer that a front end asks for, whatever the host allows. */
#define VSTOR_MAX_TRANSFER	((u32)SZ_1M)
#define VSTOR_MAX_PFNS		(VSTOR_MAX_TRANSFER / VMB_PAGE_SIZE + 1)

/* Words of a page list with one range: its header and its frame numbers. */
#define VSTOR_GPA_WORDS(pfns)	(1 + (pfns))
#define VSTOR_GPA_BYTES(pfns)	(VSTOR_GPA_WORDS(pfns) * sizeof(__le64))

/*
 * A failed SRB without NO_QUEUE_FREEZE can freeze the queue of its LUN until
 * somebody releases it.
 */
#define VSTOR_SRB_FLAGS \
	(VSTORW_SRB_QUEUE_ACTION | VSTORW_SRB_DISABLE_SYNCH | \
	 VSTORW_SRB_NO_QUEUE_FREEZE)

/* What a controller can have: an SRB has a byte for the LUN. */
#define VSTOR_TARGETS	2
#define VSTOR_LUNS	256

/* The address of a LUN in one word. */
#define VSTOR_KEY(path, target, lun)	((path) << 16 | (target) << 8 | (lun))
#define VSTOR_KEY_LUN(key)		((u8)(key))
#define VSTOR_KEY_TARGET(key)		((u8)((key) >> 8))
#define VSTOR_KEY_PATH(key)		((u8)((key) >> 16))
#define VSTOR_KEY_ALL			0xffffffffu

/**
 * struct vstor_cmd - one SRB; the memory is the front end's
 * @key: VSTOR_KEY() of its LUN
 * @len: bytes of data to transfer
 * @desc_len: bytes of @gpa in use; 0 without data
 * @room: words that follow @gpa
 * @pkt: SRB; most of it is written once, by vstor_init_cmd()
 * @gpa: where the data is: one range
 */
struct vstor_cmd {
	u32 key;
	u32 len;
	u16 desc_len;
	u16 room;
	struct vstorw_packet pkt;
	struct vmb_gpa_list gpa;
};

/**
 * enum vstor_kind - what an inbound packet is
 * @VSTOR_KIND_REPLY: completion of a command
 * @VSTOR_KIND_LUNS_CHANGED: the set of LUNs may have changed
 * @VSTOR_KIND_BAD_REPLY: ends a command, but holds nothing that can be used
 * @VSTOR_KIND_BAD: anything else: dropped
 */
enum vstor_kind {
	VSTOR_KIND_REPLY,
	VSTOR_KIND_LUNS_CHANGED,
	VSTOR_KIND_BAD_REPLY,
	VSTOR_KIND_BAD,
};

enum vstor_kind vstor_classify(const struct vmb_rx *rx);
u32 vstor_clamp_transfer(u32 host_max);
int vstor_ide_address(const guid_t *instance, const u8 *user_data,
		      u8 *path, u8 *target);
void vstor_init_packet(struct vstorw_packet *pkt);
void vstor_init_cmd(struct vstor_cmd *cmd, u16 pfns);

static inline void vstor_set_addr(struct vstorw_srb *srb, u32 key)
{
	srb->addr = (struct vstorw_addr) {
		.path = VSTOR_KEY_PATH(key),
		.target = VSTOR_KEY_TARGET(key),
		.lun = VSTOR_KEY_LUN(key),
	};
}

/* The LUN that a command goes to. */
static inline void vstor_set_lun(struct vstor_cmd *cmd, u32 key)
{
	cmd->key = key;
	vstor_set_addr(&cmd->pkt.srb, key);
}

static inline void vstor_set_data(struct vstor_cmd *cmd, u32 len, bool write)
{
	struct vstorw_srb *srb = &cmd->pkt.srb;

	cmd->len = len;
	srb->xfer_len = cpu_to_le32(len);
	srb->data_in = write ? VSTORW_DATA_OUT : VSTORW_DATA_IN;
	srb->srb_flags = write ?
		cpu_to_le32(VSTOR_SRB_FLAGS | VSTORW_SRB_DATA_OUT) :
		cpu_to_le32(VSTOR_SRB_FLAGS | VSTORW_SRB_DATA_IN);
}

static inline void vstor_set_no_data(struct vstor_cmd *cmd)
{
	struct vstorw_srb *srb = &cmd->pkt.srb;

	cmd->len = 0;
	cmd->desc_len = 0;
	srb->xfer_len = 0;
	srb->data_in = VSTORW_DATA_NONE;
	srb->srb_flags = cpu_to_le32(VSTOR_SRB_FLAGS);
}

/**
 * vstor_add_data() - append physically contiguous memory to a command's list
 * @b: builder, from vmb_gpa_init()
 * @phys: address; see vmb_gpa_extend() for all pieces but the first
 * @len: bytes
 *
 * Context: any.
 * Return: false if the list cannot hold it as a part of its one range.
 */
static inline bool vstor_add_data(struct vmb_gpa_builder *b, phys_addr_t phys,
				  u32 len)
{
	return b->ranges ? vmb_gpa_extend(b, phys, len) :
			   vmb_gpa_add(b, phys, len);
}

/**
 * vstor_set_buffer() - one physically contiguous buffer as a command's data
 * @cmd: command; has room for the buffer
 * @phys: address
 * @len: bytes
 * @write: data goes to the device
 *
 * Context: any.
 */
static inline void vstor_set_buffer(struct vstor_cmd *cmd, phys_addr_t phys,
				    u32 len, bool write)
{
	struct vmb_gpa_builder b;

	vstor_set_data(cmd, len, write);
	vmb_gpa_init(&b, &cmd->gpa, cmd->room);
	vmb_gpa_add(&b, phys, len);
	cmd->desc_len = vmb_gpa_finish(&b);
}

#endif /* _HV_VSTOR_PACKET_H */
