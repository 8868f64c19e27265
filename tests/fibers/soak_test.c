// SPDX-License-Identifier: MIT
// Makes and destroys job systems whose jobs do at random whatever jobs can: start others, wait, lock, yield, cancel.
// Some systems are destroyed in the middle, which cancels their jobs, while a thread outside wakes them. To run it for
// longer, or with another number of workers or another seed: TELAR_SOAK="600 64 1" fibers_soak job_systems_come_and_go
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

#include "check.h"
#include "jobs_at.h"
#include "telar/job.h"
#include "telar/lock.h"
#include "telar/log.h"

enum { GATES = 4, ROOTS = 20, DEEPEST = 4, FIBERS = 400 };

static struct {
    tl_counter gates[GATES];
    tl_condition changed;
    tl_mutex mutex;
    tl_spinlock spin;
    long locked, spun;
    atomic_long begun, ended, refused;
} all;

static uint64_t rounds, systems_cancelled;

static uint32_t choose(uint64_t *random, uint32_t below)
{
    return (uint32_t)(((check_random(random) >> 32) * below) >> 32);
}

static void count_end(void *unused)
{
    (void)unused;
    atomic_fetch_add(&all.ended, 1);
}

static void wait(tl_counter *counter)
{
    tl_result waited = tl_counter_wait(counter);
    CHECK(waited == TL_OK || waited == TL_CANCELLED);
}

struct wander {
    uint64_t random;
    uint32_t depth;
};

TL_JOB_DECLARE(wander, struct wander);

static void start(uint64_t *random, uint32_t depth, tl_counter *counter, tl_counter *after)
{
    static const tl_priority priorities[] = {TL_PRIORITY_NORMAL, TL_PRIORITY_NORMAL, TL_PRIORITY_HIGH, TL_PRIORITY_LOW};
    tl_job_desc desc = {
        .priority = priorities[choose(random, 4)],
        .stack = choose(random, 8) == 0 ? TL_STACK_LARGE : TL_STACK_SMALL,
        .worker = choose(random, 16) == 0 ? tl_job_system_find_worker(tl_job_system_current(), "files") : TL_ANY_WORKER,
        .after = after,
    };
    bool plain = choose(random, 2) == 0 && after == NULL && desc.stack == TL_STACK_SMALL;
    if (desc.stack == TL_STACK_LARGE)
        depth = DEEPEST; // starts no others, as there are few large stacks
    struct wander w = {check_random(random), depth};
    tl_result started = tl_job_run_with(NULL, plain ? NULL : &desc, counter, wander, w);
    CHECK(started == TL_OK || started == TL_ERROR_JOBS_FULL);
}

struct sum {
    atomic_int sum;
};

TL_FOR_BODY(add, struct sum, s, i)
{
    atomic_fetch_add(&s->sum, (int)i);
}

static void act(uint64_t *random, uint32_t depth)
{
    tl_counter own = {.name = "own"}, second = {.name = "second"};
    struct sum sum = {0};
    switch (choose(random, 10)) {
    case 0:
    case 1:
        for (uint32_t i = choose(random, 4); depth < DEEPEST && i > 0; --i)
            start(random, depth + 1, &own, NULL);
        wait(&own);
        break;
    case 2: {
        tl_result looped = tl_parallel_for(NULL, 50, 1 + choose(random, 10), add, &sum);
        CHECK(looped == TL_ERROR_ALL_WAITING || (looped == TL_OK && sum.sum == 1225));
        break;
    }
    case 3: {
        tl_scoped_lock(&all.spin);
        ++all.spun;
        break;
    }
    case 4:
        if (tl_mutex_lock(&all.mutex) == TL_OK) {
            long before = all.locked;
            if (choose(random, 4) == 0)
                tl_yield(NULL);
            all.locked = before + 1;
            CHECK_OK(tl_mutex_unlock(&all.mutex));
        }
        break;
    case 5: tl_yield(NULL); break;
    case 6:
        for (uint32_t i = 0; depth < DEEPEST && i < 3; ++i)
            start(random, depth + 1, &own, NULL);
        tl_counter_cancel(&own);
        wait(&own);
        break;
    case 7:
        CHECK_OK(tl_counter_add(&own, 1));
        if (depth < DEEPEST)
            start(random, depth + 1, &second, &own);
        CHECK_OK(tl_counter_finish(&own));
        wait(&second);
        break;
    case 8:
        if (depth == 0 && tl_mutex_lock(&all.mutex) == TL_OK) {
            tl_condition_wait(&all.changed, &all.mutex);
            CHECK_OK(tl_mutex_unlock(&all.mutex));
        }
        break;
    default:
        if (depth == 0)
            wait(&all.gates[choose(random, GATES)]);
        break;
    }
}

TL_JOB_DEFINE(wander, struct wander, w)
{
    atomic_fetch_add(&all.begun, 1);
    tl_defer(count_end, NULL);
    uint64_t random = w->random;
    for (uint32_t actions = 1 + choose(&random, 4); actions > 0 && !tl_job_is_cancelled(); --actions)
        act(&random, w->depth);
}

static void *be_an_external_thread(void *jobs)
{
    uint64_t random = 1;
    tl_counter done = {0};
    CHECK_OK(tl_job_system_enter(jobs));
    for (int i = 0; i < 10; ++i)
        start(&random, 1, &done, NULL);
    CHECK_OK(tl_counter_wait(&done));
    CHECK_OK(tl_job_system_leave(jobs));
    return NULL;
}

static atomic_bool outside_ends;

/// A thread outside the system, which wakes jobs while the system ends: it finishes the gates that are left, signals
/// the condition, and takes the mutex.
static void *wake_from_outside(void *first_gate)
{
    uint64_t random = (uint64_t)(uintptr_t)first_gate + rounds;
    int gate = (int)(uintptr_t)first_gate;
    while (gate < GATES || !atomic_load(&outside_ends)) {
        switch (choose(&random, 4)) {
        case 0:
            if (gate < GATES)
                CHECK_OK(tl_counter_finish(&all.gates[gate++]));
            break;
        case 1: CHECK_OK(tl_condition_signal(&all.changed)); break;
        case 2: {
            tl_scoped_lock(&all.mutex);
            ++all.locked;
            break;
        }
        default: sched_yield(); break;
        }
    }
    return NULL;
}

/// Makes a job system, runs jobs on it, and destroys it.
static void run_round(uint32_t workers, uint64_t *random)
{
    static const char *const dedicated[] = {"files"};
    tl_job_system *jobs = jobs_at_create(&(tl_job_system_desc){.workers = choose(random, 4) == 0 ? 1 : workers,
                                                               .dedicated = dedicated,
                                                               .dedicated_count = 1,
                                                               .external_threads = 1,
                                                               .queue_size = 16u << choose(random, 4),
                                                               .fiber_count = FIBERS});
    tl_counter done = {.name = "roots"};
    for (int i = 0; i < GATES; ++i)
        CHECK_OK(tl_counter_add(&all.gates[i], 1));
    bool has_external_thread = choose(random, 2) == 0, is_cut_short = choose(random, 2) == 0;
    pthread_t external;
    if (has_external_thread)
        CHECK_INT(0, pthread_create(&external, NULL, be_an_external_thread, jobs));
    for (int i = 0; i < ROOTS; ++i)
        start(random, 0, &done, NULL);
    int first_left = is_cut_short ? 2 : 0;
    for (int i = 0; i < first_left; ++i)
        CHECK_OK(tl_counter_finish(&all.gates[i]));
    atomic_store(&outside_ends, false);
    pthread_t outside;
    CHECK_INT(0, pthread_create(&outside, NULL, wake_from_outside, (void *)(uintptr_t)first_left));
    if (!is_cut_short)
        CHECK_OK(tl_counter_wait(&done));
    if (has_external_thread)
        pthread_join(external, NULL);
    CHECK_OK(tl_job_system_destroy(jobs));
    atomic_store(&outside_ends, true);
    pthread_join(outside, NULL);
    jobs_at_check_nothing_is_left();
    CHECK(tl_counter_is_done(&done));
    CHECK_INT(atomic_load(&all.begun), atomic_load(&all.ended));
    ++rounds;
    systems_cancelled += is_cut_short;
}

static void be_quiet(const tl_log *item)
{
    if (item->id == TL_LOG_ALL_WAITING)
        atomic_fetch_add(&all.refused, 1);
    else if (item->id != TL_LOG_ALL_IDLE) // the thread outside will wake the jobs
        check_fail(__FILE__, __LINE__, "%s", item->text);
}

TEST(job_systems_come_and_go)
{
    jobs_at_soak soak = jobs_at_read_soak(64);
    uint64_t random = soak.seed;
    tl_set_log_hook(be_quiet);
    time_t end = time(NULL) + soak.seconds;
    while (time(NULL) < end)
        run_round(soak.workers, &random);
    printf("%llu systems, %llu of them ended in the middle; %ld jobs, %ld times all waited\n",
           (unsigned long long)rounds, (unsigned long long)systems_cancelled, atomic_load(&all.ended),
           atomic_load(&all.refused));
}
