// SPDX-License-Identifier: MIT
// What parallel scripts wait for: their groups, times, events and jobs.
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "parallel_world.h"
#include "telar/lock.h"

// Groups.

static tl_group *group;

TL_SCRIPT(ticks, struct thing, me)
{
    for (;;) {
        CHECK_OK(tl_wait_exclusive());
        note("%d", me->index);
        tl_wait_step();
    }
}

static void tick_in_group(uint32_t budget)
{
    make_parallel_world(NULL);
    CHECK_OK(tl_group_create(world, &(tl_group_desc){.budget = budget}, &group));
    for (int i = 0; i < 4; ++i)
        CHECK_OK(
            tl_spawn_with(world, (&(tl_script_desc){.phase = TL_PHASE_PARALLEL, .group = group}), NULL, ticks, {i}));
}

TEST(a_frozen_group_stands_still)
{
    tick_in_group(0);
    steps(2);
    CHECK_TRACE("01230123");
    CHECK_OK(tl_group_freeze(group));
    steps(3);
    CHECK_TRACE("");
    CHECK_OK(tl_group_thaw(group));
    steps(1);
    CHECK_TRACE("0123");
    destroy_world();
}

TL_SCRIPT(freezes, tl_nothing, unused)
{
    CHECK_OK(tl_wait_steps(2));
    CHECK_OK(tl_group_freeze(group));
}

TEST(a_group_frozen_in_the_same_step_stands_still)
{
    make_parallel_world(NULL);
    CHECK_OK(tl_group_create(world, &(tl_group_desc){0}, &group));
    CHECK_OK(tl_spawn_with(world, (&(tl_script_desc){.phase = TL_PHASE_BEFORE}), NULL, freezes, {0}));
    steps(1);
    for (int i = 0; i < 3; ++i)
        CHECK_OK(
            tl_spawn_with(world, (&(tl_script_desc){.phase = TL_PHASE_PARALLEL, .group = group}), NULL, ticks, {i}));
    steps(1);
    CHECK_TRACE("012");
    // One more script, which is ready when the group is frozen.
    CHECK_OK(tl_spawn_with(world, (&(tl_script_desc){.phase = TL_PHASE_PARALLEL, .group = group}), NULL, ticks, {3}));
    steps(2);
    CHECK_TRACE("");
    CHECK_OK(tl_group_thaw(group));
    steps(1);
    CHECK_TRACE("0123");
    destroy_world();
}

TEST(a_budget_spreads_them_over_steps)
{
    tick_in_group(3);
    steps(1);
    CHECK_TRACE("012");
    steps(1);
    CHECK_TRACE("013");
    steps(4);
    CHECK_UINT(12, strlen(trace));
    for (char digit = '0'; digit < '4'; ++digit) { // each has the same share
        int count = 0;
        for (const char *at = trace; *at != '\0'; ++at)
            count += *at == digit;
        CHECK_INT(3, count);
    }
    trace[0] = '\0';
    destroy_world();
}

TEST(a_budget_that_is_set_later_counts)
{
    tick_in_group(0);
    steps(1);
    CHECK_TRACE("0123");
    CHECK_OK(tl_group_set_budget(group, 1));
    steps(4);
    CHECK_TRACE("0123");
    CHECK_OK(tl_group_set_budget(group, 0));
    steps(2);
    CHECK_TRACE("01230123");
    destroy_world();
}

// Time and conditions.

static bool is_open;

static bool asks(void *unused)
{
    (void)unused;
    return is_open;
}

TL_SCRIPT(waits_for_all_sorts, tl_nothing, unused)
{
    CHECK_OK(tl_wait_seconds(0.5));
    note("a%ju ", step_count());
    CHECK_NEAR(0.6, tl_local_seconds(), 1e-6);
    CHECK_OK(tl_wait_until(asks, NULL));
    note("b%ju ", step_count());
    CHECK_RESULT(TL_TIMED_OUT, tl_wait_event(event, NULL, TL_WITHIN(0.2)));
    note("c%ju ", step_count());
    CHECK_OK(tl_yield(NULL));
    note("d%ju ", step_count());
    CHECK_OK(tl_wait_steps(2));
    note("e%ju ", step_count());
    CHECK_OK(tl_wait_step());
    CHECK_NEAR(tl_group_get_info(tl_group_current()).seconds, tl_local_seconds(), 1e-6);
    note("f%ju ", step_count());
}

TEST(all_sorts_of_waits)
{
    CHECK_OK(tl_world_create(&(tl_world_desc){.steps_per_second = 10}, &world));
    CHECK_OK(tl_event_create(world, TL_NO_ENTITY, "e", &event));
    tl_script script;
    SPAWN_PARALLEL(&script, waits_for_all_sorts, {0});
    steps(8);
    CHECK_TRACE("a6 ");
    is_open = true;
    steps(4);
    CHECK_TRACE("b9 c11 d12 ");
    steps(2);
    CHECK_TRACE("e14 ");
    tl_script_info info = tl_script_get_info(world, script);
    CHECK_INT(TL_WAIT_STEPS, info.wait);
    CHECK_NEAR(1, info.wait_left, 0);
    CHECK_INT(TL_PHASE_PARALLEL, info.phase);
    steps(1);
    CHECK_TRACE("f15 ");
    destroy_world();
}

TL_JOB(doubles, int, number)
{
    *number *= 2;
}

TL_SCRIPT(lets_double, struct thing, me)
{
    int number = me->index;
    CHECK_OK(tl_job_call(NULL, doubles, &number));
    CHECK_INT(2 * me->index, number);
    tl_wait_step();
    CHECK_OK(tl_job_call(NULL, doubles, &number));
    CHECK_OK(tl_wait_exclusive());
    turns[turn_count++] = number;
}

TEST(parallel_scripts_wait_for_jobs)
{
    AT_EVERY_SIZE (jobs) {
        CHECK_OK(tl_world_create(
            &(tl_world_desc){.jobs = jobs, .lockstep = true, .max_scripts = MANY, .stack_size = 32768}, &world));
        turn_count = 0;
        for (int i = 0; i < 600; ++i)
            SPAWN_PARALLEL(NULL, lets_double, {i});
        steps(2);
        CHECK_INT(600, turn_count);
        for (int i = 0; i < 600; ++i)
            CHECK_INT(4 * i, turns[i]);
        destroy_world();
    }
}

TL_SCRIPT(waits_at_most, tl_nothing, unused)
{
    tl_result how = tl_wait_event(event, NULL, TL_WITHIN(0.1));
    note("%s@%ju ", tl_result_name(how), step_count());
    tl_wait_step();
    note("@%ju ", step_count());
}

TL_SCRIPT(emits_in_the_second_step, tl_nothing, unused)
{
    tl_wait_step();
    CHECK_OK(tl_emit(event, {0}));
}

/// The limit of the waiting script has passed, so the script is to be handled exclusively. Before that the event comes.
TEST(what_comes_in_anothers_turn_comes_once)
{
    CHECK_OK(tl_world_create(&(tl_world_desc){.steps_per_second = 10}, &world));
    CHECK_OK(tl_event_create(world, TL_NO_ENTITY, "e", &event));
    SPAWN_PARALLEL(NULL, emits_in_the_second_step, {0});
    SPAWN_PARALLEL(NULL, waits_at_most, {0});
    steps(2);
    CHECK_TRACE("TL_OK@2 ");
    steps(1);
    CHECK_TRACE("@3 ");
    CHECK_UINT(0, tl_script_count(world));
    destroy_world();
}

TL_SCRIPT(thaws, tl_nothing, unused)
{
    CHECK_OK(tl_group_thaw(group));
}

/// The group is frozen while all run in parallel, and thawed by a script that runs exclusively.
TEST(a_group_that_thaws_in_a_turn_continues_in_this_step)
{
    make_parallel_world(NULL);
    CHECK_OK(tl_group_create(world, &(tl_group_desc){0}, &group));
    CHECK_OK(tl_spawn_with(world, (&(tl_script_desc){.phase = TL_PHASE_BEFORE}), NULL, freezes, {0}));
    steps(2);
    SPAWN_PARALLEL(NULL, thaws, {0});
    CHECK_OK(tl_spawn_with(world, (&(tl_script_desc){.phase = TL_PHASE_PARALLEL, .group = group}), NULL, ticks, {5}));
    steps(1); // the group is frozen when it begins, and thaws in it
    CHECK_TRACE("5");
    destroy_world();
}

TL_SCRIPT(thaws_and_freezes, tl_nothing, unused)
{
    for (;;) {
        CHECK_OK(tl_group_thaw(group));
        CHECK_OK(tl_wait_phase(TL_PHASE_AFTER));
        CHECK_OK(tl_group_freeze(group));
        CHECK_OK(tl_wait_phase(TL_PHASE_BEFORE));
    }
}

/// The group's time does not advance in a step at whose beginning the group is frozen.
TEST(a_step_that_a_group_did_not_have_wakes_no_script)
{
    tick_in_group(0);
    CHECK_OK(tl_spawn_with(world, (&(tl_script_desc){.group = group}), NULL, ticks, {7}));
    steps(1);
    CHECK_TRACE("01237");
    CHECK_OK(tl_group_freeze(group));
    CHECK_OK(tl_spawn_with(world, (&(tl_script_desc){.phase = TL_PHASE_BEFORE}), NULL, thaws_and_freezes, {0}));
    steps(4);
    CHECK_TRACE("");
    destroy_world();
}

TL_JOB(notes_who_runs, int *, found)
{
    __atomic_add_fetch(*found, tl_world_current() != NULL, __ATOMIC_RELAXED);
}

TL_SCRIPT(starts_more_than_fit, int *, found)
{
    tl_counter done = {0};
    for (int i = 0; i < 5000; ++i)
        CHECK_OK(tl_job_run(NULL, &done, notes_who_runs, *found));
    CHECK(tl_world_current() == world);
    CHECK_OK(tl_counter_wait(&done));
}

/// When the queue is full, the thread runs jobs first, on the script's stack. Yet these jobs are in no script.
TEST(jobs_are_in_no_script)
{
    AT_EVERY_SIZE (jobs) {
        make_parallel_world(jobs);
        int found = 0;
        SPAWN_PARALLEL(NULL, starts_more_than_fit, &found);
        while (tl_script_count(world) > 0)
            steps(1);
        CHECK_INT(0, found);
        destroy_world();
    }
}

TL_SCRIPT(waits_for_a_job_of_no_system, tl_nothing, unused)
{
    int number = 1;
    CHECK_OK(tl_job_call(NULL, doubles, &number));
    note("%d", number);
}

static void *step_from_a_thread(void *unused)
{
    steps(1);
    return unused;
}

/// However few parallel scripts there are, they run where the jobs do.
TEST(a_thread_that_is_no_worker_may_step_a_world)
{
    tl_job_system *jobs = jobs_at_create(&(tl_job_system_desc){.workers = 2});
    CHECK_OK(tl_world_create(&(tl_world_desc){.jobs = jobs, .lockstep = true}, &world));
    SPAWN_PARALLEL(NULL, waits_for_a_job_of_no_system, {0});
    pthread_t thread;
    CHECK_INT(0, pthread_create(&thread, NULL, step_from_a_thread, NULL));
    pthread_join(thread, NULL);
    CHECK_TRACE("2");
    destroy_world();
    jobs_at_destroy(jobs);
}

// Locks.

enum { FAR_APART = 700 }; ///< enough scripts for the first and the last to run in different jobs

static tl_mutex mutex;
static tl_condition condition;
static atomic_bool last_has_run;

TL_SCRIPT(sleeps_long, tl_nothing, unused)
{
    tl_wait_seconds(1000);
}

/// In the second step it holds up the scripts that run after it in the same job, until the last script of all has run.
TL_SCRIPT(holds_up_its_job, tl_nothing, unused)
{
    tl_wait_step();
    while (!atomic_load(&last_has_run))
        sched_yield();
}

TL_SCRIPT(runs_last, tl_nothing, unused)
{
    tl_wait_step();
    atomic_store(&last_has_run, true);
}

TL_SCRIPT(waits_for_mutex, struct thing, me)
{
    CHECK_OK(tl_wait_exclusive());
    tl_scoped_lock(&mutex);
    note("%d ", me->index); // exclusively, since it had to wait
}

TL_SCRIPT(waits_for_condition, struct thing, me)
{
    CHECK_OK(tl_wait_exclusive());
    tl_scoped_lock(&mutex);
    CHECK_OK(tl_condition_wait(&condition, &mutex));
    note("%d ", me->index);
}

TL_SCRIPT(holds_mutex, tl_nothing, unused)
{
    tl_scoped_lock(&mutex);
    tl_wait_step();
}

TL_SCRIPT(broadcasts, tl_nothing, unused)
{
    tl_wait_step();
    CHECK_OK(tl_condition_broadcast(&condition));
}

/// @param wakes  the script that wakes both in the second step
static void wait_far_apart(tl_job_system *jobs, const tl_fiber_entry *waits, const tl_fiber_entry *wakes)
{
    static const tl_script_desc parallel = {.phase = TL_PHASE_PARALLEL};
    make_parallel_world(jobs);
    atomic_store(&last_has_run, false);
    CHECK_OK(tl_spawn_raw(world, &(tl_script_desc){.phase = TL_PHASE_BEFORE}, wakes, &(tl_nothing){0}, NULL, NULL));
    SPAWN_PARALLEL(NULL, holds_up_its_job, {0});
    CHECK_OK(tl_spawn_raw(world, &parallel, waits, &(struct thing){1}, NULL, NULL));
    for (int i = 0; i < FAR_APART; ++i)
        SPAWN_PARALLEL(NULL, sleeps_long, {0});
    CHECK_OK(tl_spawn_raw(world, &parallel, waits, &(struct thing){2}, NULL, NULL));
    SPAWN_PARALLEL(NULL, runs_last, {0});
    steps(2);
    CHECK_TRACE("1 2 ");
    destroy_world();
}

/// However the jobs of the two waiters run, the second one runs exclusively after the first one.
TEST(scripts_that_waited_for_a_lock_get_it_in_their_order)
{
    AT_EVERY_SIZE (jobs) {
        tl_job_system_info info = tl_job_system_get_info(jobs);
        if (info.workers == 1)
            continue; // one job after another, so none can hold up the other
        wait_far_apart(jobs, &waits_for_mutex__entry, &holds_mutex__entry);
        wait_far_apart(jobs, &waits_for_condition__entry, &broadcasts__entry);
    }
}
