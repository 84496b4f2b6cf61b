/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A queue: a channel and what runs on it.
 */
#ifndef _NETVSC_QUEUE_H
#define _NETVSC_QUEUE_H

#include <linux/cache.h>
#include <linux/netdevice.h>
#include <linux/types.h>
#include <linux/u64_stats_sync.h>

#include "net.h"
#include "rx.h"
#include "tx.h"

/**
 * struct netvsc_queue - a channel and what runs on it
 * @nd: the device
 * @ch: its channel; NULL until it is offered
 * @index: number of the queue and of its sub-channel
 * @open: the channel is open; changes under netvsc_dev.sub_mutex while
 *	sub-channels are expected
 * @ready: set up; changes under the instance lock
 * @polling: the NAPI is enabled; changes under the instance lock
 * @napi: polls the inbound ring: receive and transmit completions
 * @ids: transaction ids for outbound packets
 * @tx: transmit side
 * @tx_stats: written under the TX queue lock
 * @rx: receive side
 * @rx_stats: written by the NAPI poll
 * @tx_done_stats: written by the NAPI poll: packets that the host failed,
 *	wakes
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

/* For rare events; hot paths update several counters per section. */
static inline void netvsc_stat_add(struct u64_stats_sync *sync,
				   u64_stats_t *counter, u64 n)
{
	u64_stats_update_begin(sync);
	u64_stats_add(counter, n);
	u64_stats_update_end(sync);
}

static inline void netvsc_stat_inc(struct u64_stats_sync *sync,
				   u64_stats_t *counter)
{
	netvsc_stat_add(sync, counter, 1);
}

static inline struct netdev_queue *netvsc_txq(const struct netvsc_queue *q)
{
	return netdev_get_tx_queue(q->nd->ndev, q->index);
}

int netvsc_queue_setup(struct netvsc_queue *q);
void netvsc_queue_quiesce(struct netvsc_queue *q);
void netvsc_queue_teardown(struct netvsc_queue *q);
int netvsc_queue_open(struct netvsc_queue *q, struct vmb_channel *ch);
void netvsc_queue_close(struct netvsc_queue *q);

#endif /* _NETVSC_QUEUE_H */
