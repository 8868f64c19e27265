// SPDX-License-Identifier: MIT
// Locks: held by one, given to a waiter, and no signal is lost.
#include "telar/lock.h"

#include "check.h"
#include "explore.h"
#include "explore_jobs.h"
#include "telar/job.h"

enum { THREADS = 3, TIMES = 2 };

static tl_mutex mutex;
static tl_recursive_mutex recursive;
static tl_spinlock spin;
static tl_condition changed;
static int count;

static void init(void)
{
    mutex = (tl_mutex){0};
    recursive = (tl_recursive_mutex){.name = NULL};
    spin = (tl_spinlock){0};
    changed = (tl_condition){0};
    count = 0;
}

static void change(int by)
{
    explore_write(&count);
    count += by;
}

static void run_threads(void *(*run)(void *))
{
    int threads[THREADS];
    for (int i = 0; i < THREADS; ++i)
        threads[i] = explore_start(run, NULL);
    for (int i = 0; i < THREADS; ++i)
        explore_join(threads[i]);
}

static void *count_with_mutex(void *unused)
{
    for (int i = 0; i < TIMES; ++i) {
        if (tl_mutex_try_lock(&mutex) != TL_OK)
            CHECK_OK(tl_mutex_lock(&mutex));
        change(1);
        CHECK_OK(tl_mutex_unlock(&mutex));
    }
    return unused;
}

static void count_in_threads(void)
{
    init();
    run_threads(count_with_mutex);
    CHECK_INT(THREADS * TIMES, count);
    CHECK_UINT(0, mutex.tl__word);
}

TEST(a_mutex_is_held_by_one)
{
    explore(100000, count_in_threads);
}

static void *count_with_spin(void *unused)
{
    for (int i = 0; i < TIMES; ++i) {
        if (tl_spinlock_try_lock(&spin) != TL_OK)
            CHECK_OK(tl_spinlock_lock(&spin));
        change(1);
        CHECK_OK(tl_spinlock_unlock(&spin));
    }
    return unused;
}

static void spin_in_threads(void)
{
    init();
    run_threads(count_with_spin);
    CHECK_INT(THREADS * TIMES, count);
}

TEST(a_spinlock_is_held_by_one)
{
    explore(100000, spin_in_threads);
}

static void *count_with_recursive(void *unused)
{
    CHECK_OK(tl_recursive_mutex_lock(&recursive));
    CHECK_OK(tl_recursive_mutex_lock(&recursive));
    change(1);
    CHECK_OK(tl_recursive_mutex_unlock(&recursive));
    change(1);
    CHECK_OK(tl_recursive_mutex_unlock(&recursive));
    return unused;
}

static void reenter_in_threads(void)
{
    init();
    run_threads(count_with_recursive);
    CHECK_INT(2 * THREADS, count);
}

TEST(a_recursive_mutex_is_held_by_one)
{
    explore(100000, reenter_in_threads);
}

static void *take_one(void *unused)
{
    CHECK_OK(tl_mutex_lock(&mutex));
    while (count == 0)
        CHECK_OK(tl_condition_wait(&changed, &mutex));
    change(-1);
    CHECK_OK(tl_mutex_unlock(&mutex));
    return unused;
}

static void signal_threads(void)
{
    init();
    int threads[THREADS];
    for (int i = 0; i < THREADS; ++i)
        threads[i] = explore_start(take_one, NULL);
    bool all_at_once = explore_choose(2) == 0;
    for (int i = 0; i < (all_at_once ? 1 : THREADS); ++i) {
        CHECK_OK(tl_mutex_lock(&mutex));
        change(all_at_once ? THREADS : 1);
        CHECK_OK(all_at_once ? tl_condition_broadcast(&changed) : tl_condition_signal(&changed));
        CHECK_OK(tl_mutex_unlock(&mutex));
    }
    for (int i = 0; i < THREADS; ++i)
        explore_join(threads[i]);
    CHECK_INT(0, count);
}

TEST(no_signal_is_lost)
{
    explore(100000, signal_threads);
}

TL_JOB(count_in_job, tl_nothing, unused)
{
    CHECK_OK(tl_mutex_lock(&mutex));
    change(1);
    tl_yield(NULL); // others come
    change(1);
    CHECK_OK(tl_mutex_unlock(&mutex));
}

TL_JOB(wait_in_job, tl_nothing, unused)
{
    CHECK_OK(tl_mutex_lock(&mutex));
    while (count < 4)
        CHECK_OK(tl_condition_wait(&changed, &mutex));
    CHECK_OK(tl_mutex_unlock(&mutex));
}

static void lock_in_jobs(void)
{
    init();
    tl_job_system *jobs =
        explore_jobs((tl_job_system_desc){.workers = 2, .waiting_jobs = 4, .fiber_count = 8, .large_fiber_count = 4});
    tl_counter done = {0}, waited = {0};
    CHECK_OK(tl_job_run(jobs, &waited, wait_in_job, {0}));
    for (int i = 0; i < 2; ++i)
        CHECK_OK(tl_job_run(jobs, &done, count_in_job, {0}));
    CHECK_OK(tl_counter_wait(&done));
    CHECK_OK(tl_mutex_lock(&mutex));
    CHECK_INT(4, count);
    CHECK_OK(tl_condition_signal(&changed));
    CHECK_OK(tl_mutex_unlock(&mutex));
    CHECK_OK(tl_counter_wait(&waited));
    CHECK_OK(tl_job_system_destroy(jobs));
}

TEST(jobs_and_threads_share_a_lock)
{
    explore(100000, lock_in_jobs);
}
