// SPDX-License-Identifier: MIT
/// Switching between fibers, for the rest of the library.
#ifndef TELAR_FIBER_FIBER_H
#define TELAR_FIBER_FIBER_H

#include "fiber/thread.h"
#include "telar/api.h"

/// Returns TL_OK if control may be given to `fiber`, which may be null; otherwise the error to report.
/// @param owned  TL__OWNED if the caller is the fiber's owner, otherwise 0
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

/// Returns TL_OK if the running fiber, which may be null, may give control away; otherwise the error to report.
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

/// As tl_resume(fiber, NULL), but for the fiber's owner (owner.h). The fiber is not dense.
/// @param sent  the result that the tl_yield which suspended the fiber returns
TL_API tl_result tl__fiber_resume_owned(tl_fiber *fiber, tl_result sent);

/// As tl_yield(NULL), but also allowed in a callback, and in a clean-up of a block that is left normally (not in one
/// that runs because the fiber ends).
TL_API void tl__fiber_yield_anywhere(void);

/// Resumes a suspended fiber, which runs tl__fiber_be_cancelled instead of continuing. Returns when the fiber gives
/// control back.
/// @param call  the public function to report to the misuse hook
/// @return TL_OK; for a dense fiber also TL_ERROR_OUT_OF_MEMORY, or TL_ERROR_RUNNING if another thread is on its stack
tl_result tl__fiber_interrupt(tl_fiber *fiber, const char *call);

/// The function that an interrupted fiber runs. (Declared here, but defined in end.c, which depends on this file: it
/// unwinds the fiber's frames, and then calls tl__fiber_finish.)
void tl__fiber_be_cancelled(void *fiber);

/// Ends the running fiber: switches to its resumer for good. The fiber's frames have all been unwound, or are to be
/// dropped, and its result is set.
_Noreturn void tl__fiber_finish(tl_fiber *self);

#endif
