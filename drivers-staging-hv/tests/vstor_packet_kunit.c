// SPDX-License-Identifier: GPL-2.0
/*
 * VSTOR packets: every length, every kind, addresses and limits.
 */
#include <kunit/test.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "../stor/packet.h"

static enum vstor_kind classify(u16 type, u32 op, u32 len)
{
	struct vstorw_packet pkt = { .op = cpu_to_le32(op) };
	struct vmb_rx rx = { .type = type, .data = &pkt, .len = len };

	return vstor_classify(&rx);
}

/* A short completion has no result. */
static void reply_of_every_length(struct kunit *test)
{
	for (u32 len = 0; len <= 128; len++)
		KUNIT_EXPECT_EQ_MSG(test, classify(VMB_COMPLETION, VSTORW_OP_COMPLETE_IO, len),
				    len < 64 ? VSTOR_KIND_BAD_REPLY : VSTOR_KIND_REPLY,
				    "%u bytes", len);
}

static void reply_of_every_opcode(struct kunit *test)
{
	u32 op;

	for (op = 0; op < 256; op++)
		KUNIT_EXPECT_EQ(test, classify(VMB_COMPLETION, op, 64),
				op == VSTORW_OP_COMPLETE_IO ?
				VSTOR_KIND_REPLY : VSTOR_KIND_BAD_REPLY);
}

static void event_of_every_length(struct kunit *test)
{
	u32 len, op;

	for (len = 0; len <= 80; len++) {
		for (op = 0; op < 32; op++) {
			bool good = (op == VSTORW_OP_ENUMERATE_BUS ||
				     op == VSTORW_OP_REMOVE_DEVICE) && len >= 12;

			KUNIT_EXPECT_EQ_MSG(test, classify(VMB_INBAND, op, len),
					    good ? VSTOR_KIND_LUNS_CHANGED : VSTOR_KIND_BAD,
					    "operation %u, %u bytes", op, len);
		}
	}
}

static void other_packet_types(struct kunit *test)
{
	u32 type;

	for (type = 0; type < 32; type++)
		if (type != VMB_INBAND && type != VMB_COMPLETION)
			KUNIT_EXPECT_EQ(test, classify(type, VSTORW_OP_COMPLETE_IO, 64),
					VSTOR_KIND_BAD);
}

static void transfer_limits(struct kunit *test)
{
	/* The block layer asks for a page at least, of whatever size. */
	KUNIT_EXPECT_EQ(test, vstor_clamp_transfer(0), PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, vstor_clamp_transfer(1), PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, vstor_clamp_transfer(4096), PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, vstor_clamp_transfer(PAGE_SIZE + 4096), PAGE_SIZE + 4096);
	KUNIT_EXPECT_EQ(test, vstor_clamp_transfer(262143), 258048);
	KUNIT_EXPECT_EQ(test, vstor_clamp_transfer(262144), 262144);
	KUNIT_EXPECT_EQ(test, vstor_clamp_transfer(U32_MAX), VSTOR_MAX_TRANSFER);
}

static void packet_template(struct kunit *test)
{
	struct vstorw_packet pkt;

	memset(&pkt, 0xaa, sizeof(pkt));
	vstor_init_packet(&pkt);
	KUNIT_EXPECT_EQ(test, le16_to_cpu(pkt.srb.length), 0x34);
	KUNIT_EXPECT_EQ(test, pkt.srb.sense_len, 20);
	KUNIT_EXPECT_EQ(test, pkt.srb.queue_tag, 0xff);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(pkt.op), VSTORW_OP_EXECUTE_SRB);
	/* Nothing of what was in the memory goes to the host. */
	KUNIT_EXPECT_NULL(test, memchr(&pkt, 0xaa, sizeof(pkt)));
}

static struct vstor_cmd *new_cmd(struct kunit *test)
{
	struct vstor_cmd *cmd;

	cmd = kunit_kzalloc(test, sizeof(*cmd) + VSTOR_GPA_BYTES(VSTOR_MAX_PFNS), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, cmd);
	vstor_init_cmd(cmd, VSTOR_MAX_PFNS);
	return cmd;
}

static const struct vmb_gpa_range *range_of(const struct vstor_cmd *cmd)
{
	return (const struct vmb_gpa_range *)cmd->gpa.words;
}

/* The longest transfer fits wherever it begins, and no byte more of it. */
static void page_lists(struct kunit *test)
{
	struct vstor_cmd *cmd = new_cmd(test);
	struct vmb_gpa_builder b;

	for (u32 at = 0; at < 4096; at += 512) {
		vmb_gpa_init(&b, &cmd->gpa, cmd->room);
		KUNIT_EXPECT_TRUE(test, vstor_add_data(&b, 0x12345000 + at, VSTOR_MAX_TRANSFER));
		KUNIT_EXPECT_LE(test, vmb_gpa_finish(&b),
				sizeof(cmd->gpa) + VSTOR_GPA_BYTES(VSTOR_MAX_PFNS));
	}
	vmb_gpa_init(&b, &cmd->gpa, cmd->room);
	KUNIT_EXPECT_FALSE(test, vstor_add_data(&b, 0, VSTOR_MAX_TRANSFER + 4097));
}

/* Bios of less than a page each, merged: one range, a page is in it once. */
static void page_pieces(struct kunit *test)
{
	struct vstor_cmd *cmd = new_cmd(test);
	struct vmb_gpa_builder b;

	vmb_gpa_init(&b, &cmd->gpa, cmd->room);
	for (u32 i = 0; i < 6; i++)
		KUNIT_EXPECT_TRUE(test, vstor_add_data(&b, 0x1000400 + i * 1024, 1024));
	/* One that ends its page and goes on in the next. */
	KUNIT_EXPECT_TRUE(test, vstor_add_data(&b, 0x1001c00, 1024 + 4096));
	KUNIT_EXPECT_EQ(test, vmb_gpa_finish(&b), sizeof(cmd->gpa) + VSTOR_GPA_BYTES(3));
	KUNIT_EXPECT_EQ(test, le32_to_cpu(cmd->gpa.ranges), 1);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(range_of(cmd)->offset), 0x400);
	KUNIT_EXPECT_EQ(test, le32_to_cpu(range_of(cmd)->len), 7 * 1024 + 4096);
	for (u32 i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, le64_to_cpu(range_of(cmd)->pfn[i]), 0x1000 + i);
	/* In the middle of another page, or with a hole before it: refused. */
	KUNIT_EXPECT_FALSE(test, vstor_add_data(&b, 0x5000400, 1024));
	vmb_gpa_init(&b, &cmd->gpa, cmd->room);
	KUNIT_EXPECT_TRUE(test, vstor_add_data(&b, 0x1000000, 1024));
	KUNIT_EXPECT_FALSE(test, vstor_add_data(&b, 0x2000000, 1024));
}

static void one_buffer(struct kunit *test)
{
	struct vstor_cmd *cmd = new_cmd(test);

	vstor_set_buffer(cmd, 0xffe, 4, true);
	KUNIT_EXPECT_EQ(test, cmd->len, 4);
	KUNIT_EXPECT_EQ(test, cmd->desc_len, sizeof(cmd->gpa) + VSTOR_GPA_BYTES(2));
	KUNIT_EXPECT_EQ(test, le32_to_cpu(range_of(cmd)->offset), 0xffe);
	KUNIT_EXPECT_EQ(test, cmd->pkt.srb.data_in, VSTORW_DATA_OUT);
	vstor_set_no_data(cmd);
	KUNIT_EXPECT_EQ(test, cmd->desc_len, 0);
}

static void ide_addresses(struct kunit *test)
{
	struct vstorw_ide_offer offer = { .flags = cpu_to_le32(VSTORW_OFFER_IDE) };
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

static struct kunit_case vstor_packet_cases[] = {
	KUNIT_CASE(reply_of_every_length),
	KUNIT_CASE(reply_of_every_opcode),
	KUNIT_CASE(event_of_every_length),
	KUNIT_CASE(other_packet_types),
	KUNIT_CASE(transfer_limits),
	KUNIT_CASE(packet_template),
	KUNIT_CASE(page_lists),
	KUNIT_CASE(page_pieces),
	KUNIT_CASE(one_buffer),
	KUNIT_CASE(ide_addresses),
	{}
};

static struct kunit_suite vstor_packet_suite = {
	.name = "vstor_packet",
	.test_cases = vstor_packet_cases,
};

kunit_test_suite(vstor_packet_suite);

MODULE_DESCRIPTION("KUnit tests of VSTOR packets");
MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_LICENSE("GPL");
