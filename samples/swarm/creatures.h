// SPDX-License-Identifier: MIT
/// The creatures' scripts.
#ifndef SWARM_CREATURES_H
#define SWARM_CREATURES_H

#include "meadow.h"

/// Creates the world and all its creatures; `jobs` may be null. On an error, meadow.world may be null or a world that
/// the caller destroys.
tl_result creatures_open(uint64_t seed, tl_job_system *jobs);

#endif
