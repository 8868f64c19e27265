// SPDX-License-Identifier: MIT
/// The scripts that wait for an event, in the order in which they began to wait.
///
/// A script that waits for nothing but the event has an entry in an array, and its record holds the index of that
/// entry, in a cache line that is touched anyway. So an emit to 100,000 scripts reads an array and writes one cache
/// line of each record, and a wait writes no more than that. A script that waits with a limit, or races, is in a list
/// of listeners instead, as in other waits.
#ifndef TELAR_ENGINE_WORLD_AUDIENCE_H
#define TELAR_ENGINE_WORLD_AUDIENCE_H

#include <string.h>

#include "world/world_state.h"

/// The entry of a script that waits for nothing but the event. If something else ends that wait, the entry stays in the
/// array, but the script's record no longer refers to it.
typedef struct tl__attendance {
    tl__script_record *script;
    void *buffer; ///< receives the payload; may be null
} tl__attendance;

typedef struct tl__audience {
    tl_world *world;
    tl__attendance *entries;
    uint32_t count, capacity;
    uint32_t number1;   ///< slot number of the event in tl_world.events
    tl__link listeners; ///< the other scripts that wait; `entries_before` orders each one among the entries
} tl__audience;

void tl__audience_init(tl__audience *audience, tl_world *world);
void tl__audience_free(tl__audience *audience);

/// Makes room for one more entry. Returns false when there is no memory for it.
bool tl__audience_reserve(tl__audience *audience);
static inline bool tl__audience_has_room(const tl__audience *audience)
{
    return audience->count < audience->capacity;
}

/// Adds an entry for a script that is about to wait. The audience must have room for it.
static inline void tl__audience_enter(tl__audience *audience, tl__script_record *script, void *buffer)
{
    script->audience1 = audience->number1;
    script->audience_at = audience->count;
    audience->entries[audience->count++] = (tl__attendance){script, buffer};
}

/// Whether the script of entry `at` still waits. If so, its record refers to that entry.
static inline bool tl__audience_waits(const tl__audience *audience, uint32_t at)
{
    const tl__script_record *script = audience->entries[at].script;
    return script->audience1 == audience->number1 && script->audience_at == at;
}

/// Copies a payload to `to`, unless that is null.
static inline void tl__payload_copy(void *to, const void *payload, size_t size)
{
    if (to == NULL)
        return;
    // Hides from the compiler what `to` points to. Inlined at link time into a caller whose event has 4-byte payloads,
    // it would warn of the copy of 8 bytes, which `size` rules out.
    __asm__("" : "+r"(to));
    if (size == 4) // the usual sizes, without a call of memcpy
        memcpy(to, payload, 4);
    else if (size == 8)
        memcpy(to, payload, 8);
    else
        memcpy(to, payload, size);
}

/// Ends the waits of all scripts with the result `how`; if that is TL_OK, copies the payload to each. Leaves the
/// audience empty.
void tl__audience_tell(tl__audience *audience, tl_result how, const void *payload, size_t size);

#endif
