// Scripts: their order, their ends, their owners.
#include "trace.h"

#include "telar/channel.h"
#include "telar/event.h"

struct letter {
    char name;
    int rounds;
};

TL_SCRIPT(letters, struct letter, me)
{
    for (int i = 0; i < me->rounds; ++i) {
        note("%c", me->name);
        CHECK_OK(tl_wait_frame());
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
    spawn(TL_NO_ENTITY, TL_PHASE_LATE, 9, 'f');
    spawn(TL_NO_ENTITY, TL_PHASE_UPDATE, 0, 'c');
    spawn(TL_NO_ENTITY, TL_PHASE_UPDATE, -1, 'e');
    spawn(TL_NO_ENTITY, TL_PHASE_UPDATE, 0, 'd');
    spawn(TL_NO_ENTITY, TL_PHASE_EARLY, -5, 'a');
    spawn(TL_NO_ENTITY, TL_PHASE_UPDATE, 1, 'b');
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
    spawn(TL_NO_ENTITY, TL_PHASE_LATE, 0, 'l');
    spawn(TL_NO_ENTITY, TL_PHASE_EARLY, 0, 'e');
    CHECK_OK(tl_spawn(tl_world_current(), TL_NO_ENTITY, NULL, letters, {'u', 0}));
    note("]");
}

TEST(what_is_spawned_in_a_step_runs_in_it)
{
    make_world(0);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, spawns, {0}));
    steps(1);
    CHECK_TRACE("[]eu.l");
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT(ends_with, intptr_t, result)
{
    CHECK_OK(tl_wait_frames(2));
    tl_exit((void *)*result);
}

struct joiner {
    tl_script other;
};

TL_SCRIPT(joins, struct joiner, me)
{
    void *result = trace;
    tl_result how = tl_wait_script(me->other, &result);
    note("%s %jd@%ju ", tl_result_name(how), (intmax_t)(intptr_t)result, (uintmax_t)tl_world_get_time(world).steps);
}

TEST(a_scripts_end_brings_its_result_to_all_that_wait)
{
    make_world(0);
    tl_script script;
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &script, ends_with, 42));
    for (int i = 0; i < 3; ++i)
        CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, joins, {script}));
    steps(3);
    CHECK_TRACE("TL_OK 42@3 TL_OK 42@3 TL_OK 42@3 ");
    CHECK(!tl_script_is_alive(world, script));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, joins, {script})); // after its end: at once
    steps(1);
    CHECK_TRACE("TL_OK 42@4 ");
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT(nothing, tl_nothing, unused)
{
}

TL_SCRIPT(joins_stale, struct joiner, me)
{
    CHECK_RESULT(TL_ERROR_STALE, tl_wait_script(me->other, NULL));
    note("stale ");
}

TEST(a_result_is_kept_while_a_thousand_others_end)
{
    make_world(0);
    tl_script script;
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &script, ends_with, 7));
    steps(3);
    for (int i = 0; i < 1023; ++i) {
        CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, nothing, {0}));
        steps(1);
    }
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, joins, {script}));
    steps(1);
    CHECK_TRACE("TL_OK 7@1027 ");
    for (int i = 0; i < 4000; ++i) {
        CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, nothing, {0}));
        steps(1);
    }
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, joins_stale, {script}));
    steps(1);
    CHECK_TRACE("stale ");
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT(joins_with_limit, struct joiner, me)
{
    note("%s ", tl_result_name(tl_wait_script(me->other, NULL, TL_WITHIN(0.01))));
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
    CHECK_OK(tl_wait_script(second, NULL));
    note("first ");
}

TL_SCRIPT(waits_for_first, tl_nothing, unused)
{
    CHECK_MISUSE(TL_ERROR_CYCLE, tl_wait_script(first, NULL));
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
    CHECK_OK(tl_wait_frame());
    if (*left > 0)
        CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, pong, *left - 1));
}

TL_SCRIPT_DEFINE(pong, int, left)
{
    note("pong ");
    CHECK_OK(tl_wait_frame());
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

static void wait_deep(int depth)
{
    if (depth > 0)
        wait_deep(depth - 1);
    else
        CHECK_OK(tl_wait_seconds(1000));
    CHECK(depth >= 0);
}

TL_SCRIPT(sleeper, char *, name)
{
    char *text = *name;
    CHECK_OK(tl_defer(note_text, text));
    wait_deep(20);
    CHECK_UNREACHED();
}

static tl_entity make(tl_entity parent)
{
    tl_entity entity;
    CHECK_OK(tl_entity_create(world, parent, &entity));
    return entity;
}

static tl_script put_to_sleep(tl_entity owner, char *name)
{
    tl_script script;
    CHECK_OK(tl_spawn(world, owner, &script, sleeper, name));
    return script;
}

TEST(cancel_runs_the_clean_ups_and_tells_those_that_wait)
{
    make_world(0);
    tl_script script = put_to_sleep(TL_NO_ENTITY, "clean ");
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, joins, {script}));
    steps(2);
    CHECK_OK(tl_script_cancel(world, script));
    CHECK_TRACE("clean ");
    CHECK(!tl_script_is_alive(world, script));
    CHECK_RESULT(TL_ERROR_STALE, tl_script_cancel(world, script));
    steps(1);
    CHECK_TRACE("TL_CANCELLED 0@3 ");
    CHECK_OK(tl_world_destroy(world));
}

TEST(cancelling_what_never_ran_runs_nothing)
{
    make_world(0);
    CHECK_OK(tl_script_cancel(world, put_to_sleep(TL_NO_ENTITY, "clean ")));
    steps(2);
    CHECK_TRACE("");
    CHECK_UINT(0, tl_script_count(world));
    CHECK_OK(tl_world_destroy(world));
}

TEST(an_entity_takes_its_scripts_with_it_children_first)
{
    make_world(0);
    tl_entity top = make(TL_NO_ENTITY), left = make(top), leaf = make(left), right = make(top),
              other = make(TL_NO_ENTITY);
    put_to_sleep(top, "top1 ");
    put_to_sleep(left, "left ");
    put_to_sleep(right, "right ");
    put_to_sleep(leaf, "leaf ");
    put_to_sleep(top, "top2 ");
    put_to_sleep(other, "other ");
    steps(1);
    CHECK_OK(tl_entity_destroy(world, top));
    CHECK_TRACE("right leaf left top2 top1 ");
    CHECK_UINT(1, tl_script_count(world));
    CHECK_OK(tl_world_destroy(world));
    CHECK_TRACE("other ");
}

struct destroyer {
    tl_entity victim;
};

TL_SCRIPT(destroys, struct destroyer, me)
{
    CHECK_OK(tl_wait_frame());
    note("< ");
    CHECK_OK(tl_entity_destroy(world, me->victim));
    note("> ");
}

TEST(those_that_wait_for_the_dead_are_told_in_the_same_step)
{
    make_world(0);
    tl_entity entity = make(TL_NO_ENTITY);
    tl_script script = put_to_sleep(entity, "clean ");
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, joins, {script}));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, destroys, {entity}));
    steps(2);
    CHECK_TRACE("< clean > TL_CANCELLED 0@2 ");
    CHECK_OK(tl_world_destroy(world));
}

struct self {
    tl_entity entity;
    tl_script script;
};

TL_SCRIPT(destroys_itself, struct self, me)
{
    CHECK_OK(tl_defer(note_text, "cleaned "));
    note("before ");
    CHECK_OK(tl_entity_destroy(world, me->entity));
    CHECK(!tl_entity_is_alive(world, me->entity));
    note("after ");
    CHECK(!tl_script_is_alive(world, tl_script_current()));
    tl_wait_frame();
    CHECK_UNREACHED();
}

TEST(a_script_may_destroy_its_own_entity)
{
    make_world(0);
    tl_entity entity = make(TL_NO_ENTITY);
    tl_script script;
    CHECK_OK(tl_spawn(world, entity, &script, destroys_itself, {.entity = entity}));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, joins, {script}));
    steps(1);
    CHECK_TRACE("before after cleaned TL_CANCELLED 0@1 ");
    CHECK_UINT(0, tl_script_count(world));
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT(cancels_itself, struct self, me)
{
    CHECK_OK(tl_defer(note_text, "cleaned "));
    CHECK_OK(tl_script_cancel(world, tl_script_current()));
    CHECK_RESULT(TL_ERROR_STALE, tl_script_cancel(world, tl_script_current()));
    note("on ");
    CHECK_OK(tl_yield(NULL)); // a bare yield does not return either
    CHECK_UNREACHED();
}

TEST(a_script_may_cancel_itself)
{
    make_world(0);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, cancels_itself, {.script = TL_NO_SCRIPT}));
    steps(1);
    CHECK_TRACE("on cleaned ");
    CHECK_OK(tl_world_destroy(world));
}

static tl_entity both;

static void destroys_both(void *unused)
{
    (void)unused;
    note("boom ");
    CHECK_OK(tl_entity_destroy(world, both));
}

TL_SCRIPT(takes_all_along, tl_nothing, unused)
{
    CHECK_OK(tl_defer(destroys_both, NULL));
    CHECK_OK(tl_wait_seconds(1000));
}

TL_SCRIPT(cancels_victim, struct joiner, me)
{
    CHECK_OK(tl_defer(note_text, "canceller "));
    CHECK_OK(tl_wait_frame());
    CHECK_OK(tl_script_cancel(world, me->other));
    note("still here ");
    tl_wait_frame();
    CHECK_UNREACHED();
}

TEST(a_clean_up_may_end_the_one_that_cancels)
{
    make_world(0);
    both = make(TL_NO_ENTITY);
    tl_script victim;
    CHECK_OK(tl_spawn(world, both, &victim, takes_all_along, {0}));
    CHECK_OK(tl_spawn(world, both, NULL, cancels_victim, {victim}));
    put_to_sleep(both, "sleeper ");
    steps(3);
    CHECK_TRACE("boom sleeper still here canceller ");
    CHECK_UINT(0, tl_script_count(world));
    CHECK_OK(tl_world_destroy(world));
}

static tl_entity doomed_entity;

static void spawns_on_the_dying(void *unused)
{
    (void)unused;
    tl_script script;
    tl_entity child;
    CHECK_RESULT(TL_ERROR_STALE, tl_spawn(world, doomed_entity, &script, nothing, {0}));
    CHECK_RESULT(TL_ERROR_STALE, tl_entity_create(world, doomed_entity, &child));
    CHECK_RESULT(TL_ERROR_STALE, tl_entity_destroy(world, doomed_entity));
    CHECK_RESULT(TL_ERROR_STALE, tl_entity_set_transform(world, doomed_entity, &(tl_transform){0}));
    CHECK_RESULT(TL_ERROR_STALE, tl_entity_set_user_data(world, doomed_entity, NULL));
    CHECK(!tl_entity_is_alive(world, doomed_entity));
    CHECK_UINT(0, tl_entity_next(world, TL_NO_ENTITY).index1);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &script, letters, {'x', 0}));
    note("tried ");
}

TL_SCRIPT(clings, tl_nothing, unused)
{
    CHECK_OK(tl_defer(spawns_on_the_dying, NULL));
    CHECK_OK(tl_wait_seconds(1000));
}

TEST(nothing_new_for_the_dying)
{
    make_world(0);
    doomed_entity = make(TL_NO_ENTITY);
    CHECK_OK(tl_spawn(world, doomed_entity, NULL, clings, {0}));
    steps(1);
    CHECK_OK(tl_entity_destroy(world, doomed_entity));
    CHECK_TRACE("tried ");
    steps(1);
    CHECK_TRACE("x.");
    CHECK_OK(tl_world_destroy(world));
}

static tl_entity parent_entity, child_entity;

static void looks(void *unused)
{
    (void)unused;
    mat4 matrix;
    tl_transform transform;
    CHECK_OK(tl_entity_get_transform(world, child_entity, &transform));
    CHECK_OK(tl_entity_world_matrix(world, child_entity, matrix));
    note("%g %g ", (double)transform.position[0], (double)matrix[3][0]);
    CHECK_POINTER(trace, tl_entity_user_data(world, child_entity));
    if (tl_entity_is_alive(world, parent_entity))
        CHECK_OK(tl_entity_destroy(world, parent_entity));
    CHECK_OK(tl_entity_world_matrix(world, child_entity, matrix));
    note("%g ", (double)matrix[3][0]);
}

TL_SCRIPT(looks_at_the_end, tl_nothing, unused)
{
    CHECK_OK(tl_defer(looks, NULL));
    CHECK_OK(tl_wait_seconds(1000));
}

static void make_parent_and_child(void)
{
    tl_transform transform = {.position = {1, 0, 0}, .rotation = {0, 0, 0, 1}, .scale = {1, 1, 1}};
    parent_entity = make(TL_NO_ENTITY);
    child_entity = make(parent_entity);
    CHECK_OK(tl_entity_set_transform(world, parent_entity, &transform));
    CHECK_OK(tl_entity_set_transform(world, child_entity, &transform));
    CHECK_OK(tl_entity_set_user_data(world, child_entity, trace));
    CHECK_OK(tl_spawn(world, child_entity, NULL, looks_at_the_end, {0}));
    steps(1);
}

TEST(clean_ups_can_look_at_the_dying)
{
    make_world(0);
    make_parent_and_child();
    CHECK_OK(tl_entity_destroy(world, parent_entity)); // the parent is there until its children are gone
    CHECK_TRACE("1 2 2 ");
    make_parent_and_child();
    CHECK_OK(tl_entity_destroy(world, child_entity)); // and the clean-up destroys the parent meanwhile
    CHECK_TRACE("1 2 1 ");
    CHECK_UINT(0, tl_entity_count(world));
    CHECK_OK(tl_world_destroy(world));
}

static void spawns_at_the_end(void *unused)
{
    (void)unused;
    CHECK_RESULT(TL_ERROR_POOL_CLOSING, tl_spawn(world, TL_NO_ENTITY, NULL, nothing, {0}));
    CHECK_MISUSE(TL_ERROR_IN_SCRIPT, tl_world_step(world));
    CHECK_MISUSE(TL_ERROR_IN_SCRIPT, tl_world_destroy(world));
    note("end ");
}

TL_SCRIPT(survives, tl_nothing, unused)
{
    CHECK_OK(tl_defer(spawns_at_the_end, NULL));
    CHECK_OK(tl_wait_seconds(1000));
}

TEST(a_world_ends_with_everything_in_it)
{
    make_world(0);
    tl_event *event = NULL;
    CHECK_OK(tl_event_create(world, NULL, 0, &event));
    tl_entity entity = make(TL_NO_ENTITY);
    put_to_sleep(TL_NO_ENTITY, "world1 ");
    put_to_sleep(TL_NO_ENTITY, "world2 ");
    put_to_sleep(entity, "entity ");
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, survives, {0}));
    steps(1);
    CHECK_OK(tl_world_destroy(world));
    CHECK_TRACE("entity end world2 world1 ");
}

TEST(info_tells_what_a_script_does)
{
    make_world(60);
    tl_event *event = NULL;
    tl_entity entity = make(TL_NO_ENTITY);
    CHECK_OK(tl_event_create(world, "bell", 0, &event));
    tl_script script = put_to_sleep(entity, "");
    tl_script_info info;
    steps(61);
    CHECK_OK(tl_script_get_info(world, script, &info));
    CHECK_STRING("sleeper", info.name);
    CHECK_STRING("sleeper", info.function);
    CHECK(strstr(info.file, "script_test.c") != NULL);
    CHECK(info.line > 0);
    CHECK_UINT(entity.index1, info.owner.index1);
    CHECK_INT(TL_WAIT_GAME_TIME, info.wait);
    CHECK_NEAR(999, info.wait_left, 1e-6);
    CHECK_NEAR(61.0 / 60, info.age_seconds, 1e-6);
    tl_stack_info stack;
    CHECK_OK(tl_script_get_stack(world, script, &stack));
    CHECK_UINT(64 * 1024, stack.size);
    CHECK(stack.high_water > 100 && stack.high_water < stack.size);
    CHECK_MISUSE(TL_ERROR_NULL, tl_script_get_stack(world, script, NULL));
    CHECK_OK(tl_spawn_with(world, (&(tl_script_desc){.name = "waiter"}), &second, joins, {script}));
    steps(1);
    CHECK_OK(tl_script_get_info(world, second, &info));
    CHECK_STRING("waiter", info.name);
    CHECK_STRING("joins", info.function);
    CHECK_INT(TL_WAIT_SCRIPT, info.wait);
    CHECK_STRING("sleeper", info.wait_name);
    CHECK_MISUSE(TL_ERROR_NULL, tl_script_get_info(world, script, NULL));
    CHECK_OK(tl_script_cancel(world, script));
    CHECK_RESULT(TL_ERROR_STALE, tl_script_get_info(world, script, &info));
    CHECK_RESULT(TL_ERROR_STALE, tl_script_get_stack(world, script, &stack));
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
    CHECK_MISUSE(TL_ERROR_NULL, tl_spawn(NULL, TL_NO_ENTITY, &script, nothing, {0}));
    CHECK_OK(tl_spawn_with(world, NULL, &script, nothing, {0})); // all defaults
    CHECK_MISUSE(TL_ERROR_NULL, tl_spawn_raw(world, NULL, NULL, NULL, &script));
    CHECK_RESULT(TL_ERROR_STALE, tl_spawn(world, dead, &script, nothing, {0}));
    CHECK_UINT(0, script.index1);
    CHECK_MISUSE(TL_ERROR_NULL, tl_script_cancel(NULL, script));
    CHECK_RESULT(TL_ERROR_STALE, tl_script_cancel(world, TL_NO_SCRIPT));
    CHECK(!tl_script_is_alive(NULL, script));
    CHECK_UINT(0, tl_script_count(NULL));
    CHECK_UINT(0, tl_script_current().index1);
    CHECK_OK(tl_world_destroy(world));
}

static tl_entity old_entity;

static void looks_around(void *unused)
{
    (void)unused;
    tl_entity made;
    CHECK(!tl_entity_is_alive(world, old_entity));
    CHECK_OK(tl_entity_create(world, TL_NO_ENTITY, &made));
    CHECK(tl_entity_is_alive(world, made));
    note("looked ");
}

TL_SCRIPT(looks_around_at_the_end, tl_nothing, unused)
{
    CHECK_OK(tl_defer(looks_around, NULL));
    CHECK_OK(tl_wait_seconds(1000));
}

TEST(clean_ups_at_the_worlds_end_may_ask_for_entities)
{
    make_world(0);
    old_entity = make(TL_NO_ENTITY);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, looks_around_at_the_end, {0}));
    steps(1);
    CHECK_OK(tl_world_destroy(world));
    CHECK_TRACE("looked ");
}

TEST(a_world_destroys_the_newest_entity_first)
{
    make_world(0);
    tl_entity first_made = make(TL_NO_ENTITY), old = make(TL_NO_ENTITY);
    put_to_sleep(old, "old ");
    CHECK_OK(tl_entity_destroy(world, first_made));
    put_to_sleep(make(TL_NO_ENTITY), "new "); // in the slot of the first
    steps(1);
    CHECK_OK(tl_world_destroy(world));
    CHECK_TRACE("new old ");
}

static tl_world *other_world;

TL_SCRIPT(destroys_the_world, tl_nothing, unused)
{
    CHECK_MISUSE(TL_ERROR_IN_SCRIPT, tl_world_destroy(world));
    CHECK_MISUSE(TL_ERROR_IN_SCRIPT, tl_world_step(world));
    note("refused ");
}

static void steps_another_world(void *unused)
{
    (void)unused;
    CHECK_OK(tl_world_step(other_world));
}

TL_SCRIPT(steps_another_at_the_end, tl_nothing, unused)
{
    CHECK_OK(tl_defer(steps_another_world, NULL));
    CHECK_OK(tl_wait_seconds(1000));
}

TEST(a_world_whose_clean_up_is_running_is_not_destroyed)
{
    make_world(0);
    CHECK_OK(tl_world_create(&(tl_world_desc){0}, &other_world));
    tl_script script;
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &script, steps_another_at_the_end, {0}));
    CHECK_OK(tl_spawn(other_world, TL_NO_ENTITY, NULL, destroys_the_world, {0}));
    steps(1);
    CHECK_OK(tl_script_cancel(world, script));
    CHECK_TRACE("refused ");
    CHECK_OK(tl_world_destroy(other_world));
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
    tl_exit((void *)6);
}

TEST(the_end_of_another_fiber_is_not_the_scripts)
{
    make_world(0);
    tl_script script;
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &script, transfers_away, {0}));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, joins, {script}));
    steps(2);
    CHECK_TRACE("plain back@2 TL_OK 6@2 ");
    CHECK_OK(tl_world_destroy(world));
}

static tl_fiber *taken;

TL_SCRIPT(shows_its_fiber, tl_nothing, unused)
{
    taken = tl_fiber_current();
    CHECK_OK(tl_wait_frames(2));
    CHECK_UNREACHED();
}

TEST(a_script_whose_fiber_is_cancelled_ends)
{
    make_world(0);
    tl_script script;
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &script, shows_its_fiber, {0}));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, joins, {script}));
    steps(1);
    CHECK_OK(tl_fiber_cancel(taken));
    steps(2);
    CHECK_TRACE("TL_CANCELLED 0@3 ");
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
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, joins, {script}));
    for (int i = 0; i < 2000; ++i)
        CHECK_RESULT(TL_ERROR_POOL_EXHAUSTED, tl_spawn(world, TL_NO_ENTITY, NULL, nothing, {0}));
    steps(1);
    CHECK_TRACE("TL_OK 3@4 ");
    CHECK_OK(tl_world_destroy(world));
}

static void destroys_own_entity(void *entity)
{
    CHECK_OK(tl_entity_destroy(world, *(tl_entity *)entity));
    CHECK_RESULT(TL_ERROR_STALE, tl_script_cancel(world, tl_script_current()));
}

TL_SCRIPT(leaves_nothing, struct self, me)
{
    CHECK_OK(tl_defer(destroys_own_entity, &me->entity));
    tl_exit((void *)11);
}

TEST(a_result_survives_the_clean_up_that_destroys_the_owner)
{
    make_world(0);
    tl_entity entity = make(TL_NO_ENTITY);
    tl_script script;
    CHECK_OK(tl_spawn(world, entity, &script, leaves_nothing, {.entity = entity}));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, joins, {script}));
    steps(1);
    CHECK_TRACE("TL_OK 11@1 ");
    CHECK(!tl_entity_is_alive(world, entity));
    CHECK_OK(tl_world_destroy(world));
}

static tl_event *gone_event;
static tl_channel *gone_channel;

TL_SCRIPT(waits_for_what_is_gone, struct self, me)
{
    CHECK_OK(tl_entity_destroy(world, me->entity));
    CHECK_OK(tl_event_destroy(gone_event));
    CHECK_OK(tl_channel_destroy(gone_channel));
    int item = 0;
    if (me->script.index1 == 0)
        tl_wait_event(gone_event, NULL);
    else
        tl_send(gone_channel, &item);
    CHECK_UNREACHED();
}

TEST(a_cancelled_scripts_wait_looks_at_nothing)
{
    make_world(0);
    for (uint32_t i = 0; i < 2; ++i) {
        CHECK_OK(tl_event_create(world, NULL, 0, &gone_event));
        CHECK_OK(tl_channel_create(world, &(tl_channel_desc){NULL, sizeof(int), 1}, &gone_channel));
        tl_entity entity = make(TL_NO_ENTITY);
        CHECK_OK(tl_spawn(world, entity, NULL, waits_for_what_is_gone, {entity, {i, 0}}));
        steps(1);
    }
    CHECK_OK(tl_world_destroy(world));
}
