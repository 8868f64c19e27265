// SPDX-License-Identifier: MIT
/// telar/wait.h: waits of scripts, for steps, time, phases, conditions, other scripts and jobs. The waits for events
/// and channels follow the same rules (telar/event.h, telar/channel.h); telar/concurrency.h has waits for several
/// things at once.
///
/// A wait for a state that is already reached, such as a script that has ended or a channel that has room, returns at
/// once, without suspending. (An event is no state: tl_wait_event waits for the next emit.)
///
/// Time does not drift. Each script has a time of its own (tl_local_seconds): after a wait for a time, it is exactly
/// the time waited for, not the time of the step in which the script runs; and scripts that it starts inherit it. So a
/// loop of tl_wait_seconds(0.1) repeats ten times a second for ever, at any step rate. A duration that differs from a
/// whole number of steps by at most a microsecond, and at most a ten-millionth of itself, counts as that number of
/// steps: at 60 steps a second 0.1f is as good as 0.1.
///
/// Every wait may have a limit as its last argument, unless its comment says otherwise: TL_WITHIN(seconds) of game time
/// or TL_WITHIN_REAL(seconds) of real time. If the limit passes first, the wait returns TL_TIMED_OUT. If the wait is
/// completed and the limit passes before the script runs again, in the same step or while its group is held back, the
/// wait counts as completed. A limit of 0 only checks: a wait that would have to suspend returns TL_TIMED_OUT instead.
/// Anything after the limit does not compile.
///
/// In a cancelled script a wait does not return (except inside a tl_scoped_shield). In a clean-up a wait returns
/// TL_ERROR_UNWINDING at once.
///
/// Jobs (telar/job.h): in a script tl_job_call, tl_parallel_for, tl_counter_wait and the waits for locks (telar/lock.h)
/// are waits, too: they suspend the script, and do not block the game.
///
///     struct path_query q = {.from = me->at, .to = me->post};
///     tl_job_call(NULL, find_path, &q);               // runs on any core; the result is here when this returns
///     follow(me, &q);
///
/// The script continues in its phase of the step in which the jobs are done or, if that phase has passed, of the next
/// step. Which step that is depends on the machine, unless the world is in lockstep (tl_world_desc.lockstep).
///
/// Jobs may use the script's variables. So a script that is cancelled while it waits for jobs ends only when the jobs
/// have ended, as if it were in a shield; and calls that must end it at once, tl_world_destroy and
/// tl_entity_destroy_and_wait, wait for the jobs. When the script is cancelled, jobs of its tl_job_call or
/// tl_parallel_for that have not begun are dropped, and the others can ask tl_job_is_cancelled. But all jobs run if the
/// script is inside a shield, or in lockstep, since which jobs have begun depends on the machine. (A counter that
/// counts other work than jobs, by tl_counter_add, does not keep a cancelled script from ending.)
///
/// In lockstep, and in a clean-up, the thread that steps the world waits for the jobs itself, and no script runs
/// meanwhile: such jobs must not wait for anything that only a script does, such as unlocking a mutex that it holds. In
/// lockstep no time passes during a wait for jobs, so its limit has no effect, not even a limit of 0.
/// (In a clean-up a wait for jobs does not suspend the script, but blocks the thread, which helps meanwhile; a wait for
/// a lock returns TL_ERROR_UNWINDING.)
///
/// Only scripts can wait. A wait suspends the script, unless it can return at once. Besides the results named at each
/// call, all waits return:
///   - TL_TIMED_OUT
///   - TL_ERROR_NO_SCRIPT: outside any script, or in a fiber that the script runs itself
///   - TL_ERROR_UNWINDING: in a clean-up
///   - TL_ERROR_ARGUMENT: a count or time that is negative or not a number, or a limit on an unknown clock
#ifndef TELAR_WAIT_H
#define TELAR_WAIT_H

#include "telar/api.h"
#include "telar/job.h"
#include "telar/limit.h"
#include "telar/script.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Waits for the next step. Takes no limit: tl_wait_steps(1, limit) does. @return TL_OK
#define tl_wait_step() tl__wait_next_step()

/// tl_wait_steps(count[, limit]): waits `count` steps, 0 or more; 0 returns at once. @return TL_OK
#define tl_wait_steps(...) TL__LIMITED_1(tl__wait_steps, __VA_ARGS__, TL_FOREVER, TL__NO_MORE, TL__NO_MORE, TL__NO_MORE)

/// Waits for the next tl_world_end_frame, however many steps come before it, or none. A script of TL_PHASE_FRAME
/// continues in that call, a script of another phase in that phase of the next step. Takes no limit. @return TL_OK
TL_API tl_result tl_wait_frame(void);

/// tl_wait_seconds(seconds[, limit]): waits until `seconds` of game time of the script's group have passed, to within a
/// microsecond, counted from the script's own time (see above). 0 returns at once; INFINITY waits for ever.
/// @return TL_OK
#define tl_wait_seconds(...)                                                                                           \
    TL__LIMITED_1(tl__wait_game_seconds, __VA_ARGS__, TL_FOREVER, TL__NO_MORE, TL__NO_MORE, TL__NO_MORE)

/// tl_wait_real_seconds(seconds[, limit]): waits as tl_wait_seconds does, but for real time, which no time scale slows
/// or stops. @return TL_OK
#define tl_wait_real_seconds(...)                                                                                      \
    TL__LIMITED_1(tl__wait_real_seconds, __VA_ARGS__, TL_FOREVER, TL__NO_MORE, TL__NO_MORE, TL__NO_MORE)

/// Waits until a phase next begins: in this step if it has not begun yet, else in the next. From then on the script
/// runs in that phase. Takes no limit.
/// @return TL_OK; TL_ERROR_ARGUMENT (no such phase); TL_ERROR_OUT_OF_MEMORY (for TL_PHASE_PARALLEL)
TL_API tl_result tl_wait_phase(tl_phase phase);

/// A condition to wait for. It may read the world and change variables of the game, but it may not wait (waits return
/// TL_ERROR_NO_SCRIPT), end anything, or suspend (tl_yield, tl_transfer and tl_exit return TL_ERROR_IN_CALLBACK or
/// TL_ERROR_NO_FIBER). In it tl_world_current is the script's world. A C++ exception that leaves it ends the step that
/// called it, after which the world may be stepped again; the script itself gets the exception only from the first
/// call, which tl_wait_until makes.
typedef bool (*tl_predicate)(void *arg);

/// tl_wait_until(predicate, arg[, limit]): waits until predicate(arg) returns true. The predicate is called at once,
/// and then once in each step, in the script's phase, so each step of the wait costs a call.
/// @return TL_OK; TL_ERROR_NULL
#define tl_wait_until(predicate, ...)                                                                                  \
    TL__LIMITED_2(tl__wait_until, predicate, __VA_ARGS__, TL_FOREVER, TL__NO_MORE, TL__NO_MORE, TL__NO_MORE)

/// tl_wait_script(script[, limit]): waits until another script ends.
/// @return TL_OK; TL_CANCELLED (the other script was cancelled); TL_ERROR_FAILED (it failed: tl_wait_error);
///   TL_ERROR_STALE (no script, or one that ended long ago); TL_ERROR_CYCLE (the other script is this one or a parent
///   of it, or waits for one of them)
#define tl_wait_script(...)                                                                                            \
    TL__LIMITED_1(tl__wait_script, __VA_ARGS__, TL_FOREVER, TL__NO_MORE, TL__NO_MORE, TL__NO_MORE)

/// tl_wait_result(function, script, &result[, limit]): waits until another script ends and, if the wait returns TL_OK,
/// copies that script's result. The script must have been started from `function`, a TL_SCRIPT_RETURNING; a result of
/// another type does not compile.
/// @return as tl_wait_script; TL_ERROR_NULL; TL_ERROR_ARGUMENT (the script was started from another function)
#define tl_wait_result(function, script, ...)                                                                          \
    TL__WAIT_RESULT(function, script, __VA_ARGS__, TL_FOREVER, TL__NO_MORE, TL__NO_MORE, TL__NO_MORE)

// Behind the macros.
#define TL__WAIT_RESULT(function, script, result, limit, next, end, ...)                                               \
    TL__LIMITED(end, tl__wait_result((script), &function##__entry, TL__POINTER(function##__result, result),            \
                                     sizeof(function##__result), (limit)))
TL_API tl_result tl__wait_next_step(void);
TL_API tl_result tl__wait_steps(int64_t count, tl_limit limit);
TL_API tl_result tl__wait_game_seconds(double seconds, tl_limit limit);
TL_API tl_result tl__wait_real_seconds(double seconds, tl_limit limit);
TL_API tl_result tl__wait_until(tl_predicate predicate, void *arg, tl_limit limit);
TL_API tl_result tl__wait_script(tl_script script, tl_limit limit);
TL_API tl_result tl__wait_result(tl_script script, const tl_fiber_entry *entry, void *result, size_t size,
                                 tl_limit limit);

#ifdef __cplusplus
}
#endif

#endif
