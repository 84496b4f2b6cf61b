/* SPDX-License-Identifier: GPL-2.0 */
/* Offers and rescinds. */
#ifndef _HV_VMBUS_OFFER_H
#define _HV_VMBUS_OFFER_H

#include <linux/types.h>

struct vmb_bus;
struct vmb_offer;
struct vmbw_offer;

void vmb_offer_init(struct vmb_bus *bus);
int vmb_offer_parse(const struct vmbw_offer *msg, struct vmb_offer *offer);
void vmb_offer(struct vmb_bus *bus, const struct vmbw_offer *msg);
void vmb_rescind(struct vmb_bus *bus, u32 relid);
void vmb_remove_all(struct vmb_bus *bus);

#endif /* _HV_VMBUS_OFFER_H */
