// SPDX-License-Identifier: MIT
#include "telar/event.h"
#include "os/allocator.h"

#include <string.h>

#include "base/compiler.h"
#include "base/misuse.h"
#include "fiber/fiber.h"
#include "script/arm_kind.h"
#include "script/event.h"
#include "script/waits.h"
#include "world/audience.h"
#include "world/exclusive.h"
#include "world/owned.h"
#include "world/timer.h"
#include "world/wait.h"
#include "world/world_ids.h"

typedef struct tl__event_record {
    tl__owned owned;
    tl__audience audience;
    uint64_t count; ///< number of emits so far
    size_t payload_size;
    char payload[]; ///< payload of the latest emit
} tl__event_record;

static void destroy_event(tl__owned *owned)
{
    tl__event_record *event = (tl__event_record *)owned;
    tl__owned_forget(owned, &owned->world->events);
    tl__audience_tell(&event->audience, TL_CANCELLED, NULL, 0);
    tl__audience_free(&event->audience);
    tl__free(event, sizeof *event + event->payload_size);
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
    tl__event_record *made = tl__allocate_zeros(sizeof *made + payload_size);
    if (made == NULL)
        return TL_ERROR_OUT_OF_MEMORY;
    made->owned = (tl__owned){.destroy = destroy_event, .world = world, .name = name != NULL ? name : "event"};
    made->payload_size = payload_size;
    tl__audience_init(&made->audience, world);
    result = tl__owned_add(&made->owned, owner, &world->events);
    if (result != TL_OK) {
        tl__free(made, sizeof *made + payload_size);
        return result;
    }
    made->audience.number1 = made->owned.index1;
    *event = (tl_event){world->id, made->owned.index1, tl__slots_generation(&world->events, made->owned.index1)};
    return TL_OK;
}

bool tl__event_look_at(const tl_world *world, uint32_t index1, tl__event_look *look)
{
    const tl__event_record *event = world->events.slots[index1 - 1].object;
    if (event == NULL)
        return false;
    *look = (tl__event_look){.name = event->owned.name, .emits = event->count};
    for (uint32_t at = 0; at < event->audience.count; ++at)
        if (tl__audience_waits(&event->audience, at))
            tl__waiters_add(&look->waiters, event->audience.entries[at].script);
    tl__waiters_add_all(&look->waiters, &event->audience.listeners);
    return true;
}

static tl__event_record *find_event_in(const tl_world *world, tl_event event)
{
    return world->id == event.world ? tl__slots_get(&world->events, event.index1, event.generation) : NULL;
}

/// Finds an event in the world that its id belongs to.
static tl__event_record *find_event(tl_event event)
{
    const tl_world *world = tl__world_of(event.world);
    return world != NULL ? tl__slots_get(&world->events, event.index1, event.generation) : NULL;
}

tl_result tl__event_destroy(tl_event event)
{
    tl_result result = tl__change_begin(tl__world_of(event.world), "tl_event_destroy");
    if (result != TL_OK)
        return result;
    tl__event_record *found = find_event(event);
    if (found == NULL)
        return TL_ERROR_STALE;
    destroy_event(&found->owned);
    return TL_OK;
}

tl_result tl__emit(tl_event event, const void *payload)
{
    tl_result result = tl__change_begin(tl__world_of(event.world), "tl_emit");
    if (result != TL_OK)
        return result;
    tl__event_record *found = find_event(event);
    if (found == NULL)
        return TL_ERROR_STALE;
    ++found->count;
    memcpy(found->payload, payload, found->payload_size);
    tl__audience_tell(&found->audience, TL_OK, found->payload, found->payload_size);
    return TL_OK;
}

uint64_t tl__event_count(tl_event event)
{
    const tl__event_record *found = find_event(event);
    return found != NULL ? found->count : 0;
}

/// Begins a wait for an event: gets the running script and the event.
static tl_result enter_event_wait(const char *call, tl_event event, tl_limit limit, tl__script_record **self,
                                  tl__event_record **found)
{
    tl_result result = tl__wait_enter(call, limit, self);
    if (result != TL_OK)
        return result;
    *found = find_event_in((*self)->world, event);
    result = tl__check_source(*self, event.world, *found);
    return result == TL_ERROR_OTHER_WORLD ? tl__misuse(result, call) : result;
}

/// Waits for the next emit through an entry in the event's audience, which must have room.
static inline tl_result wait_in_audience(tl__script_record *self, tl__event_record *event, void *payload)
{
    tl__audience_enter(&event->audience, self, payload);
    self->wait = TL_WAIT_EVENT;
    return tl_yield(NULL);
}

/// Waits for the next emit: through an entry in the audience or, if there is a limit or no memory for an entry, in the
/// audience's list of listeners.
static tl_result wait_for_emit(tl__script_record *self, tl__event_record *event, void *payload, tl_limit limit)
{
    if (!tl__has_limit(limit) && tl__audience_reserve(&event->audience))
        return wait_in_audience(self, event, payload);
    self->listener.entries_before = event->audience.count;
    return tl__wait_in(self, TL_WAIT_EVENT, &event->audience.listeners, event->owned.name, payload, limit);
}

static NEVER_INLINE tl_result wait_event_aside(tl_event event, void *payload, tl_limit limit)
{
    tl__script_record *self;
    tl__event_record *found;
    tl_result result = enter_event_wait("tl_wait_event", event, limit, &self, &found);
    if (result != TL_OK)
        return result;
    return wait_for_emit(self, found, payload, limit);
}

tl_result tl__wait_event(tl_event event, void *payload, tl_limit limit)
{
    if (UNLIKELY(tl__has_limit(limit) || !tl__is_limit(limit)))
        return wait_event_aside(event, payload, limit);
    tl__script_record *self = tl__wait_enter_begun();
    tl__event_record *found = self != NULL ? find_event_in(self->world, event) : NULL;
    if (UNLIKELY(found == NULL || !tl__audience_has_room(&found->audience)))
        return wait_event_aside(event, payload, TL_FOREVER);
    return wait_in_audience(self, found, payload);
}

tl_result tl__wait_event_after(tl_event event, uint64_t *seen, void *payload, tl_limit limit)
{
    tl__script_record *self;
    tl__event_record *found;
    tl_result result = enter_event_wait("tl_wait_event_after", event, limit, &self, &found);
    if (result != TL_OK)
        return result;
    if (seen == NULL)
        return tl__misuse(TL_ERROR_NULL, "tl_wait_event_after");
    if (found->count > *seen) {
        *seen = found->count;
        tl__payload_copy(payload, found->payload, found->payload_size);
        return TL_OK;
    }
    // The number of the next emit. By the time the wait returns, later emits may have come: the next call returns at
    // once for them.
    uint64_t next = found->count + 1;
    result = wait_for_emit(self, found, payload, limit);
    if (result == TL_OK)
        *seen = next;
    return result;
}

static tl_result check_event_arm(const tl__script_record *script, const tl_arm *arm)
{
    return tl__check_source(script, arm->event.world, find_event_in(script->world, arm->event));
}

static tl_result begin_event_arm(const tl__script_record *script, const tl_arm *arm, tl__listener *listener)
{
    tl__event_record *found = find_event_in(script->world, arm->event);
    if (found == NULL)
        return TL_CANCELLED;
    listener->entries_before = found->audience.count;
    tl__listener_join(listener, &found->audience.listeners, found->owned.name);
    return TL_WOULD_WAIT;
}

const tl__arm_kind tl__event_arm = {check_event_arm, begin_event_arm};
