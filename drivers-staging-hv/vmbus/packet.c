// SPDX-License-Identifier: GPL-2.0
/* Packets and interrupts of a channel: the hot path. */
#include <linux/bottom_half.h>
#include <linux/export.h>
#include <linux/lockdep.h>
#include <kunit/visibility.h>

#include "packet.h"
#include "port.h"
#include "trace.h"

/* Rounds of one run of the receive work before it yields to other work. */
#define VMB_RX_ROUNDS	16

static void vmb_signal(struct vmb_channel *ch)
{
	trace_vmb_signal(ch->relid);
	vmb_port_signal(ch);
}

void vmb_tx_begin(struct vmb_channel *ch, unsigned long *flags)
	__acquires(&ch->tx_lock)
{
	unsigned long f;

	spin_lock_irqsave(&ch->tx_lock, f);
	*flags = f;
}
EXPORT_SYMBOL_GPL(vmb_tx_begin);

/* Slow path of a send: refreshes the free space, or asks for a signal. */
static noinline int vmb_tx_make_room(struct vmb_channel *ch, u32 total)
{
	struct vmb_tx_ring *r = &ch->tx;

	lockdep_assert_held(&ch->tx_lock);
	if (!r->hdr)
		return -ENODEV;
	if (total > r->size - 8)
		return -EMSGSIZE;
	if (vmb_tx_ring_sync(r))
		goto broken;
	if (total <= r->free) {
		if (ch->tx_waiting_set) {
			WRITE_ONCE(r->hdr->pending_send_sz, 0);
			ch->tx_waiting_set = false;
		}
		return 0;
	}
	/* The host can only free space by reading what it can see. */
	if (vmb_tx_ring_publish(r)) {
		ch->stats.signals_data++;
		vmb_signal(ch);
	}
	ch->tx_waiting_set = true;
	WRITE_ONCE(r->hdr->pending_send_sz, cpu_to_le32(total));
	if (!xchg(&ch->tx_wanted, total))
		ch->stats.full_first++;
	ch->stats.full_total++;
	/* Pairs with the host's barrier before it reads pending_send_sz. */
	virt_mb();
	if (vmb_tx_ring_sync(r))
		goto broken;
	if (total > r->free)
		return -EAGAIN;
	WRITE_ONCE(ch->tx_wanted, 0);
	return 0;

broken:
	vmb_channel_break(ch, "impossible read index of the outbound ring");
	return -EIO;
}

/* Inlined into vmb_tx_add() and vmb_send(). */
static __always_inline int vmb_tx_put(struct vmb_channel *ch,
				      const struct vmb_packet *pkt)
{
	u32 total = vmb_packet_bytes(pkt->desc_len, pkt->len);
	int ret;

	if (unlikely(READ_ONCE(ch->error)))
		return READ_ONCE(ch->error);
	if (unlikely(!vmb_packet_fits(pkt->desc_len, pkt->len)))
		return -EMSGSIZE;
	if (vmb_port_fail_send(ch)) {
		WRITE_ONCE(ch->tx_wanted, total);
		vmb_port_notify(ch);
		return -EAGAIN;
	}
	if (unlikely(total > ch->tx.free)) {
		ret = vmb_tx_make_room(ch, total);
		if (ret)
			return ret;
	}
	vmb_tx_ring_put(&ch->tx, pkt, total);
	if (trace_vmb_packet_send_enabled())
		trace_vmb_packet_send(ch->relid, pkt->type, pkt->flags, pkt->id,
				      pkt->desc_len, pkt->len);
	return 0;
}

int vmb_tx_add(struct vmb_channel *ch, const struct vmb_packet *pkt)
{
	lockdep_assert_held(&ch->tx_lock);
	return vmb_tx_put(ch, pkt);
}
EXPORT_SYMBOL_GPL(vmb_tx_add);

static __always_inline void vmb_tx_publish(struct vmb_channel *ch)
{
	if (vmb_tx_ring_publish(&ch->tx)) {
		ch->stats.signals_data++;
		vmb_signal(ch);
	}
}

void vmb_tx_end(struct vmb_channel *ch, unsigned long flags, bool more)
	__releases(&ch->tx_lock)
{
	if (!more)
		vmb_tx_publish(ch);
	spin_unlock_irqrestore(&ch->tx_lock, flags);
}
EXPORT_SYMBOL_GPL(vmb_tx_end);

int vmb_send(struct vmb_channel *ch, const struct vmb_packet *pkt, bool more)
{
	int ret;

	guard(spinlock_irqsave)(&ch->tx_lock);
	ret = vmb_tx_put(ch, pkt);
	if (!more)
		vmb_tx_publish(ch);
	return ret;
}
EXPORT_SYMBOL_GPL(vmb_send);

void vmb_kick(struct vmb_channel *ch)
{
	unsigned long flags;

	vmb_tx_begin(ch, &flags);
	vmb_tx_end(ch, flags, false);
}
EXPORT_SYMBOL_GPL(vmb_kick);

noinline void vmb_tx_wake(struct vmb_channel *ch)
{
	const struct vmb_channel_ops *ops = vmb_channel_live(ch);
	u32 wanted = READ_ONCE(ch->tx_wanted);

	if (!ops || !wanted || !vmb_tx_ring_has_space(&ch->tx, wanted))
		return;
	if (cmpxchg(&ch->tx_wanted, wanted, 0) == wanted && ops->writable)
		ops->writable(ch);
}

void vmb_recv_flush(struct vmb_channel *ch)
{
	if (unlikely(!ch->rx.hdr))
		return;
	if (vmb_rx_ring_release(&ch->rx)) {
		ch->stats.signals_room++;
		vmb_signal(ch);
	}
}
EXPORT_SYMBOL_GPL(vmb_recv_flush);

/* All packets up to the last checked write index were received. */
static int vmb_rx_more(struct vmb_channel *ch)
{
	struct vmb_rx_ring *r = &ch->rx;
	int ret;

	if (unlikely(!r->hdr))
		return -ENODEV;
	/* Bounded even if the host writes as fast as the guest reads. */
	if (vmb_ring_distance(r->released, r->read, r->size) < r->size / 2) {
		ret = vmb_rx_ring_refill(r);
		if (!ret)
			return 0;
		if (ret == -EIO) {
			vmb_channel_break(ch, "impossible write index of the inbound ring");
			return ret;
		}
	}
	vmb_recv_flush(ch);
	if (unlikely(READ_ONCE(ch->tx_wanted)))
		vmb_tx_wake(ch);
	/* What a rescinded channel had received before is good. */
	return READ_ONCE(ch->error) ?: -EAGAIN;
}

int vmb_recv(struct vmb_channel *ch, struct vmb_rx *rx)
{
	int ret;

	if (unlikely(READ_ONCE(ch->broken)))
		return -EIO;
	if (!ch->rx.avail) {
		ret = vmb_rx_more(ch);
		if (ret)
			return ret;
	}
	if (unlikely(vmb_rx_ring_get(&ch->rx, rx))) {
		ch->rx.avail = 0;
		vmb_channel_break(ch, "impossible header of an inbound packet");
		return -EIO;
	}
	if (trace_vmb_packet_receive_enabled())
		trace_vmb_packet_receive(ch->relid, rx->type, rx->flags, rx->id,
					 rx->desc_len, rx->len);
	return 0;
}
EXPORT_SYMBOL_GPL(vmb_recv);

void vmb_mask(struct vmb_channel *ch)
{
	if (unlikely(!ch->rx.hdr))
		return;
	WRITE_ONCE(ch->rx_owned, 1);
	WRITE_ONCE(ch->rx.hdr->interrupt_mask, cpu_to_le32(1));
}
EXPORT_SYMBOL_GPL(vmb_mask);

bool vmb_unmask(struct vmb_channel *ch)
{
	struct vmb_rx_ring *r = &ch->rx;

	if (unlikely(READ_ONCE(ch->broken) || !r->hdr))
		return false;
	WRITE_ONCE(r->hdr->interrupt_mask, 0);
	/* Pairs with xchg() of the next receiver: this one's reads are done. */
	smp_store_release(&ch->rx_owned, 0);
	/*
	 * Pairs with the host's barrier between writing its index and reading
	 * the mask: either it signals, or the packet is seen here.
	 */
	virt_mb();
	if (!vmb_rx_ring_pending(r) || xchg(&ch->rx_owned, 1))
		return false;
	WRITE_ONCE(r->hdr->interrupt_mask, cpu_to_le32(1));
	return true;
}
EXPORT_SYMBOL_GPL(vmb_unmask);

bool vmb_rx_pending(const struct vmb_channel *ch)
{
	return ch->rx.hdr && vmb_rx_ring_pending(&ch->rx);
}
EXPORT_SYMBOL_GPL(vmb_rx_pending);

void vmb_rx_work(struct work_struct *work)
{
	struct vmb_channel *ch = container_of(work, struct vmb_channel, rx_work);
	const struct vmb_channel_ops *ops = vmb_channel_live(ch);

	for (int i = 0; ops && i < VMB_RX_ROUNDS; i++) {
		ops->receive(ch);
		if (!vmb_unmask(ch))
			return;
		ops = vmb_channel_live(ch);
	}
	if (ops)
		vmb_port_receive(ch);
}

void vmb_notify_work(struct work_struct *work)
{
	struct vmb_channel *ch = container_of(work, struct vmb_channel, notify_work);
	const struct vmb_channel_ops *ops = vmb_channel_live(ch);

	if (!ops)
		return;
	if (!READ_ONCE(ch->error)) {
		local_bh_disable();
		vmb_tx_wake(ch);
		local_bh_enable();
	} else if (vmb_port_is_open(ch) && ops->dead && !ch->dead_notified) {
		/* While it opens, vmb_open() returns the error instead. */
		ch->dead_notified = true;
		ops->dead(ch, ch->error);
	}
}

void vmb_channel_look(struct vmb_channel *ch)
{
	const struct vmb_channel_ops *ops = vmb_channel_live(ch);

	lockdep_assert_irqs_disabled();
	if (unlikely(!ops || READ_ONCE(ch->broken)))
		return;
	if (unlikely(READ_ONCE(ch->tx_wanted)))
		vmb_tx_wake(ch);
	if (vmb_port_event(ch, ops) || !vmb_rx_ring_pending(&ch->rx) ||
	    xchg(&ch->rx_owned, 1))
		return;
	WRITE_ONCE(ch->rx.hdr->interrupt_mask, cpu_to_le32(1));
	if (ops->event)
		ops->event(ch);
	else
		vmb_port_receive(ch);
}

void vmb_channel_interrupt(struct vmb_channel *ch)
{
	ch->stats.interrupts++;
	trace_vmb_interrupt(ch->relid);
	vmb_channel_look(ch);
}
EXPORT_SYMBOL_IF_KUNIT(vmb_channel_interrupt);
