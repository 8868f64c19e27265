// SPDX-License-Identifier: MIT
/// How messages describe scripts.
#ifndef TELAR_ENGINE_SCRIPT_INFO_H
#define TELAR_ENGINE_SCRIPT_INFO_H

#include <stdbool.h>

#include "telar/hooks.h"
#include "world/script_record.h"

/// A tl__running_finder that describes the running script. Returns false if no script runs.
bool tl__script_find_running(tl_running *running);

/// What tl_script_get_info returns, also for a script that was cancelled and has not ended yet.
TL_API tl_script_info tl__script_describe(const tl__script_record *script);

/// Seconds of game time since the script began to wait: its own time is that of its latest resume. 0 while it waits for
/// the next step.
TL_API double tl__script_seconds_waited(const tl__script_record *script);

#endif
