// SPDX-License-Identifier: MIT
/// The transforms of entities.
#ifndef TELAR_ENGINE_WORLD_TRANSFORM_H
#define TELAR_ENGINE_WORLD_TRANSFORM_H

#include "world/world_state.h"

/// From its own space to its parent's, as far as the caller may see; of an entity that is there.
mat4s tl__entity_local_matrix(const tl_world *world, const tl__entity_record *entity);

#endif
