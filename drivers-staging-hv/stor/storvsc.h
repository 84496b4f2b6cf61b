/* SPDX-License-Identifier: GPL-2.0 */
/*
 * hv_storvsc: a SCSI host for Hyper-V's storage controllers.
 */
#ifndef _HV_STORVSC_H
#define _HV_STORVSC_H

#include <linux/workqueue.h>
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
 * @ide: IDE class: one disk, always there
 * @ide_target: its target
 * @update: handles @rescan and @changed
 * @rescan: the set of LUNs may have changed
 * @changed: LUNs that may have changed, by target and LUN
 */
struct storvsc {
	struct Scsi_Host *host;
	struct vstor *vs;
	bool ide;
	u8 ide_target;
	struct work_struct update;
	unsigned long rescan;
	DECLARE_BITMAP(changed, VSTOR_TARGETS * VSTOR_LUNS);
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
		  const struct vstorw_packet *answer, int error,
		  struct io_comp_batch *iob);
void storvsc_note(struct storvsc *sv, u32 key);

/* storvsc_eh.c: commands that the host does not answer. */
int storvsc_eh_abort(struct scsi_cmnd *scmd);
int storvsc_eh_reset_lun(struct scsi_cmnd *scmd);
int storvsc_eh_reset_bus(struct scsi_cmnd *scmd);
int storvsc_eh_reset_host(struct scsi_cmnd *scmd);

/* storvsc_scan.c: LUNs come, change and go. */
int storvsc_sdev_init(struct scsi_device *sdev);
int storvsc_sdev_configure(struct scsi_device *sdev, struct queue_limits *lim);
void storvsc_update(struct work_struct *work);
void storvsc_event(struct vstor *vs, u32 op, u32 key);

#endif /* _HV_STORVSC_H */
