// SPDX-License-Identifier: GPL-2.0
/* The life of a channel, from its offer to its end. */
#include <linux/export.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <kunit/visibility.h>

#include "bus.h"
#include "channel.h"
#include "connection.h"
#include "node.h"

static void vmb_channel_free(struct kobject *kobj)
{
	struct vmb_channel *ch = container_of(kobj, struct vmb_channel, kobj);

	put_device(&ch->node->dev);
	kfree_rcu(ch, rcu);
}

static const struct kobj_type vmb_channel_ktype = {
	.release = vmb_channel_free,
	.sysfs_ops = &kobj_sysfs_ops,
};

void vmb_channel_set_offer(struct vmb_channel *ch, const struct vmb_offer *offer)
{
	struct vmb_bus *bus = ch->bus;

	ch->offer = *offer;
	ch->relid = offer->relid;
	/* How the host wants to be signalled. */
	ch->signal = offer->connection_id;
	ch->monitor_word = NULL;
	ch->send_bits = NULL;
	if (offer->monitor >= 0) {
		struct vmbw_monitor_page *page = bus->monitor[1];

		ch->monitor_word = (unsigned long *)&page->group[offer->monitor / 32];
		ch->monitor_bit = offer->monitor % 32;
	}
	if (bus->version < VMBW_V5_0 && !offer->dedicated)
		ch->send_bits = (unsigned long *)(bus->int_page + VMB_PAGE_SIZE / 2);
}

struct vmb_channel *vmb_channel_alloc(struct vmb_bus *bus,
				      struct vmb_node *node,
				      const struct vmb_offer *offer)
{
	/* The message work must not wait for I/O: it may be what that waits for. */
	struct vmb_channel *ch = kzalloc_obj(*ch, GFP_NOIO);

	if (!ch)
		return NULL;
	spin_lock_init(&ch->tx_lock);
	mutex_init(&ch->lock);
	INIT_LIST_HEAD(&ch->list);
	kobject_init(&ch->kobj, &vmb_channel_ktype);
	ch->bus = bus;
	ch->node = node;
	get_device(&node->dev);
	vmb_channel_set_offer(ch, offer);
	return ch;
}

/* A channel by its number, with a reference, or NULL. Any context. */
struct vmb_channel *vmb_channel_get(struct vmb_bus *bus, u32 relid)
{
	struct vmb_channel *ch;

	guard(rcu)();
	ch = rcu_dereference(bus->channels[relid]);
	if (ch && !kobject_get_unless_zero(&ch->kobj))
		ch = NULL;
	return ch;
}
EXPORT_SYMBOL_IF_KUNIT(vmb_channel_get);

/* Drops a reference. Any context. */
void vmb_channel_put(struct vmb_channel *ch)
{
	kobject_put(&ch->kobj);
}
EXPORT_SYMBOL_IF_KUNIT(vmb_channel_put);

bool vmb_channel_unlist(struct vmb_channel *ch)
{
	guard(mutex)(&ch->bus->lock);
	if (rcu_access_pointer(ch->bus->channels[ch->relid]) == ch)
		RCU_INIT_POINTER(ch->bus->channels[ch->relid], NULL);
	list_del_init(&ch->list);
	return ch->rescinded;
}

int vmb_channel_wait_start(struct vmb_channel *ch, struct vmb_wait *w,
			   u32 type, u32 id)
{
	vmb_wait_start(ch->bus, w, type, ch->relid, id);
	/* A later rescind finds @w; wait_lock orders the two. */
	return READ_ONCE(ch->rescinded) ? -ENODEV : 0;
}

u16 vmb_channel_index(const struct vmb_channel *ch)
{
	return ch->offer.index;
}
EXPORT_SYMBOL_GPL(vmb_channel_index);

unsigned int vmb_channel_cpu(const struct vmb_channel *ch)
{
	return READ_ONCE(ch->cpu);
}
EXPORT_SYMBOL_GPL(vmb_channel_cpu);
