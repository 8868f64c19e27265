// SPDX-License-Identifier: MIT
// How a script waits: it enters a timer wheel, a list of listeners, or both, and suspends. Exactly one of these wakes
// the script and removes it from the others.
#include "script/waits.h"

#include "base/compiler.h"
#include "base/misuse.h"
#include "fiber/fiber.h"
#include "fiber/owner.h"
#include "script/call.h"
#include "script/resume.h"
#include "world/current.h"
#include "world/marks.h"
#include "world/parallel_slots.h"
#include "world/phase.h"
#include "world/ready.h"
#include "world/script_error.h"
#include "world/timer.h"
#include "world/wait.h"
#include "world/world_ids.h"

/// Slow path of tl__wait_enter, with all checks of tl__call_enter. Drops the failure that the previous wait caught.
static NEVER_INLINE tl_result enter_aside(const char *call, tl__script_record **script)
{
    tl_result result = tl__call_enter(call, script);
    if (result != TL_OK)
        return result;
    tl__script_begin_time(*script);
    tl__failure_drop((*script)->caught);
    (*script)->caught = NULL;
    if ((*script)->cancelled == TL__NOT_CANCELLED)
        tl__unmark(*script, TL__LOOK);
    return TL_OK;
}

/// Fast path of tl__wait_enter: returns the running script, with its own time begun, if it can wait at once; null if
/// enter_aside must check more.
static inline tl__script_record *enter_plainly(void)
{
    tl__script_record *self = tl__fiber_script_if_marked(TL__ACTIVE, TL__BY_STEP);
    if (UNLIKELY(self == NULL || self->asking || tl__load(&self->world->to_end, memory_order_relaxed) != 0))
        return NULL;
    tl__script_begin_time(self);
    return self;
}

tl__script_record *tl__wait_enter_plainly(tl_limit limit)
{
    return tl__is_limit(limit) ? enter_plainly() : NULL;
}

tl_result tl__wait_enter(const char *call, tl_limit limit, tl__script_record **script)
{
    *script = enter_plainly();
    tl_result result = *script != NULL ? TL_OK : enter_aside(call, script);
    if (result != TL_OK)
        return result;
    return tl__is_limit(limit) ? TL_OK : tl__misuse(TL_ERROR_ARGUMENT, call);
}

tl_result tl__check_source(const tl__script_record *script, uint64_t world_id, const void *found)
{
    if (found != NULL)
        return TL_OK;
    const tl_world *world = tl__world_of(world_id);
    return world != NULL && world != script->world ? TL_ERROR_OTHER_WORLD : TL_ERROR_STALE;
}

/// Whether a limit has passed before its wait begins.
static bool limit_is_over(const tl__script_record *script, tl_limit limit)
{
    return tl__has_limit(limit) && tl__has_come(script->group, tl__clock_of(limit.clock), tl__end_of(script, limit));
}

/// Sets the timer of the limit, and suspends the script until it is woken. The caller has registered the script with
/// everything else that may wake it.
static tl_result suspend_until(tl__script_record *script, tl_wait wait, tl_limit limit)
{
    if (limit_is_over(script, limit)) { // the script's own time must advance, or a loop of such waits would never end
        script->wait = wait;
        tl__wait_leave(script);
        script->local[tl__clock_of(limit.clock)] = tl__end_of(script, limit);
        return TL_TIMED_OUT;
    }
    script->wait = wait;
    if (tl__has_limit(limit))
        tl__timer_set(&script->limit, script, TL__TIMER_IS_LIMIT, 0, tl__clock_of(limit.clock),
                      tl__end_of(script, limit));
    return tl_yield(NULL); // a tail call: a return after the switch would cost more than all else here
}

static tl_result wait_in(tl__script_record *script, tl_wait wait, bool is_deaf, tl__link *listeners, const char *name,
                         void *buffer, tl_limit limit)
{
    script->listener.script = script;
    script->listener.frame = NULL;
    script->listener.is_deaf = is_deaf;
    script->listener.name = name;
    script->listener.buffer = buffer;
    tl__list_append(listeners, &script->listener.link);
    return suspend_until(script, wait, limit);
}

tl_result tl__wait_in(tl__script_record *script, tl_wait wait, tl__link *listeners, const char *name, void *buffer,
                      tl_limit limit)
{
    return wait_in(script, wait, false, listeners, name, buffer, limit);
}

tl_result tl__wait_deaf_in(tl__script_record *script, tl_wait wait, tl__link *listeners, const char *name)
{
    return wait_in(script, wait, true, listeners, name, NULL, TL_FOREVER);
}

/// Waits until `deadline`. If that has come already, only advances the script's own time, and does not suspend.
static tl_result wait_for_time(tl__script_record *script, tl_wait wait, tl__timer_clock clock, tl__time deadline,
                               tl_limit limit)
{
    if (tl__has_come(script->group, clock, deadline)) {
        script->local[clock] = deadline;
        return TL_OK;
    }
    tl__timer_set(&script->timer, script, TL__TIMER_IS_WAIT, 0, clock, deadline);
    return suspend_until(script, wait, limit);
}

/// Slow path of tl__wait_next_step. A script that runs in parallel stays there if only its fiber needs the slow path,
/// as each does in a debug build.
static tl_result wait_for_next_step(void)
{
    tl__script_record *self = tl__fiber_script_if_marked(TL__ACTIVE, TL__STARTED);
    tl_result result = self != NULL ? TL_OK : tl__wait_enter("tl_wait_step", TL_FOREVER, &self);
    if (result != TL_OK)
        return result;
    tl__mark(self, TL__STEPS_ON);
    return tl_yield(NULL);
}

tl_result tl__wait_next_step(void)
{
    return tl__fiber_yield_marked(TL__ACTIVE, TL__STARTED, TL__STEPS_ON, wait_for_next_step);
}

tl_result tl__wait_steps(int64_t count, tl_limit limit)
{
    if (count == 1 && !tl__has_limit(limit))
        return tl__wait_next_step();
    tl__script_record *self;
    tl_result result = tl__wait_enter("tl_wait_steps", limit, &self);
    if (result != TL_OK)
        return result;
    if (count < 0)
        return tl__misuse(TL_ERROR_ARGUMENT, "tl_wait_steps");
    tl__time now = tl__now(self->group, TL__STEPS);
    return wait_for_time(self, TL_WAIT_STEPS, TL__STEPS, count < TL__NEVER - now ? now + count : TL__NEVER, limit);
}

tl_result tl_wait_frame(void)
{
    tl__script_record *self;
    tl_result result = tl__wait_enter(__func__, TL_FOREVER, &self);
    if (result != TL_OK)
        return result;
    return tl__wait_in(self, TL_WAIT_FRAME, &self->world->frame_waiters, NULL, NULL, TL_FOREVER);
}

static inline tl_wait wait_on(tl_clock_id id)
{
    return id == TL_GAME_CLOCK ? TL_WAIT_GAME_TIME : TL_WAIT_REAL_TIME;
}

static NEVER_INLINE tl_result wait_seconds_aside(tl_clock_id id, double seconds, tl_limit limit)
{
    const char *call = id == TL_GAME_CLOCK ? "tl_wait_seconds" : "tl_wait_real_seconds";
    tl__script_record *self;
    tl_result result = tl__wait_enter(call, limit, &self);
    if (result != TL_OK)
        return result;
    if (!tl__is_time(seconds))
        return tl__misuse(TL_ERROR_ARGUMENT, call);
    return wait_for_time(self, wait_on(id), tl__clock_of(id), tl__end_of(self, tl_within(id, seconds)), limit);
}

static inline tl_result wait_seconds(tl_clock_id id, double seconds, tl_limit limit)
{
    tl__timer_clock clock = tl__clock_of(id);
    tl__script_record *self = tl__has_limit(limit) || !tl__is_time(seconds) ? NULL : enter_plainly();
    if (UNLIKELY(self == NULL))
        return wait_seconds_aside(id, seconds, limit);
    tl__time deadline = tl__later(self->world, self->local[clock], seconds);
    if (tl__has_come(self->group, clock, deadline)) {
        self->local[clock] = deadline;
        return TL_OK;
    }
    tl__timer_set(&self->timer, self, TL__TIMER_IS_WAIT, 0, clock, deadline);
    self->wait = wait_on(id);
    return tl_yield(NULL);
}

tl_result tl__wait_game_seconds(double seconds, tl_limit limit)
{
    return wait_seconds(TL_GAME_CLOCK, seconds, limit);
}

tl_result tl__wait_real_seconds(double seconds, tl_limit limit)
{
    return wait_seconds(TL_REAL_CLOCK, seconds, limit);
}

/// Moves a script to another phase. A script without a parent has a parallel slot only while in the parallel phase.
static tl_result move_to(tl__script_record *script, int phase_order)
{
    if (phase_order == script->phase_order)
        return TL_OK;
    bool needs_parallel_slot = phase_order == TL__PARALLEL_ORDER && script->parent == NULL;
    if (needs_parallel_slot && tl__parallel_slot_reserve(script->world) != TL_OK)
        return TL_ERROR_OUT_OF_MEMORY;
    tl__parallel_slot_leave(script);
    script->phase_order = (int8_t)phase_order;
    if (needs_parallel_slot)
        tl__parallel_slot_take(script);
    return TL_OK;
}

tl_result tl_wait_phase(tl_phase phase)
{
    tl__script_record *self;
    tl_result result = tl__wait_enter(__func__, TL_FOREVER, &self);
    if (result != TL_OK)
        return result;
    int phase_order = tl__phase_order(phase);
    if (phase_order == TL__NO_PHASE)
        return tl__misuse(TL_ERROR_ARGUMENT, __func__);
    result = move_to(self, phase_order);
    if (result != TL_OK)
        return result;
    if (self->world->phase >= phase_order) // the phase has begun, or is over
        return wait_for_time(self, TL_WAIT_PHASE, TL__STEPS, tl__now(self->group, TL__STEPS) + 1, TL_FOREVER);
    tl__ready_put(self);
    return suspend_until(self, TL_WAIT_PHASE, TL_FOREVER);
}

tl_result tl__wait_until(tl_predicate predicate, void *arg, tl_limit limit)
{
    tl__script_record *self;
    tl_result result = tl__wait_enter("tl_wait_until", limit, &self);
    if (result != TL_OK)
        return result;
    if (predicate == NULL)
        return tl__misuse(TL_ERROR_NULL, "tl_wait_until");
    self->predicate = predicate;
    self->predicate_arg = arg;
    bool done = tl__script_ask(self);
    if (tl__must_stop(self))
        tl__wait_for_the_end(self);
    return done ? TL_OK : tl__wait_in(self, TL_WAIT_PREDICATE, &self->world->predicates, NULL, NULL, limit);
}

bool tl__wait_is_over(tl__script_record *script)
{
    tl_result how = TL_OK;
    bool done = script->wait == TL_WAIT_PHASE || (script->wait == TL_WAIT_PREDICATE && tl__script_ask(script));
    if (tl__must_stop(script))
        return true;
    if (!done && !script->limit_passed)
        return false;
    tl__wait_base *frame = script->frame;
    if (!done && frame != NULL && frame->kind->has_come != NULL)
        done = frame->kind->has_come(frame, &how);
    tl__wait_answer(script, done ? how : TL_TIMED_OUT);
    if (!done)
        script->local[script->limit.clock] = script->limit.deadline;
    return true;
}
