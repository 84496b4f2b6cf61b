/* SPDX-License-Identifier: GPL-2.0 */
/* The driver core's side of the bus. */
#ifndef _HV_VMBUS_DEVICE_H
#define _HV_VMBUS_DEVICE_H

struct vmb_bus;
struct vmb_node;
struct vmb_offer;

int vmb_device_global_init(void);
void vmb_device_global_exit(void);
struct vmb_node *vmb_node_alloc(struct vmb_bus *bus,
				const struct vmb_offer *offer);
int vmb_node_add(struct vmb_node *node);
void vmb_node_remove(struct vmb_node *node);

#endif /* _HV_VMBUS_DEVICE_H */
