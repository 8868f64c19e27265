// SPDX-License-Identifier: MIT
/// What a waiting script is in, and how it is taken out of all of that: by whatever wakes it, which is one thing only.
#ifndef TELAR_ENGINE_WORLD_WAIT_H
#define TELAR_ENGINE_WORLD_WAIT_H

#include <assert.h>

#include "world/ready.h"
#include "world/timer.h"

/// Takes the script out of all that it waits for.
void tl__wait_leave(tl__script_record *script);
/// The same, and lets it go on with an answer.
void tl__wake(tl__script_record *script, tl_result answer);
/// The wait is over, and the script is ready already: it continues with an answer.
void tl__wait_answer(tl__script_record *script, tl_result how);
/// Puts a listener into the list of those who wait for a thing of that name.
static inline void tl__listener_join(tl__listener *listener, tl__link *listeners, const char *name)
{
    listener->name = name;
    tl__list_append(listeners, &listener->link);
}

/// Asks for the script of a listener some places on. Which that is, only the listeners before it say; but those who
/// wait for one thing often began to in the order in which they were made, and then lie one after another.
static inline __attribute__((always_inline)) void tl__listener_fetch_ahead(const tl__listener *listener)
{
    enum { AHEAD = 8 };
    uintptr_t script = (uintptr_t)listener->script, apart = (uintptr_t)listener->link.next - (uintptr_t)&listener->link;
    const tl__script_record *ahead = (const tl__script_record *)(script + AHEAD * apart);
    __builtin_prefetch(ahead, 1);
    __builtin_prefetch(&ahead->local, 1);
    __builtin_prefetch(&ahead->listener, 1);
}

/// Ends the lone wait of a script that is in no list and no wheel any more. The caller makes it ready.
/// @param is_fresh  its own time begins when it next runs, not now
static inline void tl__wait_end_lone(tl__script_record *script, tl_result how, bool is_fresh)
{
    assert(script->frame == NULL);
    script->audience1 = 0;
    script->wait = TL_WAIT_NOTHING;
    script->answer = how;
    script->fresh = is_fresh;
    if (!is_fresh)
        tl__local_now(script->local, script->group);
}

/// The same, and makes it ready.
static inline void tl__wake_lone(tl__script_record *script, tl_result how, bool is_fresh)
{
    tl__wait_end_lone(script, how, is_fresh);
    tl__ready_put(script);
}

/// What a listener waits for has come (TL_OK), or never will. `ended` is the script whose end that is, or null.
void tl__listener_tell(tl__listener *listener, tl_result how, const tl__script_record *ended);
/// Tells all in a list, which is empty then.
void tl__listeners_tell(tl__link *listeners, tl_result how);
/// Makes due timers' scripts ready.
void tl__timers_fire(tl_world *world);

#endif
