/* SPDX-License-Identifier: GPL-2.0 */
/* What kernels before 7.3 do not have. */
#ifndef _HV_DKMS_COMPAT_H
#define _HV_DKMS_COMPAT_H

#include <linux/version.h>

#define CONFIG_HYPERV_STAGING_ADAPTER 1

#include <linux/blk-mq.h>
#include <linux/export.h>
#include <linux/group_cpus.h>
#include <linux/slab.h>
#include <linux/timer.h>
#include <linux/workqueue.h>

#ifndef EXPORT_SYMBOL_FOR_MODULES
#define EXPORT_SYMBOL_FOR_MODULES(sym, mods) EXPORT_SYMBOL_GPL(sym)
#endif

#ifndef timer_container_of
#define timer_container_of(var, timer, field) from_timer(var, timer, field)
#endif

#ifndef kzalloc_obj
#define kzalloc_obj(obj)	kzalloc(sizeof(obj), GFP_KERNEL)
#define kvzalloc_objs(obj, n)	kvcalloc(n, sizeof(obj), GFP_KERNEL)
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 17, 0)
#define WQ_PERCPU 0

/* All groups have CPUs. */
#define group_cpus_evenly(groups, used) \
	(*(used) = (groups), group_cpus_evenly(groups))

static inline bool blk_rq_has_data(const struct request *rq)
{
	return rq->bio && bio_has_data(rq->bio);
}
#endif

#endif /* _HV_DKMS_COMPAT_H */
