// SPDX-License-Identifier: GPL-2.0
/* Posting messages, waiting for replies, connecting, unloading. */
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <asm/mshyperv.h>
#include <kunit/visibility.h>

#include "bus.h"
#include "connection.h"
#include "trace.h"

/* Microseconds between two tries to post a message: first, and at most. */
#define VMB_POST_PAUSE		20
#define VMB_POST_PAUSE_MAX	500000

/* Less than what the detector of hung tasks waits for. */
#define VMB_WAIT_PART		(10UL * HZ)

/* For the reply of a host that has been waited for in vain. */
#define VMB_SILENT_TIMEOUT	((unsigned long)HZ)

/* Highest first: each is offered until the host accepts one. */
static const u32 vmb_versions[] = {
	VMBW_V6_0, VMBW_V5_3, VMBW_V5_2, VMBW_V5_1, VMBW_V5_0, VMBW_V4_1,
	VMBW_V4_0,
};

int vmb_hv_post_input(struct vmb_post_input *in, u32 connection,
		      const void *msg, u32 len)
{
	in->connection = cpu_to_le32(connection);
	in->reserved = 0;
	in->type = cpu_to_le32(VMBW_HV_MESSAGE);
	in->len = cpu_to_le32(len);
	memcpy(in->payload, msg, len);
	memset(in->payload + len, 0, VMBW_MSG_MAX - len);

	switch (hv_result(hv_do_hypercall(HVCALL_POST_MESSAGE, in, NULL))) {
	case HV_STATUS_SUCCESS:
		return 0;
	case HV_STATUS_INSUFFICIENT_MEMORY:
	case HV_STATUS_INSUFFICIENT_BUFFERS:
	case HV_STATUS_TIME_OUT:
		return -EAGAIN;
	case HV_STATUS_INVALID_CONNECTION_ID:
		return -ENXIO;
	default:
		return -EIO;
	}
}

/* vmb_bus.post on a real host. */
int vmb_hv_post(struct vmb_bus *bus, u32 connection, const void *msg, u32 len)
{
	lockdep_assert_held(&bus->post_lock);
	return vmb_hv_post_input(bus->post_input, connection, msg, len);
}

static int vmb_post_once(struct vmb_bus *bus, const void *msg, u32 len)
{
	guard(mutex)(&bus->post_lock);
	return bus->post(bus, bus->connection, msg, len);
}

/*
 * -ENXIO is final only where it answers the question whether the host knows
 * the connection id. Later it means that the guest is throttled.
 */
static bool vmb_post_again(const struct vmbw_msg *msg, int ret)
{
	return ret == -EAGAIN ||
	       (ret == -ENXIO && msg->type != cpu_to_le32(VMBW_INITIATE_CONTACT));
}

int vmb_post(struct vmb_bus *bus, const void *msg, u32 len)
{
	unsigned long end = jiffies + bus->post_timeout;
	unsigned int pause = VMB_POST_PAUSE;
	int ret;

	for (;;) {
		ret = vmb_post_once(bus, msg, len);
		if (!vmb_post_again(msg, ret) || time_after(jiffies, end))
			break;
		fsleep(pause);
		pause = min(2 * pause, VMB_POST_PAUSE_MAX);
	}
	trace_vmb_message_post(msg, len, ret);
	return ret;
}

/* Posts a message that is a type and one number. See vmb_post(). */
int vmb_post_u32(struct vmb_bus *bus, u32 type, u32 value)
{
	struct vmbw_u32 msg = {
		.hdr.type = cpu_to_le32(type),
		.value = cpu_to_le32(value),
	};

	return vmb_post(bus, &msg, sizeof(msg));
}

void vmb_wait_start(struct vmb_bus *bus, struct vmb_wait *w, u32 type,
		    u32 relid, u32 id)
{
	*w = (struct vmb_wait) { .type = type, .relid = relid, .id = id };
	init_completion(&w->done);
	guard(spinlock)(&bus->wait_lock);
	list_add_tail(&w->list, &bus->waiters);
}
EXPORT_SYMBOL_IF_KUNIT(vmb_wait_start);

unsigned long vmb_reply_timeout(const struct vmb_bus *bus)
{
	return READ_ONCE(bus->silent) ? min(bus->timeout, VMB_SILENT_TIMEOUT) :
					bus->timeout;
}
EXPORT_SYMBOL_IF_KUNIT(vmb_reply_timeout);

bool vmb_wait_done(struct vmb_bus *bus, struct completion *done,
		   unsigned long timeout)
{
	while (timeout) {
		unsigned long part = min(timeout, VMB_WAIT_PART);

		if (wait_for_completion_timeout(done, part))
			return true;
		timeout -= part;
	}
	WRITE_ONCE(bus->silent, true);
	return false;
}

int vmb_wait_end(struct vmb_bus *bus, struct vmb_wait *w, int posted,
		 unsigned long timeout)
{
	if (!posted)
		vmb_wait_done(bus, &w->done, timeout);
	guard(spinlock)(&bus->wait_lock);
	if (!list_empty(&w->list)) {
		list_del(&w->list);
		return posted ?: -ETIMEDOUT;
	}
	return w->error;
}
EXPORT_SYMBOL_IF_KUNIT(vmb_wait_end);

bool vmb_wait_answer(struct vmb_bus *bus, u32 type, u32 relid, u32 id,
		     const void *msg, u32 len)
{
	struct vmb_wait *w;

	guard(spinlock)(&bus->wait_lock);
	list_for_each_entry(w, &bus->waiters, list) {
		if (w->type != type || w->id != id || w->relid != relid)
			continue;
		memcpy(&w->reply, msg, min_t(size_t, len, sizeof(w->reply)));
		list_del_init(&w->list);
		complete(&w->done);
		return true;
	}
	return false;
}
EXPORT_SYMBOL_IF_KUNIT(vmb_wait_answer);

void vmb_wait_rescind(struct vmb_bus *bus, u32 relid)
{
	struct vmb_wait *w, *next;

	guard(spinlock)(&bus->wait_lock);
	list_for_each_entry_safe(w, next, &bus->waiters, list) {
		if (w->relid != relid)
			continue;
		w->error = -ENODEV;
		list_del_init(&w->list);
		complete(&w->done);
	}
}
EXPORT_SYMBOL_IF_KUNIT(vmb_wait_rescind);

u32 vmb_version_below(u32 version)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(vmb_versions); i++)
		if (vmb_versions[i] < version)
			return vmb_versions[i];
	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(vmb_version_below);

/* Offers one version to the host: 0, -EPROTO if it is refused, or -errno. */
static int vmb_contact(struct vmb_bus *bus, u32 version)
{
	struct vmbw_initiate_contact msg = {
		.hdr.type = cpu_to_le32(VMBW_INITIATE_CONTACT),
		.version = cpu_to_le32(version),
		.target_vp = cpu_to_le32(vmb_vp(bus->connect_cpu)),
		.monitor_gpa[0] = cpu_to_le64(virt_to_phys(bus->monitor[0])),
		.monitor_gpa[1] = cpu_to_le64(virt_to_phys(bus->monitor[1])),
	};
	struct vmb_wait w;
	int ret;

	bus->version = version;
	if (version >= VMBW_V5_0) {
		bus->connection = VMBW_CONN_V5;
		msg.target_info = cpu_to_le64(HV_SYNIC_VMBUS_SINT_INDEX);
	} else {
		bus->connection = VMBW_CONN_V4;
		msg.target_info = cpu_to_le64(virt_to_phys(bus->int_page));
	}

	vmb_wait_start(bus, &w, VMBW_VERSION_RESPONSE, 0, 0);
	/* The host may have to end the connection of an earlier kernel first. */
	ret = vmb_wait_end(bus, &w, vmb_post(bus, &msg, sizeof(msg)),
			   bus->unload_timeout);
	if (ret)
		return ret == -ENXIO ? -EPROTO : ret;
	if (!w.reply.version.supported)
		return -EPROTO;
	if (w.reply.version.state)
		return -EBUSY;
	if (version >= VMBW_V5_0)
		bus->connection = le32_to_cpu(w.reply.version.connection_id);
	return 0;
}

int vmb_connect(struct vmb_bus *bus, u32 highest)
{
	u32 version = highest < U32_MAX ? highest + 1 : highest;
	int ret = -EPROTO;

	while (ret == -EPROTO && (version = vmb_version_below(version)))
		ret = vmb_contact(bus, version);
	if (ret)
		bus->version = 0;
	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(vmb_connect);

int vmb_request_offers(struct vmb_bus *bus)
{
	struct vmbw_msg msg = { .type = cpu_to_le32(VMBW_REQUEST_OFFERS) };
	struct vmb_wait w;

	vmb_wait_start(bus, &w, VMBW_OFFERS_DELIVERED, 0, 0);
	return vmb_wait_end(bus, &w, vmb_post(bus, &msg, sizeof(msg)),
			    2 * bus->timeout);
}
EXPORT_SYMBOL_IF_KUNIT(vmb_request_offers);

int vmb_unload(struct vmb_bus *bus)
{
	struct vmbw_msg msg = { .type = cpu_to_le32(VMBW_UNLOAD) };
	struct vmb_wait w;

	vmb_wait_start(bus, &w, VMBW_UNLOAD_RESPONSE, 0, 0);
	return vmb_wait_end(bus, &w, vmb_post(bus, &msg, sizeof(msg)),
			    bus->unload_timeout);
}
EXPORT_SYMBOL_IF_KUNIT(vmb_unload);
