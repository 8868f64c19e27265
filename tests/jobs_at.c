// SPDX-License-Identifier: MIT
#include "jobs_at.h"
#include "jobs_at_counts.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

long jobs_at_fail_after = -1, jobs_at_fail_thread_after = -1;

static long allocations;

bool jobs_at_fails(long *after)
{
    long left = __atomic_load_n(after, __ATOMIC_RELAXED);
    if (left < 0)
        return false;
    if (left == 0)
        return true;
    __atomic_store_n(after, left - 1, __ATOMIC_RELAXED);
    return false;
}

void *jobs_at_count(void *made)
{
    if (made != NULL)
        __atomic_add_fetch(&allocations, 1, __ATOMIC_RELAXED);
    return made;
}

void jobs_at_uncount(void)
{
    __atomic_sub_fetch(&allocations, 1, __ATOMIC_RELAXED);
}

long jobs_at_allocations(void)
{
    return __atomic_load_n(&allocations, __ATOMIC_RELAXED);
}

tl_job_system *jobs_at_create(const tl_job_system_desc *desc)
{
    jobs_at_threads();
    tl_job_system_desc all = *desc;
    uint32_t workers = all.workers != 0 ? all.workers : 8;
    uint32_t least = 2 * (workers + all.dedicated_count + all.external_threads);
    if (all.large_fiber_count == 0) // few, since sanitizers take much memory for each
        all.large_fiber_count = least;
    if (all.fiber_count == 0)
        all.fiber_count = least + 64;
    if (all.fiber_limit == 0)
        all.fiber_limit = all.fiber_count;
    if (all.large_fiber_limit == 0)
        all.large_fiber_limit = all.large_fiber_count;
    tl_job_system *jobs = NULL;
    CHECK_OK(tl_job_system_create(&all, &jobs));
    return jobs;
}

void jobs_at_check_nothing_is_left(void)
{
    CHECK_INT(0, jobs_at_allocations());
    // A thread that was joined may still be listed for a moment.
    while (jobs_at_threads() != 0)
        sched_yield();
}

tl_job_system *jobs_at_destroy(tl_job_system *jobs)
{
    CHECK_OK(tl_job_system_destroy(jobs));
    jobs_at_check_nothing_is_left();
    return NULL;
}

jobs_at_soak jobs_at_read_soak(unsigned workers)
{
    jobs_at_soak soak = {3, workers, 1};
    const char *asked = getenv("TELAR_SOAK");
    if (asked != NULL)
        CHECK(sscanf(asked, "%d %u %llu", &soak.seconds, &soak.workers, &soak.seed) > 0);
    return soak;
}
