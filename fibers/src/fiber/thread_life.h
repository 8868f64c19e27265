// SPDX-License-Identifier: MIT
/// A thread's first use of fibers, and its end.
#ifndef TELAR_FIBER_THREAD_LIFE_H
#define TELAR_FIBER_THREAD_LIFE_H

#include "base/compiler.h"
#include "fiber/thread.h"
#include "telar/api.h"

/// Initialises the calling thread's own context, and arranges that the thread's end inside a fiber is detected.
void tl__thread_adopt(void);

/// Returns the running fiber, or the thread's own context outside any. As with the inline functions of thread.h, only
/// for functions that are never inlined elsewhere.
static inline tl_fiber *tl__running_context(void)
{
    if (UNLIKELY(tl__this_thread.current == &tl__unattached_thread))
        tl__thread_adopt();
    return tl__this_thread.current;
}

/// As tl__running_context, for all other callers.
tl_fiber *tl__fiber_self(void);

/// Returns what identifies the caller as the holder of a lock: the running fiber or, outside any, the thread. Never 0.
TL_API uintptr_t tl__holder_here(void);
/// Whether such a holder is the calling thread, or a fiber that runs or waits on it now. May be called in a signal
/// handler; in the middle of a switch it may return false although it is.
TL_API bool tl__holder_is_here(uintptr_t holder);

#endif
