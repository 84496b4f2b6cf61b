/* SPDX-License-Identifier: GPL-2.0 */
/* Packets and interrupts of a channel. */
#ifndef _HV_VMBUS_PACKET_H
#define _HV_VMBUS_PACKET_H

#include <linux/workqueue.h>

struct vmb_channel;

/**
 * vmb_channel_interrupt() - the host signalled a channel
 * @ch: channel, held by RCU or a reference
 *
 * The host signals for data, and for free space in the outbound ring. While
 * there is a receiver, nobody else is called.
 *
 * Context: Interrupts disabled.
 */
void vmb_channel_interrupt(struct vmb_channel *ch);

/**
 * vmb_channel_look() - have a channel served as if the host had signalled it
 * @ch: channel, held by RCU or a reference
 *
 * Context: Interrupts disabled.
 */
void vmb_channel_look(struct vmb_channel *ch);

/**
 * vmb_tx_wake() - call a waiting sender if the ring has space again
 * @ch: channel
 *
 * Context: Softirq or hard interrupt.
 */
void vmb_tx_wake(struct vmb_channel *ch);

/**
 * vmb_rx_work() - receive for a driver with vmb_channel_ops.receive
 * @work: vmb_channel.rx_work
 *
 * Context: Softirq.
 */
void vmb_rx_work(struct work_struct *work);

/**
 * vmb_notify_work() - tell the driver that its channel died, or has space
 * @work: vmb_channel.notify_work
 *
 * Context: Process.
 */
void vmb_notify_work(struct work_struct *work);

#endif /* _HV_VMBUS_PACKET_H */
