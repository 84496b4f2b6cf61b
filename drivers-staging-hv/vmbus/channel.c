// SPDX-License-Identifier: GPL-2.0
/* What a channel is, from its offer to its end. */
#include <linux/bottom_half.h>
#include <linux/export.h>
#include <linux/slab.h>
#include <kunit/visibility.h>

#include "bus.h"

/* Tells the driver what it must know in process context. */
static void vmb_note_work(struct work_struct *work)
{
	struct vmb_channel *ch = container_of(work, struct vmb_channel, note_work);
	const struct vmb_channel_ops *ops = READ_ONCE(ch->live);

	if (!ops)
		return;
	if (!READ_ONCE(ch->error)) {
		local_bh_disable();
		vmb_tx_wake(ch);
		local_bh_enable();
	} else if (READ_ONCE(ch->state) != VMB_CHANNEL_OPENING && !ch->dead_told &&
		   ops->dead) {
		/* vmb_open() tells of its own failure, and comes back here. */
		ch->dead_told = true;
		ops->dead(ch, ch->error);
	}
}

/**
 * vmb_channel_alloc() - a closed channel
 * @bus: bus
 * @node: its device
 * @offer: what the host offered
 *
 * Return: the channel with one reference, or NULL.
 */
struct vmb_channel *vmb_channel_alloc(struct vmb_bus *bus,
				      struct vmb_node *node,
				      const struct vmb_offer *offer)
{
	struct vmb_channel *ch = kzalloc_obj(*ch);

	if (!ch)
		return NULL;
	spin_lock_init(&ch->tx_lock);
	mutex_init(&ch->lock);
	init_completion(&ch->closed);
	INIT_LIST_HEAD(&ch->list);
	INIT_WORK(&ch->rx_work, vmb_rx_work);
	INIT_WORK(&ch->note_work, vmb_note_work);
	kobject_init(&ch->kobj, &vmb_channel_ktype);
	ch->bus = bus;
	ch->node = node;
	get_device(&node->vdev.dev);
	ch->offer = *offer;
	ch->relid = offer->relid;
	ch->signal = offer->connection_id;
	if (offer->monitor >= 0) {
		struct vmbw_monitor_page *page = bus->monitor[1];

		ch->monitor_word = (unsigned long *)&page->group[offer->monitor / 32];
		ch->monitor_bit = offer->monitor % 32;
	}
	if (bus->version < VMBW_V5_0 && !offer->dedicated)
		ch->send_bits = (unsigned long *)(bus->int_page + VMB_PAGE_SIZE / 2);
	return ch;
}

/* A channel by its number, with a reference, or NULL. */
struct vmb_channel *vmb_channel_get(struct vmb_bus *bus, u32 relid)
{
	struct vmb_channel *ch;

	guard(rcu)();
	ch = rcu_dereference(bus->channels[relid]);
	if (ch && !kobject_get_unless_zero(&ch->kobj))
		ch = NULL;
	return ch;
}
EXPORT_SYMBOL_IF_KUNIT(vmb_channel_get);

/* Drops a reference. */
void vmb_channel_put(struct vmb_channel *ch)
{
	kobject_put(&ch->kobj);
}
EXPORT_SYMBOL_IF_KUNIT(vmb_channel_put);

/* Takes a closed channel out of everything and drops the list's reference. */
void vmb_channel_unlist(struct vmb_channel *ch)
{
	scoped_guard(mutex, &ch->bus->lock) {
		if (rcu_access_pointer(ch->bus->channels[ch->relid]) == ch)
			RCU_INIT_POINTER(ch->bus->channels[ch->relid], NULL);
		list_del_init(&ch->list);
	}
	cancel_work_sync(&ch->note_work);
	if (ch->kobj_added)
		kobject_del(&ch->kobj);
	vmb_channel_put(ch);
}

/**
 * vmb_channel_kill() - the channel is dead
 * @ch: channel
 * @error: -EIO or -ENODEV
 * @why: for the log and sysfs; NULL for a rescind
 *
 * Any context. The first reason stays.
 */
void vmb_channel_kill(struct vmb_channel *ch, int error, const char *why)
{
	if (cmpxchg(&ch->error, 0, error))
		return;
	if (why) {
		WRITE_ONCE(ch->why, why);
		vmb_count(ch->bus, VMB_BROKEN_CHANNELS);
		dev_err_ratelimited(&ch->node->vdev.dev,
				    "channel %u is broken: %s\n", ch->relid, why);
	}
	if (READ_ONCE(ch->live))
		queue_work(ch->bus->sub_wq, &ch->note_work);
}

/**
 * vmb_channel_break() - the host broke the device's protocol
 * @ch: channel
 * @why: constant string
 */
void vmb_channel_break(struct vmb_channel *ch, const char *why)
{
	vmb_channel_kill(ch, -EIO, why);
}
EXPORT_SYMBOL_GPL(vmb_channel_break);

/* The driver's own, from vmb_open.ctx. */
void *vmb_channel_ctx(const struct vmb_channel *ch)
{
	return ch->ctx;
}
EXPORT_SYMBOL_GPL(vmb_channel_ctx);

struct vmb_device *vmb_channel_device(const struct vmb_channel *ch)
{
	return &ch->node->vdev;
}
EXPORT_SYMBOL_GPL(vmb_channel_device);

u16 vmb_channel_index(const struct vmb_channel *ch)
{
	return ch->offer.index;
}
EXPORT_SYMBOL_GPL(vmb_channel_index);

int vmb_channel_error(const struct vmb_channel *ch)
{
	return READ_ONCE(ch->error);
}
EXPORT_SYMBOL_GPL(vmb_channel_error);

u32 vmb_protocol_version(const struct vmb_channel *ch)
{
	return ch->bus->version;
}
EXPORT_SYMBOL_GPL(vmb_protocol_version);

unsigned int vmb_channel_cpu(const struct vmb_channel *ch)
{
	return READ_ONCE(ch->cpu);
}
EXPORT_SYMBOL_GPL(vmb_channel_cpu);
