// How a script waits: it puts itself where it will be found (a timer's heap, somebody's list of listeners), suspends,
// and is woken by exactly one of these, which takes it out of all the others.
#include <math.h>

#include "world_internal.h"

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

static bool is_time(double seconds)
{
    return seconds >= 0; // false for what is not a number
}

bool tl__is_limit(tl_limit limit)
{
    bool is_clock = limit.clock == TL_WAIT_GAME_TIME || limit.clock == TL_WAIT_REAL_TIME;
    return (is_clock || limit.clock == TL_WAIT_NOTHING) && is_time(limit.seconds);
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

void tl__timer_set(tl__timer *timer, tl__script *script, int32_t arm, tl__clock clock, tl__time deadline)
{
    timer->script = script;
    timer->arm = arm;
    timer->clock = clock;
    timer->deadline = deadline;
    // Of those that come at the same time, the one whose script was let through first is first. (Not the one that was
    // set first: priorities would give some an advantage over others that wait for the same budget.)
    tl__heap_put(tl__timers(script->group, clock), &timer->node, (tl__heap_key){deadline, script->turn});
}

void tl__timer_take(tl__timer *timer)
{
    if (timer->node.place1 != 0)
        tl__heap_take(tl__timers(timer->script->group, timer->clock), &timer->node);
}

void tl__wait_leave(tl__script *script)
{
    tl__list_remove(&script->listener.link);
    tl__timer_take(&script->timer);
    tl__timer_take(&script->limit);
    if (script->gathering != NULL)
        tl__gathering_leave(script->gathering);
    script->gathering = NULL;
    if (script->outside != NULL)
        tl__outside_leave(script->outside);
    script->wait = TL_WAIT_NOTHING;
    script->limit_passed = false;
    script->steps_on = false;
}

void tl__local_now(tl__time *local, const tl_group *group)
{
    local[TL__STEPS] = group->now[TL__STEPS];
    local[TL__GAME_TIME] = group->now[TL__GAME_TIME];
    local[TL__REAL_TIME] = group->world->real_time;
}

void tl__local_follow(tl__time *local, const tl_group *group, const tl__script *other)
{
    for (tl__clock clock = TL__STEPS; clock < TL__CLOCKS; ++clock) {
        tl__time theirs = clock == TL__REAL_TIME || group == other->group ? other->local[clock] : tl__now(group, clock);
        local[clock] = theirs > local[clock] ? theirs : local[clock];
    }
}

/// The wait is over: the script will go on from now.
static void answer(tl__script *script, tl_result how)
{
    tl__wait_leave(script);
    script->answer = how;
    tl__local_now(script->local, script->group);
    script->fresh = !script->world->stepping; // what happens between two steps counts as the next one's
}

void tl__wake(tl__script *script, tl_result how)
{
    answer(script, how);
    tl__ready_put(script);
}

static void wake_at(tl__script *script, tl_result how, tl__clock clock, tl__time deadline)
{
    tl__wake(script, how);
    script->local[clock] = deadline;
}

/// It goes on from when the other ended.
static void wake_from(tl__script *script, tl_result how, const tl__script *ended)
{
    tl__time local[TL__CLOCKS];
    for (tl__clock clock = TL__STEPS; clock < TL__CLOCKS; ++clock)
        local[clock] = script->local[clock];
    tl__local_follow(local, script->group, ended);
    tl__wake(script, how);
    for (tl__clock clock = TL__STEPS; clock < TL__CLOCKS; ++clock)
        script->local[clock] = local[clock];
}

void tl__listener_tell(tl__listener *listener, tl_result how, const tl__script *ended)
{
    tl__list_remove(&listener->link);
    if (listener->arm >= 0)
        tl__gathering_tell(listener->script->gathering, listener->arm, how, ended);
    else if (ended != NULL)
        wake_from(listener->script, how, ended);
    else
        tl__wake(listener->script, how);
}

void tl__listeners_tell(tl__link *listeners, tl_result how)
{
    while (!tl__list_is_empty(listeners))
        tl__listener_tell(TL__ITEM(listeners->next, tl__listener, link), how, NULL);
}

/// The time that a script waits at most has come.
static void fire_limit(tl__script *script)
{
    const tl__timer *timer = &script->timer, *limit = &script->limit;
    if (timer->node.place1 == 0) { // what it waits for may yet come in this step, before it is the script's turn
        script->limit_passed = true;
        tl__timer_take(&script->limit);
        tl__ready_put(script);
    } else if (tl__has_come(script->group, timer->clock, timer->deadline)) { // both at once: done
        wake_at(script, TL_OK, timer->clock, timer->deadline);
    } else {
        wake_at(script, TL_TIMED_OUT, limit->clock, limit->deadline);
    }
}

static void fire(tl__timer *timer)
{
    if (timer->arm == TL__TIMER_IS_WAIT)
        wake_at(timer->script, TL_OK, timer->clock, timer->deadline);
    else if (timer->script->gathering != NULL)
        tl__gathering_time(timer->script->gathering, timer);
    else
        fire_limit(timer->script);
}

static void fire_all(tl_group *group, tl__clock clock)
{
    tl__heap *timers = tl__timers(group, clock);
    for (tl__heap_node *first;
         (first = tl__heap_first(timers)) != NULL && tl__has_come(group, clock, ((tl__timer *)first)->deadline);)
        fire((tl__timer *)first);
}

void tl__timers_fire(tl_world *world)
{
    for (tl__link *link = world->groups.next; link != &world->groups; link = link->next)
        for (tl__clock clock = TL__STEPS; clock < TL__GROUP_CLOCKS; ++clock)
            fire_all(TL__ITEM(link, tl_group, of_world), clock);
    fire_all(world->group, TL__REAL_TIME);
}

bool tl__wait_is_over(tl__script *script)
{
    tl_result how = TL_OK;
    bool done = script->wait == TL_WAIT_PHASE || (script->wait == TL_WAIT_PREDICATE && tl__script_ask(script));
    if (script->closing || (script->doomed && script->shields == 0))
        return true;
    if (!done && !script->limit_passed)
        return false;
    if (!done && script->outside != NULL) // which may lie among the arrivals since this step began
        done = tl__outside_has_come(script->outside, &how);
    answer(script, done ? how : TL_TIMED_OUT);
    if (!done)
        script->local[script->limit.clock] = script->limit.deadline;
    return true;
}

_Noreturn void tl__wait_for_the_end(tl__script *script)
{
    script->closing = true;
    tl_yield(NULL);
    __builtin_trap(); // whoever resumes it unwinds it
}

tl_result tl__call_enter(const char *call, tl__script **script)
{
    tl__script *self = tl__script_running();
    *script = self;
    if (self == NULL || self->asking)
        return tl__misuse(TL_ERROR_NO_SCRIPT, call);
    if (tl_fiber_unwinding())
        return tl__misuse(TL_ERROR_UNWINDING, call);
    tl__take_turn(call);
    tl__script_end_if_stuck(self);
    if (self->doomed && self->shields == 0)
        tl__wait_for_the_end(self);
    return TL_OK;
}

tl_result tl__wait_enter(const char *call, tl_limit limit, tl__script **script)
{
    tl_result possible = tl__call_enter(call, script);
    if (possible != TL_OK)
        return possible;
    tl__failure_drop((*script)->caught);
    (*script)->caught = NULL;
    return tl__is_limit(limit) ? TL_OK : tl__misuse(TL_ERROR_ARGUMENT, call);
}

tl_result tl__check_source(const tl__script *script, uint64_t world_id, const void *found)
{
    if (found != NULL)
        return TL_OK;
    const tl_world *world = tl__world_of(world_id);
    return world != NULL && world != script->world ? TL_ERROR_OTHER_WORLD : TL_ERROR_STALE;
}

/// Whether a limit is over before it began.
static bool limit_is_over(const tl__script *script, tl_limit limit)
{
    return tl__has_limit(limit) && tl__has_come(script->group, tl__clock_of(limit.clock), tl__end_of(script, limit));
}

/// Suspends the script until it is woken. What may wake it is in place, but for the limit.
static tl_result wait_for(tl__script *script, tl_wait wait, tl_limit limit)
{
    if (limit_is_over(script, limit)) { // the script's own time goes on all the same, or a loop of these never ended
        tl__wait_leave(script);
        script->local[tl__clock_of(limit.clock)] = tl__end_of(script, limit);
        return TL_TIMED_OUT;
    }
    script->wait = wait;
    if (tl__has_limit(limit))
        tl__timer_set(&script->limit, script, TL__TIMER_IS_LIMIT, tl__clock_of(limit.clock), tl__end_of(script, limit));
    tl_yield(NULL);
    return script->answer;
}

tl_result tl__wait_in(tl__script *script, tl_wait wait, int32_t arm, tl__link *listeners, const char *name,
                      void *buffer, tl_limit limit)
{
    script->listener.script = script;
    script->listener.name = name;
    script->listener.buffer = buffer;
    script->listener.arm = arm;
    tl__list_append(listeners, &script->listener.link);
    return wait_for(script, wait, limit);
}

void tl__wait_for_next_step(tl__script *script)
{
    script->wait = TL_WAIT_STEPS;
    tl__timer_set(&script->timer, script, TL__TIMER_IS_WAIT, TL__STEPS, tl__now(script->group, TL__STEPS) + 1);
}

/// Until `deadline`. A time that has already come moves the script's own time on, and costs no step.
static tl_result wait_for_time(tl__script *script, tl_wait wait, tl__clock clock, tl__time deadline, tl_limit limit)
{
    if (tl__has_come(script->group, clock, deadline)) {
        script->local[clock] = deadline;
        return TL_OK;
    }
    tl__timer_set(&script->timer, script, TL__TIMER_IS_WAIT, clock, deadline);
    return wait_for(script, wait, limit);
}

tl_result tl__wait_steps(int64_t count, tl_limit limit)
{
    // A jump: a return on a stack that control came back to costs more than all else here.
    if (count == 1 && !tl__has_limit(limit) && tl__step_on())
        return tl_yield(NULL);
    tl__script *self;
    tl_result possible = tl__wait_enter("tl_wait_frames", limit, &self);
    if (possible != TL_OK)
        return possible;
    if (count < 0)
        return tl__misuse(TL_ERROR_ARGUMENT, "tl_wait_frames");
    tl__time now = tl__now(self->group, TL__STEPS);
    return wait_for_time(self, TL_WAIT_STEPS, TL__STEPS, count < TL__NEVER - now ? now + count : TL__NEVER, limit);
}

static tl_result wait_seconds(const char *call, tl_wait wait, double seconds, tl_limit limit)
{
    tl__script *self;
    tl_result possible = tl__wait_enter(call, limit, &self);
    if (possible != TL_OK)
        return possible;
    if (!is_time(seconds))
        return tl__misuse(TL_ERROR_ARGUMENT, call);
    return wait_for_time(self, wait, tl__clock_of(wait), tl__end_of(self, tl_within(wait, seconds)), limit);
}

tl_result tl__wait_game_seconds(double seconds, tl_limit limit)
{
    return wait_seconds("tl_wait_seconds", TL_WAIT_GAME_TIME, seconds, limit);
}

tl_result tl__wait_real_seconds(double seconds, tl_limit limit)
{
    return wait_seconds("tl_wait_real_seconds", TL_WAIT_REAL_TIME, seconds, limit);
}

/// A script without a parent has a seat in the parallel phase, and nowhere else.
static tl_result move_to(tl__script *script, int place)
{
    if (place == script->place)
        return TL_OK;
    bool needs_seat = place == TL__PARALLEL_PLACE && script->parent == NULL;
    if (needs_seat && tl__seat_reserve(script->world) != TL_OK)
        return TL_ERROR_OUT_OF_MEMORY;
    tl__seat_leave(script);
    script->place = (int8_t)place;
    if (needs_seat)
        tl__seat_take(script);
    return TL_OK;
}

tl_result tl_wait_phase(tl_phase phase)
{
    tl__script *self;
    tl_result possible = tl__wait_enter(__func__, TL_FOREVER, &self);
    if (possible != TL_OK)
        return possible;
    int place = tl__place_of(phase);
    if (place == TL__NO_PHASE)
        return tl__misuse(TL_ERROR_ARGUMENT, __func__);
    possible = move_to(self, place);
    if (possible != TL_OK)
        return possible;
    if (self->world->phase >= place) // it has begun, or is over
        return wait_for_time(self, TL_WAIT_PHASE, TL__STEPS, tl__now(self->group, TL__STEPS) + 1, TL_FOREVER);
    tl__ready_put(self);
    return wait_for(self, TL_WAIT_PHASE, TL_FOREVER);
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
    if (self->doomed && self->shields == 0)
        tl__wait_for_the_end(self);
    return done ? TL_OK : tl__wait_in(self, TL_WAIT_PREDICATE, TL__ALONE, &self->world->predicates, NULL, NULL, limit);
}

const char *tl_wait_string(tl_wait wait)
{
    switch (wait) {
    case TL_WAIT_NOTHING: return "nothing";
    case TL_WAIT_STEPS: return "steps";
    case TL_WAIT_GAME_TIME: return "game time";
    case TL_WAIT_REAL_TIME: return "real time";
    case TL_WAIT_PHASE: return "a phase";
    case TL_WAIT_PREDICATE: return "a condition";
    case TL_WAIT_EVENT: return "an event";
    case TL_WAIT_SCRIPT: return "a script";
    case TL_WAIT_SEND: return "room in a channel";
    case TL_WAIT_RECEIVE: return "something in a channel";
    case TL_WAIT_RACE: return "the first of several";
    case TL_WAIT_SYNC: return "all of several";
    case TL_WAIT_CHILD: return "the end of a child";
    case TL_WAIT_COUNTER: return "a counter";
    case TL_WAIT_LOCK: return "a lock";
    }
    return "unknown wait";
}
