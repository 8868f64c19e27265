// SPDX-License-Identifier: MIT
#include "world/timer.h"

#include <math.h>

/// Orders two timers of the same time: first the one whose script was let through first. (Not the one that was set
/// first: then a higher priority would be an advantage over other scripts that wait for the same budget.)
static bool comes_before(const tl__heap_node *left, const tl__heap_node *right)
{
    const tl__script_record *a = ((const tl__timer *)left)->script, *b = ((const tl__timer *)right)->script;
    return a->batch != b->batch ? a->batch < b->batch : a->admission < b->admission;
}

void tl__ticks_init(tl_world *world, uint32_t max_scripts)
{
    // A step has 2^6 to 2^10 ticks. With 2^15 to 2^20 scripts that each wait for 60 steps, 9 to 17 timers share a tick;
    // with fewer scripts, fewer timers do. Longer ticks would make ordering expensive; with shorter ticks, timers would
    // need more than the first two levels of the wheel.
    enum { LEAST_BITS = 6, MOST_BITS = 10, BITS_OF_SCRIPTS = 9 };
    int bits = 31 - __builtin_clz(max_scripts) - BITS_OF_SCRIPTS;
    bits = bits < LEAST_BITS ? LEAST_BITS : bits > MOST_BITS ? MOST_BITS : bits;
    int step_bits = 63 - __builtin_clzll((uint64_t)world->units_per_step);
    world->tick_bits = step_bits - bits;
}

void tl__timers_init(tl_world *world, tl__wheel *timers, tl__timer_clock clock)
{
    tl__wheel_init(timers, &world->timer_store, clock == TL__STEPS ? 0 : world->tick_bits, comes_before);
}

/// Rounds a number, which must be 0 or more and less than TL__NEVER, to the nearest whole number, as round() does.
/// (Without a call, which would cost as much as the rest of tl__later.)
static inline tl__time round_up_or_down(double number)
{
    tl__time whole = (tl__time)number;
    return whole + (number - (double)whole >= 0.5);
}

tl__time tl__later(const tl_world *world, tl__time begin, double seconds)
{
    double units = seconds * (double)world->units_per_second;
    if (!(units < (double)(TL__NEVER - begin)))
        return TL__NEVER;
    // `seconds` may be a whole number of steps that was rounded to a float: 0.1f is not 0.1, and repeated waits for it
    // would be late after a while.
    double steps = units * world->steps_per_unit;
    tl__time whole = round_up_or_down(steps);
    double off = fabs(steps - (double)whole), microsecond = world->microsecond_in_steps;
    if (off <= (steps * 1e-7 < microsecond ? steps * 1e-7 : microsecond))
        units = (double)whole * (double)world->units_per_step;
    return units < (double)(TL__NEVER - begin) ? begin + round_up_or_down(units) : TL__NEVER;
}

tl__time tl__end_of(const tl__script_record *script, tl_limit limit)
{
    return tl__later(script->world, script->local[tl__clock_of(limit.clock)], limit.seconds);
}

void tl__timer_set(tl__timer *timer, tl__script_record *script, tl__timer_use use, int32_t index, tl__timer_clock clock,
                   tl__time deadline)
{
    timer->script = script;
    timer->use = (uint8_t)use;
    timer->index = index;
    timer->clock = (uint8_t)clock;
    timer->deadline = deadline;
    tl__wheel_put(tl__timers(script->group, clock), &timer->node, tl__due_time(script->world, clock, deadline));
}

void tl__timer_take_set(tl__timer *timer)
{
    tl__wheel_take(tl__timers(timer->script->group, timer->clock), &timer->node);
}

void tl__script_begin_time_now(tl__script_record *script)
{
    tl__local_now(script->local, script->group);
    script->fresh = false;
    // A parallel script keeps the batch in which it was last let through alone.
    if (tl__is_marked(script, TL__BY_STEP) && script->parallel_slot1 == 0) {
        tl__batch_join(script, script->group->step_batch);
        script->group->admitted += script->group->has_step; // else it was let through in an earlier step
    }
    tl__unmark(script, TL__BY_STEP);
}

void tl__local_follow(tl__time *local, const tl_group *group, const tl__script_record *other)
{
    const tl__time *theirs = group == other->group ? other->local : group->now;
    for (tl__timer_clock clock = TL__STEPS; clock < TL__GROUP_CLOCKS; ++clock)
        local[clock] = theirs[clock] > local[clock] ? theirs[clock] : local[clock];
    if (other->local[TL__REAL_TIME] > local[TL__REAL_TIME])
        local[TL__REAL_TIME] = other->local[TL__REAL_TIME];
}
