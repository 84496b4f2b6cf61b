/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Control requests: one at a time, NVSP or RNDIS, each with one answer.
 */
#ifndef _NETVSC_CTL_H
#define _NETVSC_CTL_H

#include <linux/completion.h>
#include <linux/jiffies.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <vmb.h>

struct netvsc_dev;

/* Longest answer to a control request: header, body and information. */
#define NETVSC_CTL_REPLY_MAX	2048u

/* How long the host may take to answer. */
#define NETVSC_HOST_TIMEOUT	(10 * HZ)

/* Transaction slots of the primary channel that control packets use. */
enum netvsc_ctl_slot {
	NETVSC_SLOT_NVSP,
	NETVSC_SLOT_RNDIS,
	NETVSC_SLOT_DATA_PATH,
	NETVSC_CTL_SLOTS,
};

enum netvsc_ctl_state {
	NETVSC_CTL_IDLE,
	NETVSC_CTL_WAIT,
	NETVSC_CTL_DONE,
	NETVSC_CTL_REFUSED,
};

/**
 * struct netvsc_ctl - the one control request in progress
 * @mutex: one request at a time; guards @ch and @ids
 * @ch: primary channel; NULL while it is closed
 * @ids: transaction ids of @ch
 * @lock: guards the fields below against the NAPI poll
 * @done: the answer came, or the device is gone
 * @state: enum netvsc_ctl_state
 * @type: RNDIS or NVSP type of the answer; the two do not overlap
 * @id: RNDIS request id of the answer, 0 for NVSP
 * @len: length of @reply
 * @reply: private copy of the answer
 */
struct netvsc_ctl {
	struct mutex mutex;	/* one request at a time */
	struct vmb_channel *ch;
	struct vmb_ids *ids;
	spinlock_t lock;	/* the fields below */
	struct completion done;
	u8 state;
	u32 type;
	u32 id;
	u32 len;
	u8 reply[NETVSC_CTL_REPLY_MAX] __aligned(8);
};

void netvsc_ctl_init(struct netvsc_ctl *ctl);
void netvsc_ctl_open(struct netvsc_dev *nd, struct vmb_channel *ch,
		     struct vmb_ids *ids);
void netvsc_ctl_close(struct netvsc_dev *nd);
void netvsc_ctl_begin(struct netvsc_dev *nd, u32 type, u32 id);
int netvsc_ctl_send(struct netvsc_dev *nd, struct vmb_packet *pkt, int slot);
int netvsc_ctl_wait(struct netvsc_dev *nd);
bool netvsc_ctl_answer(struct netvsc_dev *nd, u32 type, u32 id,
		       const void *data, u32 len);
void netvsc_ctl_refuse(struct netvsc_dev *nd);
void netvsc_ctl_fail(struct netvsc_dev *nd, int error);

#endif /* _NETVSC_CTL_H */
