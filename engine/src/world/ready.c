#include "world/ready.h"

#include <assert.h>

#include "world/seats.h"

/// Whether one more is let through. What happens between two steps has to wait for the next one's budget.
static bool may_run(const tl_group *group)
{
    return !group->frozen && (group->budget == 0 || (tl__is_stepping(group->world) && group->admitted < group->budget));
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
    assert(!tl__is_held(script) && !tl__is_ready(script));
    ++script->group->held_count;
    tl__list_append(list, &script->of_queue);
}

static void unhold(tl__script *script)
{
    --script->group->held_count;
    tl__list_remove(&script->of_queue);
}

void tl__group_release(tl_group *group)
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
        tl__group_release(TL__ITEM(link, tl_group, of_world));
}

bool tl__is_ready(const tl__script *script)
{
    return script->seat1 != 0 ? tl__seat_is_ready(script) : script->ready.place1 != 0;
}

void tl__ready_put(tl__script *script)
{
    if (tl__is_ready(script) || tl__is_held(script))
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
    if (tl__is_held(script))
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
