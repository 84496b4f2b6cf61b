// SPDX-License-Identifier: GPL-2.0
/*
 * Drivers of <linux/hyperv.h>: pipes, which are the channels of sockets.
 *
 * A pipe comes with a connection. Its client has the rings until the socket
 * ends: when the host rescinds it, the client is called, and its device is kept
 * until the client lets go of it. When the driver is unbound or the bus leaves,
 * the rings go at once, and what the client looks at instead is empty.
 */
#include <linux/cleanup.h>
#include <linux/delay.h>
#include <linux/device.h>
#include <linux/export.h>
#include <linux/jiffies.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/workqueue.h>

#include "bus.h"
#include "channel.h"
#include "client.h"
#include "client_bus.h"
#include "connection.h"
#include "node.h"
#include "offer.h"
#include "synic.h"

/* Between looks for a rescind. */
#define VMB_PIPE_PAUSE_MS	5

/* In <linux/hyperv.h> there is one bus. */
__u32 vmbus_proto_version;
EXPORT_SYMBOL_GPL(vmbus_proto_version);

void vmb_client_set_version(u32 version)
{
	vmbus_proto_version = version;
}

/* Of the ends of pipes: a client may let go of one when its bus is gone. */
static DEFINE_MUTEX(vmb_pipe_lock);

/* An empty ring, for clients that look at the rings of a pipe that is over. */
static struct hv_ring_buffer vmb_pipe_no_ring;

static struct vmb_node *vmb_pipe_node(const struct vmb_client_channel *cc)
{
	return container_of(cc->api.device_obj, struct vmb_node, hdev);
}

/**
 * vmbus_set_chn_rescind_callback() - be called when the host takes a pipe back
 * @channel: open channel of a pipe
 * @chn_rescind_cb: called once, in device work or when the driver is unbound
 *
 * The device stays until vmbus_hvsock_device_unregister().
 *
 * Context: Process, in the client's probe.
 */
void vmbus_set_chn_rescind_callback(struct vmbus_channel *channel,
				    void (*chn_rescind_cb)(struct vmbus_channel *))
{
	struct vmb_client_channel *cc = to_vmb_client(channel);

	guard(mutex)(&vmb_pipe_lock);
	channel->chn_rescind_callback = chn_rescind_cb;
	if (!cc->owned)
		get_device(&channel->device_obj->device);
	cc->owned = true;
}
EXPORT_SYMBOL_GPL(vmbus_set_chn_rescind_callback);

bool vmb_pipe_is_owned(struct vmb_client_channel *cc)
{
	guard(mutex)(&vmb_pipe_lock);
	return cc->owned;
}

/* Nobody keeps what goes with the bus. */
static bool vmb_pipe_goes(const struct vmb_node *node)
{
	return READ_ONCE(node->bus->state) != VMB_BUS_UP;
}

typedef void (*vmb_pipe_callback)(struct vmbus_channel *channel);

/* The client's function, which is called once. */
static vmb_pipe_callback vmb_pipe_take_callback(struct vmb_client_channel *cc)
{
	vmb_pipe_callback callback = NULL;

	lockdep_assert_held(&vmb_pipe_lock);
	swap(callback, cc->api.chn_rescind_callback);
	return callback;
}

static void vmb_pipe_tell(struct vmb_client_channel *cc, vmb_pipe_callback callback)
{
	WRITE_ONCE(cc->api.rescind, true);
	callback(&cc->api);
}

bool vmb_client_keeps(struct vmb_node *node)
{
	vmb_pipe_callback callback = NULL;

	/* The end of a probe, which sets the callback. */
	device_lock(node->vdev.dev);
	scoped_guard(mutex, &vmb_pipe_lock) {
		guard(mutex)(&node->bus->lock);
		if (node->client && !vmb_pipe_goes(node))
			callback = vmb_pipe_take_callback(node->client);
		node->kept = callback;
		if (node->client && !callback)
			node->client->orphan = true;
	}
	if (callback)
		vmb_pipe_tell(node->client, callback);
	device_unlock(node->vdev.dev);
	return callback;
}

bool vmb_client_gives_up(struct vmb_node *node)
{
	lockdep_assert_held(&node->bus->lock);
	if (!node->kept || !vmb_pipe_goes(node))
		return false;
	node->kept = false;
	return true;
}

void vmb_pipe_take_away(struct vmb_client_channel *cc)
{
	vmb_pipe_callback callback;

	scoped_guard(mutex, &vmb_pipe_lock)
		callback = vmb_pipe_take_callback(cc);
	WRITE_ONCE(cc->over, true);
	WRITE_ONCE(cc->api.inbound.ring_buffer, &vmb_pipe_no_ring);
	WRITE_ONCE(cc->api.outbound.ring_buffer, &vmb_pipe_no_ring);
	/* Who has seen neither is in a task, and does not sleep over a ring. */
	synchronize_rcu_tasks();
	if (callback)
		vmb_pipe_tell(cc, callback);
}

/* A rescind comes for each connection that ends; a host may owe it. */
static unsigned long vmb_pipe_patience(struct vmb_client_channel *cc)
{
	guard(mutex)(&vmb_pipe_lock);
	return cc->orphan ? 0 : vmb_pipe_node(cc)->bus->timeout;
}

/* Returns false as long as a rescind may come. */
static bool vmb_pipe_let_go(struct vmb_client_channel *cc, unsigned long end)
{
	struct vmb_node *node = vmb_pipe_node(cc);

	guard(mutex)(&vmb_pipe_lock);
	if (!cc->orphan) {
		guard(mutex)(&node->bus->lock);
		if (!node->gone && time_before(jiffies, end))
			return false;
		if (node->kept)
			queue_work(vmb_node_queue(node->bus, node), &node->drop_work);
		else
			vmb_node_leave(node);
		node->kept = false;
	}
	cc->api.chn_rescind_callback = NULL;
	if (cc->owned)
		put_device(node->vdev.dev);
	cc->owned = false;
	return true;
}

/**
 * vmbus_hvsock_device_unregister() - let go of a pipe
 * @channel: its channel; must not be used any more
 *
 * Context: Process; waits for the host.
 */
void vmbus_hvsock_device_unregister(struct vmbus_channel *channel)
{
	struct vmb_client_channel *cc = to_vmb_client(channel);
	struct device *dev = get_device(&channel->device_obj->device);
	unsigned long end = jiffies + vmb_pipe_patience(cc);

	while (!vmb_pipe_let_go(cc, end))
		msleep(VMB_PIPE_PAUSE_MS);
	put_device(dev);
}
EXPORT_SYMBOL_GPL(vmbus_hvsock_device_unregister);

/**
 * vmbus_send_tl_connect_request() - ask the host for a connection
 * @shv_guest_service_id: the guest's end
 * @shv_host_service_id: the host's end
 *
 * The host offers a pipe, or does not.
 *
 * Context: Process.
 * Return: 0; -ENODEV without a host; as vmb_post().
 */
int vmbus_send_tl_connect_request(const guid_t *shv_guest_service_id,
				  const guid_t *shv_host_service_id)
{
	struct vmb_bus *bus = vmb_synic_bus();
	struct vmbw_tl_connect msg = {
		.hdr.type = cpu_to_le32(VMBW_TL_CONNECT),
		.guest_id = *shv_guest_service_id,
		.host_id = *shv_host_service_id,
	};

	if (!bus || READ_ONCE(bus->state) != VMB_BUS_UP)
		return -ENODEV;
	return vmb_post(bus, &msg, sizeof(msg));
}
EXPORT_SYMBOL_GPL(vmbus_send_tl_connect_request);
