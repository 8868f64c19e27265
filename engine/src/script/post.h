// SPDX-License-Identifier: MIT
/// What threads handed over to scripts.
#ifndef TELAR_ENGINE_SCRIPT_POST_H
#define TELAR_ENGINE_SCRIPT_POST_H

#include "world/world_state.h"

/// Puts into channels what threads handed over.
void tl__posts_deliver(tl_world *world);
void tl__posts_free(tl_world *world);

#endif
