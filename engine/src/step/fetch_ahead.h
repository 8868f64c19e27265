/// Fetching ahead what running scripts one after another needs.
#ifndef TELAR_ENGINE_STEP_FETCH_AHEAD_H
#define TELAR_ENGINE_STEP_FETCH_AHEAD_H

#include "world/lane.h"

/// (Inlined by force: gcc 12 drops calls of a function that does nothing but prefetch.)
static inline __attribute__((always_inline)) void tl__fetch_ahead(const tl__lane_slot *all, const uint32_t *slots,
                                                                  uint32_t count, uint32_t at)
{
    enum { FIBER = 12, STACK = 6 }; // far enough for memory to answer each, as in tl_prefetch_ahead
    if (at + FIBER < count)
        tl_fiber_prefetch(all[slots[at + FIBER]].fiber);
    if (at + STACK < count)
        tl_fiber_prefetch_stack(all[slots[at + STACK]].fiber);
}

#endif
