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
 * @addr: one mapping of all pages, NULL for rings
 * @pages: the memory
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

struct vmb_gpadl *vmb_gpadl_alloc(struct vmb_bus *bus, unsigned int count,
				  int node);
int vmb_gpadl_establish(struct vmb_gpadl *g, struct vmb_channel *ch,
			const u64 *pfns, unsigned int count);
int vmb_gpadl_retire(struct vmb_gpadl *g);
bool vmb_gpadl_torndown(struct vmb_bus *bus, u32 handle);
void vmb_gpadl_rescind(struct vmb_bus *bus, u32 relid);
void vmb_gpadl_repost(struct vmb_bus *bus, u32 relid);
void vmb_gpadl_settle(struct vmb_bus *bus, u32 relid, unsigned long end);
void vmb_gpadl_free_relid(struct vmb_bus *bus, u32 relid, u32 last);
void vmb_gpadl_free_all(struct vmb_bus *bus);
u32 vmb_gpadl_header(struct vmbw_gpadl_header *msg, u32 relid, u32 handle,
		     const u64 *pfns, unsigned int count);
u32 vmb_gpadl_body(struct vmbw_gpadl_body *msg, u32 handle, u32 number,
		   const u64 *pfns, unsigned int count);

#endif /* _HV_VMBUS_GPADL_H */
