// SPDX-License-Identifier: GPL-2.0
/*
 * Controllers in debugfs: hv_vstor/GUID/status is a controller's state, its
 * counters, and the commands that the host has not completed.
 */
#include <linux/debugfs.h>
#include <linux/jiffies.h>
#include <linux/seq_file.h>

#include "debugfs.h"
#include "vstor.h"

static struct dentry *vstor_debugfs_root;

static const char *const vstor_state_names[] = {
	[VSTOR_UP] = "up",
	[VSTOR_RECOVERING] = "recovering",
	[VSTOR_DOWN] = "down",
};

static void vstor_show_slot(struct seq_file *m, const struct vstor_queue *q,
			    u32 slot)
{
	const struct vstor_slot *s = &q->slot[slot];
	const struct vstor_cmd *cmd = READ_ONCE(s->cmd);
	u32 key;

	if (!cmd)
		return;
	key = READ_ONCE(cmd->key);
	seq_printf(m, "  slot %u lun %u:%u opcode %#x bytes %u ms %u\n", slot,
		   VSTOR_KEY_TARGET(key), VSTOR_KEY_LUN(key),
		   READ_ONCE(cmd->pkt.srb.cdb[0]), READ_ONCE(cmd->len),
		   jiffies_to_msecs((u32)jiffies - READ_ONCE(s->since)));
}

static void vstor_show_queue(struct seq_file *m, struct vstor_queue *q)
{
	seq_printf(m, "queue %u error %d stray %llu malformed %llu\n", q->index,
		   vstor_queue_error(q), q->stats.stray, q->stats.malformed);
	for (u32 slot = 0; slot < q->io_slots; slot++)
		vstor_show_slot(m, q, slot);
}

static int vstor_status_show(struct seq_file *m, void *unused)
{
	struct vstor *vs = m->private;
	struct vstor_recovery *r = &vs->recovery;
	struct vstor_outstanding o = vstor_outstanding(vs);

	seq_printf(m, "version %u.%u\nstate %s\nerror %d\n",
		   vs->version >> 8, vs->version & 0xff,
		   vstor_state_names[READ_ONCE(r->state)], vstor_error(vs));
	seq_printf(m, "outstanding %u\noldest %u\n", o.count, o.seconds);
	seq_printf(m, "lost %ld\nkept_pages %ld\nunkept_bytes %ld\n",
		   atomic_long_read(&r->lost), atomic_long_read(&r->kept_pages),
		   atomic_long_read(&r->unkept_bytes));
	for (unsigned int i = 0; i < vs->nr_queues; i++)
		vstor_show_queue(m, vs->queue[i]);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(vstor_status);

/**
 * vstor_debugfs_add() - show a controller
 * @vs: controller
 *
 * Context: process.
 */
void vstor_debugfs_add(struct vstor *vs)
{
	vs->debugfs = debugfs_create_dir(dev_name(vs->vdev->dev),
					 vstor_debugfs_root);
	debugfs_create_file("status", 0400, vs->debugfs, vs,
			    &vstor_status_fops);
}

/**
 * vstor_debugfs_remove() - show a controller no more
 * @vs: controller
 *
 * Context: process; waits for readers.
 */
void vstor_debugfs_remove(struct vstor *vs)
{
	debugfs_remove(vs->debugfs);
}

/**
 * vstor_debugfs_module_init() - the module is loaded
 *
 * Context: process.
 */
void vstor_debugfs_module_init(void)
{
	vstor_debugfs_root = debugfs_create_dir("hv_vstor", NULL);
}

/**
 * vstor_debugfs_module_exit() - the module goes
 *
 * Context: process.
 */
void vstor_debugfs_module_exit(void)
{
	debugfs_remove(vstor_debugfs_root);
}
