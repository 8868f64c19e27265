// SPDX-License-Identifier: MIT
/// telar/script.h: scripts, which are C functions that wait.
///
///     struct guard { tl_entity self; bell_event bell; struct spot post, door; };
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
/// A script is a fiber (telar/fiber.h) that the world resumes when its wait is over (telar/wait.h). As in any fiber,
/// tl_defer registers clean-ups, and the argument is typed and copied. A bare tl_yield waits for the next step.
/// telar/concurrency.h has children: scripts that run as parts of another script.
///
/// How a script ends, and what a wait for it (tl_wait_script) then returns:
///   - its body returns, or it calls tl_return or tl_exit, at any depth: TL_OK, and its result if it has one;
///   - it calls tl_fail, at any depth: TL_ERROR_FAILED, and the error (tl_wait_error);
///   - it is cancelled, by tl_script_cancel or because its owner, its parent or the world ends: TL_CANCELLED.
/// In all cases but a return from its body, its children end first, newest first; then its blocks are left from the
/// inside out, and their clean-ups run (telar/fiber.h).
///
/// A cancelled script that is suspended ends at once. If it is running, it ends at its next wait, which does not
/// return; if it is inside a shield (tl_scoped_shield), at its first wait after the shield; while a child of it is
/// running or in a shield, when that child has ended. From the moment it is cancelled, the script counts as dead.
#ifndef TELAR_SCRIPT_H
#define TELAR_SCRIPT_H

#include "telar/api.h"
#include "telar/entity.h"
#include "telar/fiber.h"
#include "telar/group.h"
#include "telar/job.h"

#ifdef __cplusplus
extern "C" {
#endif

/// A script's id. It is valid while the script lives; after that, the script's result can still be asked for until at
/// least 1,024 other scripts have ended. Zero is no script.
typedef struct tl_script {
    uint32_t index1, generation;
} tl_script;

#ifdef __cplusplus
#define TL_NO_SCRIPT (tl_script{0, 0})
#else
#define TL_NO_SCRIPT ((tl_script){0, 0})
#endif

/// Zero in any field picks the default.
typedef struct tl_script_desc {
    tl_entity owner;  ///< the script ends with this entity; none: with the world
    tl_group *group;  ///< default: the group of the script that spawns it, or the world's
    tl_phase phase;   ///< default TL_PHASE_STEP
    int priority;     ///< within the phase, higher first; default 0
    const char *name; ///< not copied, so keep it alive; default: the function's name
    /// A counter that counts this script until it has ended, so that jobs, threads and scripts of other worlds can wait
    /// for its end.
    tl_counter *counter;
} tl_script_desc;

/// Defines a script: TL_SCRIPT(name, argument type, argument) { body }. It is the same as TL_FIBER; a script without an
/// argument takes a tl_nothing. A script that is spawned above its definition, or by another file, needs
/// TL_SCRIPT_DECLARE and TL_SCRIPT_DEFINE, which work as TL_FIBER_DECLARE and TL_FIBER_DEFINE do.
#define TL_SCRIPT(script, arg_type, arg) TL_FIBER(script, arg_type, arg)
#define TL_SCRIPT_DEFINE(script, arg_type, arg) TL_FIBER_DEFINE(script, arg_type, arg)
#define TL_SCRIPT_DECLARE(script, arg_type) TL_FIBER_DECLARE(script, arg_type)

/// Defines a script whose body returns a value. Scripts that wait for it get a copy (tl_wait_result, TL_CHILD_INTO):
/// TL_SCRIPT_RETURNING(struct path, find_path, struct query, q) { ...; return path; }. If the script ends by tl_exit,
/// its result is all zeros. In C++ a result or argument of a type that is not trivially copyable does not compile.
#define TL_SCRIPT_RETURNING(result_type, script, arg_type, arg)                                                        \
    TL__COPIED(result_type)                                                                                            \
    TL__COPIED(arg_type)                                                                                               \
    typedef result_type script##__result;                                                                              \
    TL__SCRIPT_RETURNING(static, script, arg_type, arg)
#define TL_SCRIPT_DEFINE_RETURNING(result_type, script, arg_type, arg)                                                 \
    TL_SCRIPT_DECLARE_RETURNING(result_type, script, arg_type);                                                        \
    TL__SCRIPT_RETURNING(, script, arg_type, arg)
#define TL_SCRIPT_DECLARE_RETURNING(result_type, script, arg_type)                                                     \
    TL__COPIED(result_type)                                                                                            \
    typedef result_type script##__result;                                                                              \
    TL_FIBER_DECLARE(script, arg_type)

/// tl_spawn(world, owner, &script, function, {fields}): starts a script. The new script does not run at once, but in
/// its turn among the ready scripts (telar/world.h): in this step if a script or the physics spawns it during one, else
/// in the next. `&script` may be null.
/// @return TL_OK; TL_ERROR_NULL; TL_ERROR_ARGUMENT (no such phase, or the counter is full); TL_ERROR_STALE (the owner);
///   TL_ERROR_OTHER_WORLD (the group); TL_ERROR_OUT_OF_MEMORY; an error of tl_fiber_create for the script's stack or
///   argument; TL_ERROR_POOL_CLOSING (the world is being destroyed). On any error *script is TL_NO_SCRIPT.
/// @thread one at a time; @suspends never
#define tl_spawn(world, owner, script, function, ...)                                                                  \
    TL__WITH_ARGS(                                                                                                     \
        function,                                                                                                      \
        tl__spawn((world), (owner), &function##__entry, TL__ARGS(function, __VA_ARGS__), TL__SITE, (script)),          \
        __VA_ARGS__)

/// Starts a script as tl_spawn does, with a description. A null description is all defaults.
///
///     tl_script_desc how = {.owner = boss, .priority = 1};
///     tl_spawn_with(world, &how, &script, roar, {...});
///
#define tl_spawn_with(world, desc, script, function, ...)                                                              \
    TL__WITH_ARGS(                                                                                                     \
        function,                                                                                                      \
        tl_spawn_raw((world), (desc), &function##__entry, TL__ARGS(function, __VA_ARGS__), TL__SITE, (script)),        \
        __VA_ARGS__)

/// A place in the source.
typedef struct tl_site {
    const char *file;
    int line;
} tl_site;

/// Starts a script from an entry that may be made at run time: the function behind tl_spawn_with. `site` says where the
/// script is spawned; null: unknown. Neither `entry` nor `site` is copied, so keep both alive.
TL_API tl_result tl_spawn_raw(tl_world *world, const tl_script_desc *desc, const tl_fiber_entry *entry,
                              const void *args, const tl_site *site, tl_script *script);

/// tl_return(function, {fields}): ends the running script with a result. The script must have been started from
/// `function`.
/// @return only when misused: TL_ERROR_NO_SCRIPT; TL_ERROR_UNWINDING; TL_ERROR_ARGUMENT (the script was started from
///   another function)
/// @thread one at a time; @suspends for good
#define tl_return(function, ...) TL__RETURN(function, __VA_ARGS__)

/// tl_fail(code, format, ...): ends the running script with an error: a number of the game's own and a text formatted
/// as by printf. A script that waits for the failed one gets both (tl_wait_error). If no script waits, the failure is
/// logged at once (telar/log.h), with the script's name and the file and line that spawned it.
/// @return only when misused: TL_ERROR_NULL (no format); TL_ERROR_NO_SCRIPT; TL_ERROR_UNWINDING
/// @thread one at a time; @suspends for good
TL_API tl_result tl_fail(int code, const char *format, ...) TL__PRINTF(2, 3);

/// How a script failed.
typedef struct tl_error {
    int code;           ///< the code that was passed to tl_fail
    const char *text;   ///< never null
    const char *script; ///< the name of the script that failed
    tl_site spawned;    ///< where that script was spawned; its file is null if unknown
} tl_error;

/// Returns the error of the failed script, if the running script's latest wait returned TL_ERROR_FAILED; else null. The
/// pointer is valid until the running script's next wait.
/// @thread one at a time; @suspends never
TL_API const tl_error *tl_wait_error(void);

/// Cancels a script.
/// @return TL_OK; TL_ERROR_NULL; TL_ERROR_STALE (it has ended, or was cancelled before)
/// @thread one at a time; @suspends never
TL_API tl_result tl_script_cancel(tl_world *world, tl_script script);

/// Cancels the scripts whose entry function has an address from `begin` up to, not including, `end`: for hot reloading,
/// those of a shared library that is about to be closed. docs/scripting.md shows how to find a library's addresses.
///
///     uint32_t left;
///     tl_world_cancel_from(world, begin, end, &left);     // and when none is left:
///     dlclose(library);
///
/// Only entry functions are compared. So scripts of the program that call a function of the library, or wait with one
/// as their predicate, are not found.
/// @param left  receives how many scripts of that range have not ended yet: those that are running (such as the
///              caller), are in a shield or wait for jobs, and those that clean-ups have spawned meanwhile. If it is
///              not 0, step the world, and call again. May be null
/// @return
///   - TL_OK: also if there are no such scripts
///   - TL_ERROR_NULL
///   - TL_ERROR_ARGUMENT: `end` comes before `begin`
///
/// On an error *left is UINT32_MAX
/// @thread one at a time; @suspends never, but runs clean-ups
TL_API tl_result tl_world_cancel_from(tl_world *world, const void *begin, const void *end, uint32_t *left);

/// Returns whether a script has neither ended nor been cancelled.
TL_API bool tl_script_is_alive(const tl_world *world, tl_script script);

/// Returns the running script's id; TL_NO_SCRIPT outside any script.
TL_API tl_script tl_script_current(void);

/// Returns how many scripts have not ended, including cancelled ones; 0 for a null world.
TL_API uint32_t tl_script_count(const tl_world *world);

/// What a script waits for.
typedef enum tl_wait {
    TL_WAIT_NOTHING = 0, ///< it is running, or ready to run
    TL_WAIT_STEPS,
    TL_WAIT_GAME_TIME,
    TL_WAIT_REAL_TIME,
    TL_WAIT_PHASE,
    TL_WAIT_FRAME, ///< the end of a frame
    TL_WAIT_PREDICATE,
    TL_WAIT_EVENT,
    TL_WAIT_SCRIPT,
    TL_WAIT_SEND,    ///< room in a channel
    TL_WAIT_RECEIVE, ///< an item in a channel
    TL_WAIT_RACE,    ///< the first arm of a race
    TL_WAIT_SYNC,    ///< all arms of a sync
    TL_WAIT_CHILD,   ///< the end of a child that was cancelled
    TL_WAIT_COUNTER, ///< jobs, or other work that a counter counts
    TL_WAIT_LOCK,    ///< a mutex or a condition
} tl_wait;

typedef struct tl_script_info {
    const char *name;
    const char *function;  ///< the name of its entry function
    tl_site defined;       ///< where that function is defined
    tl_site spawned;       ///< where the script was spawned; its file is null if unknown
    tl_entity owner;       ///< the entity that it ends with; none: the world
    tl_script parent;      ///< the script whose child it is; none if it was spawned
    tl_group *group;       ///<
    tl_phase phase;        ///<
    tl_wait wait;          ///<
    const char *wait_name; ///< name of the event, channel, script, counter or lock waited for; null for other waits
    double wait_left;      ///< seconds or steps left of a wait for time; 0 for other waits
    double age_seconds;    ///< seconds of game time since it was spawned
} tl_script_info;

/// Returns a script's name, owner and state, with what it waits for; zeros, with a null name, for a script that is not
/// alive and for a null world, which is misuse.
/// @thread one at a time; @suspends never
TL_API tl_script_info tl_script_get_info(const tl_world *world, tl_script script);

/// Returns how a script uses its stack, as tl_fiber_get_stack does for a fiber, and at the same cost; zeros for a
/// script that is not alive. A null world is misuse.
/// @thread one at a time; @suspends never
TL_API tl_stack_info tl_script_get_stack(const tl_world *world, tl_script script);

/// Returns the living script after another one, or the first after TL_NO_SCRIPT; TL_NO_SCRIPT at the end. The order is
/// not that in which they were made or run.
///
///     for (tl_script s = tl_script_next(w, TL_NO_SCRIPT); s.index1 != 0; s = tl_script_next(w, s))
///
/// Scripts may be spawned and end during such a walk, also the current one. A script that lives during the whole walk
/// is visited once, a script that is spawned during it at most once. A null world is misuse.
/// @thread one at a time; @suspends never
TL_API tl_script tl_script_next(const tl_world *world, tl_script script);

/// Returns a text for a wait: "steps", "game time", "room in a channel" and so on.
TL_API const char *tl_wait_string(tl_wait wait);

// Behind the macros.
TL_API tl_result tl__spawn(tl_world *world, tl_entity owner, const tl_fiber_entry *entry, const void *args,
                           const tl_site *site, tl_script *script);
TL_API void tl__script_return(const void *result, size_t size);
TL_API tl_result tl__script_return_early(const tl_fiber_entry *entry, const void *result, size_t size);

/// Yields a pointer to a static tl_site: the place in the source where the macro is used.
#ifdef __cplusplus
#define TL__SITE                                                                                                       \
    [] {                                                                                                               \
        static const tl_site tl__site = {__FILE__, __LINE__};                                                          \
        return &tl__site;                                                                                              \
    }()
#else
#define TL__SITE                                                                                                       \
    __extension__({                                                                                                    \
        static const tl_site tl__site = {__FILE__, __LINE__};                                                          \
        &tl__site;                                                                                                     \
    })
#endif

/// Ends the script early with a result, which is initialised in the usual way.
#ifdef __cplusplus
#define TL__RETURN(function, ...)                                                                                      \
    tl__script_return_early(&function##__entry, tl__args_at<function##__result>(__VA_ARGS__),                          \
                            sizeof(function##__result))
#else
#define TL__RETURN(function, ...)                                                                                      \
    __extension__({                                                                                                    \
        const function##__result tl__returned = __VA_ARGS__;                                                           \
        tl__script_return_early(&function##__entry, &tl__returned, sizeof tl__returned);                               \
    })
#endif

#define TL__SCRIPT_RETURNING(linkage, script, arg_type, arg)                                                           \
    static script##__result script(arg_type *arg);                                                                     \
    typedef arg_type script##__args;                                                                                   \
    static void script##__run(void *args)                                                                              \
    {                                                                                                                  \
        const script##__result result = script((script##__args *)args);                                                \
        tl__script_return(&result, sizeof result);                                                                     \
    }                                                                                                                  \
    TL__MAYBE_UNUSED linkage const tl_fiber_entry script##__entry = {                                                  \
        #script, __FILE__, __LINE__, script##__run, sizeof(script##__args), TL__ALIGNOF(script##__args)};              \
    static script##__result script(TL__MAYBE_UNUSED arg_type *arg)

/// Yields `pointer`, which must be a pointer to `type`. In C an unevaluated copy of it comes first, for which the
/// compiler checks conversions as strictly as in TL__WITH_ARGS.
#ifdef __cplusplus
#define TL__POINTER(type, pointer) static_cast<type *>(pointer)
#else
#define TL__POINTER(type, pointer)                                                                                     \
    ((void)sizeof(__extension__({                                                                                      \
         TL__STRICT_BEGIN                                                                                              \
         type *tl__pointer = (pointer);                                                                                \
         TL__STRICT_END                                                                                                \
         tl__pointer;                                                                                                  \
     })),                                                                                                              \
     (pointer))
#endif

#ifdef __cplusplus
}
#endif

#include "telar/wait.h"

#endif
