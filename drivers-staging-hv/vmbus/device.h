/* SPDX-License-Identifier: GPL-2.0 */
/* The driver core's side of the bus. */
#ifndef _HV_VMBUS_DEVICE_H
#define _HV_VMBUS_DEVICE_H

struct device;
struct vmb_bus;
struct vmb_node;
struct vmb_offer;

int vmb_device_global_init(void);
void vmb_device_global_exit(void);

/**
 * vmb_node_alloc() - allocate a device that is not in the driver core yet
 * @bus: bus
 * @offer: offer of its primary channel
 *
 * Context: Process.
 * Return: the device with one reference, or NULL.
 */
struct vmb_node *vmb_node_alloc(struct vmb_bus *bus,
				const struct vmb_offer *offer);

/**
 * vmb_node_add() - add a device to the driver core
 * @node: device
 *
 * Drivers may be probed before it returns.
 *
 * Context: Device work.
 * Return: 0 or -errno.
 */
int vmb_node_add(struct vmb_node *node);

/**
 * vmb_node_remove() - remove a device from the driver core
 * @node: device with vmb_node.gone set: no driver binds any more
 *
 * Context: Device work; takes vmb_node.sub_lock.
 */
void vmb_node_remove(struct vmb_node *node);

/**
 * vmb_device_suspend() - have a driver close its channels for hibernation
 * @dev: device, with a driver or without
 *
 * Before the image is made, and before the machine is turned off.
 *
 * Context: Process; waits for the host. Tasks and the device work are frozen.
 * Return: 0; -EOPNOTSUPP if the driver does not support it, or its error. Then
 * the device works on.
 */
int vmb_device_suspend(struct device *dev);

/**
 * vmb_device_resume() - have a driver open its channels again
 * @dev: device that the host has offered again, or that is gone
 *
 * After the image was made, could not be made, or was restored.
 *
 * Context: Process; waits for the host. Tasks and the device work are frozen.
 * Return: 0 or the driver's error.
 */
int vmb_device_resume(struct device *dev);

#endif /* _HV_VMBUS_DEVICE_H */
