// SPDX-License-Identifier: MIT
// How scripts and their children end each other: branches, killing, shields.
#include "trace.h"

/// Branches.

TL_SCRIPT(ticks, char *, name)
{
    tl_defer(note_text, "off ");
    for (;;) {
        note("%s ", *name);
        CHECK_OK(tl_wait_step());
    }
}

static void branch_for_a_while(void)
{
    tl_branch(lamp, ticks, "lamp");
    CHECK_OK(lamp.result);
    CHECK(tl_script_is_alive(world, lamp.script));
    CHECK_OK(tl_wait_steps(2));
    note("leave ");
}

TL_SCRIPT(branches, tl_nothing, unused)
{
    tl_branch(fan, ticks, "fan");
    branch_for_a_while();
    note("left ");
    CHECK_OK(tl_wait_steps(2));
    note("return ");
}

TEST(a_branch_continues_until_its_block_is_left)
{
    RUN(branches, 9);
    CHECK_TRACE("fan lamp fan lamp leave off left fan fan return off ");
    CHECK_UINT(0, tl_script_count(world));
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT(branches_in_many_ways, int, way)
{
    tl_defer(note_text, "outer ");
    tl_branch(child, ticks, "tick");
    tl_defer(note_text, "inner ");
    switch (*way) {
    case 0: tl_exit(NULL); break;
    case 1: tl_fail(1, "no"); break;
    case 2: return;
    default: tl_wait_seconds(1000);
    }
}

static void ignore_log(const tl_log *item)
{
    note("log %d ", item->code);
}

TEST(a_branch_cannot_outlive_its_parent)
{
    make_world(0);
    tl_set_log_hook(ignore_log);
    for (int way = 0; way < 4; ++way) {
        tl_script script;
        CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &script, branches_in_many_ways, way));
        steps(1);
        if (way == 3)
            CHECK_OK(tl_script_cancel(world, script));
        CHECK_UINT(0, tl_script_count(world));
        note("| ");
    }
    // Children end first of all; but when the parent returns, its blocks are left in exact reverse.
    CHECK_TRACE("tick off inner outer | tick off inner outer log 1 | tick inner off outer | tick off inner outer | ");
    CHECK_OK(tl_world_destroy(world));
}

/// Killing: oneself, one's parent, one's parent in a clean-up.

static tl_script parent;

static void kill_parent(void *unused)
{
    (void)unused;
    note("%s ", tl_result_name(tl_script_cancel(world, parent)));
}

TL_SCRIPT(kills_its_parent, int, way)
{
    tl_defer(note_text, "child ");
    if (*way == 0) {
        CHECK_OK(tl_wait_step());
        kill_parent(NULL);
        CHECK(!tl_script_is_alive(world, parent));
        CHECK(!tl_script_is_alive(world, tl_script_current())); // it ends with its parent, at its next wait
        note("still here ");
        tl_wait_step();
    } else if (*way == 1) {
        kill_parent(NULL); // the parent is running: it is just starting this child
        tl_wait_step();
        note("not yet ");
        tl_wait_steps(5);
    } else {
        tl_defer(kill_parent, NULL);
        CHECK_OK(tl_wait_step());
        CHECK_OK(tl_script_cancel(world, tl_script_current()));
        tl_wait_step();
    }
    CHECK_UNREACHED();
}

TL_SCRIPT(has_a_murderer, int, way)
{
    parent = tl_script_current();
    tl_defer(note_text, "parent ");
    tl_sync(TL_CHILD(walks, {"a", 9}), TL_CHILD(kills_its_parent, *way), TL_CHILD(walks, {"b", 9}));
    CHECK_UNREACHED();
}

TEST(a_child_may_kill_its_parent)
{
    for (int way = 0; way < 3; ++way) {
        make_world(0);
        tl_script script;
        CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &script, has_a_murderer, way));
        CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, joins, {script}));
        steps(3);
        CHECK_UINT(0, tl_script_count(world));
        note("| ");
        CHECK_OK(tl_world_destroy(world));
    }
    CHECK_TRACE("a( b( unwound unwound TL_OK still here child parent TL_CANCELLED@2 | "
                "a( TL_OK child unwound parent TL_CANCELLED@1 | "
                "a( b( unwound unwound TL_OK child parent TL_CANCELLED@2 | ");
}

/// Shields.

TL_SCRIPT(is_shielded, int64_t, count)
{
    tl_defer(note_text, "end ");
    {
        tl_scoped_shield();
        note("in ");
        CHECK_OK(tl_wait_steps(*count));
        CHECK_OK(tl_sync(TL_CHILD(walks, {"a", 1})));
        {
            tl_scoped_shield();
            CHECK_OK(tl_wait_step());
        }
        CHECK_OK(tl_wait_step());
        note("out ");
    }
    note("on ");
    tl_wait_step();
    CHECK_UNREACHED();
}

TEST(a_shield_lets_a_cancelled_script_finish_a_section)
{
    make_world(0);
    tl_script script;
    tl_entity entity = make(TL_NO_ENTITY);
    CHECK_OK(tl_spawn(world, entity, &script, is_shielded, 2));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, joins, {script}));
    steps(2);
    CHECK_OK(tl_entity_destroy(world, entity)); // the owner's end does not break it either
    CHECK(!tl_script_is_alive(world, script));
    CHECK_RESULT(TL_ERROR_STALE, tl_script_cancel(world, script));
    CHECK_UINT(2, tl_script_count(world));
    CHECK_TRACE("in ");
    steps(9);
    CHECK_TRACE("a( a) unwound out on end TL_CANCELLED@6 ");
    CHECK_OK(tl_world_destroy(world));
}

enum leaving { AT_THE_END, BY_BREAK, BY_CONTINUE, BY_GOTO };

/// Goes through a loop with a shield in each round; then waits without any.
TL_SCRIPT(loops_in_shields, enum leaving, way)
{
    tl_defer(note_text, "end ");
    for (int round = 0; round < 3; ++round) {
        note("%d ", round);
        tl_scoped_shield();
        CHECK_OK(tl_wait_step());
        if (*way == BY_BREAK && round == 1)
            break;
        if (*way == BY_GOTO && round == 1)
            goto out;
        if (*way == BY_CONTINUE)
            continue;
        note("bottom ");
    }
    note("after ");
out:
    note("out ");
    tl_wait_steps(10);
    note("never cancelled ");
}

/// Cancels the script after a step: in its first shield (1), after all of its shields (6), or never (0).
static void leave_shields(enum leaving way, int cancel_after)
{
    make_world(0);
    tl_script script;
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &script, loops_in_shields, way));
    for (int step = 1; step <= 20; ++step) {
        steps(1);
        if (step == cancel_after)
            CHECK_OK(tl_script_cancel(world, script));
    }
    CHECK_UINT(0, tl_script_count(world));
    CHECK_OK(tl_world_destroy(world));
}

TEST(a_scoped_shield_ends_with_its_block_in_whichever_way_that_is_left)
{
    static const char *const rounds[] = {"0 bottom 1 bottom 2 bottom after out ", "0 bottom 1 after out ",
                                         "0 1 2 after out ", "0 bottom 1 out "};
    char expected[128];
    for (enum leaving way = AT_THE_END; way <= BY_GOTO; ++way) {
        snprintf(expected, sizeof expected, "%send ", rounds[way]);
        leave_shields(way, 1); // in the first shield
        CHECK_TRACE(expected);
        leave_shields(way, 6); // after the last one: no shield holds any more
        CHECK_TRACE(expected);
        snprintf(expected, sizeof expected, "%snever cancelled end ", rounds[way]);
        leave_shields(way, 0);
        CHECK_TRACE(expected);
    }
}

static int returns_from_shields(void)
{
    tl_scoped_shield();
    {
        tl_scoped_shield();
        CHECK_OK(tl_wait_step());
    }
    CHECK_OK(tl_wait_step()); // still in the outer one
    {
        tl_scoped_shield();
        tl_scoped_shield();
        CHECK_OK(tl_wait_step());
        return 7; // leaves three shields at once
    }
    CHECK_UNREACHED();
    return 0;
}

TL_SCRIPT(calls_what_returns_from_shields, tl_nothing, unused)
{
    tl_defer(note_text, "end ");
    note("returned %d ", returns_from_shields());
    tl_wait_step();
    CHECK_UNREACHED();
}

TEST(scoped_shields_nest_and_are_left_by_return)
{
    make_world(0);
    tl_script script;
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &script, calls_what_returns_from_shields, {0}));
    steps(1);
    CHECK_OK(tl_script_cancel(world, script));
    steps(5);
    CHECK_TRACE("returned 7 end ");
    CHECK_UINT(0, tl_script_count(world));
    CHECK_OK(tl_world_destroy(world));
}

TEST(the_end_of_the_world_breaks_scoped_shields)
{
    make_world(0);
    tl_script script;
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &script, loops_in_shields, AT_THE_END));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, loops_in_shields, AT_THE_END));
    steps(1);
    CHECK_OK(tl_script_cancel(world, script));
    CHECK_OK(tl_world_destroy(world));
    CHECK_TRACE("0 0 end end ");
}

TL_SCRIPT(races_with_a_shield, tl_nothing, unused)
{
    tl_defer(note_text, "racer ");
    note("won by %d@", tl_race(TL_CHILD(walks, {"x", 1}), TL_CHILD(is_shielded, 2)).winner);
    note("%ju ", step_count());
    tl_wait_seconds(1000);
}

TEST(a_race_waits_for_a_loser_in_a_shield)
{
    RUN(races_with_a_shield, 9);
    CHECK_TRACE("x( in x) unwound a( a) unwound out on end won by 0@6 ");
    CHECK_OK(tl_world_destroy(world));
    CHECK_TRACE("racer ");
}

TEST(a_cancelled_parent_waits_for_a_child_in_a_shield)
{
    make_world(0);
    tl_script script;
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &script, races_with_a_shield, {0}));
    steps(1);
    CHECK_OK(tl_script_cancel(world, script));
    CHECK_TRACE("x( in unwound ");
    steps(9);
    CHECK_TRACE("a( a) unwound out on end racer ");
    CHECK_UINT(0, tl_script_count(world));
    CHECK_OK(tl_world_destroy(world));
}

TEST(the_end_of_the_world_breaks_shields)
{
    make_world(0);
    tl_script script;
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &script, races_with_a_shield, {0}));
    CHECK_OK(tl_spawn(world, make(TL_NO_ENTITY), NULL, is_shielded, 5));
    steps(1);
    CHECK_OK(tl_script_cancel(world, script));
    CHECK_OK(tl_world_destroy(world));
    CHECK_TRACE("x( in in unwound end racer end ");
}

TL_SCRIPT(branches_into_a_shield, tl_nothing, unused)
{
    {
        tl_branch(child, is_shielded, 1);
        CHECK_OK(tl_wait_step());
        note("leave ");
    }
    note("left@%ju ", step_count());
}

TEST(leaving_a_block_waits_for_a_branch_in_a_shield)
{
    RUN(branches_into_a_shield, 9);
    CHECK_TRACE("in leave a( a) unwound out on end left@5 ");
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT(yields_in_shield, tl_nothing, unused)
{
    {
        tl_scoped_shield();
        CHECK_OK(tl_yield(NULL));
        note("yielded ");
    }
    tl_yield(NULL);
    CHECK_UNREACHED();
}

TEST(info_shows_all_that_it_waits_for)
{
    make_world(0);
    tl_script script;
    tl_script_info info;
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &script, races_with_a_shield, {0}));
    steps(1);
    info = tl_script_get_info(world, script);
    CHECK_INT(TL_WAIT_RACE, info.wait);
    CHECK_STRING("the first of several", tl_wait_string(info.wait));
    tl_script other;
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &other, yields_in_shield, {0}));
    steps(1);
    CHECK_OK(tl_script_cancel(world, other));
    trace[0] = '\0';
    steps(1);
    CHECK(strstr(trace, "yielded") != NULL);
    trace[0] = '\0';
    CHECK_OK(tl_world_destroy(world));
}

/// Scripts that are hard to end.

struct pointer {
    int *to;
};

TL_SCRIPT(looks_in_a_shield, struct pointer, me)
{
    {
        tl_scoped_shield();
        CHECK_OK(tl_wait_steps(3));
        note("%d ", *me->to);
    }
}

static void spoil(void *number)
{
    *(int *)number = 0;
}

TL_SCRIPT(ends_early_above_a_shield, int, way)
{
    int number = 42;
    tl_defer(spoil, &number);
    tl_branch(child, looks_in_a_shield, {&number});
    CHECK_OK(tl_wait_step());
    if (*way == 0)
        tl_exit(NULL);
    else
        tl_fail(1, "no");
    CHECK_UNREACHED();
}

TEST(no_way_of_ending_leaves_a_child_behind)
{
    make_world(0);
    tl_set_log_hook(ignore_log);
    for (int way = 0; way < 2; ++way)
        CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, ends_early_above_a_shield, way));
    steps(6);
    CHECK_TRACE("42 42 log 1 ");
    CHECK_UINT(0, tl_script_count(world));
    CHECK_OK(tl_world_destroy(world));
}

static tl_script grandparent, grandchild;

static void cancel_it(void *script)
{
    tl_script_cancel(world, *(tl_script *)script);
}

TL_SCRIPT(kills_its_grandparent, tl_nothing, unused)
{
    grandchild = tl_script_current();
    tl_defer(cancel_it, &grandparent);
    tl_wait_seconds(1000);
}

TL_SCRIPT(is_between, tl_nothing, unused)
{
    tl_defer(note_text, "between ");
    tl_sync(TL_CHILD(kills_its_grandparent, {0}));
}

TL_SCRIPT(is_above, tl_nothing, unused)
{
    grandparent = tl_script_current();
    tl_defer(note_text, "above ");
    tl_sync(TL_CHILD(is_between, {0}), TL_CHILD(walks, {"a", 9}));
}

TL_SCRIPT(kills_the_grandchild, tl_nothing, unused)
{
    tl_defer(cancel_it, &grandchild);
    tl_wait_seconds(1000);
}

TEST(clean_ups_that_kill_up_and_down_at_the_end_of_the_world)
{
    make_world(0);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, is_above, {0}));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, kills_the_grandchild, {0}));
    steps(1);
    CHECK_OK(tl_world_destroy(world));
    CHECK_TRACE("a( unwound between above ");
}

TL_SCRIPT(kills_its_parent_and_ends, tl_nothing, unused)
{
    CHECK_OK(tl_script_cancel(world, parent));
}

TL_SCRIPT(has_a_quick_murderer, tl_nothing, unused)
{
    parent = tl_script_current();
    tl_defer(note_text, "parent ");
    tl_race(TL_CHILD(kills_its_parent_and_ends, {0}), TL_CHILD(walks, {"never", 1}));
    CHECK_UNREACHED();
}

TEST(no_wait_returns_to_one_that_was_cancelled_in_it)
{
    RUN(has_a_quick_murderer, 2);
    CHECK_TRACE("parent ");
    CHECK_OK(tl_world_destroy(world));
}

static tl_fiber *raced;
typedef TL_EVENT(int) int_event;
static int_event bell;

TL_SCRIPT(races_with_many, tl_nothing, unused)
{
    int heard[10];
    raced = tl_fiber_current();
    tl_race(TL_ON(bell, &heard[0]), TL_ON(bell, &heard[1]), TL_ON(bell, &heard[2]), TL_ON(bell, &heard[3]),
            TL_ON(bell, &heard[4]), TL_ON(bell, &heard[5]), TL_ON(bell, &heard[6]), TL_ON(bell, &heard[7]),
            TL_ON(bell, &heard[8]), TL_ON(bell, &heard[9]));
    CHECK_UNREACHED();
}

TEST(the_fiber_of_a_racing_script_is_its_worlds_alone)
{
    make_world(0);
    CHECK_OK(tl_event_create(world, TL_NO_ENTITY, NULL, &bell));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, races_with_many, {0}));
    steps(1);
    CHECK_MISUSE(TL_ERROR_NOT_YOURS, tl_fiber_cancel(raced));
    CHECK_OK(tl_emit(bell, 2));
    CHECK_OK(tl_world_destroy(world));
}

TEST(a_shield_outside_any_script_is_misuse)
{
    tl_scoped_shield();
    CHECK_REPORTED(TL_ERROR_NO_SCRIPT);
}

static bool exits(void *unused)
{
    (void)unused;
    {
        tl_scoped_shield();
        CHECK_REPORTED(TL_ERROR_NO_SCRIPT);
        note("runs all the same ");
    }
    CHECK_TRACE("runs all the same ");
    CHECK_MISUSE(TL_ERROR_IN_CALLBACK, tl_exit(NULL));
    CHECK_MISUSE(TL_ERROR_NO_SCRIPT, tl_fail(1, "no"));
    return true;
}

TL_SCRIPT(exits_in_predicate, tl_nothing, unused)
{
    CHECK_OK(tl_wait_until(exits, NULL));
    note("went on ");
}

TEST(a_predicate_cannot_end_its_script)
{
    RUN(exits_in_predicate, 1);
    CHECK_TRACE("went on ");
    CHECK_OK(tl_world_destroy(world));
}
