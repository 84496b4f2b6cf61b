// SPDX-License-Identifier: GPL-2.0
/*
 * The synthetic interrupt controller: message slots, event flags, interrupts.
 *
 * The hard interrupt only dispatches set event flags and queues the message
 * work; it takes no lock and so may run in hard interrupt context on
 * PREEMPT_RT.
 */
#include <linux/cpuhotplug.h>
#include <linux/cpumask.h>
#include <linux/interrupt.h>
#include <linux/percpu.h>
#include <linux/smp.h>
#include <asm/mshyperv.h>
#include <hyperv/hvhdk.h>

#include "affinity.h"
#include "bus.h"
#include "channel.h"
#include "message.h"
#include "packet.h"
#include "synic.h"

/* Messages of one run of the message work before it yields to other work. */
#define VMB_MESSAGE_ROUNDS	64

/* The architecture's interrupt and crash handlers have no argument. */
static struct vmb_bus *vmb_live;
static int vmb_hotplug_state;

/**
 * struct vmb_cpu - SynIC of one CPU
 * @slot: message slot, in @message_page
 * @flags: event flags, in @event_page
 * @message_page: SIM page, all SINTs
 * @event_page: SIEF page, all SINTs
 * @work: takes the messages
 * @bus: where it lives
 * @cpu: number
 */
struct vmb_cpu {
	struct hv_message *slot;
	unsigned long *flags;
	void *message_page;
	void *event_page;
	struct work_struct work;
	struct vmb_bus *bus;
	unsigned int cpu;
};

struct vmb_pull {
	struct vmb_cpu *c;
	bool got;
	struct hv_message msg;
};

/* Empties the slot; the hypervisor delivers the next message. On its CPU. */
static bool vmb_slot_free(struct hv_message *slot, u32 type)
{
	/* A crash on another CPU may empty it at the same time. */
	if (cmpxchg(&slot->header.message_type, type, HVMSG_NONE) != type)
		return false;
	/* Pairs with the hypervisor: slot empty, then is one pending. */
	virt_mb();
	if (READ_ONCE(slot->header.message_flags.asu8) & 1)
		hv_set_msr(HV_MSR_EOM, 0);
	return true;
}

/* Copies a message out of the slot, on the slot's CPU, interrupts disabled. */
static void vmb_pull_local(void *arg)
{
	struct vmb_pull *p = arg;
	struct hv_message *slot = p->c->slot;
	u32 type = READ_ONCE(slot->header.message_type);

	p->got = false;
	if (type == HVMSG_NONE)
		return;
	/* Pairs with the hypervisor's write of the type, which comes last. */
	virt_rmb();
	memcpy(&p->msg, slot, sizeof(p->msg));
	p->msg.header.message_type = type;
	p->got = vmb_slot_free(slot, type);
}

static void vmb_message_work(struct work_struct *work)
{
	struct vmb_cpu *c = container_of(work, struct vmb_cpu, work);
	struct vmb_pull p = { .c = c };

	for (int i = 0; i < VMB_MESSAGE_ROUNDS; i++) {
		if (smp_call_function_single(c->cpu, vmb_pull_local, &p, true) ||
		    !p.got)
			return;
		if (p.msg.header.message_type == VMBW_HV_MESSAGE)
			vmb_message(c->bus, p.msg.u.payload,
				    p.msg.header.payload_size);
		else
			vmb_count(c->bus, VMB_BAD_MESSAGES);
	}
	queue_work(c->bus->msg_wq, work);
}

static void vmb_events(struct vmb_bus *bus, struct vmb_cpu *c)
{
	unsigned int words = READ_ONCE(bus->event_words);

	for (unsigned int i = 0; i < words; i++) {
		unsigned long set, bit;

		if (!READ_ONCE(c->flags[i]))
			continue;
		set = xchg(&c->flags[i], 0);
		for_each_set_bit(bit, &set, BITS_PER_LONG) {
			unsigned int relid = i * BITS_PER_LONG + bit;
			struct vmb_channel *ch;

			ch = rcu_dereference_sched(bus->channels[relid]);
			if (ch)
				vmb_channel_interrupt(ch);
		}
	}
}

/* Hard interrupt. */
static void vmb_isr(void)
{
	struct vmb_bus *bus = READ_ONCE(vmb_live);
	struct vmb_cpu *c;

	if (unlikely(!bus))
		return;
	c = this_cpu_ptr(bus->cpus);
	vmb_events(bus, c);
	if (READ_ONCE(c->slot->header.message_type) == HVMSG_NONE)
		return;
	if (unlikely(atomic_read(&bus->unloading)))
		vmb_synic_crash_poll(bus);
	else
		queue_work(bus->msg_wq, &c->work);
}

#ifndef HYPERVISOR_CALLBACK_VECTOR
static irqreturn_t vmb_percpu_irq(int irq, void *dev_id)
{
	vmb_isr();
	return IRQ_HANDLED;
}
#endif

int vmb_synic_crash_poll(struct vmb_bus *bus)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		struct hv_message *slot = per_cpu_ptr(bus->cpus, cpu)->slot;
		const struct vmbw_msg *hdr;
		u32 type;

		if (!slot)
			continue;
		type = READ_ONCE(slot->header.message_type);
		if (type == HVMSG_NONE)
			continue;
		/* Pairs with the hypervisor's write of the type, which comes last. */
		virt_rmb();
		hdr = (const struct vmbw_msg *)slot->u.payload;
		if (type == VMBW_HV_MESSAGE &&
		    READ_ONCE(hdr->type) == cpu_to_le32(VMBW_UNLOAD_RESPONSE))
			WRITE_ONCE(bus->unloaded, true);
		vmb_slot_free(slot, type);
	}
	return READ_ONCE(bus->unloaded);
}

static void vmb_msr_page(u32 msr, void *page)
{
	u64 old = hv_get_msr(msr) & (HV_HYP_PAGE_SIZE - 2);

	/* Bit 0 enables; bits 1 to 11 are to be preserved. */
	hv_set_msr(msr, page ? old | virt_to_phys(page) | 1 : old);
}

static void vmb_synic_on(struct vmb_bus *bus, struct vmb_cpu *c)
{
	union hv_synic_sint sint = {
		.vector = bus->vector,
		.auto_eoi = hv_recommend_using_aeoi(),
	};

	vmb_msr_page(HV_MSR_SIMP, c->message_page);
	vmb_msr_page(HV_MSR_SIEFP, c->event_page);
	if (bus->irq)
		enable_percpu_irq(bus->irq, IRQ_TYPE_NONE);
	hv_set_msr(HV_MSR_SINT0 + HV_SYNIC_VMBUS_SINT_INDEX, sint.as_uint64);
	hv_set_msr(HV_MSR_SCONTROL, hv_get_msr(HV_MSR_SCONTROL) | HV_SYNIC_CONTROL_ENABLE);
}

/* On the CPU itself. Direct-mode timers do not need the SynIC enabled. */
static void vmb_synic_off(struct vmb_bus *bus)
{
	union hv_synic_sint sint = { .vector = bus->vector, .masked = 1 };

	hv_set_msr(HV_MSR_SINT0 + HV_SYNIC_VMBUS_SINT_INDEX, sint.as_uint64);
	vmb_msr_page(HV_MSR_SIMP, NULL);
	vmb_msr_page(HV_MSR_SIEFP, NULL);
	hv_set_msr(HV_MSR_SCONTROL, hv_get_msr(HV_MSR_SCONTROL) & ~HV_SYNIC_CONTROL_ENABLE);
	if (bus->irq)
		disable_percpu_irq(bus->irq);
}

/* The bus that takes interrupts, or NULL. */
struct vmb_bus *vmb_synic_bus(void)
{
	return READ_ONCE(vmb_live);
}

/* Crash: the new kernel must not get this CPU's interrupts. */
void vmb_synic_quiesce_cpu(void)
{
	if (vmb_live)
		vmb_synic_off(vmb_live);
}

static int vmb_cpu_online(unsigned int cpu, struct hlist_node *hp)
{
	struct vmb_bus *bus = hlist_entry(hp, struct vmb_bus, hotplug);

	vmb_synic_on(bus, per_cpu_ptr(bus->cpus, cpu));
	guard(mutex)(&bus->lock);
	cpumask_set_cpu(cpu, &bus->cpus_enabled);
	return 0;
}

/* Moves all channels to other CPUs. */
static int vmb_cpu_empty(struct vmb_bus *bus, unsigned int cpu)
{
	int ret = 0;

	for (u32 relid = 1; relid < VMBW_RELIDS && !ret; relid++) {
		struct vmb_channel *ch = vmb_channel_get(bus, relid);

		if (!ch)
			continue;
		ret = vmb_channel_leave_cpu(ch, cpu);
		vmb_channel_put(ch);
	}
	return ret;
}

static int vmb_cpu_offline(unsigned int cpu, struct hlist_node *hp)
{
	struct vmb_bus *bus = hlist_entry(hp, struct vmb_bus, hotplug);
	/* Else it is the bus that leaves, after its connection. */
	bool leaves = !cpu_active(cpu);

	/*
	 * Messages come to this CPU for as long as the connection lasts. Below
	 * 5.3 the host does not confirm a move, and interrupts that it raises
	 * after the SynIC is off are lost.
	 */
	if (leaves && (cpu == bus->connect_cpu || bus->version < VMBW_V5_3))
		return -EBUSY;
	scoped_guard(mutex, &bus->lock)
		cpumask_clear_cpu(cpu, &bus->cpus_enabled);
	if (leaves && vmb_cpu_empty(bus, cpu)) {
		guard(mutex)(&bus->lock);
		cpumask_set_cpu(cpu, &bus->cpus_enabled);
		return -EBUSY;
	}
	vmb_synic_off(bus);
	return 0;
}

int vmb_synic_alloc(struct vmb_bus *bus)
{
	unsigned int cpu;

	bus->cpus = alloc_percpu(struct vmb_cpu);
	if (!bus->cpus)
		return -ENOMEM;
	for_each_possible_cpu(cpu) {
		struct vmb_cpu *c = per_cpu_ptr(bus->cpus, cpu);
		union hv_synic_event_flags *flags;
		struct hv_message_page *page;

		c->bus = bus;
		c->cpu = cpu;
		INIT_WORK(&c->work, vmb_message_work);
		c->message_page = (void *)get_zeroed_page(GFP_KERNEL);
		c->event_page = (void *)get_zeroed_page(GFP_KERNEL);
		if (!c->message_page || !c->event_page)
			return -ENOMEM;
		page = c->message_page;
		c->slot = &page->sint_message[HV_SYNIC_VMBUS_SINT_INDEX];
		flags = c->event_page;
		c->flags = flags[HV_SYNIC_VMBUS_SINT_INDEX].flags;
	}
	return 0;
}

/* Frees what vmb_synic_alloc() allocated. */
void vmb_synic_free(struct vmb_bus *bus)
{
	unsigned int cpu;

	if (!bus->cpus)
		return;
	for_each_possible_cpu(cpu) {
		struct vmb_cpu *c = per_cpu_ptr(bus->cpus, cpu);

		free_page((unsigned long)c->message_page);
		free_page((unsigned long)c->event_page);
	}
	free_percpu(bus->cpus);
}

int vmb_synic_init(struct vmb_bus *bus)
{
	int ret;

	if (cmpxchg(&vmb_live, NULL, bus))
		return -EBUSY;
#ifdef HYPERVISOR_CALLBACK_VECTOR
	bus->vector = HYPERVISOR_CALLBACK_VECTOR;
	hv_setup_vmbus_handler(vmb_isr);
#else
	ret = request_percpu_irq(bus->irq, vmb_percpu_irq, "Hyper-V VMbus",
				 bus->cpus);
	if (ret)
		goto err_live;
#endif
	ret = vmb_synic_enter(bus);
	if (!ret)
		return 0;
#ifdef HYPERVISOR_CALLBACK_VECTOR
	hv_remove_vmbus_handler();
	synchronize_rcu();
#else
	free_percpu_irq(bus->irq, bus->cpus);
err_live:
#endif
	WRITE_ONCE(vmb_live, NULL);
	return ret;
}

void vmb_synic_exit(struct vmb_bus *bus)
{
	cpuhp_state_remove_instance(vmb_hotplug_state, &bus->hotplug);
#ifdef HYPERVISOR_CALLBACK_VECTOR
	hv_remove_vmbus_handler();
#else
	free_percpu_irq(bus->irq, bus->cpus);
#endif
	WRITE_ONCE(vmb_live, NULL);
	/* An interrupt that read the handler before may still run. */
	synchronize_rcu();
	flush_workqueue(bus->msg_wq);
}

int vmb_synic_enter(struct vmb_bus *bus)
{
	return cpuhp_state_add_instance(vmb_hotplug_state, &bus->hotplug);
}

/* Shutdown, kexec, hibernation: as vmb_synic_exit(), but nothing is freed. */
void vmb_synic_leave(struct vmb_bus *bus)
{
	cpuhp_state_remove_instance(vmb_hotplug_state, &bus->hotplug);
}

int vmb_synic_global_init(void)
{
	int ret = cpuhp_setup_state_multi(CPUHP_AP_ONLINE_DYN,
					  "staging/hv/vmbus:online",
					  vmb_cpu_online, vmb_cpu_offline);

	if (ret < 0)
		return ret;
	vmb_hotplug_state = ret;
	return 0;
}

void vmb_synic_global_exit(void)
{
	cpuhp_remove_multi_state(vmb_hotplug_state);
}
