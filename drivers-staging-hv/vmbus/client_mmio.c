// SPDX-License-Identifier: GPL-2.0
/*
 * Drivers of <linux/hyperv.h>: addresses for devices that have registers or
 * memory of their own. The firmware gives the bus windows for them.
 */
#include <linux/acpi.h>
#include <linux/align.h>
#include <linux/cleanup.h>
#include <linux/device.h>
#include <linux/export.h>
#include <linux/hyperv.h>
#include <linux/ioport.h>
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <kunit/visibility.h>

#include "client_bus.h"

/* Windows of Hyper-V go over the page of the virtual TPM. */
#define VMB_VTPM_BASE	0xfed40000

/**
 * struct vmb_claim - addresses that a client has
 * @list: in vmb_window.claims
 * @start: first
 * @end: last
 *
 * It is a resource of the kernel as well, which its client may show to others as
 * a place for theirs: the kernel would then give parts of it to the next client.
 */
struct vmb_claim {
	struct list_head list;
	resource_size_t start;
	resource_size_t end;
};

struct vmb_window {
	struct list_head list;
	struct list_head claims;
	resource_size_t start;
	resource_size_t end;
};

static LIST_HEAD(vmb_windows);
static DEFINE_MUTEX(vmb_windows_lock); /* guards vmb_windows and their claims */

VISIBLE_IF_KUNIT struct vmb_window *
vmb_client_window_add(resource_size_t start, resource_size_t end)
{
	struct vmb_window *window = kzalloc_obj(*window);

	if (!window)
		return NULL;
	window->start = start;
	window->end = end;
	INIT_LIST_HEAD(&window->claims);
	guard(mutex)(&vmb_windows_lock);
	list_add_tail(&window->list, &vmb_windows);
	return window;
}
EXPORT_SYMBOL_IF_KUNIT(vmb_client_window_add);

VISIBLE_IF_KUNIT void vmb_client_window_remove(struct vmb_window *window)
{
	struct vmb_claim *claim, *next;

	guard(mutex)(&vmb_windows_lock);
	list_for_each_entry_safe(claim, next, &window->claims, list) {
		release_mem_region(claim->start, claim->end - claim->start + 1);
		kfree(claim);
	}
	list_del(&window->list);
	kfree(window);
}
EXPORT_SYMBOL_IF_KUNIT(vmb_client_window_remove);

void vmb_client_windows_remove(void)
{
	struct vmb_window *window, *next;

	list_for_each_entry_safe(window, next, &vmb_windows, list)
		vmb_client_window_remove(window);
}

/* Windows are address ranges; what a device itself occupies is memory. */
static int vmb_client_no_window(struct acpi_resource *res, void *unused)
{
	return res->type != ACPI_RESOURCE_TYPE_ADDRESS32 &&
	       res->type != ACPI_RESOURCE_TYPE_ADDRESS64;
}

/* Returns how many there are. */
static int vmb_client_windows_of(struct acpi_device *adev)
{
	struct resource_entry *entry;
	LIST_HEAD(resources);
	int count = 0;

	if (acpi_dev_get_resources(adev, &resources, vmb_client_no_window, NULL) <= 0)
		return 0;
	list_for_each_entry(entry, &resources, node) {
		resource_size_t start = entry->res->start, end = entry->res->end;

		/* What is below 1 MiB was never meant for devices. */
		if (resource_type(entry->res) != IORESOURCE_MEM || end < SZ_1M)
			continue;
		if (start < VMB_VTPM_BASE && end >= VMB_VTPM_BASE)
			end = VMB_VTPM_BASE - 1;
		count += !!vmb_client_window_add(start, end);
	}
	acpi_dev_free_resource_list(&resources);
	return count;
}

void vmb_client_windows_find(struct device *dev)
{
	struct acpi_device *adev;

	for (adev = ACPI_COMPANION(dev); adev; adev = acpi_dev_parent(adev))
		if (vmb_client_windows_of(adev))
			return;
}

/* A claim that has one of the addresses. */
static struct vmb_claim *vmb_claim_at(struct vmb_window *window,
				      resource_size_t start, resource_size_t end)
{
	struct vmb_claim *claim;

	list_for_each_entry(claim, &window->claims, list)
		if (claim->end >= start && claim->start <= end)
			return claim;
	return NULL;
}

static struct resource *
vmb_window_claim(struct vmb_window *window, const char *name,
		 resource_size_t min, resource_size_t max,
		 resource_size_t size, resource_size_t align)
{
	resource_size_t last = min(max, window->end);
	resource_size_t from = max(min, window->start);
	struct vmb_claim *claim, *taken;
	struct resource *res;

	claim = kzalloc_obj(*claim);
	if (!claim)
		return NULL;
	for (;;) {
		resource_size_t start = ALIGN(from, align);

		if (start < from || start > last || size - 1 > last - start)
			break;
		from = start + align;
		taken = vmb_claim_at(window, start, start + size - 1);
		if (taken) {
			from = taken->end + 1;
			continue;
		}
		res = request_mem_region_exclusive(start, size, name);
		if (!res)
			continue;
		claim->start = start;
		claim->end = start + size - 1;
		list_add_tail(&claim->list, &window->claims);
		return res;
	}
	kfree(claim);
	return NULL;
}

/**
 * vmbus_allocate_mmio() - give addresses to a device
 * @new: the resource
 * @device_obj: the client's device
 * @min: lowest address
 * @max: highest address
 * @size: how many, at least 1
 * @align: power of 2
 * @fb_overlap_ok: no matter, as no frame buffer is set aside
 *
 * Context: Process.
 * Return: 0, or -ENXIO if there is no such space.
 */
int vmbus_allocate_mmio(struct resource **new, struct hv_device *device_obj,
			resource_size_t min, resource_size_t max,
			resource_size_t size, resource_size_t align,
			bool fb_overlap_ok)
{
	struct vmb_window *window;

	guard(mutex)(&vmb_windows_lock);
	list_for_each_entry(window, &vmb_windows, list) {
		*new = vmb_window_claim(window, dev_name(&device_obj->device),
					min, max, size, align);
		if (*new)
			return 0;
	}
	return -ENXIO;
}
EXPORT_SYMBOL_GPL(vmbus_allocate_mmio);

/**
 * vmbus_free_mmio() - take addresses back
 * @start: as in the resource of vmbus_allocate_mmio()
 * @size: likewise; nothing happens if there is no such resource
 *
 * Context: Process.
 */
void vmbus_free_mmio(resource_size_t start, resource_size_t size)
{
	struct vmb_window *window;
	struct vmb_claim *claim;

	guard(mutex)(&vmb_windows_lock);
	list_for_each_entry(window, &vmb_windows, list) {
		claim = vmb_claim_at(window, start, start);
		if (!claim || claim->start != start || claim->end - start != size - 1)
			continue;
		list_del(&claim->list);
		kfree(claim);
		release_mem_region(start, size);
		return;
	}
}
EXPORT_SYMBOL_GPL(vmbus_free_mmio);
