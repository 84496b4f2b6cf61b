/* SPDX-License-Identifier: GPL-2.0 */
/* A channel: a pair of rings, and what the host said about it. */
#ifndef _HV_VMBUS_CHANNEL_H
#define _HV_VMBUS_CHANNEL_H

#include <linux/kobject.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/uuid.h>
#include <linux/workqueue.h>

#include "live.h"
#include "ring.h"
#include "vmb.h"

struct vmb_bus;
struct vmb_gpadl;
struct vmb_node;
struct vmb_wait;

/**
 * struct vmb_offer - what an offer says, checked, in host byte order
 * @class_id: kind of device
 * @instance_id: which device
 * @relid: channel number, 1 to VMBW_RELIDS - 1
 * @connection_id: what to signal
 * @flags: offer flags
 * @index: 0 for a primary channel
 * @monitor: monitor bit, or -1 for signals by hypercall
 * @dedicated: the host needs no bit in the send interrupt page
 * @mmio_mb: size of the device's memory, in MiB
 * @user_data: device-class specific
 */
struct vmb_offer {
	guid_t class_id;
	guid_t instance_id;
	u32 relid;
	u32 connection_id;
	u16 flags;
	u16 index;
	s16 monitor;
	bool dedicated;
	u16 mmio_mb;
	u8 user_data[VMB_USER_DATA_BYTES];
};

enum vmb_channel_state {
	VMB_CHANNEL_CLOSED,
	VMB_CHANNEL_OPENING,
	VMB_CHANNEL_OPEN,
};

/**
 * struct vmb_channel - a pair of rings
 * @tx: outbound ring; under @tx_lock
 * @tx_lock: serialises senders
 * @tx_wanted: bytes that a sender waits for, or 0
 * @tx_waiting_set: the shared page asks the host for a signal; under @tx_lock
 * @monitor_word: pending bits of the monitor group, NULL without monitor
 * @monitor_bit: which bit of it
 * @send_bits: send interrupt page of protocols below 5.0, or NULL
 * @signal: input of the signal hypercall
 * @rx: inbound ring; its receiver's
 * @rx_owned: somebody receives; interrupts are masked
 * @live: callbacks while interrupts may call them, else NULL
 * @ops: callbacks of the driver
 * @ctx: the driver's own
 * @error: 0, or why the channel is dead: -EIO, -ENODEV
 * @broken: the host broke the protocol: nothing more is received, not even what
 *	it owes after a rescind
 * @rescinded: the host has rescinded the offer; set under vmb_bus.lock
 * @rx_work: receives for drivers with vmb_channel_ops.receive
 * @offer: what the host offered
 * @relid: number, as in @offer; 0 while the connection is down for hibernation
 * @bus: where it lives
 * @node: its device
 * @list: on vmb_node.subs; under vmb_bus.lock
 * @kobj: channels/<relid> in sysfs; its reference count is the channel's
 * @kobj_added: @kobj is in sysfs
 * @rcu: frees after the last interrupt that may look at it
 * @lock: open, close, move
 * @state: under @lock
 * @cpu: takes the interrupts; changed under @lock and vmb_bus.lock
 * @presented: a sub-channel that its driver has seen; under vmb_node.sub_lock
 * @ring_gpadl: ring memory
 * @ring_map: both rings as they are mapped: header and data twice, each
 * @notify_work: calls vmb_channel_ops.dead, or wakes a sender
 * @close_work: posts CLOSE again, for a channel that is closed here; holds a
 *	reference while queued
 * @dead_notified: the driver knows; @notify_work only
 * @reason: how the channel broke
 * @stats: counters
 */
struct vmb_channel {
	struct vmb_tx_ring tx;
	spinlock_t tx_lock; /* see the kernel-doc */
	u32 tx_wanted;
	bool tx_waiting_set;
	u8 monitor_bit;
	unsigned long *monitor_word;
	unsigned long *send_bits;
	u64 signal;

	struct vmb_rx_ring rx;
	unsigned int rx_owned;
	const struct vmb_channel_ops *live;
	const struct vmb_channel_ops *ops;
	void *ctx;
	int error;
	bool broken;
	bool rescinded;
	struct vmb_stats stats;
	struct work_struct rx_work;

	struct vmb_offer offer;
	u32 relid;
	struct vmb_bus *bus;
	struct vmb_node *node;
	struct list_head list;
	struct kobject kobj;
	bool kobj_added;
	struct rcu_head rcu;
	struct mutex lock; /* see the kernel-doc */
	enum vmb_channel_state state;
	unsigned int cpu;
	bool presented;
	struct vmb_gpadl *ring_gpadl;
	void *ring_map[2];
	struct work_struct notify_work;
	struct delayed_work close_work;
	bool dead_notified;
	const char *reason;
};

/* Callbacks while interrupts may call them; then the rings are there as well. */
static inline const struct vmb_channel_ops *
vmb_channel_live(const struct vmb_channel *ch)
{
	/* Pairs with smp_store_release() in vmb_open(). */
	return smp_load_acquire(&ch->live);
}

/**
 * vmb_channel_alloc() - allocate a closed channel
 * @bus: bus
 * @node: its device
 * @offer: what the host offered
 *
 * Context: Process, with vmb_bus.lock held.
 * Return: the channel with one reference, or NULL.
 */
struct vmb_channel *vmb_channel_alloc(struct vmb_bus *bus,
				      struct vmb_node *node,
				      const struct vmb_offer *offer);

/**
 * vmb_channel_set_offer() - take over what the host says about a channel
 * @ch: new channel, or one that has no number any more
 * @offer: what the host offered
 *
 * Context: Process.
 */
void vmb_channel_set_offer(struct vmb_channel *ch, const struct vmb_offer *offer);

struct vmb_channel *vmb_channel_get(struct vmb_bus *bus, u32 relid);
void vmb_channel_put(struct vmb_channel *ch);

/**
 * vmb_channel_wait_start() - expect a reply about a channel
 * @ch: channel
 * @w: on the caller's stack; ends with vmb_wait_end()
 * @type: which message
 * @id: open id or GPADL, or 0
 *
 * Context: Process; takes vmb_bus.wait_lock.
 * Return: 0, or -ENODEV after a rescind: no reply will come, so the request
 * must not be posted.
 */
int vmb_channel_wait_start(struct vmb_channel *ch, struct vmb_wait *w,
			   u32 type, u32 id);

/**
 * vmb_channel_unlist() - take a closed channel off the bus
 * @ch: channel; the list's reference becomes the caller's
 *
 * Context: Process; takes vmb_bus.lock.
 * Return: true if it was rescinded. A later rescind does not find it.
 */
bool vmb_channel_unlist(struct vmb_channel *ch);

#endif /* _HV_VMBUS_CHANNEL_H */
