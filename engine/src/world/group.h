// SPDX-License-Identifier: MIT
/// Groups: their clocks, and what their scripts need room for.
#ifndef TELAR_ENGINE_WORLD_GROUP_H
#define TELAR_ENGINE_WORLD_GROUP_H

#include "world/world_state.h"

tl_result tl__group_make(tl_world *world, const tl_group_desc *desc, tl_group **group);
void tl__groups_free(tl_world *world);
/// Makes room for the timers of `scripts` more scripts and `arms` more arms. TL_OK or TL_ERROR_OUT_OF_MEMORY.
tl_result tl__group_reserve_more(tl_group *group, uint32_t scripts, uint32_t arms);

/// How many timers may be set at once: a script has a time and a limit, an arm a time.
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
/// The times of all groups go on by one step.
void tl__groups_advance(tl_world *world);

#endif
