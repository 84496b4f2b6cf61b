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

void vmb_tx_ring_attach(struct vmb_tx_ring *r, struct vmbw_ring *hdr,
			void *data, u32 size)
{
	*r = (struct vmb_tx_ring) {
		.hdr = hdr, .data = data, .size = size, .free = size - 8,
	};
}

void vmb_tx_ring_init(struct vmb_tx_ring *r, struct vmbw_ring *hdr, void *data,
		      u32 size)
{
	vmb_ring_hdr_init(hdr);
	vmb_tx_ring_attach(r, hdr, data, size);
}
EXPORT_SYMBOL_IF_KUNIT(vmb_tx_ring_init);

void vmb_rx_ring_attach(struct vmb_rx_ring *r, struct vmbw_ring *hdr,
			void *data, u32 size, void *buf, u32 max)
{
	*r = (struct vmb_rx_ring) {
		.hdr = hdr, .data = data, .size = size, .buf = buf, .max = max,
	};
}

void vmb_rx_ring_init(struct vmb_rx_ring *r, struct vmbw_ring *hdr, void *data,
		      u32 size, void *buf, u32 max)
{
	vmb_ring_hdr_init(hdr);
	vmb_rx_ring_attach(r, hdr, data, size, buf, max);
}
EXPORT_SYMBOL_IF_KUNIT(vmb_rx_ring_init);

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

bool vmb_tx_ring_has_space(const struct vmb_tx_ring *r, u32 need)
{
	u32 read = vmb_ring_word(&r->hdr->read_index);
	u32 used = vmb_ring_distance(read, READ_ONCE(r->write), r->size);

	return r->size - used > need;
}
EXPORT_SYMBOL_IF_KUNIT(vmb_tx_ring_has_space);

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
