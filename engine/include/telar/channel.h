// SPDX-License-Identifier: MIT
/// telar/channel.h: channels, bounded queues between scripts. A script waits to send while the channel is full, and to
/// receive while it is empty.
///
///     typedef TL_CHANNEL(struct ore) ore_channel;                     // items of any other type do not compile
///
///     ore_channel belt;
///     tl_channel_create(world, TL_NO_ENTITY, "belt", 8, &belt);       // holds up to 8
///
///     struct ore ore = dig();           tl_send(belt, &ore);          // in a miner's script
///     struct ore ore; while (tl_receive(belt, &ore) == TL_OK) ...     // in a smith's
///
///     tl_try_send(keys, &key);          // input, from the game's main loop: each key press is received once
///
/// Items are copied, and are received in the order in which they were sent. Waiting scripts are served in the order in
/// which they began to wait. An item for a waiting receiver is written into its variable at once, so its clean-ups find
/// the item there even if it is cancelled before it runs again; likewise the item of a waiting sender is taken as soon
/// as there is room for it.
#ifndef TELAR_CHANNEL_H
#define TELAR_CHANNEL_H

#include "telar/api.h"
#include "telar/wait.h"

#ifdef __cplusplus
extern "C" {
#endif

/// A channel's id. Zero is no channel. The id of a channel that was destroyed, by itself or with its owner or world,
/// never becomes valid again.
typedef struct tl_channel {
    uint64_t world; ///< the world's number, which no other world of the process ever has
    uint32_t index1, generation;
} tl_channel;

/// The type of channels whose items are `item_type`s, for a typedef. Items are copied as bytes: in C++ a type that is
/// not trivially copyable does not compile.
#define TL_CHANNEL(item_type)                                                                                          \
    union {                                                                                                            \
        tl_channel channel;                                                                                            \
        item_type *item_type_only; /* for the compiler to compare with: never a pointer to anything */                 \
        TL__COPIED(item_type)                                                                                          \
    }

/// tl_channel_create(world, owner, name, capacity, &channel): makes a channel that holds up to `capacity` items, at
/// least 1. It is destroyed with its owner, an entity; if the owner is TL_NO_ENTITY, with the world. The name is not
/// copied, so keep it alive; a null name stands for "channel".
/// @return
///   - TL_OK
///   - TL_ERROR_NULL
///   - TL_ERROR_ARGUMENT
///   - TL_ERROR_STALE: the owner
///   - TL_ERROR_OUT_OF_MEMORY
///   - TL_ERROR_POOL_CLOSING: the world is being destroyed
///
/// On any error the id is zero.
/// @thread one at a time; @suspends never
#define tl_channel_create(world, owner, name, capacity, made)                                                          \
    tl__channel_create((world), (owner), (name), (capacity), sizeof(*(made)->item_type_only), &(made)->channel)

/// Destroys a channel and the items in it. Scripts that wait for it become ready, and their waits return TL_CANCELLED.
/// @return TL_OK; TL_ERROR_STALE
/// @thread one at a time; @suspends never
#define tl_channel_destroy(destroyed) tl__channel_destroy((destroyed).channel)

/// Closes a channel: it takes no more items. Scripts that wait for it become ready, and their waits return TL_CLOSED.
/// Items in it can still be received. Closing a channel again changes nothing.
/// @return TL_OK; TL_ERROR_STALE
/// @thread one at a time; @suspends never
#define tl_channel_close(closed) tl__channel_close((closed).channel)

/// Returns how many items a channel holds, how many it can hold, and whether it is closed; 0 and true for a channel
/// that is gone.
/// @thread one at a time; @suspends never
#define tl_channel_count(asked) tl__channel_count((asked).channel)
#define tl_channel_capacity(asked) tl__channel_capacity((asked).channel)
#define tl_channel_is_closed(asked) tl__channel_is_closed((asked).channel)

/// tl_channel_peek(channel, offset, &item): copies the item that will be received after `offset` others; 0 is the next
/// one. The channel keeps it.
/// @return TL_OK; TL_WOULD_WAIT (the channel does not hold that many); TL_ERROR_NULL; TL_ERROR_STALE
/// @thread one at a time; @suspends never
#define tl_channel_peek(asked, offset, item) tl__channel_peek((asked).channel, (offset), TL__ITEM_POINTER(asked, item))

/// tl_try_send(channel, &item), tl_try_receive(channel, &item): send or receive an item without waiting, also outside
/// scripts.
/// @return TL_OK; TL_WOULD_WAIT; TL_CLOSED; TL_ERROR_NULL; TL_ERROR_STALE
/// @thread one at a time; @suspends never
#define tl_try_send(to, item) tl__try_send((to).channel, TL__CONST_ITEM_POINTER(to, item))
#define tl_try_receive(from, item) tl__try_receive((from).channel, TL__ITEM_POINTER(from, item))

/// tl_post(channel, &item): hands a copy of the item over to a channel from any thread, even from one that does not
/// step the world, and even while another thread destroys the world. The next step begins by moving posted items into
/// the channel, in the order in which they were posted. Items for which the channel has no room wait, in memory without
/// a limit, for later steps; so a step brings no more items than the channel has room and waiting receivers for. Posted
/// items are dropped if, before that, their channel is closed or destroyed or their world is destroyed.
///
///     tl_post(packets, &packet);                                      // in the thread that reads the network
///     while (tl_receive(packets, &packet) == TL_OK) ...               // in a script
///
/// @return TL_OK; TL_ERROR_NULL; TL_ERROR_STALE (the world is gone); TL_ERROR_OUT_OF_MEMORY
/// @thread any; @suspends never
#define tl_post(to, item) tl__post((to).channel, TL__CONST_ITEM_POINTER(to, item), sizeof(*(to).item_type_only))

/// tl_send(channel, &item[, limit]), tl_receive(channel, &item[, limit]): send or receive an item, and wait while the
/// channel is full or empty. If the call does not return TL_OK, nothing was sent, and nothing was written to the item.
/// @return
///   - TL_OK
///   - TL_CLOSED
///   - TL_CANCELLED: the channel was destroyed meanwhile
///   - TL_ERROR_STALE: the channel was destroyed before
///   - TL_ERROR_NULL
///   - TL_ERROR_OTHER_WORLD
///   - the results that all waits have (telar/wait.h)
#define tl_send(to, ...) TL__SEND(to, __VA_ARGS__, TL_FOREVER, TL__NO_MORE, TL__NO_MORE, TL__NO_MORE)
#define tl_receive(from, ...) TL__RECEIVE(from, __VA_ARGS__, TL_FOREVER, TL__NO_MORE, TL__NO_MORE, TL__NO_MORE)

// Behind the macros.
#define TL__ITEM_POINTER(of, item) TL__POINTER(TL__TARGET((of).item_type_only), item)
#define TL__CONST_ITEM_POINTER(of, item) TL__POINTER(const TL__TARGET((of).item_type_only), item)
#define TL__SEND(to, item, limit, next, end, ...)                                                                      \
    TL__LIMITED(end, tl__send((to).channel, TL__CONST_ITEM_POINTER(to, item), (limit)))
#define TL__RECEIVE(from, item, limit, next, end, ...)                                                                 \
    TL__LIMITED(end, tl__receive((from).channel, TL__ITEM_POINTER(from, item), (limit)))
TL_API tl_result tl__channel_create(tl_world *world, tl_entity owner, const char *name, uint32_t capacity,
                                    size_t item_size, tl_channel *channel);
TL_API tl_result tl__channel_destroy(tl_channel channel);
TL_API tl_result tl__channel_close(tl_channel channel);
TL_API uint32_t tl__channel_count(tl_channel channel);
TL_API uint32_t tl__channel_capacity(tl_channel channel);
TL_API bool tl__channel_is_closed(tl_channel channel);
TL_API tl_result tl__channel_peek(tl_channel channel, uint32_t offset, void *item);
TL_API tl_result tl__post(tl_channel channel, const void *item, size_t size);
TL_API tl_result tl__try_send(tl_channel channel, const void *item);
TL_API tl_result tl__try_receive(tl_channel channel, void *item);
TL_API tl_result tl__send(tl_channel channel, const void *item, tl_limit limit);
TL_API tl_result tl__receive(tl_channel channel, void *item, tl_limit limit);

#ifdef __cplusplus
}
#endif

#endif
