// SPDX-License-Identifier: MIT
/// The matrices of all entities.
#ifndef TELAR_ENGINE_WORLD_MATRICES_H
#define TELAR_ENGINE_WORLD_MATRICES_H

#include "world/world_state.h"

void tl__matrices_free(tl_world *world);

#endif
