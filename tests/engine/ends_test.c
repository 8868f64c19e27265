// SPDX-License-Identifier: MIT
// How scripts end: cancelled, with their owner, with the world; and what their clean-ups may do.
#include "trace.h"

TEST(cancel_runs_the_clean_ups_and_wakes_those_that_wait)
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
    CHECK_TRACE("TL_CANCELLED@3 ");
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
    CHECK_OK(tl_wait_step());
    note("< ");
    CHECK_OK(tl_entity_destroy(world, me->victim));
    note("> ");
}

TEST(those_that_wait_for_the_dead_are_woken_in_the_same_step)
{
    make_world(0);
    tl_entity entity = make(TL_NO_ENTITY);
    tl_script script = put_to_sleep(entity, "clean ");
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, joins, {script}));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, destroys, {entity}));
    steps(2);
    CHECK_TRACE("< clean > TL_CANCELLED@2 ");
    CHECK_OK(tl_world_destroy(world));
}

struct self {
    tl_entity entity;
    tl_script script;
};

TL_SCRIPT(destroys_itself, struct self, me)
{
    tl_defer(note_text, "cleaned ");
    note("before ");
    CHECK_OK(tl_entity_destroy(world, me->entity));
    CHECK(!tl_entity_is_alive(world, me->entity));
    note("after ");
    CHECK(!tl_script_is_alive(world, tl_script_current()));
    tl_wait_step();
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
    CHECK_TRACE("before after cleaned TL_CANCELLED@1 ");
    CHECK_UINT(0, tl_script_count(world));
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT(cancels_itself, struct self, me)
{
    tl_defer(note_text, "cleaned ");
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
    tl_defer(destroys_both, NULL);
    CHECK_OK(tl_wait_seconds(1000));
}

TL_SCRIPT(cancels_victim, struct joiner, me)
{
    tl_defer(note_text, "canceller ");
    CHECK_OK(tl_wait_step());
    CHECK_OK(tl_script_cancel(world, me->other));
    note("still here ");
    tl_wait_step();
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

TL_SCRIPT(speaks, tl_nothing, unused)
{
    note("x.");
}

static tl_entity dying_entity;

static void spawns_on_the_dying(void *unused)
{
    (void)unused;
    tl_script script;
    tl_entity child;
    CHECK_RESULT(TL_ERROR_STALE, tl_spawn(world, dying_entity, &script, does_nothing, {0}));
    CHECK_RESULT(TL_ERROR_STALE, tl_entity_create(world, dying_entity, &child));
    CHECK_RESULT(TL_ERROR_STALE, tl_entity_destroy(world, dying_entity));
    CHECK_RESULT(TL_ERROR_STALE, tl_entity_set_transform(world, dying_entity, &(tl_transform){0}));
    CHECK_RESULT(TL_ERROR_STALE, tl_entity_set_user_data(world, dying_entity, NULL));
    CHECK(!tl_entity_is_alive(world, dying_entity));
    CHECK_UINT(0, tl_entity_next(world, TL_NO_ENTITY).index1);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &script, speaks, {0}));
    note("tried ");
}

TL_SCRIPT(clings, tl_nothing, unused)
{
    tl_defer(spawns_on_the_dying, NULL);
    CHECK_OK(tl_wait_seconds(1000));
}

TEST(nothing_new_for_the_dying)
{
    make_world(0);
    dying_entity = make(TL_NO_ENTITY);
    CHECK_OK(tl_spawn(world, dying_entity, NULL, clings, {0}));
    steps(1);
    CHECK_OK(tl_entity_destroy(world, dying_entity));
    CHECK_TRACE("tried ");
    steps(1);
    CHECK_TRACE("x.");
    CHECK_OK(tl_world_destroy(world));
}

static tl_entity parent_entity, child_entity;

static void looks(void *unused)
{
    (void)unused;
    note("%g %g ", (double)tl_entity_get_transform(world, child_entity).position.x,
         (double)tl_entity_world_matrix(world, child_entity).m30);
    CHECK_POINTER(trace, tl_entity_user_data(world, child_entity));
    if (tl_entity_is_alive(world, parent_entity))
        CHECK_OK(tl_entity_destroy(world, parent_entity));
    note("%g ", (double)tl_entity_world_matrix(world, child_entity).m30);
}

TL_SCRIPT(looks_at_the_end, tl_nothing, unused)
{
    tl_defer(looks, NULL);
    CHECK_OK(tl_wait_seconds(1000));
}

static void make_parent_and_child(void)
{
    tl_transform transform = TL_TRANSFORM_INIT;
    transform.position.x = 1;
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
    CHECK_OK(tl_entity_destroy(world, child_entity)); // its clean-up destroys the parent meanwhile
    CHECK_TRACE("1 2 1 ");
    CHECK_UINT(0, tl_entity_count(world));
    CHECK_OK(tl_world_destroy(world));
}

static void spawns_at_the_end(void *unused)
{
    (void)unused;
    CHECK_RESULT(TL_ERROR_POOL_CLOSING, tl_spawn(world, TL_NO_ENTITY, NULL, does_nothing, {0}));
    CHECK_MISUSE(TL_ERROR_IN_SCRIPT, tl_world_step(world));
    CHECK_MISUSE(TL_ERROR_IN_SCRIPT, tl_world_destroy(world));
    note("end ");
}

TL_SCRIPT(survives, tl_nothing, unused)
{
    tl_defer(spawns_at_the_end, NULL);
    CHECK_OK(tl_wait_seconds(1000));
}

TEST(a_world_ends_with_everything_in_it)
{
    make_world(0);
    plain_event event;
    CHECK_OK(tl_event_create(world, TL_NO_ENTITY, NULL, &event));
    tl_entity entity = make(TL_NO_ENTITY);
    put_to_sleep(TL_NO_ENTITY, "world1 ");
    put_to_sleep(TL_NO_ENTITY, "world2 ");
    put_to_sleep(entity, "entity ");
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, survives, {0}));
    steps(1);
    CHECK_OK(tl_world_destroy(world));
    CHECK_TRACE("entity end world2 world1 ");
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
    tl_defer(looks_around, NULL);
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
    put_to_sleep(make(TL_NO_ENTITY), "new "); // in the slot of the first entity
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
    tl_defer(steps_another_world, NULL);
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

static void destroys_own_entity(void *entity)
{
    CHECK_OK(tl_entity_destroy(world, *(tl_entity *)entity));
    CHECK_RESULT(TL_ERROR_STALE, tl_script_cancel(world, tl_script_current()));
}

TL_SCRIPT(leaves_nothing, struct self, me)
{
    tl_defer(destroys_own_entity, &me->entity);
    tl_exit(NULL);
}

TEST(it_ended_well_despite_the_clean_up_that_destroys_the_owner)
{
    make_world(0);
    tl_entity entity = make(TL_NO_ENTITY);
    tl_script script;
    CHECK_OK(tl_spawn(world, entity, &script, leaves_nothing, {.entity = entity}));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, joins, {script}));
    steps(1);
    CHECK_TRACE("TL_OK@1 ");
    CHECK(!tl_entity_is_alive(world, entity));
    CHECK_OK(tl_world_destroy(world));
}

static plain_event gone_event;
static int_channel gone_channel;

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
        CHECK_OK(tl_event_create(world, TL_NO_ENTITY, NULL, &gone_event));
        CHECK_OK(tl_channel_create(world, TL_NO_ENTITY, NULL, 1, &gone_channel));
        tl_entity entity = make(TL_NO_ENTITY);
        CHECK_OK(tl_spawn(world, entity, NULL, waits_for_what_is_gone, {entity, {i, 0}}));
        steps(1);
    }
    CHECK_OK(tl_world_destroy(world));
}
