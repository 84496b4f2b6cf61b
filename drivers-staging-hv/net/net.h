/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The network adapter as all of hv_netvsc sees it.
 */
#ifndef _NETVSC_NET_H
#define _NETVSC_NET_H

#include <linux/bits.h>
#include <linux/if_ether.h>
#include <linux/mutex.h>
#include <linux/sizes.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <vmb.h>
#include <wire/nvsp.h>
#include <wire/rndis.h>

#include "ctl.h"
#include "link.h"
#include "parse.h"
#include "rndis.h"
#include "vf.h"

struct bpf_prog;
struct net_device;
struct netvsc_queue;

/**
 * DOC: Locks and life of a network adapter
 *
 * netvsc_attach() opens the primary channel, negotiates NVSP and RNDIS, shares
 * the two buffers and requests sub-channels; netvsc_detach() undoes all of it.
 * Both run under the netdev instance lock: at probe and remove, and around
 * every change that needs a new negotiation with the host (number of channels,
 * buffer sizes, larger MTU). The net_device outlives both.
 *
 * Locks, outermost first:
 *
 * - RTNL
 * - netdev instance lock
 * - instance lock of a VF's net device
 * - netvsc_ctl.mutex: one control request at a time
 * - netvsc_dev.sub_mutex: sub-channels that are expected and open
 * - netdev TX queue lock: the transmit side of a queue
 * - netvsc_ctl.lock: the answer to the request in progress
 * - netvsc_link.lock: changes of the link state
 *
 * The receive side of a queue belongs to its NAPI poll and needs no lock. The
 * poll shares two lock-free FIFOs with the transmit side, and netvsc_ctl.lock
 * with the thread that waits for an answer.
 *
 * A sub-channel is opened under sub_mutex alone: a holder of RTNL or of the
 * instance lock may be waiting for it.
 */

#define NETVSC_MAX_QUEUES	NVSP_MAX_CHANNELS
#define NETVSC_DEFAULT_QUEUES	16u

/* Shared buffers: the guest chooses their size, the host divides them. */
#define NETVSC_SECTION_RX	1728u
#define NETVSC_SECTION_TX	6144u
#define NETVSC_RX_SECTIONS_MIN	128u
#define NETVSC_RX_SECTIONS_DEF	(SZ_16M / NETVSC_SECTION_RX)
#define NETVSC_RX_BYTES_MAX	(31u << 20)
#define NETVSC_TX_SECTIONS_MIN	16u
#define NETVSC_TX_SECTIONS_PER_Q	256u
#define NETVSC_TX_BYTES_MAX	(15u << 20)

/**
 * struct netvsc_params - what to request of the host when attaching
 * @channels: queues, the primary channel's included
 * @rx_sections: receive buffer size in sections of NETVSC_SECTION_RX bytes
 * @tx_sections: send buffer size in sections of NETVSC_SECTION_TX bytes; 0:
 *	the driver chooses by the number of queues
 * @mtu: largest payload that may be configured without attaching again
 */
struct netvsc_params {
	u32 channels;
	u32 rx_sections;
	u32 tx_sections;
	u32 mtu;
};

/*
 * Bits of netvsc_dev.tx_csum (transport checksums that the host computes) and
 * of l4_hash (protocols whose ports count when a queue is chosen).
 */
#define NETVSC_L4_TCP4	BIT(0)
#define NETVSC_L4_UDP4	BIT(1)
#define NETVSC_L4_TCP6	BIT(2)
#define NETVSC_L4_UDP6	BIT(3)
#define NETVSC_L4_ALL	GENMASK(3, 0)

/**
 * struct netvsc_dev - a network adapter
 * @vdev: bus device
 * @ndev: net device
 * @params: what the current attachment requested
 * @attached: between netvsc_attach() and netvsc_detach()
 * @negotiated: all of netvsc_attach() succeeded
 * @registered: link events may reach the net device
 * @dead: errno once the device is gone; set once, read anywhere
 * @version: negotiated NVSP version; 0 before that
 * @max_queues: number of @queues; never changes
 * @host_queues: queues that the host allows
 * @num_queues: queues in use
 * @queues: the queues
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
 * @perm_addr: address that the host assigned
 * @filter: packet filter that the host has
 * @tx_csum: transport checksums that the host computes, NETVSC_L4_*
 * @lso4: largest IPv4 packet that the host segments, 0 for none
 * @lso6: the same for IPv6
 * @lso_max: the smaller of the two that exist
 * @rsc: the host can coalesce received segments
 * @speed: link speed, Mbit/s
 * @duplex: DUPLEX_*, for ethtool
 * @l4_hash: protocols whose ports count when a queue is chosen, NETVSC_L4_*
 * @link_up: link state that the host reported last
 * @link: changes of it that the net device has yet to see
 * @sub_work: takes sub-channels into use after probe
 * @sub_mutex: guards @sub_expected and netvsc_queue.open
 * @sub_expected: sub-channels that the host granted
 * @sub_opened: how many of them are open
 * @wait: woken when a sub-channel was opened, a request page was completed, or
 *	the device died
 * @send_table: host's send indirection table
 * @send_table_valid: the host sent one
 * @rss_done: the host has table and key for @num_queues
 * @rss_entries: size of @rss_table; 0 if the host cannot spread
 * @rss_table: receive indirection table
 * @rss_wanted: the one that the administrator set, which may name queues whose
 *	channels have yet to come
 * @rss_key: Toeplitz key
 * @vf: VF beside the adapter
 * @prog: XDP program
 * @ctl: control request in progress
 * @rndis: page that RNDIS requests are sent from
 */
struct netvsc_dev {
	struct vmb_device *vdev;
	struct net_device *ndev;
	struct netvsc_params params;
	bool attached;
	bool negotiated;
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
	u8 duplex;
	u32 l4_hash;
	bool link_up;
	struct netvsc_link link;

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
	u32 rss_wanted[NETVSC_RSS_ENTRIES_MAX];
	u8 rss_key[NDIS_RSS_KEY_BYTES];

	struct netvsc_vf vf;

	struct bpf_prog __rcu *prog;

	struct netvsc_ctl ctl;
	struct netvsc_rndis rndis;
};

#endif /* _NETVSC_NET_H */
