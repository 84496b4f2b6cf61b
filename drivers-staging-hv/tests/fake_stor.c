// SPDX-License-Identifier: GPL-2.0
/* A storage controller of a fake host: see fake_stor.h. */
#include <kunit/test.h>
#include <linux/cleanup.h>
#include <linux/export.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>
#include <scsi/scsi_proto.h>

#include "fake_stor.h"

/* NTSTATUS: the two sides have no version in common. */
#define FAKE_NT_REVISION_MISMATCH	0xc0000059

static void fake_complete(struct fake_channel *fc, u64 id, const void *answer,
			  u32 len)
{
	struct vmb_packet pkt = {
		.type = VMB_COMPLETION, .id = id, .data = answer, .len = len,
	};

	fake_send(fc, &pkt);
}

/* Ends a command as the test wants it. Under @fs->lock. */
static void fake_end(struct fake_stor *fs, struct fake_channel *fc,
		     const struct vmb_rx *pkt, enum fake_io io)
{
	struct vstorw_packet answer;
	u32 len = sizeof(answer);
	u32 moved;

	moved = fake_disk_srb(fs, pkt, &answer, io);
	if (io == FAKE_IO_SHORT)
		len = VSTORW_HEADER_BYTES + 4;
	if (io == FAKE_IO_STRANGE)
		answer.op = cpu_to_le32(VSTORW_OP_END_INIT);
	if (io == FAKE_IO_LESS)
		answer.srb.xfer_len = cpu_to_le32(moved / 2);
	if (io == FAKE_IO_MORE)
		answer.srb.xfer_len = cpu_to_le32(moved + FAKE_BLOCK);
	fake_complete(fc, pkt->id, &answer, len);
	if (io == FAKE_IO_TWICE)
		fake_complete(fc, pkt->id, &answer, len);
}

/* Under @fs->lock. */
static void fake_hold(struct fake_stor *fs, struct fake_channel *fc,
		      const struct vmb_rx *pkt)
{
	const struct vstorw_packet *ask = pkt->data;
	struct fake_held *held;

	held = kzalloc_flex(*held, bytes, pkt->desc_len + pkt->len);
	if (!held)
		return;
	held->fc = fc;
	held->lun = ask->srb.addr.lun;
	held->pkt = *pkt;
	held->pkt.desc = memcpy(held->bytes, pkt->desc, pkt->desc_len);
	held->pkt.data = memcpy(held->bytes + pkt->desc_len, pkt->data, pkt->len);
	list_add_tail(&held->list, &fs->held);
	fs->holds++;
}

/* A failed SRB without these could freeze the queue of its LUN. */
static bool fake_srb_ok(const struct vstorw_packet *ask)
{
	return ask->srb.srb_flags & cpu_to_le32(VSTORW_SRB_NO_QUEUE_FREEZE) &&
	       ask->srb.queue_tag == VSTORW_UNTAGGED;
}

static bool fake_asks_absent(const struct fake_stor *fs,
			     const struct vstorw_packet *ask)
{
	u8 lun = ask->srb.addr.lun;

	return ask->srb.cdb[0] == INQUIRY && !ask->srb.addr.target &&
	       lun < FAKE_LUNS && !fs->lun[lun].present;
}

static void fake_srb(struct fake_stor *fs, struct fake_channel *fc,
		     const struct vmb_rx *pkt)
{
	enum fake_io io = FAKE_IO_GOOD;

	if (!fake_srb_ok(pkt->data))
		fs->h->faults++;
	if (fake_disk_is_io(pkt->data) && fs->times) {
		io = fs->io;
		fs->times--;
	}
	if (fs->hold_absent && fake_asks_absent(fs, pkt->data)) {
		io = FAKE_IO_HOLD;
		fs->hold_absent = false;
	}
	if (io == FAKE_IO_HOLD)
		fake_hold(fs, fc, pkt);
	else
		fake_end(fs, fc, pkt, io);
}

/*
 * Gives back what is held, of one disk or of all. What a closed channel had is
 * the guest's. Under @fs->lock.
 */
static void fake_give_back(struct fake_stor *fs, int lun, enum fake_io io)
{
	struct fake_held *held, *next;

	list_for_each_entry_safe(held, next, &fs->held, list) {
		if (lun >= 0 && held->lun != lun)
			continue;
		list_del(&held->list);
		fs->holds--;
		if (READ_ONCE(held->fc->gpadl))
			fake_end(fs, held->fc, &held->pkt, io);
		kfree(held);
	}
}

static u32 fake_reset(struct fake_stor *fs, const struct vstorw_packet *ask)
{
	bool one = ask->op == cpu_to_le32(VSTORW_OP_RESET_LUN);

	fs->resets++;
	if (fs->reset_keeps || fs->reset_status)
		return fs->reset_status;
	fs->srb_status = VSTORW_SRB_BUS_RESET;
	fs->scsi_status = 0;
	memset(fs->sense, 0, sizeof(fs->sense));
	fake_give_back(fs, one ? ask->srb.addr.lun : -1, FAKE_IO_STATUS);
	return 0;
}

static u32 fake_query_version(struct fake_stor *fs,
			      const struct vstorw_packet *ask)
{
	return le16_to_cpu(ask->version.version) <= fs->version ?
		0 : FAKE_NT_REVISION_MISMATCH;
}

static u32 fake_query_properties(struct fake_stor *fs,
				 struct vstorw_packet *answer)
{
	answer->properties = (struct vstorw_properties) {
		.max_sub_channels = cpu_to_le16(fs->sub_channels),
		.flags = cpu_to_le32(VSTORW_PROP_MULTI_CHANNEL),
		.max_transfer = cpu_to_le32(SZ_256K),
	};
	return fs->init_status;
}

static u32 fake_create_subs(struct fake_stor *fs,
			    const struct vstorw_packet *ask)
{
	u16 n = le16_to_cpu(ask->sub_channels);

	if (n > fs->sub_channels)
		return fs->init_status ?: FAKE_NT_REVISION_MISMATCH;
	for (u16 i = 1; i <= n; i++)
		fake_offer(fs->h, FAKE_STOR_RELID + i, 0, i);
	return fs->init_status;
}

/* Everything but SCSI commands: NTSTATUS of the answer. Under @fs->lock. */
static u32 fake_operation(struct fake_stor *fs, const struct vstorw_packet *ask,
			  struct vstorw_packet *answer)
{
	switch (le32_to_cpu(ask->op)) {
	case VSTORW_OP_QUERY_VERSION:
		return fake_query_version(fs, ask);
	case VSTORW_OP_QUERY_PROPERTIES:
		return fake_query_properties(fs, answer);
	case VSTORW_OP_CREATE_SUB_CHANNELS:
		return fake_create_subs(fs, ask);
	case VSTORW_OP_RESET_LUN:
	case VSTORW_OP_RESET_BUS:
	case VSTORW_OP_RESET_ADAPTER:
		return fake_reset(fs, ask);
	default:
		return fs->init_status;
	}
}

static void fake_stor_packet(struct fake_channel *fc, const struct vmb_rx *pkt)
{
	struct fake_stor *fs = fc->host->ctx;
	const struct vstorw_packet *ask = pkt->data;
	struct vstorw_packet answer;

	if (pkt->len < sizeof(*ask)) {
		fs->h->faults++;
		return;
	}
	guard(mutex)(&fs->lock);
	if (ask->op == cpu_to_le32(VSTORW_OP_EXECUTE_SRB)) {
		fake_srb(fs, fc, pkt);
		return;
	}
	answer = *ask;
	answer.op = cpu_to_le32(VSTORW_OP_COMPLETE_IO);
	answer.status = cpu_to_le32(fake_operation(fs, ask, &answer));
	fake_complete(fc, pkt->id, &answer, sizeof(answer));
}

static const struct fake_ops fake_stor_ops = { .packet = fake_stor_packet };

/**
 * fake_stor_next() - decide about the next reads, writes, discards and flushes
 * @fs: controller
 * @io: what becomes of them
 * @times: how many they are
 *
 * Context: process.
 */
void fake_stor_next(struct fake_stor *fs, enum fake_io io, unsigned int times)
{
	guard(mutex)(&fs->lock);
	fs->io = io;
	fs->times = times;
}
EXPORT_SYMBOL_GPL(fake_stor_next);

/**
 * fake_stor_status() - what FAKE_IO_STATUS and FAKE_IO_RECOVERED say
 * @fs: controller
 * @srb_status: VSTORW_SRB_*
 * @scsi_status: SAM status
 * @sense: key << 16 | ASC << 8 | ASCQ, 0 for no sense data
 *
 * Context: process.
 */
void fake_stor_status(struct fake_stor *fs, u8 srb_status, u8 scsi_status,
		      u32 sense)
{
	guard(mutex)(&fs->lock);
	fs->srb_status = srb_status;
	fs->scsi_status = scsi_status;
	fs->sense[0] = sense >> 16;
	fs->sense[1] = sense >> 8;
	fs->sense[2] = sense;
}
EXPORT_SYMBOL_GPL(fake_stor_status);

/**
 * fake_stor_release() - complete what is held
 * @fs: controller
 * @io: how
 *
 * Context: process.
 */
void fake_stor_release(struct fake_stor *fs, enum fake_io io)
{
	guard(mutex)(&fs->lock);
	fake_give_back(fs, -1, io);
}
EXPORT_SYMBOL_GPL(fake_stor_release);

/**
 * fake_stor_release_absent() - complete what is held, as if no disk were there
 * @fs: controller
 *
 * Context: process.
 */
void fake_stor_release_absent(struct fake_stor *fs)
{
	bool present[FAKE_LUNS];

	guard(mutex)(&fs->lock);
	for (int i = 0; i < FAKE_LUNS; i++) {
		present[i] = fs->lun[i].present;
		WRITE_ONCE(fs->lun[i].present, false);
	}
	fake_give_back(fs, -1, FAKE_IO_GOOD);
	for (int i = 0; i < FAKE_LUNS; i++)
		WRITE_ONCE(fs->lun[i].present, present[i]);
}
EXPORT_SYMBOL_GPL(fake_stor_release_absent);

static void fake_later(struct work_struct *work)
{
	struct fake_stor *fs = container_of(work, struct fake_stor, later.work);

	fake_stor_release(fs, FAKE_IO_GOOD);
}

/**
 * fake_stor_release_later() - complete what is held, in a second
 * @fs: controller
 *
 * Context: process.
 */
void fake_stor_release_later(struct fake_stor *fs)
{
	queue_delayed_work(system_dfl_wq, &fs->later, HZ);
}
EXPORT_SYMBOL_GPL(fake_stor_release_later);

/**
 * fake_stor_event() - say that something happened
 * @fs: controller
 * @op: VSTORW_OP_ENUMERATE_BUS or VSTORW_OP_REMOVE_DEVICE
 *
 * Context: process.
 */
void fake_stor_event(struct fake_stor *fs, u32 op)
{
	struct vstorw_packet event = { .op = cpu_to_le32(op) };
	struct vmb_packet pkt = {
		.type = VMB_INBAND, .data = &event, .len = sizeof(event),
	};

	fake_send(fake_channel(fs->h, FAKE_STOR_RELID), &pkt);
}
EXPORT_SYMBOL_GPL(fake_stor_event);

/**
 * fake_stor_stray() - complete what was never asked
 * @fs: controller
 * @id: transaction id of the completion
 *
 * Context: process.
 */
void fake_stor_stray(struct fake_stor *fs, u64 id)
{
	struct vstorw_packet answer = {
		.op = cpu_to_le32(VSTORW_OP_COMPLETE_IO),
		.srb.srb_status = VSTORW_SRB_SUCCESS,
	};

	fake_complete(fake_channel(fs->h, FAKE_STOR_RELID), id, &answer,
		      sizeof(answer));
}
EXPORT_SYMBOL_GPL(fake_stor_stray);

/**
 * fake_stor_make() - a controller with one disk, not plugged in yet
 * @test: test that it is for
 * @class_id: SCSI or IDE class
 *
 * Context: process.
 * Return: the controller, for fake_stor_end().
 */
struct fake_stor *fake_stor_make(struct kunit *test, const guid_t *class_id)
{
	struct fake_stor *fs = kunit_kzalloc(test, sizeof(*fs), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, fs);
	fs->buf = kunit_kzalloc(test, FAKE_IO_BYTES, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, fs->buf);
	mutex_init(&fs->lock);
	INIT_LIST_HEAD(&fs->held);
	INIT_DELAYED_WORK(&fs->later, fake_later);
	fs->version = VSTORW_V6_2;
	fs->lun[0].present = true;
	for (u8 i = 0; i < FAKE_LUNS; i++) {
		fs->lun[i].serial = i;
		fs->lun[i].blocks = FAKE_BLOCKS;
		fs->lun[i].media = kvzalloc_objs(u8, FAKE_BLOCKS * FAKE_BLOCK);
		KUNIT_ASSERT_NOT_NULL(test, fs->lun[i].media);
	}
	fs->h = fake_host_make(test, "vmbus-fake-stor");
	fs->h->class_id = *class_id;
	fake_host_start(test, fs->h, &fake_stor_ops, fs);
	return fs;
}
EXPORT_SYMBOL_GPL(fake_stor_make);

/**
 * fake_stor_free() - end a controller and its host
 * @fs: controller
 *
 * Context: process.
 */
void fake_stor_free(struct fake_stor *fs)
{
	struct fake_held *held, *next;

	fake_host_free(fs->h);
	cancel_delayed_work_sync(&fs->later);
	list_for_each_entry_safe(held, next, &fs->held, list)
		kfree(held);
	for (u8 i = 0; i < FAKE_LUNS; i++)
		kvfree(fs->lun[i].media);
}
EXPORT_SYMBOL_GPL(fake_stor_free);
