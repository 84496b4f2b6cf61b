/* SPDX-License-Identifier: GPL-2.0 */
/* Which CPU takes a channel's interrupts. */
#ifndef _HV_VMBUS_AFFINITY_H
#define _HV_VMBUS_AFFINITY_H

struct vmb_bus;
struct vmb_channel;
struct vmb_node;

unsigned int vmb_pick_cpu(struct vmb_bus *bus, const struct vmb_node *node);
int vmb_channel_leave_cpu(struct vmb_channel *ch, unsigned int cpu);

#endif /* _HV_VMBUS_AFFINITY_H */
