// SPDX-License-Identifier: GPL-2.0
/* Opening and closing a channel, and moving it to another CPU. */
#include <linux/export.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <asm/mshyperv.h>
#include <hyperv/hvhdk.h>

#include "bus.h"

/* The longest packet that a header can describe. */
#define VMB_PACKET_MAX	(0xffffu * 8)

static unsigned int vmb_ring_pages(u32 bytes)
{
	return 1 + DIV_ROUND_UP(bytes - VMB_PAGE_SIZE, PAGE_SIZE);
}

/* Header once, data twice in a row. */
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

/* Makes both rings known to the host. Page number of the inbound ring or -errno. */
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
	ret = vmb_gpadl_establish(g, ch->relid, pfns, count);
	kvfree(pfns);
	return ret ?: (int)inbound;
}

static void vmb_rings_free(struct vmb_channel *ch)
{
	scoped_guard(spinlock_irqsave, &ch->tx_lock) {
		ch->tx = (struct vmb_tx_ring) {};
		ch->tx_wanted = 0;
		ch->tx_waiting_set = false;
	}
	kvfree(ch->rx.buf);
	ch->rx = (struct vmb_rx_ring) {};
	for (int i = 0; i < 2; i++) {
		vunmap(ch->ring_map[i]);
		ch->ring_map[i] = NULL;
	}
	if (ch->ring_gpadl)
		vmb_gpadl_retire(ch->ring_gpadl, READ_ONCE(ch->rescinded));
	ch->ring_gpadl = NULL;
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

static int vmb_open_ask(struct vmb_channel *ch, const struct vmb_open *how,
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
	vmb_wait_start(ch->bus, &w, VMBW_OPEN_RESULT, ch->relid, id);
	ret = vmb_wait_end(ch->bus, &w, vmb_post(ch->bus, &msg, sizeof(msg)),
			   ch->bus->timeout);
	if (ret == -ETIMEDOUT)
		vmb_post_u32(ch->bus, VMBW_CLOSE, ch->relid);
	if (!ret && w.reply.result.status)
		ret = -EIO;
	return ret;
}

/* No interrupt and no work looks at the channel when it returns. */
static void vmb_channel_quiet(struct vmb_channel *ch)
{
	WRITE_ONCE(ch->live, NULL);
	synchronize_rcu();
	cancel_work_sync(&ch->rx_work);
	if (current_work() != &ch->note_work)
		cancel_work_sync(&ch->note_work);
}

static bool vmb_open_valid(const struct vmb_open *how)
{
	return how->ops && !how->ops->event != !how->ops->receive &&
	       how->tx_bytes >= 2 * VMB_PAGE_SIZE &&
	       how->rx_bytes >= 2 * VMB_PAGE_SIZE &&
	       !((how->tx_bytes | how->rx_bytes) & VMB_PAGE_MASK) &&
	       how->tx_bytes <= SZ_16M && how->rx_bytes <= SZ_16M &&
	       how->max_rx_packet >= sizeof(struct vmbw_packet) &&
	       how->max_rx_packet <= VMB_PACKET_MAX &&
	       how->user_len <= VMB_USER_DATA_BYTES;
}

/**
 * vmb_open() - open a channel
 * @ch: closed channel
 * @how: rings, callbacks, user data
 *
 * Process context. Callbacks may run before it returns.
 *
 * Return: 0; -EINVAL, -ENOMEM; -EBUSY if it is open; -ETIMEDOUT; -ENODEV after
 * a rescind; -EIO if the host refused or the channel is broken.
 */
int vmb_open(struct vmb_channel *ch, const struct vmb_open *how)
{
	int ret;

	if (!vmb_open_valid(how))
		return -EINVAL;
	guard(mutex)(&ch->lock);
	if (ch->state != VMB_CHANNEL_CLOSED)
		return -EBUSY;
	if (READ_ONCE(ch->error))
		return ch->error;
	ch->state = VMB_CHANNEL_OPENING;
	ch->ops = how->ops;
	ch->ctx = how->ctx;
	ch->rx_owned = 0;
	ret = vmb_rings_alloc(ch, how);
	if (ret < 0)
		goto err_free;
	/* The host may interrupt before its answer arrives. */
	WRITE_ONCE(ch->live, how->ops);
	ret = vmb_open_ask(ch, how, ret);
	if (!ret)
		ret = READ_ONCE(ch->error);
	if (ret)
		goto err_quiet;
	reinit_completion(&ch->closed);
	/* Pairs with cmpxchg() in vmb_channel_kill(), which may come just before. */
	smp_store_mb(ch->state, VMB_CHANNEL_OPEN);
	if (READ_ONCE(ch->error))
		queue_work(ch->bus->sub_wq, &ch->note_work);
	return 0;

err_quiet:
	vmb_channel_quiet(ch);
err_free:
	vmb_rings_free(ch);
	ch->state = VMB_CHANNEL_CLOSED;
	return ret;
}
EXPORT_SYMBOL_GPL(vmb_open);

static void vmb_close_subs(struct vmb_node *node)
{
	struct vmb_channel *sub;

	do {
		bool found = false;

		scoped_guard(mutex, &node->bus->lock) {
			list_for_each_entry(sub, &node->subs, list) {
				if (READ_ONCE(sub->state) != VMB_CHANNEL_OPEN)
					continue;
				found = kobject_get_unless_zero(&sub->kobj);
				break;
			}
		}
		if (!found)
			return;
		vmb_close(sub);
		vmb_channel_put(sub);
	} while (true);
}

/**
 * vmb_close() - close a channel
 * @ch: channel; nothing happens if it is closed
 *
 * Process context. Closing the primary channel closes the sub-channels first.
 */
void vmb_close(struct vmb_channel *ch)
{
	if (!ch->offer.index)
		vmb_close_subs(ch->node);

	mutex_lock(&ch->lock);
	if (ch->state != VMB_CHANNEL_OPEN) {
		bool wait = ch->state == VMB_CHANNEL_CLOSING &&
			    current_work() != &ch->note_work;

		mutex_unlock(&ch->lock);
		if (wait)
			wait_for_completion(&ch->closed);
		return;
	}
	ch->state = VMB_CHANNEL_CLOSING;
	/* Not held any longer: the dead callback may close, too. */
	mutex_unlock(&ch->lock);

	vmb_channel_quiet(ch);
	if (!READ_ONCE(ch->rescinded))
		vmb_post_u32(ch->bus, VMBW_CLOSE, ch->relid);
	vmb_rings_free(ch);

	scoped_guard(mutex, &ch->lock)
		ch->state = VMB_CHANNEL_CLOSED;
	complete_all(&ch->closed);
	if (ch->offer.index && READ_ONCE(ch->rescinded))
		queue_work(ch->bus->sub_wq, &ch->node->sub_work);
}
EXPORT_SYMBOL_GPL(vmb_close);

/* Asks the host to interrupt another CPU. Under ch->lock. */
static int vmb_channel_modify(struct vmb_channel *ch, unsigned int cpu)
{
	struct vmbw_modify msg = {
		.hdr.type = cpu_to_le32(VMBW_MODIFY_CHANNEL),
		.relid = cpu_to_le32(ch->relid),
		.value = cpu_to_le32(vmb_vp(cpu)),
	};
	struct vmb_wait w;
	int ret;

	if (ch->bus->version < VMBW_V4_1)
		return -EOPNOTSUPP;
	if (ch->bus->version < VMBW_V5_3)
		return vmb_post(ch->bus, &msg, sizeof(msg));
	vmb_wait_start(ch->bus, &w, VMBW_MODIFY_RESPONSE, ch->relid, 0);
	ret = vmb_wait_end(ch->bus, &w, vmb_post(ch->bus, &msg, sizeof(msg)),
			   ch->bus->timeout);
	if (!ret && w.reply.modify.value)
		ret = -EIO;
	return ret;
}

/* An interrupt on the old CPU may have been lost: look now. */
static void vmb_channel_look(struct vmb_channel *ch)
{
	guard(irqsave)();
	vmb_channel_interrupt(ch);
}

static int vmb_channel_move(struct vmb_channel *ch, unsigned int cpu)
{
	unsigned int old = ch->cpu;
	int ret = 0;

	scoped_guard(mutex, &ch->bus->lock) {
		if (cpu >= nr_cpu_ids || !cpu_possible(cpu) ||
		    !per_cpu_ptr(ch->bus->cpus, cpu)->enabled)
			return -EINVAL;
		ch->cpu = cpu;
	}
	if (old == cpu || ch->state != VMB_CHANNEL_OPEN || READ_ONCE(ch->error))
		return 0;
	ret = vmb_channel_modify(ch, cpu);
	if (ret && !READ_ONCE(ch->error)) {
		ch->cpu = old;
		return ret;
	}
	vmb_channel_look(ch);
	return 0;
}

/**
 * vmb_channel_set_cpu() - choose the CPU that takes a channel's interrupts
 * @ch: channel; an open one needs protocol 4.1
 * @cpu: online CPU
 *
 * Return: 0, -EINVAL, -EOPNOTSUPP, -ETIMEDOUT, -EIO.
 */
int vmb_channel_set_cpu(struct vmb_channel *ch, unsigned int cpu)
{
	guard(mutex)(&ch->lock);
	return vmb_channel_move(ch, cpu);
}
EXPORT_SYMBOL_GPL(vmb_channel_set_cpu);

/* A CPU goes: moves the channel elsewhere if it is there. */
int vmb_channel_leave_cpu(struct vmb_channel *ch, unsigned int cpu)
{
	unsigned int to;

	guard(mutex)(&ch->lock);
	if (ch->cpu != cpu)
		return 0;
	scoped_guard(mutex, &ch->bus->lock)
		to = vmb_pick_cpu(ch->bus, ch->node);
	return vmb_channel_move(ch, to);
}
