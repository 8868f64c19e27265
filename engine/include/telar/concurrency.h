// SPDX-License-Identifier: MIT
/// telar/concurrency.h: doing several things at once, as parts of one script.
///
///     switch (tl_race(TL_CHILD(attacks, me), TL_CHILD(is_weak, {me, 0.5f}), TL_ON(player_left, NULL)).winner) {
///     case 1:
///         tl_sync(TL_CHILD(roar, me), TL_CHILD(shake_camera, {0.4f}));
///         phase_two(me);
///         break;
///     case 2:
///         tl_wait_seconds(2);
///         heal(me);
///         break;
///     }
///
///   tl_race    returns when the first of its arms is done, with that arm's index, and cancels the other arms
///   tl_sync    returns when all arms are done
///   tl_branch  starts a child that runs alongside the script until the enclosing block is left
///   tl_spawn   (telar/script.h) starts a script without a parent, which ends by itself or with its owner
///
/// An arm is a child (a script that is part of the script that starts it), or something to wait for: an event, a
/// channel, another script, a time. Arms begin in the order in which they are listed. A child runs at once, up to its
/// first wait, as if it were called: so a child that does not wait costs no step, and once an arm has won a race, the
/// arms after it do not begin.
///
/// Children run in the group, phase and priority of their parent. Their arguments are copied; pointers in an argument
/// may point to the parent's variables, since no child outlives the call (for tl_branch, the block) that started it.
///
/// The winner is the arm that is done first; if one emit completes several arms, it is the one with the lowest index. A
/// time or limit that passes in a step loses against anything else that happens in that step; if several times pass in
/// one step, the one with the lowest index wins.
///
/// All of these calls nest, and may be made at any depth of calls.
#ifndef TELAR_CONCURRENCY_H
#define TELAR_CONCURRENCY_H

#include "telar/api.h"
#include "telar/channel.h"
#include "telar/event.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tl__arm_kind tl__arm_kind;

/// An arm of a race or sync. The macros below make them.
typedef struct tl_arm {
    const tl__arm_kind *kind; ///< null: marks the end of a list of arms
    tl_limit time;            ///< for a time: when it is done; for a child: after what time it begins
    const tl_fiber_entry *entry;
    const tl_site *site;
    const void *args; ///< a child's argument
    void *to;
    size_t size;
    tl_script script;
    tl_event event;
    tl_channel channel;
} tl_arm;

/// TL_CHILD(function, {fields}): a child that runs `function`, a TL_SCRIPT, on a copy of the argument.
#define TL_CHILD(function, ...) tl__arm_child(&function##__entry, TL__CHILD_ARGS(function, __VA_ARGS__), TL__SITE)

/// TL_CHILD_OF(function, &argument): a child whose argument the caller stores, for lists of arms that are made at run
/// time. The argument is copied when the child begins. (The argument of a TL_CHILD is a temporary: it lives only as
/// long as the block or call that the TL_CHILD is in.)
#define TL_CHILD_OF(function, argument)                                                                                \
    tl__arm_child(&function##__entry, TL__CHILD_POINTER(function, argument), TL__SITE)

/// TL_CHILD_INTO(&result, function, {fields}): a child whose result is copied to `result` when it ends, unless `result`
/// is null.
#define TL_CHILD_INTO(result, function, ...)                                                                           \
    tl__arm_into(TL_CHILD(function, __VA_ARGS__), TL__POINTER(function##__result, result), sizeof(function##__result))

/// TL_AT(seconds, function, {fields}): a child that begins after `seconds` of game time. A timeline is a tl_sync of
/// such arms.
#define TL_AT(seconds, function, ...) tl__arm_at(TL_CHILD(function, __VA_ARGS__), (seconds))

/// TL_ON(event, &payload), TL_ON_SEND(channel, &item), TL_ON_RECEIVE(channel, &item), TL_ON_SCRIPT(script): arms
/// that wait as tl_wait_event, tl_send, tl_receive and tl_wait_script do. An arm that loses has no effect: it takes no
/// item from a channel, and puts none into one.
#define TL_ON(awaited, payload) tl__arm_event((awaited).event, TL__PAYLOAD(awaited, payload))
#define TL_ON_SEND(to, item) tl__arm_channel(&tl__send_arm, (to).channel, TL__CONST_ITEM_POINTER(to, item))
#define TL_ON_RECEIVE(from, item) tl__arm_channel(&tl__receive_arm, (from).channel, TL__ITEM_POINTER(from, item))
#define TL_ON_SCRIPT(script) tl__arm_script(script)

/// TL_AFTER(seconds), TL_AFTER_REAL(seconds): arms that are done when a time has passed, as with tl_wait_seconds and
/// tl_wait_real_seconds.
#define TL_AFTER(seconds) tl__arm_time(TL_WITHIN(seconds))
#define TL_AFTER_REAL(seconds) tl__arm_time(TL_WITHIN_REAL(seconds))

/// How a race ended.
typedef struct tl_race_outcome {
    tl_result result; ///< TL_OK: an arm won
    int winner;       ///< that arm's index, from 0; -1 if none won
} tl_race_outcome;

/// tl_race(arm, ...): begins the arms and returns when the first is done. By then the children of all other arms have
/// been unwound, newest first. An arm drops out of the race when its child or script is cancelled, or its event or
/// channel is destroyed, or its channel is closed. If a child or script of an arm fails, the race ends with
/// TL_ERROR_FAILED.
/// @return .winner, the index of the arm that won, and .result: TL_OK; TL_ERROR_FAILED (tl_wait_error);
///   TL_ERROR_NONE_LEFT (all arms dropped out); the errors of tl_spawn and of the single waits for what an arm was
///   given (then all arms that had begun have been ended again)
#define tl_race(...) tl_race_raw(TL__ARMS(__VA_ARGS__), TL_FOREVER)

/// tl_sync(arm, ...): begins the arms and returns when all are done. If a child or script of an arm fails, the other
/// children are unwound.
/// @return
///   - TL_OK
///   - TL_CANCELLED: at least one arm dropped out, as in a race; the others are done
///   - TL_ERROR_FAILED: tl_wait_error
///   - the errors of tl_race
#define tl_sync(...) tl_sync_raw(TL__ARMS(__VA_ARGS__), TL_FOREVER)

/// tl_race_within(limit, arm, ...), tl_sync_within(limit, arm, ...): a race or sync with a limit. If the limit passes
/// first, all children are unwound. tl_sync_within(TL_WITHIN(2), TL_CHILD(search, me)) searches for at most two
/// seconds.
/// @return as tl_race and tl_sync; TL_TIMED_OUT
#define tl_race_within(limit, ...) tl_race_raw(TL__ARMS(__VA_ARGS__), (limit))
#define tl_sync_within(limit, ...) tl_sync_raw(TL__ARMS(__VA_ARGS__), (limit))

/// Race or sync a list of arms that is made at run time: the functions behind the macros above. An arm that is all
/// zeros ends `arms`. A child's argument must still exist at the time of the call: see TL_CHILD_OF.
TL_API tl_race_outcome tl_race_raw(const tl_arm *arms, tl_limit limit);
TL_API tl_result tl_sync_raw(const tl_arm *arms, tl_limit limit);

/// A child that runs alongside its parent.
typedef struct tl_branch_handle {
    tl_result result; ///< TL_OK, or why it did not start: as tl_spawn; TL_ERROR_NO_SCRIPT, TL_ERROR_UNWINDING
    tl_script script; ///< none if it did not start
} tl_branch_handle;

/// tl_branch(name, function, {fields}); declares `name`, a tl_branch_handle, and starts a child that is cancelled when
/// the enclosing block is left, unless it has ended before. If the child is inside a shield then, leaving the block
/// waits for its end. Use it wherever a declaration is allowed. (In C++ no exception may leave a block whose branch is
/// in a shield.)
#define tl_branch(name, function, ...)                                                                                 \
    TL__SCOPED(tl_branch_handle, name, tl__branch_leave, {TL_OK, {0, 0}});                                             \
    TL__WITH_ARGS(function, tl__branch(&name, &function##__entry, TL__ARGS(function, __VA_ARGS__), TL__SITE),          \
                  __VA_ARGS__)

/// tl_scoped_shield(); shields the script from here to the end of the enclosing block, however that is left: at its
/// end, by break, continue, goto or return. A cancelled script keeps running inside a shield: its waits work as usual,
/// and so do those of children that it begins there. It ends at its first wait after the block. Shields nest. Only the
/// end of the world or tl_entity_destroy_and_wait breaks a shield. Use it wherever a declaration is allowed. Outside
/// any script it is misuse (TL_ERROR_NO_SCRIPT), and the block runs without a shield.
///
///     for (int i = 0; i < count; ++i) {
///         tl_scoped_shield();                 // each round is done as a whole, or not begun
///         if (!take(&chests[i]))
///             break;                          // leaves the loop, and with it the shield
///         tl_wait_seconds(0.5);
///         put_away(&chests[i]);
///     }
///     tl_wait_step();                        // where a script that was cancelled meanwhile ends
///
/// @thread one at a time; @suspends never
#define tl_scoped_shield() TL__SCOPED_SHIELD(TL__UNIQUE(tl__shield_))

// Behind the macros.
typedef struct tl__shield {
    bool entered; ///< it counts as one of the script's shields until it is left
} tl__shield;
#define TL__SCOPED_SHIELD(name) TL__SCOPED(tl__shield, name, tl__shield_leave, tl__shield_enter())
TL_API tl__shield tl__shield_enter(void);
TL_API void tl__shield_leave(tl__shield *shield);
TL_API tl_result tl__branch(tl_branch_handle *handle, const tl_fiber_entry *entry, const void *args,
                            const tl_site *site);
TL_API void tl__branch_leave(tl_branch_handle *handle);

TL_API extern const tl__arm_kind tl__child_arm;
TL_API extern const tl__arm_kind tl__script_arm;
TL_API extern const tl__arm_kind tl__event_arm;
TL_API extern const tl__arm_kind tl__send_arm;
TL_API extern const tl__arm_kind tl__receive_arm;
TL_API extern const tl__arm_kind tl__time_arm;

static inline tl_arm tl__make_arm(const tl__arm_kind *kind, void *to)
{
    tl_arm arm = {kind, {TL_NO_CLOCK, 0}, NULL, NULL, NULL, to, 0, {0, 0}, {0, 0, 0}, {0, 0, 0}};
    return arm;
}

static inline tl_arm tl__arm_child(const tl_fiber_entry *entry, const void *args, const tl_site *site)
{
    tl_arm arm = tl__make_arm(&tl__child_arm, NULL);
    arm.entry = entry;
    arm.args = args;
    arm.site = site;
    return arm;
}

static inline tl_arm tl__arm_into(tl_arm arm, void *to, size_t size)
{
    arm.to = to;
    arm.size = size;
    return arm;
}

static inline tl_arm tl__arm_at(tl_arm arm, double seconds)
{
    arm.time = TL_WITHIN(seconds);
    return arm;
}

static inline tl_arm tl__arm_event(tl_event event, void *payload)
{
    tl_arm arm = tl__make_arm(&tl__event_arm, payload);
    arm.event = event;
    return arm;
}

static inline tl_arm tl__arm_channel(const tl__arm_kind *kind, tl_channel channel, const void *item)
{
    tl_arm arm = tl__make_arm(kind, (void *)(uintptr_t)item); // a sender's item is only read
    arm.channel = channel;
    return arm;
}

static inline tl_arm tl__arm_script(tl_script script)
{
    tl_arm arm = tl__make_arm(&tl__script_arm, NULL);
    arm.script = script;
    return arm;
}

static inline tl_arm tl__arm_time(tl_limit time)
{
    tl_arm arm = tl__make_arm(&tl__time_arm, NULL);
    arm.time = time;
    return arm;
}

#ifdef __cplusplus
} // extern "C"

extern "C++" {
template <typename args> const args *tl__child_args(const args (&list)[1])
{
    TL__COPIED(args)
    return list;
}
template <typename args> const args *tl__child_pointer(const args *argument)
{
    TL__COPIED(args)
    return argument;
}
template <size_t count> const tl_arm *tl__arms(const tl_arm (&list)[count])
{
    return list;
}
}
#define TL__CHILD_ARGS(function, ...) tl__child_args<function##__args>({__VA_ARGS__})
#define TL__CHILD_POINTER(function, argument) tl__child_pointer<function##__args>(argument)
#define TL__ARMS(...) tl__arms({__VA_ARGS__, tl_arm()})
#else
#define TL__CHILD_POINTER(function, argument) TL__POINTER(const function##__args, argument)
/// An array of one element, so that its initialiser may be either fields in braces or a value. Before it comes an
/// unevaluated copy, for which the compiler checks conversions as strictly as in TL__WITH_ARGS.
#define TL__CHILD_ARGS(function, ...)                                                                                  \
    ((void)sizeof(__extension__({                                                                                      \
         TL__STRICT_BEGIN                                                                                              \
         TL__MAYBE_UNUSED const function##__args tl__checked = __VA_ARGS__;                                            \
         TL__STRICT_END                                                                                                \
         tl__checked;                                                                                                  \
     })),                                                                                                              \
     (const function##__args[1]){__VA_ARGS__})
#define TL__ARMS(...)                                                                                                  \
    (const tl_arm[])                                                                                                   \
    {                                                                                                                  \
        __VA_ARGS__, tl__make_arm(NULL, NULL)                                                                          \
    }
#endif

#endif
