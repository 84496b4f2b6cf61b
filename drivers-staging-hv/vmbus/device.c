// SPDX-License-Identifier: GPL-2.0
/* Devices and drivers: the driver core's side of the bus. */
#include <linux/device.h>
#include <linux/dma-mapping.h>
#include <linux/export.h>
#include <linux/fault-inject.h>
#include <linux/module.h>
#include <linux/pm.h>
#include <linux/slab.h>
#include <linux/uuid.h>
#include <asm/mshyperv.h>
#include <kunit/visibility.h>

#include "bus.h"
#include "channel.h"
#include "client_bus.h"
#include "device.h"
#include "node.h"
#include "sysfs.h"

static const struct bus_type vmb_bus_type;

/* An id that was added through sysfs new_id. */
struct vmb_dynid {
	struct list_head list;
	struct hv_vmbus_device_id id;
};

/*
 * Classes in the order of their numbers in sysfs "device", which are ABI. The
 * fast ones have their interrupts spread over the CPUs.
 */
static const struct vmb_class {
	guid_t guid;
	bool fast;
} vmb_classes[] = {
	{ VMBW_CLASS_IDE, true },
	{ VMBW_CLASS_SCSI, true },
	{ VMBW_CLASS_FC, true },
	{ VMBW_CLASS_NET, true },
	{ VMBW_CLASS_RDMA, true },
	{ VMBW_CLASS_PCI },
	{ VMBW_CLASS_VIDEO },
	{ VMBW_CLASS_KEYBOARD },
	{ VMBW_CLASS_MOUSE },
	{ VMBW_CLASS_KVP },
	{ VMBW_CLASS_TIMESYNC },
	{ VMBW_CLASS_HEARTBEAT },
	{ VMBW_CLASS_SHUTDOWN },
	{ VMBW_CLASS_FCOPY },
	{ VMBW_CLASS_BACKUP },
	{ VMBW_CLASS_BALLOON },
};

/* Sets the number that sysfs "device" shows: one past the last if unknown. */
static void vmb_node_classify(struct vmb_node *node, const guid_t *class_id)
{
	node->kind = ARRAY_SIZE(vmb_classes);
	for (unsigned int i = 0; i < ARRAY_SIZE(vmb_classes); i++) {
		if (!guid_equal(&vmb_classes[i].guid, class_id))
			continue;
		node->kind = i;
		node->fast = vmb_classes[i].fast;
		return;
	}
}

static void vmb_node_release(struct device *dev)
{
	struct vmb_node *node = to_vmb_node(dev);

	mutex_destroy(&node->sub_lock);
	vmb_client_free(node);
	kfree(node);
}

struct vmb_node *vmb_node_alloc(struct vmb_bus *bus,
				const struct vmb_offer *offer)
{
	/* See vmb_channel_alloc(). */
	struct vmb_node *node = kzalloc_obj(*node, GFP_NOIO);

	if (!node)
		return NULL;
	node->bus = bus;
	vmb_node_classify(node, &offer->class_id);
	INIT_LIST_HEAD(&node->list);
	INIT_LIST_HEAD(&node->subs);
	mutex_init(&node->sub_lock);
	node->vdev.class_id = offer->class_id;
	node->vdev.instance_id = offer->instance_id;
	memcpy(node->vdev.user_data, offer->user_data, VMB_USER_DATA_BYTES);

	node->vdev.dev = &node->dev;
	device_initialize(&node->dev);
	node->dev.bus = &vmb_bus_type;
	node->dev.parent = bus->dev;
	node->dev.release = vmb_node_release;
	node->dev.dma_parms = &node->dma_parms;
	node->dev.dma_mask = &node->dma_mask;
	node->dma_mask = DMA_BIT_MASK(64);
	node->dev.coherent_dma_mask = DMA_BIT_MASK(64);
	return node;
}

int vmb_node_add(struct vmb_node *node)
{
	struct device *dev = &node->dev;
	struct vmb_channel *ch = node->vdev.channel;
	int ret;

	if (should_fail(&node->bus->fail_offer, 1))
		return -ENOMEM;
	ret = dev_set_name(dev, "%pUl", &node->vdev.instance_id);
	if (ret)
		return ret;
	set_dev_node(dev, cpu_to_node(ch->cpu));
	hv_setup_dma_ops(dev, node->bus->coherent);
	ret = device_add(dev);
	if (ret)
		return ret;
	node->added = true;
	node->channels_dir = kobject_create_and_add("channels", &dev->kobj);
	vmb_channel_sysfs_add(ch);
	return 0;
}

void vmb_node_remove(struct vmb_node *node)
{
	struct vmb_channel *ch;

	device_release_driver(&node->dev);
	/* Directories are removed from the leaves up. */
	guard(mutex)(&node->sub_lock);
	list_for_each_entry(ch, &node->subs, list)
		vmb_channel_sysfs_remove(ch);
	vmb_channel_sysfs_remove(node->vdev.channel);
	kobject_put(node->channels_dir);
	node->channels_dir = NULL;
	device_del(&node->dev);
	node->added = false;
}

/* Finds the id with which @drv binds to @vdev, if there is one. */
static bool vmb_match_id(struct vmb_driver *drv, const struct vmb_device *vdev,
			 struct hv_vmbus_device_id *found)
{
	const struct hv_vmbus_device_id *id;
	struct vmb_dynid *dyn;

	scoped_guard(spinlock, &drv->dynids_lock) {
		list_for_each_entry(dyn, &drv->dynids, list) {
			if (guid_equal(&dyn->id.guid, &vdev->class_id)) {
				*found = dyn->id;
				return true;
			}
		}
	}
	for (id = drv->id_table; id && !guid_is_null(&id->guid); id++) {
		if (guid_equal(&id->guid, &vdev->class_id)) {
			*found = *id;
			return true;
		}
	}
	return false;
}

static int vmb_match(struct device *dev, const struct device_driver *drv)
{
	struct vmb_node *node = to_vmb_node(dev);
	struct hv_vmbus_device_id id;
	int ret;

	if (READ_ONCE(node->gone))
		return 0;
	ret = device_match_driver_override(dev, drv);
	if (ret >= 0)
		return ret;
	if (node->vdev.channel->offer.flags & VMBW_OFFER_PIPE)
		return vmb_client_takes_pipes(drv);
	return vmb_match_id((struct vmb_driver *)to_vmb_driver(drv), &node->vdev, &id);
}

static int vmb_uevent(const struct device *dev, struct kobj_uevent_env *env)
{
	const struct vmb_node *node = to_vmb_node(dev);

	return add_uevent_var(env, "MODALIAS=vmbus:%*phN", UUID_SIZE,
			      &node->vdev.class_id);
}

/* When it returns, no sub-channel callback runs or will start. */
static void vmb_subs_end(struct vmb_node *node)
{
	struct vmb_channel *ch;

	guard(mutex)(&node->sub_lock);
	node->subs_allowed = false;
	/* The host rescinds them when the primary channel closes. */
	guard(mutex)(&node->bus->lock);
	list_for_each_entry(ch, &node->subs, list)
		ch->presented = true;
}

/* The driver is gone: nothing of it may be called. */
static void vmb_unbind(struct vmb_node *node)
{
	vmb_subs_end(node);
	if (READ_ONCE(node->vdev.channel->state) != VMB_CHANNEL_CLOSED)
		dev_err(&node->dev, "driver did not close its channel\n");
	vmb_close(node->vdev.channel);
	vmb_set_drvdata(&node->vdev, NULL);
}

static int vmb_probe(struct device *dev)
{
	struct vmb_driver *drv = (struct vmb_driver *)to_vmb_driver(dev->driver);
	struct vmb_node *node = to_vmb_node(dev);
	struct hv_vmbus_device_id id = {};
	int ret;

	if (READ_ONCE(node->gone))
		return -ENODEV;
	/* With driver_override there may be none. */
	vmb_match_id(drv, &node->vdev, &id);
	dev_set_drvdata(dev, &node->vdev);
	ret = drv->probe(&node->vdev, &id);
	if (ret) {
		vmb_unbind(node);
		return ret;
	}
	vmb_allow_subchannels(&node->vdev);
	return 0;
}

static void vmb_remove(struct device *dev)
{
	struct vmb_driver *drv = (struct vmb_driver *)to_vmb_driver(dev->driver);
	struct vmb_node *node = to_vmb_node(dev);

	vmb_subs_end(node);
	flush_work(&node->vdev.channel->notify_work);
	if (drv->remove)
		drv->remove(&node->vdev);
	vmb_unbind(node);
}

static void vmb_shutdown(struct device *dev)
{
	struct vmb_driver *drv;

	if (!dev->driver)
		return;
	drv = (struct vmb_driver *)to_vmb_driver(dev->driver);
	if (drv->shutdown)
		drv->shutdown(&to_vmb_node(dev)->vdev);
}

int vmb_device_suspend(struct device *dev)
{
	struct vmb_node *node = to_vmb_node(dev);
	const struct vmb_driver *drv;
	int ret;

	if (!dev->driver)
		return 0;
	drv = to_vmb_driver(dev->driver);
	if (!drv->suspend || !drv->resume) {
		dev_err(dev, "no hibernation: the driver does not support it\n");
		return -EOPNOTSUPP;
	}
	vmb_subs_end(node);
	ret = drv->suspend(&node->vdev);
	if (ret) {
		dev_err(dev, "no hibernation: the driver refuses: %d\n", ret);
		vmb_allow_subchannels(&node->vdev);
		return ret;
	}
	vmb_close(node->vdev.channel);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(vmb_device_suspend);

int vmb_device_resume(struct device *dev)
{
	struct vmb_node *node = to_vmb_node(dev);
	const struct vmb_driver *drv;

	/* Not if it is gone. */
	if (node->vdev.channel->relid)
		vmb_channel_sysfs_add(node->vdev.channel);
	if (!dev->driver)
		return 0;
	drv = to_vmb_driver(dev->driver);
	vmb_allow_subchannels(&node->vdev);
	return drv->resume(&node->vdev);
}
EXPORT_SYMBOL_IF_KUNIT(vmb_device_resume);

/* Not for suspend-to-idle, which the host does not notice. */
static const struct dev_pm_ops vmb_dev_pm_ops = {
	.freeze = vmb_device_suspend,
	.thaw = vmb_device_resume,
	.poweroff = vmb_device_suspend,
	.restore = vmb_device_resume,
};

void vmb_allow_subchannels(struct vmb_device *vdev)
{
	struct vmb_node *node = to_vmb_node(vdev->dev);

	scoped_guard(mutex, &node->sub_lock)
		node->subs_allowed = true;
	queue_work(node->bus->sub_wq, &node->sub_work);
}
EXPORT_SYMBOL_GPL(vmb_allow_subchannels);

static ssize_t new_id_store(struct device_driver *driver, const char *buf,
			    size_t count)
{
	struct vmb_driver *drv = (struct vmb_driver *)to_vmb_driver(driver);
	struct vmb_dynid *dyn;
	int ret;

	dyn = kzalloc_obj(*dyn);
	if (!dyn)
		return -ENOMEM;
	ret = guid_parse(buf, &dyn->id.guid);
	if (ret || guid_is_null(&dyn->id.guid)) {
		kfree(dyn);
		return -EINVAL;
	}
	scoped_guard(spinlock, &drv->dynids_lock)
		list_add_tail(&dyn->list, &drv->dynids);
	ret = driver_attach(driver);
	return ret ?: count;
}
static DRIVER_ATTR_WO(new_id);

static ssize_t remove_id_store(struct device_driver *driver, const char *buf,
			       size_t count)
{
	struct vmb_driver *drv = (struct vmb_driver *)to_vmb_driver(driver);
	struct vmb_dynid *dyn, *next;
	ssize_t ret = -ENODEV;
	guid_t guid;

	if (guid_parse(buf, &guid))
		return -EINVAL;
	guard(spinlock)(&drv->dynids_lock);
	list_for_each_entry_safe(dyn, next, &drv->dynids, list) {
		if (!guid_equal(&dyn->id.guid, &guid))
			continue;
		list_del(&dyn->list);
		kfree(dyn);
		ret = count;
	}
	return ret;
}
static DRIVER_ATTR_WO(remove_id);

static struct attribute *vmb_drv_attrs[] = {
	&driver_attr_new_id.attr,
	&driver_attr_remove_id.attr,
	NULL
};
ATTRIBUTE_GROUPS(vmb_drv);

static const struct bus_type vmb_bus_type = {
	.name = "vmbus",
	.bus_groups = vmb_bus_groups,
	.dev_groups = vmb_dev_groups,
	.drv_groups = vmb_drv_groups,
	.match = vmb_match,
	.uevent = vmb_uevent,
	.probe = vmb_probe,
	.remove = vmb_remove,
	.shutdown = vmb_shutdown,
	.pm = pm_sleep_ptr(&vmb_dev_pm_ops),
	.driver_override = true,
};

int __vmb_driver_register(struct vmb_driver *drv, struct module *owner,
			  const char *mod_name)
{
	spin_lock_init(&drv->dynids_lock);
	INIT_LIST_HEAD(&drv->dynids);
	drv->driver.bus = &vmb_bus_type;
	drv->driver.owner = owner;
	drv->driver.mod_name = mod_name;
	return driver_register(&drv->driver);
}
EXPORT_SYMBOL_GPL(__vmb_driver_register);

void vmb_driver_unregister(struct vmb_driver *drv)
{
	struct vmb_dynid *dyn, *next;

	driver_unregister(&drv->driver);
	list_for_each_entry_safe(dyn, next, &drv->dynids, list)
		kfree(dyn);
	INIT_LIST_HEAD(&drv->dynids);
}
EXPORT_SYMBOL_GPL(vmb_driver_unregister);

int vmb_device_global_init(void)
{
	return bus_register(&vmb_bus_type);
}

void vmb_device_global_exit(void)
{
	bus_unregister(&vmb_bus_type);
}
