// SPDX-License-Identifier: GPL-2.0
/*
 * uring-reads DEVICE DEPTH BATCH COUNT [poll]: 4 KiB random direct reads by
 * io_uring with a fixed queue depth, submitted BATCH at a time. The yardstick
 * of scripts/bench: no library, and as few instructions of its own as can be.
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/io_uring.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define BLOCK	4096u
#define ENTRIES	256u

struct ring {
	int fd;
	unsigned int *sq_tail, sq_mask, *sq_array;
	unsigned int *cq_head, *cq_tail, cq_mask;
	struct io_uring_sqe *sqes;
	struct io_uring_cqe *cqes;
};

static void *map(int fd, size_t bytes, off_t what)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_POPULATE, fd, what);

	if (p == MAP_FAILED)
		err(1, "mmap");
	return p;
}

static void ring_init(struct ring *r, unsigned int flags)
{
	struct io_uring_params p = { .flags = flags };
	char *sq, *cq;

	r->fd = syscall(__NR_io_uring_setup, ENTRIES, &p);
	if (r->fd < 0)
		err(1, "io_uring_setup");
	sq = map(r->fd, p.sq_off.array + p.sq_entries * sizeof(unsigned int),
		 IORING_OFF_SQ_RING);
	cq = map(r->fd, p.cq_off.cqes + p.cq_entries * sizeof(*r->cqes),
		 IORING_OFF_CQ_RING);
	r->sqes = map(r->fd, p.sq_entries * sizeof(*r->sqes), IORING_OFF_SQES);
	r->sq_tail = (unsigned int *)(sq + p.sq_off.tail);
	r->sq_mask = *(unsigned int *)(sq + p.sq_off.ring_mask);
	r->sq_array = (unsigned int *)(sq + p.sq_off.array);
	r->cq_head = (unsigned int *)(cq + p.cq_off.head);
	r->cq_tail = (unsigned int *)(cq + p.cq_off.tail);
	r->cq_mask = *(unsigned int *)(cq + p.cq_off.ring_mask);
	r->cqes = (struct io_uring_cqe *)(cq + p.cq_off.cqes);
}

static uint64_t random64(void)
{
	static uint64_t x = 88172645463325252ull;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return x;
}

static void queue_read(struct ring *r, unsigned int *tail, int fd, char *buf,
		       unsigned int slot, uint64_t block)
{
	unsigned int i = (*tail)++ & r->sq_mask;
	struct io_uring_sqe *e = &r->sqes[i];

	memset(e, 0, sizeof(*e));
	e->opcode = IORING_OP_READ;
	e->fd = fd;
	e->addr = (uintptr_t)(buf + slot * BLOCK);
	e->len = BLOCK;
	e->off = block * BLOCK;
	e->user_data = slot;
	r->sq_array[i] = i;
}

/* Gives the finished slots back; returns how many reads ended. */
static unsigned int reap(struct ring *r, unsigned int *free, unsigned int *nfree)
{
	unsigned int head = *r->cq_head, n = 0;

	while (head != __atomic_load_n(r->cq_tail, __ATOMIC_ACQUIRE)) {
		struct io_uring_cqe *e = &r->cqes[head++ & r->cq_mask];

		if (e->res != (int)BLOCK)
			errx(1, "a read returned %d", e->res);
		free[(*nfree)++] = e->user_data;
		n++;
	}
	__atomic_store_n(r->cq_head, head, __ATOMIC_RELEASE);
	return n;
}

int main(int argc, char **argv)
{
	unsigned int depth, batch, tail, nfree, n, want, free[ENTRIES];
	uint64_t total, sent = 0, done = 0, blocks;
	struct ring r;
	char *buf;
	int fd;

	if (argc < 5)
		errx(2, "usage: uring-reads DEVICE DEPTH BATCH COUNT [poll]");
	depth = atoi(argv[2]);
	batch = atoi(argv[3]);
	total = atoll(argv[4]);
	if (!depth || depth > ENTRIES || !batch)
		errx(2, "the depth is 1 to %u, the batch 1 or more", ENTRIES);
	fd = open(argv[1], O_RDONLY | O_DIRECT);
	if (fd < 0 || ioctl(fd, BLKGETSIZE64, &blocks))
		err(1, "%s", argv[1]);
	blocks /= BLOCK;
	if (posix_memalign((void **)&buf, BLOCK, (size_t)BLOCK * ENTRIES))
		errx(1, "no memory");
	memset(buf, 0, (size_t)BLOCK * ENTRIES);
	ring_init(&r, argc > 5 ? IORING_SETUP_IOPOLL : 0);
	tail = *r.sq_tail;
	for (nfree = 0; nfree < depth; nfree++)
		free[nfree] = nfree;

	while (done < total) {
		for (n = 0; nfree && n < batch && sent < total; n++, sent++)
			queue_read(&r, &tail, fd, buf, free[--nfree],
				   random64() % blocks);
		__atomic_store_n(r.sq_tail, tail, __ATOMIC_RELEASE);
		want = !nfree || sent == total;
		if (syscall(__NR_io_uring_enter, r.fd, n, want,
			    IORING_ENTER_GETEVENTS, NULL, 0) < 0)
			err(1, "io_uring_enter");
		done += reap(&r, free, &nfree);
	}
	return 0;
}
