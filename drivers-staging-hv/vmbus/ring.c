// SPDX-License-Identifier: GPL-2.0
/* The parts of a ring that look at the host's index. */
#include <linux/module.h>
#include <kunit/visibility.h>

#include "ring.h"

static void vmb_ring_hdr_init(struct vmbw_ring *hdr)
{
	WRITE_ONCE(hdr->write_index, 0);
	WRITE_ONCE(hdr->read_index, 0);
	WRITE_ONCE(hdr->interrupt_mask, 0);
	WRITE_ONCE(hdr->pending_send_sz, 0);
	WRITE_ONCE(hdr->feature_bits, cpu_to_le32(VMBW_RING_PENDING_SEND_SZ));
}

/**
 * vmb_tx_ring_init() - an empty outbound ring
 * @r: ring
 * @hdr: zeroed header page
 * @data: data pages, mapped twice
 * @size: bytes of data, multiple of 8
 */
void vmb_tx_ring_init(struct vmb_tx_ring *r, struct vmbw_ring *hdr, void *data,
		      u32 size)
{
	vmb_ring_hdr_init(hdr);
	*r = (struct vmb_tx_ring) {
		.hdr = hdr, .data = data, .size = size, .room = size - 8,
	};
}
EXPORT_SYMBOL_IF_KUNIT(vmb_tx_ring_init);

/**
 * vmb_rx_ring_init() - an empty inbound ring
 * @r: ring
 * @hdr: zeroed header page
 * @data: data pages, mapped twice
 * @size: bytes of data, multiple of 8
 * @buf: @max bytes for the private copy of a packet
 * @max: longest packet allowed
 */
void vmb_rx_ring_init(struct vmb_rx_ring *r, struct vmbw_ring *hdr, void *data,
		      u32 size, void *buf, u32 max)
{
	vmb_ring_hdr_init(hdr);
	*r = (struct vmb_rx_ring) {
		.hdr = hdr, .data = data, .size = size, .buf = buf, .max = max,
	};
}
EXPORT_SYMBOL_IF_KUNIT(vmb_rx_ring_init);

/**
 * vmb_tx_ring_sync() - see how far the host has read
 * @r: ring
 *
 * The host can only have read what it was told of.
 *
 * Return: 0 with @room brought up to date, or -EIO for an impossible index.
 */
int vmb_tx_ring_sync(struct vmb_tx_ring *r)
{
	/* Pairs with the host's release of the space: then it is ours. */
	u32 read = le32_to_cpu(virt_load_acquire(&r->hdr->read_index));

	if (!vmb_ring_index_ok(read, r->size) ||
	    vmb_ring_distance(r->read, read, r->size) >
	    vmb_ring_distance(r->read, r->told, r->size))
		return -EIO;
	r->read = read;
	/* Never full: equal indices mean empty. */
	r->room = r->size - 8 - vmb_ring_distance(read, r->write, r->size);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(vmb_tx_ring_sync);

/**
 * vmb_tx_ring_has_room() - a look without the transmit lock
 * @r: ring
 * @need: bytes
 *
 * Return: true if @need bytes seem free. A wrong index from the host gives a
 * wrong answer, which costs a wake-up.
 */
bool vmb_tx_ring_has_room(const struct vmb_tx_ring *r, u32 need)
{
	u32 read = le32_to_cpu(READ_ONCE(r->hdr->read_index));
	u32 used = vmb_ring_distance(read, READ_ONCE(r->write), r->size);

	return r->size - used > need;
}
EXPORT_SYMBOL_IF_KUNIT(vmb_tx_ring_has_room);

/**
 * vmb_rx_ring_refill() - see how far the host has written
 * @r: ring with nothing left
 *
 * The host cannot have written past what was given back to it, nor un-write.
 *
 * Return: 0 with @left not 0, -EAGAIN if there is nothing, -EIO for an
 * impossible index.
 */
int vmb_rx_ring_refill(struct vmb_rx_ring *r)
{
	/* Pairs with the host's write of the index: packets come first. */
	u32 write = le32_to_cpu(virt_load_acquire(&r->hdr->write_index));
	u32 held, total;

	if (write == r->read)
		return -EAGAIN;
	if (!vmb_ring_index_ok(write, r->size))
		return -EIO;
	held = vmb_ring_distance(r->given, r->read, r->size);
	total = vmb_ring_distance(r->given, write, r->size);
	if (total < held + VMB_PACKET_MIN)
		return -EIO;
	r->left = total - held;
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(vmb_rx_ring_refill);

/**
 * vmb_rx_ring_give() - give back to the host what was read
 * @r: ring
 *
 * Return: true if the host must be signalled: it waits for room, and this is
 * the step from not enough of it to enough.
 */
bool vmb_rx_ring_give(struct vmb_rx_ring *r)
{
	u32 freed = vmb_ring_distance(r->given, r->read, r->size);
	u32 wanted, write, room;

	if (!freed)
		return false;
	/* Pairs with the host's read of the index: our copies are done. */
	virt_store_release(&r->hdr->read_index, cpu_to_le32(r->read));
	r->given = r->read;
	/* Pairs with the host's barrier after it set what it waits for. */
	virt_mb();
	wanted = le32_to_cpu(READ_ONCE(r->hdr->pending_send_sz));
	if (!wanted)
		return false;
	/* The host may have written between: judge by its index from now. */
	virt_rmb();
	write = le32_to_cpu(READ_ONCE(r->hdr->write_index));
	if (!vmb_ring_index_ok(write, r->size))
		return false;
	room = r->size - vmb_ring_distance(r->read, write, r->size);
	return room > wanted && room - freed <= wanted;
}
EXPORT_SYMBOL_IF_KUNIT(vmb_rx_ring_give);

MODULE_DESCRIPTION("VMBus for Linux guests on Microsoft Hyper-V");
MODULE_LICENSE("GPL");
