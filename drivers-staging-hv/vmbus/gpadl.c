// SPDX-License-Identifier: GPL-2.0
/*
 * GPADLs: lists of guest pages that the host may read and write.
 *
 * The object owns the pages. They are freed only when the host has confirmed
 * the teardown, or the connection is known to be down.
 */
#include <linux/err.h>
#include <linux/export.h>
#include <linux/gfp.h>
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

/**
 * vmb_gpadl_header() - build the message that begins a GPADL
 * @msg: to fill
 * @relid: channel
 * @handle: GPADL
 * @pfns: all 4 KiB page numbers
 * @count: how many, at most VMBW_GPADL_MAX_PFNS
 *
 * Context: Any.
 * Return: bytes of the message; it carries the first VMBW_HEADER_PFNS pages.
 */
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

/**
 * vmb_gpadl_body() - build a message that continues a GPADL
 * @msg: to fill
 * @handle: GPADL
 * @number: 0 for the first body
 * @pfns: the page numbers that no message has carried yet
 * @count: how many, not 0
 *
 * Context: Any.
 * Return: bytes of the message; it carries up to VMBW_BODY_PFNS pages.
 */
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
	vunmap(g->addr);
	while (g->count)
		__free_page(g->pages[--g->count]);
	kvfree(g->pages);
	kfree(g);
}

/**
 * vmb_gpadl_alloc() - allocate zeroed pages to be shared
 * @bus: bus
 * @count: kernel pages
 * @node: NUMA node
 *
 * Context: Process.
 * Return: an object that the host does not know yet, or NULL.
 */
struct vmb_gpadl *vmb_gpadl_alloc(struct vmb_bus *bus, unsigned int count,
				  int node)
{
	struct vmb_gpadl *g;

	if (should_fail(&bus->fail_alloc, 1))
		return NULL;
	g = kzalloc_obj(*g);
	if (!g)
		return NULL;
	INIT_LIST_HEAD(&g->list);
	g->bus = bus;
	g->pages = kvzalloc_objs(*g->pages, count);
	if (!g->pages)
		goto err_free;
	for (; g->count < count; g->count++) {
		g->pages[g->count] = alloc_pages_node(node, GFP_KERNEL | __GFP_ZERO, 0);
		if (!g->pages[g->count])
			goto err_free;
	}
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

/**
 * vmb_gpadl_establish() - make pages known to the host
 * @g: object that the host does not know
 * @relid: channel
 * @pfns: 4 KiB page numbers, in the host's order
 * @count: how many
 *
 * After an error the host may know the pages or not; vmb_gpadl_retire() copes
 * with either.
 *
 * Context: Process; waits for the host.
 * Return: 0 or -errno.
 */
int vmb_gpadl_establish(struct vmb_gpadl *g, u32 relid, const u64 *pfns,
			unsigned int count)
{
	struct vmb_bus *bus = g->bus;
	struct vmb_wait w;
	int ret;

	if (!count || count > VMBW_GPADL_MAX_PFNS)
		return -E2BIG;
	do {
		g->handle = atomic_inc_return(&bus->last_gpadl);
	} while (!g->handle);
	g->relid = relid;

	vmb_wait_start(bus, &w, VMBW_GPADL_CREATED, relid, g->handle);
	ret = vmb_wait_end(bus, &w, vmb_gpadl_post(g, relid, pfns, count),
			   bus->timeout);
	if (!ret && w.reply.result.status) {
		/* Refused: the host keeps nothing. */
		g->handle = 0;
		ret = -EIO;
	}
	return ret;
}

/* The host may still use the pages: keeps them out of use. */
static void vmb_gpadl_keep(struct vmb_gpadl *g)
{
	struct vmb_bus *bus = g->bus;

	dev_err_ratelimited(bus->dev,
			    "channel %u: teardown of GPADL %#x not confirmed, %u pages lost\n",
			    g->relid, g->handle, g->count);
	atomic_long_add(g->count, &bus->counters[VMB_LOST_PAGES]);
	guard(spinlock)(&bus->lost_lock);
	list_add_tail(&g->list, &bus->lost);
}

/**
 * vmb_gpadl_retire() - tear a GPADL down and free its pages
 * @g: object, in any state
 * @rescinded: the channel was rescinded
 *
 * If the host does not confirm, the pages are kept out of use until it does,
 * or until the connection ends.
 *
 * Context: Process; waits for the host.
 */
void vmb_gpadl_retire(struct vmb_gpadl *g, bool rescinded)
{
	struct vmbw_gpadl_teardown msg = {
		.hdr.type = cpu_to_le32(VMBW_GPADL_TEARDOWN),
		.relid = cpu_to_le32(g->relid),
		.gpadl = cpu_to_le32(g->handle),
	};
	struct vmb_bus *bus = g->bus;
	struct vmb_wait w;
	int ret;

	if (!g->handle) {
		vmb_gpadl_free(g);
		return;
	}
	/* Relid 0: a rescind confirms nothing about the pages. */
	vmb_wait_start(bus, &w, VMBW_GPADL_TORNDOWN, 0, g->handle);
	ret = vmb_wait_end(bus, &w, vmb_post(bus, &msg, sizeof(msg)),
			   rescinded ? VMB_RESCIND_TIMEOUT : bus->timeout);
	if (ret)
		vmb_gpadl_keep(g);
	else
		vmb_gpadl_free(g);
}

/**
 * vmb_gpadl_late() - the host confirmed a teardown after the timeout
 * @bus: bus
 * @handle: GPADL
 *
 * Context: Process; takes vmb_bus.lost_lock.
 * Return: true if @handle was on the list of unconfirmed teardowns.
 */
bool vmb_gpadl_late(struct vmb_bus *bus, u32 handle)
{
	struct vmb_gpadl *g, *found = NULL;

	scoped_guard(spinlock, &bus->lost_lock) {
		list_for_each_entry(g, &bus->lost, list) {
			if (g->handle == handle) {
				list_del(&g->list);
				found = g;
				break;
			}
		}
	}
	if (!found)
		return false;
	atomic_long_sub(found->count, &bus->counters[VMB_LOST_PAGES]);
	vmb_gpadl_free(found);
	return true;
}

/* Frees all unconfirmed GPADLs: the connection is down. */
void vmb_gpadl_free_lost(struct vmb_bus *bus)
{
	struct vmb_gpadl *g, *next;

	list_for_each_entry_safe(g, next, &bus->lost, list) {
		list_del(&g->list);
		vmb_gpadl_free(g);
	}
}

/**
 * vmb_gpadl_create() - share a zeroed buffer with the host
 * @ch: open channel
 * @bytes: size, rounded up to whole pages
 *
 * Context: Process; waits for the host.
 * Return: the buffer, or an ERR_PTR: -E2BIG above what one GPADL can describe.
 */
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
	g->addr = vmap(g->pages, count, VM_MAP, PAGE_KERNEL);
	if (!g->addr)
		goto err_free;
	for (unsigned int i = 0; i < wire; i++)
		pfns[i] = (page_to_phys(g->pages[i / VMB_PAGES_PER_PAGE]) >> VMB_PAGE_SHIFT) +
			  i % VMB_PAGES_PER_PAGE;
	ret = vmb_gpadl_establish(g, ch->relid, pfns, wire);
	if (ret)
		goto err_free;
	kvfree(pfns);
	return g;

err_free:
	kvfree(pfns);
	if (g)
		vmb_gpadl_retire(g, READ_ONCE(ch->rescinded));
	return ERR_PTR(ret);
}
EXPORT_SYMBOL_GPL(vmb_gpadl_create);

/**
 * vmb_gpadl_destroy() - end sharing a buffer
 * @gpadl: from vmb_gpadl_create(), or NULL
 *
 * Context: Process; waits for the host.
 */
void vmb_gpadl_destroy(struct vmb_gpadl *gpadl)
{
	struct vmb_channel *ch;
	bool rescinded;

	if (!gpadl)
		return;
	ch = vmb_channel_get(gpadl->bus, gpadl->relid);
	rescinded = !ch || READ_ONCE(ch->rescinded);
	if (ch)
		vmb_channel_put(ch);
	vmb_gpadl_retire(gpadl, rescinded);
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
