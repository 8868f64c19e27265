#include "world/wait.h"

#include "world/ready.h"
#include "world/timer.h"

void tl__wait_leave(tl__script *script)
{
    tl__list_remove(&script->listener.link);
    tl__timer_take(&script->timer);
    tl__timer_take(&script->limit);
    if (script->frame != NULL)
        script->frame->kind->leave(script->frame);
    script->wait = TL_WAIT_NOTHING;
    script->limit_passed = false;
}

/// The wait is over: the script will go on from now.
void tl__wait_answer(tl__script *script, tl_result how)
{
    tl__wait_leave(script);
    script->answer = how;
    tl__local_now(script->local, script->group);
    script->fresh = !tl__is_stepping(script->world); // what happens between two steps counts as the next one's
}

void tl__wake(tl__script *script, tl_result how)
{
    tl__wait_answer(script, how);
    tl__ready_put(script);
}

static void wake_at(tl__script *script, tl_result how, tl__clock clock, tl__time deadline)
{
    tl__wake(script, how);
    script->local[clock] = deadline;
}

/// The script continues from when the other ended.
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
    if (listener->frame != NULL && listener->frame->kind->tell != NULL)
        listener->frame->kind->tell(listener->frame, listener, how, ended);
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
    tl__wait_frame *frame = timer->script->frame;
    if (timer->use == TL__TIMER_IS_WAIT)
        wake_at(timer->script, TL_OK, timer->clock, timer->deadline);
    else if (frame != NULL && frame->kind->fire != NULL)
        frame->kind->fire(frame, timer);
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

static void fire_steps(tl_group *group)
{
    tl_world *world = group->world;
    group->former_batch = group->step_batch;
    group->step_batch = ++world->turns;
    world->first_turn -= tl__heap_count(&group->timers[TL__STEPS]);
    world->next_turn = world->first_turn;
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
