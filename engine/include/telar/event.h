// SPDX-License-Identifier: MIT
/// telar/event.h: something that happens, and carries a payload to all scripts that wait for it.
///
///     struct opened { tl_entity by; };
///     typedef TL_EVENT(struct opened) opened_event;                   // payloads of any other type do not compile
///
///     opened_event door_opened;
///     tl_event_create(world, door, "door opened", &door_opened);      // ends with its owner, the entity door
///
///     struct opened how;                                              // in a script
///     if (tl_wait_event(door_opened, &how, TL_WITHIN(3)) == TL_TIMED_OUT)
///         say("Nobody there.");
///
///     tl_emit(door_opened, {player});                                 // anywhere
///
/// The rule: an emit reaches the scripts that wait at that moment, and no others. tl_wait_event waits for an emit that
/// happens after the call, possibly in the same step. A script that must not miss an emit between two waits counts: an
/// event counts its emits, and tl_wait_event_after returns at once when that count is higher than the one it is given.
///
///     uint64_t seen = tl_event_count(alarm);
///     for (;;) {
///         look_around(me);                                            // waits; the alarm may go off meanwhile
///         tl_wait_event_after(alarm, &seen, &where);                  // the latest one since, or the next
///         run_to(me, where);
///     }
///
/// That returns the latest payload and skips earlier ones. Likewise, of two emits before a script next runs, a loop of
/// tl_wait_event gets only the first: at the second no script waits. Where each one counts, as with key presses, clicks
/// or damage, use a channel (telar/channel.h): it keeps items until a script receives them.
#ifndef TELAR_EVENT_H
#define TELAR_EVENT_H

#include "telar/api.h"
#include "telar/wait.h"

#ifdef __cplusplus
extern "C" {
#endif

/// An event's id. Zero is none; one that was destroyed, by itself or with its owner or world, is never valid again.
typedef struct tl_event {
    uint64_t world; ///< a number that no other world of the process has or will have
    uint32_t index1, generation;
} tl_event;

/// The type of events with a payload of that type, for a typedef. tl_nothing is a payload for those that need none.
/// Payloads are copied as bytes: in C++ a type that is not trivially copyable does not compile.
#define TL_EVENT(payload_type)                                                                                         \
    union {                                                                                                            \
        tl_event event;                                                                                                \
        payload_type *payload_type_only; /* for the compiler to compare with: never a pointer to anything */           \
        TL__COPIED(payload_type)                                                                                       \
    }

/// tl_event_create(world, owner, name, &event): makes an event. It ends with its owner, an entity; TL_NO_ENTITY: with
/// the world. The name is not copied, so keep it alive; null: "event".
/// @return
///   - TL_OK
///   - TL_ERROR_NULL
///   - TL_ERROR_STALE: the owner
///   - TL_ERROR_OUT_OF_MEMORY
///   - TL_ERROR_POOL_CLOSING: the world's end
///
/// On any error the event is none.
/// @thread one at a time; @suspends never
#define tl_event_create(world, owner, name, made)                                                                      \
    tl__event_create((world), (owner), (name), sizeof(*(made)->payload_type_only), &(made)->event)

/// Destroys an event. Scripts that wait for it continue in this step, with TL_CANCELLED.
/// @return TL_OK; TL_ERROR_STALE
/// @thread one at a time; @suspends never
#define tl_event_destroy(destroyed) tl__event_destroy((destroyed).event)

/// tl_emit(event, {fields}): wakes all scripts that wait for an event, each with a copy of the payload: in this step
/// when called in one, by a script or the physics, else in the next. (A script whose phase has passed continues in the
/// next, too.) A script that emits runs to its next wait first.
/// @return TL_OK; TL_ERROR_STALE
/// @thread one at a time; @suspends never
#define tl_emit(emitted, ...)                                                                                          \
    __extension__({                                                                                                    \
        TL__STRICT_BEGIN                                                                                               \
        const __typeof__(*(emitted).payload_type_only) tl__payload = __VA_ARGS__;                                      \
        TL__STRICT_END                                                                                                 \
        tl__emit((emitted).event, &tl__payload);                                                                       \
    })

/// Returns the number of times that an event was emitted; 0 if it was destroyed.
/// @thread one at a time; @suspends never
#define tl_event_count(counted) tl__event_count((counted).event)

/// tl_wait_event(event, &payload[, limit]): waits until an event is next emitted, and copies its payload, unless that
/// pointer is null. The payload is written only when the answer is TL_OK.
/// @return
///   - TL_OK
///   - TL_CANCELLED: destroyed meanwhile
///   - TL_ERROR_STALE: destroyed before
///   - TL_ERROR_OTHER_WORLD
///   - what the other waits answer (telar/wait.h)
#define tl_wait_event(awaited, ...)                                                                                    \
    TL__WAIT_EVENT(awaited, __VA_ARGS__, TL_FOREVER, TL__NO_MORE, TL__NO_MORE, TL__NO_MORE)

/// tl_wait_event_after(event, &seen, &payload[, limit]): waits until an event was emitted more often than
/// `seen`, a uint64_t, says, and copies its latest payload. When the answer is TL_OK, `seen` becomes the present count.
/// @return as tl_wait_event;
/// TL_ERROR_NULL
#define tl_wait_event_after(awaited, seen, ...)                                                                        \
    TL__WAIT_EVENT_AFTER(awaited, seen, __VA_ARGS__, TL_FOREVER, TL__NO_MORE, TL__NO_MORE, TL__NO_MORE)

// Behind the macros. Null: the payload is not wanted.
#define TL__PAYLOAD(of, pointer) TL__POINTER(__typeof__(*(of).payload_type_only), pointer)
#define TL__WAIT_EVENT(awaited, payload, limit, next, end, ...)                                                        \
    TL__LIMITED(end, tl__wait_event((awaited).event, TL__PAYLOAD(awaited, payload), (limit)))
#define TL__WAIT_EVENT_AFTER(awaited, seen, payload, limit, next, end, ...)                                            \
    TL__LIMITED(end, tl__wait_event_after((awaited).event, (seen), TL__PAYLOAD(awaited, payload), (limit)))
TL_API tl_result tl__event_create(tl_world *world, tl_entity owner, const char *name, size_t payload_size,
                                  tl_event *event);
TL_API tl_result tl__event_destroy(tl_event event);
TL_API tl_result tl__emit(tl_event event, const void *payload);
TL_API uint64_t tl__event_count(tl_event event);
TL_API tl_result tl__wait_event(tl_event event, void *payload, tl_limit limit);
TL_API tl_result tl__wait_event_after(tl_event event, uint64_t *seen, void *payload, tl_limit limit);

#ifdef __cplusplus
}
#endif

#endif
