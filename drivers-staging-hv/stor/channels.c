// SPDX-License-Identifier: GPL-2.0
/*
 * The channels of a storage controller: negotiation, sub-channels, and which
 * CPU each interrupts.
 */
#include <linux/array_size.h>
#include <linux/cleanup.h>
#include <linux/cpumask.h>
#include <linux/export.h>
#include <linux/group_cpus.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/sched/isolation.h>
#include <linux/slab.h>
#include <linux/wait.h>

#include "call.h"
#include "channels.h"
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
		dev_err(vs->vdev->dev, "%s failed: %d, status %#x\n", what,
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
	dev_err(vs->vdev->dev, "no protocol version in common\n");
	return -EPROTO;
}

static int vstor_query_properties(struct vstor *vs)
{
	struct vstorw_packet pkt;
	u32 max_transfer;
	int ret;

	vstor_init_op(&pkt, VSTORW_OP_QUERY_PROPERTIES);
	ret = vstor_must(vs, &pkt, "query of properties");
	if (ret)
		return ret;
	max_transfer =
		vstor_clamp_transfer(le32_to_cpu(pkt.properties.max_transfer));
	/* After a recovery there are requests of the old size. */
	if (max_transfer < vs->max_transfer) {
		dev_err(vs->vdev->dev, "the longest transfer has shrunk\n");
		return -EPROTO;
	}
	if (!vs->max_transfer)
		vs->max_transfer = max_transfer;
	vs->max_sub_channels = 0;
	if (le32_to_cpu(pkt.properties.flags) & VSTORW_PROP_MULTI_CHANNEL)
		vs->max_sub_channels =
			le16_to_cpu(pkt.properties.max_sub_channels);
	return 0;
}

/**
 * vstor_initialize() - negotiate VSTOR on the primary channel
 * @vs: controller whose primary channel is open
 *
 * Context: process; sleeps, but not for ever.
 * Return: 0, or -errno.
 */
int vstor_initialize(struct vstor *vs)
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
	dev_info(vs->vdev->dev,
		 "VSTOR %u.%u, %u KiB a transfer, up to %u sub-channels\n",
		 vs->version >> 8, vs->version & 0xff, vs->max_transfer >> 10,
		 vs->max_sub_channels);
	return 0;
}

/* Opens a channel for the next queue, which the first time is a new one. */
static int vstor_add_channel(struct vstor *vs, struct vmb_channel *ch)
{
	unsigned int index = vs->nr_open;
	int ret;

	lockdep_assert_held(&vs->lock);
	if (index == VSTOR_MAX_QUEUES)
		return -ENOSPC;
	if (!vs->queue[index])
		vs->queue[index] = vstor_queue_alloc(vs, index);
	if (!vs->queue[index])
		return -ENOMEM;
	ret = vstor_queue_open(vs->queue[index], ch);
	if (ret)
		return ret;
	WRITE_ONCE(vs->nr_open, index + 1);
	vs->nr_queues = max(vs->nr_queues, index + 1);
	return 0;
}

/**
 * vstor_open_first() - open the primary channel
 * @vs: controller without an open channel
 *
 * Context: process; sleeps, but not for ever.
 * Return: 0, or -errno.
 */
int vstor_open_first(struct vstor *vs)
{
	guard(mutex)(&vs->lock);
	vs->want_queues = 1;
	return vstor_add_channel(vs, vs->vdev->channel);
}

/**
 * vstor_publish() - let the front end use the open channels
 * @vs: controller
 *
 * Context: process; sleeps.
 */
void vstor_publish(struct vstor *vs)
{
	guard(mutex)(&vs->lock);
	if (READ_ONCE(vs->recovery.state) != VSTOR_UP)
		return;
	for (unsigned int i = 0; i < vs->nr_open; i++)
		vstor_queue_publish(vs->queue[i]);
}

/* What is left on the channel is the host's if it did not confirm the close. */
static int vstor_close_channel(struct vstor *vs, struct vstor_queue *q,
			       int error)
{
	int ret = vstor_queue_close(q);

	scoped_guard(mutex, &vs->lock)
		vs->unconfirmed |= !!ret;
	vstor_queue_fail(q, ret ? -ETIMEDOUT : error);
	return ret;
}

static unsigned int vstor_withdraw(struct vstor *vs)
{
	unsigned int open;

	guard(mutex)(&vs->lock);
	open = vs->nr_open;
	vs->nr_open = 0;
	/* Sub-channels that are offered from now on are not opened. */
	vs->want_queues = 0;
	for (unsigned int i = 0; i < open; i++)
		vstor_queue_withdraw(vs->queue[i]);
	return open;
}

/**
 * vstor_close_channels() - close all channels and end what is left on them
 * @vs: controller
 * @error: for vstor_ops.done of commands that the host is shown to be done with
 *
 * Context: process; sleeps. Not at the same time as itself.
 * Return: 0 if the host is done with all commands, or the error of the last
 * channel for which that is not known.
 */
int vstor_close_channels(struct vstor *vs, int error)
{
	int ret = 0;

	/* The primary goes last: closing it closes the device. */
	for (unsigned int i = vstor_withdraw(vs); i-- > 0;) {
		int err = vstor_close_channel(vs, vs->queue[i], error);

		if (err)
			ret = err;
	}
	vstor_end_orphans(vs);
	return ret;
}

/* A CPU of a queue's group that can take the interrupt, or -1. */
static int vstor_pick_cpu(const struct cpumask *group)
{
	const struct cpumask *allowed =
		housekeeping_cpumask(HK_TYPE_MANAGED_IRQ);
	unsigned int cpu;

	for_each_cpu_and(cpu, group, cpu_online_mask)
		if (cpumask_test_cpu(cpu, allowed))
			return cpu;
	return -1;
}

/*
 * Queue @index of @total interrupts a CPU of the group that blk-mq maps to it:
 * both go by the CPUs that are there and not by those that may come.
 */
static int vstor_cpu_of(unsigned int index, unsigned int total)
{
	struct cpumask *groups __free(kfree) = NULL;
	unsigned int count;

	groups = group_cpus_evenly(total, &count);
	if (!groups || !count)
		return -1;
	return vstor_pick_cpu(&groups[index % count]);
}

/**
 * vstor_subchannel() - the host offered a sub-channel
 * @vdev: device; its driver data is the controller
 * @ch: sub-channel
 *
 * &struct vmb_driver.subchannel.
 *
 * Context: process; sleeps.
 */
void vstor_subchannel(struct vmb_device *vdev, struct vmb_channel *ch)
{
	struct vstor *vs = vmb_get_drvdata(vdev);
	int cpu, ret;

	guard(mutex)(&vs->lock);
	if (vs->nr_open >= vs->want_queues)
		return;
	if (vs->nr_open < vs->irq_queues) {
		cpu = vstor_cpu_of(vs->nr_open, vs->irq_queues);
		if (cpu >= 0)
			vmb_channel_set_cpu(ch, cpu);
	}
	ret = vstor_add_channel(vs, ch);
	if (ret)
		dev_warn(vs->vdev->dev, "sub-channel not used: %d\n", ret);
	wake_up(&vs->wait);
}
EXPORT_SYMBOL_FOR_MODULES(vstor_subchannel, "hv_storvsc,hv_blkvsc");

/* The channels that are open already; hosts before 4.1 cannot move them. */
static void vstor_place_queues(struct vstor *vs)
{
	guard(mutex)(&vs->lock);
	for (unsigned int i = 0; i < min(vs->nr_open, vs->irq_queues); i++) {
		struct vmb_channel *ch =
			rcu_dereference_protected(vs->queue[i]->open,
						  lockdep_is_held(&vs->lock));
		int cpu = vstor_cpu_of(i, vs->irq_queues);

		if (cpu >= 0 && vmb_channel_set_cpu(ch, cpu))
			dev_dbg(vs->vdev->dev, "channel %u not moved\n", i);
	}
}

static void vstor_add_subchannels(struct vstor *vs, unsigned int want)
{
	struct vstorw_packet pkt;

	want = min3(want, vs->max_sub_channels + 1u, VSTOR_MAX_QUEUES);
	if (want <= 1)
		return;
	scoped_guard(mutex, &vs->lock)
		vs->want_queues = want;
	vmb_allow_subchannels(vs->vdev);
	vstor_init_op(&pkt, VSTORW_OP_CREATE_SUB_CHANNELS);
	pkt.sub_channels = cpu_to_le16(want - 1);
	if (vstor_must(vs, &pkt, "creation of sub-channels"))
		return;
	wait_event_timeout(vs->wait,
			   READ_ONCE(vs->nr_open) >= want || vstor_error(vs),
			   VSTOR_SUB_TIMEOUT * HZ);
}

/**
 * vstor_add_queues() - ask for sub-channels
 * @vs: controller
 * @irq: queues with interrupts that are wanted, with the first
 * @poll: queues to poll that are wanted besides
 *
 * Without sub-channels there is one queue, which is not counted as polled.
 *
 * Context: process; sleeps, but not for ever.
 * Return: queues that there are: at least 1, however few the host gave.
 */
unsigned int vstor_add_queues(struct vstor *vs, unsigned int irq,
			      unsigned int poll)
{
	unsigned int got;

	vs->irq_queues = irq;
	vstor_add_subchannels(vs, irq + poll);
	scoped_guard(mutex, &vs->lock) {
		got = max(vs->nr_open, 1);
		vs->want_queues = vs->nr_open;
		vs->irq_queues = got - min(poll, got - 1);
	}
	vstor_place_queues(vs);
	vstor_publish(vs);
	return got;
}
EXPORT_SYMBOL_FOR_MODULES(vstor_add_queues, "hv_storvsc,hv_blkvsc");

/**
 * vstor_open_channels() - open a closed controller again
 * @vs: controller
 * @want: queues that there were
 *
 * Context: process; sleeps, but not for ever.
 * Return: 0, or -errno; -ENXIO if the host gave fewer channels than before.
 */
int vstor_open_channels(struct vstor *vs, unsigned int want)
{
	int ret;

	ret = vstor_open_first(vs);
	if (ret)
		return ret;
	ret = vstor_initialize(vs);
	if (ret)
		return ret;
	vstor_add_subchannels(vs, want);
	ret = vstor_error(vs);
	if (ret)
		return ret;
	if (READ_ONCE(vs->nr_open) < want)
		return -ENXIO;
	vstor_place_queues(vs);
	return 0;
}
