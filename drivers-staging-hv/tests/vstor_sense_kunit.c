// SPDX-License-Identifier: GPL-2.0
/*
 * What a completion means.
 */
#include <kunit/test.h>
#include <linux/blkdev.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <scsi/scsi_proto.h>
#include <scsi/scsi_status.h>

#include "../stor/sense.h"

/* A block status is a type of its own for sparse; KUnit compares integers. */
#define expect_status(test, is, should) \
	KUNIT_EXPECT_EQ(test, (__force u8)(is), (__force u8)(should))

static struct vstor_result decide(u8 srb_status, u8 scsi_status, u32 status,
				  u32 moved, u32 asked)
{
	struct vstorw_packet pkt = {
		.status = cpu_to_le32(status),
		.srb = {
			.srb_status = srb_status,
			.scsi_status = scsi_status,
			.xfer_len = cpu_to_le32(moved),
		},
	};

	return vstor_decide(&pkt, READ_10, asked);
}

static struct vstor_result decide_failed_sense(u32 status, u8 key, u8 asc, u8 ascq)
{
	struct vstorw_packet pkt = {
		.status = cpu_to_le32(status),
		.srb = {
			.srb_status = VSTORW_SRB_ERROR | VSTORW_SRB_AUTOSENSE,
			.scsi_status = SAM_STAT_CHECK_CONDITION,
			.sense_len = 18,
		},
	};

	pkt.srb.sense[0] = 0x70;
	pkt.srb.sense[2] = key;
	pkt.srb.sense[7] = 10;
	pkt.srb.sense[12] = asc;
	pkt.srb.sense[13] = ascq;
	return vstor_decide(&pkt, READ_10, 4096);
}

static struct vstor_result decide_sense(u8 key, u8 asc, u8 ascq)
{
	return decide_failed_sense(0, key, asc, ascq);
}

/* Success is success in every field and the whole transfer. */
static void success(struct kunit *test)
{
	u32 moved, srb, scsi;

	KUNIT_EXPECT_EQ(test, decide(1, 0, 0, 4096, 4096).disposition, VSTOR_DONE);
	KUNIT_EXPECT_EQ(test, decide(1, 0, 0, 0, 0).disposition, VSTOR_DONE);
	for (moved = 0; moved < 4096; moved += 512)
		KUNIT_EXPECT_EQ(test, decide(1, 0, 0, moved, 4096).disposition, VSTOR_RETRY);
	KUNIT_EXPECT_EQ(test, decide(1, 0, 0, 4097, 4096).disposition, VSTOR_FAIL);
	KUNIT_EXPECT_EQ(test, decide(1, 0, 0, U32_MAX, 4096).disposition, VSTOR_FAIL);
	KUNIT_EXPECT_NE(test, decide(1, 0, 0xc0000001, 4096, 4096).disposition, VSTOR_DONE);
	for (srb = 0; srb < 256; srb++) {
		for (scsi = 0; scsi < 256; scsi++) {
			struct vstor_result r = decide(srb, scsi, 0, 4096, 4096);

			if ((srb & VSTORW_SRB_STATUS_MASK) == VSTORW_SRB_SUCCESS && !scsi)
				continue;
			KUNIT_EXPECT_NE_MSG(test, r.disposition, VSTOR_DONE,
					    "srb %#x scsi %#x", srb, scsi);
		}
	}
}

/* The short cut agrees with vstor_decide(). */
static void short_cut(struct kunit *test)
{
	struct vstorw_packet pkt = {
		.srb = { .srb_status = 1, .xfer_len = cpu_to_le32(512) },
	};

	KUNIT_EXPECT_TRUE(test, vstor_all_done(&pkt, 512));
	KUNIT_EXPECT_FALSE(test, vstor_all_done(&pkt, 1024));
	KUNIT_EXPECT_FALSE(test, vstor_all_done(&pkt, 0));
	pkt.srb.scsi_status = 2;
	KUNIT_EXPECT_FALSE(test, vstor_all_done(&pkt, 512));
	pkt.srb.scsi_status = 0;
	pkt.srb.srb_status = 0x81;
	KUNIT_EXPECT_FALSE(test, vstor_all_done(&pkt, 512));
	pkt.srb.srb_status = 1;
	pkt.status = cpu_to_le32(1);
	KUNIT_EXPECT_FALSE(test, vstor_all_done(&pkt, 512));
}

static void srb_status(struct kunit *test)
{
	static const struct {
		u8 srb;
		enum vstor_disposition disposition;
		bool gone;
	} cases[] = {
		{ VSTORW_SRB_ABORTED, VSTOR_RETRY },
		{ VSTORW_SRB_ERROR, VSTOR_RETRY },
		{ VSTORW_SRB_BUSY, VSTOR_LATER },
		{ VSTORW_SRB_INVALID_REQUEST, VSTOR_FAIL },
		{ VSTORW_SRB_NO_DEVICE, VSTOR_FAIL, true },
		{ VSTORW_SRB_TIMEOUT, VSTOR_RETRY },
		{ VSTORW_SRB_SELECTION_TIMEOUT, VSTOR_RETRY },
		{ VSTORW_SRB_BUS_RESET, VSTOR_RETRY },
		{ VSTORW_SRB_OVERRUN, VSTOR_FAIL },
		{ VSTORW_SRB_INVALID_LUN, VSTOR_FAIL, true },
		{ VSTORW_SRB_INTERNAL_ERROR, VSTOR_RETRY },
		{ 0, VSTOR_FAIL },
		{ 0x3f, VSTOR_FAIL },
	};
	unsigned int i;

	/* Hosts send CHECK CONDITION without sense data as well. */
	for (i = 0; i < 2 * ARRAY_SIZE(cases); i++) {
		u8 scsi = i % 2 ? SAM_STAT_CHECK_CONDITION : 0;
		u8 srb = cases[i / 2].srb;
		struct vstor_result r = decide(srb | VSTORW_SRB_FROZEN, scsi, 0, 0, 4096);

		KUNIT_EXPECT_EQ_MSG(test, r.disposition, cases[i / 2].disposition,
				    "srb %#x scsi %#x", srb, scsi);
		KUNIT_EXPECT_EQ(test, !!(r.flags & VSTOR_GONE), cases[i / 2].gone);
	}
	expect_status(test, decide(VSTORW_SRB_INVALID_REQUEST, 2, 0, 0, 4096).status,
		      BLK_STS_NOTSUPP);
}

static void scsi_status(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, decide(4, SAM_STAT_BUSY, 0, 0, 1).disposition, VSTOR_LATER);
	KUNIT_EXPECT_EQ(test, decide(4, SAM_STAT_TASK_SET_FULL, 0, 0, 1).disposition, VSTOR_LATER);
	KUNIT_EXPECT_EQ(test, decide(4, SAM_STAT_TASK_ABORTED, 0, 0, 1).disposition, VSTOR_RETRY);
	expect_status(test, decide(4, SAM_STAT_RESERVATION_CONFLICT, 0, 0, 1).status,
		      BLK_STS_RESV_CONFLICT);
	KUNIT_EXPECT_EQ(test, decide(4, SAM_STAT_CHECK_CONDITION, 0, 0, 1).disposition,
			VSTOR_RETRY);
}

static void sense_keys(struct kunit *test)
{
	struct vstor_result r;

	/* Recovered, but the packet failed. */
	r = decide_failed_sense(0xc0000185, RECOVERED_ERROR, 0, 0);
	KUNIT_EXPECT_EQ(test, r.disposition, VSTOR_RETRY);
	expect_status(test, r.status, BLK_STS_IOERR);
	expect_status(test, decide_sense(MEDIUM_ERROR, 0x11, 0).status, BLK_STS_MEDIUM);
	expect_status(test, decide_sense(HARDWARE_ERROR, 0x44, 0).status, BLK_STS_TARGET);
	expect_status(test, decide_sense(DATA_PROTECT, 0x27, 7).status, BLK_STS_NOSPC);
	expect_status(test, decide_sense(DATA_PROTECT, 0x27, 0).status, BLK_STS_TARGET);
	expect_status(test, decide_sense(ILLEGAL_REQUEST, 0x20, 0).status, BLK_STS_NOTSUPP);
	expect_status(test, decide_sense(ILLEGAL_REQUEST, 0x24, 0).status, BLK_STS_NOTSUPP);
	/* Becoming ready, in whatever way, but not by itself if somebody has to come. */
	for (u8 ascq = 0; ascq < 0x20; ascq++)
		KUNIT_EXPECT_EQ_MSG(test, decide_sense(NOT_READY, 0x04, ascq).disposition,
				    ascq == 3 ? VSTOR_FAIL : VSTOR_LATER, "%#x", ascq);
	KUNIT_EXPECT_EQ(test, decide_sense(NOT_READY, 0x08, 0).disposition, VSTOR_RETRY);
	expect_status(test, decide_sense(NOT_READY, 0x3a, 0).status, BLK_STS_MEDIUM);
	KUNIT_EXPECT_EQ(test, decide_sense(ABORTED_COMMAND, 0, 0).disposition, VSTOR_RETRY);
	r = decide_sense(ILLEGAL_REQUEST, 0x25, 0);
	KUNIT_EXPECT_TRUE(test, r.flags & VSTOR_GONE);
	r = decide_sense(ILLEGAL_REQUEST, 0x21, 0);
	expect_status(test, r.status, BLK_STS_TARGET);
	KUNIT_EXPECT_TRUE(test, r.flags & VSTOR_CHANGED);
}

/* Real hosts: UNMAP moves nothing, WRITE SAME moves all of its blocks. */
static void other_lengths(struct kunit *test)
{
	static const u8 opcodes[] = { UNMAP, WRITE_SAME, WRITE_SAME_16, SYNCHRONIZE_CACHE };
	struct vstorw_packet pkt = { .srb = { .srb_status = VSTORW_SRB_SUCCESS } };

	for (int i = 0; i < ARRAY_SIZE(opcodes); i++) {
		pkt.srb.xfer_len = 0;
		KUNIT_EXPECT_EQ(test, vstor_decide(&pkt, opcodes[i], 24).disposition, VSTOR_DONE);
		pkt.srb.xfer_len = cpu_to_le32(SZ_8M);
		KUNIT_EXPECT_EQ(test, vstor_decide(&pkt, opcodes[i], 512).disposition, VSTOR_DONE);
	}
}

/* A short INQUIRY is no error, a short READ is one. */
static void overruns(struct kunit *test)
{
	static const u8 opcodes[] = {
		INQUIRY, MODE_SENSE, MODE_SENSE_10, REPORT_LUNS, REQUEST_SENSE,
	};
	struct vstorw_packet pkt = {
		.srb = { .srb_status = VSTORW_SRB_OVERRUN, .xfer_len = cpu_to_le32(36) },
	};

	for (int i = 0; i < ARRAY_SIZE(opcodes); i++)
		KUNIT_EXPECT_EQ(test, vstor_decide(&pkt, opcodes[i], 96).disposition, VSTOR_DONE);
	KUNIT_EXPECT_NE(test, vstor_decide(&pkt, READ_10, 96).disposition, VSTOR_DONE);
	pkt.srb.scsi_status = SAM_STAT_CHECK_CONDITION;
	KUNIT_EXPECT_NE(test, vstor_decide(&pkt, INQUIRY, 96).disposition, VSTOR_DONE);
}

/* Sense data about another command: this one is repeated, and nothing changed. */
static void deferred(struct kunit *test)
{
	struct vstorw_packet pkt = {
		.srb = {
			.srb_status = VSTORW_SRB_ERROR | VSTORW_SRB_AUTOSENSE,
			.scsi_status = SAM_STAT_CHECK_CONDITION,
			.sense_len = 20,
			.sense = { 0x71, 0, MEDIUM_ERROR, [12] = 0x11 },
		},
	};

	KUNIT_EXPECT_EQ(test, vstor_decide(&pkt, READ_10, 4096).disposition, VSTOR_RETRY);
	pkt.srb.sense[2] = RECOVERED_ERROR;
	KUNIT_EXPECT_EQ(test, vstor_decide(&pkt, READ_10, 4096).disposition, VSTOR_RETRY);
	pkt.srb.sense[0] = 0x70;
	pkt.srb.sense[2] = MEDIUM_ERROR;
	KUNIT_EXPECT_EQ(test, vstor_decide(&pkt, READ_10, 4096).disposition, VSTOR_FAIL);
}

static void unit_attentions(struct kunit *test)
{
	struct vstor_result r;

	r = decide_sense(UNIT_ATTENTION, 0x2a, 9);
	KUNIT_EXPECT_EQ(test, r.disposition, VSTOR_RETRY);
	KUNIT_EXPECT_TRUE(test, r.flags & VSTOR_CHANGED);
	KUNIT_EXPECT_FALSE(test, r.flags & VSTOR_LUNS_CHANGED);
	r = decide_sense(UNIT_ATTENTION, 0x3f, 0x0e);
	KUNIT_EXPECT_TRUE(test, r.flags & VSTOR_LUNS_CHANGED);
	KUNIT_EXPECT_FALSE(test, r.flags & VSTOR_CHANGED);
	r = decide_sense(UNIT_ATTENTION, 0x29, 0);
	KUNIT_EXPECT_EQ(test, r.disposition, VSTOR_RETRY);
	KUNIT_EXPECT_FALSE(test, r.flags & VSTOR_CHANGED);
}

/* However much the host claims, no more than the SRB holds is read. */
static void sense_bounds(struct kunit *test)
{
	struct vstorw_srb srb = { .srb_status = VSTORW_SRB_ERROR };
	unsigned int len;

	for (len = 0; len < 256; len++) {
		srb.sense_len = len;
		srb.srb_status = VSTORW_SRB_ERROR;
		KUNIT_EXPECT_EQ(test, vstor_sense_bytes(&srb), 0);
		srb.srb_status |= VSTORW_SRB_AUTOSENSE;
		KUNIT_EXPECT_EQ(test, vstor_sense_bytes(&srb), min(len, 20));
	}
}

static void sense_formats(struct kunit *test)
{
	static const u8 fixed[] = { 0xf0, 0, 6, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0x2a, 9 };
	static const u8 descriptor[] = { 0x72, 6, 0x2a, 9 };
	static const u8 junk[] = { 0x12, 6, 0x2a, 9 };
	struct vstor_sense s;
	unsigned int len;

	s = vstor_parse_sense(fixed, sizeof(fixed));
	KUNIT_EXPECT_TRUE(test, s.valid && s.key == 6 && s.asc == 0x2a && s.ascq == 9);
	s = vstor_parse_sense(descriptor, sizeof(descriptor));
	KUNIT_EXPECT_TRUE(test, s.valid && s.key == 6 && s.asc == 0x2a && s.ascq == 9);
	s = vstor_parse_sense(junk, sizeof(junk));
	KUNIT_EXPECT_FALSE(test, s.valid);
	for (len = 0; len < sizeof(fixed); len++) {
		s = vstor_parse_sense(fixed, len);
		KUNIT_EXPECT_EQ(test, s.valid, len >= 3);
		KUNIT_EXPECT_EQ(test, s.asc, len > 12 ? 0x2a : 0);
		KUNIT_EXPECT_EQ(test, s.ascq, 0);
	}
}

static struct kunit_case vstor_sense_cases[] = {
	KUNIT_CASE(success),
	KUNIT_CASE(short_cut),
	KUNIT_CASE(srb_status),
	KUNIT_CASE(scsi_status),
	KUNIT_CASE(sense_keys),
	KUNIT_CASE(other_lengths),
	KUNIT_CASE(overruns),
	KUNIT_CASE(deferred),
	KUNIT_CASE(unit_attentions),
	KUNIT_CASE(sense_bounds),
	KUNIT_CASE(sense_formats),
	{}
};

static struct kunit_suite vstor_sense_suite = {
	.name = "vstor_sense",
	.test_cases = vstor_sense_cases,
};

kunit_test_suite(vstor_sense_suite);

MODULE_DESCRIPTION("KUnit tests of SRB status and sense data");
MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_LICENSE("GPL");
