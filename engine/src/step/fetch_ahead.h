/// Fetching ahead what running scripts one after another needs.
#ifndef TELAR_ENGINE_STEP_FETCH_AHEAD_H
#define TELAR_ENGINE_STEP_FETCH_AHEAD_H

#include "world/lane.h"
#include "world/marks.h"

/// Every so many scripts it asks for what as many others need, all at once: each lies in a page of its own, and while
/// the processor looks for one page, it can look for the others, but does not reach them on its own between two
/// switches.
enum { TL__FETCHED_AT_ONCE = 8 };

/// (Inlined by force: gcc 12 drops calls of a function that does nothing but prefetch.)
static inline __attribute__((always_inline)) void tl__fetch_ahead(const tl__lane_slot *all, const uint32_t *slots,
                                                                  uint32_t count, uint32_t at)
{
    if (at % TL__FETCHED_AT_ONCE != 0)
        return;
    uint32_t stacks = at + TL__FETCHED_AT_ONCE, fibers = stacks + TL__FETCHED_AT_ONCE;
    for (uint32_t i = at == 0 ? 0 : fibers; i < fibers + TL__FETCHED_AT_ONCE && i < count; ++i)
        tl_fiber_prefetch(all[slots[i]].fiber);
    for (uint32_t i = stacks; i < fibers && i < count; ++i) {
        tl_fiber_prefetch_stack(all[slots[i]].fiber);
        if (!(tl__fiber_marks(all[slots[i]].fiber) & TL__STEPS_ON)) { // then its record is needed, too
            __builtin_prefetch(all[slots[i]].script, 1);
            __builtin_prefetch(&all[slots[i]].script->local, 1);
            __builtin_prefetch(&all[slots[i]].script->listener, 1);
        }
    }
}

#endif
