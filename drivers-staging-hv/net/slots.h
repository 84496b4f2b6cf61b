/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Two small queues: free transmit slots on their way from the completion side
 * to the send side, and pending receive completions.
 */
#ifndef _NETVSC_SLOTS_H
#define _NETVSC_SLOTS_H

#include <linux/cache.h>
#include <linux/compiler.h>
#include <linux/types.h>
#include <asm/barrier.h>

/**
 * struct netvsc_fifo - lock-free FIFO of slot numbers: one producer, one
 *	consumer
 * @ring: the numbers
 * @mask: size of @ring - 1
 * @tail: consumer's position
 * @head: producer's position
 *
 * It has room for every slot number, so a put always fits.
 */
struct netvsc_fifo {
	u16 *ring;
	u32 mask;
	u32 tail;
	u32 head ____cacheline_aligned_in_smp;
};

int netvsc_fifo_init(struct netvsc_fifo *f, u32 slots);
void netvsc_fifo_free(struct netvsc_fifo *f);

/* Consumer: a slot number, or -1. */
static inline int netvsc_fifo_get(struct netvsc_fifo *f)
{
	u32 tail = f->tail;
	int slot;

	/* Pairs with the release in netvsc_fifo_put(). */
	if (tail == smp_load_acquire(&f->head))
		return -1;
	slot = f->ring[tail & f->mask];
	WRITE_ONCE(f->tail, tail + 1);
	return slot;
}

/* Consumer: undoes the last get. */
static inline void netvsc_fifo_unget(struct netvsc_fifo *f, u16 slot)
{
	f->ring[(f->tail - 1) & f->mask] = slot;
	WRITE_ONCE(f->tail, f->tail - 1);
}

/* Producer. */
static inline void netvsc_fifo_put(struct netvsc_fifo *f, u16 slot)
{
	f->ring[f->head & f->mask] = slot;
	/* Pairs with the acquire in netvsc_fifo_get(): the number first. */
	smp_store_release(&f->head, f->head + 1);
}

/* Anybody: the number of entries, a snapshot. */
static inline u32 netvsc_fifo_count(const struct netvsc_fifo *f)
{
	return READ_ONCE(f->head) - READ_ONCE(f->tail);
}

/**
 * struct netvsc_pending - pending receive completions
 * @id: transaction ids, in order of arrival
 * @bad: those that are completed with an error
 * @mask: size of @id - 1
 * @head: next to add
 * @tail: next to send
 *
 * Holds one for every section that the receive buffer has: a host that keeps
 * to the protocol cannot have more packets outstanding.
 */
struct netvsc_pending {
	u64 *id;
	unsigned long *bad;
	u32 mask;
	u32 head;
	u32 tail;
};

int netvsc_pending_init(struct netvsc_pending *p, u32 sections);
void netvsc_pending_free(struct netvsc_pending *p);
bool netvsc_pending_add(struct netvsc_pending *p, u64 id, bool bad);

static inline u32 netvsc_pending_count(const struct netvsc_pending *p)
{
	return p->head - p->tail;
}

#endif /* _NETVSC_SLOTS_H */
