/* SPDX-License-Identifier: GPL-2.0 */
/* What the bus does for its clients, the drivers of <linux/hyperv.h>. */
#ifndef _HV_VMBUS_CLIENT_BUS_H
#define _HV_VMBUS_CLIENT_BUS_H

#include <linux/device/driver.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include "bus.h"
#include "channel.h"
#include "node.h"

#ifdef CONFIG_HYPERV_STAGING_CLIENTS

/* Of the channels of clients. */
extern const struct vmb_channel_ops vmb_client_ops;

/**
 * vmb_client_event() - the host has signalled a channel
 * @ch: channel
 * @ops: its callbacks
 *
 * A client is called for every signal, also if there is no packet, and masks
 * what it wants to.
 *
 * Context: Interrupts disabled.
 * Return: true if the channel is a client's.
 */
static inline bool vmb_client_event(struct vmb_channel *ch,
				    const struct vmb_channel_ops *ops)
{
	if (ops != &vmb_client_ops)
		return false;
	ops->event(ch);
	return true;
}

/**
 * vmb_client_conflicts() - check an offer for a name that may still be in use
 * @bus: bus
 * @offer: what the host offers
 *
 * The device that has the name may be removed in another queue than the one in
 * which that of @offer is added, or when a client lets go of it.
 *
 * Context: Process, with vmb_bus.lock held.
 * Return: true if the offer must be dropped.
 */
bool vmb_client_conflicts(const struct vmb_bus *bus, const struct vmb_offer *offer);

/**
 * vmb_client_takes_pipes() - check whom a pipe is for
 * @drv: driver
 *
 * Context: Any.
 * Return: true if @drv takes pipes, whatever their class is.
 */
bool vmb_client_takes_pipes(const struct device_driver *drv);

/**
 * vmb_client_keeps() - let a client decide when a rescinded pipe goes
 * @node: its device
 *
 * Calls the client.
 *
 * Context: Device work; takes vmb_bus.lock.
 * Return: true if the device stays until the client lets go of it.
 */
bool vmb_client_keeps(struct vmb_node *node);

/**
 * vmb_client_gives_up() - a device that was kept goes after all
 * @node: device
 *
 * Context: Process, with vmb_bus.lock held.
 * Return: true if it was kept, and the bus leaves.
 */
bool vmb_client_gives_up(struct vmb_node *node);

/**
 * vmb_client_set_version() - tell clients what was negotiated
 * @version: protocol version
 *
 * Context: Process.
 */
void vmb_client_set_version(u32 version);

/**
 * vmb_client_refused() - the host refuses a connection
 * @bus: bus
 * @msg: what it says
 * @len: length of @msg
 *
 * hv_sock cannot be told: it waits for an offer, and gives up.
 *
 * Context: Process.
 */
static inline void vmb_client_refused(struct vmb_bus *bus, const void *msg,
				      u32 len)
{
}

/**
 * vmb_client_free() - free what clients have needed for a device
 * @node: device without references
 *
 * Context: Process.
 */
void vmb_client_free(struct vmb_node *node);

/**
 * vmb_client_windows_find() - find addresses for devices of clients
 * @dev: the bus, which has a companion in ACPI
 *
 * Context: Process.
 */
void vmb_client_windows_find(struct device *dev);

/**
 * vmb_client_windows_remove() - forget them
 *
 * Context: Process; no client is bound any more.
 */
void vmb_client_windows_remove(void);

#if IS_ENABLED(CONFIG_KUNIT)
void vmb_client_fb_set(resource_size_t start, resource_size_t end);
struct vmb_window;
struct vmb_window *vmb_client_window_add(resource_size_t start, resource_size_t end);
void vmb_client_window_remove(struct vmb_window *window);
#endif

static inline int vmb_slow_queue_alloc(struct vmb_bus *bus)
{
	bus->slow_wq = alloc_ordered_workqueue("hv_vmbus_slow", WQ_FREEZABLE);
	return bus->slow_wq ? 0 : -ENOMEM;
}

static inline void vmb_slow_queue_free(struct vmb_bus *bus)
{
	if (bus->slow_wq)
		destroy_workqueue(bus->slow_wq);
}

/* Device work of what is not fast: a driver may wait for a user's program. */
static inline struct workqueue_struct *vmb_slow_queue(const struct vmb_bus *bus)
{
	return bus->slow_wq;
}

static inline void vmb_flush_devices(struct vmb_bus *bus)
{
	flush_workqueue(bus->dev_wq);
	flush_workqueue(bus->slow_wq);
}

#else

/* Nobody asks for connections. */
#define vmb_client_refused NULL

static inline bool vmb_client_event(struct vmb_channel *ch,
				    const struct vmb_channel_ops *ops)
{
	return false;
}

static inline bool vmb_client_conflicts(const struct vmb_bus *bus,
					const struct vmb_offer *offer)
{
	return false;
}

static inline bool vmb_client_takes_pipes(const struct device_driver *drv)
{
	return false;
}

static inline bool vmb_client_keeps(struct vmb_node *node)
{
	return false;
}

static inline bool vmb_client_gives_up(struct vmb_node *node)
{
	return false;
}

static inline void vmb_client_set_version(u32 version)
{
}

static inline void vmb_client_free(struct vmb_node *node)
{
}

static inline void vmb_client_windows_find(struct device *dev)
{
}

static inline void vmb_client_windows_remove(void)
{
}

static inline int vmb_slow_queue_alloc(struct vmb_bus *bus)
{
	return 0;
}

static inline void vmb_slow_queue_free(struct vmb_bus *bus)
{
}

static inline struct workqueue_struct *vmb_slow_queue(const struct vmb_bus *bus)
{
	return bus->dev_wq;
}

static inline void vmb_flush_devices(struct vmb_bus *bus)
{
	flush_workqueue(bus->dev_wq);
}

#endif

/* A device is added and removed in one queue, where the order is kept. */
static inline struct workqueue_struct *
vmb_node_queue(const struct vmb_bus *bus, const struct vmb_node *node)
{
	return node->fast ? bus->dev_wq : vmb_slow_queue(bus);
}

#endif /* _HV_VMBUS_CLIENT_BUS_H */
