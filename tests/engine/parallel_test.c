// The parallel phase: what scripts see and do beside each other and alone, and that the number of workers changes
// nothing.
#include <pthread.h>
#include <sched.h>

#include "jobs_at.h"
#include "telar/parallel.h"
#include "trace.h"

/// More than one job takes (parallel.c), so that others get some.
enum { MANY = 1500 };

static void make_parallel_world(tl_jobs *jobs)
{
    CHECK_OK(tl_world_create(&(tl_world_desc){.jobs = jobs, .max_scripts = 2 * MANY, .stack_size = 32768}, &world));
}

#define SPAWN_PARALLEL(script, function, ...)                                                                          \
    CHECK_OK(tl_spawn_with(world, (&(tl_script_desc){.phase = TL_PHASE_PARALLEL}), script, function, __VA_ARGS__))

static void destroy_world(void)
{
    CHECK_OK(tl_world_destroy(world));
}

static tl_entity things[MANY];

static void make_things(void)
{
    for (int i = 0; i < MANY; ++i)
        things[i] = make(TL_NO_ENTITY);
}

static float x_of(tl_entity entity)
{
    tl_transform transform = {.position = {-1}};
    CHECK_OK(tl_entity_get_transform(world, entity, &transform));
    return transform.position[0];
}

static void set_x(tl_entity entity, float x)
{
    tl_transform transform;
    CHECK_OK(tl_entity_get_transform(world, entity, &transform));
    transform.position[0] = x;
    CHECK_OK(tl_entity_set_transform(world, entity, &transform));
}

struct thing {
    int index;
};

static void spawn_things(const tl_fiber_entry *entry)
{
    for (int i = 0; i < MANY; ++i) {
        tl_script_desc desc = {.owner = things[i], .phase = TL_PHASE_PARALLEL};
        CHECK_OK(tl_spawn_raw(world, &desc, entry, &(struct thing){i}, NULL, NULL));
    }
}

// What they see.

/// Each takes its left neighbour's place, so that all places go round, as long as nobody sees what others write now.
TL_SCRIPT(goes_round, struct thing, me)
{
    for (;;) {
        float left = x_of(things[(me->index + MANY - 1) % MANY]);
        set_x(things[me->index], left);
        CHECK_NEAR(left, x_of(things[me->index]), 0); // one's own is seen
        set_x(things[me->index], left);
        tl_wait_frame();
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
            set_x(things[0], x_of(things[0])); // from outside it changes nothing
        }
        destroy_world();
    }
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
    tl_jobs *jobs;
    CHECK_OK(tl_jobs_create(&(tl_jobs_desc){.workers = 2}, &jobs));
    make_parallel_world(jobs);
    make_things();
    spawn_things(&waits_for_company__entry);
    steps(1);
    CHECK(elsewhere > 0);
    CHECK_UINT(0, tl_script_count(world));
    destroy_world();
    CHECK_OK(tl_jobs_destroy(jobs));
}

// Turns.

static plain_event event;
static int turns[MANY], turn_count, beside_count;

TL_SCRIPT(takes_turns, struct thing, me)
{
    for (;;) {
        __atomic_add_fetch(&beside_count, 1, __ATOMIC_RELAXED);
        if (me->index % 3 == 0)
            CHECK_OK(tl_emit(event, {0}));
        else if (me->index % 3 == 1)
            CHECK_OK(tl_wait_turn());
        CHECK_OK(tl_wait_turn());
        CHECK_INT(MANY, beside_count); // all the others have waited
        turns[turn_count++] = me->index;
        tl_wait_frame();
    }
}

TEST(turns_come_in_order_when_all_have_run_beside_each_other)
{
    AT_EVERY_SIZE (jobs) {
        make_parallel_world(jobs);
        CHECK_OK(tl_event_create(world, TL_NO_ENTITY, "e", &event));
        make_things();
        spawn_things(&takes_turns__entry);
        for (int step = 0; step < 3; ++step) {
            turn_count = beside_count = 0;
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
    CHECK_OK(tl_wait_turn()); // it is alone anyway
    note("a");
    CHECK_OK(tl_wait_phase(TL_PHASE_PARALLEL));
    CHECK_OK(tl_wait_turn());
    note("b");
    tl_wait_frame();
    CHECK_OK(tl_wait_turn());
    note("c");
    tl_wait_phase(TL_PHASE_STEP);
    note("d");
    tl_wait_frame();
    note("e");
}

TEST(a_script_comes_and_goes)
{
    make_parallel_world(NULL);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, takes_a_turn_elsewhere, {0}));
    steps(1);
    CHECK_TRACE("a"); // the parallel phase was over
    steps(1);
    CHECK_TRACE("b");
    steps(1);
    CHECK_TRACE("cd");
    steps(1);
    CHECK_TRACE("e");
    CHECK_MISUSE(TL_ERROR_NO_SCRIPT, tl_wait_turn());
    destroy_world();
}

// The same run for any number of workers: a world where much happens at once.

typedef TL_CHANNEL(struct thing) thing_channel;
static thing_channel channel;
static tl_group *slow;
static uint64_t commits; ///< a hash of what happens alone, in order

static void commit(uint64_t what)
{
    commits = (commits ^ what) * 0x100000001b3u;
}

TL_SCRIPT(strolls, struct thing, me)
{
    for (int i = 0; i < 3; ++i) {
        CHECK_OK(tl_wait_turn());
        commit((uint64_t)me->index * 16 + 1);
        CHECK_OK(tl_wait_frames(1 + me->index % 2));
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
        if (tl_receive(channel, &received, TL_WITHIN(0.03)) == TL_OK && tl_wait_turn() == TL_OK)
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
        tl_wait_frame();
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
            tl_wait_frame();
        }
        do_something_else(me, check_random(&dice));
        CHECK_OK(tl_wait_turn());
        commit((uint64_t)me->index * 16);
    }
}

static void ignore_log(const tl_log *log)
{
    (void)log;
}

static uint64_t run_many(tl_jobs *jobs)
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
        CHECK_OK(tl_group_freeze(slow, step % 8 == 0));
        steps(1);
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
        tl_jobs *jobs = jobs_at_create(&(tl_jobs_desc){.workers = workers[i]});
        CHECK_UINT(alone, run_many(jobs));
        jobs_at_destroy(jobs);
    }
}

// Ends.

static void note_end(void *name)
{
    note("%s ", (const char *)name);
}

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

TEST(each_way_to_end)
{
    make_parallel_world(NULL);
    struct watching watching;
    for (int i = 0; i < 4; ++i)
        SPAWN_PARALLEL(&watching.others[i], ends_somehow, {i});
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, watches_ends, watching));
    tl_set_log_hook(ignore_log);
    steps(1);
    // The return is beside others, what tl_exit and its like do is alone.
    CHECK_TRACE("returned tl_returned exited failed TL_OK:10 TL_OK:11 TL_OK:0 TL_ERROR_FAILED:-1it failed ");
    CHECK_UINT(0, tl_script_count(world));
    destroy_world();
}

static tl_script victims[3];

/// The first one ends the others: one that waits for its turn, one that has returned, one that waits for the next step.
TL_SCRIPT(ends_others, struct thing, me)
{
    char *names[] = {"0", "1", "2", "3"};
    tl_defer(note_end, names[me->index]);
    if (me->index == 2)
        return;
    if (me->index == 3) {
        tl_wait_frame();
        CHECK_UNREACHED();
    }
    CHECK_OK(tl_wait_turn());
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
    tl_wait_frame();
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
    // The cancelled one finishes what it cleans up, and ends at its next wait.
    CHECK_TRACE("2 3 emitted 7 done 0 ");
    CHECK_UINT(0, tl_script_count(world));
    destroy_world();
}

// Groups.

static tl_group *group;

TL_SCRIPT(ticks, struct thing, me)
{
    for (;;) {
        CHECK_OK(tl_wait_turn());
        note("%d", me->index);
        tl_wait_frame();
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
    CHECK_OK(tl_group_freeze(group, true));
    steps(3);
    CHECK_TRACE("");
    CHECK_OK(tl_group_freeze(group, false));
    steps(1);
    CHECK_TRACE("0123");
    destroy_world();
}

TL_SCRIPT(freezes, tl_nothing, unused)
{
    CHECK_OK(tl_wait_frames(2));
    CHECK_OK(tl_group_freeze(group, true));
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
    // One more that is ready when the group is frozen.
    CHECK_OK(tl_spawn_with(world, (&(tl_script_desc){.phase = TL_PHASE_PARALLEL, .group = group}), NULL, ticks, {3}));
    steps(2);
    CHECK_TRACE("");
    CHECK_OK(tl_group_freeze(group, false));
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
    CHECK_OK(tl_wait_frames(2));
    note("e%ju ", step_count());
    CHECK_OK(tl_wait_frame());
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
    tl_script_info info;
    CHECK_OK(tl_script_get_info(world, script, &info));
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
    CHECK_OK(tl_wait_job(NULL, doubles, &number));
    CHECK_INT(2 * me->index, number);
    tl_wait_frame();
    CHECK_OK(tl_wait_job(NULL, doubles, &number));
    CHECK_OK(tl_wait_turn());
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

TL_JOB(is_slow, int, number)
{
    while (!tl_job_is_cancelled())
        sched_yield();
    ++*number;
}

TL_SCRIPT(waits_for_a_slow_job, tl_nothing, unused)
{
    tl_defer(note_end, "unwound");
    int number = 0;
    tl_wait_job(NULL, is_slow, &number); // begun beside others, waited for in its turn
    CHECK_UNREACHED();
}

TL_SCRIPT(ends_the_first_victim, tl_nothing, unused)
{
    CHECK_OK(tl_script_cancel(world, victims[0]));
    note("cancelled ");
}

/// It has begun its job, which uses its variables, and is cancelled before its turn has come to wait for it.
TEST(a_script_whose_job_has_begun_stays_until_that_is_done)
{
    tl_jobs *jobs = jobs_at_create(&(tl_jobs_desc){.workers = 2});
    CHECK_OK(tl_world_create(&(tl_world_desc){.jobs = jobs, .lockstep = true}, &world));
    SPAWN_PARALLEL(NULL, ends_the_first_victim, {0});
    SPAWN_PARALLEL(&victims[0], waits_for_a_slow_job, {0});
    steps(1);
    CHECK_TRACE("cancelled unwound ");
    CHECK_UINT(0, tl_script_count(world));
    destroy_world();
    jobs_at_destroy(jobs);
}

TL_SCRIPT(waits_at_most, tl_nothing, unused)
{
    tl_result how = tl_wait_event(event, NULL, TL_WITHIN(0.1));
    note("%s@%ju ", tl_result_name(how), step_count());
    tl_wait_frame();
    note("@%ju ", step_count());
}

TL_SCRIPT(emits_in_the_second_step, tl_nothing, unused)
{
    tl_wait_frame();
    CHECK_OK(tl_emit(event, {0}));
}

/// Its limit has passed, so it is to be looked at in its turn; before that comes what it waits for.
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
    CHECK_OK(tl_group_freeze(group, false));
}

/// Frozen when all ran beside each other, thawed in a turn.
TEST(a_group_that_thaws_in_a_turn_goes_on_in_this_step)
{
    make_parallel_world(NULL);
    CHECK_OK(tl_group_create(world, &(tl_group_desc){0}, &group));
    CHECK_OK(tl_spawn_with(world, (&(tl_script_desc){.phase = TL_PHASE_BEFORE}), NULL, freezes, {0}));
    steps(2);
    SPAWN_PARALLEL(NULL, thaws, {0});
    CHECK_OK(tl_group_freeze(group, false));
    CHECK_OK(tl_spawn_with(world, (&(tl_script_desc){.phase = TL_PHASE_PARALLEL, .group = group}), NULL, ticks, {5}));
    steps(1); // in which it is frozen before, and thaws
    CHECK_TRACE("5");
    destroy_world();
}

// Seats.

TL_SCRIPT(stays, struct thing, me)
{
    for (;;) {
        if (me->index % 2 == 0)
            tl_wait_frame();
        else
            tl_wait_seconds(0.1);
        CHECK_OK(tl_wait_turn());
        turns[turn_count++] = me->index;
    }
}

TEST(many_come_and_go_and_the_order_stays)
{
    make_parallel_world(NULL);
    static tl_script scripts[MANY];
    int begun = 0, lowest = 0;
    for (int round = 0; round < 40; ++round) {
        for (int i = 0; i < 100 && begun < MANY; ++i, ++begun)
            SPAWN_PARALLEL(&scripts[begun], stays, {begun});
        steps(1);
        for (int i = 0; i < 95 && lowest < begun; ++i, ++lowest)
            CHECK_OK(tl_script_cancel(world, scripts[lowest]));
        turn_count = 0;
        steps(1);
        int last = -1, even = 0;
        for (int i = 0; i < turn_count; ++i) {
            CHECK(turns[i] > last && turns[i] >= lowest);
            last = turns[i];
            even += turns[i] % 2 == 0;
        }
        CHECK_INT((begun + 1) / 2 - (lowest + 1) / 2, even); // who waits for the next step has it
    }
    CHECK_UINT((unsigned)(begun - lowest), tl_script_count(world));
    destroy_world();
}

/// Scripts that are spawned between the steps, for ever, take no more memory than those that are alive.
TEST(seats_are_used_again_whenever_they_are_taken)
{
    make_parallel_world(NULL);
    long before = 0;
    for (int round = 0; round < 200; ++round) {
        for (int i = 0; i < 100; ++i)
            SPAWN_PARALLEL(NULL, does_nothing, {0});
        steps(1);
        if (round == 20)
            before = jobs_at_resizes();
    }
    CHECK_INT(before, jobs_at_resizes());
    destroy_world();
}

TL_SCRIPT(writes_its_own, struct thing, me)
{
    for (;;) {
        set_x(things[0], 1);
        note("%d", me->index);
        tl_wait_frame();
    }
}

TL_SCRIPT(notes_beside, struct thing, me)
{
    note("%d", me->index);
}

/// Its entity's only one again, when the other was cancelled.
TEST(the_only_script_of_an_entity_writes_beside_others)
{
    make_parallel_world(NULL);
    things[0] = make(TL_NO_ENTITY);
    tl_script_desc desc = {.owner = things[0], .phase = TL_PHASE_PARALLEL};
    tl_script scripts[2];
    CHECK_OK(tl_spawn_with(world, &desc, &scripts[0], writes_its_own, {0}));
    CHECK_OK(tl_spawn_with(world, &desc, &scripts[1], writes_its_own, {1}));
    SPAWN_PARALLEL(NULL, notes_beside, {9});
    steps(1);
    CHECK_TRACE("901"); // the two are not alone with it, and wait for their turns
    CHECK_OK(tl_script_cancel(world, scripts[0]));
    SPAWN_PARALLEL(NULL, notes_beside, {9});
    steps(1);
    CHECK_TRACE("19");
    destroy_world();
}

TEST(no_memory_for_a_seat)
{
    make_parallel_world(NULL);
    SPAWN_PARALLEL(NULL, does_nothing, {0});
    for (long after = 0;; ++after) {
        jobs_at_fail_after = after;
        tl_result result = TL_OK;
        for (int i = 0; i < 600 && result == TL_OK; ++i)
            result = tl_spawn_with(world, (&(tl_script_desc){.phase = TL_PHASE_PARALLEL}), NULL, does_nothing, {0});
        jobs_at_fail_after = -1;
        uint32_t count = tl_script_count(world);
        steps(1);
        CHECK_UINT(0, tl_script_count(world));
        if (result == TL_OK)
            break;
        CHECK_RESULT(TL_ERROR_OUT_OF_MEMORY, result);
        CHECK(count < 601);
    }
    destroy_world();
    CHECK_INT(0, jobs_at_allocations());
}

/// And if nobody ever steps the world.
TEST(seats_are_used_again_without_any_step)
{
    make_parallel_world(NULL);
    long before = 0;
    for (int round = 0; round < 100; ++round) {
        for (int i = 0; i < 100; ++i) {
            tl_script script;
            SPAWN_PARALLEL(&script, does_nothing, {0});
            CHECK_OK(tl_script_cancel(world, script));
        }
        if (round == 20)
            before = jobs_at_resizes();
    }
    CHECK_INT(before, jobs_at_resizes());
    destroy_world();
}

// What a script does to itself, and others to it, while it is beside others.

static bool waits_in_a_predicate(void *unused)
{
    (void)unused;
    CHECK_MISUSE(TL_ERROR_NO_SCRIPT, tl_wait_frame());
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
    TL_SHIELD
    {
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
    CHECK_UINT(1, tl_script_count(world)); // the shield
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
        tl_wait_frame();
}

TEST(one_whose_fiber_somebody_cancelled_ends)
{
    make_parallel_world(NULL);
    SPAWN_PARALLEL(NULL, shows_its_fiber, {0});
    steps(2);
    CHECK_OK(tl_fiber_cancel(got_hold_of));
    CHECK_OK(tl_world_step(world));
    CHECK_TOLD(TL_ERROR_FINISHED);
    CHECK_UINT(0, tl_script_count(world));
    destroy_world();
}

static tl_world *far_world;
static tl_entity far_entity;

TL_SCRIPT(writes_far_away, struct thing, me)
{
    tl_transform there = {.position = {(float)me->index}, .scale = {1, 1, 1}};
    CHECK_OK(tl_entity_set_transform(far_world, far_entity, &there));
    note("%d", me->index);
}

/// Its own entity's id is also one of another world.
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
    SPAWN_PARALLEL(NULL, notes_beside, {2});
    steps(1);
    CHECK_TRACE("21"); // in its turn
    destroy_world();
    CHECK_OK(tl_world_destroy(far_world));
}

TL_SCRIPT(thaws_and_freezes, tl_nothing, unused)
{
    for (;;) {
        CHECK_OK(tl_group_freeze(group, false));
        CHECK_OK(tl_wait_phase(TL_PHASE_AFTER));
        CHECK_OK(tl_group_freeze(group, true));
        CHECK_OK(tl_wait_phase(TL_PHASE_BEFORE));
    }
}

/// The group's time does not go on in a step at whose beginning it is frozen.
TEST(a_step_that_a_group_did_not_have_wakes_nobody)
{
    tick_in_group(0);
    CHECK_OK(tl_spawn_with(world, (&(tl_script_desc){.group = group}), NULL, ticks, {7}));
    steps(1);
    CHECK_TRACE("01237");
    CHECK_OK(tl_group_freeze(group, true));
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

/// When the queue is full, the thread runs jobs first, on the stack of the script's.
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
    CHECK_OK(tl_wait_job(NULL, doubles, &number));
    note("%d", number);
}

static void *step_from_a_thread(void *unused)
{
    steps(1);
    return unused;
}

/// However few there are, they run where the jobs do.
TEST(a_thread_that_is_no_worker_may_step_a_world)
{
    tl_jobs *jobs = jobs_at_create(&(tl_jobs_desc){.workers = 2});
    CHECK_OK(tl_world_create(&(tl_world_desc){.jobs = jobs, .lockstep = true}, &world));
    SPAWN_PARALLEL(NULL, waits_for_a_job_of_no_system, {0});
    pthread_t thread;
    CHECK_INT(0, pthread_create(&thread, NULL, step_from_a_thread, NULL));
    pthread_join(thread, NULL);
    CHECK_TRACE("2");
    destroy_world();
    jobs_at_destroy(jobs);
}

// Misuse.

TL_FIBER(emits, tl_nothing, unused)
{
    CHECK_MISUSE(TL_ERROR_NO_SCRIPT, tl_emit(event, {0}));
    CHECK_MISUSE(TL_ERROR_NO_SCRIPT, tl_wait_turn());
    CHECK_MISUSE(TL_ERROR_NO_SCRIPT, tl_wait_frame());
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
    CHECK_RESULT(TL_ERROR_STALE, tl_entity_set_transform(world, (tl_entity){9999, 1}, &(tl_transform){.scale = {1}}));
    // Not its own, or not its alone: in its turn.
    set_x(things[0], (float)me->index);
    set_x(things[1], (float)me->index);
    CHECK_NEAR(me->index, x_of(things[1]), 0);
    turns[turn_count++] = me->index;
}

TEST(what_is_not_ones_own_is_written_in_turns)
{
    make_parallel_world(NULL);
    make_things();
    for (int i = 0; i < 3; ++i) // two of the same entity's are not alone with it
        CHECK_OK(tl_spawn_with(world, (&(tl_script_desc){.owner = things[i / 2 * 2], .phase = TL_PHASE_PARALLEL}), NULL,
                               misuses, {i}));
    steps(1);
    CHECK_INT(3, turn_count);
    CHECK_NEAR(2, x_of(things[0]), 0);
    CHECK_NEAR(2, x_of(things[1]), 0);
    destroy_world();
}

// Where all entities are.

TEST(where_all_entities_are)
{
    AT_EVERY_SIZE (jobs) {
        make_parallel_world(jobs);
        const tl_placed *placed;
        uint32_t count;
        CHECK_OK(tl_world_place_all(world, &placed, &count));
        CHECK_UINT(0, count);
        make_things();
        uint64_t dice = 7;
        for (int round = 0; round < 6; ++round) {
            for (int i = 0; i < MANY / 4; ++i) {
                tl_entity child = things[check_random(&dice) % MANY], parent = things[check_random(&dice) % MANY];
                bool cycle = false;
                for (tl_entity above = parent; above.index1 != 0; above = tl_entity_parent(world, above))
                    cycle = cycle || above.index1 == child.index1;
                if (!cycle && tl_entity_is_alive(world, child) && tl_entity_is_alive(world, parent))
                    CHECK_OK(tl_entity_set_parent(world, child, parent));
                if (tl_entity_is_alive(world, child))
                    set_x(child, (float)(check_random(&dice) % 100));
            }
            if (round == 3)
                for (int i = 0; i < 20; ++i)
                    tl_entity_destroy(world, things[check_random(&dice) % MANY]);
            CHECK_OK(tl_world_place_all(world, &placed, &count));
            CHECK_UINT(tl_entity_count(world), count);
            for (uint32_t i = 0; i < count; ++i) {
                mat4 expected;
                CHECK_OK(tl_entity_world_matrix(world, placed[i].entity, expected));
                for (int at = 0; at < 16; ++at)
                    CHECK_NEAR(((float *)expected)[at], ((const float *)placed[i].matrix)[at], 1e-2);
            }
        }
        destroy_world();
    }
}

static void place_all(void *unused)
{
    (void)unused;
    const tl_placed *placed;
    uint32_t count;
    CHECK_OK(tl_world_place_all(world, &placed, &count));
    CHECK_UINT(tl_entity_count(world), count);
    for (uint32_t i = 0; i < count; ++i) {
        mat4 expected;
        CHECK_OK(tl_entity_world_matrix(world, placed[i].entity, expected));
        CHECK_NEAR(expected[3][0], placed[i].matrix[3][0], 0);
    }
}

TL_SCRIPT(places_all_at_its_end, tl_nothing, unused)
{
    tl_defer(place_all, NULL);
    tl_wait_seconds(1000);
}

TEST(those_whose_parent_is_being_destroyed_are_somewhere_too)
{
    make_parallel_world(NULL);
    tl_entity top = make(TL_NO_ENTITY), older = make(top), newer = make(top);
    set_x(top, 5);
    set_x(older, 7);
    CHECK_OK(tl_spawn(world, newer, NULL, places_all_at_its_end, {0}));
    steps(1);
    place_all(NULL);
    CHECK_OK(tl_entity_destroy(world, top));
    destroy_world();
}

TL_SCRIPT(places_all_in_a_step, uint64_t *, step)
{
    place_all(NULL);
    *(*step) = step_count();
}

/// Scripts are not suspended in it.
TEST(scripts_ask_where_all_are)
{
    AT_EVERY_SIZE (jobs) {
        make_parallel_world(jobs);
        make_things();
        uint64_t at[2] = {0, 0};
        CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, places_all_in_a_step, &at[0]));
        SPAWN_PARALLEL(NULL, places_all_in_a_step, &at[1]);
        steps(1);
        CHECK_UINT(1, at[0]);
        CHECK_UINT(1, at[1]);
        destroy_world();
    }
}

TEST(asking_for_nothing_where_all_are)
{
    tl_placed *placed;
    uint32_t count = 1;
    CHECK_MISUSE(TL_ERROR_NULL, tl_world_place_all(NULL, (const tl_placed **)&placed, &count));
    CHECK_UINT(0, count);
}
