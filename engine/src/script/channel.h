// SPDX-License-Identifier: MIT
/// Channels: functions for the delivery of posts (post.c), and what an inspector shows of them.
#ifndef TELAR_ENGINE_SCRIPT_CHANNEL_H
#define TELAR_ENGINE_SCRIPT_CHANNEL_H

#include "script/waiters.h"
#include "telar/channel.h"
#include "world/world_state.h"

typedef struct tl__channel_record tl__channel_record;
tl__channel_record *tl__channel_find(const tl_world *world, tl_channel channel);
/// Sends or receives an item without waiting. Ignores listeners of the script `except` at the other end.
/// @return TL_OK; TL_WOULD_WAIT; TL_CLOSED
tl_result tl__channel_try(tl__channel_record *channel, bool send, void *item, const tl__script_record *except);

typedef struct tl__channel_look {
    const char *name;
    uint32_t count, capacity; ///< items, and room for them
    bool closed;
    tl__waiters senders, receivers;
} tl__channel_look;

/// Looks at the channel in a slot of a world, counted from 1. Returns false if there is none.
TL_API bool tl__channel_look_at(const tl_world *world, uint32_t index1, tl__channel_look *look);

#endif
