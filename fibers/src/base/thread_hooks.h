// SPDX-License-Identifier: MIT
/// For the threads that the libraries start.
#ifndef TELAR_BASE_THREAD_HOOKS_H
#define TELAR_BASE_THREAD_HOOKS_H

#include "telar/api.h"
#include "telar/hooks.h"

#ifdef __cplusplus
extern "C" {
#endif

/// The first that such a thread calls. @return what its last call, tl__thread_ends, is to get
TL_API const tl_thread_hooks *tl__thread_begins(const char *name);
TL_API void tl__thread_ends(const tl_thread_hooks *hooks, const char *name);

#ifdef __cplusplus
}
#endif

#endif
