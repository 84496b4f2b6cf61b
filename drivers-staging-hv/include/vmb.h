/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The VMBus as its drivers see it: devices, channels, packets.
 *
 * Nothing of the rings, the SynIC or the connection is visible here, so that
 * another bus could stand behind the same drivers.
 *
 * Terms: the host offers a device; its primary channel and its sub-channels are
 * pairs of rings; outbound is guest to host. All packet data that a driver sees
 * is a private copy, which the host cannot change any more.
 *
 * The prefix is vmb_ and not vmbus_ because drivers/hv exports vmbus_open() and
 * its like with other signatures: a module built for one bus must not bind to
 * the symbols of the other by mistake.
 */
#ifndef _HV_VMB_H
#define _HV_VMB_H

#include <linux/device.h>
#include <linux/list.h>
#include <linux/mod_devicetable.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/uuid.h>

#include "vmb_ids.h"
#include "vmb_packet.h"

struct module;
struct vmb_channel;
struct vmb_client;
struct vmb_gpadl;

/* Bytes of an offer that its device class defines. */
#define VMB_USER_DATA_BYTES	120

/**
 * struct vmb_device - a device that the host offers
 * @dev: driver core device
 * @class_id: what kind of device it is
 * @instance_id: which one; stable for the life of the VM
 * @channel: primary channel; valid from probe to the end of remove
 * @user_data: the offer's user-defined bytes, device-class specific
 * @drvdata: the driver's own, see vmb_set_drvdata()
 *
 * Owned by the bus. Constant while a driver is bound, but for @user_data when
 * the guest has been hibernated.
 */
struct vmb_device {
	struct device		*dev;
	guid_t			class_id;
	guid_t			instance_id;
	struct vmb_channel	*channel;
	u8			user_data[VMB_USER_DATA_BYTES];
	void			*drvdata;
};

/* Only while a driver is bound; its own data is vmb_device.drvdata. */
static inline struct vmb_device *to_vmb_device(const struct device *dev)
{
	return dev_get_drvdata(dev);
}

/**
 * struct vmb_driver - a driver for VMBus devices
 * @driver: driver core part; @driver.name must be set
 * @id_table: class GUIDs that it binds to, ends with a null GUID
 * @probe: process context; may sleep and open channels
 * @remove: process context; must close every channel it opened. The host may
 *	have rescinded the device already, see vmb_channel_error()
 * @shutdown: process context, at reboot and kexec; optional
 * @suspend: process context, tasks are frozen. The connection ends: the driver
 *	lets the host complete what it has, destroys its GPADLs and closes its
 *	channels. After an error it goes on as before, and nobody hibernates.
 *	Optional; without it the guest does not hibernate while a device is
 *	bound
 * @resume: process context, tasks are frozen; after @suspend. There is another
 *	connection, perhaps to another host: the driver opens and negotiates
 *	anew. If the host has the device no longer, vmb_open() returns -ENODEV
 *	and @remove follows once tasks are thawed
 * @pipes: it takes pipes, and nothing else
 * @subchannel: process context, bus work queue; a sub-channel was offered for
 *	a bound device. The driver may open it. Ends before @remove begins, and
 *	is not called again after that
 */
struct vmb_driver {
	struct device_driver driver;
	const struct hv_vmbus_device_id *id_table;
	bool pipes;
	int (*probe)(struct vmb_device *vdev, const struct hv_vmbus_device_id *id);
	void (*remove)(struct vmb_device *vdev);
	void (*shutdown)(struct vmb_device *vdev);
	int (*suspend)(struct vmb_device *vdev);
	int (*resume)(struct vmb_device *vdev);
	void (*subchannel)(struct vmb_device *vdev, struct vmb_channel *sub);
	/* private: ids added through sysfs new_id */
	struct list_head dynids;
	spinlock_t dynids_lock; /* guards dynids */
	/* private: on the bus of drivers/hv, the driver as it is seen there */
	struct vmb_client *client;
};

#define to_vmb_driver(d) container_of_const(d, struct vmb_driver, driver)

/**
 * __vmb_driver_register() - see vmb_driver_register()
 * @drv: driver
 * @owner: its module
 * @mod_name: the module's name
 *
 * Context: Process.
 * Return: 0 or -errno.
 */
int __vmb_driver_register(struct vmb_driver *drv, struct module *owner,
			  const char *mod_name);

/**
 * vmb_driver_unregister() - unbind a driver from all devices and unregister it
 * @drv: driver
 *
 * Context: Process.
 */
void vmb_driver_unregister(struct vmb_driver *drv);

#define vmb_driver_register(drv) \
	__vmb_driver_register(drv, THIS_MODULE, KBUILD_MODNAME)
#define module_vmb_driver(drv) \
	module_driver(drv, vmb_driver_register, vmb_driver_unregister)

static inline void *vmb_get_drvdata(struct vmb_device *vdev)
{
	return vdev->drvdata;
}

static inline void vmb_set_drvdata(struct vmb_device *vdev, void *data)
{
	vdev->drvdata = data;
}

/**
 * struct vmb_channel_ops - callbacks of a channel
 * @event: hard interrupt; the inbound ring has packets and its interrupts are
 *	masked now. Only schedules (NAPI, ...); the driver receives with
 *	vmb_recv() and ends with vmb_unmask(). Excludes @receive
 * @receive: softirq (kernel thread under PREEMPT_RT); the driver receives with
 *	vmb_recv() until it returns -EAGAIN. The bus masks, unmasks and checks
 *	again. Never runs twice at once for one channel
 * @signal: hard interrupt, each one; nothing is masked, and there may be no
 *	packet. Only schedules. For the drivers of <linux/hyperv.h>
 * @writable: softirq or hard interrupt; after a vmb_send() or vmb_tx_add()
 *	that returned -EAGAIN, the outbound ring has space again. Optional
 * @dead: process context; the channel was rescinded or broke the protocol. Runs
 *	once at most for each vmb_open(), and not after vmb_close() has
 *	returned; on a work queue with a rescuer, so block I/O may depend on
 *	it. It must not close a channel. Optional
 */
struct vmb_channel_ops {
	void (*event)(struct vmb_channel *ch);
	void (*receive)(struct vmb_channel *ch);
	void (*signal)(struct vmb_channel *ch);
	void (*writable)(struct vmb_channel *ch);
	void (*dead)(struct vmb_channel *ch, int error);
};

/**
 * struct vmb_open - how to open a channel
 * @ops: callbacks; exactly one of @event, @receive and @signal
 * @ctx: the driver's own, see vmb_channel_ctx()
 * @tx_bytes: size of the outbound ring with its header page; page multiple
 * @rx_bytes: size of the inbound ring with its header page; page multiple
 * @max_rx_packet: longest packet, header included, that the device class can
 *	send; a longer one breaks the channel
 * @rx_slack: bytes behind the private copy of a packet that may be read, for a
 *	driver that reads too far
 * @user_data: bytes for the host's device, or NULL
 * @user_len: length of @user_data, at most VMB_USER_DATA_BYTES
 */
struct vmb_open {
	const struct vmb_channel_ops *ops;
	void *ctx;
	u32 tx_bytes;
	u32 rx_bytes;
	u32 max_rx_packet;
	u32 rx_slack;
	const void *user_data;
	u32 user_len;
};

/**
 * vmb_open() - open a channel
 * @ch: closed channel
 * @how: rings, callbacks, user data
 *
 * Callbacks may run before it returns.
 *
 * Context: Process; takes vmb_channel.lock, waits for the host.
 * Return: 0; -EINVAL, -ENOMEM; -EBUSY if it is open; -ETIMEDOUT; -ENODEV after
 * a rescind; -EIO if the host refused or the channel is broken.
 */
int vmb_open(struct vmb_channel *ch, const struct vmb_open *how);

/**
 * vmb_close() - close a channel
 * @ch: channel; nothing happens if it is closed
 *
 * Closing the primary channel closes the sub-channels first. No callback runs
 * when it returns; so callbacks must not call it. The rings are freed or kept
 * out of use as the host allows, whatever it returns.
 *
 * A channel that broke the protocol may be opened again after it returned 0.
 *
 * Context: Process; takes vmb_channel.lock, waits for the host.
 * Return: 0 if the host has confirmed that it is done with the channel: it got
 * CLOSE, has torn down the rings, and had not rescinded the channel. Else
 * -ENODEV after a rescind, -ETIMEDOUT, or the error of posting.
 */
int vmb_close(struct vmb_channel *ch);

/*
 * Properties of a channel. Any context.
 *
 * vmb_channel_ctx() is vmb_open.ctx; the index of the primary channel is 0;
 * vmb_channel_error() is 0 while the channel works, -ENODEV once it was
 * rescinded, -EIO once the host broke the protocol on it; vmb_channel_cpu() is
 * the CPU that takes its interrupts.
 */
void *vmb_channel_ctx(const struct vmb_channel *ch);
u16 vmb_channel_index(const struct vmb_channel *ch);
int vmb_channel_error(const struct vmb_channel *ch);
unsigned int vmb_channel_cpu(const struct vmb_channel *ch);

/**
 * vmb_channel_set_cpu() - choose the CPU that takes a channel's interrupts
 * @ch: channel; an open one needs protocol 4.1
 * @cpu: online CPU
 *
 * Context: Process; takes vmb_channel.lock, may wait for the host.
 * Return: 0, -EINVAL, -EOPNOTSUPP, -ETIMEDOUT, -EIO.
 */
int vmb_channel_set_cpu(struct vmb_channel *ch, unsigned int cpu);

/**
 * DOC: Sending
 *
 * vmb_tx_begin(), vmb_tx_add() for each packet and vmb_tx_end() send a batch:
 * the host sees all of it at once and is signalled at most once. vmb_send() is
 * the three in one. With @more the packets are not published before the next
 * vmb_tx_end() without it, or vmb_kick().
 */

/**
 * vmb_tx_begin() - begin a batch of packets
 * @ch: channel
 * @flags: for vmb_tx_end()
 *
 * Context: Any but hard interrupts; takes vmb_channel.tx_lock.
 */
void vmb_tx_begin(struct vmb_channel *ch, unsigned long *flags);

/**
 * vmb_tx_add() - write a packet
 * @ch: channel, between vmb_tx_begin() and vmb_tx_end()
 * @pkt: the packet
 *
 * Context: Any but hard interrupts, with vmb_channel.tx_lock held.
 * Return: 0, -EAGAIN (no space: ops->writable follows), -EMSGSIZE (never
 * fits), or the channel's error.
 */
int vmb_tx_add(struct vmb_channel *ch, const struct vmb_packet *pkt);

/**
 * vmb_tx_end() - end a batch of packets
 * @ch: channel
 * @flags: from vmb_tx_begin()
 * @more: do not publish the packets before a later call without @more
 *
 * Context: Any but hard interrupts; drops vmb_channel.tx_lock.
 */
void vmb_tx_end(struct vmb_channel *ch, unsigned long flags, bool more);

/**
 * vmb_send() - send one packet
 * @ch: channel
 * @pkt: the packet
 * @more: more packets follow, or vmb_kick()
 *
 * Context: Any but hard interrupts; takes vmb_channel.tx_lock.
 * Return: as vmb_tx_add().
 */
int vmb_send(struct vmb_channel *ch, const struct vmb_packet *pkt, bool more);

/**
 * vmb_kick() - publish all packets that were added
 * @ch: channel
 *
 * Context: Any but hard interrupts; takes vmb_channel.tx_lock.
 */
void vmb_kick(struct vmb_channel *ch);

/**
 * DOC: Receiving
 *
 * A channel has one receiver at a time: ops->receive, NAPI, or the holder of a
 * driver's own poll lock. vmb_recv() copies the next packet and validates its
 * header. When the ring is empty it releases what was read to the host, which
 * is signalled if it waits for space; vmb_recv_flush() does so in a long run.
 *
 * A rescinded channel goes on receiving, interrupts included, until
 * vmb_close(): the host completes what it still has. Only sending fails.
 */

/**
 * vmb_recv() - receive the next packet
 * @ch: channel; the caller is the only receiver
 * @rx: describes the private copy
 *
 * Context: Any.
 * Return: 0; -EAGAIN if there is none; -EIO once the channel broke the protocol; -ENODEV once it
 * was rescinded and is empty.
 */
int vmb_recv(struct vmb_channel *ch, struct vmb_rx *rx);

/**
 * vmb_recv_flush() - release to the host what was read so far
 * @ch: channel
 *
 * Context: Any; the caller is the only receiver.
 */
void vmb_recv_flush(struct vmb_channel *ch);

/**
 * vmb_mask() - disable a channel's interrupts
 * @ch: channel; nothing happens if it is closed
 *
 * Context: Any.
 */
void vmb_mask(struct vmb_channel *ch);

/**
 * vmb_unmask() - enable a channel's interrupts
 * @ch: channel; nothing happens if it is closed
 *
 * Context: Any; the caller is the only receiver.
 * Return: true if packets came in between: the channel is masked again and the
 * caller goes on receiving.
 */
bool vmb_unmask(struct vmb_channel *ch);

/**
 * vmb_rx_pending() - check for packets to receive
 * @ch: channel
 *
 * Context: Any.
 * Return: true if there are any. Implies no ordering.
 */
bool vmb_rx_pending(const struct vmb_channel *ch);

/**
 * vmb_channel_break() - the host broke the device's protocol
 * @ch: channel, dead with -EIO from now on
 * @reason: constant string; logged, and shown in sysfs
 *
 * Context: Any.
 */
void vmb_channel_break(struct vmb_channel *ch, const char *reason);

/**
 * vmb_gpadl_create() - share a zeroed buffer with the host
 * @ch: open channel
 * @bytes: size, rounded up to whole pages
 *
 * For buffers that live longer than a packet.
 *
 * Context: Process; waits for the host.
 * Return: the buffer, or an ERR_PTR: -E2BIG above what one GPADL can describe.
 */
struct vmb_gpadl *vmb_gpadl_create(struct vmb_channel *ch, size_t bytes);

/**
 * vmb_gpadl_destroy() - end sharing a buffer
 * @gpadl: from vmb_gpadl_create(), or NULL; not destroyed by vmb_close()
 *
 * The pages are freed once the host has confirmed the teardown, or the
 * connection is down; until then they are kept, counted and logged.
 *
 * Context: Process; waits for the host.
 */
void vmb_gpadl_destroy(struct vmb_gpadl *gpadl);

u32 vmb_gpadl_handle(const struct vmb_gpadl *gpadl);
void *vmb_gpadl_addr(const struct vmb_gpadl *gpadl);
size_t vmb_gpadl_bytes(const struct vmb_gpadl *gpadl);

/**
 * vmb_subchannel_cpus() - how many channels a device can use
 * @vdev: device
 *
 * Context: Process; takes vmb_bus.lock.
 * Return: CPUs that may take its interrupts, at least 1.
 */
unsigned int vmb_subchannel_cpus(const struct vmb_device *vdev);

/**
 * vmb_allow_subchannels() - let vmb_driver.subchannel be called
 * @vdev: device
 *
 * The bus calls it after a successful probe; a driver may do so earlier, in
 * probe, once its data is set.
 *
 * Context: Process; takes vmb_node.sub_lock.
 */
void vmb_allow_subchannels(struct vmb_device *vdev);

#endif /* _HV_VMB_H */
