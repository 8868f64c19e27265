// SPDX-License-Identifier: MIT
/// Scripts that wait for what is not the world's, for what steps a world.
#ifndef TELAR_ENGINE_SCRIPT_JOB_WAIT_H
#define TELAR_ENGINE_SCRIPT_JOB_WAIT_H

#include "fiber/waiter.h"
#include "world/world_state.h"

/// What tl__wait_for does in scripts.
tl_result tl__async_wait(tl__wait_desc *wait);
/// Whether a counter counts a script of a world that the calling thread, outside any fiber, stepped last.
bool tl__scripts_await_their_stepper(const tl_counter *counter);
/// The caller steps a world.
void tl__note_stepper(const tl_world *world);
/// Lets scripts go on whose things have come.
void tl__async_waits_collect(tl_world *world);
/// The same; in lockstep, waits for jobs before. Whether any of the phase that runs is
/// ready now.
bool tl__async_waits_flush(tl_world *world);

#endif
