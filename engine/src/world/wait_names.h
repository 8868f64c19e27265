// SPDX-License-Identifier: MIT
/// What a script waits for, by name.
#ifndef TELAR_ENGINE_WORLD_WAIT_NAMES_H
#define TELAR_ENGINE_WORLD_WAIT_NAMES_H

#include "world/script_record.h"

/// Returns the name of the event, channel or script that a lone wait is for; null if it has none.
const char *tl__script_wait_name(const tl__script_record *script);

#endif
