// SPDX-License-Identifier: MIT
// The local time of a script that waited for the end of another one.
#include "telar/event.h"
#include "trace.h"

typedef TL_EVENT(int) int_event;

static int_event bell;

static tl_script target;

TL_SCRIPT(waits_for_bell, tl_nothing, unused)
{
    tl_wait_event(bell, NULL);
}

TL_SCRIPT(waits_for_a_frame, tl_nothing, unused)
{
    for (;;)
        tl_wait_step();
}

TL_SCRIPT(waits_for_long, tl_nothing, unused)
{
    tl_wait_seconds(100);
}

TL_SCRIPT(waits_for_target, tl_nothing, unused)
{
    CHECK_RESULT(TL_CANCELLED, tl_wait_script(target));
    CHECK_OK(tl_wait_seconds(0.1)); // six steps
    note("@%ju ", (uintmax_t)tl_world_get_time(world).steps);
}

TL_SCRIPT(cancels_target, tl_nothing, unused)
{
    CHECK_OK(tl_wait_steps(10));
    CHECK_OK(tl_script_cancel(world, target));
}

static void cancel_in_step_11(bool emits_before, const char *expected)
{
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, waits_for_target, {0}));
    CHECK_OK(tl_spawn_with(world, (&(tl_script_desc){.priority = 1}), NULL, cancels_target, {0}));
    steps(10);
    if (emits_before)
        CHECK_OK(tl_emit(bell, 1));
    steps(12);
    CHECK_TRACE(expected);
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT(in_shield_until_step_15, tl_nothing, unused)
{
    tl_scoped_shield();
    CHECK_OK(tl_wait_steps(14));
}

TL_SCRIPT(has_child_in_shield, tl_nothing, unused)
{
    tl_sync(TL_CHILD(in_shield_until_step_15, {0}));
}

TEST(it_is_the_step_in_which_a_cancelled_one_ended)
{
    make_world(0);
    CHECK_OK(tl_event_create(world, TL_NO_ENTITY, "bell", &bell));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &target, waits_for_bell, {0}));
    cancel_in_step_11(false, "@17 ");
    make_world(0);
    CHECK_OK(tl_event_create(world, TL_NO_ENTITY, "bell", &bell));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &target, waits_for_bell, {0}));
    cancel_in_step_11(true, "@17 "); // the target is woken, but is cancelled before it runs
    make_world(0);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &target, waits_for_a_frame, {0}));
    cancel_in_step_11(false, "@17 ");
    make_world(0);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &target, waits_for_long, {0}));
    cancel_in_step_11(false, "@17 ");
    make_world(0);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &target, has_child_in_shield, {0}));
    cancel_in_step_11(false, "@21 "); // it ends when its child does
}
