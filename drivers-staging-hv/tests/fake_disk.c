// SPDX-License-Identifier: GPL-2.0
/* Disks in memory: the SCSI commands that a guest's drivers need. */
#include <linux/minmax.h>
#include <linux/string.h>
#include <linux/unaligned.h>
#include <scsi/scsi_proto.h>
#include <scsi/scsi_status.h>

#include "fake_stor.h"

/* The longest answer of a disk that is not what is on it. */
#define FAKE_ANSWER_BYTES	256

static const u8 fake_inquiry[36] =
	"\x00\x00\x05\x02\x1f\x00\x00\x02Msft    Virtual Disk    1.0";

/* Page by page; the third byte and the fourth are the length. */
static u32 fake_vpd(const struct fake_lun *lun, u8 page, u8 *p)
{
	static const u8 pages[] = { 0x00, 0x80, 0x83, 0xb0, 0xb1, 0xb2 };
	u8 len;

	p[1] = page;
	switch (page) {
	case 0x00:
		len = sizeof(pages);
		memcpy(p + 4, pages, sizeof(pages));
		break;
	case 0x80:
		len = 8;
		memcpy(p + 4, "fake000", 8);
		p[11] = '0' + lun->serial;
		break;
	case 0x83:
		/* One designator: NAA, binary, 16 bytes. */
		len = 20;
		memcpy(p + 4, "\x01\x03\x00\x10\x60\x02\x24\x80", 8);
		p[23] = lun->serial;
		break;
	case 0xb0:
		len = 0x3c;
		put_unaligned_be16(8, p + 6);
		put_unaligned_be32(FAKE_BLOCKS, p + 20);
		put_unaligned_be32(1, p + 24);
		put_unaligned_be64(FAKE_BLOCKS, p + 36);
		break;
	case 0xb1:
		len = 0x3c;
		p[5] = 1;	/* does not rotate */
		break;
	case 0xb2:
		len = 4;
		p[5] = 0xe4;	/* UNMAP, both WRITE SAMEs; zeroes */
		break;
	default:
		return 0;
	}
	p[3] = len;
	return 4 + len;
}

static u32 fake_ask_inquiry(const struct fake_lun *lun, const u8 *cdb, u8 *p)
{
	if (cdb[1] & 1)
		return fake_vpd(lun, cdb[2], p);
	memcpy(p, fake_inquiry, sizeof(fake_inquiry));
	return sizeof(fake_inquiry);
}

static u32 fake_ask_capacity(const struct fake_lun *lun, const u8 *cdb, u8 *p)
{
	if (cdb[0] == READ_CAPACITY) {
		put_unaligned_be32(lun->blocks - 1, p);
		put_unaligned_be32(FAKE_BLOCK, p + 4);
		return 8;
	}
	put_unaligned_be64(lun->blocks - 1, p);
	put_unaligned_be32(FAKE_BLOCK, p + 8);
	p[13] = 3;	/* eight blocks are a physical one */
	p[14] = 0xc0;	/* thin, reads zeroes */
	return 32;
}

/* Caching page: a volatile write cache, and FUA. */
static u32 fake_ask_mode(const u8 *cdb, u8 *p)
{
	p[0] = 23;
	p[2] = 0x10;
	p[4] = 0x08;
	p[5] = 0x12;
	p[6] = 0x04;
	return 24;
}

static u32 fake_ask_luns(const struct fake_stor *fs, u8 *p)
{
	u32 len = 8;

	for (u8 i = 0; i < FAKE_LUNS; i++) {
		if (!fs->lun[i].present)
			continue;
		p[len + 1] = i;
		len += 8;
	}
	put_unaligned_be32(fs->lun_list_bytes ?: len - 8, p);
	return len;
}

/* What a disk says of itself: bytes in @p, 0 if it does not know the command. */
static u32 fake_ask(const struct fake_stor *fs, const struct fake_lun *lun,
		    const u8 *cdb, u8 *p)
{
	if (fs->no_pages && (cdb[0] == MODE_SENSE ||
			     (cdb[0] == INQUIRY && cdb[1] & 1)))
		return 0;
	switch (cdb[0]) {
	case INQUIRY:
		return fake_ask_inquiry(lun, cdb, p);
	case READ_CAPACITY:
	case SERVICE_ACTION_IN_16:
		return fake_ask_capacity(lun, cdb, p);
	case MODE_SENSE:
		return fake_ask_mode(cdb, p);
	case REPORT_LUNS:
		return fake_ask_luns(fs, p);
	default:
		return 0;
	}
}

/* First block and number of them; false for a command that has none. */
static bool fake_extent(const u8 *cdb, u64 *lba, u32 *n)
{
	switch (cdb[0]) {
	case READ_10:
	case WRITE_10:
		*lba = get_unaligned_be32(cdb + 2);
		*n = get_unaligned_be16(cdb + 7);
		return true;
	case READ_16:
	case WRITE_16:
	case WRITE_SAME_16:
		*lba = get_unaligned_be64(cdb + 2);
		*n = get_unaligned_be32(cdb + 10);
		return true;
	default:
		return false;
	}
}

/**
 * fake_disk_is_io() - is it a read, a write, a discard or a flush
 * @pkt: command
 *
 * Return: true if so: what fake_stor_next() says applies.
 */
bool fake_disk_is_io(const struct vstorw_packet *pkt)
{
	switch (pkt->srb.cdb[0]) {
	case READ_10:
	case READ_16:
	case WRITE_10:
	case WRITE_16:
	case UNMAP:
	case WRITE_SAME_16:
	case SYNCHRONIZE_CACHE:
		return true;
	default:
		return false;
	}
}

static void fake_set_sense(struct vstorw_srb *srb, u8 key, u8 asc, u8 ascq)
{
	srb->srb_status = VSTORW_SRB_ERROR | VSTORW_SRB_AUTOSENSE;
	srb->scsi_status = SAM_STAT_CHECK_CONDITION;
	memset(srb->sense, 0, sizeof(srb->sense));
	srb->sense_len = 18;
	srb->sense[0] = 0x70;
	srb->sense[2] = key;
	srb->sense[7] = 10;
	srb->sense[12] = asc;
	srb->sense[13] = ascq;
}

/* Bytes that were moved. */
static u32 fake_do_io(struct fake_stor *fs, struct fake_lun *lun,
		      const struct vmb_rx *pkt, const u8 *cdb)
{
	bool read = cdb[0] == READ_10 || cdb[0] == READ_16;
	u64 lba;
	u32 n;

	fake_extent(cdb, &lba, &n);
	if (lba + n > lun->blocks)
		return 0;
	if (read)
		fs->reads++;
	else
		fs->writes++;
	return fake_pages_copy(pkt, 0, lun->media + lba * FAKE_BLOCK,
			       n * FAKE_BLOCK, read);
}

/* UNMAP has its one extent in the data. */
static u32 fake_unmap(struct fake_stor *fs, struct fake_lun *lun,
		      const struct vmb_rx *pkt, const u8 *cdb)
{
	u8 list[24] = {};
	u32 moved = 0;
	u64 lba;
	u32 n;

	if (fake_extent(cdb, &lba, &n)) {
		/* As Hyper-V counts: what was written, not what was sent. */
		moved = n * FAKE_BLOCK;
	} else {
		fake_pages_copy(pkt, 0, list, sizeof(list), false);
		lba = get_unaligned_be64(list + 8);
		n = get_unaligned_be32(list + 16);
	}
	if (lba + n > lun->blocks)
		return 0;
	fs->unmaps++;
	memset(lun->media + lba * FAKE_BLOCK, 0, n * FAKE_BLOCK);
	return moved;
}

/* A disk that answers INQUIRY, and is not ready to be asked for more. */
static bool fake_is_late(struct fake_stor *fs, const u8 *cdb)
{
	return cdb[0] == INQUIRY && cdb[1] & 1 && fs->late_pages &&
	       fs->late_pages--;
}

/* Any command to a disk that is there: bytes that were moved. */
static u32 fake_command(struct fake_stor *fs, struct fake_lun *lun,
			const struct vmb_rx *pkt, struct vstorw_srb *srb)
{
	const struct vstorw_packet *ask = pkt->data;
	const u8 *cdb = ask->srb.cdb;
	u8 buf[FAKE_ANSWER_BYTES] = {};
	u32 len;

	if (fake_is_late(fs, cdb)) {
		fake_set_sense(srb, NOT_READY, 0x04, 0x01);
		return 0;
	}
	switch (cdb[0]) {
	case READ_10:
	case READ_16:
	case WRITE_10:
	case WRITE_16:
		return fake_do_io(fs, lun, pkt, cdb);
	case UNMAP:
	case WRITE_SAME_16:
		return fake_unmap(fs, lun, pkt, cdb);
	case SYNCHRONIZE_CACHE:
		fs->flushes++;
		return 0;
	case TEST_UNIT_READY:
	case START_STOP:
	case ALLOW_MEDIUM_REMOVAL:
		return 0;
	}
	len = fake_ask(fs, lun, cdb, buf);
	if (!len) {
		fake_set_sense(srb, ILLEGAL_REQUEST, 0x20, 0);
		return 0;
	}
	len = min(len, le32_to_cpu(ask->srb.xfer_len));
	return fake_pages_copy(pkt, 0, buf, len, true);
}

/* Nothing is there: INQUIRY may say so, all else fails. Bytes that were moved. */
static u32 fake_absent(const struct fake_stor *fs, const struct vmb_rx *pkt,
		       struct vstorw_srb *srb)
{
	const struct vstorw_packet *ask = pkt->data;
	u8 buf[sizeof(fake_inquiry)];
	u32 len = min_t(u32, sizeof(buf), le32_to_cpu(ask->srb.xfer_len));

	if (ask->srb.cdb[0] != INQUIRY || fs->absent_fails) {
		srb->srb_status = VSTORW_SRB_INVALID_LUN;
		srb->scsi_status = SAM_STAT_CHECK_CONDITION;
		return 0;
	}
	memcpy(buf, fake_inquiry, sizeof(buf));
	buf[0] = 0x7f;
	return fake_pages_copy(pkt, 0, buf, len, true);
}

/* As the test wants it. */
static void fake_set_status(const struct fake_stor *fs, struct vstorw_srb *srb)
{
	if (fs->sense[0] || fs->sense[1])
		fake_set_sense(srb, fs->sense[0], fs->sense[1], fs->sense[2]);
	srb->srb_status = fs->srb_status |
			  (srb->sense_len ? VSTORW_SRB_AUTOSENSE : 0);
	srb->scsi_status = fs->scsi_status;
}

/**
 * fake_disk_srb() - run a command
 * @fs: controller; caller holds its lock
 * @pkt: the command's packet
 * @answer: its answer
 * @io: what becomes of it
 *
 * Return: bytes that were moved.
 */
u32 fake_disk_srb(struct fake_stor *fs, const struct vmb_rx *pkt,
		  struct vstorw_packet *answer, enum fake_io io)
{
	const struct vstorw_packet *ask = pkt->data;
	struct vstorw_srb *srb = &answer->srb;
	u8 lun = ask->srb.addr.lun;
	u32 moved = 0;

	*answer = *ask;
	answer->op = cpu_to_le32(VSTORW_OP_COMPLETE_IO);
	srb->srb_status = VSTORW_SRB_SUCCESS;
	srb->scsi_status = SAM_STAT_GOOD;
	srb->sense_len = 0;
	if (ask->srb.addr.target || lun >= FAKE_LUNS || !fs->lun[lun].present) {
		moved = fake_absent(fs, pkt, srb);
	} else {
		if (io != FAKE_IO_STATUS)
			moved = fake_command(fs, &fs->lun[lun], pkt, srb);
		if (io == FAKE_IO_STATUS || io == FAKE_IO_RECOVERED)
			fake_set_status(fs, srb);
	}
	srb->xfer_len = cpu_to_le32(moved);
	return moved;
}
