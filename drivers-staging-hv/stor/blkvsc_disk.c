// SPDX-License-Identifier: GPL-2.0
/*
 * Disks come, change and go.
 */
#include <linux/err.h>
#include <linux/idr.h>
#include <linux/lockdep.h>
#include <linux/module.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#include "blkvsc.h"
#include "call.h"

static DEFINE_IDA(blkvsc_names);

static ssize_t serial_show(struct device *dev, struct device_attribute *attr,
			   char *buf)
{
	struct blkvsc_disk *d = dev_to_disk(dev)->private_data;

	return sysfs_emit(buf, "%s\n", d->id.serial);
}
static DEVICE_ATTR_RO(serial);

static ssize_t wwid_show(struct device *dev, struct device_attribute *attr,
			 char *buf)
{
	struct blkvsc_disk *d = dev_to_disk(dev)->private_data;
	const struct blkvsc_ident *id = &d->id;

	/*
	 * No VPD 0x83 designator: build a T10 vendor ID from vendor, model and
	 * serial.
	 */
	if (!id->wwid[0] && id->serial[0])
		return sysfs_emit(buf, "t10.%-8s%-16s%s\n", id->vendor,
				  id->model, id->serial);
	return sysfs_emit(buf, "%s\n", id->wwid);
}
static DEVICE_ATTR_RO(wwid);

/* A NAA designator as udev writes it; empty without one. */
static ssize_t wwn_show(struct device *dev, struct device_attribute *attr,
			char *buf)
{
	struct blkvsc_disk *d = dev_to_disk(dev)->private_data;

	if (!strstarts(d->id.wwid, "naa."))
		return sysfs_emit(buf, "\n");
	return sysfs_emit(buf, "0x%s\n", d->id.wwid + strlen("naa."));
}
static DEVICE_ATTR_RO(wwn);

/* The identifier as scsi_id prints it: the designator's type, then itself. */
static ssize_t scsi_id_show(struct device *dev, struct device_attribute *attr,
			    char *buf)
{
	struct blkvsc_disk *d = dev_to_disk(dev)->private_data;
	const char *wwid = d->id.wwid;

	if (strstarts(wwid, "naa."))
		return sysfs_emit(buf, "3%s\n", wwid + strlen("naa."));
	if (strstarts(wwid, "eui."))
		return sysfs_emit(buf, "2%s\n", wwid + strlen("eui."));
	if (strstarts(wwid, "t10."))
		return sysfs_emit(buf, "1%s\n", wwid + strlen("t10."));
	return sysfs_emit(buf, "\n");
}
static DEVICE_ATTR_RO(scsi_id);

static ssize_t vendor_show(struct device *dev, struct device_attribute *attr,
			   char *buf)
{
	struct blkvsc_disk *d = dev_to_disk(dev)->private_data;

	return sysfs_emit(buf, "%s\n", d->id.vendor);
}
static DEVICE_ATTR_RO(vendor);

static ssize_t model_show(struct device *dev, struct device_attribute *attr,
			  char *buf)
{
	struct blkvsc_disk *d = dev_to_disk(dev)->private_data;

	return sysfs_emit(buf, "%s\n", d->id.model);
}
static DEVICE_ATTR_RO(model);

/* Target and LUN: with the device's GUID, the disk's path. */
static ssize_t lun_show(struct device *dev, struct device_attribute *attr,
			char *buf)
{
	struct blkvsc_disk *d = dev_to_disk(dev)->private_data;

	return sysfs_emit(buf, "%u:%u\n", VSTOR_KEY_TARGET(d->key),
			  VSTOR_KEY_LUN(d->key));
}
static DEVICE_ATTR_RO(lun);

static struct attribute *blkvsc_disk_attrs[] = {
	&dev_attr_serial.attr,
	&dev_attr_wwid.attr,
	&dev_attr_wwn.attr,
	&dev_attr_scsi_id.attr,
	&dev_attr_vendor.attr,
	&dev_attr_model.attr,
	&dev_attr_lun.attr,
	NULL,
};
ATTRIBUTE_GROUPS(blkvsc_disk);

static void blkvsc_disk_free(struct blkvsc_disk *d)
{
	ida_free(&blkvsc_names, d->index);
	kfree(d);
}

/* The last user is gone; the controller may be gone already. */
static void blkvsc_free_disk(struct gendisk *disk)
{
	blkvsc_disk_free(disk->private_data);
}

static const struct block_device_operations blkvsc_fops = {
	.owner = THIS_MODULE,
	.free_disk = blkvsc_free_disk,
};

static u64 blkvsc_sectors(const struct blkvsc_ident *id)
{
	return id->blocks << (ilog2(id->block_size) - SECTOR_SHIFT);
}

static void blkvsc_set_modes(struct blkvsc_disk *d)
{
	d->shift = ilog2(d->id.block_size) - SECTOR_SHIFT;
	d->unmap = blkvsc_can_unmap(&d->id);
	d->zero_unmap = blkvsc_reads_zeroes(&d->id);
}

static struct blkvsc_disk *blkvsc_find(struct blkvsc *ctl, u32 key)
{
	struct blkvsc_disk *d;

	lockdep_assert_held(&ctl->lock);
	list_for_each_entry(d, &ctl->disks, node)
		if (d->key == key)
			return d;
	return NULL;
}

static int blkvsc_alloc_gendisk(struct blkvsc *ctl, struct blkvsc_disk *d)
{
	struct queue_limits lim = {};
	struct gendisk *disk;

	blkvsc_limits(&lim, &d->id, ctl->vs->max_transfer);
	disk = blk_mq_alloc_disk(&ctl->set, &lim, d);
	if (IS_ERR(disk))
		return PTR_ERR(disk);
	d->disk = disk;
	disk->fops = &blkvsc_fops;
	disk->private_data = d;
	if (d->id.removable)
		disk->flags |= GENHD_FL_REMOVABLE;
	blkvsc_disk_name(d->index, disk->disk_name, DISK_NAME_LEN);
	set_capacity(disk, blkvsc_sectors(&d->id));
	set_disk_ro(disk, d->id.read_only);
	return 0;
}

/* Names that are those of the IDE class's disks, by path and target. */
#define BLKVSC_IDE_NAMES	4

static int blkvsc_alloc_index(struct blkvsc *ctl)
{
	unsigned int want;
	int index;

	if (ctl->vs->ide) {
		want = 2 * ctl->vs->ide_path +
		       VSTOR_KEY_TARGET(ctl->vs->ide_key);
		index = ida_alloc_range(&blkvsc_names, want, want, GFP_KERNEL);
		if (index >= 0)
			return index;
	}
	return ida_alloc_min(&blkvsc_names, BLKVSC_IDE_NAMES, GFP_KERNEL);
}

static struct blkvsc_disk *blkvsc_new_disk(struct blkvsc *ctl, u32 key,
					   const struct blkvsc_ident *id)
{
	struct blkvsc_disk *d = kzalloc_obj(*d);
	int ret = -ENOMEM;

	if (!d)
		return ERR_PTR(ret);
	d->ctl = ctl;
	d->key = key;
	d->id = *id;
	blkvsc_set_modes(d);
	d->index = blkvsc_alloc_index(ctl);
	if (d->index < 0) {
		ret = d->index;
		goto err_free;
	}
	ret = blkvsc_alloc_gendisk(ctl, d);
	if (ret)
		goto err_name;
	return d;

err_name:
	ida_free(&blkvsc_names, d->index);
err_free:
	kfree(d);
	return ERR_PTR(ret);
}

static void blkvsc_announce(const struct blkvsc_disk *d)
{
	const struct blkvsc_ident *id = &d->id;

	dev_info(disk_to_dev(d->disk),
		 "%s %s: %llu blocks of %u bytes (%u physical), %s cache%s%s\n",
		 id->vendor, id->model, id->blocks, id->block_size,
		 id->phys_block_size, id->write_cache ? "write-back" :
		 "write-through", id->fua ? ", FUA" : "",
		 id->read_only ? ", read-only" : "");
}

/* blkvsc_writable() does not find the disk any more. */
static void blkvsc_unlist(struct blkvsc_disk *d)
{
	list_del_rcu(&d->node);
	synchronize_rcu();
}

/**
 * blkvsc_add_disk() - make a block device of a LUN
 * @ctl: controller
 * @key: LUN
 *
 * Context: process; sleeps. The caller holds @ctl->lock.
 * Return: see blkvsc_identify(); 0 if there is a block device now.
 */
int blkvsc_add_disk(struct blkvsc *ctl, u32 key)
{
	struct device *dev = ctl->vs->vdev->dev;
	struct blkvsc_ident id;
	struct blkvsc_disk *d;
	int ret;

	lockdep_assert_held(&ctl->lock);
	ret = blkvsc_identify(ctl, key, &id, NULL);
	if (ret)
		return ret;
	d = blkvsc_new_disk(ctl, key, &id);
	if (IS_ERR(d))
		return PTR_ERR(d);
	list_add_tail_rcu(&d->node, &ctl->disks);
	ret = device_add_disk(dev, d->disk, blkvsc_disk_groups);
	if (ret) {
		blkvsc_unlist(d);
		put_disk(d->disk);
		/* ->free_disk() is called for disks that were added only. */
		blkvsc_disk_free(d);
		return ret;
	}
	blkvsc_announce(d);
	return 0;
}

/**
 * blkvsc_remove_disk() - take a block device away
 * @d: disk
 * @surprise: the host removed the LUN: there is nothing to write back to
 *
 * Context: process; sleeps. The caller holds @d->ctl->lock.
 */
void blkvsc_remove_disk(struct blkvsc_disk *d, bool surprise)
{
	lockdep_assert_held(&d->ctl->lock);
	if (surprise)
		blk_mark_disk_dead(d->disk);
	blkvsc_unlist(d);
	del_gendisk(d->disk);
	put_disk(d->disk);
}

/* The disk may be in use. */
static int blkvsc_change_limits(struct blkvsc_disk *d,
				const struct blkvsc_ident *id)
{
	struct request_queue *q = d->disk->queue;
	struct queue_limits lim;

	if (id->block_size != d->id.block_size)
		return -EINVAL;
	lim = queue_limits_start_update(q);
	blkvsc_limits(&lim, id, d->ctl->vs->max_transfer);
	return queue_limits_commit_update_frozen(q, &lim);
}

static void blkvsc_try_disk(struct blkvsc *ctl, u32 key)
{
	int ret = blkvsc_add_disk(ctl, key);

	if (vstor_may_work_later(ret))
		vstor_lun_not_ready(ctl->vs, key);
	else if (ret == -EMEDIUMTYPE)
		dev_info(ctl->vs->vdev->dev,
			 "LUN %06x is no disk, and not used\n", key);
	else if (ret && ret != -ENXIO)
		dev_warn(ctl->vs->vdev->dev, "LUN %06x not used: %d\n", key,
			 ret);
}

/*
 * Another disk may have come to this address before anybody looked. What is
 * cached of the first must not reach the second.
 */
static void blkvsc_replace(struct blkvsc *ctl, struct blkvsc_disk *d)
{
	u32 key = d->key;

	dev_info(disk_to_dev(d->disk), "replaced by the host\n");
	blkvsc_remove_disk(d, true);
	blkvsc_try_disk(ctl, key);
}

static void blkvsc_apply(struct blkvsc_disk *d, const struct blkvsc_ident *id)
{
	int ret;

	if (!memcmp(&d->id, id, sizeof(*id)))
		return;
	ret = blkvsc_change_limits(d, id);
	if (ret) {
		dev_warn(disk_to_dev(d->disk), "change not possible: %d\n",
			 ret);
		return;
	}
	d->id = *id;
	blkvsc_set_modes(d);
	set_disk_ro(d->disk, id->read_only);
	set_capacity_and_notify(d->disk, blkvsc_sectors(id));
}

static void blkvsc_revalidate(struct blkvsc *ctl, struct blkvsc_disk *d)
{
	struct blkvsc_ident id;
	int ret;

	ret = blkvsc_identify(ctl, d->key, &id, &d->id);
	if (ret == -ENXIO) {
		dev_info(disk_to_dev(d->disk), "removed by the host\n");
		blkvsc_remove_disk(d, true);
	} else if (vstor_may_work_later(ret)) {
		vstor_lun_not_ready(ctl->vs, d->key);
	} else if (ret == -EMEDIUMTYPE) {
		blkvsc_replace(ctl, d);
	} else if (ret) {
		dev_warn(disk_to_dev(d->disk), "revalidation failed: %d\n",
			 ret);
	} else if (!blkvsc_same_names(&d->id, &id)) {
		blkvsc_replace(ctl, d);
	} else {
		blkvsc_apply(d, &id);
	}
}

/**
 * blkvsc_rescan_lun() - compare a LUN with what the host lists
 * @vs: controller
 * @key: LUN
 * @listed: the host lists it
 *
 * Context: process; sleeps.
 */
void blkvsc_rescan_lun(struct vstor *vs, u32 key, bool listed)
{
	struct blkvsc *ctl = vs->ctx;
	struct blkvsc_disk *d;

	guard(mutex)(&ctl->lock);
	if (ctl->surveying) {
		ctl->others |= listed && blkvsc_is_other(ctl, key);
		return;
	}
	d = blkvsc_find(ctl, key);
	if (d)
		blkvsc_revalidate(ctl, d);
	else if (listed)
		blkvsc_try_disk(ctl, key);
}

/**
 * blkvsc_update_lun() - a LUN came, changed or went
 * @vs: controller
 * @key: LUN
 *
 * Context: process; sleeps.
 */
void blkvsc_update_lun(struct vstor *vs, u32 key)
{
	struct blkvsc *ctl = vs->ctx;
	struct blkvsc_disk *d;

	guard(mutex)(&ctl->lock);
	d = blkvsc_find(ctl, key);
	if (d)
		blkvsc_revalidate(ctl, d);
	else
		blkvsc_try_disk(ctl, key);
}
