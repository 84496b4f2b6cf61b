// SPDX-License-Identifier: GPL-2.0
/*
 * Waiting for the host's answer to a control request, NVSP or RNDIS. There is
 * one request at a time; the answer arrives in a NAPI poll and is copied only
 * while a thread waits for exactly that one.
 */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/lockdep.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/wait.h>
#include <wire/rndis.h>

#include "ctl.h"
#include "net.h"

/**
 * netvsc_ctl_init() - prepare for control requests
 * @ctl: zeroed
 */
void netvsc_ctl_init(struct netvsc_ctl *ctl)
{
	mutex_init(&ctl->mutex);
	spin_lock_init(&ctl->lock);
	init_completion(&ctl->done);
}

/**
 * netvsc_ctl_open() - control requests can be sent from now on
 * @nd: device
 * @ch: primary channel, open
 * @ids: its transaction ids
 *
 * Context: Process. Takes netvsc_ctl.mutex.
 */
void netvsc_ctl_open(struct netvsc_dev *nd, struct vmb_channel *ch,
		     struct vmb_ids *ids)
{
	mutex_lock(&nd->ctl.mutex);
	nd->ctl.ch = ch;
	nd->ctl.ids = ids;
	mutex_unlock(&nd->ctl.mutex);
}

/**
 * netvsc_ctl_close() - no control request is sent any more
 * @nd: device; its primary channel is about to be closed
 *
 * Context: Process. Takes netvsc_ctl.mutex.
 */
void netvsc_ctl_close(struct netvsc_dev *nd)
{
	netvsc_ctl_open(nd, NULL, NULL);
}

/**
 * netvsc_ctl_begin() - announce that an answer will be waited for
 * @nd: device
 * @type: NVSP or RNDIS type of the answer
 * @id: RNDIS request id, 0 for NVSP
 *
 * Before the request is sent; ends with netvsc_ctl_wait().
 *
 * Context: Process, under netvsc_ctl.mutex.
 */
void netvsc_ctl_begin(struct netvsc_dev *nd, u32 type, u32 id)
{
	struct netvsc_ctl *ctl = &nd->ctl;

	lockdep_assert_held(&ctl->mutex);
	spin_lock_bh(&ctl->lock);
	reinit_completion(&ctl->done);
	ctl->state = NETVSC_CTL_WAIT;
	ctl->type = type;
	ctl->id = id;
	ctl->len = 0;
	spin_unlock_bh(&ctl->lock);
}

/* Sends, and waits a bounded time for room in the ring. */
static int netvsc_ctl_transmit(struct netvsc_dev *nd,
			       const struct vmb_packet *pkt)
{
	unsigned long end = jiffies + NETVSC_HOST_TIMEOUT;
	int ret;

	for (;;) {
		ret = READ_ONCE(nd->dead);
		if (ret)
			return ret;
		ret = vmb_send(nd->ctl.ch, pkt, false);
		if (ret != -EAGAIN)
			return ret;
		if (time_after(jiffies, end))
			return -ETIMEDOUT;
		usleep_range(500, 1000);
	}
}

/**
 * netvsc_ctl_send() - send a control packet on the primary channel
 * @nd: device
 * @pkt: packet; its id is filled in
 * @slot: enum netvsc_ctl_slot, or negative if no completion is wanted
 *
 * Context: Process, under netvsc_ctl.mutex. Sleeps for a bounded time.
 * Return: 0, -ENODEV without a channel, or another -errno.
 */
int netvsc_ctl_send(struct netvsc_dev *nd, struct vmb_packet *pkt, int slot)
{
	struct vmb_ids *ids = nd->ctl.ids;
	int ret;

	lockdep_assert_held(&nd->ctl.mutex);
	if (!nd->ctl.ch)
		return -ENODEV;
	if (slot < 0)
		return netvsc_ctl_transmit(nd, pkt);

	/* A late completion of an earlier request must not match. */
	vmb_id_revoke(ids, slot);
	pkt->id = vmb_id_arm(ids, slot);
	pkt->flags |= VMB_WANT_COMPLETION;
	ret = netvsc_ctl_transmit(nd, pkt);
	if (ret)
		vmb_id_revoke(ids, slot);
	return ret;
}

/**
 * netvsc_ctl_wait() - wait for the answer that was announced
 * @nd: device
 *
 * Context: Process, under netvsc_ctl.mutex. Sleeps for a bounded time.
 * Return: length of the answer in netvsc_ctl.reply, -EIO if the host refused
 * the request, -ETIMEDOUT, or the errno that the device died of.
 */
int netvsc_ctl_wait(struct netvsc_dev *nd)
{
	struct netvsc_ctl *ctl = &nd->ctl;
	int ret;

	lockdep_assert_held(&ctl->mutex);
	if (!READ_ONCE(nd->dead))
		wait_for_completion_timeout(&ctl->done, NETVSC_HOST_TIMEOUT);

	spin_lock_bh(&ctl->lock);
	if (ctl->state == NETVSC_CTL_DONE)
		ret = ctl->len;
	else if (ctl->state == NETVSC_CTL_REFUSED)
		ret = -EIO;
	else
		ret = nd->dead ?: -ETIMEDOUT;
	ctl->state = NETVSC_CTL_IDLE;
	spin_unlock_bh(&ctl->lock);
	return ret;
}

/**
 * netvsc_ctl_answer() - an answer has arrived
 * @nd: device
 * @type: its type
 * @id: RNDIS request id, 0 for NVSP
 * @data: whole message; may be memory that the host still writes, it is read
 *	once
 * @len: its length
 *
 * Context: Softirq. Takes netvsc_ctl.lock.
 * Return: false if no thread waits for it.
 */
bool netvsc_ctl_answer(struct netvsc_dev *nd, u32 type, u32 id,
		       const void *data, u32 len)
{
	struct netvsc_ctl *ctl = &nd->ctl;
	bool wanted;

	if (len > sizeof(ctl->reply))
		return false;
	spin_lock(&ctl->lock);
	wanted = ctl->state == NETVSC_CTL_WAIT && ctl->type == type &&
		 ctl->id == id;
	if (wanted) {
		memcpy(ctl->reply, data, len);
		ctl->len = len;
		ctl->state = NETVSC_CTL_DONE;
		complete(&ctl->done);
	}
	spin_unlock(&ctl->lock);
	return wanted;
}

/**
 * netvsc_ctl_refuse() - the host completed the RNDIS request with an error
 * @nd: device
 *
 * No answer will come.
 *
 * Context: Softirq. Takes netvsc_ctl.lock.
 */
void netvsc_ctl_refuse(struct netvsc_dev *nd)
{
	struct netvsc_ctl *ctl = &nd->ctl;

	spin_lock(&ctl->lock);
	if (ctl->state == NETVSC_CTL_WAIT && ctl->type & RNDIS_COMPLETE) {
		ctl->state = NETVSC_CTL_REFUSED;
		complete(&ctl->done);
	}
	spin_unlock(&ctl->lock);
}

/**
 * netvsc_ctl_fail() - the device is gone: end the wait of every thread
 * @nd: device
 * @error: errno that waiters return, negative
 *
 * Terminal: later requests fail at once.
 *
 * Context: Process. Takes netvsc_ctl.lock.
 */
void netvsc_ctl_fail(struct netvsc_dev *nd, int error)
{
	spin_lock_bh(&nd->ctl.lock);
	WRITE_ONCE(nd->dead, error);
	complete(&nd->ctl.done);
	spin_unlock_bh(&nd->ctl.lock);
	wake_up_all(&nd->wait);
}
