/* SPDX-License-Identifier: GPL-2.0 */
/* A device as the bus keeps it: what struct vmb_device does not show. */
#ifndef _HV_VMBUS_NODE_H
#define _HV_VMBUS_NODE_H

#include <linux/device.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/workqueue.h>

#include "vmb.h"

#ifdef CONFIG_HYPERV_STAGING_CLIENTS
#include <linux/build_bug.h>
#include <linux/hyperv.h>
#include <linux/stddef.h>
#endif

struct vmb_bus;
struct vmb_client_channel;

/**
 * struct vmb_node - a device, as the bus keeps it
 * @vdev: what drivers see
 * @dev: driver core device; its parent is the bus's ACPI device
 * @hdev: what a client sees of the device, around @dev
 * @client: the primary channel as a client sees it; NULL before the first
 * @kept: was not removed, although rescinded: its client has it; under
 *	vmb_bus.lock
 * @bus: where it lives
 * @list: on vmb_bus.devices
 * @add_work: adds it; device work
 * @drop_work: removes it; device work, queued once
 * @sub_work: hands out and releases sub-channels
 * @sub_lock: held while sub-channels are handed to the driver
 * @subs: sub-channels; under vmb_bus.lock
 * @subs_allowed: the driver takes sub-channels; under @sub_lock
 * @added: is in the driver core; device work only
 * @gone: is to be removed, or was; set under vmb_bus.lock
 * @fast: its interrupts are spread over the CPUs
 * @kind: small number for its class, as in sysfs "device"
 * @dma_mask: any address
 * @channels_dir: "channels" in sysfs
 * @dma_parms: for the DMA layer
 */
struct vmb_node {
	struct vmb_device vdev;
#ifdef CONFIG_HYPERV_STAGING_CLIENTS
	union {
		struct hv_device hdev;
		/* private: @dev is hdev.device */
		struct {
			u8 before_dev[offsetof(struct hv_device, device)];
			/* public: */
			struct device dev;
		};
	};
	struct vmb_client_channel *client;
	bool kept;
#else
	struct device dev;
#endif
	struct vmb_bus *bus;
	struct list_head list;
	struct work_struct add_work;
	struct work_struct drop_work;
	struct work_struct sub_work;
	struct mutex sub_lock; /* see the kernel-doc */
	struct list_head subs;
	bool subs_allowed;
	bool added;
	bool gone;
	bool fast;
	u16 kind;
	u64 dma_mask;
	struct kobject *channels_dir;
	struct device_dma_parameters dma_parms;
};

#ifdef CONFIG_HYPERV_STAGING_CLIENTS
static_assert(offsetof(struct vmb_node, dev) ==
	      offsetof(struct vmb_node, hdev.device));
#endif

#define to_vmb_node(d) container_of_const(d, struct vmb_node, dev)

#endif /* _HV_VMBUS_NODE_H */
