// SPDX-License-Identifier: MIT
// Worlds of parallel and other scripts that wait for jobs, locks, times and each other come and go, for as long as
// TELAR_SOAK="seconds workers seed" says. Nothing hangs, nothing is left, nothing is lost.
#include <stdatomic.h>
#include <time.h>

#include "jobs_at.h"
#include "telar/lock.h"
#include "telar/parallel.h"
#include "trace.h"

enum { ENTITIES = 700, STEPS = 30 };

static struct {
    tl_job_system *jobs;
    tl_entity entities[ENTITIES];
    plain_event event;
    int_channel channel;
    tl_group *group;
    tl_mutex mutex;
    long locked, spawned, ended;
    atomic_long begun, done; ///< numbers of jobs
} all;

static uint64_t choose(uint64_t *dice, uint64_t bound)
{
    return check_random(dice) % bound;
}

TL_JOB(works, uint64_t, dice)
{
    atomic_fetch_add(&all.begun, 1);
    if (choose(dice, 4) == 0) {
        tl_scoped_lock(&all.mutex);
        ++all.locked;
    }
    for (uint64_t turns = choose(dice, 400); turns > 0 && !tl_job_is_cancelled(); --turns)
        check_random(dice);
    atomic_fetch_add(&all.done, 1);
}

TL_FOR_BODY(works_a_little, uint64_t, sums, index)
{
    sums[index] += index;
}

static void wait_for_all(void *counter)
{
    CHECK_OK(tl_counter_wait(counter));
}

static void count_end(void *unused)
{
    (void)unused;
    CHECK_OK(tl_wait_exclusive());
    ++all.ended;
}

TL_SCRIPT(is_a_child, uint64_t, dice)
{
    for (uint64_t i = choose(dice, 3); i > 0; --i)
        tl_wait_seconds(0.01 * (double)choose(dice, 4));
    uint64_t seed = *dice;
    tl_job_call(NULL, works, &seed);
}

static void move(tl_entity entity)
{
    tl_transform transform = tl_entity_get_transform(world, entity);
    ++transform.position.x;
    tl_result set = tl_entity_set_transform(world, entity, &transform);
    CHECK(set == TL_OK || set == TL_ERROR_STALE);
}

static void wait_for_jobs(uint64_t *dice)
{
    tl_counter counter = {.name = "jobs"};
    tl_defer(wait_for_all, &counter);
    for (uint64_t i = choose(dice, 4); i > 0; --i)
        CHECK_OK(tl_job_run(all.jobs, &counter, works, check_random(dice)));
    if (choose(dice, 2) == 0)
        tl_counter_wait(&counter, TL_WITHIN(0.02));
    else
        tl_wait_steps((int64_t)choose(dice, 3));
}

static void do_something(uint64_t *dice)
{
    uint64_t sums[40] = {0}, seed = check_random(dice);
    int item = 1;
    tl_entity near = all.entities[choose(dice, ENTITIES)];
    switch (choose(dice, 14)) {
    case 0: wait_for_jobs(dice); break;
    case 1: CHECK_OK(tl_parallel_for(all.jobs, 40, 4, works_a_little, sums)); break;
    case 2: CHECK_OK(tl_job_call(all.jobs, works, &seed)); break;
    case 3: {
        tl_scoped_lock(&all.mutex);
        ++all.locked;
        break;
    }
    case 4: tl_emit(all.event, {0}); break;
    case 5: tl_wait_event(all.event, NULL, TL_WITHIN(0.05)); break;
    case 6: tl_send(all.channel, &item, TL_WITHIN(0.03)); break;
    case 7: tl_receive(all.channel, &item, TL_WITHIN(0.03)); break;
    case 8: tl_race(TL_CHILD(is_a_child, seed), TL_CHILD(is_a_child, seed + 1), TL_AFTER(0.04)); break;
    case 9: move(near); break;
    case 10: tl_wait_phase(choose(dice, 2) == 0 ? TL_PHASE_PARALLEL : TL_PHASE_STEP); break;
    case 11:
        if (choose(dice, 16) == 0)
            tl_entity_destroy(world, near);
        break;
    case 12:
        if (choose(dice, 16) == 0)
            tl_group_set_budget(all.group, (uint32_t)choose(dice, 3) * 50);
        break;
    default: {
        tl_scoped_shield();
        tl_wait_seconds(0.01);
    } break;
    }
}

struct lively {
    tl_entity self;
    uint64_t dice;
};

TL_SCRIPT(lives, struct lively, me)
{
    tl_defer(count_end, NULL);
    for (;;) {
        move(me->self);
        tl_wait_step();
        if (choose(&me->dice, 4) == 0)
            do_something(&me->dice);
    }
}

static void spawn(uint64_t *dice, tl_entity owner)
{
    tl_script_desc desc = {.owner = owner,
                           .phase = choose(dice, 4) == 0 ? TL_PHASE_STEP : TL_PHASE_PARALLEL,
                           .group = choose(dice, 4) == 0 ? all.group : NULL};
    if (tl_spawn_with(world, &desc, NULL, lives, {owner, check_random(dice)}) == TL_OK)
        ++all.spawned;
}

static void run_round(uint32_t workers, uint64_t *dice)
{
    memset(&all, 0, sizeof all);
    if (choose(dice, 8) == 0)
        workers = 1;
    all.jobs = jobs_at_create(&(tl_job_system_desc){.workers = workers, .fiber_count = 400, .waiting_jobs = 1 << 14});
    tl_world_desc desc = {.jobs = all.jobs, .lockstep = choose(dice, 2) == 0, .stack_size = 32768};
    CHECK_OK(tl_world_create(&desc, &world));
    CHECK_OK(tl_event_create(world, TL_NO_ENTITY, "e", &all.event));
    CHECK_OK(tl_channel_create(world, TL_NO_ENTITY, "c", 3, &all.channel));
    CHECK_OK(tl_group_create(world, &(tl_group_desc){.budget = (uint32_t)choose(dice, 2) * 60}, &all.group));
    for (int i = 0; i < ENTITIES; ++i) {
        all.entities[i] = make(TL_NO_ENTITY);
        spawn(dice, all.entities[i]);
    }
    for (uint64_t step = choose(dice, STEPS); step > 0; --step) {
        bool freezes = choose(dice, 4) == 0;
        if (freezes)
            CHECK_OK(tl_group_freeze(all.group));
        steps(1);
        if (freezes)
            CHECK_OK(tl_group_thaw(all.group));
        for (int i = 0; i < 4; ++i)
            spawn(dice, all.entities[choose(dice, ENTITIES)]);
        tl_entity_destroy(world, all.entities[choose(dice, ENTITIES)]);
    }
    CHECK_OK(tl_world_destroy(world));
    jobs_at_destroy(all.jobs);
    CHECK_INT(atomic_load(&all.begun), atomic_load(&all.done));
    CHECK(all.ended <= all.spawned); // those that never began have nothing to clean up
    CHECK_OK(tl_mutex_try_lock(&all.mutex));
    CHECK_OK(tl_mutex_unlock(&all.mutex));
}

TEST(worlds_come_and_go)
{
    jobs_at_soak soak = jobs_at_read_soak(8);
    uint64_t dice = soak.seed;
    int rounds = 0;
    long spawned = 0;
    for (time_t end = time(NULL) + soak.seconds; time(NULL) < end; ++rounds, spawned += all.spawned)
        run_round(soak.workers, &dice);
    printf("%d worlds, %ld scripts\n", rounds, spawned);
}
