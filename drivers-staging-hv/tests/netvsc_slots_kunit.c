// SPDX-License-Identifier: GPL-2.0
/* Transmit slots and pending receive completions. */
#include <kunit/test.h>
#include <linux/bitmap.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "../net/slots.h"

#define SLOTS	100

static void slots_order(struct kunit *test)
{
	struct netvsc_fifo f = {};

	KUNIT_ASSERT_EQ(test, netvsc_fifo_init(&f, SLOTS), 0);
	KUNIT_EXPECT_EQ(test, netvsc_fifo_get(&f), -1);
	for (int i = 0; i < SLOTS; i++)
		netvsc_fifo_put(&f, i);
	KUNIT_EXPECT_EQ(test, netvsc_fifo_count(&f), SLOTS);
	for (int i = 0; i < SLOTS; i++)
		KUNIT_EXPECT_EQ(test, netvsc_fifo_get(&f), i);
	KUNIT_EXPECT_EQ(test, netvsc_fifo_get(&f), -1);
	KUNIT_EXPECT_EQ(test, netvsc_fifo_count(&f), 0);
	netvsc_fifo_free(&f);
}

/* However often they go round, no slot is twice out and none is lost. */
static void slots_none_lost(struct kunit *test)
{
	DECLARE_BITMAP(out, SLOTS) = {};
	struct netvsc_fifo f = {};
	u32 seed = 1, round;
	int slot;

	KUNIT_ASSERT_EQ(test, netvsc_fifo_init(&f, SLOTS), 0);
	/* Positions wrap too. */
	f.head = U32_MAX - 50;
	f.tail = f.head;
	for (int i = 0; i < SLOTS; i++)
		netvsc_fifo_put(&f, i);
	for (round = 0; round < 20000; round++) {
		seed = seed * 1664525 + 1013904223;
		if (seed >> 31) {
			slot = netvsc_fifo_get(&f);
			if (slot < 0)
				continue;
			KUNIT_EXPECT_FALSE(test, __test_and_set_bit(slot, out));
			if ((seed >> 28 & 7) == 1) {
				__clear_bit(slot, out);
				netvsc_fifo_unget(&f, slot);
			}
		} else {
			slot = find_first_bit(out, SLOTS);
			if (slot == SLOTS)
				continue;
			__clear_bit(slot, out);
			netvsc_fifo_put(&f, slot);
		}
		KUNIT_EXPECT_EQ(test, netvsc_fifo_count(&f),
				SLOTS - bitmap_weight(out, SLOTS));
	}
	netvsc_fifo_free(&f);
}

static void pending_bounded(struct kunit *test)
{
	struct netvsc_pending p = {};

	/* A packet that comes before there is a receive buffer. */
	KUNIT_EXPECT_FALSE(test, netvsc_pending_add(&p, 1, false));
	KUNIT_ASSERT_EQ(test, netvsc_pending_init(&p, 100), 0);
	for (u32 i = 0; i < 128; i++)
		KUNIT_EXPECT_TRUE(test,
				  netvsc_pending_add(&p, 1000 + i, i % 3 == 0));
	KUNIT_EXPECT_FALSE(test, netvsc_pending_add(&p, 5, false));
	KUNIT_EXPECT_EQ(test, netvsc_pending_count(&p), 128);
	for (u32 i = 0; i < 128; i++) {
		KUNIT_EXPECT_EQ(test, p.id[i], 1000 + i);
		KUNIT_EXPECT_EQ(test, test_bit(i, p.bad), i % 3 == 0);
	}
	/* A place that was refused once is not refused for ever. */
	p.tail = p.head;
	for (u32 i = 0; i < 128; i++)
		KUNIT_EXPECT_TRUE(test, netvsc_pending_add(&p, i, false));
	KUNIT_EXPECT_TRUE(test, bitmap_empty(p.bad, 128));
	netvsc_pending_free(&p);
}

static struct kunit_case slots_cases[] = {
	KUNIT_CASE(slots_order),
	KUNIT_CASE(slots_none_lost),
	KUNIT_CASE(pending_bounded),
	{}
};

static struct kunit_suite slots_suite = {
	.name = "netvsc_slots",
	.test_cases = slots_cases,
};

kunit_test_suite(slots_suite);

MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_DESCRIPTION("Tests of the network driver's queues");
MODULE_LICENSE("GPL");
