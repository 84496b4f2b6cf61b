// SPDX-License-Identifier: GPL-2.0
/* What the suites of both storage drivers do alike: see fake_stor.h. */
#include <kunit/test.h>
#include <linux/array_size.h>
#include <linux/cleanup.h>
#include <linux/delay.h>
#include <linux/device.h>
#include <linux/export.h>
#include <linux/mutex.h>

#include "fake_stor.h"

static void fake_stor_offer(struct kunit *test, struct fake_stor *fs)
{
	fake_offer(fs->h, FAKE_STOR_RELID, 0, 0);
	fake_settle(fs->h);
	wait_for_device_probe();
	fs->vdev = fake_device(fs->h, FAKE_STOR_RELID);
	KUNIT_ASSERT_NOT_NULL(test, fs->vdev);
}

/**
 * fake_stor_plug() - offer a controller, and wait for its driver
 * @test: test that it is for; ends here if no driver takes the controller
 * @fs: controller
 *
 * Context: process.
 */
void fake_stor_plug(struct kunit *test, struct fake_stor *fs)
{
	fake_stor_offer(test, fs);
	KUNIT_ASSERT_NOT_NULL_MSG(test, fs->vdev->dev->driver,
				  "is the driver there?");
}
EXPORT_SYMBOL_GPL(fake_stor_plug);

static void fake_stor_put(struct fake_stor *fs)
{
	if (fs->vdev)
		put_device(fs->vdev->dev);
	fs->vdev = NULL;
}

/**
 * fake_stor_end() - end a test: its controller and its host
 * @test: test that it was for
 * @fs: controller
 *
 * Context: process.
 */
void fake_stor_end(struct kunit *test, struct fake_stor *fs)
{
	fake_stor_release(fs, FAKE_IO_GOOD);
	fake_stor_put(fs);
	KUNIT_EXPECT_EQ(test, fs->h->faults, 0);
	fake_stor_free(fs);
}
EXPORT_SYMBOL_GPL(fake_stor_end);

/**
 * fake_stor_held() - wait until the host holds commands
 * @test: test that it is for
 * @fs: controller
 * @n: how many
 *
 * Context: process.
 */
void fake_stor_held(struct kunit *test, struct fake_stor *fs, unsigned int n)
{
	KUNIT_EXPECT_TRUE(test, fake_wait(READ_ONCE(fs->holds) == n));
}
EXPORT_SYMBOL_GPL(fake_stor_held);

/**
 * fake_stor_rescind() - take the controller away; its driver lets go of it
 * @test: test that it is for
 * @fs: controller
 *
 * Context: process.
 */
void fake_stor_rescind(struct kunit *test, struct fake_stor *fs)
{
	unsigned int released = fs->h->posts[VMBW_RELID_RELEASED];

	fake_rescind(fs->h, FAKE_STOR_RELID);
	fake_settle(fs->h);
	KUNIT_EXPECT_NULL(test, fs->vdev->dev->driver);
	KUNIT_EXPECT_EQ(test, fs->h->posts[VMBW_RELID_RELEASED], released + 1);
}
EXPORT_SYMBOL_GPL(fake_stor_rescind);

/**
 * fake_stor_versions() - both protocol versions, and hosts that do not fit
 * @test: test that it is for
 * @fs: controller
 * @works: does the driver work on the device
 *
 * Context: process.
 */
void fake_stor_versions(struct kunit *test, struct fake_stor *fs,
			bool (*works)(struct vmb_device *vdev))
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

	for (int i = 0; i < ARRAY_SIZE(cases); i++) {
		fs->version = cases[i].version;
		fs->init_status = cases[i].init_status;
		fake_stor_offer(test, fs);
		KUNIT_EXPECT_EQ_MSG(test, works(fs->vdev), cases[i].works,
				    "case %d", i);
		fake_stor_rescind(test, fs);
		fake_stor_put(fs);
	}
	KUNIT_EXPECT_EQ(test, fs->h->posts[VMBW_OPEN], ARRAY_SIZE(cases));
}
EXPORT_SYMBOL_GPL(fake_stor_versions);

/**
 * fake_stor_strays() - complete what was never asked; the channel lives on
 * @test: test that it is for
 * @fs: controller
 *
 * Context: process.
 */
void fake_stor_strays(struct kunit *test, struct fake_stor *fs)
{
	for (u64 id = 0; id < 400; id++)
		fake_stor_stray(fs, id);
	fake_stor_stray(fs, U64_MAX);
	fake_stor_alive(test, fs);
}
EXPORT_SYMBOL_GPL(fake_stor_strays);

/**
 * fake_stor_alive() - what the host did has not broken the channel
 * @test: test that it is for
 * @fs: controller
 *
 * Context: process.
 */
void fake_stor_alive(struct kunit *test, struct fake_stor *fs)
{
	KUNIT_EXPECT_EQ(test, vmb_channel_error(fs->vdev->channel), 0);
}
EXPORT_SYMBOL_GPL(fake_stor_alive);

/**
 * fake_stor_reread() - the host reads again, after a while
 * @fs: controller that is deaf
 *
 * Context: process.
 */
void fake_stor_reread(struct fake_stor *fs)
{
	msleep(100);
	fake_channel(fs->h, FAKE_STOR_RELID)->deaf = false;
	/* The signal came while it did not listen. */
	fake_host_look(fs->h);
}
EXPORT_SYMBOL_GPL(fake_stor_reread);

/**
 * fake_stor_remove_lun() - a disk is not there any more
 * @fs: controller
 * @lun: disk
 * @silent: the host says so to commands only, by SRB status; else it sends an
 *	event, and INQUIRY data without a device
 *
 * Context: process.
 */
void fake_stor_remove_lun(struct fake_stor *fs, u8 lun, bool silent)
{
	scoped_guard(mutex, &fs->lock) {
		fs->absent_fails = silent;
		fs->lun[lun].present = false;
	}
	if (!silent)
		fake_stor_event(fs, VSTORW_OP_REMOVE_DEVICE);
}
EXPORT_SYMBOL_GPL(fake_stor_remove_lun);

/**
 * fake_stor_add_lun() - there is a disk now, as an event says
 * @fs: controller
 * @lun: disk
 *
 * Context: process.
 */
void fake_stor_add_lun(struct fake_stor *fs, u8 lun)
{
	scoped_guard(mutex, &fs->lock)
		fs->lun[lun].present = true;
	fake_stor_event(fs, VSTORW_OP_ENUMERATE_BUS);
}
EXPORT_SYMBOL_GPL(fake_stor_add_lun);
