// SPDX-License-Identifier: GPL-2.0
/*
 * A storage controller from probe to remove: negotiation, properties, channels.
 */
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/wait.h>

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

/* An operation that must succeed. */
static int vstor_must(struct vstor *vs, struct vstorw_packet *pkt,
		      const char *what)
{
	int err = vstor_op(vs, pkt, VSTOR_INIT_TIMEOUT);

	if (!err && le32_to_cpu(pkt->status))
		err = -EIO;
	if (err)
		dev_err(&vs->vdev->dev, "%s failed: %d, status %#x\n", what, err,
			err == -EIO ? le32_to_cpu(pkt->status) : 0);
	return err;
}

static int vstor_begin_init(struct vstor *vs)
{
	struct vstorw_packet pkt;

	vstor_init_op(&pkt, VSTORW_OP_BEGIN_INIT);
	return vstor_must(vs, &pkt, "begin of initialization");
}

static int vstor_end_init(struct vstor *vs)
{
	struct vstorw_packet pkt;

	vstor_init_op(&pkt, VSTORW_OP_END_INIT);
	return vstor_must(vs, &pkt, "end of initialization");
}

static int vstor_negotiate(struct vstor *vs)
{
	static const u16 versions[] = { VSTORW_V6_2, VSTORW_V6_0 };
	struct vstorw_packet pkt;
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(versions); i++) {
		vs->version = versions[i];
		vstor_init_op(&pkt, VSTORW_OP_QUERY_VERSION);
		pkt.version.version = cpu_to_le16(versions[i]);
		err = vstor_op(vs, &pkt, VSTOR_INIT_TIMEOUT);
		if (err)
			return err;
		if (!pkt.status)
			return 0;
	}
	dev_err(&vs->vdev->dev, "no protocol version in common\n");
	return -EPROTO;
}

static int vstor_query_properties(struct vstor *vs)
{
	struct vstorw_packet pkt;
	int err;

	vstor_init_op(&pkt, VSTORW_OP_QUERY_PROPERTIES);
	err = vstor_must(vs, &pkt, "query of properties");
	if (err)
		return err;
	if (le32_to_cpu(pkt.properties.flags) & VSTORW_PROP_MULTI_CHANNEL)
		vs->max_sub_channels =
			le16_to_cpu(pkt.properties.max_sub_channels);
	vs->max_transfer =
		vstor_clamp_transfer(le32_to_cpu(pkt.properties.max_transfer));
	return 0;
}

static int vstor_initialize(struct vstor *vs)
{
	int err;

	err = vstor_begin_init(vs);
	if (!err)
		err = vstor_negotiate(vs);
	if (!err)
		err = vstor_query_properties(vs);
	if (!err)
		err = vstor_end_init(vs);
	if (!err)
		dev_info(&vs->vdev->dev,
			 "VSTOR %u.%u, %u KiB a transfer, up to %u sub-channels\n",
			 vs->version >> 8, vs->version & 0xff,
			 vs->max_transfer >> 10, vs->max_sub_channels);
	return err;
}

/**
 * vstor_start() - open a controller and negotiate
 * @vdev: its device
 * @ops: front end
 * @ctx: front end's own
 * @io_slots: how many commands the front end has on a queue at most
 *
 * Context: process; sleeps, but not for ever.
 * Return: the controller with one queue, or ERR_PTR().
 */
struct vstor *vstor_start(struct vmb_device *vdev, const struct vstor_ops *ops,
			  void *ctx, u32 io_slots)
{
	struct vstor *vs = kzalloc_obj(*vs);
	int err;

	if (!vs)
		return ERR_PTR(-ENOMEM);
	vs->vdev = vdev;
	vs->ops = ops;
	vs->ctx = ctx;
	vs->io_slots = io_slots;
	vs->call_done = vstor_call_done;
	vs->want_queues = 1;
	mutex_init(&vs->lock);
	init_waitqueue_head(&vs->wait);
	INIT_LIST_HEAD(&vs->orphans);
	scoped_guard(mutex, &vs->lock)
		err = vstor_queue_create(vs, vdev->channel);
	if (err)
		goto err_free;
	err = vstor_initialize(vs);
	if (err)
		goto err_stop;
	return vs;

err_stop:
	vstor_stop(vs);
	return ERR_PTR(err);
err_free:
	kfree(vs);
	return ERR_PTR(err);
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
 */
void vstor_subchannel(struct vstor *vs, struct vmb_channel *ch)
{
	int cpu, err;

	guard(mutex)(&vs->lock);
	if (vs->stopping || vs->nr_queues >= vs->want_queues)
		return;
	cpu = vstor_cpu_of(vs->nr_queues, vs->want_queues);
	if (cpu >= 0)
		vmb_channel_set_cpu(ch, cpu);
	err = vstor_queue_create(vs, ch);
	if (err)
		dev_warn(&vs->vdev->dev, "sub-channel not used: %d\n", err);
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
 * @map: gets the map
 * @nr_queues: queues to spread the CPUs over, from the first on
 *
 * Each queue gets a contiguous share; its channel interrupts a CPU of that.
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
	unsigned int i;

	scoped_guard(mutex, &vs->lock)
		vs->stopping = true;
	/* The primary goes last: closing it closes the device. */
	for (i = vs->nr_queues; i-- > 0;)
		vstor_queue_destroy(vs->queue[i]);
	vstor_free_orphans(vs);
	mutex_destroy(&vs->lock);
	kfree(vs);
}
EXPORT_SYMBOL_FOR_MODULES(vstor_stop, "hv_storvsc,hv_blkvsc");
