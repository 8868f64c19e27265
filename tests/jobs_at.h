// SPDX-License-Identifier: MIT
/// Job systems for tests, at every number of workers that is worth a look.
#ifndef TELAR_JOBS_AT_H
#define TELAR_JOBS_AT_H

#include "check.h"
#include "telar/job.h"

/// 0 is the default.
static const uint32_t jobs_at_workers[] = {0, 1, 2, 4, 8, 64};

/// AT_EVERY_SIZE(jobs) { ... }: once for each number of workers. Each time no memory and no thread is left after.
#define AT_EVERY_SIZE(jobs) AT_EVERY_SIZE_WITH (jobs, .external_threads = 0)

/// The same, with more fields of tl_job_system_desc.
#define AT_EVERY_SIZE_WITH(jobs, ...)                                                                                  \
    for (size_t jobs_at = 0; jobs_at < sizeof jobs_at_workers / sizeof *jobs_at_workers; ++jobs_at)                    \
        for (tl_job_system *jobs =                                                                                     \
                 jobs_at_create(&(tl_job_system_desc){.workers = jobs_at_workers[jobs_at], __VA_ARGS__});              \
             jobs != NULL; jobs = jobs_at_destroy(jobs))

tl_job_system *jobs_at_create(const tl_job_system_desc *desc);
tl_job_system *jobs_at_destroy(tl_job_system *jobs);
/// What jobs_at_destroy checks, for systems that a test destroys itself.
void jobs_at_check_nothing_is_left(void);

/// How many pieces of memory and threads there are beyond those at the start.
long jobs_at_allocations(void);
int jobs_at_threads(void);
/// How often memory was to be made larger.
long jobs_at_resizes(void);

/// How long a soak lasts, with how many workers and from which seed. Set by TELAR_SOAK="seconds workers seed"; default:
/// 3 seconds, the `workers` that the caller names, and seed 1.
typedef struct jobs_at_soak {
    int seconds;
    unsigned workers;
    unsigned long long seed;
} jobs_at_soak;
jobs_at_soak jobs_at_read_soak(unsigned workers);

/// How many allocations go well before one fails; negative: none fails.
extern long jobs_at_fail_after;
/// The same of threads.
extern long jobs_at_fail_thread_after;

#endif
