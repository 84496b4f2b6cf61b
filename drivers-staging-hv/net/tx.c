// SPDX-License-Identifier: GPL-2.0
/*
 * Transmit. A short packet is copied into a section of the send buffer,
 * together with those that follow it while the stack has more; the host takes a
 * section as one message. Any other packet is described by its pages (GPA
 * direct) and read by the host from where it lies.
 *
 * All of it runs under the netdev TX queue lock.
 */
#include <linux/bitfield.h>
#include <linux/if_vlan.h>
#include <linux/io.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netdevice.h>
#include <linux/string.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/ip6_checksum.h>
#include <net/netdev_queues.h>
#include <net/tcp.h>
#include <net/xdp.h>
#include <wire/nvsp.h>
#include <wire/rndis.h>

#include "net.h"
#include "queue.h"
#include "tx.h"
#include "vf.h"

/*
 * Longer packets are described, not copied. A frame of the usual MTU is copied:
 * the host takes several with one message, and has no page of the guest to map.
 */
#define NETVSC_TX_COPY_MAX	2048u

/* A transport header beyond this does not fit into the LSO word. */
#define NETVSC_TX_HDR_OFF_MAX	1023u

/**
 * struct netvsc_tx_meta - what a frame counts for, and its per-packet information
 * @len: its bytes
 * @wire: bytes of all its segments
 * @segs: its segments
 * @csum: the host computes their checksums
 * @count: number of entries
 * @type: RNDIS_PPI_*
 * @value: its word
 */
struct netvsc_tx_meta {
	u32 len;
	u32 wire;
	u32 segs;
	bool csum;
	u32 count;
	u32 type[4];
	u32 value[4];
};

/* Not all of it: the entries are written before they are read. */
static void netvsc_meta_init(struct netvsc_tx_meta *m, u32 len)
{
	m->len = len;
	m->wire = len;
	m->segs = 1;
	m->csum = false;
	m->count = 0;
}

static void netvsc_meta_add(struct netvsc_tx_meta *m, u32 type, u32 value)
{
	m->type[m->count] = type;
	m->value[m->count] = value;
	m->count++;
}

static void netvsc_meta_add_tag(struct netvsc_tx_meta *m, u16 tci)
{
	netvsc_meta_add(m, RNDIS_PPI_VLAN,
			FIELD_PREP(RNDIS_VLAN_ID, tci & VLAN_VID_MASK) |
			(tci & VLAN_CFI_MASK ? RNDIS_VLAN_CFI : 0) |
			FIELD_PREP(RNDIS_VLAN_PRIO, tci >> VLAN_PRIO_SHIFT));
}

static u32 netvsc_meta_header_len(const struct netvsc_tx_meta *m)
{
	return sizeof(struct rndis_data_hdr) +
	       m->count * sizeof(struct rndis_ppi_word);
}

/* Writes an RNDIS data header with its PPIs. */
static inline void netvsc_tx_header(void *dst, const struct netvsc_tx_meta *m,
				    u32 msg_len, u32 data_len)
{
	u32 ppi_len = m->count * sizeof(struct rndis_ppi_word);
	struct rndis_data_hdr *h = dst;
	struct rndis_ppi_word *w = (struct rndis_ppi_word *)(h + 1);

	/* Field by field: a compound literal would be zeroed first. */
	h->hdr.type = cpu_to_le32(RNDIS_PACKET);
	h->hdr.len = cpu_to_le32(msg_len);
	h->pkt.data_offset = cpu_to_le32(sizeof(h->pkt) + ppi_len);
	h->pkt.data_len = cpu_to_le32(data_len);
	h->pkt.oob_offset = 0;
	h->pkt.oob_len = 0;
	h->pkt.oob_count = 0;
	h->pkt.ppi_offset = cpu_to_le32(sizeof(h->pkt));
	h->pkt.ppi_len = cpu_to_le32(ppi_len);
	h->pkt.vc = 0;
	h->pkt.reserved = 0;
	for (u32 i = 0; i < m->count; i++, w++) {
		w->ppi.size = cpu_to_le32(sizeof(*w));
		w->ppi.type = cpu_to_le32(m->type[i]);
		w->ppi.offset = cpu_to_le32(sizeof(w->ppi));
		w->value = cpu_to_le32(m->value[i]);
	}
}

/* Hosts want the pseudo-header sum without the length: segments differ. */
static int netvsc_tx_lso(const struct netvsc_dev *nd, struct sk_buff *skb,
			 struct netvsc_tx_meta *m)
{
	bool ip4 = skb_shinfo(skb)->gso_type & SKB_GSO_TCPV4;
	u32 word = RNDIS_LSO_V2;
	int ret;

	/* Features that went while it was queued, or headers too long. */
	if (unlikely(!(ip4 ? nd->lso4 : nd->lso6) ||
		     skb_network_offset(skb) != ETH_HLEN ||
		     skb_transport_offset(skb) > NETVSC_TX_HDR_OFF_MAX))
		return -EINVAL;
	ret = skb_cow_head(skb, 0);
	if (ret)
		return ret;
	if (ip4) {
		struct iphdr *ip = ip_hdr(skb);

		ip->tot_len = 0;
		ip->check = 0;
		tcp_hdr(skb)->check = ~csum_tcpudp_magic(ip->saddr, ip->daddr,
							 0, IPPROTO_TCP, 0);
	} else {
		word |= RNDIS_LSO_IPV6;
		tcp_v6_gso_csum_prep(skb);
	}
	word |= FIELD_PREP(RNDIS_LSO_HDR_OFF, skb_transport_offset(skb));
	word |= FIELD_PREP(RNDIS_LSO_MSS, skb_shinfo(skb)->gso_size);
	netvsc_meta_add(m, RNDIS_PPI_LSO, word);
	m->csum = true;
	m->segs = skb_shinfo(skb)->gso_segs ?: 1;
	/* Every segment has the headers again. */
	m->wire += (m->segs - 1) * skb_tcp_all_headers(skb);
	return 0;
}

/*
 * The protocol whose checksum is left to the host, and the host's word for its
 * IP version; 0 if there is more between Ethernet and transport header than the
 * host expects: a stacked tag, a tunnel, IPv6 extension headers.
 */
static u8 netvsc_tx_protocol(const struct sk_buff *skb, u32 *word)
{
	int len = skb_transport_offset(skb) - ETH_HLEN;

	if (unlikely(skb_network_offset(skb) != ETH_HLEN))
		return 0;
	switch (skb->protocol) {
	case htons(ETH_P_IP):
		*word = RNDIS_CSUM_TX_IPV4;
		if (unlikely(len < (int)sizeof(struct iphdr) ||
			     len != ip_hdr(skb)->ihl * 4))
			return 0;
		return ip_hdr(skb)->protocol;
	case htons(ETH_P_IPV6):
		*word = RNDIS_CSUM_TX_IPV6;
		if (unlikely(len != sizeof(struct ipv6hdr)))
			return 0;
		return ipv6_hdr(skb)->nexthdr;
	default:
		return 0;
	}
}

/* The checksum word for a packet, or 0 if the host cannot do it. */
static u32 netvsc_tx_csum_word(const struct netvsc_dev *nd,
			       const struct sk_buff *skb)
{
	u32 word = 0, offset;
	bool ip4;
	u8 can;

	switch (netvsc_tx_protocol(skb, &word)) {
	case IPPROTO_TCP:
		ip4 = word & RNDIS_CSUM_TX_IPV4;
		can = ip4 ? NETVSC_L4_TCP4 : NETVSC_L4_TCP6;
		offset = offsetof(struct tcphdr, check);
		word |= RNDIS_CSUM_TX_TCP;
		break;
	case IPPROTO_UDP:
		ip4 = word & RNDIS_CSUM_TX_IPV4;
		can = ip4 ? NETVSC_L4_UDP4 : NETVSC_L4_UDP6;
		offset = offsetof(struct udphdr, check);
		word |= RNDIS_CSUM_TX_UDP;
		break;
	default:
		return 0;
	}
	if (unlikely(!(nd->tx_csum & can) || skb->csum_offset != offset))
		return 0;
	return word | FIELD_PREP(RNDIS_CSUM_TX_HDR_OFF,
				 skb_transport_offset(skb));
}

static int netvsc_tx_csum(const struct netvsc_dev *nd, struct sk_buff *skb,
			  struct netvsc_tx_meta *m)
{
	u32 word = netvsc_tx_csum_word(nd, skb);

	if (!word)
		return skb_checksum_help(skb);
	netvsc_meta_add(m, RNDIS_PPI_CSUM, word);
	m->csum = true;
	return 0;
}

/*
 * Hosts want the tag out of the frame, and take the Ethernet header to have 14
 * bytes. What cannot be moved is sent as it is.
 */
static void netvsc_tx_pop_tag(struct sk_buff *skb)
{
	u16 tci;

	if (skb_vlan_tag_present(skb) || !pskb_may_pull(skb, VLAN_ETH_HLEN))
		return;
	skb_reset_mac_header(skb);
	if (!__skb_vlan_pop(skb, &tci))
		__vlan_hwaccel_put_tag(skb, htons(ETH_P_8021Q), tci);
}

static int netvsc_tx_prepare(const struct netvsc_dev *nd, struct sk_buff *skb,
			     struct netvsc_tx_meta *m)
{
	if (unlikely(skb->protocol == htons(ETH_P_8021Q)))
		netvsc_tx_pop_tag(skb);
	netvsc_meta_init(m, skb->len);
	/* The host spreads by it what it sends on. */
	if (skb->hash && nd->ndev->real_num_tx_queues > 1)
		netvsc_meta_add(m, RNDIS_PPI_HASH_VALUE, skb->hash);
	if (skb_vlan_tag_present(skb))
		netvsc_meta_add_tag(m, skb_vlan_tag_get(skb));
	if (skb_is_gso(skb))
		return netvsc_tx_lso(nd, skb, m);
	if (skb->ip_summed == CHECKSUM_PARTIAL)
		return netvsc_tx_csum(nd, skb, m);
	return 0;
}

static u8 *netvsc_section(const struct netvsc_tx *tx, int slot)
{
	return tx->sections + (slot - NETVSC_SLOT_SECTION) * tx->section_size;
}

static void netvsc_tx_stop(struct netvsc_queue *q)
{
	/* The NAPI poll wakes it when the ring has room. */
	WRITE_ONCE(q->tx.blocked, true);
	if (netif_tx_queue_stopped(netvsc_txq(q)))
		return;
	/* BQL may have stopped it as well, and starts it when it likes. */
	netif_tx_stop_queue(netvsc_txq(q));
	netvsc_stat_inc(&q->tx_stats.sync, &q->tx_stats.stop);
}

/*
 * Writes a packet into the ring. BQL counts it if it was written, and before it
 * can be published: by this, or by receive completions.
 */
static int netvsc_tx_write(struct netvsc_queue *q, const struct vmb_packet *pkt,
			   u32 bytes, bool more)
{
	unsigned long flags;
	int ret;

	vmb_tx_begin(q->ch, &flags);
	ret = vmb_tx_add(q->ch, pkt);
	if (likely(!ret)) {
		/* XDP frames are not counted. */
		if (likely(bytes))
			netdev_tx_sent_queue(netvsc_txq(q), bytes);
		q->tx.unkicked = more;
	}
	vmb_tx_end(q->ch, flags, more);
	return ret;
}

/* The channel failed: drops the packets of the open section. */
static void netvsc_tx_abandon(struct netvsc_queue *q)
{
	struct netvsc_tx *tx = &q->tx;

	netvsc_stat_add(&q->tx_stats.sync, &q->tx_stats.dropped,
			tx->open_packets);
	tx->slots[tx->open_slot].kind = NETVSC_TX_NONE;
	netvsc_fifo_unget(&tx->free_sections, tx->open_slot);
	WRITE_ONCE(tx->open_slot, -1);
}

/* Sends the open section. After -EAGAIN it is still open. */
static int netvsc_tx_send_section(struct netvsc_queue *q, bool more)
{
	struct netvsc_tx *tx = &q->tx;
	int slot = tx->open_slot;
	struct netvsc_tx_slot *s = &tx->slots[slot];
	int ret;

	/* The slot first: it may complete before this returns. */
	s->kind = NETVSC_TX_COPY;
	s->packets = tx->open_bql_packets;
	s->bytes = tx->open_bql_bytes;
	tx->msg.rndis.section = cpu_to_le32(tx->section_base + slot -
					    NETVSC_SLOT_SECTION);
	tx->msg.rndis.section_len = cpu_to_le32(tx->open_len);
	tx->pkt.id = vmb_id_arm(q->ids, slot);
	ret = netvsc_tx_write(q, &tx->pkt, tx->open_bql_bytes, more);
	if (unlikely(ret)) {
		vmb_id_revoke(q->ids, slot);
		return ret;
	}
	WRITE_ONCE(tx->open_slot, -1);
	netvsc_stat_inc(&q->tx_stats.sync, &q->tx_stats.sections_sent);
	return 0;
}

/*
 * Retries once after stopping the queue, in case room appeared before the stop.
 */
static int netvsc_tx_send_or_stop(struct netvsc_queue *q, bool more)
{
	bool stopped = false;
	int ret;

	while (true) {
		ret = netvsc_tx_send_section(q, more);
		if (likely(ret != -EAGAIN) || stopped)
			return ret;
		netvsc_tx_stop(q);
		stopped = true;
	}
}

static void netvsc_tx_kick(struct netvsc_queue *q)
{
	if (q->tx.unkicked) {
		q->tx.unkicked = false;
		vmb_kick(q->ch);
	}
}

/**
 * netvsc_tx_flush() - send the open section
 * @q: queue
 * @more: more packets follow at once; nothing need be published yet
 *
 * If the ring is full the queue is stopped and the section stays open until
 * there is room.
 *
 * Context: TX queue lock.
 */
void netvsc_tx_flush(struct netvsc_queue *q, bool more)
{
	struct netvsc_tx *tx = &q->tx;
	int ret;

	lockdep_assert_held(&netvsc_txq(q)->_xmit_lock);
	if (tx->open_slot >= 0) {
		ret = netvsc_tx_send_or_stop(q, more);
		if (unlikely(ret && ret != -EAGAIN))
			netvsc_tx_abandon(q);
	}
	if (!more)
		netvsc_tx_kick(q);
}

/* Room for @bytes in a section, or NULL. Packets keep their order. */
static u8 *netvsc_tx_reserve(struct netvsc_queue *q, u32 bytes)
{
	struct netvsc_tx *tx = &q->tx;
	int slot = tx->open_slot;

	if (slot >= 0) {
		if (tx->open_packets < tx->max_packets &&
		    bytes <= tx->section_size - tx->open_len)
			return netvsc_section(tx, slot) + tx->open_len;
		netvsc_tx_flush(q, true);
		if (unlikely(tx->open_slot >= 0))
			return NULL;
	}
	slot = netvsc_fifo_get(&tx->free_sections);
	if (slot < 0) {
		netvsc_stat_inc(&q->tx_stats.sync, &q->tx_stats.no_section);
		return NULL;
	}
	WRITE_ONCE(tx->open_slot, slot);
	tx->open_len = 0;
	tx->open_packets = 0;
	tx->open_bql_packets = 0;
	tx->open_bql_bytes = 0;
	return netvsc_section(tx, slot);
}

/*
 * Room for @data_len bytes of packet in a section, with the header written and
 * the padding zeroed; or NULL.
 */
static inline u8 *netvsc_tx_place(struct netvsc_queue *q,
				  const struct netvsc_tx_meta *m, u32 data_len)
{
	u32 header = netvsc_meta_header_len(m);
	struct netvsc_tx *tx = &q->tx;
	u32 bytes = ALIGN(header + data_len, tx->align);
	u8 *at;

	if (unlikely(bytes > tx->section_size))
		return NULL;
	at = netvsc_tx_reserve(q, bytes);
	if (unlikely(!at))
		return NULL;
	if (likely(tx->align == sizeof(u64)))
		*(u64 *)(at + bytes - sizeof(u64)) = 0;
	else
		memset(at + header + data_len, 0, bytes - header - data_len);
	netvsc_tx_header(at, m, bytes, data_len);
	tx->open_len += bytes;
	tx->open_packets++;
	return at + header;
}

/* Copies @skb, which the caller then frees. */
static bool netvsc_tx_copy(struct netvsc_queue *q, const struct sk_buff *skb,
			   const struct netvsc_tx_meta *m)
{
	u8 *at = netvsc_tx_place(q, m, skb->len);

	if (unlikely(!at))
		return false;
	if (likely(!skb_is_nonlinear(skb)))
		memcpy(at, skb->data, skb->len);
	else
		skb_copy_bits(skb, 0, at, skb->len);
	q->tx.open_bql_packets++;
	q->tx.open_bql_bytes += skb->len;
	return true;
}

/* Adds @len physically contiguous bytes. False if they do not fit. */
static bool netvsc_gpa_add(struct vmb_gpa_builder *b, phys_addr_t phys, u32 len)
{
	return likely(b->ranges < NETVSC_MAX_TX_RANGES) &&
	       vmb_gpa_add(b, phys, len);
}

static bool netvsc_gpa_frags(struct vmb_gpa_builder *b,
			     const struct skb_shared_info *si)
{
	for (u32 i = 0; i < si->nr_frags; i++) {
		const skb_frag_t *f = &si->frags[i];

		if (!netvsc_gpa_add(b, page_to_phys(skb_frag_page(f)) +
				    skb_frag_off(f), skb_frag_size(f)))
			return false;
	}
	return true;
}

static bool netvsc_gpa_skb(struct vmb_gpa_builder *b, const struct sk_buff *skb)
{
	if (skb_headlen(skb) &&
	    !netvsc_gpa_add(b, virt_to_phys(skb->data), skb_headlen(skb)))
		return false;
	return netvsc_gpa_frags(b, skb_shinfo(skb));
}

/* Begins a page list with the header, which has room of its own by slot. */
static void netvsc_gpa_begin(struct netvsc_tx *tx, int slot,
			     struct vmb_gpa_builder *b,
			     const struct netvsc_tx_meta *m, u32 data_len)
{
	u8 *header =
		tx->headers + (slot - NETVSC_SLOT_DIRECT) * NETVSC_TX_HDR_BYTES;
	u32 len = netvsc_meta_header_len(m);

	netvsc_tx_header(header, m, len + data_len, data_len);
	vmb_gpa_init(b, tx->gpas, NETVSC_GPA_WORDS);
	vmb_gpa_add(b, virt_to_phys(header), len);
}

/* Sends a page list. Returns -EAGAIN with the queue stopped. */
static int netvsc_tx_send_gpas(struct netvsc_queue *q, int slot,
			       struct vmb_gpa_builder *b, bool more)
{
	struct netvsc_tx *tx = &q->tx;
	u32 bytes = tx->slots[slot].bytes;
	struct vmb_packet pkt = {
		.type = VMB_GPA_DIRECT,
		.flags = VMB_WANT_COMPLETION,
		.desc = b->list,
		.desc_len = vmb_gpa_finish(b),
		.data = &tx->msg,
		.len = sizeof(tx->msg),
	};
	int ret;

	tx->msg.rndis.section = cpu_to_le32(NVSP_NO_SECTION);
	tx->msg.rndis.section_len = 0;
	pkt.id = vmb_id_arm(q->ids, slot);
	ret = netvsc_tx_write(q, &pkt, bytes, more);
	if (unlikely(ret == -EAGAIN)) {
		/* In case room appeared before the stop; the poll wakes it. */
		netvsc_tx_stop(q);
		ret = netvsc_tx_write(q, &pkt, bytes, more);
	}
	if (unlikely(ret))
		vmb_id_revoke(q->ids, slot);
	return ret;
}

/* Frees a slot that was never sent. */
static void netvsc_tx_put_back(struct netvsc_tx *tx, int slot)
{
	tx->slots[slot].kind = NETVSC_TX_NONE;
	netvsc_fifo_unget(&tx->free_direct, slot);
}

/* Describes @skb by its pages; linearizes it if there are too many. */
static int netvsc_tx_describe(struct netvsc_queue *q, int slot,
			      struct vmb_gpa_builder *b, struct sk_buff *skb,
			      const struct netvsc_tx_meta *m)
{
	netvsc_gpa_begin(&q->tx, slot, b, m, skb->len);
	if (likely(netvsc_gpa_skb(b, skb)))
		return 0;
	netvsc_stat_inc(&q->tx_stats.sync, &q->tx_stats.linearized);
	if (skb_linearize(skb))
		return -ENOMEM;
	netvsc_gpa_begin(&q->tx, slot, b, m, skb->len);
	return netvsc_gpa_skb(b, skb) ? 0 : -EMSGSIZE;
}

/*
 * Sends @skb from where it lies: 0, -ENOSPC without a free slot, -EAGAIN with
 * the queue stopped, or another error.
 */
static int netvsc_tx_direct(struct netvsc_queue *q, struct sk_buff *skb,
			    const struct netvsc_tx_meta *m, bool more)
{
	bool stamp = skb_shinfo(skb)->tx_flags & SKBTX_ANY_TSTAMP;
	struct netvsc_tx *tx = &q->tx;
	struct vmb_gpa_builder b;
	int slot, ret;

	netvsc_tx_flush(q, true);
	if (unlikely(tx->open_slot >= 0))
		return -EAGAIN;
	slot = netvsc_fifo_get(&tx->free_direct);
	if (unlikely(slot < 0))
		return -ENOSPC;
	ret = netvsc_tx_describe(q, slot, &b, skb, m);
	if (unlikely(ret))
		goto put_back;
	/* The slot first: it may complete before vmb_send() returns. */
	tx->slots[slot] = (struct netvsc_tx_slot) {
		.kind = NETVSC_TX_SKB,
		.owner = skb,
		.packets = 1,
		.bytes = skb->len,
	};
	/* Stamped once, when it is sent; it may have completed by then. */
	if (unlikely(stamp))
		skb_get(skb);
	ret = netvsc_tx_send_gpas(q, slot, &b, more);
	if (unlikely(stamp)) {
		if (!ret)
			skb_tx_timestamp(skb);
		dev_consume_skb_any(skb);
	}
	if (likely(!ret))
		return 0;
put_back:
	netvsc_tx_put_back(tx, slot);
	return ret;
}

/* Counts a packet that was accepted; it may have completed already. */
static void netvsc_tx_count(struct netvsc_queue *q,
			    const struct netvsc_tx_meta *m, bool direct)
{
	struct netvsc_tx_stats *st = &q->tx_stats;

	u64_stats_update_begin(&st->sync);
	u64_stats_add(&st->bytes, m->wire);
	u64_stats_add(&st->packets, m->segs);
	if (direct)
		u64_stats_inc(&st->direct);
	else
		u64_stats_inc(&st->copied);
	if (m->csum)
		u64_stats_add(&st->needs_csum, m->segs);
	if (m->segs > 1) {
		u64_stats_inc(&st->gso_packets);
		u64_stats_add(&st->gso_bytes, m->len);
		u64_stats_add(&st->gso_wire_packets, m->segs);
		u64_stats_add(&st->gso_wire_bytes, m->wire);
	}
	u64_stats_update_end(&st->sync);
}

/*
 * While the host has work, packets that come one by one are gathered as well:
 * a completion that leaves it with less sends what there is, see
 * netvsc_tx_release(). Not from netpoll, which may not see another one.
 */
static bool netvsc_tx_hold(struct netvsc_queue *q)
{
	struct netvsc_tx *tx = &q->tx;

	if (tx->open_slot < 0 || netif_xmit_stopped(netvsc_txq(q)))
		return false;
	/* Pairs with netvsc_tx_release(): the section first, then the slots. */
	smp_mb();
	if (!netvsc_tx_host_busy(tx) || irqs_disabled())
		return false;
	netvsc_tx_kick(q);
	return true;
}

/* Stops before the slots run out; flushes at the end of a batch. */
static inline void netvsc_tx_accepted(struct netvsc_queue *q, bool kick)
{
	struct netdev_queue *txq = netvsc_txq(q);

	if (!netif_txq_maybe_stop(txq, netvsc_fifo_count(&q->tx.free_direct), 1,
				  NETVSC_TX_WAKE))
		netvsc_stat_inc(&q->tx_stats.sync, &q->tx_stats.stop);
	if (!kick && likely(!netif_xmit_stopped(txq)))
		return;
	if (!netvsc_tx_hold(q))
		netvsc_tx_flush(q, false);
}

/* No room now: the stack keeps the packet, the queue is stopped. */
static netdev_tx_t netvsc_tx_busy(struct netvsc_queue *q, int ret)
{
	struct netdev_queue *txq = netvsc_txq(q);

	if (ret == -EAGAIN)
		netvsc_tx_stop(q);
	else if (!netif_txq_try_stop(txq, netvsc_fifo_count(&q->tx.free_direct),
				     1))
		netvsc_stat_inc(&q->tx_stats.sync, &q->tx_stats.stop);
	netvsc_tx_flush(q, false);
	netvsc_stat_inc(&q->tx_stats.sync, &q->tx_stats.busy);
	return NETDEV_TX_BUSY;
}

/* The packet is not ours any more; those before it may wait for the last. */
static netdev_tx_t netvsc_tx_passed(struct netvsc_queue *q, bool more)
{
	if (!more && q->tx.ready)
		netvsc_tx_flush(q, false);
	return NETDEV_TX_OK;
}

static netdev_tx_t netvsc_tx_drop(struct netvsc_queue *q, struct sk_buff *skb,
				  int ret, bool more)
{
	struct netvsc_tx_stats *st = &q->tx_stats;

	dev_kfree_skb_any(skb);
	u64_stats_update_begin(&st->sync);
	u64_stats_inc(&st->dropped);
	if (ret == -ENOMEM)
		u64_stats_inc(&st->no_memory);
	else if (ret == -EMSGSIZE)
		u64_stats_inc(&st->too_big);
	u64_stats_update_end(&st->sync);
	return netvsc_tx_passed(q, more);
}

/**
 * netvsc_start_xmit() - ndo_start_xmit
 * @skb: packet
 * @ndev: net device
 *
 * TX queue lock, softirq disabled; also with interrupts off (netpoll).
 *
 * Return: NETDEV_TX_OK, or NETDEV_TX_BUSY with the queue stopped.
 */
netdev_tx_t netvsc_start_xmit(struct sk_buff *skb, struct net_device *ndev)
{
	struct netvsc_dev *nd = netdev_priv(ndev);
	struct netvsc_queue *q = &nd->queues[skb_get_queue_mapping(skb)];
	bool more = netdev_xmit_more();
	struct netvsc_tx_meta meta;
	int ret = -ENETDOWN;

	if (unlikely(READ_ONCE(nd->vf.active)) && netvsc_vf_xmit(nd, skb))
		return netvsc_tx_passed(q, more);
	if (unlikely(!q->tx.ready || skb->len < ETH_HLEN))
		goto drop;
	ret = netvsc_tx_prepare(nd, skb, &meta);
	if (unlikely(ret))
		goto drop;
	if (meta.len <= NETVSC_TX_COPY_MAX && netvsc_tx_copy(q, skb, &meta)) {
		skb_tx_timestamp(skb);
		/* To this CPU's cache of heads, except from netpoll. */
		napi_consume_skb(skb, !irqs_disabled());
		netvsc_tx_count(q, &meta, false);
		netvsc_tx_accepted(q, !more);
		return NETDEV_TX_OK;
	}
	ret = netvsc_tx_direct(q, skb, &meta, more);
	if (likely(!ret)) {
		netvsc_tx_count(q, &meta, true);
		netvsc_tx_accepted(q, false);
		return NETDEV_TX_OK;
	}
	if (ret == -EAGAIN || ret == -ENOSPC)
		return netvsc_tx_busy(q, ret);
drop:
	return netvsc_tx_drop(q, skb, ret, more);
}

static void netvsc_copy_frame(u8 *at, const struct xdp_frame *frame)
{
	const struct skb_shared_info *si;

	memcpy(at, frame->data, frame->len);
	if (likely(!xdp_frame_has_frags(frame)))
		return;
	at += frame->len;
	si = xdp_get_shared_info_from_frame(frame);
	for (u32 i = 0; i < si->nr_frags; i++) {
		memcpy(at, skb_frag_address(&si->frags[i]),
		       skb_frag_size(&si->frags[i]));
		at += skb_frag_size(&si->frags[i]);
	}
}

static int netvsc_tx_direct_frame(struct netvsc_queue *q,
				  struct xdp_frame *frame, u32 len,
				  const struct netvsc_tx_meta *m)
{
	struct netvsc_tx *tx = &q->tx;
	struct vmb_gpa_builder b;
	int slot, ret;

	netvsc_tx_flush(q, true);
	if (tx->open_slot >= 0)
		return -EAGAIN;
	slot = netvsc_fifo_get(&tx->free_direct);
	if (slot < 0)
		return -ENOSPC;
	netvsc_gpa_begin(tx, slot, &b, m, len);
	ret = -EMSGSIZE;
	if (!netvsc_gpa_add(&b, virt_to_phys(frame->data), frame->len))
		goto put_back;
	if (xdp_frame_has_frags(frame) &&
	    !netvsc_gpa_frags(&b, xdp_get_shared_info_from_frame(frame)))
		goto put_back;
	tx->slots[slot] = (struct netvsc_tx_slot) {
		.kind = NETVSC_TX_XDP,
		.owner = frame,
	};
	ret = netvsc_tx_send_gpas(q, slot, &b, true);
	if (!ret)
		return 0;
put_back:
	netvsc_tx_put_back(tx, slot);
	return ret;
}

/* As netvsc_tx_pop_tag(). True if there was one. */
static bool netvsc_frame_pop_tag(struct xdp_frame *frame, u16 *tci)
{
	struct vlan_ethhdr *vh = frame->data;

	if (frame->len < VLAN_ETH_HLEN ||
	    likely(vh->h_vlan_proto != htons(ETH_P_8021Q)))
		return false;
	*tci = ntohs(vh->h_vlan_TCI);
	frame->data += VLAN_HLEN;
	frame->len -= VLAN_HLEN;
	memmove(frame->data, vh, 2 * ETH_ALEN);
	return true;
}

/**
 * netvsc_tx_xdp_frame() - send an XDP frame
 * @q: queue
 * @frame: frame; consumed on success
 * @tag: VLAN tag that is not in the frame, or NULL
 *
 * The caller flushes.
 *
 * Context: TX queue lock.
 * Return: 0, -EAGAIN or another -errno; on failure the caller owns the frame,
 * which may have lost its tag.
 */
int netvsc_tx_xdp_frame(struct netvsc_queue *q, struct xdp_frame *frame,
			const u16 *tag)
{
	struct netvsc_tx_meta meta;
	u32 len;
	u16 tci;
	int ret;
	u8 *at;

	if (unlikely(!q->tx.ready || xdp_get_frame_len(frame) < ETH_HLEN))
		return -ENETDOWN;
	if (!tag && netvsc_frame_pop_tag(frame, &tci))
		tag = &tci;
	len = xdp_get_frame_len(frame);
	netvsc_meta_init(&meta, len);
	if (tag)
		netvsc_meta_add_tag(&meta, *tag);
	at = len <= NETVSC_TX_COPY_MAX ? netvsc_tx_place(q, &meta, len) : NULL;
	if (at) {
		netvsc_copy_frame(at, frame);
		xdp_return_frame(frame);
	} else {
		ret = netvsc_tx_direct_frame(q, frame, len, &meta);
		if (ret)
			return ret;
	}
	netvsc_tx_count(q, &meta, !at);
	netvsc_stat_inc(&q->tx_stats.sync, &q->tx_stats.xdp_xmit);
	return 0;
}
