// SPDX-License-Identifier: MIT
#include "script/turn.h"

#include "fiber/owner.h"
#include "os/ticks.h"
#include "world/marks.h"
#include "world/wait_names.h"

static void show_turn(tl__observer *observer, const tl__script_record *script, tl__turn *turn)
{
    if (tl__is_marked(script, TL__IN_PARALLEL))
        return;
    turn->is_shown = true;
    turn->outer = atomic_load_explicit(&observer->running, memory_order_relaxed);
    uint64_t turns = atomic_load_explicit(&observer->turns, memory_order_relaxed);
    atomic_store_explicit(&observer->running, script->end.entry, memory_order_relaxed);
    atomic_store_explicit(&observer->turns, turns + 1, memory_order_relaxed);
}

tl__turn tl__turn_begin(const tl__script_record *script)
{
    tl__turn turn = {0};
    tl__observer *observer = script->world->observer;
    if (tl__traces_runs_of(TL_TRACE_SCRIPTS))
        tl__trace_run(TL__TRACE_RUN_SCRIPT, script->fiber, script->name);
    if (observer == NULL)
        return turn;
    show_turn(observer, script, &turn);
    if (observer->times != NULL) {
        turn.is_first = tl_fiber_get_status(script->fiber) == TL_FIBER_READY;
        turn.began = tl__ticks(observer->times->scale.steady);
    }
    return turn;
}

/// Returns what a script waits for, in words; null if it has ended.
static const char *reason(const tl__script_record *script)
{
    if (tl__fiber_is_done(script->fiber))
        return NULL;
    if (tl__is_marked(script, TL__WANTS_EXCLUSIVE))
        return "its exclusive turn";
    if (tl__is_marked(script, TL__STEPS_ON))
        return "the next step";
    return script->wait != TL_WAIT_NOTHING ? tl_wait_string(script->wait) : "a yield";
}

static void trace_turn_end(const tl__script_record *script)
{
    const char *waits_for = reason(script);
    bool has_object = waits_for != NULL && script->wait != TL_WAIT_NOTHING;
    tl__trace_pause(TL__TRACE_RUN_SCRIPT, script->fiber, waits_for, has_object ? tl__script_wait_name(script) : NULL);
}

void tl__turn_end(const tl__script_record *script, tl__turn turn)
{
    tl__observer *observer = script->world->observer; // another one, or none, if it was stopped in this turn
    if (observer != NULL && turn.is_shown)
        atomic_store_explicit(&observer->running, turn.outer, memory_order_relaxed);
    if (observer != NULL && observer->times != NULL && turn.began != 0)
        tl__turn_times_add(observer->times, script->end.entry, turn.is_first,
                           tl__ticks(observer->times->scale.steady) - turn.began);
    if (tl__traces_runs_of(TL_TRACE_SCRIPTS))
        trace_turn_end(script);
}
