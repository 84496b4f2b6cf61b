// SPDX-License-Identifier: GPL-2.0
/* sysfs: Documentation/ABI/stable/sysfs-bus-vmbus. */
#include <linux/device.h>
#include <linux/minmax.h>
#include <linux/pci_ids.h>
#include <linux/sched/isolation.h>
#include <linux/sysfs.h>
#include <asm/mshyperv.h>

#include "bus.h"
#include "channel.h"
#include "node.h"
#include "sysfs.h"

static ssize_t hibernation_show(const struct bus_type *bus, char *buf)
{
	return sysfs_emit(buf, "%d\n", IS_ENABLED(CONFIG_HIBERNATION) &&
			  hv_is_hibernation_supported());
}
static BUS_ATTR_RO(hibernation);

static struct attribute *vmb_bus_attrs[] = {
	&bus_attr_hibernation.attr,
	NULL
};

static const struct attribute_group vmb_bus_group = { .attrs = vmb_bus_attrs };

const struct attribute_group *const vmb_bus_groups[] = { &vmb_bus_group, NULL };

#define VMB_DEV_RO(_name, _fmt, ...)						\
static ssize_t _name##_show(struct device *dev, struct device_attribute *attr,	\
			    char *buf)						\
{										\
	const struct vmb_node *node = to_vmb_node(dev);				\
										\
	return sysfs_emit(buf, _fmt "\n", __VA_ARGS__);				\
}										\
static DEVICE_ATTR_RO(_name)

VMB_DEV_RO(id, "%u", node->vdev.channel->relid);
VMB_DEV_RO(class_id, "{%pUl}", &node->vdev.class_id);
VMB_DEV_RO(device_id, "{%pUl}", &node->vdev.instance_id);
VMB_DEV_RO(modalias, "vmbus:%*phN", UUID_SIZE, &node->vdev.class_id);
VMB_DEV_RO(device, "0x%x", node->kind);
VMB_DEV_RO(monitor_id, "%d", node->vdev.channel->offer.monitor);
#ifdef CONFIG_NUMA
VMB_DEV_RO(numa_node, "%d", cpu_to_node(READ_ONCE(node->vdev.channel->cpu)));
#endif

/* As they are numbered in the ABI. */
static const u8 vmb_abi_states[] = {
	[VMB_CHANNEL_CLOSED] = 2,
	[VMB_CHANNEL_OPENING] = 1,
	[VMB_CHANNEL_OPEN] = 3,
};

VMB_DEV_RO(state, "%u", vmb_abi_states[READ_ONCE(node->vdev.channel->state)]);

static ssize_t vendor_show(struct device *dev, struct device_attribute *attr,
			   char *buf)
{
	return sysfs_emit(buf, "0x%x\n", PCI_VENDOR_ID_MICROSOFT);
}
static DEVICE_ATTR_RO(vendor);

static ssize_t channel_vp_mapping_show(struct device *dev,
				       struct device_attribute *attr, char *buf)
{
	struct vmb_node *node = to_vmb_node(dev);
	struct vmb_channel *ch = node->vdev.channel;
	int n;

	guard(mutex)(&node->bus->lock);
	n = sysfs_emit(buf, "%u:%u\n", ch->relid, ch->cpu);
	list_for_each_entry(ch, &node->subs, list)
		n += sysfs_emit_at(buf, n, "%u:%u\n", ch->relid, ch->cpu);
	return n;
}
static DEVICE_ATTR_RO(channel_vp_mapping);

static struct attribute *vmb_dev_attrs[] = {
	&dev_attr_id.attr,
	&dev_attr_state.attr,
	&dev_attr_class_id.attr,
	&dev_attr_device_id.attr,
	&dev_attr_modalias.attr,
	&dev_attr_vendor.attr,
	&dev_attr_device.attr,
	&dev_attr_monitor_id.attr,
	&dev_attr_channel_vp_mapping.attr,
#ifdef CONFIG_NUMA
	&dev_attr_numa_node.attr,
#endif
	NULL
};

static umode_t vmb_dev_visible(struct kobject *kobj, struct attribute *attr,
			       int index)
{
	struct vmb_node *node = to_vmb_node(kobj_to_dev(kobj));

	if (attr == &dev_attr_monitor_id.attr &&
	    node->vdev.channel->offer.monitor < 0)
		return 0;
	return attr->mode;
}

static const struct attribute_group vmb_dev_group = {
	.attrs = vmb_dev_attrs,
	.is_visible = vmb_dev_visible,
};

const struct attribute_group *const vmb_dev_groups[] = { &vmb_dev_group, NULL };

/**
 * struct vmb_channel_attr - a file in channels/<relid>
 * @attr: name, mode, and what sysfs calls
 * @show: formats the value
 * @open_only: shows ring state, so under vmb_channel.lock: -EINVAL while the
 *	channel is closed. The others do not wait for the host with an open
 */
struct vmb_channel_attr {
	struct kobj_attribute attr;
	ssize_t (*show)(struct vmb_channel *ch, char *buf);
	bool open_only;
};

static ssize_t vmb_channel_attr_show(struct kobject *kobj,
				     const struct kobj_attribute *attr, char *buf)
{
	const struct vmb_channel_attr *a =
		container_of(attr, struct vmb_channel_attr, attr);
	struct vmb_channel *ch = container_of(kobj, struct vmb_channel, kobj);

	if (!a->open_only)
		return a->show(ch, buf);
	guard(mutex)(&ch->lock);
	return ch->state == VMB_CHANNEL_OPEN ? a->show(ch, buf) : -EINVAL;
}

#define VMB_CHANNEL_ATTR(_name, _mode, _store, _open, _fmt, _value)		\
static ssize_t vmb_##_name##_show(struct vmb_channel *ch, char *buf)		\
{										\
	return sysfs_emit(buf, _fmt "\n", _value);				\
}										\
static const struct vmb_channel_attr vmb_attr_##_name = {			\
	.attr = {								\
		.attr = { .name = #_name, .mode = _mode },			\
		.show_const = vmb_channel_attr_show,				\
		.store_const = _store,						\
	},									\
	.show = vmb_##_name##_show,						\
	.open_only = _open,							\
}

#define VMB_CHANNEL_RO(_name, _fmt, _value) \
	VMB_CHANNEL_ATTR(_name, 0444, NULL, false, _fmt, _value)
#define VMB_CHANNEL_RING(_name, _value) \
	VMB_CHANNEL_ATTR(_name, 0444, NULL, true, "%u", _value)

static ssize_t vmb_cpu_store(struct kobject *kobj,
			     const struct kobj_attribute *attr,
			     const char *buf, size_t count)
{
	unsigned int cpu;
	int ret;

	ret = kstrtouint(buf, 0, &cpu);
	if (ret)
		return ret;
	if (cpu >= nr_cpu_ids || !housekeeping_test_cpu(cpu, HK_TYPE_MANAGED_IRQ))
		return -EINVAL;
	ret = vmb_channel_set_cpu(container_of(kobj, struct vmb_channel, kobj),
				  cpu);
	return ret ?: count;
}

/* Fill level by the shared header: the host writes it, so it is only shown. */
static u32 vmb_ring_filled(const struct vmbw_ring *hdr, u32 size)
{
	return min(vmb_ring_distance(vmb_ring_word(&hdr->read_index),
				     vmb_ring_word(&hdr->write_index), size), size);
}

static const struct vmbw_monitor_group *vmb_group(const struct vmb_channel *ch)
{
	return &ch->bus->monitor[1]->group[ch->offer.monitor / 32];
}

static u16 vmb_latency(const struct vmb_channel *ch)
{
	unsigned int m = ch->offer.monitor;

	return le16_to_cpu(READ_ONCE(ch->bus->monitor[1]->latency[m / 32][m % 32]));
}

VMB_CHANNEL_ATTR(cpu, 0644, vmb_cpu_store, false, "%u", READ_ONCE(ch->cpu));
VMB_CHANNEL_RING(out_mask, vmb_ring_word(&ch->tx.hdr->interrupt_mask));
VMB_CHANNEL_RING(in_mask, vmb_ring_word(&ch->rx.hdr->interrupt_mask));
VMB_CHANNEL_RING(read_avail, vmb_ring_filled(ch->rx.hdr, ch->rx.size));
VMB_CHANNEL_RING(write_avail, ch->tx.size - vmb_ring_filled(ch->tx.hdr, ch->tx.size));
VMB_CHANNEL_RO(interrupts, "%llu", ch->stats.interrupts);
VMB_CHANNEL_RO(events, "%llu", ch->stats.signals_data + ch->stats.signals_room);
VMB_CHANNEL_RO(intr_in_full, "%llu", ch->stats.signals_room);
VMB_CHANNEL_RO(intr_out_empty, "%llu", ch->stats.signals_data);
VMB_CHANNEL_RO(out_full_first, "%llu", ch->stats.full_first);
VMB_CHANNEL_RO(out_full_total, "%llu", ch->stats.full_total);
VMB_CHANNEL_RO(subchannel_id, "%u", ch->offer.index);
VMB_CHANNEL_RO(broken, "%s", READ_ONCE(ch->reason) ?:
	       READ_ONCE(ch->rescinded) ? "rescinded" : "no");
VMB_CHANNEL_RO(monitor_id, "%d", ch->offer.monitor);
VMB_CHANNEL_RO(latency, "%u", vmb_latency(ch));
VMB_CHANNEL_RO(pending, "%u", vmb_ring_word(&vmb_group(ch)->pending) >>
	       (ch->offer.monitor % 32) & 1);

static const struct attribute *const vmb_channel_attrs[] = {
	&vmb_attr_cpu.attr.attr,
	&vmb_attr_out_mask.attr.attr,
	&vmb_attr_in_mask.attr.attr,
	&vmb_attr_read_avail.attr.attr,
	&vmb_attr_write_avail.attr.attr,
	&vmb_attr_interrupts.attr.attr,
	&vmb_attr_events.attr.attr,
	&vmb_attr_intr_in_full.attr.attr,
	&vmb_attr_intr_out_empty.attr.attr,
	&vmb_attr_out_full_first.attr.attr,
	&vmb_attr_out_full_total.attr.attr,
	&vmb_attr_subchannel_id.attr.attr,
	&vmb_attr_broken.attr.attr,
	&vmb_attr_monitor_id.attr.attr,
	&vmb_attr_latency.attr.attr,
	&vmb_attr_pending.attr.attr,
	NULL
};

static umode_t vmb_channel_visible(struct kobject *kobj,
				   const struct attribute *attr, int index)
{
	struct vmb_channel *ch = container_of(kobj, struct vmb_channel, kobj);

	if (ch->offer.monitor < 0 &&
	    (attr == &vmb_attr_monitor_id.attr.attr ||
	     attr == &vmb_attr_latency.attr.attr || attr == &vmb_attr_pending.attr.attr))
		return 0;
	return attr->mode;
}

static const struct attribute_group vmb_channel_group = {
	.attrs_const = vmb_channel_attrs,
	.is_visible_const = vmb_channel_visible,
};

void vmb_channel_sysfs_add(struct vmb_channel *ch)
{
	if (ch->kobj_added || !ch->node->channels_dir)
		return;
	if (kobject_add(&ch->kobj, ch->node->channels_dir, "%u", ch->relid))
		return;
	ch->kobj_added = true;
	if (sysfs_create_group(&ch->kobj, &vmb_channel_group))
		vmb_channel_sysfs_remove(ch);
}

void vmb_channel_sysfs_remove(struct vmb_channel *ch)
{
	if (ch->kobj_added)
		kobject_del(&ch->kobj);
	ch->kobj_added = false;
}
