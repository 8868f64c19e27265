// SPDX-License-Identifier: MIT
/// Ending fibers that are not running.
#ifndef TELAR_FIBER_END_H
#define TELAR_FIBER_END_H

#include "telar/fiber.h"

/// Returns TL_OK if callers other than its owner may end `fiber`, which may be null; TL_ERROR_FINISHED if it has ended
/// already; otherwise the error to report.
tl_result tl__fiber_check_endable(const tl_fiber *fiber);

/// Returns TL_OK if callers other than its owner may reset or destroy `fiber`: if it has ended, or they may end it.
static inline tl_result tl__fiber_check_reusable(const tl_fiber *fiber)
{
    tl_result endable = tl__fiber_check_endable(fiber);
    return endable == TL_ERROR_FINISHED ? TL_OK : endable;
}

/// Ends a fiber that is ready or suspended; does nothing to one that is done. Returns TL_OK; for a dense fiber also
/// TL_ERROR_OUT_OF_MEMORY, or TL_ERROR_RUNNING if another thread is on its stack.
/// @param call  the public function to report to the misuse hook
tl_result tl__fiber_end(tl_fiber *fiber, const char *call);

#endif
