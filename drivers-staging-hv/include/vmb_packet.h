/* SPDX-License-Identifier: GPL-2.0 */
/* Packets on a VMBus channel, and the guest memory that they name. */
#ifndef _HV_VMB_PACKET_H
#define _HV_VMB_PACKET_H

#include <linux/build_bug.h>
#include <linux/overflow.h>
#include <linux/types.h>
#include <asm/byteorder.h>

/* The host's page size, whatever the kernel's is. */
#define VMB_PAGE_SHIFT		12
#define VMB_PAGE_SIZE		4096u
#define VMB_PAGE_MASK		(VMB_PAGE_SIZE - 1)

/**
 * enum vmb_packet_type - packet types on a ring (wire values)
 * @VMB_INBAND: the payload is the message
 * @VMB_XFER_PAGES: ranges of a buffer shared earlier, then a payload
 * @VMB_GPA_DIRECT: guest-physical ranges, then a payload
 * @VMB_COMPLETION: answer to a packet that asked for one
 */
enum vmb_packet_type {
	VMB_INBAND	= 6,
	VMB_XFER_PAGES	= 7,
	VMB_GPA_DIRECT	= 9,
	VMB_COMPLETION	= 11,
};

/* Flag in vmb_packet.flags and vmb_rx.flags: a completion is requested. */
#define VMB_WANT_COMPLETION	0x0001

/**
 * struct vmb_gpa_range - guest memory as a GPA-direct packet names it
 * @len: bytes
 * @offset: of the first byte in the first frame
 * @pfn: 4 KiB guest frame numbers; every frame but the first and the last is
 *	used whole
 */
struct vmb_gpa_range {
	__le32 len;
	__le32 offset;
	__le64 pfn[];
};

static_assert(sizeof(struct vmb_gpa_range) == 8);

/**
 * struct vmb_gpa_list - descriptor of a VMB_GPA_DIRECT packet (wire format)
 * @reserved: zero
 * @ranges: number of ranges
 * @words: the ranges, one after the other, each a &struct vmb_gpa_range
 */
struct vmb_gpa_list {
	__le32 reserved;
	__le32 ranges;
	__le64 words[];
};

static_assert(sizeof(struct vmb_gpa_list) == 8);

/**
 * struct vmb_xfer_range - a piece of the buffer that was shared earlier
 * @len: bytes
 * @offset: of the first byte in the buffer
 */
struct vmb_xfer_range {
	__le32 len;
	__le32 offset;
};

static_assert(sizeof(struct vmb_xfer_range) == 8);

/**
 * struct vmb_xfer - descriptor of a VMB_XFER_PAGES packet (wire format)
 * @pageset: which buffer; the device class defines it
 * @owns: ignored
 * @reserved: ignored
 * @count: number of ranges
 * @range: ranges
 */
struct vmb_xfer {
	__le16 pageset;
	u8 owns;
	u8 reserved;
	__le32 count;
	struct vmb_xfer_range range[];
};

static_assert(sizeof(struct vmb_xfer) == 8);

/**
 * struct vmb_gpa_builder - writes a &struct vmb_gpa_list
 * @list: the list
 * @range: its last range
 * @used: entries of @list->words in use
 * @room: entries that fit
 * @ranges: ranges so far
 * @end: where the last range ends, in bytes from the start of its first frame
 */
struct vmb_gpa_builder {
	struct vmb_gpa_list *list;
	struct vmb_gpa_range *range;
	u32 used;
	u32 room;
	u32 ranges;
	u32 end;
};

/**
 * vmb_gpa_init() - begin a list
 * @b: builder
 * @list: memory for the list
 * @room: 8-byte words that fit behind its header
 *
 * Context: Any.
 */
static inline void vmb_gpa_init(struct vmb_gpa_builder *b,
				struct vmb_gpa_list *list, u32 room)
{
	*b = (struct vmb_gpa_builder) { .list = list, .room = room };
}

/* Appends the frames from @pfn to @last, for which there is room. */
static inline void vmb_gpa_frames(struct vmb_gpa_builder *b, u64 pfn, u64 last)
{
	while (pfn <= last)
		b->list->words[b->used++] = cpu_to_le64(pfn++);
}

/**
 * vmb_gpa_add() - add a range of physically contiguous memory
 * @b: builder
 * @phys: address
 * @len: bytes, not 0
 *
 * Context: Any.
 * Return: false, with the list unchanged, if it has no room.
 */
static inline bool vmb_gpa_add(struct vmb_gpa_builder *b, phys_addr_t phys,
			       u32 len)
{
	u64 pfn = phys >> VMB_PAGE_SHIFT;
	u64 last = (phys + len - 1) >> VMB_PAGE_SHIFT;
	u32 offset = phys & VMB_PAGE_MASK;

	if (unlikely(b->used + 1 + (last + 1 - pfn) > b->room))
		return false;
	b->range = (struct vmb_gpa_range *)&b->list->words[b->used++];
	b->range->offset = cpu_to_le32(offset);
	b->range->len = cpu_to_le32(len);
	b->end = offset + len;
	b->ranges++;
	vmb_gpa_frames(b, pfn, last);
	return true;
}

/**
 * vmb_gpa_extend() - add physically contiguous memory to the last range
 * @b: builder; has a range
 * @phys: address; begins a frame where the range ends with one, else goes on
 *	in the frame and at the byte where the range ends
 * @len: bytes, not 0
 *
 * Context: Any.
 * Return: false, with the list unchanged, if it has no room, or if the host
 * would not take this memory to be the range's next bytes.
 */
static inline bool vmb_gpa_extend(struct vmb_gpa_builder *b, phys_addr_t phys,
				  u32 len)
{
	u64 pfn = phys >> VMB_PAGE_SHIFT;
	u64 last = (phys + len - 1) >> VMB_PAGE_SHIFT;

	if (unlikely((b->end ^ (u32)phys) & VMB_PAGE_MASK))
		return false;
	if (phys & VMB_PAGE_MASK) {
		if (unlikely(b->list->words[b->used - 1] != cpu_to_le64(pfn)))
			return false;
		pfn++;	/* in the list already */
	}
	if (unlikely(b->used + (last + 1 - pfn) > b->room))
		return false;
	b->end += len;
	le32_add_cpu(&b->range->len, len);
	vmb_gpa_frames(b, pfn, last);
	return true;
}

/**
 * vmb_gpa_finish() - complete a list
 * @b: builder
 *
 * Context: Any.
 * Return: bytes of the list, for &struct vmb_packet.desc_len.
 */
static inline u32 vmb_gpa_finish(struct vmb_gpa_builder *b)
{
	b->list->reserved = 0;
	b->list->ranges = cpu_to_le32(b->ranges);
	return struct_size(b->list, words, b->used);
}

/**
 * struct vmb_packet - an outbound packet
 * @type: enum vmb_packet_type
 * @flags: VMB_WANT_COMPLETION or 0
 * @id: transaction id, from vmb_id_arm() where a completion is requested, or
 *	the host's own id in a completion
 * @desc: what follows the 16-byte header for this type, &struct vmb_gpa_list;
 *	8-byte multiple; NULL for in-band and completion
 * @desc_len: length of @desc in bytes
 * @data: payload
 * @len: length of @data in bytes; padding is zeroed by the bus
 */
struct vmb_packet {
	u16 type;
	u16 flags;
	u16 desc_len;
	u32 len;
	u64 id;
	const void *desc;
	const void *data;
};

/**
 * struct vmb_rx - an inbound packet, privately copied
 * @type: enum vmb_packet_type or another wire value
 * @flags: VMB_WANT_COMPLETION or 0
 * @id: transaction id
 * @desc: bytes after the 16-byte header that belong to the type, such as a
 *	&struct vmb_xfer; the driver checks them against @desc_len
 * @desc_len: length of @desc
 * @data: payload
 * @len: length of @data, a multiple of 8 (the wire does not distinguish
 *	padding from payload)
 *
 * Valid until the next vmb_recv() on the channel.
 */
struct vmb_rx {
	u16 type;
	u16 flags;
	u32 desc_len;
	u32 len;
	u64 id;
	const void *desc;
	const void *data;
};

#endif /* _HV_VMB_PACKET_H */
