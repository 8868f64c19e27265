// SPDX-License-Identifier: MIT
/// Noting that a world's scripts take turns, and telling a watchdog about them.
#ifndef TELAR_ENGINE_WORLD_HEARTBEAT_H
#define TELAR_ENGINE_WORLD_HEARTBEAT_H

#include "telar/api.h"
#include "world/world_state.h"

enum { TL__COPIED_NAME = 128 };

/// A script as the signal handler finds it: it may end, and its name be freed, before that is reported.
typedef struct tl__seen_script {
    struct tl__script_record *script; ///< null: it has ended, only its function is known
    char name[TL__COPIED_NAME];
    const char *function;
    tl_site spawned;
} tl__seen_script;

/// A step, or the end of a frame, that does not end.
typedef struct tl__seen_step {
    int64_t number; ///< steps that were begun so far, this one included
    bool is_frame_end;
    uint64_t resumes, most_resumes; ///< of all, and of the script with the most
    tl__seen_script most;
} tl__seen_step;

TL_API tl__heartbeat *tl__world_heartbeat(tl_world *world);

#ifndef NDEBUG
/// Set by the watchdog's library where a program links it: called for each world that was just made. Null: nothing is.
extern void (*_Atomic tl__watch_new_world)(tl_world *world);
#endif

// For the signal handler, which may interrupt the thread that steps the world anywhere.

/// The script that runs on the calling thread; or, where that waits for parallel scripts, one of those: then *here is
/// false. False when none of the world's runs.
TL_API bool tl__world_running_script(const tl_world *world, tl__seen_script *script, bool *here);
/// False when the calling thread does not do that step (tl__heartbeat.step), or cannot tell at this moment.
TL_API bool tl__world_long_step(tl_world *world, uint64_t step, tl__seen_step *seen);
/// Lets a script that has not ended be cancelled at its next wait.
TL_API void tl__world_end_script(const tl__seen_script *script);

// For the world.

/// The watchdog's wish is fulfilled.
static inline void tl__script_forget_to_end(tl__script_record *script)
{
    if (tl__script_is_to_end(script) && __atomic_exchange_n(&script->to_end, false, __ATOMIC_RELAXED))
        tl__sub(&script->world->to_end, 1, memory_order_relaxed);
}

static inline bool tl__heartbeat_is_watched(const tl_world *world)
{
    return atomic_load_explicit(&world->heartbeat.watched, memory_order_relaxed);
}

/// A world was made; has no scripts any more. In a debug build, a watchdog may begin, and end, with it.
void tl__heartbeat_world_made(tl_world *world);
void tl__heartbeat_world_ends(tl_world *world);
/// This thread steps the world, or continues to after a wait; also makes room to count the turns of all scripts.
void tl__heartbeat_note_thread(tl_world *world);
/// A step, or the end of a frame, begins, on this thread; ends.
void tl__heartbeat_begin(tl_world *world);
void tl__heartbeat_end(tl_world *world);
/// In a watched world: a script that was ready gets its turn.
void tl__heartbeat_count(tl__script_record *script);
void tl__heartbeat_free(tl__heartbeat *heartbeat);
/// Another script has control, or none.
void tl__heartbeat_beat(tl_world *world);

#endif
