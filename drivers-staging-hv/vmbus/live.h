/* SPDX-License-Identifier: GPL-2.0 */
/* The life of an open channel, on either bus. */
#ifndef _HV_VMBUS_LIVE_H
#define _HV_VMBUS_LIVE_H

#include <linux/types.h>

struct vmb_channel;
struct vmb_open;

/**
 * struct vmb_stats - per-channel counters, each with one writer at a time
 * @interrupts: interrupts from the host
 * @signals_room: signals because the inbound ring has room again
 * @signals_data: signals because the outbound ring was empty
 * @full_first: times that a send found the outbound ring full
 * @full_total: sends that found it full
 */
struct vmb_stats {
	u64 interrupts;
	u64 signals_room;
	u64 signals_data;
	u64 full_first;
	u64 full_total;
};

/**
 * vmb_open_valid() - can a channel be opened like this
 * @how: the driver's wishes
 *
 * Context: Any.
 * Return: false if not.
 */
bool vmb_open_valid(const struct vmb_open *how);

/**
 * vmb_channel_kill() - mark a channel dead
 * @ch: channel
 * @error: -EIO or -ENODEV
 * @reason: for the log and sysfs; NULL for a rescind
 *
 * The first error sticks.
 *
 * Context: Any.
 */
void vmb_channel_kill(struct vmb_channel *ch, int error, const char *reason);

/**
 * vmb_channel_quiesce() - no interrupt and no work uses the channel any more
 * @ch: channel; caller holds its lock
 *
 * Context: Process.
 */
void vmb_channel_quiesce(struct vmb_channel *ch);

/**
 * vmb_channel_drop_rings() - no sender and no receiver has rings any more
 * @ch: quiesced channel; caller holds its lock
 *
 * Context: Process.
 */
void vmb_channel_drop_rings(struct vmb_channel *ch);

#endif /* _HV_VMBUS_LIVE_H */
