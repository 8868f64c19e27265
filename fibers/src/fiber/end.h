// SPDX-License-Identifier: MIT
/// Ending fibers from outside.
#ifndef TELAR_FIBER_END_H
#define TELAR_FIBER_END_H

#include "telar/fiber.h"

/// TL_OK when any caller may end `fiber`, which may be null; TL_ERROR_FINISHED when it has ended.
tl_result tl__fiber_check_endable(const tl_fiber *fiber);

/// TL_OK when any caller may end it, or it has ended: then it may be reset or destroyed.
static inline tl_result tl__fiber_check_reusable(const tl_fiber *fiber)
{
    tl_result endable = tl__fiber_check_endable(fiber);
    return endable == TL_ERROR_FINISHED ? TL_OK : endable;
}

/// Ends a fiber that is ready or suspended; nothing for one that is done. TL_OK, and for a dense one
/// TL_ERROR_OUT_OF_MEMORY and TL_ERROR_RUNNING when its stack cannot be had.
/// @param call  on whose behalf, for the misuse hook
tl_result tl__fiber_end(tl_fiber *fiber, const char *call);

#endif
