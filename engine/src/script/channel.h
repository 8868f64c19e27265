// SPDX-License-Identifier: MIT
/// Channels: functions for the delivery of posts (post.c).
#ifndef TELAR_ENGINE_SCRIPT_CHANNEL_H
#define TELAR_ENGINE_SCRIPT_CHANNEL_H

#include "telar/channel.h"
#include "world/world_state.h"

typedef struct tl__channel_record tl__channel_record;
tl__channel_record *tl__channel_find(const tl_world *world, tl_channel channel);
/// Sends or receives an item without waiting. Ignores listeners of the script `except` at the other end.
/// @return TL_OK; TL_WOULD_WAIT; TL_CLOSED
tl_result tl__channel_try(tl__channel_record *channel, bool send, void *item, const tl__script_record *except);

#endif
