// SPDX-License-Identifier: GPL-2.0
/*
 * Waiting for the host's answer to a control request, NVSP or RNDIS. There is
 * one request at a time, under ctl_mutex; the answer arrives in a NAPI poll and
 * is copied to ctl_reply, but only while somebody waits for exactly that one.
 */
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/string.h>
#include <linux/wait.h>

#include "net.h"

/**
 * netvsc_ctl_begin() - announces that an answer will be waited for
 * @nd: device
 * @type: NVSP or RNDIS type of the answer; the two do not overlap
 * @id: RNDIS request id, 0 for NVSP
 *
 * Before the request is sent. Process context, under ctl_mutex; ends with
 * netvsc_ctl_wait().
 */
void netvsc_ctl_begin(struct netvsc_dev *nd, u32 type, u32 id)
{
	spin_lock_bh(&nd->ctl_lock);
	reinit_completion(&nd->ctl_done);
	nd->ctl_state = NETVSC_CTL_WAIT;
	nd->ctl_type = type;
	nd->ctl_id = id;
	nd->ctl_len = 0;
	spin_unlock_bh(&nd->ctl_lock);
}

/**
 * netvsc_ctl_send() - sends a control packet on the primary channel
 * @nd: device
 * @pkt: packet; its id is filled in
 * @slot: transaction slot, NETVSC_SLOT_NVSP or NETVSC_SLOT_RNDIS, or negative
 *	if no completion is wanted
 *
 * Process context. Waits for room in the ring, for a bounded time.
 *
 * Return: 0 or -errno.
 */
int netvsc_ctl_send(struct netvsc_dev *nd, struct vmb_packet *pkt, int slot)
{
	unsigned long end = jiffies + NETVSC_HOST_TIMEOUT;
	struct netvsc_queue *q = &nd->queues[0];
	int ret;

	if (slot >= 0) {
		/* An answer to an earlier request finds nothing any more. */
		vmb_id_revoke(q->ids, slot);
		pkt->id = vmb_id_arm(q->ids, slot);
		pkt->flags |= VMB_WANT_COMPLETION;
	}
	for (;;) {
		ret = READ_ONCE(nd->dead);
		if (!ret)
			ret = vmb_send(q->ch, pkt, false);
		if (ret != -EAGAIN || time_after(jiffies, end))
			break;
		usleep_range(500, 1000);
	}
	if (ret && slot >= 0)
		vmb_id_revoke(q->ids, slot);
	return ret == -EAGAIN ? -ETIMEDOUT : ret;
}

/**
 * netvsc_ctl_wait() - waits for the answer that was announced
 * @nd: device
 *
 * Process context, under ctl_mutex.
 *
 * Return: length of the answer in ctl_reply, -ETIMEDOUT, or the errno of the
 * device's end.
 */
int netvsc_ctl_wait(struct netvsc_dev *nd)
{
	int ret;

	if (!READ_ONCE(nd->dead))
		wait_for_completion_timeout(&nd->ctl_done, NETVSC_HOST_TIMEOUT);

	spin_lock_bh(&nd->ctl_lock);
	if (nd->ctl_state == NETVSC_CTL_DONE)
		ret = nd->ctl_len;
	else
		ret = nd->dead ?: -ETIMEDOUT;
	nd->ctl_state = NETVSC_CTL_IDLE;
	spin_unlock_bh(&nd->ctl_lock);
	return ret;
}

/**
 * netvsc_ctl_answer() - an answer has come
 * @nd: device
 * @type: its type
 * @id: RNDIS request id, 0 for NVSP
 * @data: whole message; may be memory that the host still writes, it is read
 *	once
 * @len: its length
 *
 * Softirq.
 *
 * Return: false if nobody waits for it.
 */
bool netvsc_ctl_answer(struct netvsc_dev *nd, u32 type, u32 id,
		       const void *data, u32 len)
{
	bool wanted;

	if (len > sizeof(nd->ctl_reply))
		return false;
	spin_lock(&nd->ctl_lock);
	wanted = nd->ctl_state == NETVSC_CTL_WAIT && nd->ctl_type == type &&
		 nd->ctl_id == id;
	if (wanted) {
		memcpy(nd->ctl_reply, data, len);
		nd->ctl_len = len;
		nd->ctl_state = NETVSC_CTL_DONE;
		complete(&nd->ctl_done);
	}
	spin_unlock(&nd->ctl_lock);
	return wanted;
}

/**
 * netvsc_ctl_fail() - the device is gone: nobody waits any more
 * @nd: device
 * @error: what waiters get, negative
 *
 * Process context. For good: later requests fail at once.
 */
void netvsc_ctl_fail(struct netvsc_dev *nd, int error)
{
	spin_lock_bh(&nd->ctl_lock);
	WRITE_ONCE(nd->dead, error);
	complete(&nd->ctl_done);
	spin_unlock_bh(&nd->ctl_lock);
	wake_up_all(&nd->wait);
}
