// SPDX-License-Identifier: MIT
/// What the owner of fibers, a job system or a world, does with them.
#ifndef TELAR_FIBER_OWNER_H
#define TELAR_FIBER_OWNER_H

#include <stdbool.h>

#include "fiber/control_block.h"
#include "fiber/waiter.h"
#include "telar/api.h"

/// Lets tl_exit in a pool's fibers call `on_exit` instead, which either answers an error or suspends the fiber for
/// good.
TL_API void tl__pool_on_exit(tl_pool *pool, tl_result (*on_exit)(void));

/// Lets a pool's fibers wait in a way of their own for what this library has: counters, locks. Also in their clean-ups.
TL_API void tl__pool_on_wait(tl_pool *pool, tl_result (*on_wait)(tl__wait_desc *wait));

/// Makes a fiber one that only its owner resumes and ends: tl_resume, tl_transfer, tl_fiber_cancel, _reset and _destroy
/// answer TL_ERROR_NOT_YOURS for it unless it runs or waits. (But where it transferred away, others may transfer to it
/// or resume it until it is back.) It costs its switches nothing. The owner resumes it with
/// tl__fiber_resume_owned, and disowns it before the other calls. tl_pool_destroy disowns all of the pool.
static inline void tl__fiber_own(tl_fiber *fiber)
{
    tl__fiber_set_state(fiber, tl__state(fiber) | TL__OWNED);
}
static inline void tl__fiber_disown(tl_fiber *fiber)
{
    tl__fiber_set_state(fiber, tl__state(fiber) & ~(uint32_t)TL__OWNED);
}

/// Bits for the owner, 0 at first, where a switch looks anyway. Not for dense fibers.
static inline uint32_t tl__fiber_marks(const tl_fiber *fiber)
{
    return __atomic_load_n(&fiber->marks, __ATOMIC_RELAXED);
}

static inline void tl__fiber_set_marks(tl_fiber *fiber, uint32_t marks)
{
    __atomic_store_n(&fiber->marks, marks, __ATOMIC_RELAXED);
}

/// tl_yield without a value, and adds marks, if those of the running fiber are `marks`, whichever of `ignored` it has,
/// too, and it is owned and plain. If not, calls `otherwise`. In one function, since a return on a stack that control
/// came back to costs more than all else here.
TL_API tl_result tl__fiber_yield_marked(uint32_t marks, uint32_t ignored, uint32_t added, tl_result (*otherwise)(void));

/// Whether an owned fiber is suspended, and was not left in any way that its owner must see to.
static inline bool tl__fiber_is_plainly_suspended(const tl_fiber *fiber)
{
    return tl__state(fiber) == (TL_FIBER_SUSPENDED | TL__OWNED) && tl__resumer(fiber) == NULL;
}

/// What the thread keeps for the engine (tl__thread_script_slot), if the running fiber is owned and plain and has the
/// marks `marks`, whichever of `ignored` it has, too; else null.
TL_API void *tl__fiber_script_if_marked(uint32_t marks, uint32_t ignored);

/// Control is back at the owner: where the fiber transferred away, it cannot be transferred back to any more.
static inline void tl__fiber_end_loan(tl_fiber *fiber)
{
    if (tl__state(fiber) & TL__LENT)
        tl__fiber_set_state(fiber, tl__state(fiber) & ~(uint32_t)TL__LENT);
}

/// The same as its status being TL_FIBER_DONE, without asking what else it may be.
static inline bool tl__fiber_is_done(const tl_fiber *fiber)
{
    return tl__status(fiber) == TL_FIBER_DONE;
}

#endif
