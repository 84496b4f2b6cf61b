// SPDX-License-Identifier: GPL-2.0
/* The life of an open channel, on either bus. */
#include <linux/device.h>
#include <linux/export.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "live.h"
#include "port.h"

/* The longest packet that a header can describe. */
#define VMB_PACKET_MAX	(0xffffu * 8)

bool vmb_open_valid(const struct vmb_open *how)
{
	return how->ops && !how->ops->event != !how->ops->receive &&
	       how->tx_bytes >= 2 * VMB_PAGE_SIZE &&
	       how->rx_bytes >= 2 * VMB_PAGE_SIZE &&
	       !((how->tx_bytes | how->rx_bytes) & VMB_PAGE_MASK) &&
	       how->tx_bytes <= SZ_16M && how->rx_bytes <= SZ_16M &&
	       how->max_rx_packet >= sizeof(struct vmbw_packet) &&
	       how->max_rx_packet <= VMB_PACKET_MAX &&
	       how->user_len <= VMB_USER_DATA_BYTES;
}

void vmb_channel_kill(struct vmb_channel *ch, int error, const char *reason)
{
	if (cmpxchg(&ch->error, 0, error))
		return;
	if (reason) {
		vmb_port_broken(ch, reason);
		dev_err_ratelimited(vmb_port_device(ch),
				    "channel %u is broken: %s\n", ch->relid, reason);
	}
	/* Pairs with synchronize_rcu() when @live is cleared. */
	guard(rcu)();
	if (READ_ONCE(ch->live))
		vmb_port_notify(ch);
}

void vmb_channel_break(struct vmb_channel *ch, const char *reason)
{
	WRITE_ONCE(ch->broken, true);
	vmb_channel_kill(ch, -EIO, reason);
}
EXPORT_SYMBOL_GPL(vmb_channel_break);

void vmb_channel_quiesce(struct vmb_channel *ch)
{
	lockdep_assert_held(&ch->lock);
	WRITE_ONCE(ch->live, NULL);
	/* Interrupts, and vmb_channel_kill() before it queues the work. */
	synchronize_rcu();
	cancel_work_sync(&ch->rx_work);
	cancel_work_sync(&ch->notify_work);
}

void vmb_channel_drop_rings(struct vmb_channel *ch)
{
	lockdep_assert_held(&ch->lock);
	scoped_guard(spinlock_irqsave, &ch->tx_lock) {
		ch->tx = (struct vmb_tx_ring) {};
		ch->tx_wanted = 0;
		ch->tx_waiting_set = false;
	}
	kvfree(ch->rx.buf);
	ch->rx = (struct vmb_rx_ring) {};
}

void *vmb_channel_ctx(const struct vmb_channel *ch)
{
	return ch->ctx;
}
EXPORT_SYMBOL_GPL(vmb_channel_ctx);

int vmb_channel_error(const struct vmb_channel *ch)
{
	return READ_ONCE(ch->error);
}
EXPORT_SYMBOL_GPL(vmb_channel_error);
