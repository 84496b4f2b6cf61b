// SPDX-License-Identifier: GPL-2.0
/*
 * A whole bus against a host made of a function: connecting, offers, rescinds
 * in every order, channels that open, break and go. Needs no hypervisor.
 */
#include <kunit/test.h>
#include <linux/cleanup.h>
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/module.h>
#include <linux/prandom.h>

#include "../vmbus/channel.h"
#include "../vmbus/connection.h"
#include "../vmbus/message.h"
#include "../vmbus/node.h"
#include "../vmbus/offer.h"
#include "../vmbus/packet.h"
#include "fake_host.h"

static int bus_init(struct kunit *test)
{
	test->priv = fake_host_make(test, "vmbus-fake");
	return 0;
}

static void bus_exit(struct kunit *test)
{
	if (test->priv)
		fake_host_free(test->priv);
}

static unsigned long bus_counter(struct fake_host *h, enum vmb_counter which)
{
	return atomic_long_read(&h->bus->counters[which]);
}

static unsigned int bus_devices(struct fake_host *h)
{
	guard(mutex)(&h->bus->lock);
	return list_count_nodes(&h->bus->devices);
}

/* Each version that a host may take is found, the better ones are tried first. */
static void connect_falls_back(struct kunit *test)
{
	static const u32 order[] = {
		0x60000, 0x50003, 0x50002, 0x50001, 0x50000, 0x40001, 0x40000,
	};
	struct fake_host *h = test->priv;

	for (u32 i = 0; i < ARRAY_SIZE(order); i++) {
		h->takes = order[i];
		h->asked = 0;
		KUNIT_ASSERT_EQ(test, vmb_connect(h->bus, U32_MAX), 0);
		KUNIT_EXPECT_EQ(test, h->bus->version, order[i]);
		KUNIT_EXPECT_EQ(test, h->bus->connection,
				order[i] < 0x50000 ? 1 : 77);
		KUNIT_ASSERT_EQ(test, h->asked, i + 1);
		for (u32 j = 0; j <= i; j++)
			KUNIT_EXPECT_EQ(test, h->versions[j], order[j]);
		/* Asked for it alone. */
		h->asked = 0;
		KUNIT_ASSERT_EQ(test, vmb_connect(h->bus, order[i]), 0);
		KUNIT_EXPECT_EQ(test, h->asked, 1);
	}
}

static void connect_refused(struct kunit *test)
{
	struct fake_host *h = test->priv;

	h->takes = 0;
	KUNIT_EXPECT_EQ(test, vmb_connect(h->bus, U32_MAX), -EPROTO);
	KUNIT_EXPECT_EQ(test, h->asked, 7);
	KUNIT_EXPECT_EQ(test, h->bus->version, 0);
	h->takes = VMBW_V6_0;
	h->state = 2;
	h->asked = 0;
	KUNIT_EXPECT_EQ(test, vmb_connect(h->bus, U32_MAX), -EBUSY);
	KUNIT_EXPECT_EQ(test, h->asked, 1);
}

/* No answer ends the attempt: the same host would not answer the next one. */
static void connect_mute(struct kunit *test)
{
	struct fake_host *h = test->priv;

	h->mute = VMBW_INITIATE_CONTACT;
	KUNIT_EXPECT_EQ(test, vmb_connect(h->bus, U32_MAX), -ETIMEDOUT);
	KUNIT_EXPECT_EQ(test, h->posts[VMBW_INITIATE_CONTACT], 1);
	h->mute = 0;
	KUNIT_EXPECT_EQ(test, vmb_connect(h->bus, U32_MAX), 0);
}

/* A host from before protocol 5 does not know the connection id. */
static void connect_old_host(struct kunit *test)
{
	struct fake_host *h = test->priv;

	h->no_v5 = true;
	h->takes = VMBW_V4_1;
	KUNIT_EXPECT_EQ(test, vmb_connect(h->bus, U32_MAX), 0);
	KUNIT_EXPECT_EQ(test, h->bus->version, VMBW_V4_1);
	KUNIT_EXPECT_EQ(test, h->asked, 1);
}

/* The old connection's end may come first, which takes as long as an unload. */
static void connect_late(struct kunit *test)
{
	struct fake_host *h = test->priv;
	unsigned long start = jiffies;

	h->bus->timeout = 1;
	h->bus->unload_timeout = HZ / 5;
	h->mute = VMBW_INITIATE_CONTACT;
	KUNIT_EXPECT_EQ(test, vmb_connect(h->bus, U32_MAX), -ETIMEDOUT);
	KUNIT_EXPECT_GE(test, jiffies - start, HZ / 5);
	h->mute = 0;
}

/* UNLOAD_RESPONSE out of turn must not look like a reply to a later UNLOAD. */
static void unload_unasked(struct kunit *test)
{
	struct vmbw_msg msg = { .type = cpu_to_le32(VMBW_UNLOAD_RESPONSE) };
	struct fake_host *h = test->priv;
	struct vmb_wait w;

	fake_say(h, &msg, sizeof(msg));
	KUNIT_EXPECT_FALSE(test, h->bus->unloaded);
	KUNIT_EXPECT_EQ(test, bus_counter(h, VMB_LATE_REPLIES), 1);
	vmb_wait_start(h->bus, &w, VMBW_UNLOAD_RESPONSE, 0, 0);
	fake_say(h, &msg, sizeof(msg));
	KUNIT_EXPECT_TRUE(test, h->bus->unloaded);
	KUNIT_EXPECT_EQ(test, vmb_wait_end(h->bus, &w, 0, 1), 0);
}

/* Requesting offers ends when they are all there, or in time. */
static void offers_awaited(struct kunit *test)
{
	struct vmbw_msg msg = { .type = cpu_to_le32(VMBW_OFFERS_DELIVERED) };
	struct fake_host *h = test->priv;

	KUNIT_EXPECT_EQ(test, vmb_request_offers(h->bus), -ETIMEDOUT);
	h->delivers = true;
	h->bus->timeout = 1000 * HZ;
	KUNIT_EXPECT_EQ(test, vmb_request_offers(h->bus), 0);
	/* A host may say so again. */
	fake_say(h, &msg, sizeof(msg));
}

static void two_buses(struct kunit *test)
{
	struct fake_host *a = test->priv;
	struct fake_host *b = fake_host_make(test, "vmbus-fake2");

	a->takes = VMBW_V5_1;
	b->takes = VMBW_V4_0;
	KUNIT_EXPECT_EQ(test, vmb_connect(a->bus, U32_MAX), 0);
	KUNIT_EXPECT_EQ(test, vmb_connect(b->bus, U32_MAX), 0);
	KUNIT_EXPECT_EQ(test, a->bus->version, VMBW_V5_1);
	KUNIT_EXPECT_EQ(test, b->bus->version, VMBW_V4_0);
	fake_offer(a, 1, 1, 0);
	fake_settle(a);
	fake_settle(b);
	KUNIT_EXPECT_EQ(test, bus_devices(a), 1);
	KUNIT_EXPECT_EQ(test, bus_devices(b), 0);
	fake_host_free(b);
}

/* After a wait in vain the next is short, until the host says something. */
static void wait_for_silent(struct kunit *test)
{
	struct fake_host *h = test->priv;
	struct vmb_wait w;

	h->bus->timeout = 1000 * HZ;
	KUNIT_EXPECT_EQ(test, vmb_reply_timeout(h->bus), 1000 * HZ);
	vmb_wait_start(h->bus, &w, VMBW_OPEN_RESULT, 3, 9);
	KUNIT_EXPECT_EQ(test, vmb_wait_end(h->bus, &w, 0, 1), -ETIMEDOUT);
	KUNIT_EXPECT_EQ(test, vmb_reply_timeout(h->bus), HZ);
	fake_result(h, VMBW_OPEN_RESULT, cpu_to_le32(3), cpu_to_le32(9), 0);
	KUNIT_EXPECT_EQ(test, vmb_reply_timeout(h->bus), 1000 * HZ);
}

static void wait_matches(struct kunit *test)
{
	struct fake_host *h = test->priv;
	struct vmb_wait w;

	vmb_wait_start(h->bus, &w, VMBW_OPEN_RESULT, 3, 9);
	fake_result(h, VMBW_OPEN_RESULT, cpu_to_le32(4), cpu_to_le32(9), 0);
	fake_result(h, VMBW_OPEN_RESULT, cpu_to_le32(3), cpu_to_le32(8), 0);
	fake_result(h, VMBW_GPADL_CREATED, cpu_to_le32(3), cpu_to_le32(9), 0);
	KUNIT_EXPECT_EQ(test, bus_counter(h, VMB_LATE_REPLIES), 3);
	KUNIT_EXPECT_EQ(test, vmb_wait_end(h->bus, &w, 0, 1), -ETIMEDOUT);
	/* Late: the waiter's stack frame is gone, nobody is found. */
	fake_result(h, VMBW_OPEN_RESULT, cpu_to_le32(3), cpu_to_le32(9), 0);
	KUNIT_EXPECT_EQ(test, bus_counter(h, VMB_LATE_REPLIES), 4);

	vmb_wait_start(h->bus, &w, VMBW_OPEN_RESULT, 3, 9);
	fake_result(h, VMBW_OPEN_RESULT, cpu_to_le32(3), cpu_to_le32(9), 5);
	/* A second answer does not change the first. */
	fake_result(h, VMBW_OPEN_RESULT, cpu_to_le32(3), cpu_to_le32(9), 6);
	KUNIT_EXPECT_EQ(test, vmb_wait_end(h->bus, &w, 0, 1), 0);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(w.reply.result.status), 5);

	vmb_wait_start(h->bus, &w, VMBW_OPEN_RESULT, 3, 9);
	KUNIT_EXPECT_EQ(test, vmb_wait_end(h->bus, &w, -EIO, 1000 * HZ), -EIO);
	vmb_wait_start(h->bus, &w, VMBW_OPEN_RESULT, 3, 9);
	vmb_wait_rescind(h->bus, 4);
	vmb_wait_rescind(h->bus, 3);
	KUNIT_EXPECT_EQ(test, vmb_wait_end(h->bus, &w, 0, 1000 * HZ), -ENODEV);
}

static void offer_and_rescind(struct kunit *test)
{
	struct fake_host *h = test->priv;

	for (int i = 0; i < 50; i++) {
		fake_offer(h, 5, 1, 0);
		if (i & 1)
			fake_settle(h);
		fake_u32(h, VMBW_RESCIND, 5);
		if (i & 2)
			fake_u32(h, VMBW_RESCIND, 5);
		fake_settle(h);
		KUNIT_ASSERT_EQ(test, bus_devices(h), 0);
		KUNIT_ASSERT_NULL(test, vmb_channel_get(h->bus, 5));
	}
	KUNIT_EXPECT_GE(test, h->posts[VMBW_RELID_RELEASED], 50);
	KUNIT_EXPECT_EQ(test, bus_counter(h, VMB_DROPPED_OFFERS), 0);
}

/* The instance comes back under another number before it was removed. */
static void offer_before_removal(struct kunit *test)
{
	struct fake_host *h = test->priv;
	struct vmb_channel *ch;

	for (u32 i = 0; i < 50; i++) {
		fake_offer(h, 10 + i, 1, 0);
		if (i % 3)
			fake_settle(h);
		fake_u32(h, VMBW_RESCIND, 10 + i);
	}
	fake_offer(h, 9, 1, 0);
	fake_settle(h);
	KUNIT_EXPECT_EQ(test, bus_devices(h), 1);
	KUNIT_EXPECT_EQ(test, h->posts[VMBW_RELID_RELEASED], 50);
	ch = vmb_channel_get(h->bus, 9);
	KUNIT_ASSERT_NOT_NULL(test, ch);
	KUNIT_EXPECT_TRUE(test, ch->node->added);
	vmb_channel_put(ch);
}

static void offer_lies(struct kunit *test)
{
	struct fake_host *h = test->priv;

	fake_offer(h, 5, 1, 0);
	fake_offer(h, 5, 2, 0);		/* number in use */
	fake_offer(h, 6, 1, 0);		/* instance in use */
	fake_offer(h, 7, 9, 1);		/* sub-channel of nothing */
	fake_offer(h, 0, 3, 0);
	fake_offer(h, 2048, 3, 0);
	fake_offer(h, U32_MAX, 3, 0);
	KUNIT_EXPECT_EQ(test, bus_counter(h, VMB_DROPPED_OFFERS), 6);
	fake_settle(h);
	KUNIT_EXPECT_EQ(test, bus_devices(h), 1);
	fake_u32(h, VMBW_RESCIND, 0);
	fake_u32(h, VMBW_RESCIND, 2048);
	fake_u32(h, VMBW_RESCIND, U32_MAX);
	KUNIT_EXPECT_EQ(test, bus_counter(h, VMB_BAD_MESSAGES), 3);
	KUNIT_EXPECT_EQ(test, h->posts[VMBW_RELID_RELEASED], 0);
	/* One that was dropped can still be taken back. */
	fake_u32(h, VMBW_RESCIND, 6);
	fake_settle(h);
	KUNIT_EXPECT_EQ(test, h->posts[VMBW_RELID_RELEASED], 1);
}

static void offer_subs(struct kunit *test)
{
	struct fake_host *h = test->priv;

	fake_offer(h, 5, 1, 0);
	fake_offer(h, 6, 1, 1);
	fake_offer(h, 7, 1, 2);
	fake_settle(h);
	fake_u32(h, VMBW_RESCIND, 6);
	fake_settle(h);
	KUNIT_EXPECT_NULL(test, vmb_channel_get(h->bus, 6));
	KUNIT_EXPECT_EQ(test, h->posts[VMBW_RELID_RELEASED], 1);
	/* The device first, then its sub-channel. */
	fake_u32(h, VMBW_RESCIND, 5);
	fake_settle(h);
	fake_u32(h, VMBW_RESCIND, 7);
	fake_settle(h);
	KUNIT_EXPECT_EQ(test, h->posts[VMBW_RELID_RELEASED], 3);
	KUNIT_EXPECT_EQ(test, bus_devices(h), 0);
}

/* Random bytes as messages: nothing happens but counting. */
static void message_noise(struct kunit *test)
{
	struct fake_host *h = test->priv;
	struct rnd_state rnd;
	u8 msg[VMBW_MSG_MAX];

	prandom_seed_state(&rnd, 7);
	for (int i = 0; i < 5000; i++) {
		u32 len = prandom_u32_state(&rnd) % (VMBW_MSG_MAX + 1);

		prandom_bytes_state(&rnd, msg, sizeof(msg));
		if (i & 3)
			*(__le32 *)msg = cpu_to_le32(prandom_u32_state(&rnd) % 32);
		vmb_message(h->bus, msg, len);
	}
	fake_settle(h);
	KUNIT_EXPECT_GT(test, bus_counter(h, VMB_BAD_MESSAGES), 1000);
}

/* What the test driver did; one at a time. */
static struct {
	struct vmb_channel *ch;
	struct vmb_channel *sub;
	int opened;
	int packets;
	int dead;
	int removed;
	int closed;
	int last;
	bool event;
	struct completion got;
} seen;

static void fake_receive(struct vmb_channel *ch)
{
	struct vmb_rx rx;

	while (!(seen.last = vmb_recv(ch, &rx)))
		seen.packets++;
	complete(&seen.got);
}

static void fake_event(struct vmb_channel *ch)
{
	do
		fake_receive(ch);
	while (vmb_unmask(ch));
}

static void fake_dead(struct vmb_channel *ch, int error)
{
	seen.dead++;
}

static const struct vmb_channel_ops fake_ops[2] = {
	{ .receive = fake_receive, .dead = fake_dead },
	{ .event = fake_event, .dead = fake_dead },
};

static int fake_open(struct vmb_channel *ch)
{
	struct vmb_open how = {
		.ops = &fake_ops[seen.event], .ctx = &seen,
		.tx_bytes = 2 * PAGE_SIZE, .rx_bytes = 2 * PAGE_SIZE,
		.max_rx_packet = 256,
	};

	if (PAGE_SIZE != VMB_PAGE_SIZE) {
		how.tx_bytes = VMB_PAGE_SIZE + PAGE_SIZE;
		how.rx_bytes = VMB_PAGE_SIZE + PAGE_SIZE;
	}
	return vmb_open(ch, &how);
}

static int fake_probe(struct vmb_device *vdev, const struct hv_vmbus_device_id *id)
{
	seen.ch = vdev->channel;
	seen.opened = fake_open(vdev->channel);
	return seen.opened;
}

static void fake_remove(struct vmb_device *vdev)
{
	seen.closed = vmb_close(vdev->channel);
	seen.removed++;
}

static void fake_subchannel(struct vmb_device *vdev, struct vmb_channel *sub)
{
	seen.sub = sub;
	fake_open(sub);
}

static const struct hv_vmbus_device_id fake_ids[] = {
	{ .guid = FAKE_CLASS },
	{}
};

static struct vmb_driver fake_driver = {
	.driver.name = "vmbus-fake",
	.id_table = fake_ids,
	.probe = fake_probe,
	.remove = fake_remove,
	.subchannel = fake_subchannel,
};

static void fake_driver_start(struct kunit *test, bool event)
{
	memset(&seen, 0, sizeof(seen));
	seen.event = event;
	init_completion(&seen.got);
	KUNIT_ASSERT_EQ(test, vmb_driver_register(&fake_driver), 0);
}

/* The host writes a packet of @len8 8-byte units and interrupts. */
static void fake_packet(struct fake_host *h, u32 relid, u16 len8)
{
	struct vmb_packet pkt = { .type = VMB_INBAND, .data = "12345678", .len = 8 };
	struct fake_channel *fc = fake_channel(h, relid);

	fake_put(fc, &pkt, len8);
	fake_interrupt(fc);
}

static void channel_packets(struct kunit *test)
{
	struct fake_host *h = test->priv;

	for (int event = 0; event < 2; event++) {
		fake_driver_start(test, event);
		fake_offer(h, 5, 1, 0);
		fake_settle(h);
		KUNIT_EXPECT_EQ(test, seen.opened, 0);
		KUNIT_EXPECT_EQ(test, vmb_channel_error(seen.ch), 0);
		for (int i = 0; i < 1000; i++) {
			reinit_completion(&seen.got);
			fake_packet(h, 5, 0);
			wait_for_completion_timeout(&seen.got, HZ);
		}
		KUNIT_EXPECT_EQ(test, seen.packets, 1000);
		vmb_driver_unregister(&fake_driver);
		KUNIT_EXPECT_EQ(test, seen.removed, 1);
		KUNIT_EXPECT_EQ(test, seen.dead, 0);
		fake_u32(h, VMBW_RESCIND, 5);
		fake_settle(h);
	}
	KUNIT_EXPECT_EQ(test, h->posts[VMBW_OPEN], 2);
	KUNIT_EXPECT_EQ(test, h->posts[VMBW_CLOSE], 2);
	KUNIT_EXPECT_EQ(test, h->posts[VMBW_GPADL_TEARDOWN], 2);
	KUNIT_EXPECT_EQ(test, bus_counter(h, VMB_LOST_PAGES), 0);
}

/* A pipe of a service whose id is a device class is not that device. */
static void pipe_unmatched(struct kunit *test)
{
	struct fake_host *h = test->priv;

	fake_driver_start(test, true);
	fake_offer_flags(h, 5, 1, 0, 0x2000);
	fake_settle(h);
	KUNIT_EXPECT_EQ(test, bus_devices(h), 1);
	KUNIT_EXPECT_NULL(test, seen.ch);
	fake_offer(h, 6, 2, 0);
	fake_settle(h);
	KUNIT_EXPECT_NOT_NULL(test, seen.ch);
	vmb_driver_unregister(&fake_driver);
}

/* A packet that cannot be true ends the channel, and it alone. */
static void channel_breaks(struct kunit *test)
{
	struct fake_host *h = test->priv;

	fake_driver_start(test, true);
	fake_offer(h, 5, 1, 0);
	fake_settle(h);
	fake_offer(h, 6, 1, 1);
	fake_settle(h);
	KUNIT_ASSERT_NOT_NULL(test, seen.sub);
	fake_packet(h, 5, 1);
	fake_settle(h);
	KUNIT_EXPECT_EQ(test, vmb_channel_error(seen.ch), -EIO);
	KUNIT_EXPECT_EQ(test, vmb_channel_error(seen.sub), 0);
	KUNIT_EXPECT_EQ(test, seen.dead, 1);
	KUNIT_EXPECT_EQ(test, bus_counter(h, VMB_BROKEN_CHANNELS), 1);
	KUNIT_EXPECT_EQ(test, vmb_send(seen.ch, &(struct vmb_packet) {
			.type = VMB_INBAND }, false), -EIO);
	fake_packet(h, 5, 0);
	KUNIT_EXPECT_EQ(test, seen.packets, 0);
	fake_packet(h, 6, 0);
	KUNIT_EXPECT_EQ(test, seen.packets, 1);
	vmb_driver_unregister(&fake_driver);
	KUNIT_EXPECT_EQ(test, seen.dead, 1);
}

/* A rescind while the guest waits for each of the answers to an open. */
static void rescind_while_opening(struct kunit *test)
{
	static const u32 when[] = { VMBW_GPADL_HEADER, VMBW_OPEN };
	struct fake_host *h = test->priv;

	h->bus->timeout = 1000 * HZ;
	for (int i = 0; i < ARRAY_SIZE(when); i++) {
		fake_driver_start(test, true);
		h->rescind_on = when[i];
		fake_offer(h, 5, 1, 0);
		fake_settle(h);
		h->rescind_on = 0;
		KUNIT_EXPECT_EQ(test, seen.opened, -ENODEV);
		KUNIT_EXPECT_EQ(test, bus_devices(h), 0);
		KUNIT_EXPECT_EQ(test, seen.removed, 0);
		vmb_driver_unregister(&fake_driver);
	}
	KUNIT_EXPECT_EQ(test, h->posts[VMBW_RELID_RELEASED], 2);
}

/* Channel 5 and its sub-channel 6 are in use. */
static void fake_start_with_sub(struct kunit *test)
{
	struct fake_host *h = test->priv;

	fake_driver_start(test, true);
	fake_offer(h, 5, 1, 0);
	fake_offer(h, 6, 1, 1);
	fake_settle(h);
	KUNIT_ASSERT_NOT_NULL(test, seen.sub);
}

/* A rescinded device in use: one ->dead() call, removal, all pages back. */
static void rescind_in_use(struct kunit *test)
{
	struct fake_host *h = test->priv;

	fake_start_with_sub(test);
	fake_u32(h, VMBW_RESCIND, 5);
	fake_settle(h);
	KUNIT_EXPECT_EQ(test, seen.dead, 1);
	KUNIT_EXPECT_EQ(test, seen.removed, 1);
	KUNIT_EXPECT_EQ(test, bus_devices(h), 0);
	KUNIT_EXPECT_EQ(test, h->posts[VMBW_GPADL_TEARDOWN], 2);
	KUNIT_EXPECT_EQ(test, bus_counter(h, VMB_LOST_PAGES), 0);
	/* No CLOSE for what the host has closed, but one for the sub-channel. */
	KUNIT_EXPECT_EQ(test, h->posts[VMBW_CLOSE], 1);
	vmb_driver_unregister(&fake_driver);
}

/* The host refuses, or says nothing: an error in time, nothing leaked. */
static void open_fails(struct kunit *test)
{
	struct fake_host *h = test->priv;

	fake_driver_start(test, true);
	h->open_status = 1;
	fake_offer(h, 5, 1, 0);
	fake_settle(h);
	KUNIT_EXPECT_EQ(test, seen.opened, -EIO);
	vmb_driver_unregister(&fake_driver);
	h->open_status = 0;
	h->mute = VMBW_OPEN;
	fake_driver_start(test, true);
	KUNIT_EXPECT_EQ(test, seen.opened, -ETIMEDOUT);
	KUNIT_EXPECT_EQ(test, h->posts[VMBW_CLOSE], 1);
	KUNIT_EXPECT_EQ(test, bus_counter(h, VMB_LOST_PAGES), 0);
	vmb_driver_unregister(&fake_driver);
	h->mute = 0;
}

/* A packet that cannot be true, before the answer to the open. */
static void fake_opened_badly(struct fake_channel *fc)
{
	fake_packet(fc->host, fc->relid, 1);
}

static void fake_opened_refused(struct fake_channel *fc)
{
	fake_opened_badly(fc);
	fc->host->open_status = 1;
}

static const struct fake_ops fake_bad[2] = {
	{ .opened = fake_opened_badly },
	{ .opened = fake_opened_refused },
};

/* A channel that breaks while it opens is closed on the host, and no worse. */
static void broken_while_opening(struct kunit *test)
{
	struct fake_host *h = test->priv;

	fake_offer(h, 5, 1, 0);
	fake_settle(h);
	for (u32 i = 0; i < ARRAY_SIZE(fake_bad); i++) {
		h->ops = &fake_bad[i];
		fake_driver_start(test, true);
		KUNIT_EXPECT_EQ(test, seen.opened, -EIO);
		KUNIT_EXPECT_EQ(test, seen.dead, 0);
		/* No CLOSE for what the host refused; one for the last round's. */
		KUNIT_EXPECT_EQ(test, h->posts[VMBW_CLOSE], i + 1);
		KUNIT_EXPECT_EQ(test, bus_counter(h, VMB_BROKEN_CHANNELS), i + 1);
		KUNIT_EXPECT_EQ(test, bus_counter(h, VMB_LOST_PAGES), 0);
		vmb_driver_unregister(&fake_driver);
		h->ops = NULL;
		h->open_status = 0;
		fake_driver_start(test, true);
		KUNIT_EXPECT_EQ(test, seen.opened, 0);
		vmb_driver_unregister(&fake_driver);
	}
}

/* The host opens when the guest has given up: it must close, and let go. */
static void open_late(struct kunit *test)
{
	struct fake_host *h = test->priv;

	fake_offer(h, 5, 1, 0);
	fake_settle(h);
	/* As a host that is still opening: it ignores CLOSE and TEARDOWN. */
	h->mute = VMBW_OPEN;
	h->mute2 = VMBW_GPADL_TEARDOWN;
	fake_driver_start(test, true);
	KUNIT_EXPECT_EQ(test, seen.opened, -ETIMEDOUT);
	KUNIT_EXPECT_EQ(test, h->posts[VMBW_CLOSE], 1);
	KUNIT_EXPECT_NE(test, bus_counter(h, VMB_LOST_PAGES), 0);
	h->mute = 0;
	h->mute2 = 0;
	/* A refusal needs no CLOSE, nor does a channel that nobody knows. */
	fake_result(h, VMBW_OPEN_RESULT, cpu_to_le32(5), h->last_open, 1);
	fake_result(h, VMBW_OPEN_RESULT, cpu_to_le32(6), h->last_open, 0);
	fake_result(h, VMBW_OPEN_RESULT, cpu_to_le32(U32_MAX), h->last_open, 0);
	fake_settle(h);
	KUNIT_EXPECT_EQ(test, h->posts[VMBW_CLOSE], 1);
	fake_result(h, VMBW_OPEN_RESULT, cpu_to_le32(5), h->last_open, 0);
	fake_settle(h);
	KUNIT_EXPECT_EQ(test, h->posts[VMBW_CLOSE], 2);
	KUNIT_EXPECT_EQ(test, bus_counter(h, VMB_LOST_PAGES), 0);
	vmb_driver_unregister(&fake_driver);
	/* An open channel is not closed by a stray result. */
	fake_driver_start(test, true);
	KUNIT_EXPECT_EQ(test, seen.opened, 0);
	fake_result(h, VMBW_OPEN_RESULT, cpu_to_le32(5), cpu_to_le32(77), 0);
	fake_settle(h);
	KUNIT_EXPECT_EQ(test, h->posts[VMBW_CLOSE], 2);
	vmb_driver_unregister(&fake_driver);
}

/* An offer for which there was no memory is released, so that it comes again. */
static void offer_no_memory(struct kunit *test)
{
#ifdef CONFIG_FAULT_INJECTION
	struct fake_host *h = test->priv;

	h->bus->fail_offer.probability = 100;
	h->bus->fail_offer.verbose = 0;
	fake_offer(h, 5, 1, 0);
	fake_offer(h, 6, 1, 0);
	fake_settle(h);
	KUNIT_EXPECT_EQ(test, bus_devices(h), 1);
	KUNIT_EXPECT_EQ(test, bus_counter(h, VMB_DROPPED_OFFERS), 1);
	KUNIT_EXPECT_EQ(test, h->posts[VMBW_RELID_RELEASED], 1);
#else
	kunit_skip(test, "needs fault injection");
#endif
}

/* The same where the memory is found to be missing when the device is added. */
static void add_no_memory(struct kunit *test)
{
#ifdef CONFIG_FAULT_INJECTION
	struct fake_host *h = test->priv;
	struct vmb_device *vdev;

	h->bus->fail_offer.probability = 100;
	h->bus->fail_offer.verbose = 0;
	/* Passes over the offer itself. */
	atomic_set(&h->bus->fail_offer.space, 2);
	fake_offer(h, 5, 1, 0);
	fake_settle(h);
	KUNIT_EXPECT_EQ(test, bus_devices(h), 0);
	KUNIT_EXPECT_EQ(test, bus_counter(h, VMB_DROPPED_OFFERS), 0);
	KUNIT_EXPECT_EQ(test, h->posts[VMBW_RELID_RELEASED], 1);
	fake_offer(h, 5, 1, 0);
	fake_settle(h);
	vdev = fake_device(h, 5);
	KUNIT_ASSERT_NOT_NULL(test, vdev);
	KUNIT_EXPECT_TRUE(test, device_is_registered(vdev->dev));
	put_device(vdev->dev);
#else
	kunit_skip(test, "needs fault injection");
#endif
}

/* Pages that the host does not confirm stay out of use until it does. */
static void gpadl_lost_and_found(struct kunit *test)
{
	struct fake_host *h = test->priv;

	fake_driver_start(test, true);
	fake_offer(h, 5, 1, 0);
	fake_settle(h);
	h->mute = VMBW_GPADL_TEARDOWN;
	vmb_driver_unregister(&fake_driver);
	KUNIT_EXPECT_EQ(test, bus_counter(h, VMB_LOST_PAGES), 4);
	fake_u32(h, VMBW_GPADL_TORNDOWN, h->last_handle + 1);
	KUNIT_EXPECT_EQ(test, bus_counter(h, VMB_LOST_PAGES), 4);
	fake_u32(h, VMBW_GPADL_TORNDOWN, h->last_handle);
	KUNIT_EXPECT_EQ(test, bus_counter(h, VMB_LOST_PAGES), 0);
	h->mute = 0;
}

/* The host is done with the sub-channels before it hears of their device's end. */
static void close_order(struct kunit *test)
{
	static const u32 types[] = { VMBW_CLOSE, VMBW_GPADL_TEARDOWN };
	static const u32 relids[] = { 6, 5 };
	struct fake_host *h = test->priv;

	fake_start_with_sub(test);
	vmb_driver_unregister(&fake_driver);
	KUNIT_ASSERT_EQ(test, h->ended, 4);
	for (u32 i = 0; i < h->ended; i++) {
		KUNIT_EXPECT_EQ(test, h->ends[i].type, types[i % 2]);
		KUNIT_EXPECT_EQ(test, h->ends[i].relid, relids[i / 2]);
	}
}

/* What vmb_close() returns is whether the host is done with the channel. */
static void close_confirmed(struct kunit *test)
{
	struct fake_host *h = test->priv;

	fake_offer(h, 5, 1, 0);
	fake_settle(h);
	fake_driver_start(test, true);
	vmb_driver_unregister(&fake_driver);
	KUNIT_EXPECT_EQ(test, seen.closed, 0);
	h->mute = VMBW_GPADL_TEARDOWN;
	fake_driver_start(test, true);
	vmb_driver_unregister(&fake_driver);
	KUNIT_EXPECT_EQ(test, seen.closed, -ETIMEDOUT);
	h->mute = 0;
	fake_driver_start(test, true);
	fake_u32(h, VMBW_RESCIND, 5);
	fake_settle(h);
	KUNIT_EXPECT_EQ(test, seen.removed, 1);
	KUNIT_EXPECT_EQ(test, seen.closed, -ENODEV);
	vmb_driver_unregister(&fake_driver);
}

/* A rescinded channel is received from until it is empty; nothing is sent. */
static void rescind_receives(struct kunit *test)
{
	struct vmb_packet pkt = { .type = VMB_INBAND };
	struct fake_host *h = test->priv;

	fake_start_with_sub(test);
	/* Held back from being released: the test is the driver's callback. */
	guard(mutex)(&seen.sub->node->sub_lock);
	fake_u32(h, VMBW_RESCIND, 6);
	KUNIT_EXPECT_EQ(test, vmb_channel_error(seen.sub), -ENODEV);
	KUNIT_EXPECT_EQ(test, vmb_send(seen.sub, &pkt, false), -ENODEV);
	for (int i = 1; i <= 100; i++) {
		fake_packet(h, 6, 0);
		KUNIT_EXPECT_EQ(test, seen.packets, i);
		KUNIT_EXPECT_EQ(test, seen.last, -ENODEV);
	}
	/* A breach ends it: whoever goes on until it is empty has to stop. */
	fake_packet(h, 6, 1);
	KUNIT_EXPECT_EQ(test, seen.last, -EIO);
	KUNIT_EXPECT_FALSE(test, vmb_unmask(seen.sub));
	KUNIT_EXPECT_EQ(test, vmb_channel_error(seen.sub), -ENODEV);
	KUNIT_EXPECT_EQ(test, vmb_close(seen.sub), -ENODEV);
}

static void rescind_receives_end(struct kunit *test)
{
	struct fake_host *h = test->priv;

	rescind_receives(test);
	fake_settle(h);
	KUNIT_EXPECT_NULL(test, vmb_channel_get(h->bus, 6));
	KUNIT_EXPECT_EQ(test, h->posts[VMBW_RELID_RELEASED], 1);
	KUNIT_EXPECT_EQ(test, bus_counter(h, VMB_LOST_PAGES), 0);
	vmb_driver_unregister(&fake_driver);
}

/* A breach ends with a close that the host confirms, and only with that. */
static void broken_and_reopened(struct kunit *test)
{
	struct fake_host *h = test->priv;

	fake_offer(h, 5, 1, 0);
	fake_settle(h);
	for (int i = 0; i < 3; i++) {
		fake_driver_start(test, true);
		KUNIT_ASSERT_EQ(test, seen.opened, 0);
		fake_packet(h, 5, 0);
		KUNIT_EXPECT_EQ(test, seen.packets, 1);
		fake_packet(h, 5, 1);
		fake_settle(h);
		KUNIT_EXPECT_EQ(test, seen.last, -EIO);
		KUNIT_EXPECT_EQ(test, seen.dead, 1);
		h->mute = i == 2 ? VMBW_GPADL_TEARDOWN : 0;
		vmb_driver_unregister(&fake_driver);
	}
	KUNIT_EXPECT_EQ(test, seen.closed, -ETIMEDOUT);
	h->mute = 0;
	fake_driver_start(test, true);
	KUNIT_EXPECT_EQ(test, seen.opened, -EIO);
	vmb_driver_unregister(&fake_driver);
}

/* A rescind between two waits: the second one is not begun. */
static void rescind_before_wait(struct kunit *test)
{
	struct fake_host *h = test->priv;
	unsigned long start = jiffies;

	h->bus->timeout = 20 * HZ;
	h->mute = VMBW_OPEN;
	h->rescind_after = VMBW_GPADL_HEADER;
	fake_driver_start(test, true);
	fake_offer(h, 5, 1, 0);
	fake_settle(h);
	KUNIT_EXPECT_LT(test, jiffies - start, 10 * HZ);
	KUNIT_EXPECT_EQ(test, seen.opened, -ENODEV);
	KUNIT_EXPECT_EQ(test, h->posts[VMBW_OPEN], 0);
	KUNIT_EXPECT_EQ(test, bus_devices(h), 0);
	vmb_driver_unregister(&fake_driver);
}

/* A rescind between an open and what follows it: nothing is asked of the host. */
static void rescind_before_use(struct kunit *test)
{
	struct fake_host *h = test->priv;
	unsigned long start = jiffies;
	unsigned int cpu;

	fake_start_with_sub(test);
	fake_host_use_cpus(h, 2);
	h->bus->timeout = 20 * HZ;
	fake_u32(h, VMBW_RESCIND, 6);
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(vmb_gpadl_create(seen.sub, SZ_64K)),
			-ENODEV);
	for_each_cpu(cpu, &h->bus->cpus_enabled)
		KUNIT_EXPECT_EQ(test, vmb_channel_set_cpu(seen.sub, cpu), 0);
	KUNIT_EXPECT_EQ(test, vmb_close(seen.sub), -ENODEV);
	KUNIT_EXPECT_LT(test, jiffies - start, 10 * HZ);
	KUNIT_EXPECT_EQ(test, h->posts[VMBW_GPADL_HEADER], 2);
	KUNIT_EXPECT_EQ(test, h->posts[VMBW_MODIFY_CHANNEL], 0);
	fake_settle(h);
	KUNIT_EXPECT_EQ(test, bus_counter(h, VMB_LOST_PAGES), 0);
	vmb_driver_unregister(&fake_driver);
}

/*
 * The driver of channel 5 goes, and the host does not confirm the teardown but
 * rescinds the channel. That ends the wait.
 */
static void rescind_ends_teardown(struct kunit *test, struct fake_host *h)
{
	unsigned long start = jiffies;

	h->bus->timeout = 20 * HZ;
	h->mute = VMBW_GPADL_TEARDOWN;
	vmb_driver_unregister(&fake_driver);
	KUNIT_EXPECT_LT(test, jiffies - start, 10 * HZ);
	KUNIT_EXPECT_EQ(test, seen.closed, -ENODEV);
	h->bus->timeout = 2;
}

/* The rescind comes instead of the confirmation. */
static void rescind_in_teardown(struct kunit *test)
{
	struct fake_host *h = test->priv;

	fake_driver_start(test, true);
	fake_offer(h, 5, 1, 0);
	fake_settle(h);
	h->rescind_after = VMBW_GPADL_TEARDOWN;
	rescind_ends_teardown(test, h);
	fake_settle(h);
	KUNIT_EXPECT_EQ(test, bus_devices(h), 0);
	KUNIT_EXPECT_EQ(test, bus_counter(h, VMB_LOST_PAGES), 0);
}

/* What a host does in a while. */
struct late {
	struct delayed_work work;
	struct fake_host *h;
};

static void late_rescind_work(struct work_struct *work)
{
	struct late *late = container_of(to_delayed_work(work), struct late, work);

	fake_u32(late->h, VMBW_RESCIND, 5);
}

/* The same when the wait has begun. */
static void rescind_during_teardown(struct kunit *test)
{
	struct late late = { .h = test->priv };
	struct fake_host *h = test->priv;

	fake_driver_start(test, true);
	fake_offer(h, 5, 1, 0);
	fake_settle(h);
	INIT_DELAYED_WORK_ONSTACK(&late.work, late_rescind_work);
	schedule_delayed_work(&late.work, HZ / 4);
	rescind_ends_teardown(test, h);
	flush_delayed_work(&late.work);
	destroy_delayed_work_on_stack(&late.work);
	fake_settle(h);
	KUNIT_EXPECT_EQ(test, bus_devices(h), 0);
}

/*
 * A host that says nothing about rescinded channels: the removal of a device
 * with many costs one timeout, and the pages come back when they are released.
 */
static void rescind_silent(struct kunit *test)
{
	struct fake_host *h = test->priv;
	unsigned long start;

	fake_driver_start(test, true);
	fake_offer(h, 5, 1, 0);
	for (u32 i = 1; i < 20; i++)
		fake_offer(h, 5 + i, 1, i);
	fake_settle(h);
	KUNIT_EXPECT_EQ(test, h->posts[VMBW_OPEN], 20);
	h->bus->timeout = HZ / 2;
	h->mute = VMBW_GPADL_TEARDOWN;
	start = jiffies;
	/* The sub-channels' rescinds wait for the removal of the device. */
	scoped_guard(mutex, &seen.ch->node->sub_lock)
		for (u32 i = 0; i < 20; i++)
			fake_u32(h, VMBW_RESCIND, 24 - i);
	fake_settle(h);
	KUNIT_EXPECT_LT(test, jiffies - start, 2 * HZ);
	KUNIT_EXPECT_EQ(test, bus_devices(h), 0);
	KUNIT_EXPECT_EQ(test, h->posts[VMBW_GPADL_TEARDOWN], 20);
	KUNIT_EXPECT_EQ(test, h->posts[VMBW_RELID_RELEASED], 20);
	KUNIT_EXPECT_EQ(test, h->posts[VMBW_CLOSE], 0);
	KUNIT_EXPECT_EQ(test, bus_counter(h, VMB_LOST_PAGES), 0);
	vmb_driver_unregister(&fake_driver);
}

/* A throttling host: every message goes out in the end. */
static void post_throttled(struct kunit *test)
{
	static const int results[] = { -EAGAIN, -ENXIO };
	struct fake_host *h = test->priv;

	h->bus->post_timeout = 100 * HZ;
	fake_offer(h, 5, 1, 0);
	fake_settle(h);
	for (unsigned int i = 0; i < ARRAY_SIZE(results); i++) {
		h->refuse = results[i];
		h->refusals = 10;
		fake_driver_start(test, true);
		KUNIT_EXPECT_EQ(test, seen.opened, 0);
		KUNIT_EXPECT_EQ(test, h->refusals, 0);
		h->refusals = 10;
		vmb_driver_unregister(&fake_driver);
		KUNIT_EXPECT_EQ(test, seen.closed, 0);
		KUNIT_EXPECT_EQ(test, h->refusals, 0);
	}
	KUNIT_EXPECT_EQ(test, h->posts[VMBW_CLOSE], 2);
	h->refusals = 10;
	KUNIT_EXPECT_EQ(test, vmb_unload(h->bus), -ETIMEDOUT);
	KUNIT_EXPECT_EQ(test, h->posts[VMBW_UNLOAD], 1);
	/* No retry where it says that the host does not know the id. */
	h->refusals = -1;
	KUNIT_EXPECT_EQ(test, vmb_connect(h->bus, VMBW_V4_0), -EPROTO);
	h->refusals = 0;
}

static void late_room_work(struct work_struct *work)
{
	struct late *late = container_of(to_delayed_work(work), struct late, work);

	WRITE_ONCE(late->h->refusals, 0);
}

/* Hosts have been seen to throttle for ten seconds. */
static void post_throttled_long(struct kunit *test)
{
	struct late late = { .h = test->priv };
	struct fake_host *h = test->priv;

	h->bus->post_timeout = VMB_POST_TIMEOUT;
	h->unloads = true;
	h->refuse = -EAGAIN;
	h->refusals = -1;
	INIT_DELAYED_WORK_ONSTACK(&late.work, late_room_work);
	schedule_delayed_work(&late.work, 11 * HZ);
	KUNIT_EXPECT_EQ(test, vmb_unload(h->bus), 0);
	cancel_delayed_work_sync(&late.work);
	destroy_delayed_work_on_stack(&late.work);
	KUNIT_EXPECT_EQ(test, h->posts[VMBW_UNLOAD], 1);
	h->refusals = 0;
}

/* Retries end, and what could not be posted is not taken for done. */
static void post_refused(struct kunit *test)
{
	struct fake_host *h = test->priv;

	fake_offer(h, 5, 1, 0);
	fake_settle(h);
	fake_driver_start(test, true);
	h->refuse = -EAGAIN;
	h->refusals = -1;
	vmb_driver_unregister(&fake_driver);
	KUNIT_EXPECT_EQ(test, seen.closed, -EAGAIN);
	KUNIT_EXPECT_NE(test, bus_counter(h, VMB_LOST_PAGES), 0);
	h->refusals = 0;
	fake_driver_start(test, true);
	h->refuse_type = VMBW_CLOSE;
	h->refusals = -1;
	vmb_driver_unregister(&fake_driver);
	KUNIT_EXPECT_EQ(test, seen.closed, -EAGAIN);
	h->refusals = 0;
}

/* CLOSE goes out later, and the teardown that had no use before it. */
static void close_retried(struct kunit *test)
{
	struct fake_host *h = test->priv;
	struct vmb_channel *ch;

	fake_driver_start(test, true);
	fake_offer(h, 5, 1, 0);
	fake_settle(h);
	ch = vmb_channel_get(h->bus, 5);
	KUNIT_ASSERT_NOT_NULL(test, ch);
	h->refuse = -EAGAIN;
	h->refuse_type = VMBW_CLOSE;
	h->refusals = -1;
	vmb_driver_unregister(&fake_driver);
	KUNIT_EXPECT_EQ(test, seen.closed, -EAGAIN);
	KUNIT_EXPECT_NE(test, bus_counter(h, VMB_LOST_PAGES), 0);
	h->refusals = 0;
	flush_delayed_work(&ch->close_work);
	KUNIT_EXPECT_EQ(test, h->posts[VMBW_CLOSE], 1);
	KUNIT_EXPECT_EQ(test, bus_counter(h, VMB_LOST_PAGES), 0);
	vmb_channel_put(ch);
}

/* A teardown that could not be posted is not lost, nor is CLOSE said again. */
static void teardown_retried(struct kunit *test)
{
	struct fake_host *h = test->priv;

	fake_driver_start(test, true);
	fake_offer(h, 5, 1, 0);
	fake_settle(h);
	h->refuse = -EAGAIN;
	h->refuse_type = VMBW_GPADL_TEARDOWN;
	h->refusals = -1;
	vmb_driver_unregister(&fake_driver);
	KUNIT_EXPECT_EQ(test, seen.closed, -EAGAIN);
	KUNIT_EXPECT_NE(test, bus_counter(h, VMB_LOST_PAGES), 0);
	flush_delayed_work(&h->bus->teardown_work);
	KUNIT_EXPECT_NE(test, bus_counter(h, VMB_LOST_PAGES), 0);
	h->refusals = 0;
	flush_delayed_work(&h->bus->teardown_work);
	KUNIT_EXPECT_EQ(test, bus_counter(h, VMB_LOST_PAGES), 0);
	KUNIT_EXPECT_EQ(test, h->posts[VMBW_GPADL_TEARDOWN], 1);
	KUNIT_EXPECT_EQ(test, h->posts[VMBW_CLOSE], 1);
	/* Nothing is left to be done. */
	KUNIT_EXPECT_FALSE(test, delayed_work_pending(&h->bus->teardown_work));
}

/* The host offers nothing by a number that it was not given back. */
static void release_retried(struct kunit *test)
{
	struct fake_host *h = test->priv;

	fake_offer(h, 5, 1, 0);
	fake_settle(h);
	h->refuse = -EAGAIN;
	h->refuse_type = VMBW_RELID_RELEASED;
	h->refusals = -1;
	fake_u32(h, VMBW_RESCIND, 5);
	fake_settle(h);
	KUNIT_EXPECT_EQ(test, bus_devices(h), 0);
	KUNIT_EXPECT_EQ(test, h->posts[VMBW_RELID_RELEASED], 0);
	h->refusals = 0;
	flush_delayed_work(&h->bus->release_work);
	KUNIT_EXPECT_EQ(test, h->posts[VMBW_RELID_RELEASED], 1);
}

/* The message work must not wait for room to post: it is what makes room. */
static void rescind_posts_nothing(struct kunit *test)
{
	struct fake_host *h = test->priv;
	unsigned long start = jiffies;

	h->bus->post_timeout = 5 * HZ;
	h->refuse = -EAGAIN;
	h->refusals = -1;
	fake_u32(h, VMBW_RESCIND, 77);
	KUNIT_EXPECT_LT(test, jiffies - start, 2 * HZ);
	h->refusals = 0;
	flush_delayed_work(&h->bus->release_work);
	KUNIT_EXPECT_EQ(test, h->posts[VMBW_RELID_RELEASED], 1);
}

/* A rescinded sub-channel is released when its driver has closed it. */
static void sub_closed_late(struct kunit *test)
{
	struct fake_host *h = test->priv;
	struct vmb_channel *ch;

	fake_driver_start(test, true);
	fake_offer(h, 5, 1, 0);
	fake_offer(h, 6, 1, 1);
	fake_settle(h);
	fake_u32(h, VMBW_RESCIND, 6);
	fake_settle(h);
	ch = vmb_channel_get(h->bus, 6);
	KUNIT_ASSERT_NOT_NULL(test, ch);
	KUNIT_EXPECT_EQ(test, vmb_close(ch), -ENODEV);
	vmb_channel_put(ch);
	fake_settle(h);
	KUNIT_EXPECT_NULL(test, vmb_channel_get(h->bus, 6));
	KUNIT_EXPECT_EQ(test, h->posts[VMBW_RELID_RELEASED], 1);
	vmb_driver_unregister(&fake_driver);
}

static void rebind(struct kunit *test)
{
	struct fake_host *h = test->priv;

	fake_offer(h, 5, 1, 0);
	fake_settle(h);
	for (int i = 0; i < 20; i++) {
		fake_driver_start(test, i & 1);
		KUNIT_ASSERT_EQ(test, seen.opened, 0);
		KUNIT_ASSERT_NOT_NULL(test, seen.ch);
		vmb_driver_unregister(&fake_driver);
		KUNIT_ASSERT_EQ(test, seen.removed, 1);
	}
	KUNIT_EXPECT_EQ(test, h->posts[VMBW_OPEN], 20);
	KUNIT_EXPECT_EQ(test, h->posts[VMBW_CLOSE], 20);
}

static struct kunit_case bus_cases[] = {
	KUNIT_CASE(connect_falls_back),
	KUNIT_CASE(connect_refused),
	KUNIT_CASE(connect_mute),
	KUNIT_CASE(connect_old_host),
	KUNIT_CASE(connect_late),
	KUNIT_CASE(offers_awaited),
	KUNIT_CASE(unload_unasked),
	KUNIT_CASE(two_buses),
	KUNIT_CASE(wait_for_silent),
	KUNIT_CASE(wait_matches),
	KUNIT_CASE(offer_and_rescind),
	KUNIT_CASE(offer_before_removal),
	KUNIT_CASE(offer_lies),
	KUNIT_CASE(offer_subs),
	KUNIT_CASE(message_noise),
	KUNIT_CASE(channel_packets),
	KUNIT_CASE(pipe_unmatched),
	KUNIT_CASE(channel_breaks),
	KUNIT_CASE(rescind_while_opening),
	KUNIT_CASE(rescind_in_use),
	KUNIT_CASE(open_fails),
	KUNIT_CASE(broken_while_opening),
	KUNIT_CASE(open_late),
	KUNIT_CASE(offer_no_memory),
	KUNIT_CASE(add_no_memory),
	KUNIT_CASE(gpadl_lost_and_found),
	KUNIT_CASE(close_order),
	KUNIT_CASE(close_confirmed),
	KUNIT_CASE(rescind_receives_end),
	KUNIT_CASE(broken_and_reopened),
	KUNIT_CASE(rescind_before_wait),
	KUNIT_CASE(rescind_before_use),
	KUNIT_CASE(rescind_in_teardown),
	KUNIT_CASE(rescind_during_teardown),
	KUNIT_CASE(rescind_silent),
	KUNIT_CASE(post_throttled),
	KUNIT_CASE_SLOW(post_throttled_long),
	KUNIT_CASE(post_refused),
	KUNIT_CASE(close_retried),
	KUNIT_CASE(teardown_retried),
	KUNIT_CASE(release_retried),
	KUNIT_CASE(rescind_posts_nothing),
	KUNIT_CASE(sub_closed_late),
	KUNIT_CASE(rebind),
	{}
};

static struct kunit_suite bus_suite = {
	.name = "vmbus_bus",
	.init = bus_init,
	.exit = bus_exit,
	.test_cases = bus_cases,
};

kunit_test_suite(bus_suite);

MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_DESCRIPTION("Tests of the VMBus against a host made of a function");
MODULE_LICENSE("GPL");
