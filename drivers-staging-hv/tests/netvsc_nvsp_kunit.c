// SPDX-License-Identifier: GPL-2.0
/* NVSP messages from the host: per length, per field. */
#include <kunit/test.h>
#include <linux/module.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "../net/parse.h"

static void nvsp_lengths(struct kunit *test)
{
	static const struct { u32 type, len; } expect[] = {
		{ NVSP_INIT_COMPLETE, 16 },
		{ NVSP_RECV_BUF_COMPLETE, 28 },
		{ NVSP_SEND_BUF_COMPLETE, 12 },
		{ NVSP_RNDIS, 16 },
		{ NVSP_RNDIS_COMPLETE, 8 },
		{ NVSP_VF_ASSOCIATION, 12 },
		{ NVSP_SWITCH_DATA_PATH, 8 },
		{ NVSP_SUBCHANNEL, 12 },
		{ NVSP_SEND_TABLE, 12 },
	};

	for (int i = 0; i < ARRAY_SIZE(expect); i++)
		KUNIT_EXPECT_EQ_MSG(test, netvsc_nvsp_min_len(expect[i].type),
				    expect[i].len, "type %u", expect[i].type);
}

static void nvsp_unknown(struct kunit *test)
{
	static const u32 guest_only[] = {
		0, NVSP_INIT, NVSP_NDIS_VERSION, NVSP_RECV_BUF,
		NVSP_REVOKE_RECV_BUF, NVSP_SEND_BUF, NVSP_REVOKE_SEND_BUF,
		NVSP_NDIS_CONFIG, 127, 135, 136, U32_MAX,
	};

	for (int i = 0; i < ARRAY_SIZE(guest_only); i++)
		KUNIT_EXPECT_EQ(test, netvsc_nvsp_min_len(guest_only[i]), 0);
}

/* Hosts accept a version by the status, and put no version into the answer. */
static void nvsp_init_answer(struct kunit *test)
{
	struct nvsp_msg m = { .type = cpu_to_le32(NVSP_INIT_COMPLETE) };
	static const u32 words[] = { U32_MAX, 0, NVSP_VERSION_6_1 };

	for (int i = 0; i < ARRAY_SIZE(words); i++) {
		m.init_complete.deprecated = cpu_to_le32(words[i]);
		m.init_complete.status = cpu_to_le32(NVSP_OK);
		for (u32 len = 0; len <= sizeof(m); len++)
			KUNIT_EXPECT_EQ(test, netvsc_nvsp_parse_init(&m, len),
					len < 16 ? -EPROTO : 0);
		m.init_complete.status = 0;
		KUNIT_EXPECT_EQ(test, netvsc_nvsp_parse_init(&m, 40),
				-EOPNOTSUPP);
		m.init_complete.status = cpu_to_le32(NVSP_FAIL);
		KUNIT_EXPECT_EQ(test, netvsc_nvsp_parse_init(&m, 40),
				-EOPNOTSUPP);
	}
}

#define recv_buf	netvsc_nvsp_parse_recv_buf
#define send_buf	netvsc_nvsp_parse_send_buf

static void good_recv(struct nvsp_msg *m)
{
	memset(m, 0, sizeof(*m));
	m->type = cpu_to_le32(NVSP_RECV_BUF_COMPLETE);
	m->recv_buf_complete.status = cpu_to_le32(NVSP_OK);
	m->recv_buf_complete.sections = cpu_to_le32(1);
	m->recv_buf_complete.section.sub_alloc_size = cpu_to_le32(1728);
	m->recv_buf_complete.section.sub_allocs = cpu_to_le32(100);
}

static void nvsp_recv_buf(struct kunit *test)
{
	const u32 bytes = 1728 * 100;
	struct netvsc_recv_layout l;
	struct nvsp_msg m;

	good_recv(&m);
	for (u32 len = 0; len <= sizeof(m); len++)
		KUNIT_EXPECT_EQ(test, recv_buf(&m, len, bytes, &l),
				len < 28 ? -EPROTO : 0);
	KUNIT_EXPECT_EQ(test, l.sections, 100);
	KUNIT_EXPECT_EQ(test, l.section_size, 1728);
	KUNIT_EXPECT_EQ(test, recv_buf(&m, 40, bytes - 1, &l), -EPROTO);
	m.recv_buf_complete.status = cpu_to_le32(NVSP_FAIL);
	KUNIT_EXPECT_EQ(test, recv_buf(&m, 40, bytes, &l), -EIO);
}

static void nvsp_recv_buf_lies(struct kunit *test)
{
	const u32 bytes = 1728 * 100;
	struct netvsc_recv_layout l;
	struct nvsp_msg m;

	good_recv(&m);
	m.recv_buf_complete.sections = cpu_to_le32(2);
	KUNIT_EXPECT_EQ(test, recv_buf(&m, 40, bytes, &l), -EPROTO);
	good_recv(&m);
	m.recv_buf_complete.section.offset = cpu_to_le32(1);
	KUNIT_EXPECT_EQ(test, recv_buf(&m, 40, bytes, &l), -EPROTO);
	good_recv(&m);
	m.recv_buf_complete.section.sub_allocs = 0;
	KUNIT_EXPECT_EQ(test, recv_buf(&m, 40, bytes, &l), -EPROTO);
	good_recv(&m);
	m.recv_buf_complete.section.sub_alloc_size = cpu_to_le32(1);
	KUNIT_EXPECT_EQ(test, recv_buf(&m, 40, bytes, &l), -EPROTO);
	/* The product overflows 32 bits and would be small. */
	good_recv(&m);
	m.recv_buf_complete.section.sub_alloc_size = cpu_to_le32(0x10000);
	m.recv_buf_complete.section.sub_allocs = cpu_to_le32(0x10000);
	KUNIT_EXPECT_EQ(test, recv_buf(&m, 40, bytes, &l), -EPROTO);
}

static void nvsp_send_buf(struct kunit *test)
{
	struct nvsp_msg m = { .type = cpu_to_le32(NVSP_SEND_BUF_COMPLETE) };
	u32 size = 0, len;

	m.send_buf_complete.status = cpu_to_le32(NVSP_OK);
	m.send_buf_complete.section_size = cpu_to_le32(6144);
	for (len = 0; len <= sizeof(m); len++)
		KUNIT_EXPECT_EQ(test, send_buf(&m, len, 1 << 20, &size),
				len < 12 ? -EPROTO : 0);
	KUNIT_EXPECT_EQ(test, size, 6144);
	KUNIT_EXPECT_EQ(test, send_buf(&m, 40, 6143, &size), -EPROTO);
	m.send_buf_complete.section_size = 0;
	KUNIT_EXPECT_EQ(test, send_buf(&m, 40, 1 << 20, &size), -EPROTO);
	m.send_buf_complete.section_size = cpu_to_le32(6143);
	KUNIT_EXPECT_EQ(test, send_buf(&m, 40, 1 << 20, &size), -EPROTO);
	m.send_buf_complete.status = cpu_to_le32(NVSP_BUSY);
	KUNIT_EXPECT_EQ(test, send_buf(&m, 40, 1 << 20, &size), -EIO);
}

#define TABLE_BYTES	(NVSP_SEND_TABLE_ENTRIES * 4)

struct table_msg {
	struct nvsp_msg m;
	__le32 entry[NVSP_SEND_TABLE_ENTRIES];
};

static int table(const struct table_msg *t, u32 len, u32 version, u16 *out)
{
	return netvsc_nvsp_parse_send_table(&t->m, len, version, out);
}

static void good_table(struct table_msg *t, u32 offset)
{
	memset(t, 0, sizeof(*t));
	t->m.type = cpu_to_le32(NVSP_SEND_TABLE);
	t->m.send_table.count = cpu_to_le32(NVSP_SEND_TABLE_ENTRIES);
	t->m.send_table.offset = cpu_to_le32(offset);
	for (u32 i = 0; i < NVSP_SEND_TABLE_ENTRIES; i++)
		t->entry[i] = cpu_to_le32(i * 3 % 7);
}

static void nvsp_send_table(struct kunit *test)
{
	u16 out[NVSP_SEND_TABLE_ENTRIES] = {};
	struct table_msg t;

	good_table(&t, sizeof(t.m));
	for (u32 len = 0; len <= sizeof(t); len++)
		KUNIT_EXPECT_EQ(test, table(&t, len, NVSP_VERSION_6_1, out),
				len < sizeof(t) ? -EPROTO : 0);
	for (u32 i = 0; i < NVSP_SEND_TABLE_ENTRIES; i++)
		KUNIT_EXPECT_EQ(test, out[i], i * 3 % 7);
}

/* Hosts up to NVSP 6 say something else than where the table is. */
static void nvsp_send_table_old_hosts(struct kunit *test)
{
	u16 out[NVSP_SEND_TABLE_ENTRIES];
	struct table_msg t;

	good_table(&t, 0xffff0000);
	KUNIT_EXPECT_EQ(test, table(&t, sizeof(t), NVSP_VERSION_6, out), 0);
	KUNIT_EXPECT_EQ(test, out[2], 6);
	KUNIT_EXPECT_EQ(test, table(&t, sizeof(t), NVSP_VERSION_6_1, out),
			-EPROTO);
}

static void nvsp_send_table_lies(struct kunit *test)
{
	static const u32 offsets[] = { 0, 11, 41, 0x7fffffff, U32_MAX };
	u16 out[NVSP_SEND_TABLE_ENTRIES];
	struct table_msg t;

	for (int i = 0; i < ARRAY_SIZE(offsets); i++) {
		good_table(&t, offsets[i]);
		KUNIT_EXPECT_EQ(test,
				table(&t, sizeof(t), NVSP_VERSION_6_1, out),
				-EPROTO);
	}
	good_table(&t, sizeof(t.m));
	t.m.send_table.count = cpu_to_le32(17);
	KUNIT_EXPECT_EQ(test, table(&t, sizeof(t), NVSP_VERSION_6_1, out),
			-EPROTO);
	good_table(&t, sizeof(t.m));
	t.entry[15] = cpu_to_le32(NVSP_MAX_CHANNELS);
	KUNIT_EXPECT_EQ(test, table(&t, sizeof(t), NVSP_VERSION_6_1, out),
			-EPROTO);
}

static void nvsp_xfer(struct kunit *test)
{
	struct vmb_xfer *x;
	u32 full;

	x = kunit_kzalloc(test, struct_size(x, range, 3), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, x);
	x->pageset = cpu_to_le16(NVSP_RECV_BUF_ID);
	x->count = cpu_to_le32(3);
	full = struct_size(x, range, 3);
	for (u32 len = 0; len <= full; len++)
		KUNIT_EXPECT_EQ(test, netvsc_xfer_ok(x, len), len == full);
	x->pageset = cpu_to_le16(NVSP_RECV_BUF_ID + 1);
	KUNIT_EXPECT_FALSE(test, netvsc_xfer_ok(x, full));
	x->pageset = cpu_to_le16(NVSP_RECV_BUF_ID);
	x->count = 0;
	KUNIT_EXPECT_FALSE(test, netvsc_xfer_ok(x, full));
	x->count = cpu_to_le32(NVSP_MAX_RANGES + 1);
	KUNIT_EXPECT_FALSE(test, netvsc_xfer_ok(x, U32_MAX));
	x->count = cpu_to_le32(NVSP_MAX_RANGES);
	KUNIT_EXPECT_TRUE(test, netvsc_xfer_ok(x, 8 + 8 * NVSP_MAX_RANGES));
	x->count = cpu_to_le32(0x20000001);
	KUNIT_EXPECT_FALSE(test, netvsc_xfer_ok(x, 16));
}

static struct kunit_case nvsp_cases[] = {
	KUNIT_CASE(nvsp_lengths),
	KUNIT_CASE(nvsp_unknown),
	KUNIT_CASE(nvsp_init_answer),
	KUNIT_CASE(nvsp_recv_buf),
	KUNIT_CASE(nvsp_recv_buf_lies),
	KUNIT_CASE(nvsp_send_buf),
	KUNIT_CASE(nvsp_send_table),
	KUNIT_CASE(nvsp_send_table_old_hosts),
	KUNIT_CASE(nvsp_send_table_lies),
	KUNIT_CASE(nvsp_xfer),
	{}
};

static struct kunit_suite nvsp_suite = {
	.name = "netvsc_nvsp",
	.test_cases = nvsp_cases,
};

kunit_test_suite(nvsp_suite);

MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_DESCRIPTION("Tests of NVSP messages");
MODULE_LICENSE("GPL");
