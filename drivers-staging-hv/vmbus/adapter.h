/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The bus of drivers/hv under the drivers of this directory.
 *
 * A channel is drivers/hv's; its rings, once they are open, are served by the
 * code of this directory alone.
 */
#ifndef _HV_VMBUS_ADAPTER_H
#define _HV_VMBUS_ADAPTER_H

#include <linux/hyperv.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "live.h"
#include "ring.h"
#include "vmb.h"

struct vmb_binding;

/**
 * struct vmb_channel - a channel of drivers/hv
 * @binding: its device
 * @node: on vmb_binding.channels
 * @real: the channel; of a sub-channel there is a reference
 * @relid: its number
 * @tx: outbound ring; under @tx_lock
 * @tx_lock: serialises senders
 * @tx_wanted: bytes that a sender waits for, or 0
 * @tx_waiting_set: the shared page asks the host for a signal; under @tx_lock
 * @rx: inbound ring; its receiver's
 * @rx_owned: somebody receives; interrupts are masked
 * @live: callbacks while interrupts may call them, else NULL
 * @ctx: the driver's own
 * @error: 0, or why the channel is dead: -EIO, -ENODEV
 * @broken: the host broke the protocol: nothing more is received
 * @stats: counters
 * @rx_work: receives for drivers with vmb_channel_ops.receive
 * @notify_work: calls vmb_channel_ops.dead, or wakes a sender
 * @lock: open and close
 * @open: under @lock; @notify_work reads it
 * @dead_notified: the driver knows; @notify_work only
 * @closing: the rings are no longer in use, the close has not ended
 * @rescinded: it was, before the close
 * @closed: 0, or how a close ended of which the driver has not heard
 */
struct vmb_channel {
	struct vmb_binding *binding;
	struct list_head node;
	struct vmbus_channel *real;
	u32 relid;

	struct vmb_tx_ring tx;
	spinlock_t tx_lock; /* see the kernel-doc */
	u32 tx_wanted;
	bool tx_waiting_set;

	struct vmb_rx_ring rx;
	unsigned int rx_owned;
	const struct vmb_channel_ops *live;
	void *ctx;
	int error;
	bool broken;
	struct vmb_stats stats;
	struct work_struct rx_work;
	struct work_struct notify_work;
	struct mutex lock; /* see the kernel-doc */
	bool open;
	bool dead_notified;
	bool closing;
	bool rescinded;
	int closed;
};

extern struct workqueue_struct *vmb_notify_wq, *vmb_rx_wq;

/* Callbacks while interrupts may call them; then the rings are there as well. */
static inline const struct vmb_channel_ops *
vmb_channel_live(const struct vmb_channel *ch)
{
	/* Pairs with smp_store_release() in vmb_channel_attach(). */
	return smp_load_acquire(&ch->live);
}

static inline void vmb_port_signal(struct vmb_channel *ch)
{
	vmbus_setevent(ch->real);
}

static inline void vmb_port_notify(struct vmb_channel *ch)
{
	queue_work(vmb_notify_wq, &ch->notify_work);
}

static inline void vmb_port_receive(struct vmb_channel *ch)
{
	queue_work(vmb_rx_wq, &ch->rx_work);
}

static inline bool vmb_port_event(struct vmb_channel *ch,
				  const struct vmb_channel_ops *ops)
{
	return false;
}

static inline bool vmb_port_is_open(const struct vmb_channel *ch)
{
	return READ_ONCE(ch->open);
}

static inline struct device *vmb_port_device(const struct vmb_channel *ch)
{
	return &ch->real->device_obj->device;
}

/* drivers/hv has no place for the reason. */
static inline void vmb_port_broken(struct vmb_channel *ch, const char *reason)
{
}

static inline bool vmb_port_fail_send(struct vmb_channel *ch)
{
	return false;
}

#endif /* _HV_VMBUS_ADAPTER_H */
