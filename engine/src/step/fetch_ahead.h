// SPDX-License-Identifier: MIT
/// Fetching ahead what running scripts one after another needs.
#ifndef TELAR_ENGINE_STEP_FETCH_AHEAD_H
#define TELAR_ENGINE_STEP_FETCH_AHEAD_H

#include "base/compiler.h"
#include "world/lane.h"
#include "world/marks.h"

/// As tl_prefetch_ahead: every eight scripts it asks for the fibers of eight others at once, so that the searches for
/// their pages overlap. (Inlined by force: gcc 12 drops calls of a function that does nothing but prefetch.)
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
    if (!(tl__fiber_marks(next->fiber) & TL__STEPS_ON)) { // then its record is needed, too
        __builtin_prefetch(next->script, 1);
        __builtin_prefetch(&next->script->local, 1);
    }
}

#endif
