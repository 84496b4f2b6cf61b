/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Commands that the host does not complete, and channels that die.
 */
#ifndef _HV_VSTOR_RECOVER_H
#define _HV_VSTOR_RECOVER_H

#include <linux/types.h>
#include <linux/workqueue.h>

struct request;
struct vmb_device;
struct vstor;

/**
 * enum vstor_state - what becomes of the front end's commands
 * @VSTOR_UP: they are sent
 * @VSTOR_RECOVERING: they wait: the channels are being opened again, or the
 *	machine sleeps
 * @VSTOR_DOWN: they fail
 */
enum vstor_state {
	VSTOR_UP,
	VSTOR_RECOVERING,
	VSTOR_DOWN,
};

/**
 * enum vstor_need - what the recovery work has to do
 * @VSTOR_NEED_CLOSE: a channel died
 * @VSTOR_NEED_REOPEN: close all channels, and open them again
 */
enum vstor_need {
	VSTOR_NEED_CLOSE,
	VSTOR_NEED_REOPEN,
};

/**
 * struct vstor_recovery - a controller's state
 * @state: see &enum vstor_state
 * @error: of the first channel that died, 0 if none did
 * @need: bits of &enum vstor_need
 * @wq: where @work runs
 * @work: does what is needed
 * @warned: jiffies of the last warning about outstanding commands
 * @lost: commands that ended although the host may still use their memory
 * @reported: as many of them are in the log
 * @kept_pages: pages of those that are kept from reuse for good
 * @unkept_bytes: memory of those that cannot be kept: the slab's
 */
struct vstor_recovery {
	enum vstor_state state;
	int error;
	unsigned long need;
	struct workqueue_struct *wq;
	struct work_struct work;
	unsigned long warned;
	atomic_long_t lost;
	long reported;
	atomic_long_t kept_pages;
	atomic_long_t unkept_bytes;
};

int vstor_recovery_module_init(void);
void vstor_recovery_module_exit(void);
void vstor_recovery_init(struct vstor *vs);
void vstor_recovery_stop(struct vstor *vs);
void vstor_overdue(struct vstor *vs);
int vstor_end_all(struct vstor *vs, int error);
int vstor_recover(struct vstor *vs);
int vstor_suspend(struct vmb_device *vdev);
int vstor_resume(struct vmb_device *vdev);
int vstor_reset(struct vstor *vs, u32 op, u32 key);
void vstor_keep_request(struct vstor *vs, struct request *rq);
void vstor_keep_buffer(struct vstor *vs, unsigned int pages);

#endif /* _HV_VSTOR_RECOVER_H */
