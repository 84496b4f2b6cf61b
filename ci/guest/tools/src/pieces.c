// SPDX-License-Identifier: GPL-2.0
/*
 * pieces DISK OFFSET PIECE COUNT: COUNT pieces of PIECE bytes that are side by
 * side in memory and on the disk, submitted at once, so that the block layer
 * joins them: written so and read as one, then written as one and read so.
 * Whatever is in the wrong place is said.
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MOST 1024

static aio_context_t ctx;
static int disk;
static size_t piece, count;
static off_t offset;

/* In one system call. */
static void submit(int opcode, unsigned char *buf)
{
	static struct iocb cb[MOST], *cbs[MOST];
	static struct io_event done[MOST];
	size_t i;

	memset(cb, 0, sizeof(cb));
	for (i = 0; i < count; i++) {
		cb[i].aio_lio_opcode = opcode;
		cb[i].aio_fildes = disk;
		cb[i].aio_buf = (unsigned long)(buf + i * piece);
		cb[i].aio_nbytes = piece;
		cb[i].aio_offset = offset + i * piece;
		cbs[i] = &cb[i];
	}
	if (syscall(SYS_io_submit, ctx, count, cbs) != (long)count)
		err(2, "io_submit");
	if (syscall(SYS_io_getevents, ctx, count, count, done, NULL) != (long)count)
		err(2, "io_getevents");
	for (i = 0; i < count; i++)
		if (done[i].res != (long)piece)
			errx(1, "a piece of %zu bytes ended with %lld", piece,
			     (long long)done[i].res);
}

static void compare(const char *what, const unsigned char *want, const unsigned char *got)
{
	size_t i;

	for (i = 0; i < piece * count; i++)
		if (want[i] != got[i])
			errx(1, "%s: byte %zu is wrong (pieces of %zu)", what, i, piece);
}

int main(int argc, char **argv)
{
	unsigned char *want, *got;
	size_t bytes, i;

	if (argc != 5)
		errx(2, "usage: pieces DISK OFFSET PIECE COUNT");
	offset = strtoll(argv[2], NULL, 0);
	piece = strtoul(argv[3], NULL, 0);
	count = strtoul(argv[4], NULL, 0);
	bytes = piece * count;
	if (!bytes || count > MOST)
		errx(2, "1 to %d pieces", MOST);
	disk = open(argv[1], O_RDWR | O_DIRECT);
	if (disk < 0)
		err(2, "%s", argv[1]);
	if (posix_memalign((void **)&want, 4096, bytes) ||
	    posix_memalign((void **)&got, 4096, bytes))
		errx(2, "no memory");
	if (syscall(SYS_io_setup, MOST, &ctx))
		err(2, "io_setup");

	srandom(offset + piece);
	for (i = 0; i < bytes; i++)
		want[i] = random();
	submit(IOCB_CMD_PWRITE, want);
	if (pread(disk, got, bytes, offset) != (ssize_t)bytes)
		err(1, "read");
	compare("written in pieces", want, got);

	for (i = 0; i < bytes; i++)
		want[i] = random();
	if (pwrite(disk, want, bytes, offset) != (ssize_t)bytes)
		err(1, "write");
	memset(got, 0, bytes);
	submit(IOCB_CMD_PREAD, got);
	compare("read in pieces", want, got);
	return 0;
}
