// SPDX-License-Identifier: GPL-2.0
/*
 * hv_storvsc as it is, on a controller of a fake host: from the offer to the
 * removal, with everything that may go wrong between the two.
 */
#include <kunit/test.h>
#include <linux/cleanup.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/device.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/unaligned.h>
#include <linux/workqueue.h>
#include <scsi/scsi.h>
#include <scsi/scsi_device.h>
#include <scsi/scsi_host.h>

#include "fake_stor.h"

/* Blocks of a command of the tests. */
#define IO_BLOCKS	16
#define IO_BYTES	(IO_BLOCKS * FAKE_BLOCK)

/**
 * struct stor_test - a test's controller
 * @fs: the host's side
 * @vdev: what the driver is bound to
 * @buf: IO_BYTES of data
 */
struct stor_test {
	struct fake_stor *fs;
	struct vmb_device *vdev;
	u8 *buf;
};

/**
 * struct stor_io - a command that is not waited for
 * @work: runs it
 * @done: it ended
 * @sdev: disk
 * @write: to the disk
 * @lba: first block
 * @buf: IO_BYTES of data
 * @timeout: jiffies
 * @result: of scsi_execute_cmd()
 */
struct stor_io {
	struct work_struct work;
	struct completion done;
	struct scsi_device *sdev;
	bool write;
	u32 lba;
	u8 *buf;
	int timeout;
	int result;
};

static int stor_init(struct kunit *test)
{
	static const guid_t scsi_class = VSTORW_CLASS_SCSI;
	struct stor_test *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, t);
	t->buf = kunit_kzalloc(test, IO_BYTES, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, t->buf);
	t->fs = fake_stor_make(test, &scsi_class);
	test->priv = t;
	return 0;
}

static void stor_exit(struct kunit *test)
{
	struct stor_test *t = test->priv;

	if (!t)
		return;
	fake_stor_release(t->fs, FAKE_IO_GOOD);
	if (t->vdev)
		put_device(t->vdev->dev);
	KUNIT_EXPECT_EQ(test, t->fs->h->faults, 0);
	fake_stor_free(t->fs);
}

static int stor_is_host(struct device *dev, const void *unused)
{
	return scsi_is_host_device(dev);
}

/* The driver's SCSI host, with the device's reference to it, or NULL. */
static struct Scsi_Host *stor_host(struct stor_test *t)
{
	struct device *dev = device_find_child(t->vdev->dev, NULL, stor_is_host);

	return dev ? dev_to_shost(dev) : NULL;
}

static struct scsi_device *stor_disk(struct stor_test *t, u8 lun)
{
	struct Scsi_Host *shost = stor_host(t);
	struct scsi_device *sdev;

	if (!shost)
		return NULL;
	sdev = scsi_device_lookup(shost, 0, 0, lun);
	put_device(&shost->shost_gendev);
	return sdev;
}

static bool stor_has(struct stor_test *t, u8 lun)
{
	struct scsi_device *sdev = stor_disk(t, lun);

	if (sdev)
		scsi_device_put(sdev);
	return sdev;
}

/* Plugs the controller in. The disk, with a reference. */
static struct scsi_device *stor_plug(struct kunit *test)
{
	struct stor_test *t = test->priv;
	struct scsi_device *sdev;

	t->vdev = fake_stor_plug(t->fs);
	KUNIT_ASSERT_NOT_NULL(test, t->vdev);
	KUNIT_ASSERT_NOT_NULL_MSG(test, t->vdev->dev.driver, "is hv_storvsc there?");
	KUNIT_ASSERT_TRUE(test, fake_wait(stor_has(t, 0)));
	/* The disk driver looks for partitions. */
	wait_for_device_probe();
	sdev = stor_disk(t, 0);
	KUNIT_ASSERT_NOT_NULL(test, sdev);
	return sdev;
}

static int stor_rw(struct scsi_device *sdev, bool write, u32 lba, u8 *buf,
		   int timeout)
{
	u8 cdb[10] = { write ? WRITE_10 : READ_10 };

	put_unaligned_be32(lba, cdb + 2);
	put_unaligned_be16(IO_BLOCKS, cdb + 7);
	return scsi_execute_cmd(sdev, cdb, write ? REQ_OP_DRV_OUT : REQ_OP_DRV_IN,
				buf, IO_BYTES, timeout, 0, NULL);
}

static int stor_read(struct kunit *test, struct scsi_device *sdev, u32 lba)
{
	struct stor_test *t = test->priv;

	return stor_rw(sdev, false, lba, t->buf, 60 * HZ);
}

static void stor_io_work(struct work_struct *work)
{
	struct stor_io *io = container_of(work, struct stor_io, work);

	io->result = stor_rw(io->sdev, io->write, io->lba, io->buf, io->timeout);
	complete(&io->done);
}

static struct stor_io *stor_start(struct kunit *test, struct scsi_device *sdev,
				  bool write, u32 lba, int timeout)
{
	struct stor_io *io = kunit_kzalloc(test, sizeof(*io), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, io);
	io->buf = kunit_kzalloc(test, IO_BYTES, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, io->buf);
	INIT_WORK(&io->work, stor_io_work);
	init_completion(&io->done);
	io->sdev = sdev;
	io->write = write;
	io->lba = lba;
	io->timeout = timeout;
	queue_work(system_dfl_wq, &io->work);
	return io;
}

static bool stor_ended(struct stor_io *io, int seconds)
{
	if (!wait_for_completion_timeout(&io->done, seconds * HZ))
		return false;
	flush_work(&io->work);
	return true;
}

/* What was written is on the disk, and is what is read. */
static void stor_data(struct kunit *test)
{
	struct stor_test *t = test->priv;
	struct scsi_device *sdev = stor_plug(test);

	for (u32 lba = 0; lba < 8 * IO_BLOCKS; lba += IO_BLOCKS) {
		memset(t->buf, 'a' + lba / IO_BLOCKS, IO_BYTES);
		KUNIT_EXPECT_EQ(test, stor_rw(sdev, true, lba, t->buf, 60 * HZ), 0);
	}
	for (u32 lba = 0; lba < 8 * IO_BLOCKS; lba += IO_BLOCKS) {
		memset(t->buf, 0, IO_BYTES);
		KUNIT_EXPECT_EQ(test, stor_read(test, sdev, lba), 0);
		KUNIT_EXPECT_MEMEQ(test, t->buf,
				   t->fs->lun[0].media + lba * FAKE_BLOCK, IO_BYTES);
		KUNIT_EXPECT_EQ(test, t->buf[0], 'a' + lba / IO_BLOCKS);
	}
	scsi_device_put(sdev);
}

/* Both protocol versions, and hosts that the driver does not get on with. */
static void stor_versions(struct kunit *test)
{
	static const struct {
		u16 version;
		u32 init_status;
		bool works;
	} cases[] = {
		{ VSTORW_V6_2, 0, true },
		{ VSTORW_V6_0, 0, true },
		{ 0, 0, false },
		{ VSTORW_V6_2, 0xc0000001, false },
	};
	struct stor_test *t = test->priv;

	for (int i = 0; i < ARRAY_SIZE(cases); i++) {
		t->fs->version = cases[i].version;
		t->fs->init_status = cases[i].init_status;
		t->vdev = fake_stor_plug(t->fs);
		KUNIT_ASSERT_NOT_NULL(test, t->vdev);
		KUNIT_EXPECT_EQ(test, !!t->vdev->dev.driver, cases[i].works);
		fake_rescind(t->fs->h, FAKE_STOR_RELID);
		fake_settle(t->fs->h);
		put_device(t->vdev->dev);
		t->vdev = NULL;
	}
	KUNIT_EXPECT_EQ(test, t->fs->h->posts[VMBW_OPEN], ARRAY_SIZE(cases));
	KUNIT_EXPECT_EQ(test, t->fs->h->posts[VMBW_RELID_RELEASED],
			ARRAY_SIZE(cases));
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
	struct stor_test *t = test->priv;
	struct scsi_device *sdev = stor_plug(test);

	for (int i = 0; i < ARRAY_SIZE(cases); i++) {
		int result;

		fake_stor_status(t->fs, cases[i].srb_status,
				 cases[i].scsi_status, cases[i].sense);
		fake_stor_next(t->fs, FAKE_IO_STATUS, 1);
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

/* Completions that make no sense end their command with an error, no more. */
static void stor_malformed(struct kunit *test)
{
	static const enum fake_io cases[] = {
		FAKE_IO_SHORT, FAKE_IO_STRANGE, FAKE_IO_MORE,
	};
	struct stor_test *t = test->priv;
	struct scsi_device *sdev = stor_plug(test);

	for (int i = 0; i < ARRAY_SIZE(cases); i++) {
		fake_stor_next(t->fs, cases[i], 1);
		KUNIT_EXPECT_EQ_MSG(test, stor_host_byte(stor_read(test, sdev, 0)),
				    DID_ERROR, "case %d", i);
		KUNIT_EXPECT_EQ(test, stor_read(test, sdev, 0), 0);
	}
	KUNIT_EXPECT_EQ(test, vmb_channel_error(t->vdev->channel), 0);
	scsi_device_put(sdev);
}

/* A command ends once, however often it is completed. */
static void stor_duplicate(struct kunit *test)
{
	struct stor_test *t = test->priv;
	struct scsi_device *sdev = stor_plug(test);

	fake_stor_next(t->fs, FAKE_IO_TWICE, 50);
	for (int i = 0; i < 50; i++)
		KUNIT_EXPECT_EQ(test, stor_read(test, sdev, i), 0);
	for (u64 id = 0; id < 400; id++)
		fake_stor_stray(t->fs, id);
	fake_stor_stray(t->fs, U64_MAX);
	KUNIT_EXPECT_EQ(test, stor_read(test, sdev, 0), 0);
	KUNIT_EXPECT_EQ(test, vmb_channel_error(t->vdev->channel), 0);
	scsi_device_put(sdev);
}

/* What is no answer and no event is dropped. */
static void stor_noise(struct kunit *test)
{
	static const u16 types[] = { VMB_INBAND, VMB_XFER_PAGES, VMB_COMPLETION, 99 };
	struct stor_test *t = test->priv;
	struct scsi_device *sdev = stor_plug(test);
	struct fake_channel *fc = fake_channel(t->fs->h, FAKE_STOR_RELID);
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
	fake_stor_event(t->fs, 77);
	KUNIT_EXPECT_EQ(test, stor_read(test, sdev, 0), 0);
	KUNIT_EXPECT_EQ(test, vmb_channel_error(t->vdev->channel), 0);
	scsi_device_put(sdev);
}

/* The host is slow: the command waits for it, and its data is right. */
static void stor_late(struct kunit *test)
{
	struct stor_test *t = test->priv;
	struct scsi_device *sdev = stor_plug(test);
	struct stor_io *io;

	memset(t->fs->lun[0].media, 'x', IO_BYTES);
	fake_stor_next(t->fs, FAKE_IO_HOLD, 1);
	io = stor_start(test, sdev, false, 0, HZ / 2);
	KUNIT_EXPECT_TRUE(test, fake_wait(READ_ONCE(t->fs->holds) == 1));
	KUNIT_EXPECT_FALSE(test, stor_ended(io, 3));
	fake_stor_release(t->fs, FAKE_IO_GOOD);
	KUNIT_EXPECT_TRUE(test, stor_ended(io, 30));
	KUNIT_EXPECT_EQ(test, io->result, 0);
	KUNIT_EXPECT_EQ(test, io->buf[IO_BYTES - 1], 'x');
	KUNIT_EXPECT_EQ(test, stor_read(test, sdev, 0), 0);
	scsi_device_put(sdev);
}

/* Disks come, change and go while the controller stays. */
static void stor_events(struct kunit *test)
{
	struct stor_test *t = test->priv;
	struct scsi_device *sdev = stor_plug(test), *now;
	struct fake_lun *lun = t->fs->lun;

	WRITE_ONCE(lun[2].present, true);
	fake_stor_event(t->fs, VSTORW_OP_ENUMERATE_BUS);
	KUNIT_EXPECT_TRUE(test, fake_wait(stor_has(t, 2)));
	wait_for_device_probe();
	WRITE_ONCE(lun[2].present, false);
	fake_stor_event(t->fs, VSTORW_OP_REMOVE_DEVICE);
	KUNIT_EXPECT_TRUE(test, fake_wait(!stor_has(t, 2)));
	WRITE_ONCE(lun[1].present, true);
	fake_stor_event(t->fs, VSTORW_OP_ENUMERATE_BUS);
	KUNIT_EXPECT_TRUE(test, fake_wait(stor_has(t, 1)));
	/* Another disk where one was: not the same device any more. */
	WRITE_ONCE(lun[0].serial, 7);
	fake_stor_event(t->fs, VSTORW_OP_ENUMERATE_BUS);
	KUNIT_EXPECT_TRUE(test, fake_wait(!scsi_device_online(sdev)));
	KUNIT_EXPECT_TRUE(test, fake_wait(stor_has(t, 0)));
	now = stor_disk(t, 0);
	KUNIT_EXPECT_PTR_NE(test, now, sdev);
	if (now)
		scsi_device_put(now);
	scsi_device_put(sdev);
}

/* A rescind ends what is in flight, and removes the device. */
static void stor_rescind(struct kunit *test)
{
	struct stor_test *t = test->priv;
	struct scsi_device *sdev = stor_plug(test);
	struct stor_io *io[4];

	fake_stor_next(t->fs, FAKE_IO_HOLD, ARRAY_SIZE(io));
	for (int i = 0; i < ARRAY_SIZE(io); i++)
		io[i] = stor_start(test, sdev, i & 1, i * IO_BLOCKS, 60 * HZ);
	KUNIT_EXPECT_TRUE(test, fake_wait(READ_ONCE(t->fs->holds) ==
					  ARRAY_SIZE(io)));
	fake_rescind(t->fs->h, FAKE_STOR_RELID);
	fake_settle(t->fs->h);
	for (int i = 0; i < ARRAY_SIZE(io); i++) {
		KUNIT_EXPECT_TRUE(test, stor_ended(io[i], 30));
		KUNIT_EXPECT_NE(test, io[i]->result, 0);
	}
	KUNIT_EXPECT_NULL(test, t->vdev->dev.driver);
	KUNIT_EXPECT_EQ(test, t->fs->h->posts[VMBW_RELID_RELEASED], 1);
	scsi_device_put(sdev);
}

/* Unbinding with a command in flight, which ends one way or another. */
static void stor_unbind_busy(struct kunit *test)
{
	struct stor_test *t = test->priv;
	struct scsi_device *sdev = stor_plug(test);
	struct stor_io *io;

	fake_stor_next(t->fs, FAKE_IO_HOLD, 1);
	io = stor_start(test, sdev, true, 0, 60 * HZ);
	KUNIT_EXPECT_TRUE(test, fake_wait(READ_ONCE(t->fs->holds) == 1));
	fake_stor_release_later(t->fs);
	device_release_driver(t->vdev->dev);
	KUNIT_EXPECT_TRUE(test, stor_ended(io, 30));
	KUNIT_EXPECT_EQ(test, t->fs->h->posts[VMBW_CLOSE], 1);
	scsi_device_put(sdev);
}

static void stor_rebind(struct kunit *test)
{
	struct stor_test *t = test->priv;

	scsi_device_put(stor_plug(test));
	for (int i = 0; i < 5; i++) {
		struct scsi_device *sdev;

		device_release_driver(t->vdev->dev);
		KUNIT_EXPECT_EQ(test, device_attach(t->vdev->dev), 1);
		KUNIT_ASSERT_TRUE(test, fake_wait(stor_has(t, 0)));
		wait_for_device_probe();
		sdev = stor_disk(t, 0);
		KUNIT_ASSERT_NOT_NULL(test, sdev);
		KUNIT_EXPECT_EQ(test, stor_read(test, sdev, 0), 0);
		scsi_device_put(sdev);
	}
	KUNIT_EXPECT_EQ(test, t->fs->h->posts[VMBW_OPEN], 6);
	KUNIT_EXPECT_EQ(test, t->fs->h->posts[VMBW_CLOSE], 5);
}

/* Sub-channels become hardware queues. */
static void stor_channels(struct kunit *test)
{
	struct stor_test *t = test->priv;
	struct scsi_device *sdev;

	fake_host_use_cpus(t->fs->h, 3);
	t->fs->sub_channels = 2;
	sdev = stor_plug(test);
	KUNIT_EXPECT_EQ(test, sdev->host->nr_hw_queues,
			min(3u, num_online_cpus()));
	for (int i = 0; i < 20; i++)
		KUNIT_EXPECT_EQ(test, stor_read(test, sdev, i), 0);
	scsi_device_put(sdev);
}

/* A host that does not read for a while: nothing is lost. */
static void stor_deaf(struct kunit *test)
{
	struct stor_test *t = test->priv;
	struct scsi_device *sdev = stor_plug(test);
	struct fake_channel *fc = fake_channel(t->fs->h, FAKE_STOR_RELID);
	struct stor_io *io[64];

	fc->deaf = true;
	for (int i = 0; i < ARRAY_SIZE(io); i++)
		io[i] = stor_start(test, sdev, false, i, 60 * HZ);
	msleep(100);
	fc->deaf = false;
	/* The signal came while it did not listen. */
	fake_host_look(t->fs->h);
	for (int i = 0; i < ARRAY_SIZE(io); i++) {
		KUNIT_EXPECT_TRUE(test, stor_ended(io[i], 30));
		KUNIT_EXPECT_EQ(test, io[i]->result, 0);
	}
	scsi_device_put(sdev);
}

static struct kunit_case stor_cases[] = {
	KUNIT_CASE(stor_data),
	KUNIT_CASE(stor_versions),
	KUNIT_CASE(stor_errors),
	KUNIT_CASE(stor_malformed),
	KUNIT_CASE(stor_duplicate),
	KUNIT_CASE(stor_noise),
	KUNIT_CASE_SLOW(stor_late),
	KUNIT_CASE(stor_events),
	KUNIT_CASE(stor_rescind),
	KUNIT_CASE_SLOW(stor_unbind_busy),
	KUNIT_CASE(stor_rebind),
	KUNIT_CASE(stor_channels),
	KUNIT_CASE(stor_deaf),
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
MODULE_DESCRIPTION("Tests of hv_storvsc on a fake host");
MODULE_LICENSE("GPL");
