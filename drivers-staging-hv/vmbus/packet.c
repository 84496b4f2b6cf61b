// SPDX-License-Identifier: GPL-2.0
/* Packets and interrupts of a channel: the hot path. */
#include <linux/bitops.h>
#include <linux/export.h>
#include <asm/mshyperv.h>
#include <asm/sync_bitops.h>
#include <hyperv/hvhdk.h>
#include <kunit/visibility.h>

#include "bus.h"
#include "trace.h"

/* Drains in one run of the receive work before others get their turn. */
#define VMB_RX_ROUNDS	16

static void vmb_signal(struct vmb_channel *ch)
{
	trace_vmb_signal(ch->relid);
	if (ch->send_bits)
		sync_set_bit(ch->relid, ch->send_bits);
	if (ch->monitor_word)
		sync_set_bit(ch->monitor_bit, ch->monitor_word);
	else
		hv_do_fast_hypercall8(HVCALL_SIGNAL_EVENT, ch->signal);
}

/**
 * vmb_tx_begin() - start to send
 * @ch: channel
 * @flags: for vmb_tx_end()
 */
void vmb_tx_begin(struct vmb_channel *ch, unsigned long *flags)
	__acquires(&ch->tx_lock)
{
	unsigned long f;

	spin_lock_irqsave(&ch->tx_lock, f);
	*flags = f;
}
EXPORT_SYMBOL_GPL(vmb_tx_begin);

/* The ring seems full: what is true now, and a signal when that changes. */
static noinline int vmb_tx_make_room(struct vmb_channel *ch, u32 total)
{
	struct vmb_tx_ring *r = &ch->tx;

	if (!r->hdr)
		return -ENODEV;
	if (total > r->size - 8)
		return -EMSGSIZE;
	if (vmb_tx_ring_sync(r))
		goto broken;
	if (total <= r->room) {
		if (ch->tx_waiting_set) {
			WRITE_ONCE(r->hdr->pending_send_sz, 0);
			ch->tx_waiting_set = false;
		}
		return 0;
	}
	/* The host can only make room by reading what it can see. */
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
	if (total > r->room)
		return -EAGAIN;
	WRITE_ONCE(ch->tx_wanted, 0);
	return 0;

broken:
	vmb_channel_break(ch, "read index of the outbound ring");
	return -EIO;
}

/* vmb_tx_add(), where the compiler shall see it. */
static __always_inline int vmb_tx_put(struct vmb_channel *ch,
				      const struct vmb_packet *pkt)
{
	u32 total = vmb_packet_bytes(pkt->desc_len, pkt->len);
	int ret;

	if (unlikely(READ_ONCE(ch->error)))
		return READ_ONCE(ch->error);
	if (unlikely(!vmb_packet_fits(pkt->desc_len, pkt->len)))
		return -EMSGSIZE;
	if (should_fail(&ch->bus->fail_send, 1)) {
		WRITE_ONCE(ch->tx_wanted, total);
		queue_work(ch->bus->sub_wq, &ch->note_work);
		return -EAGAIN;
	}
	if (unlikely(total > ch->tx.room)) {
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

/**
 * vmb_tx_add() - write a packet
 * @ch: channel, between vmb_tx_begin() and vmb_tx_end()
 * @pkt: the packet
 *
 * Return: 0, -EAGAIN, -EMSGSIZE or the channel's error.
 */
int vmb_tx_add(struct vmb_channel *ch, const struct vmb_packet *pkt)
{
	return vmb_tx_put(ch, pkt);
}
EXPORT_SYMBOL_GPL(vmb_tx_add);

static __always_inline void vmb_tx_show(struct vmb_channel *ch)
{
	if (vmb_tx_ring_publish(&ch->tx)) {
		ch->stats.signals_data++;
		vmb_signal(ch);
	}
}

/**
 * vmb_tx_end() - end to send
 * @ch: channel
 * @flags: from vmb_tx_begin()
 * @more: leave the packets unseen until a later call without @more
 */
void vmb_tx_end(struct vmb_channel *ch, unsigned long flags, bool more)
	__releases(&ch->tx_lock)
{
	if (!more)
		vmb_tx_show(ch);
	spin_unlock_irqrestore(&ch->tx_lock, flags);
}
EXPORT_SYMBOL_GPL(vmb_tx_end);

/**
 * vmb_send() - send one packet
 * @ch: channel
 * @pkt: the packet
 * @more: more packets follow, or vmb_kick()
 *
 * Return: as vmb_tx_add().
 */
int vmb_send(struct vmb_channel *ch, const struct vmb_packet *pkt, bool more)
{
	int ret;

	guard(spinlock_irqsave)(&ch->tx_lock);
	ret = vmb_tx_put(ch, pkt);
	if (!more)
		vmb_tx_show(ch);
	return ret;
}
EXPORT_SYMBOL_GPL(vmb_send);

/* Lets the host see all packets that were added. */
void vmb_kick(struct vmb_channel *ch)
{
	unsigned long flags;

	vmb_tx_begin(ch, &flags);
	vmb_tx_end(ch, flags, false);
}
EXPORT_SYMBOL_GPL(vmb_kick);

/* A sender waits: has the host made room? Not in process context. */
noinline void vmb_tx_wake(struct vmb_channel *ch)
{
	const struct vmb_channel_ops *ops = READ_ONCE(ch->live);
	u32 wanted = READ_ONCE(ch->tx_wanted);

	if (!ops || !wanted || !vmb_tx_ring_has_room(&ch->tx, wanted))
		return;
	if (cmpxchg(&ch->tx_wanted, wanted, 0) == wanted && ops->writable)
		ops->writable(ch);
}

/**
 * vmb_recv_flush() - give back to the host what was read so far
 * @ch: channel
 */
void vmb_recv_flush(struct vmb_channel *ch)
{
	if (unlikely(!ch->rx.hdr))
		return;
	if (vmb_rx_ring_give(&ch->rx)) {
		ch->stats.signals_room++;
		vmb_signal(ch);
	}
}
EXPORT_SYMBOL_GPL(vmb_recv_flush);

/* Nothing is left of what the host was seen to have written. */
static int vmb_rx_more(struct vmb_channel *ch)
{
	struct vmb_rx_ring *r = &ch->rx;
	int ret = READ_ONCE(ch->error);

	if (unlikely(ret))
		return ret;
	if (unlikely(!r->hdr))
		return -ENODEV;
	/* Ends even if the host writes as fast as the guest reads. */
	if (vmb_ring_distance(r->given, r->read, r->size) < r->size / 2) {
		ret = vmb_rx_ring_refill(r);
		if (!ret)
			return 0;
		if (ret == -EIO) {
			vmb_channel_break(ch, "write index of the inbound ring");
			return ret;
		}
	}
	vmb_recv_flush(ch);
	if (unlikely(READ_ONCE(ch->tx_wanted)))
		vmb_tx_wake(ch);
	return -EAGAIN;
}

/**
 * vmb_recv() - take the next packet
 * @ch: channel; the caller is the only receiver
 * @rx: describes the private copy
 *
 * Return: 0, -EAGAIN or the channel's error.
 */
int vmb_recv(struct vmb_channel *ch, struct vmb_rx *rx)
{
	int ret;

	if (!ch->rx.left) {
		ret = vmb_rx_more(ch);
		if (ret)
			return ret;
	}
	if (unlikely(vmb_rx_ring_get(&ch->rx, rx))) {
		ch->rx.left = 0;
		vmb_channel_break(ch, "header of an inbound packet");
		return -EIO;
	}
	if (trace_vmb_packet_receive_enabled())
		trace_vmb_packet_receive(ch->relid, rx->type, rx->flags, rx->id,
					 rx->desc_len, rx->len);
	return 0;
}
EXPORT_SYMBOL_GPL(vmb_recv);

/**
 * vmb_mask() - no interrupts for this channel
 * @ch: channel; nothing happens if it is closed
 */
void vmb_mask(struct vmb_channel *ch)
{
	if (unlikely(!ch->rx.hdr))
		return;
	WRITE_ONCE(ch->rx_owned, 1);
	WRITE_ONCE(ch->rx.hdr->interrupt_mask, cpu_to_le32(1));
}
EXPORT_SYMBOL_GPL(vmb_mask);

/**
 * vmb_unmask() - interrupts again
 * @ch: channel; nothing happens if it is closed
 *
 * Return: true if packets came in between; then the channel is masked and the
 * caller drains again.
 */
bool vmb_unmask(struct vmb_channel *ch)
{
	struct vmb_rx_ring *r = &ch->rx;

	if (unlikely(READ_ONCE(ch->error) || !r->hdr))
		return false;
	WRITE_ONCE(r->hdr->interrupt_mask, 0);
	/* Pairs with xchg() of the next owner: this one's reads are done. */
	smp_store_release(&ch->rx_owned, 0);
	/*
	 * Pairs with the host's barrier between its write index and its look at
	 * the mask: it signals, or the packet is seen here.
	 */
	virt_mb();
	if (!vmb_rx_ring_pending(r) || xchg(&ch->rx_owned, 1))
		return false;
	WRITE_ONCE(r->hdr->interrupt_mask, cpu_to_le32(1));
	return true;
}
EXPORT_SYMBOL_GPL(vmb_unmask);

/**
 * vmb_rx_pending() - do packets wait
 * @ch: channel; nothing happens if it is closed
 *
 * Return: true if so. Orders nothing.
 */
bool vmb_rx_pending(const struct vmb_channel *ch)
{
	return ch->rx.hdr && vmb_rx_ring_pending(&ch->rx);
}
EXPORT_SYMBOL_GPL(vmb_rx_pending);

/* Runs in softirq: drains for drivers with @receive. */
void vmb_rx_work(struct work_struct *work)
{
	struct vmb_channel *ch = container_of(work, struct vmb_channel, rx_work);
	const struct vmb_channel_ops *ops = READ_ONCE(ch->live);

	for (int i = 0; ops && i < VMB_RX_ROUNDS; i++) {
		ops->receive(ch);
		if (!vmb_unmask(ch))
			return;
		ops = READ_ONCE(ch->live);
	}
	if (ops)
		queue_work(ch->bus->rx_wq, work);
}

/**
 * vmb_channel_interrupt() - the host signalled a channel
 * @ch: channel, held by RCU or a reference
 *
 * Interrupts off. The host signals for data, and for room in the outbound
 * ring. While somebody drains, nobody else is called.
 */
void vmb_channel_interrupt(struct vmb_channel *ch)
{
	const struct vmb_channel_ops *ops = READ_ONCE(ch->live);

	ch->stats.interrupts++;
	trace_vmb_interrupt(ch->relid);
	if (unlikely(!ops || READ_ONCE(ch->error)))
		return;
	if (unlikely(READ_ONCE(ch->tx_wanted)))
		vmb_tx_wake(ch);
	if (!vmb_rx_ring_pending(&ch->rx) || xchg(&ch->rx_owned, 1))
		return;
	WRITE_ONCE(ch->rx.hdr->interrupt_mask, cpu_to_le32(1));
	if (ops->event)
		ops->event(ch);
	else
		queue_work(ch->bus->rx_wq, &ch->rx_work);
}
EXPORT_SYMBOL_IF_KUNIT(vmb_channel_interrupt);
