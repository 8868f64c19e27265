/// Races and syncs, for what steps a world.
#ifndef TELAR_ENGINE_SCRIPT_RACE_H
#define TELAR_ENGINE_SCRIPT_RACE_H

#include "world/world_state.h"

/// Ends the children that lost.
void tl__gatherings_settle(tl_world *world);
/// Lets times decide, in gatherings of scripts of the phase that runs. Whether any did.
bool tl__gatherings_be_late(tl_world *world);

#endif
