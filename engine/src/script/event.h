// SPDX-License-Identifier: MIT
/// Events: what an inspector shows of them.
#ifndef TELAR_ENGINE_SCRIPT_EVENT_H
#define TELAR_ENGINE_SCRIPT_EVENT_H

#include "script/waiters.h"

typedef struct tl__event_look {
    const char *name;
    uint64_t emits; ///< so far
    tl__waiters waiters;
} tl__event_look;

/// Looks at the event in a slot of a world, counted from 1. Returns false if there is none.
TL_API bool tl__event_look_at(const tl_world *world, uint32_t index1, tl__event_look *look);

#endif
