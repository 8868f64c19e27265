// SPDX-License-Identifier: MIT
/// Timers, limits, and a script's own time.
#ifndef TELAR_ENGINE_WORLD_TIMER_H
#define TELAR_ENGINE_WORLD_TIMER_H

#include "world/marks.h"
#include "world/world_state.h"

static inline tl__time tl__now(const tl_group *group, tl__timer_clock clock)
{
    return clock == TL__REAL_TIME ? group->world->real_time : group->now[clock];
}

static inline tl__wheel *tl__timers(tl_group *group, tl__timer_clock clock)
{
    return clock == TL__REAL_TIME ? &group->world->real_timers : &group->timers[clock];
}

/// Returns the time from which a deadline counts as reached: up to a microsecond earlier, so that rounding seconds to
/// units never costs a step.
static inline tl__time tl__due_time(const tl_world *world, tl__timer_clock clock, tl__time deadline)
{
    if (clock == TL__STEPS || deadline == TL__NEVER)
        return deadline;
    return deadline > world->tolerance ? deadline - world->tolerance : 0;
}

void tl__timer_set(tl__timer *timer, tl__script_record *script, tl__timer_use use, int32_t index, tl__timer_clock clock,
                   tl__time deadline);
/// Sets the tick length of a world's timers for the number of scripts that it may have, which must be 1 or more.
void tl__ticks_init(tl_world *world, uint32_t max_scripts);
/// Initialises a wheel for the timers of a clock.
void tl__timers_init(tl_world *world, tl__wheel *timers, tl__timer_clock clock);
/// Removes a timer that is set from its wheel.
void tl__timer_take_set(tl__timer *timer);
/// Removes a timer from its wheel, if it is set. Inline, since each wait calls it for its timer and its limit, of which
/// at most one is usually set.
static inline void tl__timer_take(tl__timer *timer)
{
    if (timer->node.heap_index1 != 0)
        tl__timer_take_set(timer);
}

/// Return a new number for tl__script_record.batch: tl__batch_alone for a script that is let through alone,
/// tl__batch_together for all scripts that waited for one step.
static inline uint64_t tl__batch_alone(tl_world *world)
{
    return world->batches = (world->batches + 1) | 1;
}

static inline uint64_t tl__batch_together(tl_world *world)
{
    return world->batches = (world->batches + 2) & ~(uint64_t)1;
}

/// Adds a script to the batch of the scripts that waited for a step.
static inline void tl__batch_join(tl__script_record *script, uint64_t batch)
{
    if (script->batch & 1) // keeps the order of scripts that were let through alone before
        script->admission = (int64_t)script->batch;
    script->batch = batch;
}

/// Whether a number of seconds can be waited for.
static inline bool tl__is_time(double seconds)
{
    return seconds >= 0; // false for NaN
}

static inline bool tl__has_limit(tl_limit limit)
{
    return limit.clock != TL_NO_CLOCK;
}

static inline bool tl__is_limit(tl_limit limit)
{
    bool is_clock = limit.clock == TL_GAME_CLOCK || limit.clock == TL_REAL_CLOCK;
    return (is_clock || !tl__has_limit(limit)) && tl__is_time(limit.seconds);
}

static inline tl__timer_clock tl__clock_of(tl_clock_id id)
{
    return id == TL_REAL_CLOCK ? TL__REAL_TIME : TL__GAME_TIME;
}
/// Returns the deadline of a limit that begins at the script's own time.
tl__time tl__end_of(const tl__script_record *script, tl_limit limit);
/// Returns the time `seconds` after `begin`, or TL__NEVER if that is too late to be represented.
tl__time tl__later(const tl_world *world, tl__time begin, double seconds);
/// Whether a deadline has been reached on its clock, with the tolerance of tl__due_time.
static inline bool tl__has_come(const tl_group *group, tl__timer_clock clock, tl__time deadline)
{
    return deadline != TL__NEVER && tl__due_time(group->world, clock, deadline) <= tl__now(group, clock);
}

/// Advances a script's own time to that of `other`, on each clock where that is later. The clocks of different groups
/// cannot be compared: if `other` is in another group than `group`, uses the current time of `group` for them instead.
void tl__local_follow(tl__time *local, const tl_group *group, const tl__script_record *other);
static inline void tl__local_now(tl__time *local, const tl_group *group)
{
    local[TL__STEPS] = group->now[TL__STEPS];
    local[TL__GAME_TIME] = group->now[TL__GAME_TIME];
    local[TL__REAL_TIME] = group->world->real_time;
}

void tl__script_begin_time_now(tl__script_record *script);
/// Sets the script's own time to the current time, if that was put off until the script runs.
static inline void tl__script_begin_time(tl__script_record *script)
{
    if (script->fresh || tl__is_marked(script, TL__BY_STEP))
        tl__script_begin_time_now(script);
}

#endif
