// SPDX-License-Identifier: GPL-2.0
/*
 * Link state. The host indicates changes, which a NAPI poll receives; a work
 * item reports them to the stack.
 */
#include <linux/bitops.h>
#include <linux/netdevice.h>
#include <linux/unaligned.h>
#include <linux/workqueue.h>
#include <wire/rndis.h>

#include "link.h"
#include "net.h"

static void netvsc_link_work(struct work_struct *work)
{
	struct netvsc_dev *nd = container_of(work, typeof(*nd), link_work);
	struct net_device *ndev = nd->ndev;

	if (test_and_clear_bit(NETVSC_LINK_CHANGE, &nd->link_events)) {
		if (READ_ONCE(nd->link_up))
			netif_carrier_on(ndev);
		else
			netif_carrier_off(ndev);
	}
	/* Same link, another network: neighbours have to learn it. */
	if (test_and_clear_bit(NETVSC_LINK_RENEW, &nd->link_events) &&
	    netif_carrier_ok(ndev)) {
		netif_carrier_event(ndev);
		netdev_notify_peers(ndev);
	}
}

/**
 * netvsc_link_init() - prepare the work item
 * @nd: device
 */
void netvsc_link_init(struct netvsc_dev *nd)
{
	INIT_WORK(&nd->link_work, netvsc_link_work);
}

/**
 * netvsc_link_update() - report the link state again
 * @nd: device; its net device is registered
 *
 * Context: Any.
 */
void netvsc_link_update(struct netvsc_dev *nd)
{
	set_bit(NETVSC_LINK_CHANGE, &nd->link_events);
	schedule_work(&nd->link_work);
}

/**
 * netvsc_link_event() - the host indicates a status
 * @nd: device
 * @status: RNDIS_STATUS_*; the ones without a meaning here are ignored
 * @info: status buffer, or NULL
 * @len: its length
 *
 * Context: NAPI poll.
 */
void netvsc_link_event(struct netvsc_dev *nd, u32 status, const void *info,
		       u32 len)
{
	u32 speed;

	switch (status) {
	case RNDIS_STATUS_MEDIA_CONNECT:
		WRITE_ONCE(nd->link_up, true);
		set_bit(NETVSC_LINK_CHANGE, &nd->link_events);
		break;
	case RNDIS_STATUS_MEDIA_DISCONNECT:
		WRITE_ONCE(nd->link_up, false);
		set_bit(NETVSC_LINK_CHANGE, &nd->link_events);
		break;
	case RNDIS_STATUS_NETWORK_CHANGE:
		set_bit(NETVSC_LINK_RENEW, &nd->link_events);
		break;
	case RNDIS_STATUS_SPEED_CHANGE:
		if (!info || len < sizeof(__le32))
			return;
		speed = get_unaligned_le32(info) / NETVSC_SPEED_PER_MBIT;
		WRITE_ONCE(nd->speed, speed);
		return;
	default:
		return;
	}
	if (READ_ONCE(nd->registered))
		schedule_work(&nd->link_work);
}
