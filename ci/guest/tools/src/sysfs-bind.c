// SPDX-License-Identifier: GPL-2.0
/*
 * sysfs-bind BIND-FILE CLASS N DEVICE...: writes the devices' names to a driver's
 * bind file, gives what that begins two seconds to end, and prints what all of it
 * cost, by counters.h. N more entries have to be in /sys/class/CLASS then. Without a
 * device it prints what two idle seconds cost.
 */
#include "counters.h"
#include <dirent.h>

#define PATIENCE	2

static unsigned int entries(const char *class)
{
	char path[128];
	unsigned int n = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/sys/class/%s", class);
	dir = opendir(path);
	if (!dir)
		err(1, "%s", path);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

int main(int argc, char **argv)
{
	struct counts before, after;
	unsigned int had, have, want;
	int fd;

	if (argc < 4)
		errx(2, "usage: sysfs-bind BIND-FILE CLASS N DEVICE...");
	want = atoi(argv[3]);
	fd = open(argv[1], O_WRONLY);
	if (fd < 0)
		err(1, "%s", argv[1]);
	counters_open();
	had = entries(argv[2]);
	counters_begin(&before);
	for (char **name = argv + 4; *name; name++)
		if (write(fd, *name, strlen(*name)) < 0)
			err(1, "%s to %s", *name, argv[1]);
	sleep(PATIENCE);
	counters_end(&after);
	have = entries(argv[2]) - had;
	if (have != want)
		errx(1, "%u entries of %s are new, not %u", have, argv[2], want);
	counters_print(&before, &after, 1);
	return 0;
}
