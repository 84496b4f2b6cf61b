/* SPDX-License-Identifier: GPL-2.0 */
/*
 * hv_netvsc: what its files share.
 *
 * Life of a device: netvsc_attach() opens the primary channel, agrees on NVSP
 * and RNDIS, shares the two buffers and asks for sub-channels; netvsc_detach()
 * undoes all of it. Both run under the netdev instance lock, at probe and remove and
 * around every change that needs a new agreement with the host (channel count,
 * buffer sizes, larger MTU, suspend), so the net_device outlives both.
 *
 * Locks, outermost first: RTNL, netdev instance lock, netvsc_dev.ctl_mutex,
 * netvsc_dev.sub_mutex, netdev TX queue lock, netvsc_dev.ctl_lock.
 */
#ifndef _NETVSC_NET_H
#define _NETVSC_NET_H

#include <linux/bpf.h>
#include <linux/cache.h>
#include <linux/completion.h>
#include <linux/ethtool.h>
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/sizes.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/timer.h>
#include <linux/u64_stats_sync.h>
#include <linux/unaligned.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <net/xdp.h>
#include <vmb.h>
#include <wire/nvsp.h>
#include <wire/rndis.h>

#include "parse.h"
#include "slots.h"

struct page_pool;

#define NETVSC_MAX_QUEUES		NVSP_MAX_CHANNELS
#define NETVSC_DEFAULT_QUEUES	16

/* Ring sizes with their header pages, bytes. */
#define NETVSC_TX_RING		(132u * 1024)
#define NETVSC_RX_RING		(260u * 1024)

/*
 * Longest inbound packet: a transfer-page packet with every range it may have
 * and an NVSP message with a send table behind it.
 */
#define NETVSC_MAX_RX_PACKET	(16 + sizeof(struct vmb_xfer) +		\
				 NVSP_MAX_RANGES *			\
				 sizeof(struct vmb_xfer_range) +	\
				 sizeof(struct nvsp_msg) +		\
				 NVSP_SEND_TABLE_ENTRIES * sizeof(__le32))

/* Shared buffers: what the guest offers; the host divides it. */
#define NETVSC_SECTION_RX		1728u
#define NETVSC_SECTION_TX		6144u
#define NETVSC_RX_SECTIONS_MIN	128u
#define NETVSC_RX_SECTIONS_DEF	4096u
#define NETVSC_RX_BYTES_MAX	(31u << 20)
#define NETVSC_TX_SECTIONS_MIN	16u
#define NETVSC_TX_SECTIONS_PER_Q	256u
#define NETVSC_TX_BYTES_MAX	(15u << 20)

/* Transaction slots of a channel: control, then direct, then copied packets. */
#define NETVSC_SLOT_NVSP		0
#define NETVSC_SLOT_RNDIS		1
#define NETVSC_SLOT_DIRECT		2
#define NETVSC_DIRECT_SLOTS	256u
#define NETVSC_SLOT_SECTION	(NETVSC_SLOT_DIRECT + NETVSC_DIRECT_SLOTS)
#define NETVSC_SECTION_SLOTS	512u
#define NETVSC_SLOTS		(NETVSC_SLOT_SECTION + NETVSC_SECTION_SLOTS)

/* Restart a stopped queue when this many direct slots are free. */
#define NETVSC_TX_WAKE		32u

/*
 * Bytes in flight below which BQL does not stop a queue: one GSO packet. The
 * host takes what is there in one go, so less would only add exits to it.
 */
#define NETVSC_TX_BQL_MIN		SZ_64K

/*
 * Messages that the host has to have before packets are held back for the
 * section to fill: it has enough to do until the first of them is completed.
 * With less a burst that ends soon costs one more interrupt.
 */
#define NETVSC_TX_BUSY		8u

/* Ranges and pages of one packet that is sent from where it lies. */
#define NETVSC_MAX_TX_RANGES	32u
#define NETVSC_MAX_TX_PAGES	96u
/* An RNDIS data header and the PPIs that the guest can add, rounded up. */
#define NETVSC_TX_HDR_BYTES	128u

/*
 * Receive sections that a queue gives back together, so that not every packet
 * costs an exit to the host; fewer if the host has few. Within a tick they go
 * back in any case.
 */
#define NETVSC_RX_PENDING_MAX		16u

/* Bytes of a received message that are parsed: header and PPIs. */
#define NETVSC_RX_PPI_MAX		256u

/* How long the host may take, in jiffies. */
#define NETVSC_HOST_TIMEOUT	(10 * HZ)
#define NETVSC_DRAIN_TIMEOUT	(2 * HZ)

/**
 * struct netvsc_params - what to ask of the host when attaching
 * @channels: queues, the primary channel's included
 * @rx_sections: receive buffer size in sections of NETVSC_SECTION_RX bytes
 * @tx_sections: send buffer size in sections of NETVSC_SECTION_TX bytes; 0 lets
 *	the driver choose by the number of queues
 * @mtu: largest payload that may be configured without attaching again
 */
struct netvsc_params {
	u32 channels;
	u32 rx_sections;
	u32 tx_sections;
	u32 mtu;
};

enum netvsc_tx_kind {
	NETVSC_TX_NONE,
	NETVSC_TX_COPY,	/* data are in a section; nothing to free */
	NETVSC_TX_SKB,
	NETVSC_TX_XDP,
};

/**
 * struct netvsc_tx_slot - one packet on its way to the host
 * @owner: skb or XDP frame whose pages the host reads, or NULL
 * @bytes: what BQL was told
 * @packets: what BQL was told
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
 * @open_slot: section slot being filled, or -1
 * @open_len: bytes in the open section
 * @open_packets: packets in the open section
 * @open_bql_packets: of those, the ones that BQL counts
 * @open_bql_bytes: their bytes
 * @open_told: BQL was told of the open section
 * @refund_packets: packets that BQL was told of and that were not sent
 * @refund_bytes: their bytes
 * @unkicked: packets were written that the host has not been shown
 * @blocked: the ring was full; the NAPI poll has to flush and wake
 * @max_packets: packets that one section may hold
 * @align: alignment of packets within a section, a power of two
 * @section_size: bytes of a section
 * @section_base: index of this queue's first section in the send buffer
 * @section_slots: how many sections it has
 * @sections: address of this queue's first section
 * @free_sections: section slots, completion side to send side
 * @free_direct: direct slots, completion side to send side
 * @slots: every slot of the channel, by slot number
 * @headers: RNDIS headers of direct packets, NETVSC_TX_HDR_BYTES each
 * @gpas: scratch for a direct packet's page list
 * @msg: the NVSP message in front of every packet; two fields change
 * @pkt: the ring packet that hands over a section; its id changes
 *
 * Sending runs under the TX queue lock, completing in the NAPI poll; the two
 * meet in the FIFOs only.
 */
struct netvsc_tx {
	bool ready;
	bool unkicked;
	bool blocked;
	bool open_told;
	int open_slot;
	u32 open_len;
	u32 open_packets;
	u32 open_bql_packets;
	u32 open_bql_bytes;
	u32 refund_packets;
	u32 refund_bytes;
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

/**
 * struct netvsc_rx - receive side of a queue; the NAPI poll's alone
 * @buf: the receive buffer, written by the host
 * @buf_len: its size
 * @pool: pages for packets
 * @frag_page: page that frames are cut from, or NULL
 * @frag_left: bytes of it that are free, from its start
 * @frag_refs: references to it that no frame has
 * @xfer: transfer-page packet in progress (private copy), or NULL
 * @xfer_next: its next range
 * @xfer_count: its ranges
 * @xfer_id: transaction to complete when its ranges are done
 * @xfer_bad: one of its ranges was refused
 * @rsc: coalesced packet in progress
 * @rsc_info: what its first fragment said
 * @rsc_segments: its fragments so far
 * @pending: completions that the host waits for
 * @pending_sections: sections that they give back
 * @pending_max: how many may be held
 * @pending_late: the wait for more is over
 * @pending_timer: ends it
 * @xdp_rxq: XDP's view of the queue
 * @xdp_flush: frames were redirected in this poll
 * @xdp_sent: frames were sent back in this poll
 * @info: what the message in hand says, checked
 * @priv: private copy of the message in hand: header, then PPIs
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
	struct netvsc_pending pending;
	u32 pending_sections;
	u32 pending_max;
	bool pending_late;
	struct timer_list pending_timer;
	struct xdp_rxq_info xdp_rxq;
	struct netvsc_rx_info info;
	struct {
		struct rndis_data_hdr hdr;
		__le32 ppi[NETVSC_RX_PPI_MAX / 4];
	} priv __aligned(8);
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
	u64_stats_t errors;
	u64_stats_t gso_packets;
	u64_stats_t gso_bytes;
	u64_stats_t gso_wire_packets;
	u64_stats_t needs_csum;
	u64_stats_t stop;
	u64_stats_t wake;
	u64_stats_t xdp_xmit;
	struct u64_stats_sync sync;
};

struct netvsc_rx_stats {
	u64_stats_t packets;
	u64_stats_t bytes;
	u64_stats_t multicast;
	u64_stats_t xfers;
	u64_stats_t malformed;
	u64_stats_t no_memory;
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

/**
 * struct netvsc_queue - a channel and what runs on it
 * @nd: the device
 * @ch: its channel; NULL until it is offered
 * @index: number of the queue and of its sub-channel
 * @open: the channel is open; changes under netvsc_dev.sub_mutex
 * @ready: set up; changes under the instance lock
 * @polling: the NAPI is enabled; changes under the instance lock
 * @napi: polls the inbound ring: receive and transmit completions
 * @ids: transaction ids for outbound packets
 * @tx: transmit side
 * @rx: receive side
 * @tx_stats: written under the TX queue lock
 * @tx_done_stats: written by the NAPI poll: errors that the host reported,
 *	wakes
 * @rx_stats: written by the NAPI poll
 */
struct netvsc_queue {
	struct netvsc_dev *nd;
	struct vmb_channel *ch;
	u32 index;
	bool open;
	bool ready;
	bool polling;
	struct napi_struct napi;
	struct vmb_ids *ids;
	struct netvsc_tx tx ____cacheline_aligned;
	struct netvsc_tx_stats tx_stats;
	struct netvsc_rx rx ____cacheline_aligned;
	struct netvsc_rx_stats rx_stats;
	struct netvsc_tx_stats tx_done_stats;
};

/* What netvsc_dev.ctl_state says of the one control request in progress. */
enum netvsc_ctl_state {
	NETVSC_CTL_IDLE,
	NETVSC_CTL_WAIT,
	NETVSC_CTL_DONE,
};

/**
 * struct netvsc_dev - a network adapter
 * @vdev: bus device
 * @ndev: net device
 * @params: what the current attachment asked for
 * @attached: between netvsc_attach() and netvsc_detach()
 * @registered: link events may reach the net device
 * @dead: errno once the device is gone; set once, read anywhere
 * @version: NVSP version agreed on
 * @max_queues: queues that were allocated; never changes
 * @host_queues: queues that the host allows
 * @num_queues: queues in use
 * @queues: @max_queues of them
 * @recv_gpadl: receive buffer
 * @recv_sections: sub-allocations that the host made of it
 * @recv_section_size: size of each
 * @send_gpadl: send buffer
 * @send_sections: sections that the host made of it
 * @send_section_size: size of each
 * @host_max_packets: packets that the host takes in one message
 * @batch_packets: limit set by the administrator (ethtool -C)
 * @align: alignment that the host wants between packets
 * @host_mtu: largest payload that the host takes
 * @perm_addr: address that the host gave
 * @filter: packet filter that the host has
 * @tx_csum: which transport checksums the host computes, NETVSC_CSUM_*
 * @lso4: largest IPv4 packet that the host segments, 0 for none
 * @lso6: the same for IPv6
 * @lso_max: the smaller of the two that exist
 * @rsc: the host can coalesce received segments
 * @speed: link speed, Mbit/s
 * @link_up: last link state that the host told
 * @link_events: bits NETVSC_LINK_*, for @link_work
 * @link_work: applies link changes
 * @sub_work: takes sub-channels into use after probe
 * @sub_mutex: guards @sub_expected and netvsc_queue.open
 * @sub_expected: sub-channels that the host granted
 * @sub_opened: how many were opened
 * @wait: woken when a sub-channel was opened, the request page came back, or
 *	the device died
 * @send_table: host's send indirection table
 * @send_table_valid: the host sent one
 * @rss_done: the host has table and key for @num_queues
 * @rss_entries: size of @rss_table; 0 if the host cannot spread
 * @rss_table: receive indirection table
 * @rss_key: Toeplitz key
 * @vf_associated: the host offers a VF; data stay on the synthetic path
 * @vf_serial: which VF the host associated
 * @prog: XDP program
 * @ctl_mutex: one control request at a time
 * @ctl_lock: guards the reply fields below against the NAPI poll
 * @ctl_done: the answer came, or the device is gone
 * @ctl_state: enum netvsc_ctl_state
 * @ctl_type: RNDIS type that is awaited, 0 for an NVSP answer
 * @ctl_id: RNDIS request id that is awaited
 * @ctl_len: length of the answer
 * @ctl_reply: private copy of the answer
 * @rndis_id: last request id used
 * @rndis_page: request that the host reads
 * @rndis_pending: the host has not given @rndis_page back
 * @stale_pages: request pages that the host never gave back; freed at detach
 * @stale_count: number of @stale_pages
 */
struct netvsc_dev {
	struct vmb_device *vdev;
	struct net_device *ndev;
	struct netvsc_params params;
	bool attached;
	bool registered;
	int dead;
	u32 version;
	u32 max_queues;
	u32 host_queues;
	u32 num_queues;
	struct netvsc_queue *queues;

	struct vmb_gpadl *recv_gpadl;
	u32 recv_sections;
	u32 recv_section_size;
	struct vmb_gpadl *send_gpadl;
	u32 send_sections;
	u32 send_section_size;
	u32 host_max_packets;
	u32 batch_packets;
	u32 align;

	u32 host_mtu;
	u8 perm_addr[ETH_ALEN];
	u32 filter;
	u32 tx_csum;
	u32 lso4;
	u32 lso6;
	u32 lso_max;
	bool rsc;

	u32 speed;
	bool link_up;
	unsigned long link_events;
	struct work_struct link_work;

	struct work_struct sub_work;
	struct mutex sub_mutex;	/* sub_expected, netvsc_queue.open */
	u32 sub_expected;
	u32 sub_opened;
	wait_queue_head_t wait;

	u16 send_table[NVSP_SEND_TABLE_ENTRIES];
	bool send_table_valid;
	bool rss_done;
	u32 rss_entries;
	u32 rss_table[NETVSC_RSS_ENTRIES_MAX];
	u8 rss_key[NDIS_RSS_KEY_BYTES];

	bool vf_associated;
	u32 vf_serial;

	struct bpf_prog __rcu *prog;

	struct mutex ctl_mutex;	/* one request at a time */
	spinlock_t ctl_lock;	/* the answer below */
	struct completion ctl_done;
	u8 ctl_state;
	u32 ctl_type;
	u32 ctl_id;
	u32 ctl_len;
	u8 ctl_reply[NETVSC_CTL_REPLY_MAX] __aligned(8);
	u32 rndis_id;
	void *rndis_page;
	bool rndis_pending;
	void *stale_pages[8];
	u32 stale_count;
};

#define NETVSC_CSUM_TCP4		BIT(0)
#define NETVSC_CSUM_UDP4		BIT(1)
#define NETVSC_CSUM_TCP6		BIT(2)
#define NETVSC_CSUM_UDP6		BIT(3)

#define NETVSC_LINK_CHANGE		0
#define NETVSC_LINK_RENEW		1

static inline void __netvsc_stat_add(struct u64_stats_sync *sync,
				     u64_stats_t *counter, u64 n)
{
	u64_stats_update_begin(sync);
	u64_stats_add(counter, n);
	u64_stats_update_end(sync);
}

/* For rare events; hot paths update several counters per section. */
#define netvsc_stat_add(st, counter, n)					\
	__netvsc_stat_add(&(st)->sync, &(st)->counter, n)
#define netvsc_stat_inc(st, counter)	netvsc_stat_add(st, counter, 1)

static inline struct netdev_queue *netvsc_txq(const struct netvsc_queue *q)
{
	return netdev_get_tx_queue(q->nd->ndev, q->index);
}

/**
 * netvsc_tx_host_busy() - has the host enough to do
 * @tx: transmit side with a section open
 *
 * Return: true if the host has NETVSC_TX_BUSY messages or more.
 */
static inline bool netvsc_tx_host_busy(const struct netvsc_tx *tx)
{
	u32 out = NETVSC_DIRECT_SLOTS - netvsc_fifo_count(&tx->free_direct) +
		  tx->section_slots - netvsc_fifo_count(&tx->free_sections);

	/* The open section is among them. */
	return out > NETVSC_TX_BUSY;
}

/* attach.c */
int netvsc_attach(struct netvsc_dev *nd, const struct netvsc_params *params);
void netvsc_detach(struct netvsc_dev *nd);
int netvsc_reattach(struct netvsc_dev *nd, const struct netvsc_params *params);
void netvsc_subchannel(struct netvsc_dev *nd, struct vmb_channel *sub);
void netvsc_use_subchannels(struct netvsc_dev *nd);
void netvsc_wait_subchannels(struct netvsc_dev *nd);

/* queue.c */
int netvsc_queue_setup(struct netvsc_queue *q);
void netvsc_queue_quiesce(struct netvsc_queue *q);
void netvsc_queue_teardown(struct netvsc_queue *q);
int netvsc_queue_open(struct netvsc_queue *q, struct vmb_channel *ch);
void netvsc_queue_close(struct netvsc_queue *q);

/* nvsp.c */
int netvsc_nvsp_negotiate(struct netvsc_dev *nd, u32 mtu);
int netvsc_nvsp_share_recv_buf(struct netvsc_dev *nd, u32 bytes);
int netvsc_nvsp_share_send_buf(struct netvsc_dev *nd, u32 bytes);
void netvsc_nvsp_revoke_buffers(struct netvsc_dev *nd);
int netvsc_nvsp_subchannels(struct netvsc_dev *nd, u32 *count);
void netvsc_nvsp_completion(struct netvsc_queue *q, unsigned int slot,
			    const struct vmb_rx *pkt);
void netvsc_nvsp_inband(struct netvsc_queue *q, const struct vmb_rx *pkt);

/* ctl.c: waiting for answers */
void netvsc_ctl_begin(struct netvsc_dev *nd, u32 type, u32 id);
int netvsc_ctl_send(struct netvsc_dev *nd, struct vmb_packet *pkt, int slot);
int netvsc_ctl_wait(struct netvsc_dev *nd);
bool netvsc_ctl_answer(struct netvsc_dev *nd, u32 type, u32 id,
		       const void *data, u32 len);
void netvsc_ctl_fail(struct netvsc_dev *nd, int error);

/* rndis.c */
int netvsc_rndis_init(struct netvsc_dev *nd);
void netvsc_rndis_halt(struct netvsc_dev *nd);
int netvsc_rndis_query(struct netvsc_dev *nd, u32 oid, const void *in,
		       u32 in_len, void *out, u32 out_len);
int netvsc_rndis_set(struct netvsc_dev *nd, u32 oid, const void *info, u32 len);
void netvsc_rndis_completed(struct netvsc_dev *nd);
bool netvsc_rndis_control(struct netvsc_queue *q, const u8 *shared, u32 len);
void netvsc_rndis_free_pages(struct netvsc_dev *nd);

/* oid.c */
int netvsc_oid_identity(struct netvsc_dev *nd);
int netvsc_oid_offloads(struct netvsc_dev *nd);
int netvsc_oid_set_rsc(struct netvsc_dev *nd, bool on);
void netvsc_oid_link(struct netvsc_dev *nd);
int netvsc_oid_filter(struct netvsc_dev *nd, u32 filter);
int netvsc_oid_set_address(struct netvsc_dev *nd, const u8 *addr);

/* rss.c */
int netvsc_rss_query(struct netvsc_dev *nd);
void netvsc_rss_default_table(struct netvsc_dev *nd);
int netvsc_rss_apply(struct netvsc_dev *nd);

/* Words that a page list needs for them. */
#define NETVSC_GPA_WORDS	(NETVSC_MAX_TX_RANGES + NETVSC_MAX_TX_PAGES)

/* tx.c, txdone.c */
netdev_tx_t netvsc_start_xmit(struct sk_buff *skb, struct net_device *ndev);
void netvsc_tx_flush(struct netvsc_queue *q, bool more);
void netvsc_tx_unblock(struct netvsc_queue *q);
void netvsc_tx_release(struct netvsc_queue *q, int budget);
int netvsc_tx_xdp_frame(struct netvsc_queue *q, struct xdp_frame *frame);
int netvsc_tx_setup(struct netvsc_queue *q);
void netvsc_tx_assign_sections(struct netvsc_queue *q, u32 first, u32 count);
void netvsc_tx_teardown(struct netvsc_queue *q);
bool netvsc_tx_idle(const struct netvsc_queue *q);

/**
 * struct netvsc_tx_done - completions gathered by one NAPI poll
 * @bytes: for BQL
 * @slots: slots given back
 */
struct netvsc_tx_done {
	u32 bytes;
	u32 slots;
};

void netvsc_tx_complete(struct netvsc_queue *q, unsigned int slot, u32 status,
			int budget, struct netvsc_tx_done *done);
void netvsc_tx_report(struct netvsc_queue *q,
		      const struct netvsc_tx_done *done);

/* rx.c */
int netvsc_rx_setup(struct netvsc_queue *q);
void netvsc_rx_teardown(struct netvsc_queue *q);
int netvsc_rx_attach_buf(struct netvsc_queue *q);
void netvsc_rx_xfer(struct netvsc_queue *q, const struct vmb_rx *pkt);
int netvsc_rx_ranges(struct netvsc_queue *q, int budget);
void netvsc_rx_deliver(struct netvsc_queue *q, struct sk_buff *skb,
		       const struct netvsc_rx_info *info);
bool netvsc_rx_completion_due(struct netvsc_rx *rx);
void netvsc_rx_complete(struct netvsc_queue *q);

/* xdp.c */
bool netvsc_xdp_receive(struct netvsc_queue *q, struct bpf_prog *prog,
			const u8 *src, const struct netvsc_rx_info *info);
void netvsc_xdp_flush(struct netvsc_queue *q);
int netvsc_xdp_setup(struct net_device *ndev, struct netdev_bpf *bpf);
int netvsc_xdp_xmit(struct net_device *ndev, int n, struct xdp_frame **frames,
		    u32 flags);
bool netvsc_xdp_mtu_ok(const struct bpf_prog *prog, u32 mtu);

/* link.c */
void netvsc_link_init(struct netvsc_dev *nd);
void netvsc_link_event(struct netvsc_dev *nd, u32 status, const void *info,
		       u32 len);

/* vf.c */
void netvsc_vf_association(struct netvsc_dev *nd,
			   const struct nvsp_vf_association *m);
void netvsc_vf_reset(struct netvsc_dev *nd);

/* stats.c, ethtool.c, netdev.c */
extern const struct netdev_stat_ops netvsc_stat_ops;
extern const struct ethtool_ops netvsc_ethtool_ops;
extern const struct net_device_ops netvsc_netdev_ops;
void netvsc_get_stats64(struct net_device *ndev, struct rtnl_link_stats64 *st);
void netvsc_stats_init(struct netvsc_queue *q);
int netvsc_stats_count(const struct netvsc_dev *nd);
void netvsc_stats_strings(const struct netvsc_dev *nd, u8 *data);
void netvsc_stats_values(const struct netvsc_dev *nd, u64 *data);
void netvsc_set_features(struct netvsc_dev *nd);

#endif /* _NETVSC_NET_H */
