// SPDX-License-Identifier: GPL-2.0
/*
 * Checks of NVSP and RNDIS messages. Every function takes a private copy and
 * its length, and trusts nothing else.
 */
#include <kunit/visibility.h>
#include <linux/align.h>
#include <linux/errno.h>
#include <linux/if_ether.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/overflow.h>
#include <linux/string.h>

#include "parse.h"

/**
 * netvsc_nvsp_min_len() - shortest acceptable message of a type
 * @type: NVSP type
 *
 * The same in every NVSP version that is spoken.
 *
 * Return: length in bytes, or 0 if the host must not send it.
 */
u32 netvsc_nvsp_min_len(u32 type)
{
	switch (type) {
	case NVSP_INIT_COMPLETE:
		return offsetofend(struct nvsp_msg, init_complete);
	case NVSP_RECV_BUF_COMPLETE:
		return offsetofend(struct nvsp_msg, recv_buf_complete);
	case NVSP_SEND_BUF_COMPLETE:
		return offsetofend(struct nvsp_msg, send_buf_complete);
	case NVSP_RNDIS:
		return offsetofend(struct nvsp_msg, rndis);
	case NVSP_RNDIS_COMPLETE:
		return offsetofend(struct nvsp_msg, rndis_complete);
	case NVSP_VF_ASSOCIATION:
		return offsetofend(struct nvsp_msg, vf);
	case NVSP_SWITCH_DATA_PATH:
		return offsetofend(struct nvsp_msg, data_path);
	case NVSP_SUBCHANNEL:
		return offsetofend(struct nvsp_msg, subchannel_complete);
	case NVSP_SEND_TABLE:
		return offsetofend(struct nvsp_msg, send_table);
	default:
		return 0;
	}
}
EXPORT_SYMBOL_IF_KUNIT(netvsc_nvsp_min_len);

static bool netvsc_nvsp_is(const struct nvsp_msg *m, u32 len, u32 type)
{
	return len >= netvsc_nvsp_min_len(type) &&
	       le32_to_cpu(m->type) == type;
}

/**
 * netvsc_nvsp_parse_init() - the answer to NVSP_INIT
 * @m: message
 * @len: its length
 *
 * Return: 0, -EOPNOTSUPP if the host has not got the version, -EPROTO if this
 * is no answer.
 */
int netvsc_nvsp_parse_init(const struct nvsp_msg *m, u32 len)
{
	if (!netvsc_nvsp_is(m, len, NVSP_INIT_COMPLETE))
		return -EPROTO;
	if (le32_to_cpu(m->init_complete.status) != NVSP_OK)
		return -EOPNOTSUPP;
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(netvsc_nvsp_parse_init);

/**
 * netvsc_nvsp_parse_recv_buf() - the answer to NVSP_RECV_BUF
 * @m: message
 * @len: its length
 * @buf_bytes: size of the buffer that was shared
 * @layout: result
 *
 * Hosts make one section of sub-allocations, from the start of the buffer.
 *
 * Return: 0, -EIO if the host refused, -EPROTO if the answer is impossible.
 */
int netvsc_nvsp_parse_recv_buf(const struct nvsp_msg *m, u32 len, u32 buf_bytes,
			       struct netvsc_recv_layout *layout)
{
	const struct nvsp_recv_section *s = &m->recv_buf_complete.section;
	u32 size, count;

	if (!netvsc_nvsp_is(m, len, NVSP_RECV_BUF_COMPLETE))
		return -EPROTO;
	if (le32_to_cpu(m->recv_buf_complete.status) != NVSP_OK)
		return -EIO;
	if (le32_to_cpu(m->recv_buf_complete.sections) != 1 || s->offset)
		return -EPROTO;
	size = le32_to_cpu(s->sub_alloc_size);
	count = le32_to_cpu(s->sub_allocs);
	if (size < NETVSC_SECTION_RX_MIN || !count ||
	    (u64)size * count > buf_bytes)
		return -EPROTO;
	layout->sections = count;
	layout->section_size = size;
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(netvsc_nvsp_parse_recv_buf);

/**
 * netvsc_nvsp_parse_send_buf() - the answer to NVSP_SEND_BUF
 * @m: message
 * @len: its length
 * @buf_bytes: size of the buffer that was shared
 * @section_size: result, bytes
 *
 * Return: 0, -EIO if the host refused, -EPROTO if the answer is impossible.
 */
int netvsc_nvsp_parse_send_buf(const struct nvsp_msg *m, u32 len, u32 buf_bytes,
			       u32 *section_size)
{
	u32 size;

	if (!netvsc_nvsp_is(m, len, NVSP_SEND_BUF_COMPLETE))
		return -EPROTO;
	if (le32_to_cpu(m->send_buf_complete.status) != NVSP_OK)
		return -EIO;
	size = le32_to_cpu(m->send_buf_complete.section_size);
	if (size < NETVSC_SECTION_TX_MIN || size > buf_bytes || size % 8)
		return -EPROTO;
	*section_size = size;
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(netvsc_nvsp_parse_send_buf);

/**
 * netvsc_nvsp_parse_send_table() - a send indirection table
 * @m: message
 * @len: its length, the table included
 * @version: NVSP version agreed on
 * @table: result, NVSP_SEND_TABLE_ENTRIES queue numbers, not bounded by the
 *	number of queues
 *
 * Hosts up to NVSP 6 give a wrong offset in messages that are long enough to
 * have the table behind a message of full size: it is there then.
 *
 * Return: 0 or -EPROTO.
 */
int netvsc_nvsp_parse_send_table(const struct nvsp_msg *m, u32 len, u32 version,
				 u16 *table)
{
	const u32 bytes = NVSP_SEND_TABLE_ENTRIES * sizeof(__le32);
	u32 offset, entry;
	__le32 raw;

	if (!netvsc_nvsp_is(m, len, NVSP_SEND_TABLE) ||
	    le32_to_cpu(m->send_table.count) != NVSP_SEND_TABLE_ENTRIES)
		return -EPROTO;
	offset = le32_to_cpu(m->send_table.offset);
	if (version <= NVSP_VERSION_6 && len >= sizeof(*m) + bytes)
		offset = sizeof(*m);
	if (len < bytes || offset > len - bytes ||
	    offset < offsetofend(struct nvsp_msg, send_table))
		return -EPROTO;
	for (u32 i = 0; i < NVSP_SEND_TABLE_ENTRIES; i++) {
		memcpy(&raw, (const u8 *)m + offset + i * sizeof(raw),
		       sizeof(raw));
		entry = le32_to_cpu(raw);
		if (entry >= NVSP_MAX_CHANNELS)
			return -EPROTO;
		table[i] = entry;
	}
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(netvsc_nvsp_parse_send_table);

/**
 * netvsc_rndis_parse_ppi_any() - per-packet information of any shape
 * @ppi: as for netvsc_rndis_parse_ppi()
 * @len: as there, not 0
 * @info: as there
 *
 * Return: 0 or -EPROTO.
 */
int netvsc_rndis_parse_ppi_any(const __le32 *ppi, u32 len,
			       struct netvsc_rx_info *info)
{
	u32 size, offset;

	while (len) {
		if (len < sizeof(struct rndis_ppi))
			return -EPROTO;
		size = le32_to_cpu(ppi[0]);
		offset = le32_to_cpu(ppi[2]);
		if (size < sizeof(struct rndis_ppi) || size > len || size % 4 ||
		    offset < sizeof(struct rndis_ppi) || offset > size ||
		    offset % 4)
			return -EPROTO;
		/* Nothing that is used has less than a word. */
		if (size - offset >= sizeof(u32))
			netvsc_ppi_value(le32_to_cpu(ppi[1]),
					 le32_to_cpu(ppi[offset / 4]), info);
		ppi += size / 4;
		len -= size;
	}
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(netvsc_rndis_parse_ppi_any);

/**
 * netvsc_xfer_ok() - is a transfer-page descriptor whole
 * @x: descriptor
 * @desc_len: bytes of it
 *
 * The ranges themselves are checked one by one, when they are used.
 *
 * Return: true if it names the receive buffer and has all of its ranges.
 */
bool netvsc_xfer_ok(const struct vmb_xfer *x, u32 desc_len)
{
	u32 count;

	if (desc_len < sizeof(*x) ||
	    le16_to_cpu(x->pageset) != NVSP_RECV_BUF_ID)
		return false;
	count = le32_to_cpu(x->count);
	return count && count <= NVSP_MAX_RANGES &&
	       desc_len >= struct_size(x, range, count);
}
EXPORT_SYMBOL_IF_KUNIT(netvsc_xfer_ok);

/* The body of message @type, or NULL if it is not that or shorter than @min. */
static const void *netvsc_rndis_body(const void *msg, u32 len, u32 type,
				     u32 min)
{
	const struct rndis_hdr *h = msg;

	if (len < sizeof(*h) + min || le32_to_cpu(h->type) != type ||
	    le32_to_cpu(h->len) < sizeof(*h) + min ||
	    le32_to_cpu(h->len) > len)
		return NULL;
	return h + 1;
}

/**
 * netvsc_rndis_parse_init() - the answer to RNDIS_INIT
 * @msg: message, header included
 * @len: its length
 * @caps: result
 *
 * Return: 0, -EIO if the host refused, -EPROTO if the answer is impossible.
 */
int netvsc_rndis_parse_init(const void *msg, u32 len,
			    struct netvsc_rndis_caps *caps)
{
	const struct rndis_init_complete *c;
	u32 shift;

	c = netvsc_rndis_body(msg, len, RNDIS_INIT | RNDIS_COMPLETE,
			      sizeof(*c));
	if (!c)
		return -EPROTO;
	if (le32_to_cpu(c->status) != RNDIS_STATUS_OK)
		return -EIO;
	shift = le32_to_cpu(c->align_shift);
	if (shift > 7)
		return -EPROTO;
	/* One packet always fits, and 256 are plenty. */
	caps->max_packets = clamp(le32_to_cpu(c->max_packets), 1u, 256u);
	caps->align = max(1u << shift, 8u);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(netvsc_rndis_parse_init);

/**
 * netvsc_rndis_parse_query() - the answer to RNDIS_QUERY
 * @msg: message, header included
 * @len: its length
 * @out: filled with the information
 * @out_len: room there
 *
 * Return: bytes of information, -EOPNOTSUPP if the host refused, -EPROTO if
 * the answer is impossible or does not fit.
 */
int netvsc_rndis_parse_query(const void *msg, u32 len, void *out, u32 out_len)
{
	const struct rndis_query_complete *c;
	u32 room, offset, info_len;

	c = netvsc_rndis_body(msg, len, RNDIS_QUERY | RNDIS_COMPLETE,
			      sizeof(*c));
	if (!c)
		return -EPROTO;
	if (le32_to_cpu(c->status) != RNDIS_STATUS_OK)
		return -EOPNOTSUPP;
	info_len = le32_to_cpu(c->info_len);
	if (!info_len)
		return 0;
	room = le32_to_cpu(((const struct rndis_hdr *)msg)->len) -
	       sizeof(struct rndis_hdr);
	offset = le32_to_cpu(c->info_offset);
	if (offset < sizeof(*c) || offset > room || info_len > room - offset ||
	    info_len > out_len)
		return -EPROTO;
	memcpy(out, (const u8 *)c + offset, info_len);
	return info_len;
}
EXPORT_SYMBOL_IF_KUNIT(netvsc_rndis_parse_query);

/**
 * netvsc_rndis_parse_set() - the answer to RNDIS_SET
 * @msg: message, header included
 * @len: its length
 *
 * Return: 0, -EOPNOTSUPP if the host refused, -EPROTO if the answer is
 * impossible.
 */
int netvsc_rndis_parse_set(const void *msg, u32 len)
{
	const struct rndis_set_complete *c;

	c = netvsc_rndis_body(msg, len, RNDIS_SET | RNDIS_COMPLETE, sizeof(*c));
	if (!c)
		return -EPROTO;
	return le32_to_cpu(c->status) == RNDIS_STATUS_OK ? 0 : -EOPNOTSUPP;
}
EXPORT_SYMBOL_IF_KUNIT(netvsc_rndis_parse_set);

/**
 * netvsc_rndis_parse_indicate() - a status indication
 * @m: its header and body
 * @len: bytes of the whole message that the host delivered
 * @status: result: RNDIS_STATUS_*
 * @info_len: result: length of the status buffer, 0 if there is none
 *
 * The status buffer is checked against @len only: hosts up to Windows Server
 * 2019 do not count it in the length that the message has in its header. One
 * that lies elsewhere is ignored.
 *
 * Return: where the status buffer begins in the message, or -EPROTO.
 */
int netvsc_rndis_parse_indicate(const struct rndis_indicate_msg *m, u32 len,
				u32 *status, u32 *info_len)
{
	u32 room, offset;

	if (len < sizeof(*m) || le32_to_cpu(m->hdr.type) != RNDIS_INDICATE)
		return -EPROTO;
	*status = le32_to_cpu(m->body.status);
	*info_len = le32_to_cpu(m->body.info_len);
	room = len - sizeof(m->hdr);
	offset = le32_to_cpu(m->body.info_offset);
	if (offset < sizeof(m->body) || offset > room ||
	    *info_len > room - offset) {
		*info_len = 0;
		offset = 0;
	}
	return sizeof(m->hdr) + offset;
}
EXPORT_SYMBOL_IF_KUNIT(netvsc_rndis_parse_indicate);

static bool netvsc_has(__le32 caps, u32 bits)
{
	return (le32_to_cpu(caps) & bits) == bits;
}

/* Largest packet to segment; a limit that makes no sense is none. */
static u32 netvsc_lso_max(__le32 max)
{
	u32 bytes = le32_to_cpu(max);

	return bytes < NETVSC_LSO_MIN ? 0 : bytes;
}

/**
 * netvsc_ndis_parse_offloads() - the host's offload capabilities
 * @o: object
 * @len: bytes that the host sent
 * @caps: result
 *
 * Return: 0 or -EPROTO.
 */
int netvsc_ndis_parse_offloads(const struct ndis_offload *o, u32 len,
			       struct netvsc_offloads *caps)
{
	memset(caps, 0, sizeof(*caps));
	if (len < sizeof(*o) || o->hdr.type != NDIS_OBJECT_OFFLOAD ||
	    o->hdr.revision < NDIS_OFFLOAD_REVISION ||
	    le16_to_cpu(o->hdr.size) < sizeof(*o))
		return -EPROTO;
	caps->tcp4 = netvsc_has(o->csum4_tx, NDIS_CSUM_TCP4);
	caps->tcp6 = netvsc_has(o->csum6_tx, NDIS_CSUM_TCP6);
	caps->udp4 = netvsc_has(o->csum4_tx, NDIS_CSUM_UDP4);
	caps->udp6 = netvsc_has(o->csum6_tx, NDIS_CSUM_UDP6);
	/* Segmenting needs checksumming. */
	if (caps->tcp4 && netvsc_has(o->lso4_encap, NDIS_ENCAP_8023))
		caps->lso4_max = netvsc_lso_max(o->lso4_max);
	if (caps->tcp6 && netvsc_has(o->lso6_encap, NDIS_ENCAP_8023) &&
	    netvsc_has(o->lso6_opts, NDIS_LSO_IPV6_OPTS))
		caps->lso6_max = netvsc_lso_max(o->lso6_max);
	caps->rsc = o->rsc4 && o->rsc6;
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(netvsc_ndis_parse_offloads);

/**
 * netvsc_ndis_parse_rss() - the host's receive-side scaling capabilities
 * @c: object; bytes after @len are zero
 * @len: bytes that the host sent
 * @queues: result: receive queues, at least 1
 * @entries: result: entries of the indirection table
 *
 * Return: 0 or -EPROTO.
 */
int netvsc_ndis_parse_rss(const struct ndis_rss_caps *c, u32 len, u32 *queues,
			  u32 *entries)
{
	if (len < offsetofend(struct ndis_rss_caps, queues) ||
	    c->hdr.type != NDIS_OBJECT_RSS_CAPS)
		return -EPROTO;
	*queues = clamp(le32_to_cpu(c->queues), 1u, NVSP_MAX_CHANNELS + 0u);
	*entries = 128;
	if (len >= NDIS_RSS_CAPS_BYTES && c->table_entries &&
	    le16_to_cpu(c->table_entries) <= NETVSC_RSS_ENTRIES_MAX)
		*entries = le16_to_cpu(c->table_entries);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(netvsc_ndis_parse_rss);
