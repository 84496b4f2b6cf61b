// SPDX-License-Identifier: GPL-2.0
/*
 * A controller's attributes, at its device.
 */
#include <linux/device.h>
#include <linux/export.h>
#include <linux/kstrtox.h>
#include <linux/sysfs.h>

#include "vstor.h"

static struct vstor *dev_to_vstor(struct device *dev)
{
	return vmb_get_drvdata(to_vmb_device(dev));
}

/* Looks at all LUNs again: new ones, those that are gone, sizes. */
static ssize_t rescan_store(struct device *dev, struct device_attribute *attr,
			    const char *buf, size_t count)
{
	bool yes;
	int ret = kstrtobool(buf, &yes);

	if (ret)
		return ret;
	if (yes)
		vstor_rescan_now(dev_to_vstor(dev));
	return count;
}
static DEVICE_ATTR_WO(rescan);

/* For a host that lost commands: closes all channels and opens them again. */
static ssize_t recover_store(struct device *dev, struct device_attribute *attr,
			     const char *buf, size_t count)
{
	bool yes;
	int ret = kstrtobool(buf, &yes);

	if (!ret && yes)
		ret = vstor_recover(dev_to_vstor(dev));
	return ret ?: count;
}
static DEVICE_ATTR_WO(recover);

static struct attribute *vstor_attrs[] = {
	&dev_attr_rescan.attr,
	&dev_attr_recover.attr,
	NULL,
};

static const struct attribute_group vstor_group = {
	.attrs = vstor_attrs,
};

const struct attribute_group *vstor_groups[] = {
	&vstor_group,
	NULL,
};
EXPORT_SYMBOL_FOR_MODULES(vstor_groups, "hv_storvsc,hv_blkvsc");
