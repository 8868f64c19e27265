/// telar/channel.h: a bounded queue between scripts. Sending waits while it is full, receiving while it is empty.
///
///     tl_channel *belt = NULL;
///     tl_channel_create(world, &(tl_channel_desc){.name = "belt", .item_size = sizeof(struct ore), .capacity = 8},
///     &belt);
///
///     struct ore ore = dig();           tl_send(belt, &ore);          // in a miner's script
///     struct ore ore; while (tl_receive(belt, &ore) == TL_OK) ...     // in a smith's
///
/// An item is taken to have the size that the description gave: the compiler does not check what the pointers point to.
///
/// Items are copied, and come out in the order in which they went in. Those who wait are served first come, first
/// served. An item that was handed to a waiting receiver is written into its variable at once, so a clean-up finds it
/// there even if that receiver is cancelled before it runs again; so with a sender whose item was taken.
#ifndef TELAR_CHANNEL_H
#define TELAR_CHANNEL_H

#include "telar/script.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tl_channel tl_channel;

typedef struct tl_channel_desc {
    const char *name;  ///< not copied, so keep it alive; default "channel"
    size_t item_size;  ///< bytes of an item, at least 1
    uint32_t capacity; ///< how many items it holds, at least 1
} tl_channel_desc;

/// @return TL_OK; TL_ERROR_NULL; TL_ERROR_ARGUMENT; TL_ERROR_OUT_OF_MEMORY. On any error *channel is null.
/// @thread one at a time; @suspends never
tl_result tl_channel_create(tl_world *world, const tl_channel_desc *desc, tl_channel **channel);

/// Destroys it with what it holds; those that wait go on in this step, told TL_CANCELLED. The world destroys those that
/// are left.
/// @return TL_OK; TL_ERROR_NULL
/// @thread one at a time; @suspends never
tl_result tl_channel_destroy(tl_channel *channel);

/// Takes no more items: those that wait go on in this step, told TL_CLOSED. What it holds can still be received.
/// Closing a closed one changes nothing.
/// @return TL_OK; TL_ERROR_NULL
/// @thread one at a time; @suspends never
tl_result tl_channel_close(tl_channel *channel);

/// Items it holds; how many it can hold; whether it is closed. 0 and true for null.
/// @thread one at a time; @suspends never
uint32_t tl_channel_count(const tl_channel *channel);
uint32_t tl_channel_capacity(const tl_channel *channel);
bool tl_channel_is_closed(const tl_channel *channel);

/// Looks at the item that will come out after `place` others; 0 is the next one. Nothing is taken.
/// @return TL_OK; TL_WOULD_WAIT (it does not hold that many); TL_ERROR_NULL
/// @thread one at a time; @suspends never
tl_result tl_channel_peek(const tl_channel *channel, uint32_t place, void *item);

/// Without waiting; also outside scripts.
/// @return TL_OK; TL_WOULD_WAIT; TL_CLOSED; TL_ERROR_NULL
/// @thread one at a time; @suspends never
tl_result tl_try_send(tl_channel *channel, const void *item);
tl_result tl_try_receive(tl_channel *channel, void *item);

/// tl_send(channel, &item[, limit]), tl_receive(channel, &item[, limit]): with waiting. When the answer is not TL_OK,
/// nothing was sent, and nothing was written to the item.
/// @return TL_OK; TL_CLOSED; TL_CANCELLED (destroyed); TL_ERROR_NULL; TL_ERROR_OTHER_WORLD; and as the other waits
///   (telar/script.h)
#define tl_send(channel, ...) TL__LIMITED_2(tl__send, channel, __VA_ARGS__, TL_FOREVER, 0)
#define tl_receive(channel, ...) TL__LIMITED_2(tl__receive, channel, __VA_ARGS__, TL_FOREVER, 0)
tl_result tl__send(tl_channel *channel, const void *item, tl_limit limit);
tl_result tl__receive(tl_channel *channel, void *item, tl_limit limit);

#ifdef __cplusplus
}
#endif

#endif
