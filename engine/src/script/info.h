// SPDX-License-Identifier: MIT
/// How messages describe the running script.
#ifndef TELAR_ENGINE_SCRIPT_INFO_H
#define TELAR_ENGINE_SCRIPT_INFO_H

#include <stdbool.h>

#include "telar/hooks.h"

/// A tl__running_finder that describes the running script. Returns false if no script runs.
bool tl__script_find_running(tl_running *running);

#endif
