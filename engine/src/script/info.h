// SPDX-License-Identifier: MIT
/// What scripts say of themselves in messages.
#ifndef TELAR_ENGINE_SCRIPT_INFO_H
#define TELAR_ENGINE_SCRIPT_INFO_H

#include <stdbool.h>

#include "telar/hooks.h"

/// A tl__running_finder: the running script.
bool tl__script_find_running(tl_running *running);

#endif
