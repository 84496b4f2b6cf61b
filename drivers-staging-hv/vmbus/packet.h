/* SPDX-License-Identifier: GPL-2.0 */
/* Packets and interrupts of a channel. */
#ifndef _HV_VMBUS_PACKET_H
#define _HV_VMBUS_PACKET_H

#include <linux/workqueue.h>

struct vmb_channel;

void vmb_channel_interrupt(struct vmb_channel *ch);
void vmb_tx_wake(struct vmb_channel *ch);
void vmb_rx_work(struct work_struct *work);

#endif /* _HV_VMBUS_PACKET_H */
