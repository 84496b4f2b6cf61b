// SPDX-License-Identifier: GPL-2.0
/*
 * What a disk reports about itself, at random and of every length: the parsers
 * stay within it, and the block layer takes the limits that come of it.
 */
#include <kunit/test.h>
#include <linux/blkdev.h>
#include <linux/err.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/prandom.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/unaligned.h>

#include "../stor/blkvsc_ident.h"

#define FUZZ_SEED	23
#define FUZZ_LENGTH	96u
#define FUZZ_ROUNDS	40

/* Bytes that mean something are more likely than others. */
static void fuzz_fill(struct rnd_state *rnd, u8 *p, u32 len)
{
	static const u8 likely[] = { 0, 1, 2, 4, 8, 0x10, 0x7f, 0x80, 0xff };

	prandom_bytes_state(rnd, p, len);
	for (u32 i = 0; i < len; i++) {
		u32 r = prandom_u32_state(rnd);

		if (r & 1)
			p[i] = likely[(r >> 1) % ARRAY_SIZE(likely)];
	}
}

static void expect_strings(struct kunit *test, const struct blkvsc_ident *id)
{
	KUNIT_EXPECT_LT(test, strnlen(id->vendor, sizeof(id->vendor)), sizeof(id->vendor));
	KUNIT_EXPECT_LT(test, strnlen(id->model, sizeof(id->model)), sizeof(id->model));
	KUNIT_EXPECT_LT(test, strnlen(id->rev, sizeof(id->rev)), sizeof(id->rev));
	KUNIT_EXPECT_LT(test, strnlen(id->serial, sizeof(id->serial)), sizeof(id->serial));
	KUNIT_EXPECT_LT(test, strnlen(id->wwid, sizeof(id->wwid)), sizeof(id->wwid));
}

static void parse_page(struct blkvsc_ident *id, u8 *p, u32 len, u8 page)
{
	if (len > 1)
		p[1] = page;
	/* Most of them have the length that they say. */
	if (len > 4 && p[4] & 3)
		put_unaligned_be16(len - 4, p + 2);
	switch (page) {
	case 0x00:
		blkvsc_vpd_has(p, len, 0xb0);
		break;
	case 0x80:
		blkvsc_parse_vpd80(id, p, len);
		break;
	case 0x83:
		blkvsc_parse_vpd83(id, p, len);
		break;
	case 0xb0:
		blkvsc_parse_vpdb0(id, p, len);
		break;
	case 0xb1:
		blkvsc_parse_vpdb1(id, p, len);
		break;
	default:
		blkvsc_parse_vpdb2(id, p, len);
	}
}

static void parse_all(struct rnd_state *rnd, struct blkvsc_ident *id, u8 *p,
		      u32 len)
{
	static const u8 pages[] = { 0x00, 0x80, 0x83, 0xb0, 0xb1, 0xb2 };

	fuzz_fill(rnd, p, len);
	blkvsc_parse_inquiry(id, p, len);
	for (int i = 0; i < ARRAY_SIZE(pages); i++) {
		fuzz_fill(rnd, p, len);
		parse_page(id, p, len, pages[i]);
	}
	fuzz_fill(rnd, p, len);
	blkvsc_parse_caching(id, p, len);
}

/* A disk must have a capacity, or there is none. */
static void parse_capacity(struct rnd_state *rnd, struct blkvsc_ident *id,
			   u8 *p, u32 len)
{
	/* 512 bytes a block, or 4096. */
	static const u8 size[4] = { [2] = 2 };

	do {
		fuzz_fill(rnd, p, len);
		p[0] &= 0x1f;
		memcpy(p + 8, size, sizeof(size));
		if (p[7] & 1)
			p[10] = 0x10;
	} while (blkvsc_parse_capacity16(id, p, len));
}

static void capacities(struct kunit *test)
{
	struct blkvsc_ident id = {};
	struct rnd_state rnd;

	prandom_seed_state(&rnd, FUZZ_SEED);
	for (u32 len = 0; len <= 32; len++) {
		u8 *p = kunit_kmalloc(test, len, GFP_KERNEL);

		for (int i = 0; i < 10 * FUZZ_ROUNDS; i++) {
			fuzz_fill(&rnd, p, len);
			if (!blkvsc_parse_capacity16(&id, p, len))
				KUNIT_EXPECT_LE(test, id.blocks, LLONG_MAX / id.block_size);
			if (!blkvsc_parse_capacity10(&id, p, len))
				KUNIT_EXPECT_LE(test, id.blocks, 1ull << 32);
		}
		kunit_kfree(test, p);
	}
}

/* Exactly as the driver does it: a disk of these limits, or an error. */
static void pages(struct kunit *test)
{
	struct rnd_state rnd;
	u8 cap[32];

	prandom_seed_state(&rnd, FUZZ_SEED);
	for (u32 len = 0; len <= FUZZ_LENGTH; len++) {
		u8 *p = kunit_kmalloc(test, len, GFP_KERNEL);

		KUNIT_ASSERT_NOT_NULL(test, p);
		for (int i = 0; i < FUZZ_ROUNDS; i++) {
			struct queue_limits lim = {};
			struct blkvsc_ident id = {};
			struct gendisk *disk;

			parse_capacity(&rnd, &id, cap, sizeof(cap));
			parse_all(&rnd, &id, p, len);
			expect_strings(test, &id);
			if (i)
				continue;
			/* Disks are not made as fast as numbers. */
			blkvsc_limits(&lim, &id, SZ_1M);
			disk = blk_alloc_disk(&lim, NUMA_NO_NODE);
			KUNIT_ASSERT_FALSE_MSG(test, IS_ERR(disk), "length %u", len);
			put_disk(disk);
		}
		kunit_kfree(test, p);
	}
}

static struct kunit_case blkvsc_fuzz_cases[] = {
	KUNIT_CASE(capacities),
	KUNIT_CASE(pages),
	{}
};

static struct kunit_suite blkvsc_fuzz_suite = {
	.name = "blkvsc_fuzz",
	.test_cases = blkvsc_fuzz_cases,
};

kunit_test_suite(blkvsc_fuzz_suite);

MODULE_DESCRIPTION("KUnit tests of the identification of a disk, with random input");
MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_LICENSE("GPL");
