// SPDX-License-Identifier: GPL-2.0
/*
 * A storage controller from probe to remove: negotiation, properties, channels.
 */
#include <linux/array_size.h>
#include <linux/blk-mq.h>
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/wait.h>

#include "call.h"
#include "vstor.h"

/* Seconds for one step of the negotiation, and for all sub-channels to come. */
#define VSTOR_INIT_TIMEOUT	30
#define VSTOR_SUB_TIMEOUT	5

static void vstor_init_op(struct vstorw_packet *pkt, u32 op)
{
	*pkt = (struct vstorw_packet) {
		.op = cpu_to_le32(op),
		.flags = cpu_to_le32(VSTORW_FLAG_COMPLETION),
	};
}

/* Sends an operation that must succeed. */
static int vstor_must(struct vstor *vs, struct vstorw_packet *pkt,
		      const char *what)
{
	int ret = vstor_op(vs, pkt, VSTOR_INIT_TIMEOUT);

	if (!ret && le32_to_cpu(pkt->status))
		ret = -EIO;
	if (ret)
		dev_err(&vs->vdev->dev, "%s failed: %d, status %#x\n", what,
			ret, ret == -EIO ? le32_to_cpu(pkt->status) : 0);
	return ret;
}

static int vstor_negotiate(struct vstor *vs)
{
	static const u16 versions[] = { VSTORW_V6_2, VSTORW_V6_0 };
	struct vstorw_packet pkt;
	int ret;

	for (int i = 0; i < ARRAY_SIZE(versions); i++) {
		vs->version = versions[i];
		vstor_init_op(&pkt, VSTORW_OP_QUERY_VERSION);
		pkt.version.version = cpu_to_le16(versions[i]);
		ret = vstor_op(vs, &pkt, VSTOR_INIT_TIMEOUT);
		if (ret)
			return ret;
		if (!pkt.status)
			return 0;
	}
	dev_err(&vs->vdev->dev, "no protocol version in common\n");
	return -EPROTO;
}

static int vstor_query_properties(struct vstor *vs)
{
	struct vstorw_packet pkt;
	int ret;

	vstor_init_op(&pkt, VSTORW_OP_QUERY_PROPERTIES);
	ret = vstor_must(vs, &pkt, "query of properties");
	if (ret)
		return ret;
	if (le32_to_cpu(pkt.properties.flags) & VSTORW_PROP_MULTI_CHANNEL)
		vs->max_sub_channels =
			le16_to_cpu(pkt.properties.max_sub_channels);
	vs->max_transfer =
		vstor_clamp_transfer(le32_to_cpu(pkt.properties.max_transfer));
	return 0;
}

static int vstor_initialize(struct vstor *vs)
{
	struct vstorw_packet pkt;
	int ret;

	vstor_init_op(&pkt, VSTORW_OP_BEGIN_INIT);
	ret = vstor_must(vs, &pkt, "begin of initialization");
	if (ret)
		return ret;
	ret = vstor_negotiate(vs);
	if (ret)
		return ret;
	ret = vstor_query_properties(vs);
	if (ret)
		return ret;
	vstor_init_op(&pkt, VSTORW_OP_END_INIT);
	ret = vstor_must(vs, &pkt, "end of initialization");
	if (ret)
		return ret;
	dev_info(&vs->vdev->dev,
		 "VSTOR %u.%u, %u KiB a transfer, up to %u sub-channels\n",
		 vs->version >> 8, vs->version & 0xff, vs->max_transfer >> 10,
		 vs->max_sub_channels);
	return 0;
}

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
	vs->want_queues = 1;
	mutex_init(&vs->lock);
	init_waitqueue_head(&vs->wait);
	INIT_LIST_HEAD(&vs->orphans);
	vstor_changes_init(vs);
	return vs;
}

static void vstor_free(struct vstor *vs)
{
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
		dev_err(&vdev->dev, "not an IDE disk's instance\n");
		return ret;
	}
	vs->ide = true;
	vs->ide_key = VSTOR_KEY(0, target, 0);
	return 0;
}

static int vstor_open_first(struct vstor *vs)
{
	guard(mutex)(&vs->lock);
	return vstor_queue_create(vs, vs->vdev->channel);
}

/**
 * vstor_start() - open a controller and negotiate
 * @vdev: its device
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
	return vs;
}
EXPORT_SYMBOL_FOR_MODULES(vstor_start, "hv_storvsc,hv_blkvsc");

/* Queue @index of @total serves a contiguous share of the CPUs. */
static unsigned int vstor_queue_of(unsigned int cpu, unsigned int total)
{
	return cpu * total / nr_cpu_ids;
}

static int vstor_cpu_of(unsigned int index, unsigned int total)
{
	unsigned int cpu;

	for_each_online_cpu(cpu)
		if (vstor_queue_of(cpu, total) == index)
			return cpu;
	return -1;
}

/**
 * vstor_subchannel() - the host offered a sub-channel
 * @vs: controller
 * @ch: sub-channel
 *
 * For &struct vmb_driver.subchannel.
 *
 * Context: process; sleeps.
 */
void vstor_subchannel(struct vstor *vs, struct vmb_channel *ch)
{
	int cpu, ret;

	guard(mutex)(&vs->lock);
	if (vs->stopping || vs->nr_queues >= vs->want_queues)
		return;
	cpu = vstor_cpu_of(vs->nr_queues, vs->want_queues);
	if (cpu >= 0)
		vmb_channel_set_cpu(ch, cpu);
	ret = vstor_queue_create(vs, ch);
	if (ret)
		dev_warn(&vs->vdev->dev, "sub-channel not used: %d\n", ret);
	wake_up(&vs->wait);
}
EXPORT_SYMBOL_FOR_MODULES(vstor_subchannel, "hv_storvsc,hv_blkvsc");

/* The first channel was open before it was known how many there are. */
static void vstor_move_first(struct vstor *vs, unsigned int total)
{
	int cpu = vstor_cpu_of(0, total);

	if (cpu >= 0 && vmb_channel_set_cpu(vs->vdev->channel, cpu))
		dev_dbg(&vs->vdev->dev, "first channel stays where it is\n");
}

static int vstor_ask_subchannels(struct vstor *vs, u16 n)
{
	struct vstorw_packet pkt;

	vstor_init_op(&pkt, VSTORW_OP_CREATE_SUB_CHANNELS);
	pkt.sub_channels = cpu_to_le16(n);
	return vstor_must(vs, &pkt, "creation of sub-channels");
}

/**
 * vstor_add_queues() - ask for sub-channels
 * @vs: controller
 * @want: queues wanted, with the first
 *
 * Context: process; sleeps, but not for ever. The device's driver data is such
 * that the front end's &vmb_driver.subchannel can find @vs.
 * Return: queues that there are: at least 1, however little the host gave.
 */
unsigned int vstor_add_queues(struct vstor *vs, unsigned int want)
{
	want = min3(want, vs->max_sub_channels + 1u, VSTOR_MAX_QUEUES);
	if (want > 1) {
		scoped_guard(mutex, &vs->lock)
			vs->want_queues = want;
		vstor_move_first(vs, want);
		vmb_allow_subchannels(vs->vdev);
		if (!vstor_ask_subchannels(vs, want - 1))
			wait_event_timeout(vs->wait,
					   READ_ONCE(vs->nr_queues) >= want ||
					   vstor_error(vs),
					   VSTOR_SUB_TIMEOUT * HZ);
	}
	guard(mutex)(&vs->lock);
	vs->want_queues = vs->nr_queues;
	return vs->nr_queues;
}
EXPORT_SYMBOL_FOR_MODULES(vstor_add_queues, "hv_storvsc,hv_blkvsc");

/**
 * vstor_map_queues() - which queue a CPU's I/O goes to
 * @map: filled in
 * @nr_queues: queues to spread the CPUs over, from the first on
 *
 * Each queue serves a contiguous share; its channel interrupts a CPU of that.
 *
 * Context: any.
 */
void vstor_map_queues(struct blk_mq_queue_map *map, unsigned int nr_queues)
{
	unsigned int cpu;

	map->nr_queues = nr_queues;
	for_each_possible_cpu(cpu)
		map->mq_map[cpu] = map->queue_offset +
				   vstor_queue_of(cpu, nr_queues);
}
EXPORT_SYMBOL_FOR_MODULES(vstor_map_queues, "hv_storvsc,hv_blkvsc");

/**
 * vstor_stop() - close a controller
 * @vs: controller; freed
 *
 * Commands that are left end with -ENODEV.
 *
 * Context: process; sleeps, but not for ever.
 */
void vstor_stop(struct vstor *vs)
{
	vstor_changes_stop(vs);
	scoped_guard(mutex, &vs->lock)
		vs->stopping = true;
	/* The primary goes last: closing it closes the device. */
	for (unsigned int i = vs->nr_queues; i-- > 0;)
		vstor_queue_destroy(vs->queue[i]);
	vstor_free_orphans(vs);
	vstor_free(vs);
}
EXPORT_SYMBOL_FOR_MODULES(vstor_stop, "hv_storvsc,hv_blkvsc");

MODULE_DESCRIPTION("Microsoft Hyper-V storage transport");
MODULE_LICENSE("GPL");
