// SPDX-License-Identifier: MIT
// The fibers that jobs run on: made when they are needed, and never too few to begin the job that would wake the
// others.
#include <stdatomic.h>
#include <stdio.h>

#include "check.h"
#include "jobs_at.h"
#include "telar/job.h"
#include "telar/log.h"

enum { LOADS = 1000 };

static void refuse_log(const tl_log *item)
{
    check_fail(__FILE__, __LINE__, "%s", item->text);
}

static uint32_t fibers_of(tl_job_system *jobs)
{
    tl_job_system_info info = tl_job_system_get_info(jobs);
    return info.fibers;
}

TL_JOB(wait_for_load, tl_counter *, load)
{
    CHECK_OK(tl_counter_wait(*load));
}

TL_JOB(finish_load, tl_counter *, load)
{
    CHECK_OK(tl_counter_finish(*load));
}

/// Starts `loads` jobs that wait for one more, which is started after them.
static void load(tl_job_system *jobs, tl_job_stack stack, int loads)
{
    tl_counter load = {.name = "load"}, done = {.name = "done"};
    tl_job_desc desc = {.stack = stack};
    CHECK_OK(tl_counter_add(&load, 1));
    for (int i = 0; i < loads; ++i)
        CHECK_OK(tl_job_run_with(jobs, &desc, &done, wait_for_load, {&load}));
    desc.priority = TL_PRIORITY_LOW; // so that it begins last
    CHECK_OK(tl_job_run_with(jobs, &desc, &done, finish_load, {&load}));
    CHECK_OK(tl_counter_wait(&done));
}

TEST(what_would_wake_the_waiting_ones_can_begin)
{
    tl_set_log_hook(refuse_log);
    AT_EVERY_SIZE_WITH (jobs, .fiber_limit = LOADS + 10, .queue_size = 2048)
        load(jobs, TL_STACK_SMALL, LOADS);
}

TEST(the_same_holds_of_large_stacks)
{
    tl_set_log_hook(refuse_log);
    AT_EVERY_SIZE_WITH (jobs, .large_fiber_limit = 300)
        load(jobs, TL_STACK_LARGE, 290);
}

TEST(fibers_are_made_when_they_are_needed)
{
    tl_job_system *jobs = NULL;
    CHECK_OK(tl_job_system_create(&(tl_job_system_desc){.workers = 1}, &jobs));
    uint32_t at_first = fibers_of(jobs);
    CHECK(at_first <= 2);
    for (int i = 0; i < 100; ++i)
        load(jobs, TL_STACK_SMALL, 0);
    CHECK_UINT(at_first, fibers_of(jobs)); // one fiber serves them all
    load(jobs, TL_STACK_SMALL, 10);
    CHECK(fibers_of(jobs) >= at_first + 9);
    CHECK_OK(tl_job_system_destroy(jobs));
}

static atomic_int begun;

TL_JOB(begin_and_wait, tl_counter *, gate)
{
    atomic_fetch_add(&begun, 1);
    CHECK_OK(tl_counter_wait(*gate));
}

/// A worker may keep a spare fiber. The limit does not count it.
TEST(as_many_jobs_may_wait_as_the_limit_says)
{
    tl_set_log_hook(refuse_log);
    AT_EVERY_SIZE_WITH (jobs, .fiber_count = 160, .fiber_limit = 160) {
        tl_counter gate = {.name = "gate"}, done = {.name = "done"};
        begun = 0;
        CHECK_OK(tl_counter_add(&gate, 1));
        for (int i = 0; i < 160; ++i)
            CHECK_OK(tl_job_run(jobs, &done, begin_and_wait, {&gate}));
        CHECK_OK(tl_job_run_with(jobs, (&(tl_job_desc){.priority = TL_PRIORITY_LOW, .stack = TL_STACK_LARGE}), &done,
                                 finish_load, {&gate}));
        CHECK_OK(tl_counter_wait(&done));
        CHECK_INT(160, begun);
    }
}

/// The limits are such as a program with little address space would set.
TEST(a_limit_below_the_default_count_lowers_that)
{
    tl_job_system *jobs;
    CHECK_OK(
        tl_job_system_create(&(tl_job_system_desc){.workers = 2, .fiber_limit = 200, .large_fiber_limit = 150}, &jobs));
    load(jobs, TL_STACK_SMALL, 100);
    load(jobs, TL_STACK_LARGE, 100);
    CHECK_OK(tl_job_system_destroy(jobs));
}
