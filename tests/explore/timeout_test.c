// SPDX-License-Identifier: MIT
// Waits with limits, of jobs and of threads: each ends once, by what it waits for or by its time, whichever was first.
#include "check.h"
#include "explore.h"
#include "explore_jobs.h"
#include "job/system.h"
#include "telar/job.h"

static tl_counter gate;
static int passed, timed_out;

/// The counter may be gone when no wait for it lasts, and it is at zero.
static void wait_until_open(void)
{
    tl_result waited;
    while ((waited = tl_counter_wait(&gate, TL_WITHIN_REAL(1))) == TL_TIMED_OUT)
        ++timed_out;
    CHECK_OK(waited);
    ++passed;
}

static void *wait_in_thread(void *unused)
{
    wait_until_open();
    return unused;
}

static void *open_gate(void *unused)
{
    CHECK_OK(tl_counter_finish(&gate));
    return unused;
}

static void begin_run(void)
{
    gate = (tl_counter){.name = "gate"};
    passed = 0;
    CHECK_OK(tl_counter_add(&gate, 1));
}

static void threads_wait(void)
{
    begin_run();
    int threads[3];
    for (int i = 0; i < 2; ++i)
        threads[i] = explore_start(wait_in_thread, NULL);
    threads[2] = explore_start(open_gate, NULL);
    for (int i = 0; i < 3; ++i)
        explore_join(threads[i]);
    explore_retire(&gate, sizeof gate);
    CHECK_INT(2, passed);
}

TEST(a_threads_wait_ends_once)
{
    explore(50000, threads_wait);
    CHECK(timed_out > 0);
}

TL_JOB(waits_until_open, tl_nothing, unused)
{
    wait_until_open();
}

static void jobs_wait(void)
{
    begin_run();
    tl_job_system *jobs = explore_jobs((tl_job_system_desc){.workers = 1 + explore_choose(2)});
    tl_counter done = {.name = "done"};
    CHECK_OK(tl_job_run(jobs, &done, waits_until_open, {0}));
    CHECK_OK(tl_job_run(jobs, &done, waits_until_open, {0}));
    int thread = explore_start(open_gate, NULL);
    if (explore_choose(2) == 0)
        while (tl_counter_wait(&done, TL_WITHIN_REAL(1)) == TL_TIMED_OUT)
            ++timed_out;
    CHECK_OK(tl_counter_wait(&done));
    explore_retire(&gate, sizeof gate);
    CHECK_INT(2, passed);
    CHECK_OK(tl_job_system_destroy(jobs));
    explore_join(thread);
}

/// Also that of a worker's thread, which helps meanwhile.
TEST(a_jobs_wait_ends_once)
{
    explore(20000, jobs_wait);
    CHECK(timed_out > 0);
}
