// SPDX-License-Identifier: MIT
/// telar/log.h: reports of the library that are no results of a call.
///
/// The library never prints by itself: it calls the log hook. The default hook prints each item to stderr.
///
/// A hook may read anything, start jobs and scripts, cancel and destroy, and wait for jobs (which blocks its thread, or
/// the job that reports). It may not
///   - suspend or end the fiber that reports (tl_yield, tl_transfer, tl_exit): they return TL_ERROR_IN_CALLBACK;
///   - be left by a C++ exception, longjmp or pthread_exit: the process aborts with a message (a longjmp is undefined).
/// When a job system is destroyed, waits inside hooks that it called (TL_LOG_ALL_WAITING) are cancelled with their
/// jobs.
///
/// A library above the fibers adds items of its own, and says what else a hook may not do while it reports.
#ifndef TELAR_LOG_H
#define TELAR_LOG_H

#include "telar/api.h"

#ifdef __cplusplus
extern "C" {
#endif

/// The subject of an item. The numbers are stable, and no two libraries share one. (An int, as tl_result is.)
typedef int tl_log_id;
enum {
    TL_LOG_ALL_WAITING = 3, ///< a job polls or is refused, since the jobs on all other fibers wait (telar/job.h)
    TL_LOG_DEADLOCK = 4,    ///< all workers of a job system are idle, and jobs wait for each other in a circle
    TL_LOG_ALL_IDLE = 5,    ///< all workers are idle, and jobs wait that only a thread outside could wake
};

/// A report. The item and all that it points to are valid only during the call.
typedef struct tl_log {
    tl_log_id id;
    const char *text;   ///< all of it in words, without an end of line; may have several lines
    const char *script; ///< the name of the script that it is about; null for none, as in all items of the fibers
    const char *file;   ///< where that was spawned; null when unknown
    int line;           ///<
    int code;           ///< of an error that has one, else 0
} tl_log;

/// @thread any that has something to report
typedef void (*tl_log_hook)(const tl_log *item);

/// Sets the log hook for the whole process and returns the previous one. Null restores the default.
/// @thread any, but set it before other threads use the library; @suspends never
TL_API tl_log_hook tl_set_log_hook(tl_log_hook hook);

#ifdef __cplusplus
}
#endif

#endif
