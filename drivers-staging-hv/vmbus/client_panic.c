// SPDX-License-Identifier: GPL-2.0
/* Drivers of <linux/hyperv.h>: the end of the connection in a panic. */
#include <linux/compiler.h>
#include <linux/delay.h>
#include <linux/export.h>
#include <linux/hyperv.h>
#include <linux/rcupdate.h>
#include <linux/types.h>

#include "bus.h"
#include "channel.h"
#include "client_bus.h"
#include "crash.h"
#include "ring.h"
#include "synic.h"

/* There is one screen, and one bus. */
static bool vmb_client_skips;

bool vmb_client_unloads(void)
{
	return READ_ONCE(vmb_client_skips);
}

/**
 * vmbus_set_skip_unload() - end the connection in a panic, or leave it to the bus
 * @skip: the client calls vmbus_initiate_unload() when the message is on the
 *	screen
 *
 * Who ends it is called after the panic notifiers, of which the bus has one. A
 * crash kernel is another matter: there the bus does not wait for a client.
 *
 * Context: Process.
 */
void vmbus_set_skip_unload(bool skip)
{
	WRITE_ONCE(vmb_client_skips, skip);
}
EXPORT_SYMBOL_GPL(vmbus_set_skip_unload);

/* How long the host may take to read what clients have said last. */
#define VMB_CLIENT_LAST_MS	100

static bool vmb_client_unread(const struct vmb_bus *bus)
{
	for (int i = 1; i < VMBW_RELIDS; i++) {
		const struct vmb_channel *ch = rcu_dereference_raw(bus->channels[i]);
		const struct vmbw_ring *hdr;

		if (!ch || READ_ONCE(ch->live) != &vmb_client_ops)
			continue;
		hdr = READ_ONCE(ch->tx.hdr);
		if (hdr && vmb_ring_word(&hdr->read_index) != READ_ONCE(ch->tx.published))
			return true;
	}
	return false;
}

/**
 * vmbus_initiate_unload() - end the connection
 * @crash: in a panic; nothing happens otherwise
 *
 * Messages have a way of their own to the host: the last one is not to get there
 * before it has read what is in the rings.
 *
 * Context: Any; takes no locks.
 */
void vmbus_initiate_unload(bool crash)
{
	struct vmb_bus *bus = vmb_synic_bus();

	if (!crash || !bus)
		return;
	for (int ms = 0; ms < VMB_CLIENT_LAST_MS && vmb_client_unread(bus); ms++)
		mdelay(1);
	vmb_crash_unload(bus);
}
EXPORT_SYMBOL_GPL(vmbus_initiate_unload);
