#include "world/phase.h"

/// The phases in their order.
static const tl_phase phases[TL__PHASES] = {TL_PHASE_BEFORE, TL_PHASE_PARALLEL, TL_PHASE_STEP, TL_PHASE_AFTER,
                                            TL_PHASE_FRAME};

int tl__place_of(tl_phase phase)
{
    if (phase == TL_PHASE_STEP) // as nearly always
        return TL__STEP_PLACE;
    for (int place = 0; place < TL__PHASES; ++place)
        if (phases[place] == phase)
            return place;
    return TL__NO_PHASE;
}

tl_phase tl__phase_at(int place)
{
    return phases[place];
}
