// SPDX-License-Identifier: GPL-2.0
/* Drivers of <linux/hyperv.h>: how they send and receive. */
#include <linux/export.h>
#include <linux/limits.h>
#include <linux/panic.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "channel.h"
#include "client.h"

/* Has the next packet held. Returns false if there is none. */
static bool vmb_client_next(struct vmb_client_channel *cc)
{
	int ret;

	if (READ_ONCE(cc->over))
		return false;
	if (cc->held)
		return true;
	ret = vmb_recv(cc->ch, &cc->rx);
	/* Half a ring was read without a pause: now it is released. */
	if (ret == -EAGAIN && vmb_rx_pending(cc->ch))
		ret = vmb_recv(cc->ch, &cc->rx);
	cc->held = !ret;
	return cc->held;
}

static void vmb_client_took(struct vmb_client_channel *cc)
{
	cc->held = false;
	cc->taken++;
}

/*
 * Writes the held packet, if there is room for it, with a header of what was
 * copied. Returns its length.
 */
static u32 vmb_client_packet(const struct vmb_client_channel *cc, void *buffer,
			     u32 room)
{
	const struct vmb_rx *rx = &cc->rx;
	struct vmpacket_descriptor *desc = buffer;
	u32 offset = sizeof(*desc) + rx->desc_len;
	u32 len = offset + rx->len;

	if (len > room)
		return len;
	desc->type = rx->type;
	desc->offset8 = offset / 8;
	desc->len8 = len / 8;
	desc->flags = rx->flags;
	desc->trans_id = rx->id;
	/* The payload is behind the descriptor in the bus's copy as well. */
	memcpy(desc + 1, rx->desc, rx->desc_len + rx->len);
	return len;
}

/**
 * vmbus_recvpacket() - receive the payload of a packet
 * @channel: channel; the caller is its receiver
 * @buffer: where to copy the payload
 * @bufferlen: room there
 * @buffer_actual_len: length of the payload, 0 if there is no packet
 * @requestid: transaction id
 *
 * Context: Any.
 * Return: 0, or -ENOBUFS: the packet does not fit and is the next one still.
 */
int vmbus_recvpacket(struct vmbus_channel *channel, void *buffer,
		     u32 bufferlen, u32 *buffer_actual_len, u64 *requestid)
{
	struct vmb_client_channel *cc = to_vmb_client(channel);

	*buffer_actual_len = 0;
	*requestid = 0;
	if (!vmb_client_next(cc))
		return 0;
	*requestid = cc->rx.id;
	*buffer_actual_len = cc->rx.len;
	/* It stays for a larger buffer. */
	if (cc->rx.len > bufferlen)
		return -ENOBUFS;
	memcpy(buffer, cc->rx.data, cc->rx.len);
	vmb_client_took(cc);
	vmb_recv_flush(cc->ch);
	return 0;
}
EXPORT_SYMBOL_GPL(vmbus_recvpacket);

/**
 * vmbus_recvpacket_raw() - receive a packet with its header
 * @channel: channel; the caller is its receiver
 * @buffer: where to copy the packet
 * @bufferlen: room there
 * @buffer_actual_len: length of the packet, 0 if there is none
 * @requestid: transaction id
 *
 * Context: Any.
 * Return: 0, or -ENOBUFS: the packet does not fit and is the next one still.
 */
int vmbus_recvpacket_raw(struct vmbus_channel *channel, void *buffer,
			 u32 bufferlen, u32 *buffer_actual_len, u64 *requestid)
{
	struct vmb_client_channel *cc = to_vmb_client(channel);

	*buffer_actual_len = 0;
	*requestid = 0;
	if (!vmb_client_next(cc))
		return 0;
	*requestid = cc->rx.id;
	*buffer_actual_len = vmb_client_packet(cc, buffer, bufferlen);
	if (*buffer_actual_len > bufferlen)
		return -ENOBUFS;
	vmb_client_took(cc);
	vmb_recv_flush(cc->ch);
	return 0;
}
EXPORT_SYMBOL_GPL(vmbus_recvpacket_raw);

/**
 * hv_pkt_iter_first() - look at the next packet
 * @channel: channel; the caller is its receiver
 *
 * Context: Any.
 * Return: a private copy of the packet, or NULL. It is the next one still until
 * __hv_pkt_iter_next().
 */
struct vmpacket_descriptor *hv_pkt_iter_first(struct vmbus_channel *channel)
{
	struct vmb_client_channel *cc = to_vmb_client(channel);

	if (!vmb_client_next(cc))
		return NULL;
	vmb_client_packet(cc, cc->shown, U32_MAX);
	return cc->shown;
}
EXPORT_SYMBOL_GPL(hv_pkt_iter_first);

/**
 * __hv_pkt_iter_next() - be done with a packet and look at the next one
 * @channel: channel; the caller is its receiver
 * @pkt: the packet
 *
 * Context: Any.
 * Return: as hv_pkt_iter_first().
 */
struct vmpacket_descriptor *
__hv_pkt_iter_next(struct vmbus_channel *channel,
		   const struct vmpacket_descriptor *pkt)
{
	vmb_client_took(to_vmb_client(channel));
	return hv_pkt_iter_first(channel);
}
EXPORT_SYMBOL_GPL(__hv_pkt_iter_next);

/**
 * hv_pkt_iter_close() - release to the host what was read
 * @channel: channel; the caller is its receiver
 *
 * Context: Any.
 */
void hv_pkt_iter_close(struct vmbus_channel *channel)
{
	struct vmb_client_channel *cc = to_vmb_client(channel);

	/* hv_get_bytes_to_read() is to count the packet that is looked at. */
	if (!cc->held && !READ_ONCE(cc->over))
		vmb_recv_flush(cc->ch);
}
EXPORT_SYMBOL_GPL(hv_pkt_iter_close);

/*
 * The id under which a packet goes out. Without a table of ids, clients name
 * packets that want a completion by kernel addresses, and do not look at the
 * id of the completion: the host gets a number instead. Other ids are the
 * host's own, in answers, or nobody's: one of the table would stay in flight.
 */
static u64 vmb_client_id(struct vmb_client_channel *cc, u64 requestid, u32 flags)
{
	if (!(flags & VMB_WANT_COMPLETION))
		return requestid;
	if (cc->api.next_request_id_callback)
		return cc->api.next_request_id_callback(&cc->api, requestid);
	return atomic64_inc_return(&cc->last_id);
}

/* Was another CPU stopped in the middle of a packet? Nobody else runs now. */
static bool vmb_client_stuck(struct vmb_channel *ch)
{
	if (!spin_trylock(&ch->tx_lock))
		return true;
	spin_unlock(&ch->tx_lock);
	return false;
}

/**
 * vmbus_sendpacket_getid() - send a packet
 * @channel: channel
 * @buffer: payload
 * @bufferlen: its length
 * @requestid: the client's name for the packet, or the host's id
 * @trans_id: the id on the wire; or NULL
 * @type: packet type
 * @flags: VMBUS_DATA_PACKET_FLAG_COMPLETION_REQUESTED or 0
 *
 * Context: Any but hard interrupts.
 * Return: 0; -EAGAIN if there is no space or no id; as vmb_send().
 */
int vmbus_sendpacket_getid(struct vmbus_channel *channel, void *buffer,
			   u32 bufferlen, u64 requestid, u64 *trans_id,
			   enum vmbus_packet_type type, u32 flags)
{
	struct vmb_client_channel *cc = to_vmb_client(channel);
	struct vmb_packet pkt = {
		.type = type,
		.flags = flags,
		.data = buffer,
		.len = bufferlen,
	};
	int ret;

	if (READ_ONCE(cc->over))
		return -ENODEV;
	if (panic_in_progress() && vmb_client_stuck(cc->ch))
		return -EAGAIN;
	pkt.id = vmb_client_id(cc, requestid, flags);
	if (pkt.id == VMBUS_RQST_ERROR)
		return -EAGAIN;
	if (trans_id)
		*trans_id = pkt.id;
	ret = vmb_send(cc->ch, &pkt, false);
	if (ret && (flags & VMB_WANT_COMPLETION) && channel->request_addr_callback)
		channel->request_addr_callback(channel, pkt.id);
	return ret;
}
EXPORT_SYMBOL_GPL(vmbus_sendpacket_getid);

/**
 * vmbus_sendpacket() - send a packet
 * @channel: channel
 * @buffer: payload
 * @bufferlen: its length
 * @requestid: the client's name for the packet, or the host's id
 * @type: packet type
 * @flags: VMBUS_DATA_PACKET_FLAG_COMPLETION_REQUESTED or 0
 *
 * Context: Any but hard interrupts.
 * Return: as vmbus_sendpacket_getid().
 */
int vmbus_sendpacket(struct vmbus_channel *channel, void *buffer, u32 bufferlen,
		     u64 requestid, enum vmbus_packet_type type, u32 flags)
{
	return vmbus_sendpacket_getid(channel, buffer, bufferlen, requestid, NULL,
				      type, flags);
}
EXPORT_SYMBOL_GPL(vmbus_sendpacket);
