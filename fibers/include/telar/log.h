// SPDX-License-Identifier: MIT
/// telar/log.h: the log hook, which receives the reports that no call returns as its result.
///
/// The library does not print these reports itself: it passes each to the log hook. The default hook prints it to
/// stderr.
///
/// A hook may call functions that read state, start jobs and scripts, cancel and destroy objects, and wait for jobs (a
/// wait blocks the thread or job that the hook runs on). It may not
///   - suspend or end the fiber that it runs on: tl_yield, tl_transfer and tl_exit return TL_ERROR_IN_CALLBACK;
///   - exit by a C++ exception or pthread_exit, which aborts the process with a message, nor by longjmp, which is
///     undefined.
/// When a job system is destroyed, a wait inside a hook that one of its jobs called (TL_LOG_ALL_WAITING) is cancelled
/// with that job.
///
/// The engine adds reports of its own (telar/engine_log.h), and documents what else a hook may not do during these.
#ifndef TELAR_LOG_H
#define TELAR_LOG_H

#include "telar/api.h"

#ifdef __cplusplus
extern "C" {
#endif

/// The kind of a report. The numbers are stable, and no two libraries use the same one. (An int, as tl_result is.)
typedef int tl_log_id;
enum {
    TL_LOG_ALL_WAITING = 3, ///< a job polls, or its call fails, since the jobs on all other fibers wait (telar/job.h)
    TL_LOG_DEADLOCK = 4,    ///< all workers of a job system are idle, and jobs wait for each other in a circle
    TL_LOG_ALL_IDLE = 5,    ///< all workers are idle, and only a thread outside the system could wake the waiting jobs
};

/// A report. The struct and everything that it points to are valid only while the hook runs.
typedef struct tl_log {
    tl_log_id id;
    const char *text;   ///< the whole report in words; may have several lines; does not end in a newline
    const char *script; ///< the name of the script that the report is about; null for none, as in the kinds above
    const char *file;   ///< where the script was spawned; null when unknown
    int line;           ///<
    int code;           ///< the code of an error that has one, else 0
} tl_log;

/// Receives a report.
/// @thread any that makes a report
typedef void (*tl_log_hook)(const tl_log *item);

/// Sets the log hook for the whole process and returns the previous one. Null restores the default.
/// @thread any, but set it before other threads use the library; @suspends never
TL_API tl_log_hook tl_set_log_hook(tl_log_hook hook);

#ifdef __cplusplus
}
#endif

#endif
