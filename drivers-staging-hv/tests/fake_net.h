/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A network adapter of a fake host. It takes what the guest sends apart, and
 * delivers what a test wants delivered, well formed or not.
 */
#ifndef _HV_FAKE_NET_H
#define _HV_FAKE_NET_H

#include <linux/if_ether.h>
#include <linux/mutex.h>
#include <linux/types.h>

#include "fake_host.h"
#include "wire/nvsp.h"
#include "wire/rndis.h"

/* Channel of the adapter; sub-channels follow. */
#define FAKE_NET_RELID		1

/* How the two buffers are divided. */
#define FAKE_RX_SECTION		1728u
#define FAKE_TX_SECTION		6144u

/* The tests' own frames; the stack sends others as well. */
#define FAKE_ETHERTYPE		ETH_P_802_EX1

/* The longest frame that is taken apart. */
#define FAKE_FRAME_MAX		SZ_64K

#define FAKE_NET_HELD		64

/**
 * enum fake_tx - what becomes of the guest's data packets
 * @FAKE_TX_GOOD: completed
 * @FAKE_TX_HOLD: not completed before fake_net_release()
 * @FAKE_TX_TWICE: completed twice
 * @FAKE_TX_FAIL: completed as failed
 * @FAKE_TX_SHORT: completed by a message that is too short
 */
enum fake_tx {
	FAKE_TX_GOOD,
	FAKE_TX_HOLD,
	FAKE_TX_TWICE,
	FAKE_TX_FAIL,
	FAKE_TX_SHORT,
};

/**
 * struct fake_net - a network adapter
 * @h: its host
 * @lock: all of the following
 * @version: the highest NVSP version that it takes, 0 for none
 * @refuse: NVSP or RNDIS request that is answered with a failure
 * @ignore: NVSP or RNDIS request that is not answered
 * @fail: RNDIS request whose message is completed as failed, and not answered
 * @early: frames come before there is a receive buffer
 * @sub_channels: that it allows
 * @late: those that it grants are not offered, but by the test
 * @tx: what becomes of data packets
 * @recv: GPADL of the guest's receive buffer
 * @send: GPADL of its send buffer
 * @mtu: of NVSP_NDIS_CONFIG
 * @caps: of it, the lower half
 * @path: data path, NVSP_DATA_PATH_*
 * @switches: how often the guest asked for one
 * @filter: packet filter in force
 * @ends: messages by which the guest ended RNDIS and its two buffers
 * @max_mtu: it takes no larger one, whatever is asked for; 0 for any
 * @poor: it has no offloads
 * @rsc: it coalesces
 * @acks: messages of @fake_net_inband that the guest acknowledged
 * @rss: times that the spreading was set or turned off
 * @rss_refuse: which of those is refused, counted from 1
 * @rss_on: it spreads
 * @rss_entry: first entry of the table that was set last
 * @section: next receive section to use
 * @sections: how many there are
 * @returned: transfer-page packets that the guest completed
 * @bad: those that it completed as failed
 * @frames: the tests' frames that came, see FAKE_ETHERTYPE
 * @others: other frames
 * @copied: frames that came through the send buffer
 * @meta: PPIs of the last of the tests' frames, by RNDIS_PPI_*
 * @len: length of it
 * @frame: its bytes
 * @held: data packets that wait for their completion
 * @holds: how many
 */
struct fake_net {
	struct fake_host *h;
	struct mutex lock; /* see the kernel-doc */
	u32 version;
	u32 refuse;
	u32 ignore;
	u32 fail;
	bool early;
	u32 sub_channels;
	bool late;
	enum fake_tx tx;
	u32 recv;
	u32 send;
	u32 mtu;
	u32 caps;
	u32 path;
	u32 switches;
	u32 filter;
	u32 ends;
	u32 max_mtu;
	bool poor;
	bool rsc;
	u32 acks;
	u32 rss;
	u32 rss_refuse;
	bool rss_on;
	u32 rss_entry;
	u32 section;
	u32 sections;
	u32 returned;
	u32 bad;
	u32 frames;
	u32 others;
	u32 copied;
	u32 meta[16];
	u32 len;
	u8 *frame;
	struct {
		struct fake_channel *fc;
		u64 id;
	} held[FAKE_NET_HELD];
	u32 holds;
};

struct fake_net *fake_net_make(struct kunit *test);
void fake_net_free(struct fake_net *fn);
struct vmb_device *fake_net_plug(struct fake_net *fn);
void fake_net_release(struct fake_net *fn, enum fake_tx tx);
void fake_net_complete(struct fake_channel *fc, u64 id, u32 type, u32 len);
int fake_net_deliver(struct fake_net *fn, u32 relid, const void *msg, u32 len);
int fake_net_frame(struct fake_net *fn, u32 relid, const void *frame, u32 len,
		   const u32 *ppi, u32 ppis);
int fake_net_xfer(struct fake_net *fn, u32 relid, u16 pageset,
		  const struct vmb_xfer_range *range, u32 count, u32 said);
void fake_net_indicate(struct fake_net *fn, u32 status, u32 info);
void fake_net_inband(struct fake_net *fn, const struct nvsp_msg *m, u32 len);

/* fake_rndis.c */
void fake_rndis_control(struct fake_net *fn, const void *msg, u32 len);

#endif /* _HV_FAKE_NET_H */
