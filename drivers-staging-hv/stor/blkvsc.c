// SPDX-License-Identifier: GPL-2.0
/*
 * hv_blkvsc: disks of Hyper-V's storage controllers, without SCSI midlayer.
 */
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/slab.h>

#include "blkvsc.h"

static bool scsi_class;
module_param(scsi_class, bool, 0444);
MODULE_PARM_DESC(scsi_class, "Take the disks of synthetic SCSI controllers too (default no)");

static unsigned int poll_queues;
module_param(poll_queues, uint, 0444);
MODULE_PARM_DESC(poll_queues, "Queues to poll, for io_uring's IOPOLL (default 0)");

struct workqueue_struct *blkvsc_wq;

enum { BLKVSC_CLASS_IDE, BLKVSC_CLASS_SCSI };

static const struct hv_vmbus_device_id blkvsc_ids[] = {
	{ .guid = VSTORW_CLASS_IDE, .driver_data = BLKVSC_CLASS_IDE },
	{ .guid = VSTORW_CLASS_SCSI, .driver_data = BLKVSC_CLASS_SCSI },
	{ }
};
MODULE_DEVICE_TABLE(vmbus, blkvsc_ids);

static const struct vstor_ops blkvsc_vstor_ops = {
	.done = blkvsc_done,
	.writable = blkvsc_writable,
	.event = blkvsc_event,
};

/* Polled queues get channels of their own where there is more than one. */
static void blkvsc_plan_queues(struct blkvsc *ctl)
{
	unsigned int poll = min(poll_queues, vmb_subchannel_cpus(ctl->vs->vdev));
	unsigned int want, got, i;

	want = ctl->ide ? 1 : vmb_subchannel_cpus(ctl->vs->vdev) + poll;
	got = vstor_add_queues(ctl->vs, want);
	if (got == 1) {
		ctl->irq_queues = 1;
		ctl->poll_queues = !!poll;
	} else {
		ctl->poll_queues = min(poll, got - 1);
		ctl->irq_queues = got - ctl->poll_queues;
	}
	for (i = 0; i < got; i++)
		ctl->hctx[i].q = ctl->vs->queue[i];
	if (got == 1) {
		ctl->hctx[1].q = ctl->vs->queue[0];
		ctl->hctx[1].base = BLKVSC_DEPTH;
		return;
	}
	for (i = ctl->irq_queues; i < got; i++)
		vstor_poll_only(ctl->vs->queue[i]);
}

static int blkvsc_alloc_tags(struct blkvsc *ctl)
{
	struct blk_mq_tag_set *set = &ctl->set;

	ctl->pfns = ctl->vs->max_transfer / VMB_PAGE_SIZE + 1;
	set->ops = &blkvsc_mq_ops;
	set->nr_maps = ctl->poll_queues ? HCTX_MAX_TYPES : 1;
	set->nr_hw_queues = ctl->irq_queues + ctl->poll_queues;
	set->queue_depth = BLKVSC_DEPTH;
	set->cmd_size = sizeof(struct blkvsc_rq) + VSTOR_GPA_BYTES(ctl->pfns);
	set->numa_node = dev_to_node(&ctl->vs->vdev->dev);
	set->timeout = VSTOR_IO_TIMEOUT * HZ;
	/* The host has a scheduler of its own. */
	set->flags = BLK_MQ_F_NO_SCHED_BY_DEFAULT;
	set->driver_data = ctl;
	return blk_mq_alloc_tag_set(set);
}

static int blkvsc_find_disks(struct blkvsc *ctl)
{
	guard(mutex)(&ctl->lock);
	if (ctl->ide)
		return blkvsc_add_disk(ctl, ctl->ide_key);
	blkvsc_rescan(ctl);
	return 0;
}

static struct blkvsc *blkvsc_alloc(struct vmb_device *vdev, bool ide)
{
	struct blkvsc *ctl = kzalloc_obj(*ctl);
	u8 path, target;

	if (!ctl)
		return ERR_PTR(-ENOMEM);
	ctl->ide = ide;
	if (ide && vstor_ide_address(&vdev->instance_id, vdev->user_data, &path,
				     &target)) {
		dev_err(&vdev->dev, "not an IDE disk's instance\n");
		kfree(ctl);
		return ERR_PTR(-ENODEV);
	}
	/* The disk is the only one of its controller: the path is always 0. */
	if (ide)
		ctl->ide_key = VSTOR_KEY(0, target, 0);
	mutex_init(&ctl->lock);
	INIT_LIST_HEAD(&ctl->disks);
	INIT_WORK(&ctl->recover, blkvsc_recover);
	INIT_WORK(&ctl->update, blkvsc_update);
	/* The host may say that something changed before there is a tag set. */
	disable_work(&ctl->update);
	INIT_DELAYED_WORK(&ctl->watch, blkvsc_watch);
	return ctl;
}

static int blkvsc_start(struct blkvsc *ctl, struct vmb_device *vdev)
{
	u32 slots = BLKVSC_DEPTH * (poll_queues ? 2 : 1);
	struct vstor *vs;
	int err;

	vs = vstor_start(vdev, &blkvsc_vstor_ops, ctl, slots);
	if (IS_ERR(vs))
		return PTR_ERR(vs);
	ctl->vs = vs;
	vmb_set_drvdata(vdev, ctl);
	blkvsc_plan_queues(ctl);
	err = blkvsc_alloc_tags(ctl);
	if (err)
		vstor_stop(vs);
	return err;
}

/* No more work is queued: there are no disks, and events stay unheard. */
static void blkvsc_stop(struct blkvsc *ctl)
{
	cancel_work_sync(&ctl->recover);
	cancel_delayed_work_sync(&ctl->watch);
	blk_mq_free_tag_set(&ctl->set);
	vstor_stop(ctl->vs);
	mutex_destroy(&ctl->lock);
	kfree(ctl);
}

static void blkvsc_remove_disks(struct blkvsc *ctl)
{
	struct blkvsc_disk *d, *next;

	guard(mutex)(&ctl->lock);
	list_for_each_entry_safe(d, next, &ctl->disks, node)
		blkvsc_remove_disk(d, vstor_error(ctl->vs));
}

static int blkvsc_probe(struct vmb_device *vdev,
			const struct hv_vmbus_device_id *id)
{
	bool ide = id->driver_data == BLKVSC_CLASS_IDE;
	struct blkvsc *ctl;
	int err;

	if (!ide && !scsi_class)
		return -ENODEV;
	ctl = blkvsc_alloc(vdev, ide);
	if (IS_ERR(ctl))
		return PTR_ERR(ctl);
	err = blkvsc_start(ctl, vdev);
	if (err)
		goto err_free;
	enable_work(&ctl->update);
	err = blkvsc_find_disks(ctl);
	if (!err)
		return 0;
	disable_work_sync(&ctl->update);
	blkvsc_remove_disks(ctl);
	blkvsc_stop(ctl);
	return err;

err_free:
	mutex_destroy(&ctl->lock);
	kfree(ctl);
	return err;
}

static void blkvsc_remove(struct vmb_device *vdev)
{
	struct blkvsc *ctl = vmb_get_drvdata(vdev);

	disable_work_sync(&ctl->update);
	blkvsc_remove_disks(ctl);
	blkvsc_stop(ctl);
}

/* What the host's cache holds must outlive a power-off. */
static void blkvsc_shutdown(struct vmb_device *vdev)
{
	struct blkvsc *ctl = vmb_get_drvdata(vdev);
	struct blkvsc_disk *d;

	disable_work_sync(&ctl->update);
	guard(mutex)(&ctl->lock);
	list_for_each_entry(d, &ctl->disks, node)
		if (d->id.write_cache)
			blkvsc_sync_cache(ctl, d->key);
}

static void blkvsc_subchannel(struct vmb_device *vdev, struct vmb_channel *ch)
{
	struct blkvsc *ctl = vmb_get_drvdata(vdev);

	vstor_subchannel(ctl->vs, ch);
}

static struct vmb_driver blkvsc_driver = {
	.driver = {
		.name = "hv_blkvsc",
		.probe_type = PROBE_PREFER_ASYNCHRONOUS,
	},
	.id_table = blkvsc_ids,
	.probe = blkvsc_probe,
	.remove = blkvsc_remove,
	.shutdown = blkvsc_shutdown,
	.subchannel = blkvsc_subchannel,
};

static int __init blkvsc_init(void)
{
	int err;

	/* Recovery must go on when memory is short: it may be swapped to us. */
	blkvsc_wq = alloc_workqueue("hv_blkvsc", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	if (!blkvsc_wq)
		return -ENOMEM;
	err = vmb_driver_register(&blkvsc_driver);
	if (err)
		destroy_workqueue(blkvsc_wq);
	return err;
}
module_init(blkvsc_init);

static void __exit blkvsc_exit(void)
{
	vmb_driver_unregister(&blkvsc_driver);
	destroy_workqueue(blkvsc_wq);
}
module_exit(blkvsc_exit);
