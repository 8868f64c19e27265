// How a script waits: it puts itself where it will be found (a timer's heap, somebody's list of waiters), suspends, and
// is woken by exactly one of these, which takes it out of all the others.
#include <math.h>

#include "world_internal.h"

/// A time within a microsecond counts as come, so that the rounding of seconds to units costs no step.
static bool has_come(const tl_world *world, tl__clock clock, tl__time deadline)
{
    tl__time microsecond = world->units_per_second / 1000000, little = world->units_per_step / 4;
    tl__time tolerance = clock == TL__STEPS ? 0 : microsecond < little ? microsecond : little;
    return deadline != TL__NEVER && deadline - tolerance <= world->now[clock];
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

static bool is_time(double seconds)
{
    return seconds >= 0; // false for what is not a number
}

static bool is_limit(tl_limit limit)
{
    bool is_clock = limit.clock == TL_WAIT_GAME_TIME || limit.clock == TL_WAIT_REAL_TIME;
    return (is_clock || limit.clock == TL_WAIT_NOTHING) && is_time(limit.seconds);
}

static tl__clock clock_of(tl_wait wait)
{
    return wait == TL_WAIT_STEPS ? TL__STEPS : wait == TL_WAIT_REAL_TIME ? TL__REAL_TIME : TL__GAME_TIME;
}

static void set_timer(tl__script *script, tl__timer *timer, tl__clock clock, tl__time deadline)
{
    timer->clock = clock;
    timer->deadline = deadline;
    tl__heap_put(&script->world->timers[clock], &timer->node);
}

void tl__wait_leave(tl__script *script)
{
    tl__list_remove(&script->of_wait);
    tl__heap_take(&script->world->timers[script->timer.clock], &script->timer.node);
    tl__heap_take(&script->world->timers[script->limit.clock], &script->limit.node);
    script->wait = TL_WAIT_NOTHING;
    script->source = NULL;
    script->limit_passed = false;
}

static void make_ready(tl__script *script)
{
    if (script->ready.place1 == 0)
        tl__heap_put(&script->world->ready, &script->ready);
}

static void wake_at(tl__script *script, tl_result answer, tl__clock clock, tl__time deadline)
{
    tl__wait_leave(script);
    script->answer = answer;
    script->woken_by = clock;
    script->woken_at = deadline;
    make_ready(script);
}

void tl__wait_set_local_time(tl__script *script)
{
    for (int each = 0; each < TL__CLOCKS; ++each)
        script->local[each] = script->world->now[each];
    if (script->woken_by != TL__CLOCKS)
        script->local[script->woken_by] = script->woken_at;
}

void tl__wait_wake(tl__script *script, tl_result answer)
{
    wake_at(script, answer, TL__CLOCKS, 0);
}

void tl__wait_wake_all(tl__link *waiters, tl_result answer)
{
    while (!tl__list_is_empty(waiters))
        tl__wait_wake(TL__ITEM(waiters->next, tl__script, of_wait), answer);
}

/// The time that a script waits at most has come.
static void fire_limit(tl__script *script)
{
    const tl__timer *timer = &script->timer, *limit = &script->limit;
    if (timer->node.place1 == 0) { // what it waits for may yet come in this step, before it is the script's turn
        script->limit_passed = true;
        tl__heap_take(&script->world->timers[limit->clock], &script->limit.node);
        make_ready(script);
    } else if (has_come(script->world, timer->clock, timer->deadline)) { // both at once: done
        wake_at(script, TL_OK, timer->clock, timer->deadline);
    } else {
        wake_at(script, TL_TIMED_OUT, limit->clock, limit->deadline);
    }
}

static void fire(tl__timer *timer)
{
    if (timer == &timer->script->limit)
        fire_limit(timer->script);
    else
        wake_at(timer->script, TL_OK, timer->clock, timer->deadline);
}

void tl__timers_fire(tl_world *world)
{
    for (tl__clock clock = TL__STEPS; clock < TL__CLOCKS; ++clock)
        for (tl__heap_node *first; (first = tl__heap_first(&world->timers[clock])) != NULL &&
                                   has_come(world, clock, ((tl__timer *)first)->deadline);)
            fire((tl__timer *)first);
}

bool tl__wait_is_over(tl__script *script)
{
    if (script->wait == TL_WAIT_NOTHING)
        return true; // it was woken
    bool done = script->wait == TL_WAIT_PREDICATE && tl__script_ask(script);
    if (script->doomed)
        return true;
    if (!done && !script->limit_passed)
        return false;
    tl__wait_leave(script);
    script->answer = done ? TL_OK : TL_TIMED_OUT;
    script->woken_by = done ? TL__CLOCKS : script->limit.clock;
    script->woken_at = script->limit.deadline;
    return true;
}

static void leave_if_doomed(tl__script *self)
{
    if (!self->doomed)
        return;
    self->ending = true;
    tl_exit(NULL);
}

tl_result tl__wait_enter(const char *call, tl_limit limit, tl__script **script)
{
    tl__script *self = tl__script_running();
    *script = self;
    if (self == NULL || self->asking)
        return tl__misuse(TL_ERROR_NO_SCRIPT, call);
    if (tl_fiber_unwinding())
        return tl__misuse(TL_ERROR_UNWINDING, call);
    leave_if_doomed(self);
    return is_limit(limit) ? TL_OK : tl__misuse(TL_ERROR_ARGUMENT, call);
}

static bool has_limit(tl_limit limit)
{
    return limit.clock != TL_WAIT_NOTHING;
}

static tl__time end_of(const tl__script *script, tl_limit limit)
{
    return later(script->world, script->local[clock_of(limit.clock)], limit.seconds);
}

/// Whether a limit is over before it began.
static bool limit_is_over(const tl__script *script, tl_limit limit)
{
    return has_limit(limit) && has_come(script->world, clock_of(limit.clock), end_of(script, limit));
}

tl_result tl__wait_for(tl__script *script, tl_wait wait, const void *source, tl__link *waiters, tl_limit limit)
{
    if (limit_is_over(script, limit)) { // the script's own time goes on all the same, or a loop of these never ended
        script->local[clock_of(limit.clock)] = end_of(script, limit);
        return TL_TIMED_OUT;
    }
    script->wait = wait;
    script->source = source;
    if (waiters != NULL)
        tl__list_append(waiters, &script->of_wait);
    if (has_limit(limit))
        set_timer(script, &script->limit, clock_of(limit.clock), end_of(script, limit));
    tl_yield(NULL);
    return script->answer;
}

void tl__wait_for_next_step(tl__script *script)
{
    script->wait = TL_WAIT_STEPS;
    set_timer(script, &script->timer, TL__STEPS, script->world->now[TL__STEPS] + 1);
}

/// Until `deadline`. A time that has already come moves the script's own time on, and costs no step.
static tl_result wait_for_time(tl__script *script, tl_wait wait, tl__time deadline, tl_limit limit)
{
    tl__clock clock = clock_of(wait);
    if (has_come(script->world, clock, deadline)) {
        script->local[clock] = deadline;
        return TL_OK;
    }
    if (!limit_is_over(script, limit))
        set_timer(script, &script->timer, clock, deadline);
    return tl__wait_for(script, wait, NULL, NULL, limit);
}

tl_result tl__wait_steps(int64_t count, tl_limit limit)
{
    tl__script *self;
    tl_result possible = tl__wait_enter("tl_wait_frames", limit, &self);
    if (possible != TL_OK)
        return possible;
    if (count < 0)
        return tl__misuse(TL_ERROR_ARGUMENT, "tl_wait_frames");
    tl__time now = self->world->now[TL__STEPS];
    return wait_for_time(self, TL_WAIT_STEPS, count < TL__NEVER - now ? now + count : TL__NEVER, limit);
}

static tl_result wait_seconds(const char *call, tl_wait wait, double seconds, tl_limit limit)
{
    tl__script *self;
    tl_result possible = tl__wait_enter(call, limit, &self);
    if (possible != TL_OK)
        return possible;
    if (!is_time(seconds))
        return tl__misuse(TL_ERROR_ARGUMENT, call);
    return wait_for_time(self, wait, later(self->world, self->local[clock_of(wait)], seconds), limit);
}

tl_result tl__wait_game_seconds(double seconds, tl_limit limit)
{
    return wait_seconds("tl_wait_seconds", TL_WAIT_GAME_TIME, seconds, limit);
}

tl_result tl__wait_real_seconds(double seconds, tl_limit limit)
{
    return wait_seconds("tl_wait_real_seconds", TL_WAIT_REAL_TIME, seconds, limit);
}

tl_result tl__wait_until(tl_predicate predicate, void *arg, tl_limit limit)
{
    tl__script *self;
    tl_result possible = tl__wait_enter("tl_wait_until", limit, &self);
    if (possible != TL_OK)
        return possible;
    if (predicate == NULL)
        return tl__misuse(TL_ERROR_NULL, "tl_wait_until");
    self->predicate = predicate;
    self->predicate_arg = arg;
    bool done = tl__script_ask(self);
    leave_if_doomed(self);
    if (done)
        return TL_OK;
    return tl__wait_for(self, TL_WAIT_PREDICATE, NULL, &self->world->predicates, limit);
}

const char *tl_wait_string(tl_wait wait)
{
    switch (wait) {
    case TL_WAIT_NOTHING: return "nothing";
    case TL_WAIT_STEPS: return "steps";
    case TL_WAIT_GAME_TIME: return "game time";
    case TL_WAIT_REAL_TIME: return "real time";
    case TL_WAIT_PREDICATE: return "a condition";
    case TL_WAIT_EVENT: return "an event";
    case TL_WAIT_SCRIPT: return "a script";
    case TL_WAIT_SEND: return "room in a channel";
    case TL_WAIT_RECEIVE: return "something in a channel";
    }
    return "unknown wait";
}
