// SPDX-License-Identifier: GPL-2.0
/* Opening and closing a channel. */
#include <linux/bottom_half.h>
#include <linux/export.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "bus.h"
#include "channel.h"
#include "connection.h"
#include "gpadl.h"
#include "live.h"
#include "node.h"
#include "open.h"
#include "packet.h"

/* Before another try to post CLOSE. */
#define VMB_CLOSE_PAUSE	(10 * HZ)

static unsigned int vmb_ring_pages(u32 bytes)
{
	return 1 + DIV_ROUND_UP(bytes - VMB_PAGE_SIZE, PAGE_SIZE);
}

/* Maps the header once and the data twice in a row. */
static void *vmb_ring_map(struct page **pages, unsigned int count)
{
	unsigned int data = count - 1;
	struct page **twice;
	void *map;

	twice = kvmalloc_objs(*twice, 1 + 2 * data);
	if (!twice)
		return NULL;
	memcpy(twice, pages, count * sizeof(*pages));
	memcpy(twice + count, pages + 1, data * sizeof(*pages));
	map = vmap(twice, 1 + 2 * data, VM_MAP, PAGE_KERNEL);
	kvfree(twice);
	return map;
}

/* A ring's header is one wire page, whatever the kernel's page size is. */
static unsigned int vmb_ring_pfns(u64 *pfns, struct page **pages,
				  unsigned int count)
{
	unsigned int n = 0;

	pfns[n++] = page_to_phys(pages[0]) >> VMB_PAGE_SHIFT;
	for (unsigned int i = 1; i < count; i++)
		for (u32 off = 0; off < PAGE_SIZE; off += VMB_PAGE_SIZE)
			pfns[n++] = (page_to_phys(pages[i]) + off) >> VMB_PAGE_SHIFT;
	return n;
}

/* Shares both rings. Returns the page number of the inbound ring or -errno. */
static int vmb_rings_share(struct vmb_channel *ch, unsigned int tx,
			   unsigned int rx)
{
	struct vmb_gpadl *g = ch->ring_gpadl;
	unsigned int inbound, count;
	u64 *pfns;
	int ret;

	pfns = kvmalloc_objs(*pfns, (tx + rx) * (PAGE_SIZE / VMB_PAGE_SIZE));
	if (!pfns)
		return -ENOMEM;
	inbound = vmb_ring_pfns(pfns, g->pages, tx);
	count = inbound + vmb_ring_pfns(pfns + inbound, g->pages + tx, rx);
	ret = vmb_gpadl_establish(g, ch, pfns, count);
	kvfree(pfns);
	return ret ?: (int)inbound;
}

/* Returns 0 if the host confirmed that it uses the rings no longer. */
static int vmb_rings_free(struct vmb_channel *ch, int error)
{
	struct vmb_gpadl *g = ch->ring_gpadl;

	lockdep_assert_held(&ch->lock);
	vmb_channel_drop_rings(ch);
	for (unsigned int i = 0; i < ARRAY_SIZE(ch->ring_map); i++) {
		vunmap(ch->ring_map[i]);
		ch->ring_map[i] = NULL;
	}
	ch->ring_gpadl = NULL;
	return g ? vmb_gpadl_retire(g, error) : error;
}

static int vmb_rings_alloc(struct vmb_channel *ch, const struct vmb_open *how)
{
	unsigned int tx = vmb_ring_pages(how->tx_bytes);
	unsigned int rx = vmb_ring_pages(how->rx_bytes);
	int node = cpu_to_node(ch->cpu);
	void *buf;

	ch->ring_gpadl = vmb_gpadl_alloc(ch->bus, tx + rx, node);
	if (!ch->ring_gpadl)
		return -ENOMEM;
	ch->ring_map[0] = vmb_ring_map(ch->ring_gpadl->pages, tx);
	ch->ring_map[1] = vmb_ring_map(ch->ring_gpadl->pages + tx, rx);
	buf = kvmalloc_node(how->max_rx_packet, GFP_KERNEL, node);
	if (!ch->ring_map[0] || !ch->ring_map[1] || !buf) {
		kvfree(buf);
		return -ENOMEM;
	}
	vmb_tx_ring_init(&ch->tx, ch->ring_map[0], ch->ring_map[0] + PAGE_SIZE,
			 (tx - 1) * PAGE_SIZE);
	vmb_rx_ring_init(&ch->rx, ch->ring_map[1], ch->ring_map[1] + PAGE_SIZE,
			 (rx - 1) * PAGE_SIZE, buf, how->max_rx_packet);
	return vmb_rings_share(ch, tx, rx);
}

/* Has CLOSE posted by a work, for a channel that is closed here. */
static void vmb_close_later(struct vmb_channel *ch, unsigned long delay)
{
	kobject_get(&ch->kobj);
	if (!queue_delayed_work(ch->bus->sub_wq, &ch->close_work, delay))
		vmb_channel_put(ch);
}

static void vmb_close_work(struct work_struct *work)
{
	struct vmb_channel *ch = container_of(to_delayed_work(work),
					      struct vmb_channel, close_work);

	scoped_guard(mutex, &ch->lock) {
		if (ch->state != VMB_CHANNEL_CLOSED || READ_ONCE(ch->rescinded))
			break;
		if (vmb_post_u32(ch->bus, VMBW_CLOSE, ch->relid))
			vmb_close_later(ch, VMB_CLOSE_PAUSE);
		else
			vmb_gpadl_repost(ch->bus, ch->relid);
	}
	vmb_channel_put(ch);
}

static int vmb_open_request(struct vmb_channel *ch, const struct vmb_open *how,
			    u32 inbound_page)
{
	u32 id = atomic_inc_return(&ch->bus->last_open);
	struct vmbw_open msg = {
		.hdr.type = cpu_to_le32(VMBW_OPEN),
		.relid = cpu_to_le32(ch->relid),
		.open_id = cpu_to_le32(id),
		.gpadl = cpu_to_le32(ch->ring_gpadl->handle),
		.target_vp = cpu_to_le32(vmb_vp(ch->cpu)),
		.inbound_page = cpu_to_le32(inbound_page),
	};
	struct vmb_wait w;
	int ret;

	if (how->user_len)
		memcpy(msg.user_data, how->user_data, how->user_len);
	ret = vmb_channel_wait_start(ch, &w, VMBW_OPEN_RESULT, id);
	if (!ret)
		ret = vmb_post(ch->bus, &msg, sizeof(msg));
	ret = vmb_wait_end(ch->bus, &w, ret, vmb_reply_timeout(ch->bus));
	if (!ret && w.reply.result.status)
		ret = -EIO;
	return ret;
}

void vmb_late_open(struct vmb_bus *bus, u32 relid)
{
	struct vmb_channel *ch;

	ch = relid < VMBW_RELIDS ? vmb_channel_get(bus, relid) : NULL;
	if (!ch)
		return;
	vmb_close_later(ch, 0);
	vmb_channel_put(ch);
}

void vmb_channel_init_works(struct vmb_channel *ch)
{
	INIT_WORK(&ch->rx_work, vmb_rx_work);
	INIT_WORK(&ch->notify_work, vmb_notify_work);
	INIT_DELAYED_WORK(&ch->close_work, vmb_close_work);
}

void vmb_channel_disable_works(struct vmb_channel *ch)
{
	if (disable_delayed_work_sync(&ch->close_work))
		vmb_channel_put(ch);
}

void vmb_channel_revive(struct vmb_channel *ch)
{
	ch->dead_notified = false;
	WRITE_ONCE(ch->reason, NULL);
	WRITE_ONCE(ch->broken, false);
	WRITE_ONCE(ch->error, 0);
	/* Pairs with cmpxchg() in vmb_channel_kill(). */
	smp_mb();
	if (READ_ONCE(ch->rescinded))
		WRITE_ONCE(ch->error, -ENODEV);
}

/* @opened: the host has the channel open, or may have it open later. */
static int vmb_close_locked(struct vmb_channel *ch, bool opened)
{
	int ret = 0;

	lockdep_assert_held(&ch->lock);
	vmb_channel_quiesce(ch);
	if (opened && !READ_ONCE(ch->rescinded))
		ret = vmb_post_u32(ch->bus, VMBW_CLOSE, ch->relid);
	if (ret)
		vmb_close_later(ch, VMB_CLOSE_PAUSE);
	ret = vmb_rings_free(ch, ret);
	/* Nothing is left of a breach that the host and the guest have closed. */
	if (!ret)
		vmb_channel_revive(ch);
	WRITE_ONCE(ch->state, VMB_CHANNEL_CLOSED);
	/* A rescinded sub-channel is released once it is closed. */
	if (ch->offer.index && READ_ONCE(ch->rescinded))
		queue_work(ch->bus->sub_wq, &ch->node->sub_work);
	return ret;
}

static int vmb_open_locked(struct vmb_channel *ch, const struct vmb_open *how)
{
	bool opened = false;
	int ret;

	lockdep_assert_held(&ch->lock);
	ch->state = VMB_CHANNEL_OPENING;
	ch->ops = how->ops;
	ch->ctx = how->ctx;
	ch->rx_owned = 0;
	ret = vmb_rings_alloc(ch, how);
	if (ret < 0)
		goto err_close;
	/*
	 * The host may interrupt before its reply arrives. Pairs with
	 * smp_load_acquire() in vmb_channel_live(): then the rings are there.
	 */
	smp_store_release(&ch->live, how->ops);
	ret = vmb_open_request(ch, how, ret);
	opened = !ret || ret == -ETIMEDOUT;
	if (!ret)
		ret = READ_ONCE(ch->error);
	if (ret)
		goto err_close;
	/* Pairs with cmpxchg() in vmb_channel_kill(), which may come just before. */
	smp_store_mb(ch->state, VMB_CHANNEL_OPEN);
	if (READ_ONCE(ch->error))
		queue_work(ch->bus->notify_wq, &ch->notify_work);
	return 0;

err_close:
	vmb_close_locked(ch, opened);
	return ret;
}

int vmb_open(struct vmb_channel *ch, const struct vmb_open *how)
{
	if (!vmb_open_valid(how))
		return -EINVAL;
	guard(mutex)(&ch->lock);
	if (ch->state != VMB_CHANNEL_CLOSED)
		return -EBUSY;
	return READ_ONCE(ch->error) ?: vmb_open_locked(ch, how);
}
EXPORT_SYMBOL_GPL(vmb_open);

/* An open sub-channel, with a reference, or NULL. */
static struct vmb_channel *vmb_sub_open(struct vmb_node *node)
{
	struct vmb_channel *sub;

	guard(mutex)(&node->bus->lock);
	list_for_each_entry(sub, &node->subs, list)
		if (READ_ONCE(sub->state) == VMB_CHANNEL_OPEN &&
		    kobject_get_unless_zero(&sub->kobj))
			return sub;
	return NULL;
}

int vmb_close(struct vmb_channel *ch)
{
	struct vmb_channel *sub;

	while (!ch->offer.index && (sub = vmb_sub_open(ch->node))) {
		vmb_close(sub);
		vmb_channel_put(sub);
	}
	guard(mutex)(&ch->lock);
	return ch->state == VMB_CHANNEL_OPEN ? vmb_close_locked(ch, true) : 0;
}
EXPORT_SYMBOL_GPL(vmb_close);
