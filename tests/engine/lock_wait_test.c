// SPDX-License-Identifier: MIT
// Scripts that hold locks and wait for them, alone and in parallel with jobs, at every number of workers.
#include "job_waits.h"
#include "telar/lock.h"

static tl_mutex mutex = {.name = "the mutex"};

struct holder {
    int number, steps;
};

TL_SCRIPT(holds, struct holder, me)
{
    tl_scoped_lock(&mutex);
    note("(%d ", me->number);
    CHECK_OK(tl_wait_steps(me->steps));
    note("%d) ", me->number);
}

TEST(scripts_hold_a_mutex_one_after_another)
{
    make_world(60);
    tl_script scripts[4];
    for (int i = 0; i < 4; ++i)
        CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &scripts[i], holds, {i, 2}));
    steps(1);
    CHECK_TRACE("(0 ");
    const char *name;
    CHECK_INT(TL_WAIT_LOCK, wait_of(scripts[1], &name));
    CHECK_STRING("the mutex", name);
    CHECK_OK(tl_script_cancel(world, scripts[1])); // while it waits
    steps(2);
    CHECK_TRACE("0) (2 ");
    CHECK_OK(tl_script_cancel(world, scripts[2])); // while it holds it: the next script gets it
    CHECK_OK(tl_script_cancel(world, scripts[3])); // before it runs with the mutex
    CHECK_OK(tl_mutex_try_lock(&mutex));           // and the mutex is free again
    CHECK_OK(tl_mutex_unlock(&mutex));
    steps(3);
    CHECK_TRACE("");
    CHECK_OK(tl_world_destroy(world));
}

static tl_condition changed;
static int tokens;

TL_SCRIPT(takes_a_token, struct holder, me)
{
    tl_scoped_lock(&mutex);
    while (tokens == 0)
        CHECK_OK(tl_condition_wait(&changed, &mutex));
    --tokens;
    note("%d@%ju ", me->number, step_count());
}

TEST(a_signal_to_a_script_that_ends_goes_to_the_next)
{
    make_world(60);
    tl_script scripts[3];
    for (int i = 0; i < 3; ++i)
        CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &scripts[i], takes_a_token, {i, 0}));
    steps(1);
    tokens = 1;
    CHECK_OK(tl_condition_signal(&changed));
    CHECK_OK(tl_script_cancel(world, scripts[0])); // the one that was signalled
    steps(1);
    CHECK_TRACE("1@2 ");
    CHECK_OK(tl_world_destroy(world));
    CHECK_OK(tl_mutex_try_lock(&mutex));
    CHECK_OK(tl_mutex_unlock(&mutex));
}

static long account;

TL_JOB(pays, int, times)
{
    for (int i = 0; i < *times; ++i) {
        tl_scoped_lock(&mutex);
        ++account;
    }
}

TL_SCRIPT(pays_too, int, times)
{
    for (int i = 0; i < *times; ++i) {
        CHECK_OK(tl_mutex_lock(&mutex));
        ++account;
        CHECK_OK(tl_mutex_unlock(&mutex));
        if (i % 8 == 0)
            CHECK_OK(tl_wait_step());
    }
}

TEST(scripts_and_jobs_share_a_mutex)
{
    enum { TIMES = 200 };
    AT_EVERY_SIZE (jobs) {
        account = 0;
        make_world(60);
        tl_counter done = {0};
        for (int i = 0; i < 4; ++i) {
            CHECK_OK(tl_job_run(jobs, &done, pays, TIMES));
            CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, pays_too, TIMES));
        }
        while (tl_script_count(world) > 0)
            steps(1);
        CHECK_OK(tl_counter_wait(&done));
        CHECK_INT(8 * TIMES, account);
        CHECK_OK(tl_world_destroy(world));
    }
}

/// Holds the mutex until another job waits for it.
TL_JOB(holds_until_awaited, tl_nothing, unused)
{
    tl_scoped_lock(&mutex);
    set_opened(true);
    tl_job_system_info info = {0};
    while (info.waiting == 0) {
        sched_yield();
        info = tl_job_system_get_info(tl_job_system_current());
    }
}

TL_SCRIPT(waits_for_one_that_pays, tl_nothing, unused)
{
    int once = 1;
    CHECK_OK(tl_job_call(NULL, pays, &once));
    note("paid%ld ", account);
}

/// The step waits for a job, which waits for a mutex. A script waits for the mutex, too, and came first, but it is
/// resumed only later, so it must not be given the mutex.
TEST(no_lock_is_given_to_a_script_that_waits_for_its_turn)
{
    AT_EVERY_SIZE (jobs) {
        if (workers_of(jobs) == 1)
            continue;
        account = 0;
        set_opened(false);
        tl_counter held = {0};
        CHECK_OK(tl_job_run(jobs, &held, holds_until_awaited, {0}));
        wait_until_opened();
        make_world_in_lockstep();
        CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, holds, {1, 0}));
        CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, waits_for_one_that_pays, {0}));
        steps(1);
        CHECK(strstr(trace, "paid1 ") != NULL);
        while (tl_script_count(world) > 0)
            steps(1);
        CHECK(strstr(trace, "(1 1) ") != NULL);
        trace[0] = '\0';
        CHECK_OK(tl_counter_wait(&held));
        CHECK_OK(tl_world_destroy(world));
    }
}

TL_SCRIPT(pays_by_a_job, tl_nothing, unused)
{
    int once = 1;
    CHECK_OK(tl_job_call(NULL, pays, &once));
    note("paid@%ju ", step_count());
}

/// The job waits for a script, so the step does not wait for the job, even though no other thread runs jobs.
TEST(a_worker_that_is_alone_steps_on)
{
    tl_job_system *jobs;
    CHECK_OK(tl_job_system_create(&(tl_job_system_desc){.workers = 1}, &jobs));
    make_world(60);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, holds, {1, 3}));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, pays_by_a_job, {0}));
    steps(4);
    CHECK_TRACE("(1 1) paid@4 ");
    CHECK_OK(tl_world_destroy(world));
    CHECK_OK(tl_job_system_destroy(jobs));
}
