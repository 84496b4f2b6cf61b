/* SPDX-License-Identifier: GPL-2.0 */
/*
 * hv_blkvsc: disks straight from blk-mq to the ring.
 */
#ifndef _HV_BLKVSC_H
#define _HV_BLKVSC_H

#include <linux/blk-mq.h>
#include <linux/blkdev.h>
#include <linux/mutex.h>

#include "blkvsc_cdb.h"
#include "blkvsc_ident.h"
#include "vstor.h"

/* Requests per hardware queue. */
#define BLKVSC_DEPTH	256

/**
 * struct blkvsc_hctx - where a hardware queue's requests go
 * @q: channel
 * @base: slot of tag 0
 */
struct blkvsc_hctx {
	struct vstor_queue *q;
	u32 base;
};

/**
 * struct blkvsc - a controller
 * @vs: transport
 * @set: tags of all its disks
 * @pfns: frame numbers that a request has room for
 * @irq_queues: hardware queues with interrupts; the rest is polled
 * @poll_queues: hardware queues that are polled
 * @hctx: them all
 * @lock: @disks, and what is done to a disk in process context
 * @disks: &struct blkvsc_disk.node
 * @surveying: only look what is there
 * @others: there are devices that are no disks
 */
struct blkvsc {
	struct vstor *vs;
	struct blk_mq_tag_set set;
	u16 pfns;
	unsigned int irq_queues;
	unsigned int poll_queues;
	struct blkvsc_hctx hctx[VSTOR_MAX_QUEUES + 1];
	struct mutex lock;	/* disks come and go */
	struct list_head disks;
	bool surveying;
	bool others;
};

/**
 * struct blkvsc_disk - a disk
 * @ctl: controller; not to be used by an open but removed disk
 * @key: its LUN
 * @shift: sectors to logical blocks
 * @unmap: discard by UNMAP, else by WRITE SAME
 * @zero_unmap: write zeroes by WRITE SAME with UNMAP
 * @disk: block device
 * @node: in &struct blkvsc.disks
 * @index: number of its name
 * @id: what it reports about itself
 */
struct blkvsc_disk {
	struct blkvsc *ctl;
	u32 key;
	u8 shift;
	bool unmap;
	bool zero_unmap;
	struct gendisk *disk;
	struct list_head node;
	int index;
	struct blkvsc_ident id;
};

/**
 * struct blkvsc_rq - what a request carries
 * @since: low bits of jiffies of the first repeat
 * @delay: milliseconds until the next repeat; 0 before the first one
 * @unmap: for the parameter list of a discard, or NULL
 * @cmd: command; its page list follows
 */
struct blkvsc_rq {
	u32 since;
	u16 delay;
	u8 *unmap;
	struct vstor_cmd cmd;
};

static inline struct blkvsc_rq *blkvsc_cmd_rq(struct vstor_cmd *cmd)
{
	return container_of(cmd, struct blkvsc_rq, cmd);
}

/* blkvsc_rq.c: requests. */
extern const struct blk_mq_ops blkvsc_mq_ops;
void blkvsc_done(struct vstor_queue *q, struct vstor_cmd *cmd,
		 const struct vstorw_packet *reply, int error,
		 struct io_comp_batch *iob);
void blkvsc_writable(struct vstor_queue *q);

/* blkvsc_identify.c: what a LUN is. */
int blkvsc_identify(struct blkvsc *ctl, u32 key, struct blkvsc_ident *id,
		    const struct blkvsc_ident *old);
bool blkvsc_is_other(struct blkvsc *ctl, u32 key);
int blkvsc_sync_cache(struct blkvsc *ctl, u32 key);

/* blkvsc_disk.c: disks come, change and go. */
int blkvsc_add_disk(struct blkvsc *ctl, u32 key);
void blkvsc_remove_disk(struct blkvsc_disk *d, bool surprise);
void blkvsc_update_lun(struct vstor *vs, u32 key);
void blkvsc_rescan_lun(struct vstor *vs, u32 key, bool listed);

#endif /* _HV_BLKVSC_H */
