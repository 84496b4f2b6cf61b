// SPDX-License-Identifier: GPL-2.0
/*
 * usage: disk-io load DISK SECONDS THREADS | disk-io verify DISK
 *
 * load: random reads and writes in the first 8 MiB, whatever comes of them.
 * verify: writes 2 MiB there and reads them back; fails unless they are the same.
 * Small, and so started in no time where a test has to be slow anyway.
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define AREA	(8u << 20)
#define LONGEST	(64u << 10)
#define BLOCK	4096u

static const char *disk;
static time_t end;

static void *aligned(void)
{
	void *buf;

	if (posix_memalign(&buf, BLOCK, LONGEST))
		errx(2, "no memory");
	return buf;
}

static void *load(void *arg)
{
	unsigned int seed = (unsigned long)arg;
	int fd = open(disk, O_RDWR | O_DIRECT);
	void *buf = aligned();

	memset(buf, seed, LONGEST);
	while (fd >= 0 && time(NULL) < end) {
		size_t len = (1 + rand_r(&seed) % (LONGEST / BLOCK)) * BLOCK;
		off_t at = (off_t)(rand_r(&seed) % ((AREA - len) / BLOCK)) * BLOCK;
		ssize_t done = rand_r(&seed) & 1 ? pread(fd, buf, len, at) :
						   pwrite(fd, buf, len, at);

		if (done < 0)
			usleep(1000);
	}
	return NULL;
}

static void run_load(int seconds, int threads)
{
	pthread_t t[threads];

	end = time(NULL) + seconds;
	for (long i = 0; i < threads; i++)
		if (pthread_create(&t[i], NULL, load, (void *)(i + 1)))
			errx(2, "no thread");
	for (int i = 0; i < threads; i++)
		pthread_join(t[i], NULL);
}

static void fill(unsigned char *buf, unsigned int seed)
{
	for (unsigned int i = 0; i < LONGEST; i++)
		buf[i] = rand_r(&seed) >> 8;
}

static void verify(void)
{
	int fd = open(disk, O_RDWR | O_DIRECT);
	unsigned char *buf = aligned(), *should = aligned();
	unsigned int first = time(NULL);

	if (fd < 0)
		err(1, "%s", disk);
	for (unsigned int i = 0; i < (2u << 20) / LONGEST; i++) {
		fill(buf, first + i);
		if (pwrite(fd, buf, LONGEST, (off_t)i * LONGEST) != LONGEST)
			err(1, "write %u", i);
	}
	if (fsync(fd))
		err(1, "fsync");
	for (unsigned int i = 0; i < (2u << 20) / LONGEST; i++) {
		fill(should, first + i);
		if (pread(fd, buf, LONGEST, (off_t)i * LONGEST) != LONGEST)
			err(1, "read %u", i);
		if (memcmp(buf, should, LONGEST))
			errx(1, "block %u differs", i);
	}
}

int main(int argc, char **argv)
{
	if (argc == 5 && !strcmp(argv[1], "load")) {
		disk = argv[2];
		run_load(atoi(argv[3]), atoi(argv[4]));
	} else if (argc == 3 && !strcmp(argv[1], "verify")) {
		disk = argv[2];
		verify();
	} else {
		errx(2, "usage: disk-io load DISK SECONDS THREADS | disk-io verify DISK");
	}
	return 0;
}
