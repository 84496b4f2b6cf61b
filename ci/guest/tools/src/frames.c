// SPDX-License-Identifier: GPL-2.0
/*
 * frames DEVICE: captures every frame that DEVICE receives until SIGTERM,
 * recomputes the checksums, and prints what it saw:
 *
 *	frames=N longest=N over=N tcp=N udp=N vlan=N bad=N open=N missed=N
 *
 * "longest" is without the Ethernet header, "over" counts the ones longer than
 * the MTU: GRO's or the host's work. "bad" counts wrong IP, TCP and UDP
 * checksums, "open" the ones that GRO left for later. "missed" frames passed
 * unseen. "ready" on standard output means that it looks.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static long frames, longest, over, tcp, udp, vlan, bad, open_csum;
static volatile sig_atomic_t ended;

static void on_term(int sig)
{
	ended = sig;
}

static unsigned int get16(const unsigned char *p)
{
	return p[0] << 8 | p[1];
}

static uint32_t sum(const unsigned char *p, long len, uint32_t start)
{
	uint64_t s = start;

	for (; len > 1; p += 2, len -= 2)
		s += get16(p);
	if (len)
		s += *p << 8;
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return s;
}

/* @addr: both addresses, @addr_len bytes; @p: transport header and payload */
static void transport(const unsigned char *addr, int addr_len, int proto,
		      const unsigned char *p, long len, int unfinished)
{
	uint32_t s;

	tcp += proto == IPPROTO_TCP;
	udp += proto == IPPROTO_UDP;
	if (proto != IPPROTO_TCP && proto != IPPROTO_UDP && proto != IPPROTO_ICMPV6)
		return;
	if (unfinished) {
		open_csum++;
		return;
	}
	if (proto == IPPROTO_UDP && addr_len == 8 && !get16(p + 6))
		return;
	s = sum(addr, addr_len, proto + (len & 0xffff) + (len >> 16));
	bad += sum(p, len, s) != 0xffff;
}

static void ip4(const unsigned char *p, long len, int unfinished)
{
	long header = (p[0] & 15) * 4, total = get16(p + 2);

	if (len < 20 || header < 20 || total > len || total < header) {
		bad++;
		return;
	}
	bad += sum(p, header, 0) != 0xffff;
	/* Fragments have no checksum of their own. */
	if (get16(p + 6) & 0x3fff)
		return;
	transport(p + 12, 8, p[9], p + header, total - header, unfinished);
}

static void ip6(const unsigned char *p, long len, int unfinished)
{
	long total = len < 40 ? 0 : get16(p + 4);

	if (len < 40 || total > len - 40) {
		bad++;
		return;
	}
	transport(p + 8, 32, p[6], p + 40, total, unfinished);
}

static void look(const unsigned char *p, long len, int unfinished, long mtu)
{
	unsigned int proto = get16(p + 12);

	p += ETH_HLEN;
	len -= ETH_HLEN;
	if (proto == ETH_P_8021Q) {
		vlan++;
		proto = get16(p + 2);
		p += 4;
		len -= 4;
	}
	frames++;
	if (len > longest)
		longest = len;
	over += len > mtu;
	if (proto == ETH_P_IP)
		ip4(p, len, unfinished);
	else if (proto == ETH_P_IPV6)
		ip6(p, len, unfinished);
}

static int unfinished(struct msghdr *m)
{
	struct tpacket_auxdata aux;
	struct cmsghdr *c = CMSG_FIRSTHDR(m);

	if (!c || c->cmsg_type != PACKET_AUXDATA)
		return 0;
	memcpy(&aux, CMSG_DATA(c), sizeof(aux));
	vlan += !!(aux.tp_status & TP_STATUS_VLAN_VALID);
	return aux.tp_status & TP_STATUS_CSUMNOTREADY;
}

static void receive(int s, long mtu)
{
	static unsigned char buf[1 << 17];
	char control[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
	struct iovec iov = { buf, sizeof(buf) };
	struct sockaddr_ll from;
	ssize_t len;

	for (;;) {
		struct msghdr m = {
			.msg_name = &from, .msg_namelen = sizeof(from),
			.msg_iov = &iov, .msg_iovlen = 1,
			.msg_control = control, .msg_controllen = sizeof(control),
		};

		/* What is queued is looked at even when the end was asked for. */
		len = recvmsg(s, &m, ended ? MSG_DONTWAIT : 0);
		if (len < 0 && errno == EINTR)
			continue;
		if (len < 0 && errno == EAGAIN && ended)
			return;
		if (len < 0 && errno == EAGAIN)
			continue;
		if (len < 0)
			err(1, "recvmsg");
		if (from.sll_pkttype != PACKET_OUTGOING && len >= ETH_HLEN)
			look(buf, len, unfinished(&m), mtu);
	}
}

int main(int argc, char **argv)
{
	struct sockaddr_ll at = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	/* A signal between the test and the call must not wait for a frame. */
	struct timeval wait = { .tv_usec = 100000 };
	struct tpacket_stats st;
	socklen_t len = sizeof(st);
	struct ifreq ifr = {};
	int s, n = 64 << 20;

	if (argc != 2)
		errx(2, "usage: frames DEVICE");
	signal(SIGTERM, on_term);
	s = socket(AF_PACKET, SOCK_RAW, 0);
	if (s < 0)
		err(1, "socket");
	setsockopt(s, SOL_SOCKET, SO_RCVBUFFORCE, &n, sizeof(n));
	setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	n = 1;
	setsockopt(s, SOL_PACKET, PACKET_AUXDATA, &n, sizeof(n));
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", argv[1]);
	if (ioctl(s, SIOCGIFMTU, &ifr))
		err(1, "%s", argv[1]);
	at.sll_ifindex = if_nametoindex(argv[1]);
	if (bind(s, (struct sockaddr *)&at, sizeof(at)))
		err(1, "bind");
	printf("ready\n");
	fflush(stdout);
	receive(s, ifr.ifr_mtu);
	if (getsockopt(s, SOL_PACKET, PACKET_STATISTICS, &st, &len))
		err(1, "PACKET_STATISTICS");
	printf("frames=%ld longest=%ld over=%ld tcp=%ld udp=%ld "
	       "vlan=%ld bad=%ld open=%ld missed=%u\n",
	       frames, longest, over, tcp, udp, vlan, bad, open_csum, st.tp_drops);
	return 0;
}
