// SPDX-License-Identifier: GPL-2.0
/*
 * The commands that identify a disk.
 */
#include <linux/array_size.h>
#include <linux/cleanup.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <scsi/scsi_proto.h>

#include "blkvsc.h"
#include "call.h"

#define BLKVSC_INQUIRY_BYTES	96
#define BLKVSC_CAPACITY_BYTES	32
#define BLKVSC_MODE_BYTES	64

static int blkvsc_inquiry(struct blkvsc *ctl, u32 key, struct blkvsc_ident *id)
{
	u8 buf[BLKVSC_INQUIRY_BYTES];
	struct vstor_scsi sc = {
		.key = key,
		.cdb = { INQUIRY, 0, 0, 0, sizeof(buf) },
		.cdb_len = 6,
		.buf = buf,
		.len = sizeof(buf),
	};
	int ret = vstor_ask(ctl->vs, &sc);

	return ret ?: blkvsc_parse_inquiry(id, buf, sc.got);
}

static int blkvsc_capacity(struct blkvsc *ctl, u32 key, struct blkvsc_ident *id)
{
	u8 buf[BLKVSC_CAPACITY_BYTES];
	struct vstor_scsi sc = {
		.key = key,
		.cdb = { SERVICE_ACTION_IN_16, SAI_READ_CAPACITY_16,
			 [13] = sizeof(buf) },
		.cdb_len = 16,
		.buf = buf,
		.len = sizeof(buf),
	};
	int ret = vstor_ask(ctl->vs, &sc);

	if (!ret)
		return blkvsc_parse_capacity16(id, buf, sc.got);
	/* READ CAPACITY(10) cannot report more than 2 TiB. */
	if (ret != -EIO)
		return ret;
	memset(sc.cdb, 0, sizeof(sc.cdb));
	sc.cdb[0] = READ_CAPACITY;
	sc.cdb_len = 10;
	sc.len = 8;
	ret = vstor_ask(ctl->vs, &sc);
	return ret ?: blkvsc_parse_capacity10(id, buf, sc.got);
}

/*
 * What cannot be read stays as it was; at first a cache is assumed. 0, or -errno
 * if there is no answer.
 */
static int blkvsc_caching(struct blkvsc *ctl, u32 key,
			  struct blkvsc_ident *id, bool first)
{
	u8 buf[BLKVSC_MODE_BYTES];
	struct vstor_scsi sc = {
		.key = key,
		/* No block descriptors. */
		.cdb = { MODE_SENSE, 0x08, 0x08, 0, sizeof(buf) },
		.cdb_len = 6,
		.buf = buf,
		.len = sizeof(buf),
	};
	int ret = vstor_ask(ctl->vs, &sc);

	if (ret && !vstor_said_no(ret))
		return ret;
	if (!ret || first)
		blkvsc_parse_caching(id, buf, ret ? 0 : sc.got);
	return 0;
}

/* 0, or -errno if a page has no answer. */
static int blkvsc_pages(struct blkvsc *ctl, u32 key, struct blkvsc_ident *id)
{
	static const struct {
		u8 page;
		void (*parse)(struct blkvsc_ident *id, const u8 *p,
			      unsigned int len);
	} pages[] = {
		{ 0x80, blkvsc_parse_vpd80 },
		{ 0x83, blkvsc_parse_vpd83 },
		{ 0xb0, blkvsc_parse_vpdb0 },
		{ 0xb1, blkvsc_parse_vpdb1 },
		{ 0xb2, blkvsc_parse_vpdb2 },
	};
	u8 *list __free(kfree) = kmalloc(2 * VSTOR_VPD_BYTES, GFP_KERNEL);
	int listed, got;
	u8 *buf;

	if (!list)
		return -ENOMEM;
	buf = list + VSTOR_VPD_BYTES;
	listed = vstor_vpd(ctl->vs, key, 0, list);
	if (listed < 0)
		return listed;
	for (int i = 0; i < ARRAY_SIZE(pages); i++) {
		if (!blkvsc_vpd_has(list, listed, pages[i].page))
			continue;
		got = vstor_vpd(ctl->vs, key, pages[i].page, buf);
		if (got < 0)
			return got;
		pages[i].parse(id, buf, got);
	}
	return 0;
}

/**
 * blkvsc_identify() - what a LUN is
 * @ctl: controller
 * @key: LUN
 * @id: filled in
 * @old: what it was, or NULL; stands in for what cannot be read now
 *
 * Context: process; sleeps, but not for ever.
 * Return: 0 for a disk; -ENXIO if there is no LUN; -EMEDIUMTYPE if it is no
 * disk; -EAGAIN if it is not ready; else -errno: there is something, but not
 * all that is needed could be read.
 */
int blkvsc_identify(struct blkvsc *ctl, u32 key, struct blkvsc_ident *id,
		    const struct blkvsc_ident *old)
{
	int ret;

	*id = old ? *old : (struct blkvsc_ident) {};
	ret = blkvsc_inquiry(ctl, key, id);
	if (ret)
		return ret;
	if (id->type != TYPE_DISK)
		return -EMEDIUMTYPE;
	ret = blkvsc_capacity(ctl, key, id);
	if (ret)
		return ret;
	ret = blkvsc_pages(ctl, key, id);
	return ret ?: blkvsc_caching(ctl, key, id, !old);
}

/**
 * blkvsc_is_other() - is there a device that is no disk
 * @ctl: controller
 * @key: LUN
 *
 * Context: process; sleeps.
 * Return: true if there is.
 */
bool blkvsc_is_other(struct blkvsc *ctl, u32 key)
{
	struct blkvsc_ident id = {};

	return !blkvsc_inquiry(ctl, key, &id) && id.type != TYPE_DISK;
}

/**
 * blkvsc_sync_cache() - SYNCHRONIZE CACHE, outside the queue
 * @ctl: controller
 * @key: LUN
 *
 * Context: process; sleeps.
 * Return: 0 or -errno.
 */
int blkvsc_sync_cache(struct blkvsc *ctl, u32 key)
{
	struct vstor_scsi sc = {
		.key = key,
		.cdb = { SYNCHRONIZE_CACHE },
		.cdb_len = 10,
	};

	return vstor_ask(ctl->vs, &sc);
}
