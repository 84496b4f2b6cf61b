// SPDX-License-Identifier: GPL-2.0
/*
 * What the host reports of LUNs that come, change and go is collected here.
 * scan.c looks at them, in a work item that is frozen with the tasks: no disk is
 * added or removed while the machine sleeps.
 */
#include <linux/bitops.h>
#include <linux/export.h>
#include <linux/jiffies.h>
#include <linux/workqueue.h>

#include "scan.h"
#include "sense.h"
#include "vstor.h"

static bool vstor_mark_lun(struct vstor *vs, u32 key)
{
	if (VSTOR_KEY_PATH(key) || VSTOR_KEY_TARGET(key) >= VSTOR_TARGETS)
		return false;
	set_bit(VSTOR_KEY_TARGET(key) * VSTOR_LUNS + VSTOR_KEY_LUN(key),
		vs->changes.lun);
	return true;
}

/**
 * vstor_lun_changed() - a LUN may have come, changed or gone
 * @vs: controller
 * @key: which LUN
 *
 * Context: any.
 */
void vstor_lun_changed(struct vstor *vs, u32 key)
{
	if (vstor_mark_lun(vs, key))
		queue_work(system_freezable_wq, &vs->changes.work);
}

/**
 * vstor_lun_not_ready() - look at a LUN again in a while
 * @vs: controller
 * @key: which LUN
 *
 * Context: any.
 */
void vstor_lun_not_ready(struct vstor *vs, u32 key)
{
	if (vstor_mark_lun(vs, key))
		queue_delayed_work(system_freezable_wq, &vs->changes.later, HZ);
}
EXPORT_SYMBOL_FOR_MODULES(vstor_lun_not_ready, "hv_storvsc,hv_blkvsc");

/**
 * vstor_luns_changed() - the set of LUNs may have changed
 * @vs: controller
 *
 * Context: any.
 */
void vstor_luns_changed(struct vstor *vs)
{
	set_bit(0, &vs->changes.luns);
	queue_work(system_freezable_wq, &vs->changes.work);
}

/**
 * vstor_luns_not_ready() - look at the set of LUNs again in a while
 * @vs: controller
 *
 * Context: any.
 */
void vstor_luns_not_ready(struct vstor *vs)
{
	set_bit(0, &vs->changes.luns);
	queue_delayed_work(system_freezable_wq, &vs->changes.later, HZ);
}

/**
 * vstor_result_changed() - take note of changes that a completion reported
 * @vs: controller
 * @key: LUN of the command
 * @flags: of &struct vstor_result
 *
 * Context: any.
 */
void vstor_result_changed(struct vstor *vs, u32 key, u8 flags)
{
	if (flags & VSTOR_LUNS_CHANGED)
		vstor_luns_changed(vs);
	if (flags & (VSTOR_CHANGED | VSTOR_GONE))
		vstor_lun_changed(vs, key);
}
EXPORT_SYMBOL_FOR_MODULES(vstor_result_changed, "hv_storvsc,hv_blkvsc");

/**
 * vstor_changes_start() - look at what changed, now and from now on
 * @vs: controller; the front end is ready for calls of its ops
 *
 * Context: any.
 */
void vstor_changes_start(struct vstor *vs)
{
	enable_and_queue_work(system_freezable_wq, &vs->changes.work);
}
EXPORT_SYMBOL_FOR_MODULES(vstor_changes_start, "hv_storvsc,hv_blkvsc");

/**
 * vstor_changes_stop() - no changes are looked at any more
 * @vs: controller
 *
 * Context: process; waits for what is being looked at.
 */
void vstor_changes_stop(struct vstor *vs)
{
	disable_delayed_work_sync(&vs->changes.later);
	disable_work_sync(&vs->changes.work);
}
EXPORT_SYMBOL_FOR_MODULES(vstor_changes_stop, "hv_storvsc,hv_blkvsc");
