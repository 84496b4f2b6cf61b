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
#define HVN_SUB_TIMEOUT		(5 * HZ)

static u32 hvn_recv_bytes(const struct hvn_params *p)
{
	return min(PAGE_ALIGN(p->rx_sections * HVN_SECTION_RX),
		   HVN_RX_BYTES_MAX);
}

static u32 hvn_send_bytes(const struct hvn_params *p)
{
	u32 sections = p->tx_sections ?: p->channels * HVN_TX_SECTIONS_PER_Q;

	return min(PAGE_ALIGN(sections * HVN_SECTION_TX), HVN_TX_BYTES_MAX);
}

/* Opens the primary channel, agrees on NVSP, shares the buffers. */
static int hvn_attach_nvsp(struct hvn_dev *nd, const struct hvn_params *p)
{
	struct hvn_queue *q = &nd->queues[0];
	int err;

	err = hvn_queue_setup(q);
	if (!err)
		err = hvn_queue_open(q, nd->vdev->channel);
	if (!err)
		err = hvn_nvsp_negotiate(nd, p->mtu);
	if (!err)
		err = hvn_nvsp_share_recv_buf(nd, hvn_recv_bytes(p));
	if (!err)
		err = hvn_rx_attach_buf(q);
	if (!err)
		err = hvn_nvsp_share_send_buf(nd, hvn_send_bytes(p));
	return err;
}

static int hvn_attach_rndis(struct hvn_dev *nd)
{
	int err;

	err = hvn_rndis_init(nd);
	if (!err)
		err = hvn_oid_identity(nd);
	if (!err)
		err = hvn_oid_offloads(nd);
	if (err)
		return err;
	hvn_oid_link(nd);
	return hvn_rss_query(nd);
}

static int hvn_prepare_queues(struct hvn_dev *nd, u32 count)
{
	u32 share = nd->send_sections / count;
	u32 i;
	int err;

	for (i = 0; i < count; i++) {
		struct hvn_queue *q = &nd->queues[i];

		if (i) {
			err = hvn_queue_setup(q);
			if (!err)
				err = hvn_rx_attach_buf(q);
			if (err)
				return err;
		}
		hvn_tx_assign_sections(q, i * share, share);
	}
	return 0;
}

/* Asks for sub-channels; they are offered, and opened, in their own time. */
static int hvn_ask_subchannels(struct hvn_dev *nd, u32 want)
{
	int err;

	mutex_lock(&nd->sub_mutex);
	nd->sub_opened = 0;
	nd->sub_expected = want;
	mutex_unlock(&nd->sub_mutex);
	if (!want)
		return 0;
	err = hvn_nvsp_subchannels(nd, &want);
	if (err == -EIO) {
		netdev_notice(nd->ndev, "host refuses sub-channels\n");
		want = 0;
		err = 0;
	}
	mutex_lock(&nd->sub_mutex);
	nd->sub_expected = err ? 0 : want;
	mutex_unlock(&nd->sub_mutex);
	return err;
}

static void hvn_tx_allow(struct hvn_queue *q, bool allow)
{
	struct netdev_queue *txq = hvn_txq(q);

	__netif_tx_lock_bh(txq);
	if (!allow && q->tx.ready)
		hvn_tx_flush(q, false);
	q->tx.ready = allow;
	__netif_tx_unlock_bh(txq);
}

/**
 * hvn_attach() - makes the adapter work
 * @nd: device, detached
 * @params: what to ask of the host
 *
 * Instance lock. Afterwards one queue works; hvn_take_subchannels() takes the
 * others into use.
 *
 * Return: 0, or -errno and detached.
 */
int hvn_attach(struct hvn_dev *nd, const struct hvn_params *params)
{
	u32 count;
	int err;

	if (nd->dead)
		return nd->dead;
	nd->params = *params;
	nd->attached = true;
	nd->filter = 0;
	nd->send_table_valid = false;
	hvn_vf_reset(nd);

	err = hvn_attach_nvsp(nd, params);
	if (!err)
		err = hvn_attach_rndis(nd);
	if (err)
		goto detach;
	count = min3(params->channels, nd->host_queues, nd->max_queues);
	err = hvn_prepare_queues(nd, count);
	if (!err)
		err = hvn_ask_subchannels(nd, count - 1);
	if (err)
		goto detach;
	WRITE_ONCE(nd->num_queues, 1);
	hvn_tx_allow(&nd->queues[0], true);
	return 0;

detach:
	netdev_err(nd->ndev, "cannot agree with the host: %d\n", err);
	hvn_detach(nd);
	return err;
}

static bool hvn_idle(const struct hvn_dev *nd)
{
	u32 i;

	for (i = 0; i < nd->max_queues; i++) {
		const struct hvn_queue *q = &nd->queues[i];

		if (q->open && (!hvn_tx_idle(q) ||
				hvn_owed_count(&q->rx.owed)))
			return false;
	}
	return true;
}

/* Gives the host a bounded time to complete what it has. */
static void hvn_drain(struct hvn_dev *nd)
{
	unsigned long end = jiffies + HVN_DRAIN_TIMEOUT;

	while (!hvn_idle(nd) && !READ_ONCE(nd->dead) && time_before(jiffies, end))
		usleep_range(500, 1000);
}

static void hvn_destroy_buffers(struct hvn_dev *nd)
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

static void hvn_close_channels(struct hvn_dev *nd)
{
	u32 i;

	/* From here on an offered sub-channel is left alone. */
	mutex_lock(&nd->sub_mutex);
	nd->sub_expected = 0;
	mutex_unlock(&nd->sub_mutex);

	for (i = 0; i < nd->max_queues; i++)
		hvn_queue_quiesce(&nd->queues[i]);
	for (i = nd->max_queues; i--;)
		hvn_queue_close(&nd->queues[i]);
}

/**
 * hvn_detach() - lets go of the host
 * @nd: device; also one that was attached in part
 *
 * Instance lock. Every wait is bounded. When it returns nothing is shared with
 * the host and every packet has ended.
 */
void hvn_detach(struct hvn_dev *nd)
{
	u32 i;

	if (!nd->attached)
		return;
	for (i = 0; i < nd->max_queues; i++)
		if (nd->queues[i].ready)
			hvn_tx_allow(&nd->queues[i], false);
	if (nd->queues[0].open && !nd->dead) {
		hvn_rndis_halt(nd);
		hvn_drain(nd);
		hvn_nvsp_revoke_buffers(nd);
	}
	hvn_close_channels(nd);
	hvn_destroy_buffers(nd);
	for (i = 0; i < nd->max_queues; i++)
		hvn_queue_teardown(&nd->queues[i]);
	hvn_rndis_free_pages(nd);
	nd->attached = false;
}

/**
 * hvn_subchannel() - a sub-channel was offered
 * @nd: device
 * @sub: channel
 *
 * Bus work queue. Takes neither RTNL nor the instance lock: their holders may
 * be waiting for this.
 */
void hvn_subchannel(struct hvn_dev *nd, struct vmb_channel *sub)
{
	u32 index = vmb_channel_index(sub);
	struct hvn_queue *q;
	bool all;
	int err;

	mutex_lock(&nd->sub_mutex);
	if (!index || index > nd->sub_expected || nd->queues[index].open) {
		mutex_unlock(&nd->sub_mutex);
		return;
	}
	q = &nd->queues[index];
	err = hvn_queue_open(q, sub);
	if (err)
		netdev_warn(nd->ndev, "sub-channel %u does not open: %d\n",
			    index, err);
	else
		nd->sub_opened++;
	all = nd->sub_opened == nd->sub_expected;
	mutex_unlock(&nd->sub_mutex);
	wake_up_all(&nd->wait);
	if (all)
		schedule_work(&nd->sub_work);
}

static bool hvn_subchannels_there(struct hvn_dev *nd)
{
	return READ_ONCE(nd->sub_opened) >= READ_ONCE(nd->sub_expected) ||
	       READ_ONCE(nd->dead);
}

/**
 * hvn_wait_subchannels() - waits for the sub-channels that were granted
 * @nd: device
 *
 * Process context, bounded.
 */
void hvn_wait_subchannels(struct hvn_dev *nd)
{
	wait_event_timeout(nd->wait, hvn_subchannels_there(nd),
			   HVN_SUB_TIMEOUT);
}

static void hvn_spread_cpus(struct hvn_dev *nd)
{
	u32 i;

	for (i = 0; i < nd->num_queues; i++)
		netif_set_xps_queue(nd->ndev,
				    cpumask_of(vmb_channel_cpu(nd->queues[i].ch)),
				    i);
}

/**
 * hvn_take_subchannels() - uses the queues whose channels are open
 * @nd: device
 *
 * RTNL and instance lock, or before the net device is registered. May be
 * called again when more channels have opened.
 */
void hvn_take_subchannels(struct hvn_dev *nd)
{
	u32 i, count;
	int err;

	if (!nd->attached)
		return;
	mutex_lock(&nd->sub_mutex);
	for (count = 1; count < nd->max_queues; count++)
		if (!nd->queues[count].open)
			break;
	mutex_unlock(&nd->sub_mutex);

	for (i = 0; i < count; i++)
		if (!nd->queues[i].tx.ready)
			hvn_tx_allow(&nd->queues[i], true);
	err = netif_set_real_num_queues(nd->ndev, count, count);
	if (err) {
		netdev_warn(nd->ndev, "cannot use %u queues: %d\n", count, err);
		return;
	}
	if (count == nd->num_queues && nd->rss_done)
		return;
	WRITE_ONCE(nd->num_queues, count);
	hvn_spread_cpus(nd);
	hvn_rss_default_table(nd);
	err = hvn_rss_apply(nd);
	nd->rss_done = !err;
	if (err)
		netdev_warn(nd->ndev, "receive spreading is off: %d\n", err);
}

/**
 * hvn_restore() - attaches a net device that existed before
 * @nd: device, detached
 * @params: what to ask of the host
 * @filter: packet filter to have
 *
 * RTNL and instance lock.
 *
 * Return: 0, or -errno and detached.
 */
static int hvn_restore(struct hvn_dev *nd, const struct hvn_params *params,
		       u32 filter)
{
	struct hvn_params want = *params;
	struct net_device *ndev = nd->ndev;
	int err;

	nd->rss_done = false;
	err = hvn_attach(nd, &want);
	if (err)
		return err;
	hvn_wait_subchannels(nd);
	hvn_take_subchannels(nd);
	hvn_set_features(nd);
	if (!ether_addr_equal(ndev->dev_addr, nd->perm_addr) &&
	    hvn_oid_set_address(nd, ndev->dev_addr))
		netdev_warn(ndev, "host does not take the address again\n");
	if (hvn_oid_filter(nd, filter))
		netdev_warn(ndev, "host does not take the packet filter\n");
	set_bit(HVN_LINK_CHANGE, &nd->link_events);
	schedule_work(&nd->link_work);
	return 0;
}

/**
 * hvn_reattach() - agrees with the host again, on other terms
 * @nd: device
 * @params: what to ask of the host now
 *
 * RTNL and instance lock. If the host does not take the new terms the old ones
 * are restored; if that fails too the device stays, without a carrier.
 *
 * Return: 0 or -errno.
 */
int hvn_reattach(struct hvn_dev *nd, const struct hvn_params *params)
{
	struct hvn_params old = nd->params;
	struct net_device *ndev = nd->ndev;
	u32 filter = nd->filter;
	int err;

	netif_device_detach(ndev);
	hvn_detach(nd);
	err = hvn_restore(nd, params, filter);
	if (err && hvn_restore(nd, &old, filter)) {
		netdev_err(ndev, "the old terms are refused too\n");
		netif_carrier_off(ndev);
	}
	netif_device_attach(ndev);
	return err;
}
