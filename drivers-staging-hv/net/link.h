/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Link state.
 */
#ifndef _NETVSC_LINK_H
#define _NETVSC_LINK_H

#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/workqueue.h>

struct netvsc_dev;

/* Link speeds are in units of 100 bit/s. */
#define NETVSC_SPEED_PER_MBIT	10000u

/* Events that are queued; the oldest are dropped. */
#define NETVSC_LINK_EVENTS	16u

enum netvsc_link_event {
	NETVSC_LINK_DOWN,
	NETVSC_LINK_UP,
	NETVSC_LINK_RENEW,	/* the same link, another network */
};

enum netvsc_link_action {
	NETVSC_LINK_NOTHING,
	NETVSC_LINK_CARRIER_OFF,
	NETVSC_LINK_CARRIER_ON,
	NETVSC_LINK_NOTIFY,	/* neighbours have to learn where we are */
};

/**
 * struct netvsc_link - link events of the host on their way to the stack
 * @lock: guards the fields below
 * @event: enum netvsc_link_event, a ring
 * @head: next to add
 * @tail: next to apply
 * @renewing: the carrier is off for NETVSC_LINK_RENEW
 * @seq: number of changes that the host indicated
 * @last: when an event was applied, jiffies
 * @work: applies the events one by one
 */
struct netvsc_link {
	spinlock_t lock;	/* all below */
	u8 event[NETVSC_LINK_EVENTS];
	u32 head;
	u32 tail;
	bool renewing;
	u32 seq;
	unsigned long last;
	struct delayed_work work;
};

void netvsc_link_init(struct netvsc_dev *nd);
void netvsc_link_start(struct netvsc_dev *nd);
void netvsc_link_stop(struct netvsc_dev *nd);
void netvsc_link_event(struct netvsc_dev *nd, u32 status, const void *info,
		       u32 len);
u32 netvsc_link_seq(struct netvsc_dev *nd);
void netvsc_link_answer(struct netvsc_dev *nd, u32 seq, bool up);

void netvsc_link_push(struct netvsc_link *l, enum netvsc_link_event event);
enum netvsc_link_action netvsc_link_next(struct netvsc_link *l, bool carrier);

#endif /* _NETVSC_LINK_H */
