// SPDX-License-Identifier: MIT
#include "world/wait.h"

#include <assert.h>

#include "base/compiler.h"
#include "world/ready.h"
#include "world/timer.h"

void tl__wait_leave(tl__script_record *script)
{
    bool is_timed =
        script->wait == TL_WAIT_STEPS || script->wait == TL_WAIT_GAME_TIME || script->wait == TL_WAIT_REAL_TIME;
    tl__timer_take(&script->timer);
    tl__timer_take(&script->limit);
    if (!is_timed) { // a timed wait is in no list
        tl__list_remove(&script->listener.link);
        if (script->frame != NULL)
            script->frame->kind->leave(script->frame);
    }
    script->audience1 = 0;
    script->wait = TL_WAIT_NOTHING;
    script->limit_passed = false;
}

/// Ends the wait. The script's own time continues from now.
void tl__wait_answer(tl__script_record *script, tl_result how)
{
    tl__wait_leave(script);
    script->answer = how;
    tl__local_now(script->local, script->group);
    script->fresh = !tl__is_stepping(script->world); // what happens between two steps counts for the next step
}

void tl__wake(tl__script_record *script, tl_result how)
{
    tl__wait_answer(script, how);
    tl__ready_put(script);
}

static void wake_at(tl__script_record *script, tl_result how, tl__timer_clock clock, tl__time deadline)
{
    tl__wake(script, how);
    script->local[clock] = deadline;
}

/// Wakes a script. Its own time continues from when `ended`, the script that it waited for, ended.
static void wake_from(tl__script_record *script, tl_result how, const tl__script_record *ended)
{
    tl__time local[TL__CLOCKS];
    for (tl__timer_clock clock = TL__STEPS; clock < TL__CLOCKS; ++clock)
        local[clock] = script->local[clock];
    tl__local_follow(local, script->group, ended);
    tl__wake(script, how);
    for (tl__timer_clock clock = TL__STEPS; clock < TL__CLOCKS; ++clock)
        script->local[clock] = local[clock];
}

void tl__listener_tell(tl__listener *listener, tl_result how, const tl__script_record *ended)
{
    tl__list_remove(&listener->link);
    tl__script_record *script = listener->script;
    if (LIKELY(listener->frame == NULL && script->frame == NULL && ended == NULL)) {
        assert(script->timer.node.heap_index1 == 0);
        tl__timer_take(&script->limit);
        script->limit_passed = false;
        tl__wake_lone(script, how, !tl__is_stepping(script->world));
    } else if (listener->frame != NULL && listener->frame->kind->tell != NULL) {
        listener->frame->kind->tell(listener->frame, listener, how, ended);
    } else if (ended != NULL) {
        wake_from(script, how, ended);
    } else {
        tl__wake(script, how);
    }
}

void tl__listeners_tell(tl__link *listeners, tl_result how)
{
    while (!tl__list_is_empty(listeners))
        tl__listener_tell(TL__ITEM(listeners->next, tl__listener, link), how, NULL);
}

/// Handles a limit that has passed.
static void fire_limit(tl__script_record *script)
{
    const tl__timer *timer = &script->timer, *limit = &script->limit;
    if (timer->node.heap_index1 == 0) { // what it waits for may still come in this step, before it runs
        script->limit_passed = true;
        tl__timer_take(&script->limit);
        tl__ready_put(script);
    } else if (tl__has_come(script->group, timer->clock, timer->deadline)) { // both at once: the wait is done
        wake_at(script, TL_OK, timer->clock, timer->deadline);
    } else {
        wake_at(script, TL_TIMED_OUT, limit->clock, limit->deadline);
    }
}

/// Ends a lone wait for a time.
static inline void fire_wait(tl__wheel *timers, tl__timer *timer)
{
    tl__script_record *script = timer->script;
    tl__wheel_take_first(timers, &timer->node);
    tl__timer_take(&script->limit);
    tl__wake_lone(script, TL_OK, false);
    script->local[timer->clock] = timer->deadline;
}

static inline void fire_timer(tl__wheel *timers, tl__timer *timer)
{
    if (timer->use == TL__TIMER_IS_WAIT) {
        fire_wait(timers, timer);
        return;
    }
    tl__wait_base *frame = timer->script->frame;
    if (frame != NULL && frame->kind->fire != NULL)
        frame->kind->fire(frame, timer);
    else
        fire_limit(timer->script);
}

/// How many timers ahead a script's record is prefetched.
enum { AHEAD = 6 };

static void fire_all(tl_group *group, tl__timer_clock clock)
{
    tl__wheel *timers = tl__timers(group, clock);
    for (tl__heap_node *first; (first = tl__wheel_first(timers, tl__now(group, clock))) != NULL;) {
        const tl__timer *ahead = (const tl__timer *)tl__heap_ahead(&timers->due, AHEAD);
        if (ahead != NULL) {
            __builtin_prefetch(ahead->script, 1);
            __builtin_prefetch(&ahead->script->local, 1);
        }
        fire_timer(timers, (tl__timer *)first);
    }
}

static void fire_steps(tl_group *group)
{
    tl_world *world = group->world;
    group->former_batch = group->step_batch;
    group->step_batch = tl__batch_together(world);
    world->first_admission -= group->timers[TL__STEPS].count;
    world->next_admission = world->first_admission;
    world->admits_steps = true;
    fire_all(group, TL__STEPS);
    world->admits_steps = false;
}

void tl__timers_fire(tl_world *world)
{
    for (tl__link *link = world->groups.next; link != &world->groups; link = link->next) {
        tl_group *group = TL__ITEM(link, tl_group, of_world);
        if (!group->frozen)
            fire_steps(group);
        fire_all(group, TL__GAME_TIME);
    }
    fire_all(world->group, TL__REAL_TIME);
}
