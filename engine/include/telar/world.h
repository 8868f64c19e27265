// SPDX-License-Identifier: MIT
/// telar/world.h: a world of entities (telar/entity.h) and scripts (telar/script.h) that advances in fixed steps.
///
///     tl_world *world = NULL;
///     tl_world_create(&(tl_world_desc){.physics = move_bodies}, &world);
///     while (tl_window_poll(window, &input)) {                        // or what your game has for it
///         for (int n = tl_clock_advance(&clock, seconds); n > 0; --n)
///             tl_world_step(world);
///         draw(world);
///         tl_world_end_frame(world);
///     }
///     tl_world_destroy(world);
///
/// What a step does, in this order:
///   1. time advances by one step: real time by 1/steps_per_second, each group's own time (telar/group.h) by that times
///      its scale. Each of these clocks stops at 8 years: a wait for a later time never ends;
///   2. scripts that wait for a time that has come become ready, and so do scripts that wait for a predicate, to call
///      it;
///   3. the scripts of TL_PHASE_BEFORE run; then the game's physics; then the scripts of TL_PHASE_PARALLEL, on all
///      workers of a job system (telar/parallel.h); then those of TL_PHASE_STEP; then those of TL_PHASE_AFTER. The
///      scripts of TL_PHASE_FRAME run in tl_world_end_frame.
/// Within a phase ready scripts run by priority (higher first), then by creation (older first), until none is ready. A
/// script that becomes ready meanwhile runs in the same step, in its place in that order among the scripts that have
/// not run yet. If its phase has passed, it runs in the next step.
///
/// A world reads neither the system's time nor a random generator of the system: the same calls give the same run.
/// (Where scripts wait for jobs, this holds with tl_world_desc.lockstep.)
///
/// A debug build of the library (without NDEBUG) turns the overflow report on (telar/overflow.h) for each thread that
/// creates or steps a world; where that fails, worlds work without it. It also starts a watchdog for each
/// world, if the program links Telar::watchdog (telar/watchdog.h).
///
/// Threads: only one thread at a time may use a world, but it may be a different one in each step. In a debug build of
/// the library, a call by one thread while another steps the world returns TL_ERROR_OTHER_THREAD; in a release build it
/// is a data race. A thread that has data for a script, such as one that reads from a network, posts it (tl_post,
/// telar/channel.h); and a script can wait for a thread by a counter (tl_counter_wait). Unless its comment says
/// otherwise, each call of the engine's headers follows this rule, and never suspends. (Scripts of TL_PHASE_PARALLEL
/// may make any of these calls; some of the calls suspend them: telar/parallel.h.)
#ifndef TELAR_WORLD_H
#define TELAR_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "telar/api.h"
#include "telar/engine_log.h"
#include "telar/engine_result.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tl_world tl_world;

/// The phases of a step or frame in which scripts run.
typedef enum tl_phase {
    TL_PHASE_STEP = 0, ///< the default: after the physics
    TL_PHASE_BEFORE,   ///< before the physics
    TL_PHASE_AFTER,    ///< after TL_PHASE_STEP
    TL_PHASE_FRAME,    ///< at the end of a frame, after drawing: in tl_world_end_frame
    TL_PHASE_PARALLEL, ///< after the physics, before TL_PHASE_STEP, on many threads: telar/parallel.h
} tl_phase;

/// Zero in any field picks the default.
typedef struct tl_world_desc {
    uint32_t steps_per_second; ///< 1 to 1,000,000; default 60
    uint32_t max_scripts;      ///< most scripts alive at once; default 4096. Starting one more returns
                               ///< TL_ERROR_POOL_EXHAUSTED, and is reported once (TL_LOG_MAX_SCRIPTS)
    size_t stack_size;         ///< bytes of stack for each script; default 64 KiB
    /// If true, a phase ends only when all jobs that its scripts wait for are done; the stepping thread helps with them
    /// meanwhile. So the same calls give the same run, with or without jobs, if the jobs give the same results.
    /// Default: a script continues in the step in which its jobs happen to be done, and no step waits for jobs (unless
    /// no other thread could run them).
    bool lockstep;
    /// Job system for TL_PHASE_PARALLEL scripts and for bulk work over all entities. It must outlive the world; best is
    /// one that has the stepping thread as a worker. Default: the stepping thread does all of this work, with the same
    /// results.
    struct tl_job_system *jobs;
    /// The game's own part of each step, such as physics. It may call anything except tl_world_step, tl_world_end_frame
    /// and tl_world_destroy (TL_ERROR_IN_SCRIPT) and, if the world is stepped inside a fiber, the tl_yield, tl_transfer
    /// and tl_exit of that fiber (TL_ERROR_IN_CALLBACK). A C++ exception that leaves it ends the step there; the world
    /// may be stepped again.
    void (*physics)(tl_world *world, void *arg);
    void *physics_arg;
} tl_world_desc;

/// Makes a world without entities and scripts.
/// @return
///   - TL_OK
///   - TL_ERROR_NULL
///   - TL_ERROR_ARGUMENT: steps_per_second
///   - TL_ERROR_OUT_OF_MEMORY
///   - an error of tl_pool_create for the stacks of scripts
///
/// On any error *world is null.
/// @thread any; @suspends never
TL_API tl_result tl_world_create(const tl_world_desc *desc, tl_world **world);

/// Destroys the world: its entities (newest first) with their scripts, then the scripts without an owner (newest
/// first), events and channels. Clean-ups run. Shields (telar/concurrency.h) are broken: scripts that were cancelled
/// before and still run inside a shield end first. Afterwards calls with ids of the world's events and channels return
/// TL_ERROR_STALE, even if another world is made at the same address.
/// @return TL_OK; TL_ERROR_NULL; TL_ERROR_IN_SCRIPT (then nothing is destroyed)
/// @thread one at a time; @suspends never
TL_API tl_result tl_world_destroy(tl_world *world);

/// Runs one step of a world: timers, then the scripts that are ready, phase by phase.
/// @return TL_OK; TL_ERROR_NULL; TL_ERROR_IN_SCRIPT
/// @thread one at a time; @suspends never
TL_API tl_result tl_world_step(tl_world *world);

/// Ends a frame: wakes the scripts that wait by tl_wait_frame, and runs the ready scripts of TL_PHASE_FRAME. Call it
/// once a frame, after drawing, whether the frame had many steps or none. A world in which no script waits for either
/// needs no call; otherwise a forgotten call is logged (TL_LOG_NO_FRAMES).
/// @return TL_OK; TL_ERROR_NULL; TL_ERROR_IN_SCRIPT
/// @thread one at a time; @suspends never
TL_API tl_result tl_world_end_frame(tl_world *world);

/// Returns the world of the running script; null outside any script.
/// @thread any; @suspends never
TL_API tl_world *tl_world_current(void);

typedef struct tl_world_time {
    uint64_t steps; ///< steps so far
    double seconds; ///< real time since the world was made, as its steps count it; it stops at 8 years
    double delta;   ///< seconds of real time that a step takes
} tl_world_time;

/// Returns the time in a world; zeros for null, which is misuse. Game time: telar/group.h.
/// @thread one at a time; @suspends never
TL_API tl_world_time tl_world_get_time(const tl_world *world);

/// Returns how many turns the world's scripts have had so far: how often one was resumed to begin or continue, or
/// to run its clean-ups when it was cancelled. 0 for null, which is misuse.
/// @thread one at a time; @suspends never
TL_API uint64_t tl_world_turns(const tl_world *world);

#ifdef __cplusplus
}
#endif

#endif
