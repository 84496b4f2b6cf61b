// SPDX-License-Identifier: GPL-2.0
/*
 * hv_vmb: drivers of this directory on the bus of drivers/hv.
 *
 * Devices, channels and memory shared with the host are drivers/hv's, and with
 * them the trust in the host that it has. Packets are not: from the end of
 * vmbus_open() to the begin of vmbus_close() the rings are read and written by
 * packet.c only, which checks what the host writes.
 */
#include <linux/cleanup.h>
#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/export.h>
#include <linux/kobject.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/sched/isolation.h>
#include <linux/slab.h>
#include <asm/mshyperv.h>

#include "adapter.h"
#include "packet.h"

struct workqueue_struct *vmb_notify_wq, *vmb_rx_wq;

/**
 * struct vmb_client - a driver, as drivers/hv sees it
 * @hv: what is registered there
 * @drv: the driver
 */
struct vmb_client {
	struct hv_driver hv;
	struct vmb_driver *drv;
};

/**
 * struct vmb_binding - a device while a driver is bound
 * @kref: offers of sub-channels hold one each
 * @drv: the driver
 * @vdev: what the driver sees
 * @ch: its primary channel
 * @lock: opening and closing; before vmb_channel.lock
 * @channels: vmb_channel.node: @ch, and then sub-channels; under @lock
 * @sub_lock: while vmb_driver.subchannel runs; before @lock
 * @allowed: it may be called; under @sub_lock
 */
struct vmb_binding {
	struct kref kref;
	struct vmb_driver *drv;
	struct vmb_device vdev;
	struct vmb_channel ch;
	struct mutex lock; /* see the kernel-doc */
	struct list_head channels;
	struct mutex sub_lock; /* see the kernel-doc */
	bool allowed;
};

/* From the device to its binding, for offers of sub-channels. */
static DEFINE_SPINLOCK(vmb_bindings_lock);

static struct vmb_driver *vmb_driver_of(struct hv_device *hdev)
{
	const struct vmb_client *client =
		container_of(hdev->device.driver, struct vmb_client, hv.driver);

	return client->drv;
}

static struct vmb_binding *vmb_binding_of(struct hv_device *hdev)
{
	struct vmb_device *vdev = hv_get_drvdata(hdev);

	return container_of(vdev, struct vmb_binding, vdev);
}

/*
 * drivers/hv leaves on a channel what its last driver set, and would call it.
 * So this takes it away, for the driver here and for the next one.
 */
static void vmb_channel_reset(struct vmbus_channel *real)
{
	real->change_target_cpu_callback = NULL;
	real->chn_rescind_callback = NULL;
	real->next_request_id_callback = NULL;
	real->request_addr_callback = NULL;
	real->rqstor_size = 0;
	real->max_pkt_size = 0;
	set_channel_read_mode(real, HV_CALL_BATCHED);
}

/* Under vmb_binding.lock, or before anybody knows of the binding. */
static void vmb_channel_init(struct vmb_channel *ch, struct vmb_binding *b,
			     struct vmbus_channel *real)
{
	ch->binding = b;
	list_add_tail(&ch->node, &b->channels);
	ch->real = real;
	ch->relid = real->offermsg.child_relid;
	spin_lock_init(&ch->tx_lock);
	mutex_init(&ch->lock);
	INIT_WORK(&ch->rx_work, vmb_rx_work);
	INIT_WORK(&ch->notify_work, vmb_notify_work);
}

/* In the bus's interrupt, or in its thread under PREEMPT_RT. */
static void vmb_channel_callback(void *context)
{
	unsigned long flags;

	local_irq_save(flags);
	vmb_channel_interrupt(context);
	local_irq_restore(flags);
}

/* Looks for what the host sent while nobody listened, or does not signal now. */
static void vmb_channel_catch_up(struct vmb_channel *ch)
{
	guard(rcu)();
	guard(irqsave)();
	vmb_channel_look(ch);
}

/*
 * drivers/hv calls nobody about a rescinded channel; what the host has completed
 * on it is good.
 */
static void vmb_channel_drain(struct vmb_channel *ch)
{
	vmb_channel_catch_up(ch);
	flush_work(&ch->rx_work);
}

/* The header of a ring takes a page of the kernel's in drivers/hv. */
static u32 vmb_ring_bytes(u32 bytes)
{
	return sizeof(struct hv_ring_buffer) + PAGE_ALIGN(bytes - VMB_PAGE_SIZE);
}

/* The rings of the open channel become ours; callbacks may run from here on. */
static void vmb_channel_attach(struct vmb_channel *ch,
			       const struct vmb_open *how, void *buf)
{
	struct hv_ring_buffer_info *out = &ch->real->outbound;
	struct hv_ring_buffer_info *in = &ch->real->inbound;

	lockdep_assert_held(&ch->lock);
	ch->ctx = how->ctx;
	ch->rx_owned = 0;
	vmb_rx_ring_attach(&ch->rx, (void *)in->ring_buffer,
			   in->ring_buffer->buffer, in->ring_datasize, buf,
			   how->max_rx_packet);
	scoped_guard(spinlock_irqsave, &ch->tx_lock)
		vmb_tx_ring_attach(&ch->tx, (void *)out->ring_buffer,
				   out->ring_buffer->buffer, out->ring_datasize);
	WRITE_ONCE(ch->open, true);
	/* Pairs with smp_load_acquire() in vmb_channel_live(). */
	smp_store_release(&ch->live, how->ops);
	vmb_channel_catch_up(ch);
}

static int vmb_open_locked(struct vmb_channel *ch, const struct vmb_open *how)
{
	struct vmbus_channel *real = ch->real;
	void *buf;
	int ret;

	lockdep_assert_held(&ch->lock);
	buf = kvmalloc(how->max_rx_packet, GFP_KERNEL);
	if (!buf)
		return -ENOMEM;
	set_channel_read_mode(real, HV_CALL_ISR);
	ret = vmbus_open(real, vmb_ring_bytes(how->tx_bytes),
			 vmb_ring_bytes(how->rx_bytes), (void *)how->user_data,
			 how->user_len, vmb_channel_callback, ch);
	if (ret) {
		vmb_channel_reset(real);
		kvfree(buf);
		/* The host refused it. */
		return ret == -EAGAIN ? -EIO : ret;
	}
	vmb_channel_attach(ch, how, buf);
	return 0;
}

/* After a close sub-channels are the host's again; it offers others. */
static void vmb_subchannels_free(struct vmb_binding *b)
{
	struct vmb_channel *ch, *next;

	lockdep_assert_held(&b->lock);
	list_for_each_entry_safe(ch, next, &b->channels, node) {
		if (ch == &b->ch)
			continue;
		list_del(&ch->node);
		kobject_put(&ch->real->kobj);
		mutex_destroy(&ch->lock);
		kfree(ch);
	}
}

static void vmb_subchannel_offered(struct vmbus_channel *real);

int vmb_open(struct vmb_channel *ch, const struct vmb_open *how)
{
	struct vmb_binding *b = ch->binding;

	if (!vmb_open_valid(how))
		return -EINVAL;
	guard(mutex)(&b->lock);
	guard(mutex)(&ch->lock);
	if (ch->open)
		return -EBUSY;
	/* drivers/hv keeps a channel that another host does not offer. */
	if (READ_ONCE(ch->real->rescind) || ch->relid == INVALID_RELID)
		return -ENODEV;
	if (READ_ONCE(ch->error))
		return ch->error;
	if (ch == &b->ch) {
		vmb_subchannels_free(b);
		/* A close takes it away. */
		vmbus_set_sc_create_callback(ch->real, vmb_subchannel_offered);
	}
	return vmb_open_locked(ch, how);
}
EXPORT_SYMBOL_GPL(vmb_open);

/* No interrupt, no work and no sender uses the rings when it returns. */
static void vmb_channel_detach(struct vmb_channel *ch)
{
	guard(mutex)(&ch->lock);
	if (!ch->open)
		return;
	ch->rescinded = READ_ONCE(ch->real->rescind);
	if (ch->rescinded)
		vmb_channel_drain(ch);
	vmb_channel_quiesce(ch);
	vmb_channel_drop_rings(ch);
	WRITE_ONCE(ch->open, false);
	ch->closing = true;
}

/*
 * The bus does not say how a close went, but it frees the rings only after the
 * host has torn them down. A host takes sub-channels back when the primary is
 * closed, so that their rescind means nothing now, and that of the device does.
 */
static void vmb_channel_closed(struct vmb_channel *ch)
{
	struct vmbus_channel *real = ch->real;

	if (!ch->closing)
		return;
	ch->closing = false;
	vmb_channel_reset(real);
	if (ch->rescinded || READ_ONCE(ch->binding->ch.real->rescind))
		ch->closed = -ENODEV;
	else
		ch->closed = real->ringbuffer_page ? -ETIMEDOUT : 0;
	/* Nothing is left of a breach that the host and the guest have closed. */
	if (!ch->closed) {
		ch->dead_notified = false;
		WRITE_ONCE(ch->broken, false);
		WRITE_ONCE(ch->error, 0);
	}
}

/* drivers/hv closes the channels of a device together, the primary last. */
static void vmb_close_all(struct vmb_binding *b)
{
	struct vmb_channel *ch;

	lockdep_assert_held(&b->lock);
	list_for_each_entry(ch, &b->channels, node)
		vmb_channel_detach(ch);
	vmbus_close(b->ch.real);
	list_for_each_entry(ch, &b->channels, node)
		vmb_channel_closed(ch);
}

int vmb_close(struct vmb_channel *ch)
{
	int ret;

	guard(mutex)(&ch->binding->lock);
	if (READ_ONCE(ch->open))
		vmb_close_all(ch->binding);
	ret = ch->closed;
	ch->closed = 0;
	return ret;
}
EXPORT_SYMBOL_GPL(vmb_close);

u16 vmb_channel_index(const struct vmb_channel *ch)
{
	return ch->real->offermsg.offer.sub_channel_index;
}
EXPORT_SYMBOL_GPL(vmb_channel_index);

unsigned int vmb_channel_cpu(const struct vmb_channel *ch)
{
	return READ_ONCE(ch->real->target_cpu);
}
EXPORT_SYMBOL_GPL(vmb_channel_cpu);

/*
 * A channel that is open is moved by drivers/hv alone: by its sysfs file, and
 * for a CPU that leaves.
 */
int vmb_channel_set_cpu(struct vmb_channel *ch, unsigned int cpu)
{
	guard(mutex)(&ch->lock);
	if (ch->open)
		return -EOPNOTSUPP;
	guard(cpus_read_lock)();
	if (!cpu_online(cpu))
		return -EINVAL;
	WRITE_ONCE(ch->real->target_cpu, cpu);
	return 0;
}
EXPORT_SYMBOL_GPL(vmb_channel_set_cpu);

unsigned int vmb_subchannel_cpus(const struct vmb_device *vdev)
{
	return max(cpumask_weight_and(housekeeping_cpumask(HK_TYPE_MANAGED_IRQ),
				      cpu_online_mask), 1);
}
EXPORT_SYMBOL_GPL(vmb_subchannel_cpus);

void vmb_allow_subchannels(struct vmb_device *vdev)
{
	struct vmb_binding *b = container_of(vdev, struct vmb_binding, vdev);

	guard(mutex)(&b->sub_lock);
	b->allowed = true;
}
EXPORT_SYMBOL_GPL(vmb_allow_subchannels);

static void vmb_binding_release(struct kref *kref)
{
	struct vmb_binding *b = container_of(kref, struct vmb_binding, kref);

	mutex_destroy(&b->ch.lock);
	mutex_destroy(&b->sub_lock);
	mutex_destroy(&b->lock);
	kfree(b);
}

/* The binding of a device, with a reference, or NULL. */
static struct vmb_binding *vmb_binding_get(struct hv_device *hdev)
{
	guard(spinlock)(&vmb_bindings_lock);
	if (!hv_get_drvdata(hdev))
		return NULL;
	kref_get(&vmb_binding_of(hdev)->kref);
	return vmb_binding_of(hdev);
}

static struct vmb_channel *vmb_subchannel_add(struct vmb_binding *b,
					      struct vmbus_channel *real)
{
	struct vmb_channel *ch = kzalloc_obj(*ch);

	if (!ch)
		return NULL;
	/* The bus frees it when the host takes it back after the close. */
	kobject_get(&real->kobj);
	guard(mutex)(&b->lock);
	vmb_channel_init(ch, b, real);
	return ch;
}

/* In a work item of the bus; the driver may be about to leave. */
static void vmb_subchannel_offered(struct vmbus_channel *real)
{
	struct vmb_binding *b = vmb_binding_get(real->primary_channel->device_obj);
	struct vmb_channel *ch;

	if (!b)
		return;
	scoped_guard(mutex, &b->sub_lock) {
		if (!b->allowed || !b->drv->subchannel)
			break;
		vmb_channel_reset(real);
		ch = vmb_subchannel_add(b, real);
		if (ch)
			b->drv->subchannel(&b->vdev, ch);
	}
	kref_put(&b->kref, vmb_binding_release);
}

/* Sub-channels that come are nobody's from now on. */
static void vmb_forbid_subchannels(struct vmb_binding *b)
{
	guard(mutex)(&b->sub_lock);
	b->allowed = false;
}

static struct vmb_binding *vmb_binding_alloc(struct hv_device *hdev)
{
	struct vmb_binding *b = kzalloc_obj(*b);

	if (!b)
		return NULL;
	kref_init(&b->kref);
	mutex_init(&b->lock);
	mutex_init(&b->sub_lock);
	INIT_LIST_HEAD(&b->channels);
	vmb_channel_init(&b->ch, b, hdev->channel);
	b->drv = vmb_driver_of(hdev);
	b->vdev.dev = &hdev->device;
	b->vdev.class_id = hdev->dev_type;
	b->vdev.instance_id = hdev->dev_instance;
	b->vdev.channel = &b->ch;
	memcpy(b->vdev.user_data, &hdev->channel->offermsg.offer.u,
	       VMB_USER_DATA_BYTES);
	return b;
}

/* The driver is gone: nothing of it may be called. */
static void vmb_unbind(struct hv_device *hdev, struct vmb_binding *b)
{
	vmb_forbid_subchannels(b);
	scoped_guard(spinlock, &vmb_bindings_lock)
		hv_set_drvdata(hdev, NULL);
	if (READ_ONCE(b->ch.open))
		dev_err(&hdev->device, "driver did not close its channel\n");
	vmb_close(&b->ch);
	scoped_guard(mutex, &b->lock)
		vmb_subchannels_free(b);
	kref_put(&b->kref, vmb_binding_release);
}

static int vmb_probe(struct hv_device *hdev,
		     const struct hv_vmbus_device_id *id)
{
	struct vmb_binding *b = vmb_binding_alloc(hdev);
	int ret;

	if (!b)
		return -ENOMEM;
	vmb_channel_reset(hdev->channel);
	hv_set_drvdata(hdev, &b->vdev);
	ret = b->drv->probe(&b->vdev, id);
	if (ret)
		vmb_unbind(hdev, b);
	else
		vmb_allow_subchannels(&b->vdev);
	return ret;
}

/* The driver must not wait for what the host will not complete any more. */
static void vmb_device_rescinded(struct vmb_binding *b)
{
	struct vmb_channel *ch;

	guard(mutex)(&b->lock);
	list_for_each_entry(ch, &b->channels, node) {
		vmb_channel_drain(ch);
		vmb_channel_kill(ch, -ENODEV, NULL);
	}
}

static void vmb_flush_notes(struct vmb_binding *b)
{
	struct vmb_channel *ch;

	guard(mutex)(&b->lock);
	list_for_each_entry(ch, &b->channels, node)
		flush_work(&ch->notify_work);
}

static void vmb_remove(struct hv_device *hdev)
{
	struct vmb_binding *b = vmb_binding_of(hdev);

	vmb_forbid_subchannels(b);
	if (READ_ONCE(hdev->channel->rescind))
		vmb_device_rescinded(b);
	vmb_flush_notes(b);
	b->drv->remove(&b->vdev);
	vmb_unbind(hdev, b);
}

static void vmb_shutdown(struct hv_device *hdev)
{
	struct vmb_driver *drv = vmb_driver_of(hdev);

	if (drv->shutdown)
		drv->shutdown(&vmb_binding_of(hdev)->vdev);
}

static int vmb_suspend(struct hv_device *hdev)
{
	struct vmb_binding *b = vmb_binding_of(hdev);
	int ret = b->drv->suspend(&b->vdev);

	if (!ret)
		vmb_close(&b->ch);
	return ret;
}

static int vmb_resume(struct hv_device *hdev)
{
	struct vmb_binding *b = vmb_binding_of(hdev);

	b->ch.relid = b->ch.real->offermsg.child_relid;
	return b->drv->resume(&b->vdev);
}

int __vmb_driver_register(struct vmb_driver *drv, struct module *owner,
			  const char *mod_name)
{
	struct vmb_client *client = kzalloc_obj(*client);
	int ret;

	if (!client)
		return -ENOMEM;
	client->drv = drv;
	client->hv.name = drv->driver.name;
	client->hv.id_table = drv->id_table;
	client->hv.probe = vmb_probe;
	client->hv.remove = vmb_remove;
	client->hv.shutdown = vmb_shutdown;
	if (drv->suspend && drv->resume) {
		client->hv.suspend = vmb_suspend;
		client->hv.resume = vmb_resume;
	}
	client->hv.driver.probe_type = drv->driver.probe_type;
	client->hv.driver.dev_groups = drv->driver.dev_groups;
	drv->client = client;
	ret = __vmbus_driver_register(&client->hv, owner, mod_name);
	if (ret)
		kfree(client);
	return ret;
}
EXPORT_SYMBOL_GPL(__vmb_driver_register);

void vmb_driver_unregister(struct vmb_driver *drv)
{
	struct vmb_client *client = drv->client;

	vmbus_driver_unregister(&client->hv);
	kfree(client);
}
EXPORT_SYMBOL_GPL(vmb_driver_unregister);

static int __init vmb_adapter_init(void)
{
	/* The drivers name their pages to the host by guest-physical address. */
	if (hv_is_isolation_supported()) {
		pr_err("not used: confidential VMs are not supported\n");
		return -ENODEV;
	}
	vmb_notify_wq = alloc_workqueue("hv_vmb_notify",
					WQ_MEM_RECLAIM | WQ_UNBOUND, 0);
	vmb_rx_wq = alloc_workqueue("hv_vmb_rx", WQ_BH | WQ_PERCPU, 0);
	if (vmb_notify_wq && vmb_rx_wq)
		return 0;
	if (vmb_notify_wq)
		destroy_workqueue(vmb_notify_wq);
	if (vmb_rx_wq)
		destroy_workqueue(vmb_rx_wq);
	return -ENOMEM;
}
module_init(vmb_adapter_init);

static void __exit vmb_adapter_exit(void)
{
	destroy_workqueue(vmb_rx_wq);
	destroy_workqueue(vmb_notify_wq);
}
module_exit(vmb_adapter_exit);

MODULE_DESCRIPTION("Hardened Hyper-V drivers on the VMBus of drivers/hv");
MODULE_LICENSE("GPL");
