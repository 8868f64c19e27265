// SPDX-License-Identifier: MIT
#include "world/next_step.h"

#include "world/lanes.h"
#include "world/marks.h"
#include "world/parallel_slots.h"
#include "world/ready.h"
#include "world/timer.h"

void tl__next_step_set_timer(tl__script_record *script)
{
    tl__unmark(script, TL__STEPS_ON);
    tl__script_begin_time(script);
    script->wait = TL_WAIT_STEPS;
    tl__timer_set(&script->timer, script, TL__TIMER_IS_WAIT, 0, TL__STEPS, tl__now(script->group, TL__STEPS) + 1);
}

void tl__next_step_await(tl__script_record *script)
{
    if (script->group->budget != 0) {
        tl__next_step_set_timer(script);
        return;
    }
    script->answer = TL_OK;
    tl__mark(script, TL__STEPS_ON);
    if (script->parallel_slot1 != 0)
        tl__lane_set(&script->world->parallel.lane, TL__NEXT_STEP + TL__PARALLEL_ORDER, script->parallel_slot1 - 1);
    else
        tl__lanes_set(script, TL__NEXT_STEP + script->phase_order);
}

void tl__next_step_give_up(tl__script_record *script)
{
    if (!tl__is_marked(script, TL__STEPS_ON) || script->parallel_slot1 != 0)
        return;
    if (tl__is_ready(script)) // the step has begun, and the script was let through
        tl__mark(script, TL__BY_STEP);
    tl__script_begin_time(script);
}

/// Calls `visit` for each script of a lane whose bit in a bitmap is set.
static void for_each(tl__lane *lane, int bitmap, void (*visit)(tl__script_record *script, const tl_group *group),
                     const tl_group *group)
{
    for (uint32_t word = 0; (word = tl__lane_find(lane, bitmap, word)) < tl__lane_words(lane); ++word)
        for (uint64_t bits = tl__lane_row(lane, bitmap)[word]; bits != 0; bits &= bits - 1)
            visit(lane->slots[word * TL__LANE_BITS + (uint32_t)__builtin_ctzll(bits)].script, group);
}

static void for_each_of_all(tl_world *world, int bitmap,
                            void (*visit)(tl__script_record *script, const tl_group *group), const tl_group *group)
{
    for (uint32_t i = 0; i < world->lanes.count; ++i)
        for_each(world->lanes.lanes[i], bitmap, visit, group);
}

/// Counts a script of the group that waited for this step by a bit as let through, since the group has a budget now.
static void note_ready(tl__script_record *script, const tl_group *group)
{
    if (script->group != group || !tl__is_marked(script, TL__STEPS_ON))
        return;
    tl__unmark(script, TL__STEPS_ON);
    tl__mark(script, TL__BY_STEP);
    tl__script_begin_time(script);
    ++script->group->let_through;
}

static void use_timer(tl__script_record *script, const tl_group *group)
{
    if (script->group != group)
        return;
    tl__lane_clear(script->lane, TL__NEXT_STEP + script->phase_order, script->slot);
    tl__next_step_set_timer(script);
}

static void use_timer_of_parallel(tl__script_record *script, const tl_group *group)
{
    if (script->group != group)
        return;
    tl__lane_clear(&group->world->parallel.lane, TL__NEXT_STEP + TL__PARALLEL_ORDER, script->parallel_slot1 - 1);
    tl__next_step_set_timer(script);
}

void tl__next_step_use_timers(tl_group *group)
{
    tl_world *world = group->world;
    for (int phase_order = 0; phase_order < TL__PHASES; ++phase_order) {
        for_each_of_all(world, TL__READY + phase_order, note_ready, group);
        for_each_of_all(world, TL__NEXT_STEP + phase_order, use_timer, group);
    }
    for_each(&world->parallel.lane, TL__NEXT_STEP + TL__PARALLEL_ORDER, use_timer_of_parallel, group);
}

static void admit_to_frame(tl__script_record *script, const tl_group *none)
{
    (void)none;
    if (script->group->frozen)
        return;
    tl__lane_clear(script->lane, TL__NEXT_STEP + TL__FRAME_ORDER, script->slot);
    tl__unmark(script, TL__STEPS_ON | TL__BY_STEP);
    tl__local_now(script->local, script->group);
    tl__ready_put(script);
}

void tl__next_step_begin_frame(tl_world *world)
{
    if (!tl__lanes_have(world, TL__NEXT_STEP + TL__FRAME_ORDER))
        return;
    world->admits_steps = true;
    for_each_of_all(world, TL__NEXT_STEP + TL__FRAME_ORDER, admit_to_frame, NULL);
    world->admits_steps = false;
}
