// SPDX-License-Identifier: GPL-2.0
/*
 * usage: fill-free MIB: leaves that much free memory filled with 0xaa, so that it can
 * be told wherever a kernel hands out what it did not clear.
 */
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

int main(int argc, char **argv)
{
	size_t bytes = argc == 2 ? (size_t)atoi(argv[1]) << 20 : 0;
	void *p;

	if (!bytes)
		errx(2, "usage: fill-free MIB");
	p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		err(1, "mmap");
	memset(p, 0xaa, bytes);
	return 0;
}
