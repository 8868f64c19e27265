// SPDX-License-Identifier: MIT
/// What fibers say of themselves in messages.
#ifndef TELAR_FIBER_INFO_H
#define TELAR_FIBER_INFO_H

#include <stdbool.h>

#include "telar/fiber.h"
#include "telar/hooks.h"

/// The name of an entry function, for messages. TL_FIBER and its like give one; who fills in an entry by hand need not.
static inline const char *tl__entry_name(const tl_fiber_entry *entry)
{
    return entry->name != NULL ? entry->name : "(unnamed)";
}

/// A tl__running_finder: the running fiber.
bool tl__fiber_find_running(tl_running *running);

#endif
