// SPDX-License-Identifier: GPL-2.0
/*
 * udp-pair FROM-NS TO-NS ADDRESS SIZE COUNT BATCH [none]: sends COUNT datagrams
 * of SIZE bytes, BATCH at a time, from one network namespace to another and
 * takes each batch in before the next; prints how many were lost. With "none"
 * nobody receives.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX 64
#define PORT 5009

static int socket_in(const char *ns)
{
	char path[128];
	int fd, s, size = 4 << 20;

	snprintf(path, sizeof(path), "/run/netns/%s", ns);
	fd = open(path, O_RDONLY);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		err(1, "%s", path);
	close(fd);
	s = socket(AF_INET, SOCK_DGRAM, 0);
	if (s < 0)
		err(1, "socket");
	setsockopt(s, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	return s;
}

static char buf[MAX][65536];
static struct iovec iov[MAX];
static struct mmsghdr msg[MAX];

static void prepare(size_t size, int n)
{
	for (int i = 0; i < n; i++) {
		iov[i] = (struct iovec){ buf[i], size };
		msg[i].msg_hdr = (struct msghdr){ .msg_iov = &iov[i], .msg_iovlen = 1 };
	}
}

static int take(int s, int n)
{
	struct pollfd p = { s, POLLIN, 0 };
	int got = 0, r;

	while (got < n) {
		r = recvmmsg(s, msg, n - got, MSG_DONTWAIT, NULL);
		if (r > 0)
			got += r;
		else if (poll(&p, 1, 1000) <= 0)
			break;
	}
	return got;
}

int main(int argc, char **argv)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	long count, lost = 0;
	int batch, from_s, to_s, none;
	size_t size;

	if (argc < 7)
		errx(2, "usage: udp-pair FROM-NS TO-NS ADDRESS SIZE COUNT BATCH [none]");
	size = atol(argv[4]);
	count = atol(argv[5]);
	batch = atoi(argv[6]);
	none = argc > 7 && !strcmp(argv[7], "none");
	if (batch < 1 || batch > MAX || size > sizeof(buf[0]))
		errx(2, "at most %d at a time, %zu bytes each", MAX, sizeof(buf[0]));
	inet_pton(AF_INET, argv[3], &to.sin_addr);
	to_s = socket_in(argv[2]);
	if (bind(to_s, (struct sockaddr *)&(struct sockaddr_in){
			 .sin_family = AF_INET, .sin_port = htons(PORT) }, sizeof(to)))
		err(1, "bind");
	from_s = socket_in(argv[1]);
	if (connect(from_s, (struct sockaddr *)&to, sizeof(to)))
		err(1, "connect");
	for (long sent = 0; sent < count; sent += batch) {
		prepare(size, batch);
		for (int done = 0, r; done < batch; done += r) {
			r = sendmmsg(from_s, msg + done, batch - done, 0);
			if (r <= 0)
				err(1, "sendmmsg");
		}
		if (!none)
			lost += batch - take(to_s, batch);
	}
	printf("%ld\n", lost);
	return lost ? 1 : 0;
}
