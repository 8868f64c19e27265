// SPDX-License-Identifier: MIT
/// Scripts that wait for counters and locks outside the world: functions for the code that steps a world.
#ifndef TELAR_ENGINE_SCRIPT_JOB_WAIT_H
#define TELAR_ENGINE_SCRIPT_JOB_WAIT_H

#include "fiber/waiter.h"
#include "world/world_state.h"

/// Implements tl__wait_for for scripts: suspends the running script until the wait completes. In a predicate, and for a
/// counter in a clean-up, blocks the thread instead.
tl_result tl__async_wait(tl__wait_desc *wait);
/// Whether a counter counts a script whose world was last stepped by the calling thread, outside any fiber.
bool tl__scripts_await_their_stepper(const tl_counter *counter);
/// Records the calling thread as the one that steps the world.
void tl__note_stepper(const tl_world *world);
/// Wakes the scripts whose waits for counters and locks have completed.
void tl__async_waits_collect(tl_world *world);
/// As tl__async_waits_collect. In lockstep, then waits for the jobs that scripts of the running phase wait for, and
/// wakes those scripts. Without lockstep, runs jobs if no other thread can. Returns whether any script of the running
/// phase is ready now.
bool tl__async_waits_flush(tl_world *world);

#endif
