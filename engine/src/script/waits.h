// SPDX-License-Identifier: MIT
/// Waiting: for a time, a phase, a predicate, or in a list of listeners.
#ifndef TELAR_ENGINE_SCRIPT_WAITS_H
#define TELAR_ENGINE_SCRIPT_WAITS_H

#include "base/compiler.h"
#include "fiber/owner.h"
#include "world/marks.h"
#include "world/world_state.h"

/// The first thing of each wait: TL_OK and the running script, or what is wrong. Does not return to one that was
/// cancelled.
tl_result tl__wait_enter(const char *call, tl_limit limit, tl__script_record **script);
/// The same for one that nothing keeps from waiting; null where that takes a closer look, which tl__wait_enter has. (A
/// function whose last act is to wait passes the address of no local variable to any function before: else the compiler
/// makes no jump of it.)
tl__script_record *tl__wait_enter_plainly(tl_limit limit);
/// The same for a wait without a limit, by a script whose own time has begun. Inline, so that the wait takes no more of
/// the stack than the switch after it: what lies below that is in no cache.
static inline tl__script_record *tl__wait_enter_begun(void)
{
    tl__script_record *self = tl__fiber_script_if_marked(TL__ACTIVE, 0);
    bool is_plain = self != NULL && !self->asking && !self->fresh;
    return LIKELY(is_plain && tl__load(&self->world->to_end, memory_order_relaxed) == 0) ? self : NULL;
}

/// Appends the script's own listener to `listeners`, and suspends the script until it is woken or the limit passes.
/// @param buffer  for what comes; may be null
/// @return what the wait answers
tl_result tl__wait_in(tl__script_record *script, tl_wait wait, tl__link *listeners, const char *name, void *buffer,
                      tl_limit limit);
/// The same for a script that takes no notice of how the wait ended, without a limit.
tl_result tl__wait_deaf_in(tl__script_record *script, tl_wait wait, tl__link *listeners, const char *name);
/// Asks a waiting script's predicate, if it has one, and looks whether its limit has passed. True: the wait is over,
/// and the script is to be resumed.
bool tl__wait_is_over(tl__script_record *script);
/// TL_OK for what was found in the script's world; what is wrong otherwise. `world_id` is the world's that the id
/// names.
tl_result tl__check_source(const tl__script_record *script, uint64_t world_id, const void *found);

#endif
