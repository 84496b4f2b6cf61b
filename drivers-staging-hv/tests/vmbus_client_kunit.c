// SPDX-License-Identifier: GPL-2.0
/*
 * Drivers of <linux/hyperv.h> on this bus, against a host made of functions:
 * modes, packets that do not fit, ids, and channels that go while a callback
 * runs. Needs no hypervisor.
 */
#include <kunit/test.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/hyperv.h>
#include <linux/interrupt.h>
#include <linux/ioport.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include "../vmbus/client_bus.h"
#include "../vmbus/device.h"
#include "fake_host.h"

/* Of the packets here, with 8 bytes of payload, on the wire. */
#define CLIENT_PACKET_LEN	24

/* What the client does, and what it saw. */
static struct {
	void (*callback)(struct vmbus_channel *channel);
	enum hv_callback_mode mode;
	u32 rqstor_size;
	struct hv_device *hdev;
	struct vmbus_channel *channel;
	int opened;
	int calls;
	int packets;
	int masked;
	int hard;
	int removed;
	u64 id;
	u32 len;
	bool busy;
	bool leave;
	bool blind;
	int rescinds;
} seen;

static void client_callback(void *context)
{
	struct vmbus_channel *channel = context;

	seen.calls++;
	seen.hard += in_hardirq() || !in_serving_softirq();
	if (!channel->inbound.ring_buffer) {
		seen.blind = true;
		return;
	}
	seen.masked += channel->inbound.ring_buffer->interrupt_mask;
	seen.callback(channel);
}

static int client_open(struct vmbus_channel *channel)
{
	return vmbus_open(channel, 2 * PAGE_SIZE, 2 * PAGE_SIZE, NULL, 0,
			  client_callback, channel);
}

static void client_rescinded(struct vmbus_channel *channel)
{
	seen.rescinds += READ_ONCE(channel->rescind);
}

static int client_probe(struct hv_device *hdev,
			const struct hv_vmbus_device_id *id)
{
	struct vmbus_channel *channel = hdev->channel;

	seen.hdev = hdev;
	seen.channel = channel;
	hv_set_drvdata(hdev, &seen);
	set_channel_read_mode(channel, seen.mode);
	channel->rqstor_size = seen.rqstor_size;
	if (seen.rqstor_size) {
		channel->next_request_id_callback = vmbus_next_request_id;
		channel->request_addr_callback = vmbus_request_addr;
	}
	seen.opened = client_open(channel);
	if (!seen.opened && is_hvsock_channel(channel))
		vmbus_set_chn_rescind_callback(channel, client_rescinded);
	return seen.opened;
}

static void client_remove(struct hv_device *hdev)
{
	if (hv_get_drvdata(hdev) == &seen)
		seen.removed++;
	vmbus_close(hdev->channel);
}

static const struct hv_vmbus_device_id client_ids[] = {
	{ .guid = FAKE_CLASS },
	{}
};

static struct hv_driver client_driver = {
	.name = "vmbus-client",
	.id_table = client_ids,
	.probe = client_probe,
	.remove = client_remove,
};

static void client_read_one(struct vmbus_channel *channel)
{
	u8 buf[64];

	vmbus_recvpacket(channel, buf, sizeof(buf), &seen.len, &seen.id);
	seen.packets += seen.len > 0;
}

static void client_read_all(struct vmbus_channel *channel)
{
	struct vmpacket_descriptor *desc;

	foreach_vmbus_pkt(desc, channel) {
		seen.id = desc->trans_id;
		seen.len = hv_pkt_datalen(desc);
		seen.packets++;
	}
}

static void client_read_none(struct vmbus_channel *channel)
{
}

/* One device with a client on it. */
static struct fake_channel *
client_start(struct kunit *test, enum hv_callback_mode mode,
	     void (*callback)(struct vmbus_channel *channel))
{
	struct fake_host *h = test->priv;

	seen.mode = mode;
	seen.callback = callback;
	KUNIT_ASSERT_EQ(test, vmbus_driver_register(&client_driver), 0);
	fake_offer(h, 5, 1, 0);
	fake_settle(h);
	KUNIT_ASSERT_NOT_NULL(test, seen.channel);
	KUNIT_ASSERT_EQ(test, seen.opened, 0);
	return fake_channel(h, 5);
}

static int client_init(struct kunit *test)
{
	memset(&seen, 0, sizeof(seen));
	test->priv = fake_host_make(test, "vmbus-client");
	return 0;
}

static void client_exit(struct kunit *test)
{
	vmbus_driver_unregister(&client_driver);
	if (test->priv)
		fake_host_free(test->priv);
}

/* The host writes packets with 8 bytes and the ids from 1, without a signal. */
static void client_put(struct kunit *test, struct fake_channel *fc, int count)
{
	for (int i = 1; i <= count; i++) {
		struct vmb_packet pkt = {
			.type = VMB_INBAND, .id = i, .data = "12345678", .len = 8,
		};

		KUNIT_ASSERT_EQ(test, fake_put(fc, &pkt, 0), 0);
	}
}

static u32 client_mask(struct fake_channel *fc)
{
	return le32_to_cpu(READ_ONCE(fc->to_guest.hdr->interrupt_mask));
}

/* Called with interrupts masked until the ring is empty, one packet each time. */
static void batched(struct kunit *test)
{
	struct fake_channel *fc = client_start(test, HV_CALL_BATCHED, client_read_one);

	KUNIT_ASSERT_TRUE(test, fake_wait(READ_ONCE(seen.calls) == 1 && !client_mask(fc)));
	client_put(test, fc, 20);
	fake_interrupt(fc);
	KUNIT_EXPECT_TRUE(test, fake_wait(READ_ONCE(seen.packets) == 20));
	KUNIT_EXPECT_TRUE(test, fake_wait(!client_mask(fc)));
	KUNIT_EXPECT_EQ(test, seen.id, 20);
	KUNIT_EXPECT_EQ(test, seen.masked, seen.calls);
	KUNIT_EXPECT_EQ(test, seen.hard, 0);
	KUNIT_EXPECT_FALSE(test, READ_ONCE(seen.channel->rescind));
}

/* Called once for an interrupt; what it leaves is there when it asks again. */
static void client_unmasked(struct kunit *test, enum hv_callback_mode mode)
{
	struct fake_channel *fc = client_start(test, mode, client_read_one);
	/* A first call when the channel is open. */
	int before = 1;

	KUNIT_ASSERT_TRUE(test, fake_wait(READ_ONCE(seen.calls) == before));
	client_put(test, fc, 3);
	fake_interrupt(fc);
	KUNIT_EXPECT_TRUE(test, fake_wait(READ_ONCE(seen.packets) == 1));
	msleep(20);
	KUNIT_EXPECT_EQ(test, seen.calls, before + 1);
	KUNIT_EXPECT_EQ(test, seen.id, 1);
	tasklet_schedule(&seen.channel->callback_event);
	KUNIT_EXPECT_TRUE(test, fake_wait(READ_ONCE(seen.packets) == 2));
	fake_interrupt(fc);
	KUNIT_EXPECT_TRUE(test, fake_wait(READ_ONCE(seen.packets) == 3));
	KUNIT_EXPECT_EQ(test, seen.id, 3);
	KUNIT_EXPECT_EQ(test, seen.masked, 0);
	KUNIT_EXPECT_EQ(test, seen.hard, 0);
}

static void direct(struct kunit *test)
{
	client_unmasked(test, HV_CALL_DIRECT);
}

/* The bus here has no callback in hard interrupt. */
static void isr(struct kunit *test)
{
	client_unmasked(test, HV_CALL_ISR);
}

/* A client that does not read costs its channel, and not a CPU. */
static void batched_unread(struct kunit *test)
{
	struct fake_channel *fc = client_start(test, HV_CALL_BATCHED, client_read_none);

	client_put(test, fc, 2);
	fake_interrupt(fc);
	KUNIT_EXPECT_TRUE(test, fake_wait(READ_ONCE(seen.channel->rescind)));
	KUNIT_EXPECT_LE(test, seen.calls, 4);
	KUNIT_EXPECT_NE(test, vmbus_sendpacket(seen.channel, "12345678", 8, 0,
					       VM_PKT_DATA_INBAND, 0), 0);
}

/* What does not fit stays, and a larger buffer gets it. */
static void enobufs(struct kunit *test)
{
	struct fake_channel *fc = client_start(test, HV_CALL_DIRECT, client_read_none);
	u8 buf[64];
	u64 id;
	u32 len;

	client_put(test, fc, 2);
	for (int i = 0; i < 2; i++) {
		KUNIT_EXPECT_EQ(test, vmbus_recvpacket(seen.channel, buf, 4, &len, &id),
				-ENOBUFS);
		KUNIT_EXPECT_EQ(test, len, 8);
		KUNIT_EXPECT_EQ(test, id, 1);
	}
	KUNIT_EXPECT_EQ(test, vmbus_recvpacket(seen.channel, buf, 8, &len, &id), 0);
	KUNIT_EXPECT_EQ(test, len, 8);
	KUNIT_EXPECT_EQ(test, id, 1);
	KUNIT_EXPECT_MEMEQ(test, buf, "12345678", 8);
	KUNIT_EXPECT_EQ(test, vmbus_recvpacket_raw(seen.channel, buf, 23, &len, &id),
			-ENOBUFS);
	KUNIT_EXPECT_EQ(test, len, CLIENT_PACKET_LEN);
	KUNIT_EXPECT_EQ(test, vmbus_recvpacket_raw(seen.channel, buf, 24, &len, &id), 0);
	KUNIT_EXPECT_EQ(test, id, 2);
	KUNIT_EXPECT_MEMEQ(test, buf + 16, "12345678", 8);
	KUNIT_EXPECT_EQ(test, vmbus_recvpacket(seen.channel, buf, 8, &len, &id), 0);
	KUNIT_EXPECT_EQ(test, len, 0);
}

/* A loop over packets, and a header that says what was copied. */
static void iterate(struct kunit *test)
{
	struct fake_channel *fc = client_start(test, HV_CALL_DIRECT, client_read_none);
	struct vmb_packet pkt = {
		.type = VMB_XFER_PAGES, .flags = VMB_WANT_COMPLETION, .id = 7,
		.desc = "descript", .desc_len = 8, .data = "payload.", .len = 8,
	};
	struct vmpacket_descriptor *desc;

	KUNIT_EXPECT_NULL(test, hv_pkt_iter_first(seen.channel));
	KUNIT_ASSERT_EQ(test, fake_put(fc, &pkt, 0), 0);
	desc = hv_pkt_iter_first(seen.channel);
	KUNIT_ASSERT_NOT_NULL(test, desc);
	KUNIT_EXPECT_EQ(test, desc->type, VM_PKT_DATA_USING_XFER_PAGES);
	KUNIT_EXPECT_EQ(test, desc->flags, VMBUS_DATA_PACKET_FLAG_COMPLETION_REQUESTED);
	KUNIT_EXPECT_EQ(test, desc->offset8, 3);
	KUNIT_EXPECT_EQ(test, desc->len8, 4);
	KUNIT_EXPECT_EQ(test, desc->trans_id, 7);
	KUNIT_EXPECT_MEMEQ(test, (u8 *)(desc + 1), "descript", 8);
	KUNIT_EXPECT_MEMEQ(test, (u8 *)hv_pkt_data(desc), "payload.", 8);
	/* It is the next one until the client is done with it. */
	KUNIT_EXPECT_PTR_EQ(test, hv_pkt_iter_first(seen.channel), desc);
	KUNIT_EXPECT_GT(test, hv_get_bytes_to_read(&seen.channel->inbound), 0);
	KUNIT_EXPECT_NULL(test, hv_pkt_iter_next(seen.channel, desc));
	KUNIT_EXPECT_EQ(test, hv_get_bytes_to_read(&seen.channel->inbound), 0);

	client_put(test, fc, 10);
	client_read_all(seen.channel);
	KUNIT_EXPECT_EQ(test, seen.packets, 10);
	KUNIT_EXPECT_EQ(test, seen.id, 10);
}

/* More than half a ring, which vmb_recv() gives in two parts, is all there. */
static void iterate_full(struct kunit *test)
{
	struct fake_channel *fc = client_start(test, HV_CALL_DIRECT, client_read_none);
	int fit = fc->to_guest.size / (CLIENT_PACKET_LEN + VMBW_TRAILER) - 1;

	client_put(test, fc, fit);
	client_read_all(seen.channel);
	KUNIT_EXPECT_EQ(test, seen.packets, fit);
}

/* An id is good for one packet and one completion. */
static void ids(struct kunit *test)
{
	u64 id[3], old;

	seen.rqstor_size = 2;
	client_start(test, HV_CALL_DIRECT, client_read_none);
	id[0] = vmbus_next_request_id(seen.channel, 0x1000);
	id[1] = vmbus_next_request_id(seen.channel, 0x2000);
	KUNIT_EXPECT_NE(test, id[0], id[1]);
	KUNIT_EXPECT_EQ(test, vmbus_next_request_id(seen.channel, 0x3000),
			VMBUS_RQST_ERROR);
	KUNIT_EXPECT_EQ(test, vmbus_request_addr(seen.channel, 0), VMBUS_RQST_ERROR);
	KUNIT_EXPECT_EQ(test, vmbus_request_addr(seen.channel, 1), VMBUS_RQST_ERROR);
	/* Another packet's: it stays in flight. */
	KUNIT_EXPECT_EQ(test, vmbus_request_addr_match(seen.channel, id[0], 0x2000),
			0x1000);
	KUNIT_EXPECT_EQ(test, vmbus_request_addr_match(seen.channel, id[0], 0x1000),
			0x1000);
	KUNIT_EXPECT_EQ(test, vmbus_request_addr(seen.channel, id[0]),
			VMBUS_RQST_ERROR);
	id[2] = vmbus_next_request_id(seen.channel, 0x3000);
	KUNIT_EXPECT_NE(test, id[2], id[0]);
	KUNIT_EXPECT_EQ(test, vmbus_request_addr(seen.channel, id[0]),
			VMBUS_RQST_ERROR);
	KUNIT_EXPECT_EQ(test, vmbus_request_addr(seen.channel, id[2]), 0x3000);
	KUNIT_EXPECT_EQ(test, vmbus_request_addr(seen.channel, id[1]), 0x2000);

	old = vmbus_next_request_id(seen.channel, 0x4000);
	vmbus_close(seen.channel);
	KUNIT_EXPECT_EQ(test, vmbus_request_addr(seen.channel, old),
			VMBUS_RQST_ERROR);
	KUNIT_EXPECT_EQ(test, vmbus_next_request_id(seen.channel, 0x4000),
			VMBUS_NO_RQSTOR);
}

/* What the host got. */
static struct {
	u64 id;
	int packets;
} host;

static void client_host_packet(struct fake_channel *fc, const struct vmb_rx *pkt)
{
	host.id = pkt->id;
	WRITE_ONCE(host.packets, host.packets + 1);
}

/* A packet and an interrupt while the guest waits for the answer to OPEN. */
static void client_host_opened(struct fake_channel *fc)
{
	struct vmb_packet pkt = { .type = VMB_INBAND, .data = "12345678", .len = 8 };

	fake_put(fc, &pkt, 0);
	fake_interrupt(fc);
}

static const struct fake_ops client_host = { .packet = client_host_packet };
static const struct fake_ops client_early_host = {
	.packet = client_host_packet,
	.opened = client_host_opened,
};

/* The host sees no address where a client sends one, and its own id again. */
static void no_address(struct kunit *test)
{
	struct fake_host *h = test->priv;
	u64 last = 0;

	memset(&host, 0, sizeof(host));
	fake_host_start(test, h, &client_host, NULL);
	client_start(test, HV_CALL_DIRECT, client_read_none);
	for (int i = 1; i <= 3; i++) {
		KUNIT_ASSERT_EQ(test, vmbus_sendpacket(seen.channel, "12345678", 8,
						       (unsigned long)&last,
						       VM_PKT_DATA_INBAND,
						       VMBUS_DATA_PACKET_FLAG_COMPLETION_REQUESTED),
				0);
		KUNIT_ASSERT_TRUE(test, fake_wait(READ_ONCE(host.packets) == i));
		KUNIT_EXPECT_EQ(test, host.id, i);
		last = host.id;
	}
	KUNIT_ASSERT_EQ(test, vmbus_sendpacket(seen.channel, "12345678", 8,
					       0x1122334455667788ull,
					       VM_PKT_DATA_INBAND, 0), 0);
	KUNIT_ASSERT_TRUE(test, fake_wait(READ_ONCE(host.packets) == 4));
	KUNIT_EXPECT_EQ(test, host.id, 0x1122334455667788ull);
}

/* What nobody completes does not take an id, however many there are. */
static void ids_unused(struct kunit *test)
{
	struct fake_host *h = test->priv;
	u64 id;

	memset(&host, 0, sizeof(host));
	seen.rqstor_size = 1;
	fake_host_start(test, h, &client_host, NULL);
	client_start(test, HV_CALL_DIRECT, client_read_none);
	for (int i = 1; i <= 3; i++) {
		KUNIT_ASSERT_EQ(test, vmbus_sendpacket(seen.channel, "12345678", 8, 0x55,
						       VM_PKT_DATA_INBAND, 0), 0);
		KUNIT_ASSERT_TRUE(test, fake_wait(READ_ONCE(host.packets) == i));
		KUNIT_EXPECT_EQ(test, host.id, 0x55);
	}
	id = vmbus_next_request_id(seen.channel, 0x1000);
	KUNIT_EXPECT_NE(test, id, VMBUS_RQST_ERROR);
	/* One that cannot be sent does not end another's flight. */
	KUNIT_EXPECT_NE(test, vmbus_sendpacket(seen.channel, "12345678", SZ_1M, id,
					       VM_PKT_DATA_INBAND, 0), 0);
	KUNIT_EXPECT_EQ(test, vmbus_request_addr(seen.channel, id), 0x1000);
}

/* Far above all memory; a window of its own, beside what the bus has. */
#define CLIENT_WINDOW		0xd000000000ull
#define CLIENT_WINDOW_END	(CLIENT_WINDOW + SZ_64K - 1)

static struct resource *client_claim(struct kunit *test, u64 size, u64 align)
{
	struct resource *res = NULL;

	return vmbus_allocate_mmio(&res, seen.hdev, CLIENT_WINDOW, CLIENT_WINDOW_END,
				   size, align, false) ? NULL : res;
}

/* Addresses are given once, aligned, and not where somebody else has something. */
static void mmio(struct kunit *test)
{
	struct resource *a, *b, *c, *part;
	struct vmb_window *window;

	if (sizeof(resource_size_t) < sizeof(u64))
		kunit_skip(test, "addresses have 32 bits");
	client_start(test, HV_CALL_DIRECT, client_read_none);
	KUNIT_EXPECT_NULL(test, client_claim(test, SZ_4K, SZ_4K));
	window = vmb_client_window_add(CLIENT_WINDOW, CLIENT_WINDOW_END);
	KUNIT_ASSERT_NOT_NULL(test, window);
	KUNIT_EXPECT_NULL(test, client_claim(test, SZ_64K + 1, SZ_4K));
	KUNIT_EXPECT_NULL(test, client_claim(test, SZ_4K, SZ_1T));
	KUNIT_ASSERT_NOT_NULL(test, request_mem_region(CLIENT_WINDOW, 1, "test"));
	a = client_claim(test, SZ_8K, SZ_4K);
	KUNIT_ASSERT_NOT_NULL(test, a);
	KUNIT_EXPECT_EQ(test, a->start, CLIENT_WINDOW + SZ_4K);
	KUNIT_EXPECT_EQ(test, resource_size(a), SZ_8K);
	/* As a bridge does with its window, for devices behind it. */
	a->flags &= ~IORESOURCE_BUSY;
	part = request_mem_region(a->start, SZ_4K, "test");
	KUNIT_EXPECT_NOT_NULL(test, part);
	b = client_claim(test, SZ_32K, SZ_32K);
	KUNIT_ASSERT_NOT_NULL(test, b);
	KUNIT_EXPECT_EQ(test, b->start, CLIENT_WINDOW + SZ_32K);
	KUNIT_EXPECT_NULL(test, client_claim(test, SZ_32K, SZ_32K));
	c = client_claim(test, SZ_4K, SZ_4K);
	KUNIT_ASSERT_NOT_NULL(test, c);
	KUNIT_EXPECT_EQ(test, c->start, CLIENT_WINDOW + 3 * SZ_4K);
	release_mem_region(a->start, SZ_4K);
	a->flags |= IORESOURCE_BUSY;
	vmbus_free_mmio(CLIENT_WINDOW + SZ_4K, SZ_4K);
	KUNIT_EXPECT_EQ(test, resource_size(a), SZ_8K);
	vmbus_free_mmio(CLIENT_WINDOW + SZ_4K, SZ_8K);
	a = client_claim(test, SZ_8K, SZ_4K);
	KUNIT_ASSERT_NOT_NULL(test, a);
	KUNIT_EXPECT_EQ(test, a->start, CLIENT_WINDOW + SZ_4K);
	release_mem_region(CLIENT_WINDOW, 1);
	vmb_client_window_remove(window);
	/* Nothing is left of the claims. */
	KUNIT_EXPECT_NOT_NULL(test, request_mem_region(CLIENT_WINDOW, SZ_64K, "test"));
	release_mem_region(CLIENT_WINDOW, SZ_64K);
}

/* What the firmware has set up is for who says that it will do. */
static void mmio_fb(struct kunit *test)
{
	struct resource *a, *b, *c = NULL;
	struct vmb_window *window;

	if (sizeof(resource_size_t) < sizeof(u64))
		kunit_skip(test, "addresses have 32 bits");
	client_start(test, HV_CALL_DIRECT, client_read_none);
	window = vmb_client_window_add(CLIENT_WINDOW, CLIENT_WINDOW_END);
	KUNIT_ASSERT_NOT_NULL(test, window);
	vmb_client_fb_set(CLIENT_WINDOW + SZ_8K, CLIENT_WINDOW + SZ_32K - 1);
	a = client_claim(test, SZ_8K, SZ_4K);
	KUNIT_ASSERT_NOT_NULL(test, a);
	KUNIT_EXPECT_EQ(test, a->start, CLIENT_WINDOW);
	b = client_claim(test, SZ_16K, SZ_4K);
	KUNIT_ASSERT_NOT_NULL(test, b);
	KUNIT_EXPECT_EQ(test, b->start, CLIENT_WINDOW + SZ_32K);
	KUNIT_EXPECT_EQ(test, vmbus_allocate_mmio(&c, seen.hdev, 0, -1, SZ_16K, SZ_4K,
						  true), 0);
	KUNIT_ASSERT_NOT_NULL(test, c);
	KUNIT_EXPECT_EQ(test, c->start, CLIENT_WINDOW + SZ_8K);
	/* A larger one than the firmware's does not fit there. */
	vmbus_free_mmio(c->start, SZ_16K);
	KUNIT_EXPECT_NE(test, vmbus_allocate_mmio(&c, seen.hdev, CLIENT_WINDOW,
						  CLIENT_WINDOW_END, SZ_64K, SZ_4K,
						  true), 0);
	vmb_client_fb_set(0, 0);
	vmb_client_window_remove(window);
}

/* A callback does not run before the rings can be read. */
static void early_interrupt(struct kunit *test)
{
	struct fake_host *h = test->priv;

	fake_host_start(test, h, &client_early_host, NULL);
	client_start(test, HV_CALL_BATCHED, client_read_one);
	KUNIT_EXPECT_TRUE(test, fake_wait(READ_ONCE(seen.packets) == 1));
	KUNIT_EXPECT_FALSE(test, seen.blind);
}

/* No callback after a rescind has removed the client. */
static void rescind_first(struct kunit *test)
{
	struct fake_host *h = test->priv;
	struct fake_channel *fc = client_start(test, HV_CALL_DIRECT, client_read_one);
	int calls;

	/* The first call, when the channel is open. */
	KUNIT_ASSERT_TRUE(test, fake_wait(READ_ONCE(seen.calls) == 1));
	tasklet_disable(&seen.channel->callback_event);
	client_put(test, fc, 1);
	fake_interrupt(fc);
	calls = seen.calls;
	fake_rescind(h, 5);
	/* It waits in the removal: the tasklet is to run before it is freed. */
	KUNIT_EXPECT_TRUE(test, fake_wait(READ_ONCE(seen.removed) == 1));
	KUNIT_EXPECT_TRUE(test, fake_wait(READ_ONCE(seen.channel->state) == CHANNEL_OPEN_STATE));
	tasklet_enable(&seen.channel->callback_event);
	fake_settle(h);
	KUNIT_EXPECT_EQ(test, seen.calls, calls);
	KUNIT_EXPECT_EQ(test, seen.packets, 0);
	KUNIT_EXPECT_EQ(test, h->posts[VMBW_RELID_RELEASED], 1);
}

static void client_linger(struct vmbus_channel *channel)
{
	WRITE_ONCE(seen.busy, true);
	for (int ms = 0; ms < 2000 && !READ_ONCE(seen.leave); ms++)
		mdelay(1);
	WRITE_ONCE(seen.busy, false);
}

static void client_unload(struct work_struct *work)
{
	vmbus_driver_unregister(&client_driver);
}

/* A client that goes waits for its callback. */
static void unbind_in_callback(struct kunit *test)
{
	struct fake_channel *fc = client_start(test, HV_CALL_DIRECT, client_read_one);
	struct work_struct work;

	if (num_online_cpus() == 1)
		kunit_skip(test, "the callback keeps a CPU");
	KUNIT_ASSERT_TRUE(test, fake_wait(READ_ONCE(seen.calls) == 1));
	seen.callback = client_linger;
	fake_interrupt(fc);
	KUNIT_ASSERT_TRUE(test, fake_wait(READ_ONCE(seen.busy)));
	INIT_WORK_ONSTACK(&work, client_unload);
	queue_work(system_dfl_wq, &work);
	KUNIT_EXPECT_TRUE(test, fake_wait(READ_ONCE(seen.removed) == 1));
	msleep(20);
	KUNIT_EXPECT_TRUE(test, work_busy(&work));
	KUNIT_EXPECT_TRUE(test, READ_ONCE(seen.busy));
	WRITE_ONCE(seen.leave, true);
	flush_work(&work);
	destroy_work_on_stack(&work);
	KUNIT_EXPECT_FALSE(test, READ_ONCE(seen.busy));
}

/* As hv_kvp does it: the tasklet is disabled over close and open. */
static void disabled_over_close(struct kunit *test)
{
	struct fake_channel *fc = client_start(test, HV_CALL_DIRECT, client_read_one);
	struct vmbus_channel *channel = seen.channel;

	tasklet_disable(&channel->callback_event);
	client_put(test, fc, 1);
	fake_interrupt(fc);
	vmbus_close(channel);
	tasklet_enable(&channel->callback_event);
	KUNIT_ASSERT_EQ(test, client_open(channel), 0);
	KUNIT_EXPECT_EQ(test, client_open(channel), -EBUSY);
	client_put(test, fc, 1);
	fake_interrupt(fc);
	KUNIT_EXPECT_TRUE(test, fake_wait(READ_ONCE(seen.packets) == 1));
}

/* The next client finds nothing of the last one. */
static void rebind(struct kunit *test)
{
	seen.rqstor_size = 4;
	client_start(test, HV_CALL_ISR, client_read_none);
	seen.channel->max_pkt_size = 12345;
	vmbus_driver_unregister(&client_driver);
	KUNIT_EXPECT_EQ(test, seen.removed, 1);
	seen.rqstor_size = 0;
	seen.mode = HV_CALL_BATCHED;
	KUNIT_ASSERT_EQ(test, vmbus_driver_register(&client_driver), 0);
	KUNIT_EXPECT_EQ(test, seen.opened, 0);
	KUNIT_EXPECT_EQ(test, seen.channel->max_pkt_size, VMBUS_DEFAULT_MAX_PKT_SIZE);
	KUNIT_EXPECT_NULL(test, seen.channel->next_request_id_callback);
	KUNIT_EXPECT_NULL(test, seen.channel->request_addr_callback);
	KUNIT_EXPECT_EQ(test, vmbus_next_request_id(seen.channel, 1), VMBUS_NO_RQSTOR);
}

/* A client that cannot suspend keeps the machine from sleeping. */
static void no_suspend(struct kunit *test)
{
	client_start(test, HV_CALL_DIRECT, client_read_none);
	KUNIT_EXPECT_EQ(test, vmb_device_suspend(&seen.hdev->device), -EOPNOTSUPP);
}

/* hid-hyperv reads behind the packet: zeroes, or what the host sent before. */
static void mouse_slack(struct kunit *test)
{
	static const struct hv_vmbus_device_id mouse[] = {
		{ .guid = VMBW_CLASS_MOUSE },
		{}
	};
	struct fake_host *h = test->priv;
	struct vmpacket_descriptor *desc;
	struct fake_channel *fc;

	h->class_id = mouse[0].guid;
	client_driver.id_table = mouse;
	fc = client_start(test, HV_CALL_DIRECT, client_read_none);
	client_driver.id_table = client_ids;
	client_put(test, fc, 1);
	desc = hv_pkt_iter_first(seen.channel);
	KUNIT_ASSERT_NOT_NULL(test, desc);
	KUNIT_EXPECT_NULL(test, memchr_inv((u8 *)desc + CLIENT_PACKET_LEN, 0, SZ_16K));
}

static struct hv_driver pipe_driver = {
	.name = "vmbus-pipe",
	.hvsock = true,
	.probe = client_probe,
	.remove = client_remove,
};

/* A rescinded pipe is its client's until that lets go; nobody takes its name. */
static void pipe_kept(struct kunit *test)
{
	struct fake_host *h = test->priv;
	atomic_long_t *dropped = &h->bus->counters[VMB_DROPPED_OFFERS];

	seen.mode = HV_CALL_DIRECT;
	seen.callback = client_read_none;
	KUNIT_ASSERT_EQ(test, vmbus_driver_register(&pipe_driver), 0);
	/* Not a pipe. */
	fake_offer(h, 5, 1, 0);
	fake_settle(h);
	KUNIT_EXPECT_NULL(test, seen.channel);
	fake_offer_flags(h, 6, 2, 0, VMBW_OFFER_PIPE);
	fake_settle(h);
	KUNIT_ASSERT_NOT_NULL(test, seen.channel);
	fake_rescind(h, 6);
	fake_settle(h);
	KUNIT_EXPECT_EQ(test, seen.rescinds, 1);
	KUNIT_EXPECT_EQ(test, seen.removed, 0);
	KUNIT_EXPECT_NOT_NULL(test, seen.channel->inbound.ring_buffer);
	fake_offer_flags(h, 7, 2, 0, VMBW_OFFER_PIPE);
	fake_settle(h);
	KUNIT_EXPECT_EQ(test, atomic_long_read(dropped), 1);
	vmbus_hvsock_device_unregister(seen.channel);
	fake_settle(h);
	KUNIT_EXPECT_EQ(test, seen.rescinds, 1);
	KUNIT_EXPECT_EQ(test, seen.removed, 1);
	KUNIT_EXPECT_EQ(test, h->posts[VMBW_RELID_RELEASED], 1);
	fake_offer_flags(h, 8, 2, 0, VMBW_OFFER_PIPE);
	fake_settle(h);
	KUNIT_EXPECT_EQ(test, seen.opened, 0);
	KUNIT_EXPECT_EQ(test, seen.channel->offermsg.child_relid, 8);
	vmbus_driver_unregister(&pipe_driver);
}

static struct fake_channel *pipe_start(struct kunit *test)
{
	struct fake_host *h = test->priv;

	seen.mode = HV_CALL_DIRECT;
	seen.callback = client_read_none;
	KUNIT_ASSERT_EQ(test, vmbus_driver_register(&pipe_driver), 0);
	fake_offer_flags(h, 6, 2, 0, VMBW_OFFER_PIPE);
	fake_settle(h);
	KUNIT_ASSERT_NOT_NULL(test, seen.channel);
	return fake_channel(h, 6);
}

/* What a client may do with a pipe that it has not let go of. */
static void pipe_is_empty(struct kunit *test)
{
	struct vmbus_channel *channel = seen.channel;

	KUNIT_EXPECT_EQ(test, seen.rescinds, 1);
	KUNIT_EXPECT_EQ(test, seen.removed, 1);
	KUNIT_ASSERT_NOT_NULL(test, channel->inbound.ring_buffer);
	KUNIT_ASSERT_NOT_NULL(test, channel->outbound.ring_buffer);
	KUNIT_EXPECT_EQ(test, hv_get_bytes_to_read(&channel->inbound), 0);
	KUNIT_EXPECT_NULL(test, hv_pkt_iter_first(channel));
	hv_pkt_iter_close(channel);
	set_channel_pending_send_size(channel, 8);
	KUNIT_EXPECT_EQ(test, vmbus_sendpacket(channel, "12345678", 8, 0,
					       VM_PKT_DATA_INBAND, 0), -ENODEV);
}

/* The bus leaves, and with it what it was made of; a client is never late. */
static void pipe_without_bus(struct kunit *test)
{
	client_put(test, pipe_start(test), 1);
	fake_host_free(test->priv);
	test->priv = NULL;
	pipe_is_empty(test);
	vmbus_hvsock_device_unregister(seen.channel);
	vmbus_driver_unregister(&pipe_driver);
	KUNIT_EXPECT_EQ(test, seen.removed, 1);
}

/* The same, but the client knows already, and reads what is left. */
static void pipe_kept_without_bus(struct kunit *test)
{
	client_put(test, pipe_start(test), 1);
	fake_rescind(test->priv, 6);
	fake_settle(test->priv);
	KUNIT_EXPECT_EQ(test, seen.removed, 0);
	KUNIT_EXPECT_NOT_NULL(test, hv_pkt_iter_first(seen.channel));
	fake_host_free(test->priv);
	test->priv = NULL;
	pipe_is_empty(test);
	vmbus_hvsock_device_unregister(seen.channel);
	vmbus_driver_unregister(&pipe_driver);
}

/* Without its driver, and not with it again. */
static void pipe_unbound(struct kunit *test)
{
	struct hv_device *hdev;

	client_put(test, pipe_start(test), 1);
	hdev = seen.hdev;
	get_device(&hdev->device);
	device_release_driver(&hdev->device);
	pipe_is_empty(test);
	seen.hdev = NULL;
	KUNIT_EXPECT_LE(test, device_attach(&hdev->device), 0);
	KUNIT_EXPECT_NULL(test, seen.hdev);
	vmbus_hvsock_device_unregister(seen.channel);
	fake_settle(test->priv);
	KUNIT_EXPECT_FALSE(test, device_is_registered(&hdev->device));
	put_device(&hdev->device);
	vmbus_driver_unregister(&pipe_driver);
}

/* A buffer that offers @frames and @services, of which the versions count up. */
static u32 client_offer_versions(u8 *buf, u16 frames, u16 services)
{
	struct icmsg_negotiate *nego = (void *)(buf + ICMSG_HDR);

	nego->icframe_vercnt = frames;
	nego->icmsg_vercnt = services;
	for (u16 i = 0; i < frames + services && i < 8; i++) {
		nego->icversion_data[i].major = i + 1;
		nego->icversion_data[i].minor = 0;
	}
	return ICMSG_NEGOTIATE_PKT_SIZE(frames, services);
}

static void negotiate(struct kunit *test)
{
	static const int frames[] = { 9 << 16, 2 << 16, 1 << 16 };
	static const int services[] = { 4 << 16, 5 << 16 };
	u8 *buf = kunit_kzalloc(test, 256, GFP_KERNEL);
	struct icmsg_hdr *hdr = (void *)(buf + sizeof(struct vmbuspipe_hdr));
	struct icmsg_negotiate *nego = (void *)(buf + ICMSG_HDR);
	int frame = -1, service = -1;
	u32 len;

	KUNIT_ASSERT_NOT_NULL(test, buf);
	/* 1, 2 for the framework and 3, 4, 5 for the service are offered. */
	len = client_offer_versions(buf, 2, 3);
	KUNIT_EXPECT_TRUE(test, vmbus_prep_negotiate_resp(hdr, buf, len, frames, 3,
							  services, 2, &frame,
							  &service));
	KUNIT_EXPECT_EQ(test, frame, 2 << 16);
	KUNIT_EXPECT_EQ(test, service, 4 << 16);
	KUNIT_EXPECT_EQ(test, hdr->icmsgsize, 16);
	KUNIT_EXPECT_EQ(test, nego->icframe_vercnt, 1);
	KUNIT_EXPECT_EQ(test, nego->icmsg_vercnt, 1);
	KUNIT_EXPECT_EQ(test, nego->icversion_data[0].major, 2);
	KUNIT_EXPECT_EQ(test, nego->icversion_data[1].major, 4);

	/* No service in common. */
	len = client_offer_versions(buf, 2, 1);
	KUNIT_EXPECT_FALSE(test, vmbus_prep_negotiate_resp(hdr, buf, len, frames, 3,
							   services, 2, NULL,
							   &service));
	KUNIT_EXPECT_EQ(test, service, 0);
	KUNIT_EXPECT_EQ(test, nego->icframe_vercnt, 0);
	KUNIT_EXPECT_EQ(test, nego->icmsg_vercnt, 0);

	/* More versions than bytes. */
	len = client_offer_versions(buf, 2, 3);
	nego->icframe_vercnt = 0xffff;
	nego->icmsg_vercnt = 0xffff;
	KUNIT_EXPECT_FALSE(test, vmbus_prep_negotiate_resp(hdr, buf, len, frames, 3,
							   services, 2, &frame,
							   &service));
	client_offer_versions(buf, 2, 3);
	KUNIT_EXPECT_FALSE(test, vmbus_prep_negotiate_resp(hdr, buf, ICMSG_HDR + 8,
							   frames, 3, services, 2,
							   &frame, &service));
}

static struct kunit_case client_cases[] = {
	KUNIT_CASE(batched),
	KUNIT_CASE(direct),
	KUNIT_CASE(isr),
	KUNIT_CASE(batched_unread),
	KUNIT_CASE(enobufs),
	KUNIT_CASE(iterate),
	KUNIT_CASE(iterate_full),
	KUNIT_CASE(ids),
	KUNIT_CASE(ids_unused),
	KUNIT_CASE(no_address),
	KUNIT_CASE(mmio),
	KUNIT_CASE(mmio_fb),
	KUNIT_CASE(early_interrupt),
	KUNIT_CASE(rescind_first),
	KUNIT_CASE(unbind_in_callback),
	KUNIT_CASE(disabled_over_close),
	KUNIT_CASE(rebind),
	KUNIT_CASE(no_suspend),
	KUNIT_CASE(mouse_slack),
	KUNIT_CASE(pipe_kept),
	KUNIT_CASE(pipe_without_bus),
	KUNIT_CASE(pipe_kept_without_bus),
	KUNIT_CASE(pipe_unbound),
	KUNIT_CASE(negotiate),
	{}
};

static struct kunit_suite client_suite = {
	.name = "vmbus_client",
	.init = client_init,
	.exit = client_exit,
	.test_cases = client_cases,
};

kunit_test_suite(client_suite);

MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_DESCRIPTION("Tests of the VMBus under drivers of <linux/hyperv.h>");
MODULE_LICENSE("GPL");
