/// Starting scripts.
#ifndef TELAR_ENGINE_SCRIPT_SPAWN_H
#define TELAR_ENGINE_SCRIPT_SPAWN_H

#include "world/world_state.h"

/// Makes a script. It is in no list yet but its owner's, and not ready. `parent` may be null.
tl_result tl__script_make(tl_world *world, const tl_script_desc *desc, tl__script *parent, const tl_fiber_entry *entry,
                          const void *args, const tl_site *site, tl__script **script);

#endif
