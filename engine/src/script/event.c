#include "telar/event.h"

#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/misuse.h"
#include "script/arm_kind.h"
#include "script/waits.h"
#include "world/exclusive.h"
#include "world/owned.h"
#include "world/wait.h"
#include "world/world_ids.h"

typedef struct tl__event {
    tl__owned owned;
    tl__link listeners;
    uint64_t count; ///< how often it was emitted
    size_t payload_size;
    char payload[]; ///< the latest
} tl__event;

static void destroy(tl__owned *owned)
{
    tl__event *event = (tl__event *)owned;
    tl__owned_forget(owned, &owned->world->events);
    tl__listeners_tell(&event->listeners, TL_CANCELLED);
    free(event);
}

tl_result tl__event_create(tl_world *world, tl_entity owner, const char *name, size_t payload_size, tl_event *event)
{
    if (event != NULL)
        *event = (tl_event){0};
    if (world == NULL || event == NULL)
        return tl__misuse(TL_ERROR_NULL, "tl_event_create");
    tl_result result = tl__change_begin(world, "tl_event_create");
    if (result != TL_OK)
        return result;
    tl__event *made = calloc(1, sizeof *made + payload_size);
    if (made == NULL)
        return TL_ERROR_OUT_OF_MEMORY;
    made->owned = (tl__owned){.destroy = destroy, .world = world, .name = name != NULL ? name : "event"};
    made->payload_size = payload_size;
    tl__list_init(&made->listeners);
    result = tl__owned_add(&made->owned, owner, &world->events);
    if (result != TL_OK) {
        free(made);
        return result;
    }
    *event = (tl_event){world->id, made->owned.index1, tl__slots_generation(&world->events, made->owned.index1)};
    return TL_OK;
}

static tl__event *find_in(const tl_world *world, tl_event event)
{
    return world->id == event.world ? tl__slots_get(&world->events, event.index1, event.generation) : NULL;
}

/// The same in whichever world it is.
static tl__event *find(tl_event event)
{
    const tl_world *world = tl__world_of(event.world);
    return world != NULL ? tl__slots_get(&world->events, event.index1, event.generation) : NULL;
}

tl_result tl__event_destroy(tl_event event)
{
    tl_result possible = tl__change_begin(tl__world_of(event.world), "tl_event_destroy");
    if (possible != TL_OK)
        return possible;
    tl__event *found = find(event);
    if (found == NULL)
        return TL_ERROR_STALE;
    destroy(&found->owned);
    return TL_OK;
}

/// Hands the payload over, where it is wanted.
static void give(const tl__event *event, void *buffer)
{
    if (buffer == NULL)
        return;
    if (event->payload_size == 4) // the usual sizes without a call
        memcpy(buffer, event->payload, 4);
    else if (event->payload_size == 8)
        memcpy(buffer, event->payload, 8);
    else
        memcpy(buffer, event->payload, event->payload_size);
}

tl_result tl__emit(tl_event event, const void *payload)
{
    tl_result possible = tl__change_begin(tl__world_of(event.world), "tl_emit");
    if (possible != TL_OK)
        return possible;
    tl__event *found = find(event);
    if (found == NULL)
        return TL_ERROR_STALE;
    ++found->count;
    memcpy(found->payload, payload, found->payload_size);
    while (!tl__list_is_empty(&found->listeners)) {
        tl__listener *listener = TL__ITEM(found->listeners.next, tl__listener, link);
        tl__listener_fetch_ahead(listener);
        give(found, listener->buffer);
        tl__listener_tell(listener, TL_OK, NULL);
    }
    return TL_OK;
}

uint64_t tl__event_count(tl_event event)
{
    const tl__event *found = find(event);
    return found != NULL ? found->count : 0;
}

/// The first thing of both waits.
static tl_result enter(const char *call, tl_event event, tl_limit limit, tl__script **self, tl__event **found)
{
    tl_result possible = tl__wait_enter(call, limit, self);
    if (possible != TL_OK)
        return possible;
    *found = find_in((*self)->world, event);
    possible = tl__check_source(*self, event.world, *found);
    return possible == TL_ERROR_OTHER_WORLD ? tl__misuse(possible, call) : possible;
}

static NEVER_INLINE tl_result wait_event_aside(tl_event event, void *payload, tl_limit limit)
{
    tl__script *self;
    tl__event *found;
    tl_result possible = enter("tl_wait_event", event, limit, &self, &found);
    if (possible != TL_OK)
        return possible;
    return tl__wait_in(self, TL_WAIT_EVENT, &found->listeners, found->owned.name, payload, limit);
}

tl_result tl__wait_event(tl_event event, void *payload, tl_limit limit)
{
    tl__script *self = tl__wait_enter_plainly(limit);
    tl__event *found = self != NULL ? find_in(self->world, event) : NULL;
    if (UNLIKELY(found == NULL))
        return wait_event_aside(event, payload, limit);
    return tl__wait_in(self, TL_WAIT_EVENT, &found->listeners, found->owned.name, payload, limit);
}

tl_result tl__wait_event_after(tl_event event, uint64_t *seen, void *payload, tl_limit limit)
{
    tl__script *self;
    tl__event *found;
    tl_result result = enter("tl_wait_event_after", event, limit, &self, &found);
    if (result != TL_OK)
        return result;
    if (seen == NULL)
        return tl__misuse(TL_ERROR_NULL, "tl_wait_event_after");
    if (found->count > *seen) {
        *seen = found->count;
        give(found, payload);
        return TL_OK;
    }
    // The next one has that number; when this goes on, later ones may have come already, and are for the next call.
    uint64_t next = found->count + 1;
    result = tl__wait_in(self, TL_WAIT_EVENT, &found->listeners, found->owned.name, payload, limit);
    if (result == TL_OK)
        *seen = next;
    return result;
}

static tl_result check_arm(const tl__script *script, const tl_arm *arm)
{
    return tl__check_source(script, arm->event.world, find_in(script->world, arm->event));
}

static tl_result begin_arm(const tl__script *script, const tl_arm *arm, tl__listener *listener)
{
    tl__event *found = find_in(script->world, arm->event);
    if (found == NULL)
        return TL_CANCELLED;
    tl__listener_join(listener, &found->listeners, found->owned.name);
    return TL_WOULD_WAIT;
}

const tl__arm_kind tl__event_arm = {check_arm, begin_arm};
