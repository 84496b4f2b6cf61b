/* SPDX-License-Identifier: GPL-2.0 */
/* What the bus tells its clients, the drivers of <linux/hyperv.h>. */
#ifndef _HV_VMBUS_CLIENT_BUS_H
#define _HV_VMBUS_CLIENT_BUS_H

#include <linux/types.h>

struct vmb_node;

#ifdef CONFIG_HYPERV_STAGING_CLIENTS

/**
 * vmb_client_set_version() - tell clients what was negotiated
 * @version: protocol version
 *
 * Context: Process.
 */
void vmb_client_set_version(u32 version);

/**
 * vmb_client_keeps() - let a client decide when a rescinded pipe goes
 * @node: its device
 *
 * Calls the client.
 *
 * Context: Device work; takes vmb_bus.lock.
 * Return: true if the device stays until vmb_node_drop_kept().
 */
bool vmb_client_keeps(struct vmb_node *node);

#else

static inline void vmb_client_set_version(u32 version)
{
}

static inline bool vmb_client_keeps(struct vmb_node *node)
{
	return false;
}

#endif

#endif /* _HV_VMBUS_CLIENT_BUS_H */
