/* SPDX-License-Identifier: GPL-2.0 */
/*
 * LUNs come, change and go.
 */
#ifndef _HV_VSTOR_SCAN_H
#define _HV_VSTOR_SCAN_H

#include <linux/types.h>
#include <linux/workqueue.h>

#include "packet.h"

struct vstor;

/**
 * struct vstor_changes - what changed and was not looked at yet
 * @work: looks at it
 * @later: starts @work for what was not ready
 * @luns: bit 0: the set of LUNs may have changed
 * @lun: LUNs that may have changed, by target and LUN
 */
struct vstor_changes {
	struct work_struct work;
	struct delayed_work later;
	unsigned long luns;
	DECLARE_BITMAP(lun, VSTOR_TARGETS * VSTOR_LUNS);
};

void vstor_changes_init(struct vstor *vs);
void vstor_changes_start(struct vstor *vs);
void vstor_changes_stop(struct vstor *vs);
void vstor_lun_changed(struct vstor *vs, u32 key);
void vstor_luns_changed(struct vstor *vs);
void vstor_lun_not_ready(struct vstor *vs, u32 key);
void vstor_luns_not_ready(struct vstor *vs);
void vstor_rescan_now(struct vstor *vs);
void vstor_result_changed(struct vstor *vs, u32 key, u8 flags);
void vstor_rescan(struct vstor *vs);
int vstor_lun_present(struct vstor *vs, u32 key);

#endif /* _HV_VSTOR_SCAN_H */
