/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a completion means: SRB status, SCSI status and sense data.
 */
#ifndef _HV_VSTOR_SENSE_H
#define _HV_VSTOR_SENSE_H

#include <linux/blk_types.h>
#include <linux/types.h>

#include "wire/vstor.h"

/**
 * struct vstor_sense - sense data in its essence
 * @valid: there is some
 * @deferred: it is about an earlier command
 * @key: sense key
 * @asc: additional sense code
 * @ascq: its qualifier
 */
struct vstor_sense {
	bool valid;
	bool deferred;
	u8 key;
	u8 asc;
	u8 ascq;
};

/**
 * enum vstor_disposition - what to do about a command that the host completed
 * @VSTOR_DONE: success
 * @VSTOR_RETRY: repeat it, a few times
 * @VSTOR_LATER: repeat it later: the host is busy
 * @VSTOR_FAIL: it failed with &struct vstor_result.status
 */
enum vstor_disposition {
	VSTOR_DONE,
	VSTOR_RETRY,
	VSTOR_LATER,
	VSTOR_FAIL,
};

/* vstor_result.flags: the LUN's capacity or parameters changed. */
#define VSTOR_CHANGED		BIT(0)
/* The LUN is not there any more. */
#define VSTOR_GONE		BIT(1)
/* The set of LUNs changed. */
#define VSTOR_LUNS_CHANGED	BIT(2)

/**
 * struct vstor_result - what a completion means for a block device
 * @disposition: what to do
 * @status: for VSTOR_FAIL, and for VSTOR_RETRY when there were enough of them
 * @flags: VSTOR_CHANGED, VSTOR_GONE, VSTOR_LUNS_CHANGED
 * @name: what the device or the port driver reported, for the log
 */
struct vstor_result {
	enum vstor_disposition disposition;
	blk_status_t status;
	u8 flags;
	const char *name;
};

unsigned int vstor_sense_bytes(const struct vstorw_srb *srb);
struct vstor_sense vstor_parse_sense(const u8 *sense, unsigned int len);
bool vstor_is_success(const struct vstorw_packet *reply, u8 opcode);
bool vstor_is_rw(u8 opcode);
struct vstor_result vstor_decide(const struct vstorw_packet *reply, u8 opcode,
				 u32 asked);

/**
 * vstor_all_done() - the common case: everything worked
 * @reply: completion of full length
 * @asked: bytes that the command was to transfer
 *
 * Context: any.
 * Return: true if the command succeeded and transferred all of it.
 */
static inline bool vstor_all_done(const struct vstorw_packet *reply, u32 asked)
{
	return reply->srb.srb_status == VSTORW_SRB_SUCCESS &&
	       !reply->srb.scsi_status && !reply->status &&
	       reply->srb.xfer_len == cpu_to_le32(asked);
}

#endif /* _HV_VSTOR_SENSE_H */
