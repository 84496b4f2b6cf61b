/* SPDX-License-Identifier: GPL-2.0 */
/* Messages from the host. */
#ifndef _HV_VMBUS_MESSAGE_H
#define _HV_VMBUS_MESSAGE_H

#include <linux/types.h>

struct vmb_bus;

/**
 * vmb_message_check() - validate type and length of a message
 * @version: protocol version
 * @msg: private copy of the message
 * @len: length by the message header
 *
 * Context: Any.
 * Return: the message type, -EMSGSIZE if it is too short, -EPROTO if no host
 * sends this type with this version.
 */
int vmb_message_check(u32 version, const void *msg, u32 len);

/**
 * vmb_message() - handle a message from the host
 * @bus: bus
 * @msg: private copy, VMBW_MSG_MAX bytes
 * @len: length by the message header
 *
 * Context: Message work.
 */
void vmb_message(struct vmb_bus *bus, const void *msg, u32 len);

#endif /* _HV_VMBUS_MESSAGE_H */
