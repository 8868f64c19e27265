#include "world/phase.h"

static const tl_phase phases[TL__PHASES] = {
    [TL__BEFORE_PLACE] = TL_PHASE_BEFORE, [TL__PARALLEL_PLACE] = TL_PHASE_PARALLEL, [TL__STEP_PLACE] = TL_PHASE_STEP,
    [TL__AFTER_PLACE] = TL_PHASE_AFTER,   [TL__FRAME_PLACE] = TL_PHASE_FRAME,
};

int tl__place_of_other(tl_phase phase)
{
    for (int place = 0; place < TL__PHASES; ++place)
        if (phases[place] == phase)
            return place;
    return TL__NO_PHASE;
}

tl_phase tl__phase_at(int place)
{
    return phases[place];
}
