// SPDX-License-Identifier: GPL-2.0
/* Devices and drivers: the driver core's side of the bus. */
#include <linux/device.h>
#include <linux/dma-mapping.h>
#include <linux/export.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <asm/mshyperv.h>

#include "bus.h"

static const struct bus_type vmb_bus_type;

/* An id that was added by hand. */
struct vmb_dynid {
	struct list_head list;
	struct hv_vmbus_device_id id;
};

/*
 * Classes in the order of their numbers in sysfs "device", which user space
 * knows. The fast ones have their interrupts spread over the CPUs.
 */
static const struct {
	const char *guid;
	bool fast;
} vmb_classes[] = {
	{ "32412632-86cb-44a2-9b5c-50d1417354f5", true }, /* IDE disk */
	{ "ba6163d9-04a1-4d29-b605-72e2ffb1dc7f", true }, /* SCSI */
	{ "2f9bcc4a-0069-4af3-b76b-6fd0be528cda", true }, /* Fibre Channel */
	{ "f8615163-df3e-46c5-913f-f2d2f965ed0e", true }, /* network */
	{ "8c2eaf3d-32a7-4b09-ab99-bd1f1c86b501", true }, /* RDMA */
	{ "44c4f61d-4444-4400-9d52-802e27ede19f", false }, /* PCI pass-through */
	{ "da0a7802-e377-4aac-8e77-0558eb1073f8", false }, /* frame buffer */
	{ "f912ad6d-2b17-48ea-bd65-f927a61c7684", false }, /* keyboard */
	{ "cfa8b69e-5b4a-4cc0-b98b-8ba1a1f3f95a", false }, /* mouse */
	{ "a9a0f4e7-5a45-4d96-b827-8a841e8c03e6", false }, /* key-value pairs */
	{ "9527e630-d0ae-497b-adce-e80ab0175caf", false }, /* time synchronization */
	{ "57164f39-9115-4e78-ab55-382f3bd5422d", false }, /* heartbeat */
	{ "0e0b6031-5213-4934-818b-38d90ced39db", false }, /* shutdown */
	{ "34d14be3-dee4-41c8-9ae7-6b174977c192", false }, /* file copy */
	{ "35fa2e29-ea23-4236-96ae-3a6ebacba440", false }, /* backup */
	{ "525074dc-8985-46e2-8057-a307dc18a502", false }, /* dynamic memory */
};

/**
 * vmb_class_kind() - the number that sysfs "device" shows
 * @class_id: class GUID
 * @fast: set to whether interrupts shall be spread
 *
 * Return: the number; one past the known ones for an unknown class.
 */
u16 vmb_class_kind(const guid_t *class_id, bool *fast)
{
	guid_t guid;
	u16 i;

	*fast = false;
	for (i = 0; i < ARRAY_SIZE(vmb_classes); i++) {
		if (guid_parse(vmb_classes[i].guid, &guid) || !guid_equal(&guid, class_id))
			continue;
		*fast = vmb_classes[i].fast;
		break;
	}
	return i;
}

static void vmb_node_release(struct device *dev)
{
	struct vmb_node *node = to_vmb_node(dev);

	mutex_destroy(&node->sub_lock);
	kfree(node);
}

/**
 * vmb_node_alloc() - a device that the driver core does not know yet
 * @bus: bus
 * @offer: offer of its primary channel
 *
 * Return: the device with one reference, or NULL.
 */
struct vmb_node *vmb_node_alloc(struct vmb_bus *bus,
				const struct vmb_offer *offer)
{
	struct vmb_node *node = kzalloc_obj(*node);
	bool fast;

	if (!node)
		return NULL;
	node->bus = bus;
	node->kind = vmb_class_kind(&offer->class_id, &fast);
	node->fast = fast;
	INIT_LIST_HEAD(&node->list);
	INIT_LIST_HEAD(&node->subs);
	INIT_WORK(&node->add_work, vmb_add_work);
	INIT_WORK(&node->drop_work, vmb_drop_work);
	INIT_WORK(&node->sub_work, vmb_sub_work);
	mutex_init(&node->sub_lock);
	node->vdev.class_id = offer->class_id;
	node->vdev.instance_id = offer->instance_id;
	memcpy(node->vdev.user_data, offer->user_data, VMB_USER_DATA_BYTES);

	device_initialize(&node->vdev.dev);
	node->vdev.dev.bus = &vmb_bus_type;
	node->vdev.dev.parent = bus->dev;
	node->vdev.dev.release = vmb_node_release;
	node->vdev.dev.dma_parms = &node->dma_parms;
	node->vdev.dev.dma_mask = &node->dma_mask;
	node->dma_mask = DMA_BIT_MASK(64);
	node->vdev.dev.coherent_dma_mask = DMA_BIT_MASK(64);
	return node;
}

/**
 * vmb_node_add() - make a device known to the driver core
 * @node: device
 *
 * Device work. Drivers may be probed before it returns.
 *
 * Return: 0 or -errno.
 */
int vmb_node_add(struct vmb_node *node)
{
	struct device *dev = &node->vdev.dev;
	struct vmb_channel *ch = node->vdev.channel;
	int ret;

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
	if (node->channels_dir &&
	    !kobject_add(&ch->kobj, node->channels_dir, "%u", ch->relid))
		ch->kobj_added = true;
	return 0;
}

/**
 * vmb_node_remove() - take a device out of the driver core
 * @node: device with vmb_node.gone set: no driver binds any more
 */
void vmb_node_remove(struct vmb_node *node)
{
	struct vmb_channel *ch;

	device_release_driver(&node->vdev.dev);
	/* Directories go from the leaves up. */
	guard(mutex)(&node->sub_lock);
	list_for_each_entry(ch, &node->subs, list) {
		if (ch->kobj_added)
			kobject_del(&ch->kobj);
		ch->kobj_added = false;
	}
	ch = node->vdev.channel;
	if (ch->kobj_added)
		kobject_del(&ch->kobj);
	ch->kobj_added = false;
	kobject_put(node->channels_dir);
	node->channels_dir = NULL;
	device_del(&node->vdev.dev);
	node->added = false;
}

/* Fills @found with the id that makes @drv take @vdev, if there is one. */
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
	return vmb_match_id((struct vmb_driver *)to_vmb_driver(drv), &node->vdev, &id);
}

static int vmb_uevent(const struct device *dev, struct kobj_uevent_env *env)
{
	const struct vmb_device *vdev = to_vmb_device(dev);

	return add_uevent_var(env, "MODALIAS=vmbus:%*phN", UUID_SIZE,
			      &vdev->class_id);
}

/* After it, no sub-channel callback runs or starts. */
static void vmb_subs_end(struct vmb_node *node)
{
	struct vmb_channel *ch;

	guard(mutex)(&node->sub_lock);
	node->subs_allowed = false;
	/* The host takes them back when the primary channel closes. */
	guard(mutex)(&node->bus->lock);
	list_for_each_entry(ch, &node->subs, list)
		ch->presented = true;
}

/* The driver has left: nothing of it may be called. */
static void vmb_unbind(struct vmb_node *node)
{
	vmb_subs_end(node);
	if (READ_ONCE(node->vdev.channel->state) != VMB_CHANNEL_CLOSED)
		dev_err(&node->vdev.dev, "driver left its channel open\n");
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
	flush_work(&node->vdev.channel->note_work);
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
		drv->shutdown(to_vmb_device(dev));
}

/**
 * vmb_allow_subchannels() - the driver can take sub-channels from now on
 * @vdev: device
 *
 * The bus calls it after a successful probe; a driver may do so earlier, in
 * probe, once its data is set.
 */
void vmb_allow_subchannels(struct vmb_device *vdev)
{
	struct vmb_node *node = to_vmb_node(&vdev->dev);

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
	.driver_override = true,
};

/**
 * __vmb_driver_register() - see vmb_driver_register()
 * @drv: driver
 * @owner: its module
 * @mod_name: the module's name
 *
 * Return: 0 or -errno.
 */
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

/**
 * vmb_driver_unregister() - unbind a driver from all devices and forget it
 * @drv: driver
 */
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
