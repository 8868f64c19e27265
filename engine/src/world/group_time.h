// SPDX-License-Identifier: MIT
/// What freezes groups and scales their time.
#ifndef TELAR_ENGINE_WORLD_GROUP_TIME_H
#define TELAR_ENGINE_WORLD_GROUP_TIME_H

#include "world/world_state.h"

/// What a change of a group begins with. TL_OK, or the error that the call answers.
tl_result tl__group_change_begin(const tl_group *group, const char *call);

/// Computes again, after a group was made or changed: which groups are frozen, their time scales, and what the world
/// knows about all of them. Lets the scripts of those that thawed run.
void tl__groups_update(tl_world *world);

#endif
