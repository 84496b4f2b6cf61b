// SPDX-License-Identifier: GPL-2.0
/*
 * Ending the connection in a panic, with or without a crash kernel to follow.
 *
 * Other CPUs may still run, or be stopped anywhere with any lock held. So this
 * path takes none, allocates nothing, and has a timeout.
 */
#include <linux/delay.h>
#include <linux/nmi.h>
#include <linux/panic_notifier.h>
#include <linux/reboot.h>
#include <asm/mshyperv.h>
#include <clocksource/hyperv_timer.h>

#include "bus.h"
#include "connection.h"
#include "crash.h"
#include "synic.h"

/* How long to retry while the hypervisor does not accept UNLOAD. */
#define VMB_CRASH_POST_MS	10000

static int vmb_crash_post(struct vmb_bus *bus)
{
	struct vmbw_msg msg = { .type = cpu_to_le32(VMBW_UNLOAD) };
	int ret;

	for (int ms = 0; ; ms++) {
		/*
		 * It may have no buffer because our message slots are full. A
		 * reply that lies in one of them is not one to this request.
		 */
		vmb_synic_crash_poll(bus);
		WRITE_ONCE(bus->unloaded, false);
		ret = vmb_hv_post_input(bus->crash_input, bus->connection,
					&msg, sizeof(msg));
		if ((ret != -EAGAIN && ret != -ENXIO) || ms == VMB_CRASH_POST_MS)
			return ret;
		mdelay(1);
		touch_nmi_watchdog();
	}
}

/* Ends the connection without locks; waits until the host has let go. */
void vmb_crash_unload(struct vmb_bus *bus)
{
	int ret;

	if (!bus || atomic_xchg(&bus->unloading, 1))
		return;
	ret = vmb_crash_post(bus);
	if (ret) {
		pr_err("cannot post UNLOAD: %d\n", ret);
		return;
	}
	for (int ms = 0; ms < VMB_UNLOAD_MS; ms += 5) {
		if (vmb_synic_crash_poll(bus))
			return;
		mdelay(5);
		touch_nmi_watchdog();
	}
	pr_err("the host did not confirm the unload\n");
}

/*
 * The host did not confirm the UNLOAD, or did not answer the first contact, so
 * it may still write to memory that the new kernel will use. A reset ends that,
 * or a new connection.
 */
static void vmb_on_kexec(void)
{
	pr_emerg("the host still uses memory of this kernel: restart instead of kexec\n");
	emergency_restart();
}

/* Until the next connection, or until the module goes. */
void vmb_crash_refuse_kexec(void)
{
	hv_setup_kexec_handler(vmb_on_kexec);
}

static void vmb_on_crash(struct pt_regs *regs)
{
	vmb_crash_unload(vmb_synic_bus());
	vmb_synic_quiesce_cpu();
	/* A timer left armed would fire in the new kernel before its clock is set up. */
	hv_stimer_cleanup(smp_processor_id());
}

static int vmb_on_panic(struct notifier_block *nb, unsigned long event, void *unused)
{
	if (!vmb_client_unloads())
		vmb_crash_unload(container_of(nb, struct vmb_bus, panic));
	return NOTIFY_DONE;
}

/* After connecting: a crash kernel must not meet this connection. */
void vmb_crash_hooks_add(struct vmb_bus *bus)
{
	hv_remove_kexec_handler();
	bus->panic.notifier_call = vmb_on_panic;
	/* After the notifiers that write the log to the host's disks. */
	bus->panic.priority = INT_MIN;
	hv_setup_crash_handler(vmb_on_crash);
	atomic_notifier_chain_register(&panic_notifier_list, &bus->panic);
}

/* Before disconnecting. */
void vmb_crash_hooks_remove(struct vmb_bus *bus)
{
	atomic_notifier_chain_unregister(&panic_notifier_list, &bus->panic);
	hv_remove_crash_handler();
}
