// SPDX-License-Identifier: GPL-2.0
/* Messages and offers: every type, every length, every version. */
#include <kunit/test.h>
#include <linux/module.h>
#include <linux/prandom.h>

#include "../vmbus/channel.h"
#include "../vmbus/connection.h"
#include "../vmbus/message.h"
#include "../vmbus/offer.h"

static const u32 versions[] = {
	0x40000, 0x40001, 0x50000, 0x50001, 0x50002, 0x50003, 0x60000,
};

/* What hosts send, written down a second time: -1 never. */
static int shortest(u32 type, u32 version)
{
	switch (type) {
	case 1:
		return 196;
	case 2:
	case 12:
		return 12;
	case 4:
	case 17:
		return 8;
	case 6:
	case 10:
		return 20;
	case 15:
		return version < 0x50000 ? 10 : 16;
	case 23:
		return IS_ENABLED(CONFIG_HYPERV_STAGING_CLIENTS) ? 44 : -1;
	case 24:
		return version < 0x50003 ? -1 : 16;
	default:
		return -1;
	}
}

static void message_lengths(struct kunit *test)
{
	u8 msg[VMBW_MSG_MAX] = {};

	for (int v = 0; v < ARRAY_SIZE(versions); v++) {
		for (u32 type = 0; type < 64; type++) {
			int min = shortest(type, versions[v]);

			*(__le32 *)msg = cpu_to_le32(type);
			for (u32 len = 0; len <= 255; len++) {
				int expect = type;

				if (len < 8 || len > 240)
					expect = -EMSGSIZE;
				else if (min < 0)
					expect = -EPROTO;
				else if (len < min)
					expect = -EMSGSIZE;
				KUNIT_ASSERT_EQ(test, expect,
						vmb_message_check(versions[v], msg, len));
			}
		}
	}
}

static void message_types(struct kunit *test)
{
	static const u32 types[] = { 30, 31, 255, 0x8000000e, 0xffffffff };
	u8 msg[VMBW_MSG_MAX] = {};

	for (int i = 0; i < ARRAY_SIZE(types); i++) {
		*(__le32 *)msg = cpu_to_le32(types[i]);
		KUNIT_EXPECT_EQ(test, vmb_message_check(VMBW_V6_0, msg, 240), -EPROTO);
	}
}

static void offer_fields(struct kunit *test)
{
	struct vmbw_offer msg = {
		.relid = cpu_to_le32(5), .sub_index = cpu_to_le16(3),
		.connection_id = cpu_to_le32(0x2005), .flags = cpu_to_le16(0x2001),
		.dedicated_flags = cpu_to_le16(0xffff), .mmio_mb = cpu_to_le16(8),
	};
	struct vmb_offer offer;

	msg.user_data[119] = 9;
	msg.class_id.b[0] = 1;
	msg.instance_id.b[0] = 2;
	KUNIT_ASSERT_EQ(test, vmb_offer_parse(&msg, &offer), 0);
	KUNIT_EXPECT_EQ(test, offer.relid, 5);
	KUNIT_EXPECT_EQ(test, offer.index, 3);
	KUNIT_EXPECT_EQ(test, offer.connection_id, 0x2005);
	KUNIT_EXPECT_EQ(test, offer.flags, 0x2001);
	KUNIT_EXPECT_TRUE(test, offer.dedicated);
	KUNIT_EXPECT_EQ(test, offer.mmio_mb, 8);
	KUNIT_EXPECT_EQ(test, offer.user_data[119], 9);
	KUNIT_EXPECT_EQ(test, offer.class_id.b[0], 1);
	KUNIT_EXPECT_EQ(test, offer.instance_id.b[0], 2);
	KUNIT_EXPECT_EQ(test, offer.monitor, -1);
	msg.dedicated_flags = cpu_to_le16(0xfffe);
	KUNIT_ASSERT_EQ(test, vmb_offer_parse(&msg, &offer), 0);
	KUNIT_EXPECT_FALSE(test, offer.dedicated);
}

static void offer_relids(struct kunit *test)
{
	static const u32 wrong[] = { 0, 2048, 2049, 0x10001, 0x80000001, U32_MAX };
	struct vmbw_offer msg = {};
	struct vmb_offer offer;

	for (u32 relid = 1; relid < 2048; relid++) {
		msg.relid = cpu_to_le32(relid);
		KUNIT_ASSERT_EQ(test, vmb_offer_parse(&msg, &offer), 0);
	}
	for (int i = 0; i < ARRAY_SIZE(wrong); i++) {
		msg.relid = cpu_to_le32(wrong[i]);
		KUNIT_EXPECT_EQ(test, vmb_offer_parse(&msg, &offer), -EINVAL);
	}
}

/* The monitor page has 128 bits; a larger number must not become an index. */
static void offer_monitors(struct kunit *test)
{
	struct vmbw_offer msg = { .relid = cpu_to_le32(1) };
	struct vmb_offer offer;

	for (int id = 0; id < 256; id++) {
		for (int flags = 0; flags < 4; flags++) {
			msg.monitor_id = id;
			msg.monitor_flags = flags;
			KUNIT_ASSERT_EQ(test, vmb_offer_parse(&msg, &offer), 0);
			KUNIT_ASSERT_EQ(test, offer.monitor,
					(flags & 1) && id < 128 ? id : -1);
		}
	}
}

static void version_order(struct kunit *test)
{
	u32 version = U32_MAX;

	for (int i = ARRAY_SIZE(versions) - 1; i >= 0; i--) {
		version = vmb_version_below(version);
		KUNIT_EXPECT_EQ(test, version, versions[i]);
	}
	KUNIT_EXPECT_EQ(test, vmb_version_below(version), 0);
	KUNIT_EXPECT_EQ(test, vmb_version_below(0), 0);
	KUNIT_EXPECT_EQ(test, vmb_version_below(0x60001), 0x60000);
	KUNIT_EXPECT_EQ(test, vmb_version_below(0x60000), 0x50003);
	KUNIT_EXPECT_EQ(test, vmb_version_below(0x50000), 0x40001);
}

static struct kunit_case message_cases[] = {
	KUNIT_CASE(message_lengths),
	KUNIT_CASE(message_types),
	KUNIT_CASE(offer_fields),
	KUNIT_CASE(offer_relids),
	KUNIT_CASE(offer_monitors),
	KUNIT_CASE(version_order),
	{}
};

static struct kunit_suite message_suite = {
	.name = "vmbus_message",
	.test_cases = message_cases,
};

kunit_test_suite(message_suite);

MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_DESCRIPTION("Tests of the VMBus messages");
MODULE_LICENSE("GPL");
