/* SPDX-License-Identifier: GPL-2.0 */
/* Opening and closing a channel; vmb_open() and vmb_close() are in vmb.h. */
#ifndef _HV_VMBUS_OPEN_H
#define _HV_VMBUS_OPEN_H

#include <linux/types.h>

struct vmb_bus;
struct vmb_channel;

/**
 * vmb_channel_init_works() - second half of making a channel
 * @ch: from vmb_channel_alloc()
 *
 * Context: Any.
 */
void vmb_channel_init_works(struct vmb_channel *ch);

/**
 * vmb_channel_disable_works() - last step before a channel goes
 * @ch: closed channel
 *
 * Context: Process; takes vmb_channel.lock in the work that it waits for.
 */
void vmb_channel_disable_works(struct vmb_channel *ch);

/**
 * vmb_channel_revive() - forget how a channel died
 * @ch: closed channel, of which the host knows nothing any more
 *
 * It stays dead if it is rescinded.
 *
 * Context: Process.
 */
void vmb_channel_revive(struct vmb_channel *ch);

/**
 * vmb_late_open() - the host opened a channel, but nobody waits for that
 * @bus: bus
 * @relid: channel, unchecked
 *
 * If the channel is closed here, the host has to close it again: it would
 * neither confirm the teardown of the rings nor reply to another OPEN.
 *
 * Context: Process.
 */
void vmb_late_open(struct vmb_bus *bus, u32 relid);

#endif /* _HV_VMBUS_OPEN_H */
