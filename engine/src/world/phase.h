// SPDX-License-Identifier: MIT
/// The phases of a step, in the order in which they run.
#ifndef TELAR_ENGINE_WORLD_PHASE_H
#define TELAR_ENGINE_WORLD_PHASE_H

#include "telar/script.h"
#include "world/phase_count.h"

/// The place of a phase that is not TL_PHASE_STEP, or TL__NO_PHASE.
int tl__phase_order_of_other(tl_phase phase);
/// The place of a phase, or TL__NO_PHASE. Inline, since it nearly always is that one.
static inline int tl__phase_order(tl_phase phase)
{
    return phase == TL_PHASE_STEP ? TL__STEP_PLACE : tl__phase_order_of_other(phase);
}
tl_phase tl__phase_at(int phase_order);

#endif
