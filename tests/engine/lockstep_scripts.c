// SPDX-License-Identifier: MIT
// What the scripts of a program in lockstep do: at random, all that scripts can.
#include "lockstep.h"

static double some_seconds(uint64_t *dice)
{
    return 0.01 * (double)choose(dice, 7);
}

/// A limit, or none.
static tl_limit some_limit(uint64_t *dice)
{
    switch (choose(dice, 4)) {
    case 0: return TL_WITHIN_REAL(some_seconds(dice));
    case 1: return TL_FOREVER;
    default: return TL_WITHIN(some_seconds(dice));
    }
}

struct life {
    uint64_t id, dice;
    tl_entity owner;
    uint32_t depth;
};

TL_SCRIPT_DECLARE(lives, struct life);

static void act(struct life *me);

static struct life child_of(struct life *me)
{
    return (struct life){check_random(&me->dice), check_random(&me->dice), me->owner, me->depth + 1};
}

tl_entity some_entity(uint64_t *dice)
{
    return all.entities[choose(dice, ENTITIES)];
}

/// A clean-up of a script.
static void note_end(void *ended)
{
    struct life *me = ended;
    NOTE(me, me->dice); // which records how far the script came, too
    if (choose(&me->dice, 24) == 0)
        NOTE(me, tl_entity_destroy(world, some_entity(&me->dice)));
    if (choose(&me->dice, 24) == 0)
        NOTE(me, tl_script_cancel(world, all.remembered[choose(&me->dice, REMEMBERED)]));
    if (choose(&me->dice, 8) == 0)
        NOTE(me, tl_emit(all.events[choose(&me->dice, EVENTS)], 7));
}

/// A clean-up that waits for jobs of its own.
static void work_at_the_end(void *ended)
{
    struct life *me = ended;
    struct work w = {.seed = check_random(&me->dice)};
    if (choose(&me->dice, 4) != 0)
        return;
    CHECK_OK(tl_job_call(all.jobs, works, &w));
    NOTE(me, w.result);
}

static void wait_for_all(void *counter)
{
    tl_result waited = tl_counter_wait(counter);
    CHECK(waited == TL_OK || waited == TL_CANCELLED);
}

static void wait_for_jobs(struct life *me)
{
    uint64_t results[4] = {0};
    tl_counter counter = {.name = "jobs"};
    tl_defer(wait_for_all, &counter);
    int count = start_tasks(&me->dice, 0, &counter, NULL, results);
    if (choose(&me->dice, 2) == 0)
        tl_wait_steps((int64_t)choose(&me->dice, 3));
    NOTE(me, tl_counter_wait(&counter, some_limit(&me->dice)));
    for (int i = 0; i < count; ++i)
        NOTE(me, results[i]);
}

/// How much of these jobs is done depends on the machine, but the script continues in this step on every machine.
static void give_up_jobs(struct life *me)
{
    tl_counter counter = {.name = "given up"};
    tl_defer(wait_for_all, &counter);
    for (uint64_t i = choose(&me->dice, 5); i > 0; --i)
        CHECK_OK(tl_job_run(all.jobs, &counter, may_be_given_up, check_random(&me->dice)));
    CHECK_OK(tl_counter_cancel(&counter));
    tl_result waited = tl_counter_wait(&counter);
    CHECK(waited == TL_OK || waited == TL_CANCELLED);
    NOTE(me, 0);
}

static void wait_for_job(struct life *me)
{
    struct work w = {.seed = check_random(&me->dice)};
    tl_job_desc desc = some_job(&me->dice);
    NOTE(me, tl_job_call_with(all.jobs, &desc, works, &w));
    NOTE(me, w.result);
}

static void run_loop(struct life *me)
{
    uint64_t numbers[60], sum = 0;
    for (int i = 0; i < 60; ++i)
        numbers[i] = check_random(&me->dice);
    NOTE(me, square_all(numbers, 60, choose(&me->dice, 12)));
    for (int i = 0; i < 60; ++i)
        sum = sum * 31 + numbers[i];
    NOTE(me, sum);
}

/// Starts a background job that waits for scripts. Nothing waits for that job before the end of the world.
static void let_a_job_wait_for_scripts(struct life *me)
{
    CHECK_OK(tl_wait_exclusive());
    if (all.waiting_for_scripts < MOST_JOBS_FOR_SCRIPTS) {
        ++all.waiting_for_scripts;
        CHECK_OK(tl_job_run(all.jobs, &all.jobs_for_scripts, waits_for_scripts, {0}));
    }
    NOTE(me, all.waiting_for_scripts);
}

static void wait_short(struct life *me)
{
    switch (choose(&me->dice, 4)) {
    case 0: tl_wait_steps((int64_t)choose(&me->dice, 3)); break;
    case 1: tl_wait_seconds(some_seconds(&me->dice)); break;
    case 2: wait_for_job(me); break;
    default: wait_for_jobs(me); break;
    }
}

static void wait_for_time(struct life *me)
{
    switch (choose(&me->dice, 5)) {
    case 0: NOTE(me, tl_wait_steps((int64_t)choose(&me->dice, 4), some_limit(&me->dice))); break;
    case 1: NOTE(me, tl_wait_seconds(some_seconds(&me->dice), some_limit(&me->dice))); break;
    case 2: NOTE(me, tl_wait_real_seconds(some_seconds(&me->dice))); break;
    case 3: {
        static const tl_phase phases[] = {TL_PHASE_STEP, TL_PHASE_BEFORE, TL_PHASE_AFTER, TL_PHASE_FRAME,
                                          TL_PHASE_PARALLEL};
        NOTE(me, tl_wait_phase(phases[choose(&me->dice, 5)]));
        break;
    }
    default: tl_yield(NULL); break;
    }
    NOTE(me, 1e6 * tl_local_seconds());
}

static bool is_third(void *unused)
{
    (void)unused;
    return all.emits % 3 == 0;
}

static void use_event(struct life *me)
{
    number_event event = all.events[choose(&me->dice, EVENTS)];
    int payload = 0;
    switch (choose(&me->dice, 5)) {
    case 0:
        NOTE(me, tl_emit(event, (int)choose(&me->dice, 100)));
        ++all.emits;
        break;
    case 1: {
        uint64_t count = tl_event_count(event);
        tl_wait_step();
        NOTE(me, tl_wait_event_after(event, &count, &payload, TL_WITHIN(some_seconds(&me->dice))));
        NOTE(me, count);
        break;
    }
    case 2: NOTE(me, tl_wait_until(is_third, NULL, TL_WITHIN(some_seconds(&me->dice)))); break;
    case 3: NOTE(me, tl_wait_event(event, &payload)); break;
    default: NOTE(me, tl_wait_event(event, &payload, TL_WITHIN(some_seconds(&me->dice)))); break;
    }
    NOTE(me, payload);
}

static void use_channel(struct life *me)
{
    number_channel channel = all.channels[choose(&me->dice, CHANNELS)];
    int item = (int)choose(&me->dice, 100);
    switch (choose(&me->dice, 4)) {
    case 0: NOTE(me, tl_send(channel, &item, some_limit(&me->dice))); break;
    case 1: NOTE(me, tl_receive(channel, &item, some_limit(&me->dice))); break;
    case 2: NOTE(me, tl_try_send(channel, &item)); break;
    default: NOTE(me, tl_try_receive(channel, &item)); break;
    }
    NOTE(me, item);
}

/// Takes and releases locks exclusively. These are no calls of the engine, which would see to that by themselves.
static void use_lock(struct life *me)
{
    CHECK_OK(tl_wait_exclusive());
    if (choose(&me->dice, 3) == 0) {
        tl_scoped_lock(&all.recursive);
        tl_scoped_lock(&all.recursive);
        NOTE(me, 0);
        wait_short(me);
        NOTE(me, 0);
        return;
    }
    uint64_t first = choose(&me->dice, MUTEXES);
    tl_scoped_lock(&all.mutexes[first]);
    NOTE(me, first);
    wait_short(me);
    NOTE(me, first);
    if (first + 1 < MUTEXES && choose(&me->dice, 3) == 0) {
        tl_scoped_lock(&all.mutexes[first + 1]);
        NOTE(me, first + 1);
        wait_short(me);
        NOTE(me, first + 1);
    } else if (first == 0 && choose(&me->dice, 2) == 0) {
        NOTE(me, tl_condition_wait(&all.changed, &all.mutexes[first]));
    }
}

static void use_condition(struct life *me)
{
    CHECK_OK(tl_wait_exclusive());
    if (choose(&me->dice, 2) == 0)
        CHECK_OK(tl_condition_signal(&all.changed));
    else
        CHECK_OK(tl_condition_broadcast(&all.changed));
    uint64_t index = choose(&me->dice, MUTEXES);
    tl_result taken = tl_mutex_try_lock(&all.mutexes[index]);
    NOTE(me, taken);
    if (taken == TL_OK)
        CHECK_OK(tl_mutex_unlock(&all.mutexes[index]));
}

/// Uses a counter that scripts finish.
static void use_gate(struct life *me)
{
    uint64_t index = choose(&me->dice, GATES);
    CHECK_OK(tl_wait_exclusive());
    switch (choose(&me->dice, 4)) {
    case 0:
        ++all.gates_left[index];
        CHECK_OK(tl_counter_add(&all.gates[index], 1));
        break;
    case 1:
        if (all.gates_left[index] > 0) {
            --all.gates_left[index];
            CHECK_OK(tl_counter_finish(&all.gates[index]));
        }
        break;
    default: NOTE(me, tl_counter_wait(&all.gates[index], some_limit(&me->dice))); break;
    }
    NOTE(me, all.gates_left[index]);
}

static void wait_for_counted_scripts(struct life *me)
{
    tl_result waited = tl_counter_wait(&all.scripts, TL_WITHIN(some_seconds(&me->dice)));
    if (waited == TL_ERROR_CYCLE)
        CHECK_REPORTED(TL_ERROR_CYCLE); // this script is one of them
    NOTE(me, waited);
}

static void wait_for_script(struct life *me)
{
    tl_result waited = tl_wait_script(all.remembered[choose(&me->dice, REMEMBERED)], some_limit(&me->dice));
    if (waited == TL_ERROR_CYCLE)
        CHECK_REPORTED(TL_ERROR_CYCLE);
    NOTE(me, waited);
}

static void note_race(struct life *me, tl_race_outcome outcome)
{
    NOTE(me, outcome.result);
    NOTE(me, outcome.winner);
}

static void gather(struct life *me)
{
    int item = 0, payload = 0;
    number_event event = all.events[choose(&me->dice, EVENTS)];
    struct life first = child_of(me), second = child_of(me), third = child_of(me);
    switch (choose(&me->dice, 5)) {
    case 0:
        note_race(me, tl_race(TL_CHILD(lives, first), TL_CHILD(lives, second), TL_AFTER(some_seconds(&me->dice))));
        break;
    case 1:
        note_race(me, tl_race_within(some_limit(&me->dice), TL_CHILD(lives, first), TL_ON(event, &payload),
                                     TL_ON_RECEIVE(all.channels[0], &item), TL_AFTER(0.06)));
        break;
    case 2: NOTE(me, tl_sync(TL_CHILD(lives, first), TL_CHILD(lives, second))); break;
    case 3:
        NOTE(me, tl_sync_within(some_limit(&me->dice), TL_CHILD(lives, first), TL_CHILD(lives, second),
                                TL_CHILD(lives, third)));
        break;
    default: {
        tl_branch(branch, lives, first);
        CHECK_OK(branch.result);
        wait_short(me);
        act(me);
        break;
    }
    }
    NOTE(me, item + 1000 * payload);
}

static void be_shielded(struct life *me)
{
    if (choose(&me->dice, 2) == 0) {
        {
            tl_scoped_shield();
            act(me);
            wait_short(me);
        }
    } else {
        tl_scoped_shield();
        wait_short(me);
        act(me);
    }
    NOTE(me, 0);
}

static void destroy_and_wait(struct life *me)
{
    tl_result destroyed = tl_entity_destroy_and_wait(world, some_entity(&me->dice));
    if (destroyed == TL_ERROR_CYCLE)
        CHECK_REPORTED(TL_ERROR_CYCLE);
    NOTE(me, destroyed);
}

void spawn(uint64_t *dice)
{
    if (tl_script_count(world) >= all.most_scripts)
        return;
    static const tl_phase phases[] = {TL_PHASE_PARALLEL, TL_PHASE_PARALLEL, TL_PHASE_STEP,
                                      TL_PHASE_BEFORE,   TL_PHASE_AFTER,    TL_PHASE_FRAME};
    tl_entity owner = choose(dice, 6) == 0 ? TL_NO_ENTITY : some_entity(dice);
    tl_script_desc desc = {.owner = owner,
                           .phase = phases[choose(dice, 6)],
                           .priority = (int)choose(dice, 3),
                           .group = choose(dice, 2) == 0 ? all.groups[choose(dice, GROUPS)] : NULL,
                           .counter = choose(dice, 4) == 0 ? &all.scripts : NULL};
    struct life life = {check_random(dice), check_random(dice), owner, 0};
    tl_result spawned = tl_spawn_with(world, &desc, &all.remembered[all.spawned++ % REMEMBERED], lives, life);
    SEE(life.id, spawned);
}

static tl_result thaw(tl_group *group)
{
    return tl_group_get_info(group).freezes > 0 ? tl_group_thaw(group) : TL_OK;
}

void change_group(uint64_t *dice)
{
    tl_group *group = all.groups[choose(dice, GROUPS)];
    switch (choose(dice, 3)) {
    case 0: CHECK_OK(choose(dice, 3) == 0 ? tl_group_freeze(group) : thaw(group)); break;
    case 1: CHECK_OK(tl_group_set_budget(group, (uint32_t)choose(dice, 3) * 4)); break;
    default: CHECK_OK(tl_group_set_time_scale(group, 0.5 * (double)choose(dice, 4))); break;
    }
}

static void change_others(struct life *me)
{
    switch (choose(&me->dice, 6)) {
    case 0: NOTE(me, tl_script_cancel(world, all.remembered[choose(&me->dice, REMEMBERED)])); break;
    case 1: NOTE(me, choose(&me->dice, 3) != 0 ? 0 : tl_entity_destroy(world, some_entity(&me->dice))); break;
    case 2:
        if (choose(&me->dice, 3) == 0)
            destroy_and_wait(me);
        break;
    case 3: change_group(&me->dice); break;
    default:
        CHECK_OK(tl_wait_exclusive());
        spawn(&me->dice);
        break;
    }
    NOTE(me, tl_script_count(world));
}

/// Runs in parallel: reads another entity's transform as it was before the phase, and writes that of its own entity.
static void move(struct life *me)
{
    tl_transform transform = tl_entity_get_transform(world, me->owner);
    tl_transform other = tl_entity_get_transform(world, some_entity(&me->dice));
    if (transform.scale.x == 0 || other.scale.x == 0) // destroyed
        return;
    transform.position.x = 1 + (transform.position.x + other.position.x) / 2;
    tl_result set = tl_entity_set_transform(world, me->owner, &transform);
    if (choose(&me->dice, 4) != 0)
        return;
    NOTE(me, set);
    NOTE(me, 1e3f * transform.position.x);
}

static void end_early(struct life *me)
{
    switch (choose(&me->dice, 12)) {
    case 0: tl_exit(NULL); break;
    case 1: tl_fail((int)choose(&me->dice, 100), "%s", "at random"); break;
    case 2: NOTE(me, tl_script_cancel(world, tl_script_current())); break;
    default: break;
    }
}

static void act_deeper(struct life *me)
{
    ++me->depth;
    if (choose(&me->dice, 3) == 0)
        be_shielded(me);
    else
        gather(me);
    --me->depth;
}

static void act(struct life *me)
{
    static void (*const acts[])(struct life *) = {wait_for_jobs,
                                                  wait_for_job,
                                                  run_loop,
                                                  give_up_jobs,
                                                  wait_for_time,
                                                  wait_for_time,
                                                  use_event,
                                                  use_event,
                                                  use_channel,
                                                  use_lock,
                                                  use_lock,
                                                  use_condition,
                                                  use_gate,
                                                  wait_for_counted_scripts,
                                                  wait_for_script,
                                                  change_others,
                                                  change_others,
                                                  move,
                                                  move,
                                                  end_early,
                                                  let_a_job_wait_for_scripts};
    enum { ACTS = sizeof acts / sizeof *acts };
    if (me->depth < DEEPEST && choose(&me->dice, 4) == 0)
        act_deeper(me);
    else
        acts[choose(&me->dice, ACTS)](me);
}

TL_SCRIPT_DEFINE(lives, struct life, me)
{
    tl_defer(note_end, me);
    tl_defer(work_at_the_end, me);
    for (uint64_t acts = 1 + choose(&me->dice, me->depth == 0 ? 12 : 3); acts > 0; --acts) {
        act(me);
        if (choose(&me->dice, 2) == 0)
            tl_wait_step();
    }
}

/// One of enough scripts that the parallel phase spreads them over several workers.
TL_SCRIPT(flocks, struct life, me)
{
    for (;;) {
        move(me);
        tl_wait_step();
        if (choose(&me->dice, 12) == 0)
            act(me);
    }
}

void make_crowd(uint64_t *dice, int count)
{
    for (int i = 0; i < count; ++i) {
        tl_entity owner;
        CHECK_OK(tl_entity_create(world, some_entity(dice), &owner));
        struct life life = {check_random(dice), check_random(dice), owner, DEEPEST};
        CHECK_OK(
            tl_spawn_with(world, (&(tl_script_desc){.owner = owner, .phase = TL_PHASE_PARALLEL}), NULL, flocks, life));
    }
}
