// SPDX-License-Identifier: GPL-2.0
/*
 * Attaching to the host and detaching from it, and doing both in a row to
 * change what was agreed on while the net device stays.
 */
#include <linux/delay.h>
#include <linux/etherdevice.h>
#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/rtnetlink.h>
#include <linux/wait.h>
#include <net/netdev_lock.h>

#include "net.h"

/* How long the host may take to offer what it granted. */
#define NETVSC_SUB_TIMEOUT		(5 * HZ)

static u32 netvsc_recv_bytes(const struct netvsc_params *p)
{
	return min(PAGE_ALIGN(p->rx_sections * NETVSC_SECTION_RX),
		   NETVSC_RX_BYTES_MAX);
}

static u32 netvsc_send_bytes(const struct netvsc_params *p)
{
	u32 sections = p->tx_sections ?: p->channels * NETVSC_TX_SECTIONS_PER_Q;

	return min(PAGE_ALIGN(sections * NETVSC_SECTION_TX),
		   NETVSC_TX_BYTES_MAX);
}

/* Opens the primary channel, agrees on NVSP, shares the buffers. */
static int netvsc_attach_nvsp(struct netvsc_dev *nd,
			      const struct netvsc_params *p)
{
	struct netvsc_queue *q = &nd->queues[0];
	int ret;

	ret = netvsc_queue_setup(q);
	if (!ret)
		ret = netvsc_queue_open(q, nd->vdev->channel);
	if (!ret)
		ret = netvsc_nvsp_negotiate(nd, p->mtu);
	if (!ret)
		ret = netvsc_nvsp_share_recv_buf(nd, netvsc_recv_bytes(p));
	if (!ret)
		ret = netvsc_rx_attach_buf(q);
	if (!ret)
		ret = netvsc_nvsp_share_send_buf(nd, netvsc_send_bytes(p));
	return ret;
}

static int netvsc_attach_rndis(struct netvsc_dev *nd)
{
	int ret;

	ret = netvsc_rndis_init(nd);
	if (!ret)
		ret = netvsc_oid_identity(nd);
	if (!ret)
		ret = netvsc_oid_offloads(nd);
	if (ret)
		return ret;
	netvsc_oid_link(nd);
	return netvsc_rss_query(nd);
}

static int netvsc_prepare_queues(struct netvsc_dev *nd, u32 count)
{
	u32 share = nd->send_sections / count;
	u32 i;
	int ret;

	for (i = 0; i < count; i++) {
		struct netvsc_queue *q = &nd->queues[i];

		if (i) {
			ret = netvsc_queue_setup(q);
			if (!ret)
				ret = netvsc_rx_attach_buf(q);
			if (ret)
				return ret;
		}
		netvsc_tx_assign_sections(q, i * share, share);
	}
	return 0;
}

/* Asks for sub-channels; they are offered, and opened, in their own time. */
static int netvsc_request_subchannels(struct netvsc_dev *nd, u32 want)
{
	int ret;

	mutex_lock(&nd->sub_mutex);
	nd->sub_opened = 0;
	nd->sub_expected = want;
	mutex_unlock(&nd->sub_mutex);
	if (!want)
		return 0;
	ret = netvsc_nvsp_subchannels(nd, &want);
	if (ret == -EIO) {
		netdev_notice(nd->ndev, "host refuses sub-channels\n");
		want = 0;
		ret = 0;
	}
	mutex_lock(&nd->sub_mutex);
	nd->sub_expected = ret ? 0 : want;
	mutex_unlock(&nd->sub_mutex);
	return ret;
}

static void netvsc_tx_allow(struct netvsc_queue *q, bool allow)
{
	struct netdev_queue *txq = netvsc_txq(q);

	__netif_tx_lock_bh(txq);
	if (!allow && q->tx.ready)
		netvsc_tx_flush(q, false);
	q->tx.ready = allow;
	__netif_tx_unlock_bh(txq);
}

/**
 * netvsc_attach() - makes the adapter work
 * @nd: device, detached
 * @params: what to ask of the host
 *
 * Instance lock. Afterwards one queue works; netvsc_use_subchannels() takes
 * the others into use.
 *
 * Return: 0, or -errno and detached.
 */
int netvsc_attach(struct netvsc_dev *nd, const struct netvsc_params *params)
{
	u32 count;
	int ret;

	if (nd->dead)
		return nd->dead;
	nd->params = *params;
	nd->attached = true;
	nd->filter = 0;
	nd->send_table_valid = false;
	netvsc_vf_reset(nd);

	ret = netvsc_attach_nvsp(nd, params);
	if (!ret)
		ret = netvsc_attach_rndis(nd);
	if (ret)
		goto detach;
	count = min3(params->channels, nd->host_queues, nd->max_queues);
	ret = netvsc_prepare_queues(nd, count);
	if (!ret)
		ret = netvsc_request_subchannels(nd, count - 1);
	if (ret)
		goto detach;
	WRITE_ONCE(nd->num_queues, 1);
	netvsc_tx_allow(&nd->queues[0], true);
	return 0;

detach:
	netdev_err(nd->ndev, "cannot agree with the host: %d\n", ret);
	netvsc_detach(nd);
	return ret;
}

static bool netvsc_idle(const struct netvsc_dev *nd)
{
	u32 i;

	for (i = 0; i < nd->max_queues; i++) {
		const struct netvsc_queue *q = &nd->queues[i];

		if (q->open && (!netvsc_tx_idle(q) ||
				netvsc_pending_count(&q->rx.pending)))
			return false;
	}
	return true;
}

/* Gives the host a bounded time to complete what it has. */
static void netvsc_drain(struct netvsc_dev *nd)
{
	unsigned long end = jiffies + NETVSC_DRAIN_TIMEOUT;

	while (!netvsc_idle(nd) && !READ_ONCE(nd->dead) &&
	       time_before(jiffies, end))
		usleep_range(500, 1000);
}

static void netvsc_destroy_buffers(struct netvsc_dev *nd)
{
	if (nd->recv_gpadl)
		vmb_gpadl_destroy(nd->recv_gpadl);
	if (nd->send_gpadl)
		vmb_gpadl_destroy(nd->send_gpadl);
	nd->recv_gpadl = NULL;
	nd->send_gpadl = NULL;
	nd->recv_sections = 0;
	nd->send_sections = 0;
}

static void netvsc_close_channels(struct netvsc_dev *nd)
{
	u32 i;

	/* From here on an offered sub-channel is left alone. */
	mutex_lock(&nd->sub_mutex);
	nd->sub_expected = 0;
	mutex_unlock(&nd->sub_mutex);

	for (i = 0; i < nd->max_queues; i++)
		netvsc_queue_quiesce(&nd->queues[i]);
	for (i = nd->max_queues; i--;)
		netvsc_queue_close(&nd->queues[i]);
}

/**
 * netvsc_detach() - lets go of the host
 * @nd: device; also one that was attached in part
 *
 * Instance lock. Every wait is bounded. When it returns nothing is shared with
 * the host and every packet has ended.
 */
void netvsc_detach(struct netvsc_dev *nd)
{
	u32 i;

	if (!nd->attached)
		return;
	for (i = 0; i < nd->max_queues; i++)
		if (nd->queues[i].ready)
			netvsc_tx_allow(&nd->queues[i], false);
	if (nd->queues[0].open && !nd->dead) {
		netvsc_rndis_halt(nd);
		netvsc_drain(nd);
		netvsc_nvsp_revoke_buffers(nd);
	}
	netvsc_close_channels(nd);
	netvsc_destroy_buffers(nd);
	for (i = 0; i < nd->max_queues; i++)
		netvsc_queue_teardown(&nd->queues[i]);
	netvsc_rndis_free_pages(nd);
	nd->attached = false;
}

/**
 * netvsc_subchannel() - a sub-channel was offered
 * @nd: device
 * @sub: channel
 *
 * Bus work queue. Takes neither RTNL nor the instance lock: their holders may
 * be waiting for this.
 */
void netvsc_subchannel(struct netvsc_dev *nd, struct vmb_channel *sub)
{
	u32 index = vmb_channel_index(sub);
	struct netvsc_queue *q;
	bool all;
	int ret;

	mutex_lock(&nd->sub_mutex);
	if (!index || index > nd->sub_expected || nd->queues[index].open) {
		mutex_unlock(&nd->sub_mutex);
		return;
	}
	q = &nd->queues[index];
	ret = netvsc_queue_open(q, sub);
	if (ret)
		netdev_warn(nd->ndev, "sub-channel %u does not open: %d\n",
			    index, ret);
	else
		nd->sub_opened++;
	all = nd->sub_opened == nd->sub_expected;
	mutex_unlock(&nd->sub_mutex);
	wake_up_all(&nd->wait);
	if (all)
		schedule_work(&nd->sub_work);
}

static bool netvsc_subchannels_open(struct netvsc_dev *nd)
{
	return READ_ONCE(nd->sub_opened) >= READ_ONCE(nd->sub_expected) ||
	       READ_ONCE(nd->dead);
}

/**
 * netvsc_wait_subchannels() - waits for the sub-channels that were granted
 * @nd: device
 *
 * Process context, bounded.
 */
void netvsc_wait_subchannels(struct netvsc_dev *nd)
{
	wait_event_timeout(nd->wait, netvsc_subchannels_open(nd),
			   NETVSC_SUB_TIMEOUT);
}

static void netvsc_spread_cpus(struct netvsc_dev *nd)
{
	const struct cpumask *cpus;

	for (u32 i = 0; i < nd->num_queues; i++) {
		cpus = cpumask_of(vmb_channel_cpu(nd->queues[i].ch));
		netif_set_xps_queue(nd->ndev, cpus, i);
	}
}

/**
 * netvsc_use_subchannels() - uses the queues whose channels are open
 * @nd: device
 *
 * RTNL and instance lock, or before the net device is registered. May be
 * called again when more channels have opened.
 */
void netvsc_use_subchannels(struct netvsc_dev *nd)
{
	u32 i, count;
	int ret;

	if (!nd->attached)
		return;
	mutex_lock(&nd->sub_mutex);
	for (count = 1; count < nd->max_queues; count++)
		if (!nd->queues[count].open)
			break;
	mutex_unlock(&nd->sub_mutex);

	for (i = 0; i < count; i++)
		if (!nd->queues[i].tx.ready)
			netvsc_tx_allow(&nd->queues[i], true);
	ret = netif_set_real_num_queues(nd->ndev, count, count);
	if (ret) {
		netdev_warn(nd->ndev, "cannot use %u queues: %d\n", count, ret);
		return;
	}
	if (count == nd->num_queues && nd->rss_done)
		return;
	WRITE_ONCE(nd->num_queues, count);
	netvsc_spread_cpus(nd);
	netvsc_rss_default_table(nd);
	ret = netvsc_rss_apply(nd);
	nd->rss_done = !ret;
	if (ret)
		netdev_warn(nd->ndev, "receive spreading is off: %d\n", ret);
}

/**
 * netvsc_restore() - attaches a net device that existed before
 * @nd: device, detached
 * @params: what to ask of the host
 * @filter: packet filter to have
 *
 * RTNL and instance lock.
 *
 * Return: 0, or -errno and detached.
 */
static int netvsc_restore(struct netvsc_dev *nd,
			  const struct netvsc_params *params, u32 filter)
{
	struct netvsc_params want = *params;
	struct net_device *ndev = nd->ndev;
	int ret;

	nd->rss_done = false;
	ret = netvsc_attach(nd, &want);
	if (ret)
		return ret;
	netvsc_wait_subchannels(nd);
	netvsc_use_subchannels(nd);
	netvsc_set_features(nd);
	if (!ether_addr_equal(ndev->dev_addr, nd->perm_addr) &&
	    netvsc_oid_set_address(nd, ndev->dev_addr))
		netdev_warn(ndev, "host does not take the address again\n");
	if (netvsc_oid_filter(nd, filter))
		netdev_warn(ndev, "host does not take the packet filter\n");
	set_bit(NETVSC_LINK_CHANGE, &nd->link_events);
	schedule_work(&nd->link_work);
	return 0;
}

/**
 * netvsc_reattach() - agrees with the host again, on other terms
 * @nd: device
 * @params: what to ask of the host now
 *
 * RTNL and instance lock. If the host does not take the new terms the old ones
 * are restored; if that fails too the device stays, without a carrier.
 *
 * Return: 0 or -errno.
 */
int netvsc_reattach(struct netvsc_dev *nd, const struct netvsc_params *params)
{
	struct netvsc_params old = nd->params;
	struct net_device *ndev = nd->ndev;
	u32 filter = nd->filter;
	int ret;

	netif_device_detach(ndev);
	netvsc_detach(nd);
	ret = netvsc_restore(nd, params, filter);
	if (ret && netvsc_restore(nd, &old, filter)) {
		netdev_err(ndev, "the old terms are refused too\n");
		netif_carrier_off(ndev);
	}
	netif_device_attach(ndev);
	return ret;
}
