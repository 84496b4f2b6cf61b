// SPDX-License-Identifier: GPL-2.0
/*
 * Disks come, change and go.
 */
#include <linux/bitmap.h>
#include <linux/err.h>
#include <linux/idr.h>
#include <linux/module.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/sysfs.h>

#include "blkvsc.h"

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

	/* In want of a designator, the one that SPC makes of the other names. */
	if (!id->wwid[0] && id->serial[0])
		return sysfs_emit(buf, "t10.%-8s%-16s%s\n", id->vendor,
				  id->model, id->serial);
	return sysfs_emit(buf, "%s\n", id->wwid);
}
static DEVICE_ATTR_RO(wwid);

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
	&dev_attr_vendor.attr,
	&dev_attr_model.attr,
	&dev_attr_lun.attr,
	NULL,
};
ATTRIBUTE_GROUPS(blkvsc_disk);

/* The last user is gone; the controller may be gone for long. */
static void blkvsc_free_disk(struct gendisk *disk)
{
	struct blkvsc_disk *d = disk->private_data;

	ida_free(&blkvsc_names, d->index);
	kfree(d);
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
	d->unmap = d->id.lbpu;
	d->zero_unmap = d->id.lbprz;
}

static struct blkvsc_disk *blkvsc_find(struct blkvsc *ctl, u32 key)
{
	struct blkvsc_disk *d;

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

static struct blkvsc_disk *blkvsc_new_disk(struct blkvsc *ctl, u32 key,
					   const struct blkvsc_ident *id)
{
	struct blkvsc_disk *d = kzalloc_obj(*d);
	int err = -ENOMEM;

	if (!d)
		return ERR_PTR(err);
	d->ctl = ctl;
	d->key = key;
	d->id = *id;
	blkvsc_set_modes(d);
	d->index = ida_alloc(&blkvsc_names, GFP_KERNEL);
	if (d->index < 0) {
		err = d->index;
		goto err_free;
	}
	err = blkvsc_alloc_gendisk(ctl, d);
	if (err)
		goto err_name;
	return d;

err_name:
	ida_free(&blkvsc_names, d->index);
err_free:
	kfree(d);
	return ERR_PTR(err);
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

/**
 * blkvsc_add_disk() - make a block device of a LUN
 * @ctl: controller; caller holds @ctl->lock
 * @key: LUN
 *
 * Return: 0; -ENODEV if there is no LUN or it is no disk; else -errno.
 */
int blkvsc_add_disk(struct blkvsc *ctl, u32 key)
{
	struct device *dev = &ctl->vs->vdev->dev;
	struct blkvsc_ident id;
	struct blkvsc_disk *d;
	int err;

	err = blkvsc_identify(ctl, key, &id);
	if (err)
		return err;
	d = blkvsc_new_disk(ctl, key, &id);
	if (IS_ERR(d))
		return PTR_ERR(d);
	list_add_tail_rcu(&d->node, &ctl->disks);
	err = device_add_disk(dev, d->disk, blkvsc_disk_groups);
	if (err) {
		list_del_rcu(&d->node);
		synchronize_rcu();
		put_disk(d->disk);
		return err;
	}
	blkvsc_announce(d);
	return 0;
}

/**
 * blkvsc_remove_disk() - take a block device away
 * @d: disk; caller holds its controller's lock
 * @surprise: the host took the LUN away: there is nothing to write back to
 */
void blkvsc_remove_disk(struct blkvsc_disk *d, bool surprise)
{
	if (surprise)
		blk_mark_disk_dead(d->disk);
	del_gendisk(d->disk);
	list_del_rcu(&d->node);
	synchronize_rcu();
	put_disk(d->disk);
}

/* Capacity and limits change under the feet of whoever uses the disk. */
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
	int err = blkvsc_add_disk(ctl, key);

	if (err && err != -ENODEV)
		dev_warn(&ctl->vs->vdev->dev, "LUN %06x not used: %d\n", key, err);
}

/*
 * Where a disk went another one came, before anybody looked. What is cached of
 * the first must not reach the second.
 */
static void blkvsc_replace(struct blkvsc *ctl, struct blkvsc_disk *d)
{
	u32 key = d->key;

	dev_info(disk_to_dev(d->disk), "replaced by the host\n");
	blkvsc_remove_disk(d, true);
	blkvsc_try_disk(ctl, key);
}

static void blkvsc_revalidate(struct blkvsc *ctl, struct blkvsc_disk *d)
{
	struct blkvsc_ident id;
	int err;

	err = blkvsc_identify(ctl, d->key, &id);
	if (err == -ENODEV) {
		dev_info(disk_to_dev(d->disk), "removed by the host\n");
		blkvsc_remove_disk(d, true);
		return;
	}
	if (!err && !blkvsc_same_names(&d->id, &id)) {
		blkvsc_replace(ctl, d);
		return;
	}
	if (!err)
		err = blkvsc_change_limits(d, &id);
	if (err) {
		dev_warn(disk_to_dev(d->disk), "change not understood: %d\n", err);
		return;
	}
	d->id = id;
	blkvsc_set_modes(d);
	set_disk_ro(d->disk, id.read_only);
	set_capacity_and_notify(d->disk, blkvsc_sectors(&id));
}

static void blkvsc_rescan_lun(struct blkvsc *ctl, u32 key, bool listed)
{
	struct blkvsc_disk *d = blkvsc_find(ctl, key);

	if (!d && listed)
		blkvsc_try_disk(ctl, key);
	else if (d && !listed)
		blkvsc_revalidate(ctl, d);
	/* Only what changed is touched. */
	else if (d && !blkvsc_same(ctl, key, &d->id))
		blkvsc_replace(ctl, d);
}

static void blkvsc_rescan_target(struct blkvsc *ctl, u8 target)
{
	DECLARE_BITMAP(luns, VSTOR_LUNS);
	unsigned int lun;
	int err;

	err = vstor_report_luns(ctl->vs, target, luns);
	if (err && err != -ENODEV)
		return;
	for (lun = 0; lun < VSTOR_LUNS; lun++)
		blkvsc_rescan_lun(ctl, VSTOR_KEY(0, target, lun),
				  test_bit(lun, luns));
}

/**
 * blkvsc_rescan() - find what LUNs came and went
 * @ctl: controller; caller holds @ctl->lock
 */
void blkvsc_rescan(struct blkvsc *ctl)
{
	struct blkvsc_disk *d;
	unsigned int target;

	if (ctl->ide) {
		d = blkvsc_find(ctl, ctl->ide_key);
		if (d)
			blkvsc_revalidate(ctl, d);
		return;
	}
	for (target = 0; target < VSTOR_TARGETS; target++)
		blkvsc_rescan_target(ctl, target);
}

static void blkvsc_update_lun(struct blkvsc *ctl, u32 key)
{
	struct blkvsc_disk *d = blkvsc_find(ctl, key);

	if (d)
		blkvsc_revalidate(ctl, d);
	else if (!ctl->ide)
		blkvsc_try_disk(ctl, key);
}

/**
 * blkvsc_update() - work: something changed
 * @work: @update of &struct blkvsc
 */
void blkvsc_update(struct work_struct *work)
{
	struct blkvsc *ctl = container_of(work, struct blkvsc, update);
	unsigned int bit;

	guard(mutex)(&ctl->lock);
	if (test_and_clear_bit(0, &ctl->rescan))
		blkvsc_rescan(ctl);
	for_each_set_bit(bit, ctl->changed, VSTOR_TARGETS * VSTOR_LUNS)
		if (test_and_clear_bit(bit, ctl->changed))
			blkvsc_update_lun(ctl, VSTOR_KEY(0, bit / VSTOR_LUNS,
							 bit % VSTOR_LUNS));
}

/**
 * blkvsc_note() - something changed
 * @ctl: controller
 * @key: which LUN, or VSTOR_KEY_ALL for the set of LUNs
 *
 * Context: any.
 */
void blkvsc_note(struct blkvsc *ctl, u32 key)
{
	if (key == VSTOR_KEY_ALL)
		set_bit(0, &ctl->rescan);
	else if (!VSTOR_KEY_PATH(key) && VSTOR_KEY_TARGET(key) < VSTOR_TARGETS)
		set_bit(VSTOR_KEY_TARGET(key) * VSTOR_LUNS + VSTOR_KEY_LUN(key),
			ctl->changed);
	queue_work(system_dfl_wq, &ctl->update);
}

/**
 * blkvsc_event() - the host says that something changed
 * @vs: controller
 * @op: VSTORW_OP_*
 * @key: which LUN, or VSTOR_KEY_ALL
 */
void blkvsc_event(struct vstor *vs, u32 op, u32 key)
{
	blkvsc_note(vs->ctx, key);
}
