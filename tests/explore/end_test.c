// SPDX-License-Identifier: MIT
// The end of a job system, while threads outside wake its jobs: each job that began comes to its end, nothing is used
// after it was freed, and no thread waits for ever.
#include <malloc.h>

#include "base/atomics.h"
#include "check.h"
#include "explore.h"
#include "explore_jobs.h"
#include "telar/job.h"
#include "telar/lock.h"

// What a system frees stays where it is until the run ends, so that each use of it is seen.

enum { MOST_FREED = 32 };
static void *freed[MOST_FREED];
static int freed_count;
static bool keeps_freed;

void __real_free(void *memory);
void __wrap_free(void *memory);

void __wrap_free(void *memory)
{
    if (!keeps_freed || memory == NULL) {
        __real_free(memory);
        return;
    }
    CHECK(freed_count < MOST_FREED);
    freed[freed_count++] = memory;
    explore_retire(memory, malloc_usable_size(memory));
}

static void destroy_and_join(tl_job_system *jobs, int thread)
{
    keeps_freed = true;
    CHECK_OK(tl_job_system_destroy(jobs));
    explore_join(thread);
    keeps_freed = false;
    while (freed_count > 0) {
        explore_reuse(freed[--freed_count]);
        __real_free(freed[freed_count]);
    }
}

/// Lets the system come to any point of its end before a thread outside acts.
static void linger(void)
{
    static tl__word unused;
    for (uint32_t i = explore_choose(2) ? explore_choose(400) : 0; i > 0; --i)
        tl__load(&unused, memory_order_relaxed);
}

static void *open_from_outside(void *gate)
{
    linger();
    CHECK_OK(tl_counter_finish(gate));
    return NULL;
}

static int begun_at_end, ended_at_end;

static void count_ended(void *unused)
{
    (void)unused;
    ++ended_at_end;
}

/// Waits for a gate that a thread outside opens, or for a time to pass, or is cancelled.
TL_JOB(pass_or_end, tl_counter *, gate)
{
    ++begun_at_end;
    tl_defer(count_ended, NULL);
    tl_counter_wait(*gate, explore_choose(2) == 0 ? TL_FOREVER : TL_WITHIN_REAL(1));
}

/// Has a counter on its stack that the others are counted by.
TL_JOB(wait_for_inner, tl_counter *, gate)
{
    ++begun_at_end;
    tl_defer(count_ended, NULL);
    tl_counter inner = {.name = "inner"};
    tl_job_desc desc = {.stack = (tl_job_stack)explore_choose(2), .worker = {explore_choose(2)}};
    if (explore_choose(2))
        desc.after = *gate;
    CHECK_OK(tl_job_run_with(NULL, &desc, &inner, pass_or_end, {*gate}));
    tl_counter_wait(&inner);
}

/// A system ends while a thread outside wakes its jobs.
static void end_while_a_gate_opens(void)
{
    begun_at_end = ended_at_end = 0;
    tl_job_system *jobs = explore_jobs((tl_job_system_desc){0});
    tl_counter gate = {.name = "gate"}, done = {0};
    CHECK_OK(tl_counter_add(&gate, 1));
    int thread = explore_start(open_from_outside, &gate);
    CHECK_OK(tl_job_run(jobs, &done, wait_for_inner, {&gate}));
    CHECK_OK(tl_job_run_with(jobs, (&(tl_job_desc){.worker = {explore_choose(3)}}), &done, pass_or_end, {&gate}));
    if (explore_choose(2))
        CHECK_OK(tl_job_run_with(jobs, (&(tl_job_desc){.after = &gate}), &done, pass_or_end, {&gate}));
    destroy_and_join(jobs, thread);
    CHECK(tl_counter_is_done(&done));
    CHECK_INT(begun_at_end, ended_at_end);
}

TEST(ending_while_a_thread_outside_finishes_a_counter)
{
    explore(100000, end_while_a_gate_opens);
}

static tl_mutex door;

TL_JOB(pass_door, tl_nothing, unused)
{
    ++begun_at_end;
    tl_defer(count_ended, NULL);
    tl_scoped_lock(&door);
}

static void *use_door(void *unused)
{
    CHECK_OK(tl_mutex_lock(&door));
    linger();
    CHECK_OK(tl_mutex_unlock(&door));
    return unused;
}

/// The same with a mutex that is handed to a job while it ends.
static void end_while_a_mutex_is_handed_over(void)
{
    begun_at_end = ended_at_end = 0;
    door = (tl_mutex){.name = "door"};
    tl_job_system *jobs = explore_jobs((tl_job_system_desc){0});
    tl_counter done = {0};
    int thread = explore_start(use_door, NULL);
    for (int i = 0; i < 2; ++i)
        CHECK_OK(tl_job_run(jobs, &done, pass_door, {0}));
    destroy_and_join(jobs, thread);
    CHECK(tl_counter_is_done(&done));
    CHECK_INT(begun_at_end, ended_at_end);
    CHECK_OK(tl_mutex_lock(&door));
    CHECK_OK(tl_mutex_unlock(&door));
}

TEST(ending_while_a_mutex_is_handed_over)
{
    explore(100000, end_while_a_mutex_is_handed_over);
}

static tl_condition changed;

TL_JOB(wait_for_change, tl_nothing, unused)
{
    ++begun_at_end;
    tl_defer(count_ended, NULL);
    tl_scoped_lock(&door);
    tl_condition_wait(&changed, &door);
}

static void *signal_change(void *unused)
{
    linger();
    CHECK_OK(tl_condition_signal(&changed));
    CHECK_OK(tl_condition_broadcast(&changed));
    return unused;
}

/// The same with a condition that is signalled.
static void end_while_a_condition_is_signalled(void)
{
    begun_at_end = ended_at_end = 0;
    door = (tl_mutex){.name = "door"};
    changed = (tl_condition){.name = "changed"};
    tl_job_system *jobs = explore_jobs((tl_job_system_desc){0});
    tl_counter done = {0};
    int thread = explore_start(signal_change, NULL);
    for (int i = 0; i < 2; ++i)
        CHECK_OK(tl_job_run(jobs, &done, wait_for_change, {0}));
    destroy_and_join(jobs, thread);
    CHECK(tl_counter_is_done(&done));
    CHECK_INT(begun_at_end, ended_at_end);
    CHECK_OK(tl_mutex_lock(&door));
    CHECK_OK(tl_mutex_unlock(&door));
}

TEST(ending_while_a_condition_is_signalled)
{
    explore(100000, end_while_a_condition_is_signalled);
}
