// SPDX-License-Identifier: GPL-2.0
/*
 * Hibernation of a bus: the connection ends, another one begins, and the host
 * has other numbers, other devices, another version. Needs no hypervisor.
 */
#include <kunit/test.h>
#include <linux/cleanup.h>
#include <linux/completion.h>
#include <linux/module.h>

#include "../vmbus/channel.h"
#include "../vmbus/client_bus.h"
#include "../vmbus/connection.h"
#include "../vmbus/device.h"
#include "../vmbus/node.h"
#include "../vmbus/offer.h"
#include "../vmbus/sleep.h"
#include "fake_host.h"

/* What the test driver did. */
static struct {
	struct vmb_device *vdev;
	struct vmb_channel *sub;
	int refuses;
	int suspended;
	int resumed;
	int opened;
	int removed;
	int packets;
	int subs;
} seen;

static void sleep_event(struct vmb_channel *ch)
{
	struct vmb_rx rx;

	do {
		while (!vmb_recv(ch, &rx))
			seen.packets++;
	} while (vmb_unmask(ch));
}

static const struct vmb_channel_ops sleep_ops = { .event = sleep_event };

static int sleep_open(struct vmb_channel *ch)
{
	struct vmb_open how = {
		.ops = &sleep_ops,
		.tx_bytes = VMB_PAGE_SIZE + PAGE_SIZE,
		.rx_bytes = VMB_PAGE_SIZE + PAGE_SIZE,
		.max_rx_packet = 256,
	};

	return vmb_open(ch, &how);
}

static int sleep_probe(struct vmb_device *vdev, const struct hv_vmbus_device_id *id)
{
	seen.vdev = vdev;
	return sleep_open(vdev->channel);
}

static void sleep_remove(struct vmb_device *vdev)
{
	vmb_close(vdev->channel);
	seen.removed++;
}

static int sleep_suspend(struct vmb_device *vdev)
{
	if (seen.refuses)
		return seen.refuses;
	seen.suspended++;
	vmb_close(vdev->channel);
	return 0;
}

static int sleep_resume(struct vmb_device *vdev)
{
	seen.resumed++;
	seen.opened = sleep_open(vdev->channel);
	return seen.opened;
}

static void sleep_subchannel(struct vmb_device *vdev, struct vmb_channel *sub)
{
	seen.sub = sub;
	seen.subs += !sleep_open(sub);
}

static const struct hv_vmbus_device_id sleep_ids[] = {
	{ .guid = FAKE_CLASS },
	{}
};

static struct vmb_driver sleep_driver = {
	.driver.name = "vmbus-sleep",
	.id_table = sleep_ids,
	.probe = sleep_probe,
	.remove = sleep_remove,
	.suspend = sleep_suspend,
	.resume = sleep_resume,
	.subchannel = sleep_subchannel,
};

/* As tasks and freezable work queues are frozen for a transition. */
static struct {
	struct work_struct work;
	struct completion thaw;
} frost;

static void frost_work(struct work_struct *work)
{
	wait_for_completion(&frost.thaw);
}

static void frost_begin(struct fake_host *h)
{
	init_completion(&frost.thaw);
	INIT_WORK(&frost.work, frost_work);
	queue_work(vmb_slow_queue(h->bus), &frost.work);
}

static void frost_end(struct fake_host *h)
{
	complete(&frost.thaw);
	flush_work(&frost.work);
	fake_settle(h);
}

/* One device with a driver and a sub-channel. */
static int sleep_init(struct kunit *test)
{
	struct fake_host *h = fake_host_make(test, "vmbus-sleep");

	test->priv = h;
	h->delivers = true;
	h->unloads = true;
	h->bus->timeout = HZ;
	memset(&seen, 0, sizeof(seen));
	KUNIT_ASSERT_EQ(test, vmb_driver_register(&sleep_driver), 0);
	fake_offer(h, 5, 1, 0);
	fake_offer(h, 6, 1, 1);
	fake_settle(h);
	KUNIT_ASSERT_NOT_NULL(test, seen.vdev);
	KUNIT_ASSERT_EQ(test, seen.subs, 1);
	return 0;
}

static void sleep_exit(struct kunit *test)
{
	vmb_driver_unregister(&sleep_driver);
	if (test->priv)
		fake_host_free(test->priv);
}

static unsigned int sleep_devices(struct fake_host *h)
{
	guard(mutex)(&h->bus->lock);
	return list_count_nodes(&h->bus->devices);
}

static void put_to_sleep(struct kunit *test)
{
	struct fake_host *h = test->priv;

	frost_begin(h);
	KUNIT_ASSERT_EQ(test, vmb_device_suspend(seen.vdev->dev), 0);
	KUNIT_ASSERT_EQ(test, vmb_sleep(h->bus), 0);
}

/* A new connection, before the host has offered anything. */
static void contact(struct kunit *test)
{
	struct fake_host *h = test->priv;

	KUNIT_ASSERT_EQ(test, vmb_connect(h->bus, U32_MAX), 0);
	h->bus->state = VMB_BUS_UP;
}

/* All offers are there: what is missing is gone. Returns the driver's result. */
static int wake_bus(struct kunit *test)
{
	struct fake_host *h = test->priv;

	KUNIT_EXPECT_EQ(test, vmb_request_offers(h->bus), 0);
	vmb_wake(h->bus);
	return vmb_device_resume(seen.vdev->dev);
}

static void sleep_packet(struct fake_host *h, u32 relid, u16 len8)
{
	struct vmb_packet pkt = { .type = VMB_INBAND, .data = "12345678", .len = 8 };
	struct fake_channel *fc = fake_channel(h, relid);

	fake_put(fc, &pkt, len8);
	fake_interrupt(fc);
}

/* The same device by other numbers, again and again. */
static void other_numbers(struct kunit *test)
{
	struct fake_host *h = test->priv;
	struct vmb_device *vdev = seen.vdev;

	for (u32 i = 1; i <= 5; i++) {
		put_to_sleep(test);
		KUNIT_EXPECT_EQ(test, h->posts[VMBW_UNLOAD], i);
		KUNIT_EXPECT_EQ(test, h->posts[VMBW_CLOSE], 2 * i);
		KUNIT_EXPECT_NULL(test, vmb_channel_get(h->bus, 10 * i - 5));
		KUNIT_EXPECT_NULL(test, vmb_channel_get(h->bus, 10 * i - 4));
		KUNIT_EXPECT_TRUE(test, list_empty(&to_vmb_node(vdev->dev)->subs));
		h->takes = i & 1 ? VMBW_V5_1 : VMBW_V6_0;
		contact(test);
		fake_offer(h, 10 * i + 5, 1, 0);
		KUNIT_EXPECT_EQ(test, wake_bus(test), 0);
		fake_offer(h, 10 * i + 6, 1, 1);
		frost_end(h);
		KUNIT_EXPECT_EQ(test, seen.resumed, i);
		KUNIT_EXPECT_EQ(test, seen.subs, 1 + i);
		KUNIT_EXPECT_EQ(test, vdev->channel->relid, 10 * i + 5);
		sleep_packet(h, 10 * i + 5, 0);
		sleep_packet(h, 10 * i + 6, 0);
		KUNIT_EXPECT_EQ(test, seen.packets, 2 * i);
	}
	KUNIT_EXPECT_PTR_EQ(test, seen.vdev, vdev);
	KUNIT_EXPECT_EQ(test, seen.removed, 0);
	KUNIT_EXPECT_EQ(test, sleep_devices(h), 1);
	/* The numbers of old mean nothing, and the new ones what they should. */
	fake_rescind(h, 5);
	fake_settle(h);
	KUNIT_EXPECT_EQ(test, seen.removed, 0);
	fake_rescind(h, 55);
	fake_settle(h);
	KUNIT_EXPECT_EQ(test, seen.removed, 1);
	KUNIT_EXPECT_EQ(test, sleep_devices(h), 0);
}

/* The host may use a number again for something else. */
static void numbers_swapped(struct kunit *test)
{
	struct fake_host *h = test->priv;
	struct vmb_device *vdev = seen.vdev;
	struct vmb_device *other;

	fake_offer(h, 7, 2, 0);
	fake_settle(h);
	other = seen.vdev;
	KUNIT_ASSERT_PTR_NE(test, other, vdev);
	frost_begin(h);
	KUNIT_ASSERT_EQ(test, vmb_device_suspend(other->dev), 0);
	KUNIT_ASSERT_EQ(test, vmb_device_suspend(vdev->dev), 0);
	KUNIT_ASSERT_EQ(test, vmb_sleep(h->bus), 0);
	contact(test);
	fake_offer(h, 5, 2, 0);
	fake_offer(h, 7, 1, 0);
	KUNIT_EXPECT_EQ(test, wake_bus(test), 0);
	KUNIT_EXPECT_EQ(test, vmb_device_resume(vdev->dev), 0);
	frost_end(h);
	KUNIT_EXPECT_EQ(test, vdev->channel->relid, 7);
	KUNIT_EXPECT_EQ(test, other->channel->relid, 5);
	fake_rescind(h, 7);
	fake_settle(h);
	KUNIT_EXPECT_EQ(test, sleep_devices(h), 1);
	KUNIT_EXPECT_EQ(test, vmb_channel_error(other->channel), 0);
}

/* The host has the device no longer: it is removed when tasks are thawed. */
static void device_gone(struct kunit *test)
{
	struct fake_host *h = test->priv;

	put_to_sleep(test);
	contact(test);
	KUNIT_EXPECT_EQ(test, wake_bus(test), -ENODEV);
	KUNIT_EXPECT_EQ(test, sleep_devices(h), 1);
	KUNIT_EXPECT_EQ(test, seen.removed, 0);
	/* It may come back at once, as another device. */
	fake_offer(h, 9, 1, 0);
	frost_end(h);
	KUNIT_EXPECT_EQ(test, seen.removed, 1);
	KUNIT_EXPECT_EQ(test, sleep_devices(h), 1);
	KUNIT_EXPECT_EQ(test, seen.vdev->channel->relid, 9);
	/* The number that it had is of the old connection. */
	KUNIT_EXPECT_EQ(test, h->posts[VMBW_RELID_RELEASED], 0);
}

/* Devices that are new are added when tasks are thawed, once each. */
static void device_new(struct kunit *test)
{
	struct fake_host *h = test->priv;
	struct vmb_device *vdev = seen.vdev;

	put_to_sleep(test);
	/* Nobody listens to a connection that has ended. */
	fake_offer(h, 8, 8, 0);
	fake_rescind(h, 5);
	KUNIT_EXPECT_EQ(test, sleep_devices(h), 1);
	contact(test);
	fake_offer(h, 15, 1, 0);
	fake_offer(h, 16, 1, 0);	/* instance in use */
	fake_offer(h, 17, 2, 0);
	KUNIT_EXPECT_EQ(test, wake_bus(test), 0);
	KUNIT_EXPECT_PTR_EQ(test, seen.vdev, vdev);
	frost_end(h);
	KUNIT_EXPECT_EQ(test, sleep_devices(h), 2);
	KUNIT_EXPECT_PTR_NE(test, seen.vdev, vdev);
	KUNIT_EXPECT_EQ(test, seen.removed, 0);
	KUNIT_EXPECT_EQ(test, h->posts[VMBW_RELID_RELEASED], 0);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&h->bus->counters[VMB_DROPPED_OFFERS]), 1);
}

/* A breach belongs to the connection in which it happened. */
static void broken_heals(struct kunit *test)
{
	struct fake_host *h = test->priv;

	sleep_packet(h, 5, 1);
	KUNIT_EXPECT_EQ(test, vmb_channel_error(seen.vdev->channel), -EIO);
	/* And pages that were not given back are free when it has ended. */
	h->mute = VMBW_GPADL_TEARDOWN;
	h->bus->timeout = 2;
	put_to_sleep(test);
	h->mute = 0;
	h->bus->timeout = HZ;
	KUNIT_EXPECT_EQ(test, atomic_long_read(&h->bus->counters[VMB_LOST_PAGES]), 0);
	contact(test);
	fake_offer(h, 15, 1, 0);
	KUNIT_EXPECT_EQ(test, wake_bus(test), 0);
	frost_end(h);
	KUNIT_EXPECT_EQ(test, vmb_channel_error(seen.vdev->channel), 0);
	sleep_packet(h, 15, 0);
	KUNIT_EXPECT_EQ(test, seen.packets, 1);
}

/* An unload that is not confirmed: nothing is freed, and the caller knows. */
static void unload_unconfirmed(struct kunit *test)
{
	struct fake_host *h = test->priv;

	frost_begin(h);
	KUNIT_ASSERT_EQ(test, vmb_device_suspend(seen.vdev->dev), 0);
	h->unloads = false;
	KUNIT_EXPECT_EQ(test, vmb_sleep(h->bus), -ETIMEDOUT);
	/* As the caller does then. */
	contact(test);
	fake_offer(h, 15, 1, 0);
	KUNIT_EXPECT_EQ(test, wake_bus(test), 0);
	frost_end(h);
	KUNIT_EXPECT_EQ(test, seen.removed, 0);
}

/* A driver that refuses, or cannot, goes on as it was. */
static void driver_refuses(struct kunit *test)
{
	struct fake_host *h = test->priv;

	seen.refuses = -EBUSY;
	KUNIT_EXPECT_EQ(test, vmb_device_suspend(seen.vdev->dev), -EBUSY);
	fake_offer(h, 7, 1, 2);
	fake_settle(h);
	KUNIT_EXPECT_EQ(test, seen.subs, 2);
	sleep_packet(h, 5, 0);
	KUNIT_EXPECT_EQ(test, seen.packets, 1);
	sleep_driver.suspend = NULL;
	KUNIT_EXPECT_EQ(test, vmb_device_suspend(seen.vdev->dev), -EOPNOTSUPP);
	sleep_driver.suspend = sleep_suspend;
	KUNIT_EXPECT_EQ(test, h->posts[VMBW_CLOSE], 0);
}

static struct kunit_case sleep_cases[] = {
	KUNIT_CASE(other_numbers),
	KUNIT_CASE(numbers_swapped),
	KUNIT_CASE(device_gone),
	KUNIT_CASE(device_new),
	KUNIT_CASE(broken_heals),
	KUNIT_CASE(unload_unconfirmed),
	KUNIT_CASE(driver_refuses),
	{}
};

static struct kunit_suite sleep_suite = {
	.name = "vmbus_sleep",
	.init = sleep_init,
	.exit = sleep_exit,
	.test_cases = sleep_cases,
};

kunit_test_suite(sleep_suite);

MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_DESCRIPTION("Tests of the VMBus: hibernation");
MODULE_LICENSE("GPL");
