/// Groups: their clocks, and what their scripts need room for.
#ifndef TELAR_ENGINE_WORLD_GROUP_H
#define TELAR_ENGINE_WORLD_GROUP_H

#include "world/world_state.h"

tl_result tl__group_make(tl_world *world, const tl_group_desc *desc, tl_group **group);
void tl__groups_free(tl_world *world);
/// Makes room for the timers of `scripts` more scripts and `arms` more arms. TL_OK or TL_ERROR_OUT_OF_MEMORY.
tl_result tl__group_reserve(tl_group *group, uint32_t scripts, uint32_t arms);
/// The times of all groups go on by one step.
void tl__groups_advance(tl_world *world);

#endif
