// SPDX-License-Identifier: MIT
#include "world/phase.h"

static const tl_phase phases[TL__PHASES] = {
    [TL__BEFORE_PLACE] = TL_PHASE_BEFORE, [TL__PARALLEL_ORDER] = TL_PHASE_PARALLEL, [TL__STEP_PLACE] = TL_PHASE_STEP,
    [TL__AFTER_PLACE] = TL_PHASE_AFTER,   [TL__FRAME_ORDER] = TL_PHASE_FRAME,
};

int tl__phase_order_of_other(tl_phase phase)
{
    for (int phase_order = 0; phase_order < TL__PHASES; ++phase_order)
        if (phases[phase_order] == phase)
            return phase_order;
    return TL__NO_PHASE;
}

tl_phase tl__phase_at(int phase_order)
{
    return phases[phase_order];
}
