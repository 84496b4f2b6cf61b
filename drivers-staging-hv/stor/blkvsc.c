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
#include "call.h"

static bool scsi_class;
module_param(scsi_class, bool, 0444);
MODULE_PARM_DESC(scsi_class, "Take the disks of synthetic SCSI controllers too (default no)");

static unsigned int poll_queues;
module_param(poll_queues, uint, 0444);
MODULE_PARM_DESC(poll_queues, "Queues to poll, for io_uring's IOPOLL (default 0)");

static const struct hv_vmbus_device_id blkvsc_ids[] = {
	{ .guid = VSTORW_CLASS_IDE },
	{ .guid = VSTORW_CLASS_SCSI },
	{ }
};
MODULE_DEVICE_TABLE(vmbus, blkvsc_ids);

/* Without scsi_class; a single controller is had with driver_override. */
static const struct hv_vmbus_device_id blkvsc_ide_ids[] = {
	{ .guid = VSTORW_CLASS_IDE },
	{ }
};

static const struct vstor_ops blkvsc_vstor_ops = {
	.done = blkvsc_done,
	.writable = blkvsc_writable,
	.update_lun = blkvsc_update_lun,
	.rescan_lun = blkvsc_rescan_lun,
};

/* Polled queues get channels of their own where there is more than one. */
static void blkvsc_plan_queues(struct blkvsc *ctl)
{
	unsigned int cpus = vmb_subchannel_cpus(ctl->vs->vdev);
	unsigned int poll = min(poll_queues, cpus);
	unsigned int got;

	got = ctl->vs->ide ? vstor_add_queues(ctl->vs, 1, 0) :
			     vstor_add_queues(ctl->vs, cpus, poll);
	ctl->poll_queues = min(poll, got - 1);
	ctl->irq_queues = got - ctl->poll_queues;
	for (unsigned int i = 0; i < got; i++)
		ctl->hctx[i].q = ctl->vs->queue[i];
	for (unsigned int i = ctl->irq_queues; i < got; i++)
		vstor_poll_only(ctl->vs->queue[i]);
	/* A single channel is shared, in slots of its own. */
	if (got == 1 && poll) {
		ctl->poll_queues = 1;
		ctl->hctx[1].q = ctl->vs->queue[0];
		ctl->hctx[1].base = BLKVSC_DEPTH;
	}
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
	set->numa_node = dev_to_node(ctl->vs->vdev->dev);
	set->timeout = VSTOR_IO_TIMEOUT * HZ;
	/* Hyper-V schedules by itself. */
	set->flags = BLK_MQ_F_NO_SCHED_BY_DEFAULT;
	set->driver_data = ctl;
	return blk_mq_alloc_tag_set(set);
}

/* A DVD drive, say: its controller is left to hv_storvsc, disks and all. */
static bool blkvsc_has_others(struct blkvsc *ctl)
{
	ctl->surveying = true;
	vstor_rescan(ctl->vs);
	ctl->surveying = false;
	if (ctl->others)
		dev_info(ctl->vs->vdev->dev,
			 "not only disks: left to hv_storvsc\n");
	return ctl->others;
}

static int blkvsc_find_disks(struct blkvsc *ctl)
{
	int ret;

	if (!ctl->vs->ide) {
		if (blkvsc_has_others(ctl))
			return -ENODEV;
		vstor_rescan(ctl->vs);
		return 0;
	}
	guard(mutex)(&ctl->lock);
	ret = blkvsc_add_disk(ctl, ctl->vs->ide_key);
	if (vstor_may_work_later(ret)) {
		/* It may take minutes to be ready: the probe does not wait. */
		vstor_lun_not_ready(ctl->vs, ctl->vs->ide_key);
		return 0;
	}
	return ret;
}

static struct blkvsc *blkvsc_alloc(void)
{
	struct blkvsc *ctl = kzalloc_obj(*ctl);

	if (!ctl)
		return NULL;
	mutex_init(&ctl->lock);
	INIT_LIST_HEAD(&ctl->disks);
	return ctl;
}

static void blkvsc_free(struct blkvsc *ctl)
{
	mutex_destroy(&ctl->lock);
	kfree(ctl);
}

static int blkvsc_start(struct blkvsc *ctl, struct vmb_device *vdev, bool ide)
{
	u32 slots = BLKVSC_DEPTH * (poll_queues ? 2 : 1);
	struct vstor *vs;
	int ret;

	vs = vstor_start(vdev, &blkvsc_vstor_ops, ctl, slots, ide);
	if (IS_ERR(vs))
		return PTR_ERR(vs);
	ctl->vs = vs;
	blkvsc_plan_queues(ctl);
	ret = blkvsc_alloc_tags(ctl);
	if (ret)
		vstor_stop(vs);
	return ret;
}

static void blkvsc_stop(struct blkvsc *ctl)
{
	/* The transport looks at commands, which are in the tag set. */
	vstor_stop(ctl->vs);
	blk_mq_free_tag_set(&ctl->set);
	blkvsc_free(ctl);
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
	bool ide = guid_equal(&vdev->class_id, &blkvsc_ide_ids[0].guid);
	struct blkvsc *ctl;
	int ret;

	ctl = blkvsc_alloc();
	if (!ctl)
		return -ENOMEM;
	ret = blkvsc_start(ctl, vdev, ide);
	if (ret) {
		blkvsc_free(ctl);
		return ret;
	}
	ret = blkvsc_find_disks(ctl);
	if (ret) {
		blkvsc_remove_disks(ctl);
		blkvsc_stop(ctl);
		return ret;
	}
	/* And what changed meanwhile. */
	vstor_changes_start(ctl->vs);
	return 0;
}

static struct blkvsc *blkvsc_of(struct vmb_device *vdev)
{
	struct vstor *vs = vmb_get_drvdata(vdev);

	return vs->ctx;
}

static void blkvsc_remove(struct vmb_device *vdev)
{
	struct blkvsc *ctl = blkvsc_of(vdev);

	vstor_changes_stop(ctl->vs);
	blkvsc_remove_disks(ctl);
	blkvsc_stop(ctl);
}

/* Flush the host's caches before a power-off. */
static void blkvsc_shutdown(struct vmb_device *vdev)
{
	struct blkvsc *ctl = blkvsc_of(vdev);
	struct blkvsc_disk *d;

	vstor_changes_stop(ctl->vs);
	guard(mutex)(&ctl->lock);
	list_for_each_entry(d, &ctl->disks, node)
		if (d->id.write_cache)
			blkvsc_sync_cache(ctl, d->key);
}

/* What is submitted from now on waits in the queues. */
static int blkvsc_suspend(struct vmb_device *vdev)
{
	struct blkvsc *ctl = blkvsc_of(vdev);
	int ret;

	blk_mq_quiesce_tagset(&ctl->set);
	ret = vstor_suspend(vdev);
	if (ret)
		blk_mq_unquiesce_tagset(&ctl->set);
	return ret;
}

static int blkvsc_resume(struct vmb_device *vdev)
{
	struct blkvsc *ctl = blkvsc_of(vdev);
	int ret = vstor_resume(vdev);

	blk_mq_unquiesce_tagset(&ctl->set);
	return ret;
}

static struct vmb_driver blkvsc_driver = {
	.driver = {
		.name = "hv_blkvsc",
		.probe_type = PROBE_PREFER_ASYNCHRONOUS,
		.dev_groups = vstor_groups,
	},
	.probe = blkvsc_probe,
	.remove = blkvsc_remove,
	.shutdown = blkvsc_shutdown,
	.suspend = blkvsc_suspend,
	.resume = blkvsc_resume,
	.subchannel = vstor_subchannel,
};

static int __init blkvsc_init(void)
{
	blkvsc_driver.id_table = scsi_class ? blkvsc_ids : blkvsc_ide_ids;
	return vmb_driver_register(&blkvsc_driver);
}
module_init(blkvsc_init);

static void __exit blkvsc_exit(void)
{
	vmb_driver_unregister(&blkvsc_driver);
}
module_exit(blkvsc_exit);

MODULE_DESCRIPTION("Microsoft Hyper-V disks without the SCSI midlayer");
MODULE_LICENSE("GPL");
