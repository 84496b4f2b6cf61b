// SPDX-License-Identifier: GPL-2.0
/*
 * Commands that the host does not complete, and channels that die.
 *
 * A command that the host has not completed belongs to the host: its pages, its
 * slot and its tag. A reset proves nothing: hosts acknowledge resets at once
 * and complete each command as they would have without. Two things show that
 * the host is done with a command: its completion, and a confirmed close of its
 * channel (CLOSE, then GPADL_TORNDOWN). So
 *
 * - a timeout waits on, and says so;
 * - recovery from a host that lost a command is to close all channels, to open
 *   them again and to repeat what was outstanding. It is asked for by hand
 *   (sysfs attribute recover) or by a parameter (recover_after);
 * - if a channel is rescinded, what it carries is received for a while. If it
 *   broke the protocol, it is closed first. What is left when the host did not
 *   confirm that it is done fails, and its pages are kept from reuse.
 */
#include <linux/atomic.h>
#include <linux/blk-mq.h>
#include <linux/delay.h>
#include <linux/export.h>
#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/workqueue.h>

#include "call.h"
#include "channels.h"
#include "recover.h"
#include "vstor.h"

/* Seconds that a host has to complete what a rescinded channel carries. */
#define VSTOR_DRAIN_SECONDS	5
/* Seconds that a host has to acknowledge a reset. */
#define VSTOR_RESET_SECONDS	30
/* Seconds that a host has to complete what it has before the guest hibernates. */
#define VSTOR_SUSPEND_SECONDS	30
/* Seconds between two warnings about outstanding commands. */
#define VSTOR_WARN_SECONDS	60

static unsigned int recover_after;
module_param(recover_after, uint, 0644);
MODULE_PARM_DESC(recover_after, "Seconds until a controller with an outstanding command is recovered (default 0: never)");

/* WQ_MEM_RECLAIM: swap may live on our disks. */
static struct workqueue_struct *vstor_wq;

static bool vstor_is_rescinded(struct vstor *vs)
{
	for (unsigned int i = 0; i < vs->nr_queues; i++)
		if (vstor_queue_error(vs->queue[i]) == -ENODEV)
			return true;
	return false;
}

/* The channels of a device are rescinded one by one: the rest follows. */
static bool vstor_rest_idle(struct vstor *vs)
{
	bool idle = true;

	for (unsigned int i = 0; i < vs->nr_queues; i++) {
		struct vstor_queue *q = vs->queue[i];
		int error = vstor_queue_error(q);

		/* A channel that broke the protocol is not received from. */
		if (error && error != -ENODEV)
			continue;
		vstor_poll(q, NULL);
		if (!vstor_queue_idle(q, VSTOR_KEY_ALL))
			idle = false;
	}
	return idle;
}

static void vstor_drain_rescinded(struct vstor *vs)
{
	unsigned long end = jiffies + VSTOR_DRAIN_SECONDS * HZ;

	if (!vstor_is_rescinded(vs))
		return;
	while (!vstor_rest_idle(vs) && time_before(jiffies, end))
		msleep(20);
}

static void vstor_report_lost(struct vstor *vs)
{
	struct vstor_recovery *r = &vs->recovery;
	long lost = atomic_long_read(&r->lost);

	if (lost != r->reported)
		dev_err(vs->vdev->dev,
			"%ld commands failed that the host may still execute: %ld pages are kept from reuse, %ld bytes cannot be\n",
			lost - r->reported, atomic_long_read(&r->kept_pages),
			atomic_long_read(&r->unkept_bytes));
	r->reported = lost;
}

static void vstor_set_state(struct vstor *vs, enum vstor_state state)
{
	WRITE_ONCE(vs->recovery.state, state);
}

/**
 * vstor_end_all() - close all channels, and say what was lost
 * @vs: controller
 * @error: see vstor_close_channels()
 *
 * Context: see vstor_close_channels().
 * Return: see vstor_close_channels().
 */
int vstor_end_all(struct vstor *vs, int error)
{
	int ret = vstor_close_channels(vs, error);

	vstor_report_lost(vs);
	return ret;
}

/* What waited for a channel is looked at again. */
static void vstor_wake(struct vstor *vs)
{
	if (!vs->ops->writable)
		return;
	for (unsigned int i = 0; i < vs->nr_queues; i++)
		vs->ops->writable(vs->queue[i]);
}

static void vstor_take_down(struct vstor *vs)
{
	/* The other channels of a device die with it. */
	if (vs->recovery.state == VSTOR_DOWN)
		return;
	dev_err(vs->vdev->dev, "a channel is dead (%d): going down\n",
		vs->recovery.error);
	vstor_drain_rescinded(vs);
	vstor_set_state(vs, VSTOR_DOWN);
	vstor_end_all(vs, -ENODEV);
	vstor_wake(vs);
}

/* Opens the channels again, if @ret is 0. What waited goes on, or fails. */
static int vstor_bring_up(struct vstor *vs, int ret)
{
	if (!ret) {
		vs->recovery.error = 0;
		ret = vstor_open_channels(vs, vs->nr_queues);
	}
	if (ret) {
		vstor_set_state(vs, VSTOR_DOWN);
		vstor_end_all(vs, -ENODEV);
		dev_err(vs->vdev->dev, "recovery failed: %d\n", ret);
	} else {
		vstor_set_state(vs, VSTOR_UP);
		vstor_publish(vs);
		dev_info(vs->vdev->dev, "recovered\n");
	}
	vstor_wake(vs);
	return ret;
}

static void vstor_reopen(struct vstor *vs)
{
	struct vstor_outstanding o = vstor_outstanding(vs);

	dev_warn(vs->vdev->dev,
		 "recovery: closing %u channels with %u commands, the oldest sent %u s ago\n",
		 vs->nr_queues, o.count, o.seconds);
	vstor_set_state(vs, VSTOR_RECOVERING);
	vstor_bring_up(vs, vstor_end_all(vs, -ECONNRESET));
}

static void vstor_recovery_work(struct work_struct *work)
{
	struct vstor *vs = container_of(work, struct vstor, recovery.work);
	struct vstor_recovery *r = &vs->recovery;

	if (test_and_clear_bit(VSTOR_NEED_CLOSE, &r->need))
		vstor_take_down(vs);
	if (test_and_clear_bit(VSTOR_NEED_REOPEN, &r->need))
		vstor_reopen(vs);
}

/**
 * vstor_recovery_init() - a controller is up
 * @vs: controller
 *
 * Context: process.
 */
void vstor_recovery_init(struct vstor *vs)
{
	vs->recovery.wq = vstor_wq;
	INIT_WORK(&vs->recovery.work, vstor_recovery_work);
}

/**
 * vstor_recovery_stop() - no more recovery
 * @vs: controller without commands of the front end
 *
 * Context: process; waits for a recovery under way.
 */
void vstor_recovery_stop(struct vstor *vs)
{
	disable_work_sync(&vs->recovery.work);
}

/* Waits until the host has completed everything. */
static bool vstor_drained(struct vstor *vs)
{
	unsigned long end = jiffies + VSTOR_SUSPEND_SECONDS * HZ;

	for (;;) {
		for (unsigned int i = 0; i < vs->nr_queues; i++)
			vstor_poll(vs->queue[i], NULL);
		if (vstor_idle(vs, VSTOR_KEY_ALL))
			return true;
		if (time_after(jiffies, end))
			return false;
		msleep(20);
	}
}

/**
 * vstor_suspend() - the machine is about to hibernate
 * @vdev: device; its driver data is the controller
 *
 * &struct vmb_driver.suspend. The front end sends nothing now. A command that
 * the host has is waited for: it must not be in the image as well, to be
 * repeated after a resume.
 *
 * Context: process; sleeps, but not for ever.
 * Return: 0, or -EBUSY if the host does not complete a command.
 */
int vstor_suspend(struct vmb_device *vdev)
{
	struct vstor *vs = vmb_get_drvdata(vdev);
	struct vstor_recovery *r = &vs->recovery;

	flush_work(&r->work);
	disable_work_sync(&r->work);
	if (r->state != VSTOR_UP)
		return 0;
	if (!vstor_drained(vs)) {
		vstor_overdue(vs);
		enable_and_queue_work(r->wq, &r->work);
		return -EBUSY;
	}
	vstor_set_state(vs, VSTOR_RECOVERING);
	vstor_end_all(vs, -ECONNRESET);
	return 0;
}
EXPORT_SYMBOL_FOR_MODULES(vstor_suspend, "hv_storvsc,hv_blkvsc");

/**
 * vstor_resume() - the machine goes on, with another connection
 * @vdev: device; its driver data is the controller
 *
 * &struct vmb_driver.resume. The disks are looked at when tasks are thawed.
 *
 * Context: process; sleeps, but not for ever.
 * Return: 0; -errno if the host gives no channels, or fewer than before: then
 * all commands fail.
 */
int vstor_resume(struct vmb_device *vdev)
{
	struct vstor *vs = vmb_get_drvdata(vdev);
	struct vstor_recovery *r = &vs->recovery;
	int ret = 0;

	/* Which channel died in the connection that has ended. */
	clear_bit(VSTOR_NEED_CLOSE, &r->need);
	if (r->state == VSTOR_RECOVERING)
		ret = vstor_bring_up(vs, 0);
	enable_and_queue_work(r->wq, &r->work);
	vstor_luns_changed(vs);
	return ret;
}
EXPORT_SYMBOL_FOR_MODULES(vstor_resume, "hv_storvsc,hv_blkvsc");

/**
 * vstor_recover() - close all channels, open them again, repeat what was lost
 * @vs: controller
 *
 * Context: process; sleeps.
 * Return: 0 if the controller is up afterwards, or -errno.
 */
int vstor_recover(struct vstor *vs)
{
	struct vstor_recovery *r = &vs->recovery;

	/* Nothing proves that a host is done with a device it took away. */
	if (vmb_channel_error(vs->vdev->channel) == -ENODEV)
		return -ENODEV;
	vstor_request_recovery(vs, VSTOR_NEED_REOPEN);
	flush_work(&r->work);
	return READ_ONCE(r->state) == VSTOR_UP ? 0 : -EIO;
}

/**
 * vstor_overdue() - a command waits for the host longer than its timeout
 * @vs: controller
 *
 * Context: process or softirq; the front end's commands stay meanwhile.
 */
void vstor_overdue(struct vstor *vs)
{
	struct vstor_outstanding o = vstor_outstanding(vs);
	struct vstor_recovery *r = &vs->recovery;
	unsigned int limit = READ_ONCE(recover_after);
	unsigned long warned = READ_ONCE(r->warned);

	if (!o.count)
		return;
	if (!warned || time_after(jiffies, warned + VSTOR_WARN_SECONDS * HZ)) {
		WRITE_ONCE(r->warned, jiffies | 1);
		dev_warn(vs->vdev->dev,
			 "%u commands outstanding, the oldest for %u s (opcode %#x, LUN %u:%u): waiting for the host\n",
			 o.count, o.seconds, o.opcode,
			 VSTOR_KEY_TARGET(o.key), VSTOR_KEY_LUN(o.key));
	}
	if (limit && o.seconds >= limit && READ_ONCE(r->state) == VSTOR_UP)
		vstor_request_recovery(vs, VSTOR_NEED_REOPEN);
}
EXPORT_SYMBOL_FOR_MODULES(vstor_overdue, "hv_storvsc,hv_blkvsc");

/**
 * vstor_reset() - ask the host to reset a LUN, the bus or the adapter
 * @vs: controller
 * @op: VSTORW_OP_RESET_*
 * @key: which LUN, or VSTOR_KEY_ALL
 *
 * Ends no command, and proves nothing about any.
 *
 * Context: process; sleeps.
 * Return: 0 if the host acknowledged it, or -errno.
 */
int vstor_reset(struct vstor *vs, u32 op, u32 key)
{
	struct vstorw_packet pkt;
	int ret;

	vstor_init_packet(&pkt);
	pkt.op = cpu_to_le32(op);
	if (key != VSTOR_KEY_ALL)
		vstor_set_addr(&pkt.srb, key);
	ret = vstor_op(vs, &pkt, VSTOR_RESET_SECONDS);
	if (!ret && VSTORW_NT_ERROR(le32_to_cpu(pkt.status)))
		ret = -EIO;
	dev_info(vs->vdev->dev, "reset %u of %06x: %d\n", op, key, ret);
	return ret;
}
EXPORT_SYMBOL_FOR_MODULES(vstor_reset, "hv_storvsc");

/* The slab's pages have no count of their own. */
static void vstor_keep_vec(struct vstor_recovery *r, const struct bio_vec *bv)
{
	u32 end = bv->bv_offset + bv->bv_len;

	for (u32 at = round_down(bv->bv_offset, PAGE_SIZE); at < end;
	     at += PAGE_SIZE) {
		struct page *page = bv->bv_page + (at >> PAGE_SHIFT);

		if (folio_try_get(page_folio(page)))
			atomic_long_inc(&r->kept_pages);
		else
			atomic_long_add(min(end - at, PAGE_SIZE),
					&r->unkept_bytes);
	}
}

/**
 * vstor_keep_request() - a request ends while the host may still use its pages
 * @vs: controller
 * @rq: request
 *
 * Keeps the pages from reuse for good, of reads and of writes: a host that
 * comes back late must neither write to memory that is somebody else's by then
 * nor write such memory to the disk.
 *
 * Context: any.
 */
void vstor_keep_request(struct vstor *vs, struct request *rq)
{
	struct req_iterator iter;
	struct bio_vec bv;

	atomic_long_inc(&vs->recovery.lost);
	if (!blk_rq_has_data(rq))
		return;
	rq_for_each_bvec(bv, rq, iter)
		vstor_keep_vec(&vs->recovery, &bv);
}
EXPORT_SYMBOL_FOR_MODULES(vstor_keep_request, "hv_storvsc,hv_blkvsc");

/**
 * vstor_keep_buffer() - a driver's own buffer that is never freed
 * @vs: controller
 * @pages: its size
 *
 * Context: any.
 */
void vstor_keep_buffer(struct vstor *vs, unsigned int pages)
{
	atomic_long_inc(&vs->recovery.lost);
	atomic_long_add(pages, &vs->recovery.kept_pages);
}
EXPORT_SYMBOL_FOR_MODULES(vstor_keep_buffer, "hv_storvsc,hv_blkvsc");

/**
 * vstor_recovery_module_init() - the module is loaded
 *
 * Context: process.
 * Return: 0 or -ENOMEM.
 */
int vstor_recovery_module_init(void)
{
	vstor_wq = alloc_workqueue("hv_vstor", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	return vstor_wq ? 0 : -ENOMEM;
}

/**
 * vstor_recovery_module_exit() - the module goes
 *
 * Context: process.
 */
void vstor_recovery_module_exit(void)
{
	destroy_workqueue(vstor_wq);
}
