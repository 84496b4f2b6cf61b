// SPDX-License-Identifier: GPL-2.0
/*
 * What a disk reports about itself: INQUIRY, vital product data, READ CAPACITY
 * and MODE SENSE (SPC-4, SBC-4), and what that means for the block layer.
 *
 * Each parser takes a page as the host sent it, of any length, and leaves alone
 * what the page does not reach.
 */
#include <linux/blkdev.h>
#include <linux/ctype.h>
#include <linux/export.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/overflow.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <linux/unaligned.h>
#include <kunit/visibility.h>
#include <scsi/scsi_proto.h>

#include "blkvsc_ident.h"
#include "vstor.h"

/* Blocks of one WRITE SAME where the disk reports no limit. */
#define BLKVSC_SAME_BLOCKS	0xffffu

/* Printable, without spaces at the ends; @to has room for @len + 1. */
static void blkvsc_text(char *to, const u8 *from, unsigned int len)
{
	unsigned int i;

	while (len && isspace(from[len - 1]))
		len--;
	while (len && isspace(*from)) {
		from++;
		len--;
	}
	for (i = 0; i < len && from[i]; i++)
		to[i] = isascii(from[i]) && isprint(from[i]) ? from[i] : '_';
	to[i] = 0;
}

/**
 * blkvsc_parse_inquiry() - standard INQUIRY data
 * @id: filled in
 * @p: data
 * @len: its length
 *
 * Return: 0, -ENXIO if there is no such LUN, -EINVAL if the data is too short.
 */
int blkvsc_parse_inquiry(struct blkvsc_ident *id, const u8 *p, unsigned int len)
{
	if (len < 36)
		return -EINVAL;
	if (p[0] >> 5)
		return -ENXIO;
	id->type = p[0] & 0x1f;
	id->removable = p[1] & 0x80;
	blkvsc_text(id->vendor, p + 8, 8);
	blkvsc_text(id->model, p + 16, 16);
	blkvsc_text(id->rev, p + 32, 4);
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(blkvsc_parse_inquiry);

static bool blkvsc_same_name(const char *a, const char *b)
{
	return !a[0] || !b[0] || !strcmp(a, b);
}

/**
 * blkvsc_same_names() - are these the names of one disk
 * @a: disk
 * @b: disk
 *
 * Return: false if they differ in a name that both have: a page that could not
 * be read does not make it another disk.
 */
bool blkvsc_same_names(const struct blkvsc_ident *a,
		       const struct blkvsc_ident *b)
{
	return blkvsc_same_name(a->serial, b->serial) &&
	       blkvsc_same_name(a->wwid, b->wwid);
}
EXPORT_SYMBOL_IF_KUNIT(blkvsc_same_names);

/* Length of a VPD page with its header, 0 if it is not that page. */
static unsigned int blkvsc_vpd_len(const u8 *p, unsigned int len, u8 page)
{
	if (len < 4 || p[1] != page)
		return 0;
	return min(len, get_unaligned_be16(p + 2) + 4u);
}

/**
 * blkvsc_vpd_has() - is a page in the list of pages
 * @p: VPD page 0x00
 * @len: its length
 * @page: page number
 *
 * Return: true if it is.
 */
bool blkvsc_vpd_has(const u8 *p, unsigned int len, u8 page)
{
	len = blkvsc_vpd_len(p, len, 0);
	return len > 4 && memchr(p + 4, page, len - 4);
}
EXPORT_SYMBOL_IF_KUNIT(blkvsc_vpd_has);

/**
 * blkvsc_parse_vpd80() - unit serial number
 * @id: filled in
 * @p: VPD page 0x80
 * @len: its length
 */
void blkvsc_parse_vpd80(struct blkvsc_ident *id, const u8 *p, unsigned int len)
{
	len = blkvsc_vpd_len(p, len, 0x80);
	if (len > 4)
		blkvsc_text(id->serial, p + 4,
			    min(len - 4, BLKVSC_SERIAL_BYTES - 1));
}
EXPORT_SYMBOL_IF_KUNIT(blkvsc_parse_vpd80);

/* How lasting a designator's name is, 0 if it names no LUN. */
static int blkvsc_designator_rank(const u8 *d)
{
	static const u8 rank[16] = { [1] = 1, [2] = 3, [3] = 4, [8] = 2 };

	if (!d[3] || d[1] & 0x30)
		return 0;
	return rank[d[1] & 0xf];
}

static void blkvsc_designator_name(char *name, const u8 *d)
{
	char text[BLKVSC_WWID_BYTES - 4];
	unsigned int len = d[3];

	switch (d[1] & 0xf) {
	case 2:
		snprintf(name, BLKVSC_WWID_BYTES, "eui.%*phN",
			 min_t(int, len, 16), d + 4);
		break;
	case 3:
		snprintf(name, BLKVSC_WWID_BYTES, "naa.%*phN",
			 min_t(int, len, 16), d + 4);
		break;
	default:
		blkvsc_text(text, d + 4, min_t(unsigned int, len,
					       sizeof(text) - 1));
		snprintf(name, BLKVSC_WWID_BYTES, "%s%s",
			 (d[1] & 0xf) == 1 ? "t10." : "", text);
	}
}

/**
 * blkvsc_parse_vpd83() - device identification
 * @id: filled in
 * @p: VPD page 0x83
 * @len: its length
 */
void blkvsc_parse_vpd83(struct blkvsc_ident *id, const u8 *p, unsigned int len)
{
	unsigned int pos = 4;
	int best = 0;

	len = blkvsc_vpd_len(p, len, 0x83);
	if (!len)
		return;
	id->wwid[0] = 0;
	while (pos + 4 <= len && pos + 4 + p[pos + 3] <= len) {
		int rank = blkvsc_designator_rank(p + pos);

		if (rank > best) {
			best = rank;
			blkvsc_designator_name(id->wwid, p + pos);
		}
		pos += 4 + p[pos + 3];
	}
}
EXPORT_SYMBOL_IF_KUNIT(blkvsc_parse_vpd83);

/**
 * blkvsc_parse_vpdb0() - block limits
 * @id: filled in; needs the block size
 * @p: VPD page 0xb0
 * @len: its length
 */
void blkvsc_parse_vpdb0(struct blkvsc_ident *id, const u8 *p, unsigned int len)
{
	u32 align;

	len = blkvsc_vpd_len(p, len, 0xb0);
	if (len < 16)
		return;
	id->io_min = get_unaligned_be16(p + 6) * id->block_size;
	id->max_blocks = get_unaligned_be32(p + 8);
	if (check_mul_overflow(get_unaligned_be32(p + 12), id->block_size,
			       &id->io_opt))
		id->io_opt = 0;
	if (len < 36)
		return;
	/* No descriptor allowed means no UNMAP. */
	id->max_unmap = get_unaligned_be32(p + 24) ?
			get_unaligned_be32(p + 20) : 0;
	id->unmap_granularity = get_unaligned_be32(p + 28);
	align = get_unaligned_be32(p + 32);
	id->unmap_alignment = align >> 31 ? align & 0x7fffffff : 0;
	if (len >= 44)
		id->max_write_same = get_unaligned_be64(p + 36);
}
EXPORT_SYMBOL_IF_KUNIT(blkvsc_parse_vpdb0);

/**
 * blkvsc_parse_vpdb1() - block device characteristics
 * @id: filled in
 * @p: VPD page 0xb1
 * @len: its length
 */
void blkvsc_parse_vpdb1(struct blkvsc_ident *id, const u8 *p, unsigned int len)
{
	/* 1 is "does not rotate", 0 is "not reported", others are a speed. */
	if (blkvsc_vpd_len(p, len, 0xb1) >= 6)
		id->rotational = get_unaligned_be16(p + 4) > 1;
}
EXPORT_SYMBOL_IF_KUNIT(blkvsc_parse_vpdb1);

/**
 * blkvsc_parse_vpdb2() - logical block provisioning
 * @id: filled in
 * @p: VPD page 0xb2
 * @len: its length
 */
void blkvsc_parse_vpdb2(struct blkvsc_ident *id, const u8 *p, unsigned int len)
{
	if (blkvsc_vpd_len(p, len, 0xb2) < 6)
		return;
	id->lbpu = p[5] & 0x80;
	id->lbpws = p[5] & 0x40;
	id->vpd_lbprz = (p[5] >> 2 & 7) == 1;
}
EXPORT_SYMBOL_IF_KUNIT(blkvsc_parse_vpdb2);

static int blkvsc_set_capacity(struct blkvsc_ident *id, u64 last, u32 size)
{
	u64 bytes;

	if (size < 512 || size > SZ_4K || !is_power_of_2(size))
		return -EINVAL;
	if (last == U64_MAX ||
	    check_mul_overflow(last + 1, (u64)size, &bytes) ||
	    bytes > LLONG_MAX)
		return -EINVAL;
	id->blocks = last + 1;
	/* READ CAPACITY(10) does not say: what was known stays. */
	if (size != id->block_size) {
		id->block_size = size;
		id->phys_block_size = size;
		id->align_offset = 0;
	}
	return 0;
}

/**
 * blkvsc_parse_capacity16() - READ CAPACITY(16)
 * @id: filled in
 * @p: data
 * @len: its length
 *
 * Return: 0, or -EINVAL if the data is too short or makes no sense.
 */
int blkvsc_parse_capacity16(struct blkvsc_ident *id, const u8 *p,
			    unsigned int len)
{
	unsigned int exponent;
	int ret;

	if (len < 12)
		return -EINVAL;
	ret = blkvsc_set_capacity(id, get_unaligned_be64(p),
				  get_unaligned_be32(p + 8));
	if (ret || len < 16)
		return ret;
	exponent = p[13] & 0xf;
	/* More than 64 KiB is no physical block. */
	if ((u64)id->block_size << exponent > SZ_64K)
		exponent = 0;
	id->phys_block_size = id->block_size << exponent;
	id->align_offset = ((get_unaligned_be16(p + 14) & 0x3fff) *
			    id->block_size) & (id->phys_block_size - 1);
	id->lbpme = p[14] & 0x80;
	id->lbprz = p[14] & 0x40;
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(blkvsc_parse_capacity16);

/**
 * blkvsc_parse_capacity10() - READ CAPACITY(10), for a host that has no other
 * @id: filled in
 * @p: data
 * @len: its length
 *
 * Return: 0, or -EINVAL if the data is too short or makes no sense.
 */
int blkvsc_parse_capacity10(struct blkvsc_ident *id, const u8 *p,
			    unsigned int len)
{
	if (len < 8 || get_unaligned_be32(p) == U32_MAX)
		return -EINVAL;
	return blkvsc_set_capacity(id, get_unaligned_be32(p),
				  get_unaligned_be32(p + 4));
}
EXPORT_SYMBOL_IF_KUNIT(blkvsc_parse_capacity10);

/**
 * blkvsc_parse_caching() - MODE SENSE(6) of the caching page
 * @id: filled in
 * @p: data
 * @len: its length
 *
 * A write cache is assumed unless the disk reports none: a needless
 * flush costs time, a missing one costs data.
 */
void blkvsc_parse_caching(struct blkvsc_ident *id, const u8 *p,
			  unsigned int len)
{
	unsigned int pos;

	id->write_cache = true;
	id->fua = false;
	if (len < 4)
		return;
	len = min(len, p[0] + 1u);
	id->read_only = p[2] & 0x80;
	pos = 4 + p[3];
	if (len < pos + 3 || (p[pos] & 0x3f) != 8)
		return;
	id->write_cache = p[pos + 2] & 0x04;
	id->fua = id->write_cache && p[2] & 0x10;
}
EXPORT_SYMBOL_IF_KUNIT(blkvsc_parse_caching);

static u32 blkvsc_limit_sectors(const struct blkvsc_ident *id, u64 blocks)
{
	u64 sectors = blocks * (id->block_size >> SECTOR_SHIFT);

	return min(sectors, (u64)UINT_MAX >> SECTOR_SHIFT);
}

/**
 * blkvsc_can_unmap() - does UNMAP work
 * @id: disk
 *
 * Context: any.
 * Return: true if the disk has the command and a limit that allows it.
 */
bool blkvsc_can_unmap(const struct blkvsc_ident *id)
{
	return id->lbpu && id->max_unmap;
}
EXPORT_SYMBOL_IF_KUNIT(blkvsc_can_unmap);

/**
 * blkvsc_reads_zeroes() - do unmapped blocks read as zeroes
 * @id: disk
 *
 * Context: any.
 * Return: true if they do.
 */
bool blkvsc_reads_zeroes(const struct blkvsc_ident *id)
{
	return id->lbprz || id->vpd_lbprz;
}
EXPORT_SYMBOL_IF_KUNIT(blkvsc_reads_zeroes);

static void blkvsc_discard_limits(struct queue_limits *lim,
				  const struct blkvsc_ident *id)
{
	bool unmap = blkvsc_can_unmap(id);
	u32 same = min_not_zero(id->max_write_same, (u64)BLKVSC_SAME_BLOCKS);
	u64 granularity = (u64)id->unmap_granularity * id->block_size;

	lim->max_hw_discard_sectors = 0;
	lim->max_write_zeroes_sectors = 0;
	lim->max_hw_wzeroes_unmap_sectors = 0;
	if (!id->lbpme)
		return;
	if (id->lbpws && !id->read_only) {
		lim->max_write_zeroes_sectors = blkvsc_limit_sectors(id, same);
		if (blkvsc_reads_zeroes(id))
			lim->max_hw_wzeroes_unmap_sectors =
				lim->max_write_zeroes_sectors;
	}
	if (!unmap && !id->lbpws)
		return;
	lim->max_hw_discard_sectors =
		blkvsc_limit_sectors(id, unmap ? id->max_unmap : same);
	lim->max_discard_segments = 1;
	lim->discard_granularity = max_t(u32, id->phys_block_size,
					 min(granularity, SZ_1G));
	/* The block layer only knows powers of two; others are no alignment. */
	if (is_power_of_2(lim->discard_granularity))
		lim->discard_alignment = id->unmap_alignment * id->block_size &
					 (lim->discard_granularity - 1);
}

/**
 * blkvsc_limits() - what a disk means for the block layer
 * @lim: filled in
 * @id: the disk
 * @max_transfer: bytes in one command
 */
void blkvsc_limits(struct queue_limits *lim, const struct blkvsc_ident *id,
		   u32 max_transfer)
{
	u32 sectors = max_transfer >> SECTOR_SHIFT;

	if (id->max_blocks)
		sectors = min(sectors,
			      blkvsc_limit_sectors(id, id->max_blocks));
	/* The block layer wants a page at least, whatever the disk reports. */
	lim->max_hw_sectors = max_t(u32, sectors, PAGE_SECTORS);
	lim->max_segments = VSTOR_MAX_PFNS;
	lim->max_segment_size = UINT_MAX;
	lim->virt_boundary_mask = VMB_PAGE_SIZE - 1;
	lim->dma_alignment = 511;
	lim->logical_block_size = id->block_size;
	lim->physical_block_size = id->phys_block_size;
	lim->alignment_offset = id->align_offset;
	lim->io_min = max(id->io_min, id->phys_block_size);
	lim->io_opt = id->io_opt;
	lim->features &= ~(BLK_FEAT_WRITE_CACHE | BLK_FEAT_FUA |
			   BLK_FEAT_ROTATIONAL);
	if (id->write_cache)
		lim->features |= BLK_FEAT_WRITE_CACHE;
	if (id->fua)
		lim->features |= BLK_FEAT_FUA;
	if (id->rotational)
		lim->features |= BLK_FEAT_ROTATIONAL;
	blkvsc_discard_limits(lim, id);
}
EXPORT_SYMBOL_IF_KUNIT(blkvsc_limits);

/**
 * blkvsc_disk_name() - hvda, hvdb, ... hvdz, hvdaa, hvdab, ...
 * @index: 0 is "hvda"
 * @buf: filled in
 * @len: size of @buf
 *
 * Return: 0, or -EINVAL if there is no room.
 */
int blkvsc_disk_name(unsigned int index, char *buf, unsigned int len)
{
	static const char prefix[] = { 'h', 'v', 'd' };
	unsigned int start = sizeof(prefix);
	unsigned int end = start;
	unsigned int rest = index;

	for (end++; rest >= 26; end++)
		rest = rest / 26 - 1;
	if (end >= len)
		return -EINVAL;
	memcpy(buf, prefix, sizeof(prefix));
	buf[end] = 0;
	for (rest = index; end > start; rest = rest / 26 - 1)
		buf[--end] = 'a' + rest % 26;
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(blkvsc_disk_name);
