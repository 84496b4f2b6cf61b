/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Threads that do the same at the same time, and what all of it costs, by
 * counters.h: each prepares and warms up, then the counting begins, and it ends
 * with the last of them. The includer defines _GNU_SOURCE.
 */
#include "counters.h"
#include <pthread.h>
#include <sched.h>

#define TEAM_MAX	8

struct team {
	unsigned int size;
	/* Units of work for each member, before the counting and within it. */
	uint64_t warm_up, count;
	void (*prepare)(unsigned int member);
	void (*run)(unsigned int member, uint64_t count);
};

static struct {
	struct team t;
	pthread_barrier_t barrier;
	struct counts before, after;
} team;

/* Members have a processor each; one alone goes where the scheduler likes. */
static void team_pin(unsigned int member)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(member, &set);
	if (team.t.size > 1 && sched_setaffinity(0, sizeof(set), &set))
		err(1, "processor %u", member);
}

static void *team_work(void *arg)
{
	unsigned int member = (uintptr_t)arg;

	team_pin(member);
	team.t.prepare(member);
	team.t.run(member, team.t.warm_up);
	pthread_barrier_wait(&team.barrier);
	if (!member)
		counters_begin(&team.before);
	pthread_barrier_wait(&team.barrier);
	team.t.run(member, team.t.count);
	pthread_barrier_wait(&team.barrier);
	if (!member)
		counters_end(&team.after);
	pthread_barrier_wait(&team.barrier);
	return NULL;
}

/* team_run: the caller is member 0; prints the counters when all have ended. */
static void team_run(const struct team *t)
{
	pthread_t threads[TEAM_MAX];

	team.t = *t;
	counters_open();
	pthread_barrier_init(&team.barrier, NULL, t->size);
	for (uintptr_t i = 1; i < t->size; i++)
		if (pthread_create(&threads[i], NULL, team_work, (void *)i))
			errx(1, "no thread");
	team_work(NULL);
	for (unsigned int i = 1; i < t->size; i++)
		pthread_join(threads[i], NULL);
	counters_print(&team.before, &team.after, t->count * t->size);
}
