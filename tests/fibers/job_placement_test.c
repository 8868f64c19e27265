// SPDX-License-Identifier: MIT
// A worker that is woken is kept off the CPU of its waker, and only while it is being woken.
#include "job/placement.h"

#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "check.h"
#include "job/fork.h"
#include "os/threads.h"
#include "telar/job.h"

#ifdef __linux__

static cpu_set_t affinity_here(void)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CHECK_INT(0, sched_getaffinity(0, sizeof set, &set));
    return set;
}

static void need_two_cpus(void)
{
    cpu_set_t set = affinity_here();
    if (CPU_COUNT(&set) < 2)
        check_skip("this process may use one CPU only");
}

/// This thread is both the worker and its waker. Returns the CPUs that it may run on while it is being woken.
static cpu_set_t wake(tl__worker_record *worker)
{
    tl__placement_prepare(worker);
    return affinity_here();
}

static tl_job_system none; // zeroed, it counts as made by this process

static tl__worker_record sleeper(uint32_t avoid)
{
    return (tl__worker_record){.jobs = &none, .placement = {.thread = tl__thread_system_id(), .avoid = avoid}};
}

TEST(a_worker_that_is_kept_off_may_not_run_on_the_cpu_of_its_waker)
{
    need_two_cpus();
    cpu_set_t before = affinity_here();
    tl__worker_record worker = sleeper(2);
    cpu_set_t woken = wake(&worker);
    CHECK(!CPU_ISSET((size_t)worker.placement.waker_cpu, &woken));
    CHECK_INT(CPU_COUNT(&before) - 1, CPU_COUNT(&woken));
    worker.placement.woken_at = tl__nanoseconds() + 1000000000; // so that it does not count as late in any case
    tl__placement_after_wake(&worker);
    cpu_set_t after = affinity_here();
    CHECK(CPU_EQUAL(&before, &after));
    CHECK_UINT(1, worker.placement.avoid);
}

TEST(the_kernel_chooses_until_it_places_one_badly)
{
    cpu_set_t before = affinity_here();
    tl__worker_record worker = sleeper(0);
    cpu_set_t woken = wake(&worker);
    CHECK(CPU_EQUAL(&before, &woken));
    worker.placement.waker_cpu = CPU_SETSIZE; // as if another CPU had woken it, and at once
    worker.placement.woken_at = tl__nanoseconds() + 1000000000;
    tl__placement_after_wake(&worker);
    CHECK_UINT(0, worker.placement.avoid);
}

TEST(a_worker_that_begins_late_is_kept_off_from_then_on)
{
    tl__worker_record worker = sleeper(0);
    wake(&worker);
    worker.placement.waker_cpu = CPU_SETSIZE;
    worker.placement.woken_at = tl__nanoseconds() - 1000000000;
    tl__placement_after_wake(&worker);
    CHECK(worker.placement.avoid > 0);
}

TEST(a_worker_that_begins_on_the_cpu_of_its_waker_is_kept_off_from_then_on)
{
    cpu_set_t before = affinity_here(), one;
    CPU_ZERO(&one);
    CPU_SET((size_t)sched_getcpu(), &one);
    CHECK_INT(0, sched_setaffinity(0, sizeof one, &one)); // so that worker and waker run on the same CPU
    tl__worker_record worker = sleeper(0);
    wake(&worker);
    worker.placement.woken_at = tl__nanoseconds() + 1000000000;
    tl__placement_after_wake(&worker);
    CHECK(worker.placement.avoid > 0);
    CHECK_INT(0, sched_setaffinity(0, sizeof before, &before));
}

TEST(what_restricted_a_worker_before_restricts_it_after)
{
    cpu_set_t before = affinity_here();
    tl__affinity saved = {{0}};
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET((size_t)sched_getcpu(), &one);
    memcpy(&saved, &one, sizeof one);
    tl__affinity_restore(&saved);
    cpu_set_t after = affinity_here();
    CHECK(CPU_EQUAL(&one, &after));
    CHECK_INT(0, sched_setaffinity(0, sizeof before, &before));
}

TEST(a_worker_that_may_use_one_cpu_only_keeps_it)
{
    cpu_set_t before = affinity_here(), one;
    CPU_ZERO(&one);
    CPU_SET((size_t)sched_getcpu(), &one);
    CHECK_INT(0, sched_setaffinity(0, sizeof one, &one));
    tl__worker_record worker = sleeper(1);
    cpu_set_t woken = wake(&worker);
    CHECK(CPU_EQUAL(&one, &woken));
    tl__placement_after_wake(&worker);
    cpu_set_t after = affinity_here();
    CHECK(CPU_EQUAL(&one, &after));
    CHECK_INT(0, sched_setaffinity(0, sizeof before, &before));
}

TEST(a_worker_that_is_kept_off_and_late_is_left_to_the_kernel)
{
    need_two_cpus();
    tl__worker_record worker = sleeper(2);
    wake(&worker);
    worker.placement.woken_at = tl__nanoseconds() - 1000000000;
    tl__placement_after_wake(&worker);
    CHECK_UINT(0, worker.placement.avoid);
}

TEST(a_worker_that_wakes_itself_keeps_its_affinity)
{
    cpu_set_t before = affinity_here();
    tl__worker_record worker = sleeper(2);
    tl__thread_set_worker(&worker);
    cpu_set_t woken = wake(&worker);
    tl__placement_after_wake(&worker);
    tl__thread_set_worker(NULL);
    CHECK(CPU_EQUAL(&before, &woken));
    CHECK_UINT(2, worker.placement.avoid);
}

TEST(a_child_made_by_fork_leaves_the_threads_of_its_parent_alone)
{
    cpu_set_t before = affinity_here();
    tl_job_system of_the_parent = {.forks = tl__forks + 1};
    tl__worker_record worker = sleeper(2);
    worker.jobs = &of_the_parent;
    cpu_set_t woken = wake(&worker);
    CHECK(CPU_EQUAL(&before, &woken));
    tl__placement_after_wake(&worker);
    CHECK_UINT(2, worker.placement.avoid);
}

TEST(a_thread_that_is_not_of_the_system_keeps_its_affinity)
{
    cpu_set_t before = affinity_here();
    tl__worker_record worker = sleeper(2);
    worker.placement.thread = 0;
    cpu_set_t woken = wake(&worker);
    CHECK(CPU_EQUAL(&before, &woken));
    tl__placement_after_wake(&worker);
    CHECK_UINT(2, worker.placement.avoid);
}

typedef struct look {
    const cpu_set_t *expected;
    atomic_int *differ;
} look;

TL_JOB(look_at_affinity, look, l)
{
    cpu_set_t here = affinity_here();
    if (!CPU_EQUAL(l->expected, &here))
        atomic_fetch_add(l->differ, 1);
}

TEST(jobs_run_with_the_affinity_that_the_system_was_made_with)
{
    enum { WAKES = 300 };
    cpu_set_t expected = affinity_here();
    atomic_int differ = 0;
    tl_job_system *jobs = NULL;
    CHECK_OK(tl_job_system_create(&(tl_job_system_desc){.workers = 3}, &jobs));
    for (int i = 0; i < WAKES; ++i) {
        tl_counter done = {0};
        for (int k = 0; k < 3; ++k)
            CHECK_OK(tl_job_run(jobs, &done, look_at_affinity, {&expected, &differ}));
        CHECK_OK(tl_counter_wait(&done));
        nanosleep(&(struct timespec){.tv_nsec = 300000}, NULL); // so that some workers sleep; they need not
    }
    CHECK_INT(0, differ);
    CHECK_OK(tl_job_system_destroy(jobs));
}

#endif
