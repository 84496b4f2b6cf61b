/* SPDX-License-Identifier: GPL-2.0 */
/* Hibernation. */
#ifndef _HV_VMBUS_SLEEP_H
#define _HV_VMBUS_SLEEP_H

struct vmb_bus;

/**
 * vmb_sleep() - end the connection for a while
 * @bus: bus whose drivers have closed their channels; tasks are frozen
 *
 * The devices stay.
 *
 * Context: Process; waits for the host.
 * Return: 0; else the host did not confirm, and what was shared with it is not
 * to be freed.
 */
int vmb_sleep(struct vmb_bus *bus);

/**
 * vmb_wake() - have the devices removed that the host did not offer again
 * @bus: bus for which the host has delivered all offers
 *
 * Context: Process; takes vmb_bus.lock.
 */
void vmb_wake(struct vmb_bus *bus);

#endif /* _HV_VMBUS_SLEEP_H */
