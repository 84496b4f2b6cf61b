/* SPDX-License-Identifier: GPL-2.0 */
/* The bus in debugfs. */
#ifndef _HV_VMBUS_DEBUGFS_H
#define _HV_VMBUS_DEBUGFS_H

struct vmb_bus;

void vmb_debugfs_add(struct vmb_bus *bus);
void vmb_debugfs_remove(struct vmb_bus *bus);

#endif /* _HV_VMBUS_DEBUGFS_H */
