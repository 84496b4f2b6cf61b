// SPDX-License-Identifier: GPL-2.0
/*
 * Command descriptor blocks, byte by byte.
 */
#include <kunit/test.h>
#include <linux/module.h>
#include <linux/string.h>
#include <scsi/scsi_proto.h>

#include "../stor/blkvsc_cdb.h"

static void expect_cdb(struct kunit *test, const struct vstorw_srb *srb,
		       const u8 *cdb, unsigned int len)
{
	KUNIT_EXPECT_EQ(test, srb->cdb_len, len);
	KUNIT_EXPECT_MEMEQ(test, srb->cdb, cdb, len);
	/* The rest is zero: it goes over the wire. */
	KUNIT_EXPECT_NULL(test, memchr_inv(srb->sense + len, 0, sizeof(srb->sense) - len));
}

static void dirty(struct vstorw_srb *srb)
{
	memset(srb, 0xaa, sizeof(*srb));
}

static void reads_and_writes(struct kunit *test)
{
	static const u8 read[] = { READ_10, 0, 0x12, 0x34, 0x56, 0x78, 0, 0x9a, 0xbc, 0 };
	static const u8 write[] = { WRITE_10, 0, 0, 0, 0, 1, 0, 0, 8, 0 };
	static const u8 fua[] = { WRITE_10, 8, 0, 0, 0, 1, 0, 0, 8, 0 };
	struct vstorw_srb srb;

	dirty(&srb);
	blkvsc_cdb_rw(&srb, false, false, 0x12345678, 0x9abc);
	expect_cdb(test, &srb, read, sizeof(read));
	dirty(&srb);
	blkvsc_cdb_rw(&srb, true, false, 1, 8);
	expect_cdb(test, &srb, write, sizeof(write));
	dirty(&srb);
	blkvsc_cdb_rw(&srb, true, true, 1, 8);
	expect_cdb(test, &srb, fua, sizeof(fua));
}

/* Where 32 bits of address or 16 of length end, the long form begins. */
static void long_form(struct kunit *test)
{
	static const u8 far[] = {
		READ_16, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0,
	};
	static const u8 many[] = {
		WRITE_16, 8, 0, 0, 0, 0, 0, 0, 0, 5, 0, 1, 0, 0, 0, 0,
	};
	struct vstorw_srb srb;

	dirty(&srb);
	blkvsc_cdb_rw(&srb, false, false, 1ull << 32, 8);
	expect_cdb(test, &srb, far, sizeof(far));
	dirty(&srb);
	blkvsc_cdb_rw(&srb, true, true, 5, 0x10000);
	expect_cdb(test, &srb, many, sizeof(many));
	blkvsc_cdb_rw(&srb, false, false, U32_MAX - 8, 8);
	KUNIT_EXPECT_EQ(test, srb.cdb[0], READ_10);
	blkvsc_cdb_rw(&srb, false, false, U32_MAX - 7, 8);
	KUNIT_EXPECT_EQ(test, srb.cdb[0], READ_16);
	blkvsc_cdb_rw(&srb, false, false, 0, 0xffff);
	KUNIT_EXPECT_EQ(test, srb.cdb[0], READ_10);
}

static void provisioning(struct kunit *test)
{
	static const u8 same[] = {
		WRITE_SAME_16, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0xff, 0xff, 0, 0,
	};
	static const u8 same_unmap[] = {
		WRITE_SAME_16, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0,
	};
	static const u8 unmap[] = { UNMAP, 0, 0, 0, 0, 0, 0, 0, 24, 0 };
	static const u8 list[] = {
		0, 22, 0, 16, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0, 0, 0, 0,
	};
	struct vstorw_srb srb;
	u8 buf[BLKVSC_UNMAP_BYTES];

	dirty(&srb);
	blkvsc_cdb_write_same(&srb, false, 0x0102030405060708, 0xffff);
	expect_cdb(test, &srb, same, sizeof(same));
	dirty(&srb);
	blkvsc_cdb_write_same(&srb, true, 0, 1);
	expect_cdb(test, &srb, same_unmap, sizeof(same_unmap));
	dirty(&srb);
	blkvsc_cdb_unmap(&srb, sizeof(buf));
	expect_cdb(test, &srb, unmap, sizeof(unmap));
	memset(buf, 0xaa, sizeof(buf));
	blkvsc_unmap_list(buf, 0x0102030405060708, 0x090a0b0c);
	KUNIT_EXPECT_MEMEQ(test, buf, list, sizeof(list));
}

static void flush(struct kunit *test)
{
	static const u8 sync[10] = { SYNCHRONIZE_CACHE };
	struct vstorw_srb srb;

	dirty(&srb);
	blkvsc_cdb_sync_cache(&srb);
	expect_cdb(test, &srb, sync, sizeof(sync));
}

static struct kunit_case blkvsc_cdb_cases[] = {
	KUNIT_CASE(reads_and_writes),
	KUNIT_CASE(long_form),
	KUNIT_CASE(provisioning),
	KUNIT_CASE(flush),
	{}
};

static struct kunit_suite blkvsc_cdb_suite = {
	.name = "blkvsc_cdb",
	.test_cases = blkvsc_cdb_cases,
};

kunit_test_suite(blkvsc_cdb_suite);

MODULE_DESCRIPTION("KUnit tests of CDB building");
MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_LICENSE("GPL");
