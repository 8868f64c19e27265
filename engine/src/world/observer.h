// SPDX-License-Identifier: MIT
/// What watches a world's steps from outside the engine: an inspector. A world without one loads a pointer in each
/// step.
#ifndef TELAR_ENGINE_WORLD_OBSERVER_H
#define TELAR_ENGINE_WORLD_OBSERVER_H

#include <stdatomic.h>

#include "telar/world.h"
#include "world/turn_times.h"

typedef struct tl__observer {
    /// Called when a step begins, before its time passes, and when it has ended; the end of a frame, too (then
    /// `is_step` is false). On the thread that steps the world.
    void (*begins)(struct tl__observer *observer, bool is_step);
    void (*ends)(struct tl__observer *observer, bool is_step);
    /// Called by tl_world_destroy, before anything of the world ends. The world then has no observer any more.
    void (*world_ends)(struct tl__observer *observer);
    tl__turn_times *times; ///< where turns are added; null: they are not timed. Changes only between steps
    /// The entry of the script that runs, if it does not run in parallel, null: none; and how many turns such scripts
    /// have begun. Written by the thread that runs them, read by any. relaxed: an entry is constant, and was there
    /// before its scripts were.
    _Atomic(const tl_fiber_entry *) running;
    _Atomic uint64_t turns;
} tl__observer;

#endif
