// SPDX-License-Identifier: MIT
#include "script/entity_destroy.h"

#include "base/misuse.h"
#include "script/script_end.h"
#include "world/current.h"
#include "world/entity.h"
#include "world/exclusive.h"
#include "world/owned.h"
#include "world/script_error.h"

/// Destroys a live entity, its descendants first. In a loop, since a script's small stack has no room for deep
/// recursion. The clean-ups that run meanwhile may call anything.
static void destroy_with_children(tl_world *world, uint32_t top1)
{
    uint32_t index1 = top1;
    tl__entity_record *entity = tl__entity_begin_to_destroy(world, index1);
    for (;;) {
        if (entity->newest_child1 != 0) {
            index1 = entity->newest_child1;
            entity = tl__entity_begin_to_destroy(world, index1);
            continue;
        }
        tl__scripts_cancel_all(&entity->scripts);
        tl__owned_destroy_all(&entity->owned);
        tl__entity_release(world, index1);
        if (index1 == top1)
            return;
        index1 = entity->parent.index1; // the parent is destroyed after its children
        entity = world->entities[index1 - 1];
    }
}

/// Whether an entity is `top` or a descendant of it.
static bool is_within(const tl_world *world, tl_entity entity, tl_entity top)
{
    while (entity.index1 != 0 && entity.index1 != top.index1)
        entity = tl_entity_parent(world, entity);
    return entity.index1 != 0;
}

/// Whether the running script, or a parent above it, is owned by `top` or a descendant of it, and so ends with `top`.
static bool runs_within(const tl_world *world, tl_entity top)
{
    const tl__script_record *script = tl__script_here();
    while (script != NULL && !(script->world == world && is_within(world, script->owner, top)))
        script = script->parent;
    return script != NULL;
}

/// @param waits  whether all scripts of the entity end before this returns, even those in shields
static tl_result destroy_checked(tl_world *world, tl_entity entity, bool waits, const char *call)
{
    if (world == NULL)
        return tl__misuse(TL_ERROR_NULL, call);
    tl_result result = tl__change_begin(world, call);
    if (result != TL_OK)
        return result;
    if (tl__entity_find_alive(world, entity) == NULL)
        return TL_ERROR_STALE;
    if (waits && runs_within(world, entity))
        return tl__misuse(TL_ERROR_CYCLE, call);
    bool before = world->breaks_shields;
    world->breaks_shields = before || waits;
    destroy_with_children(world, entity.index1);
    world->breaks_shields = before;
    tl__failures_report(world);
    return TL_OK;
}

tl_result tl_entity_destroy(tl_world *world, tl_entity entity)
{
    return destroy_checked(world, entity, false, __func__);
}

tl_result tl_entity_destroy_and_wait(tl_world *world, tl_entity entity)
{
    return destroy_checked(world, entity, true, __func__);
}

void tl__entities_destroy(tl_world *world)
{
    while (!tl__list_is_empty(&world->living_entities))
        destroy_with_children(world, TL__ITEM(world->living_entities.previous, tl__entity_record, of_world)->index1);
}
