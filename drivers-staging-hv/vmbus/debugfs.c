// SPDX-License-Identifier: GPL-2.0
/* debugfs: state of the bus and its channels, fault injection. */
#include <linux/debugfs.h>
#include <linux/seq_file.h>

#include "bus.h"
#include "channel.h"
#include "debugfs.h"
#include "gpadl.h"

static const char *const vmb_counter_names[VMB_COUNTERS] = {
	[VMB_BAD_MESSAGES] = "bad_messages",
	[VMB_LATE_REPLIES] = "late_replies",
	[VMB_DROPPED_OFFERS] = "dropped_offers",
	[VMB_BROKEN_CHANNELS] = "broken_channels",
	[VMB_LOST_PAGES] = "lost_pages",
};

static const char *const vmb_state_names[] = {
	[VMB_CHANNEL_CLOSED] = "closed",
	[VMB_CHANNEL_OPENING] = "opening",
	[VMB_CHANNEL_OPEN] = "open",
};

static int vmb_bus_show(struct seq_file *m, void *unused)
{
	struct vmb_bus *bus = m->private;

	seq_printf(m, "version %u.%u\nconnection %u\nconnect_cpu %u\n",
		   bus->version >> 16, bus->version & 0xffff, bus->connection,
		   bus->connect_cpu);
	for (int i = 0; i < VMB_COUNTERS; i++)
		seq_printf(m, "%s %ld\n", vmb_counter_names[i],
			   atomic_long_read(&bus->counters[i]));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(vmb_bus);

static void vmb_ring_show(struct seq_file *m, const char *name,
			  const struct vmbw_ring *hdr, u32 size, u32 own)
{
	seq_printf(m, "  %s size %u own %u write %u read %u mask %u pending_send_sz %u\n",
		   name, size, own, vmb_ring_word(&hdr->write_index),
		   vmb_ring_word(&hdr->read_index),
		   vmb_ring_word(&hdr->interrupt_mask),
		   vmb_ring_word(&hdr->pending_send_sz));
}

static void vmb_channel_show(struct seq_file *m, struct vmb_channel *ch)
{
	guard(mutex)(&ch->lock);
	seq_printf(m, "%u %pUl.%u %s cpu %u error %d%s%s%s\n", ch->relid,
		   &ch->offer.instance_id, ch->offer.index,
		   vmb_state_names[ch->state], ch->cpu, READ_ONCE(ch->error),
		   ch->rescinded ? " rescinded" : "",
		   ch->reason ? " broken: " : "", ch->reason ?: "");
	if (ch->state != VMB_CHANNEL_OPEN)
		return;
	vmb_ring_show(m, "out", ch->tx.hdr, ch->tx.size, READ_ONCE(ch->tx.write));
	vmb_ring_show(m, "in", ch->rx.hdr, ch->rx.size, READ_ONCE(ch->rx.read));
	seq_printf(m, "  gpadl %#x wanted %u owned %u\n", ch->ring_gpadl->handle,
		   READ_ONCE(ch->tx_wanted), READ_ONCE(ch->rx_owned));
}

static int vmb_channels_show(struct seq_file *m, void *unused)
{
	struct vmb_bus *bus = m->private;

	for (u32 relid = 1; relid < VMBW_RELIDS; relid++) {
		struct vmb_channel *ch = vmb_channel_get(bus, relid);

		if (!ch)
			continue;
		vmb_channel_show(m, ch);
		vmb_channel_put(ch);
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(vmb_channels);

void vmb_debugfs_add(struct vmb_bus *bus)
{
	bus->debugfs = debugfs_create_dir("hv_vmbus", NULL);
	debugfs_create_file("bus", 0400, bus->debugfs, bus, &vmb_bus_fops);
	debugfs_create_file("channels", 0400, bus->debugfs, bus,
			    &vmb_channels_fops);
#ifdef CONFIG_FAULT_INJECTION_DEBUG_FS
	fault_create_debugfs_attr("fail_alloc", bus->debugfs, &bus->fail_alloc);
	fault_create_debugfs_attr("fail_offer", bus->debugfs, &bus->fail_offer);
	fault_create_debugfs_attr("fail_send", bus->debugfs, &bus->fail_send);
#endif
}

void vmb_debugfs_remove(struct vmb_bus *bus)
{
	debugfs_remove_recursive(bus->debugfs);
}
