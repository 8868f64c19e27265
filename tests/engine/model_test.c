// SPDX-License-Identifier: MIT
// A million random operations of scripts, compared with a reference interpreter (model_reference.c): what each
// operation returns, which script is woken when, in which order clean-ups run. The trace's hash is the same with every
// compiler.
#include "model_program.h"

#include <stdio.h>
#include <stdlib.h>

#include "trace.h"

typedef TL_EVENT(int) int_event;

enum { MAX_HAPPENINGS = 100000 };

static happening real[MAX_HAPPENINGS], reference[MAX_HAPPENINGS];
static int real_count, reference_count;
static uint64_t trace_hash;

static uint64_t operations_done, operations_most;
static int_event events[EVENTS];
static int_channel channels[CHANNELS];
static tl_entity entities[ENTITIES];
static tl_script latest[RECENT];
static uint64_t latest_count;

void note_real(happening what)
{
    CHECK(real_count < MAX_HAPPENINGS);
    real[real_count++] = what;
    trace_hash =
        (trace_hash ^ what.name ^ (what.step << 20) ^ (uint64_t)(what.kind * 1000 + what.result)) * 0x100000001b3u;
}

void note_reference(happening what)
{
    CHECK(reference_count < MAX_HAPPENINGS);
    reference[reference_count++] = what;
}

static uint32_t below(uint64_t *random, uint32_t bound)
{
    return (uint32_t)(check_random(random) % bound);
}

static op_arm next_arm(uint64_t *random, int depth)
{
    op_arm arm = {.child = check_random(random)};
    uint32_t choice = below(random, 10);
    arm.kind = choice < 6 && depth < 3 ? ARM_CHILD : choice < 7 ? ARM_EVENT : choice < 9 ? ARM_TIME : ARM_RECEIVE;
    uint32_t range = arm.kind == ARM_EVENT ? EVENTS : arm.kind == ARM_RECEIVE ? CHANNELS : 7;
    arm.which = (int)below(random, range);
    if (arm.kind == ARM_CHILD && arm.which > 3)
        arm.which = 0; // most children begin at once
    return arm;
}

static op_kind next_kind(uint32_t choice)
{
    static const struct {
        uint32_t below;
        op_kind kind;
    } kinds[] = {{16, OP_STEPS},  {30, OP_SECONDS},        {37, OP_EVENT}, {41, OP_EVENT_AFTER},
                 {47, OP_SEND},   {53, OP_RECEIVE},        {57, OP_JOIN},  {66, OP_RACE},
                 {71, OP_SYNC},   {74, OP_SHIELDED_STEPS}, {83, OP_EMIT},  {91, OP_SPAWN},
                 {94, OP_CANCEL}, {95, OP_DESTROY},        {96, OP_FAIL},  {100, OP_RETURN}};
    int i = 0;
    while (choice >= kinds[i].below)
        ++i;
    return kinds[i].kind;
}

op next_op(uint64_t *random, int depth)
{
    op made = {.kind = next_kind(below(random, 100)), .child = check_random(random), .limit = NO_LIMIT};
    uint32_t limit = below(random, 14);
    if (limit < 7)
        made.limit = (int)limit;
    uint32_t range = made.kind == OP_EVENT || made.kind == OP_EVENT_AFTER || made.kind == OP_EMIT ? EVENTS
                     : made.kind == OP_SEND || made.kind == OP_RECEIVE                            ? CHANNELS
                     : made.kind == OP_JOIN || made.kind == OP_CANCEL                             ? RECENT
                     : made.kind == OP_SPAWN || made.kind == OP_DESTROY                           ? ENTITIES
                     : made.kind == OP_STEPS || made.kind == OP_SHIELDED_STEPS                    ? 4
                                                                                                  : 9;
    made.which = (int)below(random, range);
    if (made.kind == OP_RACE || made.kind == OP_SYNC)
        made.arm_count = 1 + (int)below(random, MAX_ARMS);
    for (int i = 0; i < made.arm_count; ++i)
        made.arms[i] = next_arm(random, depth);
    return made;
}

static void note_op(const agent *me, op_kind what, int result)
{
    note_real((happening){me->name, tl_world_get_time(world).steps, (int)what, result});
}

static void note_end(void *me)
{
    note_op(me, OP_END, 0);
}

static double seconds(int ticks)
{
    return ticks / 120.0;
}

static tl_limit limit_of(const op *plan)
{
    return plan->limit == NO_LIMIT ? TL_FOREVER : TL_WITHIN(seconds(plan->limit));
}

TL_SCRIPT_DECLARE(acts, agent);

static tl_arm arm_of(const op_arm *plan, const agent *child, int *value)
{
    switch (plan->kind) {
    case ARM_EVENT: return TL_ON(events[plan->which], NULL);
    case ARM_TIME: return TL_AFTER(seconds(plan->which));
    case ARM_RECEIVE: return TL_ON_RECEIVE(channels[plan->which], value);
    default:
        return plan->which > 0 ? tl__arm_at(tl__arm_child(&acts__entry, child, NULL), seconds(plan->which))
                               : tl__arm_child(&acts__entry, child, NULL);
    }
}

static int gather(const agent *me, const op *plan, int values[])
{
    tl_arm arms[MAX_ARMS + 1];
    agent children[MAX_ARMS];
    for (int i = 0; i < plan->arm_count; ++i) {
        children[i] = (agent){plan->arms[i].child, me->depth + 1};
        arms[i] = arm_of(&plan->arms[i], &children[i], &values[i]);
    }
    arms[plan->arm_count] = (tl_arm){.kind = NULL};
    if (plan->kind != OP_RACE)
        return tl_sync_raw(arms, limit_of(plan));
    tl_race_outcome outcome = tl_race_raw(arms, limit_of(plan));
    CHECK((outcome.result == TL_OK) == (outcome.winner >= 0));
    return outcome.result == TL_OK ? outcome.winner : outcome.result == TL_TIMED_OUT ? RACE_TIMED_OUT : outcome.result;
}

static tl_result shielded_steps(const op *plan)
{
    tl_result answer = TL_OK;
    {
        tl_scoped_shield();
        answer = tl_wait_steps(plan->which, limit_of(plan));
    }
    return answer;
}

static void do_wait(const agent *me, const op *plan, uint64_t *seen, int number)
{
    int values[MAX_ARMS] = {-1, -1, -1}, value = plan->kind == OP_SEND ? number : -1, answer = 0;
    switch (plan->kind) {
    case OP_STEPS: answer = tl_wait_steps(plan->which, limit_of(plan)); break;
    case OP_SECONDS: answer = tl_wait_seconds(seconds(plan->which), limit_of(plan)); break;
    case OP_EVENT: answer = tl_wait_event(events[plan->which], NULL, limit_of(plan)); break;
    case OP_EVENT_AFTER: answer = tl_wait_event_after(events[plan->which], seen, NULL, limit_of(plan)); break;
    case OP_SEND: answer = tl_send(channels[plan->which], &value, limit_of(plan)); break;
    case OP_RECEIVE: answer = tl_receive(channels[plan->which], &value, limit_of(plan)); break;
    case OP_JOIN: answer = tl_wait_script(latest[plan->which], limit_of(plan)); break;
    case OP_SHIELDED_STEPS: answer = shielded_steps(plan); break;
    default: answer = gather(me, plan, values); break;
    }
    note_op(me, plan->kind, answer);
    if (plan->kind == OP_RECEIVE)
        note_op(me, OP_HEARD, value);
    for (int i = 0; i < plan->arm_count; ++i)
        note_op(me, OP_HEARD, values[i]);
}

static tl_result spawn(agent made, tl_entity owner)
{
    tl_result result = tl_spawn(world, owner, &latest[latest_count % RECENT], acts, made);
    ++latest_count;
    return result;
}

static int do_act(const op *plan)
{
    switch (plan->kind) {
    case OP_EMIT: CHECK_OK(tl_emit(events[plan->which], plan->which)); return 0;
    case OP_SPAWN:
        if (tl_script_count(world) >= MOST_ALIVE)
            return 1;
        CHECK_OK(spawn((agent){plan->child, 0}, entities[plan->which]));
        return 0;
    case OP_CANCEL: return tl_script_cancel(world, latest[plan->which]);
    case OP_FAIL: return tl_fail(1, "failed");
    default: CHECK_OK(tl_entity_destroy(world, entities[plan->which]));
    }
    CHECK_OK(tl_entity_create(world, TL_NO_ENTITY, &entities[plan->which]));
    return 0;
}

TL_SCRIPT_DEFINE(acts, agent, me)
{
    uint64_t random = me->name, seen = 0;
    tl_defer(note_end, me);
    if (me->depth > 0)
        latest[latest_count++ % RECENT] = tl_script_current();
    for (int number = 1; operations_done < operations_most; ++number) {
        op plan = next_op(&random, tl_script_count(world) >= MOST_ALIVE ? 99 : me->depth);
        ++operations_done;
        if (plan.kind == OP_RETURN)
            return;
        if (plan.kind <= OP_SHIELDED_STEPS)
            do_wait(me, &plan, &seen, number);
        else
            note_op(me, plan.kind, do_act(&plan));
    }
}

static void ignore_misuse(tl_result why, const char *call)
{
    CHECK_RESULT(TL_ERROR_CYCLE, why);
    (void)call;
}

static void ignore_log(const tl_log *item)
{
    CHECK_INT(TL_LOG_SCRIPT_FAILED, item->id);
}

static void make_everything(void)
{
    make_world(60);
    for (int i = 0; i < EVENTS; ++i)
        CHECK_OK(tl_event_create(world, TL_NO_ENTITY, NULL, &events[i]));
    for (int i = 0; i < CHANNELS; ++i)
        CHECK_OK(tl_channel_create(world, TL_NO_ENTITY, NULL, CAPACITY, &channels[i]));
    for (int i = 0; i < ENTITIES; ++i)
        CHECK_OK(tl_entity_create(world, TL_NO_ENTITY, &entities[i]));
    memset(latest, 0, sizeof latest);
    latest_count = operations_done = 0;
}

static void compare(void)
{
    for (int i = 0; i < real_count || i < reference_count; ++i) {
        happening got = i < real_count ? real[i] : (happening){0};
        happening want = i < reference_count ? reference[i] : (happening){0};
        if (got.name != want.name || got.step != want.step || got.kind != want.kind || got.result != want.result)
            check_fail(__FILE__, __LINE__,
                       "happening %d: %jx in step %ju: %d answers %d, not %jx in step %ju: %d answers %d", i,
                       (uintmax_t)got.name, (uintmax_t)got.step, got.kind, got.result, (uintmax_t)want.name,
                       (uintmax_t)want.step, want.kind, want.result);
    }
    real_count = reference_count = 0;
}

static void run(uint64_t seed, uint64_t operations)
{
    printf("seed %ju: ", (uintmax_t)seed);
    fflush(stdout); // before anything can fail
    make_everything();
    reference_begin(operations_most = operations);
    while (operations_done < operations) {
        for (int i = reference_alive(); i < 12; ++i) {
            agent made = {check_random(&seed), 0};
            CHECK_OK(spawn(made, TL_NO_ENTITY));
            reference_spawn(made);
        }
        uint64_t before = operations_done;
        reference_step();
        CHECK_OK(tl_world_step(world));
        compare();
        for (int i = 0; i < RECENT && operations_done == before; ++i) { // when all of them wait for each other
            reference_cancel(i);
            tl_script_cancel(world, latest[i]);
        }
        compare();
        CHECK_INT(reference_alive(), (int)tl_script_count(world));
        CHECK_UINT(reference_operations(), operations_done);
    }
    reference_end();
    CHECK_OK(tl_world_destroy(world));
    compare();
    printf("%ju operations, trace %016jx\n", (uintmax_t)operations, (uintmax_t)trace_hash);
}

static uint64_t setting(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    return text != NULL ? strtoull(text, NULL, 0) : otherwise;
}

/// TELAR_SEED is the first seed, to find more failures or to repeat one; TELAR_STEPS makes the test longer or shorter.
TEST(a_million_random_operations)
{
    uint64_t seed = setting("TELAR_SEED", 20261122), operations = setting("TELAR_STEPS", 1000000);
    tl_set_misuse_hook(ignore_misuse);
    tl_set_log_hook(ignore_log);
    for (uint64_t i = 0; i < 10; ++i)
        run(seed + i, operations / 10);
    if (seed == 20261122 && operations == 1000000)
        CHECK_UINT(0x543f0790f60742f8u, trace_hash); // the same with every compiler
}
