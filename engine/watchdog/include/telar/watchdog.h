// SPDX-License-Identifier: MIT
/// telar/watchdog.h: reports scripts that do not wait and steps that do not end, while they hang the game. For Linux
/// only.
///
///     tl_watchdog *watchdog = NULL;
///     tl_watchdog_start(world, &(tl_watchdog_desc){.milliseconds = 500}, &watchdog);
///     ... run the game ...
///     tl_watchdog_stop(watchdog);
///
/// The scripts of a world share a thread, so two kinds of mistake stop the game. The watchdog has a thread of its own,
/// which looks at the world four times within the limit, and reports both to the log hook (telar/log.h):
///   - A script loops for ever without waiting (TL_LOG_SCRIPT_STUCK). The report says which script that is, where it
///     was spawned and where it is right now: its calls, innermost first, with file and line if the program has debug
///     information. There is one report each time that a script, once resumed, takes longer than the limit to wait.
///     (For a parallel script, telar/parallel.h, that is stuck on another thread than the one that steps the world, the
///     calls are left out.)
///   - Each script soon waits, but some keep making others ready in the same step, such as two that emit to each other
///     for ever (TL_LOG_STEP_LONG). Once a step, or the scripts of TL_PHASE_FRAME in one tl_world_end_frame, have kept
///     resuming scripts for longer than the limit, the report says how many resumes that took so far, and which script
///     had the most of them (if several did, the one that was resumed last): "step 812 has lasted for 500 ms and has
///     run 10000 resumes; most (5000) by 'pinger', running pinger(), spawned at pinger.c:14"; then the present calls,
///     as above. There is one report for each such step. (A script that starts one child after the other without ever
///     waiting counts as one resume; it is the script that was resumed last.)
///
/// If a dump was asked for (tl_dump_ask, tl_dump_on_signal: telar/dump.h), and one step, or the end of one frame, keeps
/// the program from writing it for longer than the limit, the watchdog writes one of its world meanwhile: the calls of
/// the thread that steps the world, the world's scripts, and the jobs of its job system that wait. The whole dump is
/// still written by the program, if it comes to that. Of a script that runs, only its name and where it was spawned is
/// known, and so it is for all parallel scripts while these run. The thread that steps the world makes notes for that
/// in the signal's handler: some microseconds, and meanwhile some 1.5 KB of memory, for each script. None is written
/// while that thread blocks the signal, while the job that makes the step is suspended, or when that job continues on
/// another thread after a wait in the physics.
///
/// With `end_stuck`, which is meant for development, the reported script is also cancelled, as soon as it next waits or
/// yields. So a loop that was merely much too long does not hang the game a second time, and a step ends if its scripts
/// continue only because of the one with the most resumes. Nothing is cancelled if that script has already ended by
/// itself, as where each script spawns the next.
///
/// To look at the stack of the thread that steps the world, or at its scripts, the watchdog interrupts it with a
/// signal; it does nothing else to that thread. Being watched does not change the simulation, unless end_stuck cancels
/// a script. The signal handler runs on an alternate signal stack: each thread that starts a watchdog or steps a
/// watched world gets one of 64 KiB, unless it has one already; it is freed when the thread ends. The log hook is
/// called on the watchdog's thread, which blocks all signals except those of faults.
///
/// A child process made by fork has no watchdog thread, so its worlds are not watched. In the child tl_watchdog_stop
/// only frees memory; the parent's watchdog keeps watching.
///
/// In a debug build of the library (without NDEBUG) each world has a watchdog from tl_world_create to tl_world_destroy,
/// with all defaults, if one can be started. With CMake, linking Telar::watchdog, or Telar::sdl, is enough for that.
/// Without CMake, call tl_watchdog_by_default(true), or link with -Wl,--undefined=tl_watchdog_by_default. A watchdog
/// that tl_watchdog_start starts replaces the default watchdog of its world; when it is stopped, the world has none.
#ifndef TELAR_WATCHDOG_H
#define TELAR_WATCHDOG_H

#include "telar/api.h"
#include "telar/dump.h"
#include "telar/log.h"
#include "telar/world.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tl_watchdog tl_watchdog;

/// Zero in any field picks the default.
typedef struct tl_watchdog_desc {
    uint32_t milliseconds; ///< the limit, for one resume of a script and for a step; any number, default 1000. A stuck
                           ///< script is reported at most a quarter of the limit later; so is a step of short resumes
    int signal;        ///< signal to use, not that of a fault; default SIGURG, which programs rarely use. A signal of
                       ///< that number that the watchdog did not send goes to the handler that was installed before
    bool end_stuck;    ///< cancel the reported script at its next wait
    tl_dump_desc dump; ///< how to write a dump that a step keeps waiting; default: as text to stderr. Its function is
                       ///< called on the watchdog's thread
} tl_watchdog_desc;

/// Starts a watchdog, which reports scripts and steps of a world that run too long. Stop it before you destroy the
/// world. Any number of worlds may be watched at once, each by one watchdog with a thread of its own; they may share a
/// signal.
/// @return
///   - TL_OK
///   - TL_ERROR_NULL
///   - TL_ERROR_ARGUMENT: the signal
///   - TL_ERROR_RUNNING: the world already has a watchdog other than its default one
///   - TL_ERROR_OUT_OF_MEMORY
///   - TL_ERROR_SYSTEM: errno says why
///
/// On any error *watchdog is null, and the world is watched as before.
/// @thread one at a time; @suspends never
TL_API tl_result tl_watchdog_start(tl_world *world, const tl_watchdog_desc *desc, tl_watchdog **watchdog);

/// Stops a watchdog. If it has begun a report or a dump, waits until that is made. Null is allowed. Any thread may call
/// it, not only the one that called tl_watchdog_start. It takes up to five seconds if the watchdog has just sent its
/// signal to the thread that steps the world, and that thread blocks the signal.
/// @thread one at a time, not inside the log hook, nor in the function of `dump`; @suspends never
TL_API void tl_watchdog_stop(tl_watchdog *watchdog);

/// Sets whether worlds that are created from now on have a default watchdog in a debug build; at first they do.
/// Existing worlds are not affected. A release build has no default watchdogs, and this does nothing.
/// @return the previous setting; false in a release build
/// @thread any; @suspends never
TL_API bool tl_watchdog_by_default(bool on);

#ifdef __cplusplus
}
#endif

#endif
