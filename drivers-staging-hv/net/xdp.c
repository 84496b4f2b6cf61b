// SPDX-License-Identifier: GPL-2.0
/*
 * XDP: native, on page_pool pages that the frame was copied to. Frames that do
 * not fit into one page reach programs that know fragments as several.
 */
#include <linux/bpf.h>
#include <linux/bpf_trace.h>
#include <linux/etherdevice.h>
#include <linux/filter.h>
#include <linux/if_vlan.h>
#include <linux/minmax.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/string.h>
#include <net/netdev_lock.h>
#include <net/page_pool/helpers.h>
#include <net/xdp.h>

#include "net.h"
#include "oid.h"
#include "queue.h"
#include "rx.h"
#include "tx.h"
#include "vf.h"
#include "xdp.h"

/* Bytes of frame in the first page. */
#define NETVSC_XDP_HEAD	SKB_WITH_OVERHEAD(PAGE_SIZE - XDP_PACKET_HEADROOM)

/**
 * struct netvsc_xdp_buff - a frame as a program sees it, with its metadata
 * @xdp: the frame; first, as programs have its address
 * @info: contents of its message
 */
struct netvsc_xdp_buff {
	struct xdp_buff xdp;
	const struct netvsc_rx_info *info;
};

static const struct netvsc_rx_info *netvsc_xdp_info(const struct xdp_md *ctx)
{
	return ((const struct netvsc_xdp_buff *)(const void *)ctx)->info;
}

/* Which headers the host has hashed is not known. */
static int netvsc_xdp_rx_hash(const struct xdp_md *ctx, u32 *hash,
			      enum xdp_rss_hash_type *rss_type)
{
	const struct netvsc_rx_info *info = netvsc_xdp_info(ctx);

	if (!(info->flags & NETVSC_RX_HASH))
		return -ENODATA;
	*hash = info->hash;
	*rss_type = XDP_RSS_TYPE_NONE;
	return 0;
}

/* The tag is never in the frame. */
static int netvsc_xdp_rx_vlan_tag(const struct xdp_md *ctx, __be16 *vlan_proto,
				  u16 *vlan_tci)
{
	const struct netvsc_rx_info *info = netvsc_xdp_info(ctx);

	if (!(info->flags & NETVSC_RX_VLAN))
		return -ENODATA;
	*vlan_proto = htons(ETH_P_8021Q);
	*vlan_tci = info->vlan_tci;
	return 0;
}

const struct xdp_metadata_ops netvsc_xdp_metadata_ops = {
	.xmo_rx_hash		= netvsc_xdp_rx_hash,
	.xmo_rx_vlan_tag	= netvsc_xdp_rx_vlan_tag,
};

/**
 * netvsc_xdp_mtu_ok() - can a program take frames of an MTU
 * @prog: program, or NULL
 * @mtu: payload
 *
 * Return: true if every frame fits into one page, or the program takes more.
 */
bool netvsc_xdp_mtu_ok(const struct bpf_prog *prog, u32 mtu)
{
	return !prog || prog->aux->xdp_has_frags ||
	       mtu + VLAN_ETH_HLEN <= NETVSC_XDP_HEAD;
}

static bool netvsc_xdp_add_frag(struct netvsc_rx *rx, struct xdp_buff *xdp,
				const u8 *src, u32 len)
{
	struct skb_shared_info *si = xdp_get_shared_info_from_buff(xdp);
	struct page *page;

	if (!xdp_buff_has_frags(xdp)) {
		si->nr_frags = 0;
		si->xdp_frags_size = 0;
		si->xdp_frags_truesize = 0;
		xdp_buff_set_frags_flag(xdp);
	}
	if (si->nr_frags == MAX_SKB_FRAGS)
		return false;
	page = page_pool_dev_alloc_pages(rx->pool);
	if (!page)
		return false;
	memcpy(page_address(page), src, len);
	skb_frag_fill_page_desc(&si->frags[si->nr_frags++], page, 0, len);
	si->xdp_frags_size += len;
	si->xdp_frags_truesize += PAGE_SIZE;
	if (page_is_pfmemalloc(page))
		xdp_buff_set_frag_pfmemalloc(xdp);
	return true;
}

/* Copies a frame from the receive buffer. False without memory. */
static bool netvsc_xdp_fill(struct netvsc_rx *rx, struct xdp_buff *xdp,
			    const u8 *src, u32 len)
{
	u32 part = min_t(u32, len, NETVSC_XDP_HEAD);
	struct page *page;

	page = page_pool_dev_alloc_pages(rx->pool);
	if (!page)
		return false;
	xdp_init_buff(xdp, PAGE_SIZE, &rx->xdp_rxq);
	xdp_prepare_buff(xdp, page_address(page), XDP_PACKET_HEADROOM, part,
			 true);
	memcpy(xdp->data, src, part);
	for (src += part, len -= part; len; src += part, len -= part) {
		part = min_t(u32, len, PAGE_SIZE);
		if (!netvsc_xdp_add_frag(rx, xdp, src, part)) {
			xdp_return_buff(xdp);
			return false;
		}
	}
	return true;
}

static struct sk_buff *netvsc_xdp_build(struct netvsc_queue *q,
					struct xdp_buff *xdp)
{
	struct sk_buff *skb = xdp_build_skb_from_buff(xdp);

	if (unlikely(!skb)) {
		xdp_return_buff(xdp);
		netvsc_stat_inc(&q->rx_stats.sync, &q->rx_stats.no_memory);
		return NULL;
	}
	netvsc_stat_inc(&q->rx_stats.sync, &q->rx_stats.xdp_pass);
	return skb;
}

/* Sends a frame back by the queue that it came in by, in the same VLAN. */
static bool netvsc_xdp_bounce(struct netvsc_queue *q, struct xdp_buff *xdp)
{
	const struct netvsc_rx_info *info =
		container_of(xdp, struct netvsc_xdp_buff, xdp)->info;
	struct xdp_frame *frame = xdp_convert_buff_to_frame(xdp);
	struct netdev_queue *txq = netvsc_txq(q);
	int ret;

	if (unlikely(!frame))
		return false;
	__netif_tx_lock(txq, smp_processor_id());
	txq_trans_cond_update(txq);
	ret = netvsc_tx_xdp_frame(q, frame, info->flags & NETVSC_RX_VLAN ?
					    &info->vlan_tci : NULL);
	__netif_tx_unlock(txq);
	if (!ret)
		q->rx.xdp_sent = true;
	return !ret;
}

/* Counts a frame that the stack does not see. */
static void netvsc_xdp_count(struct netvsc_queue *q, u32 len,
			     u64_stats_t *action)
{
	struct netvsc_rx_stats *st = &q->rx_stats;

	u64_stats_update_begin(&st->sync);
	u64_stats_inc(&st->packets);
	u64_stats_add(&st->bytes, len);
	u64_stats_inc(action);
	u64_stats_update_end(&st->sync);
}

/* Does what the program wants. Returns the packet if the stack gets it. */
static struct sk_buff *netvsc_xdp_act(struct netvsc_queue *q,
				      struct bpf_prog *prog,
				      struct xdp_buff *xdp, u32 len)
{
	struct netvsc_rx_stats *st = &q->rx_stats;
	u32 act = bpf_prog_run_xdp(prog, xdp);

	switch (act) {
	case XDP_PASS:
		return netvsc_xdp_build(q, xdp);
	case XDP_TX:
		if (!netvsc_xdp_bounce(q, xdp))
			break;
		netvsc_xdp_count(q, len, &st->xdp_tx);
		return NULL;
	case XDP_REDIRECT:
		if (xdp_do_redirect(q->nd->ndev, xdp, prog))
			break;
		q->rx.xdp_flush = true;
		netvsc_xdp_count(q, len, &st->xdp_redirect);
		return NULL;
	default:
		bpf_warn_invalid_xdp_action(q->nd->ndev, prog, act);
		fallthrough;
	case XDP_ABORTED:
		break;
	case XDP_DROP:
		xdp_return_buff(xdp);
		netvsc_xdp_count(q, len, &st->xdp_drop);
		return NULL;
	}
	trace_xdp_exception(q->nd->ndev, prog, act);
	xdp_return_buff(xdp);
	netvsc_xdp_count(q, len, &st->xdp_drop);
	return NULL;
}

/**
 * netvsc_xdp_receive() - run the program on a frame
 * @q: queue
 * @prog: program
 * @src: frame, in the receive buffer, checked
 * @info: contents of its message, checked
 *
 * A frame that the program cannot take, or for which there is no memory, is
 * dropped.
 *
 * Context: NAPI poll.
 * Return: the packet if the program passes it to the stack, or NULL.
 */
struct sk_buff *netvsc_xdp_receive(struct netvsc_queue *q,
				   struct bpf_prog *prog, const u8 *src,
				   const struct netvsc_rx_info *info)
{
	struct netvsc_xdp_buff buff = { .info = info };
	struct netvsc_rx_stats *st = &q->rx_stats;
	u32 len = info->data_len;

	if (unlikely(len > NETVSC_XDP_HEAD && !prog->aux->xdp_has_frags)) {
		netvsc_stat_inc(&st->sync, &st->dropped);
		return NULL;
	}
	if (unlikely(!netvsc_xdp_fill(&q->rx, &buff.xdp, src, len))) {
		netvsc_stat_inc(&st->sync, &st->no_memory);
		return NULL;
	}
	return netvsc_xdp_act(q, prog, &buff.xdp, len);
}

/**
 * netvsc_xdp_flush() - end a poll in which frames were sent or redirected
 * @q: queue
 *
 * Context: NAPI poll. Takes the TX queue lock.
 */
void netvsc_xdp_flush(struct netvsc_queue *q)
{
	struct netdev_queue *txq = netvsc_txq(q);

	if (q->rx.xdp_flush)
		xdp_do_flush();
	if (q->rx.xdp_sent) {
		__netif_tx_lock(txq, smp_processor_id());
		if (q->tx.ready)
			netvsc_tx_flush(q, false);
		__netif_tx_unlock(txq);
	}
	q->rx.xdp_flush = false;
	q->rx.xdp_sent = false;
}

static int netvsc_xdp_set(struct netvsc_dev *nd, struct bpf_prog *prog,
			  struct netlink_ext_ack *extack)
{
	bool rsc = prog && nd->ndev->features & NETIF_F_LRO && nd->attached;
	struct bpf_prog *old;
	int ret;

	ASSERT_RTNL();
	netdev_assert_locked(nd->ndev);
	if (!netvsc_xdp_mtu_ok(prog, nd->ndev->mtu)) {
		NL_SET_ERR_MSG_MOD(extack,
				   "MTU is too large for a program without frags support");
		return -EOPNOTSUPP;
	}
	/* Programs do not expect coalesced packets; see ndo_fix_features. */
	ret = rsc ? netvsc_oid_set_rsc(nd, false) : 0;
	if (ret) {
		NL_SET_ERR_MSG_MOD(extack,
				   "the host goes on coalescing packets");
		goto err_rsc;
	}
	ret = netvsc_vf_set_prog(nd, prog, extack);
	if (ret)
		goto err_rsc;
	old = netdev_lock_dereference(nd->prog, nd->ndev);
	rcu_assign_pointer(nd->prog, prog);
	netdev_update_features(nd->ndev);
	if (old)
		bpf_prog_put(old);
	return 0;

err_rsc:
	/* Nothing has changed, the feature neither. */
	if (rsc)
		netvsc_oid_set_rsc(nd, true);
	return ret;
}

/**
 * netvsc_xdp_setup() - ndo_bpf
 * @ndev: net device
 * @bpf: command
 *
 * Context: RTNL and instance lock.
 * Return: 0 or -errno.
 */
int netvsc_xdp_setup(struct net_device *ndev, struct netdev_bpf *bpf)
{
	struct netvsc_dev *nd = netdev_priv(ndev);

	switch (bpf->command) {
	case XDP_SETUP_PROG:
		return netvsc_xdp_set(nd, bpf->prog, bpf->extack);
	default:
		return -EINVAL;
	}
}

/**
 * netvsc_xdp_xmit() - ndo_xdp_xmit
 * @ndev: net device
 * @n: number of frames
 * @frames: frames; the ones that were sent are consumed
 * @flags: XDP_XMIT_FLUSH
 *
 * Context: Softirq. Takes the TX queue lock.
 * Return: number of frames sent, or -errno.
 */
int netvsc_xdp_xmit(struct net_device *ndev, int n, struct xdp_frame **frames,
		    u32 flags)
{
	struct netvsc_dev *nd = netdev_priv(ndev);
	unsigned int cpu = smp_processor_id();
	struct netdev_queue *txq;
	struct netvsc_queue *q;
	int sent;

	if (unlikely(flags & ~XDP_XMIT_FLAGS_MASK))
		return -EINVAL;
	if (unlikely(!netif_running(ndev) || !netif_carrier_ok(ndev)))
		return -ENETDOWN;
	sent = netvsc_vf_xdp_xmit(nd, n, frames, flags);
	if (sent != -EOPNOTSUPP)
		return sent;
	q = &nd->queues[cpu % READ_ONCE(nd->num_queues)];
	txq = netvsc_txq(q);
	__netif_tx_lock(txq, cpu);
	txq_trans_cond_update(txq);
	for (sent = 0; sent < n; sent++)
		if (netvsc_tx_xdp_frame(q, frames[sent], NULL))
			break;
	if (flags & XDP_XMIT_FLUSH && q->tx.ready)
		netvsc_tx_flush(q, false);
	__netif_tx_unlock(txq);
	return sent;
}
