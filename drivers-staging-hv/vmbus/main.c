// SPDX-License-Identifier: GPL-2.0
/* The module, and the ACPI device that says that there is a bus. */
#include <linux/acpi.h>
#include <linux/irq.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/platform_device.h>
#include <linux/pm.h>
#include <linux/property.h>
#include <linux/slab.h>
#include <asm/mshyperv.h>
#include <kunit/visibility.h>

#include "bus.h"

static uint max_version = VMBW_V5_3;
module_param(max_version, uint, 0444);
MODULE_PARM_DESC(max_version, "Highest VMBus protocol version to ask for, major << 16 | minor");

static DECLARE_FAULT_ATTR(vmb_no_fault);

static void vmb_queues_free(struct vmb_bus *bus)
{
	struct workqueue_struct *wqs[] = {
		bus->msg_wq, bus->dev_wq, bus->sub_wq, bus->rx_wq,
	};

	for (int i = 0; i < ARRAY_SIZE(wqs); i++)
		if (wqs[i])
			destroy_workqueue(wqs[i]);
}

static int vmb_queues_alloc(struct vmb_bus *bus)
{
	bus->msg_wq = alloc_ordered_workqueue("hv_vmbus_msg", WQ_MEM_RECLAIM);
	bus->dev_wq = alloc_ordered_workqueue("hv_vmbus_dev", 0);
	bus->sub_wq = alloc_workqueue("hv_vmbus_sub", WQ_UNBOUND, 0);
	bus->rx_wq = alloc_workqueue("hv_vmbus_rx", WQ_BH | WQ_PERCPU, 0);
	return bus->msg_wq && bus->dev_wq && bus->sub_wq && bus->rx_wq ?
		0 : -ENOMEM;
}

static void vmb_pages_free(struct vmb_bus *bus)
{
	free_page((unsigned long)bus->int_page);
	free_page((unsigned long)bus->monitor[0]);
	free_page((unsigned long)bus->monitor[1]);
}

static int vmb_pages_alloc(struct vmb_bus *bus)
{
	bus->int_page = (void *)get_zeroed_page(GFP_KERNEL);
	bus->monitor[0] = (void *)get_zeroed_page(GFP_KERNEL);
	bus->monitor[1] = (void *)get_zeroed_page(GFP_KERNEL);
	/* Slabs of a power of two are aligned: they do not cross a page. */
	bus->post_input = kzalloc(256, GFP_KERNEL);
	bus->crash_input = kzalloc(256, GFP_KERNEL);
	return bus->int_page && bus->monitor[0] && bus->monitor[1] &&
	       bus->post_input && bus->crash_input ? 0 : -ENOMEM;
}

/**
 * vmb_bus_alloc() - a bus without a host
 * @dev: parent of its devices
 *
 * Return: the bus or NULL.
 */
struct vmb_bus *vmb_bus_alloc(struct device *dev)
{
	struct vmb_bus *bus = kvzalloc_obj(*bus);

	if (!bus)
		return NULL;
	bus->dev = dev;
	bus->post = vmb_hv_post;
	bus->timeout = VMB_REPLY_TIMEOUT;
	bus->fail_alloc = vmb_no_fault;
	bus->fail_send = vmb_no_fault;
	mutex_init(&bus->lock);
	mutex_init(&bus->post_lock);
	spin_lock_init(&bus->wait_lock);
	spin_lock_init(&bus->lost_lock);
	INIT_LIST_HEAD(&bus->devices);
	INIT_LIST_HEAD(&bus->waiters);
	INIT_LIST_HEAD(&bus->lost);
	if (!vmb_queues_alloc(bus) && !vmb_pages_alloc(bus) &&
	    !vmb_synic_alloc(bus))
		return bus;
	vmb_bus_free(bus);
	return NULL;
}
EXPORT_SYMBOL_IF_KUNIT(vmb_bus_alloc);

/**
 * vmb_bus_free() - free a bus
 * @bus: bus without devices, whose interrupts are off
 */
void vmb_bus_free(struct vmb_bus *bus)
{
	vmb_queues_free(bus);
	vmb_synic_free(bus);
	/* Not if the host may still look at them. */
	if (bus->state != VMB_BUS_DEAD) {
		vmb_gpadl_free_lost(bus);
		vmb_pages_free(bus);
	}
	kfree(bus->post_input);
	kfree(bus->crash_input);
	kvfree(bus);
}
EXPORT_SYMBOL_IF_KUNIT(vmb_bus_free);

/**
 * vmb_platform_refusal() - why the bus cannot run on this machine
 *
 * Return: a reason for the log, or NULL if it can.
 */
const char *vmb_platform_refusal(void)
{
	if (!hv_is_hyperv_initialized())
		return "no Hyper-V hypervisor";
	if (hv_parent_partition())
		return "root and L1VH partitions are not supported";
	if (ms_hyperv.vtl)
		return "virtual trust levels above 0 are not supported";
	if (hv_is_isolation_supported())
		return "confidential VMs are not supported";
	return NULL;
}

static int vmb_request_offers(struct vmb_bus *bus)
{
	struct vmbw_msg msg = { .type = cpu_to_le32(VMBW_REQUEST_OFFERS) };

	return vmb_post(bus, &msg, sizeof(msg));
}

/* The connection ends; what the host does not confirm stays out of use. */
static void vmb_disconnect(struct vmb_bus *bus)
{
	int ret = vmb_unload(bus);

	WRITE_ONCE(bus->state, ret ? VMB_BUS_DEAD : VMB_BUS_DOWN);
	if (ret)
		dev_err(bus->dev, "the host does not confirm the unload: %d\n", ret);
}

static int vmb_start(struct vmb_bus *bus)
{
	int ret;

	bus->connect_cpu = cpumask_first(cpu_online_mask);
	ret = vmb_connect(bus, max_version);
	if (ret) {
		dev_err(bus->dev, "cannot connect to the host: %d\n", ret);
		/* A late answer would find the monitor pages in use. */
		if (ret == -ETIMEDOUT)
			WRITE_ONCE(bus->state, VMB_BUS_DEAD);
		return ret;
	}
	dev_info(bus->dev, "protocol version %u.%u\n", bus->version >> 16,
		 bus->version & 0xffff);
	WRITE_ONCE(bus->state, VMB_BUS_UP);
	vmb_crash_hooks_add(bus);
	vmb_debugfs_add(bus);
	ret = vmb_request_offers(bus);
	if (ret)
		dev_err(bus->dev, "cannot ask for offers: %d\n", ret);
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
	ret = vmb_start(bus);
	if (ret)
		goto err_synic;
	platform_set_drvdata(pdev, bus);
	return 0;

err_synic:
	vmb_synic_exit(bus);
err_free:
	vmb_bus_free(bus);
	return ret;
}

static void vmb_bus_remove(struct platform_device *pdev)
{
	struct vmb_bus *bus = platform_get_drvdata(pdev);

	/* After a shutdown all stays as it is. */
	if (!bus)
		return;
	vmb_debugfs_remove(bus);
	scoped_guard(mutex, &bus->lock)
		WRITE_ONCE(bus->state, VMB_BUS_LEAVING);
	vmb_remove_all(bus);
	vmb_crash_hooks_remove(bus);
	vmb_disconnect(bus);
	vmb_synic_exit(bus);
	vmb_bus_free(bus);
}

/*
 * Power-off, reboot and kexec, after the devices' own shutdown. The host lets go
 * of the guest's memory, and nothing that it still completes wakes a task up on
 * a CPU that is being stopped: what is in flight stays there.
 */
static void vmb_bus_shutdown(struct platform_device *pdev)
{
	struct vmb_bus *bus = platform_get_drvdata(pdev);

	if (!bus)
		return;
	/* Nobody takes down what is left standing. */
	__module_get(THIS_MODULE);
	platform_set_drvdata(pdev, NULL);
	scoped_guard(mutex, &bus->lock)
		WRITE_ONCE(bus->state, VMB_BUS_LEAVING);
	vmb_crash_hooks_remove(bus);
	vmb_disconnect(bus);
	vmb_synic_leave(bus);
	flush_workqueue(bus->rx_wq);
}

/* A host that comes back has forgotten the guest. */
static int vmb_no_sleep(struct device *dev)
{
	dev_err(dev, "suspend and hibernation are not supported\n");
	return -EOPNOTSUPP;
}

static const struct dev_pm_ops vmb_pm_ops = { .prepare = vmb_no_sleep };

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
	vmb_synic_global_exit();
	vmb_device_global_exit();
}

module_init(vmb_init);
module_exit(vmb_exit);
