// SPDX-License-Identifier: MIT
/// Objects that are destroyed with their owner, an entity or the world.
#ifndef TELAR_ENGINE_WORLD_OWNED_H
#define TELAR_ENGINE_WORLD_OWNED_H

#include "world/world_state.h"

/// Slow path of tl__owner_list, for an owner that is an entity.
tl_result tl__entity_list(tl_world *world, tl_entity owner, bool for_script, tl__link **list);
/// Checks an owner, and finds the list of its scripts (if `for_script`) or of its events and channels. Returns TL_OK,
/// TL_ERROR_STALE or TL_ERROR_POOL_CLOSING.
static inline tl_result tl__owner_list(tl_world *world, tl_entity owner, bool for_script, tl__link **list)
{
    if (owner.index1 != 0)
        return tl__entity_list(world, owner, for_script, list);
    *list = for_script ? &world->scripts : &world->owned;
    return world->closing ? TL_ERROR_POOL_CLOSING : TL_OK;
}
/// Gives an event or channel a slot number, and adds it to its owner's list. Returns TL_OK, TL_ERROR_OUT_OF_MEMORY or
/// an error of tl__owner_list.
tl_result tl__owned_add(tl__owned *owned, tl_entity owner, tl__slots *slots);
/// Undoes tl__owned_add: frees the slot number, and removes the object from its owner's list.
void tl__owned_forget(tl__owned *owned, tl__slots *slots);
/// Destroys all objects in a list, the newest first.
void tl__owned_destroy_all(tl__link *list);

#endif
