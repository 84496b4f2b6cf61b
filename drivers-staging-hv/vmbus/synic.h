/* SPDX-License-Identifier: GPL-2.0 */
/* The synthetic interrupt controller. */
#ifndef _HV_VMBUS_SYNIC_H
#define _HV_VMBUS_SYNIC_H

struct vmb_bus;

int vmb_synic_global_init(void);
void vmb_synic_global_exit(void);

/**
 * vmb_synic_alloc() - allocate the SynIC pages of all CPUs
 * @bus: bus
 *
 * Context: Process.
 * Return: 0 or -ENOMEM; vmb_synic_free() in any case.
 */
int vmb_synic_alloc(struct vmb_bus *bus);

void vmb_synic_free(struct vmb_bus *bus);

/**
 * vmb_synic_init() - enable interrupts and messages
 * @bus: bus with vmb_synic_alloc() done
 *
 * Context: Process.
 * Return: 0, -EBUSY if another bus has them, -errno.
 */
int vmb_synic_init(struct vmb_bus *bus);

/**
 * vmb_synic_exit() - disable interrupts and messages
 * @bus: bus whose connection is down
 *
 * The SINTs are masked on all CPUs first, so when it returns, no interrupt
 * runs and none will come.
 *
 * Context: Process.
 */
void vmb_synic_exit(struct vmb_bus *bus);

/**
 * vmb_synic_enter() - enable interrupts and messages again
 * @bus: bus, after vmb_synic_leave()
 *
 * Context: Process.
 * Return: 0 or -errno.
 */
int vmb_synic_enter(struct vmb_bus *bus);

void vmb_synic_leave(struct vmb_bus *bus);
struct vmb_bus *vmb_synic_bus(void);

/**
 * vmb_synic_crash_poll() - take messages without locks
 * @bus: bus that is unloading
 *
 * Drops every message but the reply to UNLOAD. The hypervisor tries again to
 * deliver a message when it finds the slot empty; only the slot's own CPU can
 * make it do so at once.
 *
 * Context: Any, also in a crash.
 * Return: 1 once the host has replied.
 */
int vmb_synic_crash_poll(struct vmb_bus *bus);

void vmb_synic_quiesce_cpu(void);

#endif /* _HV_VMBUS_SYNIC_H */
