// SPDX-License-Identifier: MIT
// Groups: clocks of their own, budgets; and the phases of a step.
#include "trace.h"

static tl_group *ui, *crowd;

static void make_groups(void)
{
    make_world(60);
    CHECK_OK(tl_group_create(world, &(tl_group_desc){.name = "ui"}, &ui));
    CHECK_OK(tl_group_create(world, &(tl_group_desc){.name = "crowd", .budget = 2}, &crowd));
}

struct beat {
    const char *name;
    double seconds;
};

TL_SCRIPT(beats, struct beat, me)
{
    for (;;) {
        CHECK_OK(tl_wait_seconds(me->seconds));
        note("%s@%ju ", me->name, step_count());
    }
}

static void spawn_in(tl_group *group, const char *name, double seconds)
{
    CHECK_OK(tl_spawn_with(world, (&(tl_script_desc){.group = group}), NULL, beats, {name, seconds}));
}

TEST(each_group_has_its_own_time)
{
    make_groups();
    spawn_in(NULL, "w", 0.05);
    spawn_in(ui, "u", 0.05);
    steps(4);
    CHECK_TRACE("w@4 u@4 ");
    CHECK_OK(tl_group_set_time_scale(tl_world_group(world), 0.5));
    CHECK_OK(tl_group_set_time_scale(ui, 3));
    steps(6);
    CHECK_TRACE("u@5 u@6 u@7 u@8 u@9 w@10 u@10 ");
    tl_group_info info = tl_group_get_info(ui);
    CHECK_STRING("ui", info.name);
    CHECK_UINT(10, info.steps);
    CHECK_NEAR(22.0 / 60, info.seconds, 1e-9);
    CHECK_NEAR(3.0 / 60, info.delta, 1e-9);
    CHECK_NEAR(3, info.scale, 1e-9);
    CHECK_UINT(1, info.scripts);
    CHECK_NEAR(7.0 / 60, tl_group_get_info(tl_world_group(world)).seconds, 1e-9);
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT(blinks, char *, name)
{
    for (;;) {
        note("%s", *name);
        CHECK_OK(tl_wait_step());
    }
}

typedef struct places {
    tl_group *world, *ui;
} places;

TL_SCRIPT(ticks_real, tl_nothing, unused)
{
    CHECK_OK(tl_wait_real_seconds(0.05));
    note("real@%ju ", step_count());
}

TEST(a_frozen_group_stands_still_while_others_go_on)
{
    make_groups();
    spawn_in(NULL, "w", 0.05);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, blinks, "."));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, ticks_real, {0}));
    CHECK_OK(tl_spawn_with(world, (&(tl_script_desc){.group = ui}), NULL, blinks, "u"));
    steps(2);
    CHECK_TRACE(".u.u");
    CHECK_OK(tl_group_freeze(tl_world_group(world)));
    steps(5);
    CHECK_TRACE("uuuuu");
    tl_group_info info = tl_group_get_info(tl_world_group(world));
    CHECK(info.frozen);
    CHECK_UINT(2, info.steps);
    CHECK_NEAR(2.0 / 60, info.seconds, 1e-9);
    CHECK_NEAR(0, info.delta, 0);
    CHECK_UINT(1, info.held); // the one whose real time has come
    CHECK_OK(tl_group_thaw(tl_world_group(world)));
    steps(2);
    CHECK_TRACE(".real@8 uw@9 .u"); // game time continues where it stood
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT(freezes, tl_group *, group)
{
    note("freeze ");
    CHECK_OK(tl_group_freeze(*group));
    CHECK_OK(tl_wait_step());
    note("thawed ");
}

TEST(freezing_in_the_middle_of_a_step_stops_those_that_have_not_run)
{
    make_groups();
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, blinks, "1"));
    CHECK_OK(tl_spawn_with(world, (&(tl_script_desc){.priority = 1}), NULL, freezes, tl_world_group(world)));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, blinks, "2"));
    steps(2);
    CHECK_TRACE("freeze ");
    CHECK_OK(tl_group_thaw(tl_world_group(world)));
    steps(2);
    CHECK_TRACE("thawed 1212");
    CHECK_OK(tl_world_destroy(world));
}

TEST(a_budget_spreads_work_over_steps_and_none_starves)
{
    make_groups();
    for (int i = 0; i < 5; ++i)
        CHECK_OK(tl_spawn_with(world, (&(tl_script_desc){.group = crowd, .priority = i}), NULL, blinks,
                               (char *[]){"a", "b", "c", "d", "e"}[i]));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, blinks, "|"));
    steps(5); // two in each step; priority counts only between these two
    CHECK_TRACE("ba|"
                "dc|"
                "ea|"
                "cb|"
                "ed|");
    CHECK_UINT(3, tl_group_get_info(crowd).held);
    CHECK_OK(tl_group_set_budget(crowd, 0));
    steps(2);
    CHECK_TRACE("edcba|edcba|");
    CHECK_UINT(0, tl_group_get_info(crowd).held);
    CHECK_OK(tl_world_destroy(world));
}

static int runs[50];

TL_SCRIPT(counts_runs, int, index)
{
    for (;;) {
        ++runs[*index];
        CHECK_OK(tl_wait_step());
    }
}

TEST(a_budget_is_shared_fairly)
{
    make_groups();
    CHECK_OK(tl_group_set_budget(crowd, 7));
    for (int i = 0; i < 50; ++i)
        CHECK_OK(tl_spawn_with(world, (&(tl_script_desc){.group = crowd, .priority = i % 4}), NULL, counts_runs, i));
    int total = 0;
    for (int i = 0; i < 500; ++i) {
        steps(1);
        int before = total;
        total = 0;
        for (int each = 0; each < 50; ++each)
            total += runs[each];
        CHECK(total - before <= 7);
    }
    CHECK_INT(3500, total);
    for (int i = 0; i < 50; ++i)
        CHECK(runs[i] >= 69 && runs[i] <= 71);
    CHECK_OK(tl_world_destroy(world));
}

typedef TL_EVENT(tl_nothing) signal_event;
static signal_event signal_;

TL_SCRIPT(runs_before_physics, int, number)
{
    CHECK_OK(tl_wait_phase(TL_PHASE_BEFORE));
    for (;;) {
        CHECK_OK(tl_wait_event(signal_, NULL));
        note("%d@%ju ", *number, step_count());
    }
}

TL_SCRIPT(signals, tl_nothing, unused)
{
    CHECK_OK(tl_wait_steps(5));
    CHECK_OK(tl_emit(signal_, {0}));
}

TEST(a_budget_holds_for_those_whose_phase_had_passed)
{
    make_groups();
    CHECK_OK(tl_event_create(world, TL_NO_ENTITY, NULL, &signal_));
    CHECK_OK(tl_group_set_budget(crowd, 0));
    for (int i = 0; i < 4; ++i)
        CHECK_OK(tl_spawn_with(world, (&(tl_script_desc){.group = crowd}), NULL, runs_before_physics, i));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, signals, {0}));
    steps(3);
    CHECK_OK(tl_group_set_budget(crowd, 1));
    steps(9);
    CHECK_TRACE("0@7 1@8 2@9 3@10 ");
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT(notes_and_freezes, int, number)
{
    note("%d", *number);
    if (*number == 0)
        CHECK_OK(tl_group_freeze(crowd));
}

TEST(freezing_keeps_the_order_of_those_held_back)
{
    make_groups();
    for (int i = 0; i < 4; ++i)
        CHECK_OK(tl_spawn_with(world, (&(tl_script_desc){.group = crowd}), NULL, notes_and_freezes, i));
    steps(2);
    CHECK_OK(tl_group_thaw(crowd));
    steps(1);
    CHECK_TRACE("012");
    steps(1);
    CHECK_TRACE("3");
    CHECK_OK(tl_world_destroy(world));
}

TEST(what_is_held_back_can_be_cancelled)
{
    make_groups();
    tl_script scripts[4];
    for (int i = 0; i < 4; ++i)
        CHECK_OK(tl_spawn_with(world, (&(tl_script_desc){.group = crowd}), &scripts[i], blinks,
                               (char *[]){"a", "b", "c", "d"}[i]));
    CHECK_OK(tl_script_cancel(world, scripts[2]));
    steps(2);
    CHECK_TRACE("abad");
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT(has_children, tl_nothing, unused)
{
    CHECK_POINTER(ui, tl_group_current());
    CHECK_NEAR(0.25 / 60, tl_delta_seconds(), 1e-9);
    tl_script script;
    tl_script_info info;
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &script, does_nothing, {0}));
    info = tl_script_get_info(world, script);
    CHECK_POINTER(ui, info.group);
    tl_branch(child, blinks, "c");
    info = tl_script_get_info(world, child.script);
    CHECK_POINTER(ui, info.group);
    CHECK_UINT(tl_script_current().index1, info.parent.index1);
}

TEST(children_and_what_they_spawn_are_in_their_group)
{
    make_groups();
    CHECK_OK(tl_group_set_time_scale(ui, 0.25));
    CHECK_POINTER(NULL, tl_group_current());
    CHECK_NEAR(0, tl_delta_seconds(), 0);
    CHECK_OK(tl_spawn_with(world, (&(tl_script_desc){.group = ui}), NULL, has_children, {0}));
    steps(1);
    CHECK_TRACE("c");
    CHECK_OK(tl_world_destroy(world));
}

TEST(misuse)
{
    make_groups();
    tl_group *none = ui;
    CHECK_MISUSE(TL_ERROR_NULL, tl_group_create(NULL, &(tl_group_desc){0}, &none));
    CHECK_POINTER(NULL, none);
    CHECK_MISUSE(TL_ERROR_NULL, tl_group_create(world, NULL, &none));
    CHECK_MISUSE(TL_ERROR_NULL, tl_group_create(world, &(tl_group_desc){0}, NULL));
    CHECK_MISUSE(TL_ERROR_NULL, tl_group_set_time_scale(NULL, 1));
    CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_group_set_time_scale(ui, -0.1));
    CHECK_MISUSE(TL_ERROR_NULL, tl_group_freeze(NULL));
    CHECK_MISUSE(TL_ERROR_NULL, tl_group_set_budget(NULL, 1));
    CHECK_POINTER(NULL, tl_world_group(NULL));
    CHECK_POINTER(NULL, tl_group_get_info(NULL).name);
    CHECK_REPORTED(TL_ERROR_NULL);
    tl_world *other = NULL;
    CHECK_OK(tl_world_create(&(tl_world_desc){0}, &other));
    CHECK_MISUSE(TL_ERROR_OTHER_WORLD, tl_spawn_with(other, (&(tl_script_desc){.group = ui}), NULL, does_nothing, {0}));
    CHECK_MISUSE(TL_ERROR_ARGUMENT,
                 tl_spawn_with(other, (&(tl_script_desc){.phase = (tl_phase)5}), NULL, does_nothing, {0}));
    CHECK_OK(tl_world_destroy(other));
    CHECK_OK(tl_world_destroy(world));
}

/// Phases.

static void physics(tl_world *stepped, void *text)
{
    CHECK_POINTER(world, stepped);
    CHECK_MISUSE(TL_ERROR_IN_SCRIPT, tl_world_step(world));
    CHECK_MISUSE(TL_ERROR_IN_SCRIPT, tl_world_end_frame(world));
    note("%s", (const char *)text);
}

static void make_world_with_physics(void)
{
    CHECK_OK(tl_world_create(&(tl_world_desc){.physics = physics, .physics_arg = "P"}, &world));
}

static void end_frame(void)
{
    CHECK_OK(tl_world_end_frame(world));
    note("|");
}

TEST(phases_in_their_order_around_the_physics)
{
    make_world_with_physics();
    static const tl_phase phases[] = {TL_PHASE_FRAME, TL_PHASE_AFTER, TL_PHASE_STEP, TL_PHASE_BEFORE};
    for (int i = 0; i < 4; ++i)
        CHECK_OK(tl_spawn_with(world, (&(tl_script_desc){.phase = phases[i]}), NULL, blinks,
                               (char *[]){"f", "a", "s", "b"}[i]));
    steps(1);
    end_frame();
    steps(2); // two steps in a frame
    end_frame();
    end_frame(); // a frame without a step
    CHECK_TRACE("bPsaf|bPsabPsaf||");
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT(goes_through_phases, tl_nothing, unused)
{
    static const tl_phase phases[] = {TL_PHASE_AFTER, TL_PHASE_BEFORE, TL_PHASE_BEFORE, TL_PHASE_FRAME, TL_PHASE_STEP};
    note("0");
    for (int i = 0; i < 5; ++i) {
        CHECK_OK(tl_wait_phase(phases[i]));
        note("%d", i + 1);
    }
    CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_wait_phase((tl_phase)9));
    CHECK_OK(tl_wait_phase(TL_PHASE_AFTER));
    note("6");
}

TEST(waiting_for_a_phase)
{
    make_world_with_physics();
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, goes_through_phases, {0}));
    CHECK_OK(tl_spawn_with(world, (&(tl_script_desc){.phase = TL_PHASE_AFTER, .priority = -1}), NULL, blinks, "a"));
    for (int i = 0; i < 4; ++i) {
        steps(1);
        end_frame();
    }
    CHECK_TRACE("P01a|2Pa|3Pa4|P56a|");
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT(wakes_early_one, tl_script, early)
{
    CHECK_OK(tl_wait_step());
    CHECK_OK(tl_script_cancel(world, *early));
    note("cancelled ");
}

TEST(what_is_woken_after_its_phase_runs_in_the_next_step)
{
    make_world_with_physics();
    tl_script sleeper_ = put_to_sleep(TL_NO_ENTITY, "");
    CHECK_OK(tl_spawn_with(world, (&(tl_script_desc){.phase = TL_PHASE_BEFORE}), NULL, joins, {sleeper_}));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, wakes_early_one, sleeper_));
    steps(4);
    CHECK_TRACE("PPcancelled TL_CANCELLED@3 PP");
    CHECK_OK(tl_world_destroy(world));
}
