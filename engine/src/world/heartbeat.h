// SPDX-License-Identifier: MIT
/// Counting the resumes of a world's scripts, and describing the scripts to a watchdog.
#ifndef TELAR_ENGINE_WORLD_HEARTBEAT_H
#define TELAR_ENGINE_WORLD_HEARTBEAT_H

#include "telar/api.h"
#include "world/world_state.h"

enum { TL__COPIED_NAME = 128 };

/// What the signal handler found out about a script. A copy, since the script may end, and its name be freed, before it
/// is reported.
typedef struct tl__seen_script {
    struct tl__script_record *script; ///< null: the script has ended, only its function is known
    char name[TL__COPIED_NAME];
    const char *function;
    tl_site spawned;
} tl__seen_script;

/// What the signal handler found out about a step, or the end of a frame, that does not finish.
typedef struct tl__seen_step {
    int64_t number; ///< steps that were begun so far, this one included
    bool is_frame_end;
    uint64_t resumes, most_resumes; ///< of all scripts; of the script with the most
    tl__seen_script most;
} tl__seen_step;

TL_API tl__heartbeat *tl__world_heartbeat(tl_world *world);

#ifndef NDEBUG
/// The function to call for each world that was just created. The watchdog's library sets it, if a program links it;
/// else null.
extern void (*_Atomic tl__watch_new_world)(tl_world *world);
#endif

// For the signal handler, which may interrupt the thread that steps the world at any instruction.

/// Describes the script of the world that runs on the calling thread, and sets *here to true. If there is none, as
/// while that thread waits for parallel scripts, describes one of those and sets *here to false. Returns false when no
/// script of the world runs.
TL_API bool tl__world_running_script(const tl_world *world, tl__seen_script *script, bool *here);
/// Describes a step or end of a frame. Returns false when `step` (as in tl__heartbeat.step) is not the current one,
/// when the interrupted code holds `most.taken`, or when no resume was counted in it.
TL_API bool tl__world_long_step(tl_world *world, uint64_t step, tl__seen_step *seen);
/// Requests that a script be cancelled at its next wait. The script must not have ended.
TL_API void tl__world_end_script(const tl__seen_script *script);

// For the world.

/// Clears the watchdog's request to cancel a script, if there is one. (relaxed: see tl_world.to_end.)
static inline void tl__script_forget_to_end(tl__script_record *script)
{
    if (tl__script_is_to_end(script) && __atomic_exchange_n(&script->to_end, false, __ATOMIC_RELAXED))
        tl__sub(&script->world->to_end, 1, memory_order_relaxed);
}

static inline bool tl__heartbeat_is_watched(const tl_world *world)
{
    return atomic_load_explicit(&world->heartbeat.watched, memory_order_relaxed);
}

/// Called when a world has been created, and when it has no scripts any more. In a debug build, the calls may start
/// and stop a watchdog for the world.
void tl__heartbeat_world_made(tl_world *world);
void tl__heartbeat_world_ends(tl_world *world);
/// Records that the calling thread steps the world, or continues to do so after a wait. Also makes room to count the
/// resumes of all scripts.
void tl__heartbeat_note_thread(tl_world *world);
/// Record that a step, or the end of a frame, begins or ends on the calling thread.
void tl__heartbeat_begin(tl_world *world);
void tl__heartbeat_end(tl_world *world);
/// Counts the resume of a script that was ready. Only for a watched world.
void tl__heartbeat_count(tl__script_record *script);
void tl__heartbeat_free(tl__heartbeat *heartbeat);
/// Records that control has passed to another script, or to none.
void tl__heartbeat_beat(tl_world *world);

#endif
