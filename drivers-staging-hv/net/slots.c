// SPDX-License-Identifier: GPL-2.0
/*
 * Free transmit slots and pending receive completions.
 */
#include <kunit/visibility.h>
#include <linux/bitmap.h>
#include <linux/errno.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/slab.h>

#include "slots.h"

/**
 * netvsc_fifo_init() - allocate an empty FIFO
 * @f: FIFO
 * @slots: numbers that it can hold
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
 * netvsc_fifo_free() - free what netvsc_fifo_init() allocated
 * @f: FIFO, initialised or zeroed
 */
void netvsc_fifo_free(struct netvsc_fifo *f)
{
	kvfree(f->ring);
	f->ring = NULL;
}
EXPORT_SYMBOL_IF_KUNIT(netvsc_fifo_free);

/**
 * netvsc_pending_init() - allocate an empty list of pending completions
 * @p: list
 * @sections: sections of the receive buffer
 *
 * Return: 0 or -ENOMEM.
 */
int netvsc_pending_init(struct netvsc_pending *p, u32 sections)
{
	u32 size = roundup_pow_of_two(max(sections, 64u));

	p->id = kvzalloc_objs(*p->id, size);
	p->bad = kvzalloc_objs(*p->bad, BITS_TO_LONGS(size));
	if (!p->id || !p->bad) {
		netvsc_pending_free(p);
		return -ENOMEM;
	}
	p->mask = size - 1;
	p->head = 0;
	p->tail = 0;
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(netvsc_pending_init);

/**
 * netvsc_pending_free() - free what netvsc_pending_init() allocated
 * @p: list, initialised or zeroed
 */
void netvsc_pending_free(struct netvsc_pending *p)
{
	kvfree(p->id);
	kvfree(p->bad);
	p->id = NULL;
	p->bad = NULL;
	p->head = 0;
	p->tail = 0;
}
EXPORT_SYMBOL_IF_KUNIT(netvsc_pending_free);

/**
 * netvsc_pending_add() - add a packet that has to be completed
 * @p: list
 * @id: its transaction id
 * @bad: complete it with an error
 *
 * Return: false if the host has more packets in flight than it can have.
 */
bool netvsc_pending_add(struct netvsc_pending *p, u64 id, bool bad)
{
	u32 at = p->head & p->mask;

	if (!p->id || p->head - p->tail > p->mask)
		return false;
	p->id[at] = id;
	if (bad)
		__set_bit(at, p->bad);
	else if (test_bit(at, p->bad))
		__clear_bit(at, p->bad);
	p->head++;
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(netvsc_pending_add);
