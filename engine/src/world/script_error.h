// SPDX-License-Identifier: MIT
/// What scripts fail with. A failure is shared by the script that failed, for as long as its result is kept, and by
/// those that it was reported to.
#ifndef TELAR_ENGINE_WORLD_SCRIPT_ERROR_H
#define TELAR_ENGINE_WORLD_SCRIPT_ERROR_H

#include "world/world_state.h"
#include <stdarg.h>

typedef struct tl__failure tl__failure;
/// One with that text; tl__failure_of_memory when there is none for it.
__attribute__((format(printf, 3, 0))) tl__failure *tl__failure_make(const tl__script_record *script, int code,
                                                                    const char *format, va_list args);
/// Takes one more reference; null stays null.
tl__failure *tl__failure_take(tl__failure *failure);
/// Gives up a reference to a failure that is not null.
void tl__failure_release(tl__failure *failure);
/// Gives up a reference; null is allowed, and usual.
static inline void tl__failure_drop(tl__failure *failure)
{
    if (failure != NULL)
        tl__failure_release(failure);
}

/// Tells the log hook of a failure that no script noticed, at the next tl__failures_report: the hook may end any script
/// and entity, which must not happen while one is half ended.
void tl__failure_report_later(tl_world *world, tl__failure *failure);
/// Tells the log hook of all of them.
void tl__failures_report_all(tl_world *world);
/// Does so if there are any. Inline, since there are none after nearly every turn of a script.
static inline void tl__failures_report(tl_world *world)
{
    if (world->unreported != NULL || world->unreported_of_memory > 0)
        tl__failures_report_all(world);
}

/// What a script fails with that has no memory for what it returned.
tl__failure *tl__failure_of_memory(void);

#endif
