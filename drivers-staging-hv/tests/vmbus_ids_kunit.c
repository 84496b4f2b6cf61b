// SPDX-License-Identifier: GPL-2.0
/* Transaction ids: each is good once, and nothing else is. */
#include <kunit/test.h>
#include <linux/limits.h>
#include <linux/module.h>
#include <linux/prandom.h>

#include "vmb_ids.h"

#define SLOTS	64

static int ids_init(struct kunit *test)
{
	test->priv = vmb_ids_create(SLOTS, NUMA_NO_NODE);
	KUNIT_ASSERT_NOT_NULL(test, test->priv);
	return 0;
}

static void ids_exit(struct kunit *test)
{
	vmb_ids_destroy(test->priv);
}

static void ids_bounds(struct kunit *test)
{
	KUNIT_EXPECT_NULL(test, vmb_ids_create(0, NUMA_NO_NODE));
	KUNIT_EXPECT_NULL(test, vmb_ids_create((unsigned int)INT_MAX + 1, NUMA_NO_NODE));
	vmb_ids_destroy(NULL);
}

static void ids_once(struct kunit *test)
{
	struct vmb_ids *ids = test->priv;
	u64 id[SLOTS];

	for (unsigned int i = 0; i < SLOTS; i++) {
		id[i] = vmb_id_arm(ids, i);
		KUNIT_EXPECT_NE(test, id[i], 0);
	}
	for (unsigned int i = 0; i < SLOTS; i++) {
		KUNIT_EXPECT_EQ(test, vmb_id_claim(ids, id[i]), (int)i);
		KUNIT_EXPECT_EQ(test, vmb_id_claim(ids, id[i]), -ENOENT);
	}
}

/* Every id of an earlier use finds nothing while a later one is in flight. */
static void ids_stale(struct kunit *test)
{
	struct vmb_ids *ids = test->priv;
	u64 old[100];

	for (int i = 0; i < 100; i++) {
		old[i] = vmb_id_arm(ids, 3);
		for (int j = 0; j < i; j++)
			KUNIT_ASSERT_EQ(test, vmb_id_claim(ids, old[j]), -ENOENT);
		KUNIT_ASSERT_EQ(test, vmb_id_claim(ids, old[i]), 3);
	}
}

/* Every id that differs from a good one in one bit. */
static void ids_bit_flips(struct kunit *test)
{
	struct vmb_ids *ids = test->priv;
	u64 id = vmb_id_arm(ids, 5);

	for (int bit = 0; bit < 64; bit++)
		KUNIT_EXPECT_EQ(test, vmb_id_claim(ids, id ^ BIT_ULL(bit)), -ENOENT);
	KUNIT_EXPECT_EQ(test, vmb_id_claim(ids, id), 5);
}

static void ids_unarmed(struct kunit *test)
{
	struct vmb_ids *ids = test->priv;
	struct rnd_state rnd;

	prandom_seed_state(&rnd, 42);
	for (int i = 0; i < 100000; i++) {
		u64 id = (u64)prandom_u32_state(&rnd) << 32;

		KUNIT_ASSERT_EQ(test, vmb_id_claim(ids, id | i % (2 * SLOTS)), -ENOENT);
	}
	KUNIT_EXPECT_EQ(test, vmb_id_claim(ids, 0), -ENOENT);
	KUNIT_EXPECT_EQ(test, vmb_id_claim(ids, U64_MAX), -ENOENT);
}

static void ids_revoke(struct kunit *test)
{
	struct vmb_ids *ids = test->priv;
	u64 id = vmb_id_arm(ids, 7);

	KUNIT_EXPECT_TRUE(test, vmb_id_revoke(ids, 7));
	KUNIT_EXPECT_FALSE(test, vmb_id_revoke(ids, 7));
	KUNIT_EXPECT_EQ(test, vmb_id_claim(ids, id), -ENOENT);
	id = vmb_id_arm(ids, 7);
	KUNIT_EXPECT_EQ(test, vmb_id_claim(ids, id), 7);
	KUNIT_EXPECT_FALSE(test, vmb_id_revoke(ids, 7));
}

/* The id of one channel is not good on another. */
static void ids_two_tables(struct kunit *test)
{
	struct vmb_ids *other = vmb_ids_create(SLOTS, NUMA_NO_NODE);
	unsigned int found = 0;

	KUNIT_ASSERT_NOT_NULL(test, other);
	for (unsigned int i = 0; i < SLOTS; i++)
		vmb_id_arm(other, i);
	for (unsigned int i = 0; i < SLOTS; i++)
		found += vmb_id_claim(other, vmb_id_arm(test->priv, i)) >= 0;
	vmb_ids_destroy(other);
	/* Seeds are random: equal ones are one chance in two milliards. */
	KUNIT_EXPECT_EQ(test, found, 0);
}

static struct kunit_case ids_cases[] = {
	KUNIT_CASE(ids_bounds),
	KUNIT_CASE(ids_once),
	KUNIT_CASE(ids_stale),
	KUNIT_CASE(ids_bit_flips),
	KUNIT_CASE(ids_unarmed),
	KUNIT_CASE(ids_revoke),
	KUNIT_CASE(ids_two_tables),
	{}
};

static struct kunit_suite ids_suite = {
	.name = "vmbus_ids",
	.init = ids_init,
	.exit = ids_exit,
	.test_cases = ids_cases,
};

kunit_test_suite(ids_suite);

MODULE_DESCRIPTION("Tests of the VMBus transaction ids");
MODULE_LICENSE("GPL");
