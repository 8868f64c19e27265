// SPDX-License-Identifier: MIT
/// telar/wait.h: what scripts wait for: steps, time, phases, conditions, other scripts, jobs. The waits of events and
/// channels follow the same rules (telar/event.h, telar/channel.h); telar/concurrency.h has waits for several things at
/// once.
///
/// A wait for something that has already happened returns at once, without suspending.
///
/// Time does not drift: after a wait for a time, a script's own time is exactly that time, not the time of the step in
/// which it runs; scripts that it starts inherit it. A loop of tl_wait_seconds(0.1) repeats ten times a second for
/// ever, at any step rate. A time within a microsecond and a ten-millionth of a whole number of steps is that number of
/// steps, so 0.1f is as good as 0.1 at 60 a second.
///
/// Every wait, but for three that say so, may have a limit as its last argument, TL_WITHIN(seconds) of game time or
/// TL_WITHIN_REAL(seconds), and returns TL_TIMED_OUT when the limit passed first. When the wait is completed and the
/// limit passes before the script runs again, in one step or while its group is held back, the wait counts as
/// completed. A limit of 0 asks whether the wait would return at once. Anything after the limit does not compile.
///
/// A wait of a cancelled script does not return (but see tl_scoped_shield). In a clean-up a wait returns
/// TL_ERROR_UNWINDING at once.
///
/// Jobs (telar/job.h): tl_job_call, tl_parallel_for, tl_counter_wait and the waits for locks (telar/lock.h) are waits
/// of a script, too: they do not block the game.
///
///     struct path_query q = {.from = me->at, .to = me->post};
///     tl_job_call(NULL, find_path, &q);               // runs on any core; the result is here when this returns
///     follow(me, &q);
///
/// The script continues in its phase of the step in which the jobs are done, or, if that phase has passed, of the next
/// step. Which step that is depends on the machine, unless the world is in lockstep (tl_world_desc.lockstep).
///
/// Jobs may use the script's variables. So a script that is cancelled while it waits for jobs ends when the jobs have
/// ended, as after a shield, and a world is destroyed only then (tl_entity_destroy_and_wait). Jobs of tl_job_call and
/// tl_parallel_for that have not begun are then dropped, and the others can ask tl_job_is_cancelled; not so inside a
/// shield, where all jobs run, nor in lockstep, since which jobs had begun depends on the machine. (A counter that
/// counts other work than jobs, by tl_counter_add, does not hold a cancelled script up.)
///
/// While the thread itself waits for jobs, in lockstep or in a clean-up, no script runs: such jobs must not wait for
/// something that only a script does, such as unlocking a mutex that it holds. In a clean-up the waits for jobs block
/// the thread, which helps meanwhile, instead of suspending the script; those for locks return TL_ERROR_UNWINDING.
///
/// All waits are for scripts, and suspend them unless they can return at once. Besides what is said of each, they
/// return:
///   - TL_TIMED_OUT
///   - TL_ERROR_NO_SCRIPT: outside any script, or in a bare fiber inside a script
///   - TL_ERROR_UNWINDING: in a clean-up
///   - TL_ERROR_ARGUMENT: a count or time that is negative or not a number, or a limit by an unknown clock
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
/// continues in that call, one of another phase in its place in the step after. Takes no limit. @return TL_OK
TL_API tl_result tl_wait_frame(void);

/// tl_wait_seconds(seconds[, limit]): waits for game time of the script's group, at least that long, to within a
/// microsecond, counted from the time that the script waited for last; 0 returns at once; INFINITY waits for ever.
/// @return TL_OK
#define tl_wait_seconds(...)                                                                                           \
    TL__LIMITED_1(tl__wait_game_seconds, __VA_ARGS__, TL_FOREVER, TL__NO_MORE, TL__NO_MORE, TL__NO_MORE)

/// tl_wait_real_seconds(seconds[, limit]): waits for real time, which no scale slows or stops. @return TL_OK
#define tl_wait_real_seconds(...)                                                                                      \
    TL__LIMITED_1(tl__wait_real_seconds, __VA_ARGS__, TL_FOREVER, TL__NO_MORE, TL__NO_MORE, TL__NO_MORE)

/// Waits until a phase next begins: in this step when it is yet to come, else in the next. From then on the script's
/// place is in that phase. Takes no limit. @return TL_OK; TL_ERROR_ARGUMENT (no phase); TL_ERROR_OUT_OF_MEMORY (for
/// TL_PHASE_PARALLEL)
TL_API tl_result tl_wait_phase(tl_phase phase);

/// A condition to wait for. It may look and count, but neither wait (which answers TL_ERROR_NO_SCRIPT there), nor end
/// anything, nor suspend (tl_yield, tl_transfer and tl_exit answer TL_ERROR_IN_CALLBACK or TL_ERROR_NO_FIBER);
/// tl_world_current is the script's world. A C++ exception that leaves it ends the step that asked, after which the
/// world may be stepped again; it reaches the script only where tl_wait_until asks at once.
typedef bool (*tl_predicate)(void *arg);

/// tl_wait_until(predicate, arg[, limit]): waits until predicate(arg) is true. It is asked now, then at the script's
/// place in each step, which each costs a call. @return TL_OK; TL_ERROR_NULL
#define tl_wait_until(predicate, ...)                                                                                  \
    TL__LIMITED_2(tl__wait_until, predicate, __VA_ARGS__, TL_FOREVER, TL__NO_MORE, TL__NO_MORE, TL__NO_MORE)

/// tl_wait_script(script[, limit]): waits until another script ends. @return TL_OK; TL_CANCELLED (the other was
/// cancelled);
///   TL_ERROR_FAILED (it failed: tl_wait_error); TL_ERROR_STALE (none, or one that ended long ago); TL_ERROR_CYCLE (it
///   is itself, or waits for this one)
#define tl_wait_script(...)                                                                                            \
    TL__LIMITED_1(tl__wait_script, __VA_ARGS__, TL_FOREVER, TL__NO_MORE, TL__NO_MORE, TL__NO_MORE)

/// tl_wait_result(function, script, &result[, limit]): waits until another script ends, and copies what it returned
/// when the answer is TL_OK.
/// The script must be one of `function`, a TL_SCRIPT_RETURNING; a result of another type does not compile.
/// @return as tl_wait_script; TL_ERROR_NULL; TL_ERROR_ARGUMENT (another function's script)
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
