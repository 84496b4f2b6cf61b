/* SPDX-License-Identifier: GPL-2.0 */
/* Ending the connection when the kernel crashes. */
#ifndef _HV_VMBUS_CRASH_H
#define _HV_VMBUS_CRASH_H

struct vmb_bus;

void vmb_crash_hooks_add(struct vmb_bus *bus);
void vmb_crash_hooks_remove(struct vmb_bus *bus);
void vmb_crash_refuse_kexec(void);

#endif /* _HV_VMBUS_CRASH_H */
