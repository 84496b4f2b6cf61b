// SPDX-License-Identifier: GPL-2.0
/*
 * Operations of our own: send, wait, and be safe from an answer that is late.
 *
 * The data goes through memory of the operation's own. If the host does not
 * answer, that memory becomes an orphan and lives until the channel is closed.
 */
#include <linux/bitmap.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/export.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/unaligned.h>
#include <scsi/scsi_proto.h>

#include "vstor.h"

static unsigned int reset_timeout = 10;
module_param(reset_timeout, uint, 0644);
MODULE_PARM_DESC(reset_timeout, "Seconds that the host has to answer a reset (default 10)");

/**
 * struct vstor_call - one operation
 * @node: in the list of orphans
 * @done: the operation ended
 * @error: 0 if @answer is good, else -errno
 * @answer: the host's
 * @buf: data
 * @cmd: command; its page list follows
 */
struct vstor_call {
	struct list_head node;
	struct completion done;
	int error;
	struct vstorw_packet answer;
	void *buf;
	struct vstor_cmd cmd;
};

/* A page of data can touch two pages. */
#define VSTOR_CALL_PFNS	2

static struct vstor_call *vstor_call_alloc(u32 len)
{
	struct vstor_call *call;

	if (len > VMB_PAGE_SIZE)
		return NULL;
	call = kzalloc(sizeof(*call) + VSTOR_GPA_BYTES(VSTOR_CALL_PFNS),
		       GFP_NOIO);
	if (!call)
		return NULL;
	init_completion(&call->done);
	vstor_init_cmd(&call->cmd, VSTOR_CALL_PFNS);
	call->cmd.key = VSTOR_KEY_ALL;
	if (!len)
		return call;
	call->buf = kzalloc(len, GFP_NOIO);
	if (call->buf)
		return call;
	kfree(call);
	return NULL;
}

static void vstor_call_free(struct vstor_call *call)
{
	kfree(call->buf);
	kfree(call);
}

/**
 * vstor_call_done() - an operation ended
 * @cmd: its command
 * @answer: see vstor_ops.done
 * @error: see vstor_ops.done
 */
void vstor_call_done(struct vstor_cmd *cmd, const struct vstorw_packet *answer,
		     int error)
{
	struct vstor_call *call = container_of(cmd, struct vstor_call, cmd);

	call->error = error;
	if (answer)
		call->answer = *answer;
	complete(&call->done);
}

static int vstor_call_slot(struct vstor_queue *q)
{
	int bit;

	do {
		bit = find_first_zero_bit(q->call_map, VSTOR_CALL_SLOTS);
		if (bit >= VSTOR_CALL_SLOTS)
			return -EBUSY;
	} while (test_and_set_bit(bit, q->call_map));
	return bit;
}

/* The ring may be full of I/O: then wait for room, but not for ever. */
static int vstor_call_send(struct vstor_queue *q, u32 slot,
			   struct vstor_call *call, unsigned long end)
{
	int err;

	while ((err = vstor_submit(q, slot, &call->cmd, false)) == -EAGAIN &&
	       time_before(jiffies, end))
		msleep(20);
	return err == -EAGAIN ? -ETIMEDOUT : err;
}

static int vstor_call_wait(struct vstor_queue *q, u32 slot,
			   struct vstor_call *call, unsigned long end)
{
	long left = max(1L, (long)(end - jiffies));

	if (wait_for_completion_timeout(&call->done, left))
		return call->error;
	if (vmb_id_revoke(q->ids, slot)) {
		WRITE_ONCE(q->slot[slot].cmd, NULL);
		return -ETIMEDOUT;
	}
	/* The answer came at the last moment and is being handled. */
	wait_for_completion(&call->done);
	return call->error;
}

static int vstor_call_run(struct vstor *vs, struct vstor_call *call,
			  unsigned int seconds)
{
	unsigned long end = jiffies + seconds * HZ;
	struct vstor_queue *q = vs->queue[0];
	int bit = vstor_call_slot(q);
	u32 slot = q->io_slots + bit;
	int err;

	if (bit < 0)
		return bit;
	err = vstor_call_send(q, slot, call, end);
	if (!err)
		err = vstor_call_wait(q, slot, call, end);
	clear_bit(bit, q->call_map);
	return err;
}

static void vstor_call_end(struct vstor *vs, struct vstor_call *call, int err)
{
	if (err != -ETIMEDOUT || !call->buf) {
		vstor_call_free(call);
		return;
	}
	scoped_guard(mutex, &vs->lock)
		list_add(&call->node, &vs->orphans);
}

/**
 * vstor_free_orphans() - the host cannot write to them any more
 * @vs: controller whose channels are closed
 */
void vstor_free_orphans(struct vstor *vs)
{
	struct vstor_call *call, *next;

	list_for_each_entry_safe(call, next, &vs->orphans, node)
		vstor_call_free(call);
	INIT_LIST_HEAD(&vs->orphans);
}

/**
 * vstor_op() - an operation without data
 * @vs: controller
 * @pkt: what to send; on success, what the host answered
 * @seconds: how long to wait
 *
 * Context: process; sleeps.
 * Return: 0 if the host answered, whatever it said in @pkt->status; -ETIMEDOUT
 * if it did not; -EPROTO, -ENODEV, -ENOMEM, -EBUSY.
 */
int vstor_op(struct vstor *vs, struct vstorw_packet *pkt, unsigned int seconds)
{
	struct vstor_call *call = vstor_call_alloc(0);
	int err;

	if (!call)
		return -ENOMEM;
	call->cmd.pkt = *pkt;
	err = vstor_call_run(vs, call, seconds);
	if (!err)
		*pkt = call->answer;
	vstor_call_end(vs, call, err);
	return err;
}

/**
 * vstor_reset() - reset a LUN, the bus or the adapter
 * @vs: controller
 * @op: VSTORW_OP_RESET_*
 * @key: which LUN
 *
 * Context: process; sleeps, as long as parameter reset_timeout at most.
 * Return: 0 if the host says that it did so: it will not touch the buffers of
 * the commands concerned any more. Else -errno.
 */
int vstor_reset(struct vstor *vs, u32 op, u32 key)
{
	struct vstorw_packet pkt;
	int err;

	vstor_init_packet(&pkt);
	pkt.op = cpu_to_le32(op);
	if (key != VSTOR_KEY_ALL)
		pkt.srb.addr = (struct vstorw_addr) {
			.path = VSTOR_KEY_PATH(key),
			.target = VSTOR_KEY_TARGET(key),
			.lun = VSTOR_KEY_LUN(key),
		};
	err = vstor_op(vs, &pkt, max(READ_ONCE(reset_timeout), 1u));
	if (!err && VSTORW_NT_ERROR(le32_to_cpu(pkt.status)))
		err = -EIO;
	dev_info(&vs->vdev->dev, "reset %u of %06x: %d\n", op, key, err);
	return err;
}
EXPORT_SYMBOL_FOR_MODULES(vstor_reset, "hv_storvsc,hv_blkvsc");

static void vstor_scsi_prepare(struct vstor_call *call,
			       const struct vstor_scsi *sc)
{
	struct vstor_cmd *cmd = &call->cmd;

	vstor_set_lun(cmd, sc->key);
	memcpy(cmd->pkt.srb.cdb, sc->cdb, sizeof(sc->cdb));
	cmd->pkt.srb.cdb_len = sc->cdb_len;
	if (!sc->len) {
		vstor_set_no_data(cmd);
		return;
	}
	if (sc->write)
		memcpy(call->buf, sc->buf, sc->len);
	vstor_set_buffer(cmd, virt_to_phys(call->buf), sc->len, sc->write);
}

static int vstor_scsi_answer(struct vstor_scsi *sc,
			     const struct vstor_call *call)
{
	const struct vstorw_packet *answer = &call->answer;
	unsigned int bytes = vstor_sense_bytes(&answer->srb);
	u32 moved = le32_to_cpu(answer->srb.xfer_len);

	if (moved > sc->len)
		return -EPROTO;
	/* Less data than asked for is usual for INQUIRY and the like. */
	vstor_judge(&sc->judgement, answer, moved);
	sc->sense = vstor_parse_sense(answer->srb.sense, bytes);
	if (sc->judgement.verdict != VSTOR_DONE)
		return -EIO;
	sc->got = moved;
	if (!sc->write && moved)
		memcpy(sc->buf, call->buf, moved);
	return 0;
}

/**
 * vstor_scsi() - a SCSI command, and wait for it
 * @vs: controller
 * @sc: command; answer
 *
 * Context: process; sleeps.
 * Return: 0 if it worked; -EIO if the device said no: see @sc->judgement;
 * -ETIMEDOUT, -EPROTO, -ENODEV, -ENOMEM, -EBUSY.
 */
int vstor_scsi(struct vstor *vs, struct vstor_scsi *sc)
{
	struct vstor_call *call = vstor_call_alloc(sc->len);
	int err;

	if (!call)
		return -ENOMEM;
	vstor_scsi_prepare(call, sc);
	err = vstor_call_run(vs, call, sc->seconds ?: VSTOR_CALL_TIMEOUT);
	if (!err)
		err = vstor_scsi_answer(sc, call);
	vstor_call_end(vs, call, err);
	return err;
}
EXPORT_SYMBOL_FOR_MODULES(vstor_scsi, "hv_storvsc,hv_blkvsc");

/**
 * vstor_ask() - a SCSI command, repeated if it may work then
 * @vs: controller
 * @sc: command; answer
 *
 * A new LUN answers the first commands with "something changed" or "not yet".
 *
 * Return: see vstor_scsi().
 */
int vstor_ask(struct vstor *vs, struct vstor_scsi *sc)
{
	int tries = VSTOR_MAX_RETRIES;
	int err;

	while ((err = vstor_scsi(vs, sc)) == -EIO && tries--) {
		if (sc->judgement.verdict == VSTOR_LATER)
			msleep(100);
		else if (sc->judgement.verdict != VSTOR_RETRY)
			break;
	}
	return err;
}
EXPORT_SYMBOL_FOR_MODULES(vstor_ask, "hv_storvsc,hv_blkvsc");

/**
 * vstor_vpd() - a page of vital product data
 * @vs: controller
 * @key: LUN
 * @page: page number
 * @buf: gets it; VSTOR_VPD_BYTES long
 *
 * Return: bytes that came, 0 if there is no such page or it is not known.
 */
unsigned int vstor_vpd(struct vstor *vs, u32 key, u8 page, u8 *buf)
{
	struct vstor_scsi sc = {
		.key = key,
		.cdb = { INQUIRY, 1, page, 0, VSTOR_VPD_BYTES },
		.cdb_len = 6,
		.buf = buf,
		.len = VSTOR_VPD_BYTES,
	};

	return vstor_ask(vs, &sc) ? 0 : sc.got;
}
EXPORT_SYMBOL_FOR_MODULES(vstor_vpd, "hv_storvsc,hv_blkvsc");

/**
 * vstor_lun_present() - is there something at a LUN
 * @vs: controller
 * @key: LUN
 *
 * Return: 0 if there is, -ENODEV if not, else -errno: not known.
 */
int vstor_lun_present(struct vstor *vs, u32 key)
{
	u8 buf[36];
	struct vstor_scsi sc = {
		.key = key,
		.cdb = { INQUIRY, 0, 0, 0, sizeof(buf) },
		.cdb_len = 6,
		.buf = buf,
		.len = sizeof(buf),
	};
	int err = vstor_ask(vs, &sc);

	if (err == -EIO && sc.judgement.gone)
		return -ENODEV;
	if (err)
		return err;
	return sc.got && buf[0] >> 5 ? -ENODEV : 0;
}
EXPORT_SYMBOL_FOR_MODULES(vstor_lun_present, "hv_storvsc");

#define VSTOR_LUNS_BYTES	(8 + 8 * VSTOR_LUNS)

static void vstor_parse_luns(const u8 *buf, u32 got, unsigned long *luns)
{
	u32 end = min(get_unaligned_be32(buf), got - 8) + 8;
	u32 pos;

	/* Peripheral addressing: one byte of LUN is all that an SRB can hold. */
	for (pos = 8; pos + 8 <= end; pos += 8)
		if (!buf[pos])
			__set_bit(buf[pos + 1], luns);
}

/**
 * vstor_report_luns() - which LUNs a target has
 * @vs: controller
 * @target: target
 * @luns: gets a bit for each of VSTOR_LUNS
 *
 * Return: 0, -ENODEV if there is no such target, else -errno: not known.
 */
int vstor_report_luns(struct vstor *vs, u8 target, unsigned long *luns)
{
	u8 *buf __free(kfree) = kzalloc(VSTOR_LUNS_BYTES, GFP_KERNEL);
	struct vstor_scsi sc = {
		.key = VSTOR_KEY(0, target, 0),
		.cdb = { REPORT_LUNS },
		.cdb_len = 12,
		.buf = buf,
		.len = VSTOR_LUNS_BYTES,
	};
	int err;

	if (!buf)
		return -ENOMEM;
	bitmap_zero(luns, VSTOR_LUNS);
	put_unaligned_be32(VSTOR_LUNS_BYTES, sc.cdb + 6);
	err = vstor_ask(vs, &sc);
	if (err == -EIO && sc.judgement.gone)
		return -ENODEV;
	if (err)
		return err;
	if (sc.got < 8)
		return -EPROTO;
	vstor_parse_luns(buf, sc.got, luns);
	return 0;
}
EXPORT_SYMBOL_FOR_MODULES(vstor_report_luns, "hv_storvsc,hv_blkvsc");
