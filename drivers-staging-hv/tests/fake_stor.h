/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A storage controller of a fake host, with disks in memory. Tests say what
 * becomes of reads and writes, and which disks there are.
 */
#ifndef _HV_FAKE_STOR_H
#define _HV_FAKE_STOR_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include "fake_host.h"
#include "wire/vstor.h"

/* Channel of the controller; sub-channels follow. */
#define FAKE_STOR_RELID		1

#define FAKE_LUNS		4
#define FAKE_BLOCK		512u
#define FAKE_BLOCKS		2048u

/* Of a read or a write of the tests: more than a page. */
#define FAKE_IO_BLOCKS		16
#define FAKE_IO_BYTES		(FAKE_IO_BLOCKS * FAKE_BLOCK)

/**
 * enum fake_io - what becomes of a read, a write, a discard or a flush
 * @FAKE_IO_GOOD: it is done and completed
 * @FAKE_IO_HOLD: it waits for fake_stor_release()
 * @FAKE_IO_TWICE: it is done and completed twice
 * @FAKE_IO_SHORT: the completion is shorter than any
 * @FAKE_IO_STRANGE: the completion is of an operation that is none
 * @FAKE_IO_STATUS: not done; the completion has fake_stor.srb_status,
 *	fake_stor.scsi_status and fake_stor.sense
 * @FAKE_IO_RECOVERED: likewise, but it is done
 * @FAKE_IO_LESS: half of it is done, as the completion says
 * @FAKE_IO_MORE: the completion claims more than was asked for
 */
enum fake_io {
	FAKE_IO_GOOD,
	FAKE_IO_HOLD,
	FAKE_IO_TWICE,
	FAKE_IO_SHORT,
	FAKE_IO_STRANGE,
	FAKE_IO_STATUS,
	FAKE_IO_RECOVERED,
	FAKE_IO_LESS,
	FAKE_IO_MORE,
};

/**
 * struct fake_held - a command that the host keeps
 * @list: on fake_stor.held
 * @fc: channel that it came on
 * @lun: for which disk
 * @pkt: packet; its bytes follow
 * @bytes: descriptor and payload
 */
struct fake_held {
	struct list_head list;
	struct fake_channel *fc;
	u8 lun;
	struct vmb_rx pkt;
	u8 bytes[];
};

/**
 * struct fake_lun - a disk
 * @present: it is there
 * @serial: a number in its names
 * @blocks: of FAKE_BLOCK bytes
 * @media: what is on it
 */
struct fake_lun {
	bool present;
	u8 serial;
	u32 blocks;
	u8 *media;
};

/**
 * struct fake_stor - a storage controller
 * @h: its host
 * @vdev: device that it was plugged in as, with a reference, or NULL
 * @buf: FAKE_IO_BYTES of the test's data
 * @lock: all of the following
 * @version: the highest VSTORW_V* that it takes, 0 for none
 * @init_status: NTSTATUS of the initialization's steps
 * @sub_channels: that it allows
 * @io: what becomes of the next reads, writes, discards and flushes
 * @times: how many they are; those after them are good
 * @srb_status: for FAKE_IO_STATUS
 * @scsi_status: for FAKE_IO_STATUS
 * @sense: for FAKE_IO_STATUS: key, ASC and ASCQ; none if key and ASC are zero
 * @reset_status: NTSTATUS that answers a reset
 * @reset_keeps: a reset gives no command back
 * @resets: how many there were
 * @no_pages: VPD and MODE SENSE are refused
 * @late_pages: how many commands for VPD find the disk not ready
 * @lun_list_bytes: what REPORT LUNS claims to need, 0 for what it does
 * @absent_fails: INQUIRY of a disk that is not there fails, too
 * @hold_absent: the next INQUIRY of a disk that is not there waits for
 *	fake_stor_release_absent()
 * @reads: good ones
 * @writes: good ones
 * @flushes: good ones
 * @unmaps: UNMAP and WRITE SAME
 * @held: fake_held.list
 * @holds: how many
 * @later: completes them, see fake_stor_release_later()
 * @lun: disks
 */
struct fake_stor {
	struct fake_host *h;
	struct vmb_device *vdev;
	u8 *buf;
	struct mutex lock; /* see the kernel-doc */
	u16 version;
	u32 init_status;
	u16 sub_channels;
	enum fake_io io;
	unsigned int times;
	u8 srb_status;
	u8 scsi_status;
	u8 sense[3];
	u32 reset_status;
	bool reset_keeps;
	unsigned int resets;
	bool no_pages;
	unsigned int late_pages;
	u32 lun_list_bytes;
	bool absent_fails;
	bool hold_absent;
	unsigned int reads;
	unsigned int writes;
	unsigned int flushes;
	unsigned int unmaps;
	struct list_head held;
	unsigned int holds;
	struct delayed_work later;
	struct fake_lun lun[FAKE_LUNS];
};

struct fake_stor *fake_stor_make(struct kunit *test, const guid_t *class_id);
void fake_stor_free(struct fake_stor *fs);
void fake_stor_next(struct fake_stor *fs, enum fake_io io, unsigned int times);
void fake_stor_status(struct fake_stor *fs, u8 srb_status, u8 scsi_status,
		      u32 sense);
void fake_stor_release(struct fake_stor *fs, enum fake_io io);
void fake_stor_release_later(struct fake_stor *fs);
void fake_stor_release_absent(struct fake_stor *fs);
void fake_stor_event(struct fake_stor *fs, u32 op);
void fake_stor_stray(struct fake_stor *fs, u64 id);

/* fake_stor_test.c */
void fake_stor_plug(struct kunit *test, struct fake_stor *fs);
void fake_stor_end(struct kunit *test, struct fake_stor *fs);
void fake_stor_held(struct kunit *test, struct fake_stor *fs, unsigned int n);
void fake_stor_rescind(struct kunit *test, struct fake_stor *fs);
void fake_stor_versions(struct kunit *test, struct fake_stor *fs,
			bool (*works)(struct vmb_device *vdev));
void fake_stor_strays(struct kunit *test, struct fake_stor *fs);
void fake_stor_alive(struct kunit *test, struct fake_stor *fs);
void fake_stor_reread(struct fake_stor *fs);
void fake_stor_remove_lun(struct fake_stor *fs, u8 lun, bool silent);
void fake_stor_add_lun(struct fake_stor *fs, u8 lun);

/* fake_disk.c */
u32 fake_disk_srb(struct fake_stor *fs, const struct vmb_rx *pkt,
		  struct vstorw_packet *answer, enum fake_io io);
bool fake_disk_is_io(const struct vstorw_packet *pkt);

#endif /* _HV_FAKE_STOR_H */
