// SPDX-License-Identifier: GPL-2.0
/*
 * The driver: binding to a network adapter and unbinding.
 */
#include <linux/cpumask.h>
#include <linux/etherdevice.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <linux/uuid.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <net/netdev_lock.h>

#include "attach.h"
#include "ctl.h"
#include "link.h"
#include "net.h"
#include "netdev.h"
#include "oid.h"
#include "queue.h"
#include "vf.h"
#include "xdp.h"

static void netvsc_sub_work(struct work_struct *work)
{
	struct netvsc_dev *nd = container_of(work, struct netvsc_dev, sub_work);

	netvsc_wait_subchannels(nd);
	rtnl_lock();
	netdev_lock(nd->ndev);
	netvsc_use_subchannels(nd);
	netdev_unlock(nd->ndev);
	rtnl_unlock();
}

static int netvsc_init(struct netvsc_dev *nd, struct vmb_device *vdev,
		       struct net_device *ndev, u32 queues)
{
	nd->vdev = vdev;
	nd->ndev = ndev;
	nd->max_queues = queues;
	nd->batch_packets = U32_MAX;
	nd->l4_hash = NETVSC_L4_ALL;
	nd->duplex = DUPLEX_FULL;
	mutex_init(&nd->sub_mutex);
	netvsc_ctl_init(&nd->ctl);
	init_waitqueue_head(&nd->wait);
	INIT_WORK(&nd->sub_work, netvsc_sub_work);
	netvsc_link_init(nd);
	netvsc_vf_init(nd);
	netdev_rss_key_fill(nd->rss_key, sizeof(nd->rss_key));

	nd->queues = kvzalloc_objs(*nd->queues, queues);
	if (!nd->queues)
		return -ENOMEM;
	for (u32 i = 0; i < queues; i++) {
		nd->queues[i].nd = nd;
		nd->queues[i].index = i;
		netvsc_stats_init(&nd->queues[i]);
	}
	return 0;
}

static void netvsc_init_netdev(struct netvsc_dev *nd)
{
	struct net_device *ndev = nd->ndev;

	ndev->netdev_ops = &netvsc_netdev_ops;
	ndev->ethtool_ops = &netvsc_ethtool_ops;
	ndev->stat_ops = &netvsc_stat_ops;
	ndev->xdp_metadata_ops = &netvsc_xdp_metadata_ops;
	ndev->request_ops_lock = true;
	/* What goes by a VF. */
	ndev->pcpu_stat_type = NETDEV_PCPU_STAT_TSTATS;
	netdev_lockdep_set_classes(ndev);
	ndev->priv_flags |= IFF_LIVE_ADDR_CHANGE;
	ndev->xdp_features = NETDEV_XDP_ACT_BASIC | NETDEV_XDP_ACT_REDIRECT |
			     NETDEV_XDP_ACT_NDO_XMIT | NETDEV_XDP_ACT_RX_SG |
			     NETDEV_XDP_ACT_NDO_XMIT_SG;
	/* Wanted: the first attach shows whether the host can. */
	ndev->features = NETIF_F_LRO;
	ndev->min_mtu = ETH_MIN_MTU;
	ndev->max_mtu = ETH_MAX_MTU - ETH_HLEN;
	netif_carrier_off(ndev);
}

/* Applies what the host reported to the net device, not yet registered. */
static void netvsc_apply_identity(struct netvsc_dev *nd)
{
	struct net_device *ndev = nd->ndev;

	ndev->mtu = min(ndev->mtu, nd->host_mtu);
	eth_hw_addr_set(ndev, nd->perm_addr);
	ether_addr_copy(ndev->perm_addr, nd->perm_addr);
	netvsc_set_features(nd);
	netif_set_real_num_queues(ndev, 1, 1);
	if (nd->link_up)
		netif_carrier_on(ndev);
}

static int netvsc_first_attach(struct netvsc_dev *nd)
{
	struct netvsc_params params = {
		.channels = min3(nd->max_queues, NETVSC_DEFAULT_QUEUES,
				 vmb_subchannel_cpus(nd->vdev)),
		.rx_sections = NETVSC_RX_SECTIONS_DEF,
		.mtu = ETH_DATA_LEN,
	};
	int ret;

	netdev_lock(nd->ndev);
	ret = netvsc_attach(nd, &params);
	if (!ret)
		netvsc_apply_identity(nd);
	netdev_unlock(nd->ndev);
	if (!ret)
		netvsc_oid_name(nd);
	return ret;
}

static void netvsc_last_detach(struct netvsc_dev *nd)
{
	netdev_lock(nd->ndev);
	netvsc_detach(nd);
	netdev_unlock(nd->ndev);
}

static int netvsc_probe(struct vmb_device *vdev,
			const struct hv_vmbus_device_id *id)
{
	struct net_device *ndev;
	struct netvsc_dev *nd;
	u32 queues;
	int ret;

	/* CPUs may come online later; ethtool -L gives them queues. */
	queues = clamp(num_possible_cpus(), 1u, NETVSC_MAX_QUEUES + 0u);
	ndev = alloc_etherdev_mqs(sizeof(*nd), queues, queues);
	if (!ndev)
		return -ENOMEM;
	SET_NETDEV_DEV(ndev, vdev->dev);
	nd = netdev_priv(ndev);
	ret = netvsc_init(nd, vdev, ndev, queues);
	if (ret)
		goto err_free_netdev;
	netvsc_init_netdev(nd);
	vmb_set_drvdata(vdev, nd);
	ret = netvsc_first_attach(nd);
	if (ret)
		goto err_free_queues;
	ret = register_netdev(ndev);
	if (ret)
		goto err_detach;
	netvsc_link_start(nd);
	netvsc_vf_start(nd);
	schedule_work(&nd->sub_work);
	return 0;

err_detach:
	netvsc_last_detach(nd);
	cancel_work_sync(&nd->sub_work);
	cancel_work_sync(&nd->vf.work);
err_free_queues:
	vmb_set_drvdata(vdev, NULL);
	kvfree(nd->queues);
err_free_netdev:
	free_netdev(ndev);
	return ret;
}

static void netvsc_remove(struct vmb_device *vdev)
{
	struct netvsc_dev *nd = vmb_get_drvdata(vdev);

	cancel_work_sync(&nd->sub_work);
	netvsc_link_stop(nd);
	netvsc_vf_stop(nd);
	unregister_netdev(nd->ndev);
	netvsc_last_detach(nd);
	cancel_work_sync(&nd->vf.work);
	vmb_set_drvdata(vdev, NULL);
	kvfree(nd->queues);
	free_netdev(nd->ndev);
}

/* Leaves no buffer in use for the next kernel or the firmware. */
static void netvsc_shutdown(struct vmb_device *vdev)
{
	struct netvsc_dev *nd = vmb_get_drvdata(vdev);

	cancel_work_sync(&nd->sub_work);
	rtnl_lock();
	netdev_lock(nd->ndev);
	netvsc_suspend(nd);
	netdev_unlock(nd->ndev);
	rtnl_unlock();
}

static int netvsc_pm_suspend(struct vmb_device *vdev)
{
	netvsc_shutdown(vdev);
	return 0;
}

static int netvsc_pm_resume(struct vmb_device *vdev)
{
	struct netvsc_dev *nd = vmb_get_drvdata(vdev);
	int ret;

	rtnl_lock();
	netdev_lock(nd->ndev);
	ret = netvsc_resume(nd, &nd->params);
	netdev_unlock(nd->ndev);
	rtnl_unlock();
	return ret;
}

static void netvsc_offered(struct vmb_device *vdev, struct vmb_channel *sub)
{
	struct netvsc_dev *nd = vmb_get_drvdata(vdev);

	if (nd)
		netvsc_subchannel(nd, sub);
}

static const struct hv_vmbus_device_id netvsc_ids[] = {
	/* Synthetic network adapter. */
	{ .guid = GUID_INIT(0xf8615163, 0xdf3e, 0x46c5, 0x91, 0x3f,
			    0xf2, 0xd2, 0xf9, 0x65, 0xed, 0x0e) },
	{ },
};
MODULE_DEVICE_TABLE(vmbus, netvsc_ids);

static struct vmb_driver netvsc_driver = {
	.driver.name	= KBUILD_MODNAME,
	/* The order of the offers is the order of the names. */
	.driver.probe_type = PROBE_FORCE_SYNCHRONOUS,
	.id_table	= netvsc_ids,
	.probe		= netvsc_probe,
	.remove		= netvsc_remove,
	.shutdown	= netvsc_shutdown,
	.suspend	= netvsc_pm_suspend,
	.resume		= netvsc_pm_resume,
	.subchannel	= netvsc_offered,
};
module_vmb_driver(netvsc_driver);

MODULE_DESCRIPTION("Hyper-V network adapter");
MODULE_LICENSE("GPL");
