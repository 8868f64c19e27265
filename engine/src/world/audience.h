// SPDX-License-Identifier: MIT
/// Those who wait for an event, in the order in which they began to.
///
/// A script that waits for the event and nothing else has an entry in an array, and in its record the number of that
/// entry, both in memory that is touched anyway. So telling 100,000 scripts of an event reads an array and writes a
/// line of each record, and a wait writes no more than that. One that has a limit, or races, is in a list, as in any
/// other wait.
#ifndef TELAR_ENGINE_WORLD_AUDIENCE_H
#define TELAR_ENGINE_WORLD_AUDIENCE_H

#include <string.h>

#include "world/world_state.h"

/// A script that waits for the event and nothing else. It leaves the entry behind when something else ends its wait,
/// and no longer says that it is its own.
typedef struct tl__attendance {
    tl__script_record *script;
    void *buffer; ///< for the payload; may be null
} tl__attendance;

typedef struct tl__audience {
    tl_world *world;
    tl__attendance *entries;
    uint32_t count, capacity;
    uint32_t number1;   ///< of the event, among its world's
    tl__link listeners; ///< the others; `place` of each says how many entries were there before it
} tl__audience;

void tl__audience_init(tl__audience *audience, tl_world *world);
void tl__audience_free(tl__audience *audience);

/// Makes room for one more entry. False where there is no memory for it.
bool tl__audience_reserve(tl__audience *audience);
static inline bool tl__audience_has_room(const tl__audience *audience)
{
    return audience->count < audience->capacity;
}

/// Gives a script, which is about to wait, an entry, for which there is room.
static inline void tl__audience_enter(tl__audience *audience, tl__script_record *script, void *buffer)
{
    script->audience1 = audience->number1;
    script->audience_at = audience->count;
    audience->entries[audience->count++] = (tl__attendance){script, buffer};
}

/// Copies a payload to where it is wanted; null where it is not.
static inline void tl__payload_copy(void *to, const void *payload, size_t size)
{
    if (to == NULL)
        return;
    if (size == 4) // the usual sizes without a call
        memcpy(to, payload, 4);
    else if (size == 8)
        memcpy(to, payload, 8);
    else
        memcpy(to, payload, size);
}

/// Lets all go on with an answer and, where that is TL_OK, the payload. The audience is empty then.
void tl__audience_tell(tl__audience *audience, tl_result how, const void *payload, size_t size);

#endif
