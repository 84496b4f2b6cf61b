// SPDX-License-Identifier: GPL-2.0
/* A host made of functions: see fake_host.h. */
#include <kunit/device.h>
#include <kunit/test.h>
#include <linux/cleanup.h>
#include <linux/cpumask.h>
#include <linux/device.h>
#include <linux/export.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "../vmbus/channel.h"
#include "../vmbus/client_bus.h"
#include "../vmbus/message.h"
#include "../vmbus/node.h"
#include "../vmbus/offer.h"
#include "fake_host.h"

static const guid_t fake_class = FAKE_CLASS;

/**
 * fake_say() - send a message
 * @h: host
 * @msg: message
 * @len: its length, at most VMBW_MSG_MAX
 *
 * Context: process.
 */
void fake_say(struct fake_host *h, const void *msg, u32 len)
{
	u8 copy[VMBW_MSG_MAX] = {};

	memcpy(copy, msg, len);
	vmb_message(h->bus, copy, len);
}
EXPORT_SYMBOL_GPL(fake_say);

/**
 * fake_u32() - send a message that is a type and one number
 * @h: host
 * @type: VMBW_*
 * @value: number
 *
 * Context: process.
 */
void fake_u32(struct fake_host *h, u32 type, u32 value)
{
	struct vmbw_u32 msg = {
		.hdr.type = cpu_to_le32(type), .value = cpu_to_le32(value),
	};

	fake_say(h, &msg, sizeof(msg));
}
EXPORT_SYMBOL_GPL(fake_u32);

/**
 * fake_result() - send OPEN_RESULT or GPADL_CREATED
 * @h: host
 * @type: which
 * @relid: channel
 * @id: open id or GPADL
 * @status: 0 for success
 *
 * Context: process.
 */
void fake_result(struct fake_host *h, u32 type, __le32 relid, __le32 id,
		 u32 status)
{
	struct vmbw_result msg = {
		.hdr.type = cpu_to_le32(type), .relid = relid, .id = id,
		.status = cpu_to_le32(status),
	};

	fake_say(h, &msg, sizeof(msg));
}
EXPORT_SYMBOL_GPL(fake_result);

/**
 * fake_rescind() - take a channel back
 * @h: host
 * @relid: its number
 *
 * Context: process.
 */
void fake_rescind(struct fake_host *h, u32 relid)
{
	fake_u32(h, VMBW_RESCIND, relid);
}
EXPORT_SYMBOL_GPL(fake_rescind);

static void fake_version(struct fake_host *h, const struct vmbw_initiate_contact *m)
{
	u32 version = le32_to_cpu(m->version);
	struct vmbw_version_response msg = {
		.hdr.type = cpu_to_le32(VMBW_VERSION_RESPONSE),
		.supported = version == h->takes, .state = h->state,
		.connection_id = cpu_to_le32(77),
	};

	if (h->asked < ARRAY_SIZE(h->versions))
		h->versions[h->asked++] = version;
	fake_say(h, &msg, sizeof(msg));
}

/**
 * fake_gpadl_find() - memory that the host was shown
 * @h: host; caller holds its lock
 * @handle: GPADL
 *
 * Return: the GPADL or NULL.
 */
struct fake_gpadl *fake_gpadl_find(struct fake_host *h, u32 handle)
{
	struct fake_gpadl *g;

	lockdep_assert_held(&h->lock);
	list_for_each_entry(g, &h->gpadls, list)
		if (g->handle == handle)
			return g;
	return NULL;
}

/* Says that a GPADL is there, once all of its pages were named. */
static void fake_gpadl_more(struct fake_host *h, __le32 handle,
			    const __le64 *pfn, u32 room)
{
	struct fake_gpadl *g;

	scoped_guard(mutex, &h->lock) {
		g = fake_gpadl_find(h, le32_to_cpu(handle));
		if (!g || g->have == g->count) {
			h->faults++;
			return;
		}
		while (room-- && g->have < g->count)
			g->pfn[g->have++] = le64_to_cpu(*pfn++);
		if (g->have < g->count)
			return;
	}
	fake_result(h, VMBW_GPADL_CREATED, g->relid, handle, 0);
}

static void fake_gpadl_begin(struct fake_host *h,
			     const struct vmbw_gpadl_header *m)
{
	u32 bytes = le16_to_cpu(m->range_bytes) - sizeof(struct vmb_gpa_range);
	u32 count = bytes / sizeof(u64);
	struct fake_gpadl *g;

	h->last_handle = le32_to_cpu(m->gpadl);
	g = kvzalloc_flex(*g, pfn, count);
	scoped_guard(mutex, &h->lock) {
		if (!g || !count || bytes % sizeof(u64) ||
		    le16_to_cpu(m->ranges) != 1 || m->byte_offset ||
		    le32_to_cpu(m->byte_count) != count * VMB_PAGE_SIZE ||
		    fake_gpadl_find(h, h->last_handle)) {
			h->faults++;
			kvfree(g);
			return;
		}
		g->count = count;
		g->relid = m->relid;
		g->handle = h->last_handle;
		list_add_tail(&g->list, &h->gpadls);
	}
	fake_gpadl_more(h, m->gpadl, m->pfn, VMBW_HEADER_PFNS);
}

/* What is open on the GPADL is closed with it. */
static void fake_gpadl_end(struct fake_host *h, u32 handle)
{
	struct fake_channel *fc;
	struct fake_gpadl *g;

	scoped_guard(mutex, &h->lock) {
		list_for_each_entry(fc, &h->channels, list)
			if (fc->gpadl == handle)
				fc->gpadl = 0;
		g = fake_gpadl_find(h, handle);
		if (g)
			list_del(&g->list);
	}
	kvfree(g);
	fake_u32(h, VMBW_GPADL_TORNDOWN, handle);
}

/**
 * fake_channel_find() - a channel that was offered
 * @h: host; caller holds its lock
 * @relid: its number
 *
 * Return: the channel or NULL.
 */
struct fake_channel *fake_channel_find(struct fake_host *h, u32 relid)
{
	struct fake_channel *fc;

	lockdep_assert_held(&h->lock);
	list_for_each_entry(fc, &h->channels, list)
		if (fc->relid == relid)
			return fc;
	return NULL;
}

static void fake_ring_init(struct fake_ring *r, const struct fake_gpadl *g,
			   u32 first, u32 end)
{
	r->hdr = fake_page(g, first);
	r->first = first;
	r->size = (end - first - 1) * VMB_PAGE_SIZE;
	r->at = 0;
}

/* Under @h->lock. */
static struct fake_channel *fake_rings(struct fake_host *h,
				       const struct vmbw_open *m)
{
	struct fake_gpadl *g = fake_gpadl_find(h, le32_to_cpu(m->gpadl));
	struct fake_channel *fc = fake_channel_find(h, le32_to_cpu(m->relid));
	u32 inbound = le32_to_cpu(m->inbound_page);

	if (!fc || fc->gpadl || !g || g->have != g->count || inbound < 2 ||
	    inbound + 2 > g->count) {
		h->faults++;
		return NULL;
	}
	fake_ring_init(&fc->from_guest, g, 0, inbound);
	fake_ring_init(&fc->to_guest, g, inbound, g->count);
	fc->gpadl = g->handle;
	return fc;
}

static void fake_open_channel(struct fake_host *h, const struct vmbw_open *m)
{
	struct fake_channel *fc = NULL;

	if (!h->open_status) {
		guard(mutex)(&h->lock);
		fc = fake_rings(h, m);
	}
	if (fc && h->ops && h->ops->opened)
		h->ops->opened(fc);
	fake_result(h, VMBW_OPEN_RESULT, m->relid, m->open_id, h->open_status);
}

static void fake_close_channel(struct fake_host *h, u32 relid)
{
	struct fake_channel *fc;

	guard(mutex)(&h->lock);
	fc = fake_channel_find(h, relid);
	if (fc)
		fc->gpadl = 0;
}

static void fake_move_channel(struct fake_host *h, const struct vmbw_modify *m)
{
	struct vmbw_modify msg = {
		.hdr.type = cpu_to_le32(VMBW_MODIFY_RESPONSE), .relid = m->relid,
	};

	if (h->bus->version >= VMBW_V5_3)
		fake_say(h, &msg, sizeof(msg));
}

/* Nothing of the guest is known any more, no channel is open. */
static void fake_unload(struct fake_host *h)
{
	struct fake_gpadl *g, *next;
	struct fake_channel *fc;

	scoped_guard(mutex, &h->lock) {
		list_for_each_entry(fc, &h->channels, list)
			fc->gpadl = 0;
		list_for_each_entry_safe(g, next, &h->gpadls, list)
			kvfree(g);
		INIT_LIST_HEAD(&h->gpadls);
	}
	fake_say(h, &(struct vmbw_msg) {
		 .type = cpu_to_le32(VMBW_UNLOAD_RESPONSE) }, 8);
}

/* Answers a message, within the guest's posting of it. */
static void fake_answer(struct fake_host *h, u32 type, const void *msg)
{
	const struct vmbw_gpadl_teardown *teardown = msg;
	const struct vmbw_gpadl_body *body = msg;
	const struct vmbw_u32 *plain = msg;

	switch (type) {
	case VMBW_INITIATE_CONTACT:
		fake_version(h, msg);
		break;
	case VMBW_REQUEST_OFFERS:
		if (h->delivers)
			fake_say(h, &(struct vmbw_msg) {
				 .type = cpu_to_le32(VMBW_OFFERS_DELIVERED) }, 8);
		break;
	case VMBW_GPADL_HEADER:
		fake_gpadl_begin(h, msg);
		break;
	case VMBW_GPADL_BODY:
		fake_gpadl_more(h, body->gpadl, body->pfn, VMBW_BODY_PFNS);
		break;
	case VMBW_GPADL_TEARDOWN:
		fake_gpadl_end(h, le32_to_cpu(teardown->gpadl));
		break;
	case VMBW_OPEN:
		fake_open_channel(h, msg);
		break;
	case VMBW_CLOSE:
		fake_close_channel(h, le32_to_cpu(plain->value));
		break;
	case VMBW_MODIFY_CHANNEL:
		fake_move_channel(h, msg);
		break;
	case VMBW_UNLOAD:
		if (h->unloads)
			fake_unload(h);
		break;
	}
}

static void fake_note_end(struct fake_host *h, u32 type, u32 relid)
{
	guard(mutex)(&h->lock);
	if (h->ended < ARRAY_SIZE(h->ends)) {
		h->ends[h->ended].type = type;
		h->ends[h->ended].relid = relid;
	}
	h->ended++;
}

static int fake_post(struct vmb_bus *bus, u32 connection, const void *msg,
		     u32 len)
{
	struct fake_host *h = dev_get_drvdata(bus->dev);
	u32 type = le32_to_cpu(*(const __le32 *)msg);
	const struct vmbw_open *open = msg;

	if (type >= VMBW_MSG_TYPES)
		return -EIO;
	if (h->refusals && (!h->refuse_type || type == h->refuse_type)) {
		h->refusals -= h->refusals > 0;
		return h->refuse;
	}
	h->posts[type]++;
	if (type == VMBW_CLOSE || type == VMBW_GPADL_TEARDOWN)
		fake_note_end(h, type, le32_to_cpu(open->relid));
	if (type == VMBW_OPEN)
		h->last_open = open->open_id;
	if (type == VMBW_INITIATE_CONTACT && connection == VMBW_CONN_V5 && h->no_v5)
		return -ENXIO;
	if (type == h->rescind_on) {
		fake_rescind(h, le32_to_cpu(open->relid));
		return 0;
	}
	if (type != h->mute && type != h->mute2)
		fake_answer(h, type, msg);
	if (type == h->rescind_after)
		fake_rescind(h, le32_to_cpu(open->relid));
	return 0;
}

/**
 * fake_channel() - a channel that the host has offered
 * @h: host
 * @relid: its number
 *
 * Return: the channel, which lives as long as the host, or NULL.
 */
struct fake_channel *fake_channel(struct fake_host *h, u32 relid)
{
	guard(mutex)(&h->lock);
	return fake_channel_find(h, relid);
}
EXPORT_SYMBOL_GPL(fake_channel);

/**
 * fake_device() - what the guest made of an offer
 * @h: host
 * @relid: channel of the device
 *
 * Return: the device with a reference, for put_device(), or NULL.
 */
struct vmb_device *fake_device(struct fake_host *h, u32 relid)
{
	struct vmb_channel *ch = vmb_channel_get(h->bus, relid);
	struct vmb_device *vdev;

	if (!ch)
		return NULL;
	vdev = &ch->node->vdev;
	get_device(vdev->dev);
	vmb_channel_put(ch);
	return vdev;
}
EXPORT_SYMBOL_GPL(fake_device);

static void fake_channel_add(struct fake_host *h, u32 relid, u16 index)
{
	struct fake_channel *fc = kzalloc_obj(*fc);

	guard(mutex)(&h->lock);
	if (!fc || fake_channel_find(h, relid)) {
		kfree(fc);
		return;
	}
	fc->host = h;
	fc->relid = relid;
	fc->index = index;
	list_add_tail(&fc->list, &h->channels);
}

/**
 * fake_offer_flags() - offer a channel
 * @h: host
 * @relid: its number; below 128 for one that the guest sends on
 * @instance: which device
 * @index: 0 for a primary channel
 * @flags: offer flags
 *
 * Context: process.
 */
void fake_offer_flags(struct fake_host *h, u32 relid, u8 instance, u16 index,
		      u16 flags)
{
	struct vmbw_offer msg = {
		.hdr.type = cpu_to_le32(VMBW_OFFER), .class_id = h->class_id,
		.relid = cpu_to_le32(relid), .sub_index = cpu_to_le16(index),
		.monitor_id = relid % 128, .monitor_flags = VMBW_OFFER_MONITORED,
		.dedicated_flags = cpu_to_le16(1), .flags = cpu_to_le16(flags),
	};

	/*
	 * Ours alone, also beside a real bus. The first bytes say which disk of
	 * the IDE class it is.
	 */
	memcpy(&msg.instance_id.b[6], &h, sizeof(h));
	msg.instance_id.b[15] = instance;
	fake_channel_add(h, relid, index);
	fake_say(h, &msg, sizeof(msg));
}
EXPORT_SYMBOL_GPL(fake_offer_flags);

/**
 * fake_offer() - offer a channel, without flags
 * @h: host
 * @relid: see fake_offer_flags()
 * @instance: see fake_offer_flags()
 * @index: see fake_offer_flags()
 *
 * Context: process.
 */
void fake_offer(struct fake_host *h, u32 relid, u8 instance, u16 index)
{
	fake_offer_flags(h, relid, instance, index, 0);
}
EXPORT_SYMBOL_GPL(fake_offer);

/**
 * fake_settle() - wait until the guest has dealt with offers and rescinds
 * @h: host
 *
 * Context: process.
 */
void fake_settle(struct fake_host *h)
{
	/* Works queue each other: adding a device may lead to its removal. */
	for (int i = 0; i < 3; i++) {
		vmb_flush_devices(h->bus);
		flush_workqueue(h->bus->sub_wq);
		flush_workqueue(h->bus->notify_wq);
	}
}
EXPORT_SYMBOL_GPL(fake_settle);

/**
 * fake_host_make() - a bus that is connected to a host of its own
 * @test: test that it is for
 * @name: of the device that stands for the bus
 *
 * Context: process.
 * Return: the host, for fake_host_free().
 */
struct fake_host *fake_host_make(struct kunit *test, const char *name)
{
	struct fake_host *h = kunit_kzalloc(test, sizeof(*h), GFP_KERNEL);
	struct device *dev = kunit_device_register(test, name);

	KUNIT_ASSERT_NOT_NULL(test, h);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, dev);
	guid_copy(&h->class_id, &fake_class);
	h->takes = VMBW_V6_0;
	mutex_init(&h->lock);
	INIT_LIST_HEAD(&h->channels);
	INIT_LIST_HEAD(&h->gpadls);
	h->bus = vmb_bus_alloc(dev);
	KUNIT_ASSERT_NOT_NULL(test, h->bus);
	h->bus->post = fake_post;
	h->bus->timeout = 2;
	h->bus->unload_timeout = 2;
	h->bus->post_timeout = 2;
	h->bus->version = VMBW_V6_0;
	h->bus->state = VMB_BUS_UP;
	dev_set_drvdata(dev, h);
	return h;
}
EXPORT_SYMBOL_GPL(fake_host_make);

/**
 * fake_host_start() - read what the guest sends, from now on
 * @test: test that it is for
 * @h: host
 * @ops: the device that it has
 * @ctx: the device's own, for fake_host.ctx
 *
 * Context: process.
 */
void fake_host_start(struct kunit *test, struct fake_host *h,
		     const struct fake_ops *ops, void *ctx)
{
	struct task_struct *thread;

	h->ops = ops;
	h->ctx = ctx;
	h->buf = kunit_kmalloc(test, FAKE_PACKET_MAX, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, h->buf);
	/* Somebody answers, but not before it has had a processor. */
	h->bus->timeout = 10 * HZ;
	h->bus->post_timeout = 10 * HZ;
	thread = kthread_run(fake_thread, h, "%s", dev_name(h->bus->dev));
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, thread);
	h->thread = thread;
}
EXPORT_SYMBOL_GPL(fake_host_start);

/**
 * fake_host_stop() - read nothing any more
 * @h: host, also one that was not started
 *
 * Context: process.
 */
void fake_host_stop(struct fake_host *h)
{
	if (h->thread)
		kthread_stop(h->thread);
	h->thread = NULL;
}
EXPORT_SYMBOL_GPL(fake_host_stop);

/**
 * fake_host_use_cpus() - let channels be put on CPUs
 * @h: host
 * @count: how many CPUs at most
 *
 * On a real bus those may be used whose SynIC is on.
 *
 * Context: process.
 */
void fake_host_use_cpus(struct fake_host *h, unsigned int count)
{
	unsigned int cpu;

	guard(mutex)(&h->bus->lock);
	cpumask_clear(&h->bus->cpus_enabled);
	for_each_online_cpu(cpu)
		if (count && count--)
			cpumask_set_cpu(cpu, &h->bus->cpus_enabled);
}
EXPORT_SYMBOL_GPL(fake_host_use_cpus);

/**
 * fake_host_free() - end a host, and its bus first
 * @h: host
 *
 * Context: process.
 */
void fake_host_free(struct fake_host *h)
{
	struct fake_channel *fc, *next_fc;
	struct fake_gpadl *g, *next_g;

	h->bus->state = VMB_BUS_LEAVING;
	vmb_remove_all(h->bus);
	fake_host_stop(h);
	h->bus->state = VMB_BUS_DOWN;
	vmb_bus_free(h->bus);
	list_for_each_entry_safe(fc, next_fc, &h->channels, list)
		kfree(fc);
	list_for_each_entry_safe(g, next_g, &h->gpadls, list)
		kvfree(g);
}
EXPORT_SYMBOL_GPL(fake_host_free);

MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_DESCRIPTION("A VMBus host made of functions, for the KUnit suites");
MODULE_LICENSE("GPL");
