// SPDX-License-Identifier: MIT
/// Running the scripts of the parallel phase.
#ifndef TELAR_ENGINE_STEP_PARALLEL_H
#define TELAR_ENGINE_STEP_PARALLEL_H

#include "world/world_state.h"

/// Makes the parallel scripts that wait for this step ready. Called when a step begins.
void tl__parallel_begin(tl_world *world);
/// Runs all ready parallel scripts concurrently, then exclusively those that need it. Repeats until none is ready.
void tl__parallel_run(tl_world *world);

#endif
