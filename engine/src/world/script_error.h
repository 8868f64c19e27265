// SPDX-License-Identifier: MIT
/// Failures of scripts. A failure is reference-counted: it is shared by the script that failed, for as long as its
/// result is kept, and by the scripts that it was reported to.
#ifndef TELAR_ENGINE_WORLD_SCRIPT_ERROR_H
#define TELAR_ENGINE_WORLD_SCRIPT_ERROR_H

#include "telar/api.h"
#include "world/world_state.h"
#include <stdarg.h>

typedef struct tl__failure tl__failure;
/// Creates a failure with a formatted text. Returns tl__failure_of_memory when there is no memory for it.
TL__PRINTF(3, 0)
tl__failure *tl__failure_make(const tl__script_record *script, int code, const char *format, va_list args);
/// Adds a reference to a failure, and returns the failure. Returns null for null.
tl__failure *tl__failure_take(tl__failure *failure);
/// Releases a reference to a failure, which must not be null.
void tl__failure_release(tl__failure *failure);
/// Releases a reference to a failure. Null is allowed, and usual.
static inline void tl__failure_drop(tl__failure *failure)
{
    if (failure != NULL)
        tl__failure_release(failure);
}

/// Queues a failure that no script noticed: the next tl__failures_report passes it to the log hook. The hook is not
/// called at once, since it may end any script or entity, which must not happen while one is half ended.
void tl__failure_report_later(tl_world *world, tl__failure *failure);
/// Reports all queued failures to the log hook.
void tl__failures_report_all(tl_world *world);
/// Reports all queued failures, if there are any. Inline, since there are none after nearly every resume of a script.
static inline void tl__failures_report(tl_world *world)
{
    if (world->unreported != NULL || world->unreported_of_memory > 0)
        tl__failures_report_all(world);
}

/// Returns the failure of a script that had no memory for its return value, or for a failure of its own.
tl__failure *tl__failure_of_memory(void);

#endif
