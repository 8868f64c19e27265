/// The phases of a step, in the order in which they run.
#ifndef TELAR_ENGINE_WORLD_PHASE_H
#define TELAR_ENGINE_WORLD_PHASE_H

#include "telar/script.h"
#include "world/phase_count.h"

/// The place of a phase, or TL__NO_PHASE.
int tl__place_of(tl_phase phase);
tl_phase tl__phase_at(int place);

#endif
