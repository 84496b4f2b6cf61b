// SPDX-License-Identifier: GPL-2.0
/* Offers and rescinds: how devices and channels come and go. */
#include <linux/device.h>
#include <linux/fault-inject.h>
#include <linux/jiffies.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <kunit/visibility.h>

#include "affinity.h"
#include "bus.h"
#include "channel.h"
#include "client_bus.h"
#include "connection.h"
#include "device.h"
#include "gpadl.h"
#include "live.h"
#include "node.h"
#include "offer.h"
#include "open.h"
#include "sysfs.h"

/* Before another try to post RELID_RELEASED. */
#define VMB_RELEASE_PAUSE	(10 * HZ)

int vmb_offer_parse(const struct vmbw_offer *msg, struct vmb_offer *offer)
{
	*offer = (struct vmb_offer) {
		.class_id = msg->class_id,
		.instance_id = msg->instance_id,
		.relid = le32_to_cpu(msg->relid),
		.connection_id = le32_to_cpu(msg->connection_id),
		.flags = le16_to_cpu(msg->flags),
		.index = le16_to_cpu(msg->sub_index),
		.monitor = -1,
		.dedicated = le16_to_cpu(msg->dedicated_flags) & 1,
		.mmio_mb = le16_to_cpu(msg->mmio_mb),
	};
	memcpy(offer->user_data, msg->user_data, sizeof(offer->user_data));
	if ((msg->monitor_flags & VMBW_OFFER_MONITORED) && msg->monitor_id < VMBW_MONITORS)
		offer->monitor = msg->monitor_id;
	return offer->relid && offer->relid < VMBW_RELIDS ? 0 : -EINVAL;
}
EXPORT_SYMBOL_IF_KUNIT(vmb_offer_parse);

/* When to stop waiting for what the host may say about rescinded channels. */
static unsigned long vmb_rescind_end(const struct vmb_bus *bus)
{
	return jiffies + min(bus->timeout, VMB_RESCIND_TIMEOUT);
}

/* Has RELID_RELEASED posted by a work, for those who must not wait. */
static void vmb_relid_release_later(struct vmb_bus *bus, u32 relid,
				    unsigned long delay)
{
	set_bit(relid, bus->to_release);
	queue_delayed_work(bus->sub_wq, &bus->release_work, delay);
}

/* The host may reuse the number; the guest may reuse the pages. */
static void vmb_relid_release(struct vmb_bus *bus, u32 relid, unsigned long end)
{
	u32 last = atomic_read(&bus->last_gpadl);
	int ret;

	vmb_gpadl_settle(bus, relid, end);
	ret = vmb_post_u32(bus, VMBW_RELID_RELEASED, relid);
	if (!ret) {
		vmb_gpadl_free_relid(bus, relid, last);
	} else if (READ_ONCE(bus->state) == VMB_BUS_UP) {
		dev_err_ratelimited(bus->dev, "cannot release channel %u: %d\n",
				    relid, ret);
		vmb_relid_release_later(bus, relid, VMB_RELEASE_PAUSE);
	}
}

static void vmb_release_work(struct work_struct *work)
{
	struct vmb_bus *bus = container_of(to_delayed_work(work), struct vmb_bus,
					   release_work);
	unsigned long relid;

	for_each_set_bit(relid, bus->to_release, VMBW_RELIDS) {
		clear_bit(relid, bus->to_release);
		vmb_relid_release(bus, relid, jiffies);
	}
}

void vmb_offer_init(struct vmb_bus *bus)
{
	INIT_DELAYED_WORK(&bus->release_work, vmb_release_work);
}

/* Takes a closed channel off the bus. */
static void vmb_channel_release(struct vmb_channel *ch, unsigned long end)
{
	struct vmb_bus *bus = ch->bus;
	u32 relid = ch->relid;
	bool rescinded;

	vmb_channel_sysfs_remove(ch);
	rescinded = vmb_channel_unlist(ch);
	vmb_channel_disable_works(ch);
	vmb_channel_put(ch);
	/* Without a number it is of a connection that has ended. */
	if (rescinded && relid)
		vmb_relid_release(bus, relid, end);
}

/* A sub-channel to hand out or to release, or NULL. */
static struct vmb_channel *vmb_sub_next(struct vmb_node *node)
{
	struct vmb_channel *ch;

	lockdep_assert_held(&node->sub_lock);
	guard(mutex)(&node->bus->lock);
	list_for_each_entry(ch, &node->subs, list) {
		if (READ_ONCE(ch->rescinded)) {
			if (READ_ONCE(ch->state) == VMB_CHANNEL_CLOSED)
				return ch;
		} else if (node->subs_allowed && !ch->presented) {
			return ch;
		}
	}
	return NULL;
}

/* Hands sub-channels to the driver and releases rescinded ones. */
static void vmb_sub_work(struct work_struct *work)
{
	struct vmb_node *node = container_of(work, struct vmb_node, sub_work);
	unsigned long end = vmb_rescind_end(node->bus);
	struct vmb_channel *ch;

	guard(mutex)(&node->sub_lock);
	while ((ch = vmb_sub_next(node))) {
		const struct vmb_driver *drv;

		if (READ_ONCE(ch->rescinded)) {
			vmb_channel_release(ch, end);
			continue;
		}
		ch->presented = true;
		vmb_channel_sysfs_add(ch);
		drv = to_vmb_driver(node->dev.driver);
		if (drv->subchannel)
			drv->subchannel(&node->vdev, ch);
	}
}

void vmb_subs_release(struct vmb_node *node, unsigned long end)
{
	struct vmb_channel *ch;

	disable_work_sync(&node->sub_work);
	while ((ch = list_first_entry_or_null(&node->subs, struct vmb_channel, list)))
		vmb_channel_release(ch, end);
}

/* Device work: after the add work. One timeout for all channels. */
static void vmb_drop_work(struct work_struct *work)
{
	struct vmb_node *node = container_of(work, struct vmb_node, drop_work);
	struct vmb_bus *bus = node->bus;
	unsigned long end;

	if (vmb_client_keeps(node))
		return;
	if (node->added)
		vmb_node_remove(node);
	end = vmb_rescind_end(bus);
	vmb_subs_release(node, end);
	scoped_guard(mutex, &bus->lock)
		list_del(&node->list);
	vmb_channel_release(node->vdev.channel, end);
	put_device(&node->dev);
}

/* Device work: adds a device, unless it is gone already. */
static void vmb_add_work(struct work_struct *work)
{
	struct vmb_node *node = container_of(work, struct vmb_node, add_work);
	int ret = READ_ONCE(node->gone) ? 0 : vmb_node_add(node);

	if (!ret)
		return;
	dev_err(node->bus->dev, "cannot add device %pUl: %d\n",
		&node->vdev.instance_id, ret);
	if (ret != -ENOMEM)
		return;
	/* As if it was rescinded: released, it may be offered again. */
	guard(mutex)(&node->bus->lock);
	WRITE_ONCE(node->vdev.channel->rescinded, true);
	vmb_node_leave(node);
}

/* The device of an instance, unless it is being removed. */
static struct vmb_node *vmb_node_find(struct vmb_bus *bus,
				      const guid_t *instance_id)
{
	struct vmb_node *node;

	lockdep_assert_held(&bus->lock);
	list_for_each_entry(node, &bus->devices, list)
		if (!node->gone && guid_equal(&node->vdev.instance_id, instance_id))
			return node;
	return NULL;
}

/* Interrupts may find the channel from here on. */
static void vmb_channel_list(struct vmb_bus *bus, struct vmb_channel *ch)
{
	unsigned int words = ch->relid / BITS_PER_LONG + 1;

	lockdep_assert_held(&bus->lock);
	vmb_channel_init_works(ch);
	rcu_assign_pointer(bus->channels[ch->relid], ch);
	if (words > bus->event_words)
		WRITE_ONCE(bus->event_words, words);
}

/* A device that was there before the machine hibernated, by another number. */
static int vmb_offer_again(struct vmb_node *node, const struct vmb_offer *offer)
{
	struct vmb_channel *ch = node->vdev.channel;

	if (ch->relid || !guid_equal(&node->vdev.class_id, &offer->class_id))
		return -EEXIST;
	if (!cpumask_test_cpu(ch->cpu, &node->bus->cpus_enabled))
		ch->cpu = vmb_pick_cpu(node->bus, node);
	vmb_channel_set_offer(ch, offer);
	memcpy(node->vdev.user_data, offer->user_data, VMB_USER_DATA_BYTES);
	WRITE_ONCE(ch->rescinded, false);
	vmb_channel_revive(ch);
	vmb_channel_list(node->bus, ch);
	return 0;
}

static int vmb_offer_primary(struct vmb_bus *bus, const struct vmb_offer *offer)
{
	struct vmb_node *node = vmb_node_find(bus, &offer->instance_id);
	struct vmb_channel *ch;

	if (node)
		return vmb_offer_again(node, offer);
	node = vmb_node_alloc(bus, offer);
	if (!node)
		return -ENOMEM;
	INIT_WORK(&node->add_work, vmb_add_work);
	INIT_WORK(&node->drop_work, vmb_drop_work);
	INIT_WORK(&node->sub_work, vmb_sub_work);
	ch = vmb_channel_alloc(bus, node, offer);
	if (!ch) {
		put_device(&node->dev);
		return -ENOMEM;
	}
	node->vdev.channel = ch;
	ch->cpu = vmb_pick_cpu(bus, node);
	vmb_channel_list(bus, ch);
	list_add_tail(&node->list, &bus->devices);
	queue_work(vmb_node_queue(bus, node), &node->add_work);
	return 0;
}

static int vmb_offer_sub(struct vmb_bus *bus, const struct vmb_offer *offer)
{
	struct vmb_node *node = vmb_node_find(bus, &offer->instance_id);
	struct vmb_channel *ch;

	if (!node || !guid_equal(&node->vdev.class_id, &offer->class_id))
		return -ENODEV;
	ch = vmb_channel_alloc(bus, node, offer);
	if (!ch)
		return -ENOMEM;
	ch->cpu = vmb_pick_cpu(bus, node);
	vmb_channel_list(bus, ch);
	list_add_tail(&ch->list, &node->subs);
	queue_work(bus->sub_wq, &node->sub_work);
	return 0;
}

void vmb_offer(struct vmb_bus *bus, const struct vmbw_offer *msg)
{
	struct vmb_offer offer;
	int ret = vmb_offer_parse(msg, &offer);

	if (!ret) {
		guard(mutex)(&bus->lock);
		if (bus->state != VMB_BUS_UP)
			return;
		if (rcu_access_pointer(bus->channels[offer.relid]) ||
		    vmb_client_conflicts(bus, &offer))
			ret = -EEXIST;
		else if (should_fail(&bus->fail_offer, 1))
			ret = -ENOMEM;
		else if (offer.index)
			ret = vmb_offer_sub(bus, &offer);
		else
			ret = vmb_offer_primary(bus, &offer);
		/* Released, it may be offered again; dropped, it never is. */
		if (ret == -ENOMEM)
			vmb_relid_release_later(bus, offer.relid, 0);
	}
	if (!ret)
		return;
	vmb_count(bus, VMB_DROPPED_OFFERS);
	dev_warn_ratelimited(bus->dev, "dropped the offer of channel %u.%u: %d\n",
			     offer.relid, offer.index, ret);
}

void vmb_node_leave(struct vmb_node *node)
{
	lockdep_assert_held(&node->bus->lock);
	if (node->gone && !vmb_client_gives_up(node))
		return;
	WRITE_ONCE(node->gone, true);
	queue_work(vmb_node_queue(node->bus, node), &node->drop_work);
}

void vmb_rescind(struct vmb_bus *bus, u32 relid)
{
	struct vmb_channel *ch;

	if (!relid || relid >= VMBW_RELIDS) {
		vmb_count(bus, VMB_BAD_MESSAGES);
		return;
	}
	guard(mutex)(&bus->lock);
	ch = rcu_dereference_protected(bus->channels[relid],
				       lockdep_is_held(&bus->lock));
	if (!ch) {
		/* An offer that was dropped, or whose device went before it. */
		if (bus->state == VMB_BUS_UP)
			vmb_relid_release_later(bus, relid, 0);
		return;
	}
	WRITE_ONCE(ch->rescinded, true);
	vmb_channel_kill(ch, -ENODEV, NULL);
	vmb_wait_rescind(bus, relid);
	vmb_gpadl_rescind(bus, relid);
	if (ch->offer.index)
		queue_work(bus->sub_wq, &ch->node->sub_work);
	else
		vmb_node_leave(ch->node);
}

void vmb_remove_all(struct vmb_bus *bus)
{
	struct vmb_node *node;

	scoped_guard(mutex, &bus->lock) {
		list_for_each_entry(node, &bus->devices, list)
			vmb_node_leave(node);
	}
	vmb_flush_devices(bus);
	cancel_delayed_work_sync(&bus->release_work);
	cancel_delayed_work_sync(&bus->teardown_work);
	flush_workqueue(bus->sub_wq);
}
EXPORT_SYMBOL_IF_KUNIT(vmb_remove_all);
