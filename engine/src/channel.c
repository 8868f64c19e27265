#include "telar/channel.h"

#include <stdlib.h>
#include <string.h>

#include "world_internal.h"

struct tl_channel {
    tl_world *world;
    tl__link of_world;
    tl__link senders;   ///< wait for room, so only while it is full
    tl__link receivers; ///< wait for an item, so only while it is empty
    const char *name;
    size_t item_size;
    uint32_t capacity, count, first;
    bool closed;
    char items[]; ///< a ring
};

tl_result tl_channel_create(tl_world *world, const tl_channel_desc *desc, tl_channel **channel)
{
    if (channel != NULL)
        *channel = NULL;
    if (world == NULL || desc == NULL || channel == NULL)
        return tl__misuse(TL_ERROR_NULL, __func__);
    if (desc->item_size == 0 || desc->capacity == 0)
        return tl__misuse(TL_ERROR_ARGUMENT, __func__);
    if (desc->item_size > (SIZE_MAX / 2 - sizeof(tl_channel)) / desc->capacity)
        return TL_ERROR_OUT_OF_MEMORY;
    tl_channel *made = calloc(1, sizeof *made + desc->item_size * desc->capacity);
    if (made == NULL)
        return TL_ERROR_OUT_OF_MEMORY;
    made->world = world;
    made->name = desc->name != NULL ? desc->name : "channel";
    made->item_size = desc->item_size;
    made->capacity = desc->capacity;
    tl__list_init(&made->senders);
    tl__list_init(&made->receivers);
    tl__list_append(&world->channels, &made->of_world);
    *channel = made;
    return TL_OK;
}

static void wake_everybody(tl_channel *channel, tl_result answer)
{
    tl__wait_wake_all(&channel->senders, answer);
    tl__wait_wake_all(&channel->receivers, answer);
}

tl_result tl_channel_destroy(tl_channel *channel)
{
    if (channel == NULL)
        return tl__misuse(TL_ERROR_NULL, __func__);
    wake_everybody(channel, TL_CANCELLED);
    tl__list_remove(&channel->of_world);
    free(channel);
    return TL_OK;
}

void tl__channels_destroy(tl_world *world)
{
    while (!tl__list_is_empty(&world->channels))
        tl_channel_destroy(TL__ITEM(world->channels.next, tl_channel, of_world));
}

tl_result tl_channel_close(tl_channel *channel)
{
    if (channel == NULL)
        return tl__misuse(TL_ERROR_NULL, __func__);
    channel->closed = true;
    wake_everybody(channel, TL_CLOSED);
    return TL_OK;
}

const char *tl__channel_name(const void *channel)
{
    return ((const tl_channel *)channel)->name;
}

uint32_t tl_channel_count(const tl_channel *channel)
{
    return channel != NULL ? channel->count : 0;
}

uint32_t tl_channel_capacity(const tl_channel *channel)
{
    return channel != NULL ? channel->capacity : 0;
}

bool tl_channel_is_closed(const tl_channel *channel)
{
    return channel == NULL || channel->closed;
}

static size_t offset_of(const tl_channel *channel, uint32_t place)
{
    return ((size_t)channel->first + place) % channel->capacity * channel->item_size;
}

static char *item_at(tl_channel *channel, uint32_t place)
{
    return channel->items + offset_of(channel, place);
}

static void push(tl_channel *channel, const void *item)
{
    memcpy(item_at(channel, channel->count++), item, channel->item_size);
}

tl_result tl_channel_peek(const tl_channel *channel, uint32_t place, void *item)
{
    if (channel == NULL || item == NULL)
        return tl__misuse(TL_ERROR_NULL, __func__);
    if (place >= channel->count)
        return TL_WOULD_WAIT;
    memcpy(item, channel->items + offset_of(channel, place), channel->item_size);
    return TL_OK;
}

static tl__script *first_of(const tl__link *waiters)
{
    return tl__list_is_empty(waiters) ? NULL : TL__ITEM(waiters->next, tl__script, of_wait);
}

tl_result tl_try_send(tl_channel *channel, const void *item)
{
    if (channel == NULL || item == NULL)
        return tl__misuse(TL_ERROR_NULL, __func__);
    if (channel->closed)
        return TL_CLOSED;
    tl__script *receiver = first_of(&channel->receivers);
    if (receiver != NULL) {
        memcpy(receiver->buffer, item, channel->item_size);
        tl__wait_wake(receiver, TL_OK);
        return TL_OK;
    }
    if (channel->count == channel->capacity)
        return TL_WOULD_WAIT;
    push(channel, item);
    return TL_OK;
}

tl_result tl_try_receive(tl_channel *channel, void *item)
{
    if (channel == NULL || item == NULL)
        return tl__misuse(TL_ERROR_NULL, __func__);
    if (channel->count == 0)
        return channel->closed ? TL_CLOSED : TL_WOULD_WAIT;
    memcpy(item, item_at(channel, 0), channel->item_size);
    channel->first = (channel->first + 1) % channel->capacity;
    --channel->count;
    tl__script *sender = first_of(&channel->senders);
    if (sender != NULL) { // into the room that has become free
        push(channel, sender->buffer);
        tl__wait_wake(sender, TL_OK);
    }
    return TL_OK;
}

static tl_result enter(const char *call, const tl_channel *channel, const void *item, tl_limit limit, tl__script **self)
{
    tl_result possible = tl__wait_enter(call, limit, self);
    if (possible != TL_OK)
        return possible;
    if (channel == NULL || item == NULL)
        return tl__misuse(TL_ERROR_NULL, call);
    return channel->world == (*self)->world ? TL_OK : tl__misuse(TL_ERROR_OTHER_WORLD, call);
}

tl_result tl__send(tl_channel *channel, const void *item, tl_limit limit)
{
    tl__script *self;
    tl_result result = enter("tl_send", channel, item, limit, &self);
    if (result == TL_OK)
        result = tl_try_send(channel, item);
    if (result != TL_WOULD_WAIT)
        return result;
    self->buffer = (void *)(uintptr_t)item; // only read
    return tl__wait_for(self, TL_WAIT_SEND, channel, &channel->senders, limit);
}

tl_result tl__receive(tl_channel *channel, void *item, tl_limit limit)
{
    tl__script *self;
    tl_result result = enter("tl_receive", channel, item, limit, &self);
    if (result == TL_OK)
        result = tl_try_receive(channel, item);
    if (result != TL_WOULD_WAIT)
        return result;
    self->buffer = item;
    return tl__wait_for(self, TL_WAIT_RECEIVE, channel, &channel->receivers, limit);
}
