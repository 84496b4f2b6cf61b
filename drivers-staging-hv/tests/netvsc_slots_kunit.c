// SPDX-License-Identifier: GPL-2.0
/* Transmit slots, owed receive completions, and the indirection table. */
#include <kunit/test.h>
#include <linux/bitmap.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "../net/parse.h"
#include "../net/slots.h"

#define SLOTS	100

static void slots_order(struct kunit *test)
{
	struct netvsc_fifo f = {};
	int i;

	KUNIT_ASSERT_EQ(test, netvsc_fifo_init(&f, SLOTS), 0);
	KUNIT_EXPECT_EQ(test, netvsc_fifo_get(&f), -1);
	for (i = 0; i < SLOTS; i++)
		netvsc_fifo_put(&f, i);
	KUNIT_EXPECT_EQ(test, netvsc_fifo_count(&f), SLOTS);
	for (i = 0; i < SLOTS; i++)
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
	int slot, i;

	KUNIT_ASSERT_EQ(test, netvsc_fifo_init(&f, SLOTS), 0);
	/* Positions wrap too. */
	f.head = U32_MAX - 50;
	f.tail = f.head;
	for (i = 0; i < SLOTS; i++)
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
	struct netvsc_pending o = {};
	u32 i;

	/* A host that completes before there is a buffer owes itself. */
	KUNIT_EXPECT_FALSE(test, netvsc_pending_add(&o, 1, false));
	KUNIT_ASSERT_EQ(test, netvsc_pending_init(&o, 100), 0);
	for (i = 0; i < 128; i++)
		KUNIT_EXPECT_TRUE(test,
				  netvsc_pending_add(&o, 1000 + i, i % 3 == 0));
	KUNIT_EXPECT_FALSE(test, netvsc_pending_add(&o, 5, false));
	KUNIT_EXPECT_EQ(test, netvsc_pending_count(&o), 128);
	for (i = 0; i < 128; i++) {
		KUNIT_EXPECT_EQ(test, o.id[i], 1000 + i);
		KUNIT_EXPECT_EQ(test, test_bit(i, o.bad), i % 3 == 0);
	}
	/* A place that was refused once is not refused for ever. */
	o.tail = o.head;
	for (i = 0; i < 128; i++)
		KUNIT_EXPECT_TRUE(test, netvsc_pending_add(&o, i, false));
	KUNIT_EXPECT_TRUE(test, bitmap_empty(o.bad, 128));
	netvsc_pending_free(&o);
}

static void rss_even(struct kunit *test)
{
	u32 used[NVSP_MAX_CHANNELS], table[128];
	u32 queues, i;

	for (queues = 1; queues <= NVSP_MAX_CHANNELS; queues++) {
		memset(used, 0, sizeof(used));
		netvsc_rss_fill(table, 128, queues, false);
		for (i = 0; i < 128; i++) {
			KUNIT_ASSERT_LT(test, table[i], queues);
			used[table[i]]++;
		}
		for (i = 0; i < queues; i++)
			KUNIT_EXPECT_GE(test, used[i], 128 / queues);
	}
}

static void rss_keep(struct kunit *test)
{
	u32 table[8] = { 3, 3, 3, 3, 2, 2, 2, 2 };

	netvsc_rss_fill(table, 8, 4, true);
	KUNIT_EXPECT_EQ(test, table[0], 3);
	KUNIT_EXPECT_EQ(test, table[7], 2);
	/* A queue of it is gone. */
	netvsc_rss_fill(table, 8, 3, true);
	KUNIT_EXPECT_EQ(test, table[0], 0);
	KUNIT_EXPECT_EQ(test, table[7], 1);
}

static void rss_object(struct kunit *test)
{
	u8 key[NDIS_RSS_KEY_BYTES];
	struct netvsc_rss_msg *m;
	u32 *table, i, n;

	m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);
	table = kunit_kcalloc(test, NETVSC_RSS_ENTRIES_MAX, sizeof(*table),
			      GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, m);
	KUNIT_ASSERT_NOT_NULL(test, table);
	for (i = 0; i < sizeof(key); i++)
		key[i] = i + 1;
	for (i = 0; i < NETVSC_RSS_ENTRIES_MAX; i++)
		table[i] = i % 5;
	for (n = 1; n <= NETVSC_RSS_ENTRIES_MAX; n++) {
		KUNIT_EXPECT_EQ(test, netvsc_rss_build(m, table, n, key, 0),
				40 + 4 * n + 40);
		KUNIT_EXPECT_EQ(test, le16_to_cpu(m->p.table_bytes), 4 * n);
		KUNIT_EXPECT_EQ(test, le32_to_cpu(m->p.table_offset), 40);
		KUNIT_EXPECT_EQ(test, le32_to_cpu(m->p.key_offset), 40 + 4 * n);
		KUNIT_EXPECT_EQ(test, le32_to_cpu(m->table_and_key[n - 1]),
				(n - 1) % 5);
		KUNIT_EXPECT_MEMEQ(test, (u8 *)m + 40 + 4 * n, key,
				   sizeof(key));
	}
}

static struct kunit_case slots_cases[] = {
	KUNIT_CASE(slots_order),
	KUNIT_CASE(slots_none_lost),
	KUNIT_CASE(pending_bounded),
	KUNIT_CASE(rss_even),
	KUNIT_CASE(rss_keep),
	KUNIT_CASE(rss_object),
	{}
};

static struct kunit_suite slots_suite = {
	.name = "netvsc_slots",
	.test_cases = slots_cases,
};

kunit_test_suite(slots_suite);

MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_DESCRIPTION("Tests of the network driver's queues and tables");
MODULE_LICENSE("GPL");
