// SPDX-License-Identifier: MIT
/// telar/event.h: events. An emit wakes all scripts that wait for an event, and gives each of them a copy of a payload.
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
/// happens after the call, possibly in the same step. A script that must not miss an emit between two of its waits uses
/// the count of emits that an event keeps: tl_wait_event_after returns at once if that count is higher than the count
/// that the script passes.
///
///     uint64_t seen = tl_event_count(alarm);
///     for (;;) {
///         look_around(me);                                            // waits; the alarm may go off meanwhile
///         tl_wait_event_after(alarm, &seen, &where);                  // the latest one since, or the next
///         run_to(me, where);
///     }
///
/// This loop gets the latest payload and skips earlier ones. A loop of tl_wait_event would miss emits, too: the first
/// one ends the wait, and until the script next runs and waits again, further emits do not reach it. Where every emit
/// matters, as with key presses, clicks or damage, use a channel (telar/channel.h): it keeps items until a script
/// receives them.
#ifndef TELAR_EVENT_H
#define TELAR_EVENT_H

#include "telar/api.h"
#include "telar/wait.h"

#ifdef __cplusplus
extern "C" {
#endif

/// An event's id. Zero is no event. The id of an event that was destroyed, by itself or with its owner or world, never
/// becomes valid again.
typedef struct tl_event {
    uint64_t world; ///< the world's number, which no other world of the process ever has
    uint32_t index1, generation;
} tl_event;

/// The type of events whose payload is a `payload_type`, for a typedef; tl_nothing if they need none. Payloads are
/// copied as bytes: in C++ a type that is not trivially copyable does not compile.
#define TL_EVENT(payload_type)                                                                                         \
    union {                                                                                                            \
        tl_event event;                                                                                                \
        payload_type *payload_type_only; /* for the compiler to compare with: never a pointer to anything */           \
        TL__COPIED(payload_type)                                                                                       \
    }

/// tl_event_create(world, owner, name, &event): makes an event. It is destroyed with its owner, an entity; if the owner
/// is TL_NO_ENTITY, with the world. The name is not copied, so keep it alive; a null name stands for "event".
/// @return
///   - TL_OK
///   - TL_ERROR_NULL
///   - TL_ERROR_STALE: the owner
///   - TL_ERROR_OUT_OF_MEMORY
///   - TL_ERROR_POOL_CLOSING: the world is being destroyed
///
/// On any error the id is zero.
/// @thread one at a time; @suspends never
#define tl_event_create(world, owner, name, made)                                                                      \
    tl__event_create((world), (owner), (name), sizeof(*(made)->payload_type_only), &(made)->event)

/// Destroys an event. Scripts that wait for it become ready, and their waits return TL_CANCELLED.
/// @return TL_OK; TL_ERROR_STALE
/// @thread one at a time; @suspends never
#define tl_event_destroy(destroyed) tl__event_destroy((destroyed).event)

/// tl_emit(event, {fields}): wakes all scripts that wait for an event, and gives each a copy of the payload. They
/// continue in this step if the emit comes during one, from a script or the physics, else in the next step; a script
/// whose phase has passed also continues in the next. A script that emits first runs on to its own next wait.
/// @return TL_OK; TL_ERROR_STALE
/// @thread one at a time; @suspends never
#define tl_emit(emitted, ...) TL__EMIT(emitted, __VA_ARGS__)

/// Returns the number of times that an event was emitted; 0 if it was destroyed.
/// @thread one at a time; @suspends never
#define tl_event_count(counted) tl__event_count((counted).event)

/// tl_wait_event(event, &payload[, limit]): waits until an event is next emitted, and copies the payload, unless the
/// pointer is null. The payload is written only if the wait returns TL_OK.
/// @return
///   - TL_OK
///   - TL_CANCELLED: the event was destroyed meanwhile
///   - TL_ERROR_STALE: the event was destroyed before
///   - TL_ERROR_OTHER_WORLD
///   - the results that all waits have (telar/wait.h)
#define tl_wait_event(awaited, ...)                                                                                    \
    TL__WAIT_EVENT(awaited, __VA_ARGS__, TL_FOREVER, TL__NO_MORE, TL__NO_MORE, TL__NO_MORE)

/// tl_wait_event_after(event, &seen, &payload[, limit]): waits until an event's count of emits is higher than `seen`, a
/// uint64_t, and copies the latest payload, unless that pointer is null. If the wait returns TL_OK, `seen` is set to
/// the count at the emit whose payload it copied.
/// @return as tl_wait_event; TL_ERROR_NULL
/// @return as tl_wait_event;
/// TL_ERROR_NULL
#define tl_wait_event_after(awaited, seen, ...)                                                                        \
    TL__WAIT_EVENT_AFTER(awaited, seen, __VA_ARGS__, TL_FOREVER, TL__NO_MORE, TL__NO_MORE, TL__NO_MORE)

// Behind the macros. A null payload pointer: the payload is not wanted.
#define TL__PAYLOAD(of, pointer) TL__POINTER(TL__TARGET((of).payload_type_only), pointer)
#define TL__WAIT_EVENT(awaited, payload, limit, next, end, ...)                                                        \
    TL__LIMITED(end, tl__wait_event((awaited).event, TL__PAYLOAD(awaited, payload), (limit)))
#define TL__WAIT_EVENT_AFTER(awaited, seen, payload, limit, next, end, ...)                                            \
    TL__LIMITED(end, tl__wait_event_after((awaited).event, (seen), TL__PAYLOAD(awaited, payload), (limit)))
#ifdef __cplusplus
#define TL__EMIT(emitted, ...)                                                                                         \
    tl__emit((emitted).event, tl__args_at<TL__TARGET((emitted).payload_type_only)>(__VA_ARGS__))
#else
#define TL__EMIT(emitted, ...)                                                                                         \
    __extension__({                                                                                                    \
        TL__STRICT_BEGIN                                                                                               \
        const TL__TARGET((emitted).payload_type_only) tl__payload = __VA_ARGS__;                                       \
        TL__STRICT_END                                                                                                 \
        tl__emit((emitted).event, &tl__payload);                                                                       \
    })
#endif
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
