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

/// When a deadline counts as come: within a microsecond, so that the rounding of seconds to units costs no step.
static inline tl__time tl__due_time(const tl_world *world, tl__timer_clock clock, tl__time deadline)
{
    if (clock == TL__STEPS || deadline == TL__NEVER)
        return deadline;
    return deadline > world->tolerance ? deadline - world->tolerance : 0;
}

void tl__timer_set(tl__timer *timer, tl__script_record *script, tl__timer_use use, int32_t index, tl__timer_clock clock,
                   tl__time deadline);
/// Decides how long a tick of a world's timers is, by how many scripts it may have: 1 or more.
void tl__ticks_init(tl_world *world, uint32_t max_scripts);
/// Makes a wheel for timers.
void tl__timers_init(tl_world *world, tl__wheel *timers, tl__timer_clock clock);
/// Takes out a timer that is set.
void tl__timer_take_set(tl__timer *timer);
/// Takes out a timer if it is set. Inline, since a script's end asks this of four timers, of which few are set.
static inline void tl__timer_take(tl__timer *timer)
{
    if (timer->node.heap_index1 != 0)
        tl__timer_take_set(timer);
}

/// A new number for tl__script_record.batch: of one that is let through alone, and of all that waited for one step.
static inline uint64_t tl__batch_alone(tl_world *world)
{
    return world->batches = (world->batches + 1) | 1;
}

static inline uint64_t tl__batch_together(tl_world *world)
{
    return world->batches = (world->batches + 2) & ~(uint64_t)1;
}

/// Notes that a script is one of those that waited for a step.
static inline void tl__batch_join(tl__script_record *script, uint64_t batch)
{
    if (script->batch & 1) // so they keep the order in which they were let through before
        script->admission = (int64_t)script->batch;
    script->batch = batch;
}

/// Whether that is a number of seconds to wait for.
static inline bool tl__is_time(double seconds)
{
    return seconds >= 0; // false for what is not a number
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
/// The end of a time that begins for the script now; whether that has come already.
tl__time tl__end_of(const tl__script_record *script, tl_limit limit);
/// `seconds` after `begin`; TL__NEVER for more than can be counted.
tl__time tl__later(const tl_world *world, tl__time begin, double seconds);
/// Whether a deadline has come on its clock, by the tolerance of tl__due_time.
static inline bool tl__has_come(const tl_group *group, tl__timer_clock clock, tl__time deadline)
{
    return deadline != TL__NEVER && tl__due_time(group->world, clock, deadline) <= tl__now(group, clock);
}

/// Moves a script's own time on to where another's is, if that is later; another group's clocks say nothing, so then it
/// is now.
void tl__local_follow(tl__time *local, const tl_group *group, const tl__script_record *other);
static inline void tl__local_now(tl__time *local, const tl_group *group)
{
    local[TL__STEPS] = group->now[TL__STEPS];
    local[TL__GAME_TIME] = group->now[TL__GAME_TIME];
    local[TL__REAL_TIME] = group->world->real_time;
}

void tl__script_begin_time_now(tl__script_record *script);
/// The script's own time begins now, if it has not.
static inline void tl__script_begin_time(tl__script_record *script)
{
    if (script->fresh || tl__is_marked(script, TL__BY_STEP))
        tl__script_begin_time_now(script);
}

#endif
