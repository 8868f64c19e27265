#include "telar/event.h"

#include <stdlib.h>
#include <string.h>

#include "world_internal.h"

struct tl_event {
    tl_world *world;
    tl__link of_world;
    tl__link waiters;
    const char *name;
    size_t payload_size;
};

tl_result tl_event_create(tl_world *world, const char *name, size_t payload_size, tl_event **event)
{
    if (event != NULL)
        *event = NULL;
    if (world == NULL || event == NULL)
        return tl__misuse(TL_ERROR_NULL, __func__);
    tl_event *made = calloc(1, sizeof *made);
    if (made == NULL)
        return TL_ERROR_OUT_OF_MEMORY;
    made->world = world;
    made->name = name != NULL ? name : "event";
    made->payload_size = payload_size;
    tl__list_init(&made->waiters);
    tl__list_append(&world->events, &made->of_world);
    *event = made;
    return TL_OK;
}

tl_result tl_event_destroy(tl_event *event)
{
    if (event == NULL)
        return tl__misuse(TL_ERROR_NULL, __func__);
    tl__wait_wake_all(&event->waiters, TL_CANCELLED);
    tl__list_remove(&event->of_world);
    free(event);
    return TL_OK;
}

void tl__events_destroy(tl_world *world)
{
    while (!tl__list_is_empty(&world->events))
        tl_event_destroy(TL__ITEM(world->events.next, tl_event, of_world));
}

const char *tl__event_name(const void *event)
{
    return ((const tl_event *)event)->name;
}

tl_result tl_event_emit(tl_event *event, const void *payload)
{
    if (event == NULL || (payload == NULL && event->payload_size > 0))
        return tl__misuse(TL_ERROR_NULL, __func__);
    while (!tl__list_is_empty(&event->waiters)) {
        tl__script *waiter = TL__ITEM(event->waiters.next, tl__script, of_wait);
        if (waiter->buffer != NULL && event->payload_size > 0)
            memcpy(waiter->buffer, payload, event->payload_size);
        tl__wait_wake(waiter, TL_OK);
    }
    return TL_OK;
}

tl_result tl__wait_event(tl_event *event, void *payload, tl_limit limit)
{
    tl__script *self;
    tl_result possible = tl__wait_enter("tl_wait_event", limit, &self);
    if (possible != TL_OK)
        return possible;
    if (event == NULL)
        return tl__misuse(TL_ERROR_NULL, "tl_wait_event");
    if (event->world != self->world)
        return tl__misuse(TL_ERROR_OTHER_WORLD, "tl_wait_event");
    self->buffer = payload;
    return tl__wait_for(self, TL_WAIT_EVENT, event, &event->waiters, limit);
}
