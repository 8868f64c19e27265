// SPDX-License-Identifier: MIT
/// telar/engine_log.h: what the engine reports to the log hook, besides the items in telar/log.h.
///
/// While the engine reports, the hook may neither step nor destroy the world that reports (TL_ERROR_IN_SCRIPT), nor
/// call the waits of scripts (TL_ERROR_NO_SCRIPT). If a job steps the world, the hook runs in that job and may wait as
/// a job does; but if the job system is destroyed during such a wait, the process says so on stderr and aborts.
#ifndef TELAR_ENGINE_LOG_H
#define TELAR_ENGINE_LOG_H

#include "telar/log.h"

/// Values of tl_log_id. The numbers are stable.
enum {
    TL_LOG_SCRIPT_FAILED = 1, ///< a script ended with an error, `code`, and no script was waiting for it
    TL_LOG_SCRIPT_STUCK = 2,  ///< a script has been running for too long without waiting (telar/watchdog.h)
    TL_LOG_STEP_LONG = 6,     ///< a step of a world does not end, although its scripts do wait (telar/watchdog.h)
    TL_LOG_NO_FRAMES = 7,     ///< scripts wait for TL_PHASE_FRAME or by tl_wait_frame, but a second of steps has passed
                              ///< without any call of tl_world_end_frame; reported once for each world
    TL_LOG_MAX_SCRIPTS = 8,   ///< a script was not started, as tl_world_desc.max_scripts are alive; once for each world
};

#endif
