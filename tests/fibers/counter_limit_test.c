// SPDX-License-Identifier: MIT
// Waits with a limit for counters, by jobs, fibers and threads.
#include <math.h>
#include <pthread.h>

#include "../jobs_at.h"
#include "check.h"
#include "telar/job.h"
#include "telar/lock.h"
#include "telar/log.h"

enum { LONG = 1000000 };
static const double SHORT = 0.002;

static tl_counter never = {.name = "never"};

static void refuse_log(const tl_log *item)
{
    check_fail(__FILE__, __LINE__, "an unexpected report: %s", item->text);
}

static void begin(void)
{
    tl_set_log_hook(refuse_log);
    CHECK_OK(tl_counter_add(&never, 1));
}

static void end(void)
{
    CHECK_OK(tl_counter_finish(&never));
}

TL_JOB(waits_a_while, double, seconds)
{
    CHECK_RESULT(TL_TIMED_OUT, tl_counter_wait(&never, TL_WITHIN_REAL(*seconds)));
    CHECK_RESULT(TL_TIMED_OUT, tl_counter_wait(&never, TL_WITHIN_REAL(*seconds / 2)));
}

/// Nothing is reported, though all workers are idle meanwhile: a wait with a limit ends by itself.
TEST(a_jobs_wait_ends_after_its_limit)
{
    AT_EVERY_SIZE (jobs) {
        begin();
        tl_counter done = {.name = "done"};
        for (int i = 0; i < 20; ++i)
            CHECK_OK(tl_job_run(jobs, &done, waits_a_while, {SHORT * (i % 3 + 1)}));
        CHECK_OK(tl_counter_wait(&done));
        end();
    }
}

TL_JOB(waits_long, tl_counter *, gate)
{
    CHECK_OK(tl_counter_wait(*gate, TL_WITHIN_REAL(LONG)));
}

TL_JOB(opens, tl_counter *, gate)
{
    CHECK_OK(tl_counter_finish(*gate));
}

TEST(what_comes_first_ends_the_wait)
{
    AT_EVERY_SIZE (jobs) {
        tl_counter gate = {.name = "gate"}, done = {.name = "done"};
        CHECK_OK(tl_counter_add(&gate, 1));
        for (int i = 0; i < 20; ++i)
            CHECK_OK(tl_job_run(jobs, &done, waits_long, {&gate}));
        CHECK_OK(tl_job_run(jobs, &done, opens, {&gate}));
        CHECK_OK(tl_counter_wait(&done, TL_WITHIN_REAL(LONG)));
        CHECK_OK(tl_counter_wait(&gate, TL_WITHIN_REAL(0)));
    }
}

TEST(a_shorter_limit_passes_before_a_longer_one)
{
    AT_EVERY_SIZE (jobs) {
        begin();
        tl_counter gate = {.name = "gate"}, first = {.name = "first"}, last = {.name = "last"};
        CHECK_OK(tl_counter_add(&gate, 1));
        CHECK_OK(tl_job_run(jobs, &last, waits_long, {&gate}));
        CHECK_RESULT(TL_TIMED_OUT, tl_counter_wait(&last, TL_WITHIN_REAL(SHORT))); // by now the job waits
        CHECK_OK(tl_job_run(jobs, &first, waits_a_while, {SHORT}));
        CHECK_OK(tl_counter_wait(&first));
        CHECK_OK(tl_counter_finish(&gate));
        CHECK_OK(tl_counter_wait(&last));
        end();
    }
}

TEST(a_workers_thread_waits_a_while)
{
    AT_EVERY_SIZE (jobs) {
        begin();
        CHECK_RESULT(TL_TIMED_OUT, tl_counter_wait(&never, TL_WITHIN_REAL(SHORT)));
        CHECK_RESULT(TL_TIMED_OUT, tl_counter_wait_helping(&never, TL_PRIORITY_HIGH, TL_WITHIN_REAL(SHORT)));
        end();
    }
}

static void *wait_outside(void *gate)
{
    CHECK_RESULT(TL_TIMED_OUT, tl_counter_wait(&never, TL_WITHIN_REAL(SHORT)));
    CHECK_OK(tl_counter_wait(gate, TL_WITHIN_REAL(LONG)));
    return gate;
}

TEST(a_thread_outside_waits_a_while)
{
    begin();
    tl_counter gate = {.name = "gate"};
    pthread_t thread;
    CHECK_OK(tl_counter_add(&gate, 1));
    CHECK_INT(0, pthread_create(&thread, NULL, wait_outside, &gate));
    CHECK_OK(tl_counter_finish(&gate));
    CHECK_INT(0, pthread_join(thread, NULL));
    end();
}

TL_FIBER(waits_in_fiber, tl_nothing, unused)
{
    CHECK_RESULT(TL_TIMED_OUT, tl_counter_wait(&never, TL_WITHIN_REAL(SHORT)));
}

TL_JOB(resumes_a_fiber, tl_nothing, unused)
{
    tl_pool *pool;
    tl_fiber *fiber;
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_count = 1}, &pool));
    CHECK_OK(tl_fiber_create(pool, &fiber, waits_in_fiber, {0}));
    CHECK_RESULT(TL_FINISHED, tl_resume(fiber, NULL));
    CHECK_OK(tl_pool_destroy(pool));
}

TEST(a_jobs_own_fiber_waits_a_while)
{
    AT_EVERY_SIZE (jobs) {
        begin();
        CHECK_OK(tl_job_call(jobs, resumes_a_fiber, &(tl_nothing){0}));
        end();
    }
}

static int ended_early;

static void note_end(void *unused)
{
    (void)unused;
    __atomic_add_fetch(&ended_early, 1, __ATOMIC_RELAXED);
}

TL_JOB(waits_longer_than_its_system, tl_nothing, unused)
{
    tl_defer(note_end, NULL);
    tl_counter_wait(&never, TL_WITHIN_REAL(LONG));
}

TEST(the_end_of_a_system_does_not_wait_for_limits)
{
    AT_EVERY_SIZE (jobs) {
        begin();
        ended_early = 0;
        for (int i = 0; i < 5; ++i)
            CHECK_OK(tl_job_run(jobs, NULL, waits_longer_than_its_system, {0}));
        jobs_at_destroy(jobs);
        CHECK_INT(5, ended_early);
        end();
        jobs = jobs_at_create(&(tl_job_system_desc){.workers = 1});
    }
}

/// Two jobs wait for each other, one of them with a limit. This is no deadlock.
static tl_counter left = {.name = "left"}, right = {.name = "right"};

TL_JOB(waits_for_right, tl_nothing, unused)
{
    CHECK_RESULT(TL_TIMED_OUT, tl_counter_wait(&right, TL_WITHIN_REAL(SHORT)));
}

TL_JOB(waits_for_left, tl_nothing, unused)
{
    CHECK_OK(tl_counter_wait(&left));
}

TEST(a_limit_breaks_a_circle)
{
    AT_EVERY_SIZE (jobs) {
        tl_set_log_hook(refuse_log);
        tl_job_desc here = {.worker = tl_worker_current()}; // so that neither runs on the other's fiber
        CHECK_OK(tl_job_run_with(jobs, &here, &left, waits_for_right, {0}));
        CHECK_OK(tl_job_run_with(jobs, &here, &right, waits_for_left, {0}));
        CHECK_OK(tl_counter_wait(&left));
        CHECK_OK(tl_counter_wait(&right));
    }
}

static tl_mutex door = {.name = "door"};
static tl_counter visits = {.name = "visits"};
static bool door_is_held;

static void *hold_the_door_a_while(void *unused)
{
    CHECK_OK(tl_mutex_lock(&door));
    __atomic_store_n(&door_is_held, true, __ATOMIC_RELEASE);
    CHECK_RESULT(TL_TIMED_OUT, tl_counter_wait(&visits, TL_WITHIN_REAL(20 * SHORT)));
    CHECK_OK(tl_mutex_unlock(&door));
    return unused;
}

/// Looks at the list of waiters without its lock, to find the moment for the job to wait, too. Nothing is wrong if it
/// sees an older state.
__attribute__((no_sanitize("thread"))) static bool has_waiter(const tl_counter *counter)
{
    return *(void *const volatile *)&counter->tl__waiters != NULL;
}

TL_JOB(visit, tl_nothing, unused)
{
    while (!__atomic_load_n(&door_is_held, __ATOMIC_ACQUIRE) || !has_waiter(&visits))
        tl_yield(NULL);
    tl_scoped_lock(&door);
}

/// Between the end of its limit and its unlocking, only the thread outside can wake the job, and a report of that is
/// right.
static void refuse_circles(const tl_log *item)
{
    if (item->id != TL_LOG_ALL_IDLE)
        refuse_log(item);
}

/// The thread is no worker: its limit is watched by nothing but its own sleep.
TEST(a_limit_of_a_thread_outside_breaks_a_circle)
{
    AT_EVERY_SIZE (jobs) {
        tl_set_log_hook(refuse_circles);
        door_is_held = false;
        CHECK_OK(tl_job_run(jobs, &visits, visit, {0}));
        pthread_t thread;
        CHECK_INT(0, pthread_create(&thread, NULL, hold_the_door_a_while, NULL));
        CHECK_OK(tl_counter_wait(&visits));
        CHECK_INT(0, pthread_join(thread, NULL));
    }
}

static void ignore_log(const tl_log *item)
{
    CHECK_INT(TL_LOG_ALL_WAITING, item->id);
}

/// A job that cannot suspend, because no other fiber is free, polls. It must notice the end of its limit, too.
TEST(a_job_that_polls_has_a_limit)
{
    tl_job_system *jobs = jobs_at_create(&(tl_job_system_desc){.workers = 1, .fiber_count = 2, .fiber_limit = 2});
    begin();
    tl_set_log_hook(ignore_log);
    tl_counter done = {.name = "done"};
    for (int i = 0; i < 4; ++i)
        CHECK_OK(tl_job_run(jobs, &done, waits_a_while, {SHORT}));
    CHECK_OK(tl_counter_wait(&done));
    end();
    jobs_at_destroy(jobs);
}

TEST(a_limit_of_0_asks)
{
    AT_EVERY_SIZE (jobs) {
        begin();
        int threads = jobs_at_threads();
        CHECK_RESULT(TL_TIMED_OUT, tl_counter_wait(&never, TL_WITHIN_REAL(0)));
        CHECK_INT(threads, jobs_at_threads()); // the thread for timeouts was not started
        end();
        CHECK_OK(tl_counter_wait(&never, TL_WITHIN_REAL(0)));
    }
}

TEST(misuse)
{
    begin();
    CHECK_MISUSE(TL_ERROR_NULL, tl_counter_wait(NULL, TL_WITHIN_REAL(1)));
    CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_counter_wait(&never, TL_WITHIN_REAL(-1)));
    CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_counter_wait(&never, TL_WITHIN_REAL(NAN)));
    CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_counter_wait(&never, TL_WITHIN(1)));
    CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_counter_wait(&never, tl_within((tl_clock_id)7, 1)));
    CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_counter_wait_helping(&never, (tl_priority)9, TL_WITHIN_REAL(1)));
    end();
}

TL_JOB(finds_no_thread, tl_nothing, unused)
{
    CHECK_RESULT(TL_ERROR_SYSTEM, tl_counter_wait(&never, TL_WITHIN_REAL(SHORT)));
}

TEST(without_a_thread_no_wait_has_a_limit)
{
    tl_job_system *jobs = jobs_at_create(&(tl_job_system_desc){.workers = 2});
    begin();
    jobs_at_fail_thread_after = 0;
    CHECK_OK(tl_job_call(jobs, finds_no_thread, &(tl_nothing){0}));
    CHECK_RESULT(TL_ERROR_SYSTEM, tl_counter_wait(&never, TL_WITHIN_REAL(SHORT)));
    jobs_at_fail_thread_after = -1;
    CHECK_RESULT(TL_TIMED_OUT, tl_counter_wait(&never, TL_WITHIN_REAL(SHORT)));
    end();
    jobs_at_destroy(jobs);
}
