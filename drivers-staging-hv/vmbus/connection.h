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
int vmb_hv_post_input(struct vmb_post_input *in, u32 connection,
		      const void *msg, u32 len);
int vmb_post(struct vmb_bus *bus, const void *msg, u32 len);
int vmb_post_u32(struct vmb_bus *bus, u32 type, u32 value);
void vmb_wait_start(struct vmb_bus *bus, struct vmb_wait *w, u32 type,
		    u32 relid, u32 id);
bool vmb_wait_done(struct completion *done, unsigned long timeout);
int vmb_wait_end(struct vmb_bus *bus, struct vmb_wait *w, int posted,
		 unsigned long timeout);
bool vmb_wait_answer(struct vmb_bus *bus, u32 type, u32 relid, u32 id,
		     const void *msg, u32 len);
void vmb_wait_rescind(struct vmb_bus *bus, u32 relid);
u32 vmb_version_below(u32 version);
int vmb_connect(struct vmb_bus *bus, u32 highest);
int vmb_request_offers(struct vmb_bus *bus);
int vmb_unload(struct vmb_bus *bus);

#endif /* _HV_VMBUS_CONNECTION_H */
