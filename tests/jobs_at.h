// SPDX-License-Identifier: MIT
/// Job systems for tests, with each number of workers that is worth testing.
#ifndef TELAR_JOBS_AT_H
#define TELAR_JOBS_AT_H

#include "check.h"
#include "telar/job.h"

/// Numbers of workers; 0 picks the library's default.
static const uint32_t jobs_at_workers[] = {0, 1, 2, 4, 8, 64};

/// AT_EVERY_SIZE(jobs) { ... } runs its block once with each number of workers, with a new job system. After each run
/// it destroys the system and checks that no memory and no thread is left.
#define AT_EVERY_SIZE(jobs) AT_EVERY_SIZE_WITH (jobs, .external_threads = 0)

/// AT_EVERY_SIZE with more fields of tl_job_system_desc.
#define AT_EVERY_SIZE_WITH(jobs, ...)                                                                                  \
    for (size_t jobs_at = 0; jobs_at < sizeof jobs_at_workers / sizeof *jobs_at_workers; ++jobs_at)                    \
        for (tl_job_system *jobs =                                                                                     \
                 jobs_at_create(&(tl_job_system_desc){.workers = jobs_at_workers[jobs_at], __VA_ARGS__});              \
             jobs != NULL; jobs = jobs_at_destroy(jobs))

tl_job_system *jobs_at_create(const tl_job_system_desc *desc);
tl_job_system *jobs_at_destroy(tl_job_system *jobs);
/// Checks that no memory and no thread is left, as jobs_at_destroy does, after a test has destroyed a system itself.
void jobs_at_check_nothing_is_left(void);

/// Blocks of memory in use, and threads beyond those that the first call found.
long jobs_at_allocations(void);
int jobs_at_threads(void);
/// Number of realloc calls so far that were not made to fail.
long jobs_at_resizes(void);

/// How long a soak test lasts, with how many workers and from which seed. Set by TELAR_SOAK="seconds workers seed";
/// default: 3 seconds, the `workers` that the caller names, and seed 1.
typedef struct jobs_at_soak {
    int seconds;
    unsigned workers;
    unsigned long long seed;
} jobs_at_soak;
jobs_at_soak jobs_at_read_soak(unsigned workers);

/// Number of allocations that succeed before all later ones fail; negative: none fails.
extern long jobs_at_fail_after;
/// The same for starting threads.
extern long jobs_at_fail_thread_after;

#endif
