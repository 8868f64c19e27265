// SPDX-License-Identifier: MIT
/// How messages describe scripts.
#ifndef TELAR_ENGINE_SCRIPT_INFO_H
#define TELAR_ENGINE_SCRIPT_INFO_H

#include <stdbool.h>

#include "telar/hooks.h"
#include "world/script_record.h"

/// A tl__running_finder that describes the running script. Returns false if no script runs.
bool tl__script_find_running(tl_running *running);

/// Returns the name of the event, channel, script, counter or lock that a lone wait is for; null if it has none.
const char *tl__wait_name(const tl__script_record *script);

#endif
