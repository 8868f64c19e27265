// SPDX-License-Identifier: MIT
/// The order of the phases in a step. phase.c maps each order to its phase.
#ifndef TELAR_ENGINE_WORLD_PHASE_COUNT_H
#define TELAR_ENGINE_WORLD_PHASE_COUNT_H

enum {
    TL__NO_PHASE = -1,
    TL__BEFORE_PLACE,
    TL__PARALLEL_ORDER,
    TL__STEP_PLACE,
    TL__AFTER_PLACE,
    TL__FRAME_ORDER, ///< the last: it runs in tl_world_end_frame
    TL__PHASES
};

#endif
