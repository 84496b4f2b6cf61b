// SPDX-License-Identifier: GPL-2.0
/*
 * VSTOR packets, as far as they can be judged without a host.
 */
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/unaligned.h>

#include "vstor.h"

/* The shortest packet of a kind that the host may send by itself, 0 if none. */
static u32 vstor_event_bytes(u32 op)
{
	switch (op) {
	case VSTORW_OP_REMOVE_DEVICE:
	case VSTORW_OP_ENUMERATE_BUS:
		return VSTORW_HEADER_BYTES;
	case VSTORW_OP_EVENT:
		return VSTORW_HEADER_BYTES + sizeof(struct vstorw_event);
	default:
		return 0;
	}
}

static enum vstor_kind vstor_classify_event(const struct vmb_rx *rx)
{
	const struct vstorw_packet *pkt = rx->data;
	u32 need;

	if (rx->len < VSTORW_HEADER_BYTES)
		return VSTOR_KIND_BAD;
	need = vstor_event_bytes(le32_to_cpu(pkt->op));
	return need && rx->len >= need ? VSTOR_KIND_EVENT : VSTOR_KIND_BAD;
}

/**
 * vstor_classify() - what an inbound packet is
 * @rx: the packet
 *
 * Return: its kind. Nothing of a packet may be read beyond what that promises.
 */
enum vstor_kind vstor_classify(const struct vmb_rx *rx)
{
	const struct vstorw_packet *pkt = rx->data;

	if (rx->type == VMB_INBAND)
		return vstor_classify_event(rx);
	if (rx->type != VMB_COMPLETION)
		return VSTOR_KIND_BAD;
	if (rx->len < sizeof(*pkt) ||
	    pkt->op != cpu_to_le32(VSTORW_OP_COMPLETE_IO))
		return VSTOR_KIND_BAD_ANSWER;
	return VSTOR_KIND_ANSWER;
}
EXPORT_SYMBOL_FOR_MODULES(vstor_classify, "vstor_wire_kunit");

/**
 * vstor_event_key() - which LUN an event is about
 * @pkt: packet of VSTOR_KIND_EVENT
 *
 * Return: its key, or VSTOR_KEY_ALL if the host does not say.
 */
u32 vstor_event_key(const struct vstorw_packet *pkt)
{
	const struct vstorw_event *ev = &pkt->event;

	if (pkt->op != cpu_to_le32(VSTORW_OP_EVENT))
		return VSTOR_KEY_ALL;
	return VSTOR_KEY(ev->path, ev->target, ev->lun);
}
EXPORT_SYMBOL_FOR_MODULES(vstor_event_key, "vstor_wire_kunit");

/**
 * vstor_clamp_transfer() - the longest transfer that is asked for
 * @host_max: what the host says, any number
 *
 * Return: bytes, a page multiple; one page at least, whatever the host says.
 */
u32 vstor_clamp_transfer(u32 host_max)
{
	return clamp(round_down(host_max, VMB_PAGE_SIZE), VMB_PAGE_SIZE,
		     VSTOR_MAX_TRANSFER);
}
EXPORT_SYMBOL_FOR_MODULES(vstor_clamp_transfer, "vstor_wire_kunit");

/**
 * vstor_ide_address() - which IDE disk an IDE-class device is
 * @instance: instance GUID; its first six bytes are path and target
 * @user_data: user-defined bytes of the offer; they say the same on hosts that
 *	fill them in
 * @path: 0 primary, 1 secondary controller
 * @target: 0 master, 1 slave
 *
 * Return: 0, or -EINVAL if the GUID names no IDE disk or the offer contradicts.
 */
int vstor_ide_address(const guid_t *instance, const u8 *user_data,
		      u8 *path, u8 *target)
{
	struct vstorw_ide_offer offer;
	u32 p = get_unaligned_le32(instance->b);
	u16 t = get_unaligned_le16(instance->b + 4);

	if (p > 1 || t > 1)
		return -EINVAL;
	memcpy(&offer, user_data, sizeof(offer));
	if (le32_to_cpu(offer.flags) & VSTORW_OFFER_IDE &&
	    (offer.path != p || offer.target != t))
		return -EINVAL;
	*path = p;
	*target = t;
	return 0;
}
EXPORT_SYMBOL_FOR_MODULES(vstor_ide_address, "hv_storvsc,hv_blkvsc,vstor_wire_kunit");

/**
 * vstor_init_packet() - write what is the same in every SRB
 * @pkt: packet
 */
void vstor_init_packet(struct vstorw_packet *pkt)
{
	memset(pkt, 0, sizeof(*pkt));
	pkt->op = cpu_to_le32(VSTORW_OP_EXECUTE_SRB);
	pkt->flags = cpu_to_le32(VSTORW_FLAG_COMPLETION);
	pkt->srb.length = cpu_to_le16(sizeof(pkt->srb));
	pkt->srb.sense_len = VSTORW_SENSE_BYTES;
	pkt->srb.queue_action = VSTORW_QUEUE_SIMPLE;
	pkt->srb.timeout = cpu_to_le32(VSTOR_SRB_SECONDS);
}
EXPORT_SYMBOL_FOR_MODULES(vstor_init_packet, "hv_storvsc,hv_blkvsc,vstor_wire_kunit");

MODULE_DESCRIPTION("Microsoft Hyper-V storage transport");
MODULE_LICENSE("GPL");
