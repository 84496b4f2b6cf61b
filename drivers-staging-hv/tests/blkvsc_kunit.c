// SPDX-License-Identifier: GPL-2.0
/*
 * hv_blkvsc as it is, on an IDE disk of a fake host: from the offer to the
 * removal, with everything that may go wrong between the two.
 */
#include <kunit/test.h>
#include <linux/bio.h>
#include <linux/blkdev.h>
#include <linux/cleanup.h>
#include <linux/completion.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <scsi/scsi_proto.h>
#include <scsi/scsi_status.h>

#include "../vmbus/device.h"
#include "fake_stor.h"

/**
 * struct blk_test - a test's disk
 * @fs: the host's side
 * @file: the disk, open
 * @bdev: the same
 */
struct blk_test {
	struct fake_stor *fs;
	struct file *file;
	struct block_device *bdev;
};

/**
 * struct blk_io - a request that is not waited for
 * @bio: it
 * @vec: its memory
 * @done: it ended
 * @buf: FAKE_IO_BYTES of data
 */
struct blk_io {
	struct bio bio;
	struct bio_vec vec;
	struct completion done;
	u8 *buf;
};

static int blk_init(struct kunit *test)
{
	static const guid_t ide_class = VSTORW_CLASS_IDE;
	struct blk_test *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, t);
	t->fs = fake_stor_make(test, &ide_class);
	test->priv = t;
	return 0;
}

static void blk_close(struct blk_test *t)
{
	if (t->file)
		bdev_fput(t->file);
	t->file = NULL;
}

static void blk_exit(struct kunit *test)
{
	struct blk_test *t = test->priv;

	if (!t)
		return;
	fake_stor_release(t->fs, FAKE_IO_GOOD);
	blk_close(t);
	fake_stor_end(test, t->fs);
}

static int blk_is_disk(struct device *dev, const void *unused)
{
	return dev->class && !strcmp(dev->class->name, "block");
}

/* Number of the driver's disk, 0 if there is none. */
static dev_t blk_disk_of(struct vmb_device *vdev)
{
	struct device *dev = device_find_child(vdev->dev, NULL, blk_is_disk);
	dev_t number;

	if (!dev)
		return 0;
	number = dev->devt;
	put_device(dev);
	return number;
}

static dev_t blk_disk(struct blk_test *t)
{
	return blk_disk_of(t->fs->vdev);
}

static void blk_open(struct kunit *test)
{
	struct blk_test *t = test->priv;

	t->file = bdev_file_open_by_dev(blk_disk(t), BLK_OPEN_READ | BLK_OPEN_WRITE,
					NULL, NULL);
	if (IS_ERR(t->file))
		t->file = NULL;
	KUNIT_ASSERT_NOT_NULL(test, t->file);
	t->bdev = file_bdev(t->file);
}

/* Plugs the disk in and opens it. */
static void blk_plug(struct kunit *test)
{
	struct blk_test *t = test->priv;

	fake_stor_plug(test, t->fs);
	KUNIT_ASSERT_NE(test, blk_disk(t), 0);
	blk_open(test);
}

static int blk_read(struct kunit *test, sector_t sector)
{
	struct blk_test *t = test->priv;

	return bdev_rw_virt(t->bdev, sector, t->fs->buf, FAKE_IO_BYTES, REQ_OP_READ);
}

static void blk_end_io(struct bio *bio)
{
	struct blk_io *io = container_of(bio, struct blk_io, bio);

	complete_all(&io->done);
}

static void blk_submit(struct blk_test *t, struct blk_io *io, enum req_op op,
		       sector_t sector, u32 len)
{
	init_completion(&io->done);
	bio_init(&io->bio, t->bdev, &io->vec, 1, op);
	io->bio.bi_iter.bi_sector = sector;
	io->bio.bi_end_io = blk_end_io;
	bio_add_virt_nofail(&io->bio, io->buf, len);
	submit_bio(&io->bio);
}

static struct blk_io *blk_start(struct kunit *test, enum req_op op,
				sector_t sector)
{
	struct blk_io *io = kunit_kzalloc(test, sizeof(*io), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, io);
	io->buf = kunit_kzalloc(test, FAKE_IO_BYTES, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, io->buf);
	blk_submit(test->priv, io, op, sector, FAKE_IO_BYTES);
	return io;
}

static bool blk_ended(struct blk_io *io, int seconds)
{
	return wait_for_completion_timeout(&io->done, seconds * HZ);
}

static int blk_result(struct blk_io *io)
{
	return blk_status_to_errno(io->bio.bi_status);
}

/* What was written is on the disk, and is what is read. */
static void blk_data(struct kunit *test)
{
	struct blk_test *t = test->priv;
	u8 *media = t->fs->lun[0].media;

	blk_plug(test);
	for (int i = 0; i < 8; i++) {
		memset(t->fs->buf, 'a' + i, FAKE_IO_BYTES);
		KUNIT_EXPECT_EQ(test, bdev_rw_virt(t->bdev, i * FAKE_IO_BLOCKS, t->fs->buf,
						   FAKE_IO_BYTES, REQ_OP_WRITE), 0);
	}
	for (int i = 0; i < 8; i++) {
		memset(t->fs->buf, 0, FAKE_IO_BYTES);
		KUNIT_EXPECT_EQ(test, blk_read(test, i * FAKE_IO_BLOCKS), 0);
		KUNIT_EXPECT_MEMEQ(test, t->fs->buf, media + i * FAKE_IO_BYTES, FAKE_IO_BYTES);
		KUNIT_EXPECT_EQ(test, t->fs->buf[0], 'a' + i);
	}
	KUNIT_EXPECT_EQ(test, blkdev_issue_flush(t->bdev), 0);
	KUNIT_EXPECT_GE(test, t->fs->flushes, 1);
	KUNIT_EXPECT_EQ(test, blkdev_issue_discard(t->bdev, 0, FAKE_IO_BLOCKS,
						   GFP_KERNEL), 0);
	KUNIT_EXPECT_EQ(test, media[0], 0);
	KUNIT_EXPECT_EQ(test, media[FAKE_IO_BYTES], 'b');
	KUNIT_EXPECT_EQ(test, blkdev_issue_zeroout(t->bdev, FAKE_IO_BLOCKS, FAKE_IO_BLOCKS,
						   GFP_KERNEL, 0), 0);
	KUNIT_EXPECT_EQ(test, media[FAKE_IO_BYTES], 0);
	KUNIT_EXPECT_EQ(test, media[2 * FAKE_IO_BYTES], 'c');
	KUNIT_EXPECT_GE(test, t->fs->unmaps, 2);
}

/* What the disk says of itself is what the block layer knows. */
static void blk_limits(struct kunit *test)
{
	struct blk_test *t = test->priv;

	blk_plug(test);
	KUNIT_EXPECT_EQ(test, bdev_nr_sectors(t->bdev), FAKE_BLOCKS);
	KUNIT_EXPECT_EQ(test, bdev_logical_block_size(t->bdev), FAKE_BLOCK);
	KUNIT_EXPECT_EQ(test, bdev_physical_block_size(t->bdev), 8 * FAKE_BLOCK);
	KUNIT_EXPECT_TRUE(test, bdev_write_cache(t->bdev));
	KUNIT_EXPECT_TRUE(test, bdev_fua(t->bdev));
	KUNIT_EXPECT_FALSE(test, bdev_rot(t->bdev));
	KUNIT_EXPECT_GT(test, bdev_max_discard_sectors(t->bdev), 0);
	KUNIT_EXPECT_FALSE(test, bdev_read_only(t->bdev));
}

static bool blk_works(struct vmb_device *vdev)
{
	return vdev->dev->driver && blk_disk_of(vdev);
}

static void blk_versions(struct kunit *test)
{
	struct blk_test *t = test->priv;

	fake_stor_versions(test, t->fs, blk_works);
}

/* Each kind of failure: repeated where that helps, else it reaches the caller. */
static void blk_errors(struct kunit *test)
{
	static const struct {
		u8 srb_status;
		u8 scsi_status;
		u32 sense;
		unsigned int times;
		int error;
	} cases[] = {
		/* unit attention, busy, aborted, reset: once, and then it works */
		{ VSTORW_SRB_ERROR, SAM_STAT_CHECK_CONDITION, 0x062900, 1, 0 },
		{ VSTORW_SRB_ERROR, SAM_STAT_BUSY, 0, 1, 0 },
		{ VSTORW_SRB_BUSY, 0, 0, 1, 0 },
		{ VSTORW_SRB_ABORTED, 0, 0, 1, 0 },
		{ VSTORW_SRB_BUS_RESET, 0, 0, 1, 0 },
		/* ... or for a while */
		{ VSTORW_SRB_ABORTED, 0, 0, 6, 0 },
		{ VSTORW_SRB_BUSY, 0, 0, 10, 0 },
		/* not ready yet */
		{ VSTORW_SRB_ERROR, SAM_STAT_CHECK_CONDITION, 0x020401, 1, 0 },
		/* again and again: at some time that is it */
		{ VSTORW_SRB_ABORTED, 0, 0, 20, -EIO },
		{ VSTORW_SRB_ERROR, SAM_STAT_CHECK_CONDITION, 0x031100, 1, -ENODATA },
		{ VSTORW_SRB_ERROR, SAM_STAT_CHECK_CONDITION, 0x072707, 1, -ENOSPC },
		{ VSTORW_SRB_ERROR, SAM_STAT_CHECK_CONDITION, 0x052000, 1, -EOPNOTSUPP },
		{ VSTORW_SRB_ERROR, SAM_STAT_CHECK_CONDITION, 0x052100, 1, -EREMOTEIO },
		{ VSTORW_SRB_ERROR, SAM_STAT_RESERVATION_CONFLICT, 0, 1, -EBADE },
		{ VSTORW_SRB_INVALID_REQUEST, 0, 0, 1, -EOPNOTSUPP },
		{ VSTORW_SRB_NO_DEVICE, 0, 0, 1, -ENODEV },
	};
	struct blk_test *t = test->priv;

	blk_plug(test);
	for (int i = 0; i < ARRAY_SIZE(cases); i++) {
		fake_stor_status(t->fs, cases[i].srb_status,
				 cases[i].scsi_status, cases[i].sense);
		fake_stor_next(t->fs, FAKE_IO_STATUS, cases[i].times);
		KUNIT_EXPECT_EQ_MSG(test, blk_read(test, 0), cases[i].error,
				    "case %d", i);
		fake_stor_next(t->fs, FAKE_IO_GOOD, 0);
		KUNIT_EXPECT_EQ_MSG(test, blk_read(test, 0), 0, "case %d", i);
	}
}

/* Completions that make no sense: tried again, and an error in the end. */
static void blk_malformed(struct kunit *test)
{
	static const struct {
		enum fake_io io;
		unsigned int times;
		int error;
	} cases[] = {
		{ FAKE_IO_SHORT, 1, 0 },
		{ FAKE_IO_SHORT, 20, -EIO },
		{ FAKE_IO_STRANGE, 1, 0 },
		{ FAKE_IO_STRANGE, 20, -EIO },
		{ FAKE_IO_LESS, 1, 0 },
		{ FAKE_IO_LESS, 20, -EIO },
		{ FAKE_IO_MORE, 1, -EIO },
	};
	struct blk_test *t = test->priv;

	blk_plug(test);
	for (int i = 0; i < ARRAY_SIZE(cases); i++) {
		fake_stor_next(t->fs, cases[i].io, cases[i].times);
		KUNIT_EXPECT_EQ_MSG(test, blk_read(test, 0), cases[i].error,
				    "case %d", i);
		fake_stor_next(t->fs, FAKE_IO_GOOD, 0);
		KUNIT_EXPECT_EQ_MSG(test, blk_read(test, 0), 0, "case %d", i);
	}
	fake_stor_alive(test, t->fs);
}

/* A request ends once, however often it is completed. */
static void blk_duplicate(struct kunit *test)
{
	struct blk_test *t = test->priv;

	blk_plug(test);
	fake_stor_next(t->fs, FAKE_IO_TWICE, 50);
	for (int i = 0; i < 50; i++)
		KUNIT_EXPECT_EQ(test, blk_read(test, i), 0);
	fake_stor_strays(test, t->fs);
	KUNIT_EXPECT_EQ(test, blk_read(test, 0), 0);
}

/* The host is slow: the request waits for it, and its data is right. */
static void blk_late(struct kunit *test)
{
	struct blk_test *t = test->priv;
	struct blk_io *io;

	blk_plug(test);
	blk_queue_rq_timeout(bdev_get_queue(t->bdev), HZ / 2);
	memset(t->fs->lun[0].media, 'x', FAKE_IO_BYTES);
	fake_stor_next(t->fs, FAKE_IO_HOLD, 1);
	io = blk_start(test, REQ_OP_READ, 0);
	fake_stor_held(test, t->fs, 1);
	KUNIT_EXPECT_FALSE(test, blk_ended(io, 3));
	fake_stor_release(t->fs, FAKE_IO_GOOD);
	KUNIT_EXPECT_TRUE(test, blk_ended(io, 30));
	KUNIT_EXPECT_EQ(test, blk_result(io), 0);
	KUNIT_EXPECT_EQ(test, io->buf[0], 'x');
	KUNIT_EXPECT_EQ(test, blk_read(test, 0), 0);
}

static bool blk_gone(struct blk_test *t)
{
	return !blk_disk(t);
}

/* The disk changes, becomes another one, goes. */
static void blk_events(struct kunit *test)
{
	struct blk_test *t = test->priv;
	struct fake_lun *lun = t->fs->lun;
	dev_t was;

	blk_plug(test);
	was = blk_disk(t);
	WRITE_ONCE(lun->blocks, FAKE_BLOCKS / 2);
	/* CAPACITY DATA HAS CHANGED, as an answer to a read. */
	fake_stor_status(t->fs, VSTORW_SRB_ERROR, SAM_STAT_CHECK_CONDITION,
			 0x062a09);
	fake_stor_next(t->fs, FAKE_IO_STATUS, 1);
	KUNIT_EXPECT_EQ(test, blk_read(test, 0), 0);
	KUNIT_EXPECT_TRUE(test, fake_wait(bdev_nr_sectors(t->bdev) ==
					  FAKE_BLOCKS / 2));
	/* Past the end now. */
	KUNIT_EXPECT_NE(test, blk_read(test, FAKE_BLOCKS / 2), 0);
	WRITE_ONCE(lun->serial, 7);
	fake_stor_event(t->fs, VSTORW_OP_ENUMERATE_BUS);
	KUNIT_EXPECT_TRUE(test, fake_wait(blk_disk(t) && blk_disk(t) != was));
	KUNIT_EXPECT_NE(test, blk_read(test, 0), 0);
	blk_close(t);
	blk_open(test);
	KUNIT_EXPECT_EQ(test, blk_read(test, 0), 0);
	fake_stor_remove_lun(t->fs, 0, false);
	KUNIT_EXPECT_TRUE(test, fake_wait(blk_gone(t)));
}

/* A disk that is gone by the SRB status alone, of INQUIRY too. */
static void blk_invalid_lun(struct kunit *test)
{
	struct blk_test *t = test->priv;

	blk_plug(test);
	fake_stor_remove_lun(t->fs, 0, true);
	KUNIT_EXPECT_EQ(test, blk_read(test, 0), -ENODEV);
	KUNIT_EXPECT_TRUE(test, fake_wait(blk_gone(t)));
	blk_close(t);
	fake_stor_add_lun(t->fs, 0);
	KUNIT_ASSERT_TRUE(test, fake_wait(!blk_gone(t)));
	blk_open(test);
	KUNIT_EXPECT_EQ(test, blk_read(test, 0), 0);
	/* Nor does a rescan keep it. */
	fake_stor_remove_lun(t->fs, 0, true);
	fake_stor_event(t->fs, VSTORW_OP_ENUMERATE_BUS);
	KUNIT_EXPECT_TRUE(test, fake_wait(blk_gone(t)));
}

/* A disk comes when all that it says of itself could be read, not before. */
static void blk_late_pages(struct kunit *test)
{
	struct blk_test *t = test->priv;

	t->fs->late_pages = 40;
	fake_stor_plug(test, t->fs);
	KUNIT_EXPECT_EQ(test, blk_disk(t), 0);
	KUNIT_ASSERT_TRUE(test, fake_wait(blk_disk(t)));
	blk_open(test);
	KUNIT_EXPECT_EQ(test, READ_ONCE(t->fs->late_pages), 0);
	KUNIT_EXPECT_GT(test, bdev_max_discard_sectors(t->bdev), 0);
}

/* What cannot be read again stays as it was. */
static void blk_remembers(struct kunit *test)
{
	struct blk_test *t = test->priv;

	blk_plug(test);
	WRITE_ONCE(t->fs->no_pages, true);
	WRITE_ONCE(t->fs->lun[0].blocks, FAKE_BLOCKS / 2);
	fake_stor_event(t->fs, VSTORW_OP_ENUMERATE_BUS);
	KUNIT_EXPECT_TRUE(test, fake_wait(bdev_nr_sectors(t->bdev) ==
					  FAKE_BLOCKS / 2));
	KUNIT_EXPECT_GT(test, bdev_max_discard_sectors(t->bdev), 0);
	KUNIT_EXPECT_TRUE(test, bdev_write_cache(t->bdev));
	KUNIT_EXPECT_TRUE(test, bdev_fua(t->bdev));
	/* And so does the name by which another disk is noticed. */
	WRITE_ONCE(t->fs->no_pages, false);
	WRITE_ONCE(t->fs->lun[0].serial, 7);
	fake_stor_event(t->fs, VSTORW_OP_ENUMERATE_BUS);
	KUNIT_EXPECT_TRUE(test, fake_wait(blk_read(test, 0)));
}

/* A rescind ends what is in flight, and removes the device. */
static void blk_rescind(struct kunit *test)
{
	struct blk_test *t = test->priv;
	struct blk_io *io[4];

	blk_plug(test);
	fake_stor_next(t->fs, FAKE_IO_HOLD, ARRAY_SIZE(io));
	for (int i = 0; i < ARRAY_SIZE(io); i++)
		io[i] = blk_start(test, i & 1 ? REQ_OP_WRITE : REQ_OP_READ,
				  2 * i * FAKE_IO_BLOCKS);
	fake_stor_held(test, t->fs, ARRAY_SIZE(io));
	fake_stor_rescind(test, t->fs);
	for (int i = 0; i < ARRAY_SIZE(io); i++) {
		KUNIT_EXPECT_TRUE(test, blk_ended(io[i], 30));
		KUNIT_EXPECT_NE(test, blk_result(io[i]), 0);
	}
}

/* What the host completes after the rescind is good. */
static void blk_rescind_drain(struct kunit *test)
{
	struct blk_test *t = test->priv;
	struct blk_io *io;

	blk_plug(test);
	memset(t->fs->lun[0].media, 'x', FAKE_IO_BYTES);
	fake_stor_next(t->fs, FAKE_IO_HOLD, 1);
	io = blk_start(test, REQ_OP_READ, 0);
	fake_stor_held(test, t->fs, 1);
	fake_stor_release_later(t->fs);
	fake_stor_rescind(test, t->fs);
	KUNIT_EXPECT_TRUE(test, blk_ended(io, 30));
	KUNIT_EXPECT_EQ(test, blk_result(io), 0);
	KUNIT_EXPECT_EQ(test, io->buf[0], 'x');
}

/* A read and a write that the host holds, of a page each. */
static struct blk_io *blk_hold_pages(struct kunit *test)
{
	struct blk_io *io = kunit_kcalloc(test, 2, sizeof(*io), GFP_KERNEL);
	struct blk_test *t = test->priv;

	KUNIT_ASSERT_NOT_NULL(test, io);
	fake_stor_next(t->fs, FAKE_IO_HOLD, 2);
	for (int i = 0; i < 2; i++) {
		io[i].buf = (u8 *)__get_free_page(GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, io[i].buf);
		blk_submit(t, &io[i], i ? REQ_OP_WRITE : REQ_OP_READ,
			   2 * i * FAKE_IO_BLOCKS, PAGE_SIZE);
	}
	fake_stor_held(test, t->fs, 2);
	return io;
}

/* They failed; @kept of the pages' references are not the test's. */
static void blk_put_pages(struct kunit *test, struct blk_io *io, int kept)
{
	for (int i = 0; i < 2; i++) {
		struct page *page = virt_to_page(io[i].buf);

		KUNIT_EXPECT_TRUE(test, blk_ended(&io[i], 30));
		KUNIT_EXPECT_NE(test, blk_result(&io[i]), 0);
		KUNIT_EXPECT_EQ(test, page_count(page), 1 + kept);
		/* The host is a fake: it does not come back. */
		while (page_count(page) > 1)
			put_page(page);
		free_page((unsigned long)io[i].buf);
	}
}

/* What a host that took its device away may still use is kept from reuse. */
static void blk_rescind_keeps(struct kunit *test)
{
	struct blk_test *t = test->priv;
	struct blk_io *io;

	blk_plug(test);
	io = blk_hold_pages(test);
	fake_stor_rescind(test, t->fs);
	blk_put_pages(test, io, 1);
}

/*
 * A host that breaks its ring: the channel is closed first, and what a confirmed
 * close ended is nobody's.
 */
static void blk_broken(struct kunit *test)
{
	struct blk_test *t = test->priv;
	struct fake_channel *fc;
	struct blk_io *io;

	blk_plug(test);
	fc = fake_channel(t->fs->h, FAKE_STOR_RELID);
	io = blk_hold_pages(test);
	WRITE_ONCE(fc->to_guest.hdr->write_index, cpu_to_le32(U32_MAX));
	fake_interrupt(fc);
	KUNIT_EXPECT_TRUE(test, blk_ended(&io[0], 30));
	KUNIT_EXPECT_EQ(test, t->fs->h->posts[VMBW_CLOSE], 1);
	blk_put_pages(test, io, 0);
	KUNIT_EXPECT_NE(test, blk_read(test, 0), 0);
}

/* Unbinding with a request in flight waits for the host. */
static void blk_unbind_busy(struct kunit *test)
{
	struct blk_test *t = test->priv;
	struct blk_io *io;

	blk_plug(test);
	fake_stor_next(t->fs, FAKE_IO_HOLD, 1);
	io = blk_start(test, REQ_OP_WRITE, 0);
	fake_stor_held(test, t->fs, 1);
	fake_stor_release_later(t->fs);
	device_release_driver(t->fs->vdev->dev);
	KUNIT_EXPECT_TRUE(test, blk_ended(io, 30));
	KUNIT_EXPECT_EQ(test, t->fs->h->posts[VMBW_CLOSE], 1);
	KUNIT_EXPECT_TRUE(test, blk_gone(t));
}

static void blk_rebind(struct kunit *test)
{
	struct blk_test *t = test->priv;

	blk_plug(test);
	for (int i = 0; i < 5; i++) {
		blk_close(t);
		device_release_driver(t->fs->vdev->dev);
		KUNIT_EXPECT_EQ(test, device_attach(t->fs->vdev->dev), 1);
		blk_open(test);
		KUNIT_EXPECT_EQ(test, blk_read(test, 0), 0);
	}
	KUNIT_EXPECT_EQ(test, t->fs->h->posts[VMBW_OPEN], 6);
	KUNIT_EXPECT_EQ(test, t->fs->h->posts[VMBW_CLOSE], 5);
}

/* As many requests as there are tags, as long as they can be: 150 KiB of ring. */
#define MANY		240
#define LONG_BYTES	SZ_256K

/* A host that does not read: the ring fills up, and nothing is lost. */
static void blk_full_ring(struct kunit *test)
{
	struct blk_io *io = kunit_kcalloc(test, MANY, sizeof(*io), GFP_KERNEL);
	u8 *buf = kunit_kzalloc(test, LONG_BYTES, GFP_KERNEL);
	struct blk_test *t = test->priv;

	KUNIT_ASSERT_NOT_NULL(test, io);
	KUNIT_ASSERT_NOT_NULL(test, buf);
	blk_plug(test);
	fake_channel(t->fs->h, FAKE_STOR_RELID)->deaf = true;
	for (int i = 0; i < MANY; i++) {
		io[i].buf = buf;
		blk_submit(t, &io[i], REQ_OP_READ, (i & 1) * FAKE_BLOCKS / 2,
			   LONG_BYTES);
	}
	fake_stor_reread(t->fs);
	for (int i = 0; i < MANY; i++) {
		KUNIT_EXPECT_TRUE(test, blk_ended(&io[i], 60));
		KUNIT_EXPECT_EQ(test, blk_result(&io[i]), 0);
	}
}

/*
 * The machine sleeps: what the host has is waited for, and what is submitted
 * meanwhile waits and is done once, afterwards.
 */
static void blk_sleeps(struct kunit *test)
{
	struct blk_test *t = test->priv;
	struct blk_io *with_host, *asleep;
	unsigned int writes;

	blk_plug(test);
	fake_stor_next(t->fs, FAKE_IO_HOLD, 1);
	with_host = blk_start(test, REQ_OP_WRITE, 0);
	KUNIT_ASSERT_TRUE(test, fake_wait(READ_ONCE(t->fs->holds) == 1));
	fake_stor_release_later(t->fs);
	KUNIT_EXPECT_EQ(test, vmb_device_suspend(t->fs->vdev->dev), 0);
	KUNIT_EXPECT_TRUE(test, blk_ended(with_host, 1));
	KUNIT_EXPECT_EQ(test, blk_result(with_host), 0);
	KUNIT_EXPECT_EQ(test, t->fs->h->posts[VMBW_CLOSE], 1);
	writes = READ_ONCE(t->fs->writes);
	asleep = blk_start(test, REQ_OP_WRITE, FAKE_IO_BLOCKS);
	KUNIT_EXPECT_FALSE(test, blk_ended(asleep, 1));
	KUNIT_EXPECT_EQ(test, vmb_device_resume(t->fs->vdev->dev), 0);
	KUNIT_EXPECT_TRUE(test, blk_ended(asleep, 20));
	KUNIT_EXPECT_EQ(test, blk_result(asleep), 0);
	KUNIT_EXPECT_EQ(test, READ_ONCE(t->fs->writes), writes + 1);
	KUNIT_EXPECT_EQ(test, blk_read(test, 0), 0);
}

static struct kunit_case blk_cases[] = {
	KUNIT_CASE(blk_data),
	KUNIT_CASE(blk_limits),
	KUNIT_CASE(blk_versions),
	KUNIT_CASE_SLOW(blk_errors),
	KUNIT_CASE(blk_malformed),
	KUNIT_CASE(blk_duplicate),
	KUNIT_CASE_SLOW(blk_late),
	KUNIT_CASE(blk_events),
	KUNIT_CASE(blk_invalid_lun),
	KUNIT_CASE_SLOW(blk_late_pages),
	KUNIT_CASE(blk_remembers),
	KUNIT_CASE_SLOW(blk_rescind),
	KUNIT_CASE_SLOW(blk_rescind_drain),
	KUNIT_CASE_SLOW(blk_rescind_keeps),
	KUNIT_CASE(blk_broken),
	KUNIT_CASE_SLOW(blk_unbind_busy),
	KUNIT_CASE(blk_rebind),
	KUNIT_CASE(blk_full_ring),
	KUNIT_CASE_SLOW(blk_sleeps),
	{}
};

static struct kunit_suite blk_suite = {
	.name = "blkvsc",
	.init = blk_init,
	.exit = blk_exit,
	.test_cases = blk_cases,
};

kunit_test_suite(blk_suite);

MODULE_SOFTDEP("pre: hv_blkvsc");
MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_DESCRIPTION("Tests of hv_blkvsc on a fake host");
MODULE_LICENSE("GPL");
