// SPDX-License-Identifier: GPL-2.0
/*
 * The parsers of the network driver under random bytes of every length. What
 * they are given ends where its memory does, for KASAN to see.
 */
#include <kunit/test.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/overflow.h>
#include <linux/prandom.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "../net/parse.h"

#define FUZZ_SEED	17
#define FUZZ_LENGTH	192u
#define FUZZ_ROUNDS	40

/* A parser, and what has to be true of what it accepts. */
typedef void fuzz_fn(struct kunit *test, const void *msg, u32 len);

/*
 * Mostly small numbers, so that lengths and offsets have a chance; the first
 * words are what the parser wants to see, else it would look no further.
 */
static void fuzz_fill(struct rnd_state *rnd, u8 *msg, u32 len,
		      const __le32 *head, u32 words)
{
	prandom_bytes_state(rnd, msg, len);
	for (u32 i = 0; i + 4 <= len; i += 4) {
		u32 r = prandom_u32_state(rnd);

		if (r & 3)
			*(__le32 *)(msg + i) = cpu_to_le32(r >> 2 & 0xff);
	}
	memcpy(msg, head, min_t(u32, len, 4 * words));
}

static void fuzz(struct kunit *test, fuzz_fn *parse, const __le32 *head,
		 u32 words)
{
	struct rnd_state rnd;

	prandom_seed_state(&rnd, FUZZ_SEED);
	for (u32 len = 0; len <= FUZZ_LENGTH; len++) {
		u8 *msg = kunit_kmalloc(test, len, GFP_KERNEL);

		KUNIT_ASSERT_NOT_NULL(test, msg);
		for (int i = 0; i < FUZZ_ROUNDS; i++) {
			fuzz_fill(&rnd, msg, len, head, words);
			parse(test, msg, len);
		}
		kunit_kfree(test, msg);
	}
}

static void fuzz_one_type(struct kunit *test, fuzz_fn *parse, u32 type)
{
	const __le32 head = cpu_to_le32(type);

	fuzz(test, parse, &head, 1);
}

#define BUF_BYTES	65536

static void recv_buf(struct kunit *test, const void *msg, u32 len)
{
	struct netvsc_recv_layout l;

	if (netvsc_nvsp_parse_recv_buf(msg, len, BUF_BYTES, &l))
		return;
	KUNIT_EXPECT_GT(test, l.sections, 0);
	KUNIT_EXPECT_LE(test, (u64)l.sections * l.section_size, BUF_BYTES);
}

static void send_buf(struct kunit *test, const void *msg, u32 len)
{
	u32 size;

	if (netvsc_nvsp_parse_send_buf(msg, len, BUF_BYTES, &size))
		return;
	KUNIT_EXPECT_GE(test, size, NETVSC_SECTION_TX_MIN);
	KUNIT_EXPECT_LE(test, size, BUF_BYTES);
}

static void send_table(struct kunit *test, const void *msg, u32 len)
{
	static const u32 versions[] = { NVSP_VERSION_6, NVSP_VERSION_6_1 };
	u16 table[NVSP_SEND_TABLE_ENTRIES];

	for (int i = 0; i < ARRAY_SIZE(versions); i++) {
		if (netvsc_nvsp_parse_send_table(msg, len, versions[i], table))
			continue;
		for (int j = 0; j < NVSP_SEND_TABLE_ENTRIES; j++)
			KUNIT_EXPECT_LT(test, table[j], NVSP_MAX_CHANNELS);
	}
}

static void nvsp(struct kunit *test)
{
	const __le32 table[] = {
		cpu_to_le32(NVSP_SEND_TABLE), cpu_to_le32(NVSP_SEND_TABLE_ENTRIES),
	};
	const __le32 recv[] = {
		cpu_to_le32(NVSP_RECV_BUF_COMPLETE), cpu_to_le32(NVSP_OK),
		cpu_to_le32(1), 0,
	};
	const __le32 send[] = {
		cpu_to_le32(NVSP_SEND_BUF_COMPLETE), cpu_to_le32(NVSP_OK),
	};

	fuzz(test, recv_buf, recv, ARRAY_SIZE(recv));
	fuzz_one_type(test, recv_buf, NVSP_RECV_BUF_COMPLETE);
	fuzz(test, send_buf, send, ARRAY_SIZE(send));
	fuzz_one_type(test, send_buf, NVSP_SEND_BUF_COMPLETE);
	fuzz(test, send_table, table, ARRAY_SIZE(table));
	fuzz_one_type(test, send_table, NVSP_SEND_TABLE);
}

/* A frame, and what is said about it, are within the message. */
static void packet(struct kunit *test, const void *msg, u32 len)
{
	struct netvsc_rx_info info = {};

	if (netvsc_rndis_parse_packet(msg, len, &info))
		return;
	KUNIT_EXPECT_LE(test, (u64)info.data_offset + info.data_len, len);
	KUNIT_EXPECT_LE(test, (u64)info.ppi_offset + info.ppi_len, len);
	KUNIT_EXPECT_EQ(test, info.ppi_len % 4, 0);
}

static void ppi(struct kunit *test, const void *msg, u32 len)
{
	struct netvsc_rx_info info = {};

	if (len % 4)
		return;
	netvsc_rndis_parse_ppi(msg, len, &info);
}

static void xfer(struct kunit *test, const void *msg, u32 len)
{
	const struct vmb_xfer *x = msg;

	if (netvsc_xfer_ok(x, len))
		KUNIT_EXPECT_LE(test, struct_size(x, range, le32_to_cpu(x->count)),
				len);
}

static void receive(struct kunit *test)
{
	const __le32 pageset = cpu_to_le32(NVSP_RECV_BUF_ID);
	const __le32 word[] = {
		cpu_to_le32(sizeof(struct rndis_ppi_word)), cpu_to_le32(0),
		cpu_to_le32(sizeof(struct rndis_ppi)), cpu_to_le32(1),
	};

	for (u32 len = sizeof(struct rndis_data_hdr); len < FUZZ_LENGTH; len++) {
		const __le32 head[] = { cpu_to_le32(RNDIS_PACKET), cpu_to_le32(len) };

		fuzz(test, packet, head, ARRAY_SIZE(head));
	}
	fuzz_one_type(test, packet, RNDIS_PACKET);
	fuzz(test, ppi, word, 0);
	fuzz(test, ppi, word, ARRAY_SIZE(word));
	fuzz(test, xfer, &pageset, 1);
}

static void rndis_init(struct kunit *test, const void *msg, u32 len)
{
	struct netvsc_rndis_caps caps;

	if (netvsc_rndis_parse_init(msg, len, &caps))
		return;
	KUNIT_EXPECT_GT(test, caps.max_packets, 0);
	KUNIT_EXPECT_TRUE(test, is_power_of_2(caps.align));
}

static void rndis_query(struct kunit *test, const void *msg, u32 len)
{
	u8 out[32];
	int ret = netvsc_rndis_parse_query(msg, len, out, sizeof(out));

	KUNIT_EXPECT_LE(test, ret, (int)sizeof(out));
}

static void rndis_indicate(struct kunit *test, const void *msg, u32 len)
{
	u32 status, info_len;
	int at = netvsc_rndis_parse_indicate(msg, len, &status, &info_len);

	if (at >= 0)
		KUNIT_EXPECT_LE(test, (u64)at + info_len, len);
}

static void rndis(struct kunit *test)
{
	/* Type, length, request, status. */
	__le32 head[] = { 0, cpu_to_le32(64), 0, 0 };

	head[0] = cpu_to_le32(RNDIS_INIT | RNDIS_COMPLETE);
	fuzz(test, rndis_init, head, ARRAY_SIZE(head));
	head[0] = cpu_to_le32(RNDIS_QUERY | RNDIS_COMPLETE);
	fuzz(test, rndis_query, head, ARRAY_SIZE(head));
	fuzz(test, rndis_query, head, 1);
	head[0] = cpu_to_le32(RNDIS_INDICATE);
	fuzz(test, rndis_indicate, head, ARRAY_SIZE(head));
	fuzz(test, rndis_indicate, head, 1);
}

static void offloads(struct kunit *test, const void *msg, u32 len)
{
	struct netvsc_offloads caps;

	netvsc_ndis_parse_offloads(msg, len, &caps);
}

static void rss(struct kunit *test, const void *msg, u32 len)
{
	struct ndis_rss_caps c = {};
	u32 queues, entries;

	/* Its caller has room for all of it, and zeroes behind what came. */
	memcpy(&c, msg, min_t(u32, len, sizeof(c)));
	if (netvsc_ndis_parse_rss(&c, len, &queues, &entries))
		return;
	KUNIT_EXPECT_GT(test, queues, 0);
	KUNIT_EXPECT_LE(test, queues, NVSP_MAX_CHANNELS);
	KUNIT_EXPECT_GT(test, entries, 0);
	KUNIT_EXPECT_LE(test, entries, NETVSC_RSS_ENTRIES_MAX);
}

/* NDIS objects begin with type, revision and size. */
static void ndis(struct kunit *test)
{
	const __le32 offload = cpu_to_le32(NDIS_OBJECT_OFFLOAD |
					   NDIS_OFFLOAD_REVISION << 8 | 0xff << 16);
	const __le32 scaling = cpu_to_le32(NDIS_OBJECT_RSS_CAPS | 2 << 8 | 0xff << 16);

	fuzz(test, offloads, &offload, 1);
	fuzz(test, offloads, &offload, 0);
	fuzz(test, rss, &scaling, 1);
	fuzz(test, rss, &scaling, 0);
}

static struct kunit_case netvsc_fuzz_cases[] = {
	KUNIT_CASE(nvsp),
	KUNIT_CASE(receive),
	KUNIT_CASE(rndis),
	KUNIT_CASE(ndis),
	{}
};

static struct kunit_suite netvsc_fuzz_suite = {
	.name = "netvsc_fuzz",
	.test_cases = netvsc_fuzz_cases,
};

kunit_test_suite(netvsc_fuzz_suite);

MODULE_DESCRIPTION("KUnit tests of the network driver's parsers, with random input");
MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_LICENSE("GPL");
