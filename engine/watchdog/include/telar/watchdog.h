/// telar/watchdog.h: tells of a script that does not come back, while it is stuck.
///
///     tl_watchdog *watchdog = NULL;
///     tl_watchdog_start(world, &(tl_watchdog_desc){.milliseconds = 500}, &watchdog);
///     ... run the game ...
///     tl_watchdog_stop(watchdog);
///
/// The scripts of a world share a thread: one that loops for ever without waiting stops the game. The watchdog has a
/// thread of its own, which looks now and then whether scripts still take turns. When one has had its turn for too long
/// it tells the log hook (telar/log.h, TL_LOG_SCRIPT_STUCK) which script that is, where it was spawned and where it is
/// right now: the calls that lead there, innermost first, with file and line where the program has debug information.
/// It tells so once for each turn. (A parallel script, telar/parallel.h, that is stuck on another thread than the one
/// that steps the world is told of without its calls.)
///
/// With `end_stuck`, meant for the time of development, the script is also cancelled as soon as it next waits or
/// yields: a loop that was merely much too long does not hang the game a second time.
///
/// It interrupts the stuck thread with a signal, to look at its stack, and nothing else. The simulation does not change
/// for being watched, unless end_stuck ends something. The handler runs on an alternate signal stack: each thread that
/// starts a watchdog or steps a watched world gets one of 64 KiB, which is freed when the thread ends, unless it has one
/// already. The log hook is called on the watchdog's thread, on which all signals are blocked but those of faults.
#ifndef TELAR_WATCHDOG_H
#define TELAR_WATCHDOG_H

#include "telar/log.h"
#include "telar/world.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tl_watchdog tl_watchdog;

/// Zero in any field picks the default.
typedef struct tl_watchdog_desc {
    uint32_t milliseconds; ///< how long a turn may take, any number; default 1000. A report comes within a quarter more
    int signal;            ///< to use; default SIGURG, which a program rarely does
    bool end_stuck;        ///<
} tl_watchdog_desc;

/// Starts watching. The world must not be destroyed before it is stopped. A program has one watchdog at a time.
/// @return TL_OK; TL_ERROR_NULL; TL_ERROR_ARGUMENT (the signal); TL_ERROR_RUNNING (there is one);
///   TL_ERROR_OUT_OF_MEMORY; TL_ERROR_SYSTEM (errno says why). On any error *watchdog is null.
/// @thread one at a time; @suspends never
tl_result tl_watchdog_start(tl_world *world, const tl_watchdog_desc *desc, tl_watchdog **watchdog);

/// Stops watching, and waits until a report that has begun is made. Null is allowed. Another thread than the one that
/// called tl_watchdog_start may do it.
/// @thread one at a time, not inside the log hook; @suspends never
void tl_watchdog_stop(tl_watchdog *watchdog);

#ifdef __cplusplus
}
#endif

#endif
