/* SPDX-License-Identifier: GPL-2.0 */
/* Transaction ids of packets that want a completion. */
#ifndef _HV_VMB_IDS_H
#define _HV_VMB_IDS_H

#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/types.h>

/* Bit of a slot's word: in flight. The other bits are the generation. */
#define VMB_ID_ARMED	1u

/**
 * struct vmb_ids - a table of transaction ids
 * @slots: number of them
 * @word: per slot, generation and VMB_ID_ARMED
 *
 * An id is slot number and generation, valid for one use of the slot. Any
 * context; no lock; callers own disjoint slots.
 */
struct vmb_ids {
	unsigned int slots;
	atomic_t word[] __counted_by(slots);
};

/**
 * vmb_ids_create() - allocate a table with no id in flight
 * @slots: how many, at most INT_MAX
 * @node: NUMA node of the memory
 *
 * Context: Process.
 * Return: the table or NULL.
 */
struct vmb_ids *vmb_ids_create(unsigned int slots, int node);

/**
 * vmb_ids_destroy() - free a table
 * @ids: the table or NULL; no longer in use
 *
 * Context: Process.
 */
void vmb_ids_destroy(struct vmb_ids *ids);

/**
 * vmb_id_arm() - make the id for one use of a slot
 * @ids: table
 * @slot: below the table's size; the caller's
 *
 * Ids of earlier uses of the slot are invalid from now on.
 *
 * Context: Any.
 * Return: the id, never 0.
 */
static inline u64 vmb_id_arm(struct vmb_ids *ids, unsigned int slot)
{
	u32 word = (atomic_read(&ids->word[slot]) | VMB_ID_ARMED) + 2;

	atomic_set(&ids->word[slot], word);
	return (u64)word << 32 | slot;
}

/**
 * vmb_id_claim() - look up and retire the id in a completion
 * @ids: table
 * @id: any number
 *
 * An unknown, stale or duplicate id is refused.
 *
 * Context: Any.
 * Return: the slot, once for each vmb_id_arm(), or -ENOENT.
 */
static inline int vmb_id_claim(struct vmb_ids *ids, u64 id)
{
	u32 slot = id, word = id >> 32;

	if (slot >= ids->slots || !(word & VMB_ID_ARMED))
		return -ENOENT;
	if (atomic_cmpxchg(&ids->word[slot], word, word & ~VMB_ID_ARMED) != (int)word)
		return -ENOENT;
	return slot;
}

/**
 * vmb_id_in_flight() - look up the id in a completion
 * @ids: table
 * @id: any number
 *
 * Context: Any; who else ends the id's use is excluded.
 * Return: true if vmb_id_claim() would find it.
 */
static inline bool vmb_id_in_flight(const struct vmb_ids *ids, u64 id)
{
	u32 slot = id, word = id >> 32;

	return slot < ids->slots && (word & VMB_ID_ARMED) &&
	       atomic_read(&ids->word[slot]) == (int)word;
}

/**
 * vmb_id_revoke() - retire the id of a slot without a completion
 * @ids: table
 * @slot: below the table's size
 *
 * Context: Any.
 * Return: true if it was in flight: a late completion is refused.
 */
static inline bool vmb_id_revoke(struct vmb_ids *ids, unsigned int slot)
{
	return atomic_fetch_and(~VMB_ID_ARMED, &ids->word[slot]) & VMB_ID_ARMED;
}

#endif /* _HV_VMB_IDS_H */
