// SPDX-License-Identifier: GPL-2.0
/*
 * LUNs come, change and go. Only those concerned are touched.
 */
#include <linux/bitmap.h>
#include <linux/minmax.h>
#include <linux/rcupdate.h>
#include <linux/string.h>
#include <linux/unaligned.h>
#include <scsi/scsi_devinfo.h>

#include "storvsc.h"

/**
 * storvsc_sdev_init() - before a LUN is asked what it is
 * @sdev: LUN
 *
 * Hosts claim an old SPC level and yet have VPD pages and REPORT LUNS.
 *
 * Return: 0.
 */
int storvsc_sdev_init(struct scsi_device *sdev)
{
	sdev->sdev_bflags = BLIST_REPORTLUN2 | BLIST_TRY_VPD_PAGES;
	return 0;
}

/**
 * storvsc_sdev_configure() - a LUN said what it is
 * @sdev: LUN
 * @lim: its limits
 *
 * Return: 0.
 */
int storvsc_sdev_configure(struct scsi_device *sdev, struct queue_limits *lim)
{
	struct storvsc *sv = shost_priv(sdev->host);

	blk_queue_rq_timeout(sdev->request_queue, VSTOR_IO_TIMEOUT * HZ);
	sdev->no_report_opcodes = 1;
	sdev->no_write_same = sv->vs->version < VSTORW_V6_2;
	/* So that the disk driver looks at provisioning and UNMAP. */
	if (!strncmp(sdev->vendor, "Msft", 4))
		sdev->scsi_level = max_t(char, sdev->scsi_level, SCSI_SPC_3);
	return 0;
}

/* Is a page what it was when the LUN came? If it cannot be read, it is. */
static bool storvsc_same_page(struct storvsc *sv, struct scsi_device *sdev,
			      u8 page, struct scsi_vpd __rcu *const *was)
{
	u8 buf[VSTOR_VPD_BYTES];
	const struct scsi_vpd *vpd;
	unsigned int got;

	got = vstor_vpd(sv->vs, storvsc_key(sdev), page, buf);
	if (got < 4 || buf[1] != page)
		return true;
	got = min(got, get_unaligned_be16(buf + 2) + 4u);
	guard(rcu)();
	vpd = rcu_dereference(*was);
	if (!vpd)
		return true;
	return !memcmp(vpd->data, buf, min_t(unsigned int, got, vpd->len));
}

/*
 * Where a LUN went another one came, before anybody looked. What is cached of
 * the first must not reach the second.
 */
static bool storvsc_check_same(struct storvsc *sv, struct scsi_device *sdev)
{
	unsigned int target = sdev->id, lun = sdev->lun;

	if (storvsc_same_page(sv, sdev, 0x83, &sdev->vpd_pg83) &&
	    storvsc_same_page(sv, sdev, 0x80, &sdev->vpd_pg80))
		return true;
	sdev_printk(KERN_INFO, sdev, "replaced by the host\n");
	scsi_remove_device(sdev);
	scsi_add_device(sv->host, 0, target, lun);
	return false;
}

static void storvsc_check_present(struct storvsc *sv, struct scsi_device *sdev)
{
	if (vstor_lun_present(sv->vs, storvsc_key(sdev)) == -ENODEV) {
		sdev_printk(KERN_INFO, sdev, "removed by the host\n");
		scsi_remove_device(sdev);
	} else if (storvsc_check_same(sv, sdev)) {
		scsi_rescan_device(sdev);
	}
}

static void storvsc_update_lun(struct storvsc *sv, unsigned int target,
			       unsigned int lun)
{
	struct scsi_device *sdev = scsi_device_lookup(sv->host, 0, target, lun);

	if (sdev) {
		storvsc_check_present(sv, sdev);
		scsi_device_put(sdev);
	} else if (!sv->ide) {
		scsi_add_device(sv->host, 0, target, lun);
	}
}

static void storvsc_rescan_target(struct storvsc *sv, unsigned int target)
{
	DECLARE_BITMAP(luns, VSTOR_LUNS);
	struct scsi_device *sdev;
	unsigned int lun;
	int err;

	err = vstor_report_luns(sv->vs, target, luns);
	if (err && err != -ENODEV)
		return;
	for (lun = 0; lun < VSTOR_LUNS; lun++) {
		sdev = scsi_device_lookup(sv->host, 0, target, lun);
		if (!!sdev != test_bit(lun, luns))
			storvsc_update_lun(sv, target, lun);
		/* Only what changed is touched. */
		else if (sdev)
			storvsc_check_same(sv, sdev);
		if (sdev)
			scsi_device_put(sdev);
	}
}

static void storvsc_rescan(struct storvsc *sv)
{
	unsigned int target;

	if (sv->ide) {
		storvsc_update_lun(sv, sv->ide_target, 0);
		return;
	}
	for (target = 0; target < VSTOR_TARGETS; target++)
		storvsc_rescan_target(sv, target);
}

/**
 * storvsc_update() - work: something changed
 * @work: @update of &struct storvsc
 */
void storvsc_update(struct work_struct *work)
{
	struct storvsc *sv = container_of(work, struct storvsc, update);
	unsigned int bit;

	if (test_and_clear_bit(0, &sv->rescan))
		storvsc_rescan(sv);
	for_each_set_bit(bit, sv->changed, VSTOR_TARGETS * VSTOR_LUNS)
		if (test_and_clear_bit(bit, sv->changed))
			storvsc_update_lun(sv, bit / VSTOR_LUNS,
					   bit % VSTOR_LUNS);
}

/**
 * storvsc_event() - the host says that something changed
 * @vs: controller
 * @op: VSTORW_OP_*
 * @key: which LUN, or VSTOR_KEY_ALL
 */
void storvsc_event(struct vstor *vs, u32 op, u32 key)
{
	storvsc_note(vs->ctx, key);
}
