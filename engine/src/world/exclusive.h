// SPDX-License-Identifier: MIT
/// What scripts do one at a time. Scripts run in parallel until one is about to do something that others
/// could see: that, and the rest of its turn, it does alone.
#ifndef TELAR_ENGINE_WORLD_EXCLUSIVE_H
#define TELAR_ENGINE_WORLD_EXCLUSIVE_H

#include "world/world_state.h"

/// Suspends the running script until it runs exclusively, if it runs in parallel. To be called before anything that
/// these may see or write. TL_OK; or, reported, TL_ERROR_NO_SCRIPT in a fiber of its own, which cannot wait.
tl_result tl__exclusive_enter(const char *call);

/// The first thing of each call that changes a world or looks at its scripts: takes the turn. In a debug build it
/// refuses a call by a thread while another one steps the world (TL_ERROR_OTHER_THREAD). `world` may be null.
tl_result tl__change_begin(const tl_world *world, const char *call);

/// A job that steps a world may be resumed on another thread after each wait: notes the one that steps it now.
void tl__note_step_thread(tl_world *world);

#endif
