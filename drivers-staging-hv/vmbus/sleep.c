// SPDX-License-Identifier: GPL-2.0
/*
 * Hibernation: the connection ends before the image is made, and another one
 * begins when the machine goes on, in which the channels have other numbers.
 *
 * Tasks and the device work are frozen meanwhile: devices that came or went are
 * added and removed when they are thawed.
 */
#include <linux/bitmap.h>
#include <linux/device.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/workqueue.h>
#include <kunit/visibility.h>

#include "bus.h"
#include "channel.h"
#include "connection.h"
#include "gpadl.h"
#include "live.h"
#include "node.h"
#include "offer.h"
#include "open.h"
#include "sleep.h"
#include "sysfs.h"

/* The device stays, and what the host said about its channels is void. */
static void vmb_node_sleep(struct vmb_node *node)
{
	struct vmb_channel *ch = node->vdev.channel;

	vmb_subs_release(node, jiffies);
	enable_work(&node->sub_work);
	vmb_channel_sysfs_remove(ch);
	vmb_channel_unlist(ch);
	vmb_channel_disable_works(ch);
	ch->relid = 0;
}

int vmb_sleep(struct vmb_bus *bus)
{
	struct vmb_node *node;
	int ret;

	scoped_guard(mutex, &bus->lock)
		WRITE_ONCE(bus->state, VMB_BUS_ASLEEP);
	/* Nobody changes the list now. */
	list_for_each_entry(node, &bus->devices, list)
		vmb_node_sleep(node);
	cancel_delayed_work_sync(&bus->release_work);
	cancel_delayed_work_sync(&bus->teardown_work);
	bitmap_zero(bus->to_release, VMBW_RELIDS);
	bitmap_zero(bus->to_tear_down, VMBW_RELIDS);
	ret = vmb_unload(bus);
	if (ret)
		return ret;
	vmb_gpadl_free_relid(bus, 0, atomic_read(&bus->last_gpadl));
	/* As a host finds them that is contacted for the first time. */
	clear_page(bus->int_page);
	clear_page(bus->monitor[0]);
	clear_page(bus->monitor[1]);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(vmb_sleep);

void vmb_wake(struct vmb_bus *bus)
{
	struct vmb_node *node;

	guard(mutex)(&bus->lock);
	list_for_each_entry(node, &bus->devices, list) {
		struct vmb_channel *ch = node->vdev.channel;

		if (ch->relid)
			continue;
		dev_warn(&node->dev, "the host has this device no longer\n");
		WRITE_ONCE(ch->rescinded, true);
		vmb_channel_kill(ch, -ENODEV, NULL);
		vmb_node_leave(node);
	}
}
EXPORT_SYMBOL_IF_KUNIT(vmb_wake);
