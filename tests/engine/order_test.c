// SPDX-License-Identifier: MIT
// The order in which the scripts of a phase run: by priority, then by age, even if scripts become ready meanwhile; and
// the memory that keeping this order takes, which must depend only on the scripts that are alive.
#include "jobs_at.h"
#include "trace.h"

enum { SCRIPTS = 600, MOST_TURNS = 20000 };

/// A script whose acts its dice alone decide, so that a reference can do the same.
static struct agent {
    tl_script script;
    int priority;
    plain_event call;
    bool is_alive, is_ready, steps; ///< what the reference knows
    uint64_t dice;
} agents[SCRIPTS];

static int agent_count, turns_taken, expected[MOST_TURNS], taken[MOST_TURNS];
static int expected_count, priorities;

typedef struct act {
    enum { CALL_OTHERS, CANCEL_ONE, WAIT_A_STEP, END } kind;
    int others[3];
} act;

/// Draws the next act of an agent.
static act next_act(uint64_t *dice)
{
    act made = {.kind = END};
    uint64_t choice = check_random(dice) % 64;
    for (int i = 0; i < 3; ++i)
        made.others[i] = (int)(check_random(dice) % SCRIPTS);
    made.kind = choice < 30 ? CALL_OTHERS : choice < 32 ? CANCEL_ONE : choice < 63 ? WAIT_A_STEP : END;
    return made;
}

// The scripts.

static void do_act(const act *what)
{
    if (what->kind == CALL_OTHERS)
        for (int i = 0; i < 3; ++i)
            tl_emit(agents[what->others[i]].call, {0});
    else if (what->kind == CANCEL_ONE)
        tl_script_cancel(world, agents[what->others[0]].script);
}

TL_SCRIPT(takes_turns, int, index)
{
    uint64_t dice = agents[*index].dice;
    for (;;) {
        CHECK(turns_taken < MOST_TURNS);
        taken[turns_taken++] = *index;
        act now = next_act(&dice);
        if (now.kind == END)
            return;
        do_act(&now);
        if (now.kind == WAIT_A_STEP)
            tl_wait_step();
        else
            tl_wait_event(agents[*index].call, NULL);
    }
}

// The reference: the next script is searched for among all of them.

static int next_agent(void)
{
    int best = -1;
    for (int i = 0; i < agent_count; ++i)
        if (agents[i].is_alive && agents[i].is_ready && (best < 0 || agents[i].priority > agents[best].priority))
            best = i;
    return best;
}

static void call(int index)
{
    if (index < agent_count && agents[index].is_alive && !agents[index].steps)
        agents[index].is_ready = true;
}

static void expect_turn(int index)
{
    struct agent *self = &agents[index];
    self->is_ready = self->steps = false;
    expected[expected_count++] = index;
    act now = next_act(&self->dice);
    if (now.kind == CALL_OTHERS)
        for (int i = 0; i < 3; ++i)
            if (now.others[i] != index)
                call(now.others[i]);
    if (now.kind == CANCEL_ONE)
        agents[now.others[0]].is_alive = false;
    if (now.kind == END)
        self->is_alive = false;
    self->steps = now.kind == WAIT_A_STEP;
}

static void expect_step(void)
{
    expected_count = 0;
    for (int i = 0; i < agent_count; ++i)
        agents[i].is_ready = agents[i].is_ready || agents[i].steps;
    for (int next; (next = next_agent()) >= 0 && expected_count < MOST_TURNS;)
        expect_turn(next);
}

static void spawn_agent(uint64_t *dice)
{
    struct agent *made = &agents[agent_count];
    made->priority = (int)(check_random(dice) % (uint64_t)priorities) - priorities / 2;
    made->dice = check_random(dice);
    made->is_alive = made->is_ready = true;
    CHECK_OK(tl_event_create(world, TL_NO_ENTITY, "call", &made->call));
    CHECK_OK(
        tl_spawn_with(world, (&(tl_script_desc){.priority = made->priority}), &made->script, takes_turns, agent_count));
    ++agent_count;
}

/// Spawns 40 scripts and runs eight steps, again and again. Each step must be as the reference says.
static void compare(int different_priorities)
{
    uint64_t dice = 5;
    priorities = different_priorities;
    make_world(60);
    while (agent_count < SCRIPTS) {
        for (int i = 0; i < 40 && agent_count < SCRIPTS; ++i)
            spawn_agent(&dice);
        for (int step = 0; step < 8; ++step) {
            turns_taken = 0;
            steps(1);
            expect_step();
            CHECK_INT(expected_count, turns_taken);
            for (int i = 0; i < turns_taken; ++i)
                CHECK_INT(expected[i], taken[i]);
        }
    }
    CHECK_OK(tl_world_destroy(world));
}

TEST(of_one_priority)
{
    compare(1);
}

TEST(of_three_priorities)
{
    compare(3);
}

TEST(of_hundreds_of_priorities)
{
    compare(400);
}

// Memory.

static int order[SCRIPTS * 40], ordered;

TL_SCRIPT(notes_number, int, number)
{
    for (;;) {
        CHECK(ordered < SCRIPTS * 40);
        order[ordered++] = *number;
        tl_wait_step();
    }
}

static tl_script spawn_number(int number, int priority)
{
    tl_script script;
    CHECK_OK(tl_spawn_with(world, (&(tl_script_desc){.priority = priority}), &script, notes_number, number));
    return script;
}

/// In each round scripts are spawned, all but every eighth of them are cancelled, and so are the rest of the last
/// round.
TEST(holes_are_closed_and_the_order_stays)
{
    make_world(60);
    static tl_script scripts[2][SCRIPTS];
    long before = 0;
    for (int round = 0; round < 60; ++round) {
        tl_script *now = scripts[round % 2], *former = scripts[(round + 1) % 2];
        for (int i = 0; i < SCRIPTS; ++i)
            now[i] = spawn_number(round * SCRIPTS + i, 0);
        for (int i = 0; i < SCRIPTS; ++i)
            if (i % 8 != 0)
                CHECK_OK(tl_script_cancel(world, now[i]));
            else if (round > 0)
                CHECK_OK(tl_script_cancel(world, former[i]));
        ordered = 0;
        steps(2);
        CHECK_INT(2 * SCRIPTS / 8, ordered);
        for (int i = 0; i < ordered; ++i)
            CHECK_INT(round * SCRIPTS + 8 * (i % (SCRIPTS / 8)), order[i]);
        if (round == 20)
            before = jobs_at_resizes();
    }
    CHECK_INT(before, jobs_at_resizes());
    CHECK_OK(tl_world_destroy(world));
    CHECK_INT(0, jobs_at_allocations());
}

static tl_script fillers[400];

TL_SCRIPT(cancels, tl_nothing, unused)
{
    for (int i = 0; i < 400; ++i)
        CHECK_OK(tl_script_cancel(world, fillers[i]));
}

TL_SCRIPT(spawns, tl_nothing, unused)
{
    for (int i = 0; i < 200; ++i)
        spawn_number(100 + i, 0);
}

/// Holes are closed in the middle of a step, too, when the scripts behind them are the next to run.
TEST(holes_are_closed_before_those_that_run_next)
{
    make_world(60);
    ordered = 0;
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, cancels, {0}));
    for (int i = 0; i < 400; ++i)
        fillers[i] = spawn_number(-1, 0);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, spawns, {0}));
    for (int i = 0; i < 100; ++i)
        spawn_number(i, 0);
    steps(1);
    CHECK_INT(300, ordered);
    for (int i = 0; i < ordered; ++i)
        CHECK_INT(i, order[i]);
    CHECK_OK(tl_world_destroy(world));
}

/// A game may compute priorities, so that each script has a new one.
TEST(priorities_without_scripts_take_no_memory)
{
    make_world(60);
    long most = 0;
    for (int round = 0; round < 2000; ++round) {
        tl_script script = spawn_number(round, round * 7919 % 100003);
        ordered = 0;
        if (round % 3 == 0)
            steps(1);
        CHECK_OK(tl_script_cancel(world, script));
        if (round == 200)
            most = jobs_at_allocations();
    }
    CHECK(jobs_at_allocations() <= most + 200);
    CHECK_OK(tl_world_destroy(world));
    CHECK_INT(0, jobs_at_allocations());
}

TEST(no_memory_for_a_priority)
{
    make_world(60);
    CHECK_OK(tl_script_cancel(world, spawn_number(0, 0)));
    for (long after = 0;; ++after) {
        tl_script_desc desc = {.priority = 1 + (int)after};
        jobs_at_fail_after = after;
        tl_result result = TL_OK;
        for (int i = 0; i < 100 && result == TL_OK; ++i) {
            ++desc.priority;
            result = tl_spawn_with(world, (&desc), NULL, notes_number, i);
        }
        jobs_at_fail_after = -1;
        uint32_t count = tl_script_count(world);
        ordered = 0;
        steps(1);
        CHECK_INT((int)count, ordered);
        for (int i = 1; i < ordered; ++i)
            CHECK(order[i - 1] > order[i]);
        CHECK_OK(tl_world_destroy(world));
        make_world(60);
        if (result == TL_OK)
            break;
        CHECK_RESULT(TL_ERROR_OUT_OF_MEMORY, result);
    }
    CHECK_OK(tl_world_destroy(world));
    CHECK_INT(0, jobs_at_allocations());
}

/// A world for many scripts allocates memory for many at once. When it gets none, the scripts that it has continue.
TEST(no_memory_for_more_of_many_scripts)
{
    enum { MOST = 7500 }; // more than one large page holds, and fewer than ThreadSanitizer can follow
    uint32_t spawned = 0;
    for (long after = 10; spawned < MOST; after += 9) {
        CHECK_OK(tl_world_create(&(tl_world_desc){.max_scripts = MOST, .stack_size = TL_STACK_MIN}, &world));
        jobs_at_fail_after = after;
        tl_result result = TL_OK;
        for (spawned = 0; spawned < MOST && result == TL_OK; spawned += result == TL_OK)
            result = tl_spawn(world, TL_NO_ENTITY, NULL, notes_number, (int)spawned);
        jobs_at_fail_after = -1;
        CHECK(spawned == MOST || result == TL_ERROR_OUT_OF_MEMORY);
        ordered = 0;
        steps(1);
        CHECK_INT((int)spawned, ordered);
        for (int i = 0; i < ordered; ++i)
            CHECK_INT(i, order[i]);
        CHECK_OK(tl_world_destroy(world));
        CHECK_INT(0, jobs_at_allocations());
    }
}
