// SPDX-License-Identifier: MIT
/// Calls of the program's thread hooks on threads that the libraries start.
#ifndef TELAR_BASE_THREAD_HOOKS_H
#define TELAR_BASE_THREAD_HOOKS_H

#include "telar/api.h"
#include "telar/hooks.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Calls the `begin` hook. Must be the first call on each thread that a library starts.
/// @return the hooks to pass to tl__thread_ends, the thread's last call
TL_API const tl_thread_hooks *tl__thread_begins(const char *name);
TL_API void tl__thread_ends(const tl_thread_hooks *hooks, const char *name);

#ifdef __cplusplus
}
#endif

#endif
