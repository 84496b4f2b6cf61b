/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One direction of a channel: a ring in memory that the host writes to as well.
 *
 * The index that is ours lives in private memory and is only ever written to
 * the shared page. The host's index is read when it is needed, checked, and
 * the checked copy is what everything else uses. The data pages are mapped
 * twice in a row, so that a packet is always one piece.
 */
#ifndef _HV_VMBUS_RING_H
#define _HV_VMBUS_RING_H

#include <linux/align.h>
#include <linux/errno.h>
#include <linux/string.h>
#include <asm/barrier.h>
#include <asm/byteorder.h>
#include <asm/rwonce.h>

#include "vmb.h"
#include "wire/vmbus.h"

#define VMB_PACKET_MIN	(sizeof(struct vmbw_packet) + VMBW_TRAILER)

/* Longer copies, bytes, are memcpy()'s. */
#define VMB_COPY_CALL	64u

/**
 * struct vmb_tx_ring - outbound ring
 * @hdr: shared header page, NULL while the channel is closed
 * @data: data pages, mapped twice
 * @size: bytes of data, a multiple of 8
 * @write: where the next packet goes; private
 * @told: the write index that the host can see
 * @read: the host's read index when it was last read and checked
 * @room: bytes that may be written before @read must be looked at again
 *
 * Changed under the channel's transmit lock.
 */
struct vmb_tx_ring {
	struct vmbw_ring *hdr;
	u8 *data;
	u32 size;
	u32 write;
	u32 told;
	u32 read;
	u32 room;
};

/**
 * struct vmb_rx_ring - inbound ring
 * @hdr: shared header page, NULL while the channel is closed
 * @data: data pages, mapped twice
 * @buf: private copy of the last packet without its header
 * @size: bytes of data, a multiple of 8
 * @max: longest packet allowed
 * @read: where the next packet is; private
 * @given: the read index that the host can see
 * @left: bytes between @read and the last checked write index
 */
struct vmb_rx_ring {
	struct vmbw_ring *hdr;
	u8 *data;
	u8 *buf;
	u32 size;
	u32 max;
	u32 read;
	u32 given;
	u32 left;
};

void vmb_tx_ring_init(struct vmb_tx_ring *r, struct vmbw_ring *hdr, void *data,
		      u32 size);
void vmb_rx_ring_init(struct vmb_rx_ring *r, struct vmbw_ring *hdr, void *data,
		      u32 size, void *buf, u32 max);
int vmb_tx_ring_sync(struct vmb_tx_ring *r);
bool vmb_tx_ring_has_room(const struct vmb_tx_ring *r, u32 need);
int vmb_rx_ring_refill(struct vmb_rx_ring *r);
bool vmb_rx_ring_give(struct vmb_rx_ring *r);

/* Bytes from @from forward to @to. */
static inline u32 vmb_ring_distance(u32 from, u32 to, u32 size)
{
	return to >= from ? to - from : size - from + to;
}

static inline bool vmb_ring_index_ok(u32 index, u32 size)
{
	return index < size && !(index & 7);
}

/* Ring bytes of a packet; wraps for no length that vmb_packet_fits(). */
static inline u32 vmb_packet_bytes(u32 desc_len, u32 len)
{
	return VMB_PACKET_MIN + desc_len + ALIGN(len, 8);
}

/* The header counts in 8-byte units and has 16 bits for it. */
static inline bool vmb_packet_fits(u32 desc_len, u32 len)
{
	return len <= 0xffff * 8 - sizeof(struct vmbw_packet) - desc_len;
}

/*
 * Copies whole 8-byte words, each of them read once. Most packets have a few,
 * for which a call costs more than the copy.
 */
static __always_inline void vmb_copy_words(void *dst, const void *src, u32 len)
{
	if (unlikely(len > VMB_COPY_CALL)) {
		memcpy(dst, src, len);
		return;
	}
	for (u32 i = 0; i < len / 8; i++)
		((u64 *)dst)[i] = READ_ONCE(((const u64 *)src)[i]);
}

/**
 * vmb_tx_ring_put() - write a packet where the host does not look yet
 * @r: ring with room for it
 * @p: the packet
 * @total: vmb_packet_bytes() of it
 */
static inline void vmb_tx_ring_put(struct vmb_tx_ring *r,
				   const struct vmb_packet *p, u32 total)
{
	u32 offset = sizeof(struct vmbw_packet) + p->desc_len;
	__le64 *at = (__le64 *)(r->data + r->write);
	u64 body = total - VMBW_TRAILER;
	u8 *payload = (u8 *)at + offset;
	u32 next = r->write + total;

	at[0] = cpu_to_le64(p->type | (u64)(offset / 8) << 16 |
			    (body / 8) << 32 | (u64)p->flags << 48);
	at[1] = cpu_to_le64(p->id);
	vmb_copy_words(at + 2, p->desc, p->desc_len);
	if (unlikely(p->len & 7)) {
		/* Old ring contents must not show through the padding. */
		*(__le64 *)(payload + (p->len & ~7u)) = 0;
		memcpy(payload, p->data, p->len);
	} else {
		vmb_copy_words(payload, p->data, p->len);
	}
	*(__le64 *)((u8 *)at + body) = cpu_to_le64((u64)r->write << 32);

	r->room -= total;
	/* Pairs with the read in vmb_tx_ring_has_room(), which holds no lock. */
	WRITE_ONCE(r->write, next < r->size ? next : next - r->size);
}

/**
 * vmb_tx_ring_publish() - let the host see what was written
 * @r: ring
 *
 * Return: true if the host must be signalled: it had read everything that it
 * knew of, and did not mask its interrupts.
 */
static inline bool vmb_tx_ring_publish(struct vmb_tx_ring *r)
{
	u32 old = r->told;

	if (old == r->write)
		return false;
	/* Pairs with the host's read of the index: packets come first. */
	virt_store_release(&r->hdr->write_index, cpu_to_le32(r->write));
	r->told = r->write;
	/*
	 * Pairs with the host's barrier between unmasking (or moving its read
	 * index) and looking for more: one of both sides sees the other.
	 */
	virt_mb();
	if (READ_ONCE(r->hdr->interrupt_mask))
		return false;
	return le32_to_cpu(READ_ONCE(r->hdr->read_index)) == old;
}

/*
 * True if the host has written packets that were not read yet. Certain for the
 * ring's reader alone; others may ask, and then try to become it.
 */
static inline bool vmb_rx_ring_pending(const struct vmb_rx_ring *r)
{
	return le32_to_cpu(READ_ONCE(r->hdr->write_index)) !=
	       READ_ONCE(r->read);
}

/**
 * vmb_rx_ring_get() - copy the next packet out
 * @r: ring with @left not 0
 * @rx: describes the copy
 *
 * Return: 0, or -EIO if the packet's header cannot be true.
 */
static inline int vmb_rx_ring_get(struct vmb_rx_ring *r, struct vmb_rx *rx)
{
	const __le64 *at = (const __le64 *)(r->data + r->read);
	u64 head = le64_to_cpu(READ_ONCE(at[0]));
	u32 offset = (u16)(head >> 16) * 8u;
	u32 len = (u16)(head >> 32) * 8u;

	if (unlikely(offset < sizeof(struct vmbw_packet) || offset > len ||
		     len > r->max || len + VMBW_TRAILER > r->left))
		return -EIO;

	rx->type = head;
	rx->flags = head >> 48;
	rx->id = le64_to_cpu(READ_ONCE(at[1]));
	rx->desc_len = offset - sizeof(struct vmbw_packet);
	rx->len = len - offset;
	rx->desc = r->buf;
	rx->data = r->buf + rx->desc_len;
	vmb_copy_words(r->buf, at + 2, len - sizeof(struct vmbw_packet));

	len += VMBW_TRAILER;
	r->left -= len;
	len += r->read;
	/* Pairs with the read in vmb_rx_ring_pending(), which holds no lock. */
	WRITE_ONCE(r->read, len < r->size ? len : len - r->size);
	return 0;
}

#endif /* _HV_VMBUS_RING_H */
