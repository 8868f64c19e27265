// SPDX-License-Identifier: MIT
/// Starting scripts.
#ifndef TELAR_ENGINE_SCRIPT_SPAWN_H
#define TELAR_ENGINE_SCRIPT_SPAWN_H

#include "world/world_state.h"

/// Makes a child. It is in its parent's list, and not ready.
tl_result tl__child_make(tl__script_record *parent, const tl_fiber_entry *entry, const void *args, const tl_site *site,
                         tl__script_record **child);

#endif
