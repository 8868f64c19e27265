// SPDX-License-Identifier: MIT
/// telar/parallel.h: scripts that run in parallel on all workers of a job system, with the same result for any number
/// of workers.
///
///     TL_SCRIPT(bird, struct bird, me)
///     {
///         for (;;) {
///             tl_transform at = tl_entity_get_transform(world, me->self);
///             fly(me, &at, neighbours_of(me));            // as long as it likes: other cores do other birds
///             tl_entity_set_transform(world, me->self, &at);
///             if (hunger(me) > 1)
///                 tl_emit(hungry, {me->self});            // from here to its next wait it runs exclusively
///             tl_wait_step();
///         }
///     }
///
///     tl_job_system_create(&(tl_job_system_desc){0}, &jobs);
///     tl_world_create(&(tl_world_desc){.jobs = jobs, .max_scripts = 100000}, &world);
///     tl_script_desc how = {.owner = self, .phase = TL_PHASE_PARALLEL};
///     tl_spawn_with(world, &how, NULL, bird, {self});
///
/// A script is parallel while its phase is TL_PHASE_PARALLEL; tl_wait_phase lets it enter and leave that phase. The
/// phase repeats these two parts until none of its scripts is ready:
///   1. In parallel: the ready scripts run, each on any thread, until they wait or are about to do something that
///      others could observe.
///   2. Exclusively: the scripts that are about to do something that others could observe run from there to their next
///      wait, one at a time, on the thread that steps the world, in the order in which they entered the phase (for
///      scripts spawned there, the order of their creation). Children of parallel scripts run in this part, by priority
///      and creation.
///
/// What a script may do in parallel:
///   - compute, call jobs (telar/job.h), and read the world: its entities and their transforms (all as they were when
///     this parallel part began, except what the script wrote itself), times, groups, the items in a channel;
///   - write the transform of its owner, if the entity that owns it has no other parallel script;
///   - write its own data: variables, and memory that no other script reads or writes in this phase;
/// Every other call of the engine first waits until the script runs exclusively. So the effects of such calls come in
/// the same order for any number of workers, and each script sees those of the scripts before it. Before a script
/// changes data of the game that others can observe, it must call tl_wait_exclusive.
///
/// Calls for locks (telar/lock.h) do not wait until the script runs exclusively, so a script must call
/// tl_wait_exclusive before it locks or unlocks a lock that it shares with others. A script that had to wait for a lock
/// continues exclusively; if several wait for one lock, the first of them in the order above gets it.
///
/// Scripts that read each other's data of the last step while they write their own need two copies of that data. The
/// world keeps two copies of each transform.
///
/// Priorities matter among children only. Groups, budgets and clocks work as in other phases.
///
/// Misuse and log hooks may be called on many threads at once.
#ifndef TELAR_PARALLEL_H
#define TELAR_PARALLEL_H

#include "telar/api.h"
#include "telar/wait.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Waits until the running script runs exclusively: from here to its next wait no other script runs. Returns at once if
/// that is so already, as in all other phases. Takes no limit.
/// @return TL_OK; TL_ERROR_NO_SCRIPT (outside any script, or in a fiber that the script runs itself)
/// @thread that of the script; @suspends a script that runs in parallel, even in its clean-ups. Does not return if the
///   script is cancelled meanwhile, except in a clean-up
TL_API tl_result tl_wait_exclusive(void);

#ifdef __cplusplus
}
#endif

#endif
