// SPDX-License-Identifier: GPL-2.0
/*
 * Link state. The host indicates changes, which a NAPI poll queues; a work item
 * applies them to the net device one by one and with a distance: linkwatch
 * reports the carrier once a second, so what changes faster is seen by nobody.
 */
#include <kunit/visibility.h>
#include <linux/jiffies.h>
#include <linux/netdevice.h>
#include <linux/spinlock.h>
#include <linux/unaligned.h>
#include <linux/workqueue.h>
#include <wire/rndis.h>

#include "link.h"
#include "net.h"

/* Distance of two changes. */
#define NETVSC_LINK_INTERVAL	(2 * HZ)

/**
 * netvsc_link_push() - queue an event
 * @l: link
 * @event: event
 *
 * The newest events decide: if there are too many the oldest is dropped.
 */
void netvsc_link_push(struct netvsc_link *l, enum netvsc_link_event event)
{
	if (l->head - l->tail == NETVSC_LINK_EVENTS)
		l->tail++;
	l->event[l->head++ % NETVSC_LINK_EVENTS] = event;
}
EXPORT_SYMBOL_IF_KUNIT(netvsc_link_push);

/**
 * netvsc_link_next() - take the next event
 * @l: link
 * @carrier: the net device has a carrier
 *
 * Another network behind the same link takes the carrier off, and on again with
 * the next call, so that addresses are configured anew.
 *
 * Return: what to do.
 */
enum netvsc_link_action netvsc_link_next(struct netvsc_link *l, bool carrier)
{
	if (l->renewing) {
		l->renewing = false;
		return NETVSC_LINK_CARRIER_ON;
	}
	while (l->tail != l->head) {
		switch (l->event[l->tail++ % NETVSC_LINK_EVENTS]) {
		case NETVSC_LINK_UP:
			return carrier ? NETVSC_LINK_NOTIFY :
					 NETVSC_LINK_CARRIER_ON;
		case NETVSC_LINK_RENEW:
			l->renewing = carrier;
			fallthrough;
		case NETVSC_LINK_DOWN:
			if (carrier)
				return NETVSC_LINK_CARRIER_OFF;
			break;
		}
	}
	return NETVSC_LINK_NOTHING;
}
EXPORT_SYMBOL_IF_KUNIT(netvsc_link_next);

static void netvsc_link_apply(struct net_device *ndev,
			      enum netvsc_link_action action)
{
	switch (action) {
	case NETVSC_LINK_NOTHING:
		break;
	case NETVSC_LINK_CARRIER_OFF:
		netif_carrier_off(ndev);
		break;
	case NETVSC_LINK_CARRIER_ON:
		netif_carrier_on(ndev);
		break;
	case NETVSC_LINK_NOTIFY:
		netdev_notify_peers(ndev);
		break;
	}
}

static void netvsc_link_work(struct work_struct *work)
{
	struct netvsc_dev *nd = container_of(work, typeof(*nd), link.work.work);
	struct netvsc_link *l = &nd->link;
	enum netvsc_link_action action;
	bool more;

	if (READ_ONCE(nd->dead))
		return;
	spin_lock_bh(&l->lock);
	action = netvsc_link_next(l, netif_carrier_ok(nd->ndev));
	more = l->renewing || l->tail != l->head;
	if (action != NETVSC_LINK_NOTHING)
		l->last = jiffies;
	spin_unlock_bh(&l->lock);
	netvsc_link_apply(nd->ndev, action);
	if (more)
		schedule_delayed_work(&l->work, NETVSC_LINK_INTERVAL);
}

/* Runs the work at once if the last change is long enough ago. */
static void netvsc_link_schedule(struct netvsc_dev *nd)
{
	unsigned long due = nd->link.last + NETVSC_LINK_INTERVAL;

	if (READ_ONCE(nd->registered))
		schedule_delayed_work(&nd->link.work,
				      time_after(due, jiffies) ?
				      due - jiffies : 0);
}

/**
 * netvsc_link_init() - prepare the work item
 * @nd: device
 */
void netvsc_link_init(struct netvsc_dev *nd)
{
	spin_lock_init(&nd->link.lock);
	INIT_DELAYED_WORK(&nd->link.work, netvsc_link_work);
	nd->link.last = jiffies - NETVSC_LINK_INTERVAL;
}

/**
 * netvsc_link_start() - apply events from now on
 * @nd: device; its net device is registered
 *
 * Context: Process.
 */
void netvsc_link_start(struct netvsc_dev *nd)
{
	spin_lock_bh(&nd->link.lock);
	WRITE_ONCE(nd->registered, true);
	netvsc_link_schedule(nd);
	spin_unlock_bh(&nd->link.lock);
}

/**
 * netvsc_link_stop() - apply no event any more
 * @nd: device; its net device is about to be unregistered
 *
 * Context: Process, without RTNL.
 */
void netvsc_link_stop(struct netvsc_dev *nd)
{
	spin_lock_bh(&nd->link.lock);
	WRITE_ONCE(nd->registered, false);
	spin_unlock_bh(&nd->link.lock);
	cancel_delayed_work_sync(&nd->link.work);
}

/* Queues a change that the host indicated. */
static void netvsc_link_change(struct netvsc_dev *nd,
			       enum netvsc_link_event event)
{
	struct netvsc_link *l = &nd->link;

	spin_lock_bh(&l->lock);
	if (event != NETVSC_LINK_RENEW)
		nd->link_up = event == NETVSC_LINK_UP;
	l->seq++;
	netvsc_link_push(l, event);
	netvsc_link_schedule(nd);
	spin_unlock_bh(&l->lock);
}

/**
 * netvsc_link_event() - the host indicates a status
 * @nd: device
 * @status: RNDIS_STATUS_*; the ones without a meaning here are ignored
 * @info: status buffer
 * @len: its length
 *
 * Context: NAPI poll. Takes netvsc_link.lock.
 */
void netvsc_link_event(struct netvsc_dev *nd, u32 status, const void *info,
		       u32 len)
{
	u32 speed;

	switch (status) {
	case RNDIS_STATUS_MEDIA_CONNECT:
		netvsc_link_change(nd, NETVSC_LINK_UP);
		break;
	case RNDIS_STATUS_MEDIA_DISCONNECT:
		netvsc_link_change(nd, NETVSC_LINK_DOWN);
		break;
	case RNDIS_STATUS_NETWORK_CHANGE:
		netvsc_link_change(nd, NETVSC_LINK_RENEW);
		break;
	case RNDIS_STATUS_SPEED_CHANGE:
		if (len < sizeof(__le32))
			break;
		speed = get_unaligned_le32(info) / NETVSC_SPEED_PER_MBIT;
		WRITE_ONCE(nd->speed, speed);
		break;
	}
}

/**
 * netvsc_link_seq() - number of changes that the host indicated so far
 * @nd: device
 *
 * Context: Process. Takes netvsc_link.lock.
 * Return: the number, for netvsc_link_answer().
 */
u32 netvsc_link_seq(struct netvsc_dev *nd)
{
	u32 seq;

	spin_lock_bh(&nd->link.lock);
	seq = nd->link.seq;
	spin_unlock_bh(&nd->link.lock);
	return seq;
}

/**
 * netvsc_link_answer() - the host answered what the link state is
 * @nd: device
 * @seq: from netvsc_link_seq(), before the question
 * @up: the answer
 *
 * An indication that came meanwhile is as new or newer, and stands.
 *
 * Context: Process. Takes netvsc_link.lock.
 */
void netvsc_link_answer(struct netvsc_dev *nd, u32 seq, bool up)
{
	struct netvsc_link *l = &nd->link;

	spin_lock_bh(&l->lock);
	if (l->seq == seq) {
		nd->link_up = up;
		if (up != netif_carrier_ok(nd->ndev)) {
			netvsc_link_push(l, up ? NETVSC_LINK_UP :
						 NETVSC_LINK_DOWN);
			netvsc_link_schedule(nd);
		}
	}
	spin_unlock_bh(&l->lock);
}
