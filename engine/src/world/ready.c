// SPDX-License-Identifier: MIT
#include "world/ready.h"

#include <assert.h>

#include "base/compiler.h"
#include "fiber/trace.h"
#include "world/marks.h"
#include "world/parallel_slots.h"

/// Whether a group lets one more script through. Between two steps a group with a budget lets none through: its scripts
/// wait for the next step's budget.
static bool may_run(const tl_group *group)
{
    return !group->frozen && (group->budget == 0 || (tl__is_stepping(group->world) && group->admitted < group->budget));
}

/// Records when a script was let through: in which batch, and as which of that batch. So scripts that waited for the
/// same step keep their order. Scripts that wait from step to step by a bit do not get here: nothing is written for
/// them, not even that they belong to this step's batch (tl__script_begin_time_now).
static void note_admission(tl__script_record *script)
{
    tl_world *world = script->world;
    if (!world->admits_steps) {
        script->batch = tl__batch_alone(world);
        return;
    }
    bool waited_longer = script->batch < script->group->former_batch; // than all scripts that wait from step to step
    tl__batch_join(script, script->group->step_batch);
    if (waited_longer)
        script->admission = world->next_admission++;
}

static inline void admit_script(tl__script_record *script)
{
    if (script->parallel_slot1 == 0 && !tl__lanes_set(script, TL__READY + script->phase_order))
        return; // it was ready already
    if (UNLIKELY(tl__is_traced(TL_TRACE_WAKES)))
        tl__trace_wake(script->fiber);
    tl_group *group = script->group;
    ++group->admitted;
    note_admission(script);
    if (script->parallel_slot1 == 0) {
        ++group->let_through;
        return;
    }
    ++group->let_through_parallel;
    tl__parallel_slot_make_ready(script);
}

static void hold(tl__script_record *script, tl__link *list)
{
    assert(!tl__is_held(script) && !tl__is_ready(script));
    ++script->group->held_count;
    tl__list_append(list, &script->of_queue);
}

static void unhold(tl__script_record *script)
{
    --script->group->held_count;
    tl__list_remove(&script->of_queue);
}

void tl__group_release(tl_group *group)
{
    while (group->held_count > 0 && may_run(group)) {
        tl__link *first = tl__list_is_empty(&group->stopped) ? group->held.next : group->stopped.next;
        tl__script_record *script = TL__ITEM(first, tl__script_record, of_queue);
        unhold(script);
        admit_script(script);
    }
}

void tl__groups_release(tl_world *world)
{
    for (tl__link *link = world->groups.next; link != &world->groups; link = link->next)
        tl__group_release(TL__ITEM(link, tl_group, of_world));
}

bool tl__is_ready(const tl__script_record *script)
{
    return script->parallel_slot1 != 0 ? tl__parallel_slot_is_ready(script)
                                       : tl__lane_has(script->lane, TL__READY + script->phase_order, script->slot);
}

void tl__ready_put(tl__script_record *script)
{
    const tl_group *group = script->group;
    bool lets_through = group->held_count == 0 && may_run(group);
    if (lets_through && script->parallel_slot1 == 0)
        admit_script(script); // unless it is ready already; it is not held, since its group holds no script
    else if (tl__is_ready(script) || tl__is_held(script))
        return;
    else if (lets_through)
        admit_script(script);
    else
        hold(script, &script->group->held);
}

void tl__ready_run_put_other(tl__ready_run *run, tl__script_record *script)
{
    tl__ready_run_end(run);
    *run = (tl__ready_run){0};
    const tl_group *group = script->group;
    if (script->parallel_slot1 != 0 || group->held_count > 0 || group->frozen || group->budget != 0) {
        tl__ready_put(script);
        return;
    }
    *run = (tl__ready_run){
        .group = script->group,
        .lane = script->lane,
        .word = script->slot / TL__LANE_BITS,
        .phase_order = script->phase_order,
    };
    tl__ready_run_put(run, script);
}

/// Whether a ready script is counted as let through by its group: one that waited for this step by a bit is not.
static bool is_counted(const tl__script_record *script)
{
    return !tl__is_marked(script, TL__STEPS_ON);
}

void tl__ready_take(tl__script_record *script)
{
    if (tl__is_held(script))
        unhold(script);
    if (tl__is_ready(script) && is_counted(script))
        --*(script->parallel_slot1 != 0 ? &script->group->let_through_parallel : &script->group->let_through);
    if (script->parallel_slot1 != 0) {
        tl__parallel_slot_make_unready(script);
    } else {
        tl__lanes_clear(script, TL__READY + script->phase_order);
        tl__lanes_clear(script, TL__NEXT_STEP + script->phase_order);
    }
    tl__unmark(script, TL__STEPS_ON);
}

void tl__ready_stop(tl__script_record *script)
{
    hold(script, &script->group->stopped);
}

void tl__groups_run_parallel_part(tl_world *world)
{
    for (tl__link *link = world->groups.next; link != &world->groups; link = link->next)
        TL__ITEM(link, tl_group, of_world)->let_through_parallel = 0;
}
