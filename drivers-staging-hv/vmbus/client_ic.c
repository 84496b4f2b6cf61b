// SPDX-License-Identifier: GPL-2.0
/*
 * Drivers of <linux/hyperv.h>: the versions of an integration service.
 *
 * The host offers versions of the framework that carries the messages, then
 * versions of the service. The guest answers in the same buffer: one of each,
 * or none of both. Source: struct icmsg_negotiate in <linux/hyperv.h>.
 */
#include <linux/export.h>
#include <linux/hyperv.h>
#include <linux/printk.h>
#include <linux/string.h>

static int vmb_ic_number(const struct ic_version *version)
{
	return version->major << 16 | version->minor;
}

/* Finds the first of @known, which is the best, among the @count @offered. */
static bool vmb_ic_pick(const struct ic_version *offered, u32 count,
			const int *known, int knows, struct ic_version *found)
{
	for (int i = 0; i < knows; i++) {
		for (u32 j = 0; j < count; j++) {
			if (vmb_ic_number(&offered[j]) != known[i])
				continue;
			*found = offered[j];
			return true;
		}
	}
	return false;
}

/**
 * vmbus_prep_negotiate_resp() - answer the host's offer of versions
 * @icmsghdrp: the message's header in @buf
 * @buf: the message, a private copy; the answer replaces it
 * @buflen: its length
 * @fw_version: framework versions that the client has, the best one first
 * @fw_vercnt: how many
 * @srv_version: versions of the service, the best one first
 * @srv_vercnt: how many
 * @nego_fw_version: framework version, 0 for none; or NULL
 * @nego_srv_version: version of the service, 0 for none; or NULL
 *
 * Context: Any.
 * Return: true if there is a version of both in common. A message that is too
 * short for the answer is left as it is.
 */
bool vmbus_prep_negotiate_resp(struct icmsg_hdr *icmsghdrp, u8 *buf, u32 buflen,
			       const int *fw_version, int fw_vercnt,
			       const int *srv_version, int srv_vercnt,
			       int *nego_fw_version, int *nego_srv_version)
{
	struct icmsg_negotiate *nego = (void *)(buf + ICMSG_HDR);
	struct ic_version picked[2] = {};
	u32 frames, services;
	bool agreed;

	if (buflen < ICMSG_NEGOTIATE_PKT_SIZE(1, 1)) {
		pr_err_ratelimited("an offer of versions is %u bytes long\n", buflen);
		return false;
	}
	frames = nego->icframe_vercnt;
	services = nego->icmsg_vercnt;
	agreed = ICMSG_NEGOTIATE_PKT_SIZE(frames, services) <= buflen &&
		 vmb_ic_pick(nego->icversion_data, frames,
			     fw_version, fw_vercnt, &picked[0]) &&
		 vmb_ic_pick(nego->icversion_data + frames, services,
			     srv_version, srv_vercnt, &picked[1]);
	if (!agreed)
		memset(picked, 0, sizeof(picked));

	nego->icframe_vercnt = agreed;
	nego->icmsg_vercnt = agreed;
	memcpy(nego->icversion_data, picked, sizeof(picked));
	icmsghdrp->icmsgsize = sizeof(*nego) + sizeof(picked);
	if (nego_fw_version)
		*nego_fw_version = vmb_ic_number(&picked[0]);
	if (nego_srv_version)
		*nego_srv_version = vmb_ic_number(&picked[1]);
	return agreed;
}
EXPORT_SYMBOL_GPL(vmbus_prep_negotiate_resp);
