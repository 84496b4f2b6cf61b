// SPDX-License-Identifier: GPL-2.0
/* The rings of a fake host's channels, and the guest's memory. */
#include <linux/bitops.h>
#include <linux/cleanup.h>
#include <linux/delay.h>
#include <linux/export.h>
#include <linux/highmem.h>
#include <linux/irqflags.h>
#include <linux/kthread.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "../vmbus/channel.h"
#include "../vmbus/packet.h"
#include "../vmbus/ring.h"
#include "fake_host.h"

/* Microseconds between two looks for signals. */
#define FAKE_TICK_US	50

static bool fake_index_ok(u32 index, u32 size)
{
	return index < size && !(index & 7);
}

/* Copies between @buf and the data pages of a ring. Under @h->lock. */
static void fake_ring_copy(struct fake_channel *fc, const struct fake_ring *r,
			   u32 at, void *buf, u32 len, bool to_guest)
{
	struct fake_gpadl *g = fake_gpadl_find(fc->host, fc->gpadl);

	while (len) {
		u32 offset = at & VMB_PAGE_MASK;
		u32 part = min(len, VMB_PAGE_SIZE - offset);
		void *mem = fake_page(g, r->first + 1 + at / VMB_PAGE_SIZE);

		if (to_guest)
			memcpy(mem + offset, buf, part);
		else
			memcpy(buf, mem + offset, part);
		buf += part;
		len -= part;
		at = (at + part) % r->size;
	}
}

/* Bytes that the guest has written and the host has not read. */
static u32 fake_unread(struct fake_channel *fc)
{
	struct fake_ring *r = &fc->from_guest;
	/* Pairs with the guest's publishing: packets come first. */
	u32 write = le32_to_cpu(virt_load_acquire(&r->hdr->write_index));

	if (!fake_index_ok(write, r->size)) {
		fc->host->faults++;
		return 0;
	}
	return vmb_ring_distance(r->at, write, r->size);
}

/* Ring bytes of the packet in @buf if it is sound, else 0. */
static u32 fake_parse(const void *buf, u32 left, struct vmb_rx *rx)
{
	const struct vmbw_packet *p = buf;
	u32 offset = le16_to_cpu(p->offset8) * 8;
	u32 len = le16_to_cpu(p->len8) * 8;

	if (offset < sizeof(*p) || len < offset || len + VMBW_TRAILER > left)
		return 0;
	*rx = (struct vmb_rx) {
		.type = le16_to_cpu(p->type), .flags = le16_to_cpu(p->flags),
		.id = le64_to_cpu(p->id), .desc = p + 1,
		.desc_len = offset - sizeof(*p), .data = buf + offset,
		.len = len - offset,
	};
	return len + VMBW_TRAILER;
}

/* Takes the next packet out of the guest's ring. False if there is none. */
static bool fake_take(struct fake_channel *fc, struct vmb_rx *rx)
{
	struct fake_ring *r = &fc->from_guest;
	struct fake_host *h = fc->host;
	u32 left, len;

	guard(mutex)(&h->lock);
	if (!fc->gpadl || fc->deaf)
		return false;
	left = min(fake_unread(fc), FAKE_PACKET_MAX);
	if (!left)
		return false;
	fake_ring_copy(fc, r, r->at, h->buf, left, false);
	len = fake_parse(h->buf, left, rx);
	if (!len) {
		h->faults++;
		fc->deaf = true;
		return false;
	}
	r->at = (r->at + len) % r->size;
	/* Pairs with the guest's read of the index: the copy is done. */
	virt_store_release(&r->hdr->read_index, cpu_to_le32(r->at));
	fc->packets++;
	/* Pairs with the guest's barrier between its index and its look at ours. */
	virt_mb();
	return true;
}

/* Does the guest wait for the room that there is by now? */
static bool fake_room_wanted(struct fake_channel *fc)
{
	struct fake_ring *r = &fc->from_guest;
	u32 wanted;

	guard(mutex)(&fc->host->lock);
	if (!fc->gpadl || fc->deaf)
		return false;
	wanted = le32_to_cpu(READ_ONCE(r->hdr->pending_send_sz));
	return wanted && r->size - fake_unread(fc) > wanted;
}

static void fake_drain(struct fake_channel *fc)
{
	struct vmb_rx rx;

	while (fake_take(fc, &rx))
		fc->host->ops->packet(fc, &rx);
	if (fake_room_wanted(fc))
		fake_interrupt(fc);
}

/* The channel of a monitor bit: see fake_offer(). */
static void fake_signalled(struct fake_host *h, u32 bit)
{
	struct fake_channel *fc;

	scoped_guard(mutex, &h->lock)
		fc = fake_channel_find(h, bit);
	if (fc)
		fake_drain(fc);
}

/**
 * fake_host_look() - look at every channel, without being signalled
 * @h: host whose thread runs
 *
 * Context: any.
 */
void fake_host_look(struct fake_host *h)
{
	WRITE_ONCE(h->look, true);
}
EXPORT_SYMBOL_GPL(fake_host_look);

/**
 * fake_thread() - read what the guest sends
 * @data: host
 *
 * A packet that the guest does not signal is one that the host does not see.
 *
 * Return: 0.
 */
int fake_thread(void *data)
{
	struct fake_host *h = data;
	struct vmbw_monitor_page *page = h->bus->monitor[1];

	while (!kthread_should_stop()) {
		bool all = xchg(&h->look, false);

		for (u32 i = 0; i < ARRAY_SIZE(page->group); i++) {
			unsigned long set;
			u32 bit;

			set = le32_to_cpu(xchg(&page->group[i].pending, 0));
			if (all)
				set = U32_MAX;
			for_each_set_bit(bit, &set, 32)
				fake_signalled(h, i * 32 + bit);
		}
		usleep_range(FAKE_TICK_US, 2 * FAKE_TICK_US);
	}
	return 0;
}

/* The bytes of a packet; the trailer is still open. */
static void *fake_image(const struct vmb_packet *pkt, u32 total, u16 len8)
{
	struct vmbw_packet *hdr = kzalloc(total, GFP_KERNEL);

	if (!hdr)
		return NULL;
	hdr->type = cpu_to_le16(pkt->type);
	hdr->offset8 = cpu_to_le16((sizeof(*hdr) + pkt->desc_len) / 8);
	hdr->len8 = cpu_to_le16(len8 ?: (total - VMBW_TRAILER) / 8);
	hdr->flags = cpu_to_le16(pkt->flags);
	hdr->id = cpu_to_le64(pkt->id);
	memcpy(hdr + 1, pkt->desc, pkt->desc_len);
	memcpy((u8 *)(hdr + 1) + pkt->desc_len, pkt->data, pkt->len);
	return hdr;
}

/* Under @h->lock. */
static int fake_ring_put(struct fake_channel *fc, void *image, u32 total)
{
	struct fake_ring *r = &fc->to_guest;
	u32 read;

	if (!fc->gpadl)
		return -ENODEV;
	/* Pairs with the guest's giving back of room: its copies are done. */
	read = le32_to_cpu(virt_load_acquire(&r->hdr->read_index));
	if (!fake_index_ok(read, r->size)) {
		fc->host->faults++;
		return -EIO;
	}
	if (r->size - vmb_ring_distance(read, r->at, r->size) <= total)
		return -EAGAIN;
	*(__le64 *)(image + total - VMBW_TRAILER) =
		cpu_to_le64((u64)r->at << 32);
	fake_ring_copy(fc, r, r->at, image, total, true);
	r->at = (r->at + total) % r->size;
	/* Pairs with the guest's read of the index: the packet comes first. */
	virt_store_release(&r->hdr->write_index, cpu_to_le32(r->at));
	return 0;
}

/**
 * fake_put() - write a packet into the guest's inbound ring
 * @fc: channel
 * @pkt: packet
 * @len8: what its header says of the length, in 8-byte units; 0 for the truth
 *
 * Context: process.
 * Return: 0, -EAGAIN if there is no room, -ENODEV if the channel is closed.
 */
int fake_put(struct fake_channel *fc, const struct vmb_packet *pkt, u16 len8)
{
	u32 total = vmb_packet_bytes(pkt->desc_len, pkt->len);
	void *image = fake_image(pkt, total, len8);
	int ret;

	if (!image)
		return -ENOMEM;
	scoped_guard(mutex, &fc->host->lock)
		ret = fake_ring_put(fc, image, total);
	kfree(image);
	return ret;
}
EXPORT_SYMBOL_GPL(fake_put);

/**
 * fake_interrupt() - interrupt the guest, whether it masked that or not
 * @fc: channel
 *
 * Context: any.
 */
void fake_interrupt(struct fake_channel *fc)
{
	struct vmb_channel *ch = vmb_channel_get(fc->host->bus, fc->relid);

	if (!ch)
		return;
	scoped_guard(irqsave)
		vmb_channel_interrupt(ch);
	vmb_channel_put(ch);
}
EXPORT_SYMBOL_GPL(fake_interrupt);

static bool fake_masked(struct fake_channel *fc)
{
	guard(mutex)(&fc->host->lock);
	/* Pairs with the guest's barrier between unmasking and its look. */
	virt_mb();
	return !fc->gpadl || READ_ONCE(fc->to_guest.hdr->interrupt_mask);
}

/**
 * fake_send() - send a packet to the guest as a host does
 * @fc: channel
 * @pkt: packet
 *
 * Context: process; waits for room for some time.
 * Return: 0, -EAGAIN or -ENODEV.
 */
int fake_send(struct fake_channel *fc, const struct vmb_packet *pkt)
{
	int ret;

	for (int i = 0; i < 1000; i++) {
		ret = fake_put(fc, pkt, 0);
		if (ret != -EAGAIN)
			break;
		fake_interrupt(fc);
		usleep_range(FAKE_TICK_US, 2 * FAKE_TICK_US);
	}
	if (!ret && !fake_masked(fc))
		fake_interrupt(fc);
	return ret;
}
EXPORT_SYMBOL_GPL(fake_send);

/**
 * fake_gpadl_copy() - copy from or to guest memory that a GPADL shows
 * @h: host
 * @handle: GPADL
 * @offset: of the first byte in it
 * @buf: the other side
 * @len: bytes
 * @to_guest: write to the guest
 *
 * Context: process.
 * Return: false, with nothing copied, where there is no such memory.
 */
bool fake_gpadl_copy(struct fake_host *h, u32 handle, u32 offset, void *buf,
		     u32 len, bool to_guest)
{
	struct fake_gpadl *g;

	guard(mutex)(&h->lock);
	g = fake_gpadl_find(h, handle);
	if (!g || (u64)offset + len > (u64)g->have * VMB_PAGE_SIZE)
		return false;
	while (len) {
		u32 at = offset & VMB_PAGE_MASK;
		u32 part = min(len, VMB_PAGE_SIZE - at);
		void *mem = fake_page(g, offset / VMB_PAGE_SIZE) + at;

		if (to_guest)
			memcpy(mem, buf, part);
		else
			memcpy(buf, mem, part);
		buf += part;
		offset += part;
		len -= part;
	}
	return true;
}
EXPORT_SYMBOL_GPL(fake_gpadl_copy);

/* Memory of the guest's, within one frame. */
static void fake_frame_copy(u64 gpa, void *buf, u32 len, bool to_guest)
{
	struct page *page = pfn_to_page(PHYS_PFN(gpa));
	size_t offset = offset_in_page(gpa);

	if (to_guest)
		memcpy_to_page(page, offset, buf, len);
	else
		memcpy_from_page(buf, page, offset, len);
}

/* The part of one range that @at to @at + @len falls into. */
static u32 fake_range_copy(const struct vmb_gpa_range *range, u32 at, void *buf,
			   u32 len, bool to_guest)
{
	u32 size = le32_to_cpu(range->len), done = 0;
	u32 pos = le32_to_cpu(range->offset) + at;

	if (at >= size)
		return 0;
	len = min(len, size - at);
	while (done < len) {
		u32 part = min(len - done, VMB_PAGE_SIZE - (pos & VMB_PAGE_MASK));
		u64 pfn = le64_to_cpu(range->pfn[pos / VMB_PAGE_SIZE]);

		fake_frame_copy((pfn << VMB_PAGE_SHIFT) + (pos & VMB_PAGE_MASK),
				buf + done, part, to_guest);
		done += part;
		pos += part;
	}
	return done;
}

/**
 * fake_pages_copy() - copy from or to the memory that a packet describes
 * @pkt: packet of type VMB_GPA_DIRECT
 * @offset: of the first byte in it
 * @buf: the other side
 * @len: bytes
 * @to_guest: write to the guest
 *
 * Only while the packet is the host's: before its completion was sent.
 *
 * Context: any.
 * Return: bytes copied: less than @len where the memory ends before.
 */
u32 fake_pages_copy(const struct vmb_rx *pkt, u32 offset, void *buf, u32 len,
		    bool to_guest)
{
	const struct vmb_gpa_list *list = pkt->desc;
	u32 words = (pkt->desc_len - sizeof(*list)) / sizeof(u64);
	u32 used = 0, done = 0;

	for (u32 i = 0; i < le32_to_cpu(list->ranges) && used < words; i++) {
		const struct vmb_gpa_range *range = (void *)&list->words[used];
		u32 size = le32_to_cpu(range->len), part;

		part = fake_range_copy(range, offset, buf + done, len - done,
				       to_guest);
		done += part;
		offset = offset > size ? offset - size : 0;
		used += 1 + DIV_ROUND_UP(le32_to_cpu(range->offset) + size,
					 VMB_PAGE_SIZE);
	}
	return done;
}
EXPORT_SYMBOL_GPL(fake_pages_copy);
