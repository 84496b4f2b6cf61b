/* SPDX-License-Identifier: GPL-2.0 */
/* The synthetic interrupt controller. */
#ifndef _HV_VMBUS_SYNIC_H
#define _HV_VMBUS_SYNIC_H

struct vmb_bus;

int vmb_synic_global_init(void);
void vmb_synic_global_exit(void);
int vmb_synic_alloc(struct vmb_bus *bus);
void vmb_synic_free(struct vmb_bus *bus);
int vmb_synic_init(struct vmb_bus *bus);
void vmb_synic_exit(struct vmb_bus *bus);
void vmb_synic_leave(struct vmb_bus *bus);
struct vmb_bus *vmb_synic_bus(void);
int vmb_synic_crash_poll(struct vmb_bus *bus);
void vmb_synic_quiesce_cpu(void);

#endif /* _HV_VMBUS_SYNIC_H */
