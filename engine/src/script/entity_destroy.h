// SPDX-License-Identifier: MIT
/// Destroying entities, with their scripts.
#ifndef TELAR_ENGINE_SCRIPT_ENTITY_DESTROY_H
#define TELAR_ENGINE_SCRIPT_ENTITY_DESTROY_H

#include "world/world_state.h"

/// Destroys all entities of a world, the newest first.
void tl__entities_destroy(tl_world *world);

#endif
