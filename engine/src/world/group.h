// SPDX-License-Identifier: MIT
/// Groups: their clocks, and room for their scripts' timers.
#ifndef TELAR_ENGINE_WORLD_GROUP_H
#define TELAR_ENGINE_WORLD_GROUP_H

#include "world/world_state.h"

tl_result tl__group_make(tl_world *world, const tl_group_desc *desc, tl_group **group);
void tl__groups_free(tl_world *world);
/// Makes room for the timers of `scripts` more scripts and `arms` more arms. Returns TL_OK or TL_ERROR_OUT_OF_MEMORY.
tl_result tl__group_reserve_more(tl_group *group, uint32_t scripts, uint32_t arms);

/// Returns the most timers that may be set at once: a script has one for a time and one for a limit, an arm has one.
static inline uint32_t tl__timers_of(uint32_t scripts, uint32_t arms)
{
    return 2 * scripts + arms;
}

static inline tl_result tl__group_reserve(tl_group *group, uint32_t scripts, uint32_t arms)
{
    const tl_world *world = group->world;
    bool has_room = tl__timers_of(world->script_count + scripts, world->arm_timers + arms) <= world->timer_room &&
                    tl__timers_of(group->script_count + scripts, group->arm_timers + arms) <= group->timer_room;
    return has_room ? TL_OK : tl__group_reserve_more(group, scripts, arms);
}
/// Advances the clocks of all groups that are not frozen by one step.
void tl__groups_advance(tl_world *world);

#endif
