// SPDX-License-Identifier: MIT
#include "world/owned.h"

#include "world/entity.h"

tl_result tl__entity_list(tl_world *world, tl_entity owner, bool for_script, tl__link **list)
{
    tl__entity_record *found = tl__entity_find_alive(world, owner);
    if (found == NULL)
        return TL_ERROR_STALE;
    *list = for_script ? &found->scripts : &found->owned;
    return world->closing ? TL_ERROR_POOL_CLOSING : TL_OK;
}

tl_result tl__owned_add(tl__owned *owned, tl_entity owner, tl__slots *slots)
{
    tl__link *list;
    tl_result result = tl__owner_list(owned->world, owner, false, &list);
    if (result == TL_OK)
        result = tl__slots_put(slots, owned, &owned->index1);
    if (result == TL_OK)
        tl__list_append(list, &owned->of_owner);
    return result;
}

void tl__owned_forget(tl__owned *owned, tl__slots *slots)
{
    tl__slots_take(slots, owned->index1);
    tl__list_remove(&owned->of_owner);
}

void tl__owned_destroy_all(tl__link *list)
{
    while (!tl__list_is_empty(list)) {
        tl__owned *newest = TL__ITEM(list->previous, tl__owned, of_owner);
        newest->destroy(newest);
    }
}
