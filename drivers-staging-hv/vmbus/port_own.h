/* SPDX-License-Identifier: GPL-2.0 */
/* The hot path on the bus of this directory. */
#ifndef _HV_VMBUS_PORT_OWN_H
#define _HV_VMBUS_PORT_OWN_H

#include <linux/bitops.h>
#include <asm/mshyperv.h>
#include <asm/sync_bitops.h>
#include <hyperv/hvhdk.h>

#include "bus.h"
#include "channel.h"
#include "client_bus.h"
#include "node.h"

static inline void vmb_port_signal(struct vmb_channel *ch)
{
	if (ch->send_bits)
		sync_set_bit(ch->relid, ch->send_bits);
	if (ch->monitor_word)
		sync_set_bit(ch->monitor_bit, ch->monitor_word);
	else
		hv_do_fast_hypercall8(HVCALL_SIGNAL_EVENT, ch->signal);
}

static inline void vmb_port_notify(struct vmb_channel *ch)
{
	queue_work(ch->bus->notify_wq, &ch->notify_work);
}

static inline void vmb_port_receive(struct vmb_channel *ch)
{
	queue_work(ch->bus->rx_wq, &ch->rx_work);
}

static inline bool vmb_port_event(struct vmb_channel *ch,
				  const struct vmb_channel_ops *ops)
{
	return vmb_client_event(ch, ops);
}

static inline bool vmb_port_is_open(const struct vmb_channel *ch)
{
	return READ_ONCE(ch->state) == VMB_CHANNEL_OPEN;
}

static inline struct device *vmb_port_device(const struct vmb_channel *ch)
{
	return &ch->node->dev;
}

static inline void vmb_port_broken(struct vmb_channel *ch, const char *reason)
{
	WRITE_ONCE(ch->reason, reason);
	vmb_count(ch->bus, VMB_BROKEN_CHANNELS);
}

static inline bool vmb_port_fail_send(struct vmb_channel *ch)
{
	return should_fail(&ch->bus->fail_send, 1);
}

#endif /* _HV_VMBUS_PORT_OWN_H */
