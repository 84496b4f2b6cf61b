/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Transmit side of a queue: tx.c sends, txq.c completes.
 */
#ifndef _NETVSC_TX_H
#define _NETVSC_TX_H

#include <linux/netdevice.h>
#include <linux/sizes.h>
#include <linux/types.h>
#include <linux/u64_stats_sync.h>
#include <vmb.h>
#include <wire/nvsp.h>

#include "ctl.h"
#include "slots.h"

struct netvsc_queue;
struct sk_buff;
struct xdp_frame;

/* Transaction slots of a channel: control, then direct, then copied packets. */
#define NETVSC_SLOT_DIRECT	NETVSC_CTL_SLOTS
#define NETVSC_DIRECT_SLOTS	256u
#define NETVSC_SLOT_SECTION	(NETVSC_SLOT_DIRECT + NETVSC_DIRECT_SLOTS)
#define NETVSC_SECTION_SLOTS	512u
#define NETVSC_SLOTS		(NETVSC_SLOT_SECTION + NETVSC_SECTION_SLOTS)

/* Restart a stopped queue when this many direct slots are free. */
#define NETVSC_TX_WAKE		32u

/*
 * Bytes in flight below which BQL does not stop a queue: one GSO packet. The
 * host takes all that is published in one go; less would only add exits to it.
 */
#define NETVSC_TX_BQL_MIN	SZ_64K

/*
 * Messages in flight from which packets are gathered in the open section: the
 * host is busy until the first of them completes. With fewer, a burst that ends
 * soon would cost one more interrupt.
 */
#define NETVSC_TX_BUSY		8u

/* Ranges and pages of one packet that is sent from where it lies. */
#define NETVSC_MAX_TX_RANGES	32u
#define NETVSC_MAX_TX_PAGES	96u
/* Words that a page list needs for them. */
#define NETVSC_GPA_WORDS	(NETVSC_MAX_TX_RANGES + NETVSC_MAX_TX_PAGES)
/* An RNDIS data header and the PPIs that the guest can add, rounded up. */
#define NETVSC_TX_HDR_BYTES	128u

enum netvsc_tx_kind {
	NETVSC_TX_NONE,
	NETVSC_TX_COPY,		/* data are in a section; nothing to free */
	NETVSC_TX_SKB,
	NETVSC_TX_XDP,
	NETVSC_TX_PARKED,	/* an XDP frame to return with a budget */
};

/**
 * struct netvsc_tx_slot - one ring packet in flight
 * @owner: skb or XDP frame whose pages the host reads, or NULL
 * @bytes: bytes that BQL counts
 * @packets: packets that BQL counts
 * @kind: enum netvsc_tx_kind
 */
struct netvsc_tx_slot {
	void *owner;
	u32 bytes;
	u16 packets;
	u8 kind;
};

/**
 * struct netvsc_tx - transmit side of a queue
 * @ready: packets may be sent; changes under the TX queue lock
 * @unkicked: packets were written that are not published
 * @blocked: the ring was full; the NAPI poll has to flush and wake
 * @parked: there are slots of NETVSC_TX_PARKED
 * @open_slot: section slot being filled, or -1
 * @open_len: bytes in the open section
 * @open_packets: packets in the open section
 * @open_bql_packets: of those, the ones that BQL counts
 * @open_bql_bytes: their bytes
 * @max_packets: packets that one section may hold
 * @align: alignment of packets within a section, a power of two
 * @section_size: bytes of a section
 * @section_base: index of this queue's first section in the send buffer
 * @section_slots: number of its sections
 * @sections: address of this queue's first section
 * @free_sections: section slots, completion side to send side
 * @free_direct: direct slots, completion side to send side
 * @slots: every slot of the channel, by slot number
 * @headers: RNDIS headers of direct packets, NETVSC_TX_HDR_BYTES each
 * @gpas: scratch for a direct packet's page list
 * @msg: the NVSP message in front of every packet; two fields change
 * @pkt: the ring packet that names a section; its id changes
 *
 * Sending runs under the TX queue lock, completing in the NAPI poll; the two
 * meet in the FIFOs only.
 */
struct netvsc_tx {
	bool ready;
	bool unkicked;
	bool blocked;
	bool parked;
	int open_slot;
	u32 open_len;
	u32 open_packets;
	u32 open_bql_packets;
	u32 open_bql_bytes;
	u32 max_packets;
	u32 align;
	u32 section_size;
	u32 section_base;
	u32 section_slots;
	u8 *sections;
	struct netvsc_fifo free_sections;
	struct netvsc_fifo free_direct;
	struct netvsc_tx_slot *slots;
	u8 *headers;
	struct vmb_gpa_list *gpas;
	struct nvsp_msg msg;
	struct vmb_packet pkt;
};

struct netvsc_tx_stats {
	u64_stats_t packets;
	u64_stats_t bytes;
	u64_stats_t copied;
	u64_stats_t sections_sent;
	u64_stats_t direct;
	u64_stats_t no_section;
	u64_stats_t linearized;
	u64_stats_t dropped;
	u64_stats_t no_memory;
	u64_stats_t too_big;
	u64_stats_t busy;
	u64_stats_t errors;
	u64_stats_t gso_packets;
	u64_stats_t gso_bytes;
	u64_stats_t gso_wire_packets;
	u64_stats_t gso_wire_bytes;
	u64_stats_t needs_csum;
	u64_stats_t stop;
	u64_stats_t wake;
	u64_stats_t xdp_xmit;
	struct u64_stats_sync sync;
};

/**
 * struct netvsc_tx_done - completions gathered by one NAPI poll
 * @bytes: for BQL
 * @slots: slots that became free
 */
struct netvsc_tx_done {
	u32 bytes;
	u32 slots;
};

/**
 * netvsc_tx_host_busy() - has the host enough packets in flight
 * @tx: transmit side with a section open
 *
 * Return: true if NETVSC_TX_BUSY messages or more are in flight.
 */
static inline bool netvsc_tx_host_busy(const struct netvsc_tx *tx)
{
	u32 out = NETVSC_DIRECT_SLOTS - netvsc_fifo_count(&tx->free_direct) +
		  tx->section_slots - netvsc_fifo_count(&tx->free_sections);

	/* The open section is among them. */
	return out > NETVSC_TX_BUSY;
}

/* tx.c */
netdev_tx_t netvsc_start_xmit(struct sk_buff *skb, struct net_device *ndev);
void netvsc_tx_flush(struct netvsc_queue *q, bool more);
int netvsc_tx_xdp_frame(struct netvsc_queue *q, struct xdp_frame *frame,
			const u16 *tag);

/* txq.c */
void netvsc_tx_unblock(struct netvsc_queue *q);
void netvsc_tx_release(struct netvsc_queue *q, int budget);
int netvsc_tx_setup(struct netvsc_queue *q);
void netvsc_tx_assign_sections(struct netvsc_queue *q, u32 first, u32 count);
void netvsc_tx_teardown(struct netvsc_queue *q);
bool netvsc_tx_idle(const struct netvsc_queue *q);
void netvsc_tx_complete(struct netvsc_queue *q, unsigned int slot, u32 status,
			int budget, struct netvsc_tx_done *done);
void netvsc_tx_unpark(struct netvsc_queue *q, struct netvsc_tx_done *done);
void netvsc_tx_report(struct netvsc_queue *q,
		      const struct netvsc_tx_done *done);

#endif /* _NETVSC_TX_H */
