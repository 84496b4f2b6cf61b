// SPDX-License-Identifier: GPL-2.0
/*
 * LUNs come, change and go. Only those concerned are touched.
 */
#include <linux/minmax.h>
#include <linux/rcupdate.h>
#include <linux/string.h>
#include <linux/unaligned.h>
#include <scsi/scsi_devinfo.h>

#include "call.h"
#include "storvsc.h"

/**
 * storvsc_sdev_init() - prepare a LUN for its INQUIRY
 * @sdev: LUN
 *
 * Hosts claim an old SPC level and yet have VPD pages and REPORT LUNS.
 *
 * Context: process; sleeps.
 * Return: 0.
 */
int storvsc_sdev_init(struct scsi_device *sdev)
{
	sdev->sdev_bflags = BLIST_REPORTLUN2 | BLIST_TRY_VPD_PAGES;
	return 0;
}

/* Only a device that reports WRITE SAME with UNMAP is known to have it. */
static bool storvsc_has_write_same(struct storvsc *sv,
				   const struct scsi_device *sdev)
{
	u8 buf[VSTOR_VPD_BYTES];

	return vstor_vpd(sv->vs, storvsc_key(sdev), 0xb2, buf) > 5 &&
	       buf[1] == 0xb2 && buf[5] & 0x40;
}

/**
 * storvsc_sdev_configure() - set up a LUN after its INQUIRY
 * @sdev: LUN
 * @lim: its limits
 *
 * Context: process; sleeps.
 * Return: 0.
 */
int storvsc_sdev_configure(struct scsi_device *sdev, struct queue_limits *lim)
{
	struct storvsc *sv = shost_priv(sdev->host);

	blk_queue_rq_timeout(sdev->request_queue, VSTOR_IO_TIMEOUT * HZ);
	sdev->no_report_opcodes = 1;
	sdev->no_write_same = sdev->type != TYPE_DISK ||
			      !storvsc_has_write_same(sv, sdev);
	/* So that the disk driver looks at provisioning and UNMAP. */
	if (!strncmp(sdev->vendor, "Msft", 4))
		sdev->scsi_level = max_t(char, sdev->scsi_level, SCSI_SPC_3);
	return 0;
}

/*
 * Compares a VPD page with the cached one; an unreadable page counts as
 * unchanged.
 */
static bool storvsc_same_page(struct storvsc *sv, struct scsi_device *sdev,
			      u8 page, struct scsi_vpd __rcu *const *was)
{
	u8 buf[VSTOR_VPD_BYTES];
	const struct scsi_vpd *vpd;
	int got;

	got = vstor_vpd(sv->vs, storvsc_key(sdev), page, buf);
	if (got < 4 || buf[1] != page)
		return true;
	got = min(got, get_unaligned_be16(buf + 2) + 4);
	guard(rcu)();
	vpd = rcu_dereference(*was);
	if (!vpd)
		return true;
	return !memcmp(vpd->data, buf, min(got, vpd->len));
}

/*
 * Another LUN may have come to this address before anybody looked. What is
 * cached of the first must not reach the second.
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

static void storvsc_drop(struct storvsc *sv, struct scsi_device *sdev)
{
	sdev_printk(KERN_INFO, sdev, "removed by the host\n");
	/* See storvsc_flush_of_gone(). */
	sdev->hostdata = sv;
	scsi_remove_device(sdev);
}

/* Takes a LUN away if the host knows none at its address. */
static bool storvsc_is_there(struct storvsc *sv, struct scsi_device *sdev)
{
	switch (vstor_lun_present(sv->vs, storvsc_key(sdev))) {
	case -ENXIO:
		storvsc_drop(sv, sdev);
		return false;
	case -EAGAIN:
		vstor_lun_not_ready(sv->vs, storvsc_key(sdev));
		return false;
	default:
		return true;
	}
}

/*
 * A scan of the midlayer has an INQUIRY under way, and drops the device if that
 * was too early: what became of it shows later.
 */
static bool storvsc_is_probed(struct storvsc *sv, const struct scsi_device *sdev)
{
	if (READ_ONCE(sdev->sdev_state) != SDEV_CREATED)
		return false;
	vstor_lun_not_ready(sv->vs, storvsc_key(sdev));
	return true;
}

static void storvsc_check_present(struct storvsc *sv, struct scsi_device *sdev)
{
	if (!storvsc_is_probed(sv, sdev) && storvsc_is_there(sv, sdev) &&
	    storvsc_check_same(sv, sdev))
		scsi_rescan_device(sdev);
}

/**
 * storvsc_update_lun() - a LUN came, changed or went
 * @vs: controller
 * @key: LUN
 *
 * Context: process; sleeps.
 */
void storvsc_update_lun(struct vstor *vs, u32 key)
{
	unsigned int target = VSTOR_KEY_TARGET(key), lun = VSTOR_KEY_LUN(key);
	struct storvsc *sv = vs->ctx;
	struct scsi_device *sdev;

	sdev = scsi_device_lookup(sv->host, 0, target, lun);
	if (sdev) {
		storvsc_check_present(sv, sdev);
		scsi_device_put(sdev);
	} else if (!vs->ide) {
		scsi_add_device(sv->host, 0, target, lun);
	}
}

/**
 * storvsc_rescan_lun() - compare a LUN with what the host lists
 * @vs: controller
 * @key: LUN
 * @listed: the host lists it
 *
 * Context: process; sleeps.
 */
void storvsc_rescan_lun(struct vstor *vs, u32 key, bool listed)
{
	unsigned int target = VSTOR_KEY_TARGET(key), lun = VSTOR_KEY_LUN(key);
	struct storvsc *sv = vs->ctx;
	struct scsi_device *sdev;

	sdev = scsi_device_lookup(sv->host, 0, target, lun);
	if (!!sdev != listed)
		storvsc_update_lun(vs, key);
	else if (sdev && !storvsc_is_probed(sv, sdev) &&
		 storvsc_is_there(sv, sdev))
		storvsc_check_same(sv, sdev);
	if (sdev)
		scsi_device_put(sdev);
}
