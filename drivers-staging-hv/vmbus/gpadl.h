/* SPDX-License-Identifier: GPL-2.0 */
/* GPADLs: lists of guest pages that the host may read and write. */
#ifndef _HV_VMBUS_GPADL_H
#define _HV_VMBUS_GPADL_H

#include <linux/completion.h>
#include <linux/list.h>
#include <linux/types.h>

#include "wire/vmbus.h"

struct page;
struct vmb_bus;
struct vmb_channel;

enum vmb_gpadl_state {
	VMB_GPADL_SHARED,
	VMB_GPADL_TEARDOWN,	/* somebody waits for the confirmation */
	VMB_GPADL_TORNDOWN,	/* confirmed */
	VMB_GPADL_UNCONFIRMED,	/* nobody waits any more: the list owns it */
};

/**
 * struct vmb_gpadl - guest pages that the host can reach
 * @list: on vmb_bus.gpadls while @handle is not 0
 * @bus: where it lives
 * @state: under vmb_bus.gpadl_lock
 * @rescinded: its channel was rescinded; under vmb_bus.gpadl_lock
 * @done: teardown confirmed, or not to be expected after a rescind
 * @relid: channel it was made on
 * @handle: its number on the wire; 0 if the host does not know it
 * @bytes: what the host sees
 * @addr: the memory, from vmalloc()
 * @pages: its pages
 * @count: number of @pages
 */
struct vmb_gpadl {
	struct list_head list;
	struct vmb_bus *bus;
	enum vmb_gpadl_state state;
	bool rescinded;
	struct completion done;
	u32 relid;
	u32 handle;
	size_t bytes;
	void *addr;
	struct page **pages;
	unsigned int count;
};

void vmb_gpadl_init(struct vmb_bus *bus);

/**
 * vmb_gpadl_alloc() - allocate zeroed pages to be shared
 * @bus: bus
 * @count: kernel pages
 * @node: NUMA node
 *
 * Context: Process.
 * Return: an object that the host does not know yet, or NULL.
 */
struct vmb_gpadl *vmb_gpadl_alloc(struct vmb_bus *bus, unsigned int count,
				  int node);

/**
 * vmb_gpadl_establish() - make pages known to the host
 * @g: object that the host does not know
 * @ch: channel
 * @pfns: 4 KiB page numbers, in the host's order
 * @count: how many
 *
 * After an error the host may know the pages or not; vmb_gpadl_retire() copes
 * with either.
 *
 * Context: Process; waits for the host.
 * Return: 0 or -errno.
 */
int vmb_gpadl_establish(struct vmb_gpadl *g, struct vmb_channel *ch,
			const u64 *pfns, unsigned int count);

/**
 * vmb_gpadl_retire() - tear a GPADL down and free its pages
 * @g: object, in any state; not to be used any more
 * @error: why the host cannot tear it down yet, or 0
 *
 * If the host does not confirm, the pages are kept out of use until it does,
 * or until the channel is released after a rescind, or the connection ends.
 * After a rescind the host need not reply, so nothing is waited for here.
 *
 * Context: Process; waits for the host.
 * Return: 0 if the host confirmed that it uses the pages no longer; -ENODEV
 * after a rescind, -ETIMEDOUT, @error, or the error of posting.
 */
int vmb_gpadl_retire(struct vmb_gpadl *g, int error);

/**
 * vmb_gpadl_torndown() - the host confirms a teardown
 * @bus: bus
 * @handle: GPADL, unchecked
 *
 * Context: Process; takes vmb_bus.gpadl_lock.
 * Return: false if no teardown of @handle was requested.
 */
bool vmb_gpadl_torndown(struct vmb_bus *bus, u32 handle);

/**
 * vmb_gpadl_rescind() - end all waits for teardowns of a rescinded channel
 * @bus: bus
 * @relid: channel
 *
 * Context: Process; takes vmb_bus.gpadl_lock.
 */
void vmb_gpadl_rescind(struct vmb_bus *bus, u32 relid);

/**
 * vmb_gpadl_repost() - request the unconfirmed teardowns of a channel again
 * @bus: bus
 * @relid: channel, which the host may have refused to tear down while open
 *
 * Context: Process.
 */
void vmb_gpadl_repost(struct vmb_bus *bus, u32 relid);

/**
 * vmb_gpadl_settle() - give the host time to confirm teardowns
 * @bus: bus
 * @relid: rescinded channel
 * @end: jiffies at which to go on
 *
 * Context: Process; waits for the host.
 */
void vmb_gpadl_settle(struct vmb_bus *bus, u32 relid, unsigned long end);

/**
 * vmb_gpadl_free_relid() - free the unconfirmed GPADLs of a released channel
 * @bus: bus
 * @relid: channel; RELID_RELEASED was posted for it. 0 for all channels, when
 *	the connection has ended
 * @last: youngest handle that it may have had: @relid may be in use again
 *
 * Context: Process; takes vmb_bus.gpadl_lock.
 */
void vmb_gpadl_free_relid(struct vmb_bus *bus, u32 relid, u32 last);

void vmb_gpadl_free_all(struct vmb_bus *bus);

/**
 * vmb_gpadl_header() - build the message that begins a GPADL
 * @msg: to fill
 * @relid: channel
 * @handle: GPADL
 * @pfns: all 4 KiB page numbers
 * @count: how many, at most VMBW_GPADL_MAX_PFNS
 *
 * Context: Any.
 * Return: bytes of the message; it carries the first VMBW_HEADER_PFNS pages.
 */
u32 vmb_gpadl_header(struct vmbw_gpadl_header *msg, u32 relid, u32 handle,
		     const u64 *pfns, unsigned int count);

/**
 * vmb_gpadl_body() - build a message that continues a GPADL
 * @msg: to fill
 * @handle: GPADL
 * @number: 0 for the first body
 * @pfns: the page numbers that no message has carried yet
 * @count: how many, not 0
 *
 * Context: Any.
 * Return: bytes of the message; it carries up to VMBW_BODY_PFNS pages.
 */
u32 vmb_gpadl_body(struct vmbw_gpadl_body *msg, u32 handle, u32 number,
		   const u64 *pfns, unsigned int count);

#endif /* _HV_VMBUS_GPADL_H */
