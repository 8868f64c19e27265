// SPDX-License-Identifier: MIT
// How scripts are cancelled. A cancelled script (tl__cancelled) stops at its next wait, or when it leaves its last
// shield; from then on it is closing (tl__stage).
//
// Children end first. If a child cannot end at once, since it is running or in a shield, its parent stays closing, and
// the end of that child ends the parent. All of this is done in loops: scripts may be nested too deeply for recursion.
#include "script/script_end.h"

#include <assert.h>
#include <stdatomic.h>

#include "base/misuse.h"
#include "fiber/owner.h"
#include "fiber/trace.h"
#include "script/resume.h"
#include "world/entity.h"
#include "world/exclusive.h"
#include "world/heartbeat.h"
#include "world/lanes.h"
#include "world/marks.h"
#include "world/next_step.h"
#include "world/parallel_slots.h"
#include "world/ready.h"
#include "world/script_error.h"
#include "world/script_results.h"
#include "world/script_store.h"
#include "world/timer.h"
#include "world/wait.h"

bool tl__script_record_is_alive(const tl__script_record *script)
{
    return script->stage == TL__LIVES && script->cancelled == TL__NOT_CANCELLED && !tl_fiber_is_ending(script->fiber) &&
           !tl__fiber_is_done(script->fiber);
}

/// Notifies all listeners for the script's end. Returns whether any of them takes notice of how it ended.
static bool tell_joiners(tl__script_record *script)
{
    bool noticed = false;
    while (!tl__list_is_empty(&script->joiners)) {
        tl__listener *joiner = TL__ITEM(script->joiners.next, tl__listener, link);
        if (!joiner->is_deaf) {
            noticed = true;
            tl__script_catch(&script->end, joiner);
        }
        tl__listener_tell(joiner, script->end.how, script);
    }
    return noticed;
}

/// Ends a suspended script that has no children: unwinds it unless its fiber is done already, notifies the listeners
/// for its end, and frees its slot.
static void end_script(tl__script_record *script)
{
    if (script->stage == TL__CLOSES && !tl__fiber_is_done(script->fiber))
        tl__script_unwind(script);
    script->stage = TL__ENDS;
    script->end.how = script->end.failure != NULL              ? TL_ERROR_FAILED
                      : script->cancelled == TL__WAS_CANCELLED ? TL_CANCELLED
                                                               : TL_OK;
    if (script->wait != TL_WAIT_NOTHING)
        tl__wait_leave(script);
    assert(!tl__is_ready(script) && !tl__is_held(script)); // it ran to its end, or is closing
    tl__parallel_slot_leave(script);
    tl__lanes_leave(script);
    tl__script_forget_to_end(script);
    if (!tell_joiners(script) && script->end.failure != NULL)
        tl__failure_report_later(script->world, script->end.failure);
    tl__list_remove(&script->of_owner);
    if (tl__is_traced(TL_TRACE_SCRIPTS))
        tl__trace_end(script->fiber);
    script->creation = 0;
    atomic_signal_fence(memory_order_seq_cst); // from now on tl__note_scripts, in a signal handler, reads no more of it
    tl__fiber_disown(script->fiber);
    tl_fiber_destroy(script->fiber);
    script->fiber = NULL;
    --script->group->script_count;
    --script->world->script_count;
    tl__failure_drop(script->caught);
    if (script->counter != NULL) {
        // Cleared first, since the counter may be gone after tl_counter_finish. relaxed: the release in that call
        // orders this store before a later use of the counter.
        tl__store(&script->counter->tl__world, 0, memory_order_relaxed);
        tl_counter_finish(script->counter);
    }
    tl__script_results_put(&script->world->results, tl__script_id(script), &script->end);
    tl__script_give_back(script->world, script);
}

/// Moves a script to the front of its parent's children, where the cancelled ones are, or from its owner's list to the
/// world's own.
static void set_apart(tl__script_record *script)
{
    tl__list_remove(&script->of_owner);
    if (script->parent != NULL) {
        tl__list_prepend(&script->parent->children, &script->of_owner);
    } else {
        if (script->parallel_slot1 != 0)
            tl__entity_count_parallel(script->world, script->owner, UINT32_MAX);
        script->owner = TL_NO_ENTITY;
        tl__list_append(&script->world->scripts, &script->of_owner);
    }
}

static void doom(tl__script_record *script)
{
    bool ends_anyway = tl_fiber_is_ending(script->fiber) || tl__fiber_is_done(script->fiber);
    if (script->cancelled == TL__NOT_CANCELLED)
        script->cancelled = ends_anyway ? TL__CANCELLED_TOO_LATE : TL__WAS_CANCELLED;
    tl__mark(script, TL__LOOK);
    if (script->frame != NULL && script->frame->kind->hurry != NULL)
        script->frame->kind->hurry(script->frame);
    set_apart(script);
}

/// Whether a cancelled script may still run: it is running (until its next wait) or in a shield that is not broken.
static bool may_still_run(const tl__script_record *script)
{
    const tl_world *world = script->world;
    return tl__is_marked(script, TL__ACTIVE) || script->asking ||
           (script->shields > 0 && !world->closing && !world->breaks_shields);
}

/// Stops a script for good: removes it from everything that could wake it. If it has not stopped by itself, its own
/// time becomes the current time; scripts that wait for its end continue from there.
static void begin_to_close(tl__script_record *script)
{
    bool is_stopped = script->stage == TL__LIVES;
    script->stage = TL__CLOSES;
    script->visited = true;
    tl__next_step_give_up(script);
    if (is_stopped)
        tl__local_now(script->local, script->group);
    tl__wait_leave(script);
    tl__ready_take(script);
    script->wait = TL_WAIT_CHILD;
}

/// Returns the newest child that is still to be closed, or null.
static tl__script_record *newest_child(const tl__script_record *script)
{
    if (tl__list_is_empty(&script->children))
        return NULL;
    tl__script_record *newest = TL__ITEM(script->children.previous, tl__script_record, of_owner);
    return newest->cancelled != TL__NOT_CANCELLED || newest->stage != TL__LIVES ? NULL : newest;
}

/// Ends a closing script if it has no children left.
static void end_if_possible(tl__script_record *script)
{
    script->visited = false;
    if (tl__list_is_empty(&script->children))
        end_script(script);
}

/// Ends a closing parent whose last child has just ended, and in the same way each parent above it.
static void child_is_gone(tl__script_record *parent)
{
    while (parent != NULL && parent->stage == TL__CLOSES && !parent->visited && !tl__is_marked(parent, TL__ACTIVE) &&
           tl__list_is_empty(&parent->children)) {
        tl__script_record *above = parent->parent;
        tl__local_now(parent->local, parent->group); // its end counts from now, not from when it stopped
        end_script(parent);
        parent = above;
    }
}

/// Closes all descendants of a closing script, the newest first and children before parents, then ends it.
static void close_with_children(tl__script_record *top)
{
    tl__script_record *script = top;
    for (;;) {
        tl__script_record *child = newest_child(script);
        if (child != NULL) {
            doom(child);
            if (may_still_run(child))
                continue;
            begin_to_close(child);
            script = child;
            continue;
        }
        tl__script_record *above = script->parent;
        end_if_possible(script);
        if (script == top)
            return;
        script = above;
    }
}

void tl__script_close(tl__script_record *script)
{
    tl__script_record *above = script->parent;
    if (script->cancelled == TL__NOT_CANCELLED)
        set_apart(script);
    begin_to_close(script);
    close_with_children(script);
    child_is_gone(above);
}

/// As tl__script_close, for a script whose fiber is done.
static void finish(tl__script_record *script)
{
    tl__script_record *above = script->parent;
    if (!tl__list_is_empty(&script->children)) {
        tl__script_close(script);
        return;
    }
    end_script(script);
    child_is_gone(above);
}

void tl__script_after_resume(tl__script_record *script)
{
    tl__script_begin_time(script);
    if (tl__fiber_is_done(script->fiber)) {
        finish(script);
        return;
    }
    if (tl__script_is_to_end(script) && script->shields == 0 &&
        tl__script_record_is_alive(script)) { // it called tl_yield, which does not check this
        tl__script_cancel_now(script);
        return;
    }
    if (tl__must_stop(script))
        tl__script_close(script);
    else if (script->wait == TL_WAIT_NOTHING && !tl__is_ready(script) && !tl__is_held(script))
        tl__next_step_await(script); // also after a bare tl_yield, which can only mean the next step
}

/// Resumes a script in a clean-up that waits to run exclusively, since a clean-up must not be ended half-way. Returns
/// whether the script still exists.
static bool clean_up_now(tl__script_record *script)
{
    tl_world *world = script->world;
    tl_script id = tl__script_id(script);
    tl__unmark(script, TL__WANTS_EXCLUSIVE);
    world->breaks_shields = false; // must not apply to scripts that the clean-up cancels
    tl__script_resume(script);
    tl__script_after_resume(script);
    tl__failures_report(world);
    world->breaks_shields = true;
    return tl__script_find(world, id) != NULL;
}

void tl__script_cancel_now(tl__script_record *script)
{
    doom(script);
    if (script->cleans_up && script->world->breaks_shields && !clean_up_now(script))
        return;
    if (!may_still_run(script))
        tl__script_close(script);
}

tl_result tl_script_cancel(tl_world *world, tl_script script)
{
    if (world == NULL)
        return tl__misuse(TL_ERROR_NULL, __func__);
    tl_result result = tl__change_begin(world, __func__);
    if (result != TL_OK)
        return result;
    tl__script_record *found = tl__script_find(world, script);
    if (found == NULL || !tl__script_record_is_alive(found))
        return TL_ERROR_STALE;
    tl__script_cancel_now(found);
    tl__failures_report(world);
    return TL_OK;
}

/// Returns the script in a slot if its function lies in [begin, end); else null.
static tl__script_record *script_from(const tl_world *world, uint32_t slot, uintptr_t begin, uintptr_t end)
{
    tl__script_record *script = tl__script_slot(world, slot + 1);
    if (script->fiber == NULL)
        return NULL;
    uintptr_t function = (uintptr_t)script->end.entry->run;
    return function >= begin && function < end ? script : NULL;
}

tl_result tl_world_cancel_from(tl_world *world, const void *begin, const void *end, uint32_t *left)
{
    uintptr_t first = (uintptr_t)begin, last = (uintptr_t)end;
    uint32_t count = 0;
    if (left != NULL)
        *left = UINT32_MAX;
    if (world == NULL || first > last)
        return tl__misuse(world == NULL ? TL_ERROR_NULL : TL_ERROR_ARGUMENT, __func__);
    tl_result result = tl__change_begin(world, __func__);
    if (result != TL_OK)
        return result;
    // One pass over the slots that exist now: if a clean-up spawns its own script again, that is not cancelled again.
    for (uint32_t slot = world->script_slots; slot > 0; --slot) {
        tl__script_record *script = script_from(world, slot - 1, first, last);
        if (script != NULL && tl__script_record_is_alive(script))
            tl__script_cancel_now(script);
    }
    for (uint32_t slot = 0; slot < world->script_slots; ++slot)
        count += script_from(world, slot, first, last) != NULL;
    if (left != NULL)
        *left = count;
    tl__failures_report(world);
    return TL_OK;
}

/// Returns the newest script that was cancelled and lives on only because of a shield, or null.
static tl__script_record *newest_in_shield(const tl_world *world)
{
    tl__script_record *newest = NULL;
    for (uint32_t i = 0; i < world->script_slots; ++i) {
        tl__script_record *script = tl__script_slot(world, i + 1);
        if (script->fiber != NULL && script->cancelled != TL__NOT_CANCELLED && script->stage == TL__LIVES &&
            (newest == NULL || script->creation > newest->creation))
            newest = script;
    }
    return newest;
}

void tl__scripts_break_shields(tl_world *world)
{
    for (tl__script_record *script; (script = newest_in_shield(world)) != NULL;)
        tl__script_close(script);
}

void tl__scripts_cancel_all(tl__link *list)
{
    // Each script leaves this list at once: a script that may still run moves to the world's list. When the world is
    // being destroyed (and this is the world's list), no script may still run.
    while (!tl__list_is_empty(list))
        tl__script_cancel_now(TL__ITEM(list->previous, tl__script_record, of_owner));
}
