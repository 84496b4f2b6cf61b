// SPDX-License-Identifier: GPL-2.0
/*
 * Operations of our own: send, wait, and be safe from a late completion.
 *
 * The data goes through memory that the operation owns. If the host does not
 * complete it, that memory becomes an orphan and lives until the host has confirmed
 * that the channel is closed.
 */
#include <linux/bitops.h>
#include <linux/cleanup.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/export.h>
#include <linux/io.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <scsi/scsi_proto.h>

#include "call.h"
#include "vstor.h"

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

static int vstor_call_try(struct vstor_queue *q, u32 slot,
			  struct vstor_call *call)
{
	struct vmb_channel *ch;

	guard(rcu)();
	ch = call->raw ? rcu_dereference(q->open) : rcu_dereference(q->ch);
	if (!ch)
		return vstor_no_channel(q->vs);
	return vstor_send(q, ch, slot, &call->cmd, false);
}

/* The ring may be full of I/O: then wait for room, but not for ever. */
static int vstor_call_send(struct vstor_queue *q, u32 slot,
			   struct vstor_call *call, unsigned long end)
{
	int ret;

	call->with_host = true;
	while ((ret = vstor_call_try(q, slot, call)) == -EAGAIN &&
	       time_before(jiffies, end))
		msleep(20);
	if (ret)
		call->with_host = false;
	return ret == -EAGAIN ? -ETIMEDOUT : ret;
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
	/* The completion came at the last moment and is being handled. */
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
	int ret;

	if (bit < 0)
		return bit;
	ret = vstor_call_send(q, slot, call, end);
	if (!ret)
		ret = vstor_call_wait(q, slot, call, end);
	clear_bit(bit, q->call_map);
	return ret;
}

static void vstor_call_end(struct vstor *vs, struct vstor_call *call)
{
	if (!call->with_host || !call->buf) {
		vstor_call_free(call);
		return;
	}
	guard(mutex)(&vs->lock);
	if (vs->unconfirmed)
		vstor_keep_buffer(vs, 1);
	else
		list_add(&call->node, &vs->orphans);
}

/**
 * vstor_end_orphans() - the channels of a controller are closed
 * @vs: controller
 *
 * Frees what the host cannot write to any more. If it did not confirm each
 * close, that is nothing.
 *
 * Context: process.
 */
void vstor_end_orphans(struct vstor *vs)
{
	struct vstor_call *call, *next;

	guard(mutex)(&vs->lock);
	list_for_each_entry_safe(call, next, &vs->orphans, node) {
		if (vs->unconfirmed)
			vstor_keep_buffer(vs, 1);
		else
			vstor_call_free(call);
	}
	INIT_LIST_HEAD(&vs->orphans);
}

/**
 * vstor_op() - an operation without data
 * @vs: controller
 * @pkt: what to send; on success, the completion
 * @seconds: how long to wait
 *
 * Context: process; sleeps.
 * Return: 0 if the host completed it, whatever @pkt->status is; -ETIMEDOUT
 * if it did not; -EPROTO, -ENODEV, -ENOMEM, -EBUSY.
 */
int vstor_op(struct vstor *vs, struct vstorw_packet *pkt, unsigned int seconds)
{
	struct vstor_call *call = vstor_call_alloc(0);
	int ret;

	if (!call)
		return -ENOMEM;
	call->raw = true;
	call->cmd.pkt = *pkt;
	ret = vstor_call_run(vs, call, seconds);
	if (!ret)
		*pkt = call->reply;
	vstor_call_end(vs, call);
	return ret;
}

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
	vstor_set_buffer(cmd, virt_to_phys(call->buf), sc->len, false);
}

static int vstor_scsi_reply(struct vstor *vs, struct vstor_scsi *sc,
			    const struct vstor_call *call)
{
	u32 moved = le32_to_cpu(call->reply.srb.xfer_len);

	if (moved > sc->len)
		return -EPROTO;
	sc->result = vstor_decide(&call->reply, sc->cdb[0], sc->len);
	/* A unit attention is reported once. What is gone is looked for. */
	vstor_result_changed(vs, sc->key, sc->result.flags & ~VSTOR_GONE);
	if (sc->result.disposition != VSTOR_DONE)
		return sc->result.flags & VSTOR_GONE ? -ENXIO : -EIO;
	sc->got = moved;
	if (moved)
		memcpy(sc->buf, call->buf, moved);
	return 0;
}

/**
 * vstor_scsi() - a SCSI command, and wait for it
 * @vs: controller
 * @sc: command; its results are filled in
 *
 * Context: process; sleeps.
 * Return: 0 if it worked; -ENXIO if there is no such LUN; -EIO if the device
 * said no: see @sc->result; -ETIMEDOUT, -EPROTO, -ENODEV (no controller any
 * more), -ENOMEM, -EBUSY.
 */
int vstor_scsi(struct vstor *vs, struct vstor_scsi *sc)
{
	struct vstor_call *call = vstor_call_alloc(sc->len);
	int ret;

	if (!call)
		return -ENOMEM;
	vstor_scsi_prepare(call, sc);
	ret = vstor_call_run(vs, call, sc->seconds ?: VSTOR_CALL_TIMEOUT);
	if (!ret)
		ret = vstor_scsi_reply(vs, sc, call);
	vstor_call_end(vs, call);
	return ret;
}
EXPORT_SYMBOL_FOR_MODULES(vstor_scsi, "hv_storvsc,hv_blkvsc");

/* Seconds that an operation is repeated, and that a LUN may take to be ready. */
#define VSTOR_ASK_RETRY		4
#define VSTOR_ASK_READY		10

static bool vstor_ask_again(const struct vstor_scsi *sc, unsigned long start)
{
	switch (sc->result.disposition) {
	case VSTOR_RETRY:
		return time_before(jiffies, start + VSTOR_ASK_RETRY * HZ);
	case VSTOR_LATER:
		return time_before(jiffies, start + VSTOR_ASK_READY * HZ);
	default:
		return false;
	}
}

/**
 * vstor_ask() - a SCSI command, repeated if it may work then
 * @vs: controller
 * @sc: command; its results are filled in
 *
 * A new LUN fails the first commands with a unit attention or is not ready. A
 * host that does not answer may do so later.
 *
 * Context: process; sleeps.
 * Return: see vstor_scsi(); -EAGAIN instead of -ETIMEDOUT, and if the LUN is not
 * ready yet.
 */
int vstor_ask(struct vstor *vs, struct vstor_scsi *sc)
{
	unsigned long start = jiffies;
	unsigned int ms = 10;
	int ret;

	while ((ret = vstor_scsi(vs, sc)) == -EIO &&
	       vstor_ask_again(sc, start)) {
		msleep(ms);
		ms = min(2 * ms, 500u);
	}
	if (ret == -ETIMEDOUT ||
	    (ret == -EIO && sc->result.disposition == VSTOR_LATER))
		return -EAGAIN;
	return ret;
}
EXPORT_SYMBOL_FOR_MODULES(vstor_ask, "hv_storvsc,hv_blkvsc");

/**
 * vstor_vpd() - a page of vital product data
 * @vs: controller
 * @key: LUN
 * @page: page number
 * @buf: filled in; VSTOR_VPD_BYTES long
 *
 * Context: process; sleeps.
 * Return: bytes that came, 0 if there is no such page; see vstor_ask() for what
 * has no answer.
 */
int vstor_vpd(struct vstor *vs, u32 key, u8 page, u8 *buf)
{
	struct vstor_scsi sc = {
		.key = key,
		.cdb = { INQUIRY, 1, page, 0, VSTOR_VPD_BYTES },
		.cdb_len = 6,
		.buf = buf,
		.len = VSTOR_VPD_BYTES,
	};
	int ret = vstor_ask(vs, &sc);

	if (vstor_said_no(ret))
		return 0;
	return ret ?: sc.got;
}
EXPORT_SYMBOL_FOR_MODULES(vstor_vpd, "hv_storvsc,hv_blkvsc");
