// SPDX-License-Identifier: MIT
/// A thread's first use of fibers, and its end.
#ifndef TELAR_FIBER_THREAD_LIFE_H
#define TELAR_FIBER_THREAD_LIFE_H

#include "base/compiler.h"
#include "fiber/thread.h"
#include "telar/api.h"

/// Gives the calling thread a context of its own, and has its end looked at.
void tl__thread_adopt(void);

/// The running fiber, or the thread's own context outside any. As with all of thread.h that is inline: for functions
/// that are never inlined elsewhere.
static inline tl_fiber *tl__running_context(void)
{
    if (UNLIKELY(tl__this_thread.current == &tl__unattached_thread))
        tl__thread_adopt();
    return tl__this_thread.current;
}

/// The same for all others.
tl_fiber *tl__fiber_self(void);

/// Who may hold a lock: the running fiber, or the thread outside any. Not zero.
TL_API uintptr_t tl__holder_here(void);

#endif
