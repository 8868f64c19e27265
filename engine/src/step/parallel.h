// SPDX-License-Identifier: MIT
/// The parallel phase.
#ifndef TELAR_ENGINE_STEP_PARALLEL_H
#define TELAR_ENGINE_STEP_PARALLEL_H

#include "world/world_state.h"

/// Those that were to go on when the phase next begins are ready.
void tl__parallel_begin(tl_world *world);
/// Runs all that are ready in parallel, and then exclusively those that need it.
void tl__parallel_run(tl_world *world);

#endif
