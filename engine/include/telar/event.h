/// telar/event.h: something that happens, and carries a payload to all scripts that wait for it.
///
///     struct opened { tl_entity by; };
///
///     tl_event *door_opened = NULL;
///     tl_event_create(world, "door opened", sizeof(struct opened), &door_opened);
///
///     struct opened how;                                              // in a script
///     if (tl_wait_event(door_opened, &how, TL_WITHIN(3)) == TL_TIMED_OUT)
///         say("Nobody there.");
///
///     tl_event_emit(door_opened, &(struct opened){player});           // anywhere
///
/// A payload is taken to have the size that was given: the compiler does not check what the pointers point to.
///
/// An event is not kept: an emit reaches those that wait at that moment, and nobody later.
#ifndef TELAR_EVENT_H
#define TELAR_EVENT_H

#include "telar/script.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tl_event tl_event;

/// @param name          not copied, so keep it alive; null: "event"
/// @param payload_size  bytes that each emit carries; may be 0
/// @return TL_OK; TL_ERROR_NULL; TL_ERROR_OUT_OF_MEMORY. On any error *event is null.
/// @thread one at a time; @suspends never
tl_result tl_event_create(tl_world *world, const char *name, size_t payload_size, tl_event **event);

/// Destroys it; those that wait go on in this step, told TL_CANCELLED. The world destroys those that are left.
/// @return TL_OK; TL_ERROR_NULL
/// @thread one at a time; @suspends never
tl_result tl_event_destroy(tl_event *event);

/// Lets all that wait go on: in this step when called by a script, else in the next. Each gets a copy of the payload.
/// @return TL_OK; TL_ERROR_NULL (the event, or the payload of one that carries some)
/// @thread one at a time; @suspends never
tl_result tl_event_emit(tl_event *event, const void *payload);

/// tl_wait_event(event, payload[, limit]): until the next emit. `payload` is null or has room for the payload; it is
/// written only when the answer is TL_OK. @return TL_OK; TL_CANCELLED (destroyed); TL_ERROR_NULL; TL_ERROR_OTHER_WORLD;
///   and as the other waits (telar/script.h)
#define tl_wait_event(event, ...) TL__LIMITED_2(tl__wait_event, event, __VA_ARGS__, TL_FOREVER, 0)
tl_result tl__wait_event(tl_event *event, void *payload, tl_limit limit);

#ifdef __cplusplus
}
#endif

#endif
