/* SPDX-License-Identifier: GPL-2.0 */
/* Posting messages, waiting for replies, connecting, unloading. */
#ifndef _HV_VMBUS_CONNECTION_H
#define _HV_VMBUS_CONNECTION_H

#include <linux/completion.h>
#include <linux/list.h>

#include "bus.h"

/* How long to retry while the hypervisor does not accept a message. */
#define VMB_POST_TIMEOUT	(90 * HZ)
/* How long the host may take to answer a request. */
#define VMB_REPLY_TIMEOUT	(30 * HZ)
/* A rescinded channel's host side may be gone: do not insist. */
#define VMB_RESCIND_TIMEOUT	(3 * HZ)
/* Unloading makes the host flush its caches, which takes long on big VMs. */
#define VMB_UNLOAD_MS		100000

/* Input of the post-message hypercall. */
struct vmb_post_input {
	__le32 connection;
	__le32 reserved;
	__le32 type;
	__le32 len;
	u8 payload[VMBW_MSG_MAX];
};

static_assert(sizeof(struct vmb_post_input) == 256);

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

int vmb_hv_post(struct vmb_bus *bus, u32 connection, const void *msg, u32 len);

/**
 * vmb_hv_post_input() - post a message, once
 * @in: hypercall input, in one page; the caller's
 * @connection: connection id
 * @msg: message
 * @len: its length, at most VMBW_MSG_MAX
 *
 * Context: Any; takes no lock.
 * Return: 0, -EAGAIN if it may work later, -ENXIO if nobody listens at
 * @connection or the hypervisor throttles a guest that posts too much, -EIO.
 */
int vmb_hv_post_input(struct vmb_post_input *in, u32 connection,
		      const void *msg, u32 len);

/**
 * vmb_post() - post a message to the host
 * @bus: bus
 * @msg: message, starts with struct vmbw_msg
 * @len: its length
 *
 * Retries for vmb_bus.post_timeout with growing pauses while the hypervisor
 * has no buffer, or throttles the guest: hosts may do so for ten seconds.
 *
 * Context: Process; sleeps, takes vmb_bus.post_lock.
 * Return: 0 or -errno.
 */
int vmb_post(struct vmb_bus *bus, const void *msg, u32 len);

int vmb_post_u32(struct vmb_bus *bus, u32 type, u32 value);

/**
 * vmb_wait_start() - expect a reply, before the request is posted
 * @bus: bus
 * @w: on the caller's stack; ends with vmb_wait_end()
 * @type: which message
 * @relid: about which channel, or 0; a rescind of it ends the wait
 * @id: open id or GPADL, or 0
 *
 * Context: Process; takes vmb_bus.wait_lock.
 */
void vmb_wait_start(struct vmb_bus *bus, struct vmb_wait *w, u32 type,
		    u32 relid, u32 id);

/**
 * vmb_reply_timeout() - how long to wait for a reply
 * @bus: bus
 *
 * At shutdown one wait follows another, for each ring and buffer. Where the
 * host was waited for in vain and has been silent since, those that follow are
 * short: it is asked all the same, and a late reply counts.
 *
 * Context: Any.
 * Return: jiffies.
 */
unsigned long vmb_reply_timeout(const struct vmb_bus *bus);

/**
 * vmb_wait_done() - wait for the host
 * @bus: bus
 * @done: completed by the message work
 * @timeout: jiffies
 *
 * Waits in pieces: a slow host must not look like a hung task.
 *
 * Context: Process; sleeps.
 * Return: false after the timeout.
 */
bool vmb_wait_done(struct vmb_bus *bus, struct completion *done,
		   unsigned long timeout);

/**
 * vmb_wait_end() - wait for the reply
 * @bus: bus
 * @w: from vmb_wait_start()
 * @posted: result of posting the request; no wait if it failed
 * @timeout: jiffies
 *
 * A later reply finds no waiter.
 *
 * Context: Process; sleeps, takes vmb_bus.wait_lock.
 * Return: 0 with @w->reply filled, @posted, -ETIMEDOUT, or -ENODEV after a
 * rescind.
 */
int vmb_wait_end(struct vmb_bus *bus, struct vmb_wait *w, int posted,
		 unsigned long timeout);

/**
 * vmb_wait_answer() - hand a reply to its waiter
 * @bus: bus
 * @type: its type
 * @relid: its channel or 0
 * @id: its open id or GPADL, or 0
 * @msg: the message
 * @len: its length
 *
 * Context: Process; takes vmb_bus.wait_lock.
 * Return: true if there was a waiter.
 */
bool vmb_wait_answer(struct vmb_bus *bus, u32 type, u32 relid, u32 id,
		     const void *msg, u32 len);

/**
 * vmb_wait_rescind() - end every wait about a channel with -ENODEV
 * @bus: bus
 * @relid: channel, not 0
 *
 * Context: Process; takes vmb_bus.wait_lock.
 */
void vmb_wait_rescind(struct vmb_bus *bus, u32 relid);

/**
 * vmb_version_below() - the next protocol version to offer
 * @version: the one that the host refused, or U32_MAX
 *
 * Context: Any.
 * Return: highest known version below @version, or 0.
 */
u32 vmb_version_below(u32 version);

/**
 * vmb_connect() - agree on a protocol version
 * @bus: bus with its SynIC running
 * @highest: do not offer a version above this one
 *
 * Context: Process; waits for the host.
 * Return: 0 with @bus->version set, -EPROTO if the host accepts none that we
 * know, -ETIMEDOUT if it does not answer, -errno.
 */
int vmb_connect(struct vmb_bus *bus, u32 highest);

/**
 * vmb_request_offers() - ask for the offers of all devices
 * @bus: bus with a connection
 *
 * Context: Process; waits for the host.
 * Return: 0 once the host has delivered all offers, -ETIMEDOUT, -errno.
 */
int vmb_request_offers(struct vmb_bus *bus);

/**
 * vmb_unload() - end the connection
 * @bus: bus; nothing else is posted any more
 *
 * Context: Process; waits for the host.
 * Return: 0 if the host has confirmed that it holds nothing of the guest any
 * more; else what was shared must not be freed.
 */
int vmb_unload(struct vmb_bus *bus);

#endif /* _HV_VMBUS_CONNECTION_H */
