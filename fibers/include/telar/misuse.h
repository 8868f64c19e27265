// SPDX-License-Identifier: MIT
/// telar/misuse.h: what happens when a program calls the library wrongly.
///
/// A misused call returns the error that its comment documents, and changes nothing. Before it returns, it calls the
/// misuse hook. In a debug build of the library (one without NDEBUG, whatever the program is built with) the default
/// hook prints the call, the reason and the running script, job or fiber (tl_misuse_context) to stderr and aborts, so
/// that a mistake is found where it is made. In a release build the default hook does nothing. tl_set_misuse_hook sets
/// another one.
///
/// Some kinds of misuse are detected too late to refuse a call: the library repairs the state, reports it, and
/// continues if the hook returns (TL_ERROR_FLOAT_CONTROL, TL_ERROR_SWALLOWED, TL_ERROR_SPINLOCK_HELD,
/// TL_ERROR_STACK_SIZE at an early end, TL_ERROR_THREAD_ENDED). Where the state cannot be repaired, it aborts the
/// process with a report: when a thread ends inside a job or script, or a job returns in a child made by fork.
///
/// Running out of memory, stacks or mappings is not misuse, and neither is passing the id of an object that no longer
/// exists (TL_ERROR_STALE), which happens in any game: the call only returns the error. Passing the pointer of a
/// destroyed fiber is misuse.
#ifndef TELAR_MISUSE_H
#define TELAR_MISUSE_H

#include <stdbool.h>
#include <stddef.h>

#include "telar/api.h"
#include "telar/result.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Receives each report of misuse.
/// @param why   the error that the call is about to return; the kind of misuse, if it was detected too late (above)
/// @param call  the name of the misused function, or a description, such as "the end of a fiber"
typedef void (*tl_misuse_hook)(tl_result why, const char *call);

/// Sets the misuse hook for the whole process and returns the previous one. Null restores the default.
/// @thread any, but set it before other threads use the library; @suspends never
TL_API tl_misuse_hook tl_set_misuse_hook(tl_misuse_hook hook);

/// Describes the script, job or fiber that runs on the calling thread, so that a hook can report where the mistake was
/// made. Examples:
///
///     script 'guard' (function guard) of entity 3, spawned at level.c:40
///     job 'find_path' (path.c:12)
///     fiber 'miner 3' (entry function walk_and_dig, mine.c:41)
///
/// @param text  receives the description, cut off to `size` bytes including the final zero; empty if there is none
/// @return whether there is a description: false outside any fiber, and if `text` is null or `size` is 0
/// @thread any; @suspends never
TL_API bool tl_misuse_context(char *text, size_t size);

#ifdef __cplusplus
}
#endif

#endif
