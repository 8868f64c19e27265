// SPDX-License-Identifier: MIT
/// Races and syncs: functions for the code that steps a world.
#ifndef TELAR_ENGINE_SCRIPT_RACE_H
#define TELAR_ENGINE_SCRIPT_RACE_H

#include "world/world_state.h"

/// Cancels the losing children of all resolved wait sets. Wakes each script whose children have then all ended.
void tl__wait_sets_cancel_losers(tl_world *world);
/// Resolves the wait sets of the running phase for which a time or limit has come and no other arm has completed.
/// Returns whether there was any.
bool tl__wait_sets_time_out(tl_world *world);

#endif
