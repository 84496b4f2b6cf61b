/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of hv_vmbus share.
 *
 * Three threads of control matter. The message work (ordered) takes messages
 * off the SynIC, answers waiters and notes offers and rescinds; it never waits
 * for the host and never calls a driver. The device work (ordered) adds and
 * removes devices, so probes may run there. Per-device sub-channel work hands
 * sub-channels to drivers. The last two may wait for the host, always with a
 * timeout, because the first keeps running.
 *
 * Locks, outer first: vmb_node.sub_lock (held over driver callbacks),
 * vmb_channel.lock (held over waits for the host), vmb_bus.lock (lists and the
 * channel table; never held over a wait).
 */
#ifndef _HV_VMBUS_BUS_H
#define _HV_VMBUS_BUS_H

#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/fault-inject.h>
#include <linux/kobject.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/percpu.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <asm/mshyperv.h>
#include <hyperv/hvhdk.h>

#include "ring.h"
#include "vmb.h"
#include "wire/vmbus.h"

/* How long the host may take to answer a request. */
#define VMB_REPLY_TIMEOUT	(30 * HZ)
/* A rescinded channel's host side may be gone: do not insist. */
#define VMB_RESCIND_TIMEOUT	(3 * HZ)
/* Unloading makes the host flush its caches, which takes long on big VMs. */
#define VMB_UNLOAD_MS		100000

/* Jiffies; less than what the detector of hung tasks waits for. */
#define VMB_WAIT_PART		(10UL * HZ)

struct vmb_bus;
struct vmb_node;

enum vmb_counter {
	VMB_BAD_MESSAGES,
	VMB_LATE_REPLIES,
	VMB_DROPPED_OFFERS,
	VMB_BROKEN_CHANNELS,
	VMB_LOST_PAGES,
	VMB_COUNTERS
};

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
	u8 user_data[VMB_USER_DATA_BYTES];
};

/**
 * struct vmb_stats - per-channel counters, each with one writer at a time
 * @interrupts: interrupts from the host
 * @signals_room: signals because the inbound ring has room again
 * @signals_data: signals because the outbound ring was empty
 * @full_first: times that a send found the outbound ring full
 * @full_total: sends that found it full
 */
struct vmb_stats {
	u64 interrupts;
	u64 signals_room;
	u64 signals_data;
	u64 full_first;
	u64 full_total;
};

enum vmb_channel_state {
	VMB_CHANNEL_CLOSED,
	VMB_CHANNEL_OPENING,
	VMB_CHANNEL_OPEN,
	VMB_CHANNEL_CLOSING,
};

/**
 * struct vmb_channel - a pair of rings
 * @tx: outbound ring
 * @tx_lock: serialises senders
 * @tx_wanted: bytes that a sender waits for, or 0
 * @tx_waiting_set: the shared page asks the host for a signal; under @tx_lock
 * @monitor_word: pending bits of the monitor group, NULL without monitor
 * @monitor_bit: which bit of it
 * @send_bits: send interrupt page of protocols below 5.0, or NULL
 * @signal: input of the signal hypercall
 * @rx: inbound ring
 * @rx_owned: somebody drains; interrupts are masked
 * @live: callbacks while interrupts may call them, else NULL
 * @ops: callbacks of the driver
 * @ctx: the driver's own
 * @error: 0, or why the channel is dead
 * @rescinded: the host took the offer back
 * @rx_work: drains in @receive mode
 * @offer: what the host offered
 * @relid: number, as in @offer
 * @bus: where it lives
 * @node: its device
 * @list: on vmb_node.subs
 * @kobj: channels/<relid> in sysfs; its reference count is the channel's
 * @kobj_added: @kobj is in sysfs
 * @rcu: frees after the last interrupt that may look at it
 * @lock: open, close, move
 * @state: under @lock
 * @closed: completed when a close ends
 * @cpu: takes the interrupts; changed under @lock
 * @presented: a sub-channel that its driver has seen
 * @ring_gpadl: ring memory
 * @ring_map: both rings as they are mapped: header and data twice, each
 * @note_work: tells the driver of the end, or wakes a sender
 * @dead_told: the driver knows; @note_work only
 * @why: how the channel broke
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
	struct completion closed;
	unsigned int cpu;
	bool presented;
	struct vmb_gpadl *ring_gpadl;
	void *ring_map[2];
	struct work_struct note_work;
	bool dead_told;
	const char *why;
};

/**
 * struct vmb_node - a device, as the bus keeps it
 * @vdev: what drivers see
 * @bus: where it lives
 * @list: on vmb_bus.devices
 * @add_work: adds it, on vmb_bus.dev_wq
 * @drop_work: removes it, on vmb_bus.dev_wq; queued once
 * @sub_work: hands out and releases sub-channels
 * @sub_lock: held while the driver is told of a sub-channel
 * @subs: sub-channels; under vmb_bus.lock
 * @subs_allowed: the driver takes sub-channels; under @sub_lock
 * @added: is in the driver core; device work only
 * @gone: is to be removed, or was
 * @fast: its interrupts are spread over the CPUs
 * @kind: small number for its class, as in sysfs "device"
 * @dma_mask: any address
 * @channels_dir: "channels" in sysfs
 * @dma_parms: for the DMA layer
 */
struct vmb_node {
	struct vmb_device vdev;
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

#define to_vmb_node(d) container_of_const(d, struct vmb_node, vdev.dev)

/**
 * struct vmb_cpu - SynIC of one CPU
 * @slot: message slot, in @message_page
 * @flags: event flags, in @event_page
 * @message_page: SIM page, all SINTs
 * @event_page: SIEF page, all SINTs
 * @work: takes the messages
 * @bus: where it lives
 * @cpu: number
 * @enabled: channels may be put here; under vmb_bus.lock
 */
struct vmb_cpu {
	struct hv_message *slot;
	unsigned long *flags;
	void *message_page;
	void *event_page;
	struct work_struct work;
	struct vmb_bus *bus;
	unsigned int cpu;
	bool enabled;
};

/**
 * struct vmb_wait - somebody waits for a message
 * @list: on vmb_bus.waiters
 * @done: it came, or never will
 * @type: which message
 * @relid: about which channel, 0 for none; a rescind of it ends the wait
 * @id: open id or GPADL, 0 for none
 * @error: -ENODEV after a rescind
 * @reply: the message, zero-filled
 */
struct vmb_wait {
	struct list_head list;
	struct completion done;
	u32 type;
	u32 relid;
	u32 id;
	int error;
	union {
		struct vmbw_msg hdr;
		struct vmbw_result result;
		struct vmbw_modify modify;
		struct vmbw_version_response version;
	} reply;
};

enum vmb_bus_state {
	VMB_BUS_DOWN,
	VMB_BUS_UP,
	VMB_BUS_LEAVING,
	VMB_BUS_DEAD,
};

/**
 * struct vmb_bus - a connection to a host
 * @dev: ACPI device's platform device
 * @post: hands a message to the hypervisor, 0 or -errno, -EAGAIN to retry
 * @timeout: jiffies that the host may take to answer
 * @state: enum vmb_bus_state
 * @version: negotiated protocol version
 * @connection: where messages are posted to
 * @connect_cpu: takes the messages
 * @irq: per-CPU interrupt where the architecture has one, else 0
 * @vector: what the SINT raises
 * @coherent: DMA is coherent, as ACPI says
 * @cpus: SynIC per CPU
 * @hotplug: CPU hotplug instance
 * @panic: panic notifier
 * @channels: by relid; written under @lock, read under RCU
 * @event_words: words of event flags in use
 * @lock: lists and the channel table
 * @devices: vmb_node.list
 * @msg_wq: message work, ordered
 * @dev_wq: device work, ordered
 * @sub_wq: sub-channel and dead work
 * @rx_wq: softirq work of channels
 * @post_lock: serialises posting
 * @post_input: hypercall input under @post_lock
 * @crash_input: hypercall input of the crash path
 * @int_page: interrupt page of protocols below 5.0
 * @monitor: monitor pages: host to guest, guest to host
 * @wait_lock: guards @waiters
 * @waiters: vmb_wait.list
 * @last_gpadl: last GPADL handle given out
 * @last_open: last open id given out
 * @lost_lock: guards @lost
 * @lost: GPADLs that the host did not confirm to have dropped
 * @unloading: an UNLOAD was sent from the crash path
 * @unloaded: the host has answered UNLOAD
 * @counters: by enum vmb_counter
 * @debugfs: directory
 * @fail_alloc: fault injection: ring and GPADL memory
 * @fail_send: fault injection: packets
 */
struct vmb_bus {
	struct device *dev;
	int (*post)(struct vmb_bus *bus, u32 connection, const void *msg,
		    u32 len);
	unsigned long timeout;
	int state;
	u32 version;
	u32 connection;
	unsigned int connect_cpu;
	int irq;
	u8 vector;
	bool coherent;
	struct vmb_cpu __percpu *cpus;
	struct hlist_node hotplug;
	struct notifier_block panic;
	struct vmb_channel __rcu *channels[VMBW_RELIDS];
	unsigned int event_words;
	struct mutex lock; /* see the kernel-doc */
	struct list_head devices;
	struct workqueue_struct *msg_wq;
	struct workqueue_struct *dev_wq;
	struct workqueue_struct *sub_wq;
	struct workqueue_struct *rx_wq;
	struct mutex post_lock; /* see the kernel-doc */
	void *post_input;
	void *crash_input;
	u8 *int_page;
	struct vmbw_monitor_page *monitor[2];
	spinlock_t wait_lock; /* see the kernel-doc */
	struct list_head waiters;
	atomic_t last_gpadl;
	atomic_t last_open;
	spinlock_t lost_lock; /* see the kernel-doc */
	struct list_head lost;
	atomic_t unloading;
	bool unloaded;
	atomic_long_t counters[VMB_COUNTERS];
	struct dentry *debugfs;
	struct fault_attr fail_alloc;
	struct fault_attr fail_send;
};

/**
 * struct vmb_gpadl - guest pages that the host can reach
 * @list: on vmb_bus.lost
 * @bus: where it lives
 * @relid: channel it was made on
 * @handle: its number on the wire
 * @bytes: what the host sees
 * @addr: one mapping of all pages, NULL for rings
 * @pages: the memory
 * @count: number of @pages
 */
struct vmb_gpadl {
	struct list_head list;
	struct vmb_bus *bus;
	u32 relid;
	u32 handle;
	size_t bytes;
	void *addr;
	struct page **pages;
	unsigned int count;
};

static inline void vmb_count(struct vmb_bus *bus, enum vmb_counter which)
{
	atomic_long_inc(&bus->counters[which]);
}

/* The hypervisor's number of a CPU. Without a hypervisor there are only tests. */
static inline u32 vmb_vp(unsigned int cpu)
{
	return hv_vp_index ? hv_cpu_number_to_vp_number(cpu) : cpu;
}

/* main.c */
struct vmb_bus *vmb_bus_alloc(struct device *dev);
void vmb_bus_free(struct vmb_bus *bus);
const char *vmb_platform_refusal(void);

/* synic.c */
int vmb_synic_init(struct vmb_bus *bus);
void vmb_synic_exit(struct vmb_bus *bus);
int vmb_synic_global_init(void);
void vmb_synic_global_exit(void);
int vmb_synic_alloc(struct vmb_bus *bus);
void vmb_synic_free(struct vmb_bus *bus);
void vmb_synic_quiesce_cpu(void);
void vmb_synic_leave(struct vmb_bus *bus);
int vmb_synic_crash_poll(struct vmb_bus *bus);

/* affinity.c */
unsigned int vmb_pick_cpu(struct vmb_bus *bus, const struct vmb_node *node);

/* crash.c */
void vmb_crash_hooks_add(struct vmb_bus *bus);
void vmb_crash_hooks_remove(struct vmb_bus *bus);

/* connection.c */
int vmb_hv_post(struct vmb_bus *bus, u32 connection, const void *msg, u32 len);
int vmb_hv_post_input(void *input, u32 connection, const void *msg, u32 len);
int vmb_post(struct vmb_bus *bus, const void *msg, u32 len);
int vmb_post_u32(struct vmb_bus *bus, u32 type, u32 value);
void vmb_wait_start(struct vmb_bus *bus, struct vmb_wait *w, u32 type,
		    u32 relid, u32 id);
int vmb_wait_end(struct vmb_bus *bus, struct vmb_wait *w, int posted,
		 unsigned long timeout);
bool vmb_wait_answer(struct vmb_bus *bus, u32 type, u32 relid, u32 id,
		     const void *msg, u32 len);
void vmb_wait_rescind(struct vmb_bus *bus, u32 relid);
u32 vmb_version_below(u32 version);
int vmb_connect(struct vmb_bus *bus, u32 highest);
int vmb_unload(struct vmb_bus *bus);

/* message.c */
int vmb_message_check(u32 version, const void *msg, u32 len);
void vmb_message(struct vmb_bus *bus, const void *msg, u32 len);

/* offer.c */
int vmb_offer_parse(const struct vmbw_offer *msg, struct vmb_offer *offer);
void vmb_offer(struct vmb_bus *bus, const struct vmbw_offer *msg);
void vmb_rescind(struct vmb_bus *bus, u32 relid);
void vmb_sub_work(struct work_struct *work);
void vmb_add_work(struct work_struct *work);
void vmb_drop_work(struct work_struct *work);
void vmb_remove_all(struct vmb_bus *bus);

/* device.c */
int vmb_device_global_init(void);
void vmb_device_global_exit(void);
struct vmb_node *vmb_node_alloc(struct vmb_bus *bus,
				const struct vmb_offer *offer);
int vmb_node_add(struct vmb_node *node);
void vmb_node_remove(struct vmb_node *node);
u16 vmb_class_kind(const guid_t *class_id, bool *fast);

/* channel.c */
struct vmb_channel *vmb_channel_alloc(struct vmb_bus *bus,
				      struct vmb_node *node,
				      const struct vmb_offer *offer);
struct vmb_channel *vmb_channel_get(struct vmb_bus *bus, u32 relid);
void vmb_channel_put(struct vmb_channel *ch);
void vmb_channel_kill(struct vmb_channel *ch, int error, const char *why);
void vmb_channel_unlist(struct vmb_channel *ch);

/* open.c */
int vmb_channel_leave_cpu(struct vmb_channel *ch, unsigned int cpu);

/* packet.c */
void vmb_channel_interrupt(struct vmb_channel *ch);
void vmb_tx_wake(struct vmb_channel *ch);
void vmb_rx_work(struct work_struct *work);

/* gpadl.c */
struct vmb_gpadl *vmb_gpadl_alloc(struct vmb_bus *bus, unsigned int count,
				  int node);
void vmb_gpadl_free(struct vmb_gpadl *g);
int vmb_gpadl_establish(struct vmb_gpadl *g, u32 relid, const u64 *pfns,
			unsigned int count);
void vmb_gpadl_retire(struct vmb_gpadl *g, bool rescinded);
bool vmb_gpadl_late(struct vmb_bus *bus, u32 handle);
void vmb_gpadl_free_lost(struct vmb_bus *bus);
u32 vmb_gpadl_header(struct vmbw_gpadl_header *msg, u32 relid, u32 handle,
		     const u64 *pfns, unsigned int count);
u32 vmb_gpadl_body(struct vmbw_gpadl_body *msg, u32 handle, u32 number,
		   const u64 *pfns, unsigned int count);

/* sysfs.c */
extern const struct attribute_group *const vmb_bus_groups[];
extern const struct attribute_group *const vmb_dev_groups[];
extern const struct kobj_type vmb_channel_ktype;

/* debugfs.c */
void vmb_debugfs_add(struct vmb_bus *bus);
void vmb_debugfs_remove(struct vmb_bus *bus);

#endif /* _HV_VMBUS_BUS_H */
