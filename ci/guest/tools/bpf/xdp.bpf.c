// SPDX-License-Identifier: GPL-2.0
/* XDP programs for the guest tests; UDP port 7 is what they act on. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/udp.h>

#define SEC(name)	__attribute__((section(name), used))
#define ETH_P_IP_BE	0x0008
#define ECHO_PORT_BE	0x0700

static long (*bpf_redirect)(__u32 ifindex, __u64 flags) = (void *)BPF_FUNC_redirect;

struct frame {
	struct ethhdr eth;
	struct iphdr ip;
	struct udphdr udp;
} __attribute__((packed));

static __attribute__((always_inline)) struct frame *echo_request(struct xdp_md *ctx)
{
	struct frame *f = (void *)(long)ctx->data;

	if ((void *)(f + 1) > (void *)(long)ctx->data_end)
		return 0;
	if (f->eth.h_proto != ETH_P_IP_BE || f->ip.ihl != 5 ||
	    f->ip.protocol != 17 || f->udp.dest != ECHO_PORT_BE)
		return 0;
	return f;
}

/* Back to the sender: the checksums stay right when both ends swap. */
static __attribute__((always_inline)) void turn_round(struct frame *f)
{
	unsigned char mac[ETH_ALEN];
	__be32 addr = f->ip.saddr;
	__be16 port = f->udp.source;

	__builtin_memcpy(mac, f->eth.h_source, ETH_ALEN);
	__builtin_memcpy(f->eth.h_source, f->eth.h_dest, ETH_ALEN);
	__builtin_memcpy(f->eth.h_dest, mac, ETH_ALEN);
	f->ip.saddr = f->ip.daddr;
	f->ip.daddr = addr;
	f->udp.source = f->udp.dest;
	f->udp.dest = port;
}

SEC("xdp") int pass(struct xdp_md *ctx)
{
	return XDP_PASS;
}

SEC("xdp") int drop(struct xdp_md *ctx)
{
	return echo_request(ctx) ? XDP_DROP : XDP_PASS;
}

SEC("xdp.frags") int pass_frags(struct xdp_md *ctx)
{
	return XDP_PASS;
}

SEC("xdp.frags") int echo_tx(struct xdp_md *ctx)
{
	struct frame *f = echo_request(ctx);

	if (!f)
		return XDP_PASS;
	turn_round(f);
	return XDP_TX;
}

SEC("xdp.frags") int echo_redirect(struct xdp_md *ctx)
{
	struct frame *f = echo_request(ctx);

	if (!f)
		return XDP_PASS;
	turn_round(f);
	return bpf_redirect(ctx->ingress_ifindex, 0);
}

char gpl[] SEC("license") = "GPL";
