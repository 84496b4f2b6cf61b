/* SPDX-License-Identifier: GPL-2.0 */
/* Offers and rescinds. */
#ifndef _HV_VMBUS_OFFER_H
#define _HV_VMBUS_OFFER_H

#include <linux/types.h>

struct vmb_bus;
struct vmb_node;
struct vmb_offer;
struct vmbw_offer;

void vmb_offer_init(struct vmb_bus *bus);

/**
 * vmb_offer_parse() - check an offer and convert it to host byte order
 * @msg: private copy of the message
 * @offer: filled in
 *
 * Context: Any.
 * Return: 0, or -EINVAL for an impossible channel number.
 */
int vmb_offer_parse(const struct vmbw_offer *msg, struct vmb_offer *offer);

/**
 * vmb_offer() - the host offers a channel
 * @bus: bus
 * @msg: private copy of the message
 *
 * An offer that makes no sense, or of a channel number that is still in use,
 * is dropped.
 *
 * Context: Message work; takes vmb_bus.lock.
 */
void vmb_offer(struct vmb_bus *bus, const struct vmbw_offer *msg);

/**
 * vmb_rescind() - the host rescinds a channel's offer
 * @bus: bus
 * @relid: its number, unchecked
 *
 * Ends all waits about the channel; everything that may wait itself is left to
 * the other works.
 *
 * Context: Message work; takes vmb_bus.lock.
 */
void vmb_rescind(struct vmb_bus *bus, u32 relid);

/**
 * vmb_node_leave() - have a device removed
 * @node: device
 *
 * Context: Process, with vmb_bus.lock held.
 */
void vmb_node_leave(struct vmb_node *node);

/**
 * vmb_node_drop_kept() - have a device removed that was kept
 * @node: device with vmb_node.kept set
 *
 * Context: Process, with vmb_bus.lock held.
 */
void vmb_node_drop_kept(struct vmb_node *node);

/**
 * vmb_subs_release() - take a device's closed sub-channels off the bus
 * @node: device; its sub-channel work is disabled
 * @end: jiffies at which to stop waiting for the host
 *
 * Context: Process; waits for the host.
 */
void vmb_subs_release(struct vmb_node *node, unsigned long end);

/**
 * vmb_flush_devices() - wait until devices that came or went are dealt with
 * @bus: bus
 *
 * Context: Process; waits for the host.
 */
void vmb_flush_devices(struct vmb_bus *bus);

/**
 * vmb_remove_all() - remove all devices
 * @bus: bus, in a state that accepts no new offers
 *
 * Context: Process; waits for the host.
 */
void vmb_remove_all(struct vmb_bus *bus);

#endif /* _HV_VMBUS_OFFER_H */
