// SPDX-License-Identifier: GPL-2.0
/* Which CPU takes a channel's interrupts. */
#include <linux/cpumask.h>
#include <linux/export.h>
#include <linux/minmax.h>
#include <linux/sched/isolation.h>
#include <linux/topology.h>

#include "bus.h"

/* How crowded a CPU is: this device, its NUMA node's share, all devices. */
static unsigned int vmb_cpu_load(struct vmb_bus *bus,
				 const struct vmb_node *node, unsigned int cpu)
{
	unsigned int mine = 0, near = 0, all = 0;
	const struct vmb_channel *ch;
	const struct vmb_node *other;

	list_for_each_entry(ch, &node->subs, list) {
		mine += ch->cpu == cpu;
		near += cpu_to_node(ch->cpu) == cpu_to_node(cpu);
	}
	ch = node->vdev.channel;
	if (ch && rcu_access_pointer(bus->channels[ch->relid]) == ch) {
		mine += ch->cpu == cpu;
		near += cpu_to_node(ch->cpu) == cpu_to_node(cpu);
	}
	list_for_each_entry(other, &bus->devices, list) {
		all += other->fast && other->vdev.channel->cpu == cpu;
		list_for_each_entry(ch, &other->subs, list)
			all += ch->cpu == cpu;
	}
	return mine << 20 | near << 12 | min(all, 0xfffu);
}

/**
 * vmb_pick_cpu() - choose a CPU for a channel's interrupts
 * @bus: bus
 * @node: the channel's device
 *
 * Spreads the channels of a fast device: no CPU gets two before each has one,
 * then over NUMA nodes, then away from other devices; never to a CPU that is
 * isolated from managed interrupts. Slow devices stay where messages arrive.
 * Under bus->lock.
 *
 * Return: a CPU.
 */
unsigned int vmb_pick_cpu(struct vmb_bus *bus, const struct vmb_node *node)
{
	unsigned int best = bus->connect_cpu, lowest = UINT_MAX, cpu;

	if (!node->fast)
		return best;
	for_each_cpu(cpu, housekeeping_cpumask(HK_TYPE_MANAGED_IRQ)) {
		unsigned int load;

		if (!per_cpu_ptr(bus->cpus, cpu)->enabled)
			continue;
		load = vmb_cpu_load(bus, node, cpu);
		if (load < lowest) {
			lowest = load;
			best = cpu;
		}
	}
	return best;
}

/**
 * vmb_subchannel_cpus() - how many channels a device can use
 * @vdev: device
 *
 * Return: CPUs that may take its interrupts, at least 1.
 */
unsigned int vmb_subchannel_cpus(const struct vmb_device *vdev)
{
	const struct vmb_node *node = to_vmb_node(&vdev->dev);
	unsigned int cpu, count = 0;

	guard(mutex)(&node->bus->lock);
	for_each_cpu(cpu, housekeeping_cpumask(HK_TYPE_MANAGED_IRQ))
		count += per_cpu_ptr(node->bus->cpus, cpu)->enabled;
	return max(count, 1);
}
EXPORT_SYMBOL_GPL(vmb_subchannel_cpus);
