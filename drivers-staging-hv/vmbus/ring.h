/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One direction of a channel: a ring in memory that the host writes as well.
 *
 * Our own index is kept in private memory; the shared page only gets copies of
 * it. The host's index is read when it is needed and checked, and everything
 * else uses the checked copy. The data pages are mapped twice in a row, so a
 * packet is always contiguous.
 */
#ifndef _HV_VMBUS_RING_H
#define _HV_VMBUS_RING_H

#include <linux/align.h>
#include <linux/errno.h>
#include <linux/string.h>
#include <asm/barrier.h>
#include <asm/byteorder.h>
#include <asm/rwonce.h>

#include "vmb_packet.h"
#include "wire/vmbus.h"

#define VMB_PACKET_MIN	(sizeof(struct vmbw_packet) + VMBW_TRAILER)

/* In front of the private copy of a packet there is room for its header. */
#define VMB_RX_HEADROOM	sizeof(struct vmbw_packet)

/* Copies of more bytes than this are left to memcpy(). */
#define VMB_COPY_CALL	64u

/**
 * struct vmb_tx_ring - outbound ring
 * @hdr: shared header page, NULL while the channel is closed
 * @data: data pages, mapped twice
 * @size: bytes of data, a multiple of 8
 * @write: where the next packet goes; private
 * @published: the write index that the host can see
 * @read: the host's read index when it was last read and checked
 * @free: bytes that may be written before the host's read index must be read
 *	again
 *
 * Changed under the channel's transmit lock.
 */
struct vmb_tx_ring {
	struct vmbw_ring *hdr;
	u8 *data;
	u32 size;
	u32 write;
	u32 published;
	u32 read;
	u32 free;
};

/**
 * struct vmb_rx_ring - inbound ring
 * @hdr: shared header page, NULL while the channel is closed
 * @data: data pages, mapped twice
 * @buf: private copy of the last packet without its header
 * @size: bytes of data, a multiple of 8
 * @max: longest packet allowed
 * @read: where the next packet is; private
 * @released: the read index that the host can see
 * @avail: bytes between @read and the last checked write index
 */
struct vmb_rx_ring {
	struct vmbw_ring *hdr;
	u8 *data;
	u8 *buf;
	u32 size;
	u32 max;
	u32 read;
	u32 released;
	u32 avail;
};

/**
 * vmb_tx_ring_init() - an empty outbound ring
 * @r: ring
 * @hdr: zeroed header page
 * @data: data pages, mapped twice
 * @size: bytes of data, multiple of 8
 *
 * Context: Any.
 */
void vmb_tx_ring_init(struct vmb_tx_ring *r, struct vmbw_ring *hdr, void *data,
		      u32 size);

/**
 * vmb_rx_ring_init() - an empty inbound ring
 * @r: ring
 * @hdr: zeroed header page
 * @data: data pages, mapped twice
 * @size: bytes of data, multiple of 8
 * @buf: @max bytes for the private copy of a packet
 * @max: longest packet allowed
 *
 * Context: Any.
 */
void vmb_rx_ring_init(struct vmb_rx_ring *r, struct vmbw_ring *hdr, void *data,
		      u32 size, void *buf, u32 max);

/**
 * vmb_tx_ring_attach() - use an outbound ring that the host knows already
 * @r: ring
 * @hdr: header page; nothing was sent yet
 * @data: data pages, mapped twice
 * @size: bytes of data, multiple of 8
 *
 * Context: Any.
 */
void vmb_tx_ring_attach(struct vmb_tx_ring *r, struct vmbw_ring *hdr,
			void *data, u32 size);

/**
 * vmb_rx_ring_attach() - use an inbound ring that the host writes already
 * @r: ring
 * @hdr: header page; nothing was received yet
 * @data: data pages, mapped twice
 * @size: bytes of data, multiple of 8
 * @buf: @max bytes for the private copy of a packet
 * @max: longest packet allowed
 *
 * Context: Any.
 */
void vmb_rx_ring_attach(struct vmb_rx_ring *r, struct vmbw_ring *hdr,
			void *data, u32 size, void *buf, u32 max);

/**
 * vmb_tx_ring_sync() - read and check the host's read index
 * @r: ring
 *
 * The host can only have read what was published.
 *
 * Context: Any, with the ring's lock held.
 * Return: 0 with @free brought up to date, or -EIO for an impossible index.
 */
int vmb_tx_ring_sync(struct vmb_tx_ring *r);

/**
 * vmb_tx_ring_has_space() - check for space without the ring's lock
 * @r: ring
 * @need: bytes
 *
 * Context: Any.
 * Return: true if @need bytes seem free. A wrong index from the host gives a
 * wrong answer, which costs a wake-up.
 */
bool vmb_tx_ring_has_space(const struct vmb_tx_ring *r, u32 need);

/**
 * vmb_rx_ring_refill() - read and check the host's write index
 * @r: ring with @avail 0
 *
 * The host can neither write past what was released to it nor un-write.
 *
 * Context: Any; one receiver at a time.
 * Return: 0 with @avail not 0, -EAGAIN if there is nothing, -EIO for an
 * impossible index.
 */
int vmb_rx_ring_refill(struct vmb_rx_ring *r);

/**
 * vmb_rx_ring_release() - release to the host what was read
 * @r: ring
 *
 * Context: Any; one receiver at a time.
 * Return: true if the host must be signalled: it waits for room, and this is
 * the step from not enough of it to enough.
 */
bool vmb_rx_ring_release(struct vmb_rx_ring *r);

/* Bytes from @from forward to @to. */
static inline u32 vmb_ring_distance(u32 from, u32 to, u32 size)
{
	return to >= from ? to - from : size - from + to;
}

/*
 * Accessors for the words that the host writes. Each access is one load, so
 * that a check and the use after it see the same value, and KCSAN knows that
 * the race is meant.
 */
static inline u32 vmb_ring_word(const __le32 *word)
{
	return le32_to_cpu(READ_ONCE(*word));
}

static inline u32 vmb_ring_word_acquire(const __le32 *word)
{
	/* The caller says what it pairs with. */
	return le32_to_cpu(virt_load_acquire(word));
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
 * vmb_tx_ring_put() - write a packet behind the published ones
 * @r: ring with @total bytes free
 * @p: the packet
 * @total: vmb_packet_bytes() of it
 *
 * Context: Any, with the ring's lock held.
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
		/* Old ring contents must not leak through the padding. */
		*(__le64 *)(payload + (p->len & ~7u)) = 0;
		memcpy(payload, p->data, p->len);
	} else {
		vmb_copy_words(payload, p->data, p->len);
	}
	*(__le64 *)((u8 *)at + body) = cpu_to_le64((u64)r->write << 32);

	r->free -= total;
	/* Pairs with the read in vmb_tx_ring_has_space(), which holds no lock. */
	WRITE_ONCE(r->write, next < r->size ? next : next - r->size);
}

/**
 * vmb_tx_ring_publish() - make written packets visible to the host
 * @r: ring
 *
 * Context: Any, with the ring's lock held.
 * Return: true if the host must be signalled: it had read everything that
 * was published, and has not masked its interrupts.
 */
static inline bool vmb_tx_ring_publish(struct vmb_tx_ring *r)
{
	u32 old = r->published;

	if (old == r->write)
		return false;
	/* Pairs with the host's read of the index: packets come first. */
	virt_store_release(&r->hdr->write_index, cpu_to_le32(r->write));
	r->published = r->write;
	/*
	 * Pairs with the host's barrier between unmasking (or moving its read
	 * index) and looking for more: one of both sides sees the other.
	 */
	virt_mb();
	if (READ_ONCE(r->hdr->interrupt_mask))
		return false;
	return vmb_ring_word(&r->hdr->read_index) == old;
}

/*
 * True if the host has written packets that were not read yet. Exact for the
 * receiver only; others use it as a hint before they try to become it.
 */
static inline bool vmb_rx_ring_pending(const struct vmb_rx_ring *r)
{
	return vmb_ring_word(&r->hdr->write_index) != READ_ONCE(r->read);
}

/**
 * vmb_rx_ring_get() - copy the next packet out
 * @r: ring with @avail not 0
 * @rx: describes the copy
 *
 * Context: Any; one receiver at a time.
 * Return: 0, or -EIO for an impossible packet header.
 */
static inline int vmb_rx_ring_get(struct vmb_rx_ring *r, struct vmb_rx *rx)
{
	const __le64 *at = (const __le64 *)(r->data + r->read);
	u64 head = le64_to_cpu(READ_ONCE(at[0]));
	u32 offset = (u16)(head >> 16) * 8u;
	u32 len = (u16)(head >> 32) * 8u;

	if (unlikely(offset < sizeof(struct vmbw_packet) || offset > len ||
		     len > r->max || len + VMBW_TRAILER > r->avail))
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
	r->avail -= len;
	len += r->read;
	/* Pairs with the read in vmb_rx_ring_pending(), which holds no lock. */
	WRITE_ONCE(r->read, len < r->size ? len : len - r->size);
	return 0;
}

#endif /* _HV_VMBUS_RING_H */
