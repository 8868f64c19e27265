// SPDX-License-Identifier: MIT
/// Names of fibers for messages, and the use of their stacks.
#ifndef TELAR_FIBER_INFO_H
#define TELAR_FIBER_INFO_H

#include <stdbool.h>

#include "telar/fiber.h"
#include "telar/hooks.h"

/// Returns the name of an entry function, for messages. TL_FIBER and similar macros set it; an entry filled in by hand
/// may have none.
static inline const char *tl__entry_name(const tl_fiber_entry *entry)
{
    return entry->name != NULL ? entry->name : "(unnamed)";
}

/// The tl__running_finder for fibers.
bool tl__fiber_find_running(tl_running *running);

/// Returns how many bytes of its stack a suspended fiber has in use, or of its copy; 0 for any other.
TL_API size_t tl__fiber_stack_used(const tl_fiber *fiber);

#endif
