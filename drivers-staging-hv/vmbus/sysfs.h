/* SPDX-License-Identifier: GPL-2.0 */
/* The files of the bus, its devices and channels in sysfs. */
#ifndef _HV_VMBUS_SYSFS_H
#define _HV_VMBUS_SYSFS_H

struct attribute_group;
struct vmb_channel;

extern const struct attribute_group *const vmb_bus_groups[];
extern const struct attribute_group *const vmb_dev_groups[];

void vmb_channel_sysfs_add(struct vmb_channel *ch);
void vmb_channel_sysfs_remove(struct vmb_channel *ch);

#endif /* _HV_VMBUS_SYSFS_H */
