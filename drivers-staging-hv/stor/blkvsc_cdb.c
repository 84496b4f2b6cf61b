// SPDX-License-Identifier: GPL-2.0
/*
 * Command descriptor blocks (SBC-4) of the commands that a disk needs.
 */
#include <linux/export.h>
#include <linux/string.h>
#include <linux/unaligned.h>
#include <kunit/visibility.h>
#include <scsi/scsi_proto.h>

#include "blkvsc_cdb.h"

#define CDB_FUA		0x08
#define CDB_UNMAP	0x08

/* The sense data of a completion overlays the CDB: clear all of it. */
static void blkvsc_cdb_begin(struct vstorw_srb *srb, u8 len)
{
	memset(srb->sense, 0, sizeof(srb->sense));
	srb->cdb_len = len;
}

/**
 * blkvsc_cdb_rw() - READ or WRITE, the 10-byte form where it reaches
 * @srb: its CDB is filled in
 * @write: WRITE
 * @fua: force unit access
 * @lba: first block
 * @n: blocks
 */
void blkvsc_cdb_rw(struct vstorw_srb *srb, bool write, bool fua, u64 lba, u32 n)
{
	u8 *cdb = srb->cdb;

	blkvsc_cdb_begin(srb, 10);
	cdb[1] = fua ? CDB_FUA : 0;
	if (likely(lba + n <= U32_MAX && n <= U16_MAX)) {
		cdb[0] = write ? WRITE_10 : READ_10;
		put_unaligned_be32(lba, cdb + 2);
		put_unaligned_be16(n, cdb + 7);
		return;
	}
	srb->cdb_len = 16;
	cdb[0] = write ? WRITE_16 : READ_16;
	put_unaligned_be64(lba, cdb + 2);
	put_unaligned_be32(n, cdb + 10);
}
EXPORT_SYMBOL_IF_KUNIT(blkvsc_cdb_rw);

/**
 * blkvsc_cdb_write_same() - WRITE SAME(16)
 * @srb: its CDB is filled in
 * @unmap: the device may unmap the blocks instead of writing them
 * @lba: first block
 * @n: blocks
 */
void blkvsc_cdb_write_same(struct vstorw_srb *srb, bool unmap, u64 lba, u32 n)
{
	u8 *cdb = srb->cdb;

	blkvsc_cdb_begin(srb, 16);
	cdb[0] = WRITE_SAME_16;
	cdb[1] = unmap ? CDB_UNMAP : 0;
	put_unaligned_be64(lba, cdb + 2);
	put_unaligned_be32(n, cdb + 10);
}
EXPORT_SYMBOL_IF_KUNIT(blkvsc_cdb_write_same);

/**
 * blkvsc_cdb_unmap() - UNMAP
 * @srb: its CDB is filled in
 * @bytes: of the parameter list
 */
void blkvsc_cdb_unmap(struct vstorw_srb *srb, u16 bytes)
{
	blkvsc_cdb_begin(srb, 10);
	srb->cdb[0] = UNMAP;
	put_unaligned_be16(bytes, srb->cdb + 7);
}
EXPORT_SYMBOL_IF_KUNIT(blkvsc_cdb_unmap);

/**
 * blkvsc_unmap_list() - parameter list of UNMAP for one extent
 * @list: filled in
 * @lba: first block
 * @n: blocks
 */
void blkvsc_unmap_list(u8 list[BLKVSC_UNMAP_BYTES], u64 lba, u32 n)
{
	put_unaligned_be16(BLKVSC_UNMAP_BYTES - 2, list);
	put_unaligned_be16(BLKVSC_UNMAP_BYTES - 8, list + 2);
	put_unaligned_be32(0, list + 4);
	put_unaligned_be64(lba, list + 8);
	put_unaligned_be32(n, list + 16);
	put_unaligned_be32(0, list + 20);
}
EXPORT_SYMBOL_IF_KUNIT(blkvsc_unmap_list);

/**
 * blkvsc_cdb_sync_cache() - SYNCHRONIZE CACHE(10) of the whole medium
 * @srb: its CDB is filled in
 */
void blkvsc_cdb_sync_cache(struct vstorw_srb *srb)
{
	blkvsc_cdb_begin(srb, 10);
	srb->cdb[0] = SYNCHRONIZE_CACHE;
}
EXPORT_SYMBOL_IF_KUNIT(blkvsc_cdb_sync_cache);
