// SPDX-License-Identifier: GPL-2.0
/*
 * VSTOR packets: every length, every kind, addresses and limits.
 */
#include <kunit/test.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "../stor/vstor.h"

static enum vstor_kind classify(u16 type, u32 op, u32 len)
{
	struct vstor_packet pkt = { .op = cpu_to_le32(op) };
	struct vmb_rx rx = { .type = type, .data = &pkt, .len = len };

	return vstor_classify(&rx);
}

/* A short answer is none. */
static void answer_of_every_length(struct kunit *test)
{
	for (u32 len = 0; len <= 128; len++)
		KUNIT_EXPECT_EQ_MSG(test, classify(VMB_COMPLETION, VSTOR_OP_COMPLETE_IO, len),
				    len < 64 ? VSTOR_KIND_BAD_ANSWER : VSTOR_KIND_ANSWER,
				    "%u bytes", len);
}

static void answer_of_every_opcode(struct kunit *test)
{
	u32 op;

	for (op = 0; op < 256; op++)
		KUNIT_EXPECT_EQ(test, classify(VMB_COMPLETION, op, 64),
				op == VSTOR_OP_COMPLETE_IO ?
				VSTOR_KIND_ANSWER : VSTOR_KIND_BAD_ANSWER);
}

static void event_of_every_length(struct kunit *test)
{
	u32 len, op;

	for (len = 0; len <= 80; len++) {
		for (op = 0; op < 32; op++) {
			bool good = ((op == VSTOR_OP_ENUMERATE_BUS ||
				      op == VSTOR_OP_REMOVE_DEVICE) && len >= 12) ||
				    (op == VSTOR_OP_EVENT && len >= 16);

			KUNIT_EXPECT_EQ_MSG(test, classify(VMB_INBAND, op, len),
					    good ? VSTOR_KIND_EVENT : VSTOR_KIND_BAD,
					    "operation %u, %u bytes", op, len);
		}
	}
}

static void other_packet_types(struct kunit *test)
{
	u32 type;

	for (type = 0; type < 32; type++)
		if (type != VMB_INBAND && type != VMB_COMPLETION)
			KUNIT_EXPECT_EQ(test, classify(type, VSTOR_OP_COMPLETE_IO, 64),
					VSTOR_KIND_BAD);
}

static void event_keys(struct kunit *test)
{
	struct vstor_packet pkt = {
		.op = cpu_to_le32(VSTOR_OP_EVENT),
		.event = { .path = 1, .target = 2, .lun = 63 },
	};

	KUNIT_EXPECT_EQ(test, vstor_event_key(&pkt), VSTOR_KEY(1, 2, 63));
	pkt.op = cpu_to_le32(VSTOR_OP_ENUMERATE_BUS);
	KUNIT_EXPECT_EQ(test, vstor_event_key(&pkt), VSTOR_KEY_ALL);
}

static void transfer_limits(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, vstor_clamp_transfer(0), 4096);
	KUNIT_EXPECT_EQ(test, vstor_clamp_transfer(1), 4096);
	KUNIT_EXPECT_EQ(test, vstor_clamp_transfer(4096), 4096);
	KUNIT_EXPECT_EQ(test, vstor_clamp_transfer(262143), 258048);
	KUNIT_EXPECT_EQ(test, vstor_clamp_transfer(262144), 262144);
	KUNIT_EXPECT_EQ(test, vstor_clamp_transfer(U32_MAX), VSTOR_MAX_TRANSFER);
}

static void packet_template(struct kunit *test)
{
	struct vstor_packet pkt;

	memset(&pkt, 0xaa, sizeof(pkt));
	vstor_init_packet(&pkt);
	KUNIT_EXPECT_EQ(test, le16_to_cpu(pkt.srb.length), 0x34);
	KUNIT_EXPECT_EQ(test, pkt.srb.sense_len, 20);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(pkt.op), VSTOR_OP_EXECUTE_SRB);
	/* Nothing of what was in the memory goes to the host. */
	KUNIT_EXPECT_NULL(test, memchr(&pkt, 0xaa, sizeof(pkt)));
}

/* The page list: offsets, lengths and the bound. */
static void page_lists(struct kunit *test)
{
	struct vstor_cmd *cmd;
	unsigned int n, i;

	cmd = kunit_kzalloc(test, sizeof(*cmd) + VSTOR_MAX_PFNS * 8, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, cmd);
	n = vstor_put_pages(cmd, 0, 0x12345e00, 512);
	KUNIT_EXPECT_EQ(test, n, 1);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(cmd->gpa.offset), 0xe00);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(cmd->gpa.pfn[0]), 0x12345);
	n = vstor_put_pages(cmd, n, 0x777000, 4096 * 3);
	KUNIT_EXPECT_EQ(test, n, 4);
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, le64_to_cpu(cmd->gpa.pfn[i + 1]), 0x777 + i);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(cmd->gpa.offset), 0xe00);
	KUNIT_EXPECT_EQ(test, vstor_put_pages(cmd, 0, 0xfff, 2), 2);
	KUNIT_EXPECT_EQ(test, vstor_put_pages(cmd, 0, 0x200, VSTOR_MAX_TRANSFER),
			VSTOR_MAX_PFNS);
	KUNIT_EXPECT_EQ(test, vstor_put_pages(cmd, 0, 0, VSTOR_MAX_TRANSFER + 4097), 0);
	KUNIT_EXPECT_EQ(test, vstor_put_pages(cmd, VSTOR_MAX_PFNS, 0, 1), 0);
}

/* Bios of less than a page each, merged: a page is in the list once. */
static void page_pieces(struct kunit *test)
{
	struct vstor_cmd *cmd;
	unsigned int n = 0, i;

	cmd = kunit_kzalloc(test, sizeof(*cmd) + VSTOR_MAX_PFNS * 8, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, cmd);
	for (i = 0; i < 6; i++)
		n = vstor_put_pages(cmd, n, 0x1000400 + i * 1024, 1024);
	KUNIT_EXPECT_EQ(test, n, 2);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(cmd->gpa.offset), 0x400);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(cmd->gpa.pfn[0]), 0x1000);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(cmd->gpa.pfn[1]), 0x1001);
	/* One that ends its page and goes on in the next. */
	n = vstor_put_pages(cmd, n, 0x1001c00, 1024 + 4096);
	KUNIT_EXPECT_EQ(test, n, 3);
	KUNIT_EXPECT_EQ(test, le64_to_cpu(cmd->gpa.pfn[2]), 0x1002);
	cmd->len = 7 * 1024 + 4096;
	KUNIT_EXPECT_TRUE(test, vstor_end_pages(cmd, n));

	/* In the middle of another page, or with a hole before it: refused. */
	KUNIT_EXPECT_EQ(test, vstor_put_pages(cmd, n, 0x5000400, 1024), 0);
	n = vstor_put_pages(cmd, 0, 0x1000000, 1024);
	n = vstor_put_pages(cmd, n, 0x2000000, 1024);
	cmd->len = 2048;
	KUNIT_EXPECT_FALSE(test, vstor_end_pages(cmd, n));

	/* The last page that there is room for, in pieces. */
	n = vstor_put_pages(cmd, 0, 0x200, VSTOR_MAX_TRANSFER - 0x200);
	KUNIT_EXPECT_EQ(test, n, VSTOR_MAX_PFNS - 1);
	n = vstor_put_pages(cmd, n, VSTOR_MAX_TRANSFER, 0x100);
	n = vstor_put_pages(cmd, n, VSTOR_MAX_TRANSFER + 0x100, 0x100);
	KUNIT_EXPECT_EQ(test, n, VSTOR_MAX_PFNS);
}

static void ide_addresses(struct kunit *test)
{
	struct vstor_ide_offer offer = { .flags = cpu_to_le32(VSTOR_OFFER_IDE) };
	u8 user_data[VMB_USER_DATA_BYTES] = {};
	guid_t guid = {};
	u8 path = 9, target = 9;
	unsigned int i;

	for (i = 0; i < 4; i++) {
		guid.b[0] = i / 2;
		guid.b[4] = i % 2;
		memset(user_data, 0, sizeof(user_data));
		KUNIT_EXPECT_EQ(test, vstor_ide_address(&guid, user_data, &path, &target), 0);
		KUNIT_EXPECT_EQ(test, path, i / 2);
		KUNIT_EXPECT_EQ(test, target, i % 2);
		offer.path = i / 2;
		offer.target = !(i % 2);
		memcpy(user_data, &offer, sizeof(offer));
		KUNIT_EXPECT_EQ(test, vstor_ide_address(&guid, user_data, &path, &target),
				-EINVAL);
	}
	for (i = 0; i < 6; i++) {
		guid = (guid_t) {};
		guid.b[i] = 2;
		KUNIT_EXPECT_EQ(test, vstor_ide_address(&guid, user_data, &path, &target),
				-EINVAL);
	}
}

static struct kunit_case vstor_wire_cases[] = {
	KUNIT_CASE(answer_of_every_length),
	KUNIT_CASE(answer_of_every_opcode),
	KUNIT_CASE(event_of_every_length),
	KUNIT_CASE(other_packet_types),
	KUNIT_CASE(event_keys),
	KUNIT_CASE(transfer_limits),
	KUNIT_CASE(packet_template),
	KUNIT_CASE(page_lists),
	KUNIT_CASE(page_pieces),
	KUNIT_CASE(ide_addresses),
	{}
};

static struct kunit_suite vstor_wire_suite = {
	.name = "vstor_wire",
	.test_cases = vstor_wire_cases,
};

kunit_test_suite(vstor_wire_suite);

MODULE_DESCRIPTION("KUnit tests of VSTOR packets");
MODULE_LICENSE("GPL");
