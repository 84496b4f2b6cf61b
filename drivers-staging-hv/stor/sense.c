// SPDX-License-Identifier: GPL-2.0
/*
 * What a completion means: SRB status, SCSI status and sense data.
 */
#include <linux/array_size.h>
#include <linux/blkdev.h>
#include <linux/export.h>
#include <linux/minmax.h>
#include <kunit/visibility.h>
#include <scsi/scsi_proto.h>
#include <scsi/scsi_status.h>

#include "sense.h"

/**
 * vstor_sense_bytes() - how much sense data a completion has
 * @srb: of the completion
 *
 * Context: any.
 * Return: bytes, never more than an SRB holds.
 */
unsigned int vstor_sense_bytes(const struct vstorw_srb *srb)
{
	if (!(srb->srb_status & VSTORW_SRB_AUTOSENSE))
		return 0;
	return min(srb->sense_len, VSTORW_SENSE_BYTES);
}
EXPORT_SYMBOL_FOR_MODULES(vstor_sense_bytes,
			  "hv_storvsc,hv_blkvsc,vstor_sense_kunit");

/**
 * vstor_parse_sense() - sense key and codes, of fixed or descriptor format
 * @sense: sense data
 * @len: its length
 *
 * Context: any.
 * Return: them; codes that the data is too short for are zero.
 */
struct vstor_sense vstor_parse_sense(const u8 *sense, unsigned int len)
{
	struct vstor_sense s = {};

	if (len < 3)
		return s;
	switch (sense[0] & 0x7f) {
	case 0x70:
	case 0x71:
		s.valid = true;
		s.deferred = sense[0] & 1;
		s.key = sense[2] & 0xf;
		s.asc = len > 12 ? sense[12] : 0;
		s.ascq = len > 13 ? sense[13] : 0;
		break;
	case 0x72:
	case 0x73:
		s.valid = true;
		s.deferred = sense[0] & 1;
		s.key = sense[1] & 0xf;
		s.asc = sense[2];
		s.ascq = len > 3 ? sense[3] : 0;
		break;
	}
	return s;
}
EXPORT_SYMBOL_FOR_MODULES(vstor_parse_sense,
			  "hv_storvsc,hv_blkvsc,vstor_sense_kunit");

/* In the table below: any code. */
#define ANY	0xff

/* The first line that fits counts. Names as in SPC-4 and SBC-4. */
static const struct vstor_sense_rule {
	u8 key;
	u8 asc;
	u8 ascq;
	u8 flags;
	enum vstor_disposition disposition;
	blk_status_t status;
	const char *name;
} vstor_sense_rules[] = {
	{ UNIT_ATTENTION, 0x3f, 0x0e, VSTOR_LUNS_CHANGED, VSTOR_RETRY,
	  BLK_STS_IOERR, "reported LUNs data has changed" },
	{ UNIT_ATTENTION, 0x3f, ANY, VSTOR_CHANGED, VSTOR_RETRY,
	  BLK_STS_IOERR, "target operating conditions have changed" },
	{ UNIT_ATTENTION, 0x2a, ANY, VSTOR_CHANGED, VSTOR_RETRY,
	  BLK_STS_IOERR, "parameters changed" },
	{ UNIT_ATTENTION, 0x28, ANY, VSTOR_CHANGED, VSTOR_RETRY,
	  BLK_STS_IOERR, "medium may have changed" },
	{ UNIT_ATTENTION, ANY, ANY, 0, VSTOR_RETRY,
	  BLK_STS_IOERR, "unit attention" },
	{ NOT_READY, 0x3a, ANY, 0, VSTOR_FAIL,
	  BLK_STS_MEDIUM, "medium not present" },
	{ NOT_READY, 0x04, 0x03, 0, VSTOR_FAIL,
	  BLK_STS_OFFLINE, "not ready, manual intervention required" },
	{ NOT_READY, 0x04, ANY, 0, VSTOR_LATER,
	  BLK_STS_OFFLINE, "not ready yet" },
	{ NOT_READY, ANY, ANY, 0, VSTOR_RETRY,
	  BLK_STS_OFFLINE, "not ready" },
	{ ILLEGAL_REQUEST, 0x20, ANY, 0, VSTOR_FAIL,
	  BLK_STS_NOTSUPP, "invalid command operation code" },
	{ ILLEGAL_REQUEST, 0x24, ANY, 0, VSTOR_FAIL,
	  BLK_STS_NOTSUPP, "invalid field in CDB" },
	{ ILLEGAL_REQUEST, 0x26, ANY, 0, VSTOR_FAIL,
	  BLK_STS_NOTSUPP, "invalid field in parameter list" },
	{ ILLEGAL_REQUEST, 0x25, ANY, VSTOR_GONE, VSTOR_FAIL,
	  BLK_STS_TARGET, "logical unit not supported" },
	/* The disk may have shrunk. */
	{ ILLEGAL_REQUEST, 0x21, ANY, VSTOR_CHANGED, VSTOR_FAIL,
	  BLK_STS_TARGET, "LBA out of range" },
	{ ILLEGAL_REQUEST, ANY, ANY, 0, VSTOR_FAIL,
	  BLK_STS_TARGET, "illegal request" },
	{ MEDIUM_ERROR, ANY, ANY, 0, VSTOR_FAIL,
	  BLK_STS_MEDIUM, "medium error" },
	{ BLANK_CHECK, ANY, ANY, 0, VSTOR_FAIL,
	  BLK_STS_MEDIUM, "blank check" },
	{ HARDWARE_ERROR, ANY, ANY, 0, VSTOR_RETRY,
	  BLK_STS_TARGET, "hardware error" },
	{ DATA_PROTECT, 0x27, 0x07, 0, VSTOR_FAIL,
	  BLK_STS_NOSPC, "space allocation failed write protect" },
	{ DATA_PROTECT, ANY, ANY, 0, VSTOR_FAIL,
	  BLK_STS_TARGET, "data protect" },
	/* But the command failed: not all that was asked was done. */
	{ RECOVERED_ERROR, ANY, ANY, 0, VSTOR_RETRY,
	  BLK_STS_IOERR, "recovered error" },
	{ ABORTED_COMMAND, ANY, ANY, 0, VSTOR_RETRY,
	  BLK_STS_IOERR, "aborted command" },
};

static const struct vstor_status_rule {
	u8 code;
	u8 flags;
	enum vstor_disposition disposition;
	blk_status_t status;
	const char *name;
} vstor_scsi_rules[] = {
	{ SAM_STAT_BUSY, 0, VSTOR_LATER, BLK_STS_TIMEOUT, "busy" },
	{ SAM_STAT_TASK_SET_FULL, 0, VSTOR_LATER, BLK_STS_TIMEOUT,
	  "task set full" },
	{ SAM_STAT_RESERVATION_CONFLICT, 0, VSTOR_FAIL, BLK_STS_RESV_CONFLICT,
	  "reservation conflict" },
	{ SAM_STAT_TASK_ABORTED, 0, VSTOR_RETRY, BLK_STS_IOERR,
	  "task aborted" },
}, vstor_srb_rules[] = {
	/* The SCSI status or the NTSTATUS is an error, without sense data. */
	{ VSTORW_SRB_SUCCESS, 0, VSTOR_RETRY, BLK_STS_IOERR,
	  "error without sense data" },
	{ VSTORW_SRB_ERROR, 0, VSTOR_RETRY, BLK_STS_IOERR, "SRB error" },
	{ VSTORW_SRB_BUSY, 0, VSTOR_LATER, BLK_STS_TIMEOUT, "SRB busy" },
	{ VSTORW_SRB_ABORTED, 0, VSTOR_RETRY, BLK_STS_IOERR, "SRB aborted" },
	{ VSTORW_SRB_BUS_RESET, 0, VSTOR_RETRY, BLK_STS_IOERR, "bus reset" },
	{ VSTORW_SRB_INTERNAL_ERROR, 0, VSTOR_RETRY, BLK_STS_IOERR,
	  "internal error" },
	{ VSTORW_SRB_TIMEOUT, 0, VSTOR_RETRY, BLK_STS_TIMEOUT, "SRB timeout" },
	{ VSTORW_SRB_SELECTION_TIMEOUT, 0, VSTOR_RETRY, BLK_STS_TIMEOUT,
	  "selection timeout" },
	{ VSTORW_SRB_INVALID_LUN, VSTOR_GONE, VSTOR_FAIL, BLK_STS_OFFLINE,
	  "invalid LUN" },
	{ VSTORW_SRB_NO_DEVICE, VSTOR_GONE, VSTOR_FAIL, BLK_STS_OFFLINE,
	  "no device" },
	{ VSTORW_SRB_INVALID_REQUEST, 0, VSTOR_FAIL, BLK_STS_NOTSUPP,
	  "invalid request" },
};

static struct vstor_result vstor_unknown_error(void)
{
	return (struct vstor_result) {
		.disposition = VSTOR_FAIL,
		.status = BLK_STS_IOERR,
		.name = "error",
	};
}

static struct vstor_result vstor_decide_sense(const struct vstor_sense *s)
{
	for (int i = 0; i < ARRAY_SIZE(vstor_sense_rules); i++) {
		const struct vstor_sense_rule *r = &vstor_sense_rules[i];

		if (r->key == s->key && (r->asc == ANY || r->asc == s->asc) &&
		    (r->ascq == ANY || r->ascq == s->ascq))
			return (struct vstor_result) {
				r->disposition, r->status, r->flags, r->name
			};
	}
	return vstor_unknown_error();
}

static struct vstor_result vstor_decide_code(const struct vstor_status_rule *r,
					     unsigned int rules, u8 code)
{
	for (; rules--; r++)
		if (r->code == code)
			return (struct vstor_result) {
				r->disposition, r->status, r->flags, r->name
			};
	return vstor_unknown_error();
}

/**
 * vstor_is_rw() - is it a READ or WRITE
 * @opcode: of a command
 *
 * The transfer length of a completion is what the host moved for these only:
 * UNMAP moves no block, WRITE SAME moves one block many times.
 *
 * Context: any.
 * Return: true if it is.
 */
bool vstor_is_rw(u8 opcode)
{
	switch (opcode) {
	case READ_6:
	case READ_10:
	case READ_12:
	case READ_16:
	case WRITE_6:
	case WRITE_10:
	case WRITE_12:
	case WRITE_16:
		return true;
	default:
		return false;
	}
}
EXPORT_SYMBOL_FOR_MODULES(vstor_is_rw, "hv_storvsc,vstor_sense_kunit");

/*
 * Port drivers also use DATA OVERRUN when the device returned less than was
 * asked for. The data that was returned is good.
 */
static bool vstor_short_data_ok(const struct vstorw_srb *srb, u8 opcode)
{
	if ((srb->srb_status & VSTORW_SRB_STATUS_MASK) != VSTORW_SRB_OVERRUN ||
	    srb->scsi_status)
		return false;
	return opcode == INQUIRY || opcode == MODE_SENSE ||
	       opcode == MODE_SENSE_10 || opcode == REPORT_LUNS ||
	       opcode == REQUEST_SENSE;
}

/**
 * vstor_is_success() - did a command succeed, whatever it moved
 * @reply: completion of full length
 * @opcode: of the command
 *
 * Success is success in every field, or a recovered error.
 *
 * Context: any.
 * Return: true if it did.
 */
bool vstor_is_success(const struct vstorw_packet *reply, u8 opcode)
{
	const struct vstorw_srb *srb = &reply->srb;
	u8 srb_status = srb->srb_status & VSTORW_SRB_STATUS_MASK;
	struct vstor_sense s =
		vstor_parse_sense(srb->sense, vstor_sense_bytes(srb));

	if (VSTORW_NT_ERROR(le32_to_cpu(reply->status)))
		return false;
	if (vstor_short_data_ok(srb, opcode))
		return true;
	if (srb_status == VSTORW_SRB_SUCCESS && !srb->scsi_status)
		return !s.valid || s.key == NO_SENSE ||
		       s.key == RECOVERED_ERROR;
	return srb->scsi_status == SAM_STAT_CHECK_CONDITION && s.valid &&
	       !s.deferred && s.key == RECOVERED_ERROR;
}
EXPORT_SYMBOL_FOR_MODULES(vstor_is_success, "hv_storvsc");

/*
 * A success that moved less than was asked is repeated and then an error; one
 * that claims to have moved more is an error at once: what was moved is not
 * known.
 */
static struct vstor_result vstor_decide_length(u8 opcode, u32 moved, u32 asked)
{
	if (moved == asked || !vstor_is_rw(opcode))
		return (struct vstor_result) { .disposition = VSTOR_DONE };
	return (struct vstor_result) {
		.disposition = moved > asked ? VSTOR_FAIL : VSTOR_RETRY,
		.status = BLK_STS_IOERR,
		.name = "wrong transfer length",
	};
}

/**
 * vstor_decide() - what a completion means
 * @reply: completion of full length
 * @opcode: of the command
 * @asked: bytes that the command was to transfer
 *
 * Context: any.
 * Return: the result.
 */
struct vstor_result vstor_decide(const struct vstorw_packet *reply, u8 opcode,
				 u32 asked)
{
	const struct vstorw_srb *srb = &reply->srb;
	struct vstor_sense s;

	if (vstor_is_success(reply, opcode))
		return vstor_decide_length(opcode, le32_to_cpu(srb->xfer_len),
					   asked);
	s = vstor_parse_sense(srb->sense, vstor_sense_bytes(srb));
	/* An earlier command failed, and this one was not executed. */
	if (s.valid && s.deferred)
		return (struct vstor_result) {
			VSTOR_RETRY, BLK_STS_IOERR, 0, "deferred error"
		};
	if (s.valid && s.key != NO_SENSE)
		return vstor_decide_sense(&s);
	/* Without sense data, CHECK CONDITION says less than the SRB status. */
	if (srb->scsi_status && srb->scsi_status != SAM_STAT_CHECK_CONDITION)
		return vstor_decide_code(vstor_scsi_rules,
					 ARRAY_SIZE(vstor_scsi_rules),
					 srb->scsi_status);
	return vstor_decide_code(vstor_srb_rules, ARRAY_SIZE(vstor_srb_rules),
				 srb->srb_status & VSTORW_SRB_STATUS_MASK);
}
EXPORT_SYMBOL_FOR_MODULES(vstor_decide,
			  "hv_storvsc,hv_blkvsc,vstor_sense_kunit");
