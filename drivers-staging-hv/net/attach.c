// SPDX-License-Identifier: GPL-2.0
/*
 * Attaching to the host, detaching from it, and both in a row to negotiate
 * anew while the net device stays.
 */
#include <linux/delay.h>
#include <linux/etherdevice.h>
#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/wait.h>
#include <net/netdev_lock.h>

#include "attach.h"
#include "ctl.h"
#include "net.h"
#include "nvsp.h"
#include "oid.h"
#include "queue.h"
#include "rndis.h"
#include "rx.h"
#include "tx.h"
#include "vf.h"

/* How long the host may take to offer what it granted. */
#define NETVSC_SUB_TIMEOUT	(5 * HZ)

/* How long the host may take to complete what is in flight. */
#define NETVSC_DRAIN_TIMEOUT	(2 * HZ)

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

/* Opens the primary channel, negotiates NVSP, shares the buffers. */
static int netvsc_attach_nvsp(struct netvsc_dev *nd,
			      const struct netvsc_params *p)
{
	struct netvsc_queue *q = &nd->queues[0];
	int ret;

	ret = netvsc_queue_setup(q);
	if (ret)
		return ret;
	ret = netvsc_queue_open(q, nd->vdev->channel);
	if (ret)
		return ret;
	netvsc_ctl_open(nd, q->ch, q->ids);
	ret = netvsc_nvsp_negotiate(nd, p->mtu);
	if (ret)
		return ret;
	ret = netvsc_nvsp_share_recv_buf(nd, netvsc_recv_bytes(p));
	if (ret)
		return ret;
	ret = netvsc_rx_attach_buf(q);
	if (ret)
		return ret;
	return netvsc_nvsp_share_send_buf(nd, netvsc_send_bytes(p));
}

static int netvsc_attach_rndis(struct netvsc_dev *nd)
{
	int ret;

	ret = netvsc_rndis_init(nd);
	if (ret)
		return ret;
	ret = netvsc_oid_identity(nd);
	if (ret)
		return ret;
	ret = netvsc_oid_offloads(nd);
	if (ret)
		return ret;
	netvsc_oid_link(nd);
	return netvsc_rss_query(nd);
}

/* Sets up the queues that sub-channels will be opened for. */
static int netvsc_prepare_queues(struct netvsc_dev *nd, u32 count)
{
	u32 share = nd->send_sections / count;
	int ret;

	netvsc_tx_assign_sections(&nd->queues[0], 0, share);
	for (u32 i = 1; i < count; i++) {
		ret = netvsc_queue_setup(&nd->queues[i]);
		if (ret)
			return ret;
		ret = netvsc_rx_attach_buf(&nd->queues[i]);
		if (ret)
			return ret;
		netvsc_tx_assign_sections(&nd->queues[i], i * share, share);
	}
	return 0;
}

static void netvsc_expect_subchannels(struct netvsc_dev *nd, u32 count)
{
	mutex_lock(&nd->sub_mutex);
	nd->sub_expected = count;
	mutex_unlock(&nd->sub_mutex);
}

/* Requests sub-channels; they are offered, and opened, in their own time. */
static int netvsc_request_subchannels(struct netvsc_dev *nd, u32 want)
{
	int ret;

	/* Offers may come before the answer does. */
	netvsc_expect_subchannels(nd, want);
	if (!want)
		return 0;
	ret = netvsc_nvsp_subchannels(nd, &want);
	netvsc_expect_subchannels(nd, ret ? 0 : want);
	if (ret != -EIO)
		return ret;
	netdev_notice(nd->ndev, "host refuses sub-channels\n");
	return 0;
}

static int netvsc_attach_queues(struct netvsc_dev *nd,
				const struct netvsc_params *p)
{
	u32 count = min3(p->channels, nd->host_queues, nd->max_queues);
	int ret;

	ret = netvsc_prepare_queues(nd, count);
	if (ret)
		return ret;
	nd->sub_opened = 0;
	return netvsc_request_subchannels(nd, count - 1);
}

static int netvsc_attach_all(struct netvsc_dev *nd,
			     const struct netvsc_params *p)
{
	int ret;

	ret = netvsc_attach_nvsp(nd, p);
	if (ret)
		return ret;
	ret = netvsc_attach_rndis(nd);
	if (ret)
		return ret;
	return netvsc_attach_queues(nd, p);
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
 * netvsc_attach() - negotiate with the host and begin to use it
 * @nd: device, detached
 * @params: what to request of the host
 *
 * Afterwards one queue works; netvsc_use_subchannels() takes the others into
 * use.
 *
 * Context: Process, instance lock. Every wait has a timeout.
 * Return: 0, or -errno and detached.
 */
int netvsc_attach(struct netvsc_dev *nd, const struct netvsc_params *params)
{
	int ret;

	netdev_assert_locked(nd->ndev);
	if (nd->dead)
		return nd->dead;
	nd->params = *params;
	nd->attached = true;
	nd->negotiated = false;
	nd->filter = 0;
	nd->send_table_valid = false;
	netvsc_vf_reset(nd);

	ret = netvsc_attach_all(nd, params);
	if (ret) {
		netdev_err(nd->ndev, "negotiation with the host failed: %d\n",
			   ret);
		netvsc_detach(nd);
		return ret;
	}
	nd->negotiated = true;
	WRITE_ONCE(nd->num_queues, 1);
	netvsc_tx_allow(&nd->queues[0], true);
	return 0;
}

static bool netvsc_idle(const struct netvsc_dev *nd)
{
	for (u32 i = 0; i < nd->max_queues; i++) {
		const struct netvsc_queue *q = &nd->queues[i];

		if (q->open && (!netvsc_tx_idle(q) ||
				netvsc_pending_count(&q->rx.pending)))
			return false;
	}
	return true;
}

/* Waits for the host to complete what is in flight. */
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
	/* Sub-channels that are offered from here on are not opened. */
	netvsc_expect_subchannels(nd, 0);
	for (u32 i = 0; i < nd->max_queues; i++)
		netvsc_queue_quiesce(&nd->queues[i]);
	netvsc_ctl_close(nd);
	for (u32 i = nd->max_queues; i--;)
		netvsc_queue_close(&nd->queues[i]);
}

/*
 * Ends what netvsc_attach() negotiated. Without a filter no frame comes any
 * more, so that there is an end of what is in flight; hosts go on delivering
 * after RNDIS_HALT.
 */
static void netvsc_end_session(struct netvsc_dev *nd)
{
	netvsc_vf_detach(nd);
	netvsc_oid_filter(nd, 0);
	netvsc_drain(nd);
	netvsc_rndis_halt(nd);
	netvsc_nvsp_revoke_buffers(nd);
}

/**
 * netvsc_detach() - stop using the host
 * @nd: device; also one that was attached in part
 *
 * When it returns nothing is shared with the host and no packet is in flight.
 *
 * Context: Process, instance lock. Every wait has a timeout.
 */
void netvsc_detach(struct netvsc_dev *nd)
{
	netdev_assert_locked(nd->ndev);
	if (!nd->attached)
		return;
	for (u32 i = 0; i < nd->max_queues; i++)
		if (nd->queues[i].ready)
			netvsc_tx_allow(&nd->queues[i], false);
	/* Messages out of order would be all that a failed negotiation sends. */
	if (nd->negotiated && !nd->dead)
		netvsc_end_session(nd);
	netvsc_close_channels(nd);
	netvsc_destroy_buffers(nd);
	for (u32 i = 0; i < nd->max_queues; i++)
		netvsc_queue_teardown(&nd->queues[i]);
	netvsc_rndis_free_pages(nd);
	nd->attached = false;
}

/**
 * netvsc_subchannel() - a sub-channel was offered
 * @nd: device
 * @sub: channel
 *
 * Context: Process, bus work queue. Takes netvsc_dev.sub_mutex, but neither
 * RTNL nor the instance lock: their holders may be waiting for this.
 */
void netvsc_subchannel(struct netvsc_dev *nd, struct vmb_channel *sub)
{
	u32 index = vmb_channel_index(sub);
	struct netvsc_queue *q;
	int ret;

	mutex_lock(&nd->sub_mutex);
	if (!index || index > nd->sub_expected || nd->queues[index].open) {
		mutex_unlock(&nd->sub_mutex);
		return;
	}
	q = &nd->queues[index];
	ret = netvsc_queue_open(q, sub);
	if (ret)
		netdev_warn(nd->ndev, "cannot open sub-channel %u: %d\n",
			    index, ret);
	else
		nd->sub_opened++;
	mutex_unlock(&nd->sub_mutex);
	wake_up_all(&nd->wait);
	/* Waits for the others, but no longer than is due. */
	schedule_work(&nd->sub_work);
}

static bool netvsc_subchannels_open(const struct netvsc_dev *nd)
{
	return READ_ONCE(nd->sub_opened) >= READ_ONCE(nd->sub_expected) ||
	       READ_ONCE(nd->dead);
}

/**
 * netvsc_wait_subchannels() - wait for the sub-channels that were granted
 * @nd: device
 *
 * Context: Process. Sleeps for a bounded time.
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

/* Queues from the first on whose channels are open. */
static u32 netvsc_open_queues(struct netvsc_dev *nd)
{
	u32 count;

	mutex_lock(&nd->sub_mutex);
	for (count = 1; count < nd->max_queues; count++)
		if (!nd->queues[count].open)
			break;
	mutex_unlock(&nd->sub_mutex);
	return count;
}

/**
 * netvsc_use_subchannels() - use the queues whose channels are open
 * @nd: device; its net device is registered
 *
 * May be called again when more channels are open.
 *
 * Context: RTNL and instance lock.
 */
void netvsc_use_subchannels(struct netvsc_dev *nd)
{
	u32 count;
	int ret;

	ASSERT_RTNL();
	netdev_assert_locked(nd->ndev);
	if (!nd->attached)
		return;
	count = netvsc_open_queues(nd);
	for (u32 i = 0; i < count; i++)
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

/* What the host decides on. */
#define NETVSC_HOST_FEATURES	(NETIF_F_IP_CSUM | NETIF_F_IPV6_CSUM |	\
				 NETIF_F_TSO | NETIF_F_TSO6 | NETIF_F_LRO)

static netdev_features_t netvsc_host_features(const struct netvsc_dev *nd)
{
	netdev_features_t can = 0;

	if (nd->tx_csum & NETVSC_L4_TCP4)
		can |= NETIF_F_IP_CSUM;
	if (nd->tx_csum & NETVSC_L4_TCP6)
		can |= NETIF_F_IPV6_CSUM;
	if (nd->lso4)
		can |= NETIF_F_TSO;
	if (nd->lso6)
		can |= NETIF_F_TSO6;
	/*
	 * Not NETIF_F_GRO_HW: the size of the segments is not known, so they
	 * cannot be restored. The stack turns LRO off to forward.
	 */
	if (nd->rsc)
		can |= NETIF_F_LRO;
	return can;
}

/**
 * netvsc_limit_features() - leave the features that the host has
 * @nd: device
 * @features: features that are wanted
 *
 * The stack keeps a feature that is on when it is no longer one that can be
 * changed: a host that has less after a new negotiation, say after a migration,
 * would be sent what it cannot do.
 *
 * Context: RTNL and instance lock.
 * Return: features.
 */
netdev_features_t netvsc_limit_features(const struct netvsc_dev *nd,
					netdev_features_t features)
{
	return features & (netvsc_host_features(nd) | ~NETVSC_HOST_FEATURES);
}

/**
 * netvsc_set_features() - derive the net device's features from the host's
 * @nd: device, attached
 *
 * Context: Process, instance lock; and RTNL if the net device is registered.
 */
void netvsc_set_features(struct netvsc_dev *nd)
{
	netdev_features_t can = netvsc_host_features(nd);
	struct net_device *ndev = nd->ndev;

	ndev->hw_features = (ndev->hw_features & ~NETVSC_HOST_FEATURES) | can |
			    NETIF_F_SG | NETIF_F_RXCSUM | NETIF_F_RXHASH |
			    NETIF_F_HIGHDMA;
	if (nd->lso_max)
		netif_set_tso_max_size(ndev, min(nd->lso_max,
						 GSO_LEGACY_MAX_SIZE));
	if (ndev->reg_state == NETREG_REGISTERED) {
		netdev_update_features(ndev);
		return;
	}
	ndev->features &= ~NETVSC_HOST_FEATURES;
	ndev->features |= ndev->hw_features;
	ndev->vlan_features = ndev->features & ~NETIF_F_LRO;
	ndev->features |= NETIF_F_HW_VLAN_CTAG_TX | NETIF_F_HW_VLAN_CTAG_RX;
	/* The adapter does not filter, a VF may. */
	if (netvsc_sriov)
		ndev->features |= NETIF_F_HW_VLAN_CTAG_FILTER;
}

/* Address and packet filter follow from the state of the net device. */
static void netvsc_restore_filters(struct netvsc_dev *nd)
{
	struct net_device *ndev = nd->ndev;
	u32 filter;

	if (!ether_addr_equal(ndev->dev_addr, nd->perm_addr) &&
	    netvsc_oid_set_address(nd, ndev->dev_addr))
		netdev_warn(ndev, "host refuses the address after a new negotiation\n");
	if (!netif_running(ndev))
		return;
	filter = netvsc_oid_wanted_filter(ndev, !netdev_mc_empty(ndev));
	if (netvsc_oid_filter(nd, filter))
		netdev_warn(ndev, "host refuses the packet filter\n");
}

/*
 * Attaches again and restores what was set; the host has to take a payload of
 * @mtu at least. Returns -errno and detached.
 */
static int netvsc_restore(struct netvsc_dev *nd,
			  const struct netvsc_params *params, u32 mtu)
{
	struct netvsc_params want = *params;
	int ret;

	nd->rss_done = false;
	ret = netvsc_attach(nd, &want);
	if (ret)
		return ret;
	if (nd->host_mtu < mtu) {
		netvsc_detach(nd);
		return -EINVAL;
	}
	netvsc_wait_subchannels(nd);
	netvsc_use_subchannels(nd);
	netvsc_set_features(nd);
	netvsc_restore_filters(nd);
	return 0;
}

/* The host may take less than before: longer frames would vanish. */
static void netvsc_limit_mtu(struct netvsc_dev *nd)
{
	struct net_device *ndev = nd->ndev;

	if (!nd->attached || ndev->mtu <= nd->host_mtu)
		return;
	netdev_warn(ndev, "the host takes an MTU of %u only\n", nd->host_mtu);
	if (netif_set_mtu(ndev, nd->host_mtu))
		netdev_warn(ndev, "cannot reduce the MTU\n");
}

/* The stack may send again; without a negotiation there is no carrier. */
static void netvsc_resumed(struct netvsc_dev *nd)
{
	if (!nd->attached)
		netif_carrier_off(nd->ndev);
	netif_device_attach(nd->ndev);
	netvsc_limit_mtu(nd);
}

/**
 * netvsc_suspend() - detach from the host for a while
 * @nd: device
 *
 * Context: RTNL and instance lock. Every wait has a timeout.
 */
void netvsc_suspend(struct netvsc_dev *nd)
{
	ASSERT_RTNL();
	netdev_assert_locked(nd->ndev);
	netif_device_detach(nd->ndev);
	netvsc_detach(nd);
}

/**
 * netvsc_resume() - attach again, as it was
 * @nd: device after netvsc_suspend()
 * @params: what was requested of the host before
 *
 * Context: RTNL and instance lock. Every wait has a timeout.
 * Return: 0, or -errno and the device stays, without a carrier.
 */
int netvsc_resume(struct netvsc_dev *nd, const struct netvsc_params *params)
{
	int ret;

	ASSERT_RTNL();
	netdev_assert_locked(nd->ndev);
	ret = netvsc_restore(nd, params, 0);
	if (ret)
		netdev_err(nd->ndev, "cannot restore the old parameters: %d\n",
			   ret);
	netvsc_resumed(nd);
	return ret;
}

/**
 * netvsc_reattach() - negotiate with the host anew, with other parameters
 * @nd: device
 * @params: what to request of the host now
 *
 * If the host refuses the new parameters the old ones are restored; if that
 * fails as well the device stays, without a carrier. A host that refuses a
 * larger MTU takes its default instead and does not say so: nothing of that is
 * kept.
 *
 * Context: RTNL and instance lock. Every wait has a timeout.
 * Return: 0 or -errno.
 */
int netvsc_reattach(struct netvsc_dev *nd, const struct netvsc_params *params)
{
	struct netvsc_params old = nd->params;
	u32 mtu = params->mtu > old.mtu ? params->mtu : 0;
	int ret;

	netvsc_suspend(nd);
	ret = netvsc_restore(nd, params, mtu);
	if (ret)
		netvsc_resume(nd, &old);
	else
		netvsc_resumed(nd);
	return ret;
}
