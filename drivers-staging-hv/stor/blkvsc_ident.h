/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a disk reports about itself, and what that means for the block layer.
 */
#ifndef _HV_BLKVSC_IDENT_H
#define _HV_BLKVSC_IDENT_H

#include <linux/blkdev.h>
#include <linux/types.h>

#define BLKVSC_WWID_BYTES	80
#define BLKVSC_SERIAL_BYTES	64

/**
 * struct blkvsc_ident - a LUN
 * @type: SCSI peripheral type
 * @removable: medium can be removed
 * @vendor: INQUIRY vendor
 * @model: INQUIRY product
 * @rev: INQUIRY revision
 * @serial: VPD page 0x80
 * @wwid: VPD page 0x83, the most lasting name
 * @blocks: capacity in logical blocks
 * @block_size: bytes of a logical block
 * @phys_block_size: bytes of a physical block
 * @align_offset: bytes from the first logical block to a physical block's start
 * @io_min: bytes, 0 if not reported
 * @io_opt: bytes, 0 if not reported
 * @max_blocks: longest read or write in blocks, 0 if not reported
 * @lbpme: logical block provisioning is on
 * @lbprz: unmapped blocks read as zeroes, says READ CAPACITY(16)
 * @vpd_lbprz: likewise, says VPD page 0xb2
 * @lbpu: UNMAP works
 * @lbpws: WRITE SAME(16) with UNMAP works
 * @max_unmap: blocks of one UNMAP, 0 if it does not work
 * @max_write_same: blocks of one WRITE SAME, 0 if there is no limit
 * @unmap_granularity: blocks
 * @unmap_alignment: blocks
 * @rotational: seeks cost something
 * @write_cache: there is a volatile write cache
 * @fua: the FUA bit works
 * @read_only: write protected
 */
struct blkvsc_ident {
	u8 type;
	bool removable;
	char vendor[9];
	char model[17];
	char rev[5];
	char serial[BLKVSC_SERIAL_BYTES];
	char wwid[BLKVSC_WWID_BYTES];
	u64 blocks;
	u32 block_size;
	u32 phys_block_size;
	u32 align_offset;
	u32 io_min;
	u32 io_opt;
	u32 max_blocks;
	bool lbpme;
	bool lbprz;
	bool vpd_lbprz;
	bool lbpu;
	bool lbpws;
	u32 max_unmap;
	u64 max_write_same;
	u32 unmap_granularity;
	u32 unmap_alignment;
	bool rotational;
	bool write_cache;
	bool fua;
	bool read_only;
};

int blkvsc_parse_inquiry(struct blkvsc_ident *id, const u8 *p,
			 unsigned int len);
bool blkvsc_same_names(const struct blkvsc_ident *a,
		       const struct blkvsc_ident *b);
bool blkvsc_can_unmap(const struct blkvsc_ident *id);
bool blkvsc_reads_zeroes(const struct blkvsc_ident *id);
bool blkvsc_vpd_has(const u8 *p, unsigned int len, u8 page);
void blkvsc_parse_vpd80(struct blkvsc_ident *id, const u8 *p, unsigned int len);
void blkvsc_parse_vpd83(struct blkvsc_ident *id, const u8 *p, unsigned int len);
void blkvsc_parse_vpdb0(struct blkvsc_ident *id, const u8 *p, unsigned int len);
void blkvsc_parse_vpdb1(struct blkvsc_ident *id, const u8 *p, unsigned int len);
void blkvsc_parse_vpdb2(struct blkvsc_ident *id, const u8 *p, unsigned int len);
int blkvsc_parse_capacity16(struct blkvsc_ident *id, const u8 *p,
			    unsigned int len);
int blkvsc_parse_capacity10(struct blkvsc_ident *id, const u8 *p,
			    unsigned int len);
void blkvsc_parse_caching(struct blkvsc_ident *id, const u8 *p,
			  unsigned int len);
void blkvsc_limits(struct queue_limits *lim, const struct blkvsc_ident *id,
		   u32 max_transfer);
int blkvsc_disk_name(unsigned int index, char *buf, unsigned int len);

#endif /* _HV_BLKVSC_IDENT_H */
