// SPDX-License-Identifier: MIT
/// Prefetching what the next scripts need, while scripts run one after another.
#ifndef TELAR_ENGINE_STEP_FETCH_AHEAD_H
#define TELAR_ENGINE_STEP_FETCH_AHEAD_H

#include "base/compiler.h"
#include "world/lane.h"
#include "world/marks.h"

/// Prefetches for a list of scripts that run one after another, as tl_prefetch_ahead does for fibers: at every eighth
/// script, the fibers of the eight scripts that come sixteen places later, all at once, so that their page walks
/// overlap. (Inlined by force: gcc 12 removes calls of a function that only prefetches.)
ALWAYS_INLINE void tl__fetch_ahead(const tl__lane_slot *all, const uint32_t *slots, uint32_t count, uint32_t at)
{
    enum { AT_ONCE = 8, STACK_AHEAD = 6 };
    uint32_t fibers = at + 2 * AT_ONCE;
    if (at % AT_ONCE == 0)
        for (uint32_t i = at == 0 ? 0 : fibers; i < fibers + AT_ONCE && i < count; ++i)
            tl_fiber_prefetch(all[slots[i]].fiber);
    if (at + STACK_AHEAD >= count)
        return;
    const tl__lane_slot *next = &all[slots[at + STACK_AHEAD]];
    tl_fiber_prefetch_stack(next->fiber);
    if (!(tl__fiber_marks(next->fiber) & TL__STEPS_ON)) { // else its record is not needed
        __builtin_prefetch(next->script, 1);
        __builtin_prefetch(&next->script->local, 1);
    }
}

#endif
