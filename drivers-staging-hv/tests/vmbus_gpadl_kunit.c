// SPDX-License-Identifier: GPL-2.0
/* GPADL messages: every number of pages gives the right messages. */
#include <kunit/test.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/string.h>

#include "../vmbus/gpadl.h"

#define GPADL_RELID	17
#define GPADL_HANDLE	0xe1e10

static void gpadl_check_header(struct kunit *test,
			       const struct vmbw_gpadl_header *msg, u32 len,
			       const u64 *pfns, unsigned int count)
{
	unsigned int here = min(count, 26u);

	KUNIT_ASSERT_EQ(test, len, 28 + 8 * here);
	KUNIT_ASSERT_LE(test, len, (u32)VMBW_MSG_MAX);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(msg->hdr.type), 8);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(msg->relid), GPADL_RELID);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(msg->gpadl), GPADL_HANDLE);
	KUNIT_EXPECT_EQ(test, le16_to_cpu(msg->ranges), 1);
	KUNIT_EXPECT_EQ(test, le16_to_cpu(msg->range_bytes), 8 + 8 * count);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(msg->byte_count), 4096 * count);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(msg->byte_offset), 0);
	for (unsigned int i = 0; i < here; i++)
		KUNIT_ASSERT_EQ(test, le64_to_cpu(msg->pfn[i]), pfns[i]);
}

/* Puts the messages together again, as a host does. */
static void gpadl_roundtrip(struct kunit *test, const u64 *pfns,
			    unsigned int count)
{
	unsigned int done = min(count, 26u), number = 0;
	struct vmbw_gpadl_header header;
	struct vmbw_gpadl_body body;
	u32 len;

	len = vmb_gpadl_header(&header, GPADL_RELID, GPADL_HANDLE, pfns, count);
	gpadl_check_header(test, &header, len, pfns, count);
	while (done < count) {
		unsigned int here = min(count - done, 28u);

		len = vmb_gpadl_body(&body, GPADL_HANDLE, number, pfns + done,
				     count - done);
		KUNIT_ASSERT_EQ(test, len, 16 + 8 * here);
		KUNIT_ASSERT_EQ(test, le32_to_cpu(body.hdr.type), 9);
		KUNIT_ASSERT_EQ(test, le32_to_cpu(body.number), number);
		KUNIT_ASSERT_EQ(test, le32_to_cpu(body.gpadl), GPADL_HANDLE);
		for (unsigned int i = 0; i < here; i++)
			KUNIT_ASSERT_EQ(test, le64_to_cpu(body.pfn[i]), pfns[done + i]);
		done += here;
		number++;
	}
	KUNIT_EXPECT_EQ(test, number, count > 26 ? (count - 26 + 27) / 28 : 0);
}

static void gpadl_messages(struct kunit *test)
{
	u64 *pfns = kunit_kcalloc(test, VMBW_GPADL_MAX_PFNS, sizeof(*pfns), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, pfns);
	for (unsigned int i = 0; i < VMBW_GPADL_MAX_PFNS; i++)
		pfns[i] = 0x123456789ull * i + 1;
	for (unsigned int count = 1; count <= 200; count++)
		gpadl_roundtrip(test, pfns, count);
	gpadl_roundtrip(test, pfns, VMBW_GPADL_MAX_PFNS - 1);
	gpadl_roundtrip(test, pfns, VMBW_GPADL_MAX_PFNS);
}

/* What is not a page number is zero: nothing of the stack goes to the host. */
static void gpadl_no_leak(struct kunit *test)
{
	struct vmbw_gpadl_header header;
	struct vmbw_gpadl_body body;
	u64 pfn = 1;

	memset(&header, 0xff, sizeof(header));
	vmb_gpadl_header(&header, 1, 2, &pfn, 1);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(header.hdr.pad), 0);
	for (int i = 1; i < VMBW_HEADER_PFNS; i++)
		KUNIT_EXPECT_EQ(test, le64_to_cpu(header.pfn[i]), 0);
	memset(&body, 0xff, sizeof(body));
	vmb_gpadl_body(&body, 1, 0, &pfn, 1);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(body.hdr.pad), 0);
	for (int i = 1; i < VMBW_BODY_PFNS; i++)
		KUNIT_EXPECT_EQ(test, le64_to_cpu(body.pfn[i]), 0);
}

static void gpadl_limit(struct kunit *test)
{
	/* The longest list that 16 bits of bytes can say. */
	KUNIT_EXPECT_LE(test, 8 + 8 * VMBW_GPADL_MAX_PFNS, 0xffff);
	KUNIT_EXPECT_GT(test, 8 + 8 * (VMBW_GPADL_MAX_PFNS + 1), 0xffff);
}

static struct kunit_case gpadl_cases[] = {
	KUNIT_CASE(gpadl_messages),
	KUNIT_CASE(gpadl_no_leak),
	KUNIT_CASE(gpadl_limit),
	{}
};

static struct kunit_suite gpadl_suite = {
	.name = "vmbus_gpadl",
	.test_cases = gpadl_cases,
};

kunit_test_suite(gpadl_suite);

MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_DESCRIPTION("Tests of the VMBus GPADL messages");
MODULE_LICENSE("GPL");
