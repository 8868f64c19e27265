// SPDX-License-Identifier: MIT
// Scripts that wait for jobs and are cancelled: when they end, whether their jobs run, and waits that could never end.
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "jobs_at.h"
#include "telar/lock.h"
#include "trace.h"

/// A level's data, which its scripts' jobs work on.
struct level {
    tl_entity root;
    atomic_int worked, opened;
};

static struct level *level;

TL_JOB(works_on_level, struct level *, l)
{
    for (int looks = 0; looks < 1000 && !tl_job_is_cancelled(); ++looks)
        sched_yield();
    atomic_fetch_add(&(*l)->worked, 1); // a fault, if the level was freed before
}

TL_SCRIPT(lets_jobs_work, tl_nothing, unused)
{
    struct level *l = level;
    tl_job_call(NULL, works_on_level, &l);
}

TL_SCRIPT(shields_itself, tl_nothing, unused)
{
    tl_defer(note_text, "unwound ");
    {
        tl_scoped_shield();
        tl_wait_seconds(1000);
        CHECK_UNREACHED();
    }
}

TEST(destroy_and_wait_leaves_no_script_and_no_job_behind)
{
    AT_EVERY_SIZE (jobs) {
        make_world(60);
        level = calloc(1, sizeof *level);
        level->root = make(TL_NO_ENTITY);
        for (int i = 0; i < 4; ++i)
            CHECK_OK(tl_spawn(world, make(level->root), NULL, lets_jobs_work, {0}));
        CHECK_OK(tl_spawn(world, level->root, NULL, shields_itself, {0}));
        steps(1);
        CHECK_OK(tl_entity_destroy_and_wait(world, level->root));
        CHECK_UINT(0, tl_script_count(world));
        CHECK_RESULT(TL_ERROR_STALE, tl_entity_destroy_and_wait(world, level->root));
        CHECK_TRACE("unwound ");
        free(level);
        steps(2);
        CHECK_OK(tl_world_destroy(world));
    }
}

TL_SCRIPT(destroys_its_level, tl_entity, root)
{
    CHECK_MISUSE(TL_ERROR_CYCLE, tl_entity_destroy_and_wait(world, *root));
    CHECK(tl_entity_is_alive(world, *root));
    note("went on ");
}

TL_SCRIPT(destroys_through_a_child, tl_entity, root)
{
    CHECK_OK(tl_sync(TL_CHILD(destroys_its_level, *root)));
}

TL_SCRIPT(destroys_another, tl_entity, other)
{
    CHECK_OK(tl_entity_destroy_and_wait(world, *other));
    note("destroyed ");
}

TEST(destroy_and_wait_by_a_script)
{
    make_world(60);
    tl_entity root = make(TL_NO_ENTITY), inner = make(root);
    CHECK_OK(tl_spawn(world, inner, NULL, destroys_its_level, root));
    CHECK_OK(tl_spawn(world, inner, NULL, destroys_through_a_child, root));
    steps(1);
    CHECK_TRACE("went on went on ");
    put_to_sleep(inner, "slept ");
    steps(1);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, destroys_another, root));
    steps(1);
    CHECK_TRACE("slept destroyed ");
    CHECK_MISUSE(TL_ERROR_NULL, tl_entity_destroy_and_wait(NULL, root));
    CHECK_OK(tl_world_destroy(world));
}

// Waits that only a step could end.

static tl_counter counted;

TL_SCRIPT(waits_for_itself, tl_nothing, unused)
{
    CHECK_MISUSE(TL_ERROR_CYCLE, tl_counter_wait(&counted));
    CHECK_MISUSE(TL_ERROR_CYCLE, tl_counter_wait(&counted, TL_WITHIN(1)));
    note("went on ");
}

TL_SCRIPT(waits_for_its_parent, tl_nothing, unused)
{
    CHECK_OK(tl_sync(TL_CHILD(waits_for_itself, {0})));
}

static void wait_in_clean_up(void *unused)
{
    (void)unused;
    CHECK_MISUSE(TL_ERROR_CYCLE, tl_counter_wait(&counted));
    note("cleaned ");
}

TL_SCRIPT(waits_when_it_ends, tl_nothing, unused)
{
    tl_defer(wait_in_clean_up, NULL);
    CHECK_OK(tl_wait_step());
}

static void spawn_counted(const tl_fiber_entry *entry)
{
    tl_script_desc desc = {.counter = &counted};
    CHECK_OK(tl_spawn_raw(world, &desc, entry, &(tl_nothing){0}, NULL, NULL));
}

TEST(a_script_cannot_wait_for_the_counter_that_counts_it)
{
    make_world(60);
    spawn_counted(&waits_for_itself__entry);
    spawn_counted(&waits_for_its_parent__entry);
    spawn_counted(&waits_when_it_ends__entry);
    steps(2);
    CHECK_TRACE("went on went on cleaned ");
    CHECK(tl_counter_is_done(&counted));
    CHECK_OK(tl_world_destroy(world));
}

TEST(the_stepping_thread_cannot_wait_for_a_script)
{
    AT_EVERY_SIZE (jobs) {
        make_world(60);
        steps(1);
        spawn_counted(&does_nothing__entry);
        CHECK_MISUSE(TL_ERROR_CYCLE, tl_counter_wait(&counted));
        CHECK_MISUSE(TL_ERROR_CYCLE, tl_counter_wait_helping(&counted, TL_PRIORITY_HIGH));
        steps(1);
        CHECK_OK(tl_counter_wait(&counted));
        CHECK_OK(tl_world_destroy(world));
    }
}

static void *step_it(void *unused)
{
    steps(3);
    return unused;
}

/// The thread that waits has stepped the world before, but now another thread steps it.
TEST(a_thread_that_steps_no_more_may_wait_for_a_script)
{
    make_world(60);
    steps(1);
    pthread_t thread;
    CHECK_INT(0, pthread_create(&thread, NULL, step_it, NULL));
    pthread_join(thread, NULL);
    spawn_counted(&does_nothing__entry);
    CHECK_INT(0, pthread_create(&thread, NULL, step_it, NULL));
    CHECK_OK(tl_counter_wait(&counted));
    pthread_join(thread, NULL);
    CHECK_OK(tl_world_destroy(world));
}

TL_JOB(steps_once, tl_nothing, unused)
{
    steps(1);
}

TL_JOB(waits_for_counted, tl_nothing, unused)
{
    CHECK_OK(tl_counter_wait(&counted));
}

/// The job that waits runs on the same fiber as the job that stepped the world before.
TEST(a_job_that_did_not_step_the_world_may_wait_for_a_script)
{
    tl_job_system *jobs = jobs_at_create(&(tl_job_system_desc){.workers = 1});
    tl_counter done = {0};
    make_world(60);
    CHECK_OK(tl_job_call(jobs, steps_once, &(tl_nothing){0}));
    spawn_counted(&does_nothing__entry);
    CHECK_OK(tl_job_run(jobs, &done, waits_for_counted, {0}));
    CHECK_OK(tl_job_run_with(jobs, (&(tl_job_desc){.priority = TL_PRIORITY_LOW}), &done, steps_once, {0}));
    CHECK_OK(tl_counter_wait(&done));
    CHECK_OK(tl_world_destroy(world));
    jobs_at_destroy(jobs);
}

// Shields and lockstep.

static tl_script bystander;

static void cancel_bystander(void *unused)
{
    (void)unused;
    CHECK_OK(tl_script_cancel(world, bystander));
}

TL_SCRIPT(cancels_another_when_it_ends, tl_nothing, unused)
{
    tl_defer(cancel_bystander, NULL);
    tl_wait_seconds(1000);
}

TL_SCRIPT(finishes_its_shield, tl_nothing, unused)
{
    {
        tl_scoped_shield();
        CHECK_OK(tl_wait_steps(3));
        note("finished@%ju ", step_count());
    }
    tl_wait_step();
}

TEST(destroy_and_wait_breaks_no_other_scripts_shield)
{
    make_world(60);
    tl_entity level_root = make(TL_NO_ENTITY);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &bystander, finishes_its_shield, {0}));
    CHECK_OK(tl_spawn(world, level_root, NULL, cancels_another_when_it_ends, {0}));
    steps(1);
    CHECK_OK(tl_entity_destroy_and_wait(world, level_root));
    steps(4);
    CHECK_TRACE("finished@4 ");
    CHECK_UINT(0, tl_script_count(world));
    CHECK_OK(tl_world_destroy(world));
}

static atomic_int blocks, ran;

TL_JOB(blocks_its_worker, tl_nothing, unused)
{
    while (atomic_load(&blocks))
        sched_yield();
}

TL_JOB(counts_runs, int, unused)
{
    CHECK(!tl_job_is_cancelled());
    atomic_fetch_add(&ran, 1);
}

TL_FOR_BODY(counts_each, int, unused, i)
{
    atomic_fetch_add(&ran, 1);
}

TL_SCRIPT(waits_in_a_shield, tl_nothing, unused)
{
    int nothing = 0;
    {
        tl_scoped_shield();
        CHECK_OK(tl_job_call(NULL, counts_runs, &nothing));
        CHECK_OK(tl_parallel_for(NULL, 100, 10, counts_each, &nothing));
        note("shielded ");
    }
    tl_wait_step();
    CHECK_UNREACHED();
}

/// The script's job has not begun when the script is cancelled, since the only worker that could run it is busy.
TEST(a_shield_holds_for_jobs)
{
    tl_job_system *jobs = jobs_at_create(&(tl_job_system_desc){.workers = 2});
    tl_job_desc first = {.worker = {2}, .priority = TL_PRIORITY_HIGH};
    tl_counter blocked = {0};
    make_world(60);
    atomic_store(&ran, 0);
    atomic_store(&blocks, 1);
    CHECK_OK(tl_job_run_with(jobs, &first, &blocked, blocks_its_worker, {0}));
    tl_script script;
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &script, waits_in_a_shield, {0}));
    steps(1);
    CHECK_OK(tl_script_cancel(world, script));
    CHECK_INT(0, ran);
    atomic_store(&blocks, 0);
    while (tl_script_count(world) > 0)
        steps(1);
    CHECK_TRACE("shielded ");
    CHECK_INT(101, ran);
    CHECK_OK(tl_counter_wait(&blocked));
    CHECK_OK(tl_world_destroy(world));
    jobs_at_destroy(jobs);
}

TL_SCRIPT(works, tl_nothing, unused)
{
    int nothing = 0;
    tl_parallel_for(NULL, 100, 1, counts_each, &nothing);
    CHECK_UNREACHED();
}

TL_SCRIPT(works_and_is_cancelled, tl_nothing, unused)
{
    tl_race(TL_CHILD(works, {0}), TL_CHILD(does_nothing, {0}));
    note("decided@%ju ", step_count());
}

TEST(in_lockstep_cancelled_scripts_jobs_run_all_the_same)
{
    AT_EVERY_SIZE (jobs) {
        CHECK_OK(tl_world_create(&(tl_world_desc){.lockstep = true}, &world));
        atomic_store(&ran, 0);
        for (int i = 0; i < 5; ++i)
            CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, works_and_is_cancelled, {0}));
        steps(1);
        CHECK_TRACE("decided@1 decided@1 decided@1 decided@1 decided@1 ");
        CHECK_INT(500, ran);
        for (int i = 0; i < 5; ++i)
            CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, works, {0}));
        CHECK_OK(tl_world_destroy(world));
        CHECK_INT(500, ran);
    }
}

static tl_counter early;
static tl_mutex held;

TL_SCRIPT(waits_for_a_job, tl_nothing, unused)
{
    int nothing = 0;
    tl_wait_step();
    CHECK_OK(tl_job_run(NULL, &early, counts_runs, nothing));
    tl_counter_wait(&early);
    CHECK_UNREACHED();
}

struct ender {
    tl_entity other;
    bool waits; ///< whether it waits until the other script's job is done
};

TL_SCRIPT(unlocks_and_ends_another, struct ender, me)
{
    {
        tl_scoped_lock(&held);
        tl_wait_step();
    }
    while (me->waits && !tl_counter_is_done(&early))
        sched_yield();
    CHECK_OK(tl_entity_destroy_and_wait(world, me->other));
}

TL_SCRIPT(locks, tl_nothing, unused)
{
    tl_scoped_lock(&held);
    note("locked ");
}

TL_SCRIPT(goes_on_in_the_second_step, tl_nothing, unused)
{
    tl_wait_step();
    note("went on ");
}

/// If the job is done already, the completions that the end of its script takes include that of the lock's waiter,
/// which must not be woken then.
TEST(in_lockstep_the_end_of_a_script_whose_job_is_done_wakes_no_other)
{
    AT_EVERY_SIZE (jobs) {
        tl_job_system_info info = tl_job_system_get_info(jobs);
        CHECK_OK(tl_world_create(&(tl_world_desc){.lockstep = true}, &world));
        tl_entity other = make(TL_NO_ENTITY);
        CHECK_OK(tl_spawn(world, other, NULL, waits_for_a_job, {0}));
        CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, unlocks_and_ends_another, {other, info.workers > 1}));
        CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, locks, {0}));
        CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, goes_on_in_the_second_step, {0}));
        steps(2);
        CHECK_TRACE("went on locked ");
        CHECK_OK(tl_world_destroy(world));
    }
}

// Limits.

static tl_counter gate;

TL_SCRIPT(finishes_when_the_limit_passes, tl_nothing, unused)
{
    tl_wait_steps(2);
    CHECK_OK(tl_counter_finish(&gate));
}

TL_SCRIPT(waits_for_the_gate, tl_nothing, unused)
{
    tl_result waited = tl_counter_wait(&gate, TL_WITHIN(0.2));
    note("%s@%ju ", tl_result_name(waited), step_count());
}

/// A counter that is finished in the step in which the limit passes, before the script is resumed, is in time.
TEST(a_counter_that_is_finished_in_the_step_of_the_limit_is_in_time)
{
    for (int lockstep = 0; lockstep < 2; ++lockstep) {
        CHECK_OK(tl_world_create(&(tl_world_desc){.lockstep = lockstep != 0, .steps_per_second = 10}, &world));
        CHECK_OK(tl_counter_add(&gate, 1));
        CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, finishes_when_the_limit_passes, {0}));
        CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, waits_for_the_gate, {0}));
        steps(3);
        CHECK_TRACE("TL_OK@3 ");
        CHECK_OK(tl_world_destroy(world));
    }
}
