/* SPDX-License-Identifier: GPL-2.0 */
/* Ending the connection when the kernel crashes. */
#ifndef _HV_VMBUS_CRASH_H
#define _HV_VMBUS_CRASH_H

#include <linux/types.h>

struct vmb_bus;

void vmb_crash_hooks_add(struct vmb_bus *bus);
void vmb_crash_hooks_remove(struct vmb_bus *bus);
void vmb_crash_refuse_kexec(void);
void vmb_crash_unload(struct vmb_bus *bus);

#ifdef CONFIG_HYPERV_STAGING_CLIENTS
/**
 * vmb_client_unloads() - leave the end of the connection to a client
 *
 * Context: Any; panic.
 * Return: true if a client has something to show before that, and then ends it.
 */
bool vmb_client_unloads(void);
#else
static inline bool vmb_client_unloads(void)
{
	return false;
}
#endif

#endif /* _HV_VMBUS_CRASH_H */
