// SPDX-License-Identifier: MIT
/// telar/log.h: where the library tells what it has to tell besides answers.
///
/// It never prints by itself: it calls the log hook. The default hook prints each item to stderr.
///
/// What a hook may do: look at anything, start jobs and scripts, cancel and destroy, and wait for jobs, which keeps its
/// thread, or the job that reports, from all else. What it may not do, and what happens then:
///   - suspend or end what reports (tl_yield, tl_transfer, tl_exit): TL_ERROR_IN_CALLBACK;
///   - be left by a C++ exception, longjmp or pthread_exit: the process says so and aborts (but for longjmp, which is
///     undefined). When a job system ends, the waits of hooks that it called itself (TL_LOG_ALL_WAITING) are cancelled
///     with their jobs, as all others.
///
/// A library above the fibers adds items of its own, and says what else a hook may not do while it reports.
#ifndef TELAR_LOG_H
#define TELAR_LOG_H

#include "telar/api.h"

#ifdef __cplusplus
extern "C" {
#endif

/// What an item tells of. The numbers are stable, and no two libraries have the same. (An int, as tl_result is.)
typedef int tl_log_id;
enum {
    TL_LOG_ALL_WAITING = 3, ///< a job polls or is refused, since the jobs on all other fibers wait (telar/job.h)
    TL_LOG_DEADLOCK = 4,    ///< all workers of a job system are idle, and jobs wait for each other in a circle
    TL_LOG_ALL_IDLE = 5,    ///< all workers are idle, and jobs wait that only a thread outside could wake
};

/// An item, and all it points to, is there during the call only.
typedef struct tl_log {
    tl_log_id id;
    const char *text;   ///< all of it in words, without an end of line; may have several lines
    const char *script; ///< the name of the script that it is about; null for none, as in all items of the fibers
    const char *file;   ///< where that was spawned; null when unknown
    int line;           ///<
    int code;           ///< of an error that has one, else 0
} tl_log;

/// @thread whichever has something to tell
typedef void (*tl_log_hook)(const tl_log *item);

/// Sets the hook for the whole process and gives back the one before it. Null restores the default.
/// @thread any, but set it before other threads use the library; @suspends never
TL_API tl_log_hook tl_set_log_hook(tl_log_hook hook);

#ifdef __cplusplus
}
#endif

#endif
