/// telar/parallel.h: scripts that run beside each other, on all workers of a job system, and give the same run on one
/// as on sixteen.
///
///     TL_SCRIPT(bird, struct bird, me)
///     {
///         for (;;) {
///             tl_transform at;
///             tl_entity_get_transform(world, me->self, &at);
///             fly(me, &at, neighbours_of(me));            // as long as it likes: other cores do other birds
///             tl_entity_set_transform(world, me->self, &at);
///             if (hunger(me) > 1)
///                 tl_emit(hungry, {me->self});            // from here on, to its next wait, it runs alone
///             tl_wait_step();
///         }
///     }
///
///     tl_job_system_create(&(tl_job_system_desc){0}, &jobs);
///     tl_world_create(&(tl_world_desc){.jobs = jobs, .max_scripts = 100000}, &world);
///     tl_spawn_with(world, (&(tl_script_desc){.owner = self, .phase = TL_PHASE_PARALLEL}), NULL, bird, {self});
///
/// A script is parallel by its phase, TL_PHASE_PARALLEL; tl_wait_phase lets it come and go. The phase goes like this,
/// again and again until none of its scripts is ready:
///   1. Beside each other: those that are ready go on, each on any thread, until it waits or does what others could
///      see.
///   2. Alone: those that do what others could see go on from there to their next wait, one after another on the thread
///      that steps the world, in the order in which they came to the phase. For those that were spawned there that is
///      the order of their creation. Their children run here, too, by priority and creation.
///
/// What a script may do beside others:
///   - compute, call jobs (telar/job.h), and read the world: its entities and their transforms (all as they were when
///     they began to run beside each other, but for what it wrote itself), times, groups, what is in a channel;
///   - write the transform of its own entity, its owner, if it is the only parallel script of that;
///   - write what is its own: variables, and memory that no other script reads or writes in this phase;
///   - tl_wait_step, tl_scoped_shield, tl_defer, tl_return, tl_fail.
/// Every other call of the engine waits for the script's turn first, so it does what it always does, in the same order
/// for any number of workers. It and the rest of the turn see what others did in theirs before. What a script does to
/// the game's own data, and others could see, it does after tl_wait_exclusive.
///
/// Locks (telar/lock.h) are no calls of the engine, so a script takes and gives up a lock that it shares with others
/// after tl_wait_exclusive. One that had to wait for a lock goes on in its turn alone: of those that wait for the same
/// one, the first in that order gets it.
///
/// Two scripts that are to see each other's figures of the last step, and write new ones, have two copies of these, or
/// use transforms, of which the world keeps two.
///
/// Priorities count among children only. Groups, budgets and clocks are as ever.
///
/// On many threads at once run besides scripts: misuse and log hooks.
#ifndef TELAR_PARALLEL_H
#define TELAR_PARALLEL_H

#include "telar/wait.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Waits for the running script's turn alone: from here to its next wait no other script runs. Costs nothing where that
/// is so already, as in all other phases.
/// @return TL_OK; TL_ERROR_NO_SCRIPT (outside any script, or in a fiber of one's own inside a script)
/// @thread that of the script; @suspends a script that runs beside others; also in clean-ups of a block that is left.
///   Does not return when it is cancelled meanwhile, but for in a clean-up
tl_result tl_wait_exclusive(void);

#ifdef __cplusplus
}
#endif

#endif
