// SPDX-License-Identifier: MIT
/// Exclusive sections. A parallel script runs concurrently until it is about to do something that other scripts could
/// observe; from there to its next wait it runs exclusively, one script at a time.
#ifndef TELAR_ENGINE_WORLD_EXCLUSIVE_H
#define TELAR_ENGINE_WORLD_EXCLUSIVE_H

#include "world/world_state.h"

/// Suspends the running script until it runs exclusively, if it runs in parallel. Must be called before any access to
/// data that parallel scripts may read or write. Returns TL_OK; or TL_ERROR_NO_SCRIPT (reported) in a fiber that the
/// script runs itself, which cannot wait.
tl_result tl__exclusive_enter(const char *call);

/// Begins every call that changes a world or reads its scripts: calls tl__exclusive_enter. In a debug build, first
/// refuses a call from one thread while another thread steps the world (TL_ERROR_OTHER_THREAD, reported). `world` may
/// be null.
tl_result tl__change_begin(const tl_world *world, const char *call);

/// Records that the calling thread steps the world now: a job that steps a world may resume on another thread after
/// each wait.
void tl__note_step_thread(tl_world *world);

#endif
