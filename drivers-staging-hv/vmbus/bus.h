/* SPDX-License-Identifier: GPL-2.0 */
/* The bus object: one connection to one host. */
#ifndef _HV_VMBUS_BUS_H
#define _HV_VMBUS_BUS_H

#include <linux/atomic.h>
#include <linux/bitmap.h>
#include <linux/cpumask.h>
#include <linux/fault-inject.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <asm/mshyperv.h>

#include "wire/vmbus.h"

/**
 * DOC: Threads and locks of the bus
 *
 * Four kinds of work matter. The message work (ordered) takes messages off the
 * SynIC, completes waiters and queues what offers and rescinds ask for; it
 * never posts, never waits for the host and never calls a driver. The device
 * work (ordered) adds and removes devices, so probes may run there; it is
 * frozen with the tasks when the machine is about to sleep. Where there are
 * drivers of <linux/hyperv.h>, which may wait for a user's program, disks and
 * network adapters have a queue of their own. The sub-channel work of a device
 * hands its sub-channels to the driver. The notify work of a channel calls
 * vmb_channel_ops.dead. The last three may wait for the host, always with a
 * timeout, because the first keeps running.
 *
 * Mutexes, outermost first:
 *
 * 1. vmb_node.sub_lock, held over the sub-channel callbacks of a driver;
 * 2. vmb_channel.lock, held over open, close and move, and so over waits for
 *    the host;
 * 3. vmb_bus.lock, for lists and the channel table; never held over a wait;
 * 4. vmb_bus.post_lock, held while one message is posted.
 *
 * Spinlocks, none of which is taken under another: vmb_bus.wait_lock,
 * vmb_bus.gpadl_lock, vmb_channel.tx_lock (interrupts off), and
 * vmb_driver.dynids_lock. They may be taken under any of the mutexes.
 *
 * The inbound ring has no lock: it has one receiver at a time, see
 * vmb_channel.rx_owned. Hard interrupts take no lock; they read the channel
 * table under RCU.
 */

struct device;
struct vmb_bus;
struct vmb_channel;
struct vmb_cpu;
struct vmb_post_input;

enum vmb_counter {
	VMB_BAD_MESSAGES,
	VMB_LATE_REPLIES,
	VMB_DROPPED_OFFERS,
	VMB_BROKEN_CHANNELS,
	VMB_LOST_PAGES,
	VMB_COUNTERS
};

enum vmb_bus_state {
	VMB_BUS_DOWN,
	VMB_BUS_UP,
	VMB_BUS_ASLEEP,		/* for hibernation; devices stay */
	VMB_BUS_LEAVING,
	VMB_BUS_DEAD,
};

/**
 * struct vmb_bus - a connection to a host
 * @dev: ACPI device's platform device
 * @post: posts a message once: 0, -EAGAIN to retry, or -errno
 * @post_timeout: jiffies for which posting is retried
 * @timeout: jiffies that the host may take to answer
 * @unload_timeout: the same for messages that end a connection
 * @silent: a wait for a reply was in vain, and no message came since
 * @state: enum vmb_bus_state; changed under @lock
 * @version: negotiated protocol version
 * @connection: connection id that messages are posted to
 * @connect_cpu: takes the messages
 * @irq: per-CPU interrupt where the architecture has one, else 0
 * @vector: what the SINT raises
 * @coherent: DMA is coherent, as ACPI says
 * @cpus: SynIC per CPU
 * @cpus_enabled: CPUs that may take channel interrupts; under @lock
 * @hotplug: CPU hotplug instance
 * @panic: panic notifier
 * @channels: by relid; written under @lock, read under RCU
 * @event_words: words of event flags in use
 * @lock: lists and the channel table
 * @devices: vmb_node.list; under @lock
 * @msg_wq: message work, ordered
 * @dev_wq: device work, ordered; freezable
 * @slow_wq: the same for devices that are not fast
 * @sub_wq: sub-channel work
 * @notify_wq: notify work; has a rescuer, as it ends the I/O of dead disks
 * @rx_wq: softirq work of channels
 * @post_lock: serialises posting
 * @post_input: hypercall input under @post_lock
 * @crash_input: hypercall input of the crash path
 * @int_page: interrupt page of protocols below 5.0
 * @monitor: monitor pages: host to guest, guest to host
 * @wait_lock: guards @waiters
 * @waiters: vmb_wait.list
 * @last_gpadl: last GPADL handle in use
 * @last_open: last open id in use
 * @release_work: posts RELID_RELEASED for @to_release, on @sub_wq
 * @to_release: bit per relid
 * @gpadl_lock: guards @gpadls and the state of its entries
 * @gpadls: vmb_gpadl.list: all that the host may know
 * @gpadl_gone: woken when an unconfirmed GPADL goes
 * @teardown_work: posts the teardowns of @to_tear_down again, on @sub_wq
 * @to_tear_down: bit per relid
 * @unloading: an UNLOAD was sent from the crash path
 * @unloaded: the host has answered UNLOAD
 * @counters: by enum vmb_counter
 * @debugfs: directory
 * @fail_alloc: fault injection: ring and GPADL memory
 * @fail_offer: fault injection: memory for an offer
 * @fail_send: fault injection: packets
 */
struct vmb_bus {
	struct device *dev;
	int (*post)(struct vmb_bus *bus, u32 connection, const void *msg,
		    u32 len);
	unsigned long post_timeout;
	unsigned long timeout;
	unsigned long unload_timeout;
	bool silent;
	int state;
	u32 version;
	u32 connection;
	unsigned int connect_cpu;
	int irq;
	u8 vector;
	bool coherent;
	struct vmb_cpu __percpu *cpus;
	struct cpumask cpus_enabled;
	struct hlist_node hotplug;
	struct notifier_block panic;
	struct vmb_channel __rcu *channels[VMBW_RELIDS];
	unsigned int event_words;
	struct mutex lock; /* see the kernel-doc */
	struct list_head devices;
	struct workqueue_struct *msg_wq;
	struct workqueue_struct *dev_wq;
#ifdef CONFIG_HYPERV_STAGING_CLIENTS
	struct workqueue_struct *slow_wq;
#endif
	struct workqueue_struct *sub_wq;
	struct workqueue_struct *notify_wq;
	struct workqueue_struct *rx_wq;
	struct mutex post_lock; /* see the kernel-doc */
	struct vmb_post_input *post_input;
	struct vmb_post_input *crash_input;
	u8 *int_page;
	struct vmbw_monitor_page *monitor[2];
	spinlock_t wait_lock; /* see the kernel-doc */
	struct list_head waiters;
	atomic_t last_gpadl;
	atomic_t last_open;
	struct delayed_work release_work;
	DECLARE_BITMAP(to_release, VMBW_RELIDS);
	spinlock_t gpadl_lock; /* see the kernel-doc */
	struct list_head gpadls;
	wait_queue_head_t gpadl_gone;
	struct delayed_work teardown_work;
	DECLARE_BITMAP(to_tear_down, VMBW_RELIDS);
	atomic_t unloading;
	bool unloaded;
	atomic_long_t counters[VMB_COUNTERS];
	struct dentry *debugfs;
	struct fault_attr fail_alloc;
	struct fault_attr fail_offer;
	struct fault_attr fail_send;
};

static inline void vmb_count(struct vmb_bus *bus, enum vmb_counter which)
{
	atomic_long_inc(&bus->counters[which]);
}

/* The hypervisor's number of a CPU. hv_vp_index is NULL only under KUnit. */
static inline u32 vmb_vp(unsigned int cpu)
{
	return hv_vp_index ? hv_cpu_number_to_vp_number(cpu) : cpu;
}

/**
 * vmb_bus_alloc() - allocate a bus that has no host yet
 * @dev: parent of its devices
 *
 * Context: Process.
 * Return: the bus or NULL.
 */
struct vmb_bus *vmb_bus_alloc(struct device *dev);

/**
 * vmb_bus_free() - free a bus
 * @bus: bus without devices, with interrupts disabled
 *
 * Context: Process.
 */
void vmb_bus_free(struct vmb_bus *bus);

#endif /* _HV_VMBUS_BUS_H */
