// SPDX-License-Identifier: MIT
/// Switching between fibers, for the rest of the library.
#ifndef TELAR_FIBER_FIBER_H
#define TELAR_FIBER_FIBER_H

#include "fiber/thread.h"
#include "telar/api.h"

/// TL_OK when control may go to `fiber`, which may be null.
/// @param owned  TL__OWNED for the owner, 0 for all others
static inline tl_result tl__check_resumable(const tl_fiber *fiber, uint32_t owned)
{
    if (fiber == NULL)
        return TL_ERROR_NULL;
    if (tl__resumer(fiber) != NULL)
        return tl__fiber_is_waiting(fiber) ? TL_ERROR_WAITING : TL_ERROR_RUNNING;
    if ((tl__state(fiber) & (TL__OWNED | TL__LENT) & ~owned) == TL__OWNED)
        return TL_ERROR_NOT_YOURS;
    if (tl__status(fiber) != TL_FIBER_DONE)
        return TL_OK;
    return tl__state(fiber) & TL__DESTROYED ? TL_ERROR_STALE : TL_ERROR_FINISHED;
}

/// TL_OK when the running fiber, which may be null, may give control away.
static inline tl_result tl__check_suspendable(const tl_fiber *self)
{
    if (self == NULL)
        return TL_ERROR_NO_FIBER;
    if (tl__state(self) & TL__FORKED)
        return TL_ERROR_FORKED;
    if (tl__state(self) & TL__IN_CALLBACK)
        return TL_ERROR_IN_CALLBACK;
    return tl__state(self) & TL__UNWINDING ? TL_ERROR_UNWINDING : TL_OK;
}

/// tl_resume(fiber, NULL) by the owner of a fiber that is not dense.
/// @param sent  what the tl_yield that it is suspended in returns
TL_API tl_result tl__fiber_resume_owned(tl_fiber *fiber, tl_result sent);

/// tl_yield, but also in a clean-up of a block that is left (not in one of a fiber that ends) and in a callback.
TL_API void tl__fiber_yield_anywhere(void);

/// Resumes a suspended fiber so that it runs tl__fiber_be_cancelled instead of going on, until it gives control back.
/// @param call  on whose behalf, for the misuse hook
/// @return TL_OK; for a dense one TL_ERROR_OUT_OF_MEMORY and TL_ERROR_RUNNING, when its stack cannot be had
tl_result tl__fiber_interrupt(tl_fiber *fiber, const char *call);

/// What such a fiber runs. (end.c's, above this file: ending leaves the frames, and that ends in a switch.)
void tl__fiber_be_cancelled(void *fiber);

/// Leaves a fiber for good, whose frames have all been left or are to be dropped. Its result is set.
_Noreturn void tl__fiber_finish(tl_fiber *self);

/// Whose stack this thread may have been writing to when a signal came: the current fiber, and one that was just being
/// left or interrupted. Either may be a thread's own context; the second, null.
/// @param saved  from tl__context_being_saved
void tl__fiber_suspects(const tl__context *saved, const tl_fiber *suspects[2]);

#endif
