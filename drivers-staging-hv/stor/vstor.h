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

#include <linux/blk-mq.h>
#include <linux/mutex.h>
#include <linux/sizes.h>
#include <linux/spinlock.h>
#include <linux/timer.h>
#include <linux/wait.h>

#include "vmb.h"
#include "wire/vstor.h"

#define VSTOR_MAX_QUEUES	64
/* Slots of a queue beyond those of the front end, for vstor_scsi() etc. */
#define VSTOR_CALL_SLOTS	16

/* The longest transfer that a front end asks for, whatever the host allows. */
#define VSTOR_MAX_TRANSFER	((u32)SZ_1M)
#define VSTOR_MAX_PFNS		(VSTOR_MAX_TRANSFER / VMB_PAGE_SIZE + 1)

/* Words of a page list with one range: its header and its frame numbers. */
#define VSTOR_GPA_WORDS(pfns)	(1 + (pfns))
#define VSTOR_GPA_BYTES(pfns)	(VSTOR_GPA_WORDS(pfns) * sizeof(__le64))

/* Seconds: what the host is told, and what the block layer waits. */
#define VSTOR_SRB_SECONDS	60
#define VSTOR_IO_TIMEOUT	180
/* Seconds for an operation of ours, such as INQUIRY. */
#define VSTOR_CALL_TIMEOUT	30

/* An I/O is repeated so often for errors that may go away, 100 ms apart. */
#define VSTOR_MAX_RETRIES	5
#define VSTOR_MAX_BUSY		100

/* What a controller can have: an SRB has a byte for the LUN. */
#define VSTOR_TARGETS	2
#define VSTOR_LUNS	256

struct vstor;
struct vstor_queue;

/* A LUN's address in one word. */
#define VSTOR_KEY(path, target, lun)	((path) << 16 | (target) << 8 | (lun))
#define VSTOR_KEY_LUN(key)		((u8)(key))
#define VSTOR_KEY_TARGET(key)		((u8)((key) >> 8))
#define VSTOR_KEY_PATH(key)		((u8)((key) >> 16))
#define VSTOR_KEY_ALL			0xffffffffu

/**
 * struct vstor_cmd - a command, in memory of the front end's
 * @key: VSTOR_KEY() of its LUN
 * @len: bytes of data to transfer
 * @desc_len: bytes of @gpa in use; 0 without data
 * @room: words that follow @gpa
 * @pkt: SRB; most of it is written once, by vstor_init_cmd()
 * @gpa: where the data is: one range
 */
struct vstor_cmd {
	u32 key;
	u32 len;
	u16 desc_len;
	u16 room;
	struct vstorw_packet pkt;
	struct vmb_gpa_list gpa;
};

/**
 * struct vstor_ops - what the transport asks of a front end
 * @done: a command ended. With @error 0 the host answered: @answer is a private
 *	copy of its packet. Else @answer is NULL:
 *	-EPROTO	the host's answer made no sense
 *	-ECONNRESET	the LUN was reset; the host does not use the buffer any
 *		more, and the command may be repeated
 *	-ETIMEDOUT	the host answers nothing; it may still write to the buffer
 *	-ENODEV	the channel is gone
 *	@iob collects completions, NULL if there is no batch. Softirq, or process
 *	context with an @error
 * @writable: a queue that had no room has some. Softirq or hard interrupt;
 *	optional
 * @event: the host says that something happened: VSTORW_OP_REMOVE_DEVICE,
 *	VSTORW_OP_ENUMERATE_BUS (@key is VSTOR_KEY_ALL) or VSTORW_OP_EVENT. Softirq
 */
struct vstor_ops {
	void (*done)(struct vstor_queue *q, struct vstor_cmd *cmd,
		     const struct vstorw_packet *answer, int error,
		     struct io_comp_batch *iob);
	void (*writable)(struct vstor_queue *q);
	void (*event)(struct vstor *vs, u32 op, u32 key);
};

/**
 * struct vstor_slot - an entry of a queue's request table
 * @cmd: the command, or NULL if the slot is free
 * @key: its key, so that a slot can be judged without touching the command
 */
struct vstor_slot {
	struct vstor_cmd *cmd;
	u32 key;
};

/**
 * struct vstor_stats - what a host did that it should not have, per queue
 * @stray: completions for nothing that was asked
 * @malformed: packets of an unknown kind or a wrong length
 */
struct vstor_stats {
	u64 stray;
	u64 malformed;
};

/**
 * struct vstor_queue - one channel
 * @ch: the channel
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
	struct vmb_channel *ch;
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
 * struct vstor - a storage controller
 * @vdev: its device
 * @ops: front end
 * @ctx: front end's own
 * @version: VSTORW_V* in use
 * @call_done: ends an operation of ours, see @done of &struct vstor_ops
 * @max_transfer: bytes in one command; page multiple, at most VSTOR_MAX_TRANSFER
 * @max_sub_channels: what the host allows
 * @io_slots: slots per queue for the front end
 * @nr_queues: open channels; fixed when vstor_add_queues() has returned
 * @queue: them
 * @want_queues: as many are wanted; later sub-channels are left alone
 * @lock: @nr_queues and @want_queues while they change, and @orphans
 * @wait: woken when a queue was added
 * @orphans: operations that the host has not answered: it may still write to
 *	their buffers, which are freed when the channel is closed
 * @stopping: vstor_stop() has begun
 */
struct vstor {
	struct vmb_device *vdev;
	const struct vstor_ops *ops;
	void *ctx;
	u16 version;
	void (*call_done)(struct vstor_cmd *cmd,
			  const struct vstorw_packet *answer, int error);
	u32 max_transfer;
	u16 max_sub_channels;
	u32 io_slots;
	unsigned int nr_queues;
	struct vstor_queue *queue[VSTOR_MAX_QUEUES];
	unsigned int want_queues;
	struct mutex lock;	/* queues while they change, orphans */
	wait_queue_head_t wait;
	struct list_head orphans;
	bool stopping;
};

/* wire.c: packets, without a host. */

/**
 * enum vstor_kind - what an inbound packet is
 * @VSTOR_KIND_ANSWER: answer to a command
 * @VSTOR_KIND_EVENT: the host says something by itself
 * @VSTOR_KIND_BAD_ANSWER: ends a command, but says nothing that can be used
 * @VSTOR_KIND_BAD: anything else: dropped
 */
enum vstor_kind {
	VSTOR_KIND_ANSWER,
	VSTOR_KIND_EVENT,
	VSTOR_KIND_BAD_ANSWER,
	VSTOR_KIND_BAD,
};

enum vstor_kind vstor_classify(const struct vmb_rx *rx);
u32 vstor_event_key(const struct vstorw_packet *pkt);
u32 vstor_clamp_transfer(u32 host_max);
int vstor_ide_address(const guid_t *instance, const u8 *user_data,
		      u8 *path, u8 *target);
void vstor_init_packet(struct vstorw_packet *pkt);

/* sense.c: what an answer means. */

/**
 * struct vstor_sense - sense data in its essence
 * @valid: there is some
 * @key: sense key
 * @asc: additional sense code
 * @ascq: its qualifier
 */
struct vstor_sense {
	bool valid;
	u8 key;
	u8 asc;
	u8 ascq;
};

/**
 * enum vstor_verdict - what to do about a command that the host answered
 * @VSTOR_DONE: success
 * @VSTOR_RETRY: repeat it, a few times
 * @VSTOR_LATER: repeat it later: the host is busy
 * @VSTOR_FAIL: it failed, &struct vstor_judgement.status says how
 */
enum vstor_verdict {
	VSTOR_DONE,
	VSTOR_RETRY,
	VSTOR_LATER,
	VSTOR_FAIL,
};

/**
 * struct vstor_judgement - what an answer means for a block device
 * @verdict: what to do
 * @status: for VSTOR_FAIL, and for VSTOR_RETRY when there were enough of them
 * @changed: the LUN's capacity or parameters changed
 * @gone: the LUN is not there any more
 * @luns_changed: the set of LUNs changed
 */
struct vstor_judgement {
	enum vstor_verdict verdict;
	blk_status_t status;
	bool changed;
	bool gone;
	bool luns_changed;
};

unsigned int vstor_sense_bytes(const struct vstorw_srb *srb);
struct vstor_sense vstor_parse_sense(const u8 *sense, unsigned int len);
void vstor_judge(struct vstor_judgement *j, const struct vstorw_packet *answer,
		 u32 asked);

/**
 * vstor_all_done() - the common case: everything worked
 * @answer: an answer of full length
 * @asked: bytes that the command was to transfer
 *
 * Return: true if the command succeeded and transferred all of it.
 */
static inline bool vstor_all_done(const struct vstorw_packet *answer, u32 asked)
{
	return answer->srb.srb_status == VSTORW_SRB_SUCCESS &&
	       !answer->srb.scsi_status && !answer->status &&
	       answer->srb.xfer_len == cpu_to_le32(asked);
}

/* queue.c: commands on channels. */

int vstor_queue_create(struct vstor *vs, struct vmb_channel *ch);
void vstor_queue_destroy(struct vstor_queue *q);
int vstor_submit(struct vstor_queue *q, u32 slot, struct vstor_cmd *cmd,
		 bool more);
void vstor_begin(struct vstor_queue *q, unsigned long *flags);
int vstor_add(struct vstor_queue *q, u32 slot, struct vstor_cmd *cmd);
void vstor_end(struct vstor_queue *q, unsigned long flags);
void vstor_kick(struct vstor_queue *q);
int vstor_poll(struct vstor_queue *q, struct io_comp_batch *iob);
void vstor_poll_only(struct vstor_queue *q);
bool vstor_busy(struct vstor_queue *q, u32 slot, const struct vstor_cmd *cmd);
void vstor_fail(struct vstor *vs, u32 key, int error);
bool vstor_wait_idle(struct vstor *vs, u32 key, unsigned int seconds);
void vstor_keep_pages(struct request *rq);

/* call.c: operations of our own, with an answer to wait for. */

/**
 * struct vstor_scsi - a SCSI command to wait for
 * @key: which LUN
 * @cdb: command
 * @cdb_len: its length
 * @write: data goes to the device
 * @buf: data, or NULL
 * @len: bytes of @buf, at most a page
 * @seconds: how long to wait
 * @got: bytes that were transferred
 * @sense: why it failed
 * @judgement: what the answer means
 */
struct vstor_scsi {
	u32 key;
	u8 cdb[VSTORW_CDB_BYTES];
	u8 cdb_len;
	bool write;
	void *buf;
	u32 len;
	unsigned int seconds;
	u32 got;
	struct vstor_sense sense;
	struct vstor_judgement judgement;
};

int vstor_scsi(struct vstor *vs, struct vstor_scsi *sc);
int vstor_ask(struct vstor *vs, struct vstor_scsi *sc);
#define VSTOR_VPD_BYTES		255
unsigned int vstor_vpd(struct vstor *vs, u32 key, u8 page, u8 *buf);
int vstor_lun_present(struct vstor *vs, u32 key);
int vstor_report_luns(struct vstor *vs, u8 target, unsigned long *luns);
int vstor_op(struct vstor *vs, struct vstorw_packet *pkt, unsigned int seconds);
int vstor_reset(struct vstor *vs, u32 op, u32 key);
void vstor_call_done(struct vstor_cmd *cmd, const struct vstorw_packet *answer,
		     int error);
void vstor_free_orphans(struct vstor *vs);

/* host.c: a controller from probe to remove. */

struct vstor *vstor_start(struct vmb_device *vdev, const struct vstor_ops *ops,
			  void *ctx, u32 io_slots);
unsigned int vstor_add_queues(struct vstor *vs, unsigned int want);
void vstor_subchannel(struct vstor *vs, struct vmb_channel *ch);
void vstor_stop(struct vstor *vs);
void vstor_map_queues(struct blk_mq_queue_map *map, unsigned int nr_queues);

static inline int vstor_error(const struct vstor *vs)
{
	return vmb_channel_error(vs->vdev->channel);
}

/**
 * vstor_init_cmd() - write what is the same for every use of a command
 * @cmd: command
 * @pfns: frame numbers that @cmd has room for
 */
static inline void vstor_init_cmd(struct vstor_cmd *cmd, u16 pfns)
{
	vstor_init_packet(&cmd->pkt);
	cmd->room = VSTOR_GPA_WORDS(pfns);
}

/* The LUN that a command goes to. */
static inline void vstor_set_lun(struct vstor_cmd *cmd, u32 key)
{
	cmd->key = key;
	cmd->pkt.srb.addr = (struct vstorw_addr) {
		.path = VSTOR_KEY_PATH(key),
		.target = VSTOR_KEY_TARGET(key),
		.lun = VSTOR_KEY_LUN(key),
	};
}

static inline void vstor_set_data(struct vstor_cmd *cmd, u32 len, bool write)
{
	struct vstorw_srb *srb = &cmd->pkt.srb;

	cmd->len = len;
	srb->xfer_len = cpu_to_le32(len);
	srb->data_in = write ? VSTORW_DATA_OUT : VSTORW_DATA_IN;
	srb->srb_flags = write ?
		cpu_to_le32(VSTORW_SRB_QUEUE_ACTION | VSTORW_SRB_DISABLE_SYNCH |
			    VSTORW_SRB_DATA_OUT) :
		cpu_to_le32(VSTORW_SRB_QUEUE_ACTION | VSTORW_SRB_DISABLE_SYNCH |
			    VSTORW_SRB_DATA_IN);
}

static inline void vstor_set_no_data(struct vstor_cmd *cmd)
{
	struct vstorw_srb *srb = &cmd->pkt.srb;

	cmd->len = 0;
	cmd->desc_len = 0;
	srb->xfer_len = 0;
	srb->data_in = VSTORW_DATA_NONE;
	srb->srb_flags = cpu_to_le32(VSTORW_SRB_QUEUE_ACTION |
				     VSTORW_SRB_DISABLE_SYNCH);
}

/**
 * vstor_add_data() - append physically contiguous memory to a command's list
 * @b: builder, from vmb_gpa_init()
 * @phys: address; see vmb_gpa_extend() for all pieces but the first
 * @len: bytes
 *
 * Return: false if the list cannot hold it as a part of its one range.
 */
static inline bool vstor_add_data(struct vmb_gpa_builder *b, phys_addr_t phys,
				  u32 len)
{
	return b->ranges ? vmb_gpa_extend(b, phys, len) :
			   vmb_gpa_add(b, phys, len);
}

/**
 * vstor_set_buffer() - one physically contiguous buffer as a command's data
 * @cmd: command; has room for the buffer
 * @phys: address
 * @len: bytes
 * @write: data goes to the device
 */
static inline void vstor_set_buffer(struct vstor_cmd *cmd, phys_addr_t phys,
				    u32 len, bool write)
{
	struct vmb_gpa_builder b;

	vstor_set_data(cmd, len, write);
	vmb_gpa_init(&b, &cmd->gpa, cmd->room);
	vmb_gpa_add(&b, phys, len);
	cmd->desc_len = vmb_gpa_finish(&b);
}

#endif /* _HV_VSTOR_H */
