// SPDX-License-Identifier: GPL-2.0
/*
 * Commands that the host does not complete.
 */
#include <linux/blk-mq.h>
#include <linux/export.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>

#include "call.h"
#include "recover.h"
#include "vstor.h"

/* Seconds that a host which completed a reset has to complete the rest. */
#define VSTOR_GRACE	5

static unsigned int reset_timeout = 10;
module_param(reset_timeout, uint, 0644);
MODULE_PARM_DESC(reset_timeout, "Seconds that the host has to answer a reset (default 10)");

static int vstor_reset(struct vstor *vs, u32 op, u32 key)
{
	struct vstorw_packet pkt;
	int ret;

	vstor_init_packet(&pkt);
	pkt.op = cpu_to_le32(op);
	if (key != VSTOR_KEY_ALL)
		vstor_set_addr(&pkt.srb, key);
	ret = vstor_op(vs, &pkt, max(READ_ONCE(reset_timeout), 1u));
	if (!ret && VSTORW_NT_ERROR(le32_to_cpu(pkt.status)))
		ret = -EIO;
	dev_info(&vs->vdev->dev, "reset %u of %06x: %d\n", op, key, ret);
	return ret;
}

/**
 * vstor_reset_reclaim() - reset a LUN or the bus, and end what was on it
 * @vs: controller
 * @op: VSTORW_OP_RESET_*
 * @key: which LUN, or VSTOR_KEY_ALL
 *
 * Context: process; sleeps.
 * Return: 0 if no command of @key is with the host any more, or -errno.
 */
int vstor_reset_reclaim(struct vstor *vs, u32 op, u32 key)
{
	int ret = vstor_reset(vs, op, key);

	if (ret)
		return ret;
	vstor_wait_idle(vs, key, VSTOR_GRACE);
	vstor_fail(vs, key, -ECONNRESET);
	return 0;
}
EXPORT_SYMBOL_FOR_MODULES(vstor_reset_reclaim, "hv_storvsc,hv_blkvsc");

/* Not memory of the slab, whose pages have no count of their own. */
static unsigned int vstor_keep_vec(const struct bio_vec *bv)
{
	unsigned int n = 0;

	for (u32 at = bv->bv_offset; at < bv->bv_offset + bv->bv_len;
	     at += PAGE_SIZE)
		n += folio_try_get(page_folio(bv->bv_page +
					      (at >> PAGE_SHIFT)));
	return n;
}

/**
 * vstor_keep_pages() - the host may still write to a request's pages
 * @rq: request that ends without a completion
 *
 * Keeps them from reuse for good, because the host may write to them later.
 *
 * Context: any.
 */
void vstor_keep_pages(struct request *rq)
{
	struct req_iterator iter;
	unsigned int n = 0;
	struct bio_vec bv;

	if (rq_data_dir(rq) == WRITE || !blk_rq_has_data(rq))
		return;
	rq_for_each_bvec(bv, rq, iter)
		n += vstor_keep_vec(&bv);
	pr_warn_ratelimited("%u pages of a lost read are kept from reuse\n", n);
}
EXPORT_SYMBOL_FOR_MODULES(vstor_keep_pages, "hv_storvsc,hv_blkvsc");
