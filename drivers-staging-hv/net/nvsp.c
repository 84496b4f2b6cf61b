// SPDX-License-Identifier: GPL-2.0
/*
 * NVSP: version, shared buffers, sub-channels, and what the host says unasked.
 */
#include <linux/err.h>
#include <linux/if_ether.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "net.h"

static const u32 netvsc_versions[] = {
	NVSP_VERSION_6_1,
	NVSP_VERSION_6,
	NVSP_VERSION_5,
};

static void netvsc_nvsp_packet(struct vmb_packet *pkt, const struct nvsp_msg *m)
{
	*pkt = (struct vmb_packet) {
		.type = VMB_INBAND,
		.data = m,
		.len = sizeof(*m),
	};
}

/* Sends a message that has no answer. */
static int netvsc_nvsp_send(struct netvsc_dev *nd, const struct nvsp_msg *m)
{
	struct vmb_packet pkt;

	netvsc_nvsp_packet(&pkt, m);
	return netvsc_ctl_send(nd, &pkt, -1);
}

/*
 * Sends @m and waits for an answer of type @reply; leaves ctl_mutex held on
 * success, for ctl_reply.
 */
static int netvsc_nvsp_request(struct netvsc_dev *nd, const struct nvsp_msg *m,
			       u32 reply)
{
	struct vmb_packet pkt;
	int ret;

	netvsc_nvsp_packet(&pkt, m);
	mutex_lock(&nd->ctl_mutex);
	netvsc_ctl_begin(nd, reply, 0);
	ret = netvsc_ctl_send(nd, &pkt, NETVSC_SLOT_NVSP);
	if (!ret)
		ret = netvsc_ctl_wait(nd);
	if (ret < 0)
		mutex_unlock(&nd->ctl_mutex);
	return ret;
}

static const struct nvsp_msg *netvsc_nvsp_reply(const struct netvsc_dev *nd)
{
	return (const struct nvsp_msg *)nd->ctl_reply;
}

/* 0, -EOPNOTSUPP if the host has not got the version, or an error. */
static int netvsc_nvsp_try(struct netvsc_dev *nd, u32 version)
{
	struct nvsp_msg m = { .type = cpu_to_le32(NVSP_INIT) };
	const struct nvsp_msg *r = netvsc_nvsp_reply(nd);
	int ret;

	m.init.min_version = cpu_to_le32(version);
	m.init.max_version = cpu_to_le32(version);
	ret = netvsc_nvsp_request(nd, &m, NVSP_INIT_COMPLETE);
	if (ret < 0)
		return ret;
	if (ret < netvsc_nvsp_min_len(NVSP_INIT_COMPLETE))
		ret = -EPROTO;
	else if (le32_to_cpu(r->init_complete.status) != NVSP_OK)
		ret = -EOPNOTSUPP;
	else
		ret = le32_to_cpu(r->init_complete.version) == version ?
		      0 : -EPROTO;
	mutex_unlock(&nd->ctl_mutex);
	return ret;
}

static int netvsc_nvsp_configure(struct netvsc_dev *nd, u32 mtu)
{
	struct nvsp_msg m = { .type = cpu_to_le32(NVSP_NDIS_CONFIG) };
	u32 caps = NVSP_CAP_VLAN | NVSP_CAP_SRIOV | NVSP_CAP_TEAMING;

	if (nd->version >= NVSP_VERSION_6_1)
		caps |= NVSP_CAP_RSC;
	m.ndis_config.mtu = cpu_to_le32(mtu + ETH_HLEN);
	m.ndis_config.caps_lo = cpu_to_le32(caps);
	return netvsc_nvsp_send(nd, &m);
}

static int netvsc_nvsp_ndis_version(struct netvsc_dev *nd)
{
	struct nvsp_msg m = { .type = cpu_to_le32(NVSP_NDIS_VERSION) };

	m.ndis_version.major = cpu_to_le32(NVSP_NDIS_6_30 >> 16);
	m.ndis_version.minor = cpu_to_le32(NVSP_NDIS_6_30 & 0xffff);
	return netvsc_nvsp_send(nd, &m);
}

/**
 * netvsc_nvsp_negotiate() - agrees on a version and says what the guest is
 * @nd: device; sets its version
 * @mtu: largest payload that the guest wants to send and receive
 *
 * Process context, the primary channel is open.
 *
 * Return: 0 or -errno.
 */
int netvsc_nvsp_negotiate(struct netvsc_dev *nd, u32 mtu)
{
	unsigned int i;
	int ret = 0;

	nd->version = 0;
	for (i = 0; i < ARRAY_SIZE(netvsc_versions); i++) {
		ret = netvsc_nvsp_try(nd, netvsc_versions[i]);
		if (ret != -EOPNOTSUPP)
			break;
	}
	if (ret)
		return ret;
	WRITE_ONCE(nd->version, netvsc_versions[i]);

	ret = netvsc_nvsp_configure(nd, mtu);
	return ret ?: netvsc_nvsp_ndis_version(nd);
}

/* Shares @gpadl; as netvsc_nvsp_request(), holds ctl_mutex on success. */
static int netvsc_nvsp_share(struct netvsc_dev *nd, u32 type, u32 reply, u16 id,
			     const struct vmb_gpadl *gpadl)
{
	struct nvsp_msg m = { .type = cpu_to_le32(type) };

	m.share_buf.gpadl = cpu_to_le32(vmb_gpadl_handle(gpadl));
	m.share_buf.id = cpu_to_le16(id);
	return netvsc_nvsp_request(nd, &m, reply);
}

/**
 * netvsc_nvsp_share_recv_buf() - gives the host a receive buffer
 * @nd: device; sets its receive sections
 * @bytes: size, page multiple
 *
 * Return: 0 or -errno.
 */
int netvsc_nvsp_share_recv_buf(struct netvsc_dev *nd, u32 bytes)
{
	struct netvsc_recv_layout layout;
	struct vmb_gpadl *gpadl;
	int ret;

	gpadl = vmb_gpadl_create(nd->queues[0].ch, bytes);
	if (IS_ERR(gpadl))
		return PTR_ERR(gpadl);
	nd->recv_gpadl = gpadl;

	ret = netvsc_nvsp_share(nd, NVSP_RECV_BUF, NVSP_RECV_BUF_COMPLETE,
				NVSP_RECV_BUF_ID, gpadl);
	if (ret < 0)
		return ret;
	ret = netvsc_nvsp_parse_recv_buf(netvsc_nvsp_reply(nd), ret, bytes,
					 &layout);
	mutex_unlock(&nd->ctl_mutex);
	if (ret)
		return ret;
	nd->recv_sections = layout.sections;
	nd->recv_section_size = layout.section_size;
	return 0;
}

/**
 * netvsc_nvsp_share_send_buf() - gives the host a send buffer
 * @nd: device; sets its send sections
 * @bytes: size, page multiple
 *
 * Return: 0 or -errno.
 */
int netvsc_nvsp_share_send_buf(struct netvsc_dev *nd, u32 bytes)
{
	struct vmb_gpadl *gpadl;
	u32 size;
	int ret;

	gpadl = vmb_gpadl_create(nd->queues[0].ch, bytes);
	if (IS_ERR(gpadl))
		return PTR_ERR(gpadl);
	nd->send_gpadl = gpadl;

	ret = netvsc_nvsp_share(nd, NVSP_SEND_BUF, NVSP_SEND_BUF_COMPLETE,
				NVSP_SEND_BUF_ID, gpadl);
	if (ret < 0)
		return ret;
	ret = netvsc_nvsp_parse_send_buf(netvsc_nvsp_reply(nd), ret, bytes,
					 &size);
	mutex_unlock(&nd->ctl_mutex);
	if (ret)
		return ret;
	nd->send_section_size = size;
	nd->send_sections = bytes / size;
	return 0;
}

/**
 * netvsc_nvsp_revoke_buffers() - tells the host that the buffers go away
 * @nd: device
 *
 * It has no answer; what counts is the teardown of the GPADLs that follows.
 */
void netvsc_nvsp_revoke_buffers(struct netvsc_dev *nd)
{
	struct nvsp_msg m = {};

	if (nd->recv_sections) {
		m.type = cpu_to_le32(NVSP_REVOKE_RECV_BUF);
		m.revoke_buf.id = cpu_to_le16(NVSP_RECV_BUF_ID);
		netvsc_nvsp_send(nd, &m);
	}
	if (nd->send_sections) {
		m.type = cpu_to_le32(NVSP_REVOKE_SEND_BUF);
		m.revoke_buf.id = cpu_to_le16(NVSP_SEND_BUF_ID);
		netvsc_nvsp_send(nd, &m);
	}
}

/**
 * netvsc_nvsp_subchannels() - asks for sub-channels
 * @nd: device
 * @count: how many are wanted; how many will be offered
 *
 * Return: 0 or -errno.
 */
int netvsc_nvsp_subchannels(struct netvsc_dev *nd, u32 *count)
{
	struct nvsp_msg m = { .type = cpu_to_le32(NVSP_SUBCHANNEL) };
	const struct nvsp_msg *r = netvsc_nvsp_reply(nd);
	u32 granted;
	int ret;

	m.subchannel.op = cpu_to_le32(NVSP_SUBCHANNEL_ALLOCATE);
	m.subchannel.count = cpu_to_le32(*count);
	ret = netvsc_nvsp_request(nd, &m, NVSP_SUBCHANNEL);
	if (ret < 0)
		return ret;
	granted = le32_to_cpu(r->subchannel_complete.count);
	if (ret < netvsc_nvsp_min_len(NVSP_SUBCHANNEL) ||
	    granted > *count)
		ret = -EPROTO;
	else if (le32_to_cpu(r->subchannel_complete.status) != NVSP_OK)
		ret = -EIO;
	else
		ret = 0;
	mutex_unlock(&nd->ctl_mutex);
	if (!ret)
		*count = granted;
	return ret;
}

/**
 * netvsc_nvsp_completion() - the host completed a control packet
 * @q: primary channel's queue
 * @slot: NETVSC_SLOT_NVSP or NETVSC_SLOT_RNDIS
 * @pkt: completion
 *
 * NAPI poll.
 */
void netvsc_nvsp_completion(struct netvsc_queue *q, unsigned int slot,
			    const struct vmb_rx *pkt)
{
	struct netvsc_dev *nd = q->nd;
	const struct nvsp_msg *m = pkt->data;

	if (slot == NETVSC_SLOT_RNDIS) {
		netvsc_rndis_completed(nd);
		return;
	}
	if (pkt->len < sizeof(m->type)) {
		netvsc_stat_inc(&q->rx_stats, stray);
		return;
	}
	netvsc_ctl_answer(nd, le32_to_cpu(m->type), 0, m,
			  min_t(u32, pkt->len, sizeof(*m)));
}

static void netvsc_nvsp_send_table(struct netvsc_dev *nd,
				   const struct nvsp_msg *m, u32 len)
{
	u16 table[NVSP_SEND_TABLE_ENTRIES];
	unsigned int i;

	if (netvsc_nvsp_parse_send_table(m, len, nd->version, table)) {
		if (net_ratelimit())
			netdev_warn(nd->ndev, "bad send table from the host\n");
		return;
	}
	for (i = 0; i < ARRAY_SIZE(table); i++)
		WRITE_ONCE(nd->send_table[i], table[i]);
	WRITE_ONCE(nd->send_table_valid, true);
}

/* Hosts wait for this where they ask for it. */
static void netvsc_nvsp_acknowledge(struct netvsc_queue *q,
				    const struct vmb_rx *pkt)
{
	struct vmb_packet ack = {
		.type = VMB_COMPLETION,
		.id = pkt->id,
	};

	if (pkt->flags & VMB_WANT_COMPLETION)
		vmb_send(q->ch, &ack, false);
}

/**
 * netvsc_nvsp_inband() - a message that the host sends unasked
 * @q: queue
 * @pkt: packet
 *
 * NAPI poll. What is too short, unknown or comes before a version is agreed on
 * is dropped and counted.
 */
void netvsc_nvsp_inband(struct netvsc_queue *q, const struct vmb_rx *pkt)
{
	const struct nvsp_msg *m = pkt->data;
	struct netvsc_dev *nd = q->nd;
	u32 type, min_len;

	type = pkt->len < sizeof(m->type) ? 0 : le32_to_cpu(m->type);
	min_len = netvsc_nvsp_min_len(type);
	if (!READ_ONCE(nd->version) || !min_len || pkt->len < min_len) {
		netvsc_stat_inc(&q->rx_stats, stray);
		return;
	}
	switch (type) {
	case NVSP_SEND_TABLE:
		netvsc_nvsp_send_table(nd, m, pkt->len);
		break;
	case NVSP_VF_ASSOCIATION:
		netvsc_vf_association(nd, &m->vf);
		break;
	default:
		netvsc_stat_inc(&q->rx_stats, stray);
		break;
	}
	netvsc_nvsp_acknowledge(q, pkt);
}
