/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Commands that the host does not complete.
 */
#ifndef _HV_VSTOR_RECOVER_H
#define _HV_VSTOR_RECOVER_H

#include <linux/types.h>

struct request;
struct vstor;

int vstor_reset_reclaim(struct vstor *vs, u32 op, u32 key);
void vstor_keep_pages(struct request *rq);

#endif /* _HV_VSTOR_RECOVER_H */
