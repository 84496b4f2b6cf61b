// SPDX-License-Identifier: GPL-2.0
/*
 * RNDIS control: requests on a page that the host reads, answers and
 * indications in the receive buffer.
 */
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/minmax.h>
#include <linux/overflow.h>
#include <linux/string.h>
#include <linux/lockdep.h>
#include <linux/mutex.h>
#include <linux/wait.h>

#include "ctl.h"
#include "link.h"
#include "net.h"
#include "rndis.h"

/* How long the host may keep the request page after it answered. */
#define NETVSC_PAGE_TIMEOUT	HZ

/*
 * Requests are limited to what one range and one frame describe. The page may
 * be larger than a frame.
 */
#define NETVSC_RNDIS_MAX		VMB_PAGE_SIZE
#define NETVSC_RNDIS_GPA_WORDS	2

/* Bytes that the host may send in one message. */
#define NETVSC_RNDIS_TRANSFER	0x4000

/* Sets the page of a request that timed out aside until the close. */
static int netvsc_rndis_set_aside(struct netvsc_dev *nd)
{
	struct netvsc_rndis *r = &nd->rndis;

	if (r->stale_count == ARRAY_SIZE(r->stale))
		return -EBUSY;
	if (nd->ctl.ids)
		vmb_id_revoke(nd->ctl.ids, NETVSC_SLOT_RNDIS);
	WRITE_ONCE(r->pending, false);
	r->stale[r->stale_count++] = r->page;
	r->page = NULL;
	return 0;
}

/* A page for the next request, zeroed. The host may still read the last one. */
static int netvsc_rndis_get_page(struct netvsc_dev *nd)
{
	struct netvsc_rndis *r = &nd->rndis;
	int ret;

	if (READ_ONCE(r->pending))
		wait_event_timeout(nd->wait, !READ_ONCE(r->pending) ||
				   READ_ONCE(nd->dead), NETVSC_PAGE_TIMEOUT);
	if (READ_ONCE(r->pending)) {
		ret = netvsc_rndis_set_aside(nd);
		if (ret)
			return ret;
	}
	if (!r->page)
		r->page = (void *)get_zeroed_page(GFP_KERNEL);
	if (!r->page)
		return -ENOMEM;
	memset(r->page, 0, PAGE_SIZE);
	return 0;
}

/* Sends the message on the request page. */
static int netvsc_rndis_send(struct netvsc_dev *nd)
{
	struct rndis_hdr *h = nd->rndis.page;
	struct nvsp_msg m = { .type = cpu_to_le32(NVSP_RNDIS) };
	DEFINE_RAW_FLEX(struct vmb_gpa_list, gpas, words,
			NETVSC_RNDIS_GPA_WORDS);
	struct vmb_packet pkt = {
		.type = VMB_GPA_DIRECT,
		.desc = gpas,
		.data = &m,
		.len = sizeof(m),
	};
	struct vmb_gpa_builder b;
	int ret;

	vmb_gpa_init(&b, gpas, NETVSC_RNDIS_GPA_WORDS);
	vmb_gpa_add(&b, virt_to_phys(h), le32_to_cpu(h->len));
	pkt.desc_len = vmb_gpa_finish(&b);
	m.rndis.channel = cpu_to_le32(NVSP_CHANNEL_CONTROL);
	m.rndis.section = cpu_to_le32(NVSP_NO_SECTION);
	WRITE_ONCE(nd->rndis.pending, true);
	ret = netvsc_ctl_send(nd, &pkt, NETVSC_SLOT_RNDIS);
	if (ret)
		WRITE_ONCE(nd->rndis.pending, false);
	return ret;
}

/**
 * netvsc_rndis_completed() - the host has completed the request page
 * @nd: device
 *
 * Context: NAPI poll.
 */
void netvsc_rndis_completed(struct netvsc_dev *nd)
{
	WRITE_ONCE(nd->rndis.pending, false);
	wake_up_all(&nd->wait);
}

/**
 * netvsc_rndis_free_pages() - free the request pages
 * @nd: device, its primary channel closed: the host reads none of them
 *
 * Context: Process.
 */
void netvsc_rndis_free_pages(struct netvsc_dev *nd)
{
	struct netvsc_rndis *r = &nd->rndis;

	while (r->stale_count)
		free_page((unsigned long)r->stale[--r->stale_count]);
	if (r->page)
		free_page((unsigned long)r->page);
	r->page = NULL;
	r->pending = false;
}

/* Begins a request: its page, with the header filled in, and its id. */
static void *netvsc_rndis_begin(struct netvsc_dev *nd, u32 type, u32 body_len)
{
	struct rndis_hdr *h;
	__le32 *id;
	int ret;

	lockdep_assert_held(&nd->ctl.mutex);
	if (body_len > NETVSC_RNDIS_MAX - sizeof(*h))
		return ERR_PTR(-EINVAL);
	ret = netvsc_rndis_get_page(nd);
	if (ret)
		return ERR_PTR(ret);
	h = nd->rndis.page;
	h->type = cpu_to_le32(type);
	h->len = cpu_to_le32(sizeof(*h) + body_len);
	/* Every body begins with the id. */
	id = (__le32 *)(h + 1);
	*id = cpu_to_le32(++nd->rndis.id);
	return id;
}

/* Sends the request and waits: length of the answer in ctl_reply, or -errno. */
static int netvsc_rndis_request(struct netvsc_dev *nd, u32 type)
{
	int ret;

	netvsc_ctl_begin(nd, type | RNDIS_COMPLETE, nd->rndis.id);
	ret = netvsc_rndis_send(nd);
	return ret ?: netvsc_ctl_wait(nd);
}

static int netvsc_rndis_do_init(struct netvsc_dev *nd)
{
	struct netvsc_rndis_caps caps;
	struct rndis_init *init;
	int ret;

	init = netvsc_rndis_begin(nd, RNDIS_INIT, sizeof(*init));
	if (IS_ERR(init))
		return PTR_ERR(init);
	init->major = cpu_to_le32(1);
	init->max_transfer = cpu_to_le32(NETVSC_RNDIS_TRANSFER);
	ret = netvsc_rndis_request(nd, RNDIS_INIT);
	if (ret < 0)
		return ret;
	ret = netvsc_rndis_parse_init(nd->ctl.reply, ret, &caps);
	if (ret)
		return ret;
	nd->host_max_packets = caps.max_packets;
	nd->align = caps.align;
	return 0;
}

/**
 * netvsc_rndis_init() - start RNDIS
 * @nd: device; sets how packets may be batched
 *
 * Context: Process. Takes netvsc_ctl.mutex; sleeps for a bounded time.
 * Return: 0 or -errno.
 */
int netvsc_rndis_init(struct netvsc_dev *nd)
{
	int ret;

	mutex_lock(&nd->ctl.mutex);
	ret = netvsc_rndis_do_init(nd);
	mutex_unlock(&nd->ctl.mutex);
	return ret;
}

/**
 * netvsc_rndis_halt() - end RNDIS
 * @nd: device
 *
 * It has no answer.
 *
 * Context: Process. Takes netvsc_ctl.mutex; sleeps for a bounded time.
 */
void netvsc_rndis_halt(struct netvsc_dev *nd)
{
	mutex_lock(&nd->ctl.mutex);
	if (!IS_ERR(netvsc_rndis_begin(nd, RNDIS_HALT, sizeof(__le32))))
		netvsc_rndis_send(nd);
	mutex_unlock(&nd->ctl.mutex);
}

/* A query or a set with @len bytes of information. */
static int netvsc_rndis_oid_request(struct netvsc_dev *nd, u32 type, u32 oid,
				    const void *info, u32 len)
{
	struct rndis_oid *req;

	req = netvsc_rndis_begin(nd, type, sizeof(*req) + len);
	if (IS_ERR(req))
		return PTR_ERR(req);
	req->oid = cpu_to_le32(oid);
	req->info_len = cpu_to_le32(len);
	req->info_offset = cpu_to_le32(sizeof(*req));
	if (len)
		memcpy(req + 1, info, len);
	return netvsc_rndis_request(nd, type);
}

/**
 * netvsc_rndis_query() - query an OID
 * @nd: device
 * @oid: OID
 * @in: information that the query carries, or NULL
 * @in_len: its length
 * @out: filled with the answer; zeroed first
 * @out_len: room there
 *
 * Context: Process. Takes netvsc_ctl.mutex; sleeps for a bounded time.
 * Return: bytes of answer or -errno.
 */
int netvsc_rndis_query(struct netvsc_dev *nd, u32 oid, const void *in,
		       u32 in_len, void *out, u32 out_len)
{
	int ret;

	memset(out, 0, out_len);
	mutex_lock(&nd->ctl.mutex);
	ret = netvsc_rndis_oid_request(nd, RNDIS_QUERY, oid, in, in_len);
	if (ret >= 0)
		ret = netvsc_rndis_parse_query(nd->ctl.reply, ret, out,
					       out_len);
	mutex_unlock(&nd->ctl.mutex);
	return ret;
}

/**
 * netvsc_rndis_set() - set an OID
 * @nd: device
 * @oid: OID
 * @info: information
 * @len: its length
 *
 * Context: Process. Takes netvsc_ctl.mutex; sleeps for a bounded time.
 * Return: 0 or -errno.
 */
int netvsc_rndis_set(struct netvsc_dev *nd, u32 oid, const void *info, u32 len)
{
	int ret;

	mutex_lock(&nd->ctl.mutex);
	ret = netvsc_rndis_oid_request(nd, RNDIS_SET, oid, info, len);
	if (ret >= 0)
		ret = netvsc_rndis_parse_set(nd->ctl.reply, ret);
	mutex_unlock(&nd->ctl.mutex);
	return ret;
}

/* One without a meaning here is not an error, whatever comes with it. */
static bool netvsc_rndis_indicate(struct netvsc_dev *nd, const u8 *shared,
				  u32 len)
{
	struct rndis_indicate_msg m;
	u32 status, info_len;
	__le32 info = 0;
	int at;

	if (len < sizeof(m))
		return false;
	memcpy(&m, shared, sizeof(m));
	at = netvsc_rndis_parse_indicate(&m, len, &status, &info_len);
	if (at < 0)
		return false;
	/* No status that is used has more than a word. */
	info_len = min_t(u32, info_len, sizeof(info));
	memcpy(&info, shared + at, info_len);
	netvsc_link_event(nd, status, &info, info_len);
	return true;
}

/**
 * netvsc_rndis_control() - a message that is not a packet
 * @nd: device
 * @shared: message, in memory that the host may still write
 * @len: its length
 *
 * Context: NAPI poll.
 * Return: false if it is malformed or unknown.
 */
bool netvsc_rndis_control(struct netvsc_dev *nd, const u8 *shared, u32 len)
{
	struct {
		struct rndis_hdr hdr;
		__le32 id;
	} head;
	u32 type;

	if (len < sizeof(head))
		return false;
	memcpy(&head, shared, sizeof(head));
	type = le32_to_cpu(head.hdr.type);
	switch (type) {
	case RNDIS_INIT | RNDIS_COMPLETE:
	case RNDIS_QUERY | RNDIS_COMPLETE:
	case RNDIS_SET | RNDIS_COMPLETE:
		/* A late answer is not an error. */
		len = min(len, le32_to_cpu(head.hdr.len));
		netvsc_ctl_answer(nd, type, le32_to_cpu(head.id), shared,
				  len);
		return true;
	case RNDIS_INDICATE:
		return netvsc_rndis_indicate(nd, shared, len);
	default:
		return false;
	}
}
