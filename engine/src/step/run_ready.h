// SPDX-License-Identifier: MIT
/// Running the scripts of a phase, one after another.
#ifndef TELAR_ENGINE_STEP_RUN_READY_H
#define TELAR_ENGINE_STEP_RUN_READY_H

#include "world/world_state.h"

/// Runs the ready scripts of the running phase by priority and age, until none is ready. Leaves out parallel scripts.
void tl__run_ready(tl_world *world);

#endif
