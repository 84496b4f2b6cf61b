/* SPDX-License-Identifier: GPL-2.0 */
/* The files of the bus, its devices and channels in sysfs. */
#ifndef _HV_VMBUS_SYSFS_H
#define _HV_VMBUS_SYSFS_H

struct attribute_group;
struct vmb_channel;

extern const struct attribute_group *const vmb_bus_groups[];
extern const struct attribute_group *const vmb_dev_groups[];

/**
 * vmb_channel_sysfs_add() - make a channel visible in channels/<relid>
 * @ch: channel; it works without, so errors are ignored
 *
 * Context: Device or sub-channel work.
 */
void vmb_channel_sysfs_add(struct vmb_channel *ch);

/**
 * vmb_channel_sysfs_remove() - remove a channel from sysfs
 * @ch: channel
 *
 * Context: Process; waits for readers, so not with vmb_channel.lock held.
 */
void vmb_channel_sysfs_remove(struct vmb_channel *ch);

#endif /* _HV_VMBUS_SYSFS_H */
