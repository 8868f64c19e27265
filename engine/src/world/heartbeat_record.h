// SPDX-License-Identifier: MIT
/// What shows from outside whether a world's scripts still take turns, and whether its steps still end. Written by the
/// threads that run the scripts, read by the watchdog's thread and by its signal handler; all relaxed, since nothing
/// else depends on it: the handler looks at the rest on the thread that it interrupts.
#ifndef TELAR_ENGINE_WORLD_HEARTBEAT_RECORD_H
#define TELAR_ENGINE_WORLD_HEARTBEAT_RECORD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "telar/script.h"

/// While a world is watched: the turns of one script in the step that `step` names.
typedef struct tl__resume_count {
    uint64_t step, resumes;
    uint32_t generation; ///< of the script: its slot may have become another's
} tl__resume_count;

/// The script with the most turns of a step, or with the latest one of several.
typedef struct tl__most_resumes {
    atomic_flag taken; ///< a thread is reading or writing the rest
    struct tl__script_record *script;
    uint32_t generation; ///< of the script: it may have ended since
    const tl_fiber_entry *entry;
    _Atomic uint64_t resumes;
} tl__most_resumes;

typedef struct tl__heartbeat {
    struct tl_watchdog *watchdog;            ///< that watches the world; null: none
    void (*stop_default)(tl_world *watched); ///< where that one is a default, stops it at the world's end; else null

    _Atomic uint64_t resumes; ///< changes whenever another script gets control, or gets it back
    _Atomic bool busy;        ///< a script has it now
    _Atomic bool watched;     ///< the thread, the step and its turns are to be noted
    _Atomic pid_t thread;     ///< the kernel's number of the one that steps the world, or did last
    _Atomic uint64_t step;    ///< differs for each step, and for each end of a frame; 0: none is being done

    uint64_t latest_step;
    _Atomic uint64_t step_resumes; ///< in that step so far
    tl__most_resumes most;
    tl__resume_count *counts; ///< by the slots of scripts
    uint32_t count_capacity;
} tl__heartbeat;

#endif
