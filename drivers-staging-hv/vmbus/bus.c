// SPDX-License-Identifier: GPL-2.0
/* The bus object and what it is made of. */
#include <linux/fault-inject.h>
#include <linux/gfp.h>
#include <linux/jiffies.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include <kunit/visibility.h>

#include "bus.h"
#include "client_bus.h"
#include "connection.h"
#include "gpadl.h"
#include "offer.h"
#include "synic.h"

static DECLARE_FAULT_ATTR(vmb_no_fault);

static void vmb_queues_free(struct vmb_bus *bus)
{
	struct workqueue_struct *wqs[] = {
		bus->msg_wq, bus->dev_wq, bus->sub_wq, bus->notify_wq,
		bus->rx_wq,
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(wqs); i++)
		if (wqs[i])
			destroy_workqueue(wqs[i]);
}

static int vmb_queues_alloc(struct vmb_bus *bus)
{
	bus->msg_wq = alloc_ordered_workqueue("hv_vmbus_msg", WQ_MEM_RECLAIM);
	bus->dev_wq = alloc_ordered_workqueue("hv_vmbus_dev", WQ_FREEZABLE);
	bus->sub_wq = alloc_workqueue("hv_vmbus_sub", WQ_UNBOUND, 0);
	bus->notify_wq = alloc_workqueue("hv_vmbus_notify",
					 WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	bus->rx_wq = alloc_workqueue("hv_vmbus_rx", WQ_BH | WQ_PERCPU, 0);
	return bus->msg_wq && bus->dev_wq && bus->sub_wq && bus->notify_wq &&
	       bus->rx_wq ? 0 : -ENOMEM;
}

static void vmb_pages_free(struct vmb_bus *bus)
{
	free_page((unsigned long)bus->int_page);
	free_page((unsigned long)bus->monitor[0]);
	free_page((unsigned long)bus->monitor[1]);
}

static int vmb_pages_alloc(struct vmb_bus *bus)
{
	bus->int_page = (void *)get_zeroed_page(GFP_KERNEL);
	bus->monitor[0] = (void *)get_zeroed_page(GFP_KERNEL);
	bus->monitor[1] = (void *)get_zeroed_page(GFP_KERNEL);
	/* Objects of a power of two are aligned, so they do not cross a page. */
	bus->post_input = kzalloc_obj(*bus->post_input);
	bus->crash_input = kzalloc_obj(*bus->crash_input);
	return bus->int_page && bus->monitor[0] && bus->monitor[1] &&
	       bus->post_input && bus->crash_input ? 0 : -ENOMEM;
}

struct vmb_bus *vmb_bus_alloc(struct device *dev)
{
	struct vmb_bus *bus = kvzalloc_obj(*bus);

	if (!bus)
		return NULL;
	bus->dev = dev;
	bus->post = vmb_hv_post;
	bus->post_timeout = VMB_POST_TIMEOUT;
	bus->timeout = VMB_REPLY_TIMEOUT;
	bus->unload_timeout = msecs_to_jiffies(VMB_UNLOAD_MS);
	bus->fail_alloc = vmb_no_fault;
	bus->fail_offer = vmb_no_fault;
	bus->fail_send = vmb_no_fault;
	mutex_init(&bus->lock);
	mutex_init(&bus->post_lock);
	spin_lock_init(&bus->wait_lock);
	spin_lock_init(&bus->gpadl_lock);
	INIT_LIST_HEAD(&bus->devices);
	INIT_LIST_HEAD(&bus->waiters);
	INIT_LIST_HEAD(&bus->gpadls);
	init_waitqueue_head(&bus->gpadl_gone);
	vmb_gpadl_init(bus);
	vmb_offer_init(bus);
	if (!vmb_queues_alloc(bus) && !vmb_pages_alloc(bus) &&
	    !vmb_slow_queue_alloc(bus) && !vmb_synic_alloc(bus))
		return bus;
	vmb_bus_free(bus);
	return NULL;
}
EXPORT_SYMBOL_IF_KUNIT(vmb_bus_alloc);

void vmb_bus_free(struct vmb_bus *bus)
{
	vmb_queues_free(bus);
	vmb_slow_queue_free(bus);
	vmb_synic_free(bus);
	/* Not if the host may still use them. */
	if (bus->state != VMB_BUS_DEAD) {
		vmb_gpadl_free_all(bus);
		vmb_pages_free(bus);
	}
	kfree(bus->post_input);
	kfree(bus->crash_input);
	kvfree(bus);
}
EXPORT_SYMBOL_IF_KUNIT(vmb_bus_free);
