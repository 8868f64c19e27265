// SPDX-License-Identifier: MIT
/// Races and syncs, for what steps a world.
#ifndef TELAR_ENGINE_SCRIPT_RACE_H
#define TELAR_ENGINE_SCRIPT_RACE_H

#include "world/world_state.h"

/// Ends the children that lost.
void tl__wait_sets_cancel_losers(tl_world *world);
/// Lets times decide, in wait sets of scripts of the phase that runs. Whether any did.
bool tl__wait_sets_time_out(tl_world *world);

#endif
