// SPDX-License-Identifier: MIT
/// Looking up, creating and destroying entities, and their parents.
#ifndef TELAR_ENGINE_WORLD_ENTITY_H
#define TELAR_ENGINE_WORLD_ENTITY_H

#include "world/world_state.h"

/// Returns an entity, even while it is being destroyed and its clean-ups run; null if it is gone.
tl__entity_record *tl__entity_find_present(const tl_world *world, tl_entity entity);
/// Returns an entity that is not being destroyed; null if it is being destroyed or is gone.
tl__entity_record *tl__entity_find_alive(const tl_world *world, tl_entity entity);
/// Begins the destruction of an entity: removes it from all lists, so it counts as dead. Only tl__entity_release, at
/// the end of the destruction, frees its slot.
tl__entity_record *tl__entity_begin_to_destroy(tl_world *world, uint32_t index1);
/// Frees the slot of an entity that has been destroyed.
void tl__entity_release(tl_world *world, uint32_t index1);
void tl__entities_free(tl_world *world);
/// Adds `change` to an entity's number of parallel scripts. Does nothing for TL_NO_ENTITY or an entity that is gone.
void tl__entity_count_parallel(tl_world *world, tl_entity entity, uint32_t change);
/// Checks the arguments of a call about an entity. Returns TL_OK, TL_ERROR_NULL (reported) or, if `found` is null,
/// TL_ERROR_STALE.
tl_result tl__entity_check(const tl_world *world, const tl__entity_record *found, const void *argument,
                           const char *call);

#endif
