/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The VSTOR transport as its front ends see it: SCSI commands to the LUNs of
 * one Hyper-V storage controller.
 *
 * Words: a front end is hv_storvsc or hv_blkvsc; a command is one SRB; a queue
 * is one VMBus channel; a slot is a command's place in its queue.
 *
 * Every command that vstor_submit() or vstor_add() took ends in exactly one
 * call of vstor_ops.done, whatever the host does.
 */
#ifndef _HV_VSTOR_H
#define _HV_VSTOR_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/wait.h>

#include "queue.h"
#include "scan.h"
#include "vmb.h"

/**
 * DOC: Commands and locks of a storage controller
 *
 * A command belongs to its front end until it is submitted, and from then on to
 * a slot of its queue. A completion, a failed send or the end of the channel
 * takes it out of the slot, whichever is first, and ends it.
 *
 * Locks, outermost first:
 *
 * - blkvsc.lock: the disks of a controller, and changes to one of them
 * - vstor.lock: the queues while they are added, held over waits for the host,
 *   and the operations of the transport that the host has not completed
 * - vstor_queue.rx_lock (softirqs off): one receiver at a time, which is the
 *   interrupt's work, a poller or a timer
 *
 * The I/O path takes the lock of its channel's outbound ring and no other. It
 * shares no lock with another queue.
 */

#define VSTOR_MAX_QUEUES	64

/* Seconds that the block layer waits before it looks what is the matter. */
#define VSTOR_IO_TIMEOUT	180

/* Retry limits for transient errors; retries are 100 ms apart. */
#define VSTOR_MAX_RETRIES	5
#define VSTOR_MAX_BUSY		100

struct blk_mq_queue_map;

/**
 * struct vstor_ops - what the transport asks of a front end
 * @done: a command ended. With @error 0 the host completed it: @reply is a
 *	private copy of its packet. Else @reply is NULL:
 *	-EPROTO	the completion made no sense
 *	-ECONNRESET	the LUN was reset; the command may be repeated
 *	-ETIMEDOUT	the host completes nothing; it may still write to the
 *		buffer
 *	-ENODEV	the channel is gone
 *	@iob collects completions, NULL if there is no batch. Softirq, or
 *	process context with an @error
 * @writable: a queue whose ring was full has room. Softirq or hard interrupt;
 *	optional
 * @update_lun: one LUN came, changed or went. Process context
 * @rescan_lun: as @update_lun, but what is there already and @listed is only
 *	compared by name. Process context
 */
struct vstor_ops {
	void (*done)(struct vstor_queue *q, struct vstor_cmd *cmd,
		     const struct vstorw_packet *reply, int error,
		     struct io_comp_batch *iob);
	void (*writable)(struct vstor_queue *q);
	void (*update_lun)(struct vstor *vs, u32 key);
	void (*rescan_lun)(struct vstor *vs, u32 key, bool listed);
};

/**
 * struct vstor - a storage controller
 * @vdev: its device
 * @ops: front end
 * @ctx: front end's own
 * @ide: IDE class: one disk, always there
 * @ide_key: its key
 * @version: VSTORW_V* in use
 * @max_transfer: bytes in one command; page multiple, at most
 *	VSTOR_MAX_TRANSFER
 * @max_sub_channels: what the host allows
 * @io_slots: slots per queue for the front end
 * @nr_queues: open channels; fixed when vstor_add_queues() has returned
 * @queue: them
 * @want_queues: as many are wanted; later sub-channels are not opened
 * @lock: @nr_queues and @want_queues while they change, and @orphans
 * @wait: woken when a queue was added
 * @changes: LUNs to look at
 * @orphans: operations that the host has not completed: it may still write to
 *	their buffers, which are freed when the channel is closed
 * @stopping: vstor_stop() has begun
 */
struct vstor {
	struct vmb_device *vdev;
	const struct vstor_ops *ops;
	void *ctx;
	bool ide;
	u32 ide_key;
	u16 version;
	u32 max_transfer;
	u16 max_sub_channels;
	u32 io_slots;
	unsigned int nr_queues;
	struct vstor_queue *queue[VSTOR_MAX_QUEUES];
	unsigned int want_queues;
	struct mutex lock;	/* queues while they change, orphans */
	wait_queue_head_t wait;
	struct vstor_changes changes;
	struct list_head orphans;
	bool stopping;
};

struct vstor *vstor_start(struct vmb_device *vdev, const struct vstor_ops *ops,
			  void *ctx, u32 io_slots, bool ide);
unsigned int vstor_add_queues(struct vstor *vs, unsigned int want);
void vstor_subchannel(struct vstor *vs, struct vmb_channel *ch);
void vstor_stop(struct vstor *vs);
void vstor_map_queues(struct blk_mq_queue_map *map, unsigned int nr_queues);

static inline int vstor_error(const struct vstor *vs)
{
	return vmb_channel_error(vs->vdev->channel);
}

#endif /* _HV_VSTOR_H */
