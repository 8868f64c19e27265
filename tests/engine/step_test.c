// SPDX-License-Identifier: MIT
// A wait for the next step takes no timer and no list. Yet what groups count, and a script's local time, must be as if
// it did.
#include "trace.h"

static tl_group *crowd;
static plain_event signal_;

static void make_groups(void)
{
    make_world(60);
    CHECK_OK(tl_group_create(world, &(tl_group_desc){.name = "crowd"}, &crowd));
}

// A budget that is set in the middle of a step, when scripts that wait from step to step may have continued already.

static tl_script steppers[6];

TL_SCRIPT(steps_on, int, index)
{
    (void)index;
    for (;;)
        CHECK_OK(tl_wait_step());
}

TL_SCRIPT(waits_for_signal, int, number)
{
    CHECK_OK(tl_wait_event(signal_, NULL));
    note("%d@%ju ", *number, step_count());
}

struct change {
    tl_phase steppers_in;
    int cancelled; ///< steppers that are cancelled before the budget is set
};

TL_SCRIPT(sets_budget, struct change, what)
{
    CHECK_OK(tl_wait_steps(3));
    for (int i = 0; i < what->cancelled; ++i)
        CHECK_OK(tl_script_cancel(world, steppers[i]));
    CHECK_OK(tl_group_set_budget(crowd, 8));
    CHECK_OK(tl_emit(signal_, {0}));
}

/// Six scripts continue from step to step. The rest of the budget of eight is for two of those that are woken in that
/// step.
static void check_budget_in_step(struct change what)
{
    make_groups();
    CHECK_OK(tl_event_create(world, TL_NO_ENTITY, NULL, &signal_));
    for (int i = 0; i < 6; ++i)
        CHECK_OK(tl_spawn_with(world, (&(tl_script_desc){.group = crowd, .phase = what.steppers_in}), &steppers[i],
                               steps_on, i));
    for (int i = 0; i < 5; ++i)
        CHECK_OK(tl_spawn_with(world, (&(tl_script_desc){.group = crowd, .phase = TL_PHASE_AFTER}), NULL,
                               waits_for_signal, i));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, sets_budget, what));
    steps(8);
    CHECK_TRACE("0@4 1@4 2@5 3@5 4@5 ");
    CHECK_OK(tl_world_destroy(world));
}

TEST(a_budget_counts_those_that_went_on_before_it_came)
{
    check_budget_in_step((struct change){TL_PHASE_BEFORE, 0});
}

TEST(a_budget_counts_those_that_are_to_go_on_after_it_came)
{
    check_budget_in_step((struct change){TL_PHASE_AFTER, 0});
}

TEST(a_budget_counts_those_that_were_cancelled_before_it_came)
{
    check_budget_in_step((struct change){TL_PHASE_BEFORE, 6});
    check_budget_in_step((struct change){TL_PHASE_AFTER, 3});
}

TL_SCRIPT(waits_in_frames, tl_nothing, unused)
{
    for (;;) {
        note("%.0f@%ju ", tl_local_seconds() * 60, step_count());
        CHECK_OK(tl_wait_step());
    }
}

/// The script waited for the first of three steps, so that is its local time, though the frame ends with the third.
TEST(a_script_of_a_frame_continues_from_the_step_that_it_waited_for)
{
    make_world(60);
    CHECK_OK(tl_spawn_with(world, (&(tl_script_desc){.phase = TL_PHASE_FRAME}), NULL, waits_in_frames, {0}));
    for (int frame = 0; frame < 3; ++frame) {
        steps(3);
        CHECK_OK(tl_world_end_frame(world));
    }
    CHECK_TRACE("3@3 4@6 7@9 ");
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT(waits_for_frames, tl_nothing, unused)
{
    for (;;) {
        CHECK_OK(tl_wait_frame());
        note("%ju ", step_count());
    }
}

/// Frames with different numbers of steps. Notes at which steps a script of the phase continued, and where frames end.
static void play_frames(tl_phase phase)
{
    const int steps_of_frames[] = {2, 0, 0, 1, 3};
    make_world(60);
    CHECK_OK(tl_spawn_with(world, (&(tl_script_desc){.phase = phase}), NULL, waits_for_frames, {0}));
    CHECK_OK(tl_world_end_frame(world));
    for (int frame = 0; frame < 5; ++frame) {
        steps(steps_of_frames[frame]);
        CHECK_OK(tl_world_end_frame(world));
        note("| ");
    }
    CHECK_OK(tl_world_destroy(world));
}

TEST(a_script_of_a_frame_waits_for_the_next_one_also_without_steps)
{
    play_frames(TL_PHASE_FRAME);
    CHECK_TRACE("2 | 2 | 2 | 3 | 6 | ");
}

TEST(a_script_of_a_step_waits_for_the_first_step_of_the_next_frame)
{
    play_frames(TL_PHASE_STEP);
    CHECK_TRACE("| | | 3 | 4 | ");
    play_frames(TL_PHASE_PARALLEL);
    CHECK_TRACE("| | | 3 | 4 | ");
}
