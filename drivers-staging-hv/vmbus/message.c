// SPDX-License-Identifier: GPL-2.0
/* Messages from the host: validation and dispatch. */
#include <linux/device.h>
#include <linux/printk.h>
#include <kunit/visibility.h>

#include "bus.h"
#include "client_bus.h"
#include "connection.h"
#include "gpadl.h"
#include "message.h"
#include "offer.h"
#include "open.h"
#include "trace.h"

/**
 * struct vmb_message_rule - a message that the host may send
 * @min: shortest length
 * @min_below_v5: shortest length below protocol 5.0, 0 if the same
 * @since: protocol version from which it may come
 * @handler: called with a message that is long enough
 */
struct vmb_message_rule {
	u8 min;
	u8 min_below_v5;
	u32 since;
	void (*handler)(struct vmb_bus *bus, const void *msg, u32 len);
};

static void vmb_on_offer(struct vmb_bus *bus, const void *msg, u32 len)
{
	vmb_offer(bus, msg);
}

static void vmb_on_rescind(struct vmb_bus *bus, const void *msg, u32 len)
{
	const struct vmbw_u32 *m = msg;

	vmb_rescind(bus, le32_to_cpu(m->value));
}

static bool vmb_answer(struct vmb_bus *bus, u32 relid, u32 id,
		       const void *msg, u32 len)
{
	const struct vmbw_msg *hdr = msg;

	if (vmb_wait_answer(bus, le32_to_cpu(hdr->type), relid, id, msg, len))
		return true;
	vmb_count(bus, VMB_LATE_REPLIES);
	return false;
}

static void vmb_on_result(struct vmb_bus *bus, const void *msg, u32 len)
{
	const struct vmbw_result *m = msg;

	vmb_answer(bus, le32_to_cpu(m->relid), le32_to_cpu(m->id), msg, len);
}

static void vmb_on_opened(struct vmb_bus *bus, const void *msg, u32 len)
{
	const struct vmbw_result *m = msg;
	u32 relid = le32_to_cpu(m->relid);

	if (!vmb_answer(bus, relid, le32_to_cpu(m->id), msg, len) && !m->status)
		vmb_late_open(bus, relid);
}

static void vmb_on_torndown(struct vmb_bus *bus, const void *msg, u32 len)
{
	const struct vmbw_u32 *m = msg;

	if (!vmb_gpadl_torndown(bus, le32_to_cpu(m->value)))
		vmb_count(bus, VMB_LATE_REPLIES);
}

static void vmb_on_modified(struct vmb_bus *bus, const void *msg, u32 len)
{
	const struct vmbw_modify *m = msg;

	vmb_answer(bus, le32_to_cpu(m->relid), 0, msg, len);
}

static void vmb_on_plain(struct vmb_bus *bus, const void *msg, u32 len)
{
	vmb_answer(bus, 0, 0, msg, len);
}

static void vmb_on_unloaded(struct vmb_bus *bus, const void *msg, u32 len)
{
	/* Unasked it means nothing: a crash must not take it for its reply. */
	if (vmb_answer(bus, 0, 0, msg, len))
		WRITE_ONCE(bus->unloaded, true);
}

#define VMB_RULE(_type, _struct, _handler) \
	[_type] = { .min = sizeof(struct _struct), .handler = _handler }

/* A host never sends types without a handler. */
static const struct vmb_message_rule vmb_rules[VMBW_MSG_TYPES] = {
	VMB_RULE(VMBW_OFFER, vmbw_offer, vmb_on_offer),
	VMB_RULE(VMBW_RESCIND, vmbw_u32, vmb_on_rescind),
	VMB_RULE(VMBW_OFFERS_DELIVERED, vmbw_msg, vmb_on_plain),
	VMB_RULE(VMBW_OPEN_RESULT, vmbw_result, vmb_on_opened),
	VMB_RULE(VMBW_GPADL_CREATED, vmbw_result, vmb_on_result),
	VMB_RULE(VMBW_GPADL_TORNDOWN, vmbw_u32, vmb_on_torndown),
	VMB_RULE(VMBW_UNLOAD_RESPONSE, vmbw_msg, vmb_on_unloaded),
	VMB_RULE(VMBW_TL_RESULT, vmbw_tl_result, vmb_client_refused),
	[VMBW_VERSION_RESPONSE] = {
		.min = sizeof(struct vmbw_version_response),
		.min_below_v5 = VMBW_VERSION_RESPONSE_MIN_V4,
		.handler = vmb_on_plain,
	},
	[VMBW_MODIFY_RESPONSE] = { .min = sizeof(struct vmbw_modify),
		.since = VMBW_V5_3, .handler = vmb_on_modified },
};

int vmb_message_check(u32 version, const void *msg, u32 len)
{
	const struct vmb_message_rule *rule;
	const struct vmbw_msg *hdr = msg;
	u32 type, min;

	if (len < sizeof(*hdr) || len > VMBW_MSG_MAX)
		return -EMSGSIZE;
	type = le32_to_cpu(hdr->type);
	if (type >= VMBW_MSG_TYPES)
		return -EPROTO;
	rule = &vmb_rules[type];
	if (!rule->handler || version < rule->since)
		return -EPROTO;
	min = rule->min;
	if (version < VMBW_V5_0 && rule->min_below_v5)
		min = rule->min_below_v5;
	return len < min ? -EMSGSIZE : (int)type;
}
EXPORT_SYMBOL_IF_KUNIT(vmb_message_check);

void vmb_message(struct vmb_bus *bus, const void *msg, u32 len)
{
	int type = vmb_message_check(bus->version, msg, len);

	WRITE_ONCE(bus->silent, false);
	trace_vmb_message_get(msg, len, type);
	if (type >= 0) {
		vmb_rules[type].handler(bus, msg, len);
		return;
	}
	vmb_count(bus, VMB_BAD_MESSAGES);
	dev_warn_ratelimited(bus->dev, "dropped an invalid message of %u bytes: %d\n",
			     len, type);
}
EXPORT_SYMBOL_IF_KUNIT(vmb_message);
