// SPDX-License-Identifier: MIT
/// Starting scripts.
#ifndef TELAR_ENGINE_SCRIPT_SPAWN_H
#define TELAR_ENGINE_SCRIPT_SPAWN_H

#include "world/world_state.h"

/// Creates a child script and appends it to its parent's list, without making it ready.
tl_result tl__child_make(tl__script_record *parent, const tl_fiber_entry *entry, const void *args, const tl_site *site,
                         tl__script_record **child);

#endif
