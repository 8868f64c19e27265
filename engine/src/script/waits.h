/// Waiting: for a time, a phase, a predicate, or in a list of listeners.
#ifndef TELAR_ENGINE_SCRIPT_WAITS_H
#define TELAR_ENGINE_SCRIPT_WAITS_H

#include "world/world_state.h"

/// The first thing of each wait: TL_OK and the running script, or what is wrong. Does not return to one that was
/// cancelled.
tl_result tl__wait_enter(const char *call, tl_limit limit, tl__script **script);
/// The same, and suspends the script in `listeners`, alone, until it is woken. A deaf one takes no notice of how what
/// it waits for ended.
tl_result tl__wait_in(tl__script *script, tl_wait wait, tl__link *listeners, const char *name, void *buffer,
                      tl_limit limit);
tl_result tl__wait_deaf_in(tl__script *script, tl_wait wait, tl__link *listeners, const char *name);
/// Asks the predicate, where the script waits for one: whether it goes on now. For one that was not woken.
bool tl__wait_is_over(tl__script *script);
/// TL_OK for what was found in the script's world; what is wrong otherwise. `world_id` is the world's that the id
/// names.
tl_result tl__check_source(const tl__script *script, uint64_t world_id, const void *found);

#endif
