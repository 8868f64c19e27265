// SPDX-License-Identifier: MIT
/// The transforms of entities.
#ifndef TELAR_ENGINE_WORLD_TRANSFORM_H
#define TELAR_ENGINE_WORLD_TRANSFORM_H

#include "world/world_state.h"

/// Returns the matrix from an entity's own space to its parent's, from the transform that the caller may see. The
/// entity must exist.
mat4s tl__entity_local_matrix(const tl_world *world, const tl__entity_record *entity);

#endif
