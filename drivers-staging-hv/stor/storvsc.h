/* SPDX-License-Identifier: GPL-2.0 */
/*
 * hv_storvsc: a SCSI host for Hyper-V's storage controllers.
 */
#ifndef _HV_STORVSC_H
#define _HV_STORVSC_H

#include <scsi/scsi_cmnd.h>
#include <scsi/scsi_device.h>
#include <scsi/scsi_host.h>

#include "vstor.h"

/* Commands per hardware queue. */
#define STORVSC_DEPTH	256

/**
 * struct storvsc - a SCSI host; in its Scsi_Host's private memory
 * @host: SCSI host
 * @vs: transport
 */
struct storvsc {
	struct Scsi_Host *host;
	struct vstor *vs;
};

/**
 * struct storvsc_cmd - what a SCSI command carries
 * @bounce: buffer in place of the slab's memory, or NULL
 * @cmd: command; its page list follows
 */
struct storvsc_cmd {
	struct page *bounce;
	struct vstor_cmd cmd;
};

static inline u32 storvsc_key(const struct scsi_device *sdev)
{
	return VSTOR_KEY(sdev->channel, sdev->id, (u8)sdev->lun);
}

/* storvsc_cmd.c: commands. */
enum scsi_qc_status storvsc_queuecommand(struct Scsi_Host *host,
					 struct scsi_cmnd *scmd);
void storvsc_commit_rqs(struct Scsi_Host *host, u16 hwq);
int storvsc_init_cmd_priv(struct Scsi_Host *host, struct scsi_cmnd *scmd);
void storvsc_done(struct vstor_queue *q, struct vstor_cmd *cmd,
		  const struct vstorw_packet *reply, int error,
		  struct io_comp_batch *iob);

/* storvsc_eh.c: commands that the host does not complete. */
enum scsi_timeout_action storvsc_timed_out(struct scsi_cmnd *scmd);
int storvsc_eh_reset_lun(struct scsi_cmnd *scmd);
int storvsc_eh_reset_bus(struct scsi_cmnd *scmd);
int storvsc_eh_reset_host(struct scsi_cmnd *scmd);

/* storvsc_scan.c: LUNs come, change and go. */
int storvsc_sdev_init(struct scsi_device *sdev);
int storvsc_sdev_configure(struct scsi_device *sdev, struct queue_limits *lim);
void storvsc_update_lun(struct vstor *vs, u32 key);
void storvsc_rescan_lun(struct vstor *vs, u32 key, bool listed);

#endif /* _HV_STORVSC_H */
