/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The VSTOR transport as its front ends see it: SCSI commands to the LUNs of
 * one Hyper-V storage controller.
 */
#ifndef _HV_VSTOR_H
#define _HV_VSTOR_H

#include <linux/bitops.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "queue.h"
#include "recover.h"
#include "scan.h"
#include "vmb.h"

struct attribute_group;
struct dentry;

/**
 * DOC: Commands and locks of a storage controller
 *
 * Words: a front end is hv_storvsc or hv_blkvsc; a command is one SRB; a queue
 * is one VMBus channel; a slot is a command's place in its queue.
 *
 * Every command that vstor_submit() or vstor_add() took ends in exactly one
 * call of vstor_ops.done, whatever the host does. Until then it belongs to the
 * host: its pages, its slot and its tag. It ends when the host completes it, or
 * when its channel is closed; no timeout, reset or error handler takes it back.
 *
 * Submission: RCU's read side and the channel's outbound lock. A queue is taken
 * out of service by clearing vstor_queue.ch; after a grace period nobody sends.
 *
 * Completion: vstor_queue.rx_lock, in softirq or from a poller; vstor_ops.done
 * is called under it.
 *
 * Process context: vstor.lock for opening channels and for orphans, never while
 * the host is waited for. Recovery and death of channels are one work item of a
 * controller, so that they do not overlap; LUNs that change are another one.
 * hv_blkvsc's lock of its disks is outside of vstor.lock.
 */

#define VSTOR_MAX_QUEUES	64

/*
 * Seconds until the block layer asks what a command waits for. Storage behind a
 * host may stall for minutes and come back.
 */
#define VSTOR_IO_TIMEOUT	240

/**
 * struct vstor_ops - what the transport asks of a front end
 * @done: a command ended. With @error 0 the host completed it: @reply is a
 *	private copy of its packet. Else @reply is NULL:
 *	-EPROTO	the completion made no sense
 *	-ECONNRESET	the channel was closed; the host is done with the
 *		command, which may be repeated
 *	-ENODEV	likewise, but there is no channel any more
 *	-ETIMEDOUT	there is no channel any more, and the host may still
 *		use the command's memory: see vstor_keep_request()
 *	@iob collects completions, NULL if there is no batch. Softirq, or
 *	process context with an @error
 * @writable: a queue that took no command takes some now, or will refuse them.
 *	Any context; optional
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
 * @ide_path: 0 primary, 1 secondary IDE controller
 * @ide_key: its key
 * @version: VSTORW_V* in use
 * @max_transfer: bytes in one command; page multiple, at most
 *	VSTOR_MAX_TRANSFER
 * @max_sub_channels: what the host allows
 * @io_slots: slots per queue for the front end
 * @nr_queues: queues; fixed when vstor_add_queues() has returned
 * @nr_open: as many of them, from the first on, have an open channel
 * @irq_queues: as many of them have interrupts
 * @queue: them
 * @want_queues: as many are wanted; later sub-channels are not opened
 * @lock: @nr_open, @want_queues, @orphans and @unconfirmed
 * @wait: woken when a channel was opened or died
 * @changes: LUNs to look at
 * @recovery: channels that died, and commands that are overdue
 * @orphans: operations that the host has not completed: it may still write to
 *	their buffers, which are freed when the channel is closed
 * @unconfirmed: the host did not confirm that a channel is closed: what was or
 *	becomes an orphan is never freed
 * @debugfs: its directory
 */
struct vstor {
	struct vmb_device *vdev;
	const struct vstor_ops *ops;
	void *ctx;
	bool ide;
	u8 ide_path;
	u32 ide_key;
	u16 version;
	u32 max_transfer;
	u16 max_sub_channels;
	u32 io_slots;
	unsigned int nr_queues;
	unsigned int nr_open;
	unsigned int irq_queues;
	struct vstor_queue *queue[VSTOR_MAX_QUEUES];
	unsigned int want_queues;
	struct mutex lock;	/* queues while they change, orphans */
	wait_queue_head_t wait;
	struct vstor_changes changes;
	struct vstor_recovery recovery;
	struct list_head orphans;
	bool unconfirmed;
	struct dentry *debugfs;
};

struct vstor *vstor_start(struct vmb_device *vdev, const struct vstor_ops *ops,
			  void *ctx, u32 io_slots, bool ide);
unsigned int vstor_add_queues(struct vstor *vs, unsigned int irq,
			      unsigned int poll);
void vstor_subchannel(struct vmb_device *vdev, struct vmb_channel *ch);
void vstor_stop(struct vstor *vs);

/* In sysfs, at the device: see &struct device_driver.dev_groups. */
extern const struct attribute_group *vstor_groups[];

/**
 * vstor_error() - is a controller dead
 * @vs: controller
 *
 * Context: any.
 * Return: 0, or the error of the first channel that died.
 */
static inline int vstor_error(const struct vstor *vs)
{
	return READ_ONCE(vs->recovery.error) ?:
	       vmb_channel_error(vs->vdev->channel);
}

/**
 * vstor_no_channel() - why a command cannot be sent
 * @vs: controller whose channels are closed
 *
 * Context: any.
 * Return: -EAGAIN during a recovery, else -ENODEV.
 */
static inline int vstor_no_channel(const struct vstor *vs)
{
	return READ_ONCE(vs->recovery.state) == VSTOR_RECOVERING ? -EAGAIN :
								   -ENODEV;
}

/**
 * vstor_request_recovery() - let the recovery work do something
 * @vs: controller
 * @need: what
 *
 * Context: any.
 */
static inline void vstor_request_recovery(struct vstor *vs,
					  enum vstor_need need)
{
	set_bit(need, &vs->recovery.need);
	queue_work(vs->recovery.wq, &vs->recovery.work);
}

#endif /* _HV_VSTOR_H */
