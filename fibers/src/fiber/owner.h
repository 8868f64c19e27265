// SPDX-License-Identifier: MIT
/// Functions for the owner of fibers: a job system or a world.
#ifndef TELAR_FIBER_OWNER_H
#define TELAR_FIBER_OWNER_H

#include <stdbool.h>

#include "fiber/control_block.h"
#include "fiber/waiter.h"
#include "telar/api.h"

/// Takes a pool for fibers that the caller will own, all of them. tl_exit in them calls `on_exit`, which either returns
/// an error or suspends the fiber for good. They do not record their runs in traces; their owner does.
TL_API void tl__pool_own(tl_pool *pool, tl_result (*on_exit)(void));

/// Makes a pool's fibers call `on_wait` to wait for counters and locks, also in their clean-ups.
TL_API void tl__pool_on_wait(tl_pool *pool, tl_result (*on_wait)(tl__wait_desc *wait));

/// Makes a fiber owned: only its owner may resume and end it. For all other callers tl_resume, tl_transfer,
/// tl_fiber_cancel, _reset and _destroy return TL_ERROR_NOT_YOURS, unless the fiber runs or waits, for which they have
/// other errors. (After it transferred control away, others may transfer to it or resume it until it runs again or
/// control is back at the owner.) Switches take no longer for that. The owner resumes the fiber by
/// tl__fiber_resume_owned, and disowns it before the other calls. tl_pool_destroy disowns all fibers of the pool.
static inline void tl__fiber_own(tl_fiber *fiber)
{
    tl__fiber_set_state(fiber, tl__state(fiber) | TL__OWNED);
}
static inline void tl__fiber_disown(tl_fiber *fiber)
{
    tl__fiber_set_state(fiber, tl__state(fiber) & ~(uint32_t)TL__OWNED);
}

/// Returns the marks of a fiber: bits for its owner to use, 0 at first. They lie in a cache line that a switch loads
/// anyway. Not for dense fibers. relaxed, for the same reason as tl__state; they are atomic because a watchdog's signal
/// handler may read the marks of a fiber that runs on another thread.
static inline uint32_t tl__fiber_marks(const tl_fiber *fiber)
{
    return __atomic_load_n(&fiber->marks, __ATOMIC_RELAXED);
}

static inline void tl__fiber_set_marks(tl_fiber *fiber, uint32_t marks)
{
    __atomic_store_n(&fiber->marks, marks, __ATOMIC_RELAXED);
}

/// If the running fiber is owned, has no other flag, and its marks, apart from the bits `ignored`, equal `marks`: sets
/// the bits `added` in its marks, and yields without a value. Otherwise calls `otherwise`. It is one function, which
/// ends in the jump of the switch, since each additional return after a switch is mispredicted, and costs more than
/// everything else here.
TL_API tl_result tl__fiber_yield_marked(uint32_t marks, uint32_t ignored, uint32_t added, tl_result (*otherwise)(void));

/// Whether an owned fiber is suspended, with no flag set that its owner must deal with.
static inline bool tl__fiber_is_plainly_suspended(const tl_fiber *fiber)
{
    return tl__state(fiber) == (TL_FIBER_SUSPENDED | TL__OWNED) && tl__resumer(fiber) == NULL;
}

/// Returns the engine's pointer (tl__thread_script_slot) if the running fiber is owned, has no other flag, and its
/// marks, apart from the bits `ignored`, equal `marks`; otherwise null.
TL_API void *tl__fiber_script_if_marked(uint32_t marks, uint32_t ignored);

/// Called when control is back at the owner: if the fiber transferred control away, others can no longer transfer back
/// to it.
static inline void tl__fiber_end_loan(tl_fiber *fiber)
{
    if (tl__state(fiber) & TL__LENT)
        tl__fiber_set_state(fiber, tl__state(fiber) & ~(uint32_t)TL__LENT);
}

/// Whether a fiber's status is TL_FIBER_DONE. Cheaper than tl_fiber_get_status.
static inline bool tl__fiber_is_done(const tl_fiber *fiber)
{
    return tl__status(fiber) == TL_FIBER_DONE;
}

#endif
