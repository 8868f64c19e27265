// SPDX-License-Identifier: MIT
// The parallel phase: what scripts see and do in parallel and exclusively, and that the number of workers changes
// nothing.
#include <pthread.h>
#include <sched.h>

#include "parallel_world.h"

// What parallel scripts see.

/// Each thing takes its left neighbour's x, so that all values go round, as long as no script sees what others write in
/// this step.
TL_SCRIPT(goes_round, struct thing, me)
{
    for (;;) {
        float left = x_of(things[(me->index + MANY - 1) % MANY]);
        set_x(things[me->index], left);
        CHECK_NEAR(left, x_of(things[me->index]), 0); // a script sees its own write
        set_x(things[me->index], left);
        tl_wait_step();
    }
}

TEST(each_sees_the_others_as_they_were_and_itself_as_it_is)
{
    AT_EVERY_SIZE (jobs) {
        make_parallel_world(jobs);
        make_things();
        for (int i = 0; i < MANY; ++i)
            set_x(things[i], (float)i);
        spawn_things(&goes_round__entry);
        for (int step = 1; step <= 20; ++step) {
            steps(1);
            for (int i = 0; i < MANY; ++i)
                CHECK_NEAR((i + MANY - step) % MANY, x_of(things[i]), 0);
            set_x(things[0], x_of(things[0])); // a write from outside changes nothing
        }
        destroy_world();
    }
}

TEST(a_step_is_one_turn_of_each)
{
    enum { STEPS = 10 };
    make_parallel_world(NULL);
    make_things();
    spawn_things(&goes_round__entry);
    steps(STEPS);
    CHECK_UINT(STEPS * MANY, tl_world_turns(world)); // also in a debug build, where a wait is checked at length
    destroy_world();
}

static pthread_t main_thread;
static int elsewhere; ///< scripts that ran on other threads

/// The first one waits for the others, which only other threads can run meanwhile.
TL_SCRIPT(waits_for_company, struct thing, me)
{
    if (!pthread_equal(pthread_self(), main_thread))
        __atomic_add_fetch(&elsewhere, 1, __ATOMIC_RELAXED);
    while (me->index == 0 && pthread_equal(pthread_self(), main_thread) &&
           __atomic_load_n(&elsewhere, __ATOMIC_RELAXED) == 0)
        sched_yield();
}

TEST(other_threads_take_part)
{
    main_thread = pthread_self();
    tl_job_system *jobs;
    CHECK_OK(tl_job_system_create(&(tl_job_system_desc){.workers = 2}, &jobs));
    make_parallel_world(jobs);
    make_things();
    spawn_things(&waits_for_company__entry);
    steps(1);
    CHECK(elsewhere > 0);
    CHECK_UINT(0, tl_script_count(world));
    destroy_world();
    CHECK_OK(tl_job_system_destroy(jobs));
}

// Running exclusively.

static int parallel_count;

TL_SCRIPT(takes_turns, struct thing, me)
{
    for (;;) {
        __atomic_add_fetch(&parallel_count, 1, __ATOMIC_RELAXED);
        if (me->index % 3 == 0)
            CHECK_OK(tl_emit(event, {0}));
        else if (me->index % 3 == 1)
            CHECK_OK(tl_wait_exclusive());
        CHECK_OK(tl_wait_exclusive());
        CHECK_INT(MANY, parallel_count); // all others have run their parallel parts
        turns[turn_count++] = me->index;
        tl_wait_step();
    }
}

TEST(effects_come_in_order_after_all_have_run_concurrently)
{
    AT_EVERY_SIZE (jobs) {
        make_parallel_world(jobs);
        CHECK_OK(tl_event_create(world, TL_NO_ENTITY, "e", &event));
        make_things();
        spawn_things(&takes_turns__entry);
        for (int step = 0; step < 3; ++step) {
            turn_count = parallel_count = 0;
            steps(1);
            CHECK_INT(MANY, turn_count);
            for (int i = 0; i < MANY; ++i)
                CHECK_INT(i, turns[i]);
        }
        destroy_world();
    }
}

TL_SCRIPT(takes_a_turn_elsewhere, tl_nothing, unused)
{
    CHECK_OK(tl_wait_exclusive()); // it is alone anyway
    note("a");
    CHECK_OK(tl_wait_phase(TL_PHASE_PARALLEL));
    CHECK_OK(tl_wait_exclusive());
    note("b");
    tl_wait_step();
    CHECK_OK(tl_wait_exclusive());
    note("c");
    tl_wait_phase(TL_PHASE_STEP);
    note("d");
    tl_wait_step();
    note("e");
}

TEST(a_script_comes_and_goes)
{
    make_parallel_world(NULL);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, takes_a_turn_elsewhere, {0}));
    steps(1);
    CHECK_TRACE("a"); // the parallel phase of this step was over
    steps(1);
    CHECK_TRACE("b");
    steps(1);
    CHECK_TRACE("cd");
    steps(1);
    CHECK_TRACE("e");
    CHECK_MISUSE(TL_ERROR_NO_SCRIPT, tl_wait_exclusive());
    destroy_world();
}

// The same run for any number of workers: a world where much happens at once.

typedef TL_CHANNEL(struct thing) thing_channel;
static thing_channel channel;
static tl_group *slow;
static uint64_t commits; ///< a hash of what happens exclusively, in order

static void commit(uint64_t what)
{
    commits = (commits ^ what) * 0x100000001b3u;
}

TL_SCRIPT(strolls, struct thing, me)
{
    for (int i = 0; i < 3; ++i) {
        CHECK_OK(tl_wait_exclusive());
        commit((uint64_t)me->index * 16 + 1);
        CHECK_OK(tl_wait_steps(1 + me->index % 2));
    }
}

static void leave(void *index)
{
    CHECK_OK(tl_emit(event, {0}));
    commit((uintptr_t)index * 16 + 2);
}

static bool is_far(void *entity)
{
    return x_of(*(tl_entity *)entity) > 50;
}

static void do_something_else(const struct thing *me, uint64_t dice)
{
    struct thing received;
    switch (dice % 10) {
    case 0: CHECK_OK(tl_emit(event, {0})); break;
    case 1: tl_wait_event(event, NULL, TL_WITHIN(0.05)); break;
    case 2: CHECK_OK(tl_wait_seconds(0.01 * (double)(dice / 10 % 8))); break;
    case 3: tl_race(TL_CHILD(strolls, {me->index}), TL_AFTER(0.04), TL_ON(event, NULL)); break;
    case 4: tl_try_send(channel, me); break;
    case 5:
        if (tl_receive(channel, &received, TL_WITHIN(0.03)) == TL_OK && tl_wait_exclusive() == TL_OK)
            commit((uint64_t)received.index * 16 + 3);
        break;
    case 6:
        tl_spawn_with(world, (&(tl_script_desc){.phase = TL_PHASE_PARALLEL, .group = slow}), NULL, strolls,
                      {me->index + MANY});
        break;
    case 7:
        if (dice / 10 % 8 == 0 && tl_entity_destroy(world, things[dice / 80 % MANY]) == TL_OK)
            commit(dice);
        break;
    case 8: tl_wait_until(is_far, &things[me->index], TL_WITHIN(0.1)); break;
    default:
        if (dice / 10 % 64 == 0)
            tl_fail(1, "enough");
        tl_wait_step();
        break;
    }
}

TL_SCRIPT(lives, struct thing, me)
{
    uint64_t dice = (uint64_t)me->index;
    for (;;) {
        tl_defer(leave, (void *)(uintptr_t)me->index);
        for (uint64_t rest = check_random(&dice) % 8; rest > 0; --rest) {
            tl_entity near = things[check_random(&dice) % MANY];
            if (tl_entity_is_alive(world, near))
                set_x(things[me->index], 0.5f * (x_of(near) + x_of(things[me->index])) + 1);
            tl_wait_step();
        }
        do_something_else(me, check_random(&dice));
        CHECK_OK(tl_wait_exclusive());
        commit((uint64_t)me->index * 16);
    }
}

static void ignore_log(const tl_log *log)
{
    (void)log;
}

static uint64_t run_many(tl_job_system *jobs)
{
    commits = 0xcbf29ce484222325u;
    make_parallel_world(jobs);
    tl_set_log_hook(ignore_log);
    CHECK_OK(tl_event_create(world, TL_NO_ENTITY, "e", &event));
    CHECK_OK(tl_channel_create(world, TL_NO_ENTITY, "c", 4, &channel));
    CHECK_OK(tl_group_create(world, &(tl_group_desc){.name = "slow", .budget = 40}, &slow));
    make_things();
    spawn_things(&lives__entry);
    for (int step = 0; step < 60; ++step) {
        if (step % 8 == 0)
            CHECK_OK(tl_group_freeze(slow));
        steps(1);
        if (step % 8 == 0)
            CHECK_OK(tl_group_thaw(slow));
        commit(tl_script_count(world));
    }
    for (int i = 0; i < MANY; ++i)
        if (tl_entity_is_alive(world, things[i]))
            commit((uint64_t)(x_of(things[i]) * 1000));
    destroy_world();
    return commits;
}

TEST(any_number_of_workers_gives_the_same_run)
{
    uint64_t alone = run_many(NULL);
    static const uint32_t workers[] = {1, 2, 3, 8, 16};
    for (size_t i = 0; i < sizeof workers / sizeof *workers; ++i) {
        tl_job_system *jobs = jobs_at_create(&(tl_job_system_desc){.workers = workers[i]});
        CHECK_UINT(alone, run_many(jobs));
        jobs_at_destroy(jobs);
    }
}

// Entities that are a script's own, and others.

TL_SCRIPT(writes_its_own, struct thing, me)
{
    for (;;) {
        set_x(things[0], 1);
        note("%d", me->index);
        tl_wait_step();
    }
}

/// When one of the entity's two scripts is cancelled, the other one is its only script again.
TEST(the_only_script_of_an_entity_writes_in_parallel)
{
    make_parallel_world(NULL);
    things[0] = make(TL_NO_ENTITY);
    tl_script_desc desc = {.owner = things[0], .phase = TL_PHASE_PARALLEL};
    tl_script scripts[2];
    CHECK_OK(tl_spawn_with(world, &desc, &scripts[0], writes_its_own, {0}));
    CHECK_OK(tl_spawn_with(world, &desc, &scripts[1], writes_its_own, {1}));
    SPAWN_PARALLEL(NULL, notes_in_parallel, {9});
    steps(1);
    CHECK_TRACE("901"); // the two share the entity, so they write exclusively
    CHECK_OK(tl_script_cancel(world, scripts[0]));
    SPAWN_PARALLEL(NULL, notes_in_parallel, {9});
    steps(1);
    CHECK_TRACE("19");
    destroy_world();
}

static tl_world *far_world;
static tl_entity far_entity;

TL_SCRIPT(writes_far_away, struct thing, me)
{
    tl_transform there = {.position.x = (float)me->index, .scale = {{1, 1, 1}}};
    CHECK_OK(tl_entity_set_transform(far_world, far_entity, &there));
    note("%d", me->index);
}

/// The script's own entity has the same id as an entity of another world.
TEST(another_worlds_entity_is_not_its_own)
{
    CHECK_OK(tl_world_create(&(tl_world_desc){0}, &far_world));
    CHECK_OK(tl_entity_create(far_world, TL_NO_ENTITY, &far_entity));
    CHECK_OK(tl_spawn_with(far_world, (&(tl_script_desc){.owner = far_entity, .phase = TL_PHASE_PARALLEL}), NULL,
                           does_nothing, {0}));
    make_parallel_world(NULL);
    tl_entity own = make(TL_NO_ENTITY);
    CHECK_UINT(far_entity.index1, own.index1);
    CHECK_OK(tl_spawn_with(world, (&(tl_script_desc){.owner = own, .phase = TL_PHASE_PARALLEL}), NULL, writes_far_away,
                           {1}));
    SPAWN_PARALLEL(NULL, notes_in_parallel, {2});
    steps(1);
    CHECK_TRACE("21"); // written exclusively
    destroy_world();
    CHECK_OK(tl_world_destroy(far_world));
}

// Misuse.

TL_FIBER(emits, tl_nothing, unused)
{
    CHECK_MISUSE(TL_ERROR_NO_SCRIPT, tl_emit(event, {0}));
    CHECK_MISUSE(TL_ERROR_NO_SCRIPT, tl_wait_exclusive());
    CHECK_MISUSE(TL_ERROR_NO_SCRIPT, tl_wait_step());
    tl_entity entity;
    CHECK_MISUSE(TL_ERROR_NO_SCRIPT, tl_entity_create(world, TL_NO_ENTITY, &entity));
    note("refused");
}

TL_SCRIPT(has_a_fiber_of_its_own, tl_pool *, pool)
{
    tl_fiber *fiber;
    CHECK_OK(tl_fiber_create(*pool, &fiber, emits, {0}));
    CHECK_RESULT(TL_FINISHED, tl_resume(fiber, NULL));
    CHECK_OK(tl_fiber_destroy(fiber));
}

TEST(a_fiber_of_its_own_cannot_wait_for_a_turn)
{
    make_parallel_world(NULL);
    CHECK_OK(tl_event_create(world, TL_NO_ENTITY, "e", &event));
    tl_pool *pool;
    CHECK_OK(tl_pool_create(&(tl_pool_desc){0}, &pool));
    SPAWN_PARALLEL(NULL, has_a_fiber_of_its_own, pool);
    steps(1);
    CHECK_TRACE("refused");
    destroy_world();
    CHECK_OK(tl_pool_destroy(pool));
}

TL_SCRIPT(misuses, struct thing, me)
{
    if (me->index == 0)
        CHECK_MISUSE(TL_ERROR_IN_SCRIPT, tl_world_step(world));
    CHECK_RESULT(TL_ERROR_STALE, tl_entity_set_transform(world, (tl_entity){9999, 1}, &(tl_transform){.scale.x = 1}));
    // The entities are not its own, or not its alone, so it writes exclusively.
    set_x(things[0], (float)me->index);
    set_x(things[1], (float)me->index);
    CHECK_NEAR(me->index, x_of(things[1]), 0);
    turns[turn_count++] = me->index;
}

TEST(what_is_not_ones_own_is_written_in_turns)
{
    make_parallel_world(NULL);
    make_things();
    for (int i = 0; i < 3; ++i) // the first two share an entity
        CHECK_OK(tl_spawn_with(world, (&(tl_script_desc){.owner = things[i / 2 * 2], .phase = TL_PHASE_PARALLEL}), NULL,
                               misuses, {i}));
    steps(1);
    CHECK_INT(3, turn_count);
    CHECK_NEAR(2, x_of(things[0]), 0);
    CHECK_NEAR(2, x_of(things[1]), 0);
    destroy_world();
}
