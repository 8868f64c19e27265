// SPDX-License-Identifier: MIT
/// The phases of a step, in the order in which they run.
#ifndef TELAR_ENGINE_WORLD_PHASE_H
#define TELAR_ENGINE_WORLD_PHASE_H

#include "telar/script.h"
#include "world/phase_count.h"

/// Returns the order of a phase other than TL_PHASE_STEP, or TL__NO_PHASE if `phase` is no phase.
int tl__phase_order_of_other(tl_phase phase);
/// Returns the order of a phase in a step, or TL__NO_PHASE if `phase` is no phase. Inline, since it nearly always is
/// TL_PHASE_STEP.
static inline int tl__phase_order(tl_phase phase)
{
    return phase == TL_PHASE_STEP ? TL__STEP_PLACE : tl__phase_order_of_other(phase);
}
tl_phase tl__phase_at(int phase_order);

#endif
