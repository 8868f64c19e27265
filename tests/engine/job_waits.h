// SPDX-License-Identifier: MIT
/// For tests of scripts that wait for jobs: the number of workers, what a script waits for, and jobs that run until
/// they are released.
#ifndef TELAR_TEST_JOB_WAITS_H
#define TELAR_TEST_JOB_WAITS_H

#include <sched.h>

#include "jobs_at.h"
#include "trace.h"

__attribute__((unused)) static uint32_t workers_of(tl_job_system *jobs)
{
    tl_job_system_info info = tl_job_system_get_info(jobs);
    return info.workers;
}

__attribute__((unused)) static void make_world_in_lockstep(void)
{
    CHECK_OK(tl_world_create(&(tl_world_desc){.lockstep = true}, &world));
}

__attribute__((unused)) static tl_wait wait_of(tl_script script, const char **name)
{
    tl_script_info info = tl_script_get_info(world, script);
    *name = info.wait_name;
    return info.wait;
}

__attribute__((unused)) static void *volatile opened; ///< not null: jobs that wait for it continue

/// Waits until `opened` is set. Returns false if the calling job is cancelled before.
__attribute__((unused)) static bool wait_until_opened(void)
{
    while (__atomic_load_n(&opened, __ATOMIC_ACQUIRE) == NULL) {
        if (tl_job_is_cancelled())
            return false;
        sched_yield();
    }
    return true;
}

__attribute__((unused)) static void set_opened(bool is)
{
    __atomic_store_n(&opened, is ? (void *)&opened : NULL, __ATOMIC_RELEASE);
}

#endif
