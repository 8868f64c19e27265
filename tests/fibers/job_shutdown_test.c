// SPDX-License-Identifier: MIT
// The end of a job system whose jobs need each other's stacks, occupy its threads, or poll; and which reports are made
// again.
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "jobs_at.h"
#include "telar/job.h"
#include "telar/lock.h"
#include "telar/log.h"

static tl_counter never;
static tl_counter *shared;
static atomic_int reported, steps_done;

static void count_reports(const tl_log *item)
{
    (void)item;
    atomic_fetch_add(&reported, 1);
}

static void begin(void)
{
    tl_set_log_hook(count_reports);
    reported = steps_done = 0;
    shared = NULL;
    never = (tl_counter){.name = "never"};
    CHECK_OK(tl_counter_add(&never, 1));
}

static void end(tl_job_system *jobs)
{
    jobs_at_destroy(jobs);
    CHECK_OK(tl_counter_finish(&never));
}

/// Runs on a stack that another job has used, and overwrites what that job left there.
TL_JOB(scribbles, tl_nothing, unused)
{
    char bytes[12000];
    memset(bytes, 0xff, sizeof bytes);
    __asm__ volatile("" : : "r"(bytes) : "memory");
}

static void start_scribbling(void *unused)
{
    (void)unused;
    CHECK_OK(tl_job_run(NULL, NULL, scribbles, {0}));
}

TL_JOB(passes_gate, tl_counter *, gate)
{
    tl_counter_wait(*gate);
}

struct owner {
    bool postponed; ///< true: the other job begins after the gate; false: it waits for the gate
};

TL_JOB(owns_gate, struct owner, me)
{
    tl_counter gate = {.name = "gate"};
    tl_defer(start_scribbling, NULL);
    CHECK_OK(tl_counter_add(&gate, 1));
    CHECK_OK(
        tl_job_run_with(NULL, (&(tl_job_desc){.after = me->postponed ? &gate : NULL}), NULL, passes_gate, {&gate}));
    tl_yield(NULL);
    tl_yield(NULL);
    tl_counter_wait(&never);
    CHECK_OK(tl_counter_finish(&gate));
}

TEST(what_a_stack_holds_is_needed_by_those_that_wait_for_it)
{
    for (int postponed = 0; postponed < 2; ++postponed) {
        AT_EVERY_SIZE (jobs) {
            begin();
            CHECK_OK(tl_job_run(jobs, NULL, owns_gate, {postponed == 1}));
            end(jobs);
            jobs = jobs_at_create(&(tl_job_system_desc){.workers = 1});
        }
    }
}

static tl_counter start;

TL_JOB(waits_inline, tl_nothing, unused)
{
    tl_counter_wait(&never);
}

TL_JOB(shares_a_counter, tl_nothing, unused)
{
    tl_counter inner = {.name = "inner"};
    shared = &inner;
    tl_counter_wait(&start);
    tl_counter_wait(&inner);
    shared = NULL;
}

/// `outer` counts the job shares_a_counter, whose counter counts the job waits_inline, which runs on this job's stack.
TL_JOB(runs_inline, tl_nothing, unused)
{
    tl_counter outer = {.name = "outer"};
    CHECK_OK(tl_counter_add(&start, 1));
    CHECK_OK(tl_job_run(NULL, &outer, shares_a_counter, {0}));
    while (shared == NULL)
        tl_yield(NULL);
    CHECK_OK(tl_job_run(NULL, shared, waits_inline, {0}));
    CHECK_OK(tl_counter_finish(&start));
    tl_counter_wait(shared);
    tl_counter_wait(&outer);
}

TEST(jobs_that_need_each_others_stacks_end)
{
    begin();
    start = (tl_counter){.name = "start"};
    tl_job_system *jobs = jobs_at_create(&(tl_job_system_desc){.workers = 1});
    CHECK_OK(tl_job_run(jobs, NULL, runs_inline, {0}));
    end(jobs);
}

static tl_pool *pool;

TL_FIBER(waits_in_fiber, tl_nothing, unused)
{
    atomic_fetch_add(&steps_done, 1);
    CHECK_RESULT(TL_CANCELLED, tl_counter_wait(&never));
    atomic_fetch_add(&steps_done, 1);
}

TL_JOB(resumes_a_fiber_that_waits, tl_nothing, unused)
{
    tl_fiber *fiber;
    CHECK_OK(tl_fiber_create(pool, &fiber, waits_in_fiber, {0}));
    CHECK_RESULT(TL_FINISHED, tl_resume(fiber, NULL));
    CHECK_OK(tl_fiber_destroy(fiber));
}

TEST(a_jobs_own_fiber_that_waits_is_let_go)
{
    for (uint32_t workers = 1; workers <= 2; ++workers) {
        begin();
        CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_count = 2}, &pool));
        tl_job_system *jobs = jobs_at_create(&(tl_job_system_desc){.workers = workers});
        CHECK_OK(tl_job_run(jobs, NULL, resumes_a_fiber_that_waits, {0}));
        while (workers > 1 && atomic_load(&steps_done) == 0)
            sched_yield();
        end(jobs);
        CHECK_INT(2, steps_done);
        CHECK_OK(tl_pool_destroy(pool));
    }
}

static tl_mutex mutex;
static tl_counter polls;

static void note_poll(const tl_log *item)
{
    CHECK_INT(TL_LOG_ALL_WAITING, item->id);
    if (atomic_fetch_add(&reported, 1) == 0)
        CHECK_OK(tl_counter_finish(&polls));
}

TL_JOB(keeps_mutex, tl_nothing, unused)
{
    tl_scoped_lock(&mutex);
    tl_counter_wait(&never);
}

TL_JOB(only_waits, tl_nothing, unused)
{
    tl_counter_wait(&never);
}

TL_JOB(wants_mutex, tl_nothing, unused)
{
    tl_scoped_lock(&mutex);
}

TEST(a_job_that_polls_for_a_mutex_ends)
{
    static const tl_job_desc first = {.priority = TL_PRIORITY_HIGH}, last = {.priority = TL_PRIORITY_LOW};
    begin();
    tl_set_log_hook(note_poll);
    mutex = (tl_mutex){.name = "mutex"};
    polls = (tl_counter){.name = "polls"};
    CHECK_OK(tl_counter_add(&polls, 1));
    tl_job_system *jobs = jobs_at_create(&(tl_job_system_desc){.workers = 1, .fiber_count = 2}); // and a spare one
    CHECK_OK(tl_job_run_with(jobs, &first, NULL, keeps_mutex, {0}));
    CHECK_OK(tl_job_run(jobs, NULL, only_waits, {0}));
    CHECK_OK(tl_job_run_with(jobs, &last, NULL, wants_mutex, {0}));
    CHECK_OK(tl_counter_wait(&polls));
    end(jobs);
    CHECK_INT(1, reported);
}

// Reports.

TL_JOB(waits_until_polling, tl_nothing, unused)
{
    tl_counter_wait(&never);
}

static void let_go(const tl_log *item)
{
    CHECK_INT(TL_LOG_ALL_WAITING, item->id);
    atomic_fetch_add(&reported, 1);
    CHECK_OK(tl_counter_finish(&never));
}

/// Two rounds on the same fibers: each is reported.
TEST(all_waiting_is_reported_for_each_job)
{
    begin();
    tl_set_log_hook(let_go);
    tl_job_system *jobs = jobs_at_create(&(tl_job_system_desc){.workers = 1, .fiber_count = 2});
    for (int round = 1; round <= 2; ++round) {
        tl_counter done = {0};
        for (int i = 0; i < 3; ++i)
            CHECK_OK(tl_job_run(jobs, &done, waits_until_polling, {0}));
        CHECK_OK(tl_counter_wait(&done));
        CHECK_INT(round, reported);
        CHECK_OK(tl_counter_add(&never, 1));
    }
    end(jobs);
}

enum { MANY = 40 };

static tl_condition bells[MANY];

TL_JOB(waits_for_bell, int, index)
{
    tl_mutex own = {0};
    tl_scoped_lock(&own);
    tl_condition_wait(&bells[*index], &own);
}

/// Rings all bells once all workers have slept long enough to report any number of times.
static void *ring_all(void *jobs)
{
    for (tl_job_system_info info = {0}; info.waiting < MANY || info.sleeping < info.workers; sched_yield())
        info = tl_job_system_get_info(jobs);
    for (int looks = 0; looks < 2000; ++looks)
        sched_yield();
    for (int i = 0; i < MANY; ++i)
        CHECK_OK(tl_condition_broadcast(&bells[i]));
    return NULL;
}

TEST(many_things_that_only_a_thread_outside_brings_are_no_flood)
{
    begin();
    memset(bells, 0, sizeof bells);
    tl_job_system *jobs = jobs_at_create(&(tl_job_system_desc){.workers = 2});
    tl_counter done = {0};
    pthread_t thread;
    for (int i = 0; i < MANY; ++i)
        CHECK_OK(tl_job_run(jobs, &done, waits_for_bell, i));
    CHECK_INT(0, pthread_create(&thread, NULL, ring_all, jobs));
    CHECK_OK(tl_counter_wait(&done));
    pthread_join(thread, NULL);
    CHECK(reported <= 2 * MANY); // at most one report each time that another job waited or was woken
    end(jobs);
}

// Workers that help with some priorities only.

static tl_counter low_done;

TL_JOB(is_low, tl_nothing, unused)
{
}

TL_JOB(needs_low, tl_nothing, unused)
{
    atomic_fetch_add(&steps_done, 1);
    while (atomic_load(&steps_done) < 2)
        sched_yield();
    CHECK_OK(tl_counter_wait(&low_done));
}

TL_FIBER(helps_with_high, tl_nothing, unused)
{
    tl_counter done = {0};
    CHECK_OK(tl_job_run_with(NULL, (&(tl_job_desc){.priority = TL_PRIORITY_HIGH}), &done, needs_low, {0}));
    CHECK_OK(tl_counter_wait_helping(&done, TL_PRIORITY_HIGH));
}

TL_JOB(waits_in_its_fiber, tl_nothing, unused)
{
    tl_fiber *fiber;
    CHECK_OK(tl_fiber_create(pool, &fiber, helps_with_high, {0}));
    CHECK_RESULT(TL_FINISHED, tl_resume(fiber, NULL));
    CHECK_OK(tl_fiber_destroy(fiber));
}

/// Both workers wait and help with high priorities only, though the jobs that they wait for need one of low priority.
TEST(some_worker_always_runs_all_priorities)
{
    static const tl_job_desc high = {.priority = TL_PRIORITY_HIGH}, low = {.priority = TL_PRIORITY_LOW};
    begin();
    low_done = (tl_counter){.name = "low"};
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_count = 2}, &pool));
    tl_job_system *jobs = jobs_at_create(&(tl_job_system_desc){.workers = 2});
    tl_counter outer = {0}, awaited = {0};
    CHECK_OK(tl_job_run(jobs, &outer, waits_in_its_fiber, {0}));
    while (atomic_load(&steps_done) < 1)
        sched_yield();
    CHECK_OK(tl_job_run_with(jobs, &low, &low_done, is_low, {0}));
    CHECK_OK(tl_job_run_with(jobs, &high, &awaited, needs_low, {0}));
    CHECK_OK(tl_counter_wait_helping(&awaited, TL_PRIORITY_HIGH));
    CHECK_OK(tl_counter_wait(&outer));
    end(jobs);
    CHECK_OK(tl_pool_destroy(pool));
}

// A fiber that a job transferred away from.

static tl_fiber *lent;
static atomic_int went_on;

TL_JOB(resumes_what_was_lent, tl_nothing, unused)
{
    CHECK_MISUSE(TL_ERROR_NOT_YOURS, tl_resume(lent, NULL));
}

TL_FIBER(yields_to_the_worker, tl_counter *, counter)
{
    CHECK_OK(
        tl_job_run_with(NULL, (&(tl_job_desc){.priority = TL_PRIORITY_HIGH}), *counter, resumes_what_was_lent, {0}));
    CHECK_OK(tl_yield(NULL));
}

TL_JOB(transfers_away, tl_counter *, counter)
{
    tl_fiber *fiber;
    lent = tl_fiber_current();
    CHECK_OK(tl_fiber_create(pool, &fiber, yields_to_the_worker, *counter));
    CHECK_OK(tl_transfer(fiber, NULL));
    atomic_fetch_add(&went_on, 1);
}

TEST(what_a_job_transferred_to_lends_it_no_longer_than_it_runs)
{
    begin();
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_count = 2}, &pool));
    tl_job_system *jobs = jobs_at_create(&(tl_job_system_desc){.workers = 1});
    tl_counter done = {0}, others = {0};
    CHECK_OK(tl_job_run(jobs, &done, transfers_away, {&others}));
    CHECK_OK(tl_counter_wait(&done));
    CHECK_OK(tl_counter_wait(&others));
    CHECK_INT(1, went_on);
    end(jobs);
    CHECK_OK(tl_pool_destroy(pool));
}
