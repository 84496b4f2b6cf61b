// SPDX-License-Identifier: GPL-2.0
/*
 * Drivers of <linux/hyperv.h>: pipes, which are the channels of sockets.
 *
 * A pipe comes with a connection. Its client has the rings until the socket
 * ends: when the host rescinds it, the client is called, and its device is kept
 * until the client lets go of it.
 */
#include <linux/cleanup.h>
#include <linux/delay.h>
#include <linux/device.h>
#include <linux/export.h>
#include <linux/jiffies.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/mutex.h>
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

/**
 * vmbus_set_chn_rescind_callback() - be called when the host takes a pipe back
 * @channel: open channel of a pipe
 * @chn_rescind_cb: called once, in device work
 *
 * The device stays until vmbus_hvsock_device_unregister().
 *
 * Context: Process, in the client's probe.
 */
void vmbus_set_chn_rescind_callback(struct vmbus_channel *channel,
				    void (*chn_rescind_cb)(struct vmbus_channel *))
{
	struct vmb_client_channel *cc = to_vmb_client(channel);

	guard(mutex)(&cc->ch->bus->lock);
	channel->chn_rescind_callback = chn_rescind_cb;
}
EXPORT_SYMBOL_GPL(vmbus_set_chn_rescind_callback);

/* Nobody keeps what goes with the bus. */
static bool vmb_pipe_goes(const struct vmb_node *node)
{
	return READ_ONCE(node->bus->state) != VMB_BUS_UP;
}

bool vmb_client_keeps(struct vmb_node *node)
{
	void (*callback)(struct vmbus_channel *channel) = NULL;

	/* The end of a probe, which sets the callback. */
	device_lock(node->vdev.dev);
	scoped_guard(mutex, &node->bus->lock) {
		if (node->client && !vmb_pipe_goes(node))
			swap(callback, node->client->api.chn_rescind_callback);
		node->kept = callback;
	}
	if (callback) {
		WRITE_ONCE(node->client->api.rescind, true);
		callback(&node->client->api);
	}
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

/* A rescind comes for each connection that ends; a host may owe it. */
static void vmb_pipe_await(const struct vmb_node *node)
{
	unsigned long end = jiffies + node->bus->timeout;

	while (!READ_ONCE(node->gone) && time_before(jiffies, end))
		msleep(VMB_PIPE_PAUSE_MS);
}

/**
 * vmbus_hvsock_device_unregister() - let go of a pipe
 * @channel: its channel; must not be used any more
 *
 * Context: Process; waits for the host.
 */
void vmbus_hvsock_device_unregister(struct vmbus_channel *channel)
{
	struct vmb_node *node = to_vmb_client(channel)->ch->node;
	struct device *dev = get_device(node->vdev.dev);

	vmb_pipe_await(node);
	scoped_guard(mutex, &node->bus->lock) {
		channel->chn_rescind_callback = NULL;
		if (node->kept)
			queue_work(vmb_node_queue(node->bus, node), &node->drop_work);
		else
			vmb_node_leave(node);
		node->kept = false;
	}
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
