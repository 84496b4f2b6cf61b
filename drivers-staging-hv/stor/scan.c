// SPDX-License-Identifier: GPL-2.0
/*
 * Looking at LUNs that may have come, changed or gone, in a work item.
 */
#include <linux/bitmap.h>
#include <linux/cleanup.h>
#include <linux/export.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/unaligned.h>
#include <linux/workqueue.h>
#include <scsi/scsi_proto.h>

#include "call.h"
#include "scan.h"
#include "vstor.h"

/**
 * vstor_lun_present() - is there something at a LUN
 * @vs: controller
 * @key: LUN
 *
 * Context: process; sleeps.
 * Return: 0 if there is, -ENXIO if not, else -errno: not known.
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
	int ret = vstor_ask(vs, &sc);

	if (ret)
		return ret;
	/* The peripheral qualifier. */
	return sc.got && buf[0] >> 5 ? -ENXIO : 0;
}
EXPORT_SYMBOL_FOR_MODULES(vstor_lun_present, "hv_storvsc");

#define VSTOR_LUNS_BYTES	(8 + 8 * VSTOR_LUNS)

static void vstor_parse_luns(const u8 *buf, u32 got, unsigned long *luns)
{
	u32 end = min(get_unaligned_be32(buf), got - 8) + 8;

	/* Peripheral addressing: an SRB has one byte for the LUN. */
	for (u32 pos = 8; pos + 8 <= end; pos += 8)
		if (!buf[pos])
			__set_bit(buf[pos + 1], luns);
}

/* 0; -ENXIO if there is no such target; else -errno: not known. */
static int vstor_report_luns(struct vstor *vs, u8 target, unsigned long *luns)
{
	u8 *buf __free(kfree) = kzalloc(VSTOR_LUNS_BYTES, GFP_KERNEL);
	struct vstor_scsi sc = {
		.key = VSTOR_KEY(0, target, 0),
		.cdb = { REPORT_LUNS },
		.cdb_len = 12,
		.buf = buf,
		.len = VSTOR_LUNS_BYTES,
	};
	int ret;

	if (!buf)
		return -ENOMEM;
	bitmap_zero(luns, VSTOR_LUNS);
	put_unaligned_be32(VSTOR_LUNS_BYTES, sc.cdb + 6);
	ret = vstor_ask(vs, &sc);
	if (ret)
		return ret;
	if (sc.got < 8)
		return -EPROTO;
	vstor_parse_luns(buf, sc.got, luns);
	return 0;
}

static void vstor_rescan_target(struct vstor *vs, u8 target)
{
	DECLARE_BITMAP(luns, VSTOR_LUNS);
	int ret = vstor_report_luns(vs, target, luns);

	if (vstor_may_work_later(ret))
		vstor_luns_not_ready(vs);
	if (ret && ret != -ENXIO)
		return;
	for (unsigned int lun = 0; lun < VSTOR_LUNS; lun++)
		vs->ops->rescan_lun(vs, VSTOR_KEY(0, target, lun),
				    test_bit(lun, luns));
}

/**
 * vstor_rescan() - find out which LUNs came and went
 * @vs: controller
 *
 * Context: process; sleeps.
 */
void vstor_rescan(struct vstor *vs)
{
	if (vs->ide) {
		vs->ops->update_lun(vs, vs->ide_key);
		return;
	}
	for (u8 target = 0; target < VSTOR_TARGETS; target++)
		vstor_rescan_target(vs, target);
}
EXPORT_SYMBOL_FOR_MODULES(vstor_rescan, "hv_blkvsc");

static void vstor_changes_later(struct work_struct *work)
{
	struct vstor *vs = container_of(work, struct vstor, changes.later.work);

	queue_work(system_freezable_wq, &vs->changes.work);
}

static void vstor_changes_work(struct work_struct *work)
{
	struct vstor *vs = container_of(work, struct vstor, changes.work);
	struct vstor_changes *c = &vs->changes;
	unsigned int bit;

	if (test_and_clear_bit(0, &c->luns))
		vstor_rescan(vs);
	for_each_set_bit(bit, c->lun, VSTOR_TARGETS * VSTOR_LUNS)
		if (test_and_clear_bit(bit, c->lun))
			vs->ops->update_lun(vs, VSTOR_KEY(0, bit / VSTOR_LUNS,
							  bit % VSTOR_LUNS));
}

/**
 * vstor_changes_init() - nothing changed yet
 * @vs: controller
 *
 * Changes are collected, but not looked at before vstor_changes_start().
 *
 * Context: process.
 */
void vstor_changes_init(struct vstor *vs)
{
	INIT_WORK(&vs->changes.work, vstor_changes_work);
	INIT_DELAYED_WORK(&vs->changes.later, vstor_changes_later);
	disable_work(&vs->changes.work);
}

/**
 * vstor_rescan_now() - look at all LUNs, and wait until that is done
 * @vs: controller
 *
 * Context: process; sleeps.
 */
void vstor_rescan_now(struct vstor *vs)
{
	vstor_luns_changed(vs);
	flush_work(&vs->changes.work);
}
