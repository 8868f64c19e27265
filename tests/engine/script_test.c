// SPDX-License-Identifier: MIT
// Scripts: their order, their results, what can be asked about them.
#include "trace.h"

struct letter {
    char name;
    int rounds;
};

TL_SCRIPT(letters, struct letter, me)
{
    for (int i = 0; i < me->rounds; ++i) {
        note("%c", me->name);
        CHECK_OK(tl_wait_step());
    }
    note("%c.", me->name);
}

static tl_script spawn(tl_entity owner, tl_phase phase, int priority, char name)
{
    tl_script script;
    CHECK_OK(tl_spawn_with(world, (&(tl_script_desc){.owner = owner, .phase = phase, .priority = priority}), &script,
                           letters, {name, 3}));
    return script;
}

TEST(order_is_phase_then_priority_then_creation)
{
    make_world(0);
    spawn(TL_NO_ENTITY, TL_PHASE_AFTER, 9, 'f');
    spawn(TL_NO_ENTITY, TL_PHASE_STEP, 0, 'c');
    spawn(TL_NO_ENTITY, TL_PHASE_STEP, -1, 'e');
    spawn(TL_NO_ENTITY, TL_PHASE_STEP, 0, 'd');
    spawn(TL_NO_ENTITY, TL_PHASE_BEFORE, -5, 'a');
    spawn(TL_NO_ENTITY, TL_PHASE_STEP, 1, 'b');
    steps(1);
    CHECK_TRACE("abcdef");
    steps(1);
    CHECK_TRACE("abcdef");
    steps(2);
    CHECK_TRACE("abcdefa.b.c.d.e.f.");
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT(spawns, tl_nothing, unused)
{
    note("[");
    spawn(TL_NO_ENTITY, TL_PHASE_AFTER, 0, 'l');
    spawn(TL_NO_ENTITY, TL_PHASE_BEFORE, 0, 'e');
    CHECK_OK(tl_spawn(tl_world_current(), TL_NO_ENTITY, NULL, letters, {'u', 0}));
    note("]");
}

TEST(what_is_spawned_in_a_step_runs_in_it)
{
    make_world(0);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, spawns, {0}));
    steps(1);
    CHECK_TRACE("[]u.l"); // the phase of e has passed
    steps(1);
    CHECK_TRACE("el");
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT_RETURNING(int, ends_with, int, result)
{
    CHECK_OK(tl_wait_steps(2));
    return *result;
}

TL_SCRIPT(joins_number, struct joiner, me)
{
    int number = -1;
    tl_result how = tl_wait_result(ends_with, me->other, &number);
    note("%s %d@%ju ", tl_result_name(how), number, (uintmax_t)tl_world_get_time(world).steps);
}

TEST(a_scripts_end_brings_its_result_to_all_that_wait)
{
    make_world(0);
    tl_script script;
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &script, ends_with, 42));
    for (int i = 0; i < 3; ++i)
        CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, joins_number, {script}));
    steps(3);
    CHECK_TRACE("TL_OK 42@3 TL_OK 42@3 TL_OK 42@3 ");
    CHECK(!tl_script_is_alive(world, script));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, joins_number, {script})); // after its end: at once
    steps(1);
    CHECK_TRACE("TL_OK 42@4 ");
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT(joins_stale, struct joiner, me)
{
    CHECK_RESULT(TL_ERROR_STALE, tl_wait_script(me->other));
    note("stale ");
}

TEST(a_result_is_kept_while_a_thousand_others_end)
{
    make_world(0);
    tl_script script;
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &script, ends_with, 7));
    steps(3);
    for (int i = 0; i < 1023; ++i) {
        CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, does_nothing, {0}));
        steps(1);
    }
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, joins_number, {script}));
    steps(1);
    CHECK_TRACE("TL_OK 7@1027 ");
    for (int i = 0; i < 4000; ++i) {
        CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, does_nothing, {0}));
        steps(1);
    }
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, joins_stale, {script}));
    steps(1);
    CHECK_TRACE("stale ");
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT(joins_with_limit, struct joiner, me)
{
    note("%s ", tl_result_name(tl_wait_script(me->other, TL_WITHIN(0.01))));
}

TEST(waiting_for_an_end_with_a_limit)
{
    make_world(0);
    tl_script script;
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &script, ends_with, 1));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, joins_with_limit, {script}));
    steps(5);
    CHECK_TRACE("TL_TIMED_OUT ");
    CHECK_OK(tl_world_destroy(world));
}

static tl_script first, second;

TL_SCRIPT(waits_for_second, tl_nothing, unused)
{
    CHECK_OK(tl_wait_script(second));
    note("first ");
}

TL_SCRIPT(waits_for_first, tl_nothing, unused)
{
    CHECK_MISUSE(TL_ERROR_CYCLE, tl_wait_script(first));
    note("second ");
}

TEST(two_cannot_wait_for_each_other)
{
    make_world(0);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &first, waits_for_second, {0}));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &second, waits_for_first, {0}));
    steps(1);
    CHECK_TRACE("second first ");
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT_DECLARE(pong, int);

TL_SCRIPT(ping, int, left)
{
    note("ping ");
    CHECK_OK(tl_wait_step());
    if (*left > 0)
        CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, pong, *left - 1));
}

TL_SCRIPT_DEFINE(pong, int, left)
{
    note("pong ");
    CHECK_OK(tl_wait_step());
    if (*left > 0)
        CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, ping, *left - 1));
}

TEST(scripts_can_be_declared_before_they_are_defined)
{
    make_world(0);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, ping, 3));
    steps(10);
    CHECK_TRACE("ping pong ping pong ");
    CHECK_OK(tl_world_destroy(world));
}

TEST(info_shows_what_a_script_does)
{
    make_world(60);
    tl_entity entity = make(TL_NO_ENTITY);
    tl_script script = put_to_sleep(entity, "");
    tl_script_info info;
    steps(61);
    info = tl_script_get_info(world, script);
    CHECK_STRING("sleeper", info.name);
    CHECK_STRING("sleeper", info.function);
    CHECK(strstr(info.defined.file, "trace.h") != NULL);
    CHECK(info.defined.line > 0);
    CHECK(strstr(info.spawned.file, "trace.h") != NULL);
    CHECK(info.spawned.line > info.defined.line);
    CHECK_UINT(0, info.parent.index1);
    CHECK_POINTER(tl_world_group(world), info.group);
    CHECK_INT(TL_PHASE_STEP, info.phase);
    CHECK_UINT(entity.index1, info.owner.index1);
    CHECK_INT(TL_WAIT_GAME_TIME, info.wait);
    CHECK_NEAR(999, info.wait_left, 1e-6);
    CHECK_NEAR(61.0 / 60, info.age_seconds, 1e-6);
    tl_stack_info stack = tl_script_get_stack(world, script);
    CHECK_UINT(64 * 1024, stack.size);
    CHECK(stack.high_water > 100 && stack.high_water < stack.size);
    CHECK_UINT(0, tl_script_get_stack(NULL, script).size);
    CHECK_REPORTED(TL_ERROR_NULL);
    CHECK_OK(tl_spawn_with(world, (&(tl_script_desc){.name = "waiter"}), &second, joins, {script}));
    steps(1);
    info = tl_script_get_info(world, second);
    CHECK_STRING("waiter", info.name);
    CHECK_STRING("joins", info.function);
    CHECK_INT(TL_WAIT_SCRIPT, info.wait);
    CHECK_STRING("sleeper", info.wait_name);
    CHECK_POINTER(NULL, tl_script_get_info(NULL, script).name);
    CHECK_REPORTED(TL_ERROR_NULL);
    CHECK_OK(tl_script_cancel(world, script));
    CHECK_POINTER(NULL, tl_script_get_info(world, script).name);
    CHECK_UINT(0, tl_script_get_stack(world, script).size);
    CHECK_OK(tl_world_destroy(world));
}

TEST(more_scripts_than_there_is_room_for)
{
    CHECK_OK(tl_world_create(&(tl_world_desc){.max_scripts = 3}, &world));
    for (int i = 0; i < 3; ++i)
        spawn(TL_NO_ENTITY, 0, 0, (char)('a' + i));
    tl_script script = {1, 1};
    CHECK_RESULT(TL_ERROR_POOL_EXHAUSTED, tl_spawn(world, TL_NO_ENTITY, &script, letters, {'d', 1}));
    CHECK_UINT(0, script.index1);
    steps(4);
    CHECK_TRACE("abcabcabca.b.c.");
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &script, letters, {'d', 1}));
    CHECK_OK(tl_world_destroy(world));
}

TEST(misuse)
{
    make_world(0);
    tl_script script;
    tl_entity dead = make(TL_NO_ENTITY);
    CHECK_OK(tl_entity_destroy(world, dead));
    CHECK_MISUSE(TL_ERROR_NULL, tl_spawn(NULL, TL_NO_ENTITY, &script, does_nothing, {0}));
    CHECK_OK(tl_spawn_with(world, NULL, &script, does_nothing, {0})); // all defaults
    CHECK_MISUSE(TL_ERROR_NULL, tl_spawn_raw(world, NULL, NULL, NULL, NULL, &script));
    CHECK_RESULT(TL_ERROR_STALE, tl_spawn(world, dead, &script, does_nothing, {0}));
    CHECK_UINT(0, script.index1);
    CHECK_MISUSE(TL_ERROR_NULL, tl_script_cancel(NULL, script));
    CHECK_RESULT(TL_ERROR_STALE, tl_script_cancel(world, TL_NO_SCRIPT));
    CHECK(!tl_script_is_alive(NULL, script));
    CHECK_UINT(0, tl_script_count(NULL));
    CHECK_UINT(0, tl_script_current().index1);
    CHECK_OK(tl_world_destroy(world));
}

TL_FIBER(returns, tl_nothing, unused)
{
    note("plain ");
}

TL_SCRIPT(transfers_away, tl_nothing, unused)
{
    tl_pool *pool = NULL;
    tl_fiber *fiber = NULL;
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_count = 1}, &pool));
    CHECK_OK(tl_fiber_create(pool, &fiber, returns, {0}));
    CHECK_OK(tl_transfer(fiber, NULL)); // comes back in the next step
    note("back@%ju ", (uintmax_t)tl_world_get_time(world).steps);
    CHECK_OK(tl_pool_destroy(pool));
    tl_exit(NULL);
}

TEST(the_end_of_another_fiber_is_not_the_scripts)
{
    make_world(0);
    tl_script script;
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &script, transfers_away, {0}));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, joins, {script}));
    steps(2);
    CHECK_TRACE("plain back@2 TL_OK@2 ");
    CHECK_OK(tl_world_destroy(world));
}

static tl_fiber *taken;

TL_SCRIPT(shows_its_fiber, tl_nothing, unused)
{
    taken = tl_fiber_current();
    CHECK_MISUSE(TL_ERROR_NOT_YOURS, tl_fiber_set_result(NULL));
    CHECK_OK(tl_wait_steps(2));
    note("waited ");
}

TL_FIBER(transfers_to_taken, tl_nothing, unused)
{
    CHECK_MISUSE(TL_ERROR_NOT_YOURS, tl_transfer(taken, NULL));
}

TEST(the_fiber_of_a_script_is_its_worlds_alone)
{
    make_world(0);
    tl_script script;
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &script, shows_its_fiber, {0}));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, joins, {script}));
    steps(1);
    tl_fiber *fiber = NULL;
    tl_pool *pool = NULL;
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_count = 1}, &pool));
    CHECK_OK(tl_fiber_create(pool, &fiber, transfers_to_taken, {0}));
    CHECK_RESULT(TL_FINISHED, tl_resume(fiber, NULL));
    CHECK_OK(tl_pool_destroy(pool));
    CHECK_MISUSE(TL_ERROR_NOT_YOURS, tl_resume(taken, NULL));
    CHECK_MISUSE(TL_ERROR_NOT_YOURS, tl_fiber_cancel(taken));
    CHECK_MISUSE(TL_ERROR_NOT_YOURS, tl_fiber_reset(taken, transfers_to_taken, {0}));
    CHECK_MISUSE(TL_ERROR_NOT_YOURS, tl_fiber_destroy(taken));
    CHECK_INT(TL_FIBER_SUSPENDED, tl_fiber_get_status(taken));
    steps(3);
    CHECK_TRACE("waited TL_OK@3 ");
    CHECK_UINT(0, tl_script_count(world));
    CHECK_OK(tl_world_destroy(world));
}

TEST(a_result_is_kept_however_many_begin_or_fail_to)
{
    CHECK_OK(tl_world_create(&(tl_world_desc){.max_scripts = 1400, .stack_size = 16384}, &world));
    tl_script script;
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &script, ends_with, 3));
    steps(3);
    for (int i = 0; i < 1399; ++i)
        put_to_sleep(TL_NO_ENTITY, "");
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, joins_number, {script}));
    for (int i = 0; i < 2000; ++i)
        CHECK_RESULT(TL_ERROR_POOL_EXHAUSTED, tl_spawn(world, TL_NO_ENTITY, NULL, does_nothing, {0}));
    steps(1);
    CHECK_TRACE("TL_OK 3@4 ");
    CHECK_OK(tl_world_destroy(world));
}
