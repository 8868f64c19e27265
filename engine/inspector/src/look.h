// SPDX-License-Identifier: MIT
/// Fills snapshots.
#ifndef TELAR_INSPECTOR_LOOK_H
#define TELAR_INSPECTOR_LOOK_H

#include "snapshot.h"
#include "types.h"
#include "world/turn_times.h"

/// What looks at a world need, and remember for the next one.
typedef struct tl__look {
    const tl_world *world;
    tl_job_system *jobs; ///< may be null
    tl__types types;
    tl__turn_times *times;
    int64_t second;         ///< when the latest full second of types began
    uint32_t measured_slot; ///< the slot of the script whose stack was measured last
} tl__look;

void tl__look_init(tl__look *look, const tl_world *world, tl_job_system *jobs, tl__turn_times *times);

/// Takes a snapshot of the world, between two of its steps; all but what the caller knows: the clock, frames and
/// traces. Measuring a stack takes some microseconds, so each look measures only some of them.
void tl__look_at_world(tl__look *look, tl__snapshot *snapshot);

void tl__look_free(tl__look *look);

#endif
