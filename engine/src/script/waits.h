// SPDX-License-Identifier: MIT
/// Waiting: for a time, a phase, a predicate, or in a list of listeners.
#ifndef TELAR_ENGINE_SCRIPT_WAITS_H
#define TELAR_ENGINE_SCRIPT_WAITS_H

#include "base/compiler.h"
#include "fiber/owner.h"
#include "world/marks.h"
#include "world/world_state.h"

/// Begins a wait: gets the running script and checks that it may wait. Returns TL_OK or the error. Does not return if
/// the script must end.
tl_result tl__wait_enter(const char *call, tl_limit limit, tl__script_record **script);
/// Fast path of tl__wait_enter: returns the running script if it can wait at once; null if tl__wait_enter must check
/// more. (A function that ends with a wait must not pass the address of a local variable to any function before:
/// otherwise the compiler does not make the wait a tail call.)
tl__script_record *tl__wait_enter_plainly(tl_limit limit);
/// As tl__wait_enter_plainly, for a wait without a limit by a script whose own time has begun. Inline, so that the wait
/// uses no more of the stack than the switch after it: the memory further down the stack is not in the cache.
static inline tl__script_record *tl__wait_enter_begun(void)
{
    tl__script_record *self = tl__fiber_script_if_marked(TL__ACTIVE, 0);
    bool is_plain = self != NULL && !self->asking && !self->fresh;
    return LIKELY(is_plain && tl__load(&self->world->to_end, memory_order_relaxed) == 0) ? self : NULL;
}

/// Appends the script's own listener to `listeners`, and suspends the script until it is woken or the limit passes.
/// @param buffer  for the payload, item or result; may be null
/// @return the result of the wait
tl_result tl__wait_in(tl__script_record *script, tl_wait wait, tl__link *listeners, const char *name, void *buffer,
                      tl_limit limit);
/// As tl__wait_in, without a limit, for a script that ignores how the wait ended.
tl_result tl__wait_deaf_in(tl__script_record *script, tl_wait wait, tl__link *listeners, const char *name);
/// Calls a waiting script's predicate, if it has one, and checks whether its limit has passed. Returns true if the wait
/// is over and the script is to be resumed.
bool tl__wait_is_over(tl__script_record *script);
/// Returns TL_OK if an event or channel was found in the script's world, else TL_ERROR_OTHER_WORLD or TL_ERROR_STALE.
/// @param world_id  the world that the id of the event or channel names
/// @param found     the event or channel in the script's world; null: none
tl_result tl__check_source(const tl__script_record *script, uint64_t world_id, const void *found);

#endif
