// SPDX-License-Identifier: MIT
/// Posts: items that threads send to channels.
#ifndef TELAR_ENGINE_SCRIPT_POST_H
#define TELAR_ENGINE_SCRIPT_POST_H

#include "world/world_state.h"

/// Delivers posted items to their channels. A post whose channel is full stays for the next delivery.
void tl__posts_deliver(tl_world *world);
void tl__posts_free(tl_world *world);

#endif
