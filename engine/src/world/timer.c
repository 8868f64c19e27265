#include "world/timer.h"

#include <math.h>

tl__time tl__now(const tl_group *group, tl__clock clock)
{
    return clock == TL__REAL_TIME ? group->world->real_time : group->now[clock];
}

tl__heap *tl__timers(tl_group *group, tl__clock clock)
{
    return clock == TL__REAL_TIME ? &group->world->real_timers : &group->timers[clock];
}

bool tl__has_come(const tl_group *group, tl__clock clock, tl__time deadline)
{
    // A time within a microsecond counts as come, so that the rounding of seconds to units costs no step.
    const tl_world *world = group->world;
    tl__time microsecond = world->units_per_second / 1000000, little = world->units_per_step / 4;
    tl__time tolerance = clock == TL__STEPS ? 0 : microsecond < little ? microsecond : little;
    return deadline != TL__NEVER && deadline - tolerance <= tl__now(group, clock);
}

/// `seconds` after `begin`; TL__NEVER for more than can be counted.
static tl__time later(const tl_world *world, tl__time begin, double seconds)
{
    double units = seconds * (double)world->units_per_second, steps = units / (double)world->units_per_step;
    // A whole number of steps may come as a float: 0.1f is not 0.1, and would come late after a while.
    double microsecond = (double)world->units_per_second / 1e6 / (double)world->units_per_step;
    if (fabs(steps - round(steps)) <= fmin(steps * 1e-7, microsecond))
        units = round(steps) * (double)world->units_per_step;
    return units < (double)(TL__NEVER - begin) ? begin + llround(units) : TL__NEVER;
}

bool tl__is_time(double seconds)
{
    return seconds >= 0; // false for what is not a number
}

bool tl__is_limit(tl_limit limit)
{
    bool is_clock = limit.clock == TL_WAIT_GAME_TIME || limit.clock == TL_WAIT_REAL_TIME;
    return (is_clock || limit.clock == TL_WAIT_NOTHING) && tl__is_time(limit.seconds);
}

bool tl__has_limit(tl_limit limit)
{
    return limit.clock != TL_WAIT_NOTHING;
}

tl__clock tl__clock_of(tl_wait wait)
{
    return wait == TL_WAIT_STEPS ? TL__STEPS : wait == TL_WAIT_REAL_TIME ? TL__REAL_TIME : TL__GAME_TIME;
}

tl__time tl__end_of(const tl__script *script, tl_limit limit)
{
    return later(script->world, script->local[tl__clock_of(limit.clock)], limit.seconds);
}

void tl__timer_set(tl__timer *timer, tl__script *script, tl__timer_use use, int32_t index, tl__clock clock,
                   tl__time deadline)
{
    timer->script = script;
    timer->use = use;
    timer->index = index;
    timer->clock = clock;
    timer->deadline = deadline;
    // Of those that come at the same time, the one whose script was let through first is first. (Not the one that was
    // set first: priorities would give some an advantage over others that wait for the same budget.)
    tl__heap_put(tl__timers(script->group, clock), &timer->node, (tl__heap_key){deadline, script->batch, script->turn});
}

void tl__timer_take_set(tl__timer *timer)
{
    tl__heap_take(tl__timers(timer->script->group, timer->clock), &timer->node);
}

void tl__local_now(tl__time *local, const tl_group *group)
{
    local[TL__STEPS] = group->now[TL__STEPS];
    local[TL__GAME_TIME] = group->now[TL__GAME_TIME];
    local[TL__REAL_TIME] = group->world->real_time;
}

void tl__script_begin_time_now(tl__script *script)
{
    tl__local_now(script->local, script->group);
    script->fresh = false;
    // Parallel ones keep the place that they had when one was last let through alone.
    if (tl__is_marked(script, TL__BY_STEP) && script->seat1 == 0) {
        script->batch = script->group->step_batch;
        script->group->admitted += script->group->has_step; // else it was let through in a former one
    }
    tl__unmark(script, TL__BY_STEP);
}

void tl__local_follow(tl__time *local, const tl_group *group, const tl__script *other)
{
    const tl__time *theirs = group == other->group ? other->local : group->now;
    for (tl__clock clock = TL__STEPS; clock < TL__GROUP_CLOCKS; ++clock)
        local[clock] = theirs[clock] > local[clock] ? theirs[clock] : local[clock];
    if (other->local[TL__REAL_TIME] > local[TL__REAL_TIME])
        local[TL__REAL_TIME] = other->local[TL__REAL_TIME];
}
