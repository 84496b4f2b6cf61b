/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a loop costs, for scripts/bench. The test host shows its counters in a
 * page of physical memory (vmbus-bridge,x-counters=ADDRESS, which is the kernel
 * argument hv.counters): instructions are exact there, and reading them takes
 * one load, so nothing of the guest's own preparations counts.
 */
#include <err.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* In the order of the page. */
static const char *const counter_names[] = {
	"instructions", "signals", "interrupts", "messages_in", "messages_out",
	"bytes_in", "bytes_out", "packets_in", "packets_out", "gpadl_pages",
	"violations",
};

#define COUNTERS (sizeof(counter_names) / sizeof(counter_names[0]))

struct counts {
	uint64_t v[COUNTERS];
	/* Interrupts of devices with a number of their own: PCI's. */
	uint64_t irqs;
};

static volatile const uint64_t *counter_page;

/* For scripts/profile: does nothing, and ci/qemu/profile.c sees it executed. */
#define mark_begin() __asm__ volatile(".byte 0x0f, 0x1f, 0x80, 1, 0, 0x76, 0x48" ::: "memory")
#define mark_end() __asm__ volatile(".byte 0x0f, 0x1f, 0x80, 2, 0, 0x76, 0x48" ::: "memory")

static void counters_open(void)
{
	char line[4096] = "", *at;
	FILE *f = fopen("/proc/cmdline", "r");
	int fd;

	if (!f || !fgets(line, sizeof(line), f))
		err(1, "/proc/cmdline");
	fclose(f);
	at = strstr(line, "hv.counters=");
	if (!at)
		errx(1, "no hv.counters on the kernel's command line");
	fd = open("/dev/mem", O_RDONLY | O_SYNC);
	if (fd < 0)
		err(1, "/dev/mem");
	counter_page = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd,
			    strtoull(at + strlen("hv.counters="), NULL, 0));
	if (counter_page == MAP_FAILED)
		err(1, "the page of counters");
	close(fd);
}

/* Lines such as "24: 17 PCI-MSI... virtio2-req.0"; 0 and 8 are timers. */
static uint64_t count_irqs(void)
{
	char line[4096], *end;
	FILE *f = fopen("/proc/interrupts", "r");
	uint64_t sum = 0;

	if (!f)
		err(1, "/proc/interrupts");
	while (fgets(line, sizeof(line), f)) {
		unsigned long nr = strtoul(line, &end, 10);

		if (*end != ':' || end == line || nr == 0 || nr == 8)
			continue;
		for (char *p = end + 1; *(p += strspn(p, " ")) >= '0' && *p <= '9'; p = end)
			sum += strtoull(p, &end, 10);
	}
	fclose(f);
	return sum;
}

/* Instructions last at the beginning of a loop, first at its end. */
static inline void counters_begin(struct counts *c)
{
	c->irqs = count_irqs();
	for (unsigned int i = COUNTERS; i--; )
		c->v[i] = counter_page[i];
	mark_begin();
}

static inline void counters_end(struct counts *c)
{
	mark_end();
	for (unsigned int i = 0; i < COUNTERS; i++)
		c->v[i] = counter_page[i];
	c->irqs = count_irqs();
}

/* "n=1000 instructions=4512345 ..." for n units of work. */
static inline void counters_print(const struct counts *a, const struct counts *b,
				  uint64_t n)
{
	printf("n=%llu", (unsigned long long)n);
	for (unsigned int i = 0; i < COUNTERS; i++)
		printf(" %s=%lld", counter_names[i], (long long)(b->v[i] - a->v[i]));
	printf(" irqs=%lld\n", (long long)(b->irqs - a->irqs));
}
