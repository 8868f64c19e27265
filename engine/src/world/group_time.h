// SPDX-License-Identifier: MIT
/// Freezing groups and scaling their time.
#ifndef TELAR_ENGINE_WORLD_GROUP_TIME_H
#define TELAR_ENGINE_WORLD_GROUP_TIME_H

#include "world/world_state.h"

/// Begins a call that changes a group. Returns TL_OK, or the error that the call has to return.
tl_result tl__group_change_begin(const tl_group *group, const char *call);

/// Recomputes, after a group was created or changed, which groups are frozen, their time scales, and the world's
/// `any_frozen` and `is_restrained`. Lets the scripts through that thawed groups held back.
void tl__groups_update(tl_world *world);

#endif
