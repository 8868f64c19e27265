// SPDX-License-Identifier: MIT
// The parallel phase: which scripts run concurrently, and which exclusively (telar/parallel.h).
//
// Why any number of workers gives the same run: no script sees what others do concurrently before all have finished
// their concurrent part, and one thread does everything else in the order of the parallel slots. While scripts run
// concurrently, each changes only itself, its fiber, the copy of its entity's transform that others do not read
// (transform.c), and its bits. The bits of 64 parallel slots are one word, and only the job that runs those slots
// writes that word. So nothing here needs a memory order of its own: the start and the end of the jobs
// (tl_parallel_for) order everything.
#include "step/parallel.h"

#include <stdlib.h>

#include "base/compiler.h"
#include "fiber/fiber.h"
#include "fiber/owner.h"
#include "fiber/thread.h"
#include "script/race.h"
#include "script/script_end.h"
#include "script/script_run.h"
#include "script/turn.h"
#include "script/waits.h"
#include "step/fetch_ahead.h"
#include "world/exclusive.h"
#include "world/heartbeat.h"
#include "world/lanes.h"
#include "world/marks.h"
#include "world/next_step.h"
#include "world/parallel_slots.h"
#include "world/ready.h"
#include "world/script_error.h"
#include "world/spread.h"
#include "world/timer.h"

/// Fewest words of slots that one job runs: as many as fill a cache line in each bitmap.
enum { LEAST_WORDS = 8 };

void tl__parallel_begin(tl_world *world)
{
    tl__parallel *parallel = &world->parallel;
    if (parallel->lane.count == 0)
        return;
    tl__parallel_slots_compact(parallel);
    if (tl__lane_begin_step(&parallel->lane, TL__PARALLEL_ORDER, world->any_frozen))
        parallel->any_ready = true;
}

// Scripts that run concurrently, on all workers.

/// Whether a script may run concurrently now. If so, ends its wait and marks it as running.
static NEVER_INLINE bool may_go_on(tl__script_record *script)
{
    bool steps_on = tl__is_marked(script, TL__STEPS_ON);
    tl__unmark(script, TL__STEPS_ON);
    if (steps_on)
        script->answer = TL_OK;
    if (script->group->frozen) { // frozen since this step began
        script->fresh = script->fresh || steps_on;
        return false;
    }
    if (script->wait == TL_WAIT_PHASE)
        tl__wait_is_over(script);
    if (script->wait != TL_WAIT_NOTHING) // predicates are called, and limits checked, exclusively
        return false;
    tl__mark(script, TL__ACTIVE | TL__IN_PARALLEL | (steps_on ? TL__BY_STEP : 0));
    return true;
}

/// Whether a script that has suspended or returned has to run exclusively, or must be ended.
static NEVER_INLINE bool needs_exclusive(tl__script_record *script, tl_result resumed)
{
    tl__fiber_end_loan(script->fiber);
    tl__unmark(script, TL__ACTIVE | TL__IN_PARALLEL);
    if (resumed != TL_OK || tl__is_marked(script, TL__WANTS_EXCLUSIVE) || tl__has_work_after_resume(script))
        return true;
    tl__mark(script, TL__STEPS_ON); // also after a bare tl_yield, which can only mean the next step
    return script->group->budget != 0;
}

/// Runs the scripts of some slots. The function stays on one thread, since a script that suspends always returns to
/// where it was resumed.
/// @param watched_turns  whether to record or time the scripts' turns; a constant
ALWAYS_INLINE void run_all(tl_world *world, const uint32_t *slots, uint32_t count, const bool watched_turns)
{
    const tl__lane *lane = &world->parallel.lane;
    uint64_t *next = tl__lane_row(lane, TL__NEXT_STEP + TL__PARALLEL_ORDER),
             *exclusives = tl__lane_row(lane, TL__NEEDS_EXCLUSIVE);
    uint32_t turns = 0;
    void **current = tl__thread_script_slot(), *before = *current;
    bool watched = tl__heartbeat_is_watched(world), restrained = world->is_restrained;
    for (uint32_t i = 0; i < count; ++i) {
        tl__fetch_ahead(lane->slots, slots, count, i);
        uint32_t slot = slots[i];
        tl__script_record *script = lane->slots[slot].script;
        tl_fiber *fiber = lane->slots[slot].fiber;
        bool runs_on = true;
        tl_result answer = TL_OK;
        if (LIKELY((tl__fiber_marks(fiber) & ~(uint32_t)TL__BY_STEP) == TL__STEPS_ON && !restrained))
            tl__fiber_set_marks(fiber, TL__ACTIVE | TL__IN_PARALLEL | TL__BY_STEP);
        else
            runs_on = may_go_on(script), answer = script->answer;
        if (UNLIKELY(watched && runs_on)) { // else the watchdog would count all of them as one resume
            atomic_fetch_add_explicit(&world->heartbeat.resumes, 1, memory_order_relaxed);
            tl__heartbeat_count(script);
        }
        bool exclusive = !runs_on;
        if (LIKELY(runs_on)) {
            *current = script;
            ++turns;
            tl__turn turn = {0};
            if (watched_turns)
                turn = tl__turn_begin(script);
            tl_result resumed = tl__fiber_resume_owned(fiber, answer);
            if (watched_turns)
                tl__turn_end(script, turn);
            if (LIKELY((tl__fiber_marks(fiber) & ~(uint32_t)TL__STARTED) == (TL__ACTIVE | TL__STEPS_ON) &&
                       !restrained && tl__load(&world->to_end, memory_order_relaxed) == 0))
                tl__fiber_set_marks(fiber, TL__STEPS_ON);
            else
                exclusive = needs_exclusive(script, resumed);
        }
        uint64_t *row = exclusive ? exclusives : next;
        row[slot / TL__LANE_BITS] |= tl__lane_bit(slot);
    }
    *current = before;
    tl__add(&world->turns, turns, memory_order_relaxed); // the end of the jobs orders it
}

static NEVER_INLINE void run_all_plainly(tl_world *world, const uint32_t *slots, uint32_t count)
{
    run_all(world, slots, count, false);
}

static NEVER_INLINE void run_all_watched(tl_world *world, const uint32_t *slots, uint32_t count)
{
    run_all(world, slots, count, true);
}

/// Runs the ready scripts of a range of words of slots.
TL_FOR_RANGE_BODY(run_words, tl_world, world, first, end)
{
    const tl__lane *lane = &world->parallel.lane;
    uint64_t *ready = tl__lane_row(lane, TL__READY + TL__PARALLEL_ORDER);
    while (first < end) {
        uint32_t slots[LEAST_WORDS * TL__LANE_BITS], count = 0;
        for (uint32_t i = 0; i < LEAST_WORDS && first < end; ++i, ++first) {
            for (uint64_t bits = ready[first]; bits != 0; bits &= bits - 1)
                slots[count++] = (uint32_t)(first * TL__LANE_BITS) + (uint32_t)__builtin_ctzll(bits);
            ready[first] = 0;
        }
        if (tl__turns_are_watched(world))
            run_all_watched(world, slots, count);
        else
            run_all_plainly(world, slots, count);
    }
}

static size_t grain_of_scripts(tl_job_system *jobs, size_t count)
{
    enum { PIECES = 8 };
    tl_job_system_info info = {.workers = 1};
    info = tl_job_system_get_info(jobs);
    return (count / (PIECES * info.workers) / LEAST_WORDS + 1) * LEAST_WORDS;
}

static void run_parallel_part(tl_world *world)
{
    tl__parallel *parallel = &world->parallel;
    size_t count = tl__lane_words(&parallel->lane);
    tl__lane_note_all(&parallel->lane, TL__NEXT_STEP + TL__PARALLEL_ORDER);
    tl__lane_note_all(&parallel->lane, TL__NEEDS_EXCLUSIVE);
    tl__heartbeat_note_thread(world); // makes room for the counts that the workers write
    tl_trace_zone("parallel scripts");
    parallel->running = true;
    ++world->running;
    tl__heartbeat_beat(world);
    ++parallel->rounds;
    bool done = false;
    if (tl__may_spread(world) && (count > LEAST_WORDS || tl_job_system_current() != world->jobs))
        done = tl_parallel_for(world->jobs, count, grain_of_scripts(world->jobs, count), run_words, world) == TL_OK;
    if (!done)
        run_words(world, 0, count);
    --world->running;
    tl__note_step_thread(world);
    tl__heartbeat_beat(world);
    parallel->running = false;
}

// Scripts that run exclusively, on the thread that steps the world.

static void run_exclusive_section(tl__script_record *script, bool watched)
{
    if (tl__is_marked(script, TL__WANTS_EXCLUSIVE)) {
        tl__unmark(script, TL__WANTS_EXCLUSIVE);
        tl__script_run(script);
    } else if (tl__has_work_after_resume(script) || tl__fiber_is_done(script->fiber)) {
        tl_world *world = script->world;
        tl__script_after_resume(script);
        tl__failures_report(world);
    } else if (tl__is_marked(script, TL__STEPS_ON)) {
        tl__next_step_await(script);
    } else if (tl__is_ready(script) || tl__is_held(script)) {
        return; // woken by another script that ran exclusively: it runs concurrently next
    } else if (script->group->frozen) {
        tl__ready_stop(script);
    } else if (script->wait == TL_WAIT_NOTHING || tl__wait_is_over(script)) {
        if (watched)
            tl__heartbeat_count(script);
        tl__script_run(script);
    }
}

static void run_exclusive_sections(tl_world *world)
{
    tl__lane *lane = &world->parallel.lane; // may grow during the loop
    bool watched = tl__heartbeat_is_watched(world);
    for (uint32_t word = 0; (word = tl__lane_find(lane, TL__NEEDS_EXCLUSIVE, word)) < tl__lane_words(lane);) {
        uint32_t slot = word * TL__LANE_BITS + (uint32_t)__builtin_ctzll(tl__lane_row(lane, TL__NEEDS_EXCLUSIVE)[word]);
        tl__lane_clear(lane, TL__NEEDS_EXCLUSIVE, slot);
        run_exclusive_section(lane->slots[slot].script, watched);
        tl__wait_sets_cancel_losers(world);
    }
}

void tl__parallel_run(tl_world *world)
{
    while (world->parallel.any_ready) {
        world->parallel.any_ready = false;
        tl__groups_run_parallel_part(world);
        run_parallel_part(world);
        run_exclusive_sections(world);
    }
}
