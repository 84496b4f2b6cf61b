// SPDX-License-Identifier: GPL-2.0
/*
 * NVSP: version, shared buffers, sub-channels, and the messages that the host
 * sends on its own.
 */
#include <linux/err.h>
#include <linux/if_ether.h>
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/net.h>
#include <linux/netdevice.h>
#include <linux/string.h>
#include <linux/workqueue.h>
#include <wire/nvsp.h>

#include "ctl.h"
#include "net.h"
#include "nvsp.h"
#include "parse.h"
#include "rndis.h"
#include "vf.h"

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
	int ret;

	netvsc_nvsp_packet(&pkt, m);
	mutex_lock(&nd->ctl.mutex);
	ret = netvsc_ctl_send(nd, &pkt, -1);
	mutex_unlock(&nd->ctl.mutex);
	return ret;
}

/*
 * Sends @m and waits for an answer of type @type, which is copied to @reply and
 * zero padded. Returns its length, at least the shortest acceptable one, or
 * -errno.
 */
static int netvsc_nvsp_request(struct netvsc_dev *nd, const struct nvsp_msg *m,
			       u32 type, struct nvsp_msg *reply)
{
	struct vmb_packet pkt;
	int ret;

	netvsc_nvsp_packet(&pkt, m);
	memset(reply, 0, sizeof(*reply));
	mutex_lock(&nd->ctl.mutex);
	netvsc_ctl_begin(nd, type, 0);
	ret = netvsc_ctl_send(nd, &pkt, NETVSC_SLOT_NVSP);
	if (!ret)
		ret = netvsc_ctl_wait(nd);
	if (ret > 0)
		memcpy(reply, nd->ctl.reply, min_t(u32, ret, sizeof(*reply)));
	mutex_unlock(&nd->ctl.mutex);
	if (ret >= 0 && ret < netvsc_nvsp_min_len(type))
		ret = -EPROTO;
	return ret;
}

/* 0, -EOPNOTSUPP if the host has not got the version, or another -errno. */
static int netvsc_nvsp_try(struct netvsc_dev *nd, u32 version)
{
	struct nvsp_msg m = { .type = cpu_to_le32(NVSP_INIT) };
	struct nvsp_msg r;
	int ret;

	m.init.min_version = cpu_to_le32(version);
	m.init.max_version = cpu_to_le32(version);
	ret = netvsc_nvsp_request(nd, &m, NVSP_INIT_COMPLETE, &r);
	if (ret < 0)
		return ret;
	return netvsc_nvsp_parse_init(&r, ret);
}

static int netvsc_nvsp_configure(struct netvsc_dev *nd, u32 mtu)
{
	struct nvsp_msg m = { .type = cpu_to_le32(NVSP_NDIS_CONFIG) };
	u32 caps = NVSP_CAP_VLAN | NVSP_CAP_TEAMING;

	/* The host reserves a VF for it. */
	if (netvsc_sriov)
		caps |= NVSP_CAP_SRIOV;
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
 * netvsc_nvsp_negotiate() - negotiate a version and describe the guest
 * @nd: device, its primary channel open; sets its version
 * @mtu: largest payload that the guest wants to send and receive
 *
 * Context: Process. Takes netvsc_ctl.mutex; sleeps for a bounded time.
 * Return: 0 or -errno.
 */
int netvsc_nvsp_negotiate(struct netvsc_dev *nd, u32 mtu)
{
	int ret = -EOPNOTSUPP;

	WRITE_ONCE(nd->version, 0);
	for (int i = 0; i < ARRAY_SIZE(netvsc_versions); i++) {
		ret = netvsc_nvsp_try(nd, netvsc_versions[i]);
		if (!ret)
			WRITE_ONCE(nd->version, netvsc_versions[i]);
		if (ret != -EOPNOTSUPP)
			break;
	}
	if (ret)
		return ret;
	ret = netvsc_nvsp_configure(nd, mtu);
	if (ret)
		return ret;
	return netvsc_nvsp_ndis_version(nd);
}

static int netvsc_nvsp_share(struct netvsc_dev *nd, u32 type, u32 reply_type,
			     u16 id, const struct vmb_gpadl *gpadl,
			     struct nvsp_msg *reply)
{
	struct nvsp_msg m = { .type = cpu_to_le32(type) };

	m.share_buf.gpadl = cpu_to_le32(vmb_gpadl_handle(gpadl));
	m.share_buf.id = cpu_to_le16(id);
	return netvsc_nvsp_request(nd, &m, reply_type, reply);
}

/**
 * netvsc_nvsp_share_recv_buf() - share a receive buffer with the host
 * @nd: device; sets its receive sections
 * @bytes: size, page multiple
 *
 * Context: Process. Takes netvsc_ctl.mutex; sleeps for a bounded time.
 * Return: 0 or -errno.
 */
int netvsc_nvsp_share_recv_buf(struct netvsc_dev *nd, u32 bytes)
{
	struct netvsc_recv_layout layout;
	struct vmb_gpadl *gpadl;
	struct nvsp_msg reply;
	int ret;

	gpadl = vmb_gpadl_create(nd->vdev->channel, bytes);
	if (IS_ERR(gpadl))
		return PTR_ERR(gpadl);
	nd->recv_gpadl = gpadl;

	ret = netvsc_nvsp_share(nd, NVSP_RECV_BUF, NVSP_RECV_BUF_COMPLETE,
				NVSP_RECV_BUF_ID, gpadl, &reply);
	if (ret < 0)
		return ret;
	ret = netvsc_nvsp_parse_recv_buf(&reply, ret, bytes, &layout);
	if (ret)
		return ret;
	nd->recv_sections = layout.sections;
	nd->recv_section_size = layout.section_size;
	return 0;
}

/**
 * netvsc_nvsp_share_send_buf() - share a send buffer with the host
 * @nd: device; sets its send sections
 * @bytes: size, page multiple
 *
 * Context: Process. Takes netvsc_ctl.mutex; sleeps for a bounded time.
 * Return: 0 or -errno.
 */
int netvsc_nvsp_share_send_buf(struct netvsc_dev *nd, u32 bytes)
{
	struct vmb_gpadl *gpadl;
	struct nvsp_msg reply;
	u32 size;
	int ret;

	gpadl = vmb_gpadl_create(nd->vdev->channel, bytes);
	if (IS_ERR(gpadl))
		return PTR_ERR(gpadl);
	nd->send_gpadl = gpadl;

	ret = netvsc_nvsp_share(nd, NVSP_SEND_BUF, NVSP_SEND_BUF_COMPLETE,
				NVSP_SEND_BUF_ID, gpadl, &reply);
	if (ret < 0)
		return ret;
	ret = netvsc_nvsp_parse_send_buf(&reply, ret, bytes, &size);
	if (ret)
		return ret;
	nd->send_section_size = size;
	nd->send_sections = bytes / size;
	return 0;
}

/**
 * netvsc_nvsp_revoke_buffers() - announce that the shared buffers go away
 * @nd: device
 *
 * It has no answer; the teardown of the GPADLs that follows is what counts.
 *
 * Context: Process. Takes netvsc_ctl.mutex; sleeps for a bounded time.
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
 * netvsc_nvsp_subchannels() - request sub-channels
 * @nd: device
 * @count: in: number wanted; out: number that the host will offer
 *
 * Context: Process. Takes netvsc_ctl.mutex; sleeps for a bounded time.
 * Return: 0, -EIO if the host refuses, or another -errno.
 */
int netvsc_nvsp_subchannels(struct netvsc_dev *nd, u32 *count)
{
	struct nvsp_msg m = { .type = cpu_to_le32(NVSP_SUBCHANNEL) };
	struct nvsp_msg r;
	u32 granted;
	int ret;

	m.subchannel.op = cpu_to_le32(NVSP_SUBCHANNEL_ALLOCATE);
	m.subchannel.count = cpu_to_le32(*count);
	ret = netvsc_nvsp_request(nd, &m, NVSP_SUBCHANNEL, &r);
	if (ret < 0)
		return ret;
	granted = le32_to_cpu(r.subchannel_complete.count);
	if (granted > *count)
		return -EPROTO;
	if (le32_to_cpu(r.subchannel_complete.status) != NVSP_OK)
		return -EIO;
	*count = granted;
	return 0;
}

/**
 * netvsc_nvsp_data_path() - have data take another path
 * @nd: device
 * @vf: the path of the VF, or the synthetic one
 *
 * Context: Process. Takes netvsc_ctl.mutex; sleeps for a bounded time.
 * Return: 0 when the host has switched, or -errno.
 */
int netvsc_nvsp_data_path(struct netvsc_dev *nd, bool vf)
{
	u32 path = vf ? NVSP_DATA_PATH_VF : NVSP_DATA_PATH_SYNTHETIC;
	struct nvsp_msg m = { .type = cpu_to_le32(NVSP_SWITCH_DATA_PATH) };
	struct vmb_packet pkt;
	int ret;

	m.data_path.active = cpu_to_le32(path);
	netvsc_nvsp_packet(&pkt, &m);
	mutex_lock(&nd->ctl.mutex);
	netvsc_ctl_begin(nd, NVSP_SWITCH_DATA_PATH, 0);
	ret = netvsc_ctl_send(nd, &pkt, NETVSC_SLOT_DATA_PATH);
	if (!ret)
		ret = netvsc_ctl_wait(nd);
	mutex_unlock(&nd->ctl.mutex);
	return ret;
}

/* A completion that says that the host did not take the RNDIS message. */
static bool netvsc_nvsp_refused(const struct nvsp_msg *m, u32 len)
{
	return len >= netvsc_nvsp_min_len(NVSP_RNDIS_COMPLETE) &&
	       m->type == cpu_to_le32(NVSP_RNDIS_COMPLETE) &&
	       m->rndis_complete.status != cpu_to_le32(NVSP_OK);
}

/**
 * netvsc_nvsp_completion() - the host completed a control packet
 * @nd: device
 * @slot: enum netvsc_ctl_slot
 * @pkt: completion
 *
 * Context: NAPI poll.
 * Return: false if it is malformed.
 */
bool netvsc_nvsp_completion(struct netvsc_dev *nd, unsigned int slot,
			    const struct vmb_rx *pkt)
{
	const struct nvsp_msg *m = pkt->data;

	if (slot == NETVSC_SLOT_RNDIS) {
		if (netvsc_nvsp_refused(m, pkt->len))
			netvsc_ctl_refuse(nd);
		netvsc_rndis_completed(nd);
		return true;
	}
	if (slot == NETVSC_SLOT_DATA_PATH) {
		/* All that there is to it: it may be empty. */
		netvsc_ctl_answer(nd, NVSP_SWITCH_DATA_PATH, 0, m, 0);
		return true;
	}
	if (pkt->len < sizeof(m->type))
		return false;
	netvsc_ctl_answer(nd, le32_to_cpu(m->type), 0, m,
			  min_t(u32, pkt->len, sizeof(*m)));
	return true;
}

static void netvsc_nvsp_send_table(struct netvsc_dev *nd,
				   const struct nvsp_msg *m, u32 len)
{
	u16 table[NVSP_SEND_TABLE_ENTRIES];

	if (netvsc_nvsp_parse_send_table(m, len, nd->version, table)) {
		if (net_ratelimit())
			netdev_warn(nd->ndev, "malformed send table\n");
		return;
	}
	for (int i = 0; i < ARRAY_SIZE(table); i++)
		WRITE_ONCE(nd->send_table[i], table[i]);
	WRITE_ONCE(nd->send_table_valid, true);
}

/* The host assigns a VF, or takes it away. */
static void netvsc_nvsp_vf_association(struct netvsc_dev *nd,
				       const struct nvsp_msg *m)
{
	bool allocated = le32_to_cpu(m->vf.allocated);
	u32 serial = le32_to_cpu(m->vf.serial);

	if (allocated == nd->vf.associated &&
	    (!allocated || serial == nd->vf.serial))
		return;
	if (allocated)
		nd->vf.serial = serial;
	WRITE_ONCE(nd->vf.associated, allocated);
	if (net_ratelimit())
		netdev_info(nd->ndev, "VF %u is %s\n", nd->vf.serial,
			    allocated ? "associated" : "gone");
	schedule_work(&nd->vf.work);
}

/* The host switched by itself: it has taken the VF away, or is about to. */
static void netvsc_nvsp_path_switched(struct netvsc_dev *nd,
				      const struct nvsp_msg *m)
{
	if (m->data_path.active == cpu_to_le32(NVSP_DATA_PATH_VF) ||
	    !nd->vf.associated)
		return;
	WRITE_ONCE(nd->vf.active, false);
	WRITE_ONCE(nd->vf.associated, false);
	schedule_work(&nd->vf.work);
}

/**
 * netvsc_nvsp_inband() - a message that the host sends on its own
 * @nd: device
 * @pkt: packet
 *
 * Context: NAPI poll.
 * Return: false if it is too short, unknown or comes before a version is
 * negotiated: it is dropped.
 */
bool netvsc_nvsp_inband(struct netvsc_dev *nd, const struct vmb_rx *pkt)
{
	const struct nvsp_msg *m = pkt->data;
	u32 type, min_len;

	type = pkt->len < sizeof(m->type) ? 0 : le32_to_cpu(m->type);
	min_len = netvsc_nvsp_min_len(type);
	if (!READ_ONCE(nd->version) || !min_len || pkt->len < min_len)
		return false;
	switch (type) {
	case NVSP_SEND_TABLE:
		netvsc_nvsp_send_table(nd, m, pkt->len);
		break;
	case NVSP_VF_ASSOCIATION:
		netvsc_nvsp_vf_association(nd, m);
		break;
	case NVSP_SWITCH_DATA_PATH:
		netvsc_nvsp_path_switched(nd, m);
		break;
	default:
		return false;
	}
	return true;
}
