// SPDX-License-Identifier: MIT
/// Channels, for what other threads post.
#ifndef TELAR_ENGINE_SCRIPT_CHANNEL_H
#define TELAR_ENGINE_SCRIPT_CHANNEL_H

#include "telar/channel.h"
#include "world/world_state.h"

typedef struct tl__channel_record tl__channel_record;
tl__channel_record *tl__channel_find(const tl_world *world, tl_channel channel);
/// Without waiting. `except`, which waits at the other end, too, does not count there.
tl_result tl__channel_try(tl__channel_record *channel, bool send, void *item, const tl__script_record *except);

#endif
