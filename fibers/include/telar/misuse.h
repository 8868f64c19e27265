// SPDX-License-Identifier: MIT
/// telar/misuse.h: what happens when a program calls the library wrongly.
///
/// Each call documents the error that it returns when it is misused, and then changes nothing. Before it returns, it
/// calls the misuse hook. The default hook of a debug build of the library (one without NDEBUG, whatever the program is
/// built with) prints the call, the reason and what was running (tl_misuse_context) to stderr and aborts, so that a
/// mistake is met where it is made; in a release build the default does nothing. Set a hook of your own to have it
/// otherwise.
///
/// Some kinds of misuse are detected too late to refuse a call: the library repairs the state, reports it, and
/// continues if the hook returns (TL_ERROR_FLOAT_CONTROL, TL_ERROR_SWALLOWED, TL_ERROR_SPINLOCK_HELD,
/// TL_ERROR_STACK_SIZE at an early end, TL_ERROR_THREAD_ENDED). Where it cannot repair it, it ends
/// the process with a report: a thread that ends inside a job or script, and a job that returns in a child made by
/// fork.
///
/// Running out of memory, stacks or mappings is not misuse, and neither is an id of something that no longer exists
/// (TL_ERROR_STALE), which happens in any game: the call just returns the error. Using the pointer of a destroyed fiber
/// is misuse.
#ifndef TELAR_MISUSE_H
#define TELAR_MISUSE_H

#include <stdbool.h>
#include <stddef.h>

#include "telar/api.h"
#include "telar/result.h"

#ifdef __cplusplus
extern "C" {
#endif

/// @param why   the error that the call is about to answer, but for the kinds above
/// @param call  the name of the misused function, or what was going on
typedef void (*tl_misuse_hook)(tl_result why, const char *call);

/// Sets the misuse hook for the whole process and returns the previous one. Null restores the default.
/// @thread any, but set it before other threads use the library; @suspends never
TL_API tl_misuse_hook tl_set_misuse_hook(tl_misuse_hook hook);

/// Describes what runs on the calling thread, for a hook that reports who made the mistake: a script with its entity
/// and where it was spawned, a job, or a fiber, for example
///
///     script 'guard' (function guard) of entity 3, spawned at level.c:40
///     job 'find_path' (path.c:12)
///     fiber 'miner 3' (entry function walk_and_dig, mine.c:41)
///
/// @param text  gets the description, cut off after `size` bytes, its end included; empty when the answer is false
/// @return false outside any fiber, and for no room
/// @thread any; @suspends never
TL_API bool tl_misuse_context(char *text, size_t size);

#ifdef __cplusplus
}
#endif

#endif
