// SPDX-License-Identifier: GPL-2.0
/*
 * Drivers of <linux/hyperv.h>: addresses for devices that have registers or
 * memory of their own. The firmware gives the bus windows for them.
 */
#include <linux/acpi.h>
#include <linux/align.h>
#include <linux/cleanup.h>
#include <linux/device.h>
#include <linux/efi.h>
#include <linux/export.h>
#include <linux/hyperv.h>
#include <linux/ioport.h>
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/range.h>
#include <linux/screen_info.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/sysfb.h>
#include <kunit/visibility.h>

#include "client_bus.h"

/* Windows of Hyper-V go over the page of the virtual TPM. */
#define VMB_VTPM_BASE	0xfed40000

/* The least that a video device has; firmware may say less. */
#define VMB_FB_MIN	SZ_8M

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
static DEFINE_MUTEX(vmb_windows_lock); /* guards all of this */
/* Where the firmware has put the frame buffer, which is the host's memory then. */
static struct range vmb_fb;

VISIBLE_IF_KUNIT void vmb_client_fb_set(resource_size_t start, resource_size_t end)
{
	guard(mutex)(&vmb_windows_lock);
	vmb_fb = (struct range) { .start = start, .end = end };
}
EXPORT_SYMBOL_IF_KUNIT(vmb_client_fb_set);

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
	vmb_client_fb_set(0, 0);
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

/* Generation 2 has it from UEFI, Generation 1 as a PCI device. */
static void vmb_client_fb_find(void)
{
	u64 start = 0, size = 0;
	struct pci_dev *pdev;

	if (efi_enabled(EFI_BOOT)) {
#if IS_ENABLED(CONFIG_SYSFB)
		const struct screen_info *si = &sysfb_primary_display.screen;

		start = __screen_info_lfb_base(si);
		size = __screen_info_lfb_size(si, screen_info_video_type(si));
#endif
	} else {
		pdev = pci_get_device(PCI_VENDOR_ID_MICROSOFT,
				      PCI_DEVICE_ID_HYPERV_VIDEO, NULL);
		if (pdev) {
			start = pci_resource_start(pdev, 0);
			size = pci_resource_len(pdev, 0);
		}
		pci_dev_put(pdev);
	}
	if (start)
		vmb_client_fb_set(start, start + max(size, VMB_FB_MIN) - 1);
}

void vmb_client_windows_find(struct device *dev)
{
	struct acpi_device *adev;

	for (adev = ACPI_COMPANION(dev); adev; adev = acpi_dev_parent(adev))
		if (vmb_client_windows_of(adev))
			break;
	vmb_client_fb_find();
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

/**
 * struct vmb_want - what a client asks for
 * @name: in /proc/iomem
 * @min: lowest address
 * @max: highest address
 * @size: how many
 * @align: power of 2
 * @fb: may be the frame buffer's
 */
struct vmb_want {
	const char *name;
	resource_size_t min;
	resource_size_t max;
	resource_size_t size;
	resource_size_t align;
	bool fb;
};

/* Where to go on if these addresses are somebody's; else 0. */
static resource_size_t vmb_window_taken(struct vmb_window *window,
					const struct vmb_want *want,
					resource_size_t start)
{
	resource_size_t end = start + want->size - 1;
	struct vmb_claim *claim = vmb_claim_at(window, start, end);

	if (claim)
		return claim->end + 1;
	if (!want->fb && vmb_fb.end >= start && vmb_fb.start <= end)
		return vmb_fb.end + 1;
	return 0;
}

static struct resource *vmb_window_claim(struct vmb_window *window,
					 const struct vmb_want *want)
{
	resource_size_t last = min(want->max, window->end);
	resource_size_t from = max(want->min, window->start);
	struct vmb_claim *claim;
	struct resource *res;

	claim = kzalloc_obj(*claim);
	if (!claim)
		return NULL;
	for (;;) {
		resource_size_t start = ALIGN(from, want->align);

		if (start < from || start > last || want->size - 1 > last - start)
			break;
		from = vmb_window_taken(window, want, start);
		if (from)
			continue;
		from = start + want->align;
		res = request_mem_region_exclusive(start, want->size, want->name);
		if (!res)
			continue;
		claim->start = start;
		claim->end = start + want->size - 1;
		list_add_tail(&claim->list, &window->claims);
		return res;
	}
	kfree(claim);
	return NULL;
}

static struct resource *vmb_windows_claim(const struct vmb_want *want)
{
	struct vmb_window *window;
	struct resource *res;

	list_for_each_entry(window, &vmb_windows, list) {
		res = vmb_window_claim(window, want);
		if (res)
			return res;
	}
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
 * @fb_overlap_ok: the frame buffer of the firmware will do, and is the first
 *	choice; otherwise nothing of it is given
 *
 * Context: Process.
 * Return: 0, or -ENXIO if there is no such space.
 */
int vmbus_allocate_mmio(struct resource **new, struct hv_device *device_obj,
			resource_size_t min, resource_size_t max,
			resource_size_t size, resource_size_t align,
			bool fb_overlap_ok)
{
	struct vmb_want want = {
		.name = dev_name(&device_obj->device),
		.min = min,
		.max = max,
		.size = size,
		.align = align,
		.fb = fb_overlap_ok,
	};
	struct vmb_want fb = want;

	guard(mutex)(&vmb_windows_lock);
	fb.min = max(min, vmb_fb.start);
	fb.max = min(max, vmb_fb.end);
	*new = fb_overlap_ok ? vmb_windows_claim(&fb) : NULL;
	if (!*new)
		*new = vmb_windows_claim(&want);
	return *new ? 0 : -ENXIO;
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
