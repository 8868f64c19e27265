// SPDX-License-Identifier: MIT
/// telar/watchdog.h: reports a script that does not come back, and a step that does not end, while they hang the game.
///
///     tl_watchdog *watchdog = NULL;
///     tl_watchdog_start(world, &(tl_watchdog_desc){.milliseconds = 500}, &watchdog);
///     ... run the game ...
///     tl_watchdog_stop(watchdog);
///
/// The scripts of a world share a thread, and two mistakes stop the game. The watchdog has a thread of its own, which
/// looks at the world four times within the limit, and reports both to the log hook (telar/log.h):
///   - A script loops for ever without waiting (TL_LOG_SCRIPT_STUCK). The report says which script that is, where it
///     was spawned and where it is right now: the calls that lead there, innermost first, with file and line where the
///     program has debug information. There is one report for each turn that takes longer than the limit. (For a
///     parallel script, telar/parallel.h, that is stuck on another thread than the one that steps the world, the calls
///     are left out.)
///   - Each turn of the scripts is short, but some always make others ready in the same step, as two that emit to each
///     other for ever (TL_LOG_STEP_LONG). Once a step, or the scripts of TL_PHASE_FRAME in one tl_world_end_frame, have
///     taken turns for longer than the limit, the report says how many turns the scripts have had in it, and which
///     script has had the most, the latest one of several: "step 812 has lasted for 500 ms and has run 10000 turns;
///     most (5000) by 'pinger', running pinger(), spawned at pinger.c:14"; then the calls of the moment, as above.
///     There is one report for each such step. (A script that starts one child after the other without ever waiting for
///     a step counts as one turn: it is the latest to have had one.)
///
/// With `end_stuck`, meant for the time of development, the reported script is also cancelled as soon as it next waits
/// or yields: a loop that was merely much too long does not hang the game a second time, and a step ends whose scripts
/// need the one with the most turns to continue. Nothing is cancelled where that script has ended by itself, as
/// where each script spawns the next.
///
/// It interrupts the thread that steps the world with a signal, to look at its stack, and nothing else. The simulation
/// does not change for being watched, unless end_stuck ends something. The handler runs on an alternate signal stack:
/// each thread that starts a watchdog or steps a watched world gets one of 64 KiB, which is freed when the thread ends,
/// unless it has one already. The log hook is called on the watchdog's thread, on which all signals are blocked but
/// those of faults.
///
/// A child made by fork has no such thread: its worlds are not watched. There tl_watchdog_stop only frees, and the
/// parent's watchdog looks on.
///
/// In a debug build of the library (without NDEBUG) each world has a watchdog from tl_world_create to tl_world_destroy,
/// with all defaults, where it can be started. With CMake, linking Telar::watchdog, or Telar::sdl, is enough for that.
/// Without CMake, call tl_watchdog_by_default(true), or link with -Wl,--undefined=tl_watchdog_by_default. One that
/// tl_watchdog_start starts replaces the default one of its world; when it is stopped, the world has none.
#ifndef TELAR_WATCHDOG_H
#define TELAR_WATCHDOG_H

#include "telar/api.h"
#include "telar/log.h"
#include "telar/world.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tl_watchdog tl_watchdog;

/// Zero in any field picks the default.
typedef struct tl_watchdog_desc {
    uint32_t milliseconds; ///< the limit for a turn and for a step; any number, default 1000. A stuck turn is reported
                           ///< when it has taken at most a quarter more than that; so is a step whose turns are short
    int signal;     ///< to use; default SIGURG, which a program rarely does. A signal of that number that is not the
                    ///< watchdog's goes to the handler that was there before, if there was one
    bool end_stuck; ///< cancel the reported script at its next wait
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

/// Stops a watchdog, and waits until a report that it has begun is made. Null is allowed. Another thread than the one
/// that called tl_watchdog_start may do it. It takes up to five seconds where the thread that steps the world is to be
/// looked at just then and has blocked the signal.
/// @thread one at a time, not inside the log hook; @suspends never
TL_API void tl_watchdog_stop(tl_watchdog *watchdog);

/// Says whether worlds that are created from now on have a watchdog by default, in a debug build; at first they do.
/// Those that are there stay as they are. A release build has no such watchdog, and this does nothing.
/// @return what it was; false in a release build
/// @thread any; @suspends never
TL_API bool tl_watchdog_by_default(bool on);

#ifdef __cplusplus
}
#endif

#endif
