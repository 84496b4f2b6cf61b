// SPDX-License-Identifier: GPL-2.0
/* Rings: set-up, and everything that reads the host's index. */
#include <linux/export.h>
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
 *
 * Context: Any.
 */
void vmb_tx_ring_init(struct vmb_tx_ring *r, struct vmbw_ring *hdr, void *data,
		      u32 size)
{
	vmb_ring_hdr_init(hdr);
	*r = (struct vmb_tx_ring) {
		.hdr = hdr, .data = data, .size = size, .free = size - 8,
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
 *
 * Context: Any.
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
 * vmb_tx_ring_sync() - read and check the host's read index
 * @r: ring
 *
 * The host can only have read what was published.
 *
 * Context: Any, with the ring's lock held.
 * Return: 0 with @free brought up to date, or -EIO for an impossible index.
 */
int vmb_tx_ring_sync(struct vmb_tx_ring *r)
{
	/* Pairs with the host's release of the space: now it is ours. */
	u32 read = vmb_ring_word_acquire(&r->hdr->read_index);

	if (!vmb_ring_index_ok(read, r->size) ||
	    vmb_ring_distance(r->read, read, r->size) >
	    vmb_ring_distance(r->read, r->published, r->size))
		return -EIO;
	r->read = read;
	/* Never full: equal indices mean empty. */
	r->free = r->size - 8 - vmb_ring_distance(read, r->write, r->size);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(vmb_tx_ring_sync);

/**
 * vmb_tx_ring_has_space() - check for space without the ring's lock
 * @r: ring
 * @need: bytes
 *
 * Context: Any.
 * Return: true if @need bytes seem free. A wrong index from the host gives a
 * wrong answer, which costs a wake-up.
 */
bool vmb_tx_ring_has_space(const struct vmb_tx_ring *r, u32 need)
{
	u32 read = vmb_ring_word(&r->hdr->read_index);
	u32 used = vmb_ring_distance(read, READ_ONCE(r->write), r->size);

	return r->size - used > need;
}
EXPORT_SYMBOL_IF_KUNIT(vmb_tx_ring_has_space);

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
int vmb_rx_ring_refill(struct vmb_rx_ring *r)
{
	/* Pairs with the host's write of the index: packets come first. */
	u32 write = vmb_ring_word_acquire(&r->hdr->write_index);
	u32 held, total;

	if (write == r->read)
		return -EAGAIN;
	if (!vmb_ring_index_ok(write, r->size))
		return -EIO;
	held = vmb_ring_distance(r->released, r->read, r->size);
	total = vmb_ring_distance(r->released, write, r->size);
	if (total < held + VMB_PACKET_MIN)
		return -EIO;
	r->avail = total - held;
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(vmb_rx_ring_refill);

/**
 * vmb_rx_ring_release() - release to the host what was read
 * @r: ring
 *
 * Context: Any; one receiver at a time.
 * Return: true if the host must be signalled: it waits for room, and this is
 * the step from not enough of it to enough.
 */
bool vmb_rx_ring_release(struct vmb_rx_ring *r)
{
	u32 freed = vmb_ring_distance(r->released, r->read, r->size);
	u32 wanted, write, room;

	if (!freed)
		return false;
	/* Pairs with the host's read of the index: our copies are done. */
	virt_store_release(&r->hdr->read_index, cpu_to_le32(r->read));
	r->released = r->read;
	/* Pairs with the host's barrier after it set what it waits for. */
	virt_mb();
	wanted = vmb_ring_word(&r->hdr->pending_send_sz);
	if (!wanted)
		return false;
	/* The host may have written since: use its index as of now. */
	virt_rmb();
	write = vmb_ring_word(&r->hdr->write_index);
	if (!vmb_ring_index_ok(write, r->size))
		return false;
	room = r->size - vmb_ring_distance(r->read, write, r->size);
	return room > wanted && room - freed <= wanted;
}
EXPORT_SYMBOL_IF_KUNIT(vmb_rx_ring_release);
