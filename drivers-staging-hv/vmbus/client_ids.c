// SPDX-License-Identifier: GPL-2.0
/*
 * Drivers of <linux/hyperv.h>: their transaction ids.
 *
 * A client names a packet by an address. The host gets an id that is good for
 * one completion: an id that is stale, comes twice or was never sent finds
 * nothing.
 */
#include <linux/cleanup.h>
#include <linux/export.h>
#include <linux/lockdep.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/topology.h>

#include "channel.h"
#include "client.h"

/* Of a slot that is not in use. */
#define VMB_CLIENT_NO_ADDR	U64_MAX
/* A free slot is looked for with interrupts disabled. */
#define VMB_CLIENT_IDS_MAX	1024

/* Exchanges the table of a channel. Returns the old one. */
static struct vmb_client_ids *vmb_client_ids_set(struct vmb_client_channel *cc,
						 struct vmb_client_ids *ids)
{
	guard(spinlock_irqsave)(&cc->api.requestor.req_lock);
	swap(cc->ids, ids);
	return ids;
}

static void vmb_client_ids_free(struct vmb_client_ids *ids)
{
	if (!ids)
		return;
	vmb_ids_destroy(ids->table);
	kfree(ids);
}

int vmb_client_ids_create(struct vmb_client_channel *cc)
{
	u32 slots = cc->api.rqstor_size;
	struct vmb_client_ids *ids;

	if (!slots)
		return 0;
	if (slots > VMB_CLIENT_IDS_MAX)
		return -EINVAL;
	ids = kzalloc_flex(*ids, addr, slots);
	if (!ids)
		return -ENOMEM;
	ids->table = vmb_ids_create(slots, cpu_to_node(vmb_channel_cpu(cc->ch)));
	if (!ids->table) {
		kfree(ids);
		return -ENOMEM;
	}
	for (u32 i = 0; i < slots; i++)
		ids->addr[i] = VMB_CLIENT_NO_ADDR;
	vmb_client_ids_free(vmb_client_ids_set(cc, ids));
	return 0;
}

void vmb_client_ids_destroy(struct vmb_client_channel *cc)
{
	vmb_client_ids_free(vmb_client_ids_set(cc, NULL));
}

/**
 * vmbus_next_request_id() - make the id for a packet
 * @channel: channel
 * @rqst_addr: what the client calls the packet; not U64_MAX
 *
 * Context: Any; takes vmbus_requestor.req_lock.
 * Return: the id; VMBUS_NO_RQSTOR if the client has asked for none,
 * VMBUS_RQST_ERROR if all are in flight.
 */
u64 vmbus_next_request_id(struct vmbus_channel *channel, u64 rqst_addr)
{
	struct vmb_client_channel *cc = to_vmb_client(channel);
	struct vmb_client_ids *ids;

	guard(spinlock_irqsave)(&channel->requestor.req_lock);
	ids = cc->ids;
	if (!ids)
		return VMBUS_NO_RQSTOR;
	for (u32 slot = 0; slot < ids->table->slots; slot++) {
		if (ids->addr[slot] != VMB_CLIENT_NO_ADDR)
			continue;
		ids->addr[slot] = rqst_addr;
		return vmb_id_arm(ids->table, slot);
	}
	return VMBUS_RQST_ERROR;
}
EXPORT_SYMBOL_GPL(vmbus_next_request_id);

/**
 * __vmbus_request_addr_match() - look up an id, and retire it if it is the
 * right packet's
 * @channel: channel
 * @trans_id: any number
 * @rqst_addr: the packet's, or VMBUS_RQST_ADDR_ANY
 *
 * Context: Any, with vmbus_requestor.req_lock held.
 * Return: what the client calls the packet, or VMBUS_RQST_ERROR if none of this
 * id is in flight. The id of another packet than @rqst_addr stays valid.
 */
u64 __vmbus_request_addr_match(struct vmbus_channel *channel, u64 trans_id,
			       u64 rqst_addr)
{
	struct vmb_client_ids *ids = to_vmb_client(channel)->ids;
	u32 slot = trans_id;
	u64 addr;

	lockdep_assert_held(&channel->requestor.req_lock);
	if (!ids || !vmb_id_in_flight(ids->table, trans_id))
		return VMBUS_RQST_ERROR;
	addr = ids->addr[slot];
	if (rqst_addr != VMBUS_RQST_ADDR_ANY && rqst_addr != addr)
		return addr;
	vmb_id_revoke(ids->table, slot);
	ids->addr[slot] = VMB_CLIENT_NO_ADDR;
	return addr;
}
EXPORT_SYMBOL_GPL(__vmbus_request_addr_match);

/**
 * vmbus_request_addr_match() - __vmbus_request_addr_match() that takes the lock
 * @channel: channel
 * @trans_id: any number
 * @rqst_addr: the packet's, or VMBUS_RQST_ADDR_ANY
 *
 * Context: Any; takes vmbus_requestor.req_lock.
 * Return: as __vmbus_request_addr_match().
 */
u64 vmbus_request_addr_match(struct vmbus_channel *channel, u64 trans_id,
			     u64 rqst_addr)
{
	guard(spinlock_irqsave)(&channel->requestor.req_lock);
	return __vmbus_request_addr_match(channel, trans_id, rqst_addr);
}
EXPORT_SYMBOL_GPL(vmbus_request_addr_match);

/**
 * vmbus_request_addr() - look up and retire the id in a completion
 * @channel: channel
 * @trans_id: any number
 *
 * Context: Any; takes vmbus_requestor.req_lock.
 * Return: as __vmbus_request_addr_match().
 */
u64 vmbus_request_addr(struct vmbus_channel *channel, u64 trans_id)
{
	return vmbus_request_addr_match(channel, trans_id, VMBUS_RQST_ADDR_ANY);
}
EXPORT_SYMBOL_GPL(vmbus_request_addr);
