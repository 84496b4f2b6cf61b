// SPDX-License-Identifier: GPL-2.0
/*
 * A virtual function behind the adapter. The host says which VF belongs to it
 * and waits for an acknowledgment; data keep using the synthetic path, since
 * no VF driver can attach while PCI pass-through needs the in-tree bus.
 */
#include "net.h"

/**
 * netvsc_vf_association() - the host associates a VF, or takes one away
 * @nd: device
 * @m: message, complete
 *
 * NAPI poll of the primary channel. The caller acknowledges it.
 */
void netvsc_vf_association(struct netvsc_dev *nd,
			   const struct nvsp_vf_association *m)
{
	bool allocated = le32_to_cpu(m->allocated);
	u32 serial = le32_to_cpu(m->serial);

	if (!allocated) {
		if (!nd->vf_associated)
			return;
		/* The host moves the data path back by itself. */
		WRITE_ONCE(nd->vf_associated, false);
		netdev_info(nd->ndev, "VF %u is gone\n", nd->vf_serial);
		return;
	}
	if (nd->vf_associated && nd->vf_serial == serial)
		return;
	nd->vf_serial = serial;
	WRITE_ONCE(nd->vf_associated, true);
	netdev_info(nd->ndev, "VF %u is associated, not used\n", serial);
}

/**
 * netvsc_vf_reset() - forgets the VF, for a new agreement with the host
 * @nd: device, no channel open
 */
void netvsc_vf_reset(struct netvsc_dev *nd)
{
	nd->vf_associated = false;
	nd->vf_serial = 0;
}
