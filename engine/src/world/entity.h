// SPDX-License-Identifier: MIT
/// Entities: which there are, and whose children they are.
#ifndef TELAR_ENGINE_WORLD_ENTITY_H
#define TELAR_ENGINE_WORLD_ENTITY_H

#include "world/world_state.h"

/// The entity, also while its clean-ups run; null for one that is gone.
tl__entity_record *tl__entity_find_present(const tl_world *world, tl_entity entity);
/// The same of one that is not being destroyed.
tl__entity_record *tl__entity_find_alive(const tl_world *world, tl_entity entity);
/// From here on it is in no list, it counts as dead, and only its destruction can free its slot.
tl__entity_record *tl__entity_begin_to_destroy(tl_world *world, uint32_t index1);
/// Gives its slot back.
void tl__entity_release(tl_world *world, uint32_t index1);
void tl__entities_free(tl_world *world);
/// Adds `change` to an entity's number of parallel scripts. Does nothing for no entity, and for one that is gone.
void tl__entity_count_parallel(tl_world *world, tl_entity entity, uint32_t change);
/// TL_OK, or what is wrong with a call about one, reported.
tl_result tl__entity_check(const tl_world *world, const tl__entity_record *found, const void *argument,
                           const char *call);

#endif
