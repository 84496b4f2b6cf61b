// SPDX-License-Identifier: GPL-2.0
/* The receive indirection table and the object that sets it. */
#include <kunit/test.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "../net/oid.h"

static void rss_even(struct kunit *test)
{
	u32 used[NVSP_MAX_CHANNELS], table[128];

	for (u32 queues = 1; queues <= NVSP_MAX_CHANNELS; queues++) {
		memset(used, 0, sizeof(used));
		netvsc_rss_fill(table, 128, queues, false);
		for (u32 i = 0; i < 128; i++) {
			KUNIT_ASSERT_LT(test, table[i], queues);
			used[table[i]]++;
		}
		for (u32 i = 0; i < queues; i++)
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

static struct kunit_case rss_cases[] = {
	KUNIT_CASE(rss_even),
	KUNIT_CASE(rss_keep),
	KUNIT_CASE(rss_object),
	{}
};

static struct kunit_suite rss_suite = {
	.name = "netvsc_rss",
	.test_cases = rss_cases,
};

kunit_test_suite(rss_suite);

MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_DESCRIPTION("Tests of receive-side scaling");
MODULE_LICENSE("GPL");
