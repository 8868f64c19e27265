// SPDX-License-Identifier: MIT
// Scripts that wait for jobs and counters, at every number of workers.
#include <sched.h>
#include <stdatomic.h>

#include "job_waits.h"

struct sum {
    int first, second, result;
    bool slow;
};

TL_JOB(add, struct sum, s)
{
    s->result = !s->slow || wait_until_opened() ? s->first + s->second : -1;
}

TL_SCRIPT(adds, tl_nothing, unused)
{
    note("a%ju ", step_count());
    struct sum s = {.first = 2, .second = 3, .slow = true};
    CHECK_OK(tl_job_call(NULL, add, &s));
    note("%d@%s ", s.result, step_count() > 3 ? "later" : "once");
}

TEST(the_game_continues_while_a_script_waits_for_a_job)
{
    AT_EVERY_SIZE (jobs) {
        if (workers_of(jobs) == 1)
            continue; // another thread must run the job
        set_opened(false);
        make_world(60);
        tl_script script;
        CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &script, adds, {0}));
        steps(3);
        CHECK_TRACE("a1 ");
        const char *name;
        CHECK_INT(TL_WAIT_COUNTER, wait_of(script, &name));
        CHECK_STRING("add", name);
        set_opened(true);
        while (tl_script_is_alive(world, script))
            steps(1);
        CHECK_TRACE("5@later ");
        CHECK_OK(tl_world_destroy(world));
    }
}

struct adder {
    int number;
};

TL_SCRIPT(adds_in_turns, struct adder, me)
{
    for (int turn = 0; turn < 3; ++turn) {
        struct sum s = {.first = 10 * me->number, .second = turn};
        CHECK_OK(tl_job_call(NULL, add, &s));
        note("%d@%ju ", s.result, step_count());
        if (turn == 1)
            CHECK_OK(tl_wait_step());
    }
}

TEST(in_lockstep_no_step_is_lost_and_the_order_is_the_scripts)
{
    AT_EVERY_SIZE (jobs) {
        make_world_in_lockstep();
        for (int number = 1; number <= 3; ++number)
            CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, adds_in_turns, {number}));
        steps(2);
        CHECK_TRACE("10@1 20@1 30@1 11@1 21@1 31@1 12@2 22@2 32@2 ");
        CHECK_UINT(0, tl_script_count(world));
        CHECK_OK(tl_world_destroy(world));
    }
}

TL_SCRIPT(adds_and_looks, tl_nothing, unused)
{
    tl_counter done = {0};
    struct sum s = {.first = 1};
    CHECK_OK(tl_job_run(NULL, &done, add, s));
    while (!tl_counter_is_done(&done))
        sched_yield();
    CHECK_OK(tl_counter_wait(&done)); // in lockstep no script may notice that it is done already
    note("1");
    CHECK_OK(tl_counter_wait(&done, TL_WITHIN(0)));
    note("3");
}

TL_SCRIPT(notes_two, tl_nothing, unused)
{
    note("2");
}

TEST(in_lockstep_what_is_done_already_waits_all_the_same)
{
    AT_EVERY_SIZE (jobs) {
        if (workers_of(jobs) == 1)
            continue;
        make_world_in_lockstep();
        CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, adds_and_looks, {0}));
        CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, notes_two, {0}));
        steps(1);
        CHECK_TRACE("213");
        CHECK_OK(tl_world_destroy(world));
    }
}

TEST(a_worker_that_is_alone_runs_what_scripts_wait_for)
{
    tl_job_system *jobs;
    CHECK_OK(tl_job_system_create(&(tl_job_system_desc){.workers = 1}, &jobs));
    make_world(60);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, adds_in_turns, {1}));
    steps(2);
    CHECK_TRACE("10@1 11@1 12@2 ");
    CHECK_OK(tl_world_destroy(world));
    CHECK_OK(tl_job_system_destroy(jobs));
}

TL_FOR_BODY(square, long, numbers, index)
{
    numbers[index] *= numbers[index];
}

TL_SCRIPT(squares, tl_nothing, unused)
{
    long numbers[100], sum = 0;
    for (int i = 0; i < 100; ++i)
        numbers[i] = i;
    CHECK_OK(tl_parallel_for(NULL, 100, 7, square, numbers));
    for (int i = 0; i < 100; ++i)
        sum += numbers[i];
    note("%ld", sum);
}

TEST(a_parallel_loop_over_a_scripts_variables)
{
    AT_EVERY_SIZE (jobs) {
        make_world_in_lockstep();
        CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, squares, {0}));
        steps(1);
        CHECK_TRACE("328350");
        CHECK_OK(tl_world_destroy(world));
    }
}

static tl_counter gate;

TL_SCRIPT(waits_for_the_gate, tl_limit, limit)
{
    tl_result how = tl_counter_wait(&gate, *limit);
    note("%s@%ju ", tl_result_name(how), step_count());
}

TEST(a_limit)
{
    gate = (tl_counter){.name = "the gate"};
    CHECK_OK(tl_counter_add(&gate, 1));
    make_world(10);
    tl_script script;
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &script, waits_for_the_gate, TL_WITHIN(0.5)));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, waits_for_the_gate, TL_WITHIN(0)));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, waits_for_the_gate, TL_FOREVER));
    steps(1);
    CHECK_TRACE("TL_TIMED_OUT@1 ");
    const char *name;
    CHECK_INT(TL_WAIT_COUNTER, wait_of(script, &name));
    CHECK_STRING("the gate", name);
    steps(5);
    CHECK_TRACE("TL_TIMED_OUT@6 ");
    CHECK_OK(tl_counter_finish(&gate));
    steps(1);
    CHECK_TRACE("TL_OK@7 ");
    CHECK_POINTER(NULL, gate.tl__waiters);
    CHECK_OK(tl_world_destroy(world));
}

/// In every phase, a counter that was finished before the step counts before a limit that passes in the step.
TEST(done_and_too_late_at_once_is_done)
{
    static const tl_phase phases[] = {TL_PHASE_BEFORE, TL_PHASE_PARALLEL, TL_PHASE_STEP, TL_PHASE_AFTER};
    for (int i = 0; i < 4; ++i) {
        gate = (tl_counter){0};
        CHECK_OK(tl_counter_add(&gate, 1));
        make_world(10);
        CHECK_OK(
            tl_spawn_with(world, (&(tl_script_desc){.phase = phases[i]}), NULL, waits_for_the_gate, TL_WITHIN(0.1)));
        steps(1);
        CHECK_OK(tl_counter_finish(&gate));
        steps(1);
        CHECK_TRACE("TL_OK@2 ");
        CHECK_OK(tl_world_destroy(world));
    }
}

TEST(a_counter_at_zero_costs_no_step_and_misuse_is_reported)
{
    gate = (tl_counter){0};
    make_world(60);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, waits_for_the_gate, TL_FOREVER));
    steps(1);
    CHECK_TRACE("TL_OK@1 ");
    CHECK_OK(tl_counter_wait(&gate));
    CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_counter_wait(&gate, TL_WITHIN(1))); // outside scripts no game time passes
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT(waits_wrongly, tl_nothing, unused)
{
    CHECK_MISUSE(TL_ERROR_NULL, tl_counter_wait(NULL));
    CHECK_MISUSE(TL_ERROR_NULL, tl_counter_wait(NULL, TL_WITHIN(1)));
    CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_counter_wait(&gate, TL_WITHIN(-1)));
    CHECK_MISUSE(TL_ERROR_NO_JOB_SYSTEM, tl_job_call(NULL, add, &(struct sum){.first = 1}));
}

TEST(waits_for_nothing_are_reported)
{
    RUN(waits_wrongly, 1);
    CHECK_OK(tl_world_destroy(world));
}

/// The counter counts no jobs.
TEST(a_script_that_waits_for_a_counter_ends_at_once)
{
    gate = (tl_counter){0};
    CHECK_OK(tl_counter_add(&gate, 1));
    make_world(60);
    tl_script script;
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &script, waits_for_the_gate, TL_FOREVER));
    steps(1);
    CHECK_OK(tl_script_cancel(world, script));
    CHECK_UINT(0, tl_script_count(world));
    CHECK_POINTER(NULL, gate.tl__waiters);
    CHECK_OK(tl_counter_finish(&gate));
    steps(1);
    CHECK_TRACE("");
    CHECK_OK(tl_world_destroy(world));
}

static int results[2];

TL_SCRIPT(adds_for_ever, tl_nothing, unused)
{
    tl_defer(note_text, "unwound");
    struct sum s = {.first = 1, .second = 1, .slow = true};
    results[0] = tl_job_call(NULL, add, &s);
    CHECK_UNREACHED();
}

/// The job uses the script's variables, so these must stay until the job is done.
TEST(a_cancelled_script_ends_when_its_job_has)
{
    AT_EVERY_SIZE (jobs) {
        if (workers_of(jobs) == 1)
            continue;
        set_opened(false);
        make_world(60);
        tl_script script;
        CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &script, adds_for_ever, {0}));
        steps(1);
        CHECK_OK(tl_script_cancel(world, script));
        CHECK(!tl_script_is_alive(world, script));
        while (tl_script_count(world) > 0) // the job sees that it was cancelled
            steps(1);
        CHECK_TRACE("unwound");
        CHECK_OK(tl_world_destroy(world));
    }
}

TEST(the_end_of_a_world_waits_for_its_scripts_jobs)
{
    AT_EVERY_SIZE (jobs) {
        if (workers_of(jobs) == 1)
            continue;
        set_opened(false);
        make_world(60);
        for (int i = 0; i < 4; ++i)
            CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, adds_for_ever, {0}));
        steps(1);
        CHECK_OK(tl_world_destroy(world));
        CHECK_TRACE("unwoundunwoundunwoundunwound");
    }
}

static tl_script own_script;

TL_SCRIPT(adds_when_cancelled, tl_nothing, unused)
{
    tl_defer(note_text, "unwound");
    struct sum s = {.first = 1, .second = 1, .slow = true};
    CHECK_OK(tl_script_cancel(world, own_script));
    tl_job_call(NULL, add, &s); // the job begins all the same, and gives up at once
    CHECK_UNREACHED();
}

/// The job is submitted before the wait can end the script, so the script must still wait for the job.
TEST(a_script_that_was_cancelled_before_waits_for_its_job_too)
{
    AT_EVERY_SIZE (jobs) {
        set_opened(false);
        make_world(60);
        CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &own_script, adds_when_cancelled, {0}));
        while (tl_script_count(world) > 0)
            steps(1);
        CHECK_TRACE("unwound");
        CHECK_OK(tl_world_destroy(world));
    }
}

static void wait_for_gate(void *counter)
{
    CHECK_OK(tl_counter_wait(counter));
    note("done ");
}

TL_SCRIPT(leaves_jobs_behind, tl_nothing, unused)
{
    tl_counter done = {0};
    struct sum s = {.first = 1, .second = 1};
    (void)s;
    tl_defer(wait_for_gate, &done);
    for (int i = 0; i < 8; ++i)
        CHECK_OK(tl_job_run(NULL, &done, add, s));
    CHECK_OK(tl_wait_seconds(1000));
}

TEST(a_clean_up_may_wait_for_jobs)
{
    AT_EVERY_SIZE (jobs) {
        make_world(60);
        tl_script script;
        CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &script, leaves_jobs_behind, {0}));
        steps(1);
        CHECK_OK(tl_script_cancel(world, script));
        CHECK_TRACE("done ");
        CHECK_UINT(0, tl_script_count(world));
        CHECK_OK(tl_world_destroy(world));
    }
}

struct waiting_job {
    tl_counter *script;
    int *result;
};

TL_JOB(waits_for_a_script, struct waiting_job, me)
{
    CHECK_OK(tl_counter_wait(me->script));
    ++*me->result;
}

TEST(a_job_waits_for_a_script)
{
    AT_EVERY_SIZE (jobs) {
        make_world(60);
        tl_counter script = {.name = "the script"}, done = {0};
        int result = 0;
        CHECK_OK(tl_spawn_with(world, (&(tl_script_desc){.counter = &script}), NULL, walks, {"w", 3}));
        CHECK_OK(tl_job_run(jobs, &done, waits_for_a_script, {&script, &result}));
        CHECK(!tl_counter_is_done(&script));
        steps(4);
        CHECK(tl_counter_is_done(&script));
        CHECK_OK(tl_counter_wait(&done));
        CHECK_INT(1, result);
        CHECK_TRACE("w( w) unwound ");
        // The counter is also at zero when the script was cancelled, or could not be spawned.
        tl_script cancelled;
        CHECK_OK(tl_spawn_with(world, (&(tl_script_desc){.counter = &script}), &cancelled, walks, {"w", 3}));
        CHECK_OK(tl_script_cancel(world, cancelled));
        CHECK(tl_counter_is_done(&script));
        CHECK_RESULT(TL_ERROR_STALE, tl_spawn_with(world, (&(tl_script_desc){.counter = &script, .owner = {9, 9}}),
                                                   NULL, walks, {"w", 3}));
        CHECK(tl_counter_is_done(&script));
        CHECK_OK(tl_world_destroy(world));
    }
}

struct churn {
    uint32_t seed;
    long *sum;
};

static _Atomic long started;

TL_JOB(nothing_much, int, unused)
{
    atomic_fetch_add_explicit(&started, 1, memory_order_relaxed);
}

/// Waits for jobs again and again, with and without limits. Returns at random.
TL_SCRIPT(churns, struct churn, me)
{
    uint64_t dice = me->seed;
    for (;;) {
        static tl_counter shared;
        CHECK_OK(tl_job_run(NULL, &shared, nothing_much, 0));
        tl_result how = check_random(&dice) % 2 == 0 ? tl_counter_wait(&shared, TL_WITHIN(0.02)) : TL_OK;
        CHECK(how == TL_OK || how == TL_TIMED_OUT);
        struct sum s = {.first = 1};
        CHECK_OK(tl_job_call(NULL, add, &s));
        *me->sum += s.result;
        if (check_random(&dice) % 4 == 0)
            CHECK_OK(tl_wait_step());
        if (how == TL_OK && check_random(&dice) % 64 == 0)
            return;
    }
}

/// Scripts that begin, wait, run out of time and are cancelled while their jobs end on other threads.
TEST(waits_and_their_ends_in_any_order)
{
    AT_EVERY_SIZE (jobs) {
        make_world(60);
        uint64_t dice = 1;
        long sum = 0;
        tl_script scripts[16] = {{0, 0}};
        for (uint32_t round = 0; round < 150 || sum == 0; ++round) {
            uint32_t at = (uint32_t)(check_random(&dice) % 16);
            if (tl_script_is_alive(world, scripts[at]))
                CHECK_OK(tl_script_cancel(world, scripts[at]));
            else
                CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &scripts[at], churns, {round, &sum}));
            steps(1);
        }
        CHECK_OK(tl_world_destroy(world));
    }
}
