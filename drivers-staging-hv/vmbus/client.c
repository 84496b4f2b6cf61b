// SPDX-License-Identifier: GPL-2.0
/* Drivers of <linux/hyperv.h>: how they bind, and how their channels open. */
#include <linux/cleanup.h>
#include <linux/container_of.h>
#include <linux/device.h>
#include <linux/export.h>
#include <linux/interrupt.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/pci_ids.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/uuid.h>

#include "bus.h"
#include "channel.h"
#include "client.h"
#include "client_bus.h"
#include "node.h"
#include "packet.h"
#include "synic.h"

/* Calls of a callback in one run of the tasklet, as in vmb_rx_work(). */
#define VMB_CLIENT_ROUNDS	16

/*
 * hid-hyperv copies as many bytes of an input report as the report says, which
 * is up to HID_MAX_BUFFER_SIZE, and does not ask how long the packet is.
 */
#define VMB_CLIENT_MOUSE_SLACK	SZ_16K

/**
 * struct vmb_client_driver - a client
 * @drv: as this bus knows it
 * @hv: as it has registered itself
 * @list: on vmb_client_drivers
 */
struct vmb_client_driver {
	struct vmb_driver drv;
	struct hv_driver *hv;
	struct list_head list;
};

static LIST_HEAD(vmb_client_drivers);
static DEFINE_MUTEX(vmb_client_lock); /* guards vmb_client_drivers */

static struct hv_driver *vmb_client_of(const struct vmb_device *vdev)
{
	const struct vmb_client_driver *client =
		container_of(vdev->dev->driver, struct vmb_client_driver,
			     drv.driver);

	return client->hv;
}

/* What the callback finds in the ring it can read, from here on. */
static void vmb_client_run(struct tasklet_struct *tasklet)
{
	struct vmb_client_channel *cc = from_tasklet(cc, tasklet, api.callback_event);
	struct vmbus_channel *api = &cc->api;
	void (*callback)(void *context);
	unsigned int idle = 0;

	/* Pairs with smp_store_release() in vmbus_open(). */
	callback = smp_load_acquire(&api->onchannel_callback);
	if (!callback)
		return;
	for (int i = 0; i < VMB_CLIENT_ROUNDS; i++) {
		u32 taken = cc->taken;

		callback(api->channel_callback_context);
		if (api->callback_mode != HV_CALL_BATCHED || !vmb_unmask(cc->ch))
			return;
		/* The first time the packet may have come after the last look. */
		idle = cc->taken == taken ? idle + 1 : 0;
		if (idle > 1) {
			vmb_channel_break(cc->ch, "the driver leaves packets unread");
			return;
		}
	}
	tasklet_schedule(tasklet);
}

/* Every interrupt of a client's channel. */
static void vmb_client_interrupt(struct vmb_channel *ch)
{
	struct vmb_client_channel *cc = vmb_channel_ctx(ch);

	if (!READ_ONCE(cc->api.onchannel_callback))
		return;
	if (cc->api.callback_mode == HV_CALL_BATCHED)
		vmb_mask(ch);
	tasklet_schedule(&cc->api.callback_event);
}

/* A broken channel is as dead as a rescinded one, and clients know only these. */
static void vmb_client_dead(struct vmb_channel *ch, int error)
{
	struct vmb_client_channel *cc = vmb_channel_ctx(ch);

	WRITE_ONCE(cc->api.rescind, true);
}

const struct vmb_channel_ops vmb_client_ops = {
	.event = vmb_client_interrupt,
	.dead = vmb_client_dead,
};

/* Shows the rings to the inline functions of <linux/hyperv.h>. */
static void vmb_client_show_rings(struct vmb_client_channel *cc)
{
	struct hv_ring_buffer_info *out = &cc->api.outbound;
	struct hv_ring_buffer_info *in = &cc->api.inbound;

	out->ring_datasize = cc->ch->tx.size;
	out->ring_size = cc->ch->tx.size + PAGE_SIZE;
	out->ring_buffer = (void *)cc->ch->tx.hdr;
	in->ring_datasize = cc->ch->rx.size;
	in->ring_size = cc->ch->rx.size + PAGE_SIZE;
	in->ring_buffer = (void *)cc->ch->rx.hdr;
}

/* A ring's header takes a page of the kernel's there, one of the wire's here. */
static u32 vmb_client_ring_bytes(u32 size)
{
	if (size < PAGE_SIZE || size % PAGE_SIZE)
		return 0;
	return size - PAGE_SIZE + VMB_PAGE_SIZE;
}

static u32 vmb_client_slack(const struct vmb_client_channel *cc)
{
	static const guid_t mouse = VMBW_CLASS_MOUSE;

	return guid_equal(&cc->ch->offer.class_id, &mouse) ?
		VMB_CLIENT_MOUSE_SLACK : 0;
}

static void vmb_client_close(struct vmb_client_channel *cc)
{
	cc->held = false;
	/* The client may be copying from it. */
	if (!cc->over) {
		kvfree(cc->shown);
		cc->shown = NULL;
	}
	vmb_client_ids_destroy(cc);
}

static int vmb_client_open(struct vmb_client_channel *cc,
			   const struct vmb_open *how)
{
	int ret;

	cc->shown = kvzalloc(how->max_rx_packet + vmb_client_slack(cc), GFP_KERNEL);
	if (!cc->shown)
		return -ENOMEM;
	ret = vmb_client_ids_create(cc);
	if (ret)
		goto err_close;
	cc->api.state = CHANNEL_OPENING_STATE;
	WRITE_ONCE(cc->api.rescind, false);
	ret = vmb_open(cc->ch, how);
	if (!ret)
		return 0;
	if (ret == -ENODEV)
		WRITE_ONCE(cc->api.rescind, true);
	cc->api.state = CHANNEL_OPEN_STATE;
err_close:
	vmb_client_close(cc);
	return ret;
}

/**
 * vmbus_open() - open a client's channel
 * @channel: closed channel
 * @send_size: bytes of the outbound ring with a page for its header
 * @recv_size: the same of the inbound ring
 * @userdata: bytes for the host's device, or NULL
 * @userdatalen: length of @userdata
 * @onchannel_callback: called in softirq, not before this function has the
 *	rings to show
 * @context: passed to @onchannel_callback
 *
 * Context: Process; waits for the host.
 * Return: as vmb_open().
 */
int vmbus_open(struct vmbus_channel *channel, u32 send_size, u32 recv_size,
	       void *userdata, u32 userdatalen,
	       void (*onchannel_callback)(void *context), void *context)
{
	struct vmb_client_channel *cc = to_vmb_client(channel);
	struct vmb_open how = {
		.ops = &vmb_client_ops,
		.ctx = cc,
		.tx_bytes = vmb_client_ring_bytes(send_size),
		.rx_bytes = vmb_client_ring_bytes(recv_size),
		.max_rx_packet = channel->max_pkt_size,
		.user_data = userdata,
		.user_len = userdatalen,
	};
	int ret;

	if (channel->state != CHANNEL_OPEN_STATE)
		return -EBUSY;
	ret = vmb_client_open(cc, &how);
	if (ret)
		return ret;
	vmb_client_show_rings(cc);
	channel->state = CHANNEL_OPENED_STATE;
	channel->channel_callback_context = context;
	/* Pairs with smp_load_acquire() in vmb_client_run(). */
	smp_store_release(&channel->onchannel_callback, onchannel_callback);
	/* What came before was left alone. */
	local_irq_disable();
	vmb_channel_look(cc->ch);
	local_irq_enable();
	return 0;
}
EXPORT_SYMBOL_GPL(vmbus_open);

/**
 * vmbus_close() - close a client's channel
 * @channel: channel; nothing happens if it is closed
 *
 * No callback runs when it returns.
 *
 * Context: Process; waits for the host.
 */
void vmbus_close(struct vmbus_channel *channel)
{
	struct vmb_client_channel *cc = to_vmb_client(channel);

	/* The client may have disabled it itself, so it is not killed here. */
	tasklet_disable(&channel->callback_event);
	scoped_guard(spinlock_irqsave, &channel->sched_lock)
		WRITE_ONCE(channel->onchannel_callback, NULL);
	tasklet_enable(&channel->callback_event);
	if (!cc->over) {
		channel->inbound.ring_buffer = NULL;
		channel->outbound.ring_buffer = NULL;
	}
	channel->state = CHANNEL_OPEN_STATE;
	vmb_close(cc->ch);
	vmb_client_close(cc);
}
EXPORT_SYMBOL_GPL(vmbus_close);

/* After the machine slept the numbers are others. */
static void vmb_client_set_offer(struct vmb_client_channel *cc)
{
	const struct vmb_offer *offer = &cc->ch->offer;
	struct vmbus_channel_offer_channel *msg = &cc->api.offermsg;

	*msg = (struct vmbus_channel_offer_channel) {
		.offer.if_type = offer->class_id,
		.offer.if_instance = offer->instance_id,
		.offer.chn_flags = offer->flags,
		.offer.mmio_megabytes = offer->mmio_mb,
		.offer.sub_channel_index = offer->index,
		.child_relid = offer->relid,
		.monitorid = max(offer->monitor, 0),
		.monitor_allocated = offer->monitor >= 0,
		.is_dedicated_interrupt = offer->dedicated,
		.connection_id = offer->connection_id,
	};
	memcpy(msg->offer.u.std.user_def, offer->user_data, VMB_USER_DATA_BYTES);
}

static struct vmb_client_channel *vmb_client_alloc(struct vmb_node *node)
{
	struct vmb_client_channel *cc = kzalloc_obj(*cc);
	struct vmbus_channel *api;

	if (!cc)
		return NULL;
	api = &cc->api;
	cc->ch = node->vdev.channel;
	tasklet_setup(&api->callback_event, vmb_client_run);
	spin_lock_init(&api->sched_lock);
	spin_lock_init(&api->requestor.req_lock);
	spin_lock_init(&api->outbound.ring_lock);
	spin_lock_init(&api->inbound.ring_lock);
	api->device_obj = &node->hdev;
	api->device_id = node->kind;
	api->state = CHANNEL_OPEN_STATE;
	return cc;
}

/* Nothing is left of what the last client of the device has set. */
static void vmb_client_reset(struct vmb_client_channel *cc)
{
	struct vmbus_channel *api = &cc->api;

	vmb_client_set_offer(cc);
	api->target_cpu = vmb_channel_cpu(cc->ch);
	api->callback_mode = HV_CALL_BATCHED;
	api->max_pkt_size = VMBUS_DEFAULT_MAX_PKT_SIZE;
	api->rqstor_size = 0;
	api->next_request_id_callback = NULL;
	api->request_addr_callback = NULL;
	api->chn_rescind_callback = NULL;
	api->per_channel_state = NULL;
	api->rescind = false;
	kvfree(cc->shown);
	cc->shown = NULL;
	cc->over = false;
}

void vmb_client_free(struct vmb_node *node)
{
	if (node->client)
		kvfree(node->client->shown);
	kfree(node->client);
}

bool vmb_client_conflicts(const struct vmb_bus *bus, const struct vmb_offer *offer)
{
	const struct vmb_node *old;

	lockdep_assert_held(&bus->lock);
	list_for_each_entry(old, &bus->devices, list)
		if (guid_equal(&old->vdev.instance_id, &offer->instance_id) &&
		    (!guid_equal(&old->vdev.class_id, &offer->class_id) ||
		     (old->vdev.channel->offer.flags & VMBW_OFFER_PIPE)))
			return true;
	return false;
}

static int vmb_client_bind(struct vmb_node *node)
{
	struct hv_device *hdev = &node->hdev;

	if (!node->client)
		node->client = vmb_client_alloc(node);
	if (!node->client)
		return -ENOMEM;
	/* A connection is made once. */
	if (vmb_pipe_is_owned(node->client))
		return -EBUSY;
	vmb_client_reset(node->client);
	hdev->dev_type = node->vdev.class_id;
	hdev->dev_instance = node->vdev.instance_id;
	hdev->vendor_id = PCI_VENDOR_ID_MICROSOFT;
	hdev->device_id = node->kind;
	hdev->channel = &node->client->api;
	hv_set_drvdata(hdev, NULL);
	return 0;
}

/* Nothing of the client may be called any more. */
static void vmb_client_unbind(struct vmb_node *node)
{
	struct vmbus_channel *api = &node->client->api;

	vmbus_close(api);
	tasklet_kill(&api->callback_event);
	hv_set_drvdata(&node->hdev, NULL);
}

static int vmb_client_probe(struct vmb_device *vdev,
			    const struct hv_vmbus_device_id *id)
{
	struct vmb_node *node = to_vmb_node(vdev->dev);
	int ret;

	ret = vmb_client_bind(node);
	if (ret)
		return ret;
	ret = vmb_client_of(vdev)->probe(&node->hdev, id);
	if (ret)
		vmb_client_unbind(node);
	return ret;
}

static void vmb_client_remove(struct vmb_device *vdev)
{
	struct hv_driver *hv = vmb_client_of(vdev);
	struct vmb_node *node = to_vmb_node(vdev->dev);

	if (vmb_pipe_is_owned(node->client))
		vmb_pipe_take_away(node->client);
	if (hv->remove)
		hv->remove(&node->hdev);
	vmb_client_unbind(node);
}

bool vmb_client_takes_pipes(const struct device_driver *drv)
{
	const struct vmb_driver *driver = to_vmb_driver(drv);

	return driver->probe == vmb_client_probe &&
	       container_of(driver, struct vmb_client_driver, drv)->hv->hvsock;
}

static void vmb_client_shutdown(struct vmb_device *vdev)
{
	struct hv_driver *hv = vmb_client_of(vdev);

	if (hv->shutdown)
		hv->shutdown(&to_vmb_node(vdev->dev)->hdev);
}

static int vmb_client_suspend(struct vmb_device *vdev)
{
	return vmb_client_of(vdev)->suspend(&to_vmb_node(vdev->dev)->hdev);
}

static int vmb_client_resume(struct vmb_device *vdev)
{
	struct vmb_node *node = to_vmb_node(vdev->dev);

	vmb_client_set_offer(node->client);
	return vmb_client_of(vdev)->resume(&node->hdev);
}

static struct vmb_client_driver *vmb_client_driver_alloc(struct hv_driver *hv)
{
	struct vmb_client_driver *client = kzalloc_obj(*client);
	struct vmb_driver *drv;

	if (!client)
		return NULL;
	client->hv = hv;
	drv = &client->drv;
	drv->driver.name = hv->name;
	drv->driver.probe_type = hv->driver.probe_type;
	drv->driver.groups = hv->driver.groups;
	drv->driver.dev_groups = hv->driver.dev_groups;
	drv->id_table = hv->id_table;
	drv->probe = vmb_client_probe;
	drv->remove = vmb_client_remove;
	drv->shutdown = vmb_client_shutdown;
	/* A connection does not outlive the host that it was made with. */
	if (hv->suspend && hv->resume && !hv->hvsock) {
		drv->suspend = vmb_client_suspend;
		drv->resume = vmb_client_resume;
	}
	return client;
}

/**
 * __vmbus_driver_register() - register a client
 * @hv_driver: driver
 * @owner: its module
 * @mod_name: the module's name
 *
 * Context: Process.
 * Return: 0 or -errno.
 */
int __vmbus_driver_register(struct hv_driver *hv_driver, struct module *owner,
			    const char *mod_name)
{
	struct vmb_client_driver *client = vmb_client_driver_alloc(hv_driver);
	int ret;

	if (!client)
		return -ENOMEM;
	ret = __vmb_driver_register(&client->drv, owner, mod_name);
	if (ret) {
		kfree(client);
		return ret;
	}
	guard(mutex)(&vmb_client_lock);
	list_add(&client->list, &vmb_client_drivers);
	return 0;
}
EXPORT_SYMBOL_GPL(__vmbus_driver_register);

/* Takes a client off the list. */
static struct vmb_client_driver *vmb_client_take(const struct hv_driver *hv)
{
	struct vmb_client_driver *client;

	guard(mutex)(&vmb_client_lock);
	list_for_each_entry(client, &vmb_client_drivers, list) {
		if (client->hv != hv)
			continue;
		list_del(&client->list);
		return client;
	}
	return NULL;
}

/**
 * vmbus_driver_unregister() - unbind a client from all devices and unregister it
 * @hv_driver: driver; nothing happens if it is not registered
 *
 * Context: Process.
 */
void vmbus_driver_unregister(struct hv_driver *hv_driver)
{
	struct vmb_client_driver *client = vmb_client_take(hv_driver);

	if (!client)
		return;
	vmb_driver_unregister(&client->drv);
	kfree(client);
}
EXPORT_SYMBOL_GPL(vmbus_driver_unregister);

/**
 * hv_vmbus_exists() - check for a connection to the host
 *
 * Context: Any.
 * Return: true while there is one.
 */
bool hv_vmbus_exists(void)
{
	return vmb_synic_bus();
}
EXPORT_SYMBOL_GPL(hv_vmbus_exists);
