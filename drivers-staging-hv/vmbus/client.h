/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The bus under the drivers of drivers/hv: <linux/hyperv.h> on vmb.h.
 *
 * The functions of <linux/hyperv.h> are defined in the files client*.c. Their
 * callers are called clients; they are not changed for this bus.
 */
#ifndef _HV_VMBUS_CLIENT_H
#define _HV_VMBUS_CLIENT_H

#include <linux/atomic.h>
#include <linux/hyperv.h>
#include <linux/types.h>

#include "vmb.h"

struct vmb_node;

/**
 * DOC: Contexts and locks of the clients
 *
 * A client's channel callback runs in the tasklet of its channel, whatever mode
 * it has chosen: BATCHED, with the channel's interrupts masked, or DIRECT and
 * ISR, with nothing masked. The interrupt takes no lock; it schedules the
 * tasklet. Clients schedule and disable the tasklet themselves as well.
 *
 * vmbus_channel.onchannel_callback is set once the rings can be used, and
 * cleared under vmbus_channel.sched_lock while the tasklet is disabled: a client
 * that calls its own callback holds that lock and disables the tasklet.
 *
 * The receiver of a channel is its callback, or whom the client excludes from
 * it. The lock vmbus_requestor.req_lock guards the ids. Neither of the two
 * spinlocks is taken under one of the bus.
 */

/**
 * struct vmb_client_ids - ids of packets that a client waits for
 * @table: slots in flight
 * @addr: what the client calls a slot's packet
 *
 * Under vmbus_requestor.req_lock.
 */
struct vmb_client_ids {
	struct vmb_ids *table;
	u64 addr[];
};

/**
 * struct vmb_client_channel - a primary channel as its client knows it
 * @api: what the client sees
 * @ch: the channel
 * @rx: the packet that the client has not taken yet
 * @shown: a copy of it with its header, for clients that loop over packets;
 *	there while the channel is open
 * @held: there is one; its receiver's, as @rx, @shown and @taken
 * @taken: packets that the client took
 * @last_id: last id for packets whose client has no ids of its own
 * @ids: if the client has asked for it, while the channel is open; changed
 *	under vmbus_requestor.req_lock
 * @owned: a pipe that its client has not let go of, with a reference to the
 *	device
 * @orphan: its device is not on the bus any more, nor may the bus be there
 * @over: its rings are gone, whatever its client does
 */
struct vmb_client_channel {
	struct vmbus_channel api;
	struct vmb_channel *ch;
	struct vmb_rx rx;
	void *shown;
	bool held;
	u32 taken;
	atomic64_t last_id;
	struct vmb_client_ids *ids;
	bool owned;
	bool orphan;
	bool over;
};

static inline struct vmb_client_channel *
to_vmb_client(struct vmbus_channel *channel)
{
	return container_of(channel, struct vmb_client_channel, api);
}

/**
 * vmb_client_ids_create() - make the table of ids that a client asks for
 * @cc: closed channel
 *
 * Context: Process.
 * Return: 0, -EINVAL, -ENOMEM.
 */
int vmb_client_ids_create(struct vmb_client_channel *cc);

/**
 * vmb_client_ids_destroy() - free the table of ids
 * @cc: closed channel
 *
 * Context: Process.
 */
void vmb_client_ids_destroy(struct vmb_client_channel *cc);

/**
 * vmb_pipe_is_owned() - check whether a client has a pipe
 * @cc: channel
 *
 * Context: Process.
 * Return: true until the client lets go of it.
 */
bool vmb_pipe_is_owned(struct vmb_client_channel *cc);

/**
 * vmb_pipe_take_away() - take its rings from a client that has a pipe
 * @cc: channel that is about to be closed
 *
 * The client is told, if it has not been, and may go on calling: it finds
 * nothing to read and cannot send.
 *
 * Context: Process; waits for every task that may be looking at a ring.
 */
void vmb_pipe_take_away(struct vmb_client_channel *cc);

#endif /* _HV_VMBUS_CLIENT_H */
