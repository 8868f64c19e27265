// SPDX-License-Identifier: MIT
/// The run hook.
#ifndef TELAR_FIBER_TRACE_HOOK_H
#define TELAR_FIBER_TRACE_HOOK_H

#include "telar/trace.h"

/// Sets the hook; null: none.
void tl__run_hook_set(const tl_run_hook *hook);

/// Calls the hook, if there is one, for a fiber that runs from now on, or null.
void tl__run_hook_call(const tl_fiber *fiber);

#endif
