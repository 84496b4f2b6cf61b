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
	.event = storvsc_event,
};

static void storvsc_map_queues(struct Scsi_Host *host)
{
	vstor_map_queues(&host->tag_set.map[HCTX_TYPE_DEFAULT],
			 host->nr_hw_queues);
}

static const struct scsi_host_template storvsc_template = {
	.module = THIS_MODULE,
	.name = "storvsc_host_t",
	.proc_name = "storvsc_host",
	.cmd_size = sizeof(struct vstor_cmd) + VSTOR_GPA_BYTES(VSTOR_MAX_PFNS),
	.queuecommand = storvsc_queuecommand,
	.commit_rqs = storvsc_commit_rqs,
	.init_cmd_priv = storvsc_init_cmd_priv,
	.map_queues = storvsc_map_queues,
	.eh_abort_handler = storvsc_eh_abort,
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

	host->nr_hw_queues = sv->ide ? vstor_add_queues(sv->vs, 1) :
		vstor_add_queues(sv->vs, vmb_subchannel_cpus(sv->vs->vdev));
	host->max_channel = 0;
	host->max_id = VSTOR_TARGETS;
	host->max_lun = sv->ide ? 1 : VSTOR_LUNS - 1;
	host->max_cmd_len = VSTORW_CDB_BYTES;
	host->max_sectors = sv->vs->max_transfer >> SECTOR_SHIFT;
}

static int storvsc_start(struct storvsc *sv, struct vmb_device *vdev)
{
	struct vstor *vs;
	int err;

	vs = vstor_start(vdev, &storvsc_vstor_ops, sv, STORVSC_DEPTH);
	if (IS_ERR(vs))
		return PTR_ERR(vs);
	sv->vs = vs;
	vmb_set_drvdata(vdev, sv);
	storvsc_limits(sv);
	err = scsi_add_host(sv->host, &vdev->dev);
	if (err) {
		vstor_stop(vs);
		return err;
	}
	/* The host has a scheduler of its own. There are no LUNs yet. */
	sv->host->tag_set.flags |= BLK_MQ_F_NO_SCHED_BY_DEFAULT;
	return 0;
}

static int storvsc_ide_init(struct storvsc *sv, struct vmb_device *vdev)
{
	u8 path;

	sv->ide = true;
	return vstor_ide_address(&vdev->instance_id, vdev->user_data, &path,
				 &sv->ide_target);
}

static void storvsc_scan(struct storvsc *sv)
{
	if (sv->ide)
		scsi_add_device(sv->host, 0, sv->ide_target, 0);
	else
		scsi_scan_host(sv->host);
}

static int storvsc_probe(struct vmb_device *vdev,
			 const struct hv_vmbus_device_id *id)
{
	struct Scsi_Host *host;
	struct storvsc *sv;
	int err = 0;

	host = scsi_host_alloc(&storvsc_template, sizeof(*sv));
	if (!host)
		return -ENOMEM;
	sv = shost_priv(host);
	sv->host = host;
	INIT_WORK(&sv->update, storvsc_update);
	/* Until there is a host to update. */
	disable_work(&sv->update);
	if (id->driver_data == STORVSC_CLASS_IDE)
		err = storvsc_ide_init(sv, vdev);
	if (!err)
		err = storvsc_start(sv, vdev);
	if (err) {
		scsi_host_put(host);
		return err;
	}
	storvsc_scan(sv);
	/* What came while it scanned was only noted. */
	enable_and_queue_work(system_dfl_wq, &sv->update);
	return 0;
}

static void storvsc_remove(struct vmb_device *vdev)
{
	struct storvsc *sv = vmb_get_drvdata(vdev);

	disable_work_sync(&sv->update);
	scsi_remove_host(sv->host);
	vstor_stop(sv->vs);
	scsi_host_put(sv->host);
}

static void storvsc_subchannel(struct vmb_device *vdev, struct vmb_channel *ch)
{
	struct storvsc *sv = vmb_get_drvdata(vdev);

	vstor_subchannel(sv->vs, ch);
}

static struct vmb_driver storvsc_driver = {
	.driver = {
		.name = "hv_storvsc",
		.probe_type = PROBE_PREFER_ASYNCHRONOUS,
	},
	.id_table = storvsc_ids,
	.probe = storvsc_probe,
	.remove = storvsc_remove,
	.subchannel = storvsc_subchannel,
};
module_vmb_driver(storvsc_driver);
