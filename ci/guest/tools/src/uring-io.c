// SPDX-License-Identifier: GPL-2.0
/*
 * uring-io [-p] [-j THREADS] OPERATION DEPTH BATCH COUNT DEVICE...: direct I/O by
 * io_uring with a fixed queue depth, submitted BATCH at a time, round the devices;
 * what COUNT of them cost, by counters.h, after a quarter as many to warm up. The
 * yardstick of scripts/bench: no library, and as few instructions of its own as
 * can be.
 *
 * OPERATION: read, write (4 KiB, random), seqread, seqwrite (128 KiB), flush
 * (fsync) or discard (64 KiB); the last two one at a time, by system call.
 * -p polls for completions. -j: each thread has a processor, a ring and the depth
 * of its own.
 */
#define _GNU_SOURCE
#include "team.h"
#include <linux/fs.h>
#include <linux/io_uring.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#define ENTRIES		256u
#define MAX_DEVICES	64
#define DISCARD		65536u

struct ring {
	int fd;
	unsigned int *sq_tail, sq_mask, *sq_array;
	unsigned int *cq_head, *cq_tail, cq_mask;
	struct io_uring_sqe *sqes;
	struct io_uring_cqe *cqes;
};

struct worker {
	struct ring ring;
	char *buf;
	unsigned int tail, nfree, free[ENTRIES], device;
	uint64_t random, next;
};

static struct {
	const char *name;
	int opcode;
	unsigned int bytes;
	int random;
} op, ops[] = {
	{ "read", IORING_OP_READ, 4096, 1 },
	{ "write", IORING_OP_WRITE, 4096, 1 },
	{ "seqread", IORING_OP_READ, 131072, 0 },
	{ "seqwrite", IORING_OP_WRITE, 131072, 0 },
	{ "flush", -1, 0, 0 },
	{ "discard", -1, DISCARD, 0 },
};

static int fds[MAX_DEVICES];
static unsigned int ndevices, depth, batch, threads = 1, poll_flag;
static uint64_t size;
static struct worker workers[TEAM_MAX];

static void *map(int fd, size_t bytes, off_t what)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_POPULATE, fd, what);

	if (p == MAP_FAILED)
		err(1, "mmap");
	return p;
}

static void ring_init(struct ring *r)
{
	struct io_uring_params p = { .flags = poll_flag };
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

/* Where the next request goes: each thread has a stream of its own. */
static uint64_t next_offset(struct worker *w)
{
	if (!op.random)
		return w->next++ % (size / op.bytes) * op.bytes;
	w->random ^= w->random << 13;
	w->random ^= w->random >> 7;
	w->random ^= w->random << 17;
	return w->random % (size / op.bytes) * op.bytes;
}

static void queue(struct worker *w)
{
	struct ring *r = &w->ring;
	unsigned int i = w->tail++ & r->sq_mask, slot = w->free[--w->nfree];
	struct io_uring_sqe *e = &r->sqes[i];

	memset(e, 0, sizeof(*e));
	e->opcode = op.opcode;
	e->fd = fds[w->device++ % ndevices];
	e->addr = (uintptr_t)(w->buf + (size_t)slot * op.bytes);
	e->len = op.bytes;
	e->off = next_offset(w);
	e->user_data = slot;
	r->sq_array[i] = i;
}

/* Gives the finished slots back; returns how many requests ended. */
static unsigned int reap(struct worker *w)
{
	struct ring *r = &w->ring;
	unsigned int head = *r->cq_head, n = 0;

	while (head != __atomic_load_n(r->cq_tail, __ATOMIC_ACQUIRE)) {
		struct io_uring_cqe *e = &r->cqes[head++ & r->cq_mask];

		if (e->res != (int)op.bytes)
			errx(1, "a %s returned %d", op.name, e->res);
		w->free[w->nfree++] = e->user_data;
		n++;
	}
	__atomic_store_n(r->cq_head, head, __ATOMIC_RELEASE);
	return n;
}

static void run_ring(struct worker *w, uint64_t count)
{
	uint64_t sent = 0, done = 0;
	unsigned int n, want;

	while (done < count) {
		for (n = 0; w->nfree && n < batch && sent < count; n++, sent++)
			queue(w);
		__atomic_store_n(w->ring.sq_tail, w->tail, __ATOMIC_RELEASE);
		want = !w->nfree || sent == count;
		if (syscall(__NR_io_uring_enter, w->ring.fd, n, want,
			    IORING_ENTER_GETEVENTS, NULL, 0) < 0)
			err(1, "io_uring_enter");
		done += reap(w);
	}
}

static void run_calls(struct worker *w, uint64_t count)
{
	while (count--) {
		int fd = fds[w->device++ % ndevices];
		uint64_t range[2] = { 0, DISCARD };

		if (!op.bytes) {
			if (fsync(fd))
				err(1, "fsync");
			continue;
		}
		range[0] = next_offset(w);
		if (ioctl(fd, BLKDISCARD, range))
			err(1, "BLKDISCARD");
	}
}

static void worker_run(unsigned int nr, uint64_t count)
{
	if (op.opcode < 0)
		run_calls(&workers[nr], count);
	else
		run_ring(&workers[nr], count);
}

static void worker_init(unsigned int nr)
{
	struct worker *w = &workers[nr];

	w->random = 88172645463325252ull + nr;
	w->next = nr * (size / (op.bytes ?: 1) / threads);
	w->device = nr;
	if (op.opcode < 0)
		return;
	if (posix_memalign((void **)&w->buf, 4096, (size_t)op.bytes * depth))
		errx(1, "no memory");
	memset(w->buf, 0, (size_t)op.bytes * depth);
	ring_init(&w->ring);
	w->tail = *w->ring.sq_tail;
	for (w->nfree = 0; w->nfree < depth; w->nfree++)
		w->free[w->nfree] = w->nfree;
}

static void open_devices(char **names)
{
	for (; *names; names++) {
		int fd = open(*names, O_RDWR | O_DIRECT);

		if (fd < 0 || ioctl(fd, BLKGETSIZE64, &size))
			err(1, "%s", *names);
		if (ndevices == MAX_DEVICES)
			errx(2, "at most %u devices", MAX_DEVICES);
		fds[ndevices++] = fd;
	}
}

static void choose(const char *name)
{
	for (unsigned int i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		if (!strcmp(name, ops[i].name)) {
			op = ops[i];
			return;
		}
	}
	errx(2, "there is no operation %s", name);
}

int main(int argc, char **argv)
{
	struct team team = { .prepare = worker_init, .run = worker_run };
	int c;

	while ((c = getopt(argc, argv, "pj:")) != -1) {
		if (c == 'p')
			poll_flag = IORING_SETUP_IOPOLL;
		else if (c == 'j')
			threads = atoi(optarg);
		else
			return 2;
	}
	if (argc - optind < 5)
		errx(2, "usage: uring-io [-p] [-j THREADS] OPERATION DEPTH BATCH COUNT DEVICE...");
	argv += optind;
	choose(argv[0]);
	depth = atoi(argv[1]);
	batch = atoi(argv[2]);
	if (!depth || depth > ENTRIES || !batch || !threads || threads > TEAM_MAX)
		errx(2, "depth 1 to %u, batch 1 or more, threads 1 to %u", ENTRIES, TEAM_MAX);
	open_devices(argv + 4);
	team.size = threads;
	team.count = atoll(argv[3]);
	team.warm_up = team.count / 4 + depth;
	team_run(&team);
	return 0;
}
