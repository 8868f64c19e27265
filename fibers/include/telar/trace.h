// SPDX-License-Identifier: MIT
/// telar/trace.h: records what ran when, to be looked at afterwards on a timeline.
///
///     tl_trace_start(NULL);                         // from now on each thread keeps its latest events
///
///     void plan(struct squad *squad)
///     {
///         tl_trace_zone("plan");                    // until the block is left, also across waits
///         tl_trace_counter("enemies", squad->count);
///         ...
///     }
///
///     if (tl_trace_frame() > 1.0 / 30)              // once a frame, at its end: returns how long it took
///         tl_trace_save("slow.pftrace", 5);         // the five seconds before this
///
/// A trace shows a lane for each thread, with what ran on it; a lane for each fiber, job fiber and script, with when it
/// ran, was ready and waited, and for what; an arrow from what woke it; jobs, steps, frames, and the zones, marks and
/// counters of the program's own. https://ui.perfetto.dev opens it (it reads the file in the browser, and sends it
/// nowhere).
///
/// Each thread records into a ring of its own, which keeps its latest events, so tracing may stay on while the game
/// runs. An event takes 16 bytes and about 15 ns, a counter's value or a wait for an object with a name two; the turn
/// of a script is two events. Up to 16,377 different names are kept in all; 64 fibers, jobs and zones inside each other
/// are shown. While tracing is off, a switch between fibers takes not one instruction more than without it.
///
/// tl_set_run_hook tells a profiler, such as Tracy, what runs on each thread.
#ifndef TELAR_TRACE_H
#define TELAR_TRACE_H

#include <stdbool.h>
#include <stddef.h>

#include "telar/api.h"
#include "telar/fiber.h"
#include "telar/result.h"

#ifdef __cplusplus
extern "C" {
#endif

/// What tl_trace_desc.without leaves out.
enum {
    TL_TRACE_FIBERS = 1,  ///< runs of the program's own fibers
    TL_TRACE_JOBS = 2,    ///< jobs, their waits, and sleeping workers
    TL_TRACE_SCRIPTS = 4, ///< turns of scripts
    TL_TRACE_WAKES = 8,   ///< what woke a job or script
    TL_TRACE_ZONES = 16,  ///< zones, marks and counters, steps among them
};

/// Zero in any field picks the default.
typedef struct tl_trace_desc {
    /// Bytes of the events that each thread keeps, rounded up to a power of two; default 16 MiB, at least 64 KiB. A
    /// page of them takes memory once it is used. A thread that has a ring from an earlier trace keeps that.
    size_t ring_size;
    unsigned without; ///< TL_TRACE_...: kinds of events that are not recorded; nor then are zones in such runs
} tl_trace_desc;

/// Begins to trace, and drops what was recorded before. Null stands for all defaults. Fibers that are running on other
/// threads now are traced from their next resume on.
/// @return
///   - TL_OK
///   - TL_ERROR_BUSY: it is on already
///   - TL_ERROR_ARGUMENT: the size is more than 1 GiB
///   - TL_ERROR_OUT_OF_MEMORY
/// @thread any; but meanwhile no other thread may make or destroy fibers, pools, job systems or worlds of the program's
///   own, nor start, stop or save a trace; @suspends never
TL_API tl_result tl_trace_start(const tl_trace_desc *desc);

/// Stops tracing. What was recorded can still be saved. Does nothing if it is off.
/// @thread as tl_trace_start; @suspends never
TL_API void tl_trace_stop(void);

/// @thread any; @suspends never
TL_API bool tl_trace_is_on(void);

typedef enum tl_trace_format {
    TL_TRACE_PERFETTO, ///< the protocol buffers of https://ui.perfetto.dev
    TL_TRACE_CHROME,   ///< JSON, which chrome://tracing and speedscope read, too. Several times as large
} tl_trace_format;

/// Saves what was recorded as a file; tracing continues. Takes about a second for a million events. A thread that
/// records meanwhile overwrites its oldest events, which are then missing.
/// @param path     Chrome's format if it ends in ".json", else Perfetto's
/// @param seconds  how far back from now; 0: everything that is still there
/// @return
///   - TL_OK
///   - TL_ERROR_NULL, TL_ERROR_ARGUMENT (`seconds` is negative or not a number)
///   - TL_ERROR_SYSTEM, TL_ERROR_OUT_OF_MEMORY: the file cannot be written, or not all of it
/// @thread any, but one at a time, and none that starts or stops a trace meanwhile; @suspends never
TL_API tl_result tl_trace_save(const char *path, double seconds);

/// As tl_trace_save, but passes the trace in pieces to `write`, which returns false to stop (TL_ERROR_SYSTEM) and may
/// not suspend the calling fiber (TL_ERROR_IN_CALLBACK there).
TL_API tl_result tl_trace_write(tl_trace_format format, double seconds,
                                bool (*write)(const void *bytes, size_t size, void *user_data), void *user_data);

/// Ends a frame, and begins the next. Returns how long it took in seconds; 0 for the first one, for one in which a
/// trace was saved, and while tracing is off.
/// @thread one; @suspends never
TL_API double tl_trace_frame(void);

/// Names the calling thread in traces, until it ends. Workers of job systems have names already. At most 63 bytes are
/// kept, here and below.
/// @thread any; @suspends never
TL_API void tl_trace_name_thread(const char *name);

/// A number that changes, such as of enemies; shown as a curve. Infinity and what is no number are left out.
/// @thread any; @suspends never
TL_API void tl_trace_counter(const char *name, double value);

/// A moment.
/// @thread any; @suspends never
TL_API void tl_trace_mark(const char *name);

/// Private: what tl_trace_zone declares.
typedef struct tl__zone {
    const char *name; ///< null: not recorded
} tl__zone;
TL_API tl__zone tl__zone_begin(const char *name);
TL_API void tl__zone_end(tl__zone *zone);

/// A zone: from here until the block is left, also by an exception or because its fiber is cancelled, but not by
/// longjmp. It belongs to the fiber, job or script that is in
/// it, so it also spans waits; outside any, to the thread. `name` must stay as it is until then.
/// @thread any; @suspends never
#define tl_trace_zone(name) TL__SCOPED(tl__zone, TL__UNIQUE(tl__zone_), tl__zone_end, tl__zone_begin(name))

/// A function that learns what each thread runs.
typedef struct tl_run_hook {
    /// Called for each change: before control goes to a fiber, job or script, and when it is given back.
    /// @param lane   a name for the control block of what runs from now on, the same pointer each time, until the
    ///               process ends; null: nothing but the thread itself
    /// @param fiber  null if `lane` is
    /// @thread the one that changes; it may run inside a fiber, and must not suspend it
    void (*on_run)(const char *lane, const tl_fiber *fiber, void *user_data);
    void *user_data;
} tl_run_hook;

/// Sets the hook of the whole process; null: none, without a function: misuse (TL_ERROR_NULL). It is not copied: keep
/// it alive, also after it was replaced, as long as other threads run fibers. With Tracy:
///
///     void on_run(const char *lane, const tl_fiber *fiber, void *user_data)
///     {
///         if (lane != NULL)
///             TracyCFiberEnter(lane);
///         else
///             TracyCFiberLeave;
///     }
///
/// @thread as tl_trace_start, outside any fiber; @suspends never
TL_API void tl_set_run_hook(const tl_run_hook *hook);

#ifdef __cplusplus
}
#endif

#endif
