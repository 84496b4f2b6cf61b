/* SPDX-License-Identifier: GPL-2.0 */
/* Opening and closing a channel; vmb_open() and vmb_close() are in vmb.h. */
#ifndef _HV_VMBUS_OPEN_H
#define _HV_VMBUS_OPEN_H

struct vmb_channel;

void vmb_channel_init_works(struct vmb_channel *ch);

#endif /* _HV_VMBUS_OPEN_H */
