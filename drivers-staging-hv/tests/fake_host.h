/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A host made of functions, for a bus of its own: it answers what the bus
 * posts, follows the guest's GPADLs into its memory, and reads and writes the
 * rings. Tests decide what it says, when, and how often. Needs no hypervisor.
 */
#ifndef _HV_FAKE_HOST_H
#define _HV_FAKE_HOST_H

#include <linux/io.h>
#include <linux/iopoll.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/sizes.h>
#include <linux/time64.h>
#include <linux/types.h>
#include <linux/uuid.h>

#include "../vmbus/bus.h"
#include "vmb.h"
#include "vmb_packet.h"
#include "wire/vmbus.h"

struct fake_channel;
struct fake_host;
struct kunit;

/* The longest packet that the host reads. */
#define FAKE_PACKET_MAX	SZ_16K

/* True once the condition is; false if it does not come true in time. */
#define fake_wait(condition) \
	(!poll_timeout_us(, condition, 5000, 20 * USEC_PER_SEC, false))

/* The class of a device that only a test's own driver takes. */
#define FAKE_CLASS \
	GUID_INIT(0x6d5a4b3c, 0x0102, 0x0304, 0x05, 0x06, 0x07, 0x08, 0x09, \
		  0x0a, 0x0b, 0x0c)

/**
 * struct fake_ops - a device of the host
 * @packet: the guest sent a packet; the host's thread, no lock held. @pkt is a
 *	copy that ends with the call
 * @opened: the guest opens a channel; before the answer. Optional
 */
struct fake_ops {
	void (*packet)(struct fake_channel *fc, const struct vmb_rx *pkt);
	void (*opened)(struct fake_channel *fc);
};

/**
 * struct fake_gpadl - guest memory that the host was shown
 * @list: on fake_host.gpadls
 * @relid: channel that it was made on
 * @handle: its number
 * @count: wire pages in all
 * @have: wire pages named so far
 * @pfn: their 4 KiB frame numbers
 */
struct fake_gpadl {
	struct list_head list;
	__le32 relid;
	u32 handle;
	u32 count;
	u32 have;
	u64 pfn[] __counted_by(count);
};

/**
 * struct fake_ring - one direction of a channel, as the host sees it
 * @hdr: header page
 * @first: page number of @hdr in the channel's GPADL
 * @size: bytes of data
 * @at: the host's own index: of the next packet read, or written
 */
struct fake_ring {
	struct vmbw_ring *hdr;
	u32 first;
	u32 size;
	u32 at;
};

/**
 * struct fake_channel - a channel of the host
 * @list: on fake_host.channels
 * @host: where it lives
 * @relid: its number
 * @index: 0 for a primary channel
 * @gpadl: GPADL of its rings while it is open, else 0
 * @from_guest: outbound ring of the guest
 * @to_guest: inbound ring of the guest
 * @deaf: the host does not read: the guest's ring fills up
 * @packets: packets that the guest sent
 * @ctx: the device's own
 *
 * Changed under fake_host.lock.
 */
struct fake_channel {
	struct list_head list;
	struct fake_host *host;
	u32 relid;
	u16 index;
	u32 gpadl;
	struct fake_ring from_guest;
	struct fake_ring to_guest;
	bool deaf;
	unsigned int packets;
	void *ctx;
};

/**
 * struct fake_host - answers what a bus posts
 * @bus: the bus
 * @class_id: of the devices that it offers
 * @takes: protocol version that it takes, 0 for none
 * @state: of the version response
 * @mute: message type that is never answered
 * @mute2: another one
 * @no_v5: nobody listens at the connection id of protocol 5
 * @refuse: result of the next @refusals posts
 * @refusals: posts of @refuse_type that are refused, for good if negative
 * @refuse_type: message type, 0 for all
 * @delivers: says that all offers are delivered
 * @unloads: answers UNLOAD, and forgets what it knew
 * @open_status: status of OPEN_RESULT
 * @rescind_on: message type that is answered with a rescind
 * @rescind_after: message type that is answered, and then with a rescind
 * @posts: messages by type
 * @versions: versions that were asked for, in order
 * @asked: how many
 * @ends: CLOSE and GPADL_TEARDOWN, the first ones, with their channels
 * @ended: how many there were
 * @last_handle: GPADL that was made last
 * @last_open: open id that was used last
 * @faults: what the guest did that no guest should: malformed packets, a GPADL
 *	or an index that makes no sense
 * @lock: channels, GPADLs and the memory that they show
 * @channels: fake_channel.list
 * @gpadls: fake_gpadl.list
 * @ops: what the device does, while the host's thread runs
 * @ctx: the device's own
 * @thread: reads the guest's rings
 * @look: it reads them all, once
 * @buf: a packet of the guest, for @thread
 */
struct fake_host {
	struct vmb_bus *bus;
	guid_t class_id;
	u32 takes;
	u8 state;
	u32 mute;
	u32 mute2;
	bool no_v5;
	int refuse;
	int refusals;
	u32 refuse_type;
	bool delivers;
	bool unloads;
	u32 open_status;
	u32 rescind_on;
	u32 rescind_after;
	u32 posts[VMBW_MSG_TYPES];
	u32 versions[16];
	u32 asked;
	struct {
		u32 type;
		u32 relid;
	} ends[8];
	u32 ended;
	u32 last_handle;
	__le32 last_open;
	unsigned int faults;
	struct mutex lock; /* see the kernel-doc */
	struct list_head channels;
	struct list_head gpadls;
	const struct fake_ops *ops;
	void *ctx;
	struct task_struct *thread;
	bool look;
	void *buf;
};

/* The host itself. */
struct fake_host *fake_host_make(struct kunit *test, const char *name);
void fake_host_free(struct fake_host *h);
void fake_host_start(struct kunit *test, struct fake_host *h,
		     const struct fake_ops *ops, void *ctx);
void fake_host_stop(struct fake_host *h);
void fake_host_look(struct fake_host *h);
void fake_host_use_cpus(struct fake_host *h, unsigned int count);
void fake_settle(struct fake_host *h);

/* Messages to the guest. */
void fake_say(struct fake_host *h, const void *msg, u32 len);
void fake_u32(struct fake_host *h, u32 type, u32 value);
void fake_result(struct fake_host *h, u32 type, __le32 relid, __le32 id,
		 u32 status);
void fake_offer_flags(struct fake_host *h, u32 relid, u8 instance, u16 index,
		      u16 flags);
void fake_offer(struct fake_host *h, u32 relid, u8 instance, u16 index);
void fake_rescind(struct fake_host *h, u32 relid);

/* Channels and memory. */
struct fake_channel *fake_channel(struct fake_host *h, u32 relid);
struct vmb_device *fake_device(struct fake_host *h, u32 relid);
int fake_put(struct fake_channel *fc, const struct vmb_packet *pkt, u16 len8);
void fake_interrupt(struct fake_channel *fc);
int fake_send(struct fake_channel *fc, const struct vmb_packet *pkt);
bool fake_gpadl_copy(struct fake_host *h, u32 handle, u32 offset, void *buf,
		     u32 len, bool to_guest);
u32 fake_pages_copy(const struct vmb_rx *pkt, u32 offset, void *buf, u32 len,
		    bool to_guest);

/* Between fake_host.c and fake_ring.c. */
struct fake_gpadl *fake_gpadl_find(struct fake_host *h, u32 handle);
struct fake_channel *fake_channel_find(struct fake_host *h, u32 relid);
int fake_thread(void *data);

/* A page that the guest showed; the guest allocates them in low memory. */
static inline void *fake_page(const struct fake_gpadl *g, u32 page)
{
	return phys_to_virt(g->pfn[page] << VMB_PAGE_SHIFT);
}

#endif /* _HV_FAKE_HOST_H */
