/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Two small queues: free transmit slots on their way from the completion side
 * to the send side, and receive completions that the host is owed.
 */
#ifndef _HVN_SLOTS_H
#define _HVN_SLOTS_H

#include <linux/cache.h>
#include <linux/compiler.h>
#include <linux/types.h>
#include <asm/barrier.h>

/**
 * struct hvn_fifo - lock-free FIFO of slot numbers, one producer, one consumer
 * @ring: the numbers
 * @mask: size of @ring - 1
 * @tail: consumer's position
 * @head: producer's position
 *
 * It never holds more than the numbers it was made for, so a put always fits.
 */
struct hvn_fifo {
	u16 *ring;
	u32 mask;
	u32 tail;
	u32 head ____cacheline_aligned_in_smp;
};

int hvn_fifo_init(struct hvn_fifo *f, u32 slots);
void hvn_fifo_free(struct hvn_fifo *f);

/* Consumer: a slot number, or -1. */
static inline int hvn_fifo_get(struct hvn_fifo *f)
{
	u32 tail = f->tail;
	int slot;

	/* Pairs with the release in hvn_fifo_put(). */
	if (tail == smp_load_acquire(&f->head))
		return -1;
	slot = f->ring[tail & f->mask];
	WRITE_ONCE(f->tail, tail + 1);
	return slot;
}

/* Consumer: gives the number of the last get back, to be got next. */
static inline void hvn_fifo_unget(struct hvn_fifo *f, u16 slot)
{
	f->ring[(f->tail - 1) & f->mask] = slot;
	WRITE_ONCE(f->tail, f->tail - 1);
}

/* Producer. */
static inline void hvn_fifo_put(struct hvn_fifo *f, u16 slot)
{
	f->ring[f->head & f->mask] = slot;
	/* Pairs with the acquire in hvn_fifo_get(): the number first. */
	smp_store_release(&f->head, f->head + 1);
}

/* Anybody: how many there are, about. */
static inline u32 hvn_fifo_count(const struct hvn_fifo *f)
{
	return READ_ONCE(f->head) - READ_ONCE(f->tail);
}

/**
 * struct hvn_owed - receive completions to send
 * @id: transaction ids, in order of arrival
 * @bad: which of them are refused
 * @mask: size of @id - 1
 * @head: next to add
 * @tail: next to send
 *
 * Holds one for every section that the receive buffer has: a host that keeps
 * to the protocol cannot have more packets outstanding.
 */
struct hvn_owed {
	u64 *id;
	unsigned long *bad;
	u32 mask;
	u32 head;
	u32 tail;
};

int hvn_owed_init(struct hvn_owed *o, u32 sections);
void hvn_owed_free(struct hvn_owed *o);
bool hvn_owed_add(struct hvn_owed *o, u64 id, bool bad);

static inline u32 hvn_owed_count(const struct hvn_owed *o)
{
	return o->head - o->tail;
}

#endif /* _HVN_SLOTS_H */
