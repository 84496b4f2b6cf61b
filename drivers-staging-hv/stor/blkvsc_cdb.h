/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Command descriptor blocks of the commands that a disk needs.
 */
#ifndef _HV_BLKVSC_CDB_H
#define _HV_BLKVSC_CDB_H

#include <linux/types.h>

#include "wire/vstor.h"

/* Parameter list of UNMAP with one extent. */
#define BLKVSC_UNMAP_BYTES	24

void blkvsc_cdb_rw(struct vstorw_srb *srb, bool write, bool fua, u64 lba,
		   u32 n);
void blkvsc_cdb_write_same(struct vstorw_srb *srb, bool unmap, u64 lba, u32 n);
void blkvsc_cdb_unmap(struct vstorw_srb *srb, u16 bytes);
void blkvsc_cdb_sync_cache(struct vstorw_srb *srb);
void blkvsc_unmap_list(u8 list[BLKVSC_UNMAP_BYTES], u64 lba, u32 n);

#endif /* _HV_BLKVSC_CDB_H */
