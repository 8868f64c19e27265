// SPDX-License-Identifier: MIT
/// Shows other threads whether a world still resumes scripts one after another, and whether its steps still end.
/// Written by the threads that run the scripts; read by the watchdog's thread and its signal handler. All accesses are
/// relaxed, since nothing else depends on them: the handler reads other data on the thread that it interrupts.
#ifndef TELAR_ENGINE_WORLD_HEARTBEAT_RECORD_H
#define TELAR_ENGINE_WORLD_HEARTBEAT_RECORD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "telar/script.h"

/// How often one script was resumed in the step numbered `step`. Counted only while the world is watched.
typedef struct tl__resume_count {
    uint64_t step, resumes;
    uint32_t generation; ///< of the script: its slot may have been reused
} tl__resume_count;

/// The script with the most resumes in a step; of several, the one that was resumed last.
typedef struct tl__most_resumes {
    atomic_flag taken; ///< a thread is reading or writing the other members
    struct tl__script_record *script;
    uint32_t generation; ///< of the script: it may have ended since
    const tl_fiber_entry *entry;
    _Atomic uint64_t resumes;
} tl__most_resumes;

typedef struct tl__heartbeat {
    struct tl_watchdog *watchdog;            ///< the watchdog of the world; null: none
    void (*stop_default)(tl_world *watched); ///< stops a default watchdog at the world's end; else null

    _Atomic uint64_t resumes; ///< changes whenever control passes to or from a script
    _Atomic bool busy;        ///< a script has control now
    _Atomic bool watched;     ///< the thread, the step and its resumes are to be recorded
    _Atomic pid_t thread;     ///< kernel's id of the thread that steps the world, or stepped it last
    _Atomic uint64_t step;    ///< unique number of the running step or end of a frame; 0: none is running

    uint64_t latest_step;
    _Atomic uint64_t step_resumes; ///< of all scripts in that step so far
    tl__most_resumes most;
    tl__resume_count *counts; ///< by script slot
    uint32_t count_capacity;
} tl__heartbeat;

#endif
