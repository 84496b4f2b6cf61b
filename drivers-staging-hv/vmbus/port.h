/* SPDX-License-Identifier: GPL-2.0 */
/* What the hot path asks of the bus under it. */
#ifndef _HV_VMBUS_PORT_H
#define _HV_VMBUS_PORT_H

#ifdef CONFIG_HYPERV_STAGING_ADAPTER
#include "adapter.h"
#else
#include "port_own.h"
#endif

#endif /* _HV_VMBUS_PORT_H */
