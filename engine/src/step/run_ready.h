// SPDX-License-Identifier: MIT
/// Running the scripts of a phase, one after another.
#ifndef TELAR_ENGINE_STEP_RUN_READY_H
#define TELAR_ENGINE_STEP_RUN_READY_H

#include "world/world_state.h"

/// Runs those that are ready in the phase that is going on, by priority and age, until none is; but not the parallel
/// scripts.
void tl__run_ready(tl_world *world);

#endif
