/// What shows from outside whether a world's scripts still take turns, and whether its steps still end. Written by the
/// threads that run the scripts, read by the watchdog's thread and by its signal handler; all relaxed, since nothing
/// else depends on it: the handler looks at the rest on the thread that it interrupts.
#ifndef TELAR_ENGINE_WORLD_HEARTBEAT_H
#define TELAR_ENGINE_WORLD_HEARTBEAT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "telar/script.h"

/// While a world is watched: the turns of one script in the step that `step` names.
typedef struct tl__turn_count {
    uint64_t step, turns;
    uint32_t generation; ///< of the script: its slot may have become another's
} tl__turn_count;

/// The script with the most turns of a step, or with the latest one of several.
typedef struct tl__most_turns {
    atomic_flag taken; ///< a thread is reading or writing the rest
    struct tl__script *script;
    uint32_t generation; ///< of the script: it may have ended since
    const tl_fiber_entry *entry;
    _Atomic uint64_t turns;
} tl__most_turns;

typedef struct tl__pulse {
    struct tl_watchdog *watchdog;            ///< that watches the world; null: none
    void (*stop_default)(tl_world *watched); ///< where that one is a default, stops it at the world's end; else null

    _Atomic uint64_t turns; ///< changes whenever another script gets control, or gets it back
    _Atomic bool busy;      ///< a script has it now
    _Atomic bool watched;   ///< the thread, the step and its turns are to be noted
    _Atomic pid_t thread;   ///< the kernel's number of the one that steps the world, or did last
    _Atomic uint64_t step;  ///< differs for each step, and for each end of a frame; 0: none is being done

    uint64_t latest_step;
    _Atomic uint64_t step_turns; ///< in that step so far
    tl__most_turns most;
    tl__turn_count *counts; ///< by the slots of scripts
    uint32_t count_capacity;
} tl__pulse;

enum { TL__COPIED_NAME = 128 };

/// A script as the signal handler finds it: it may end, and its name be freed, before that is reported.
typedef struct tl__seen_script {
    struct tl__script *script; ///< null: it has ended, only its function is known
    char name[TL__COPIED_NAME];
    const char *function;
    tl_site spawned;
} tl__seen_script;

/// A step, or the end of a frame, that does not end.
typedef struct tl__seen_step {
    int64_t number; ///< steps that were begun so far, this one included
    bool is_frame_end;
    uint64_t turns, most_turns; ///< of all, and of the script with the most
    tl__seen_script most;
} tl__seen_step;

tl__pulse *tl__world_pulse(tl_world *world);

#ifndef NDEBUG
/// Set by the watchdog's library where a program links it: called for each world that was just made. Null: nothing is.
extern void (*_Atomic tl__watch_new_world)(tl_world *world);
#endif

// For the signal handler, which may interrupt the thread that steps the world anywhere.

/// The script that runs on the calling thread; or, where that waits for parallel scripts, one of those: then *here is
/// false. False when none of the world's runs.
bool tl__world_running_script(const tl_world *world, tl__seen_script *script, bool *here);
/// False when the calling thread does not do that step (tl__pulse.step), or cannot tell at this moment.
bool tl__world_long_step(tl_world *world, uint64_t step, tl__seen_step *seen);
/// Lets a script that has not ended be cancelled at its next wait.
void tl__world_end_script(const tl__seen_script *script);

#endif
