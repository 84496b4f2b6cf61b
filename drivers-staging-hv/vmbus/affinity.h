/* SPDX-License-Identifier: GPL-2.0 */
/* Which CPU takes a channel's interrupts. */
#ifndef _HV_VMBUS_AFFINITY_H
#define _HV_VMBUS_AFFINITY_H

struct vmb_bus;
struct vmb_channel;
struct vmb_node;

/**
 * vmb_pick_cpu() - choose a CPU for a channel's interrupts
 * @bus: bus
 * @node: the channel's device
 *
 * Spreads the channels of a fast device: no CPU gets two before each has one,
 * then over NUMA nodes, then away from other devices; never to a CPU that is
 * isolated from managed interrupts. Slow devices stay where messages arrive.
 *
 * Context: Process, with vmb_bus.lock held.
 * Return: a CPU.
 */
unsigned int vmb_pick_cpu(struct vmb_bus *bus, const struct vmb_node *node);

/**
 * vmb_channel_leave_cpu() - move a channel off a CPU that goes offline
 * @ch: channel; nothing happens if it is elsewhere
 * @cpu: CPU, not in vmb_bus.cpus_enabled any more
 *
 * Context: Process; takes vmb_channel.lock, may wait for the host.
 * Return: as vmb_channel_set_cpu().
 */
int vmb_channel_leave_cpu(struct vmb_channel *ch, unsigned int cpu);

#endif /* _HV_VMBUS_AFFINITY_H */
