/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Commands on channels.
 */
#ifndef _HV_VSTOR_QUEUE_H
#define _HV_VSTOR_QUEUE_H

#include <linux/completion.h>
#include <linux/list.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>
#include <linux/timer.h>
#include <linux/types.h>

#include "packet.h"

struct io_comp_batch;
struct vstor;

/* Slots of a queue beyond those of the front end, for vstor_scsi() etc. */
#define VSTOR_CALL_SLOTS	16

/**
 * struct vstor_call - an operation of our own: call.c sends it and waits
 * @node: in the list of orphans
 * @done: the operation ended
 * @raw: goes to the host before it is ready for SCSI commands
 * @with_host: the host may use @buf
 * @error: 0 if @reply is good, else -errno
 * @reply: the host's completion
 * @buf: data
 * @cmd: command; its page list follows
 */
struct vstor_call {
	struct list_head node;
	struct completion done;
	bool raw;
	bool with_host;
	int error;
	struct vstorw_packet reply;
	void *buf;
	struct vstor_cmd cmd;
};

/**
 * struct vstor_slot - an entry of a queue's request table
 * @cmd: the command, or NULL if the slot is free
 * @since: low bits of jiffies when it was sent
 */
struct vstor_slot {
	struct vstor_cmd *cmd;
	u32 since;
};

/**
 * struct vstor_stats - what a host did that it should not have, per queue
 * @stray: completions with an unknown transaction id
 * @malformed: packets of an unknown kind or a wrong length
 */
struct vstor_stats {
	u64 stray;
	u64 malformed;
};

/**
 * struct vstor_queue - one channel, which may be closed and opened again
 * @ch: the channel for commands of the front end; NULL while there is none
 * @open: the channel while it is open; @ch follows when the host is ready
 * @ids: transaction ids; slots below @io_slots are the front end's
 * @slot: request table, indexed like @ids
 * @vs: controller
 * @io_slots: slots of the front end
 * @index: 0 is the primary channel
 * @rx_lock: one receiver at a time: interrupt, poller or timer
 * @stats: under @rx_lock
 * @poll_only: interrupts stay masked, all is polled for
 * @polled: jiffies of the last vstor_poll()
 * @unmask: lets interrupts in again after the last poll
 * @call_map: slots of our own operations in use
 */
struct vstor_queue {
	struct vmb_channel __rcu *ch;
	struct vmb_channel __rcu *open;
	struct vmb_ids *ids;
	struct vstor_slot *slot;
	struct vstor *vs;
	u32 io_slots;
	u16 index;
	spinlock_t rx_lock;	/* one receiver at a time */
	struct vstor_stats stats;
	bool poll_only;
	unsigned long polled;
	struct timer_list unmask;
	DECLARE_BITMAP(call_map, VSTOR_CALL_SLOTS);
};

/**
 * struct vstor_outstanding - what the host has not completed
 * @count: commands
 * @seconds: age of the oldest
 * @key: its LUN
 * @opcode: its operation code
 */
struct vstor_outstanding {
	unsigned int count;
	unsigned int seconds;
	u32 key;
	u8 opcode;
};

struct vstor_queue *vstor_queue_alloc(struct vstor *vs, u16 index);
void vstor_queue_free(struct vstor_queue *q);
int vstor_queue_open(struct vstor_queue *q, struct vmb_channel *ch);
void vstor_queue_publish(struct vstor_queue *q);
void vstor_queue_withdraw(struct vstor_queue *q);
int vstor_queue_close(struct vstor_queue *q);
void vstor_queue_fail(struct vstor_queue *q, int error);
bool vstor_queue_idle(const struct vstor_queue *q, u32 key);
int vstor_queue_error(struct vstor_queue *q);

int vstor_send(struct vstor_queue *q, struct vmb_channel *ch, u32 slot,
	       struct vstor_cmd *cmd, bool more);
int vstor_submit(struct vstor_queue *q, u32 slot, struct vstor_cmd *cmd,
		 bool more);
int vstor_add(struct vstor_queue *q, struct vmb_channel *ch, u32 slot,
	      struct vstor_cmd *cmd);
int vstor_poll(struct vstor_queue *q, struct io_comp_batch *iob);
void vstor_poll_only(struct vstor_queue *q);
bool vstor_busy(struct vstor_queue *q, u32 slot, const struct vstor_cmd *cmd);
bool vstor_idle(struct vstor *vs, u32 key);
struct vstor_outstanding vstor_outstanding(struct vstor *vs);

/**
 * vstor_begin() - start a batch of commands
 * @q: queue
 * @flags: for vstor_end()
 *
 * Context: any but hard interrupt; RCU's read side until vstor_end(). Takes the
 * channel's outbound lock.
 * Return: the channel, for vstor_add() and vstor_end(); NULL if there is none,
 * and no lock was taken.
 */
static inline struct vmb_channel *vstor_begin(struct vstor_queue *q,
					      unsigned long *flags)
{
	struct vmb_channel *ch = rcu_dereference(q->ch);

	if (likely(ch))
		vmb_tx_begin(ch, flags);
	return ch;
}

/**
 * vstor_end() - send a batch
 * @ch: from vstor_begin()
 * @flags: from vstor_begin()
 *
 * Context: drops the channel's outbound lock.
 */
static inline void vstor_end(struct vmb_channel *ch, unsigned long flags)
{
	vmb_tx_end(ch, flags, false);
}

/**
 * vstor_kick() - send what was submitted with @more
 * @q: queue
 *
 * Context: any but hard interrupt; RCU's read side.
 */
static inline void vstor_kick(struct vstor_queue *q)
{
	struct vmb_channel *ch = rcu_dereference(q->ch);

	if (likely(ch))
		vmb_kick(ch);
}

#endif /* _HV_VSTOR_QUEUE_H */
