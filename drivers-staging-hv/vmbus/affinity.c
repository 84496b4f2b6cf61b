// SPDX-License-Identifier: GPL-2.0
/* Which CPU takes a channel's interrupts, and moving a channel to another. */
#include <linux/cpumask.h>
#include <linux/export.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/sched/isolation.h>
#include <linux/topology.h>

#include "affinity.h"
#include "bus.h"
#include "channel.h"
#include "connection.h"
#include "node.h"
#include "packet.h"

/**
 * struct vmb_cpu_load - how many channels a CPU has, most important first
 * @own: of the device
 * @near: of the device, on the CPU's NUMA node
 * @all: of all fast devices
 */
struct vmb_cpu_load {
	unsigned int own;
	unsigned int near;
	unsigned int all;
};

static void vmb_load_add(struct vmb_cpu_load *load, unsigned int cpu,
			 const struct vmb_channel *ch, bool own)
{
	load->all += ch->cpu == cpu;
	if (!own)
		return;
	load->own += ch->cpu == cpu;
	load->near += cpu_to_node(ch->cpu) == cpu_to_node(cpu);
}

static struct vmb_cpu_load vmb_cpu_load(struct vmb_bus *bus,
					const struct vmb_node *node,
					unsigned int cpu)
{
	struct vmb_cpu_load load = {};
	const struct vmb_node *other;
	const struct vmb_channel *ch;

	lockdep_assert_held(&bus->lock);
	list_for_each_entry(other, &bus->devices, list) {
		if (!other->fast)
			continue;
		vmb_load_add(&load, cpu, other->vdev.channel, other == node);
		list_for_each_entry(ch, &other->subs, list)
			vmb_load_add(&load, cpu, ch, other == node);
	}
	return load;
}

static bool vmb_load_less(const struct vmb_cpu_load *a,
			  const struct vmb_cpu_load *b)
{
	if (a->own != b->own)
		return a->own < b->own;
	if (a->near != b->near)
		return a->near < b->near;
	return a->all < b->all;
}

unsigned int vmb_pick_cpu(struct vmb_bus *bus, const struct vmb_node *node)
{
	struct vmb_cpu_load lowest = { .own = UINT_MAX };
	unsigned int best = bus->connect_cpu, cpu;

	lockdep_assert_held(&bus->lock);
	if (!node->fast)
		return best;
	for_each_cpu_and(cpu, housekeeping_cpumask(HK_TYPE_MANAGED_IRQ),
			 &bus->cpus_enabled) {
		struct vmb_cpu_load load = vmb_cpu_load(bus, node, cpu);

		if (vmb_load_less(&load, &lowest)) {
			lowest = load;
			best = cpu;
		}
	}
	return best;
}

unsigned int vmb_subchannel_cpus(const struct vmb_device *vdev)
{
	struct vmb_bus *bus = to_vmb_node(vdev->dev)->bus;

	guard(mutex)(&bus->lock);
	return max(cpumask_weight_and(housekeeping_cpumask(HK_TYPE_MANAGED_IRQ),
				      &bus->cpus_enabled), 1);
}
EXPORT_SYMBOL_GPL(vmb_subchannel_cpus);

/* Asks the host to interrupt another CPU. */
static int vmb_channel_modify(struct vmb_channel *ch, unsigned int cpu)
{
	struct vmbw_modify msg = {
		.hdr.type = cpu_to_le32(VMBW_MODIFY_CHANNEL),
		.relid = cpu_to_le32(ch->relid),
		.value = cpu_to_le32(vmb_vp(cpu)),
	};
	struct vmb_wait w;
	int ret;

	lockdep_assert_held(&ch->lock);
	if (ch->bus->version < VMBW_V4_1)
		return -EOPNOTSUPP;
	if (ch->bus->version < VMBW_V5_3)
		return vmb_post(ch->bus, &msg, sizeof(msg));
	ret = vmb_channel_wait_start(ch, &w, VMBW_MODIFY_RESPONSE, 0);
	if (!ret)
		ret = vmb_post(ch->bus, &msg, sizeof(msg));
	ret = vmb_wait_end(ch->bus, &w, ret, vmb_reply_timeout(ch->bus));
	if (!ret && w.reply.modify.value)
		ret = -EIO;
	return ret;
}

/* An interrupt on the old CPU may have been lost: check the rings now. */
static void vmb_channel_recheck(struct vmb_channel *ch)
{
	guard(irqsave)();
	vmb_channel_interrupt(ch);
}

static int vmb_channel_move(struct vmb_channel *ch, unsigned int cpu)
{
	unsigned int old = ch->cpu;
	int ret;

	lockdep_assert_held(&ch->lock);
	scoped_guard(mutex, &ch->bus->lock) {
		if (cpu >= nr_cpu_ids ||
		    !cpumask_test_cpu(cpu, &ch->bus->cpus_enabled))
			return -EINVAL;
		WRITE_ONCE(ch->cpu, cpu);
	}
	if (old == cpu || ch->state != VMB_CHANNEL_OPEN || READ_ONCE(ch->error))
		return 0;
	ret = vmb_channel_modify(ch, cpu);
	if (ret && !READ_ONCE(ch->error)) {
		WRITE_ONCE(ch->cpu, old);
		return ret;
	}
	vmb_channel_recheck(ch);
	return 0;
}

int vmb_channel_set_cpu(struct vmb_channel *ch, unsigned int cpu)
{
	guard(mutex)(&ch->lock);
	return vmb_channel_move(ch, cpu);
}
EXPORT_SYMBOL_GPL(vmb_channel_set_cpu);

int vmb_channel_leave_cpu(struct vmb_channel *ch, unsigned int cpu)
{
	unsigned int to;

	guard(mutex)(&ch->lock);
	if (ch->cpu != cpu)
		return 0;
	scoped_guard(mutex, &ch->bus->lock)
		to = vmb_pick_cpu(ch->bus, ch->node);
	return vmb_channel_move(ch, to);
}
