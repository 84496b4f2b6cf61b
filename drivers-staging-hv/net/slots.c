// SPDX-License-Identifier: GPL-2.0
/*
 * Free transmit slots and owed receive completions: making and freeing them.
 */
#include <kunit/visibility.h>
#include <linux/bitmap.h>
#include <linux/errno.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/slab.h>

#include "slots.h"

/**
 * netvsc_fifo_init() - makes a FIFO, empty
 * @f: FIFO
 * @slots: how many numbers it may hold
 *
 * Return: 0 or -ENOMEM.
 */
int netvsc_fifo_init(struct netvsc_fifo *f, u32 slots)
{
	u32 size = roundup_pow_of_two(max(slots, 2u));

	f->ring = kvzalloc_objs(*f->ring, size);
	if (!f->ring)
		return -ENOMEM;
	f->mask = size - 1;
	f->head = 0;
	f->tail = 0;
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(netvsc_fifo_init);

/**
 * netvsc_fifo_free() - frees what netvsc_fifo_init() made
 * @f: FIFO, initialised or zeroed
 */
void netvsc_fifo_free(struct netvsc_fifo *f)
{
	kvfree(f->ring);
	f->ring = NULL;
}
EXPORT_SYMBOL_IF_KUNIT(netvsc_fifo_free);

/**
 * netvsc_pending_init() - makes the list of owed completions, empty
 * @o: list
 * @sections: sections of the receive buffer
 *
 * Return: 0 or -ENOMEM.
 */
int netvsc_pending_init(struct netvsc_pending *o, u32 sections)
{
	u32 size = roundup_pow_of_two(max(sections, 64u));

	o->id = kvzalloc_objs(*o->id, size);
	o->bad = kvzalloc_objs(*o->bad, BITS_TO_LONGS(size));
	if (!o->id || !o->bad) {
		netvsc_pending_free(o);
		return -ENOMEM;
	}
	o->mask = size - 1;
	o->head = 0;
	o->tail = 0;
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(netvsc_pending_init);

/**
 * netvsc_pending_free() - frees what netvsc_pending_init() made
 * @o: list, initialised or zeroed
 */
void netvsc_pending_free(struct netvsc_pending *o)
{
	kvfree(o->id);
	kvfree(o->bad);
	o->id = NULL;
	o->bad = NULL;
	o->head = 0;
	o->tail = 0;
}
EXPORT_SYMBOL_IF_KUNIT(netvsc_pending_free);

/**
 * netvsc_pending_add() - remembers a packet that the host wants completed
 * @o: list
 * @id: its transaction id
 * @bad: refuse it
 *
 * Return: false if the host has more outstanding than it can have.
 */
bool netvsc_pending_add(struct netvsc_pending *o, u64 id, bool bad)
{
	u32 at = o->head & o->mask;

	if (!o->id || o->head - o->tail > o->mask)
		return false;
	o->id[at] = id;
	if (bad)
		__set_bit(at, o->bad);
	else if (test_bit(at, o->bad))
		__clear_bit(at, o->bad);
	o->head++;
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(netvsc_pending_add);
