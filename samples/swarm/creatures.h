// SPDX-License-Identifier: MIT
/// The creatures' scripts.
#ifndef SWARM_CREATURES_H
#define SWARM_CREATURES_H

#include "meadow.h"

/// Makes the world and all that lives in it; `jobs` may be null. On an error meadow.world may be there, or null.
tl_result creatures_open(uint64_t seed, tl_job_system *jobs);

#endif
