// SPDX-License-Identifier: MIT
#include "world/group.h"

#include "base/misuse.h"
#include "os/allocator.h"
#include "world/current.h"
#include "world/exclusive.h"
#include "world/group_time.h"
#include "world/next_step.h"
#include "world/ready.h"
#include "world/timer.h"

tl_result tl__group_make(tl_world *world, const tl_group_desc *desc, tl_group **group)
{
    tl_group *made = tl__allocate_zeros(sizeof *made);
    if (made == NULL)
        return TL_ERROR_OUT_OF_MEMORY;
    made->world = world;
    made->name = desc->name != NULL ? desc->name : "group";
    made->budget = desc->budget;
    made->parent = desc->parent;
    made->own_scale = 1;
    for (tl__timer_clock clock = TL__STEPS; clock < TL__GROUP_CLOCKS; ++clock)
        tl__timers_init(world, &made->timers[clock], clock);
    ++world->group_count;
    world->timer_room = 0; // reserve again: more wheels need more chunks in the store
    tl__list_init(&made->held);
    tl__list_init(&made->stopped);
    tl__list_append(&world->groups, &made->of_world);
    tl__groups_update(world);
    *group = made;
    return TL_OK;
}

tl_result tl_group_create(tl_world *world, const tl_group_desc *desc, tl_group **group)
{
    if (group != NULL)
        *group = NULL;
    if (world == NULL || desc == NULL || group == NULL)
        return tl__misuse(TL_ERROR_NULL, __func__);
    tl_result result = tl__change_begin(world, __func__);
    if (result != TL_OK)
        return result;
    if (desc->parent != NULL && desc->parent->world != world)
        return tl__misuse(TL_ERROR_OTHER_WORLD, __func__);
    return tl__group_make(world, desc, group);
}

void tl__groups_free(tl_world *world)
{
    while (!tl__list_is_empty(&world->groups)) {
        tl_group *group = TL__ITEM(world->groups.next, tl_group, of_world);
        tl__list_remove(&group->of_world);
        for (int clock = 0; clock < TL__GROUP_CLOCKS; ++clock)
            tl__wheel_free(&group->timers[clock]);
        tl__free(group->factors, group->factor_capacity * sizeof *group->factors);
        tl__free(group, sizeof *group);
    }
}

tl_group *tl_world_group(tl_world *world)
{
    return world != NULL ? world->group : NULL;
}

/// Makes room for `count` timers; when the wheel has to grow, for half as many more, too.
static tl_result reserve_timers(tl__wheel *timers, uint32_t count)
{
    return timers->due.capacity >= count ? TL_OK : tl__wheel_reserve(timers, count + count / 2 + 64);
}

tl_result tl__group_reserve_more(tl_group *group, uint32_t scripts, uint32_t arms)
{
    tl_world *world = group->world;
    uint32_t all = tl__timers_of(world->script_count + scripts, world->arm_timers + arms), wheels = world->group_count;
    uint32_t own = tl__timers_of(group->script_count + scripts, group->arm_timers + arms);
    if (reserve_timers(&world->real_timers, all) != TL_OK)
        return TL_ERROR_OUT_OF_MEMORY;
    uint32_t room = world->real_timers.due.capacity;
    if (tl__wheel_store_reserve(&world->timer_store, room, wheels * TL__GROUP_CLOCKS + 1) != TL_OK)
        return TL_ERROR_OUT_OF_MEMORY;
    world->timer_room = room;
    for (int clock = 0; clock < TL__GROUP_CLOCKS; ++clock)
        if (reserve_timers(&group->timers[clock], own) != TL_OK)
            return TL_ERROR_OUT_OF_MEMORY;
    group->timer_room = group->timers[TL__STEPS].due.capacity;
    return TL_OK;
}

void tl__groups_advance(tl_world *world)
{
    for (tl__link *link = world->groups.next; link != &world->groups; link = link->next) {
        tl_group *group = TL__ITEM(link, tl_group, of_world);
        group->admitted = group->let_through + group->let_through_parallel; // ready too late for the step before
        group->has_step = !group->frozen;
        if (group->frozen)
            continue;
        ++group->now[TL__STEPS];
        group->now[TL__GAME_TIME] = tl__advance(group->now[TL__GAME_TIME], group->units_per_step);
    }
}

tl_result tl_group_set_budget(tl_group *group, uint32_t budget)
{
    tl_result result = tl__group_change_begin(group, __func__);
    if (result != TL_OK)
        return result;
    group->budget = budget;
    tl__groups_update(group->world);
    if (budget != 0)
        tl__next_step_use_timers(group);
    tl__group_release(group);
    return TL_OK;
}

tl_group_info tl_group_get_info(const tl_group *group)
{
    if (group == NULL) {
        tl__misuse(TL_ERROR_NULL, __func__);
        return (tl_group_info){0};
    }
    double per_second = (double)group->world->units_per_second;
    return (tl_group_info){
        .name = group->name,
        .steps = (uint64_t)group->now[TL__STEPS],
        .seconds = (double)group->now[TL__GAME_TIME] / per_second,
        .delta = group->frozen ? 0 : (double)group->units_per_step / per_second,
        .scale = (double)group->units_per_step / (double)group->world->units_per_step,
        .frozen = group->frozen,
        .freezes = group->freezes,
        .parent = group->parent,
        .budget = group->budget,
        .scripts = group->script_count,
        .held = group->held_count,
    };
}

tl_group *tl_group_current(void)
{
    const tl__script_record *script = tl__script_here();
    return script != NULL ? script->group : NULL;
}

double tl_delta_seconds(void)
{
    const tl_group *group = tl_group_current();
    return group != NULL ? tl_group_get_info(group).delta : 0;
}

double tl_local_seconds(void)
{
    tl__script_record *script = tl__script_here();
    if (script != NULL)
        tl__script_begin_time(script);
    return script != NULL ? (double)script->local[TL__GAME_TIME] / (double)script->world->units_per_second : 0;
}
