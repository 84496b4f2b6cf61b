// SPDX-License-Identifier: GPL-2.0
/*
 * Receive. The host puts RNDIS messages into the receive buffer and names them
 * in transfer-page packets. A message's header is copied and checked; then the
 * frame is copied once, from the shared buffer to page_pool memory. When all of
 * a packet's messages are done it is completed, which returns its sections to
 * the host.
 *
 * All of it runs in the queue's NAPI poll, but for setup and teardown.
 */
#include <linux/align.h>
#include <linux/err.h>
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/tcp.h>
#include <linux/string.h>
#include <linux/timer.h>
#include <net/gro.h>
#include <net/netdev_lock.h>
#include <net/page_pool/helpers.h>
#include <wire/nvsp.h>

#include "net.h"
#include "parse.h"
#include "queue.h"
#include "rndis.h"
#include "rx.h"
#include "xdp.h"

#define NETVSC_RX_HEADROOM		(NET_SKB_PAD + NET_IP_ALIGN)
/*
 * What is read of a message at once, in whole 64-bit words: its header and as
 * many PPIs as are usual.
 */
#define NETVSC_RX_FIRST		ALIGN(sizeof(struct rndis_data_hdr) + \
				      3 * sizeof(struct rndis_ppi_word), 8)
/* Head of a packet that does not fit into one page: all of its headers. */
#define NETVSC_RX_HEAD		256u
/* Pages that a queue keeps. */
#define NETVSC_RX_POOL		512u

/*
 * Receive sections that a queue returns together, so that not every packet
 * costs an exit to the host; fewer if the host has few. After a tick they are
 * returned in any case.
 */
#define NETVSC_RX_PENDING_MAX	16u

/* References of a page that is split: more than there can be fragments. */
#define NETVSC_RX_FRAGS		(PAGE_SIZE / SMP_CACHE_BYTES)

/* Reads a checked message's PPIs into the private copy and parses them. */
static bool netvsc_rx_ppis(struct netvsc_rx *rx, const u8 *msg, u32 copied,
			   struct netvsc_rx_info *info)
{
	if (!info->ppi_len)
		return true;
	/* Usually right behind the header, and copied with it. */
	if (unlikely(info->ppi_offset != offsetof(typeof(rx->priv), ppi) ||
		     info->ppi_offset + info->ppi_len > copied)) {
		if (info->ppi_len > sizeof(rx->priv.ppi))
			return false;
		memcpy((u8 *)rx->priv.ppi, msg + info->ppi_offset,
		       info->ppi_len);
		/* Only the copy from here on: shared memory is read once. */
		barrier();
	}
	return !netvsc_rndis_parse_ppi(rx->priv.ppi, info->ppi_len, info);
}

/*
 * Adds bytes of shared memory to a packet, as page fragments. False without
 * memory or with too many fragments.
 */
static bool netvsc_rx_append(struct netvsc_rx *rx, struct sk_buff *skb,
			     const u8 *src, u32 len)
{
	struct page *page;
	u32 part;

	while (len) {
		if (skb_shinfo(skb)->nr_frags == MAX_SKB_FRAGS)
			return false;
		page = page_pool_dev_alloc_pages(rx->pool);
		if (!page)
			return false;
		part = min_t(u32, len, PAGE_SIZE);
		memcpy(page_address(page), src, part);
		skb_add_rx_frag(skb, skb_shinfo(skb)->nr_frags, page, 0, part,
				PAGE_SIZE);
		src += part;
		len -= part;
	}
	return true;
}

/* Fills up the last fragment of @skb. Returns the bytes that it took. */
static u32 netvsc_rx_fill(struct sk_buff *skb, const u8 *src, u32 len)
{
	struct skb_shared_info *si = skb_shinfo(skb);
	skb_frag_t *f;
	u32 used, part;

	if (!si->nr_frags)
		return 0;
	f = &si->frags[si->nr_frags - 1];
	used = skb_frag_size(f);
	if (used >= PAGE_SIZE)
		return 0;
	part = min(len, (u32)PAGE_SIZE - used);
	memcpy(skb_frag_address(f) + used, src, part);
	skb_frag_size_add(f, part);
	skb->len += part;
	skb->data_len += part;
	return part;
}

/* The page is used up: drops the references that no fragment has. */
static void netvsc_rx_frag_end(struct netvsc_rx *rx, bool in_poll)
{
	if (!rx->frag_page)
		return;
	if (!page_pool_unref_page(rx->frag_page, rx->frag_refs))
		page_pool_put_unrefed_page(rx->pool, rx->frag_page, -1,
					   in_poll);
	rx->frag_page = NULL;
	rx->frag_left = 0;
}

static bool netvsc_rx_frag_begin(struct netvsc_rx *rx)
{
	netvsc_rx_frag_end(rx, true);
	rx->frag_page = page_pool_dev_alloc_pages(rx->pool);
	if (unlikely(!rx->frag_page))
		return false;
	/* One reference per fragment, plus our own. */
	page_pool_fragment_page(rx->frag_page, NETVSC_RX_FRAGS + 1);
	rx->frag_refs = NETVSC_RX_FRAGS + 1;
	rx->frag_left = PAGE_SIZE;
	return true;
}

/*
 * Fragment of @size bytes, a multiple of a cache line and at most a page, of a
 * page that several packets share. page_pool_alloc_frag() does the same for any
 * size and order, at three times the cost.
 */
static inline void *netvsc_rx_frag(struct netvsc_rx *rx, u32 size)
{
	if (unlikely(size > rx->frag_left) && !netvsc_rx_frag_begin(rx))
		return NULL;
	rx->frag_refs--;
	rx->frag_left -= size;
	return page_address(rx->frag_page) + rx->frag_left;
}

static struct sk_buff *netvsc_rx_head(struct netvsc_rx *rx, const u8 *src,
				      u32 len)
{
	u32 size = SKB_DATA_ALIGN(NETVSC_RX_HEADROOM + len) +
		   SKB_DATA_ALIGN(sizeof(struct skb_shared_info));
	struct sk_buff *skb;
	void *va;

	va = netvsc_rx_frag(rx, size);
	if (unlikely(!va))
		return NULL;
	memcpy(va + NETVSC_RX_HEADROOM, src, len);
	skb = napi_build_skb(va, size);
	if (unlikely(!skb)) {
		page_pool_free_va(rx->pool, va, true);
		return NULL;
	}
	skb_mark_for_recycle(skb);
	skb_reserve(skb, NETVSC_RX_HEADROOM);
	__skb_put(skb, len);
	return skb;
}

/* One copy of a frame, in one piece if it fits into a page. */
static struct sk_buff *netvsc_rx_build(struct netvsc_rx *rx, const u8 *src,
				       u32 len)
{
	u32 head = len;
	struct sk_buff *skb;

	if (unlikely(len > SKB_WITH_OVERHEAD(PAGE_SIZE - NETVSC_RX_HEADROOM)))
		head = NETVSC_RX_HEAD;
	skb = netvsc_rx_head(rx, src, head);
	if (unlikely(skb && head < len &&
		     !netvsc_rx_append(rx, skb, src + head, len - head))) {
		dev_kfree_skb_any(skb);
		return NULL;
	}
	return skb;
}

/* Hosts leave the IPv4 header checksum open in what they coalesced. */
static void netvsc_rx_fix_ip(struct sk_buff *skb)
{
	struct iphdr *ip = (struct iphdr *)skb->data;

	if (skb->protocol != htons(ETH_P_IP) ||
	    skb_headlen(skb) < sizeof(*ip) || ip->ihl < 5 ||
	    skb_headlen(skb) < ip->ihl * 4)
		return;
	ip_send_check(ip);
}

static void netvsc_rx_csum(struct netvsc_queue *q, struct sk_buff *skb,
			   const struct netvsc_rx_info *info)
{
	const u32 blank = RNDIS_CSUM_RX_IP_BLANK | RNDIS_CSUM_RX_IP_OK;
	struct netvsc_rx_stats *st = &q->rx_stats;

	if (!(info->flags & NETVSC_RX_CSUM)) {
		u64_stats_inc(&st->csum_none);
		return;
	}
	/* Whatever is left to the stack: this sum is not in the packet. */
	if (unlikely((info->csum & blank) == blank))
		netvsc_rx_fix_ip(skb);
	if (info->csum & (RNDIS_CSUM_RX_TCP_OK | RNDIS_CSUM_RX_UDP_OK)) {
		if (unlikely(!(skb->dev->features & NETIF_F_RXCSUM)))
			return;
		skb->ip_summed = CHECKSUM_UNNECESSARY;
		u64_stats_inc(&st->csum_ok);
	} else if (info->csum & (RNDIS_CSUM_RX_TCP_BAD |
				 RNDIS_CSUM_RX_UDP_BAD)) {
		u64_stats_inc(&st->csum_bad);
	} else {
		u64_stats_inc(&st->csum_none);
	}
}

/* Length of the IP and TCP headers, 0 if this is not plain TCP. */
static u32 netvsc_rx_tcp_header(const struct sk_buff *skb)
{
	u32 have = skb_headlen(skb), at;
	const struct tcphdr *th;

	if (skb->protocol == htons(ETH_P_IP)) {
		const struct iphdr *ip = (const struct iphdr *)skb->data;

		if (have < sizeof(*ip) || ip->ihl < 5 || ip_is_fragment(ip) ||
		    ip->protocol != IPPROTO_TCP)
			return 0;
		at = ip->ihl * 4;
	} else if (skb->protocol == htons(ETH_P_IPV6)) {
		const struct ipv6hdr *ip6 = (const struct ipv6hdr *)skb->data;

		if (have < sizeof(*ip6) || ip6->nexthdr != IPPROTO_TCP)
			return 0;
		at = sizeof(*ip6);
	} else {
		return 0;
	}
	if (have < at + sizeof(*th))
		return 0;
	th = (const struct tcphdr *)(skb->data + at);
	at += th->doff * 4;
	return th->doff < 5 || at > skb->len ? 0 : at;
}

/*
 * The size of the segments that the host coalesced is not known. TCP wants an
 * estimate, for its acknowledgements: a sender of bulk data fills the MTU.
 */
static void netvsc_rx_lro(struct sk_buff *skb)
{
	u32 header = netvsc_rx_tcp_header(skb);
	u32 mss = skb->dev->mtu - header;

	if (!header || header >= skb->dev->mtu || skb->len - header <= mss)
		return;
	skb_shinfo(skb)->gso_size = mss;
	/* With a type it can be forwarded, and read with a virtio header. */
	skb_shinfo(skb)->gso_type = skb->protocol == htons(ETH_P_IP) ?
				    SKB_GSO_TCPV4 : SKB_GSO_TCPV6;
	skb_shinfo(skb)->gso_segs = DIV_ROUND_UP(skb->len - header, mss);
}

/*
 * Passes a packet to the stack; its protocol is set, its data begin behind the
 * Ethernet header. Inlined: once for each frame.
 */
static __always_inline void netvsc_rx_pass(struct netvsc_queue *q,
					   struct sk_buff *skb,
					   const struct netvsc_rx_info *info)
{
	struct netvsc_rx_stats *st = &q->rx_stats;

	skb_record_rx_queue(skb, q->index);
	u64_stats_update_begin(&st->sync);
	u64_stats_inc(&st->packets);
	u64_stats_add(&st->bytes, skb->len + ETH_HLEN);
	if (unlikely(skb->pkt_type == PACKET_MULTICAST))
		u64_stats_inc(&st->multicast);
	netvsc_rx_csum(q, skb, info);
	u64_stats_update_end(&st->sync);

	if (info->flags & NETVSC_RX_HASH && skb->dev->features & NETIF_F_RXHASH)
		skb_set_hash(skb, info->hash, PKT_HASH_TYPE_L4);
	if (info->flags & NETVSC_RX_VLAN)
		__vlan_hwaccel_put_tag(skb, htons(ETH_P_8021Q), info->vlan_tci);
	if (unlikely(info->flags & NETVSC_RX_RSC))
		netvsc_rx_lro(skb);
	napi_gro_receive(&q->napi, skb);
}

static void netvsc_rx_finish(struct netvsc_queue *q, struct sk_buff *skb,
			     const struct netvsc_rx_info *info)
{
	skb->protocol = eth_type_trans(skb, q->nd->ndev);
	netvsc_rx_pass(q, skb, info);
}

static void netvsc_rx_rsc_abort(struct netvsc_queue *q)
{
	if (!q->rx.rsc)
		return;
	dev_kfree_skb_any(q->rx.rsc);
	q->rx.rsc = NULL;
	netvsc_stat_inc(&q->rx_stats.sync, &q->rx_stats.malformed);
}

/* No memory for a coalesced packet: it is dropped, and what follows of it. */
static void netvsc_rx_rsc_drop(struct netvsc_queue *q)
{
	if (q->rx.rsc)
		dev_kfree_skb_any(q->rx.rsc);
	q->rx.rsc = NULL;
	q->rx.rsc_dropped = true;
	netvsc_stat_inc(&q->rx_stats.sync, &q->rx_stats.no_memory);
}

static void netvsc_rx_rsc_first(struct netvsc_queue *q, const u8 *src,
				const struct netvsc_rx_info *info)
{
	struct netvsc_rx *rx = &q->rx;
	u32 head = min(info->data_len, NETVSC_RX_HEAD);

	rx->rsc_info = *info;
	rx->rsc_segments = 0;
	rx->rsc_dropped = false;
	rx->rsc = netvsc_rx_head(rx, src, head);
	if (!rx->rsc ||
	    !netvsc_rx_append(rx, rx->rsc, src + head, info->data_len - head))
		netvsc_rx_rsc_drop(q);
}

/* False if it makes the packet too long. */
static bool netvsc_rx_rsc_next(struct netvsc_queue *q, const u8 *src, u32 len)
{
	struct netvsc_rx *rx = &q->rx;
	u32 part;

	if (len > NETVSC_FRAME_MAX - rx->rsc->len)
		return false;
	part = netvsc_rx_fill(rx->rsc, src, len);
	if (!netvsc_rx_append(rx, rx->rsc, src + part, len - part))
		netvsc_rx_rsc_drop(q);
	return true;
}

static void netvsc_rx_rsc_last(struct netvsc_queue *q)
{
	struct netvsc_rx *rx = &q->rx;
	struct sk_buff *skb = rx->rsc;

	rx->rsc = NULL;
	u64_stats_update_begin(&q->rx_stats.sync);
	u64_stats_inc(&q->rx_stats.rsc_packets);
	u64_stats_add(&q->rx_stats.rsc_bytes, skb->len);
	u64_stats_add(&q->rx_stats.rsc_segments, rx->rsc_segments);
	u64_stats_update_end(&q->rx_stats.sync);
	netvsc_rx_finish(q, skb, &rx->rsc_info);
}

/* One fragment of a coalesced packet; they come in order. False if not. */
static bool netvsc_rx_rsc(struct netvsc_queue *q, const u8 *src,
			  const struct netvsc_rx_info *info)
{
	struct netvsc_rx *rx = &q->rx;

	if (info->rsc_flags & RNDIS_RSC_FIRST) {
		netvsc_rx_rsc_abort(q);
		netvsc_rx_rsc_first(q, src, info);
	} else if (rx->rsc) {
		if (!netvsc_rx_rsc_next(q, src, info->data_len))
			return false;
	} else if (!rx->rsc_dropped) {
		return false;
	}
	rx->rsc_segments++;
	if (info->rsc_flags & RNDIS_RSC_LAST && rx->rsc)
		netvsc_rx_rsc_last(q);
	return true;
}

/* Runs the program. It sees every frame, or the frame goes no further. */
static void netvsc_rx_xdp(struct netvsc_queue *q, struct bpf_prog *prog,
			  const u8 *src, const struct netvsc_rx_info *info)
{
	struct sk_buff *skb;

	/* Coalesced before that was turned off: the wire had no such frame. */
	if (unlikely(info->flags & NETVSC_RX_RSC)) {
		netvsc_stat_inc(&q->rx_stats.sync, &q->rx_stats.dropped);
		return;
	}
	skb = netvsc_xdp_receive(q, prog, src, info);
	if (skb)
		netvsc_rx_pass(q, skb, info);
}

/* A checked frame. False if it is malformed. */
static bool netvsc_rx_frame(struct netvsc_queue *q, const u8 *msg,
			    const struct netvsc_rx_info *info)
{
	const u8 *src = msg + info->data_offset;
	struct bpf_prog *prog;
	struct sk_buff *skb;

	if (unlikely(!netif_running(q->nd->ndev)))
		return true;
	prog = rcu_dereference_bh(q->nd->prog);
	if (unlikely(prog)) {
		netvsc_rx_xdp(q, prog, src, info);
		return true;
	}
	if (unlikely(info->flags & NETVSC_RX_RSC))
		return netvsc_rx_rsc(q, src, info);
	skb = netvsc_rx_build(&q->rx, src, info->data_len);
	if (likely(skb))
		netvsc_rx_finish(q, skb, info);
	else
		netvsc_stat_inc(&q->rx_stats.sync, &q->rx_stats.no_memory);
	return true;
}

/* One message in the receive buffer. False if it is malformed. */
static bool netvsc_rx_message(struct netvsc_queue *q, const u8 *msg, u32 len)
{
	struct netvsc_rx *rx = &q->rx;
	struct netvsc_rx_info *info = &rx->info;
	u32 copied;

	if (likely(len >= NETVSC_RX_FIRST)) {
		memcpy(&rx->priv, msg, NETVSC_RX_FIRST);
		copied = NETVSC_RX_FIRST;
	} else if (len >= sizeof(rx->priv.hdr)) {
		memcpy(&rx->priv.hdr, msg, sizeof(rx->priv.hdr));
		copied = sizeof(rx->priv.hdr);
	} else {
		return netvsc_rndis_control(q->nd, msg, len);
	}
	/* Only the copy from here on: shared memory is read once. */
	barrier();
	if (unlikely(rx->priv.hdr.hdr.type != cpu_to_le32(RNDIS_PACKET)))
		return netvsc_rndis_control(q->nd, msg, len);
	if (unlikely(netvsc_rndis_parse_packet(&rx->priv.hdr, len, info)) ||
	    unlikely(!netvsc_rx_ppis(rx, msg, copied, info)) ||
	    unlikely(!netvsc_rx_has_header(info)))
		return false;
	return netvsc_rx_frame(q, msg, info);
}

static void netvsc_rx_range(struct netvsc_queue *q,
			    const struct vmb_xfer_range *r)
{
	u32 offset = le32_to_cpu(r->offset);
	u32 len = le32_to_cpu(r->len);
	struct netvsc_rx *rx = &q->rx;

	if (likely(offset <= rx->buf_len && len <= rx->buf_len - offset) &&
	    likely(netvsc_rx_message(q, rx->buf + offset, len)))
		return;
	rx->xfer_bad = true;
	netvsc_stat_inc(&q->rx_stats.sync, &q->rx_stats.malformed);
	/* It may have been an RSC fragment: drop the partial frame. */
	netvsc_rx_rsc_abort(q);
}

/* All ranges are done: the completion is pending. */
static void netvsc_rx_xfer_done(struct netvsc_queue *q)
{
	struct netvsc_rx *rx = &q->rx;

	netvsc_rx_rsc_abort(q);
	rx->rsc_dropped = false;
	rx->xfer = NULL;
	rx->pending_sections += rx->xfer_count;
	if (unlikely(!netvsc_pending_add(&rx->pending, rx->xfer_id,
					 rx->xfer_bad)))
		vmb_channel_break(q->ch, "more packets in flight than receive sections");
}

/**
 * netvsc_rx_ranges() - continue with the transfer-page packet in progress
 * @q: queue
 * @budget: number of messages that may be handled
 *
 * Context: NAPI poll.
 * Return: number of messages that were handled.
 */
int netvsc_rx_ranges(struct netvsc_queue *q, int budget)
{
	struct netvsc_rx *rx = &q->rx;
	int done = 0;

	while (rx->xfer_next < rx->xfer_count) {
		if (done == budget)
			return done;
		netvsc_rx_range(q, &rx->xfer->range[rx->xfer_next++]);
		done++;
	}
	netvsc_rx_xfer_done(q);
	return done;
}

/**
 * netvsc_rx_xfer() - begin with a transfer-page packet
 * @q: queue with none in progress
 * @pkt: packet; stays valid until the next vmb_recv()
 *
 * One that names no messages is completed with an error; one that comes before
 * there is a receive buffer breaks the channel.
 *
 * Context: NAPI poll.
 */
void netvsc_rx_xfer(struct netvsc_queue *q, const struct vmb_rx *pkt)
{
	const struct nvsp_msg *m = pkt->data;
	struct netvsc_rx *rx = &q->rx;

	/* Pairs with netvsc_rx_attach_buf(), which allocates the list first. */
	if (unlikely(!smp_load_acquire(&rx->buf))) {
		vmb_channel_break(q->ch, "frames without a receive buffer");
		return;
	}
	rx->xfer = pkt->desc;
	rx->xfer_id = pkt->id;
	rx->xfer_next = 0;
	rx->xfer_bad = false;
	if (likely(netvsc_xfer_ok(rx->xfer, pkt->desc_len) &&
		   pkt->len >= offsetofend(struct nvsp_msg, rndis) &&
		   m->type == cpu_to_le32(NVSP_RNDIS))) {
		rx->xfer_count = le32_to_cpu(rx->xfer->count);
	} else {
		rx->xfer_count = 0;
		rx->xfer_bad = true;
		netvsc_stat_inc(&q->rx_stats.sync, &q->rx_stats.malformed);
	}
	netvsc_stat_inc(&q->rx_stats.sync, &q->rx_stats.xfers);
}

/**
 * netvsc_rx_acknowledge() - acknowledge an in-band message
 * @q: queue that it came on
 * @id: its transaction id
 *
 * It is sent at the end of the poll, or of a later one if the ring is full.
 *
 * Context: NAPI poll.
 */
void netvsc_rx_acknowledge(struct netvsc_queue *q, u64 id)
{
	struct netvsc_rx *rx = &q->rx;

	if (rx->ack_count == ARRAY_SIZE(rx->acks)) {
		netvsc_stat_inc(&q->rx_stats.sync, &q->rx_stats.stray);
		return;
	}
	rx->acks[rx->ack_count++] = id;
}

/* Sends acknowledgments, as far as there is room. */
static void netvsc_rx_send_acks(struct netvsc_queue *q)
{
	struct vmb_packet pkt = { .type = VMB_COMPLETION };
	struct netvsc_rx *rx = &q->rx;

	while (rx->ack_count) {
		pkt.id = rx->acks[rx->ack_count - 1];
		if (vmb_tx_add(q->ch, &pkt))
			break;
		rx->ack_count--;
	}
}

/**
 * netvsc_rx_completion_due() - must pending receive completions be sent now
 * @rx: receive side
 *
 * At the end of a NAPI poll. They are gathered, but for a tick at most.
 *
 * Context: NAPI poll.
 * Return: true if so.
 */
bool netvsc_rx_completion_due(struct netvsc_rx *rx)
{
	if (unlikely(rx->ack_count))
		return true;
	if (!netvsc_pending_count(&rx->pending))
		return false;
	if (rx->pending_sections >= rx->pending_max ||
	    READ_ONCE(rx->pending_late))
		return true;
	if (!timer_pending(&rx->pending_timer))
		mod_timer(&rx->pending_timer, jiffies + 1);
	return false;
}

static void netvsc_rx_pending_timeout(struct timer_list *t)
{
	struct netvsc_queue *q = timer_container_of(q, t, rx.pending_timer);

	WRITE_ONCE(q->rx.pending_late, true);
	napi_schedule(&q->napi);
}

/**
 * netvsc_rx_complete() - send the pending receive completions
 * @q: queue
 *
 * What does not fit into the ring stays pending; the channel's writable event
 * brings the poll back.
 *
 * Context: NAPI poll.
 */
void netvsc_rx_complete(struct netvsc_queue *q)
{
	struct netvsc_pending *p = &q->rx.pending;
	struct {
		__le32 type;
		__le32 status;
	} msg = { .type = cpu_to_le32(NVSP_RNDIS_COMPLETE) };
	struct vmb_packet pkt = {
		.type = VMB_COMPLETION,
		.data = &msg,
		.len = sizeof(msg),
	};
	unsigned long flags;
	u32 at;

	vmb_tx_begin(q->ch, &flags);
	netvsc_rx_send_acks(q);
	while (p->tail != p->head) {
		at = p->tail & p->mask;
		msg.status = test_bit(at, p->bad) ? cpu_to_le32(NVSP_FAIL) :
						    cpu_to_le32(NVSP_OK);
		pkt.id = p->id[at];
		if (vmb_tx_add(q->ch, &pkt))
			break;
		p->tail++;
	}
	vmb_tx_end(q->ch, flags, false);
	q->rx.pending_sections = 0;
	/* What is left is sent with the next poll, however little it is. */
	WRITE_ONCE(q->rx.pending_late, netvsc_pending_count(p) != 0);
	if (unlikely(netvsc_pending_count(p)))
		netvsc_stat_inc(&q->rx_stats.sync,
				&q->rx_stats.completions_deferred);
}

static int netvsc_rx_make_pool(struct netvsc_queue *q)
{
	struct page_pool_params params = {
		.pool_size = NETVSC_RX_POOL,
		.nid = NUMA_NO_NODE,
		.dev = q->nd->vdev->dev,
		.napi = &q->napi,
		.netdev = q->nd->ndev,
		.queue_idx = q->index,
	};
	struct page_pool *pool;

	pool = page_pool_create(&params);
	if (IS_ERR(pool))
		return PTR_ERR(pool);
	q->rx.pool = pool;
	return 0;
}

/**
 * netvsc_rx_setup() - allocate the receive side
 * @q: queue, its NAPI exists
 *
 * Context: Process, instance lock.
 * Return: 0 or -errno; netvsc_rx_teardown() in both cases.
 */
int netvsc_rx_setup(struct netvsc_queue *q)
{
	struct netvsc_rx *rx = &q->rx;
	int ret;

	memset(rx, 0, sizeof(*rx));
	timer_setup(&rx->pending_timer, netvsc_rx_pending_timeout, 0);
	ret = netvsc_rx_make_pool(q);
	if (ret)
		return ret;
	ret = xdp_rxq_info_reg(&rx->xdp_rxq, q->nd->ndev, q->index,
			       q->napi.napi_id);
	if (ret)
		return ret;
	return xdp_rxq_info_reg_mem_model(&rx->xdp_rxq, MEM_TYPE_PAGE_POOL,
					  rx->pool);
}

/**
 * netvsc_rx_attach_buf() - make the receive buffer known to a queue
 * @q: queue that has none; its NAPI may poll already
 *
 * Context: Process, instance lock.
 * Return: 0 or -ENOMEM.
 */
int netvsc_rx_attach_buf(struct netvsc_queue *q)
{
	struct netvsc_dev *nd = q->nd;
	int ret;

	ret = netvsc_pending_init(&q->rx.pending, nd->recv_sections);
	if (ret)
		return ret;
	q->rx.pending_max = min(NETVSC_RX_PENDING_MAX,
				nd->recv_sections / (4 * nd->max_queues));
	q->rx.buf_len = vmb_gpadl_bytes(nd->recv_gpadl);
	/* Pairs with netvsc_rx_xfer(): the buffer last. */
	smp_store_release(&q->rx.buf, vmb_gpadl_addr(nd->recv_gpadl));
	return 0;
}

/**
 * netvsc_rx_teardown() - free the receive side
 * @q: queue whose NAPI is disabled
 *
 * Context: Process, instance lock.
 */
void netvsc_rx_teardown(struct netvsc_queue *q)
{
	struct netvsc_rx *rx = &q->rx;

	if (rx->rsc)
		dev_kfree_skb_any(rx->rsc);
	if (xdp_rxq_info_is_reg(&rx->xdp_rxq))
		xdp_rxq_info_unreg(&rx->xdp_rxq);
	if (rx->pool) {
		netvsc_rx_frag_end(rx, false);
		page_pool_destroy(rx->pool);
	}
	netvsc_pending_free(&rx->pending);
	memset(rx, 0, sizeof(*rx));
}
