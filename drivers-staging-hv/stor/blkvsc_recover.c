// SPDX-License-Identifier: GPL-2.0
/*
 * A host that does not complete commands: LUN reset, bus reset, and an end.
 */
#include <linux/blk-mq.h>
#include <linux/rculist.h>

#include "blkvsc.h"
#include "recover.h"

/* Seconds between looks whether a lost host is back. */
#define BLKVSC_WATCH	5

/* Nothing helps. What is on its way ends, what comes ends at once. */
static void blkvsc_give_up(struct blkvsc *ctl)
{
	dev_err(&ctl->vs->vdev->dev,
		"the host completes nothing, not even a reset\n");
	WRITE_ONCE(ctl->lost, true);
	vstor_fail(ctl->vs, VSTOR_KEY_ALL,
		   vstor_error(ctl->vs) ? -ENODEV : -ETIMEDOUT);
	queue_delayed_work(system_dfl_wq, &ctl->watch, BLKVSC_WATCH * HZ);
}

/* A disk with requests that timed out, and which is dealt with from now on. */
static bool blkvsc_take_timed_out(struct blkvsc *ctl, u32 *key)
{
	struct blkvsc_disk *d;

	guard(rcu)();
	list_for_each_entry_rcu(d, &ctl->disks, node) {
		if (!READ_ONCE(d->timed_out))
			continue;
		WRITE_ONCE(d->timed_out, false);
		*key = d->key;
		return true;
	}
	return false;
}

/**
 * blkvsc_recover() - work: requests timed out
 * @work: @recover of &struct blkvsc
 *
 * Submission is stopped meanwhile, so that a slot cannot change hands while it
 * is decided about. Every request that timed out has ended when this ends, or
 * waits to be sent again.
 */
void blkvsc_recover(struct work_struct *work)
{
	struct blkvsc *ctl = container_of(work, struct blkvsc, recover);
	int ret = 0;
	u32 key;

	blk_mq_quiesce_tagset(&ctl->set);
	while (!ret && blkvsc_take_timed_out(ctl, &key))
		ret = vstor_reset_reclaim(ctl->vs, VSTORW_OP_RESET_LUN, key);
	if (ret)
		ret = vstor_reset_reclaim(ctl->vs, VSTORW_OP_RESET_BUS,
					  VSTOR_KEY_ALL);
	if (ret)
		blkvsc_give_up(ctl);
	blk_mq_unquiesce_tagset(&ctl->set);
}

static u32 blkvsc_some_key(struct blkvsc *ctl)
{
	struct blkvsc_disk *d;

	guard(rcu)();
	d = list_first_or_null_rcu(&ctl->disks, struct blkvsc_disk, node);
	return d ? d->key : VSTOR_KEY(0, 0, 0);
}

/**
 * blkvsc_watch() - work: is a lost host back
 * @work: @watch of &struct blkvsc
 */
void blkvsc_watch(struct work_struct *work)
{
	struct blkvsc *ctl = container_of(work, struct blkvsc, watch.work);
	int ret = blkvsc_test_ready(ctl, blkvsc_some_key(ctl));

	if (!ret || ret == -EIO) {
		dev_info(&ctl->vs->vdev->dev, "the host completes commands again\n");
		WRITE_ONCE(ctl->lost, false);
		return;
	}
	if (!vstor_error(ctl->vs))
		queue_delayed_work(system_dfl_wq, &ctl->watch,
				   BLKVSC_WATCH * HZ);
}
