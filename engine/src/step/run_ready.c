// SPDX-License-Identifier: MIT
// Runs scripts one after another. A script that only waits for the next step runs as fast as a bare fiber: its record
// is not touched, and only the switch is called. Any further work is done in functions that are not inlined.
#include "step/run_ready.h"

#include "base/compiler.h"
#include "fiber/fiber.h"
#include "fiber/owner.h"
#include "fiber/thread.h"
#include "script/race.h"
#include "script/script_end.h"
#include "script/turn.h"
#include "script/waits.h"
#include "step/fetch_ahead.h"
#include "world/current.h"
#include "world/heartbeat.h"
#include "world/lanes.h"
#include "world/marks.h"
#include "world/ready.h"
#include "world/script_error.h"
#include "world/timer.h"

enum {
    FEW = 16,               ///< scripts to gather while the batch is likely to become stale
    WORTH_PREFETCHING = 256 ///< most scripts of a world that fit into the L1 cache
};

/// Slow path before a resume: whether a ready script may run, if its marks alone do not decide that. The caller has
/// cleared the script's ready bit.
static NEVER_INLINE bool before_resume(tl__script_record *script)
{
    tl_world *world = script->world;
    bool steps_on = tl__is_marked(script, TL__STEPS_ON);
    tl__unmark(script, TL__STEPS_ON);
    if (steps_on) {
        script->answer = TL_OK;
        tl__mark(script, TL__BY_STEP);
        tl__script_begin_time(script);
    } else {
        --script->group->let_through;
    }
    if (script->group->frozen) {
        tl__ready_stop(script);
        return false;
    }
    if (script->wait != TL_WAIT_NOTHING && !tl__wait_is_over(script))
        return false;
    if (tl__heartbeat_is_watched(world)) {
        tl__heartbeat_beat(world);
        tl__heartbeat_count(script);
    }
    if (tl__must_stop(script)) { // cancelled by its own predicate
        tl__script_close(script);
        tl__failures_report(world);
        return false;
    }
    tl__script_begin_time(script);
    tl__mark(script, TL__ACTIVE);
    return true;
}

/// Slow path after a resume: handles a script whose marks alone do not say what to do.
static NEVER_INLINE void after_resume(tl__script_record *script)
{
    tl_world *world = script->world;
    tl__fiber_end_loan(script->fiber);
    tl__unmark(script, TL__ACTIVE);
    tl__script_after_resume(script);
    tl__failures_report(world);
}

/// Whether a ready script with these marks can be resumed by updating its marks only: it waited for the next step.
static inline bool begins_plainly(const tl_world *world, uint32_t marks)
{
    return LIKELY((marks & ~(uint32_t)TL__BY_STEP) == TL__STEPS_ON && !world->is_restrained &&
                  !tl__heartbeat_is_watched(world));
}

/// Whether a ready script can be resumed with only some bookkeeping: its wait is over.
static inline bool begins_woken(const tl_world *world, uint32_t marks, const tl__script_record *script)
{
    return LIKELY(marks == 0 && script->wait == TL_WAIT_NOTHING && script->stage == TL__LIVES &&
                  !world->is_restrained && !tl__heartbeat_is_watched(world));
}

/// Whether nothing but the marks must be updated after a resume: the script waits in a list or for a time.
static inline bool ended_waiting(const tl_world *world, const tl__script_record *script, tl_fiber *fiber,
                                 uint32_t marks)
{
    return LIKELY(marks == TL__ACTIVE && tl__fiber_is_plainly_suspended(fiber) && script->wait != TL_WAIT_NOTHING &&
                  script->stage == TL__LIVES && world->unreported == NULL && world->unreported_of_memory == 0 &&
                  tl__load(&world->to_end, memory_order_relaxed) == 0);
}

/// As ended_waiting, for a script that waits for the next step.
static inline bool ended_plainly(const tl_world *world, uint32_t marks)
{
    return LIKELY((marks & ~(uint32_t)TL__STARTED) == (TL__ACTIVE | TL__STEPS_ON) && !world->is_restrained &&
                  !world->lanes.is_stale && tl__load(&world->to_end, memory_order_relaxed) == 0);
}

ALWAYS_INLINE void take_turn(const tl__script_record *script, tl_fiber *fiber, tl_result answer, const bool watched)
{
    tl__turn turn = {0};
    if (watched)
        turn = tl__turn_begin(script);
    tl__fiber_resume_owned(fiber, answer);
    if (watched)
        tl__turn_end(script, turn);
}

/// Runs the gathered scripts until the batch is stale, that is, other work must be done first. (All in one function:
/// each return that follows a switch would be mispredicted. A call of before_resume or after_resume may return on
/// another thread.)
/// @param watched  whether to record or time the scripts' turns; a constant
ALWAYS_INLINE void run_batch(tl_world *world, const tl__batch *batch, const bool watched)
{
    const tl__lane *lane = batch->lane;
    uint64_t *ready = tl__lane_row(lane, TL__READY + world->phase),
             *next = tl__lane_row(lane, TL__NEXT_STEP + world->phase);
    const tl__lane_slot *slots = lane->slots;
    bool is_far = world->script_count > WORTH_PREFETCHING, any_next = false;
    uint32_t turns = 0;
    void **current = tl__thread_script_slot(), *before = *current;
    for (uint32_t i = 0; i < batch->count && !world->lanes.is_stale; ++i) {
        if (is_far)
            tl__fetch_ahead(slots, batch->slots, batch->count, i);
        uint32_t slot = batch->slots[i];
        tl__script_record *script = slots[slot].script;
        tl_fiber *fiber = slots[slot].fiber;
        ready[slot / TL__LANE_BITS] &= ~tl__lane_bit(slot);
        bool runs_on = true;
        tl_result answer = TL_OK;
        if (begins_plainly(world, tl__fiber_marks(fiber))) {
            tl__fiber_set_marks(fiber, TL__ACTIVE | TL__BY_STEP);
        } else if (begins_woken(world, tl__fiber_marks(fiber), script)) {
            --script->group->let_through;
            if (script->fresh) {
                script->fresh = false;
                tl__local_now(script->local, script->group);
            }
            tl__fiber_set_marks(fiber, TL__ACTIVE);
            answer = script->answer;
        } else {
            *current = before;
            runs_on = before_resume(script);
            answer = script->answer;
            current = tl__thread_script_slot();
        }
        if (LIKELY(runs_on)) {
            *current = script;
            ++turns;
            take_turn(script, fiber, answer, watched);
            uint32_t marks = tl__fiber_marks(fiber);
            if (ended_plainly(world, marks)) {
                tl__fiber_set_marks(fiber, marks - TL__ACTIVE);
                next[slot / TL__LANE_BITS] |= tl__lane_bit(slot);
                any_next = true;
            } else if (ended_waiting(world, script, fiber, marks)) {
                tl__fiber_set_marks(fiber, 0);
            } else {
                *current = before;
                after_resume(script);
                current = tl__thread_script_slot();
            }
        }
    }
    *current = before;
    world->turns += turns;
    if (any_next)
        tl__lanes_note_next(world, batch);
}

static NEVER_INLINE void run_batch_watched(tl_world *world, const tl__batch *batch)
{
    run_batch(world, batch, true);
}

static tl_world *begin_running(tl_world *world)
{
    ++world->running;
    tl__heartbeat_beat(world);
    return world;
}

/// Undoes begin_running, also when an exception leaves a predicate.
static void end_running(tl_world *const *world)
{
    --(*world)->running;
    tl__heartbeat_beat(*world);
}

void tl__run_ready(tl_world *world)
{
    tl__batch batch;
    batch.count = 0;
    uint32_t most = FEW;
    if (!tl__lanes_gather(world, &batch, most))
        return;
    tl_world *run __attribute__((cleanup(end_running), unused)) = begin_running(world);
    do {
        if (UNLIKELY(tl__turns_are_watched(world)))
            run_batch_watched(world, &batch);
        else
            run_batch(world, &batch, false);
        tl__wait_sets_cancel_losers(world);
        most = world->lanes.is_stale ? FEW : most < TL__BATCH ? 2 * most : most;
    } while (tl__lanes_gather(world, &batch, most));
}
