// SPDX-License-Identifier: GPL-2.0
/*
 * Leaving the host in a hurry: kexec, kdump, panic.
 *
 * In a crash other CPUs may run or be stopped anywhere, with any lock held. So
 * this path takes none, allocates nothing, and gives up in the end.
 */
#include <linux/delay.h>
#include <linux/nmi.h>
#include <linux/panic_notifier.h>
#include <asm/mshyperv.h>
#include <clocksource/hyperv_timer.h>

#include "bus.h"

/* How often an UNLOAD that the hypervisor has no room for is tried again. */
#define VMB_CRASH_TRIES	100

/* kexec and crash handlers of the architecture have no argument. */
static struct vmb_bus *vmb_crash_bus;

/* Tells the host that the guest left; waits until it has let go. */
static void vmb_crash_unload(struct vmb_bus *bus)
{
	struct vmbw_msg msg = { .type = cpu_to_le32(VMBW_UNLOAD) };
	int ret = -EAGAIN;

	if (!bus || atomic_xchg(&bus->unloading, 1))
		return;
	for (int i = 0; i < VMB_CRASH_TRIES && ret == -EAGAIN; i++) {
		ret = vmb_hv_post_input(bus->crash_input, bus->connection,
					&msg, sizeof(msg));
		if (ret == -EAGAIN) {
			/* It may have no room because ours is full. */
			vmb_synic_crash_poll(bus);
			mdelay(1);
		}
	}
	if (ret) {
		pr_err("cannot tell the host to unload: %d\n", ret);
		return;
	}
	for (int ms = 0; ms < VMB_UNLOAD_MS; ms += 5) {
		if (vmb_synic_crash_poll(bus))
			return;
		mdelay(5);
		touch_nmi_watchdog();
	}
	pr_err("the host does not confirm the unload, going on\n");
}

static void vmb_on_kexec(void)
{
	struct vmb_bus *bus = vmb_crash_bus;

	if (!bus)
		return;
	vmb_crash_unload(bus);
	WRITE_ONCE(bus->state, VMB_BUS_DEAD);
	vmb_synic_leave(bus);
}

static void vmb_on_crash(struct pt_regs *regs)
{
	vmb_crash_unload(vmb_crash_bus);
	vmb_synic_quiesce_cpu();
	/* A tick left armed would find the new kernel's clock half made. */
	hv_stimer_cleanup(smp_processor_id());
}

static int vmb_on_panic(struct notifier_block *nb, unsigned long event,
			void *unused)
{
	vmb_crash_unload(container_of(nb, struct vmb_bus, panic));
	return NOTIFY_DONE;
}

/* The connection is up: it must be ended before another kernel starts. */
void vmb_crash_hooks_add(struct vmb_bus *bus)
{
	bus->panic.notifier_call = vmb_on_panic;
	/* After those that still write the log to the host's disks. */
	bus->panic.priority = INT_MIN;
	WRITE_ONCE(vmb_crash_bus, bus);
	hv_setup_kexec_handler(vmb_on_kexec);
	hv_setup_crash_handler(vmb_on_crash);
	atomic_notifier_chain_register(&panic_notifier_list, &bus->panic);
}

/* The connection is down. */
void vmb_crash_hooks_remove(struct vmb_bus *bus)
{
	atomic_notifier_chain_unregister(&panic_notifier_list, &bus->panic);
	hv_remove_kexec_handler();
	hv_remove_crash_handler();
	WRITE_ONCE(vmb_crash_bus, NULL);
}
