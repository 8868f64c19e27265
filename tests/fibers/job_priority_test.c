// SPDX-License-Identifier: MIT
// The priorities that a waiting thread helps with, and those of parallel loops and of many jobs started at once.
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

#include "check.h"
#include "jobs_at.h"
#include "telar/job.h"

static const tl_job_desc high = {.priority = TL_PRIORITY_HIGH}, low = {.priority = TL_PRIORITY_LOW};
static const tl_job_desc on_second = {.priority = TL_PRIORITY_HIGH, .worker = {2}};

static atomic_bool low_has_run, high_has_run, second_is_busy;

TL_JOB(run_low, tl_nothing, unused)
{
    atomic_store(&low_has_run, true);
}

TL_JOB(run_high, tl_nothing, unused)
{
    atomic_store(&high_has_run, true);
}

static uint32_t count_sleeping(void)
{
    tl_job_system_info info = tl_job_system_get_info(tl_job_system_current());
    return info.sleeping;
}

/// Runs until the main thread sleeps, as it has found no job that it may run, or has run the job of low priority.
TL_JOB(outwait_the_main_thread, atomic_bool *, low_ran)
{
    atomic_store(&second_is_busy, true);
    while (!atomic_load(&low_has_run) && count_sleeping() == 0)
        sched_yield();
    atomic_store(*low_ran, atomic_load(&low_has_run));
}

TEST(a_thread_that_waits_begins_no_job_of_lower_priority)
{
    tl_job_system *jobs = jobs_at_create(&(tl_job_system_desc){.workers = 2});
    for (int times = 0; times < 20; ++times) {
        atomic_bool low_ran = false;
        low_has_run = second_is_busy = false;
        tl_counter awaited = {0}, rest = {0};
        CHECK_OK(tl_job_run_with(jobs, &on_second, &awaited, outwait_the_main_thread, {&low_ran}));
        while (!atomic_load(&second_is_busy))
            sched_yield();
        CHECK_OK(tl_job_run_with(jobs, &low, &rest, run_low, {0}));
        CHECK_OK(tl_counter_wait_helping(&awaited, TL_PRIORITY_HIGH));
        CHECK(!low_ran);
        CHECK_OK(tl_counter_wait(&rest));
        CHECK(low_has_run);
    }
    jobs_at_destroy(jobs);
}

TEST(the_only_worker_runs_all_priorities_while_it_waits)
{
    tl_job_system *jobs = jobs_at_create(&(tl_job_system_desc){.workers = 1});
    tl_counter done = {0};
    low_has_run = false;
    CHECK_OK(tl_job_run_with(jobs, &low, &done, run_low, {0}));
    CHECK_OK(tl_counter_wait_helping(&done, TL_PRIORITY_HIGH));
    CHECK(low_has_run);
    jobs_at_destroy(jobs);
}

/// Keeps its worker busy, so that only the main thread can run the job of high priority.
TL_JOB(start_when_the_main_thread_sleeps, tl_nothing, unused)
{
    while (count_sleeping() == 0)
        sched_yield();
    CHECK_OK(tl_job_run_with(NULL, &high, NULL, run_high, {0}));
    while (!atomic_load(&high_has_run))
        sched_yield();
}

TEST(a_thread_that_waits_is_woken_for_what_it_helps_with)
{
    tl_job_system *jobs = jobs_at_create(&(tl_job_system_desc){.workers = 2});
    for (int times = 0; times < 20; ++times) {
        tl_counter done = {0};
        high_has_run = false;
        CHECK_OK(tl_job_run_with(jobs, &on_second, &done, start_when_the_main_thread_sleeps, {0}));
        CHECK_OK(tl_counter_wait_helping(&done, TL_PRIORITY_HIGH));
        CHECK(high_has_run);
    }
    jobs_at_destroy(jobs);
}

static char order[16];

static void note(char letter)
{
    order[strlen(order)] = letter;
}

TL_JOB(note_normal, tl_nothing, unused)
{
    note('n');
}

TL_FOR_BODY(note_index, tl_nothing, unused, i)
{
    if (i == 0)
        CHECK_OK(tl_yield(NULL));
    note((char)('0' + i));
}

TL_JOB(loop_behind_another, tl_job_desc *, desc)
{
    CHECK_OK(tl_job_run(NULL, NULL, note_normal, {0}));
    CHECK_OK(tl_parallel_for_with(NULL, *desc, 2, 1, note_index, &(tl_nothing){0}));
}

/// A single worker runs its latest job first, but jobs of higher priority before all others.
TEST(a_loop_has_the_priority_of_its_caller_or_its_own)
{
    tl_job_system *jobs = jobs_at_create(&(tl_job_system_desc){.workers = 1});
    tl_counter done = {0};
    memset(order, 0, sizeof order);
    CHECK_OK(tl_job_run_with(jobs, &low, &done, loop_behind_another, {NULL}));
    CHECK_OK(tl_counter_wait(&done));
    CHECK_INT('n', order[0]);
    memset(order, 0, sizeof order);
    tl_job_desc asked = high;
    CHECK_OK(tl_job_run_with(jobs, &low, &done, loop_behind_another, {&asked}));
    CHECK_OK(tl_counter_wait(&done));
    CHECK_INT('1', order[0]);
    jobs_at_destroy(jobs);
}

struct sums {
    atomic_int sum, elsewhere;
    tl_worker worker;
};

TL_FOR_BODY(add, struct sums, s, i)
{
    atomic_fetch_add(&s->sum, (int)i);
    atomic_fetch_add(&s->elsewhere, s->worker.index1 != 0 && tl_worker_current().index1 != s->worker.index1);
}

TL_JOB(finish_gate, tl_counter *, gate)
{
    CHECK_OK(tl_counter_finish(*gate));
}

TEST(a_loop_keeps_to_its_description)
{
    AT_EVERY_SIZE (jobs) {
        tl_counter gate = {0};
        CHECK_OK(tl_counter_add(&gate, 1));
        CHECK_OK(tl_job_run(jobs, NULL, finish_gate, {&gate}));
        const tl_job_desc descs[] = {
            low, high, {.stack = TL_STACK_LARGE}, {.worker = TL_MAIN_WORKER}, {.after = &gate}};
        for (size_t i = 0; i < sizeof descs / sizeof *descs; ++i) {
            struct sums sums = {.worker = descs[i].worker};
            CHECK_OK(tl_parallel_for_with(jobs, &descs[i], 1000, 7, add, &sums));
            CHECK_INT(499500, sums.sum);
            CHECK_INT(0, sums.elsewhere);
            CHECK(descs[i].after == NULL || tl_counter_is_done(&gate));
        }
    }
}

TL_JOB(count_after, tl_counter *, gate)
{
    CHECK(tl_counter_is_done(*gate));
}

TEST(many_jobs_have_one_description)
{
    AT_EVERY_SIZE (jobs) {
        tl_counter gate = {0}, done = {0};
        CHECK_OK(tl_counter_add(&gate, 1));
        tl_counter *const gates[] = {&gate, &gate, &gate};
        CHECK_OK(tl_job_run_many_with(jobs, (&(tl_job_desc){.after = &gate}), &done, count_after, gates, 3));
        CHECK_OK(tl_job_run(jobs, &done, finish_gate, {&gate}));
        CHECK_OK(tl_counter_wait(&done));
    }
}

TEST(descriptions_out_of_range_are_refused)
{
    tl_job_system *jobs = jobs_at_create(&(tl_job_system_desc){.workers = 1});
    tl_counter done = {0};
    tl_job_desc wrong = {.priority = (tl_priority)3}, itself = {.after = &done};
    struct sums sums = {0};
    CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_parallel_for_with(jobs, &wrong, 10, 1, add, &sums));
    CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_job_run_many_with(jobs, &wrong, &done, run_low, (&(tl_nothing){0}), 1));
    CHECK_MISUSE(TL_ERROR_CYCLE, tl_job_run_many_with(jobs, &itself, &done, run_low, (&(tl_nothing){0}), 1));
    CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_job_call_with(jobs, &wrong, run_low, &(tl_nothing){0}));
    CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_counter_wait_helping(&done, (tl_priority)3));
    CHECK_MISUSE(TL_ERROR_NULL, tl_counter_wait_helping(NULL, TL_PRIORITY_LOW));
    tl_fiber_entry empty = {.name = "empty"};
    CHECK_MISUSE(TL_ERROR_NULL, tl_job_run_raw(jobs, NULL, &done, &empty, NULL));
    CHECK_MISUSE(TL_ERROR_NULL, tl_job_run_many_raw(jobs, NULL, &done, &empty, &wrong, 1));
    CHECK_MISUSE(TL_ERROR_NULL, tl_job_call_raw(jobs, NULL, &empty, &wrong));
    CHECK(tl_counter_is_done(&done));
    jobs_at_destroy(jobs);
}
