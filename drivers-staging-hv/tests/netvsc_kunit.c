// SPDX-License-Identifier: GPL-2.0
/*
 * hv_netvsc as it is, on an adapter of a fake host: from the offer to the
 * removal, with everything that may go wrong between the two.
 */
#include <kunit/device.h>
#include <kunit/test.h>
#include <linux/cleanup.h>
#include <linux/bpf.h>
#include <linux/delay.h>
#include <linux/device.h>
#include <linux/etherdevice.h>
#include <linux/ethtool.h>
#include <linux/filter.h>
#include <linux/gfp.h>
#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/net.h>
#include <linux/netdevice.h>
#include <linux/rcupdate.h>
#include <linux/rtnetlink.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/ip.h>
#include <net/net_namespace.h>
#include <net/netdev_lock.h>
#include <net/netdev_queues.h>
#include <net/sch_generic.h>
#include <net/sock.h>
#include <net/xdp.h>

#include "../net/net.h"
#include "../net/vf.h"
#include "../vmbus/device.h"
#include "fake_net.h"

/* The longest of the tests' frames. */
#define FRAME_BYTES	ETH_FRAME_LEN

/**
 * struct net_test - a test's adapter
 * @fn: the host's side
 * @vdev: what the driver is bound to
 * @ndev: its net device, while it is bound
 * @tap: takes the tests' frames that the stack gets
 * @got: how many those are
 * @wrong: those that are not what was sent
 * @hash: hash of the last one
 * @summed: its state of checksumming
 * @queue: queue that it came from
 * @vf: a VF beside it, or NULL
 * @prog: XDP program, or NULL
 * @frame: room for a frame
 */
struct net_test {
	struct fake_net *fn;
	struct vmb_device *vdev;
	struct net_device *ndev;
	struct packet_type tap;
	unsigned int got;
	unsigned int wrong;
	u32 hash;
	u8 summed;
	u16 queue;
	struct net_device *vf;
	struct bpf_prog *prog;
	u8 frame[FRAME_BYTES];
};

static int net_init(struct kunit *test)
{
	struct net_test *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, t);
	t->fn = fake_net_make(test);
	test->priv = t;
	return 0;
}

/* Bytes that say where in the frame they are. */
static void net_fill(u8 *frame, u32 len, u8 seed)
{
	eth_broadcast_addr(frame);
	memset(frame + ETH_ALEN, 2, ETH_ALEN);
	*(__be16 *)(frame + 2 * ETH_ALEN) = htons(FAKE_ETHERTYPE);
	for (u32 i = ETH_HLEN; i < len; i++)
		frame[i] = i + seed;
}

static bool net_is_filled(const u8 *data, u32 len, u8 seed)
{
	for (u32 i = 0; i < len; i++)
		if (data[i] != (u8)(i + ETH_HLEN + seed))
			return false;
	return true;
}

static int net_tap(struct sk_buff *skb, struct net_device *dev,
		   struct packet_type *pt, struct net_device *orig)
{
	struct net_test *t = pt->af_packet_priv;

	if (skb_linearize(skb) || !net_is_filled(skb->data, skb->len, 0))
		t->wrong++;
	t->hash = skb->hash;
	t->summed = skb->ip_summed;
	t->queue = skb_rx_queue_recorded(skb) ? skb_get_rx_queue(skb) : 0;
	WRITE_ONCE(t->got, t->got + 1);
	kfree_skb(skb);
	return NET_RX_SUCCESS;
}

static void net_untap(struct net_test *t)
{
	if (t->tap.func)
		dev_remove_pack(&t->tap);
	t->tap.func = NULL;
}

static void net_vf_free(struct net_test *t)
{
	if (!t->vf)
		return;
	unregister_netdev(t->vf);
	free_netdev(t->vf);
	t->vf = NULL;
}

/* An XDP program that only says what becomes of a frame. */
static void net_make_prog(struct kunit *test, u32 action)
{
	struct bpf_insn insns[] = {
		BPF_MOV64_IMM(BPF_REG_0, action), BPF_EXIT_INSN(),
	};
	struct net_test *t = test->priv;
	int ret;

	t->prog = bpf_prog_alloc(bpf_prog_size(ARRAY_SIZE(insns)), 0);
	KUNIT_ASSERT_NOT_NULL(test, t->prog);
	memcpy(t->prog->insnsi, insns, sizeof(insns));
	t->prog->len = ARRAY_SIZE(insns);
	t->prog->type = BPF_PROG_TYPE_XDP;
	/* Ours, which is not put but freed. */
	atomic64_set(&t->prog->aux->refcnt, 1);
	t->prog = bpf_prog_select_runtime(t->prog, &ret);
	KUNIT_ASSERT_EQ(test, ret, 0);
}

static int net_set_prog(struct net_test *t, struct bpf_prog *prog)
{
	struct netdev_bpf bpf = { .command = XDP_SETUP_PROG, .prog = prog };
	int ret;

	if (prog)
		bpf_prog_inc(prog);
	rtnl_lock();
	netdev_lock(t->ndev);
	ret = netif_xdp_propagate(t->ndev, &bpf);
	netdev_unlock(t->ndev);
	rtnl_unlock();
	if (ret && prog)
		bpf_prog_put(prog);
	return ret;
}

static void net_free_prog(struct net_test *t)
{
	if (!t->prog)
		return;
	net_set_prog(t, NULL);
	synchronize_net();
	bpf_prog_free(t->prog);
	t->prog = NULL;
}

static void net_exit(struct kunit *test)
{
	struct net_test *t = test->priv;

	if (!t)
		return;
	net_free_prog(t);
	t->fn->tx = FAKE_TX_GOOD;
	fake_net_release(t->fn, FAKE_TX_GOOD);
	net_untap(t);
	net_vf_free(t);
	netvsc_sriov = false;
	if (t->vdev)
		put_device(t->vdev->dev);
	KUNIT_EXPECT_EQ(test, t->fn->h->faults, 0);
	fake_net_free(t->fn);
}

/* The driver's net device, valid while it is bound, or NULL. */
static struct net_device *net_find(struct net_test *t)
{
	struct net_device *ndev, *found = NULL;

	rtnl_lock();
	for_each_netdev(&init_net, ndev)
		if (ndev->dev.parent == t->vdev->dev)
			found = ndev;
	rtnl_unlock();
	return found;
}

static int net_up(struct net_test *t)
{
	int ret;

	rtnl_lock();
	ret = dev_open(t->ndev, NULL);
	rtnl_unlock();
	return ret;
}

static void net_down(struct net_test *t)
{
	rtnl_lock();
	dev_close(t->ndev);
	rtnl_unlock();
}

static bool net_carrier(struct net_test *t)
{
	return netif_carrier_ok(t->ndev);
}

/* The stack hears of the carrier later than the net device. */
static bool net_ready(struct net_test *t)
{
	return net_carrier(t) && !qdisc_tx_is_noop(t->ndev);
}

/* Plugs the adapter in, brings it up and listens. */
static void net_plug(struct kunit *test)
{
	struct net_test *t = test->priv;

	t->vdev = fake_net_plug(t->fn);
	KUNIT_ASSERT_NOT_NULL(test, t->vdev);
	KUNIT_ASSERT_NOT_NULL_MSG(test, t->vdev->dev->driver, "is hv_netvsc there?");
	t->ndev = net_find(t);
	KUNIT_ASSERT_NOT_NULL(test, t->ndev);
	KUNIT_ASSERT_EQ(test, net_up(t), 0);
	KUNIT_EXPECT_TRUE(test, fake_wait(net_ready(t)));
	t->tap = (struct packet_type) {
		.type = htons(FAKE_ETHERTYPE), .dev = t->ndev,
		.func = net_tap, .af_packet_priv = t,
	};
	dev_add_pack(&t->tap);
}

static int net_xmit(struct net_test *t, struct sk_buff *skb)
{
	skb->dev = t->ndev;
	return dev_queue_xmit(skb);
}

/* One of the tests' frames. */
static struct sk_buff *net_make(u32 len, u8 seed)
{
	struct sk_buff *skb = alloc_skb(len + LL_MAX_HEADER, GFP_KERNEL);

	if (!skb)
		return NULL;
	skb_reserve(skb, LL_MAX_HEADER);
	net_fill(skb_put(skb, len), len, seed);
	skb_reset_mac_header(skb);
	skb_set_network_header(skb, ETH_HLEN);
	skb->protocol = htons(FAKE_ETHERTYPE);
	return skb;
}

static int net_send(struct net_test *t, u32 len, u8 seed)
{
	struct sk_buff *skb = net_make(len, seed);

	return skb ? net_xmit(t, skb) : -ENOMEM;
}

static bool net_arrived(struct net_test *t, u32 frames)
{
	return READ_ONCE(t->fn->frames) >= frames;
}

static bool net_heard(struct net_test *t, unsigned int frames)
{
	return READ_ONCE(t->got) >= frames;
}

static int net_deliver(struct net_test *t, u32 relid, u32 len)
{
	net_fill(t->frame, len, 0);
	return fake_net_frame(t->fn, relid, t->frame, len, NULL, 0);
}

/* Frames go both ways: does the adapter still work? */
static void net_works(struct kunit *test)
{
	struct net_test *t = test->priv;
	u32 frames = t->fn->frames;
	unsigned int got = t->got;

	KUNIT_EXPECT_TRUE(test, fake_wait(net_ready(t)));
	KUNIT_EXPECT_EQ(test, net_send(t, 100, 1), NET_XMIT_SUCCESS);
	KUNIT_EXPECT_TRUE(test, fake_wait(net_arrived(t, frames + 1)));
	KUNIT_EXPECT_EQ(test, net_deliver(t, FAKE_NET_RELID, 100), 0);
	KUNIT_EXPECT_TRUE(test, fake_wait(net_heard(t, got + 1)));
	KUNIT_EXPECT_EQ(test, t->wrong, 0);
	KUNIT_EXPECT_EQ(test, vmb_channel_error(t->vdev->channel), 0);
}

static bool net_has_alias(struct net_test *t, const char *alias)
{
	const struct dev_ifalias *have;

	guard(rcu)();
	have = rcu_dereference(t->ndev->ifalias);
	return have && !strcmp(have->ifalias, alias);
}

/* What the host says of the adapter is what the net device is. */
static void net_identity(struct kunit *test)
{
	static const u8 addr[ETH_ALEN] = { 0x02, 0x15, 0x5d, 0, 0, 1 };
	struct net_test *t = test->priv;

	net_plug(test);
	KUNIT_EXPECT_MEMEQ(test, t->ndev->dev_addr, addr, ETH_ALEN);
	KUNIT_EXPECT_TRUE(test, net_has_alias(t, "Fake"));
	KUNIT_EXPECT_EQ(test, t->ndev->mtu, ETH_DATA_LEN);
	KUNIT_EXPECT_TRUE(test, t->ndev->features & NETIF_F_TSO);
	KUNIT_EXPECT_TRUE(test, t->ndev->features & NETIF_F_IP_CSUM);
	KUNIT_EXPECT_NE(test, t->fn->filter, 0);
	net_works(test);
	net_down(t);
	KUNIT_EXPECT_EQ(test, t->fn->filter, 0);
	KUNIT_EXPECT_EQ(test, net_up(t), 0);
	net_works(test);
}

static void net_versions(struct kunit *test)
{
	static const struct {
		u32 version;
		u32 refuse;
		bool works;
	} cases[] = {
		{ NVSP_VERSION_6_1, 0, true },
		{ NVSP_VERSION_6, 0, true },
		{ NVSP_VERSION_5, 0, true },
		{ 0, 0, false },
		{ NVSP_VERSION_6_1, NVSP_RECV_BUF, false },
		{ NVSP_VERSION_6_1, NVSP_SEND_BUF, false },
		{ NVSP_VERSION_6_1, RNDIS_INIT, false },
		{ NVSP_VERSION_6_1, RNDIS_QUERY, false },
	};
	struct net_test *t = test->priv;

	for (int i = 0; i < ARRAY_SIZE(cases); i++) {
		t->fn->version = cases[i].version;
		t->fn->refuse = cases[i].refuse;
		t->vdev = fake_net_plug(t->fn);
		KUNIT_ASSERT_NOT_NULL(test, t->vdev);
		KUNIT_EXPECT_EQ_MSG(test, !!t->vdev->dev->driver, cases[i].works,
				    "case %d", i);
		/* Nothing began, so that there is nothing to end. */
		KUNIT_EXPECT_EQ_MSG(test, t->fn->ends, 0, "case %d", i);
		fake_rescind(t->fn->h, FAKE_NET_RELID);
		fake_settle(t->fn->h);
		put_device(t->vdev->dev);
		t->vdev = NULL;
	}
	KUNIT_EXPECT_EQ(test, t->fn->h->posts[VMBW_RELID_RELEASED],
			ARRAY_SIZE(cases));
}

/* Short frames are gathered and copied, long ones are read from where they are. */
static void net_transmit(struct kunit *test)
{
	static const u32 lengths[] = { ETH_ZLEN, 61, 512, 1024, 1025, FRAME_BYTES };
	struct net_test *t = test->priv;
	u32 sent = 0;

	net_plug(test);
	for (int i = 0; i < ARRAY_SIZE(lengths); i++) {
		KUNIT_EXPECT_EQ(test, net_send(t, lengths[i], i), NET_XMIT_SUCCESS);
		sent++;
		KUNIT_ASSERT_TRUE(test, fake_wait(net_arrived(t, sent)));
		KUNIT_EXPECT_EQ(test, t->fn->len, lengths[i]);
		KUNIT_EXPECT_TRUE(test, net_is_filled(t->fn->frame + ETH_HLEN,
						      lengths[i] - ETH_HLEN, i));
	}
	for (int i = 0; i < 500; i++)
		KUNIT_EXPECT_EQ(test, net_send(t, i & 1 ? 60 : 1400, 0),
				NET_XMIT_SUCCESS);
	KUNIT_EXPECT_TRUE(test, fake_wait(net_arrived(t, sent + 500)));
	KUNIT_EXPECT_GT(test, t->fn->copied, 0);
}

/* A frame with IPv4 and room for @proto's header behind it. */
static struct sk_buff *net_ip(u32 len, u8 proto)
{
	struct sk_buff *skb = alloc_skb(len + LL_MAX_HEADER, GFP_KERNEL);
	struct iphdr *ip;

	if (!skb)
		return NULL;
	skb_reserve(skb, LL_MAX_HEADER);
	memset(skb_put(skb, len), 0, len);
	memset(skb->data, 0xff, ETH_ALEN);
	*(__be16 *)(skb->data + 2 * ETH_ALEN) = htons(ETH_P_IP);
	skb_reset_mac_header(skb);
	skb_set_network_header(skb, ETH_HLEN);
	skb_set_transport_header(skb, ETH_HLEN + sizeof(*ip));
	skb->protocol = htons(ETH_P_IP);
	ip = ip_hdr(skb);
	ip->version = 4;
	ip->ihl = 5;
	ip->ttl = 64;
	ip->protocol = proto;
	ip->saddr = htonl(0xc0000201);
	ip->daddr = htonl(0xc0000202);
	ip->tot_len = htons(len - ETH_HLEN);
	ip_send_check(ip);
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = skb_transport_header(skb) - skb->head;
	return skb;
}

/* Offload requests travel in the per-packet information. */
static void net_offloads(struct kunit *test)
{
	struct netdev_queue_stats_tx st = {};
	struct net_test *t = test->priv;
	struct sk_buff *skb;

	net_plug(test);
	skb = net_ip(200, IPPROTO_UDP);
	KUNIT_ASSERT_NOT_NULL(test, skb);
	skb->csum_offset = offsetof(struct udphdr, check);
	__vlan_hwaccel_put_tag(skb, htons(ETH_P_8021Q), 0x2005);
	KUNIT_EXPECT_EQ(test, net_xmit(t, skb), NET_XMIT_SUCCESS);
	KUNIT_ASSERT_TRUE(test, fake_wait(net_arrived(t, 1)));
	KUNIT_EXPECT_EQ(test, t->fn->meta[RNDIS_PPI_CSUM] & 0xf,
			RNDIS_CSUM_TX_IPV4 | RNDIS_CSUM_TX_UDP);
	KUNIT_EXPECT_EQ(test, t->fn->meta[RNDIS_PPI_VLAN], 0x5 << 4 | 1);

	skb = net_ip(8000, IPPROTO_TCP);
	KUNIT_ASSERT_NOT_NULL(test, skb);
	skb->csum_offset = offsetof(struct tcphdr, check);
	tcp_hdr(skb)->doff = 5;
	skb_shinfo(skb)->gso_size = 1400;
	skb_shinfo(skb)->gso_type = SKB_GSO_TCPV4;
	skb_shinfo(skb)->gso_segs = 6;
	KUNIT_EXPECT_EQ(test, net_xmit(t, skb), NET_XMIT_SUCCESS);
	KUNIT_ASSERT_TRUE(test, fake_wait(net_arrived(t, 2)));
	KUNIT_EXPECT_EQ(test, t->fn->meta[RNDIS_PPI_LSO] & RNDIS_LSO_MSS, 1400);
	KUNIT_EXPECT_EQ(test, t->fn->len, 8000);

	/* What the host has no word for is summed up here, and not counted. */
	skb = net_ip(200, IPPROTO_GRE);
	KUNIT_ASSERT_NOT_NULL(test, skb);
	skb->csum_offset = 2;
	KUNIT_EXPECT_EQ(test, net_xmit(t, skb), NET_XMIT_SUCCESS);
	net_works(test);
	t->ndev->stat_ops->get_queue_stats_tx(t->ndev, 0, &st);
	KUNIT_EXPECT_EQ(test, st.needs_csum, 1 + 6);
	KUNIT_EXPECT_EQ(test, st.hw_gso_packets, 1);
	KUNIT_EXPECT_EQ(test, st.hw_gso_bytes, 8000);
	KUNIT_EXPECT_EQ(test, st.hw_gso_wire_packets, 6);
	KUNIT_EXPECT_EQ(test, st.hw_gso_wire_bytes, 8000 + 5 * (ETH_HLEN + 40));
}

static bool net_stamps(struct socket *sock, u32 count)
{
	return skb_queue_len_lockless(&sock->sk->sk_error_queue) == count;
}

/* A socket gets one stamp for a packet, copied or read from where it is. */
static void net_stamped(struct kunit *test)
{
	static const u32 lengths[] = { 100, 3000 };
	struct net_test *t = test->priv;
	struct socket *sock;
	struct sk_buff *skb;

	net_plug(test);
	KUNIT_ASSERT_EQ(test, sock_create_kern(&init_net, AF_INET, SOCK_DGRAM,
					       IPPROTO_UDP, &sock), 0);
	for (u32 i = 0; i < ARRAY_SIZE(lengths); i++) {
		skb = net_make(lengths[i], 0);
		if (!skb)
			break;
		skb_set_owner_w(skb, sock->sk);
		skb_shinfo(skb)->tx_flags |= SKBTX_SW_TSTAMP;
		KUNIT_EXPECT_EQ(test, net_xmit(t, skb), NET_XMIT_SUCCESS);
		KUNIT_EXPECT_TRUE(test, fake_wait(net_arrived(t, i + 1)));
		KUNIT_EXPECT_TRUE(test, fake_wait(net_stamps(sock, i + 1)));
	}
	net_works(test);
	KUNIT_EXPECT_TRUE(test, net_stamps(sock, ARRAY_SIZE(lengths)));
	sock_release(sock);
}

/* Puts a tag of 802.1Q behind the addresses of a frame. */
static void net_tag_inline(u8 *frame, u16 tci)
{
	*(__be16 *)(frame + 2 * ETH_ALEN) = htons(ETH_P_8021Q);
	*(__be16 *)(frame + 2 * ETH_ALEN + 2) = htons(tci);
	*(__be16 *)(frame + 2 * ETH_ALEN + 4) = htons(FAKE_ETHERTYPE);
}

/* A tag in the frame is moved out of it, for the host to see. */
static void net_tagged(struct kunit *test)
{
	struct net_test *t = test->priv;
	struct sk_buff *skb;

	net_plug(test);
	skb = net_make(200, 0);
	KUNIT_ASSERT_NOT_NULL(test, skb);
	net_tag_inline(skb->data, 0x2005);
	skb->protocol = htons(ETH_P_8021Q);
	KUNIT_EXPECT_EQ(test, net_xmit(t, skb), NET_XMIT_SUCCESS);
	KUNIT_ASSERT_TRUE(test, fake_wait(net_arrived(t, 1)));
	KUNIT_EXPECT_EQ(test, t->fn->meta[RNDIS_PPI_VLAN], 0x5 << 4 | 1);
	KUNIT_EXPECT_EQ(test, t->fn->len, 200 - VLAN_HLEN);
}

/* An XDP frame of another device's, in a page that the caller frees. */
static struct xdp_frame *net_make_frame(struct kunit *test, struct page *page,
					u32 len)
{
	struct xdp_frame *frame = page_address(page);

	*frame = (struct xdp_frame) {
		.data = page_address(page) + XDP_PACKET_HEADROOM,
		.len = len,
		.headroom = XDP_PACKET_HEADROOM - sizeof(*frame),
		.mem_type = MEM_TYPE_PAGE_ORDER0,
		.frame_sz = PAGE_SIZE,
	};
	net_fill(frame->data, len, 0);
	get_page(page);
	return frame;
}

static int net_xdp_xmit(struct net_test *t, struct xdp_frame *frame)
{
	int sent;

	local_bh_disable();
	sent = t->ndev->netdev_ops->ndo_xdp_xmit(t->ndev, 1, &frame,
						 XDP_XMIT_FLUSH);
	local_bh_enable();
	return sent;
}

/* Frames of XDP stay in their VLAN, as the host sees it. */
static void net_xdp_tagged(struct kunit *test)
{
	static const u32 ppi[] = { RNDIS_PPI_VLAN, 0x5 << 4 | 1 };
	struct page *page = alloc_page(GFP_KERNEL);
	struct net_test *t = test->priv;
	struct xdp_frame *frame;

	KUNIT_ASSERT_NOT_NULL(test, page);
	net_plug(test);
	for (u32 len = 200; len <= 3000; len += 2800) {
		u32 frames = t->fn->frames;

		frame = net_make_frame(test, page, len);
		net_tag_inline(frame->data, 0x2005);
		KUNIT_EXPECT_EQ(test, net_xdp_xmit(t, frame), 1);
		KUNIT_EXPECT_TRUE(test, fake_wait(net_arrived(t, frames + 1)));
		KUNIT_EXPECT_EQ(test, t->fn->meta[RNDIS_PPI_VLAN], ppi[1]);
		KUNIT_EXPECT_EQ(test, t->fn->len, len - VLAN_HLEN);
		KUNIT_EXPECT_TRUE(test, fake_wait(page_count(page) == 1));
	}
	put_page(page);

	net_make_prog(test, XDP_TX);
	KUNIT_ASSERT_EQ(test, net_set_prog(t, t->prog), 0);
	t->fn->meta[RNDIS_PPI_VLAN] = 0;
	net_fill(t->frame, 100, 0);
	KUNIT_EXPECT_EQ(test, fake_net_frame(t->fn, FAKE_NET_RELID, t->frame, 100,
					     ppi, 1), 0);
	KUNIT_EXPECT_TRUE(test, fake_wait(READ_ONCE(t->fn->len) == 100));
	KUNIT_EXPECT_EQ(test, t->fn->meta[RNDIS_PPI_VLAN], ppi[1]);
}

/* The NAPI of the first queue. */
static struct napi_struct *net_napi(struct net_test *t)
{
	struct napi_struct *napi;

	netdev_lock(t->ndev);
	napi = list_last_entry(&t->ndev->napi_list, struct napi_struct, dev_list);
	netdev_unlock(t->ndev);
	return napi;
}

/* netpoll polls without a budget, and may not touch a frame of XDP. */
static void net_no_budget(struct kunit *test)
{
	struct page *page = alloc_page(GFP_KERNEL);
	struct net_test *t = test->priv;
	struct napi_struct *napi;

	KUNIT_ASSERT_NOT_NULL(test, page);
	net_plug(test);
	net_works(test);
	napi = net_napi(t);
	t->fn->tx = FAKE_TX_HOLD;
	KUNIT_EXPECT_EQ(test, net_xdp_xmit(t, net_make_frame(test, page, 3000)), 1);
	KUNIT_EXPECT_TRUE(test, fake_wait(READ_ONCE(t->fn->holds)));
	/* From here on nobody else polls. */
	KUNIT_ASSERT_TRUE(test, fake_wait(napi_schedule_prep(napi)));
	t->fn->tx = FAKE_TX_GOOD;
	fake_net_release(t->fn, FAKE_TX_GOOD);
	local_bh_disable();
	KUNIT_EXPECT_EQ(test, napi->poll(napi, 0), 0);
	KUNIT_EXPECT_EQ(test, page_count(page), 2);
	__napi_schedule(napi);
	local_bh_enable();
	KUNIT_EXPECT_TRUE(test, fake_wait(page_count(page) == 1));
	put_page(page);
	net_works(test);
}

/* Frames reach the stack whole, with what the host said of them. */
static void net_receive(struct kunit *test)
{
	static const u32 ppi[] = {
		RNDIS_PPI_CSUM, RNDIS_CSUM_RX_TCP_OK | RNDIS_CSUM_RX_IP_OK,
		RNDIS_PPI_VLAN, 0x5 << 4,
		RNDIS_PPI_HASH_VALUE, 0x12345678,
	};
	struct net_test *t = test->priv;
	u32 returned;

	net_plug(test);
	returned = t->fn->returned;
	for (u32 i = 0; i < 300; i++)
		KUNIT_EXPECT_EQ(test, net_deliver(t, FAKE_NET_RELID, ETH_ZLEN + 4 * i), 0);
	KUNIT_EXPECT_TRUE(test, fake_wait(net_heard(t, 300)));
	KUNIT_EXPECT_EQ(test, t->wrong, 0);
	/* The host gets its sections back. */
	KUNIT_EXPECT_TRUE(test, fake_wait(READ_ONCE(t->fn->returned) >= returned + 300));
	KUNIT_EXPECT_EQ(test, t->fn->bad, 0);

	net_fill(t->frame, 200, 0);
	KUNIT_EXPECT_EQ(test, fake_net_frame(t->fn, FAKE_NET_RELID, t->frame, 200,
					     ppi, ARRAY_SIZE(ppi) / 2), 0);
	/* Without the VLAN tag, for which there is no device. */
	KUNIT_EXPECT_EQ(test, fake_net_frame(t->fn, FAKE_NET_RELID, t->frame, 200,
					     ppi + 4, 1), 0);
	KUNIT_EXPECT_TRUE(test, fake_wait(READ_ONCE(t->hash) == 0x12345678));
	KUNIT_EXPECT_EQ(test, fake_net_frame(t->fn, FAKE_NET_RELID, t->frame, 200,
					     ppi, 1), 0);
	KUNIT_EXPECT_TRUE(test, fake_wait(READ_ONCE(t->summed) ==
					  CHECKSUM_UNNECESSARY));
}

/* Puts a frame into the receive buffer that the host coalesced of three. */
static void net_coalesce(struct kunit *test, struct vmb_xfer_range *range)
{
	static const u32 flags[] = {
		RNDIS_RSC_FRAGMENT | RNDIS_RSC_FIRST, RNDIS_RSC_FRAGMENT,
		RNDIS_RSC_FRAGMENT | RNDIS_RSC_LAST,
	};
	struct net_test *t = test->priv;

	net_fill(t->frame, 1200, 0);
	guard(mutex)(&t->fn->lock);
	for (u32 i = 0; i < 3; i++) {
		struct {
			struct rndis_data_hdr h;
			struct rndis_ppi_word w;
			u8 data[400];
		} msg = {
			.h.hdr.type = cpu_to_le32(RNDIS_PACKET),
			.h.hdr.len = cpu_to_le32(sizeof(msg)),
			.h.pkt.data_offset = cpu_to_le32(sizeof(msg.h.pkt) +
							 sizeof(msg.w)),
			.h.pkt.data_len = cpu_to_le32(sizeof(msg.data)),
			.h.pkt.ppi_offset = cpu_to_le32(sizeof(msg.h.pkt)),
			.h.pkt.ppi_len = cpu_to_le32(sizeof(msg.w)),
			.w.ppi.size = cpu_to_le32(sizeof(msg.w)),
			.w.ppi.type = cpu_to_le32(RNDIS_PPI_RSC),
			.w.ppi.offset = cpu_to_le32(sizeof(msg.w.ppi)),
			.w.value = cpu_to_le32(flags[i] << 8),
		};

		memcpy(msg.data, t->frame + i * 400, 400);
		range[i].offset = cpu_to_le32(i * FAKE_RX_SECTION);
		range[i].len = cpu_to_le32(sizeof(msg));
		KUNIT_EXPECT_TRUE(test, fake_gpadl_copy(t->fn->h, t->fn->recv,
							i * FAKE_RX_SECTION,
							&msg, sizeof(msg), true));
	}
}

/* A frame that the host coalesced comes in fragments. */
static void net_coalesced(struct kunit *test)
{
	struct net_test *t = test->priv;
	struct vmb_xfer_range range[3];

	net_plug(test);
	net_coalesce(test, range);
	KUNIT_EXPECT_EQ(test, fake_net_xfer(t->fn, FAKE_NET_RELID, NVSP_RECV_BUF_ID,
					    range, 3, 3), 0);
	KUNIT_EXPECT_TRUE(test, fake_wait(net_heard(t, 1)));
	KUNIT_EXPECT_EQ(test, t->wrong, 0);
	/* One that does not begin, and one that does not end. */
	fake_net_xfer(t->fn, FAKE_NET_RELID, NVSP_RECV_BUF_ID, range + 1, 2, 2);
	fake_net_xfer(t->fn, FAKE_NET_RELID, NVSP_RECV_BUF_ID, range, 2, 2);
	net_works(test);
	KUNIT_EXPECT_EQ(test, t->got, 2);
}

static struct rtnl_link_stats64 net_stats(struct net_test *t)
{
	struct rtnl_link_stats64 stats;

	dev_get_stats(t->ndev, &stats);
	return stats;
}

/* A program sees frames as they were on the wire, or not at all. */
static void net_xdp_coalesced(struct kunit *test)
{
	struct net_test *t = test->priv;
	struct vmb_xfer_range range[3];

	net_plug(test);
	KUNIT_EXPECT_TRUE(test, t->fn->rsc);
	net_make_prog(test, XDP_PASS);
	KUNIT_ASSERT_EQ(test, net_set_prog(t, t->prog), 0);
	KUNIT_EXPECT_FALSE(test, t->fn->rsc);
	net_works(test);
	net_coalesce(test, range);
	KUNIT_EXPECT_EQ(test, fake_net_xfer(t->fn, FAKE_NET_RELID, NVSP_RECV_BUF_ID,
					    range, 3, 3), 0);
	KUNIT_EXPECT_TRUE(test, fake_wait(net_stats(t).rx_dropped == 3));
	net_works(test);
	KUNIT_EXPECT_EQ(test, t->got, 2);
	KUNIT_EXPECT_EQ(test, net_set_prog(t, NULL), 0);
	KUNIT_EXPECT_TRUE(test, t->fn->rsc);
}

/**
 * struct net_sum - takes an IPv4 packet that the stack gets
 * @tap: takes it
 * @got: it came
 * @right: its header's checksum is right
 * @summed: its state of checksumming
 */
struct net_sum {
	struct packet_type tap;
	bool got;
	bool right;
	u8 summed;
};

static int net_take_sum(struct sk_buff *skb, struct net_device *dev,
			struct packet_type *pt, struct net_device *orig)
{
	struct net_sum *sum = pt->af_packet_priv;

	sum->right = !skb_linearize(skb) &&
		     !ip_fast_csum(skb->data, ((struct iphdr *)skb->data)->ihl);
	sum->summed = skb->ip_summed;
	WRITE_ONCE(sum->got, true);
	kfree_skb(skb);
	return NET_RX_SUCCESS;
}

static void net_want(struct net_test *t, netdev_features_t off)
{
	rtnl_lock();
	netdev_lock(t->ndev);
	t->ndev->wanted_features &= ~off;
	netdev_update_features(t->ndev);
	netdev_unlock(t->ndev);
	rtnl_unlock();
}

/* A sum that the host left out is filled in, wanted or not. */
static void net_blank_sum(struct kunit *test)
{
	static const u32 ppi[] = {
		RNDIS_PPI_CSUM, RNDIS_CSUM_RX_IP_BLANK | RNDIS_CSUM_RX_IP_OK |
				RNDIS_CSUM_RX_UDP_OK,
	};
	struct net_sum sum = { .tap.func = net_take_sum };
	struct net_test *t = test->priv;
	struct sk_buff *skb;

	net_plug(test);
	/* Of no protocol that the stack looks at before the tap. */
	skb = net_ip(200, 253);
	KUNIT_ASSERT_NOT_NULL(test, skb);
	memcpy(t->frame, skb->data, 200);
	kfree_skb(skb);
	((struct iphdr *)(t->frame + ETH_HLEN))->check = 0;
	sum.tap.type = htons(ETH_P_IP);
	sum.tap.dev = t->ndev;
	sum.tap.af_packet_priv = &sum;
	dev_add_pack(&sum.tap);
	for (int i = 0; i < 2; i++) {
		sum.got = false;
		KUNIT_EXPECT_EQ(test, fake_net_frame(t->fn, FAKE_NET_RELID, t->frame,
						     200, ppi, 1), 0);
		KUNIT_EXPECT_TRUE(test, fake_wait(READ_ONCE(sum.got)));
		KUNIT_EXPECT_TRUE(test, sum.right);
		KUNIT_EXPECT_EQ(test, sum.summed, i ? CHECKSUM_NONE :
						      CHECKSUM_UNNECESSARY);
		net_want(t, NETIF_F_RXCSUM);
	}
	dev_remove_pack(&sum.tap);
}

/* Messages that cannot be: none reaches the stack, all are completed. */
static void net_malformed(struct kunit *test)
{
	static const struct {
		u16 pageset;
		u32 offset;
		u32 len;
		u32 said;
	} ranges[] = {
		{ NVSP_RECV_BUF_ID, 0, 100, 0 },
		{ NVSP_RECV_BUF_ID, 0, 100, 2 },
		{ NVSP_RECV_BUF_ID, 0, 100, U32_MAX },
		{ NVSP_RECV_BUF_ID, U32_MAX, 100, 1 },
		{ NVSP_RECV_BUF_ID, 0, U32_MAX, 1 },
		{ NVSP_RECV_BUF_ID, U32_MAX, U32_MAX, 1 },
		{ NVSP_RECV_BUF_ID, 0, 0, 1 },
		{ NVSP_RECV_BUF_ID, 0, 7, 1 },
		{ 0x1234, 0, 100, 1 },
	};
	struct net_test *t = test->priv;
	u32 returned;

	net_plug(test);
	net_works(test);
	/* Completions wait for each other, but not for long. */
	KUNIT_EXPECT_TRUE(test, fake_wait(READ_ONCE(t->fn->returned)));
	msleep(50);
	returned = t->fn->returned;
	for (int i = 0; i < ARRAY_SIZE(ranges); i++) {
		struct vmb_xfer_range r = {
			.offset = cpu_to_le32(ranges[i].offset),
			.len = cpu_to_le32(ranges[i].len),
		};

		KUNIT_EXPECT_EQ(test, fake_net_xfer(t->fn, FAKE_NET_RELID,
						    ranges[i].pageset, &r, 1,
						    ranges[i].said), 0);
	}
	KUNIT_EXPECT_TRUE(test, fake_wait(READ_ONCE(t->fn->returned) >=
					  returned + ARRAY_SIZE(ranges)));
	KUNIT_EXPECT_EQ(test, t->fn->bad, ARRAY_SIZE(ranges));
	net_works(test);
}

/* The fields of a data message, each of them a lie. */
static void net_lies(struct kunit *test)
{
	struct net_test *t = test->priv;
	__le32 msg[64];

	net_plug(test);
	for (u32 field = 0; field < sizeof(struct rndis_data_hdr) / 4; field++) {
		static const u32 lies[] = { 0, 1, 3, 44, 0x7fffffff, U32_MAX };

		for (int i = 0; i < ARRAY_SIZE(lies); i++) {
			struct rndis_data_hdr *h = (void *)msg;

			memset(msg, 0, sizeof(msg));
			h->hdr.type = cpu_to_le32(RNDIS_PACKET);
			h->hdr.len = cpu_to_le32(sizeof(msg));
			h->pkt.data_offset = cpu_to_le32(100);
			h->pkt.data_len = cpu_to_le32(64);
			h->pkt.ppi_offset = cpu_to_le32(sizeof(h->pkt));
			h->pkt.ppi_len = cpu_to_le32(16);
			msg[field] = cpu_to_le32(lies[i]);
			guard(mutex)(&t->fn->lock);
			KUNIT_EXPECT_EQ(test, fake_net_deliver(t->fn, FAKE_NET_RELID, msg,
							       sizeof(msg)), 0);
		}
	}
	net_works(test);
	KUNIT_EXPECT_EQ(test, t->got, 1);
}

/* Packets that are no completion of anything, and messages that are none. */
static void net_noise(struct kunit *test)
{
	static const u16 types[] = { VMB_INBAND, VMB_COMPLETION, VMB_GPA_DIRECT, 99 };
	struct net_test *t = test->priv;
	struct fake_channel *fc;
	struct nvsp_msg m;

	net_plug(test);
	fc = fake_channel(t->fn->h, FAKE_NET_RELID);
	for (u64 id = 0; id < 2000; id += 3)
		fake_net_complete(fc, id, NVSP_RNDIS_COMPLETE, sizeof(m));
	fake_net_complete(fc, U64_MAX, NVSP_RNDIS_COMPLETE, sizeof(m));
	for (int i = 0; i < ARRAY_SIZE(types); i++) {
		for (u32 type = 0; type < 150; type++) {
			struct vmb_packet pkt = { .type = types[i], .data = &m };

			memset(&m, 0xee, sizeof(m));
			m.type = cpu_to_le32(type);
			for (u32 len = 0; len <= sizeof(m); len += 8) {
				pkt.len = len;
				KUNIT_EXPECT_EQ(test, fake_send(fc, &pkt), 0);
			}
		}
	}
	net_works(test);
}

/* A frame is freed once, whatever the host makes of its completion. */
static void net_completions(struct kunit *test)
{
	static const enum fake_tx cases[] = {
		FAKE_TX_TWICE, FAKE_TX_FAIL, FAKE_TX_SHORT, FAKE_TX_HOLD,
	};
	struct net_test *t = test->priv;
	u32 sent = 0;

	net_plug(test);
	for (int i = 0; i < ARRAY_SIZE(cases); i++) {
		/* One that is held may be all that the byte queue limit lets out. */
		bool held = cases[i] == FAKE_TX_HOLD;
		int count = held ? 1 : 10;

		t->fn->tx = cases[i];
		for (int j = 0; j < count; j++) {
			KUNIT_EXPECT_EQ(test, net_send(t, 1400, 0), NET_XMIT_SUCCESS);
			sent++;
			KUNIT_ASSERT_TRUE(test, fake_wait(net_arrived(t, sent)));
		}
		t->fn->tx = FAKE_TX_GOOD;
		fake_net_release(t->fn, FAKE_TX_GOOD);
		net_works(test);
		sent++;
	}
}

static void net_link(struct kunit *test)
{
	struct net_test *t = test->priv;

	net_plug(test);
	for (int i = 0; i < 3; i++) {
		fake_net_indicate(t->fn, RNDIS_STATUS_MEDIA_DISCONNECT, 0);
		KUNIT_EXPECT_TRUE(test, fake_wait(!net_carrier(t)));
		fake_net_indicate(t->fn, RNDIS_STATUS_NETWORK_CHANGE, 0);
		fake_net_indicate(t->fn, RNDIS_STATUS_SPEED_CHANGE, 10000000);
		fake_net_indicate(t->fn, 0x40019999, 0);
		fake_net_indicate(t->fn, RNDIS_STATUS_MEDIA_CONNECT, 0);
		KUNIT_EXPECT_TRUE(test, fake_wait(net_carrier(t)));
		fake_net_indicate(t->fn, RNDIS_STATUS_NETWORK_CHANGE, 0);
	}
	net_works(test);
}

/* Sub-channels become queues; the host chooses where a frame arrives. */
static void net_channels(struct kunit *test)
{
	struct nvsp_msg table[4] = { { .type = cpu_to_le32(NVSP_SEND_TABLE) } };
	unsigned int want = min(3u, num_online_cpus());
	struct net_test *t = test->priv;
	struct sk_buff *skb;

	fake_host_use_cpus(t->fn->h, 3);
	t->fn->sub_channels = 2;
	net_plug(test);
	KUNIT_EXPECT_TRUE(test, fake_wait(READ_ONCE(t->ndev->real_num_rx_queues) == want));
	KUNIT_EXPECT_TRUE(test, want == 1 || fake_wait(READ_ONCE(t->fn->rss)));
	for (u32 i = 0; i < want; i++) {
		KUNIT_EXPECT_EQ(test, net_deliver(t, FAKE_NET_RELID + i, 100), 0);
		KUNIT_EXPECT_TRUE(test, fake_wait(net_heard(t, i + 1)));
		KUNIT_EXPECT_EQ(test, t->queue, i);
	}
	skb = net_make(100, 1);
	KUNIT_ASSERT_NOT_NULL(test, skb);
	skb_set_hash(skb, 0x12345678, PKT_HASH_TYPE_L4);
	KUNIT_EXPECT_EQ(test, net_xmit(t, skb), NET_XMIT_SUCCESS);
	KUNIT_EXPECT_TRUE(test, fake_wait(net_arrived(t, 1)));
	KUNIT_EXPECT_EQ(test, t->fn->meta[RNDIS_PPI_HASH_VALUE],
			want > 1 ? 0x12345678 : 0);
	table[0].send_table.count = cpu_to_le32(NVSP_SEND_TABLE_ENTRIES);
	table[0].send_table.offset = cpu_to_le32(sizeof(table[0]));
	fake_net_inband(t->fn, table, sizeof(table));
	for (int i = 0; i < 20; i++)
		net_works(test);
}

static bool net_queues(struct net_test *t, unsigned int count)
{
	return READ_ONCE(t->ndev->real_num_rx_queues) == count;
}

/* Attaches anew, without the sub-channels there were before. */
static int net_rings(struct net_test *t, u32 tx)
{
	const struct ethtool_ops *ops = t->ndev->ethtool_ops;
	struct ethtool_ringparam ring = {};
	int ret;

	t->fn->late = true;
	rtnl_lock();
	netdev_lock(t->ndev);
	ops->get_ringparam(t->ndev, &ring, NULL, NULL);
	ring.tx_pending = tx;
	ret = ops->set_ringparam(t->ndev, &ring, NULL, NULL);
	netdev_unlock(t->ndev);
	rtnl_unlock();
	return ret;
}

/* netpoll and busy polling poll any queue, also one without a channel. */
static void net_poll_all(struct net_test *t)
{
	struct napi_struct *napi;

	netdev_lock(t->ndev);
	list_for_each_entry(napi, &t->ndev->napi_list, dev_list) {
		local_bh_disable();
		napi_schedule(napi);
		local_bh_enable();
	}
	netdev_unlock(t->ndev);
}

static int net_set_rxfh(struct net_test *t, struct ethtool_rxfh_param *p)
{
	int ret;

	netdev_lock(t->ndev);
	ret = t->ndev->ethtool_ops->set_rxfh(t->ndev, p, NULL);
	netdev_unlock(t->ndev);
	return ret;
}

/* Neither the new terms nor the old ones can be had, until they can again. */
static void net_lost_terms(struct kunit *test)
{
	struct ethtool_rxfh_param p = { .hfunc = ETH_RSS_HASH_TOP };
	struct net_test *t = test->priv;

	net_plug(test);
	t->fn->refuse = NVSP_RECV_BUF;
	KUNIT_EXPECT_NE(test, net_rings(t, 200), 0);
	KUNIT_EXPECT_FALSE(test, net_carrier(t));
	KUNIT_EXPECT_EQ(test, net_set_rxfh(t, &p), -ENODEV);
	t->fn->refuse = 0;
	t->fn->filter = 0;
	KUNIT_EXPECT_EQ(test, net_rings(t, 100), 0);
	KUNIT_EXPECT_NE(test, t->fn->filter, 0);
	KUNIT_EXPECT_TRUE(test, fake_wait(net_carrier(t)));
	net_works(test);
}

/* A host that has less than before is not sent what it cannot do. */
static void net_poorer_host(struct kunit *test)
{
	netdev_features_t offloads = NETIF_F_TSO | NETIF_F_TSO6 | NETIF_F_LRO |
				     NETIF_F_IP_CSUM | NETIF_F_IPV6_CSUM;
	struct net_test *t = test->priv;
	netdev_features_t before;

	net_plug(test);
	before = t->ndev->features & offloads;
	KUNIT_EXPECT_EQ(test, before, offloads);
	t->fn->poor = true;
	KUNIT_EXPECT_EQ(test, net_rings(t, 100), 0);
	KUNIT_EXPECT_EQ(test, t->ndev->features & offloads, 0);
	net_works(test);
	t->fn->poor = false;
	KUNIT_EXPECT_EQ(test, net_rings(t, 200), 0);
	KUNIT_EXPECT_EQ(test, t->ndev->features & offloads, before);
	net_works(test);
	rtnl_lock();
	KUNIT_EXPECT_EQ(test, dev_set_mtu(t->ndev, 4000), 0);
	rtnl_unlock();
	t->fn->max_mtu = ETH_DATA_LEN;
	KUNIT_EXPECT_EQ(test, net_rings(t, 100), 0);
	KUNIT_EXPECT_EQ(test, t->ndev->mtu, ETH_DATA_LEN);
	net_works(test);
}

/* A request that the host does not even read ends at once. */
static void net_unread(struct kunit *test)
{
	struct sockaddr_storage ss = { .ss_family = ARPHRD_ETHER };
	struct net_test *t = test->priv;

	net_plug(test);
	memset(((struct sockaddr *)&ss)->sa_data, 2, ETH_ALEN);
	t->fn->fail = RNDIS_SET;
	rtnl_lock();
	KUNIT_EXPECT_EQ(test, dev_set_mac_address(t->ndev, &ss, NULL), -EIO);
	t->fn->fail = 0;
	KUNIT_EXPECT_EQ(test, dev_set_mac_address(t->ndev, &ss, NULL), 0);
	rtnl_unlock();
	net_works(test);
}

/* Frames before there is a buffer for them: the channel is broken, no more. */
static void net_early(struct kunit *test)
{
	struct net_test *t = test->priv;

	t->fn->early = true;
	t->vdev = fake_net_plug(t->fn);
	KUNIT_ASSERT_NOT_NULL(test, t->vdev);
	KUNIT_EXPECT_NULL(test, t->vdev->dev->driver);
	t->fn->early = false;
	KUNIT_EXPECT_EQ(test, device_attach(t->vdev->dev), 1);
}

/* A host waits for the end of what it sends, known or not. */
static void net_acknowledged(struct kunit *test)
{
	struct nvsp_msg m = { .type = cpu_to_le32(9999) };
	struct net_test *t = test->priv;

	net_plug(test);
	for (u32 i = 1; i <= 20; i++) {
		fake_net_inband(t->fn, &m, sizeof(m));
		KUNIT_EXPECT_TRUE(test, fake_wait(READ_ONCE(t->fn->acks) == i));
	}
	net_works(test);
}

/* An administrator's table is in force when the last of its queues has come. */
static void net_late_channels(struct kunit *test)
{
	struct ethtool_rxfh_param p = { .hfunc = ETH_RSS_HASH_TOP };
	struct net_test *t = test->priv;

	if (num_online_cpus() < 3)
		kunit_skip(test, "three CPUs are needed");
	p.indir = kunit_kcalloc(test, 128, sizeof(*p.indir), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p.indir);
	for (int i = 0; i < 128; i++)
		p.indir[i] = 2;
	fake_host_use_cpus(t->fn->h, 3);
	t->fn->sub_channels = 2;
	net_plug(test);
	KUNIT_ASSERT_TRUE(test, fake_wait(net_queues(t, 3)));
	KUNIT_EXPECT_EQ(test, net_set_rxfh(t, &p), 0);
	t->ndev->ethtool->rss_indir_user_size = 128;
	KUNIT_EXPECT_EQ(test, t->fn->rss_entry, 2);
	KUNIT_EXPECT_EQ(test, net_rings(t, 100), 0);
	KUNIT_EXPECT_TRUE(test, net_queues(t, 1));
	KUNIT_EXPECT_EQ(test, t->fn->rss_entry, 0);
	net_poll_all(t);
	for (u32 i = 1; i <= 2; i++) {
		fake_rescind(t->fn->h, FAKE_NET_RELID + i);
		fake_offer(t->fn->h, FAKE_NET_RELID + 10 + i, 0, i);
	}
	KUNIT_EXPECT_TRUE(test, fake_wait(net_queues(t, 3)));
	KUNIT_EXPECT_TRUE(test, fake_wait(READ_ONCE(t->fn->rss_entry) == 2));
	net_works(test);
}

/* A table that is refused, and a host that does not turn spreading off. */
static void net_refused_table(struct kunit *test)
{
	struct ethtool_rxfh_param p = { .hfunc = ETH_RSS_HASH_TOP };
	struct net_test *t = test->priv;

	if (num_online_cpus() < 2)
		kunit_skip(test, "two CPUs are needed");
	p.indir = kunit_kcalloc(test, 128, sizeof(*p.indir), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p.indir);
	for (int i = 0; i < 128; i++)
		p.indir[i] = 1;
	fake_host_use_cpus(t->fn->h, 2);
	t->fn->sub_channels = 1;
	net_plug(test);
	KUNIT_ASSERT_TRUE(test, fake_wait(net_queues(t, 2)));
	KUNIT_ASSERT_TRUE(test, fake_wait(READ_ONCE(t->fn->rss) >= 2));
	t->fn->rss_refuse = t->fn->rss + 2;
	KUNIT_EXPECT_NE(test, net_set_rxfh(t, &p), 0);
	KUNIT_EXPECT_TRUE(test, t->fn->rss_on);
	KUNIT_EXPECT_EQ(test, t->fn->rss_entry, 0);
	t->fn->rss_refuse = t->fn->rss + 1;
	KUNIT_EXPECT_EQ(test, net_set_rxfh(t, &p), 0);
	KUNIT_EXPECT_TRUE(test, t->fn->rss_on);
	KUNIT_EXPECT_EQ(test, t->fn->rss_entry, 1);
}

/* Terms change while the net device stays; refused ones leave it as it was. */
static void net_reconfigure(struct kunit *test)
{
	struct net_test *t = test->priv;
	int mtus[] = { 4000, 1500, 9000, 1280 };

	net_plug(test);
	for (int i = 0; i < ARRAY_SIZE(mtus); i++) {
		rtnl_lock();
		KUNIT_EXPECT_EQ(test, dev_set_mtu(t->ndev, mtus[i]), 0);
		rtnl_unlock();
		net_works(test);
	}
	t->fn->refuse = NVSP_RECV_BUF;
	rtnl_lock();
	KUNIT_EXPECT_NE(test, dev_set_mtu(t->ndev, 12000), 0);
	rtnl_unlock();
	KUNIT_EXPECT_EQ(test, t->ndev->mtu, 1280);
}

static void net_ethtool(struct kunit *test)
{
	struct ethtool_channels channels = {};
	struct net_test *t = test->priv;
	struct rtnl_link_stats64 stats;
	const struct ethtool_ops *ops;

	net_plug(test);
	net_works(test);
	ops = t->ndev->ethtool_ops;
	rtnl_lock();
	netdev_lock(t->ndev);
	ops->get_channels(t->ndev, &channels);
	netdev_unlock(t->ndev);
	rtnl_unlock();
	KUNIT_EXPECT_EQ(test, channels.combined_count, 1);
	dev_get_stats(t->ndev, &stats);
	KUNIT_EXPECT_GE(test, stats.tx_packets, 1);
	KUNIT_EXPECT_GE(test, stats.rx_packets, 1);
	KUNIT_EXPECT_GE(test, stats.rx_bytes, 100);
}

static bool net_stopped(struct net_test *t)
{
	return netif_xmit_stopped(netdev_get_tx_queue(t->ndev, 0));
}

/* A host that does not read: the queue stops, and goes on. */
static void net_full_ring(struct kunit *test)
{
	struct net_test *t = test->priv;
	struct fake_channel *fc;
	u32 taken = 0;

	net_plug(test);
	fc = fake_channel(t->fn->h, FAKE_NET_RELID);
	fc->deaf = true;
	for (int i = 0; i < 600; i++)
		taken += net_send(t, i & 1 ? 1400 : 100, 0) == NET_XMIT_SUCCESS;
	KUNIT_EXPECT_TRUE(test, net_stopped(t));
	fc->deaf = false;
	fake_host_look(t->fn->h);
	KUNIT_EXPECT_TRUE(test, fake_wait(net_arrived(t, taken)));
	KUNIT_EXPECT_TRUE(test, fake_wait(!net_stopped(t)));
	net_works(test);
}

/* A rescind with frames that the host has not completed. */
static void net_rescind(struct kunit *test)
{
	struct net_test *t = test->priv;

	net_plug(test);
	t->fn->tx = FAKE_TX_HOLD;
	for (int i = 0; i < 10; i++)
		KUNIT_EXPECT_EQ(test, net_send(t, 1400, 0), NET_XMIT_SUCCESS);
	/* As many as the byte queue limit lets out. */
	KUNIT_EXPECT_TRUE(test, fake_wait(net_arrived(t, 1)));
	net_untap(t);
	fake_rescind(t->fn->h, FAKE_NET_RELID);
	fake_settle(t->fn->h);
	KUNIT_EXPECT_NULL(test, net_find(t));
	KUNIT_EXPECT_NULL(test, t->vdev->dev->driver);
	KUNIT_EXPECT_EQ(test, t->fn->h->posts[VMBW_RELID_RELEASED], 1);
	/* Both buffers and the rings are the guest's again. */
	KUNIT_EXPECT_EQ(test, t->fn->h->posts[VMBW_GPADL_TEARDOWN], 3);
}

/* A rescind while the guest waits for an answer, which never comes. */
static void net_rescind_waiting(struct kunit *test)
{
	struct net_test *t = test->priv;

	net_plug(test);
	net_untap(t);
	t->fn->ignore = RNDIS_SET;
	fake_rescind(t->fn->h, FAKE_NET_RELID);
	fake_settle(t->fn->h);
	KUNIT_EXPECT_NULL(test, net_find(t));
}

/* Unbinding with frames in flight: they end, and the adapter can come back. */
static void net_unbind_busy(struct kunit *test)
{
	struct net_test *t = test->priv;

	net_plug(test);
	t->fn->tx = FAKE_TX_HOLD;
	for (int i = 0; i < 10; i++)
		KUNIT_EXPECT_EQ(test, net_send(t, 1400, 0), NET_XMIT_SUCCESS);
	/* As many as the byte queue limit lets out. */
	KUNIT_EXPECT_TRUE(test, fake_wait(net_arrived(t, 1)));
	net_untap(t);
	device_release_driver(t->vdev->dev);
	KUNIT_EXPECT_NULL(test, net_find(t));
	KUNIT_EXPECT_EQ(test, t->fn->h->posts[VMBW_CLOSE], 1);
	KUNIT_EXPECT_EQ(test, t->fn->ends, 3);
	KUNIT_EXPECT_EQ(test, t->fn->h->posts[VMBW_GPADL_TEARDOWN], 3);
	t->fn->tx = FAKE_TX_GOOD;
	t->fn->holds = 0;
	for (int i = 0; i < 3; i++) {
		KUNIT_EXPECT_EQ(test, device_attach(t->vdev->dev), 1);
		t->ndev = net_find(t);
		KUNIT_ASSERT_NOT_NULL(test, t->ndev);
		KUNIT_EXPECT_EQ(test, net_up(t), 0);
		device_release_driver(t->vdev->dev);
	}
}

/* The machine sleeps: the net device stays, and works again afterwards. */
static void net_sleeps(struct kunit *test)
{
	struct net_test *t = test->priv;

	net_plug(test);
	KUNIT_EXPECT_EQ(test, vmb_device_suspend(t->vdev->dev), 0);
	KUNIT_EXPECT_FALSE(test, netif_device_present(t->ndev));
	KUNIT_EXPECT_EQ(test, vmb_device_resume(t->vdev->dev), 0);
	KUNIT_EXPECT_TRUE(test, netif_device_present(t->ndev));
	net_works(test);
}

/**
 * struct net_vf - a net device that only counts the tests' frames
 * @sent: them
 * @refuse: it runs no program
 * @prog: the one that it was given, or NULL
 */
struct net_vf {
	unsigned int sent;
	bool refuse;
	struct bpf_prog *prog;
};

static netdev_tx_t net_vf_xmit(struct sk_buff *skb, struct net_device *vf)
{
	struct net_vf *v = netdev_priv(vf);

	if (skb->protocol == htons(FAKE_ETHERTYPE))
		WRITE_ONCE(v->sent, v->sent + 1);
	dev_consume_skb_any(skb);
	return NETDEV_TX_OK;
}

static int net_vf_bpf(struct net_device *vf, struct netdev_bpf *bpf)
{
	struct net_vf *v = netdev_priv(vf);

	if (bpf->command != XDP_SETUP_PROG)
		return -EINVAL;
	if (bpf->prog && v->refuse)
		return -EOPNOTSUPP;
	if (v->prog)
		bpf_prog_put(v->prog);
	v->prog = bpf->prog;
	return 0;
}

static const struct net_device_ops net_vf_ops = {
	.ndo_start_xmit		= net_vf_xmit,
	.ndo_bpf		= net_vf_bpf,
	.ndo_set_mac_address	= eth_mac_addr,
};

/* Registers a net device with the adapter's address, on @parent. */
static struct net_device *net_vf_make(struct kunit *test, struct device *parent,
				      unsigned int max_mtu)
{
	static const u8 addr[ETH_ALEN] = { 0x02, 0x15, 0x5d, 0, 0, 1 };
	struct net_device *vf = alloc_etherdev(sizeof(struct net_vf));

	KUNIT_ASSERT_NOT_NULL(test, vf);
	vf->netdev_ops = &net_vf_ops;
	vf->max_mtu = max_mtu;
	vf->mtu = min(vf->mtu, max_mtu);
	eth_hw_addr_set(vf, addr);
	ether_addr_copy(vf->perm_addr, addr);
	SET_NETDEV_DEV(vf, parent);
	KUNIT_ASSERT_EQ(test, register_netdev(vf), 0);
	return vf;
}

static bool net_vf_joined(struct net_test *t, struct net_device *vf)
{
	struct netvsc_dev *nd = netdev_priv(t->ndev);
	bool joined;

	/* One that cannot be configured is let go. */
	flush_work(&nd->vf.work);
	rtnl_lock();
	joined = netdev_master_upper_dev_get(vf) == t->ndev;
	rtnl_unlock();
	return joined;
}

static void net_vf_assign(struct net_test *t, bool allocated)
{
	struct nvsp_msg m = {
		.type = cpu_to_le32(NVSP_VF_ASSOCIATION),
		.vf.allocated = cpu_to_le32(allocated),
		.vf.serial = cpu_to_le32(0x80000001),
	};

	fake_net_inband(t->fn, &m, sizeof(m));
}

static bool net_on_path(struct net_test *t, u32 path)
{
	return READ_ONCE(t->fn->path) == path;
}

static unsigned int net_vf_sent(struct net_test *t)
{
	return READ_ONCE(((struct net_vf *)netdev_priv(t->vf))->sent);
}

/* What the VF gets, the stack has from the adapter. */
static void net_vf_hear(struct kunit *test)
{
	struct net_test *t = test->priv;
	struct sk_buff *skb = netdev_alloc_skb(t->vf, 100);
	u64 packets = net_stats(t).rx_packets;
	unsigned int got = t->got;

	KUNIT_ASSERT_NOT_NULL(test, skb);
	net_fill(skb_put(skb, 100), 100, 0);
	skb->protocol = eth_type_trans(skb, t->vf);
	KUNIT_EXPECT_EQ(test, netif_rx(skb), NET_RX_SUCCESS);
	KUNIT_EXPECT_TRUE(test, fake_wait(net_heard(t, got + 1)));
	KUNIT_EXPECT_EQ(test, t->wrong, 0);
	KUNIT_EXPECT_GT(test, net_stats(t).rx_packets, packets);
}

/* Frames go by the VF, both ways, and count. */
static void net_vf_works(struct kunit *test)
{
	struct net_test *t = test->priv;
	u32 frames = t->fn->frames;
	unsigned int sent;
	u64 packets;

	KUNIT_EXPECT_TRUE(test, fake_wait(net_on_path(t, NVSP_DATA_PATH_VF)));
	/* The path is used when the driver has read the completion. */
	KUNIT_EXPECT_TRUE(test, fake_wait(!qdisc_tx_is_noop(t->vf)));
	rtnl_lock();
	rtnl_unlock();
	sent = net_vf_sent(t);
	packets = net_stats(t).tx_packets;
	KUNIT_EXPECT_EQ(test, net_send(t, 100, 1), NET_XMIT_SUCCESS);
	KUNIT_EXPECT_TRUE(test, fake_wait(net_vf_sent(t) == sent + 1));
	KUNIT_EXPECT_GT(test, net_stats(t).tx_packets, packets);
	KUNIT_EXPECT_EQ(test, t->fn->frames, frames);
	net_vf_hear(test);
}

/* Frames go by the synthetic adapter, and none by the VF. */
static void net_vf_idle(struct kunit *test)
{
	struct net_test *t = test->priv;
	unsigned int sent = t->vf ? net_vf_sent(t) : 0;

	KUNIT_EXPECT_TRUE(test, fake_wait(net_on_path(t, NVSP_DATA_PATH_SYNTHETIC)));
	net_works(test);
	KUNIT_EXPECT_TRUE(test, !t->vf || net_vf_sent(t) == sent);
}

static void net_vf_carrier(struct net_test *t, bool on)
{
	if (on)
		netif_carrier_on(t->vf);
	else
		netif_carrier_off(t->vf);
}

/* Plugs an adapter in that takes VFs, and a VF. */
static void net_vf_plug(struct kunit *test)
{
	struct device *parent = kunit_device_register(test, "vf");
	struct net_test *t = test->priv;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, parent);
	netvsc_sriov = true;
	net_plug(test);
	KUNIT_EXPECT_TRUE(test, t->fn->caps & NVSP_CAP_SRIOV);
	t->vf = net_vf_make(test, parent, ETH_MAX_MTU);
	KUNIT_ASSERT_TRUE(test, net_vf_joined(t, t->vf));
	KUNIT_EXPECT_TRUE(test, t->vf->flags & IFF_SLAVE);
	KUNIT_EXPECT_TRUE(test, t->vf->flags & IFF_UP);
}

/* Data take the path of the VF while there is one to take, and only then. */
static void net_failover(struct kunit *test)
{
	struct nvsp_msg back = {
		.type = cpu_to_le32(NVSP_SWITCH_DATA_PATH),
		.data_path.active = cpu_to_le32(NVSP_DATA_PATH_SYNTHETIC),
	};
	struct net_test *t = test->priv;
	u32 switches;

	net_vf_plug(test);
	net_vf_idle(test);
	net_vf_assign(t, true);
	net_vf_works(test);
	net_vf_carrier(t, false);
	net_vf_idle(test);
	net_vf_carrier(t, true);
	net_vf_works(test);
	net_vf_assign(t, false);
	net_vf_idle(test);
	net_vf_assign(t, true);
	net_vf_works(test);
	switches = t->fn->switches;
	t->fn->path = NVSP_DATA_PATH_SYNTHETIC;
	fake_net_inband(t->fn, &back, offsetofend(struct nvsp_msg, data_path));
	KUNIT_EXPECT_TRUE(test, fake_wait(READ_ONCE(t->fn->switches) > switches));
	net_vf_idle(test);
	net_vf_assign(t, true);
	net_vf_works(test);
	net_vf_free(t);
	net_vf_idle(test);
}

/* What is set on the adapter holds for the VF. */
static void net_vf_follows(struct kunit *test)
{
	struct net_test *t = test->priv;

	net_vf_plug(test);
	net_vf_assign(t, true);
	net_vf_works(test);
	rtnl_lock();
	KUNIT_EXPECT_EQ(test, dev_set_mtu(t->ndev, 1280), 0);
	KUNIT_EXPECT_EQ(test, t->vf->mtu, 1280);
	KUNIT_EXPECT_EQ(test, dev_set_promiscuity(t->ndev, 1), 0);
	KUNIT_EXPECT_TRUE(test, t->vf->flags & IFF_PROMISC);
	KUNIT_EXPECT_EQ(test, dev_set_promiscuity(t->ndev, -1), 0);
	KUNIT_EXPECT_FALSE(test, t->vf->flags & IFF_PROMISC);
	rtnl_unlock();
	net_down(t);
	KUNIT_EXPECT_FALSE(test, t->vf->flags & IFF_UP);
	KUNIT_EXPECT_EQ(test, t->fn->path, NVSP_DATA_PATH_SYNTHETIC);
	KUNIT_EXPECT_EQ(test, net_up(t), 0);
	net_vf_works(test);
}

/* A host that does not answer: the synthetic path is used, and asked once. */
static void net_vf_silence(struct kunit *test)
{
	struct net_test *t = test->priv;

	net_vf_plug(test);
	t->fn->ignore = NVSP_SWITCH_DATA_PATH;
	net_vf_assign(t, true);
	KUNIT_EXPECT_TRUE(test, fake_wait(READ_ONCE(t->fn->switches)));
	net_works(test);
	/* Its end. */
	rtnl_lock();
	rtnl_unlock();
	net_vf_carrier(t, false);
	net_vf_carrier(t, true);
	net_vf_idle(test);
	KUNIT_EXPECT_EQ(test, t->fn->switches, 1);
	t->fn->ignore = 0;
	net_vf_assign(t, true);
	net_vf_works(test);
}

/* Not every net device with that address is a VF to use. */
static void net_vf_strangers(struct kunit *test)
{
	struct device *parent = kunit_device_register(test, "stranger");
	struct net_test *t = test->priv;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, parent);
	net_plug(test);
	KUNIT_EXPECT_FALSE(test, t->fn->caps & NVSP_CAP_SRIOV);
	t->vf = net_vf_make(test, parent, ETH_MAX_MTU);
	KUNIT_EXPECT_FALSE(test, net_vf_joined(t, t->vf));
	net_vf_free(t);
	net_untap(t);
	device_release_driver(t->vdev->dev);

	netvsc_sriov = true;
	KUNIT_EXPECT_EQ(test, device_attach(t->vdev->dev), 1);
	t->ndev = net_find(t);
	KUNIT_ASSERT_NOT_NULL(test, t->ndev);
	t->vf = net_vf_make(test, NULL, ETH_MAX_MTU);
	KUNIT_EXPECT_FALSE(test, net_vf_joined(t, t->vf));
}

/* One that cannot have what is set on ours is used as soon as it can. */
static void net_vf_refused(struct kunit *test)
{
	struct device *parent = kunit_device_register(test, "vf");
	struct net_test *t = test->priv;
	struct net_vf *v;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, parent);
	netvsc_sriov = true;
	net_plug(test);
	/* It would drop what does not fit. */
	t->vf = net_vf_make(test, parent, 1400);
	v = netdev_priv(t->vf);
	KUNIT_EXPECT_TRUE(test, net_vf_joined(t, t->vf));
	KUNIT_EXPECT_FALSE(test, t->vf->flags & IFF_UP);
	net_vf_assign(t, true);
	net_vf_idle(test);
	net_make_prog(test, XDP_PASS);
	v->refuse = true;
	KUNIT_EXPECT_EQ(test, net_set_prog(t, t->prog), 0);
	rtnl_lock();
	KUNIT_EXPECT_EQ(test, dev_set_mtu(t->ndev, 1400), 0);
	rtnl_unlock();
	KUNIT_EXPECT_TRUE(test, net_vf_joined(t, t->vf));
	KUNIT_EXPECT_FALSE(test, t->vf->flags & IFF_UP);
	net_vf_idle(test);
	/* Frames of its would get past the program. */
	KUNIT_EXPECT_EQ(test, net_set_prog(t, NULL), 0);
	KUNIT_EXPECT_TRUE(test, net_vf_joined(t, t->vf));
	net_vf_works(test);
	KUNIT_EXPECT_EQ(test, t->vf->mtu, 1400);
}

/* A program is the VF's as well, or nobody's. */
static void net_vf_program(struct kunit *test)
{
	struct net_test *t = test->priv;
	struct net_vf *v;

	net_vf_plug(test);
	v = netdev_priv(t->vf);
	net_make_prog(test, XDP_PASS);
	v->refuse = true;
	KUNIT_EXPECT_EQ(test, net_set_prog(t, t->prog), -EOPNOTSUPP);
	KUNIT_EXPECT_TRUE(test, t->fn->rsc);
	KUNIT_EXPECT_TRUE(test, t->ndev->features & NETIF_F_LRO);
	v->refuse = false;
	KUNIT_EXPECT_EQ(test, net_set_prog(t, t->prog), 0);
	KUNIT_EXPECT_PTR_EQ(test, v->prog, t->prog);
	KUNIT_EXPECT_FALSE(test, t->fn->rsc);
	KUNIT_EXPECT_EQ(test, net_set_prog(t, NULL), 0);
	KUNIT_EXPECT_NULL(test, v->prog);
	KUNIT_EXPECT_TRUE(test, t->fn->rsc);
}

/* The adapter goes, the VF stays, and is nobody's. */
static void net_vf_alone(struct kunit *test)
{
	struct net_test *t = test->priv;

	net_vf_plug(test);
	net_vf_assign(t, true);
	net_vf_works(test);
	net_untap(t);
	fake_rescind(t->fn->h, FAKE_NET_RELID);
	fake_settle(t->fn->h);
	KUNIT_EXPECT_NULL(test, net_find(t));
	KUNIT_EXPECT_FALSE(test, t->vf->flags & (IFF_SLAVE | IFF_UP));
}

static struct kunit_case net_cases[] = {
	KUNIT_CASE(net_identity),
	KUNIT_CASE(net_versions),
	KUNIT_CASE(net_transmit),
	KUNIT_CASE(net_offloads),
	KUNIT_CASE(net_stamped),
	KUNIT_CASE(net_tagged),
	KUNIT_CASE(net_xdp_tagged),
	KUNIT_CASE(net_no_budget),
	KUNIT_CASE(net_receive),
	KUNIT_CASE(net_coalesced),
	KUNIT_CASE(net_xdp_coalesced),
	KUNIT_CASE(net_blank_sum),
	KUNIT_CASE(net_malformed),
	KUNIT_CASE(net_lies),
	KUNIT_CASE(net_noise),
	KUNIT_CASE(net_completions),
	KUNIT_CASE(net_link),
	KUNIT_CASE(net_channels),
	KUNIT_CASE(net_acknowledged),
	KUNIT_CASE(net_lost_terms),
	KUNIT_CASE(net_poorer_host),
	KUNIT_CASE(net_unread),
	KUNIT_CASE(net_early),
	KUNIT_CASE_SLOW(net_late_channels),
	KUNIT_CASE(net_refused_table),
	KUNIT_CASE_SLOW(net_reconfigure),
	KUNIT_CASE(net_ethtool),
	KUNIT_CASE(net_full_ring),
	KUNIT_CASE(net_rescind),
	KUNIT_CASE(net_rescind_waiting),
	KUNIT_CASE_SLOW(net_unbind_busy),
	KUNIT_CASE(net_sleeps),
	KUNIT_CASE(net_failover),
	KUNIT_CASE(net_vf_follows),
	KUNIT_CASE_SLOW(net_vf_silence),
	KUNIT_CASE(net_vf_strangers),
	KUNIT_CASE(net_vf_refused),
	KUNIT_CASE(net_vf_program),
	KUNIT_CASE(net_vf_alone),
	{}
};

static struct kunit_suite net_suite = {
	.name = "netvsc",
	.init = net_init,
	.exit = net_exit,
	.test_cases = net_cases,
};

kunit_test_suite(net_suite);

MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_SOFTDEP("pre: hv_netvsc");
MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING");
MODULE_DESCRIPTION("Tests of hv_netvsc on a fake host");
MODULE_LICENSE("GPL");
