// SPDX-License-Identifier: GPL-2.0
/*
 * udp-seq [-w WINDOW] [-r RCVBUF] [-p USEC] [-t SECONDS] FROM-NS TO-NS ADDRESS
 *	COUNT MIN MAX
 *
 * Sends COUNT numbered datagrams of MIN to MAX bytes from one network namespace
 * to another and accounts for each of them:
 *
 *	sent=N received=N lost=N duplicate=N corrupt=N reordered=N full=N
 *
 * "full" is what the receiving socket dropped because its buffer was full; it
 * is part of "lost". Every byte is checked. With -w never more than WINDOW
 * datagrams are in flight and order is checked, so even a datagram of one byte
 * has a known number. Without -w they are sent as fast as possible and have to
 * carry the number, so MIN is at least 16. -p pauses after each 64 datagrams, -t
 * ends the sending early.
 */
#define _GNU_SOURCE
#include "netns.h"
#include <arpa/inet.h>
#include <errno.h>
#include <linux/sock_diag.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#define PORT	5010
#define QUIET	1500	/* ms without a datagram: no more will come */
#define TAIL	100	/* the same, if nothing is missing */

struct shared {
	_Atomic long sent, received;
	_Atomic int ready, done;
	long duplicate, corrupt, reordered, full;
};

static struct shared *sh;
static long count, min_len, max_len, window, pause_us, seconds;
static int rcvbuf = 4 << 20;

static uint64_t mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

/* The whole range, neighbours far apart. */
static long length_of(long n)
{
	long span = max_len - min_len + 1;

	return min_len + (window ? n : n * 37) % span;
}

/* What datagram @n holds: its number where there is room, then noise. */
static void fill(unsigned char *buf, long n, long len)
{
	uint64_t x = mix(n);
	long at = 0;

	if (len >= 16) {
		memcpy(buf, &n, 8);
		at = 8;
	}
	for (; at + 8 <= len; at += 8) {
		x = x * 6364136223846793005 + 1442695040888963407;
		memcpy(buf + at, &x, 8);
	}
	x = mix(x);
	memcpy(buf + at, &x, len - at);
}

static int wait_readable(int s, int ms)
{
	struct pollfd p = { s, POLLIN, 0 };

	return poll(&p, 1, ms) > 0;
}

static void account(unsigned char *seen, const unsigned char *got, long len,
		    long *next)
{
	unsigned char want[65536];
	long n = *next;

	if (!window)
		memcpy(&n, got, 8);
	if ((!window && len < 16) || n < 0 || n >= count || len != length_of(n)) {
		sh->corrupt++;
		return;
	}
	fill(want, n, len);
	if (memcmp(want, got, len)) {
		sh->corrupt++;
		return;
	}
	if (seen[n]) {
		sh->duplicate++;
		return;
	}
	seen[n] = 1;
	sh->reordered += n < *next;
	*next = n + 1;
	sh->received++;
}

static void receive(int family, const char *ns)
{
	struct sockaddr_in6 any = { .sin6_family = family, .sin6_port = htons(PORT) };
	unsigned char *seen = calloc(count, 1), buf[65536];
	uint32_t info[SK_MEMINFO_VARS];
	socklen_t len = sizeof(info);
	long next = 0;
	ssize_t r;
	int s;

	netns_enter(ns);
	s = socket(family, SOCK_DGRAM, 0);
	setsockopt(s, SOL_SOCKET, SO_RCVBUFFORCE, &rcvbuf, sizeof(rcvbuf));
	if (bind(s, (struct sockaddr *)&any, sizeof(any)))
		err(1, "bind");
	sh->ready = 1;
	for (int quiet = 0;;) {
		if (!wait_readable(s, TAIL)) {
			quiet += TAIL;
			if (getppid() == 1 || (sh->done &&
			    (quiet >= QUIET || sh->received == sh->sent)))
				break;
			continue;
		}
		quiet = 0;
		while ((r = recv(s, buf, sizeof(buf), MSG_DONTWAIT)) >= 0)
			account(seen, buf, r, &next);
	}
	if (getsockopt(s, SOL_SOCKET, SO_MEMINFO, info, &len))
		err(1, "SO_MEMINFO");
	sh->full = info[SK_MEMINFO_DROPS];
	exit(0);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* In a window: until the far end has what was sent; a second and it is lost. */
static void keep_window(void)
{
	double end = now() + 1;

	while (window && sh->sent - sh->received - sh->corrupt >= window) {
		if (now() > end)
			errx(1, "datagram %ld (%ld bytes) is lost: received=%ld corrupt=%ld",
			     sh->received, length_of(sh->received), sh->received,
			     sh->corrupt);
		usleep(50);
	}
}

/* False if the time is over before it could be sent. */
static int send_one(int s, long n, double end)
{
	static unsigned char buf[65536];
	long len = length_of(n);

	fill(buf, n, len);
	while (send(s, buf, len, 0) != len) {
		/* A link that is down, a route that comes back: not sent. */
		if (errno != ENOBUFS && errno != EAGAIN && errno != EINTR &&
		    errno != ENETUNREACH && errno != ENETDOWN &&
		    errno != EHOSTUNREACH && errno != ECONNREFUSED)
			err(1, "send of %ld bytes", len);
		if (now() > end)
			return 0;
		usleep(1000);
	}
	sh->sent++;
	return 1;
}

static void send_all(int s)
{
	double end = now() + (seconds ?: 86400);

	for (long n = 0; n < count && send_one(s, n, end); n++) {
		keep_window();
		if (pause_us && n % 64 == 63)
			usleep(pause_us);
		if (seconds && n % 64 == 63 && now() > end)
			break;
	}
}

static void options(int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "w:r:p:t:")) != -1) {
		switch (c) {
		case 'w': window = atol(optarg); break;
		case 'r': rcvbuf = atoi(optarg); break;
		case 'p': pause_us = atol(optarg); break;
		case 't': seconds = atol(optarg); break;
		default: exit(2);
		}
	}
	if (argc - optind != 6)
		errx(2, "usage: udp-seq [-w WINDOW] [-r RCVBUF] [-p USEC] [-t SECONDS] "
		     "FROM-NS TO-NS ADDRESS COUNT MIN MAX");
	count = atol(argv[optind + 3]);
	min_len = atol(argv[optind + 4]);
	max_len = atol(argv[optind + 5]);
	if (count < 1 || min_len < (window ? 1 : 16) || max_len < min_len ||
	    max_len > 65507)
		errx(2, "bad count or sizes");
}

int main(int argc, char **argv)
{
	struct sockaddr_in6 to6 = { .sin6_family = AF_INET6, .sin6_port = htons(PORT) };
	struct sockaddr_in to4 = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	int family = AF_INET, s, status;
	pid_t child;

	options(argc, argv);
	argv += optind;
	if (inet_pton(AF_INET6, argv[2], &to6.sin6_addr) == 1)
		family = AF_INET6;
	else if (inet_pton(AF_INET, argv[2], &to4.sin_addr) != 1)
		errx(2, "%s is no address", argv[2]);
	sh = mmap(NULL, sizeof(*sh), PROT_READ | PROT_WRITE,
		  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	child = fork();
	if (!child)
		receive(family, argv[1]);
	netns_enter(argv[0]);
	s = socket(family, SOCK_DGRAM, 0);
	if (family == AF_INET6 ? connect(s, (struct sockaddr *)&to6, sizeof(to6)) :
				 connect(s, (struct sockaddr *)&to4, sizeof(to4)))
		err(1, "connect");
	while (!sh->ready)
		usleep(1000);
	send_all(s);
	sh->done = 1;
	if (waitpid(child, &status, 0) != child || status)
		errx(1, "the receiver failed");
	printf("sent=%ld received=%ld lost=%ld duplicate=%ld corrupt=%ld reordered=%ld full=%ld\n",
	       sh->sent, sh->received, sh->sent - sh->received, sh->duplicate,
	       sh->corrupt, sh->reordered, sh->full);
	return 0;
}
