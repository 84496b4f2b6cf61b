// SPDX-License-Identifier: GPL-2.0
/* A network adapter of a fake host: see fake_net.h. */
#include <kunit/test.h>
#include <linux/cleanup.h>
#include <linux/device.h>
#include <linux/export.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/unaligned.h>

#include "fake_net.h"

/* Transaction id of messages that nobody asked for. */
#define FAKE_INBAND_ID	0x4321

/* Most ranges of a transfer-page packet of the tests. */
#define FAKE_RANGES	16

static void fake_answer_msg(struct fake_channel *fc, u64 id,
			    const struct nvsp_msg *m, u32 len)
{
	struct vmb_packet pkt = {
		.type = VMB_COMPLETION, .id = id, .data = m, .len = len,
	};

	fake_send(fc, &pkt);
}

/**
 * fake_net_complete() - complete a packet of the guest's
 * @fc: channel
 * @id: transaction id of the completion, which may be any
 * @type: NVSP type of the message in it
 * @len: its length
 *
 * Context: process.
 */
void fake_net_complete(struct fake_channel *fc, u64 id, u32 type, u32 len)
{
	struct nvsp_msg m = {
		.type = cpu_to_le32(type),
		.rndis_complete.status = cpu_to_le32(NVSP_OK),
	};

	fake_answer_msg(fc, id, &m, len);
}
EXPORT_SYMBOL_GPL(fake_net_complete);

static void fake_complete_tx(struct fake_channel *fc, u64 id, enum fake_tx tx)
{
	struct nvsp_msg m = {
		.type = cpu_to_le32(NVSP_RNDIS_COMPLETE),
		.rndis_complete.status = cpu_to_le32(tx == FAKE_TX_FAIL ?
						     NVSP_FAIL : NVSP_OK),
	};

	fake_answer_msg(fc, id, &m, tx == FAKE_TX_SHORT ? 0 : sizeof(m));
	if (tx == FAKE_TX_TWICE)
		fake_answer_msg(fc, id, &m, sizeof(m));
}

/* A frame's PPIs, whose values are one word. */
static void fake_take_meta(struct fake_net *fn, const u8 *ppi, u32 len)
{
	const struct rndis_ppi_word *w = (const void *)ppi;

	memset(fn->meta, 0, sizeof(fn->meta));
	for (; len >= sizeof(*w); w++, len -= sizeof(*w))
		if (le32_to_cpu(w->ppi.type) < ARRAY_SIZE(fn->meta))
			fn->meta[le32_to_cpu(w->ppi.type)] = le32_to_cpu(w->value);
}

/* One data message: its length, 0 if it is unsound. */
static u32 fake_take_frame(struct fake_net *fn, const u8 *msg, u32 room)
{
	const struct rndis_data_hdr *h = (const void *)msg;
	u32 len, data, data_len;
	u16 type;

	if (room < sizeof(*h) || h->hdr.type != cpu_to_le32(RNDIS_PACKET))
		return 0;
	len = le32_to_cpu(h->hdr.len);
	data = le32_to_cpu(h->pkt.data_offset) + sizeof(h->hdr);
	data_len = le32_to_cpu(h->pkt.data_len);
	if (len > room || data + data_len > len || data_len < ETH_HLEN)
		return 0;
	type = get_unaligned_be16(msg + data + 2 * ETH_ALEN);
	if (type != FAKE_ETHERTYPE && type != ETH_P_IP) {
		fn->others++;
		return len;
	}
	fake_take_meta(fn, (const u8 *)&h->pkt + le32_to_cpu(h->pkt.ppi_offset),
		       le32_to_cpu(h->pkt.ppi_len));
	fn->frames++;
	fn->len = data_len;
	memmove(fn->frame, msg + data, data_len);
	return len;
}

/* The messages of a data packet, one after the other. */
static void fake_take_data(struct fake_net *fn, const struct nvsp_msg *m,
			   const struct vmb_rx *pkt)
{
	u32 section = le32_to_cpu(m->rndis.section);
	u32 len = le32_to_cpu(m->rndis.section_len), used;
	u8 *at = fn->frame;

	if (section != NVSP_NO_SECTION) {
		if (len > FAKE_TX_SECTION ||
		    !fake_gpadl_copy(fn->h, fn->send, section * FAKE_TX_SECTION,
				     at + FAKE_FRAME_MAX, len, false))
			len = 0;
		fn->copied++;
	} else {
		len = fake_pages_copy(pkt, 0, at + FAKE_FRAME_MAX, FAKE_FRAME_MAX,
				      false);
	}
	at += FAKE_FRAME_MAX;
	do {
		used = fake_take_frame(fn, at, len);
		if (!used)
			fn->h->faults++;
		at += used;
		len -= used;
	} while (used && len);
}

/* Under @fn->lock. */
static void fake_take_rndis(struct fake_net *fn, struct fake_channel *fc,
			    const struct nvsp_msg *m, const struct vmb_rx *pkt)
{
	if (m->rndis.channel == cpu_to_le32(NVSP_CHANNEL_CONTROL)) {
		u8 *msg = fn->frame + FAKE_FRAME_MAX;
		u32 len = fake_pages_copy(pkt, 0, msg, FAKE_FRAME_MAX, false);
		bool fail = fn->fail && get_unaligned_le32(msg) == fn->fail;

		fake_complete_tx(fc, pkt->id, fail ? FAKE_TX_FAIL : FAKE_TX_GOOD);
		if (!fail)
			fake_rndis_control(fn, msg, len);
		return;
	}
	fake_take_data(fn, m, pkt);
	if (fn->tx != FAKE_TX_HOLD) {
		fake_complete_tx(fc, pkt->id, fn->tx);
	} else if (fn->holds < FAKE_NET_HELD) {
		fn->held[fn->holds].fc = fc;
		fn->held[fn->holds++].id = pkt->id;
	}
}

static u32 fake_bytes(struct fake_net *fn, u32 handle)
{
	struct fake_gpadl *g;

	guard(mutex)(&fn->h->lock);
	g = fake_gpadl_find(fn->h, handle);
	return g ? g->count * VMB_PAGE_SIZE : 0;
}

static void fake_share_recv(struct fake_net *fn, const struct nvsp_msg *m,
			    struct nvsp_msg *answer, u32 status)
{
	fn->recv = le32_to_cpu(m->share_buf.gpadl);
	fn->sections = fake_bytes(fn, fn->recv) / FAKE_RX_SECTION;
	fn->section = 0;
	answer->type = cpu_to_le32(NVSP_RECV_BUF_COMPLETE);
	answer->recv_buf_complete = (struct nvsp_recv_buf_complete) {
		.status = cpu_to_le32(status),
		.sections = cpu_to_le32(1),
		.section.sub_alloc_size = cpu_to_le32(FAKE_RX_SECTION),
		.section.sub_allocs = cpu_to_le32(fn->sections),
		.section.end_offset = cpu_to_le32(fn->sections * FAKE_RX_SECTION),
	};
}

/* Grants sub-channels, and offers them. */
static void fake_grant(struct fake_net *fn, const struct nvsp_msg *m,
		       struct nvsp_msg *answer, u32 status)
{
	u32 n = min(le32_to_cpu(m->subchannel.count), fn->sub_channels);

	answer->type = cpu_to_le32(NVSP_SUBCHANNEL);
	answer->subchannel_complete.status = cpu_to_le32(status);
	answer->subchannel_complete.count = cpu_to_le32(n);
	for (u32 i = 1; status == NVSP_OK && !fn->late && i <= n; i++)
		fake_offer(fn->h, FAKE_NET_RELID + i, 0, i);
}

/* Answers a request that has an answer: its length. Under @fn->lock. */
static u32 fake_request(struct fake_net *fn, const struct nvsp_msg *m,
			struct nvsp_msg *answer)
{
	u32 type = le32_to_cpu(m->type);
	u32 status = type == fn->refuse ? NVSP_FAIL : NVSP_OK;

	switch (type) {
	case NVSP_INIT:
		if (fn->early)
			fake_net_xfer(fn, FAKE_NET_RELID, NVSP_RECV_BUF_ID,
				      &(struct vmb_xfer_range){}, 1, 1);
		if (le32_to_cpu(m->init.max_version) > fn->version)
			status = NVSP_PROTOCOL_UNSUPPORTED;
		answer->type = cpu_to_le32(NVSP_INIT_COMPLETE);
		answer->init_complete.status = cpu_to_le32(status);
		return sizeof(*answer);
	case NVSP_RECV_BUF:
		fake_share_recv(fn, m, answer, status);
		return sizeof(*answer);
	case NVSP_SEND_BUF:
		fn->send = le32_to_cpu(m->share_buf.gpadl);
		answer->type = cpu_to_le32(NVSP_SEND_BUF_COMPLETE);
		answer->send_buf_complete.status = cpu_to_le32(status);
		answer->send_buf_complete.section_size =
			cpu_to_le32(FAKE_TX_SECTION);
		return sizeof(*answer);
	case NVSP_SUBCHANNEL:
		fake_grant(fn, m, answer, status);
		return sizeof(*answer);
	case NVSP_REVOKE_RECV_BUF:
	case NVSP_REVOKE_SEND_BUF:
		fn->ends++;
		return 0;
	case NVSP_NDIS_CONFIG:
		fn->mtu = le32_to_cpu(m->ndis_config.mtu);
		fn->caps = le32_to_cpu(m->ndis_config.caps_lo);
		return 0;
	default:
		return 0;
	}
}

/* Nothing is in the completion. */
static void fake_switch(struct fake_net *fn, struct fake_channel *fc, u64 id,
			const struct nvsp_msg *m)
{
	fn->switches++;
	if (fn->ignore == NVSP_SWITCH_DATA_PATH)
		return;
	fn->path = le32_to_cpu(m->data_path.active);
	fake_answer_msg(fc, id, NULL, 0);
}

/* The guest completes a transfer-page packet, or acknowledges a message. */
static void fake_returned(struct fake_net *fn, const struct vmb_rx *pkt)
{
	const struct nvsp_msg *m = pkt->data;

	if (pkt->len < offsetofend(struct nvsp_msg, rndis_complete)) {
		fn->acks += pkt->id == FAKE_INBAND_ID;
		return;
	}
	fn->returned++;
	if (m->rndis_complete.status != cpu_to_le32(NVSP_OK))
		fn->bad++;
}

static void fake_net_packet(struct fake_channel *fc, const struct vmb_rx *pkt)
{
	struct fake_net *fn = fc->host->ctx;
	const struct nvsp_msg *m = pkt->data;
	struct nvsp_msg answer = {};
	u32 len;

	guard(mutex)(&fn->lock);
	if (pkt->type == VMB_COMPLETION) {
		fake_returned(fn, pkt);
		return;
	}
	if (pkt->len < sizeof(*m)) {
		fn->h->faults++;
		return;
	}
	if (m->type == cpu_to_le32(NVSP_RNDIS)) {
		fake_take_rndis(fn, fc, m, pkt);
		return;
	}
	if (m->type == cpu_to_le32(NVSP_SWITCH_DATA_PATH)) {
		fake_switch(fn, fc, pkt->id, m);
		return;
	}
	if (le32_to_cpu(m->type) == fn->ignore)
		return;
	len = fake_request(fn, m, &answer);
	if (len)
		fake_answer_msg(fc, pkt->id, &answer, len);
}

static const struct fake_ops fake_net_ops = { .packet = fake_net_packet };

/**
 * fake_net_release() - complete what is held
 * @fn: adapter
 * @tx: how
 *
 * Context: process.
 */
void fake_net_release(struct fake_net *fn, enum fake_tx tx)
{
	guard(mutex)(&fn->lock);
	while (fn->holds) {
		fn->holds--;
		fake_complete_tx(fn->held[fn->holds].fc, fn->held[fn->holds].id, tx);
	}
}
EXPORT_SYMBOL_GPL(fake_net_release);

/**
 * fake_net_xfer() - name messages in the receive buffer
 * @fn: adapter
 * @relid: channel
 * @pageset: which buffer, NVSP_RECV_BUF_ID for the one that there is
 * @range: where the messages are
 * @count: how many ranges there are
 * @said: how many the packet says that there are
 *
 * Context: process.
 * Return: see fake_send().
 */
int fake_net_xfer(struct fake_net *fn, u32 relid, u16 pageset,
		  const struct vmb_xfer_range *range, u32 count, u32 said)
{
	DEFINE_RAW_FLEX(struct vmb_xfer, x, range, FAKE_RANGES);
	struct nvsp_msg m = { .type = cpu_to_le32(NVSP_RNDIS) };
	struct vmb_packet pkt = {
		.type = VMB_XFER_PAGES, .flags = VMB_WANT_COMPLETION,
		.id = 0x1234, .desc = x, .data = &m, .len = sizeof(m),
	};

	if (count > FAKE_RANGES)
		return -EINVAL;
	x->pageset = cpu_to_le16(pageset);
	x->count = cpu_to_le32(said);
	memcpy(x->range, range, count * sizeof(*range));
	pkt.desc_len = struct_size(x, range, count);
	m.rndis.channel = cpu_to_le32(NVSP_CHANNEL_DATA);
	m.rndis.section = cpu_to_le32(NVSP_NO_SECTION);
	return fake_send(fake_channel(fn->h, relid), &pkt);
}
EXPORT_SYMBOL_GPL(fake_net_xfer);

/**
 * fake_net_deliver() - put a message into the receive buffer and name it
 * @fn: adapter
 * @relid: channel
 * @msg: message
 * @len: its length
 *
 * Context: process.
 * Return: 0, -ENOSPC if there is no such buffer, or see fake_send().
 */
int fake_net_deliver(struct fake_net *fn, u32 relid, const void *msg, u32 len)
{
	struct vmb_xfer_range range = { .len = cpu_to_le32(len) };
	u32 offset = fn->section * FAKE_RX_SECTION;

	if (!fn->sections || len > FAKE_RX_SECTION ||
	    !fake_gpadl_copy(fn->h, fn->recv, offset, (void *)msg, len, true))
		return -ENOSPC;
	fn->section = (fn->section + 1) % fn->sections;
	range.offset = cpu_to_le32(offset);
	return fake_net_xfer(fn, relid, NVSP_RECV_BUF_ID, &range, 1, 1);
}
EXPORT_SYMBOL_GPL(fake_net_deliver);

/**
 * fake_net_frame() - deliver a frame
 * @fn: adapter
 * @relid: channel
 * @frame: Ethernet frame
 * @len: its length
 * @ppi: per-packet information: type and value, one after the other
 * @ppis: how many pairs
 *
 * Context: process.
 * Return: see fake_net_deliver().
 */
int fake_net_frame(struct fake_net *fn, u32 relid, const void *frame, u32 len,
		   const u32 *ppi, u32 ppis)
{
	u32 ppi_len = ppis * sizeof(struct rndis_ppi_word);
	u32 total = sizeof(struct rndis_data_hdr) + ppi_len + len;
	struct rndis_data_hdr *h = kzalloc(total, GFP_KERNEL);
	struct rndis_ppi_word *w = (void *)(h + 1);
	int ret;

	if (!h)
		return -ENOMEM;
	h->hdr.type = cpu_to_le32(RNDIS_PACKET);
	h->hdr.len = cpu_to_le32(total);
	h->pkt.data_offset = cpu_to_le32(sizeof(h->pkt) + ppi_len);
	h->pkt.data_len = cpu_to_le32(len);
	h->pkt.ppi_offset = ppis ? cpu_to_le32(sizeof(h->pkt)) : 0;
	h->pkt.ppi_len = cpu_to_le32(ppi_len);
	for (u32 i = 0; i < ppis; i++, w++) {
		w->ppi.size = cpu_to_le32(sizeof(*w));
		w->ppi.type = cpu_to_le32(ppi[2 * i]);
		w->ppi.offset = cpu_to_le32(sizeof(w->ppi));
		w->value = cpu_to_le32(ppi[2 * i + 1]);
	}
	memcpy(w, frame, len);
	guard(mutex)(&fn->lock);
	ret = fake_net_deliver(fn, relid, h, total);
	kfree(h);
	return ret;
}
EXPORT_SYMBOL_GPL(fake_net_frame);

/**
 * fake_net_indicate() - deliver a status indication
 * @fn: adapter
 * @status: RNDIS_STATUS_*
 * @info: a word of information
 *
 * Context: process.
 */
void fake_net_indicate(struct fake_net *fn, u32 status, u32 info)
{
	struct {
		struct rndis_hdr hdr;
		struct rndis_indicate i;
		__le32 info;
	} msg = {
		.hdr.type = cpu_to_le32(RNDIS_INDICATE),
		.hdr.len = cpu_to_le32(sizeof(msg)),
		.i.status = cpu_to_le32(status),
		.i.info_len = cpu_to_le32(sizeof(msg.info)),
		.i.info_offset = cpu_to_le32(sizeof(msg.i)),
		.info = cpu_to_le32(info),
	};

	guard(mutex)(&fn->lock);
	fake_net_deliver(fn, FAKE_NET_RELID, &msg, sizeof(msg));
}
EXPORT_SYMBOL_GPL(fake_net_indicate);

/**
 * fake_net_inband() - send an NVSP message unasked
 * @fn: adapter
 * @m: message
 * @len: its length
 *
 * Context: process.
 */
void fake_net_inband(struct fake_net *fn, const struct nvsp_msg *m, u32 len)
{
	struct vmb_packet pkt = {
		.type = VMB_INBAND, .flags = VMB_WANT_COMPLETION,
		.id = FAKE_INBAND_ID, .data = m, .len = len,
	};

	fake_send(fake_channel(fn->h, FAKE_NET_RELID), &pkt);
}
EXPORT_SYMBOL_GPL(fake_net_inband);

/**
 * fake_net_make() - an adapter, not plugged in yet
 * @test: test that it is for
 *
 * Context: process.
 * Return: the adapter, for fake_net_free().
 */
struct fake_net *fake_net_make(struct kunit *test)
{
	static const guid_t class_id = GUID_INIT(0xf8615163, 0xdf3e, 0x46c5, 0x91,
						 0x3f, 0xf2, 0xd2, 0xf9, 0x65,
						 0xed, 0x0e);
	struct fake_net *fn = kunit_kzalloc(test, sizeof(*fn), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, fn);
	mutex_init(&fn->lock);
	fn->version = NVSP_VERSION_6_1;
	/* The last frame, and room to take packets apart. */
	fn->frame = kvzalloc_objs(u8, 2 * FAKE_FRAME_MAX);
	KUNIT_ASSERT_NOT_NULL(test, fn->frame);
	fn->h = fake_host_make(test, "vmbus-fake-net");
	fn->h->class_id = class_id;
	fake_host_start(test, fn->h, &fake_net_ops, fn);
	return fn;
}
EXPORT_SYMBOL_GPL(fake_net_make);

/**
 * fake_net_plug() - offer an adapter, and wait for its driver
 * @fn: adapter
 *
 * Context: process.
 * Return: the device with a reference, for put_device(), or NULL.
 */
struct vmb_device *fake_net_plug(struct fake_net *fn)
{
	fake_offer(fn->h, FAKE_NET_RELID, 0, 0);
	fake_settle(fn->h);
	wait_for_device_probe();
	return fake_device(fn->h, FAKE_NET_RELID);
}
EXPORT_SYMBOL_GPL(fake_net_plug);

/**
 * fake_net_free() - end an adapter and its host
 * @fn: adapter
 *
 * Context: process.
 */
void fake_net_free(struct fake_net *fn)
{
	fake_host_free(fn->h);
	kvfree(fn->frame);
}
EXPORT_SYMBOL_GPL(fake_net_free);
