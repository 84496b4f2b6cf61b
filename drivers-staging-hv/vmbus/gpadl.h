/* SPDX-License-Identifier: GPL-2.0 */
/* GPADLs: lists of guest pages that the host may read and write. */
#ifndef _HV_VMBUS_GPADL_H
#define _HV_VMBUS_GPADL_H

#include <linux/list.h>
#include <linux/types.h>

#include "wire/vmbus.h"

struct page;
struct vmb_bus;

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

struct vmb_gpadl *vmb_gpadl_alloc(struct vmb_bus *bus, unsigned int count,
				  int node);
int vmb_gpadl_establish(struct vmb_gpadl *g, u32 relid, const u64 *pfns,
			unsigned int count);
void vmb_gpadl_retire(struct vmb_gpadl *g, bool rescinded);
bool vmb_gpadl_late(struct vmb_bus *bus, u32 handle);
void vmb_gpadl_free_lost(struct vmb_bus *bus);
u32 vmb_gpadl_header(struct vmbw_gpadl_header *msg, u32 relid, u32 handle,
		     const u64 *pfns, unsigned int count);
u32 vmb_gpadl_body(struct vmbw_gpadl_body *msg, u32 handle, u32 number,
		   const u64 *pfns, unsigned int count);

#endif /* _HV_VMBUS_GPADL_H */
