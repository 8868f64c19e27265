// Groups: their clocks, and who of their scripts may run in a step. A script that becomes ready goes into the heap of
// its phase, unless its group is frozen, has used up its budget or has others that wait for it: then it goes to the end
// of the group's list. So what a group holds back is served first come, first served.
#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "world_internal.h"

enum { MAX_SCALE = 1000 };

tl_result tl__group_make(tl_world *world, const tl_group_desc *desc, tl_group **group)
{
    tl_group *made = calloc(1, sizeof *made);
    if (made == NULL)
        return TL_ERROR_OUT_OF_MEMORY;
    made->world = world;
    made->name = desc->name != NULL ? desc->name : "group";
    made->budget = desc->budget;
    made->units_per_step = world->units_per_step;
    tl__list_init(&made->held);
    tl__list_init(&made->stopped);
    tl__list_append(&world->groups, &made->of_world);
    *group = made;
    return TL_OK;
}

tl_result tl_group_create(tl_world *world, const tl_group_desc *desc, tl_group **group)
{
    if (group != NULL)
        *group = NULL;
    if (world == NULL || desc == NULL || group == NULL)
        return tl__misuse(TL_ERROR_NULL, __func__);
    tl_result possible = tl__change_begin(world, __func__);
    if (possible != TL_OK)
        return possible;
    return tl__group_make(world, desc, group);
}

void tl__groups_free(tl_world *world)
{
    while (!tl__list_is_empty(&world->groups)) {
        tl_group *group = TL__ITEM(world->groups.next, tl_group, of_world);
        tl__list_remove(&group->of_world);
        for (int clock = 0; clock < TL__GROUP_CLOCKS; ++clock)
            tl__heap_free(&group->timers[clock]);
        free(group);
    }
}

tl_group *tl_world_group(tl_world *world)
{
    return world != NULL ? world->group : NULL;
}

tl__time tl__now(const tl_group *group, tl__clock clock)
{
    return clock == TL__REAL_TIME ? group->world->real_time : group->now[clock];
}

tl__heap *tl__timers(tl_group *group, tl__clock clock)
{
    return clock == TL__REAL_TIME ? &group->world->real_timers : &group->timers[clock];
}

/// A script has a time and a limit; arms have a time each.
static tl_result reserve(tl__heap *heap, uint32_t scripts, uint32_t arms)
{
    uint32_t nodes = 2 * scripts + arms;
    return heap->capacity >= nodes ? TL_OK : tl__heap_reserve(heap, nodes + nodes / 2 + 64);
}

tl_result tl__group_reserve(tl_group *group, uint32_t scripts, uint32_t arms)
{
    tl_world *world = group->world;
    if (reserve(&world->real_timers, world->script_count + scripts, world->arm_timers + arms) != TL_OK)
        return TL_ERROR_OUT_OF_MEMORY;
    for (int clock = 0; clock < TL__GROUP_CLOCKS; ++clock)
        if (reserve(&group->timers[clock], group->script_count + scripts, group->arm_timers + arms) != TL_OK)
            return TL_ERROR_OUT_OF_MEMORY;
    return TL_OK;
}

void tl__groups_advance(tl_world *world)
{
    for (tl__link *link = world->groups.next; link != &world->groups; link = link->next) {
        tl_group *group = TL__ITEM(link, tl_group, of_world);
        group->admitted = group->let_through + group->let_through_beside; // in a phase that had passed
        if (group->frozen)
            continue;
        ++group->now[TL__STEPS];
        group->now[TL__GAME_TIME] = tl__advance(group->now[TL__GAME_TIME], group->units_per_step);
    }
}

/// Whether one more is let through. What happens between two steps has to wait for the next one's budget.
static bool may_run(const tl_group *group)
{
    return !group->frozen && (group->budget == 0 || (group->world->stepping && group->admitted < group->budget));
}

static void admit(tl__script *script)
{
    ++script->group->admitted;
    script->turn = ++script->world->turns;
    if (script->seat1 != 0) {
        ++script->group->let_through_beside;
        tl__seat_make_ready(script);
        return;
    }
    ++script->group->let_through;
    tl__heap_put(&script->world->ready[script->place], &script->ready,
                 (tl__heap_key){-(int64_t)script->priority, script->creation});
}

static void hold(tl__script *script, tl__link *list)
{
    assert(!script->held && !tl__is_ready(script));
    script->held = true;
    ++script->group->held_count;
    tl__list_append(list, &script->of_queue);
}

static void unhold(tl__script *script)
{
    script->held = false;
    --script->group->held_count;
    tl__list_remove(&script->of_queue);
}

static void release(tl_group *group)
{
    while (group->held_count > 0 && may_run(group)) {
        tl__link *first = tl__list_is_empty(&group->stopped) ? group->held.next : group->stopped.next;
        tl__script *script = TL__ITEM(first, tl__script, of_queue);
        unhold(script);
        admit(script);
    }
}

void tl__groups_release(tl_world *world)
{
    for (tl__link *link = world->groups.next; link != &world->groups; link = link->next)
        release(TL__ITEM(link, tl_group, of_world));
}

bool tl__is_ready(const tl__script *script)
{
    return script->seat1 != 0 ? tl__seat_is_ready(script) : script->ready.place1 != 0;
}

void tl__ready_put(tl__script *script)
{
    if (tl__is_ready(script) || script->held)
        return;
    if (script->group->held_count == 0 && may_run(script->group))
        admit(script);
    else
        hold(script, &script->group->held);
}

static void take_from_heap(tl__script *script)
{
    tl__heap_take(&script->world->ready[script->place], &script->ready);
    --script->group->let_through;
}

void tl__ready_take(tl__script *script)
{
    if (script->held)
        unhold(script);
    else if (script->ready.place1 != 0)
        take_from_heap(script);
    if (script->seat1 == 0)
        return;
    if (tl__seat_is_ready(script))
        --script->group->let_through_beside;
    tl__seat_make_unready(script);
}

void tl__ready_stop(tl__script *script)
{
    hold(script, &script->group->stopped);
}

bool tl__groups_any_frozen(const tl_world *world)
{
    for (const tl__link *link = world->groups.next; link != &world->groups; link = link->next)
        if (TL__ITEM(link, tl_group, of_world)->frozen)
            return true;
    return false;
}

void tl__groups_run_beside(tl_world *world)
{
    for (tl__link *link = world->groups.next; link != &world->groups; link = link->next)
        TL__ITEM(link, tl_group, of_world)->let_through_beside = 0;
}

tl__script *tl__ready_next(tl_world *world, int place)
{
    for (tl__heap_node *first; (first = tl__heap_first(&world->ready[place])) != NULL;) {
        tl__script *script = (tl__script *)first;
        take_from_heap(script);
        if (!script->group->frozen)
            return script;
        tl__ready_stop(script);
    }
    return NULL;
}

tl_result tl_group_set_time_scale(tl_group *group, double scale)
{
    if (group == NULL)
        return tl__misuse(TL_ERROR_NULL, __func__);
    if (!(scale >= 0 && scale <= MAX_SCALE))
        return tl__misuse(TL_ERROR_ARGUMENT, __func__);
    tl_result possible = tl__change_begin(group->world, __func__);
    if (possible != TL_OK)
        return possible;
    group->units_per_step = llround(scale * (double)group->world->units_per_step);
    return TL_OK;
}

tl_result tl_group_freeze(tl_group *group, bool frozen)
{
    if (group == NULL)
        return tl__misuse(TL_ERROR_NULL, __func__);
    tl_result possible = tl__change_begin(group->world, __func__);
    if (possible != TL_OK)
        return possible;
    group->frozen = frozen;
    if (!frozen)
        release(group);
    return TL_OK;
}

tl_result tl_group_set_budget(tl_group *group, uint32_t budget)
{
    if (group == NULL)
        return tl__misuse(TL_ERROR_NULL, __func__);
    tl_result possible = tl__change_begin(group->world, __func__);
    if (possible != TL_OK)
        return possible;
    group->budget = budget;
    if (budget != 0)
        tl__seats_set_timers(group);
    release(group);
    return TL_OK;
}

tl_group_info tl_group_get_info(const tl_group *group)
{
    if (group == NULL)
        return (tl_group_info){0};
    double per_second = (double)group->world->units_per_second;
    return (tl_group_info){
        .name = group->name,
        .steps = (uint64_t)group->now[TL__STEPS],
        .seconds = (double)group->now[TL__GAME_TIME] / per_second,
        .delta = group->frozen ? 0 : (double)group->units_per_step / per_second,
        .scale = (double)group->units_per_step / (double)group->world->units_per_step,
        .frozen = group->frozen,
        .budget = group->budget,
        .scripts = group->script_count,
        .held = group->held_count,
    };
}

tl_group *tl_group_current(void)
{
    const tl__script *script = tl__script_current();
    return script != NULL ? script->group : NULL;
}

double tl_delta_seconds(void)
{
    return tl_group_get_info(tl_group_current()).delta;
}

double tl_local_seconds(void)
{
    tl__script *script = tl__script_current();
    if (script != NULL)
        tl__script_begin_time(script);
    return script != NULL ? (double)script->local[TL__GAME_TIME] / (double)script->world->units_per_second : 0;
}
