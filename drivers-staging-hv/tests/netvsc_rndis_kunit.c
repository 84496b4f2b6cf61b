// SPDX-License-Identifier: GPL-2.0
/* RNDIS messages, per-packet information and NDIS objects from the host. */
#include <kunit/test.h>
#include <linux/module.h>
#include <linux/string.h>

#include "../net/parse.h"

#define FRAME	60
#define PPI	32
#define MSG	(sizeof(struct rndis_data_hdr) + PPI + FRAME)

static void good_packet(struct rndis_data_hdr *h)
{
	memset(h, 0, sizeof(*h));
	h->hdr.type = cpu_to_le32(RNDIS_PACKET);
	h->hdr.len = cpu_to_le32(MSG);
	h->pkt.ppi_offset = cpu_to_le32(36);
	h->pkt.ppi_len = cpu_to_le32(PPI);
	h->pkt.data_offset = cpu_to_le32(36 + PPI);
	h->pkt.data_len = cpu_to_le32(FRAME);
}

static void rndis_packet_lengths(struct kunit *test)
{
	struct netvsc_rx_info info;
	struct rndis_data_hdr h;

	good_packet(&h);
	for (u32 len = 0; len < MSG + 8; len++)
		KUNIT_EXPECT_EQ(test, netvsc_rndis_parse_packet(&h, len, &info),
				len < MSG ? -EPROTO : 0);
	KUNIT_EXPECT_EQ(test, info.data_offset, 8 + 36 + PPI);
	KUNIT_EXPECT_EQ(test, info.data_len, FRAME);
	KUNIT_EXPECT_EQ(test, info.ppi_offset, 8 + 36);
	KUNIT_EXPECT_EQ(test, info.ppi_len, PPI);
	KUNIT_EXPECT_EQ(test, info.flags, 0);
	/* What the message says about itself counts, not what was delivered. */
	for (u32 len = 0; len < MSG; len++) {
		h.hdr.len = cpu_to_le32(len);
		KUNIT_EXPECT_EQ(test, netvsc_rndis_parse_packet(&h, MSG, &info),
				-EPROTO);
	}
}

/* Every offset and length: what is accepted lies within the message. */
static void rndis_packet_ranges(struct kunit *test)
{
	struct netvsc_rx_info info;
	struct rndis_data_hdr h;

	for (u32 off = 0; off < MSG + 4; off++) {
		for (u32 len = 0; len < MSG + 4; len++) {
			good_packet(&h);
			h.pkt.data_offset = cpu_to_le32(off);
			h.pkt.data_len = cpu_to_le32(len);
			if (netvsc_rndis_parse_packet(&h, MSG, &info))
				continue;
			KUNIT_EXPECT_GE(test, info.data_offset, sizeof(h));
			KUNIT_EXPECT_GE(test, info.data_len, 1);
			KUNIT_EXPECT_LE(test, info.data_offset + info.data_len,
					MSG);
		}
	}
	for (u32 off = 0; off < MSG + 4; off++) {
		for (u32 len = 0; len < MSG + 4; len++) {
			good_packet(&h);
			h.pkt.ppi_offset = cpu_to_le32(off);
			h.pkt.ppi_len = cpu_to_le32(len);
			if (netvsc_rndis_parse_packet(&h, MSG, &info) ||
			    !info.ppi_len)
				continue;
			KUNIT_EXPECT_GE(test, info.ppi_offset, sizeof(h));
			KUNIT_EXPECT_LE(test, info.ppi_offset + info.ppi_len,
					MSG);
		}
	}
}

static void rndis_packet_overflow(struct kunit *test)
{
	static const u32 big[] = { 0x7fffffff, 0x80000000, 0xfffffff8,
				   U32_MAX };
	struct netvsc_rx_info info;
	struct rndis_data_hdr h;

	for (int i = 0; i < ARRAY_SIZE(big); i++) {
		good_packet(&h);
		h.pkt.data_offset = cpu_to_le32(big[i]);
		KUNIT_EXPECT_EQ(test, netvsc_rndis_parse_packet(&h, MSG, &info),
				-EPROTO);
		good_packet(&h);
		h.pkt.data_len = cpu_to_le32(big[i]);
		KUNIT_EXPECT_EQ(test, netvsc_rndis_parse_packet(&h, MSG, &info),
				-EPROTO);
		good_packet(&h);
		h.pkt.ppi_offset = cpu_to_le32(big[i]);
		KUNIT_EXPECT_EQ(test, netvsc_rndis_parse_packet(&h, MSG, &info),
				-EPROTO);
		good_packet(&h);
		h.pkt.ppi_len = cpu_to_le32(big[i]);
		KUNIT_EXPECT_EQ(test, netvsc_rndis_parse_packet(&h, MSG, &info),
				-EPROTO);
		good_packet(&h);
		h.hdr.len = cpu_to_le32(big[i]);
		KUNIT_EXPECT_EQ(test, netvsc_rndis_parse_packet(&h, MSG, &info),
				-EPROTO);
	}
}

static u32 put_ppi(__le32 *at, u32 type, u32 value)
{
	at[0] = cpu_to_le32(16);
	at[1] = cpu_to_le32(type);
	at[2] = cpu_to_le32(12);
	at[3] = cpu_to_le32(value);
	return 16;
}

static void rndis_ppi_values(struct kunit *test)
{
	struct netvsc_rx_info info = {};
	__le32 ppi[20];
	u32 len = 0;

	len += put_ppi(ppi + len / 4, RNDIS_PPI_CSUM, RNDIS_CSUM_RX_TCP_OK);
	len += put_ppi(ppi + len / 4, RNDIS_PPI_HASH_VALUE, 0xdeadbeef);
	/* VLAN 0x123, priority 5, CFI */
	len += put_ppi(ppi + len / 4, RNDIS_PPI_VLAN, 0x123 << 4 | 8 | 5);
	len += put_ppi(ppi + len / 4, RNDIS_PPI_RSC, 3 << 8 | 1);
	len += put_ppi(ppi + len / 4, 10, 0x77);
	KUNIT_EXPECT_EQ(test, netvsc_rndis_parse_ppi(ppi, len, &info), 0);
	KUNIT_EXPECT_EQ(test, info.flags, NETVSC_RX_CSUM | NETVSC_RX_HASH |
			NETVSC_RX_VLAN | NETVSC_RX_RSC);
	KUNIT_EXPECT_EQ(test, info.csum, RNDIS_CSUM_RX_TCP_OK);
	KUNIT_EXPECT_EQ(test, info.hash, 0xdeadbeef);
	KUNIT_EXPECT_EQ(test, info.vlan_tci, 5 << 13 | 1 << 12 | 0x123);
	KUNIT_EXPECT_EQ(test, info.rsc_flags,
			RNDIS_RSC_FRAGMENT | RNDIS_RSC_FIRST);
}

/* Short pieces are fine behind the first one of a coalesced frame only. */
static void rndis_short_frames(struct kunit *test)
{
	struct netvsc_rx_info info = {};

	for (info.data_len = 1; info.data_len < 16; info.data_len++) {
		info.flags = NETVSC_RX_CSUM;
		info.rsc_flags = 0;
		KUNIT_EXPECT_EQ(test, netvsc_rx_has_header(&info),
				info.data_len >= 14);
		info.flags |= NETVSC_RX_RSC;
		info.rsc_flags = RNDIS_RSC_FRAGMENT | RNDIS_RSC_FIRST;
		KUNIT_EXPECT_EQ(test, netvsc_rx_has_header(&info),
				info.data_len >= 14);
		info.rsc_flags = RNDIS_RSC_FRAGMENT | RNDIS_RSC_LAST;
		KUNIT_EXPECT_TRUE(test, netvsc_rx_has_header(&info));
	}
}

static void rndis_ppi_lengths(struct kunit *test)
{
	struct netvsc_rx_info info;
	__le32 ppi[8];

	for (u32 len = 0; len <= 32; len += 4) {
		info = (struct netvsc_rx_info){};
		put_ppi(ppi, RNDIS_PPI_CSUM, 1);
		put_ppi(ppi + 4, RNDIS_PPI_HASH_VALUE, 2);
		KUNIT_EXPECT_EQ_MSG(test,
				    netvsc_rndis_parse_ppi(ppi, len, &info),
				    len % 16 ? -EPROTO : 0, "%u bytes", len);
	}
}

/* Sizes and offsets that lead nowhere, or round in circles. */
static void rndis_ppi_lies(struct kunit *test)
{
	static const struct { u32 size, offset; } bad[] = {
		{ 0, 12 }, { 4, 12 }, { 8, 12 }, { 17, 12 }, { 20, 12 },
		{ U32_MAX, 12 }, { 0x80000010, 12 }, { 16, 0 }, { 16, 8 },
		{ 16, 13 }, { 16, 20 }, { 16, U32_MAX }, { 16, 0x80000000 },
	};
	struct netvsc_rx_info info = {};
	__le32 ppi[4];

	for (int i = 0; i < ARRAY_SIZE(bad); i++) {
		put_ppi(ppi, RNDIS_PPI_CSUM, 1);
		ppi[0] = cpu_to_le32(bad[i].size);
		ppi[2] = cpu_to_le32(bad[i].offset);
		KUNIT_EXPECT_EQ_MSG(test,
				    netvsc_rndis_parse_ppi(ppi, 16, &info),
				    -EPROTO, "size %u offset %u", bad[i].size,
				    bad[i].offset);
	}
	/* No room for a value: it has none. */
	put_ppi(ppi, RNDIS_PPI_CSUM, 1);
	ppi[2] = cpu_to_le32(16);
	KUNIT_EXPECT_EQ(test, netvsc_rndis_parse_ppi(ppi, 16, &info), 0);
	KUNIT_EXPECT_EQ(test, info.flags, 0);
}

struct init_msg {
	struct rndis_hdr h;
	struct rndis_init_complete c;
};

static void rndis_init_answer(struct kunit *test)
{
	struct init_msg m = {
		.h.type = cpu_to_le32(RNDIS_INIT | RNDIS_COMPLETE),
		.h.len = cpu_to_le32(sizeof(m)),
		.c.max_packets = cpu_to_le32(8),
		.c.align_shift = cpu_to_le32(3),
	};
	struct netvsc_rndis_caps caps;
	u32 len;

	for (len = 0; len <= sizeof(m); len++)
		KUNIT_EXPECT_EQ(test, netvsc_rndis_parse_init(&m, len, &caps),
				len < sizeof(m) ? -EPROTO : 0);
	KUNIT_EXPECT_EQ(test, caps.max_packets, 8);
	KUNIT_EXPECT_EQ(test, caps.align, 8);
	m.c.max_packets = 0;
	KUNIT_EXPECT_EQ(test, netvsc_rndis_parse_init(&m, sizeof(m), &caps), 0);
	KUNIT_EXPECT_EQ(test, caps.max_packets, 1);
	m.c.max_packets = cpu_to_le32(U32_MAX);
	KUNIT_EXPECT_EQ(test, netvsc_rndis_parse_init(&m, sizeof(m), &caps), 0);
	KUNIT_EXPECT_EQ(test, caps.max_packets, 256);
	m.c.align_shift = cpu_to_le32(32);
	KUNIT_EXPECT_EQ(test, netvsc_rndis_parse_init(&m, sizeof(m), &caps),
			-EPROTO);
	m.c.align_shift = 0;
	m.c.status = cpu_to_le32(0xc0000001);
	KUNIT_EXPECT_EQ(test, netvsc_rndis_parse_init(&m, sizeof(m), &caps),
			-EIO);
}

struct query_msg {
	struct rndis_hdr h;
	struct rndis_query_complete c;
	u8 info[8];
};

static void rndis_query_answer(struct kunit *test)
{
	struct query_msg m = {
		.h.type = cpu_to_le32(RNDIS_QUERY | RNDIS_COMPLETE),
		.h.len = cpu_to_le32(sizeof(m)),
		.c.info_len = cpu_to_le32(6),
		.c.info_offset = cpu_to_le32(16),
		.info = { 1, 2, 3, 4, 5, 6, 7, 8 },
	};
	u8 out[8] = {};
	int expect, ret;
	u32 len;

	for (len = 0; len <= sizeof(m); len++)
		KUNIT_EXPECT_EQ(test, netvsc_rndis_parse_query(&m, len, out, 6),
				len < sizeof(m) ? -EPROTO : 6);
	KUNIT_EXPECT_MEMEQ(test, out, m.info, 6);
	KUNIT_EXPECT_EQ(test, netvsc_rndis_parse_query(&m, sizeof(m), out, 5),
			-EPROTO);
	for (u32 off = 0; off < 64; off++) {
		for (len = 1; len < 64; len++) {
			m.c.info_offset = cpu_to_le32(off);
			m.c.info_len = cpu_to_le32(len);
			expect = off >= 16 && off + len <= 24 ? len : -EPROTO;
			ret = netvsc_rndis_parse_query(&m, sizeof(m), out,
						       sizeof(out));
			KUNIT_EXPECT_EQ(test, ret, expect);
		}
	}
	m.c.info_offset = cpu_to_le32(U32_MAX);
	m.c.info_len = cpu_to_le32(2);
	KUNIT_EXPECT_EQ(test, netvsc_rndis_parse_query(&m, sizeof(m), out, 8),
			-EPROTO);
	m.c.status = cpu_to_le32(0xc00000bb);
	KUNIT_EXPECT_EQ(test, netvsc_rndis_parse_query(&m, sizeof(m), out, 8),
			-EOPNOTSUPP);
	m.h.type = cpu_to_le32(RNDIS_SET | RNDIS_COMPLETE);
	KUNIT_EXPECT_EQ(test, netvsc_rndis_parse_query(&m, sizeof(m), out, 8),
			-EPROTO);
}

static void rndis_set_answer(struct kunit *test)
{
	struct {
		struct rndis_hdr h;
		struct rndis_set_complete c;
	} m = {
		.h.type = cpu_to_le32(RNDIS_SET | RNDIS_COMPLETE),
		.h.len = cpu_to_le32(sizeof(m)),
	};
	u32 len;

	for (len = 0; len <= sizeof(m); len++)
		KUNIT_EXPECT_EQ(test, netvsc_rndis_parse_set(&m, len),
				len < sizeof(m) ? -EPROTO : 0);
	m.c.status = cpu_to_le32(1);
	KUNIT_EXPECT_EQ(test, netvsc_rndis_parse_set(&m, sizeof(m)),
			-EOPNOTSUPP);
}

static void rndis_indication(struct kunit *test)
{
	struct rndis_indicate_msg m = {
		.hdr.type = cpu_to_le32(RNDIS_INDICATE),
		.hdr.len = cpu_to_le32(24),
		.body.status = cpu_to_le32(RNDIS_STATUS_SPEED_CHANGE),
		.body.info_len = cpu_to_le32(4),
		.body.info_offset = cpu_to_le32(12),
	};
	u32 status, info_len;

	for (u32 len = 0; len <= 30; len++) {
		int ret = netvsc_rndis_parse_indicate(&m, len, &status,
						      &info_len);

		if (len < sizeof(m)) {
			KUNIT_EXPECT_EQ(test, ret, -EPROTO);
			continue;
		}
		KUNIT_EXPECT_EQ(test, status, RNDIS_STATUS_SPEED_CHANGE);
		KUNIT_EXPECT_EQ(test, info_len, len < 24 ? 0 : 4);
		if (info_len)
			KUNIT_EXPECT_EQ(test, ret, 20);
	}
	m.hdr.type = cpu_to_le32(RNDIS_PACKET);
	KUNIT_EXPECT_EQ(test, netvsc_rndis_parse_indicate(&m, 24, &status,
							  &info_len), -EPROTO);
}

/* The buffer is within what was delivered, or it is ignored. */
static void rndis_indication_buffer(struct kunit *test)
{
	static const struct { u32 hdr_len, offset, len, want; } c[] = {
		{ 24, 13, 4, 0 },
		{ 24, 8, 4, 0 },
		{ 24, U32_MAX - 3, 4, 0 },
		{ 24, 12, U32_MAX, 0 },
		{ 24, 0, 0, 0 },
		/* Hosts that do not count the buffer. */
		{ 20, 12, 4, 4 },
		/* Longer than any buffer that is used. */
		{ 176, 12, 4, 4 },
	};
	struct rndis_indicate_msg m = {
		.hdr.type = cpu_to_le32(RNDIS_INDICATE),
	};
	u32 status, info_len;
	int ret;

	for (int i = 0; i < ARRAY_SIZE(c); i++) {
		m.hdr.len = cpu_to_le32(c[i].hdr_len);
		m.body.info_offset = cpu_to_le32(c[i].offset);
		m.body.info_len = cpu_to_le32(c[i].len);
		ret = netvsc_rndis_parse_indicate(&m, 24, &status, &info_len);
		KUNIT_EXPECT_GT_MSG(test, ret, 0, "case %d", i);
		KUNIT_EXPECT_EQ_MSG(test, info_len, c[i].want, "case %d", i);
	}
	/* The current offloads, as hosts indicate them: nobody asked. */
	m.body.status = cpu_to_le32(0x4001002f);
	m.body.info_offset = cpu_to_le32(12);
	m.body.info_len = cpu_to_le32(156);
	ret = netvsc_rndis_parse_indicate(&m, 176, &status, &info_len);
	KUNIT_EXPECT_EQ(test, ret, 20);
	KUNIT_EXPECT_EQ(test, info_len, 156);
}

static void good_offloads(struct ndis_offload *o)
{
	memset(o, 0, sizeof(*o));
	o->hdr.type = NDIS_OBJECT_OFFLOAD;
	o->hdr.revision = 3;
	o->hdr.size = cpu_to_le16(sizeof(*o));
	o->csum4_tx = cpu_to_le32(NDIS_CSUM_TCP4 | NDIS_CSUM_UDP4);
	o->csum6_tx = cpu_to_le32(NDIS_CSUM_TCP6 | NDIS_CSUM_UDP6);
	o->lso4_encap = cpu_to_le32(NDIS_ENCAP_8023);
	o->lso4_max = cpu_to_le32(62768);
	o->lso6_encap = cpu_to_le32(NDIS_ENCAP_8023);
	o->lso6_opts = cpu_to_le32(NDIS_LSO_IPV6_OPTS);
	o->lso6_max = cpu_to_le32(60000);
	o->rsc4 = 1;
	o->rsc6 = 1;
}

static void ndis_offloads(struct kunit *test)
{
	struct netvsc_offloads caps;
	struct ndis_offload o;

	good_offloads(&o);
	for (u32 len = 0; len <= sizeof(o); len++)
		KUNIT_EXPECT_EQ(test,
				netvsc_ndis_parse_offloads(&o, len, &caps),
				len < sizeof(o) ? -EPROTO : 0);
	KUNIT_EXPECT_TRUE(test, caps.tcp4 && caps.udp4 && caps.tcp6 &&
			  caps.udp6 && caps.rsc);
	KUNIT_EXPECT_EQ(test, caps.lso4_max, 62768);
	KUNIT_EXPECT_EQ(test, caps.lso6_max, 60000);
	/* No segmenting without checksums. */
	o.csum4_tx = cpu_to_le32(NDIS_CSUM_UDP4);
	KUNIT_EXPECT_EQ(test, netvsc_ndis_parse_offloads(&o, sizeof(o), &caps),
			0);
	KUNIT_EXPECT_TRUE(test, caps.udp4);
	KUNIT_EXPECT_FALSE(test, caps.tcp4);
	KUNIT_EXPECT_EQ(test, caps.lso4_max, 0);
	/* No segmenting of packets that no stack would make. */
	good_offloads(&o);
	o.lso4_max = cpu_to_le32(1);
	o.lso6_max = cpu_to_le32(NETVSC_LSO_MIN - 1);
	KUNIT_EXPECT_EQ(test, netvsc_ndis_parse_offloads(&o, sizeof(o), &caps),
			0);
	KUNIT_EXPECT_EQ(test, caps.lso4_max, 0);
	KUNIT_EXPECT_EQ(test, caps.lso6_max, 0);
	o.lso4_max = cpu_to_le32(NETVSC_LSO_MIN);
	KUNIT_EXPECT_EQ(test, netvsc_ndis_parse_offloads(&o, sizeof(o), &caps),
			0);
	KUNIT_EXPECT_EQ(test, caps.lso4_max, NETVSC_LSO_MIN);
	/* One that calls itself shorter ends before what says RSC. */
	good_offloads(&o);
	o.hdr.size = cpu_to_le16(sizeof(o) - 1);
	KUNIT_EXPECT_EQ(test, netvsc_ndis_parse_offloads(&o, sizeof(o), &caps),
			-EPROTO);
	/* A newer host's is longer than what was asked for. */
	o.hdr.size = cpu_to_le16(sizeof(o) + 4);
	KUNIT_EXPECT_EQ(test, netvsc_ndis_parse_offloads(&o, sizeof(o), &caps),
			0);
	o.hdr.type = NDIS_OBJECT_DEFAULT;
	KUNIT_EXPECT_EQ(test, netvsc_ndis_parse_offloads(&o, sizeof(o), &caps),
			-EPROTO);
}

static void ndis_rss_caps(struct kunit *test)
{
	struct ndis_rss_caps c = {
		.hdr.type = NDIS_OBJECT_RSS_CAPS,
		.queues = cpu_to_le32(8),
		.table_entries = cpu_to_le16(64),
	};
	u32 queues, entries;

	for (u32 len = 0; len <= sizeof(c); len++)
		KUNIT_EXPECT_EQ(test, netvsc_ndis_parse_rss(&c, len, &queues,
							    &entries),
				len < 16 ? -EPROTO : 0);
	KUNIT_EXPECT_EQ(test, queues, 8);
	KUNIT_EXPECT_EQ(test, entries, 64);
	c.queues = cpu_to_le32(U32_MAX);
	c.table_entries = cpu_to_le16(0xffff);
	KUNIT_EXPECT_EQ(test, netvsc_ndis_parse_rss(&c, sizeof(c), &queues,
						    &entries), 0);
	KUNIT_EXPECT_EQ(test, queues, NVSP_MAX_CHANNELS);
	KUNIT_EXPECT_EQ(test, entries, 128);
	c.queues = 0;
	KUNIT_EXPECT_EQ(test, netvsc_ndis_parse_rss(&c, sizeof(c), &queues,
						    &entries), 0);
	KUNIT_EXPECT_EQ(test, queues, 1);
}

static struct kunit_case rndis_cases[] = {
	KUNIT_CASE(rndis_packet_lengths),
	KUNIT_CASE(rndis_packet_ranges),
	KUNIT_CASE(rndis_packet_overflow),
	KUNIT_CASE(rndis_ppi_values),
	KUNIT_CASE(rndis_short_frames),
	KUNIT_CASE(rndis_ppi_lengths),
	KUNIT_CASE(rndis_ppi_lies),
	KUNIT_CASE(rndis_init_answer),
	KUNIT_CASE(rndis_query_answer),
	KUNIT_CASE(rndis_set_answer),
	KUNIT_CASE(rndis_indication),
	KUNIT_CASE(rndis_indication_buffer),
	KUNIT_CASE(ndis_offloads),
	KUNIT_CASE(ndis_rss_caps),
	{}
};

static struct kunit_suite rndis_suite = {
	.name = "netvsc_rndis",
	.test_cases = rndis_cases,
};

kunit_test_suite(rndis_suite);

MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_DESCRIPTION("Tests of RNDIS messages");
MODULE_LICENSE("GPL");
