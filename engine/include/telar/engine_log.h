// SPDX-License-Identifier: MIT
/// telar/engine_log.h: what the engine tells the log hook besides the items in telar/log.h.
///
/// While the engine reports, a hook may not step or destroy the world that does (TL_ERROR_IN_SCRIPT), and not wait as a
/// script does (TL_ERROR_NO_SCRIPT). The process says so and aborts when a job system ends while a hook still waits in
/// a job of it that steps a world.
#ifndef TELAR_ENGINE_LOG_H
#define TELAR_ENGINE_LOG_H

#include "telar/log.h"

/// Values of tl_log_id. The numbers are stable.
enum {
    TL_LOG_SCRIPT_FAILED = 1, ///< a script ended with an error, `code`, and no script was waiting for it
    TL_LOG_SCRIPT_STUCK = 2,  ///< a script has been running for too long without waiting (telar/watchdog.h)
    TL_LOG_STEP_LONG = 6,     ///< a step of a world does not end, though its scripts take turns (telar/watchdog.h)
    TL_LOG_NO_FRAMES = 7,     ///< scripts wait for TL_PHASE_FRAME or by tl_wait_frame, and tl_world_end_frame was never
                              ///< called in a second of steps; reported once for each world
    TL_LOG_MAX_SCRIPTS = 8,   ///< as many scripts are alive as tl_world_desc.max_scripts; once for each world
};

#endif
