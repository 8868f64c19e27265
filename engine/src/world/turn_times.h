// SPDX-License-Identifier: MIT
/// How long the turns of scripts take, by entry function, while a world is observed (observer.h).
#ifndef TELAR_ENGINE_WORLD_TURN_TIMES_H
#define TELAR_ENGINE_WORLD_TURN_TIMES_H

#include "base/atomics.h"
#include "os/ticks.h"
#include "telar/fiber.h"

enum { TL__TIMED_ENTRIES = 1024 }; ///< a power of two

/// The turns of the scripts of one entry function. All accesses are relaxed: workers add to the sums, which nothing
/// else depends on, and an entry's slot is never freed.
typedef struct tl__turn_time {
    tl__word entry;  ///< address of the tl_fiber_entry; 0: the slot is free
    tl__word starts; ///< scripts that began
    tl__word turns, ticks, longest;
} tl__turn_time;

/// Zero-initialised, apart from the scale, it is empty. A hash table; turns of entries beyond its size are not counted.
typedef struct tl__turn_times {
    tl__tick_scale scale; ///< of the ticks
    tl__turn_time of[TL__TIMED_ENTRIES];
} tl__turn_times;

/// Returns the slot of an entry, which is taken if there is none; null if the table is full.
TL_API tl__turn_time *tl__turn_times_find(tl__turn_times *times, const tl_fiber_entry *entry);

/// Adds a turn. `is_first`: the script begins with it.
void tl__turn_times_add(tl__turn_times *times, const tl_fiber_entry *entry, bool is_first, uint64_t ticks);

#endif
