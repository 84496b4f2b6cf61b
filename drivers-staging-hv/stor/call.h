/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Operations of the drivers' own: send, wait for the completion.
 */
#ifndef _HV_VSTOR_CALL_H
#define _HV_VSTOR_CALL_H

#include <linux/errno.h>
#include <linux/types.h>

#include "sense.h"

struct vstor;

/**
 * struct vstor_scsi - a SCSI command to wait for; it reads, or has no data
 * @key: which LUN
 * @cdb: command
 * @cdb_len: its length
 * @buf: data, or NULL
 * @len: bytes of @buf, at most a page
 * @seconds: how long to wait; 0 is VSTOR_CALL_TIMEOUT
 * @got: bytes that were transferred
 * @result: what the completion means
 */
struct vstor_scsi {
	u32 key;
	u8 cdb[VSTORW_CDB_BYTES];
	u8 cdb_len;
	void *buf;
	u32 len;
	unsigned int seconds;
	u32 got;
	struct vstor_result result;
};

/* Seconds for an operation such as INQUIRY. */
#define VSTOR_CALL_TIMEOUT	30
/* The longest page that vstor_vpd() reads. */
#define VSTOR_VPD_BYTES		255

int vstor_op(struct vstor *vs, struct vstorw_packet *pkt, unsigned int seconds);
int vstor_scsi(struct vstor *vs, struct vstor_scsi *sc);
int vstor_ask(struct vstor *vs, struct vstor_scsi *sc);
int vstor_vpd(struct vstor *vs, u32 key, u8 page, u8 *buf);
void vstor_end_orphans(struct vstor *vs);

/**
 * vstor_may_work_later() - what an error of vstor_ask() says
 * @err: 0 or -errno
 *
 * Return: true if it says nothing about the LUN: it is to be looked at again.
 */
static inline bool vstor_may_work_later(int err)
{
	return err == -EAGAIN || err == -EBUSY || err == -ENOMEM;
}

/**
 * vstor_said_no() - what an error of vstor_ask() says
 * @err: 0 or -errno
 *
 * Return: true if the device said no, or nonsense: that is its answer.
 */
static inline bool vstor_said_no(int err)
{
	return err == -EIO || err == -EPROTO;
}

#endif /* _HV_VSTOR_CALL_H */
