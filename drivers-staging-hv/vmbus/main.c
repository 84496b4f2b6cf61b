// SPDX-License-Identifier: GPL-2.0
/* Module init and the ACPI platform driver. */
#include <linux/acpi.h>
#include <linux/irq.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/platform_device.h>
#include <linux/pm.h>
#include <linux/property.h>
#include <linux/suspend.h>
#include <linux/workqueue.h>
#include <asm/mshyperv.h>

#include "bus.h"
#include "client_bus.h"
#include "connection.h"
#include "crash.h"
#include "debugfs.h"
#include "device.h"
#include "offer.h"
#include "sleep.h"
#include "synic.h"

static uint max_version = VMBW_V6_0;
module_param(max_version, uint, 0444);
MODULE_PARM_DESC(max_version, "Highest VMBus protocol version to ask for, major << 16 | minor");

/* Why the bus cannot run on this machine, for the log; NULL if it can. */
static const char *vmb_platform_refusal(void)
{
	if (!hv_is_hyperv_initialized())
		return "no Hyper-V hypervisor";
	if (hv_parent_partition())
		return "root and L1VH partitions are not supported";
	if (hv_nested)
		return "nested hypervisors are not supported";
	if (ms_hyperv.vtl)
		return "virtual trust levels above 0 are not supported";
	if (hv_is_isolation_supported())
		return "confidential VMs are not supported";
	return NULL;
}

/* Memory that the host does not confirm to be free is never freed. */
static void vmb_disconnect(struct vmb_bus *bus)
{
	int ret = vmb_unload(bus);

	WRITE_ONCE(bus->state, ret ? VMB_BUS_DEAD : VMB_BUS_DOWN);
	if (!ret)
		return;
	dev_err(bus->dev, "the host did not confirm the unload: %d\n", ret);
	vmb_crash_refuse_kexec();
}

/* Connects; when it returns the host has offered what it has. */
static int vmb_start(struct vmb_bus *bus)
{
	int ret;

	bus->connect_cpu = cpumask_first(cpu_online_mask);
	ret = vmb_connect(bus, max_version);
	if (ret) {
		dev_err(bus->dev, "cannot connect to the host: %d\n", ret);
		/* After a late reply the host would use the monitor pages. */
		if (ret == -ETIMEDOUT) {
			WRITE_ONCE(bus->state, VMB_BUS_DEAD);
			vmb_crash_refuse_kexec();
		}
		return ret;
	}
	vmb_client_set_version(bus->version);
	dev_info(bus->dev, "protocol version %u.%u\n", bus->version >> 16,
		 bus->version & 0xffff);
	WRITE_ONCE(bus->state, VMB_BUS_UP);
	vmb_crash_hooks_add(bus);
	ret = vmb_request_offers(bus);
	if (ret)
		dev_err(bus->dev, "not all offers were delivered: %d\n", ret);
	return 0;
}

static int vmb_bus_probe(struct platform_device *pdev)
{
	const char *refusal = vmb_platform_refusal();
	struct vmb_bus *bus;
	int ret;

	if (refusal) {
		dev_err(&pdev->dev, "VMBus not used: %s\n", refusal);
		return -ENODEV;
	}
	bus = vmb_bus_alloc(&pdev->dev);
	if (!bus)
		return -ENOMEM;
	bus->coherent = device_get_dma_attr(&pdev->dev) == DEV_DMA_COHERENT ||
			IS_ENABLED(CONFIG_X86);
	if (!IS_ENABLED(CONFIG_X86)) {
		ret = platform_get_irq(pdev, 0);
		if (ret < 0)
			goto err_free;
		bus->irq = ret;
		bus->vector = irqd_to_hwirq(irq_get_irq_data(ret));
	}
	ret = vmb_synic_init(bus);
	if (ret)
		goto err_free;
	vmb_client_windows_find(&pdev->dev);
	ret = vmb_start(bus);
	if (ret)
		goto err_windows;
	vmb_debugfs_add(bus);
	/* Who loads the bus, or boots with it built in, finds its devices. */
	vmb_flush_devices(bus);
	platform_set_drvdata(pdev, bus);
	return 0;

err_windows:
	vmb_client_windows_remove();
	vmb_synic_exit(bus);
err_free:
	vmb_bus_free(bus);
	return ret;
}

static void vmb_bus_remove(struct platform_device *pdev)
{
	struct vmb_bus *bus = platform_get_drvdata(pdev);

	/* Nothing is torn down after a shutdown. */
	if (!bus)
		return;
	vmb_debugfs_remove(bus);
	scoped_guard(mutex, &bus->lock)
		WRITE_ONCE(bus->state, VMB_BUS_LEAVING);
	vmb_remove_all(bus);
	vmb_crash_hooks_remove(bus);
	vmb_disconnect(bus);
	vmb_client_windows_remove();
	vmb_synic_exit(bus);
	vmb_bus_free(bus);
}

/*
 * Power-off, reboot and kexec, after the shutdown of the devices. The host lets
 * go of the guest's memory, and no completion wakes a task on a CPU that is
 * being stopped: requests in flight stay in flight.
 */
static void vmb_bus_shutdown(struct platform_device *pdev)
{
	struct vmb_bus *bus = platform_get_drvdata(pdev);

	if (!bus)
		return;
	/* Pin the module: nothing is torn down after shutdown. */
	__module_get(THIS_MODULE);
	platform_set_drvdata(pdev, NULL);
	scoped_guard(mutex, &bus->lock)
		WRITE_ONCE(bus->state, VMB_BUS_LEAVING);
	vmb_crash_hooks_remove(bus);
	vmb_disconnect(bus);
	vmb_synic_leave(bus);
	flush_workqueue(bus->rx_wq);
}

/* After a suspend to RAM the host would not know the guest's channels. */
static int vmb_bus_prepare(struct device *dev)
{
	/* Hibernation; or to idle, which the host does not notice. */
	if (pm_suspend_target_state != PM_SUSPEND_STANDBY &&
	    pm_suspend_target_state != PM_SUSPEND_MEM)
		return 0;
	dev_err(dev, "no suspend to RAM: Hyper-V does not support it\n");
	return -EOPNOTSUPP;
}

/* Its devices come back in any case: as they were, or to be removed. */
static int vmb_bus_resume(struct device *dev)
{
	struct vmb_bus *bus = dev_get_drvdata(dev);
	int ret;

	if (bus->state != VMB_BUS_ASLEEP)
		return 0;
	ret = vmb_synic_enter(bus);
	if (!ret)
		ret = vmb_start(bus);
	if (bus->state == VMB_BUS_ASLEEP)
		WRITE_ONCE(bus->state, VMB_BUS_DOWN);
	vmb_wake(bus);
	return ret;
}

static int vmb_bus_suspend(struct device *dev)
{
	struct vmb_bus *bus = dev_get_drvdata(dev);
	int ret;

	/* An earlier attempt may have left it without a connection. */
	if (bus->state != VMB_BUS_UP)
		return 0;
	vmb_crash_hooks_remove(bus);
	ret = vmb_sleep(bus);
	vmb_synic_leave(bus);
	if (ret) {
		dev_err(dev, "no hibernation: the host does not confirm the unload: %d\n",
			ret);
		/* The core resumes the devices only. */
		vmb_bus_resume(dev);
	}
	return ret;
}

static const struct dev_pm_ops vmb_pm_ops = {
	.prepare = vmb_bus_prepare,
	.freeze = vmb_bus_suspend,
	.thaw = vmb_bus_resume,
	.poweroff = vmb_bus_suspend,
	.restore = vmb_bus_resume,
};

static const struct acpi_device_id vmb_acpi_ids[] = {
	{ "VMBUS" },
	{ "VMBus" },
	{ }
};
MODULE_DEVICE_TABLE(acpi, vmb_acpi_ids);

static struct platform_driver vmb_platform_driver = {
	.probe = vmb_bus_probe,
	.remove = vmb_bus_remove,
	.shutdown = vmb_bus_shutdown,
	.driver = {
		.name = "hv_vmbus",
		.acpi_match_table = vmb_acpi_ids,
		.pm = pm_sleep_ptr(&vmb_pm_ops),
		.probe_type = PROBE_FORCE_SYNCHRONOUS,
	},
};

static int __init vmb_init(void)
{
	int ret;

	ret = vmb_device_global_init();
	if (ret)
		return ret;
	ret = vmb_synic_global_init();
	if (ret)
		goto err_device;
	ret = platform_driver_register(&vmb_platform_driver);
	if (ret)
		goto err_synic;
	return 0;

err_synic:
	vmb_synic_global_exit();
err_device:
	vmb_device_global_exit();
	return ret;
}

static void __exit vmb_exit(void)
{
	platform_driver_unregister(&vmb_platform_driver);
	hv_remove_kexec_handler();
	vmb_synic_global_exit();
	vmb_device_global_exit();
}

/* Built in, the bus comes before the drivers of its devices. */
subsys_initcall(vmb_init);
module_exit(vmb_exit);

MODULE_DESCRIPTION("VMBus for Linux guests on Microsoft Hyper-V");
MODULE_LICENSE("GPL");
