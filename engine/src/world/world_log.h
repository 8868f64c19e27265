// SPDX-License-Identifier: MIT
/// Calling the log hook about a world.
#ifndef TELAR_ENGINE_WORLD_WORLD_LOG_H
#define TELAR_ENGINE_WORLD_WORLD_LOG_H

#include "telar/log.h"
#include "world/world_state.h"

/// Calls the log hook. The hook may make any call that neither steps nor destroys the world, nor suspends a script.
void tl__world_log(tl_world *world, const tl_log *item);

#endif
