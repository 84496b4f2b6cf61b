// SPDX-License-Identifier: GPL-2.0
/*
 * Commands and packets, as far as they can be understood without a host.
 */
#include <linux/export.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <linux/unaligned.h>
#include <kunit/visibility.h>

#include "packet.h"

/* Seconds that the host is asked to spend on a command. */
#define VSTOR_SRB_SECONDS	60

/* REMOVE_DEVICE comes before a rescind: what is there is looked at anew. */
static bool vstor_is_event(const struct vmb_rx *rx)
{
	const struct vstorw_packet *pkt = rx->data;

	if (rx->len < VSTORW_HEADER_BYTES)
		return false;
	return pkt->op == cpu_to_le32(VSTORW_OP_REMOVE_DEVICE) ||
	       pkt->op == cpu_to_le32(VSTORW_OP_ENUMERATE_BUS);
}

/**
 * vstor_classify() - what an inbound packet is
 * @rx: the packet
 *
 * Context: any.
 * Return: its kind. Nothing of a packet may be read beyond what that promises.
 */
enum vstor_kind vstor_classify(const struct vmb_rx *rx)
{
	const struct vstorw_packet *pkt = rx->data;

	if (rx->type == VMB_INBAND)
		return vstor_is_event(rx) ? VSTOR_KIND_LUNS_CHANGED :
					    VSTOR_KIND_BAD;
	if (rx->type != VMB_COMPLETION)
		return VSTOR_KIND_BAD;
	if (rx->len < sizeof(*pkt) ||
	    pkt->op != cpu_to_le32(VSTORW_OP_COMPLETE_IO))
		return VSTOR_KIND_BAD_REPLY;
	return VSTOR_KIND_REPLY;
}
EXPORT_SYMBOL_IF_KUNIT(vstor_classify);

/**
 * vstor_clamp_transfer() - the longest transfer that is asked for
 * @host_max: the host's limit, any number
 *
 * Context: any.
 * Return: bytes, a multiple of VMB_PAGE_SIZE; a page at least, which is what
 * the block layer asks for.
 */
u32 vstor_clamp_transfer(u32 host_max)
{
	return clamp(round_down(host_max, VMB_PAGE_SIZE), (u32)PAGE_SIZE,
		     VSTOR_MAX_TRANSFER);
}
EXPORT_SYMBOL_IF_KUNIT(vstor_clamp_transfer);

/**
 * vstor_ide_address() - which IDE disk an IDE-class device is
 * @instance: instance GUID; its first six bytes are path and target
 * @user_data: user-defined bytes of the offer; they agree with @instance on
 *	hosts that fill them in
 * @path: filled in: 0 primary, 1 secondary controller
 * @target: filled in: 0 master, 1 slave
 *
 * Context: any.
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
EXPORT_SYMBOL_IF_KUNIT(vstor_ide_address);

/**
 * vstor_init_packet() - write what is the same in every SRB
 * @pkt: packet
 *
 * Context: any.
 */
void vstor_init_packet(struct vstorw_packet *pkt)
{
	memset(pkt, 0, sizeof(*pkt));
	pkt->op = cpu_to_le32(VSTORW_OP_EXECUTE_SRB);
	pkt->flags = cpu_to_le32(VSTORW_FLAG_COMPLETION);
	pkt->srb.length = cpu_to_le16(sizeof(pkt->srb));
	pkt->srb.sense_len = VSTORW_SENSE_BYTES;
	pkt->srb.queue_tag = VSTORW_UNTAGGED;
	pkt->srb.queue_action = VSTORW_QUEUE_SIMPLE;
	pkt->srb.timeout = cpu_to_le32(VSTOR_SRB_SECONDS);
}
EXPORT_SYMBOL_IF_KUNIT(vstor_init_packet);

/**
 * vstor_init_cmd() - write what is the same for every use of a command
 * @cmd: command
 * @pfns: frame numbers that @cmd has room for
 *
 * Context: any.
 */
void vstor_init_cmd(struct vstor_cmd *cmd, u16 pfns)
{
	vstor_init_packet(&cmd->pkt);
	cmd->room = VSTOR_GPA_WORDS(pfns);
}
EXPORT_SYMBOL_FOR_MODULES(vstor_init_cmd, "hv_storvsc,hv_blkvsc,vstor_packet_kunit");
