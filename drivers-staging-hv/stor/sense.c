// SPDX-License-Identifier: GPL-2.0
/*
 * What a host's answer means: SRB status, SCSI status and sense data.
 */
#include <linux/blkdev.h>
#include <linux/export.h>
#include <linux/minmax.h>
#include <scsi/scsi_proto.h>
#include <scsi/scsi_status.h>

#include "vstor.h"

/**
 * vstor_sense_bytes() - how much of an answer's sense data there is
 * @srb: answer
 *
 * Return: bytes, never more than an SRB holds.
 */
unsigned int vstor_sense_bytes(const struct vstorw_srb *srb)
{
	if (!(srb->srb_status & VSTORW_SRB_AUTOSENSE))
		return 0;
	return min(srb->sense_len, VSTORW_SENSE_BYTES);
}
EXPORT_SYMBOL_FOR_MODULES(vstor_sense_bytes, "hv_storvsc,vstor_sense_kunit");

/**
 * vstor_parse_sense() - sense key and codes, of fixed or descriptor format
 * @sense: sense data
 * @len: its length
 *
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
		s.key = sense[2] & 0xf;
		s.asc = len > 12 ? sense[12] : 0;
		s.ascq = len > 13 ? sense[13] : 0;
		break;
	case 0x72:
	case 0x73:
		s.valid = true;
		s.key = sense[1] & 0xf;
		s.asc = sense[2];
		s.ascq = len > 3 ? sense[3] : 0;
		break;
	}
	return s;
}
EXPORT_SYMBOL_FOR_MODULES(vstor_parse_sense, "vstor_sense_kunit");

static void vstor_fail_with(struct vstor_judgement *j, blk_status_t status)
{
	j->verdict = VSTOR_FAIL;
	j->status = status;
}

static void vstor_retry_then(struct vstor_judgement *j, blk_status_t status)
{
	j->verdict = VSTOR_RETRY;
	j->status = status;
}

/* Always repeated: the command was not executed. What changed is noted. */
static void vstor_judge_attention(struct vstor_judgement *j,
				  const struct vstor_sense *s)
{
	vstor_retry_then(j, BLK_STS_IOERR);
	if (s->asc == 0x3f && s->ascq == 0x0e)
		j->luns_changed = true;
	else if (s->asc == 0x2a || s->asc == 0x3f || s->asc == 0x28)
		j->changed = true;
}

static void vstor_judge_not_ready(struct vstor_judgement *j,
				  const struct vstor_sense *s)
{
	if (s->asc == 0x3a)
		vstor_fail_with(j, BLK_STS_MEDIUM);
	else if (s->asc == 0x04 && s->ascq == 0x01)
		j->verdict = VSTOR_LATER;
	else
		vstor_retry_then(j, BLK_STS_OFFLINE);
}

static void vstor_judge_illegal(struct vstor_judgement *j,
				const struct vstor_sense *s)
{
	if (s->asc == 0x20 || s->asc == 0x24 || s->asc == 0x26) {
		vstor_fail_with(j, BLK_STS_NOTSUPP);
		return;
	}
	vstor_fail_with(j, BLK_STS_TARGET);
	/* LOGICAL UNIT NOT SUPPORTED */
	j->gone = s->asc == 0x25;
	/* LBA OUT OF RANGE: the disk may have shrunk. */
	j->changed = s->asc == 0x21;
}

static void vstor_judge_sense(struct vstor_judgement *j,
			      const struct vstor_sense *s)
{
	switch (s->key) {
	case UNIT_ATTENTION:
		vstor_judge_attention(j, s);
		break;
	case NOT_READY:
		vstor_judge_not_ready(j, s);
		break;
	case ILLEGAL_REQUEST:
		vstor_judge_illegal(j, s);
		break;
	case MEDIUM_ERROR:
	case BLANK_CHECK:
		vstor_fail_with(j, BLK_STS_MEDIUM);
		break;
	case HARDWARE_ERROR:
		vstor_retry_then(j, BLK_STS_TARGET);
		break;
	case DATA_PROTECT:
		vstor_fail_with(j, s->asc == 0x27 && s->ascq == 0x07 ?
				BLK_STS_NOSPC : BLK_STS_TARGET);
		break;
	case RECOVERED_ERROR:
		/* But the host says that it failed: not all that was asked. */
	case ABORTED_COMMAND:
		vstor_retry_then(j, BLK_STS_IOERR);
		break;
	default:
		vstor_fail_with(j, BLK_STS_IOERR);
	}
}

static void vstor_judge_scsi_status(struct vstor_judgement *j, u8 status)
{
	switch (status) {
	case SAM_STAT_BUSY:
	case SAM_STAT_TASK_SET_FULL:
		j->verdict = VSTOR_LATER;
		break;
	case SAM_STAT_RESERVATION_CONFLICT:
		vstor_fail_with(j, BLK_STS_RESV_CONFLICT);
		break;
	case SAM_STAT_TASK_ABORTED:
		vstor_retry_then(j, BLK_STS_IOERR);
		break;
	default:
		vstor_fail_with(j, BLK_STS_IOERR);
	}
}

static void vstor_judge_srb_status(struct vstor_judgement *j, u8 status)
{
	switch (status) {
	case VSTORW_SRB_BUSY:
		j->verdict = VSTOR_LATER;
		break;
	case VSTORW_SRB_ABORTED:
	case VSTORW_SRB_BUS_RESET:
	case VSTORW_SRB_INTERNAL_ERROR:
		vstor_retry_then(j, BLK_STS_IOERR);
		break;
	case VSTORW_SRB_TIMEOUT:
	case VSTORW_SRB_SELECTION_TIMEOUT:
		vstor_retry_then(j, BLK_STS_TIMEOUT);
		break;
	case VSTORW_SRB_INVALID_LUN:
	case VSTORW_SRB_NO_DEVICE:
		vstor_fail_with(j, BLK_STS_OFFLINE);
		j->gone = true;
		break;
	case VSTORW_SRB_INVALID_REQUEST:
		vstor_fail_with(j, BLK_STS_NOTSUPP);
		break;
	default:
		vstor_fail_with(j, BLK_STS_IOERR);
	}
}

/* Success is what says so in every field and moved all of the data. */
static bool vstor_is_success(const struct vstorw_packet *answer,
			     const struct vstor_sense *s, u8 srb_status)
{
	u8 scsi_status = answer->srb.scsi_status;

	if (VSTORW_NT_ERROR(le32_to_cpu(answer->status)))
		return false;
	if (srb_status == VSTORW_SRB_SUCCESS && !scsi_status)
		return !s->valid || s->key == NO_SENSE ||
		       s->key == RECOVERED_ERROR;
	return scsi_status == SAM_STAT_CHECK_CONDITION && s->valid &&
	       s->key == RECOVERED_ERROR;
}

/**
 * vstor_judge() - what an answer means
 * @j: gets it
 * @answer: answer of full length
 * @asked: bytes that the command was to transfer
 *
 * A success that moved less than was asked is repeated and then an error; one
 * that claims to have moved more is an error at once: the host cannot know what
 * it did.
 */
void vstor_judge(struct vstor_judgement *j, const struct vstorw_packet *answer,
		 u32 asked)
{
	const struct vstorw_srb *srb = &answer->srb;
	struct vstor_sense s =
		vstor_parse_sense(srb->sense, vstor_sense_bytes(srb));
	u8 srb_status = srb->srb_status & VSTORW_SRB_STATUS_MASK;
	u32 moved = le32_to_cpu(srb->xfer_len);

	*j = (struct vstor_judgement) { .verdict = VSTOR_DONE };
	if (vstor_is_success(answer, &s, srb_status)) {
		if (moved > asked)
			vstor_fail_with(j, BLK_STS_IOERR);
		else if (moved < asked)
			vstor_retry_then(j, BLK_STS_IOERR);
		return;
	}
	if (s.valid && s.key != NO_SENSE)
		vstor_judge_sense(j, &s);
	else if (srb->scsi_status)
		vstor_judge_scsi_status(j, srb->scsi_status);
	else
		vstor_judge_srb_status(j, srb_status);
}
EXPORT_SYMBOL_FOR_MODULES(vstor_judge, "hv_storvsc,hv_blkvsc,vstor_sense_kunit");
