// SPDX-License-Identifier: MIT
// The agents' scripts. Each script states what its agent does, in order; the functions that it calls do the waiting.
#include <math.h>

#include "factory.h"

static void stand_at(agent *me, spot where)
{
    tl_transform transform = tl_entity_get_transform(me->at->world, me->entity);
    transform.position.x = where.x;
    transform.position.y = where.y;
    tl_entity_set_transform(me->at->world, me->entity, &transform);
}

/// Moves a place by `way` towards `goal`. Returns true once it has arrived.
static bool approach(spot *from, spot goal, float way)
{
    float dx = goal.x - from->x, dy = goal.y - from->y, distance = sqrtf(dx * dx + dy * dy);
    if (distance <= way) {
        *from = goal;
        return true;
    }
    from->x += dx / distance * way;
    from->y += dy / distance * way;
    return false;
}

static float step_seconds(const agent *me)
{
    return (float)tl_group_get_info(tl_world_group(me->at->world)).delta;
}

static float speed(const agent *me)
{
    return me->kind == MINER ? me->at->scene.miners.speed : me->at->scene.smiths.speed;
}

static void walk_to(agent *me, spot goal)
{
    me->doing = WALKING;
    me->goal = goal;
    spot here = agent_position(me);
    me->faces_left = goal.x < here.x;
    bool arrived = false;
    while (!arrived) {
        tl_wait_step();
        arrived = approach(&here, goal, speed(me) * step_seconds(me));
        stand_at(me, here);
    }
    me->doing = IDLE;
}

static void work(agent *me, doing what, float seconds)
{
    me->doing = what;
    me->work_seconds = seconds;
    tl_wait_seconds((double)seconds);
    me->doing = IDLE;
}

static spot beside(spot where, float dx, float dy)
{
    return (spot){where.x + dx, where.y + dy};
}

/// Returns the place where an agent waits at an end of the belt: agents stand in two columns next to it.
static spot place_at_belt(const agent *me, spot end, float side)
{
    int place = (me->number - 1) % 8;
    return beside(end, side * (float)(14 + place / 4 * 26), (float)(place % 4 * 24 - 34));
}

static spot choose_vein(agent *me)
{
    spot vein = me->at->scene.veins[tl_random_below(&me->at->dice, (uint32_t)me->at->scene.vein_count)];
    return beside(vein, (float)((me->number - 1) % 3 * 9 - 9), 2);
}

static spot choose_anvil(agent *me)
{
    spot anvil = me->at->scene.anvils[tl_random_below(&me->at->dice, (uint32_t)me->at->scene.anvil_count)];
    return beside(anvil, me->number % 2 == 0 ? 13 : -13, (float)(1 + me->number % 4 / 2 * 5));
}

spot agent_choose_workplace(agent *who)
{
    return who->kind == MINER ? choose_vein(who) : choose_anvil(who);
}

static void drop_load(void *arg)
{
    agent *me = arg;
    if (me->load > 0)
        me->at->dropped_at[me->at->dropped++ % MAX_DROPPED] = agent_position(me);
    me->load = 0;
}

/// Returns a random duration of work: `least`, or up to half as long again.
static float duration(agent *me, float least)
{
    return least * (1 + tl_random_unit(&me->at->dice) / 2);
}

static void dig(agent *me)
{
    work(me, DIGGING, duration(me, me->at->scene.miners.seconds));
    me->load = 1;
    me->piece = ++me->at->produced;
}

static void put_on_belt(agent *me)
{
    me->doing = LOADING;
    tl_send(me->at->belt, &me->piece); // waits while the belt is full
    me->load = 0;
}

// [miner]
TL_SCRIPT(miner, agent *, self)
{
    agent *me = *self;
    tl_defer(drop_load, me); /* runs however this script ends */
    for (;;) {
        walk_to(me, choose_vein(me)); /* an ordinary function, which waits step by step inside */
        dig(me);
        walk_to(me, place_at_belt(me, me->at->scene.belt_begin, -1));
        put_on_belt(me); /* waits while the belt is full */
    }
}
// []

static void take_from_belt(agent *me)
{
    me->doing = FETCHING;
    tl_receive(me->at->belt, &me->piece); // waits while the belt is empty
    me->load = 1;
    me->load_at = beside(me->at->scene.belt_begin, me->at->shown_count > 0 ? me->at->shown[0] : 0, -3);
    while (!approach(&me->load_at, beside(agent_position(me), 0, -6), 240 * step_seconds(me)))
        tl_wait_step();
}

static void deliver(agent *me)
{
    me->load = 0;
    ++me->at->consumed;
}

TL_SCRIPT(smith, agent *, self)
{
    agent *me = *self;
    tl_defer(drop_load, me);
    for (;;) {
        walk_to(me, place_at_belt(me, me->at->scene.belt_end, +1));
        take_from_belt(me);
        walk_to(me, choose_anvil(me));
        me->faces_left = me->number % 2 == 0;
        work(me, FORGING, duration(me, me->at->scene.smiths.seconds));
        walk_to(me, beside(me->at->scene.chest, -12, (float)((me->number - 1) % 4 * 7 - 8)));
        deliver(me);
    }
}

tl_result agent_start(agent *who)
{
    tl_script_desc desc = {.owner = who->entity, .name = who->name};
    if (who->kind == MINER)
        return tl_spawn_with(who->at->world, &desc, &who->script, miner, who);
    return tl_spawn_with(who->at->world, &desc, &who->script, smith, who);
}
