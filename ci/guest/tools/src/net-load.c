// SPDX-License-Identifier: GPL-2.0
/*
 * net-load [-j FLOWS] FROM-NS TO-NS ADDRESS LOAD SIZE BATCH COUNT: traffic from one
 * network namespace to another, and what COUNT units of it cost, by counters.h,
 * after a quarter as many to warm up. The yardstick of scripts/bench.
 *
 * LOAD: udp-tx    datagrams of SIZE bytes, BATCH at a time; nobody receives
 *       udp       the same, each batch is taken in before the next is sent
 *       stream    KiB of one TCP connection, written SIZE bytes at a time
 *       request   SIZE bytes there and back on one TCP connection
 *       connect   a TCP connection: connect, accept, close
 * -j: each flow has a processor of its own.
 */
#define _GNU_SOURCE
#include "netns.h"
#include "team.h"
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#define MAX_BATCH	64
#define PORT		5009

struct flow {
	pthread_t peer;
	unsigned int nr;
	int from, to;
	char *buf;
	struct iovec iov[MAX_BATCH];
	struct mmsghdr msg[MAX_BATCH];
};

struct load {
	const char *name;
	int type;
	/* One end, or the only one; units are done when it returns. */
	void (*run)(struct flow *f, uint64_t count);
	/* The other end, a thread of its own, which lives for the connection. */
	void (*peer)(struct flow *f);
	int connected;
};

static const char *from_ns, *to_ns, *address;
static const struct load *load;
static size_t size;
static unsigned int batch;
static struct flow flows[TEAM_MAX];

static int socket_in(const char *ns)
{
	int s, bytes = 4 << 20;

	netns_enter(ns);
	s = socket(AF_INET, load->type, 0);
	if (s < 0)
		err(1, "socket");
	if (load->type == SOCK_DGRAM)
		setsockopt(s, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes));
	return s;
}

static struct sockaddr_in at(const char *where, unsigned int nr)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(PORT + nr) };

	if (where && inet_pton(AF_INET, where, &a.sin_addr) != 1)
		errx(2, "%s is no address", where);
	return a;
}

static void full_read(int s, char *buf, size_t bytes)
{
	ssize_t n;

	for (; bytes; bytes -= n) {
		n = read(s, buf, bytes);
		if (n <= 0)
			err(1, "the connection ended");
	}
}

static void full_write(int s, const char *buf, size_t bytes)
{
	ssize_t n;

	for (; bytes; bytes -= n) {
		n = write(s, buf, bytes);
		if (n <= 0)
			err(1, "write");
	}
}

static void udp_send(struct flow *f)
{
	int r;

	for (unsigned int i = 0; i < batch; i++) {
		f->iov[i] = (struct iovec){ f->buf + i * size, size };
		f->msg[i].msg_hdr = (struct msghdr){ .msg_iov = &f->iov[i], .msg_iovlen = 1 };
	}
	for (unsigned int done = 0; done < batch; done += r) {
		r = sendmmsg(f->from, f->msg + done, batch - done, 0);
		if (r <= 0)
			err(1, "sendmmsg");
	}
}

static void udp_take(struct flow *f)
{
	struct pollfd p = { f->to, POLLIN, 0 };
	unsigned int got = 0;
	int r;

	while (got < batch) {
		r = recvmmsg(f->to, f->msg, batch - got, MSG_DONTWAIT, NULL);
		if (r > 0)
			got += r;
		else if (poll(&p, 1, 1000) <= 0)
			errx(1, "%u of %u datagrams were lost", batch - got, batch);
	}
}

static void run_udp_tx(struct flow *f, uint64_t count)
{
	for (uint64_t sent = 0; sent < count; sent += batch)
		udp_send(f);
}

static void run_udp(struct flow *f, uint64_t count)
{
	for (uint64_t sent = 0; sent < count; sent += batch) {
		udp_send(f);
		udp_take(f);
	}
}

/* The far end says when all of it has arrived. */
static void run_stream(struct flow *f, uint64_t count)
{
	uint64_t bytes = count * 1024;

	full_write(f->from, (char *)&bytes, sizeof(bytes));
	while (bytes) {
		size_t n = bytes < size ? bytes : size;

		full_write(f->from, f->buf, n);
		bytes -= n;
	}
	full_read(f->from, f->buf, 1);
}

static void peer_stream(struct flow *f)
{
	uint64_t bytes;
	ssize_t n;

	while (read(f->to, &bytes, sizeof(bytes)) == sizeof(bytes)) {
		for (; bytes; bytes -= n) {
			n = read(f->to, f->buf + size, bytes < size ? bytes : size);
			if (n <= 0)
				err(1, "the stream ended");
		}
		full_write(f->to, "", 1);
	}
}

static void run_request(struct flow *f, uint64_t count)
{
	while (count--) {
		full_write(f->from, f->buf, size);
		full_read(f->from, f->buf, size);
	}
}

static void peer_request(struct flow *f)
{
	ssize_t n;

	while ((n = read(f->to, f->buf + size, size)) > 0)
		full_write(f->to, f->buf + size, n);
}

static void run_connect(struct flow *f, uint64_t count)
{
	struct sockaddr_in to = at(address, f->nr);
	char end;

	while (count--) {
		f->from = socket(AF_INET, SOCK_STREAM, 0);
		if (f->from < 0 || connect(f->from, (struct sockaddr *)&to, sizeof(to)))
			err(1, "connect");
		shutdown(f->from, SHUT_WR);
		if (read(f->from, &end, 1))
			err(1, "the far end does not close");
		close(f->from);
	}
}

/* Accepts until the process ends. */
static void peer_connect(struct flow *f)
{
	char end;
	int s;

	for (;;) {
		s = accept(f->to, NULL, NULL);
		if (s < 0)
			return;
		if (read(s, &end, 1))
			err(1, "a byte that nobody sent");
		close(s);
	}
}

static const struct load loads[] = {
	{ "udp-tx", SOCK_DGRAM, run_udp_tx, NULL, 1 },
	{ "udp", SOCK_DGRAM, run_udp, NULL, 1 },
	{ "stream", SOCK_STREAM, run_stream, peer_stream, 1 },
	{ "request", SOCK_STREAM, run_request, peer_request, 1 },
	{ "connect", SOCK_STREAM, run_connect, peer_connect, 0 },
};

static void *peer(void *arg)
{
	struct flow *f = arg;

	team_pin(f->nr);
	load->peer(f);
	return NULL;
}

static void accept_one(struct flow *f)
{
	int s = accept(f->to, NULL, NULL), one = 1;

	if (s < 0)
		err(1, "accept");
	close(f->to);
	f->to = s;
	setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(f->from, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
}

static void flow_open(unsigned int nr)
{
	struct flow *f = &flows[nr];
	struct sockaddr_in any = at(NULL, nr), to = at(address, nr);
	size_t bytes = size * (batch > 2 ? batch : 2);
	int one = 1;

	f->nr = nr;
	f->buf = calloc(1, bytes);
	if (!f->buf)
		errx(1, "no memory");
	memset(f->buf, 0x5a, bytes);
	f->to = socket_in(to_ns);
	setsockopt(f->to, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(f->to, (struct sockaddr *)&any, sizeof(any)))
		err(1, "bind");
	if (load->type == SOCK_STREAM && listen(f->to, 16))
		err(1, "listen");
	f->from = socket_in(from_ns);
	if (load->connected && connect(f->from, (struct sockaddr *)&to, sizeof(to)))
		err(1, "connect");
	if (load->connected && load->type == SOCK_STREAM)
		accept_one(f);
	if (load->peer && pthread_create(&f->peer, NULL, peer, f))
		errx(1, "no thread");
}

static void flow_run(unsigned int nr, uint64_t count)
{
	load->run(&flows[nr], count);
}

static void choose(const char *name)
{
	for (unsigned int i = 0; i < sizeof(loads) / sizeof(loads[0]); i++)
		if (!strcmp(name, loads[i].name))
			load = &loads[i];
	if (!load)
		errx(2, "there is no load %s", name);
}

int main(int argc, char **argv)
{
	struct team team = { .size = 1, .prepare = flow_open, .run = flow_run };
	int c;

	while ((c = getopt(argc, argv, "j:")) != -1) {
		if (c != 'j')
			return 2;
		team.size = atoi(optarg);
	}
	argv += optind;
	if (argc - optind != 7)
		errx(2, "usage: net-load [-j FLOWS] FROM-NS TO-NS ADDRESS LOAD SIZE BATCH COUNT");
	from_ns = argv[0];
	to_ns = argv[1];
	address = argv[2];
	choose(argv[3]);
	size = atol(argv[4]);
	batch = atoi(argv[5]);
	team.count = atoll(argv[6]);
	team.warm_up = team.count / 4;
	if (!size || size > 65536 || !batch || batch > MAX_BATCH ||
	    !team.size || team.size > TEAM_MAX)
		errx(2, "1 to 65536 bytes, 1 to %u at a time, 1 to %u flows", MAX_BATCH, TEAM_MAX);
	team_run(&team);
	/* The peers wait for what nobody sends. */
	fflush(stdout);
	_exit(0);
}
