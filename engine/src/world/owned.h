// SPDX-License-Identifier: MIT
/// What ends with its owner, an entity or the world.
#ifndef TELAR_ENGINE_WORLD_OWNED_H
#define TELAR_ENGINE_WORLD_OWNED_H

#include "world/world_state.h"

/// What tl__owner_list does for an entity.
tl_result tl__entity_list(tl_world *world, tl_entity owner, bool for_script, tl__link **list);
/// Checks an owner, and finds the list of its scripts, or of its events and channels. TL_OK, TL_ERROR_STALE or
/// TL_ERROR_POOL_CLOSING.
static inline tl_result tl__owner_list(tl_world *world, tl_entity owner, bool for_script, tl__link **list)
{
    if (owner.index1 != 0)
        return tl__entity_list(world, owner, for_script, list);
    *list = for_script ? &world->scripts : &world->owned;
    return world->closing ? TL_ERROR_POOL_CLOSING : TL_OK;
}
/// Gives an event or channel a number and an owner. TL_OK, TL_ERROR_OUT_OF_MEMORY or as above.
tl_result tl__owned_add(tl__owned *owned, tl_entity owner, tl__slots *slots);
/// Takes both away again.
void tl__owned_forget(tl__owned *owned, tl__slots *slots);
/// Destroys all in a list, the newest first.
void tl__owned_destroy_all(tl__link *list);

#endif
