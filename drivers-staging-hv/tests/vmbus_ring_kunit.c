// SPDX-License-Identifier: GPL-2.0
/* Rings: every boundary, a random walk against a model, hosts that lie. */
#include <kunit/test.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/prandom.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "../vmbus/ring.h"

#define RING_BYTES	PAGE_SIZE
#define RING_SEED	20250101

/* A ring as both sides see it: tx writes what rx reads. */
struct ring_pair {
	struct page *page[2];
	void *map;
	struct vmbw_ring *hdr;
	struct vmb_tx_ring tx;
	struct vmb_rx_ring rx;
	u8 buf[RING_BYTES];
	u8 data[RING_BYTES];
};

static void ring_restart(struct ring_pair *p)
{
	void *data = p->map + PAGE_SIZE;

	vmb_rx_ring_init(&p->rx, p->hdr, data, RING_BYTES, p->buf, RING_BYTES);
	vmb_tx_ring_init(&p->tx, p->hdr, data, RING_BYTES);
}

/* Both sides at @at, with nothing in between. */
static void ring_start_at(struct ring_pair *p, u32 at)
{
	ring_restart(p);
	p->tx.write = at;
	p->tx.published = at;
	p->tx.read = at;
	p->rx.read = at;
	p->rx.released = at;
	p->hdr->write_index = cpu_to_le32(at);
	p->hdr->read_index = cpu_to_le32(at);
}

static int ring_test_init(struct kunit *test)
{
	struct ring_pair *p = kunit_kzalloc(test, sizeof(*p), GFP_KERNEL);
	struct page *pages[3];

	KUNIT_ASSERT_NOT_NULL(test, p);
	test->priv = p;
	for (int i = 0; i < 2; i++) {
		p->page[i] = alloc_page(GFP_KERNEL | __GFP_ZERO);
		KUNIT_ASSERT_NOT_NULL(test, p->page[i]);
	}
	pages[0] = p->page[0];
	pages[1] = p->page[1];
	pages[2] = p->page[1];
	p->map = vmap(pages, 3, VM_MAP, PAGE_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p->map);
	p->hdr = p->map;
	for (u32 i = 0; i < RING_BYTES; i++)
		p->data[i] = i * 7 + 1;
	ring_restart(p);
	return 0;
}

static void ring_test_exit(struct kunit *test)
{
	struct ring_pair *p = test->priv;

	if (!p)
		return;
	vunmap(p->map);
	for (int i = 0; i < 2; i++)
		if (p->page[i])
			__free_page(p->page[i]);
}

/* Writes a packet if there is room, as the bus does. */
static bool ring_put(struct kunit *test, struct ring_pair *p,
		     const struct vmb_packet *pkt)
{
	u32 total = vmb_packet_bytes(pkt->desc_len, pkt->len);

	if (total > p->tx.free) {
		KUNIT_ASSERT_EQ(test, vmb_tx_ring_sync(&p->tx), 0);
		if (total > p->tx.free)
			return false;
	}
	vmb_tx_ring_put(&p->tx, pkt, total);
	return true;
}

/* Reads a packet and holds it against what was sent. */
static void ring_check(struct kunit *test, struct ring_pair *p,
		       const struct vmb_packet *pkt)
{
	u32 padded = ALIGN(pkt->len, 8);
	struct vmb_rx rx;

	if (!p->rx.avail)
		KUNIT_ASSERT_EQ(test, vmb_rx_ring_refill(&p->rx), 0);
	KUNIT_ASSERT_EQ(test, vmb_rx_ring_get(&p->rx, &rx), 0);
	KUNIT_EXPECT_EQ(test, rx.type, pkt->type);
	KUNIT_EXPECT_EQ(test, rx.flags, pkt->flags);
	KUNIT_EXPECT_EQ(test, rx.id, pkt->id);
	KUNIT_ASSERT_EQ(test, rx.desc_len, pkt->desc_len);
	KUNIT_ASSERT_EQ(test, rx.len, padded);
	if (pkt->desc_len)
		KUNIT_EXPECT_MEMEQ(test, rx.desc, pkt->desc, pkt->desc_len);
	KUNIT_EXPECT_MEMEQ(test, rx.data, pkt->data, pkt->len);
	for (u32 i = pkt->len; i < padded; i++)
		KUNIT_EXPECT_EQ(test, ((const u8 *)rx.data)[i], 0);
}

/* Every length at every place where it wraps, padding always zero. */
static void ring_wrap(struct kunit *test)
{
	struct ring_pair *p = test->priv;

	for (u32 len = 0; len <= 80; len++) {
		for (u32 at = RING_BYTES - 136; at < RING_BYTES; at += 8) {
			struct vmb_packet pkt = {
				.type = VMB_GPA_DIRECT,
				.flags = VMB_WANT_COMPLETION,
				.id = 0x1122334455667788ull + at,
				.desc = p->data + 64, .desc_len = (len % 3) * 8,
				.data = p->data, .len = len,
			};
			__le64 trailer;
			u32 end;

			memset(p->map + PAGE_SIZE, 0xff, RING_BYTES);
			ring_start_at(p, at);
			KUNIT_ASSERT_TRUE(test, ring_put(test, p, &pkt));
			KUNIT_EXPECT_TRUE(test, vmb_tx_ring_publish(&p->tx));
			ring_check(test, p, &pkt);
			KUNIT_EXPECT_EQ(test, p->rx.read, p->tx.write);
			KUNIT_EXPECT_EQ(test, p->rx.avail, 0);
			end = (p->tx.write + RING_BYTES - 8) % RING_BYTES;
			memcpy(&trailer, p->map + PAGE_SIZE + end, 8);
			KUNIT_EXPECT_EQ(test, le64_to_cpu(trailer), (u64)at << 32);
		}
	}
}

/* The ring takes all but 8 bytes and never becomes full. */
static void ring_never_full(struct kunit *test)
{
	struct ring_pair *p = test->priv;
	struct vmb_packet pkt = {
		.type = VMB_INBAND, .data = p->data,
		.len = RING_BYTES - 8 - VMB_PACKET_MIN,
	};

	for (u32 at = 0; at < RING_BYTES; at += 8) {
		ring_start_at(p, at);
		KUNIT_ASSERT_TRUE(test, ring_put(test, p, &pkt));
		KUNIT_EXPECT_EQ(test, p->tx.free, 0);
		KUNIT_EXPECT_TRUE(test, vmb_tx_ring_publish(&p->tx));
		KUNIT_EXPECT_FALSE(test, vmb_tx_ring_has_space(&p->tx, 8));
		ring_check(test, p, &pkt);
		vmb_rx_ring_release(&p->rx);
		KUNIT_EXPECT_EQ(test, vmb_tx_ring_sync(&p->tx), 0);
		KUNIT_EXPECT_EQ(test, p->tx.free, RING_BYTES - 8);
		KUNIT_EXPECT_FALSE(test, vmb_tx_ring_has_space(&p->tx, RING_BYTES));
		KUNIT_EXPECT_TRUE(test, vmb_tx_ring_has_space(&p->tx, RING_BYTES - 8));
	}
	ring_restart(p);
	pkt.len += 8;
	KUNIT_EXPECT_FALSE(test, ring_put(test, p, &pkt));
}

static void ring_lengths(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, vmb_packet_bytes(0, 0), 24);
	KUNIT_EXPECT_EQ(test, vmb_packet_bytes(0, 1), 32);
	KUNIT_EXPECT_EQ(test, vmb_packet_bytes(0, 8), 32);
	KUNIT_EXPECT_EQ(test, vmb_packet_bytes(16, 9), 56);
	KUNIT_EXPECT_TRUE(test, vmb_packet_fits(0, 0xffff * 8 - 16));
	KUNIT_EXPECT_FALSE(test, vmb_packet_fits(0, 0xffff * 8 - 15));
	KUNIT_EXPECT_TRUE(test, vmb_packet_fits(0xfff8, 0xffff * 8 - 16 - 0xfff8));
	KUNIT_EXPECT_FALSE(test, vmb_packet_fits(0xfff8, 0xffff * 8 - 15 - 0xfff8));
	KUNIT_EXPECT_FALSE(test, vmb_packet_fits(0, U32_MAX));
	KUNIT_EXPECT_FALSE(test, vmb_packet_fits(8, U32_MAX - 7));
}

/* One queue, the model, against the ring, with batches on both sides. */
#define MODEL_MAX	256

static void ring_model(struct kunit *test)
{
	struct ring_pair *p = test->priv;
	struct vmb_packet *q;
	u32 head = 0, tail = 0, used = 0, held = 0;
	struct rnd_state rnd;

	q = kunit_kcalloc(test, MODEL_MAX, sizeof(*q), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, q);
	prandom_seed_state(&rnd, RING_SEED);
	ring_start_at(p, 1024);
	for (u32 i = 0; i < 200000; i++) {
		u32 r = prandom_u32_state(&rnd);

		if (r & 1) {
			struct vmb_packet pkt = {
				.type = r >> 8, .flags = r >> 24, .id = i,
				.desc = p->data + (r >> 4) % 64,
				.desc_len = (r >> 16) % 5 * 8,
				.data = p->data + (r >> 9) % 512,
				.len = prandom_u32_state(&rnd) %
				       (i & 0x1000 ? 900 : 90),
			};
			u32 total = vmb_packet_bytes(pkt.desc_len, pkt.len);
			bool fits = used + held + total < RING_BYTES;

			if (head - tail == MODEL_MAX)
				continue;
			KUNIT_ASSERT_EQ(test, ring_put(test, p, &pkt), fits);
			if (fits) {
				q[head++ % MODEL_MAX] = pkt;
				used += total;
			}
			if (r & 2)
				vmb_tx_ring_publish(&p->tx);
		} else if (head != tail) {
			const struct vmb_packet *pkt = &q[tail % MODEL_MAX];

			vmb_tx_ring_publish(&p->tx);
			ring_check(test, p, pkt);
			tail++;
			used -= vmb_packet_bytes(pkt->desc_len, pkt->len);
			held += vmb_packet_bytes(pkt->desc_len, pkt->len);
			if (r & 4) {
				vmb_rx_ring_release(&p->rx);
				held = 0;
			}
		} else {
			vmb_tx_ring_publish(&p->tx);
			KUNIT_ASSERT_EQ(test, vmb_rx_ring_refill(&p->rx), -EAGAIN);
			vmb_rx_ring_release(&p->rx);
			held = 0;
		}
	}
	KUNIT_EXPECT_GT(test, tail, 10000);
}

/* A signal goes out on the step from empty, and if it is not masked. */
static void ring_signal(struct kunit *test)
{
	struct ring_pair *p = test->priv;
	struct vmb_packet pkt = { .type = VMB_INBAND, .data = p->data };

	KUNIT_EXPECT_FALSE(test, vmb_tx_ring_publish(&p->tx));
	ring_put(test, p, &pkt);
	ring_put(test, p, &pkt);
	KUNIT_EXPECT_TRUE(test, vmb_tx_ring_publish(&p->tx));
	ring_put(test, p, &pkt);
	KUNIT_EXPECT_FALSE(test, vmb_tx_ring_publish(&p->tx));
	for (int i = 0; i < 3; i++)
		ring_check(test, p, &pkt);
	vmb_rx_ring_release(&p->rx);
	p->hdr->interrupt_mask = cpu_to_le32(1);
	ring_put(test, p, &pkt);
	KUNIT_EXPECT_FALSE(test, vmb_tx_ring_publish(&p->tx));
	ring_check(test, p, &pkt);
	vmb_rx_ring_release(&p->rx);
	p->hdr->interrupt_mask = 0;
	ring_put(test, p, &pkt);
	KUNIT_EXPECT_TRUE(test, vmb_tx_ring_publish(&p->tx));
}

/* The writer waits for room: one signal, on the step to enough of it. */
static void ring_pending_send(struct kunit *test)
{
	struct ring_pair *p = test->priv;
	struct vmb_packet pkt = { .type = VMB_INBAND, .data = p->data, .len = 232 };
	u32 wanted = 1024, room = 0, signals = 0, sent = 0;

	while (ring_put(test, p, &pkt))
		sent++;
	vmb_tx_ring_publish(&p->tx);
	room = RING_BYTES - sent * 256;
	p->hdr->pending_send_sz = cpu_to_le32(wanted);
	for (u32 i = 0; i < sent; i++) {
		bool expect = room <= wanted && room + 256 > wanted;

		ring_check(test, p, &pkt);
		room += 256;
		KUNIT_EXPECT_EQ(test, vmb_rx_ring_release(&p->rx), expect);
		signals += expect;
	}
	KUNIT_EXPECT_EQ(test, signals, 1);
	/* Nobody waits: never. Nothing read: never. */
	p->hdr->pending_send_sz = 0;
	KUNIT_ASSERT_EQ(test, vmb_tx_ring_sync(&p->tx), 0);
	ring_put(test, p, &pkt);
	vmb_tx_ring_publish(&p->tx);
	ring_check(test, p, &pkt);
	KUNIT_EXPECT_FALSE(test, vmb_rx_ring_release(&p->rx));
	p->hdr->pending_send_sz = cpu_to_le32(1);
	KUNIT_EXPECT_FALSE(test, vmb_rx_ring_release(&p->rx));
}

/* Every value of a host's read index: only what was published can be read. */
static void ring_lying_reader(struct kunit *test)
{
	struct ring_pair *p = test->priv;
	struct vmb_packet pkt = { .type = VMB_INBAND, .data = p->data, .len = 1000 };

	for (u32 at = 0; at < RING_BYTES; at += 1000) {
		for (u32 index = 0; index < 2 * RING_BYTES; index++) {
			bool ok;

			ring_start_at(p, at);
			KUNIT_ASSERT_TRUE(test, ring_put(test, p, &pkt));
			vmb_tx_ring_publish(&p->tx);
			/* Not published yet, so it cannot have been read. */
			KUNIT_ASSERT_TRUE(test, ring_put(test, p, &pkt));
			p->hdr->read_index = cpu_to_le32(index);
			ok = index < RING_BYTES && !(index % 8) &&
			     (index + RING_BYTES - at) % RING_BYTES <= 1024;
			KUNIT_ASSERT_EQ(test, vmb_tx_ring_sync(&p->tx), ok ? 0 : -EIO);
		}
	}
	p->hdr->read_index = cpu_to_le32(U32_MAX);
	KUNIT_EXPECT_EQ(test, vmb_tx_ring_sync(&p->tx), -EIO);
	vmb_tx_ring_has_space(&p->tx, 8);
}

/* Every value of a host's write index: never over what was not released. */
static void ring_lying_writer(struct kunit *test)
{
	struct ring_pair *p = test->priv;

	for (u32 released = 0; released < RING_BYTES; released += 1000) {
		u32 read = (released + 512) % RING_BYTES;

		for (u32 index = 0; index < 2 * RING_BYTES; index++) {
			u32 total = (index + RING_BYTES - released) % RING_BYTES;
			int expect = -EIO;

			ring_start_at(p, released);
			p->rx.read = read;
			p->hdr->write_index = cpu_to_le32(index);
			if (index == read)
				expect = -EAGAIN;
			else if (index < RING_BYTES && !(index % 8) && total >= 512 + 24)
				expect = 0;
			KUNIT_ASSERT_EQ(test, vmb_rx_ring_refill(&p->rx), expect);
			if (!expect)
				KUNIT_ASSERT_EQ(test, p->rx.avail, total - 512);
		}
	}
	p->hdr->write_index = cpu_to_le32(U32_MAX);
	KUNIT_EXPECT_EQ(test, vmb_rx_ring_refill(&p->rx), -EIO);
}

/* Every header of a short ring, and the limits of a long one. */
static void ring_lying_header(struct kunit *test)
{
	struct ring_pair *p = test->priv;
	struct vmbw_packet *hdr = p->map + PAGE_SIZE;
	struct vmb_rx rx;

	for (u32 left = 24; left <= 64; left += 8) {
		for (u32 off = 0; off < 12; off++) {
			for (u32 len = 0; len < 12; len++) {
				bool ok = off >= 2 && off <= len &&
					  len * 8 + 8 <= left && len * 8 <= 48;

				ring_start_at(p, 0);
				p->rx.max = 48;
				p->rx.avail = left;
				hdr->offset8 = cpu_to_le16(off);
				hdr->len8 = cpu_to_le16(len);
				KUNIT_ASSERT_EQ(test, vmb_rx_ring_get(&p->rx, &rx),
						ok ? 0 : -EIO);
				if (!ok)
					continue;
				KUNIT_ASSERT_EQ(test, rx.desc_len, off * 8 - 16);
				KUNIT_ASSERT_EQ(test, rx.len, (len - off) * 8);
				KUNIT_ASSERT_EQ(test, p->rx.avail, left - len * 8 - 8);
			}
		}
	}
	ring_start_at(p, 0);
	p->rx.avail = RING_BYTES - 8;
	hdr->offset8 = cpu_to_le16(2);
	hdr->len8 = cpu_to_le16(0xffff);
	KUNIT_EXPECT_EQ(test, vmb_rx_ring_get(&p->rx, &rx), -EIO);
}

/* The packet that was taken is private: the host's later writes do not show. */
static void ring_private_copy(struct kunit *test)
{
	struct ring_pair *p = test->priv;
	struct vmb_packet pkt = { .type = VMB_INBAND, .data = p->data, .len = 64 };
	struct vmb_rx rx;

	ring_put(test, p, &pkt);
	vmb_tx_ring_publish(&p->tx);
	KUNIT_ASSERT_EQ(test, vmb_rx_ring_refill(&p->rx), 0);
	KUNIT_ASSERT_EQ(test, vmb_rx_ring_get(&p->rx, &rx), 0);
	memset(p->map + PAGE_SIZE, 0xee, RING_BYTES);
	KUNIT_EXPECT_MEMEQ(test, rx.data, p->data, 64);
	KUNIT_EXPECT_EQ(test, rx.type, VMB_INBAND);
}

static struct kunit_case ring_cases[] = {
	KUNIT_CASE(ring_lengths),
	KUNIT_CASE_SLOW(ring_wrap),
	KUNIT_CASE_SLOW(ring_never_full),
	KUNIT_CASE_SLOW(ring_model),
	KUNIT_CASE(ring_signal),
	KUNIT_CASE(ring_pending_send),
	KUNIT_CASE_SLOW(ring_lying_reader),
	KUNIT_CASE_SLOW(ring_lying_writer),
	KUNIT_CASE(ring_lying_header),
	KUNIT_CASE(ring_private_copy),
	{}
};

static struct kunit_suite ring_suite = {
	.name = "vmbus_ring",
	.init = ring_test_init,
	.exit = ring_test_exit,
	.test_cases = ring_cases,
};

kunit_test_suite(ring_suite);

MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_DESCRIPTION("Tests of the VMBus rings");
MODULE_LICENSE("GPL");
