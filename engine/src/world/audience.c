// SPDX-License-Identifier: MIT
#include "world/audience.h"

#include "base/compiler.h"
#include "fiber/trace.h"
#include "os/allocator.h"
#include "world/wait.h"

enum { LEAST_ENTRIES = 4 };

void tl__audience_init(tl__audience *audience, tl_world *world)
{
    *audience = (tl__audience){.world = world};
    tl__list_init(&audience->listeners);
}

void tl__audience_free(tl__audience *audience)
{
    tl__free(audience->entries, audience->capacity * sizeof *audience->entries);
}

/// Returns the listener of `link` if it began to wait before entry `at`; null if not, or at the end of the list.
static inline tl__listener *listener_before(const tl__audience *audience, const tl__link *link, uint32_t at)
{
    tl__listener *listener = TL__ITEM(link, tl__listener, link);
    return link != &audience->listeners && listener->entries_before <= at ? listener : NULL;
}

/// Drops the entries whose scripts no longer wait, and closes the gaps.
static void compact(tl__audience *audience)
{
    uint32_t kept = 0;
    const tl__link *link = audience->listeners.next;
    for (uint32_t at = 0; at <= audience->count; ++at) {
        for (tl__listener *before; (before = listener_before(audience, link, at)) != NULL; link = link->next)
            before->entries_before = kept;
        if (at == audience->count || !tl__audience_waits(audience, at))
            continue;
        audience->entries[kept] = audience->entries[at];
        audience->entries[kept].script->audience_at = kept;
        ++kept;
    }
    audience->count = kept;
}

bool tl__audience_reserve(tl__audience *audience)
{
    if (tl__audience_has_room(audience))
        return true;
    compact(audience);
    if (audience->count < audience->capacity / 2) // else it would soon be full again
        return true;
    uint32_t capacity = audience->capacity == 0 ? LEAST_ENTRIES : 2 * audience->capacity;
    if (TL__GROW(audience->entries, audience->capacity, capacity))
        audience->capacity = capacity;
    return tl__audience_has_room(audience);
}

static void tell_listeners_before(tl__audience *audience, uint32_t at, tl_result how, const void *payload, size_t size)
{
    for (tl__listener *first; (first = listener_before(audience, audience->listeners.next, at)) != NULL;) {
        tl__listener_fetch_ahead(first);
        if (how == TL_OK)
            tl__payload_copy(first->buffer, payload, size);
        tl__listener_tell(first, how, NULL);
    }
}

static inline void fetch_ahead(const tl__attendance *entry)
{
    __builtin_prefetch(entry->script, 1);
    __builtin_prefetch(entry->buffer, 1);
}

void tl__audience_tell(tl__audience *audience, tl_result how, const void *payload, size_t size)
{
    enum { AHEAD = 8 };
    const tl__attendance *entries = audience->entries;
    uint32_t count = audience->count;
    bool is_fresh = !tl__is_stepping(audience->world), has_listeners = !tl__list_is_empty(&audience->listeners);
    bool traced = tl__is_traced(TL_TRACE_WAKES);
    tl__ready_run run = {0};
    for (uint32_t at = 0; at < count; ++at) {
        if (at + AHEAD < count)
            fetch_ahead(&entries[at + AHEAD]);
        if (UNLIKELY(has_listeners))
            tell_listeners_before(audience, at, how, payload, size);
        if (!tl__audience_waits(audience, at))
            continue;
        tl__script_record *script = entries[at].script;
        if (how == TL_OK)
            tl__payload_copy(entries[at].buffer, payload, size);
        tl__wait_end_lone(script, how, is_fresh);
        if (UNLIKELY(traced))
            tl__trace_wake(script->fiber);
        tl__ready_run_put(&run, script);
    }
    tl__ready_run_end(&run);
    audience->count = 0;
    tell_listeners_before(audience, UINT32_MAX, how, payload, size);
}
