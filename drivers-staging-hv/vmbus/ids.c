// SPDX-License-Identifier: GPL-2.0
/*
 * Transaction ids: a slot number and the generation of its use go over the
 * wire, so a completion can only name a request that is in flight.
 */
#include <linux/atomic.h>
#include <linux/export.h>
#include <linux/limits.h>
#include <linux/overflow.h>
#include <linux/random.h>
#include <linux/slab.h>

#include "vmb_ids.h"

struct vmb_ids *vmb_ids_create(unsigned int slots, int node)
{
	struct vmb_ids *ids;
	u32 seed;

	if (!slots || slots > INT_MAX)
		return NULL;
	ids = kvmalloc_node(struct_size(ids, word, slots), GFP_KERNEL, node);
	if (!ids)
		return NULL;
	ids->slots = slots;
	/* Random start: ids from another or an earlier table must not match. */
	seed = get_random_u32() & ~VMB_ID_ARMED;
	for (unsigned int i = 0; i < slots; i++)
		atomic_set(&ids->word[i], seed);
	return ids;
}
EXPORT_SYMBOL_GPL(vmb_ids_create);

void vmb_ids_destroy(struct vmb_ids *ids)
{
	kvfree(ids);
}
EXPORT_SYMBOL_GPL(vmb_ids_destroy);
