// SPDX-License-Identifier: MIT
/// Ending a script's wait: whatever wakes the script first also removes it from everything else that it waits for.
#ifndef TELAR_ENGINE_WORLD_WAIT_H
#define TELAR_ENGINE_WORLD_WAIT_H

#include <assert.h>

#include "world/ready.h"
#include "world/timer.h"

/// Removes a script from all lists and wheels that its wait put it in.
void tl__wait_leave(tl__script_record *script);
/// Ends a script's wait with the result `answer`, and makes the script ready.
void tl__wake(tl__script_record *script, tl_result answer);
/// Ends a script's wait with the result `how`, without making the script ready: it is already, or the caller does so.
void tl__wait_answer(tl__script_record *script, tl_result how);
/// Appends a listener to the list of listeners of an object, whose name is `name`.
static inline void tl__listener_join(tl__listener *listener, tl__link *listeners, const char *name)
{
    listener->name = name;
    tl__list_append(listeners, &listener->link);
}

/// Prefetches the script of the listener AHEAD entries further down the list. Its address is a guess, since only the
/// links lead to it: scripts often begin to wait for an object in the order of their creation, and then lie at equal
/// distances.
static inline __attribute__((always_inline)) void tl__listener_fetch_ahead(const tl__listener *listener)
{
    enum { AHEAD = 8 };
    uintptr_t script = (uintptr_t)listener->script, apart = (uintptr_t)listener->link.next - (uintptr_t)&listener->link;
    const tl__script_record *ahead = (const tl__script_record *)(script + AHEAD * apart);
    __builtin_prefetch(ahead, 1);
    __builtin_prefetch(&ahead->local, 1);
    __builtin_prefetch(&ahead->listener, 1);
}

/// Ends the lone wait of a script that has left all lists and wheels. The caller makes the script ready.
/// @param is_fresh  whether the script's own time begins when it next runs, not now
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

/// Ends a lone wait as tl__wait_end_lone does, and makes the script ready.
static inline void tl__wake_lone(tl__script_record *script, tl_result how, bool is_fresh)
{
    tl__wait_end_lone(script, how, is_fresh);
    tl__ready_put(script);
}

/// Notifies a listener that what it waits for has completed (`how` is TL_OK) or never will (any other result). If it
/// waits for the end of a script, `ended` is that script; else null.
void tl__listener_tell(tl__listener *listener, tl_result how, const tl__script_record *ended);
/// Notifies all listeners in a list, and empties the list.
void tl__listeners_tell(tl__link *listeners, tl_result how);
/// Fires the timers that are due: wakes their scripts, or notifies their wait frames.
void tl__timers_fire(tl_world *world);

#endif
