/// telar/log.h: where the library tells what it has to tell besides answers.
///
/// It never prints by itself: it calls the log hook. The default hook prints each item to stderr.
///
/// What a hook may do: look at anything, start jobs and scripts, cancel and destroy, and wait for jobs, which keeps its
/// thread, or the job that reports, from all else. What it may not do, and what happens then:
///   - suspend or end what reports (tl_yield, tl_transfer, tl_exit, the waits of scripts): TL_ERROR_IN_CALLBACK, or
///     TL_ERROR_NO_SCRIPT;
///   - step or destroy the world that reports: TL_ERROR_IN_SCRIPT;
///   - be left by a C++ exception, longjmp or pthread_exit: the process says so and aborts (but for longjmp, which is
///     undefined). The same when a job system ends while a hook still waits in a job of it that steps a world; waits
///     for what it reports of itself (TL_LOG_ALL_WAITING) are cancelled with their jobs, as all others.
#ifndef TELAR_LOG_H
#define TELAR_LOG_H

#ifdef __cplusplus
extern "C" {
#endif

/// What can be told. The numbers are stable.
typedef enum tl_log_id {
    TL_LOG_SCRIPT_FAILED = 1, ///< a script ended with an error, and nobody was waiting for it
    TL_LOG_SCRIPT_STUCK = 2,  ///< a script has been running for too long without waiting (telar/watchdog.h)
    TL_LOG_DEADLOCK = 4,      ///< all workers of a job system are idle, and jobs wait for each other in a circle
    TL_LOG_ALL_IDLE = 5,      ///< all workers are idle, and jobs wait that only a thread outside could wake
    TL_LOG_ALL_WAITING = 3,   ///< a job polls or is refused, since the jobs on all other fibers wait (telar/job.h)
    TL_LOG_STEP_LONG = 6,     ///< a step of a world does not end, though its scripts take turns (telar/watchdog.h)
    TL_LOG_NO_FRAMES = 7,     ///< scripts wait for TL_PHASE_FRAME, and tl_world_end_frame was never called in a second
                              ///< of steps; reported once for each world
    TL_LOG_MAX_SCRIPTS = 8,   ///< as many scripts are alive as tl_world_desc.max_scripts; once for each world
} tl_log_id;

/// An item, and all it points to, is there during the call only.
typedef struct tl_log {
    tl_log_id id;
    const char *text;   ///< all of it in words, without an end of line; may have several lines
    const char *script; ///< the name of the script that it is about; null for none
    const char *file;   ///< where that was spawned; null when unknown
    int line;           ///<
    int code;           ///< of the error, for TL_LOG_SCRIPT_FAILED
} tl_log;

/// @thread whichever has something to tell
typedef void (*tl_log_hook)(const tl_log *item);

/// Sets the hook for the whole process and gives back the one before it. Null restores the default.
/// @thread any, but set it before other threads use the library; @suspends never
tl_log_hook tl_set_log_hook(tl_log_hook hook);

#ifdef __cplusplus
}
#endif

#endif
