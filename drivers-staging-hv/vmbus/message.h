/* SPDX-License-Identifier: GPL-2.0 */
/* Messages from the host. */
#ifndef _HV_VMBUS_MESSAGE_H
#define _HV_VMBUS_MESSAGE_H

#include <linux/types.h>

struct vmb_bus;

int vmb_message_check(u32 version, const void *msg, u32 len);
void vmb_message(struct vmb_bus *bus, const void *msg, u32 len);

#endif /* _HV_VMBUS_MESSAGE_H */
