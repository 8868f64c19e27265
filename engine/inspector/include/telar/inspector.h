// SPDX-License-Identifier: MIT
/// telar/inspector.h: a page in the browser that shows what a running game's scripts do.
///
///     tl_inspector *inspector = NULL;
///     if (tl_inspector_start(&(tl_inspector_desc){.world = world, .clock = &clock}, &inspector) == TL_OK)
///         printf("%s\n", tl_inspector_url(inspector));        // http://127.0.0.1:41327/?token=8d0c...
///
///     while (tl_window_poll(window, &input)) {
///         tl_inspector_frame(inspector);                      // at the beginning of each frame
///         for (int n = tl_clock_advance(&clock, seconds); n > 0; --n)
///             tl_world_step(world);
///         ...
///     }
///
/// The page shows scripts with what they wait for, how long, and since when; their types with counts, times of turns
/// and use of stacks; channels, events, counters and locks with who waits for them; the job system's workers, and frame
/// times; and warnings: a script that has run for a second without a wait (not of those in TL_PHASE_PARALLEL), a stack
/// that is nearly full, a kind of script that becomes more and more, and the library's own messages (telar/log.h). It
/// can pause the game, do single steps, change its speed, cancel a script, and save a trace (telar/trace.h). It needs
/// no window, so a server has it, too.
///
/// A step does what it would do without an inspector, unless the page's user cancels a script: that is done when the
/// next step begins, after a call of `on_cancel`, by which a game records it with its other inputs. Pauses, single
/// steps and the speed only change how many steps a frame has. For each of its questions, a few in a second, the page
/// gets a copy that the end of a step makes; turns are timed while it is open. While no page is open, an inspector
/// costs two calls for each step, and two for each turn of a script.
///
/// It is for developers: never on by itself, and served to this machine only (127.0.0.1), to those who know the token
/// in the URL. Requests that come from other sites' pages are refused.
///
/// The target Telar::inspector, which needs libmicrohttpd. Its thread serves the page. A process made by fork has no
/// such thread: there the world steps on without an inspector, tl_inspector_frame does nothing, and tl_inspector_stop
/// leaves its memory as it is.
#ifndef TELAR_INSPECTOR_H
#define TELAR_INSPECTOR_H

#include <stdint.h>

#include "telar/api.h"
#include "telar/clock.h"
#include "telar/job.h"
#include "telar/result.h"
#include "telar/script.h"
#include "telar/world.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tl_inspector tl_inspector;

/// Zero in any field picks the default.
typedef struct tl_inspector_desc {
    tl_world *world;     ///< the world to show; needed
    tl_clock *clock;     ///< what pauses, single steps and speeds apply to; null: the page cannot do these
    tl_job_system *jobs; ///< the workers to show; it must outlive the inspector. Default: the world's, until it ends
    const char *name;    ///< the page's title; copied; default "telar"
    uint16_t port;       ///< default: one that is free
    /// What the URL must have as its token: 1 to 64 letters and digits. Copied. Default: 128 random bits
    const char *token;
    /// Called before the page's user cancels a script, on the thread that steps the world, when the step begins. A game
    /// that records its inputs records this, too, and calls tl_script_cancel at the same place when it replays them. It
    /// may call anything but tl_world_step, tl_world_end_frame and tl_world_destroy (TL_ERROR_IN_SCRIPT). A C++
    /// exception that leaves it ends the step before it began, and nothing is cancelled.
    void (*on_cancel)(tl_world *world, tl_script script, void *user_data);
    void *user_data;
} tl_inspector_desc;

/// Starts an inspector of a world.
/// @return
///   - TL_OK
///   - TL_ERROR_NULL: also if there is no world
///   - TL_ERROR_ARGUMENT: the token
///   - TL_ERROR_BUSY: the world has an inspector
///   - TL_ERROR_OUT_OF_MEMORY
///   - TL_ERROR_SYSTEM: the port is taken, or the system refuses a thread
///
/// On any error *inspector is null.
/// @thread the world's; @suspends never
TL_API tl_result tl_inspector_start(const tl_inspector_desc *desc, tl_inspector **inspector);

/// Stops an inspector, and closes its page's connection. Its world may have been destroyed before; the page then says
/// so. In `on_cancel`, and in clean-ups of the scripts that the page cancels, it takes effect when these are cancelled.
/// Does nothing for null.
/// @thread the world's; @suspends never
TL_API void tl_inspector_stop(tl_inspector *inspector);

/// Returns the page's URL; null for null. It is valid until the inspector stops.
/// @thread any; @suspends never
TL_API const char *tl_inspector_url(const tl_inspector *inspector);

/// Begins a frame: does what the page asked for that is done between steps (pauses, single steps, speeds, traces), and
/// measures the frame before. Call it once a frame, also while the game is paused; without it the page cannot do these.
/// Does nothing for null. Inside a step or script it is misuse (TL_ERROR_IN_SCRIPT), and does nothing.
/// @thread the world's, and, as it may begin and save a trace, as tl_trace_start; @suspends never
TL_API void tl_inspector_frame(tl_inspector *inspector);

#ifdef __cplusplus
}
#endif

#endif
