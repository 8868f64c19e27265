// SPDX-License-Identifier: MIT
/// Dumps of a world whose step does not end.
#ifndef TELAR_STEP_DUMP_H
#define TELAR_STEP_DUMP_H

#include "sighting.h"
#include "telar/watchdog.h"

/// Writes a dump of a world in the middle of a step: the calls of the thread that steps it, its scripts, and the jobs
/// of its job system that wait. Returns false, with nothing written, if the step (as in tl__heartbeat.step) is no
/// longer the current one, if its thread does not answer, or if there is no memory.
bool tl__step_dump(tl__sighting *sighting, tl_world *world, uint64_t step, const tl_watchdog_desc *desc);

/// Frees what a sighting has of a dump that was begun, as a child made by fork meanwhile may find it.
void tl__step_dump_forget(tl__sighting *sighting);

#endif
