// SPDX-License-Identifier: GPL-2.0
/* Drivers of <linux/hyperv.h>: the end of the connection in a panic. */
#include <linux/compiler.h>
#include <linux/export.h>
#include <linux/hyperv.h>
#include <linux/types.h>

#include "crash.h"
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

/**
 * vmbus_initiate_unload() - end the connection
 * @crash: in a panic; nothing happens otherwise
 *
 * Context: Any; takes no locks.
 */
void vmbus_initiate_unload(bool crash)
{
	if (crash)
		vmb_crash_unload(vmb_synic_bus());
}
EXPORT_SYMBOL_GPL(vmbus_initiate_unload);
