/* SPDX-License-Identifier: GPL-2.0 */
/* Opening and closing a channel; vmb_open() and vmb_close() are in vmb.h. */
#ifndef _HV_VMBUS_OPEN_H
#define _HV_VMBUS_OPEN_H

#include <linux/types.h>

struct vmb_bus;
struct vmb_channel;

void vmb_channel_init_works(struct vmb_channel *ch);
void vmb_channel_disable_works(struct vmb_channel *ch);
void vmb_late_open(struct vmb_bus *bus, u32 relid);

#endif /* _HV_VMBUS_OPEN_H */
