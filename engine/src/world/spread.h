// SPDX-License-Identifier: MIT
/// Spreading a world's work over its job system.
#ifndef TELAR_ENGINE_WORLD_SPREAD_H
#define TELAR_ENGINE_WORLD_SPREAD_H

#include "job/wait.h"
#include "world/world_state.h"

/// Whether the caller may spread work over jobs: not inside a script, since the script would be suspended until they
/// are done.
static inline bool tl__may_spread(const tl_world *world)
{
    return world->jobs != NULL && !tl__waits_in_its_own_way();
}

#endif
