// SPDX-License-Identifier: GPL-2.0
/* Lists of guest memory in packets: what the host reads is what was added. */
#include <kunit/test.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "vmb_packet.h"

#define ROOM	16

struct gpa_test {
	struct vmb_gpa_builder b;
	struct vmb_gpa_list *list;
};

static int gpa_init(struct kunit *test)
{
	struct gpa_test *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, t);
	/* One word more than the builder knows of, to see that it stays. */
	t->list = kunit_kzalloc(test, struct_size(t->list, words, ROOM + 1), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, t->list);
	memset(t->list, 0xa5, struct_size(t->list, words, ROOM + 1));
	vmb_gpa_init(&t->b, t->list, ROOM);
	test->priv = t;
	return 0;
}

static u64 gpa_word(const struct gpa_test *t, unsigned int i)
{
	return le64_to_cpu(t->list->words[i]);
}

/* A range's header as one word: the offset is in the upper half. */
static u64 gpa_head(u32 offset, u32 len)
{
	return (u64)offset << 32 | len;
}

static void gpa_untouched(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, gpa_word(test->priv, ROOM), 0xa5a5a5a5a5a5a5a5ull);
}

static void gpa_empty(struct kunit *test)
{
	struct gpa_test *t = test->priv;

	KUNIT_EXPECT_EQ(test, vmb_gpa_finish(&t->b), 8);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(t->list->reserved), 0);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(t->list->ranges), 0);
}

/* Every offset in a frame, with lengths around the ends of frames. */
static void gpa_offsets(struct kunit *test)
{
	static const u32 lens[] = { 1, 7, 8, 4095, 4096, 4097, 8191, 8192, 8193 };
	struct gpa_test *t = test->priv;

	for (u32 offset = 0; offset < 4096; offset++) {
		for (unsigned int i = 0; i < ARRAY_SIZE(lens); i++) {
			u32 frames = (offset + lens[i] + 4095) / 4096;

			vmb_gpa_init(&t->b, t->list, ROOM);
			KUNIT_ASSERT_TRUE(test, vmb_gpa_add(&t->b, 0x7000 + offset, lens[i]));
			KUNIT_ASSERT_EQ(test, vmb_gpa_finish(&t->b), 16 + 8 * frames);
			KUNIT_ASSERT_EQ(test, le32_to_cpu(t->list->ranges), 1);
			KUNIT_ASSERT_EQ(test, gpa_word(t, 0), gpa_head(offset, lens[i]));
			for (u32 j = 0; j < frames; j++)
				KUNIT_ASSERT_EQ(test, gpa_word(t, 1 + j), 7 + j);
		}
	}
}

/* Addresses above 4 GiB, where phys_addr_t has them. */
static void gpa_high(struct kunit *test)
{
	struct gpa_test *t = test->priv;

	if (sizeof(phys_addr_t) < 8)
		kunit_skip(test, "no such addresses");
	KUNIT_EXPECT_TRUE(test, vmb_gpa_add(&t->b, (phys_addr_t)0x123456789abcull, 16));
	KUNIT_EXPECT_EQ(test, gpa_word(t, 0), gpa_head(0xabc, 16));
	KUNIT_EXPECT_EQ(test, gpa_word(t, 1), 0x123456789ull);
}

static void gpa_ranges(struct kunit *test)
{
	struct gpa_test *t = test->priv;

	KUNIT_EXPECT_TRUE(test, vmb_gpa_add(&t->b, 0x1ff8, 16));
	KUNIT_EXPECT_TRUE(test, vmb_gpa_add(&t->b, 0x9000, 4096));
	KUNIT_EXPECT_EQ(test, vmb_gpa_finish(&t->b), 8 + 5 * 8);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(t->list->ranges), 2);
	KUNIT_EXPECT_EQ(test, gpa_word(t, 0), gpa_head(0xff8, 16));
	KUNIT_EXPECT_EQ(test, gpa_word(t, 1), 1);
	KUNIT_EXPECT_EQ(test, gpa_word(t, 2), 2);
	KUNIT_EXPECT_EQ(test, gpa_word(t, 3), gpa_head(0, 4096));
	KUNIT_EXPECT_EQ(test, gpa_word(t, 4), 9);
}

/* At the end of a frame a range goes on in any frame, from its start. */
static void gpa_extend_frames(struct kunit *test)
{
	struct gpa_test *t = test->priv;

	KUNIT_EXPECT_TRUE(test, vmb_gpa_add(&t->b, 0x1800, 0x800));
	KUNIT_EXPECT_TRUE(test, vmb_gpa_extend(&t->b, 0x5000, 0x1000));
	KUNIT_EXPECT_TRUE(test, vmb_gpa_extend(&t->b, 0x3000, 0x1010));
	KUNIT_EXPECT_EQ(test, vmb_gpa_finish(&t->b), 8 + 5 * 8);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(t->list->ranges), 1);
	KUNIT_EXPECT_EQ(test, gpa_word(t, 0), gpa_head(0x800, 0x2810));
	KUNIT_EXPECT_EQ(test, gpa_word(t, 1), 1);
	KUNIT_EXPECT_EQ(test, gpa_word(t, 2), 5);
	KUNIT_EXPECT_EQ(test, gpa_word(t, 3), 3);
	KUNIT_EXPECT_EQ(test, gpa_word(t, 4), 4);
}

/* In mid-frame it goes on at the next byte of the same frame only. */
static void gpa_extend_inside(struct kunit *test)
{
	struct gpa_test *t = test->priv;

	KUNIT_EXPECT_TRUE(test, vmb_gpa_add(&t->b, 0x1100, 0x100));
	KUNIT_EXPECT_TRUE(test, vmb_gpa_extend(&t->b, 0x1200, 0x100));
	KUNIT_EXPECT_EQ(test, gpa_word(t, 0), gpa_head(0x100, 0x200));
	KUNIT_EXPECT_EQ(test, t->b.used, 2);
	/* Into the next frame. */
	KUNIT_EXPECT_TRUE(test, vmb_gpa_extend(&t->b, 0x1300, 0xd01));
	KUNIT_EXPECT_EQ(test, t->b.used, 3);
	KUNIT_EXPECT_EQ(test, gpa_word(t, 2), 2);
	KUNIT_EXPECT_TRUE(test, vmb_gpa_extend(&t->b, 0x2001, 0xfff));
	KUNIT_EXPECT_EQ(test, t->b.used, 3);
	KUNIT_EXPECT_EQ(test, gpa_word(t, 0), gpa_head(0x100, 0x1f00));
}

/* What the host would read as other bytes is refused and changes nothing. */
static void gpa_extend_refused(struct kunit *test)
{
	static const u32 wrong[] = {
		0x1200,		/* the same bytes again */
		0x1301,		/* a gap */
		0x2300,		/* another frame at the right byte */
		0x2000,		/* a new frame, but the range ends in mid-frame */
	};
	struct gpa_test *t = test->priv;

	KUNIT_EXPECT_TRUE(test, vmb_gpa_add(&t->b, 0x1200, 0x100));
	for (unsigned int i = 0; i < ARRAY_SIZE(wrong); i++)
		KUNIT_EXPECT_FALSE(test, vmb_gpa_extend(&t->b, wrong[i], 8));
	KUNIT_EXPECT_EQ(test, gpa_word(t, 0), gpa_head(0x200, 0x100));
	KUNIT_EXPECT_EQ(test, t->b.used, 2);
	/* At a frame's end nothing may begin in mid-frame. */
	KUNIT_EXPECT_TRUE(test, vmb_gpa_extend(&t->b, 0x1300, 0xd00));
	KUNIT_EXPECT_FALSE(test, vmb_gpa_extend(&t->b, 0x2008, 8));
	KUNIT_EXPECT_EQ(test, gpa_word(t, 0), gpa_head(0x200, 0xe00));
}

/* Every list that fits, fits; one word more is refused and changes nothing. */
static void gpa_room(struct kunit *test)
{
	struct gpa_test *t = test->priv;

	for (u32 frames = 1; frames < ROOM + 4; frames++) {
		bool fits = frames < ROOM;

		vmb_gpa_init(&t->b, t->list, ROOM);
		KUNIT_EXPECT_EQ(test, vmb_gpa_add(&t->b, 0, frames * 4096), fits);
		KUNIT_EXPECT_EQ(test, t->b.used, fits ? frames + 1 : 0);
		KUNIT_EXPECT_EQ(test, t->b.ranges, fits);
	}
	vmb_gpa_init(&t->b, t->list, ROOM);
	for (u32 i = 0; i < ROOM / 2; i++)
		KUNIT_EXPECT_TRUE(test, vmb_gpa_add(&t->b, i * 4096, 4096));
	KUNIT_EXPECT_FALSE(test, vmb_gpa_add(&t->b, 0, 1));
	KUNIT_EXPECT_FALSE(test, vmb_gpa_extend(&t->b, 0x20000, 1));
	KUNIT_EXPECT_EQ(test, vmb_gpa_finish(&t->b), 8 + 8 * ROOM);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(t->list->ranges), ROOM / 2);
	KUNIT_EXPECT_EQ(test, gpa_word(t, ROOM - 2), gpa_head(0, 4096));
	gpa_untouched(test);
}

static struct kunit_case gpa_cases[] = {
	KUNIT_CASE(gpa_empty),
	KUNIT_CASE(gpa_offsets),
	KUNIT_CASE(gpa_high),
	KUNIT_CASE(gpa_ranges),
	KUNIT_CASE(gpa_extend_frames),
	KUNIT_CASE(gpa_extend_inside),
	KUNIT_CASE(gpa_extend_refused),
	KUNIT_CASE(gpa_room),
	{}
};

static struct kunit_suite gpa_suite = {
	.name = "vmbus_gpa",
	.init = gpa_init,
	.test_cases = gpa_cases,
};

kunit_test_suite(gpa_suite);

MODULE_DESCRIPTION("Tests of the builder of guest memory lists");
MODULE_LICENSE("GPL");
