// SPDX-License-Identifier: GPL-2.0
/*
 * What a disk reports about itself, also when that is too little or a lie.
 */
#include <kunit/test.h>
#include <linux/blkdev.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/unaligned.h>

#include "../stor/blkvsc_ident.h"

static struct blkvsc_ident disk(void)
{
	return (struct blkvsc_ident) {
		.blocks = 1 << 20,
		.block_size = 512,
		.phys_block_size = 512,
	};
}

static void inquiry(struct kunit *test)
{
	u8 p[36] = { 0, 0x80, 5, 2, 31 };
	struct blkvsc_ident id = {};
	unsigned int len;

	memcpy(p + 8, "Msft    Virtual Disk    1.0 ", 28);
	for (len = 0; len < 36; len++)
		KUNIT_EXPECT_EQ(test, blkvsc_parse_inquiry(&id, p, len), -EINVAL);
	KUNIT_EXPECT_EQ(test, blkvsc_parse_inquiry(&id, p, 36), 0);
	KUNIT_EXPECT_STREQ(test, id.vendor, "Msft");
	KUNIT_EXPECT_STREQ(test, id.model, "Virtual Disk");
	KUNIT_EXPECT_STREQ(test, id.rev, "1.0");
	KUNIT_EXPECT_TRUE(test, id.removable);
	p[0] = 0x7f;
	KUNIT_EXPECT_EQ(test, blkvsc_parse_inquiry(&id, p, 36), -ENXIO);
	p[0] = 5;
	KUNIT_EXPECT_EQ(test, blkvsc_parse_inquiry(&id, p, 36), 0);
	KUNIT_EXPECT_EQ(test, id.type, 5);
}

static void capacity(struct kunit *test)
{
	struct blkvsc_ident id = {};
	u8 p[32] = {};

	put_unaligned_be64(0x1ffff, p);
	put_unaligned_be32(512, p + 8);
	p[13] = 3;
	p[14] = 0xc0;
	KUNIT_EXPECT_EQ(test, blkvsc_parse_capacity16(&id, p, 11), -EINVAL);
	KUNIT_EXPECT_EQ(test, blkvsc_parse_capacity16(&id, p, 32), 0);
	KUNIT_EXPECT_EQ(test, id.blocks, 0x20000);
	KUNIT_EXPECT_EQ(test, id.phys_block_size, 4096);
	KUNIT_EXPECT_TRUE(test, id.lbpme && id.lbprz);
	put_unaligned_be32(4096, p + 8);
	KUNIT_EXPECT_EQ(test, blkvsc_parse_capacity16(&id, p, 32), 0);
	KUNIT_EXPECT_EQ(test, id.phys_block_size, 32768);
}

/* Of what is asked for again, what does not come stays. */
static void kept_capacity(struct kunit *test)
{
	static const u8 b2[8] = { 0, 0xb2, 0, 4, 0, 0xe4 };
	struct blkvsc_ident id = {};
	u8 p[32] = {};

	put_unaligned_be64(0x1ffff, p);
	put_unaligned_be32(512, p + 8);
	p[13] = 3;
	p[14] = 0x80;
	p[15] = 7;
	KUNIT_EXPECT_EQ(test, blkvsc_parse_capacity16(&id, p, 32), 0);
	KUNIT_EXPECT_FALSE(test, blkvsc_reads_zeroes(&id));
	blkvsc_parse_vpdb2(&id, b2, sizeof(b2));
	KUNIT_EXPECT_TRUE(test, blkvsc_reads_zeroes(&id));
	KUNIT_EXPECT_EQ(test, blkvsc_parse_capacity16(&id, p, 32), 0);
	blkvsc_parse_vpdb2(&id, b2, 0);
	KUNIT_EXPECT_TRUE(test, blkvsc_reads_zeroes(&id));
	put_unaligned_be32(7, p);
	put_unaligned_be32(512, p + 4);
	KUNIT_EXPECT_EQ(test, blkvsc_parse_capacity10(&id, p, 8), 0);
	KUNIT_EXPECT_EQ(test, id.blocks, 8);
	KUNIT_EXPECT_EQ(test, id.phys_block_size, 4096);
	KUNIT_EXPECT_EQ(test, id.align_offset, 7 * 512);
	/* A disk of other blocks is another one. */
	put_unaligned_be32(4096, p + 4);
	KUNIT_EXPECT_EQ(test, blkvsc_parse_capacity10(&id, p, 8), 0);
	KUNIT_EXPECT_EQ(test, id.phys_block_size, 4096);
	KUNIT_EXPECT_EQ(test, id.align_offset, 0);
}

static void impossible_capacity(struct kunit *test)
{
	static const u32 sizes[] = { 0, 1, 256, 513, 520, 8192, U32_MAX };
	struct blkvsc_ident id = {};
	u8 p[32] = {};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		put_unaligned_be32(sizes[i], p + 8);
		KUNIT_EXPECT_EQ(test, blkvsc_parse_capacity16(&id, p, 32), -EINVAL);
	}
	put_unaligned_be32(512, p + 8);
	put_unaligned_be64(U64_MAX, p);
	KUNIT_EXPECT_EQ(test, blkvsc_parse_capacity16(&id, p, 32), -EINVAL);
	put_unaligned_be64(U64_MAX / 512, p);
	KUNIT_EXPECT_EQ(test, blkvsc_parse_capacity16(&id, p, 32), -EINVAL);
	put_unaligned_be64(LLONG_MAX / 512, p);
	KUNIT_EXPECT_EQ(test, blkvsc_parse_capacity16(&id, p, 32), -EINVAL);
	put_unaligned_be32(U32_MAX, p);
	put_unaligned_be32(512, p + 4);
	KUNIT_EXPECT_EQ(test, blkvsc_parse_capacity10(&id, p, 8), -EINVAL);
	put_unaligned_be32(7, p);
	KUNIT_EXPECT_EQ(test, blkvsc_parse_capacity10(&id, p, 8), 0);
	KUNIT_EXPECT_EQ(test, id.blocks, 8);
	KUNIT_EXPECT_EQ(test, blkvsc_parse_capacity10(&id, p, 7), -EINVAL);
}

static void names(struct kunit *test)
{
	static const u8 p80[] = { 0, 0x80, 0, 6, ' ', 'a', 'b', 1, 'c', ' ' };
	static const u8 p83[] = {
		0, 0x83, 0, 32,
		2, 1, 0, 8, 'M', 's', 'f', 't', ' ', ' ', ' ', ' ',
		1, 3, 0, 8, 0x60, 1, 2, 3, 4, 5, 6, 7,
		1, 0x13, 0, 4, 9, 9, 9, 9,
	};
	struct blkvsc_ident id = {};
	unsigned int len;

	blkvsc_parse_vpd80(&id, p80, sizeof(p80));
	KUNIT_EXPECT_STREQ(test, id.serial, "ab_c");
	blkvsc_parse_vpd83(&id, p83, sizeof(p83));
	KUNIT_EXPECT_STREQ(test, id.wwid, "naa.6001020304050607");
	/* Cut short anywhere, nothing beyond the end is read. */
	for (len = 0; len < sizeof(p83); len++) {
		u8 *cut = kunit_kmalloc(test, len ?: 1, GFP_KERNEL);

		KUNIT_ASSERT_NOT_NULL(test, cut);
		memcpy(cut, p83, len);
		id = (struct blkvsc_ident) {};
		blkvsc_parse_vpd83(&id, cut, len);
		if (len < 16)
			KUNIT_EXPECT_STREQ(test, id.wwid, "");
		else if (len < 28)
			KUNIT_EXPECT_STREQ(test, id.wwid, "t10.Msft");
		else
			KUNIT_EXPECT_STREQ(test, id.wwid, "naa.6001020304050607");
	}
}

static void long_names(struct kunit *test)
{
	struct blkvsc_ident id = {};
	u8 p[260];

	memset(p, 'x', sizeof(p));
	p[1] = 0x80;
	put_unaligned_be16(255, p + 2);
	blkvsc_parse_vpd80(&id, p, 259);
	KUNIT_EXPECT_EQ(test, strlen(id.serial), BLKVSC_SERIAL_BYTES - 1);
	p[1] = 0x83;
	p[4] = 2;
	p[5] = 8;
	p[7] = 250;
	blkvsc_parse_vpd83(&id, p, 259);
	KUNIT_EXPECT_LT(test, strlen(id.wwid), BLKVSC_WWID_BYTES);
	KUNIT_EXPECT_GT(test, strlen(id.wwid), 32);
	p[5] = 3;
	blkvsc_parse_vpd83(&id, p, 259);
	KUNIT_EXPECT_EQ(test, strlen(id.wwid), 4 + 32);
}

static void caching(struct kunit *test)
{
	u8 p[24] = { 23, 0, 0x10, 0, 0x08, 0x12, 0x04 };
	struct blkvsc_ident id = {};
	unsigned int len;

	/* What does not say "no cache" has one. */
	for (len = 0; len < 7; len++) {
		blkvsc_parse_caching(&id, p, len);
		KUNIT_EXPECT_TRUE(test, id.write_cache);
		KUNIT_EXPECT_FALSE(test, id.fua);
	}
	blkvsc_parse_caching(&id, p, sizeof(p));
	KUNIT_EXPECT_TRUE(test, id.write_cache && id.fua && !id.read_only);
	p[6] = 0;
	p[2] = 0x90;
	blkvsc_parse_caching(&id, p, sizeof(p));
	KUNIT_EXPECT_TRUE(test, !id.write_cache && !id.fua && id.read_only);
	p[3] = 255;
	blkvsc_parse_caching(&id, p, sizeof(p));
	KUNIT_EXPECT_TRUE(test, id.write_cache);
}

/* A limit of UNMAP means nothing if no extent is allowed. */
static void unmap_limits(struct kunit *test)
{
	struct blkvsc_ident id = disk();
	u8 p[64] = { 0, 0xb0, 0, 0x3c };

	id.lbpu = true;
	put_unaligned_be32(1000, p + 20);
	blkvsc_parse_vpdb0(&id, p, sizeof(p));
	KUNIT_EXPECT_EQ(test, id.max_unmap, 0);
	KUNIT_EXPECT_FALSE(test, blkvsc_can_unmap(&id));
	put_unaligned_be32(1, p + 24);
	blkvsc_parse_vpdb0(&id, p, sizeof(p));
	KUNIT_EXPECT_EQ(test, id.max_unmap, 1000);
	KUNIT_EXPECT_TRUE(test, blkvsc_can_unmap(&id));
}

static void plain_limits(struct kunit *test)
{
	struct blkvsc_ident id = disk();
	struct queue_limits lim = {};

	id.write_cache = true;
	blkvsc_limits(&lim, &id, 262144);
	KUNIT_EXPECT_EQ(test, lim.max_hw_sectors, 512);
	KUNIT_EXPECT_EQ(test, lim.virt_boundary_mask, 4095);
	KUNIT_EXPECT_EQ(test, lim.max_hw_discard_sectors, 0);
	KUNIT_EXPECT_EQ(test, lim.max_write_zeroes_sectors, 0);
	KUNIT_EXPECT_TRUE(test, lim.features & BLK_FEAT_WRITE_CACHE);
	KUNIT_EXPECT_FALSE(test, lim.features & (BLK_FEAT_FUA | BLK_FEAT_ROTATIONAL));
	id.max_blocks = 1;
	blkvsc_limits(&lim, &id, 262144);
	KUNIT_EXPECT_EQ(test, lim.max_hw_sectors, PAGE_SECTORS);
	id.max_blocks = U32_MAX;
	id.block_size = 4096;
	blkvsc_limits(&lim, &id, 262144);
	KUNIT_EXPECT_EQ(test, lim.max_hw_sectors, 512);
}

static void provisioning_limits(struct kunit *test)
{
	struct blkvsc_ident id = disk();
	struct queue_limits lim = {};

	id.lbpme = true;
	id.lbpu = true;
	id.max_unmap = 1000;
	id.unmap_granularity = 8;
	id.unmap_alignment = 1;
	blkvsc_limits(&lim, &id, 262144);
	KUNIT_EXPECT_EQ(test, lim.max_hw_discard_sectors, 1000);
	KUNIT_EXPECT_EQ(test, lim.discard_granularity, 4096);
	KUNIT_EXPECT_EQ(test, lim.discard_alignment, 512);
	KUNIT_EXPECT_EQ(test, lim.max_write_zeroes_sectors, 0);
	id.lbpws = true;
	id.lbprz = true;
	id.max_write_same = U64_MAX;
	id.max_unmap = U32_MAX;
	id.block_size = 4096;
	id.phys_block_size = 4096;
	id.unmap_granularity = U32_MAX;
	id.unmap_alignment = U32_MAX;
	blkvsc_limits(&lim, &id, 262144);
	KUNIT_EXPECT_LE(test, lim.max_hw_discard_sectors, UINT_MAX >> 9);
	KUNIT_EXPECT_LE(test, lim.max_write_zeroes_sectors, UINT_MAX >> 9);
	KUNIT_EXPECT_GT(test, lim.max_write_zeroes_sectors, 0);
	KUNIT_EXPECT_EQ(test, lim.max_hw_wzeroes_unmap_sectors, lim.max_write_zeroes_sectors);
	KUNIT_EXPECT_LE(test, lim.discard_granularity, SZ_1G);
	KUNIT_EXPECT_LT(test, lim.discard_alignment, lim.discard_granularity);
	/* No limit of UNMAP is no UNMAP; WRITE SAME does it, if there is that. */
	id.max_unmap = 0;
	KUNIT_EXPECT_FALSE(test, blkvsc_can_unmap(&id));
	blkvsc_limits(&lim, &id, 262144);
	KUNIT_EXPECT_EQ(test, lim.max_hw_discard_sectors, 0xffff * 8);
	id.lbpws = false;
	blkvsc_limits(&lim, &id, 262144);
	KUNIT_EXPECT_EQ(test, lim.max_hw_discard_sectors, 0);
	KUNIT_EXPECT_EQ(test, lim.max_write_zeroes_sectors, 0);
	id.lbpws = true;
	id.read_only = true;
	blkvsc_limits(&lim, &id, 262144);
	KUNIT_EXPECT_EQ(test, lim.max_write_zeroes_sectors, 0);
}

static void disk_names(struct kunit *test)
{
	static const struct {
		unsigned int index;
		const char *name;
	} cases[] = {
		{ 0, "hvda" }, { 25, "hvdz" }, { 26, "hvdaa" }, { 51, "hvdaz" },
		{ 52, "hvdba" }, { 701, "hvdzz" }, { 702, "hvdaaa" },
	};
	char buf[DISK_NAME_LEN];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		KUNIT_EXPECT_EQ(test, blkvsc_disk_name(cases[i].index, buf, sizeof(buf)), 0);
		KUNIT_EXPECT_STREQ(test, buf, cases[i].name);
	}
	KUNIT_EXPECT_EQ(test, blkvsc_disk_name(UINT_MAX, buf, sizeof(buf)), 0);
	KUNIT_EXPECT_EQ(test, blkvsc_disk_name(26, buf, 5), -EINVAL);
	KUNIT_EXPECT_EQ(test, blkvsc_disk_name(0, buf, 5), 0);
}

/* Another disk is one with another name, not one without a name. */
static void same_names(struct kunit *test)
{
	struct blkvsc_ident *a = kunit_kzalloc(test, 2 * sizeof(*a), GFP_KERNEL);
	struct blkvsc_ident *b = a + 1;

	KUNIT_ASSERT_NOT_NULL(test, a);
	KUNIT_EXPECT_TRUE(test, blkvsc_same_names(a, b));
	strscpy(a->serial, "one");
	KUNIT_EXPECT_TRUE(test, blkvsc_same_names(a, b));
	strscpy(b->serial, "one");
	strscpy(b->wwid, "naa.1");
	KUNIT_EXPECT_TRUE(test, blkvsc_same_names(a, b));
	strscpy(a->wwid, "naa.2");
	KUNIT_EXPECT_FALSE(test, blkvsc_same_names(a, b));
	strscpy(a->wwid, "naa.1");
	strscpy(b->serial, "two");
	KUNIT_EXPECT_FALSE(test, blkvsc_same_names(a, b));
}

static struct kunit_case blkvsc_ident_cases[] = {
	KUNIT_CASE(inquiry),
	KUNIT_CASE(capacity),
	KUNIT_CASE(kept_capacity),
	KUNIT_CASE(impossible_capacity),
	KUNIT_CASE(names),
	KUNIT_CASE(long_names),
	KUNIT_CASE(caching),
	KUNIT_CASE(unmap_limits),
	KUNIT_CASE(plain_limits),
	KUNIT_CASE(provisioning_limits),
	KUNIT_CASE(disk_names),
	KUNIT_CASE(same_names),
	{}
};

static struct kunit_suite blkvsc_ident_suite = {
	.name = "blkvsc_ident",
	.test_cases = blkvsc_ident_cases,
};

kunit_test_suite(blkvsc_ident_suite);

MODULE_DESCRIPTION("KUnit tests of disk identification and limits");
MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_LICENSE("GPL");
