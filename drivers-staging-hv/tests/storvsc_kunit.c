// SPDX-License-Identifier: GPL-2.0
/*
 * hv_storvsc as it is, on a controller of a fake host: from the offer to the
 * removal, with everything that may go wrong between the two.
 */
#include <kunit/test.h>
#include <linux/bio.h>
#include <linux/blk-mq.h>
#include <linux/blkdev.h>
#include <linux/cleanup.h>
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/delay.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/unaligned.h>
#include <linux/workqueue.h>
#include <scsi/scsi.h>
#include <scsi/scsi_device.h>
#include <scsi/scsi_host.h>

#include "../stor/vstor.h"
#include "../vmbus/device.h"
#include "fake_stor.h"

/**
 * struct stor_io - a command that is not waited for
 * @work: runs it
 * @done: it ended
 * @sdev: disk
 * @write: to the disk
 * @lba: first block
 * @blocks: how many
 * @buf: their data
 * @timeout: jiffies
 * @result: of scsi_execute_cmd()
 */
struct stor_io {
	struct work_struct work;
	struct completion done;
	struct scsi_device *sdev;
	bool write;
	u32 lba;
	u16 blocks;
	u8 *buf;
	int timeout;
	int result;
};

static int stor_init(struct kunit *test)
{
	static const guid_t scsi_class = VSTORW_CLASS_SCSI;

	test->priv = fake_stor_make(test, &scsi_class);
	return 0;
}

static void stor_exit(struct kunit *test)
{
	if (test->priv)
		fake_stor_end(test, test->priv);
}

static int stor_is_host(struct device *dev, const void *unused)
{
	return scsi_is_host_device(dev);
}

/* The driver's SCSI host, with the device's reference to it, or NULL. */
static struct Scsi_Host *stor_host(struct fake_stor *fs)
{
	struct device *dev = device_find_child(fs->vdev->dev, NULL, stor_is_host);

	return dev ? dev_to_shost(dev) : NULL;
}

static struct scsi_device *stor_disk(struct fake_stor *fs, u8 lun)
{
	struct Scsi_Host *shost = stor_host(fs);
	struct scsi_device *sdev;

	if (!shost)
		return NULL;
	sdev = scsi_device_lookup(shost, 0, 0, lun);
	put_device(&shost->shost_gendev);
	return sdev;
}

static bool stor_has(struct fake_stor *fs, u8 lun)
{
	struct scsi_device *sdev = stor_disk(fs, lun);

	if (sdev)
		scsi_device_put(sdev);
	return sdev;
}

/* Plugs the controller in. The disk, with a reference. */
static struct scsi_device *stor_plug(struct kunit *test)
{
	struct fake_stor *fs = test->priv;
	struct scsi_device *sdev;

	fake_stor_plug(test, fs);
	KUNIT_ASSERT_TRUE(test, fake_wait(stor_has(fs, 0)));
	/* The disk driver looks for partitions. */
	wait_for_device_probe();
	sdev = stor_disk(fs, 0);
	KUNIT_ASSERT_NOT_NULL(test, sdev);
	return sdev;
}

static int stor_do(const struct stor_io *io)
{
	u8 cdb[10] = { io->write ? WRITE_10 : READ_10 };

	put_unaligned_be32(io->lba, cdb + 2);
	put_unaligned_be16(io->blocks, cdb + 7);
	return scsi_execute_cmd(io->sdev, cdb,
				io->write ? REQ_OP_DRV_OUT : REQ_OP_DRV_IN,
				io->buf, io->blocks * FAKE_BLOCK, io->timeout,
				0, NULL);
}

static int stor_rw(struct scsi_device *sdev, bool write, u32 lba, u8 *buf,
		   int timeout)
{
	struct stor_io io = {
		.sdev = sdev, .write = write, .lba = lba, .buf = buf,
		.blocks = FAKE_IO_BLOCKS, .timeout = timeout,
	};

	return stor_do(&io);
}

static int stor_read(struct kunit *test, struct scsi_device *sdev, u32 lba)
{
	struct fake_stor *fs = test->priv;

	return stor_rw(sdev, false, lba, fs->buf, 60 * HZ);
}

static void stor_io_work(struct work_struct *work)
{
	struct stor_io *io = container_of(work, struct stor_io, work);

	io->result = stor_do(io);
	complete(&io->done);
}

static void stor_queue(struct stor_io *io)
{
	INIT_WORK(&io->work, stor_io_work);
	init_completion(&io->done);
	queue_work(system_dfl_wq, &io->work);
}

static struct stor_io *stor_start(struct kunit *test, struct scsi_device *sdev,
				  bool write, u32 lba, int timeout)
{
	struct stor_io *io = kunit_kzalloc(test, sizeof(*io), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, io);
	io->buf = kunit_kzalloc(test, FAKE_IO_BYTES, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, io->buf);
	io->sdev = sdev;
	io->write = write;
	io->lba = lba;
	io->blocks = FAKE_IO_BLOCKS;
	io->timeout = timeout;
	stor_queue(io);
	return io;
}

static bool stor_ended(struct stor_io *io, int seconds)
{
	if (!wait_for_completion_timeout(&io->done, seconds * HZ))
		return false;
	flush_work(&io->work);
	return true;
}

static int stor_is_disk(struct device *dev, const void *unused)
{
	return dev->class && !strcmp(dev->class->name, "block");
}

/* The block device of the disk driver, for bdev_fput(). */
static struct file *stor_open(struct kunit *test, struct scsi_device *sdev)
{
	struct device *dev;
	struct file *file;

	dev = device_find_child(&sdev->sdev_gendev, NULL, stor_is_disk);
	KUNIT_ASSERT_NOT_NULL(test, dev);
	file = bdev_file_open_by_dev(dev->devt, BLK_OPEN_READ | BLK_OPEN_WRITE,
				     NULL, NULL);
	put_device(dev);
	KUNIT_ASSERT_FALSE(test, IS_ERR(file));
	return file;
}

static int stor_read_block(struct kunit *test, struct file *disk)
{
	struct fake_stor *fs = test->priv;

	return bdev_rw_virt(file_bdev(disk), 0, fs->buf, FAKE_IO_BYTES,
			    REQ_OP_READ);
}

/* What was written is on the disk, and is what is read. */
static void stor_data(struct kunit *test)
{
	struct fake_stor *fs = test->priv;
	struct scsi_device *sdev = stor_plug(test);

	for (u32 lba = 0; lba < 8 * FAKE_IO_BLOCKS; lba += FAKE_IO_BLOCKS) {
		memset(fs->buf, 'a' + lba / FAKE_IO_BLOCKS, FAKE_IO_BYTES);
		KUNIT_EXPECT_EQ(test, stor_rw(sdev, true, lba, fs->buf, 60 * HZ), 0);
	}
	for (u32 lba = 0; lba < 8 * FAKE_IO_BLOCKS; lba += FAKE_IO_BLOCKS) {
		memset(fs->buf, 0, FAKE_IO_BYTES);
		KUNIT_EXPECT_EQ(test, stor_read(test, sdev, lba), 0);
		KUNIT_EXPECT_MEMEQ(test, fs->buf,
				   fs->lun[0].media + lba * FAKE_BLOCK, FAKE_IO_BYTES);
		KUNIT_EXPECT_EQ(test, fs->buf[0], 'a' + lba / FAKE_IO_BLOCKS);
	}
	scsi_device_put(sdev);
}

static bool stor_works(struct vmb_device *vdev)
{
	return vdev->dev->driver;
}

static void stor_versions(struct kunit *test)
{
	fake_stor_versions(test, test->priv, stor_works);
}

/* The host byte of a result: 0 where there is none. */
static int stor_host_byte(int result)
{
	return result < 0 ? result : (result >> 16) & 0xff;
}

/* Each kind of failure reaches whoever sent the command. */
static void stor_errors(struct kunit *test)
{
	static const struct {
		u8 srb_status;
		u8 scsi_status;
		u32 sense;
		int host_byte;
		int status;
	} cases[] = {
		/* The midlayer may add a host byte of its own to these two. */
		{ VSTORW_SRB_ERROR, SAM_STAT_CHECK_CONDITION, 0x031100, DID_OK,
		  SAM_STAT_CHECK_CONDITION },
		{ VSTORW_SRB_ERROR, SAM_STAT_RESERVATION_CONFLICT, 0, DID_OK,
		  SAM_STAT_RESERVATION_CONFLICT },
		{ VSTORW_SRB_INVALID_LUN, 0, 0, DID_NO_CONNECT, 0 },
		{ VSTORW_SRB_NO_DEVICE, 0, 0, DID_NO_CONNECT, 0 },
		{ VSTORW_SRB_INTERNAL_ERROR, 0, 0, DID_ERROR, 0 },
	};
	struct fake_stor *fs = test->priv;
	struct scsi_device *sdev = stor_plug(test);

	for (int i = 0; i < ARRAY_SIZE(cases); i++) {
		int result;

		fake_stor_status(fs, cases[i].srb_status,
				 cases[i].scsi_status, cases[i].sense);
		fake_stor_next(fs, FAKE_IO_STATUS, 1);
		result = stor_read(test, sdev, 0);
		if (!cases[i].status)
			KUNIT_EXPECT_EQ_MSG(test, stor_host_byte(result),
					    cases[i].host_byte, "case %d", i);
		KUNIT_EXPECT_EQ_MSG(test, result & 0xff, cases[i].status,
				    "case %d", i);
	}
	/* The LUN was said to be gone: the driver looks, and finds it. */
	wait_for_device_probe();
	KUNIT_EXPECT_TRUE(test, fake_wait(!stor_read(test, sdev, 0)));
	scsi_device_put(sdev);
}

/* How often the host was asked, of @times that it has the same answer. */
static unsigned int stor_tries(struct fake_stor *fs, unsigned int times)
{
	guard(mutex)(&fs->lock);
	times -= fs->times;
	fs->times = 0;
	return times;
}

/* Many as an answer, more than anything is repeated. */
#define STOR_ALWAYS	50

/* Of a program's command: few status bytes are more than an error. */
static void stor_statuses(struct kunit *test)
{
	struct fake_stor *fs = test->priv;
	struct scsi_device *sdev = stor_plug(test);

	for (int status = 1; status < 256; status++) {
		bool known = status == SAM_STAT_RESERVATION_CONFLICT ||
			     status == SAM_STAT_TASK_ABORTED;
		int result;

		/* These two are repeated until it works. */
		if (status == SAM_STAT_BUSY || status == SAM_STAT_TASK_SET_FULL)
			continue;
		fake_stor_status(fs, VSTORW_SRB_ERROR, status, 0);
		fake_stor_next(fs, FAKE_IO_STATUS, STOR_ALWAYS);
		result = stor_read(test, sdev, 0);
		KUNIT_EXPECT_EQ_MSG(test, stor_tries(fs, STOR_ALWAYS), 1,
				    "status %#x", status);
		KUNIT_EXPECT_EQ_MSG(test, known ? result & 0xff : result,
				    known ? status : DID_ERROR << 16,
				    "status %#x", status);
	}
	KUNIT_EXPECT_EQ(test, stor_read(test, sdev, 0), 0);
	scsi_device_put(sdev);
}

/*
 * Of the disk driver's commands: to the midlayer some status bytes are success,
 * and others start its error handler.
 */
static void stor_disk_statuses(struct kunit *test)
{
	static const u8 statuses[] = { 0x01, 0x04, 0x06, 0x10, 0x14, 0x22, 0x30 };
	struct fake_stor *fs = test->priv;
	struct scsi_device *sdev = stor_plug(test);
	struct file *disk = stor_open(test, sdev);

	for (int i = 0; i < ARRAY_SIZE(statuses); i++) {
		fake_stor_status(fs, VSTORW_SRB_ERROR, statuses[i], 0);
		fake_stor_next(fs, FAKE_IO_STATUS, STOR_ALWAYS);
		KUNIT_EXPECT_NE_MSG(test, blkdev_issue_flush(file_bdev(disk)),
				    0, "status %#x", statuses[i]);
		KUNIT_EXPECT_LE_MSG(test, stor_tries(fs, STOR_ALWAYS), 6,
				    "status %#x", statuses[i]);
		fake_stor_next(fs, FAKE_IO_STATUS, STOR_ALWAYS);
		KUNIT_EXPECT_NE_MSG(test, stor_read_block(test, disk), 0,
				    "status %#x", statuses[i]);
		KUNIT_EXPECT_LE_MSG(test, stor_tries(fs, STOR_ALWAYS), 6,
				    "status %#x", statuses[i]);
		KUNIT_EXPECT_EQ(test, stor_read_block(test, disk), 0);
	}
	bdev_fput(disk);
	scsi_device_put(sdev);
}

/* What the disk driver takes for a success of no data is not repeated for ever. */
static void stor_repeats(struct kunit *test)
{
	static const struct {
		enum fake_io io;
		u32 sense;
		int error;
		unsigned int tries;
	} cases[] = {
		{ FAKE_IO_RECOVERED, 0x011800, 0, 1 },
		{ FAKE_IO_STATUS, 0x011800, -EIO, 6 },
		{ FAKE_IO_STATUS, 0x000100, -EIO, 6 },
		/* Ever less is left of the 16 blocks, and half of one is nothing. */
		{ FAKE_IO_LESS, 0, -EIO, 10 },
	};
	struct fake_stor *fs = test->priv;
	struct scsi_device *sdev = stor_plug(test);
	struct file *disk = stor_open(test, sdev);

	for (int i = 0; i < ARRAY_SIZE(cases); i++) {
		fake_stor_status(fs, VSTORW_SRB_ERROR, SAM_STAT_CHECK_CONDITION,
				 cases[i].sense);
		fake_stor_next(fs, cases[i].io, STOR_ALWAYS);
		KUNIT_EXPECT_EQ_MSG(test, stor_read_block(test, disk),
				    cases[i].error, "case %d", i);
		KUNIT_EXPECT_EQ_MSG(test, stor_tries(fs, STOR_ALWAYS),
				    cases[i].tries, "case %d", i);
		KUNIT_EXPECT_EQ(test, stor_read_block(test, disk), 0);
	}
	bdev_fput(disk);
	scsi_device_put(sdev);
}

/* Completions that make no sense end their command with an error, no more. */
static void stor_malformed(struct kunit *test)
{
	static const enum fake_io cases[] = {
		FAKE_IO_SHORT, FAKE_IO_STRANGE, FAKE_IO_MORE,
	};
	struct fake_stor *fs = test->priv;
	struct scsi_device *sdev = stor_plug(test);

	for (int i = 0; i < ARRAY_SIZE(cases); i++) {
		fake_stor_next(fs, cases[i], 1);
		KUNIT_EXPECT_EQ_MSG(test, stor_host_byte(stor_read(test, sdev, 0)),
				    DID_ERROR, "case %d", i);
		KUNIT_EXPECT_EQ(test, stor_read(test, sdev, 0), 0);
	}
	fake_stor_alive(test, fs);
	scsi_device_put(sdev);
}

/* A command ends once, however often it is completed. */
static void stor_duplicate(struct kunit *test)
{
	struct fake_stor *fs = test->priv;
	struct scsi_device *sdev = stor_plug(test);

	fake_stor_next(fs, FAKE_IO_TWICE, 50);
	for (int i = 0; i < 50; i++)
		KUNIT_EXPECT_EQ(test, stor_read(test, sdev, i), 0);
	fake_stor_strays(test, fs);
	KUNIT_EXPECT_EQ(test, stor_read(test, sdev, 0), 0);
	scsi_device_put(sdev);
}

/* What is no answer and no event is dropped. */
static void stor_noise(struct kunit *test)
{
	static const u16 types[] = { VMB_INBAND, VMB_XFER_PAGES, VMB_COMPLETION, 99 };
	struct fake_stor *fs = test->priv;
	struct scsi_device *sdev = stor_plug(test);
	struct fake_channel *fc = fake_channel(fs->h, FAKE_STOR_RELID);
	static const u8 noise[64];

	for (int i = 0; i < ARRAY_SIZE(types); i++) {
		for (u32 len = 0; len <= sizeof(noise); len += 8) {
			struct vmb_packet pkt = {
				.type = types[i], .data = noise, .len = len,
				.id = i,
			};

			KUNIT_EXPECT_EQ(test, fake_send(fc, &pkt), 0);
		}
	}
	fake_stor_event(fs, 77);
	KUNIT_EXPECT_EQ(test, stor_read(test, sdev, 0), 0);
	fake_stor_alive(test, fs);
	scsi_device_put(sdev);
}

/* The host is slow: the command waits for it, and its data is right. */
static void stor_late(struct kunit *test)
{
	struct fake_stor *fs = test->priv;
	struct scsi_device *sdev = stor_plug(test);
	struct stor_io *io;

	memset(fs->lun[0].media, 'x', FAKE_IO_BYTES);
	fake_stor_next(fs, FAKE_IO_HOLD, 1);
	io = stor_start(test, sdev, false, 0, HZ / 2);
	fake_stor_held(test, fs, 1);
	KUNIT_EXPECT_FALSE(test, stor_ended(io, 3));
	fake_stor_release(fs, FAKE_IO_GOOD);
	KUNIT_EXPECT_TRUE(test, stor_ended(io, 30));
	KUNIT_EXPECT_EQ(test, io->result, 0);
	KUNIT_EXPECT_EQ(test, io->buf[FAKE_IO_BYTES - 1], 'x');
	KUNIT_EXPECT_EQ(test, stor_read(test, sdev, 0), 0);
	scsi_device_put(sdev);
}

/* Disks come, change and go while the controller stays. */
static void stor_events(struct kunit *test)
{
	struct fake_stor *fs = test->priv;
	struct scsi_device *sdev = stor_plug(test), *now;

	fake_stor_add_lun(fs, 2);
	KUNIT_EXPECT_TRUE(test, fake_wait(stor_has(fs, 2)));
	wait_for_device_probe();
	fake_stor_remove_lun(fs, 2, false);
	KUNIT_EXPECT_TRUE(test, fake_wait(!stor_has(fs, 2)));
	fake_stor_add_lun(fs, 1);
	KUNIT_EXPECT_TRUE(test, fake_wait(stor_has(fs, 1)));
	/* Another disk where one was: not the same device any more. */
	WRITE_ONCE(fs->lun[0].serial, 7);
	fake_stor_event(fs, VSTORW_OP_ENUMERATE_BUS);
	KUNIT_EXPECT_TRUE(test, fake_wait(!scsi_device_online(sdev)));
	KUNIT_EXPECT_TRUE(test, fake_wait(stor_has(fs, 0)));
	now = stor_disk(fs, 0);
	KUNIT_EXPECT_PTR_NE(test, now, sdev);
	if (now)
		scsi_device_put(now);
	scsi_device_put(sdev);
}

/**
 * struct stor_probe - a LUN that the midlayer is asked to look at
 * @work: does that
 * @shost: host
 * @lun: which
 */
struct stor_probe {
	struct work_struct work;
	struct Scsi_Host *shost;
	u8 lun;
};

static void stor_probe_work(struct work_struct *work)
{
	struct stor_probe *p = container_of(work, struct stor_probe, work);

	scsi_add_device(p->shost, 0, 0, p->lun);
}

/* A disk comes while the midlayer is being told that there is none. */
static void stor_comes_in_scan(struct kunit *test)
{
	struct fake_stor *fs = test->priv;
	struct scsi_device *sdev = stor_plug(test);
	struct stor_probe probe = { .shost = sdev->host, .lun = 3 };

	INIT_WORK_ONSTACK(&probe.work, stor_probe_work);
	fs->hold_absent = true;
	queue_work(system_dfl_wq, &probe.work);
	fake_stor_held(test, fs, 1);
	fake_stor_add_lun(fs, 3);
	/* Time for the driver to look at its LUNs. */
	msleep(500);
	fake_stor_release_absent(fs);
	flush_work(&probe.work);
	destroy_work_on_stack(&probe.work);
	KUNIT_EXPECT_TRUE(test, fake_wait(stor_has(fs, 3)));
	scsi_device_put(sdev);
}

/* A disk that is gone by the SRB status alone, of INQUIRY too. */
static void stor_invalid_lun(struct kunit *test)
{
	struct fake_stor *fs = test->priv;
	struct scsi_device *sdev = stor_plug(test);

	fake_stor_remove_lun(fs, 0, true);
	KUNIT_EXPECT_EQ(test, stor_host_byte(stor_read(test, sdev, 0)),
			DID_NO_CONNECT);
	scsi_device_put(sdev);
	KUNIT_EXPECT_TRUE(test, fake_wait(!stor_has(fs, 0)));
	fake_stor_add_lun(fs, 0);
	KUNIT_ASSERT_TRUE(test, fake_wait(stor_has(fs, 0)));
	wait_for_device_probe();
	/* Nor does a rescan keep it. */
	fake_stor_remove_lun(fs, 0, true);
	fake_stor_event(fs, VSTORW_OP_ENUMERATE_BUS);
	KUNIT_EXPECT_TRUE(test, fake_wait(!stor_has(fs, 0)));
}

/* Bytes that a list of LUNs claims to have, or a negative error. */
static int stor_lun_list(struct scsi_device *sdev, u8 *buf)
{
	u8 cdb[12] = { REPORT_LUNS };
	int ret;

	put_unaligned_be32(FAKE_IO_BYTES, cdb + 6);
	ret = scsi_execute_cmd(sdev, cdb, REQ_OP_DRV_IN, buf, FAKE_IO_BYTES,
			       60 * HZ, 0, NULL);
	return ret ? -EIO : get_unaligned_be32(buf);
}

/* The midlayer allocates what a list of LUNs claims to need. */
static void stor_long_lun_list(struct kunit *test)
{
	struct fake_stor *fs = test->priv;
	struct scsi_device *sdev = stor_plug(test);
	u8 *buf = kunit_kmalloc(test, FAKE_IO_BYTES, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, buf);
	KUNIT_EXPECT_EQ(test, stor_lun_list(sdev, buf), 8);
	fs->lun_list_bytes = U32_MAX - 7;
	KUNIT_EXPECT_EQ(test, stor_lun_list(sdev, buf), 8 * 256);
	fs->lun_list_bytes = 0;
	scsi_device_put(sdev);
}

/* A rescind ends what is in flight, and removes the device. */
static void stor_rescind(struct kunit *test)
{
	struct fake_stor *fs = test->priv;
	struct scsi_device *sdev = stor_plug(test);
	struct stor_io *io[4];

	fake_stor_next(fs, FAKE_IO_HOLD, ARRAY_SIZE(io));
	for (int i = 0; i < ARRAY_SIZE(io); i++)
		io[i] = stor_start(test, sdev, i & 1, i * FAKE_IO_BLOCKS, 60 * HZ);
	fake_stor_held(test, fs, ARRAY_SIZE(io));
	fake_stor_rescind(test, fs);
	for (int i = 0; i < ARRAY_SIZE(io); i++) {
		KUNIT_EXPECT_TRUE(test, stor_ended(io[i], 30));
		KUNIT_EXPECT_NE(test, io[i]->result, 0);
	}
	scsi_device_put(sdev);
}

/* A rescind; what the host has then is @pages pages, which are kept. */
static void stor_rescind_keeping(struct kunit *test, struct Scsi_Host *shost,
				 unsigned int pages)
{
	struct fake_stor *fs = test->priv;
	struct vstor *vs = vmb_get_drvdata(fs->vdev);

	/* The driver's removal waits for this. */
	mutex_lock(&shost->scan_mutex);
	fake_rescind(fs->h, FAKE_STOR_RELID);
	KUNIT_EXPECT_TRUE(test, fake_wait(atomic_long_read(&vs->recovery.lost)));
	KUNIT_EXPECT_EQ(test, atomic_long_read(&vs->recovery.kept_pages), pages);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&vs->recovery.unkept_bytes), 0);
	mutex_unlock(&shost->scan_mutex);
	fake_settle(fs->h);
	KUNIT_EXPECT_NULL(test, fs->vdev->dev->driver);
}

/* What the host may still write of an INQUIRY is not freed. */
static void stor_rescind_inquiry(struct kunit *test)
{
	struct fake_stor *fs = test->priv;
	struct scsi_device *sdev = stor_plug(test);

	fs->hold_absent = true;
	fake_stor_remove_lun(fs, 0, false);
	fake_stor_held(test, fs, 1);
	stor_rescind_keeping(test, sdev->host, 1);
	scsi_device_put(sdev);
}

static void stor_end_bio(struct bio *bio)
{
	complete(bio->bi_private);
}

/* What the host may still read of an UNMAP is not used again. */
static void stor_rescind_discard(struct kunit *test)
{
	DECLARE_COMPLETION_ONSTACK(done);
	struct fake_stor *fs = test->priv;
	struct scsi_device *sdev = stor_plug(test);
	struct file *disk = stor_open(test, sdev);
	struct bio bio;

	fake_stor_next(fs, FAKE_IO_HOLD, 1);
	bio_init(&bio, file_bdev(disk), NULL, 0, REQ_OP_DISCARD);
	bio.bi_iter.bi_size = FAKE_IO_BYTES;
	bio.bi_end_io = stor_end_bio;
	bio.bi_private = &done;
	submit_bio(&bio);
	fake_stor_held(test, fs, 1);
	stor_rescind_keeping(test, sdev->host, 1);
	wait_for_completion(&done);
	KUNIT_EXPECT_NE(test, blk_status_to_errno(bio.bi_status), 0);
	bdev_fput(disk);
	scsi_device_put(sdev);
}

/* A CPU whose commands do not go to the primary channel, or -1. */
static int stor_other_cpu(struct scsi_device *sdev)
{
	struct blk_mq_queue_map *map = sdev->host->tag_set.map;
	unsigned int cpu;

	for_each_online_cpu(cpu)
		if (map[HCTX_TYPE_DEFAULT].mq_map[cpu])
			return cpu;
	return -1;
}

/* The primary channel is rescinded first: what the others carry is waited for. */
static void stor_rescind_others(struct kunit *test)
{
	struct fake_stor *fs = test->priv;
	struct scsi_device *sdev;
	struct stor_io io = {
		.blocks = FAKE_IO_BLOCKS, .buf = fs->buf, .timeout = 60 * HZ,
	};
	int cpu;

	fake_host_use_cpus(fs->h, 3);
	fs->sub_channels = 2;
	sdev = stor_plug(test);
	cpu = stor_other_cpu(sdev);
	if (cpu >= 0) {
		io.sdev = sdev;
		fake_stor_next(fs, FAKE_IO_HOLD, 1);
		INIT_WORK_ONSTACK(&io.work, stor_io_work);
		init_completion(&io.done);
		queue_work_on(cpu, system_percpu_wq, &io.work);
		fake_stor_held(test, fs, 1);
		fake_stor_release_later(fs);
		fake_stor_rescind(test, fs);
		KUNIT_EXPECT_TRUE(test, stor_ended(&io, 30));
		KUNIT_EXPECT_EQ(test, io.result, 0);
		destroy_work_on_stack(&io.work);
	}
	scsi_device_put(sdev);
	if (cpu < 0)
		kunit_skip(test, "one CPU");
}

/* Unbinding with a command in flight, which ends one way or another. */
static void stor_unbind_busy(struct kunit *test)
{
	struct fake_stor *fs = test->priv;
	struct scsi_device *sdev = stor_plug(test);
	struct stor_io *io;

	fake_stor_next(fs, FAKE_IO_HOLD, 1);
	io = stor_start(test, sdev, true, 0, 60 * HZ);
	fake_stor_held(test, fs, 1);
	fake_stor_release_later(fs);
	device_release_driver(fs->vdev->dev);
	KUNIT_EXPECT_TRUE(test, stor_ended(io, 30));
	KUNIT_EXPECT_EQ(test, fs->h->posts[VMBW_CLOSE], 1);
	scsi_device_put(sdev);
}

static void stor_rebind(struct kunit *test)
{
	struct fake_stor *fs = test->priv;

	scsi_device_put(stor_plug(test));
	for (int i = 0; i < 5; i++) {
		struct scsi_device *sdev;

		device_release_driver(fs->vdev->dev);
		KUNIT_EXPECT_EQ(test, device_attach(fs->vdev->dev), 1);
		KUNIT_ASSERT_TRUE(test, fake_wait(stor_has(fs, 0)));
		wait_for_device_probe();
		sdev = stor_disk(fs, 0);
		KUNIT_ASSERT_NOT_NULL(test, sdev);
		KUNIT_EXPECT_EQ(test, stor_read(test, sdev, 0), 0);
		scsi_device_put(sdev);
	}
	KUNIT_EXPECT_EQ(test, fs->h->posts[VMBW_OPEN], 6);
	KUNIT_EXPECT_EQ(test, fs->h->posts[VMBW_CLOSE], 5);
}

/* Sub-channels become hardware queues. */
static void stor_channels(struct kunit *test)
{
	struct fake_stor *fs = test->priv;
	struct scsi_device *sdev;

	fake_host_use_cpus(fs->h, 3);
	fs->sub_channels = 2;
	sdev = stor_plug(test);
	KUNIT_EXPECT_EQ(test, sdev->host->nr_hw_queues,
			min(3u, num_online_cpus()));
	for (int i = 0; i < 20; i++)
		KUNIT_EXPECT_EQ(test, stor_read(test, sdev, i), 0);
	scsi_device_put(sdev);
}

/* A sub-channel that is taken away takes the controller with it. */
static void stor_lost_channel(struct kunit *test)
{
	struct fake_stor *fs = test->priv;
	struct scsi_device *sdev;

	fake_host_use_cpus(fs->h, 3);
	fs->sub_channels = 2;
	sdev = stor_plug(test);
	fake_rescind(fs->h, FAKE_STOR_RELID + 1);
	KUNIT_EXPECT_TRUE(test, fake_wait(stor_host_byte(stor_read(test, sdev, 0)) ==
					  DID_NO_CONNECT));
	/* The others are closed: no CPU asks one of them. */
	KUNIT_EXPECT_TRUE(test, fake_wait(READ_ONCE(fs->h->posts[VMBW_CLOSE]) ==
					  min(2u, num_online_cpus() - 1)));
	scsi_device_put(sdev);
}

/* As many commands as a LUN takes, as long as they can be: 150 KiB of ring. */
#define MANY		240
#define LONG_BLOCKS	(SZ_256K / FAKE_BLOCK)

/*
 * A host that does not read: the ring fills up, and nothing is lost. The
 * controller's other LUNs, which may have other channels, do not wait for it.
 */
static void stor_full_ring(struct kunit *test)
{
	struct stor_io *io = kunit_kcalloc(test, MANY, sizeof(*io), GFP_KERNEL);
	u8 *buf = kunit_kzalloc(test, SZ_256K, GFP_KERNEL);
	struct fake_stor *fs = test->priv;
	struct scsi_device *sdev = stor_plug(test);

	KUNIT_ASSERT_NOT_NULL(test, io);
	KUNIT_ASSERT_NOT_NULL(test, buf);
	fake_channel(fs->h, FAKE_STOR_RELID)->deaf = true;
	for (int i = 0; i < MANY; i++) {
		io[i] = (struct stor_io) {
			.sdev = sdev, .buf = buf, .blocks = LONG_BLOCKS,
			.timeout = 60 * HZ,
		};
		stor_queue(&io[i]);
	}
	KUNIT_EXPECT_TRUE(test, fake_wait(atomic_read(&sdev->device_blocked)));
	KUNIT_EXPECT_EQ(test, atomic_read(&sdev->host->host_blocked), 0);
	fake_stor_reread(fs);
	for (int i = 0; i < MANY; i++) {
		KUNIT_EXPECT_TRUE(test, stor_ended(&io[i], 60));
		KUNIT_EXPECT_EQ(test, io[i].result, 0);
	}
	scsi_device_put(sdev);
}

/* The machine sleeps: what is sent meanwhile is done afterwards. */
static void stor_sleeps(struct kunit *test)
{
	struct scsi_device *sdev = stor_plug(test);
	struct fake_stor *fs = test->priv;
	struct stor_io *asleep;

	KUNIT_EXPECT_EQ(test, vmb_device_suspend(fs->vdev->dev), 0);
	asleep = stor_start(test, sdev, true, 0, 60 * HZ);
	KUNIT_EXPECT_FALSE(test, stor_ended(asleep, 1));
	KUNIT_EXPECT_EQ(test, vmb_device_resume(fs->vdev->dev), 0);
	KUNIT_EXPECT_TRUE(test, stor_ended(asleep, 20));
	KUNIT_EXPECT_EQ(test, asleep->result, 0);
	KUNIT_EXPECT_EQ(test, stor_read(test, sdev, 0), 0);
	scsi_device_put(sdev);
}

static struct kunit_case stor_cases[] = {
	KUNIT_CASE(stor_data),
	KUNIT_CASE(stor_versions),
	KUNIT_CASE(stor_errors),
	KUNIT_CASE(stor_statuses),
	KUNIT_CASE(stor_disk_statuses),
	KUNIT_CASE(stor_repeats),
	KUNIT_CASE(stor_malformed),
	KUNIT_CASE(stor_duplicate),
	KUNIT_CASE(stor_noise),
	KUNIT_CASE_SLOW(stor_late),
	KUNIT_CASE(stor_events),
	KUNIT_CASE_SLOW(stor_comes_in_scan),
	KUNIT_CASE(stor_invalid_lun),
	KUNIT_CASE(stor_long_lun_list),
	KUNIT_CASE(stor_rescind),
	KUNIT_CASE(stor_rescind_inquiry),
	KUNIT_CASE_SLOW(stor_rescind_discard),
	KUNIT_CASE_SLOW(stor_rescind_others),
	KUNIT_CASE_SLOW(stor_unbind_busy),
	KUNIT_CASE(stor_rebind),
	KUNIT_CASE(stor_channels),
	KUNIT_CASE(stor_lost_channel),
	KUNIT_CASE(stor_full_ring),
	KUNIT_CASE_SLOW(stor_sleeps),
	{}
};

static struct kunit_suite stor_suite = {
	.name = "storvsc",
	.init = stor_init,
	.exit = stor_exit,
	.test_cases = stor_cases,
};

kunit_test_suite(stor_suite);

MODULE_SOFTDEP("pre: hv_storvsc");
MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_DESCRIPTION("Tests of hv_storvsc on a fake host");
MODULE_LICENSE("GPL");
