// SPDX-License-Identifier: MIT
#include "telar/channel.h"
#include "os/allocator.h"

#include <string.h>

#include "base/compiler.h"
#include "base/misuse.h"
#include "script/arm_kind.h"
#include "script/channel.h"
#include "script/waits.h"
#include "world/exclusive.h"
#include "world/owned.h"
#include "world/wait.h"
#include "world/world_ids.h"

struct tl__channel_record {
    tl__owned owned;
    tl__link senders;   ///< listeners that wait for room; none unless the channel is full
    tl__link receivers; ///< listeners that wait for an item; none unless it is empty
    size_t item_size;
    uint32_t capacity, count, first;
    bool closed;
    char items[]; ///< ring buffer
};

static void tell_everybody(tl__channel_record *channel, tl_result how)
{
    tl__listeners_tell(&channel->senders, how);
    tl__listeners_tell(&channel->receivers, how);
}

static void destroy_channel(tl__owned *owned)
{
    tl__channel_record *channel = (tl__channel_record *)owned;
    tl__owned_forget(owned, &owned->world->channels);
    tell_everybody(channel, TL_CANCELLED);
    tl__free(channel, sizeof *channel + channel->item_size * channel->capacity);
}

tl_result tl__channel_create(tl_world *world, tl_entity owner, const char *name, uint32_t capacity, size_t item_size,
                             tl_channel *channel)
{
    if (channel != NULL)
        *channel = (tl_channel){0};
    if (world == NULL || channel == NULL)
        return tl__misuse(TL_ERROR_NULL, "tl_channel_create");
    if (item_size == 0 || capacity == 0)
        return tl__misuse(TL_ERROR_ARGUMENT, "tl_channel_create");
    if (item_size > (SIZE_MAX / 2 - sizeof(tl__channel_record)) / capacity)
        return TL_ERROR_OUT_OF_MEMORY;
    tl_result result = tl__change_begin(world, "tl_channel_create");
    if (result != TL_OK)
        return result;
    tl__channel_record *made = tl__allocate_zeros(sizeof *made + item_size * capacity);
    if (made == NULL)
        return TL_ERROR_OUT_OF_MEMORY;
    made->owned = (tl__owned){.destroy = destroy_channel, .world = world, .name = name != NULL ? name : "channel"};
    made->item_size = item_size;
    made->capacity = capacity;
    tl__list_init(&made->senders);
    tl__list_init(&made->receivers);
    result = tl__owned_add(&made->owned, owner, &world->channels);
    if (result != TL_OK) {
        tl__free(made, sizeof *made + item_size * capacity);
        return result;
    }
    *channel = (tl_channel){world->id, made->owned.index1, tl__slots_generation(&world->channels, made->owned.index1)};
    return TL_OK;
}

tl__channel_record *tl__channel_find(const tl_world *world, tl_channel channel)
{
    return world->id == channel.world ? tl__slots_get(&world->channels, channel.index1, channel.generation) : NULL;
}

/// Finds a channel in the world that its id belongs to.
static tl__channel_record *find_channel(tl_channel channel)
{
    const tl_world *world = tl__world_of(channel.world);
    return world != NULL ? tl__slots_get(&world->channels, channel.index1, channel.generation) : NULL;
}

/// Begins a change of a channel: calls tl__change_begin and finds the channel. Returns TL_ERROR_STALE if it is gone.
static tl_result begin_channel_change(const char *call, tl_channel channel, tl__channel_record **found)
{
    tl_result result = tl__change_begin(tl__world_of(channel.world), call);
    if (result != TL_OK)
        return result;
    *found = find_channel(channel);
    return *found != NULL ? TL_OK : TL_ERROR_STALE;
}

tl_result tl__channel_destroy(tl_channel channel)
{
    tl__channel_record *found;
    tl_result result = begin_channel_change("tl_channel_destroy", channel, &found);
    if (result != TL_OK)
        return result;
    destroy_channel(&found->owned);
    return TL_OK;
}

tl_result tl__channel_close(tl_channel channel)
{
    tl__channel_record *found;
    tl_result result = begin_channel_change("tl_channel_close", channel, &found);
    if (result != TL_OK)
        return result;
    found->closed = true;
    tell_everybody(found, TL_CLOSED);
    return TL_OK;
}

uint32_t tl__channel_count(tl_channel channel)
{
    const tl__channel_record *found = find_channel(channel);
    return found != NULL ? found->count : 0;
}

uint32_t tl__channel_capacity(tl_channel channel)
{
    const tl__channel_record *found = find_channel(channel);
    return found != NULL ? found->capacity : 0;
}

bool tl__channel_is_closed(tl_channel channel)
{
    const tl__channel_record *found = find_channel(channel);
    return found == NULL || found->closed;
}

bool tl__channel_look_at(const tl_world *world, uint32_t index1, tl__channel_look *look)
{
    const tl__channel_record *channel = world->channels.slots[index1 - 1].object;
    if (channel == NULL)
        return false;
    *look = (tl__channel_look){channel->owned.name, channel->count, channel->capacity, channel->closed, {0}, {0}};
    tl__waiters_add_all(&look->senders, &channel->senders);
    tl__waiters_add_all(&look->receivers, &channel->receivers);
    return true;
}

static size_t offset_of(const tl__channel_record *channel, uint32_t offset)
{
    return ((size_t)channel->first + offset) % channel->capacity * channel->item_size;
}

static char *item_at(tl__channel_record *channel, uint32_t offset)
{
    return channel->items + offset_of(channel, offset);
}

static void push_item(tl__channel_record *channel, const void *item)
{
    memcpy(item_at(channel, channel->count++), item, channel->item_size);
}

tl_result tl__channel_peek(tl_channel channel, uint32_t offset, void *item)
{
    const tl__channel_record *found = find_channel(channel);
    if (item == NULL)
        return tl__misuse(TL_ERROR_NULL, "tl_channel_peek");
    if (found == NULL)
        return TL_ERROR_STALE;
    if (offset >= found->count)
        return TL_WOULD_WAIT;
    memcpy(item, found->items + offset_of(found, offset), found->item_size);
    return TL_OK;
}

/// Returns the first of a channel's senders or receivers that is not of the script `except`; null if there is none. So
/// a script that waits at both ends does not serve itself.
static tl__listener *first_of(const tl__link *listeners, const tl__script_record *except)
{
    for (tl__link *link = listeners->next; link != listeners; link = link->next)
        if (TL__ITEM(link, tl__listener, link)->script != except)
            return TL__ITEM(link, tl__listener, link);
    return NULL;
}

static tl_result try_send(tl__channel_record *channel, const void *item, const tl__script_record *except)
{
    if (channel->closed)
        return TL_CLOSED;
    tl__listener *receiver = first_of(&channel->receivers, except);
    if (receiver != NULL) {
        memcpy(receiver->buffer, item, channel->item_size);
        tl__listener_tell(receiver, TL_OK, NULL);
        return TL_OK;
    }
    if (channel->count == channel->capacity)
        return TL_WOULD_WAIT;
    push_item(channel, item);
    return TL_OK;
}

static tl_result try_receive(tl__channel_record *channel, void *item, const tl__script_record *except)
{
    if (channel->count == 0)
        return channel->closed ? TL_CLOSED : TL_WOULD_WAIT;
    memcpy(item, item_at(channel, 0), channel->item_size);
    channel->first = (channel->first + 1) % channel->capacity;
    --channel->count;
    tl__listener *sender = first_of(&channel->senders, except);
    if (sender != NULL) { // its item fills the room that has become free
        push_item(channel, sender->buffer);
        tl__listener_tell(sender, TL_OK, NULL);
    }
    return TL_OK;
}

tl_result tl__channel_try(tl__channel_record *channel, bool send, void *item, const tl__script_record *except)
{
    return send ? try_send(channel, item, except) : try_receive(channel, item, except);
}

static tl_result try_from_anywhere(const char *call, tl_channel channel, bool send, void *item)
{
    tl_result result = tl__change_begin(tl__world_of(channel.world), call);
    if (result != TL_OK)
        return result;
    tl__channel_record *found = find_channel(channel);
    if (item == NULL)
        return tl__misuse(TL_ERROR_NULL, call);
    return found != NULL ? tl__channel_try(found, send, item, NULL) : TL_ERROR_STALE;
}

tl_result tl__try_send(tl_channel channel, const void *item)
{
    return try_from_anywhere("tl_try_send", channel, true, (void *)(uintptr_t)item); // only read
}

tl_result tl__try_receive(tl_channel channel, void *item)
{
    return try_from_anywhere("tl_try_receive", channel, false, item);
}

static NEVER_INLINE tl_result transfer_aside(const char *call, tl_channel channel, bool send, void *item,
                                             tl_limit limit)
{
    tl__script_record *self;
    tl_result result = tl__wait_enter(call, limit, &self);
    if (result != TL_OK)
        return result;
    if (item == NULL)
        return tl__misuse(TL_ERROR_NULL, call);
    tl__channel_record *found = tl__channel_find(self->world, channel);
    result = tl__check_source(self, channel.world, found);
    if (result != TL_OK)
        return result == TL_ERROR_OTHER_WORLD ? tl__misuse(result, call) : result;
    result = tl__channel_try(found, send, item, NULL);
    if (result != TL_WOULD_WAIT)
        return result;
    return tl__wait_in(self, send ? TL_WAIT_SEND : TL_WAIT_RECEIVE, send ? &found->senders : &found->receivers,
                       found->owned.name, item, limit);
}

static inline tl_result transfer(const char *call, tl_channel channel, bool send, void *item, tl_limit limit)
{
    tl__script_record *self = item != NULL ? tl__wait_enter_plainly(limit) : NULL;
    tl__channel_record *found = self != NULL ? tl__channel_find(self->world, channel) : NULL;
    if (UNLIKELY(found == NULL))
        return transfer_aside(call, channel, send, item, limit);
    tl_result tried = tl__channel_try(found, send, item, NULL);
    if (tried != TL_WOULD_WAIT)
        return tried;
    return tl__wait_in(self, send ? TL_WAIT_SEND : TL_WAIT_RECEIVE, send ? &found->senders : &found->receivers,
                       found->owned.name, item, limit);
}

tl_result tl__send(tl_channel channel, const void *item, tl_limit limit)
{
    return transfer("tl_send", channel, true, (void *)(uintptr_t)item, limit);
}

tl_result tl__receive(tl_channel channel, void *item, tl_limit limit)
{
    return transfer("tl_receive", channel, false, item, limit);
}

static tl_result check_channel_arm(const tl__script_record *script, const tl_arm *arm)
{
    if (arm->to == NULL)
        return TL_ERROR_NULL;
    return tl__check_source(script, arm->channel.world, tl__channel_find(script->world, arm->channel));
}

static tl_result begin_channel_arm(const tl__script_record *script, const tl_arm *arm, bool send,
                                   tl__listener *listener)
{
    tl__channel_record *found = tl__channel_find(script->world, arm->channel);
    if (found == NULL)
        return TL_CANCELLED;
    tl_result tried = tl__channel_try(found, send, listener->buffer, script);
    if (tried == TL_WOULD_WAIT)
        tl__listener_join(listener, send ? &found->senders : &found->receivers, found->owned.name);
    return tried;
}

static tl_result begin_send(const tl__script_record *script, const tl_arm *arm, tl__listener *listener)
{
    return begin_channel_arm(script, arm, true, listener);
}

static tl_result begin_receive(const tl__script_record *script, const tl_arm *arm, tl__listener *listener)
{
    return begin_channel_arm(script, arm, false, listener);
}

const tl__arm_kind tl__send_arm = {check_channel_arm, begin_send}, tl__receive_arm = {check_channel_arm, begin_receive};
