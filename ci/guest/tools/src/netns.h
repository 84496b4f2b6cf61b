/* SPDX-License-Identifier: GPL-2.0 */
/* The network namespaces of "ip netns". The includer defines _GNU_SOURCE. */
#include <err.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <unistd.h>

/* netns_enter: the calling thread goes there. */
static void netns_enter(const char *name)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s", name);
	fd = open(path, O_RDONLY);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		err(1, "%s", path);
	close(fd);
}
