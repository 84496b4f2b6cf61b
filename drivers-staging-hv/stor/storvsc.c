// SPDX-License-Identifier: GPL-2.0
/*
 * hv_storvsc: a SCSI host for each of Hyper-V's storage controllers.
 */
#include <linux/blk-mq.h>
#include <linux/err.h>
#include <linux/module.h>
#include <scsi/scsi.h>

#include "storvsc.h"

enum { STORVSC_CLASS_IDE, STORVSC_CLASS_SCSI };

static const struct hv_vmbus_device_id storvsc_ids[] = {
	{ .guid = VSTORW_CLASS_SCSI, .driver_data = STORVSC_CLASS_SCSI },
#if !IS_ENABLED(CONFIG_HYPERV_STAGING_BLOCK)
	{ .guid = VSTORW_CLASS_IDE, .driver_data = STORVSC_CLASS_IDE },
#endif
	{ }
};
MODULE_DEVICE_TABLE(vmbus, storvsc_ids);

static const struct vstor_ops storvsc_vstor_ops = {
	.done = storvsc_done,
	.update_lun = storvsc_update_lun,
	.rescan_lun = storvsc_rescan_lun,
};

static const struct scsi_host_template storvsc_template = {
	.module = THIS_MODULE,
	.name = "storvsc_host_t",
	.proc_name = "storvsc_host",
	.cmd_size = sizeof(struct storvsc_cmd) + VSTOR_GPA_BYTES(VSTOR_MAX_PFNS),
	.queuecommand = storvsc_queuecommand,
	.commit_rqs = storvsc_commit_rqs,
	.init_cmd_priv = storvsc_init_cmd_priv,
	.eh_timed_out = storvsc_timed_out,
	.eh_device_reset_handler = storvsc_eh_reset_lun,
	.eh_bus_reset_handler = storvsc_eh_reset_bus,
	.eh_host_reset_handler = storvsc_eh_reset_host,
	.sdev_init = storvsc_sdev_init,
	.sdev_configure = storvsc_sdev_configure,
	.change_queue_depth = scsi_change_queue_depth,
	.can_queue = STORVSC_DEPTH,
	.cmd_per_lun = STORVSC_DEPTH,
	.this_id = -1,
	.sg_tablesize = VSTOR_MAX_PFNS,
	.virt_boundary_mask = VMB_PAGE_SIZE - 1,
	.track_queue_depth = 1,
	.skip_settle_delay = 1,
};

static void storvsc_limits(struct storvsc *sv)
{
	struct Scsi_Host *host = sv->host;

	host->nr_hw_queues = vstor_add_queues(sv->vs, sv->vs->ide ? 1 :
					vmb_subchannel_cpus(sv->vs->vdev), 0);
	host->max_channel = 0;
	host->max_id = VSTOR_TARGETS;
	host->max_lun = sv->vs->ide ? 1 : VSTOR_LUNS - 1;
	host->max_cmd_len = VSTORW_CDB_BYTES;
	host->max_sectors = sv->vs->max_transfer >> SECTOR_SHIFT;
}

static int storvsc_start(struct storvsc *sv, struct vmb_device *vdev,
			 bool ide)
{
	struct vstor *vs;
	int ret;

	vs = vstor_start(vdev, &storvsc_vstor_ops, sv, STORVSC_DEPTH, ide);
	if (IS_ERR(vs))
		return PTR_ERR(vs);
	sv->vs = vs;
	storvsc_limits(sv);
	ret = scsi_add_host(sv->host, vdev->dev);
	if (ret) {
		vstor_stop(vs);
		return ret;
	}
	/* Hyper-V schedules by itself. There are no LUNs yet. */
	sv->host->tag_set.flags |= BLK_MQ_F_NO_SCHED_BY_DEFAULT;
	return 0;
}

static void storvsc_scan(struct storvsc *sv)
{
	if (sv->vs->ide)
		scsi_add_device(sv->host, 0, VSTOR_KEY_TARGET(sv->vs->ide_key),
				0);
	else
		scsi_scan_host(sv->host);
}

static int storvsc_probe(struct vmb_device *vdev,
			 const struct hv_vmbus_device_id *id)
{
	struct Scsi_Host *host;
	struct storvsc *sv;
	int ret;

	host = scsi_host_alloc(&storvsc_template, sizeof(*sv));
	if (!host)
		return -ENOMEM;
	sv = shost_priv(host);
	sv->host = host;
	ret = storvsc_start(sv, vdev, id->driver_data == STORVSC_CLASS_IDE);
	if (ret) {
		scsi_host_put(host);
		return ret;
	}
	storvsc_scan(sv);
	/* And what changed during the scan. */
	vstor_changes_start(sv->vs);
	return 0;
}

static void storvsc_remove(struct vmb_device *vdev)
{
	struct vstor *vs = vmb_get_drvdata(vdev);
	struct storvsc *sv = vs->ctx;

	vstor_changes_stop(vs);
	scsi_remove_host(sv->host);
	vstor_stop(vs);
	scsi_host_put(sv->host);
}

static struct vmb_driver storvsc_driver = {
	.driver = {
		.name = "hv_storvsc",
		.probe_type = PROBE_PREFER_ASYNCHRONOUS,
		.dev_groups = vstor_groups,
	},
	.id_table = storvsc_ids,
	.probe = storvsc_probe,
	.remove = storvsc_remove,
	/* The midlayer suspends its devices before, and resumes them after. */
	.suspend = vstor_suspend,
	.resume = vstor_resume,
	.subchannel = vstor_subchannel,
};
module_vmb_driver(storvsc_driver);

MODULE_DESCRIPTION("Microsoft Hyper-V SCSI host");
MODULE_LICENSE("GPL");
