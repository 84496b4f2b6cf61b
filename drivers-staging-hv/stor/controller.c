// SPDX-License-Identifier: GPL-2.0
/*
 * A storage controller from probe to remove, and the module.
 */
#include <linux/err.h>
#include <linux/export.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/wait.h>

#include "call.h"
#include "channels.h"
#include "debugfs.h"
#include "vstor.h"

static struct vstor *vstor_alloc(struct vmb_device *vdev,
				 const struct vstor_ops *ops, void *ctx,
				 u32 io_slots)
{
	struct vstor *vs = kzalloc_obj(*vs);

	if (!vs)
		return NULL;
	vs->vdev = vdev;
	vs->ops = ops;
	vs->ctx = ctx;
	vs->io_slots = io_slots;
	mutex_init(&vs->lock);
	init_waitqueue_head(&vs->wait);
	INIT_LIST_HEAD(&vs->orphans);
	vstor_changes_init(vs);
	vstor_recovery_init(vs);
	return vs;
}

static void vstor_free(struct vstor *vs)
{
	for (int i = 0; i < VSTOR_MAX_QUEUES && vs->queue[i]; i++)
		vstor_queue_free(vs->queue[i]);
	mutex_destroy(&vs->lock);
	kfree(vs);
}

/* The disk is the only one of its controller: the path is always 0. */
static int vstor_set_ide(struct vstor *vs)
{
	struct vmb_device *vdev = vs->vdev;
	u8 path, target;
	int ret;

	ret = vstor_ide_address(&vdev->instance_id, vdev->user_data, &path,
				&target);
	if (ret) {
		dev_err(vdev->dev, "not an IDE disk's instance\n");
		return ret;
	}
	vs->ide = true;
	vs->ide_path = path;
	vs->ide_key = VSTOR_KEY(0, target, 0);
	return 0;
}

/**
 * vstor_start() - open a controller and negotiate
 * @vdev: its device; the controller becomes its driver data
 * @ops: front end
 * @ctx: front end's own
 * @io_slots: how many commands the front end has on a queue at most
 * @ide: the device is of the IDE class
 *
 * Context: process; sleeps, but not for ever.
 * Return: the controller with one queue, or ERR_PTR().
 */
struct vstor *vstor_start(struct vmb_device *vdev, const struct vstor_ops *ops,
			  void *ctx, u32 io_slots, bool ide)
{
	struct vstor *vs = vstor_alloc(vdev, ops, ctx, io_slots);
	int ret = 0;

	if (!vs)
		return ERR_PTR(-ENOMEM);
	if (ide)
		ret = vstor_set_ide(vs);
	if (!ret)
		ret = vstor_open_first(vs);
	if (ret) {
		vstor_free(vs);
		return ERR_PTR(ret);
	}
	ret = vstor_initialize(vs);
	if (ret) {
		vstor_stop(vs);
		return ERR_PTR(ret);
	}
	vstor_publish(vs);
	vmb_set_drvdata(vdev, vs);
	vstor_debugfs_add(vs);
	return vs;
}
EXPORT_SYMBOL_FOR_MODULES(vstor_start, "hv_storvsc,hv_blkvsc");

/**
 * vstor_stop() - close a controller
 * @vs: controller without commands of the front end; freed
 *
 * Context: process; sleeps, but not for ever.
 */
void vstor_stop(struct vstor *vs)
{
	vstor_debugfs_remove(vs);
	vstor_changes_stop(vs);
	vstor_recovery_stop(vs);
	vstor_end_all(vs, -ENODEV);
	vstor_free(vs);
}
EXPORT_SYMBOL_FOR_MODULES(vstor_stop, "hv_storvsc,hv_blkvsc");

static int __init vstor_init(void)
{
	int ret = vstor_recovery_module_init();

	if (!ret)
		vstor_debugfs_module_init();
	return ret;
}
module_init(vstor_init);

static void __exit vstor_exit(void)
{
	vstor_debugfs_module_exit();
	vstor_recovery_module_exit();
}
module_exit(vstor_exit);

MODULE_DESCRIPTION("Microsoft Hyper-V storage transport");
MODULE_LICENSE("GPL");
