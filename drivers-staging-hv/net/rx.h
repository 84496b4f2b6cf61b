/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Receive side of a queue.
 */
#ifndef _NETVSC_RX_H
#define _NETVSC_RX_H

#include <linux/compiler.h>
#include <linux/timer.h>
#include <linux/types.h>
#include <linux/u64_stats_sync.h>
#include <net/xdp.h>
#include <vmb.h>
#include <wire/rndis.h>

#include "parse.h"
#include "slots.h"

struct netvsc_queue;
struct page;
struct page_pool;
struct sk_buff;

/* Bytes of a received message that are parsed: header and PPIs. */
#define NETVSC_RX_PPI_MAX	256u

/* In-band messages that a host may have in flight. */
#define NETVSC_RX_ACKS		4u

/**
 * struct netvsc_rx - receive side of a queue
 * @buf: the receive buffer, written by the host
 * @buf_len: its size
 * @pool: pages for packets
 * @frag_page: page that is split into fragments, or NULL
 * @frag_left: bytes of it that are free, from its start
 * @frag_refs: references to it that no fragment has
 * @xfer: transfer-page packet in progress (private copy), or NULL
 * @xfer_next: its next range
 * @xfer_count: its ranges
 * @xfer_id: transaction to complete when its ranges are done
 * @xfer_bad: one of its ranges was refused
 * @rsc: coalesced packet in progress
 * @rsc_info: what its first fragment carries
 * @rsc_segments: its fragments so far
 * @rsc_dropped: there was no memory for it; the rest of it is dropped
 * @pending: completions that the host waits for
 * @pending_sections: receive sections that they return
 * @pending_max: sections after which they are sent
 * @pending_late: a completion has been pending for a tick: send all
 * @pending_timer: sets @pending_late
 * @acks: ids of in-band messages whose acknowledgment is pending
 * @ack_count: number of them
 * @xdp_rxq: XDP's view of the queue
 * @xdp_flush: frames were redirected in this poll
 * @xdp_sent: frames were sent back in this poll
 * @info: contents of the current message, checked
 * @priv: private copy of the current message: header, then PPIs
 *
 * Only the NAPI poll uses it, but for @pending_late.
 */
struct netvsc_rx {
	const u8 *buf;
	u32 buf_len;
	struct page_pool *pool;
	struct page *frag_page;
	u32 frag_left;
	u32 frag_refs;
	const struct vmb_xfer *xfer;
	u32 xfer_next;
	u32 xfer_count;
	u64 xfer_id;
	bool xfer_bad;
	bool xdp_flush;
	bool xdp_sent;
	struct sk_buff *rsc;
	struct netvsc_rx_info rsc_info;
	u32 rsc_segments;
	bool rsc_dropped;
	struct netvsc_pending pending;
	u32 pending_sections;
	u32 pending_max;
	bool pending_late;
	struct timer_list pending_timer;
	u64 acks[NETVSC_RX_ACKS];
	u32 ack_count;
	struct xdp_rxq_info xdp_rxq;
	struct netvsc_rx_info info;
	struct {
		struct rndis_data_hdr hdr;
		__le32 ppi[NETVSC_RX_PPI_MAX / 4];
	} priv __aligned(8);
};

struct netvsc_rx_stats {
	u64_stats_t packets;
	u64_stats_t bytes;
	u64_stats_t multicast;
	u64_stats_t xfers;
	u64_stats_t malformed;
	u64_stats_t no_memory;
	u64_stats_t dropped;
	u64_stats_t csum_ok;
	u64_stats_t csum_none;
	u64_stats_t csum_bad;
	u64_stats_t rsc_packets;
	u64_stats_t rsc_bytes;
	u64_stats_t rsc_segments;
	u64_stats_t completions_deferred;
	u64_stats_t stray;
	u64_stats_t xdp_drop;
	u64_stats_t xdp_pass;
	u64_stats_t xdp_tx;
	u64_stats_t xdp_redirect;
	struct u64_stats_sync sync;
};

int netvsc_rx_setup(struct netvsc_queue *q);
void netvsc_rx_teardown(struct netvsc_queue *q);
int netvsc_rx_attach_buf(struct netvsc_queue *q);
void netvsc_rx_xfer(struct netvsc_queue *q, const struct vmb_rx *pkt);
int netvsc_rx_ranges(struct netvsc_queue *q, int budget);
void netvsc_rx_acknowledge(struct netvsc_queue *q, u64 id);
bool netvsc_rx_completion_due(struct netvsc_rx *rx);
void netvsc_rx_complete(struct netvsc_queue *q);

#endif /* _NETVSC_RX_H */
