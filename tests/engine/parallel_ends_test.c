// SPDX-License-Identifier: MIT
// How parallel scripts end, and what becomes of those that others end exclusively.
#include <sched.h>

#include "parallel_world.h"

// Ends.

TL_SCRIPT_RETURNING(int, ends_somehow, struct thing, me)
{
    tl_defer(note_end, (void *)(uintptr_t)(me->index == 0   ? "returned"
                                           : me->index == 1 ? "tl_returned"
                                           : me->index == 2 ? "exited"
                                                            : "failed"));
    if (me->index == 1)
        tl_return(ends_somehow, 11);
    if (me->index == 2)
        tl_exit(NULL);
    if (me->index == 3)
        tl_fail(5, "it %s", "failed");
    return 10;
}

struct watching {
    tl_script others[4];
};

TL_SCRIPT(watches_ends, struct watching, me)
{
    for (int i = 0; i < 4; ++i) {
        int result = -1;
        tl_result how = tl_wait_result(ends_somehow, me->others[i], &result);
        note("%s:%d%s ", tl_result_name(how), result, how == TL_ERROR_FAILED ? tl_wait_error()->text : "");
    }
}

static void ignore_log(const tl_log *log)
{
    (void)log;
}

TEST(each_way_to_end)
{
    make_parallel_world(NULL);
    struct watching watching;
    for (int i = 0; i < 4; ++i)
        SPAWN_PARALLEL(&watching.others[i], ends_somehow, {i});
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, watches_ends, watching));
    tl_set_log_hook(ignore_log);
    steps(1);
    // The return happens in parallel; what tl_exit and its like do happens exclusively.
    CHECK_TRACE("returned tl_returned exited failed TL_OK:10 TL_OK:11 TL_OK:0 TL_ERROR_FAILED:-1it failed ");
    CHECK_UINT(0, tl_script_count(world));
    destroy_world();
}

static tl_script victims[3];

/// The first one ends the others: one that waits to run exclusively, one that has returned, one that waits for a step.
TL_SCRIPT(ends_others, struct thing, me)
{
    char *names[] = {"0", "1", "2", "3"};
    tl_defer(note_end, names[me->index]);
    if (me->index == 2)
        return;
    if (me->index == 3) {
        tl_wait_step();
        CHECK_UNREACHED();
    }
    CHECK_OK(tl_wait_exclusive());
    CHECK_INT(0, me->index);
    CHECK_OK(tl_script_cancel(world, victims[0]));
    CHECK_RESULT(TL_ERROR_STALE, tl_script_cancel(world, victims[1]));
    CHECK(!tl_script_is_alive(world, victims[1]));
    CHECK_OK(tl_script_cancel(world, victims[2]));
    CHECK_RESULT(TL_CANCELLED, tl_wait_script(victims[0]));
    note("done ");
}

TEST(those_that_wait_for_their_turn_can_be_cancelled)
{
    make_parallel_world(NULL);
    SPAWN_PARALLEL(NULL, ends_others, {0});
    for (int i = 0; i < 3; ++i)
        SPAWN_PARALLEL(&victims[i], ends_others, {i + 1});
    steps(1);
    CHECK_TRACE("2 1 3 done 0 ");
    CHECK_UINT(0, tl_script_count(world));
    destroy_world();
}

static void emit_and_note(void *unused)
{
    (void)unused;
    CHECK_OK(tl_emit(event, {0}));
    note("emitted ");
}

TL_SCRIPT(cleans_up, struct thing, me)
{
    {
        tl_defer(emit_and_note, NULL);
    }
    note("%d ", me->index);
    tl_wait_step();
}

TEST(a_clean_up_waits_for_its_turn_and_nothing_ends_it_half_way)
{
    make_parallel_world(NULL);
    CHECK_OK(tl_event_create(world, TL_NO_ENTITY, "e", &event));
    SPAWN_PARALLEL(NULL, ends_others, {0});
    SPAWN_PARALLEL(&victims[0], cleans_up, {7});
    SPAWN_PARALLEL(&victims[1], ends_others, {2});
    SPAWN_PARALLEL(&victims[2], ends_others, {3});
    steps(1);
    // The cancelled script finishes its clean-up, and ends at its next wait.
    CHECK_TRACE("2 3 emitted 7 done 0 ");
    CHECK_UINT(0, tl_script_count(world));
    destroy_world();
}

TL_JOB(is_slow, int, number)
{
    for (int looks = 0; looks < 1000; ++looks)
        sched_yield();
    ++*number;
}

TL_SCRIPT(waits_for_a_slow_job, tl_nothing, unused)
{
    tl_defer(note_end, "unwound");
    int number = 0;
    tl_job_call(NULL, is_slow, &number); // begun in parallel, waited for exclusively
    CHECK_UNREACHED();
}

TL_SCRIPT(ends_the_first_victim, tl_nothing, unused)
{
    CHECK_OK(tl_script_cancel(world, victims[0]));
    note("cancelled ");
}

/// The script has begun a job that uses its variables, and is cancelled before it can wait for the job, exclusively.
TEST(a_script_whose_job_has_begun_stays_until_that_is_done)
{
    tl_job_system *jobs = jobs_at_create(&(tl_job_system_desc){.workers = 2});
    CHECK_OK(tl_world_create(&(tl_world_desc){.jobs = jobs, .lockstep = true}, &world));
    SPAWN_PARALLEL(NULL, ends_the_first_victim, {0});
    SPAWN_PARALLEL(&victims[0], waits_for_a_slow_job, {0});
    steps(1);
    CHECK_TRACE("cancelled unwound ");
    CHECK_UINT(0, tl_script_count(world));
    destroy_world();
    jobs_at_destroy(jobs);
}

// What a script does to itself, and others to it, while it runs in parallel.

static bool waits_in_a_predicate(void *unused)
{
    (void)unused;
    CHECK_MISUSE(TL_ERROR_NO_SCRIPT, tl_wait_step());
    return true;
}

TL_SCRIPT(asks_wrongly, tl_nothing, unused)
{
    CHECK_OK(tl_wait_until(waits_in_a_predicate, NULL));
    note("asked");
}

TEST(a_predicate_cannot_wait)
{
    make_parallel_world(NULL);
    SPAWN_PARALLEL(NULL, asks_wrongly, {0});
    steps(2);
    CHECK_TRACE("asked");
    destroy_world();
}

TL_SCRIPT(yields_for_ever, tl_nothing, unused)
{
    {
        tl_scoped_shield();
        CHECK_OK(tl_yield(NULL));
    }
    for (;;) {
        note("y");
        CHECK_OK(tl_yield(NULL));
    }
}

TEST(one_that_was_cancelled_ends_when_it_yields)
{
    make_parallel_world(NULL);
    tl_script script;
    SPAWN_PARALLEL(&script, yields_for_ever, {0});
    steps(1);
    CHECK_OK(tl_script_cancel(world, script));
    CHECK_UINT(1, tl_script_count(world)); // it is in a shield
    steps(3);
    CHECK_TRACE("y");
    CHECK_UINT(0, tl_script_count(world));
    destroy_world();
}

static tl_fiber *got_hold_of;

TL_SCRIPT(shows_its_fiber, tl_nothing, unused)
{
    got_hold_of = tl_fiber_current();
    for (;;)
        tl_wait_step();
}

TEST(the_fiber_of_one_is_its_worlds_alone)
{
    make_parallel_world(NULL);
    SPAWN_PARALLEL(NULL, shows_its_fiber, {0});
    steps(2);
    CHECK_MISUSE(TL_ERROR_NOT_YOURS, tl_fiber_cancel(got_hold_of));
    CHECK_MISUSE(TL_ERROR_NOT_YOURS, tl_resume(got_hold_of, NULL));
    CHECK_OK(tl_world_step(world));
    CHECK_UINT(1, tl_script_count(world));
    destroy_world();
}

// Scripts that another one, which runs exclusively, ends while they wait to do so.

TL_JOB(adds_one, int, number)
{
    ++*number;
}

static void note_number(void *number)
{
    note("%d ", *(int *)number);
}

TL_SCRIPT(waits_for_its_job, tl_nothing, unused)
{
    int number = 1;
    tl_defer(note_number, &number);
    tl_job_call(NULL, adds_one, &number);
    CHECK_UNREACHED();
}

static void wait_for_job_in_clean_up(void *unused)
{
    (void)unused;
    int number = 10;
    CHECK_OK(tl_job_call(NULL, adds_one, &number));
    note("%d ", number);
}

TL_SCRIPT(waits_for_a_job_when_it_ends, tl_nothing, unused)
{
    tl_defer(note_text, "last ");
    tl_defer(wait_for_job_in_clean_up, NULL);
}

TL_SCRIPT(destroys_and_waits, tl_entity, other)
{
    CHECK_OK(tl_entity_destroy_and_wait(world, *other));
    note("destroyed ");
}

static void destroy_before_its_turn(tl_job_system *jobs, const tl_fiber_entry *entry)
{
    CHECK_OK(tl_world_create(&(tl_world_desc){.jobs = jobs, .lockstep = true}, &world));
    tl_entity owner = make(TL_NO_ENTITY);
    SPAWN_PARALLEL(NULL, destroys_and_waits, owner);
    tl_script_desc desc = {.owner = owner, .phase = TL_PHASE_PARALLEL};
    CHECK_OK(tl_spawn_raw(world, &desc, entry, &(tl_nothing){0}, NULL, NULL));
    steps(1);
    CHECK_UINT(0, tl_script_count(world));
    destroy_world();
}

/// In lockstep the script's job runs in any case, and uses the script's variables.
TEST(one_ended_before_its_turn_waits_for_its_job)
{
    AT_EVERY_SIZE (jobs) {
        destroy_before_its_turn(jobs, &waits_for_its_job__entry);
        CHECK_TRACE("2 destroyed ");
    }
}

TEST(a_clean_up_that_waits_for_its_turn_is_done_to_its_end)
{
    AT_EVERY_SIZE (jobs) {
        destroy_before_its_turn(jobs, &waits_for_a_job_when_it_ends__entry);
        CHECK_TRACE("11 last destroyed ");
    }
}
