// SPDX-License-Identifier: GPL-2.0
/* Link events of the host and what becomes of them. */
#include <kunit/test.h>
#include <linux/module.h>

#include "../net/link.h"

#define ACTIONS		40

/* Applies all events; what was done is in @out. Returns the carrier. */
static bool apply(struct netvsc_link *l, bool carrier,
		  enum netvsc_link_action *out, int *count)
{
	enum netvsc_link_action action;

	for (*count = 0; *count < ACTIONS; (*count)++) {
		action = netvsc_link_next(l, carrier);
		if (action == NETVSC_LINK_NOTHING)
			break;
		if (action == NETVSC_LINK_CARRIER_OFF)
			carrier = false;
		if (action == NETVSC_LINK_CARRIER_ON)
			carrier = true;
		out[*count] = action;
	}
	return carrier;
}

/* However short it is, the stack sees that the link went. */
static void link_flap(struct kunit *test)
{
	enum netvsc_link_action out[ACTIONS];
	struct netvsc_link l = {};
	int n;

	netvsc_link_push(&l, NETVSC_LINK_DOWN);
	netvsc_link_push(&l, NETVSC_LINK_UP);
	KUNIT_EXPECT_TRUE(test, apply(&l, true, out, &n));
	KUNIT_ASSERT_EQ(test, n, 2);
	KUNIT_EXPECT_EQ(test, out[0], NETVSC_LINK_CARRIER_OFF);
	KUNIT_EXPECT_EQ(test, out[1], NETVSC_LINK_CARRIER_ON);
}

/* A host says so after a migration. */
static void link_up_while_up(struct kunit *test)
{
	enum netvsc_link_action out[ACTIONS];
	struct netvsc_link l = {};
	int n;

	netvsc_link_push(&l, NETVSC_LINK_UP);
	KUNIT_EXPECT_TRUE(test, apply(&l, true, out, &n));
	KUNIT_ASSERT_EQ(test, n, 1);
	KUNIT_EXPECT_EQ(test, out[0], NETVSC_LINK_NOTIFY);
}

static void link_renew(struct kunit *test)
{
	enum netvsc_link_action out[ACTIONS];
	struct netvsc_link l = {};
	int n;

	netvsc_link_push(&l, NETVSC_LINK_RENEW);
	KUNIT_EXPECT_TRUE(test, apply(&l, true, out, &n));
	KUNIT_ASSERT_EQ(test, n, 2);
	KUNIT_EXPECT_EQ(test, out[0], NETVSC_LINK_CARRIER_OFF);
	KUNIT_EXPECT_EQ(test, out[1], NETVSC_LINK_CARRIER_ON);

	/* A link that is down stays so. */
	netvsc_link_push(&l, NETVSC_LINK_RENEW);
	KUNIT_EXPECT_FALSE(test, apply(&l, false, out, &n));
	KUNIT_EXPECT_EQ(test, n, 0);

	/* One that goes down meanwhile is down in the end. */
	netvsc_link_push(&l, NETVSC_LINK_RENEW);
	netvsc_link_push(&l, NETVSC_LINK_DOWN);
	KUNIT_EXPECT_FALSE(test, apply(&l, true, out, &n));
	KUNIT_ASSERT_EQ(test, n, 3);
	KUNIT_EXPECT_EQ(test, out[2], NETVSC_LINK_CARRIER_OFF);
}

static void link_repeated(struct kunit *test)
{
	enum netvsc_link_action out[ACTIONS];
	struct netvsc_link l = {};
	int n;

	netvsc_link_push(&l, NETVSC_LINK_DOWN);
	netvsc_link_push(&l, NETVSC_LINK_DOWN);
	KUNIT_EXPECT_FALSE(test, apply(&l, true, out, &n));
	KUNIT_EXPECT_EQ(test, n, 1);
}

/* A host that floods the queue: the newest events decide. */
static void link_flood(struct kunit *test)
{
	enum netvsc_link_action out[ACTIONS];
	struct netvsc_link l = {};
	int n;

	/* Positions wrap. */
	l.head = U32_MAX - 5;
	l.tail = l.head;
	for (int i = 0; i < 1000; i++)
		netvsc_link_push(&l, i % 3);
	netvsc_link_push(&l, NETVSC_LINK_DOWN);
	KUNIT_EXPECT_LE(test, l.head - l.tail, NETVSC_LINK_EVENTS);
	KUNIT_EXPECT_FALSE(test, apply(&l, true, out, &n));
	KUNIT_EXPECT_LE(test, n, 2 * NETVSC_LINK_EVENTS);
}

static struct kunit_case link_cases[] = {
	KUNIT_CASE(link_flap),
	KUNIT_CASE(link_up_while_up),
	KUNIT_CASE(link_renew),
	KUNIT_CASE(link_repeated),
	KUNIT_CASE(link_flood),
	{}
};

static struct kunit_suite link_suite = {
	.name = "netvsc_link",
	.test_cases = link_cases,
};

kunit_test_suite(link_suite);

MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_DESCRIPTION("Tests of link events");
MODULE_LICENSE("GPL");
