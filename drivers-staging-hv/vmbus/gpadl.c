// SPDX-License-Identifier: GPL-2.0
/*
 * GPADLs: lists of guest pages that the host may read and write.
 *
 * The object owns the pages. They are freed only when the host has confirmed
 * the teardown, or the connection is known to be down.
 */
#include <linux/err.h>
#include <linux/export.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <kunit/visibility.h>

#include "bus.h"
#include "channel.h"
#include "connection.h"
#include "gpadl.h"

/* 4 KiB pages per kernel page. */
#define VMB_PAGES_PER_PAGE	(PAGE_SIZE / VMB_PAGE_SIZE)

/* Before another try to post a teardown. */
#define VMB_TEARDOWN_PAUSE	(10 * HZ)

u32 vmb_gpadl_header(struct vmbw_gpadl_header *msg, u32 relid, u32 handle,
		     const u64 *pfns, unsigned int count)
{
	unsigned int here = min(count, VMBW_HEADER_PFNS);

	*msg = (struct vmbw_gpadl_header) {
		.hdr.type = cpu_to_le32(VMBW_GPADL_HEADER),
		.relid = cpu_to_le32(relid),
		.gpadl = cpu_to_le32(handle),
		.range_bytes = cpu_to_le16(sizeof(struct vmb_gpa_range) +
					   count * sizeof(u64)),
		.ranges = cpu_to_le16(1),
		.byte_count = cpu_to_le32(count * VMB_PAGE_SIZE),
	};
	for (unsigned int i = 0; i < here; i++)
		msg->pfn[i] = cpu_to_le64(pfns[i]);
	return offsetof(struct vmbw_gpadl_header, pfn) + here * sizeof(u64);
}
EXPORT_SYMBOL_IF_KUNIT(vmb_gpadl_header);

u32 vmb_gpadl_body(struct vmbw_gpadl_body *msg, u32 handle, u32 number,
		   const u64 *pfns, unsigned int count)
{
	unsigned int here = min(count, VMBW_BODY_PFNS);

	*msg = (struct vmbw_gpadl_body) {
		.hdr.type = cpu_to_le32(VMBW_GPADL_BODY),
		.number = cpu_to_le32(number),
		.gpadl = cpu_to_le32(handle),
	};
	for (unsigned int i = 0; i < here; i++)
		msg->pfn[i] = cpu_to_le64(pfns[i]);
	return offsetof(struct vmbw_gpadl_body, pfn) + here * sizeof(u64);
}
EXPORT_SYMBOL_IF_KUNIT(vmb_gpadl_body);

/* Frees the pages of an object that the host does not know, or no longer. */
static void vmb_gpadl_free(struct vmb_gpadl *g)
{
	vfree(g->addr);
	kvfree(g->pages);
	kfree(g);
}

struct vmb_gpadl *vmb_gpadl_alloc(struct vmb_bus *bus, unsigned int count,
				  int node)
{
	struct vmb_gpadl *g;

	if (should_fail(&bus->fail_alloc, 1))
		return NULL;
	g = kzalloc_obj(*g);
	if (!g)
		return NULL;
	g->bus = bus;
	init_completion(&g->done);
	g->pages = kvmalloc_objs(*g->pages, count);
	/* It takes pages from the allocator in large pieces. */
	g->addr = vzalloc_node((size_t)count * PAGE_SIZE, node);
	if (!g->pages || !g->addr)
		goto err_free;
	for (; g->count < count; g->count++)
		g->pages[g->count] = vmalloc_to_page(g->addr + (size_t)g->count * PAGE_SIZE);
	return g;

err_free:
	vmb_gpadl_free(g);
	return NULL;
}

static int vmb_gpadl_post(struct vmb_gpadl *g, u32 relid, const u64 *pfns,
			  unsigned int count)
{
	union {
		struct vmbw_gpadl_header header;
		struct vmbw_gpadl_body body;
	} msg;
	unsigned int done = VMBW_HEADER_PFNS;
	u32 len, number = 0;
	int ret;

	len = vmb_gpadl_header(&msg.header, relid, g->handle, pfns, count);
	ret = vmb_post(g->bus, &msg, len);
	while (!ret && done < count) {
		len = vmb_gpadl_body(&msg.body, g->handle, number++,
				     pfns + done, count - done);
		ret = vmb_post(g->bus, &msg, len);
		done += VMBW_BODY_PFNS;
	}
	return ret;
}

static void vmb_gpadl_list(struct vmb_gpadl *g, struct vmb_channel *ch)
{
	do {
		g->handle = atomic_inc_return(&g->bus->last_gpadl);
	} while (!g->handle);
	g->relid = ch->relid;
	guard(spinlock)(&g->bus->gpadl_lock);
	list_add_tail(&g->list, &g->bus->gpadls);
	/* Ordered by the lock against vmb_gpadl_rescind(). */
	g->rescinded = READ_ONCE(ch->rescinded);
}

static void vmb_gpadl_unlist(struct vmb_gpadl *g)
{
	guard(spinlock)(&g->bus->gpadl_lock);
	list_del(&g->list);
	g->handle = 0;
}

int vmb_gpadl_establish(struct vmb_gpadl *g, struct vmb_channel *ch,
			const u64 *pfns, unsigned int count)
{
	struct vmb_wait w;
	int ret;

	if (!count || count > VMBW_GPADL_MAX_PFNS)
		return -E2BIG;
	vmb_gpadl_list(g, ch);
	ret = vmb_channel_wait_start(ch, &w, VMBW_GPADL_CREATED, g->handle);
	if (!ret)
		ret = vmb_gpadl_post(g, ch->relid, pfns, count);
	ret = vmb_wait_end(g->bus, &w, ret, vmb_reply_timeout(g->bus));
	if (!ret && w.reply.result.status) {
		/* Refused: the host keeps nothing. */
		vmb_gpadl_unlist(g);
		ret = -EIO;
	}
	return ret;
}

/* Ends the wait for a teardown. True if it was confirmed. */
static bool vmb_gpadl_confirmed(struct vmb_gpadl *g)
{
	guard(spinlock)(&g->bus->gpadl_lock);
	if (g->state == VMB_GPADL_TORNDOWN) {
		list_del(&g->list);
		return true;
	}
	atomic_long_add(g->count, &g->bus->counters[VMB_LOST_PAGES]);
	g->state = VMB_GPADL_UNCONFIRMED;
	return false;
}

static int vmb_gpadl_teardown(struct vmb_bus *bus, u32 relid, u32 handle)
{
	struct vmbw_gpadl_teardown msg = {
		.hdr.type = cpu_to_le32(VMBW_GPADL_TEARDOWN),
		.relid = cpu_to_le32(relid),
		.gpadl = cpu_to_le32(handle),
	};
	int ret = vmb_post(bus, &msg, sizeof(msg));

	if (ret && READ_ONCE(bus->state) == VMB_BUS_UP) {
		set_bit(relid, bus->to_tear_down);
		queue_delayed_work(bus->sub_wq, &bus->teardown_work,
				   VMB_TEARDOWN_PAUSE);
	}
	return ret;
}

int vmb_gpadl_retire(struct vmb_gpadl *g, int error)
{
	u32 relid = g->relid, handle = g->handle;
	struct vmb_bus *bus = g->bus;
	int ret = error;
	bool rescinded;

	if (!g->handle) {
		vmb_gpadl_free(g);
		return 0;
	}
	scoped_guard(spinlock, &bus->gpadl_lock)
		g->state = VMB_GPADL_TEARDOWN;
	if (!ret)
		ret = vmb_gpadl_teardown(bus, relid, handle);
	if (!ret && !READ_ONCE(g->rescinded) &&
	    !vmb_wait_done(bus, &g->done, vmb_reply_timeout(bus)))
		ret = -ETIMEDOUT;
	rescinded = READ_ONCE(g->rescinded);
	if (vmb_gpadl_confirmed(g)) {
		vmb_gpadl_free(g);
		return rescinded ? -ENODEV : 0;
	}
	if (rescinded)
		return -ENODEV;
	dev_err_ratelimited(bus->dev,
			    "channel %u: teardown of GPADL %#x not confirmed: %d\n",
			    relid, handle, ret);
	return ret;
}

bool vmb_gpadl_torndown(struct vmb_bus *bus, u32 handle)
{
	struct vmb_gpadl *g, *late = NULL;

	scoped_guard(spinlock, &bus->gpadl_lock) {
		list_for_each_entry(g, &bus->gpadls, list)
			if (g->handle == handle)
				break;
		if (list_entry_is_head(g, &bus->gpadls, list))
			return false;
		switch (g->state) {
		case VMB_GPADL_TEARDOWN:
			g->state = VMB_GPADL_TORNDOWN;
			complete(&g->done);
			return true;
		case VMB_GPADL_UNCONFIRMED:
			list_del(&g->list);
			late = g;
			break;
		default:
			return false;
		}
	}
	atomic_long_sub(late->count, &bus->counters[VMB_LOST_PAGES]);
	vmb_gpadl_free(late);
	wake_up(&bus->gpadl_gone);
	return true;
}

void vmb_gpadl_rescind(struct vmb_bus *bus, u32 relid)
{
	struct vmb_gpadl *g;

	guard(spinlock)(&bus->gpadl_lock);
	list_for_each_entry(g, &bus->gpadls, list) {
		if (g->relid != relid)
			continue;
		g->rescinded = true;
		complete(&g->done);
	}
}

/* Next GPADL of a channel after @handle whose teardown is unconfirmed, or 0. */
static u32 vmb_gpadl_unconfirmed(struct vmb_bus *bus, u32 relid, u32 handle)
{
	struct vmb_gpadl *g;

	guard(spinlock)(&bus->gpadl_lock);
	list_for_each_entry(g, &bus->gpadls, list)
		if (g->relid == relid && g->handle > handle &&
		    g->state == VMB_GPADL_UNCONFIRMED)
			return g->handle;
	return 0;
}

void vmb_gpadl_repost(struct vmb_bus *bus, u32 relid)
{
	u32 handle = 0;

	while ((handle = vmb_gpadl_unconfirmed(bus, relid, handle)))
		if (vmb_gpadl_teardown(bus, relid, handle))
			return;
}

static void vmb_teardown_work(struct work_struct *work)
{
	struct vmb_bus *bus = container_of(to_delayed_work(work), struct vmb_bus,
					   teardown_work);
	unsigned long relid;

	for_each_set_bit(relid, bus->to_tear_down, VMBW_RELIDS) {
		clear_bit(relid, bus->to_tear_down);
		vmb_gpadl_repost(bus, relid);
	}
}

void vmb_gpadl_init(struct vmb_bus *bus)
{
	INIT_DELAYED_WORK(&bus->teardown_work, vmb_teardown_work);
}

void vmb_gpadl_settle(struct vmb_bus *bus, u32 relid, unsigned long end)
{
	long left = end - jiffies;

	if (left > 0)
		wait_event_timeout(bus->gpadl_gone,
				   !vmb_gpadl_unconfirmed(bus, relid, 0), left);
}

void vmb_gpadl_free_relid(struct vmb_bus *bus, u32 relid, u32 last)
{
	struct vmb_gpadl *g, *next;
	LIST_HEAD(freed);

	scoped_guard(spinlock, &bus->gpadl_lock)
		list_for_each_entry_safe(g, next, &bus->gpadls, list)
			if ((!relid || g->relid == relid) &&
			    (s32)(g->handle - last) <= 0 &&
			    g->state == VMB_GPADL_UNCONFIRMED)
				list_move(&g->list, &freed);
	list_for_each_entry_safe(g, next, &freed, list) {
		atomic_long_sub(g->count, &bus->counters[VMB_LOST_PAGES]);
		vmb_gpadl_free(g);
	}
}

/* Frees all that is left when the connection is down. */
void vmb_gpadl_free_all(struct vmb_bus *bus)
{
	struct vmb_gpadl *g, *next;

	list_for_each_entry_safe(g, next, &bus->gpadls, list) {
		list_del(&g->list);
		vmb_gpadl_free(g);
	}
}

struct vmb_gpadl *vmb_gpadl_create(struct vmb_channel *ch, size_t bytes)
{
	unsigned int count = DIV_ROUND_UP(bytes, PAGE_SIZE), wire;
	struct vmb_gpadl *g;
	u64 *pfns;
	int ret;

	if (!bytes || bytes > (size_t)VMBW_GPADL_MAX_PFNS * VMB_PAGE_SIZE)
		return ERR_PTR(-E2BIG);
	g = vmb_gpadl_alloc(ch->bus, count, cpu_to_node(ch->cpu));
	wire = DIV_ROUND_UP(bytes, VMB_PAGE_SIZE);
	pfns = kvmalloc_objs(*pfns, wire);
	ret = -ENOMEM;
	if (!g || !pfns)
		goto err_free;
	g->bytes = (size_t)wire * VMB_PAGE_SIZE;
	for (unsigned int i = 0; i < wire; i++)
		pfns[i] = (page_to_phys(g->pages[i / VMB_PAGES_PER_PAGE]) >> VMB_PAGE_SHIFT) +
			  i % VMB_PAGES_PER_PAGE;
	ret = vmb_gpadl_establish(g, ch, pfns, wire);
	if (ret)
		goto err_free;
	kvfree(pfns);
	return g;

err_free:
	kvfree(pfns);
	if (g)
		vmb_gpadl_retire(g, 0);
	return ERR_PTR(ret);
}
EXPORT_SYMBOL_GPL(vmb_gpadl_create);

void vmb_gpadl_destroy(struct vmb_gpadl *gpadl)
{
	if (gpadl)
		vmb_gpadl_retire(gpadl, 0);
}
EXPORT_SYMBOL_GPL(vmb_gpadl_destroy);

u32 vmb_gpadl_handle(const struct vmb_gpadl *gpadl)
{
	return gpadl->handle;
}
EXPORT_SYMBOL_GPL(vmb_gpadl_handle);

void *vmb_gpadl_addr(const struct vmb_gpadl *gpadl)
{
	return gpadl->addr;
}
EXPORT_SYMBOL_GPL(vmb_gpadl_addr);

size_t vmb_gpadl_bytes(const struct vmb_gpadl *gpadl)
{
	return gpadl->bytes;
}
EXPORT_SYMBOL_GPL(vmb_gpadl_bytes);
