/// telar/script.h: scripts, which are C functions that wait.
///
///     struct guard { tl_entity self; tl_event *bell; struct spot post, door; };
///
///     TL_SCRIPT(guard, struct guard, me)
///     {
///         tl_defer(lower_weapon, me);                     // however this script ends
///         for (;;) {
///             walk_to(me, me->door);                      // an ordinary function, which waits inside
///             if (tl_wait_event(me->bell, NULL, TL_WITHIN(5)) == TL_OK)
///                 call_for_help(me);
///             walk_to(me, me->post);
///             tl_wait_seconds(2);
///         }
///     }
///
///     tl_spawn(world, entity, NULL, guard, {.self = entity, ...});        // or a struct guard
///
/// A script is a fiber (telar/fiber.h) that the world resumes when what it waits for has come. So tl_defer leaves
/// clean-ups, tl_exit ends it from any depth with a result, and its argument is typed and copied. A bare tl_yield waits
/// for the next step.
///
/// What can go on at once does: a wait for something that is already there returns in the same step, without
/// suspending.
///
/// Time does not drift: a script that waited for a time goes on from that time, not from the step that happened to be
/// the first after it. A loop of tl_wait_seconds(0.1) comes round ten times a second for ever, at any step rate. A time
/// within a microsecond and a ten-millionth of a whole number of steps is that number of steps, so 0.1f is as good as
/// 0.1 at 60 a second.
///
/// Every wait may have a limit as its last argument, TL_WITHIN(seconds) of game time or TL_WITHIN_REAL(seconds), and
/// answers TL_TIMED_OUT when that passed first. When both come in the same step, the wait is done, as long as what it
/// was for came before the script's place in that step. A limit of 0 asks whether it can be done at once.
///
/// A wait by a script that was cancelled does not return. In a clean-up a wait answers TL_ERROR_UNWINDING.
#ifndef TELAR_SCRIPT_H
#define TELAR_SCRIPT_H

#include "telar/fiber.h"
#include "telar/world.h"

#ifdef __cplusplus
extern "C" {
#endif

/// A script's name, valid while it runs and some time after: its result can be asked for until at least 1,024 others
/// have ended since. Zero is none.
typedef struct tl_script {
    uint32_t index1, generation;
} tl_script;

#ifdef __cplusplus
#define TL_NO_SCRIPT (tl_script{0, 0})
#else
#define TL_NO_SCRIPT ((tl_script){0, 0})
#endif

/// The first thing that ready scripts are ordered by; any int will do.
typedef enum tl_phase {
    TL_PHASE_EARLY = -1,
    TL_PHASE_UPDATE = 0,
    TL_PHASE_LATE = 1,
} tl_phase;

/// Zero in any field picks the default.
typedef struct tl_script_desc {
    tl_entity owner;  ///< whose end is the script's end, too; none: the world's
    tl_phase phase;   ///< default TL_PHASE_UPDATE
    int priority;     ///< within the phase, higher first; default 0
    const char *name; ///< not copied, so keep it alive; default: the function's name
} tl_script_desc;

/// Defines a script: TL_SCRIPT(name, argument type, argument) { body }. The same as TL_FIBER; tl_nothing is an argument
/// for those that need none. TL_SCRIPT_DEFINE and TL_SCRIPT_DECLARE are for scripts that are spawned above their
/// definition, or by other files, as TL_FIBER_DEFINE and TL_FIBER_DECLARE are.
#define TL_SCRIPT(script, arg_type, arg) TL_FIBER(script, arg_type, arg)
#define TL_SCRIPT_DEFINE(script, arg_type, arg) TL_FIBER_DEFINE(script, arg_type, arg)
#define TL_SCRIPT_DECLARE(script, arg_type) TL_FIBER_DECLARE(script, arg_type)

/// tl_spawn(world, owner, &script, function, {fields}): starts a script. It first runs in this step, when called by a
/// script, else in the next. The script's name may go to null, when it is of no interest.
/// @return TL_OK; TL_ERROR_NULL; TL_ERROR_STALE (the owner); TL_ERROR_OUT_OF_MEMORY; what tl_fiber_create answers for
///   its stack and argument; TL_ERROR_POOL_CLOSING (the world is being destroyed). On any error *script is none.
/// @thread one at a time; @suspends never
#define tl_spawn(world, owner, script, function, ...)                                                                  \
    TL__WITH_ARGS(function, tl__spawn((world), (owner), &function##__entry, &tl__args, (script)), __VA_ARGS__)

/// The same with a description: tl_spawn_with(world, (&(tl_script_desc){.owner = boss, .priority = 1}), &script, roar,
/// {...}). Null is all defaults.
#define tl_spawn_with(world, desc, script, function, ...)                                                              \
    TL__WITH_ARGS(function, tl_spawn_raw((world), (desc), &function##__entry, &tl__args, (script)), __VA_ARGS__)

/// The function behind the two, for entries made at run time.
tl_result tl_spawn_raw(tl_world *world, const tl_script_desc *desc, const tl_fiber_entry *entry, const void *args,
                       tl_script *script);
tl_result tl__spawn(tl_world *world, tl_entity owner, const tl_fiber_entry *entry, const void *args, tl_script *script);

/// Ends a script: its clean-ups run now, and whoever waits for it goes on in this step, told TL_CANCELLED. One that is
/// running, or that is ending another right now, goes on to its next wait, which does not return.
/// @return TL_OK; TL_ERROR_NULL; TL_ERROR_STALE (it has ended, or is ending)
/// @thread one at a time; @suspends never
tl_result tl_script_cancel(tl_world *world, tl_script script);

/// Whether it has neither ended nor is ending.
bool tl_script_is_alive(const tl_world *world, tl_script script);

/// The running script; none outside any.
tl_script tl_script_current(void);

/// How many are alive.
uint32_t tl_script_count(const tl_world *world);

/// What a script waits for.
typedef enum tl_wait {
    TL_WAIT_NOTHING = 0, ///< running, or ready to
    TL_WAIT_STEPS,
    TL_WAIT_GAME_TIME,
    TL_WAIT_REAL_TIME,
    TL_WAIT_PREDICATE,
    TL_WAIT_EVENT,
    TL_WAIT_SCRIPT,
    TL_WAIT_SEND,    ///< room in a channel
    TL_WAIT_RECEIVE, ///< something in a channel
} tl_wait;

typedef struct tl_script_info {
    const char *name;
    const char *function;  ///< its entry function
    const char *file;      ///< where that is defined
    int line;              ///<
    tl_entity owner;       ///< none: the world's, or one that was destroyed under a running script
    tl_wait wait;          ///<
    const char *wait_name; ///< of the event, channel or script that it waits for; null for other waits
    double wait_left;      ///< seconds or steps that a wait for time has left; 0 for others
    double age_seconds;    ///< of game time since it was spawned
} tl_script_info;

/// Looks at a script that is alive.
/// @return TL_OK; TL_ERROR_NULL; TL_ERROR_STALE
/// @thread one at a time; @suspends never
tl_result tl_script_get_info(const tl_world *world, tl_script script, tl_script_info *info);

/// Looks at its stack; as costly as tl_fiber_get_stack.
/// @return TL_OK; TL_ERROR_NULL; TL_ERROR_STALE; TL_ERROR_SYSTEM
/// @thread one at a time; @suspends never
tl_result tl_script_get_stack(const tl_world *world, tl_script script, tl_stack_info *info);

/// Words for a wait: "steps", "game time", "room in a channel" and so on.
const char *tl_wait_string(tl_wait wait);

/// A limit for a wait.
typedef struct tl_limit {
    tl_wait clock; ///< TL_WAIT_GAME_TIME, TL_WAIT_REAL_TIME, or TL_WAIT_NOTHING for none
    double seconds;
} tl_limit;

static inline tl_limit tl_within(tl_wait clock, double seconds)
{
    tl_limit limit = {clock, seconds};
    return limit;
}

#define TL_WITHIN(seconds) tl_within(TL_WAIT_GAME_TIME, (seconds))
#define TL_WITHIN_REAL(seconds) tl_within(TL_WAIT_REAL_TIME, (seconds))
#define TL_FOREVER tl_within(TL_WAIT_NOTHING, 0)

// The waits. All belong inside a script, suspend it unless they can go on at once, and answer besides what is said
// here: TL_TIMED_OUT; TL_ERROR_NO_SCRIPT (outside any script, or in a fiber of one's own inside a script);
// TL_ERROR_UNWINDING (in a clean-up); TL_ERROR_ARGUMENT for a count or time that is negative or not a number, and for a
// limit on any other clock.

/// Until the next step. @return TL_OK
#define tl_wait_frame() tl__wait_steps(1, TL_FOREVER)

/// tl_wait_frames(count[, limit]): that many steps, 0 or more; 0 goes on at once. @return TL_OK
#define tl_wait_frames(...) TL__LIMITED_1(tl__wait_steps, __VA_ARGS__, TL_FOREVER, 0)

/// tl_wait_seconds(seconds[, limit]): game time. At least that long, to within a microsecond, counted from the time
/// that the script waited for last; 0 goes on at once; INFINITY waits for ever. @return TL_OK
#define tl_wait_seconds(...) TL__LIMITED_1(tl__wait_game_seconds, __VA_ARGS__, TL_FOREVER, 0)

/// tl_wait_real_seconds(seconds[, limit]): the same in real time, which no scale slows or stops. @return TL_OK
#define tl_wait_real_seconds(...) TL__LIMITED_1(tl__wait_real_seconds, __VA_ARGS__, TL_FOREVER, 0)

/// A condition to wait for. It may look and count, but neither wait (which answers TL_ERROR_NO_SCRIPT there) nor end
/// anything; tl_world_current is the script's world.
typedef bool (*tl_predicate)(void *arg);

/// tl_wait_until(predicate, arg[, limit]): until predicate(arg) is true; asked now, then at the script's place in each
/// step, which each costs a call. @return TL_OK; TL_ERROR_NULL
#define tl_wait_until(predicate, ...) TL__LIMITED_2(tl__wait_until, predicate, __VA_ARGS__, TL_FOREVER, 0)

/// tl_wait_script(script, &result[, limit]): until another script ends. `result` is a void **, or null; it gets what
/// the other gave to tl_exit. @return TL_OK; TL_CANCELLED (the other was cancelled); TL_ERROR_STALE (none, or its
/// result is
///   no longer kept); TL_ERROR_CYCLE (it is itself, or waits for this one)
#define tl_wait_script(script, ...) TL__LIMITED_2(tl__wait_script, script, __VA_ARGS__, TL_FOREVER, 0)

// Behind the macros: the last argument is the limit, or else TL_FOREVER.
#define TL__LIMITED_1(function, first, limit, ...) function((first), (limit))
#define TL__LIMITED_2(function, first, second, limit, ...) function((first), (second), (limit))
tl_result tl__wait_steps(int64_t count, tl_limit limit);
tl_result tl__wait_game_seconds(double seconds, tl_limit limit);
tl_result tl__wait_real_seconds(double seconds, tl_limit limit);
tl_result tl__wait_until(tl_predicate predicate, void *arg, tl_limit limit);
tl_result tl__wait_script(tl_script script, void **result, tl_limit limit);

#ifdef __cplusplus
}
#endif

#endif
