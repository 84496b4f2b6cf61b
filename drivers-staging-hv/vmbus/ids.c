// SPDX-License-Identifier: GPL-2.0
/*
 * Transaction ids: what goes over the wire is a slot number and the generation
 * of its use, so a completion can only ever name a request that is in flight.
 */
#include <linux/atomic.h>
#include <linux/export.h>
#include <linux/limits.h>
#include <linux/overflow.h>
#include <linux/random.h>
#include <linux/slab.h>

#include "vmb.h"

/* Of a slot's word: in flight. The rest is the generation. */
#define VMB_ID_ARMED	1u

/**
 * struct vmb_ids - a table of transaction ids
 * @slots: number of them
 * @word: per slot, generation and VMB_ID_ARMED
 */
struct vmb_ids {
	unsigned int slots;
	atomic_t word[] __counted_by(slots);
};

/**
 * vmb_ids_create() - a table of ids, none in flight
 * @slots: how many, at most INT_MAX
 * @node: NUMA node of the memory
 *
 * Return: the table or NULL.
 */
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
	/* Ids of another table, or of an earlier one, shall not fit here. */
	seed = get_random_u32() & ~VMB_ID_ARMED;
	for (unsigned int i = 0; i < slots; i++)
		atomic_set(&ids->word[i], seed);
	return ids;
}
EXPORT_SYMBOL_GPL(vmb_ids_create);

/**
 * vmb_ids_destroy() - free a table
 * @ids: the table or NULL; nobody uses it any more
 */
void vmb_ids_destroy(struct vmb_ids *ids)
{
	kvfree(ids);
}
EXPORT_SYMBOL_GPL(vmb_ids_destroy);

/**
 * vmb_id_arm() - an id for one use of a slot
 * @ids: table
 * @slot: below the table's size; the caller's
 *
 * Ids of earlier uses of the slot find nothing from now on.
 *
 * Return: the id, never 0.
 */
u64 vmb_id_arm(struct vmb_ids *ids, unsigned int slot)
{
	u32 word = (atomic_read(&ids->word[slot]) | VMB_ID_ARMED) + 2;

	atomic_set(&ids->word[slot], word);
	return (u64)word << 32 | slot;
}
EXPORT_SYMBOL_GPL(vmb_id_arm);

/**
 * vmb_id_claim() - the slot of an id that came from the host
 * @ids: table
 * @id: any number
 *
 * Return: the slot, once for each vmb_id_arm(), or -ENOENT.
 */
int vmb_id_claim(struct vmb_ids *ids, u64 id)
{
	u32 slot = id, word = id >> 32;

	if (slot >= ids->slots || !(word & VMB_ID_ARMED))
		return -ENOENT;
	if (atomic_cmpxchg(&ids->word[slot], word, word & ~VMB_ID_ARMED) != (int)word)
		return -ENOENT;
	return slot;
}
EXPORT_SYMBOL_GPL(vmb_id_claim);

/**
 * vmb_id_revoke() - take a slot back without a completion
 * @ids: table
 * @slot: below the table's size
 *
 * Return: true if it was in flight: a completion will not find it any more.
 */
bool vmb_id_revoke(struct vmb_ids *ids, unsigned int slot)
{
	return atomic_fetch_and(~VMB_ID_ARMED, &ids->word[slot]) & VMB_ID_ARMED;
}
EXPORT_SYMBOL_GPL(vmb_id_revoke);
