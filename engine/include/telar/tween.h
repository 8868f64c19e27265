// SPDX-License-Identifier: MIT
/// telar/tween.h: tweens, which change a value from what it is to what it should be, over time.
///
///     tl_tween(&me->alpha, 0, 0.5, tl_ease_out_quad);                 // fades out, in half a second
///     tl_tween_move(door, (vec3s){{0, 3, 0}}, 2, tl_ease_in_out_cubic);
///     tl_sync(TL_CHILD(slide, ...), TL_AT(0.5, fade, ...));           // several at once: telar/concurrency.h
///
/// Tweens are built on the public waits, and behave like them: they belong inside a script, and return when the tween
/// is over. The value changes in each step by game time, and ends at exactly the value that was given. They return
/// TL_OK; or at once TL_ERROR_NO_SCRIPT, TL_ERROR_UNWINDING, or TL_ERROR_ARGUMENT for a time that is negative or not a
/// number. Two tweens, one after the other, take as long as the sum of their times, to the microsecond. If the script
/// is cancelled during a tween, the value stays as it is then.
#ifndef TELAR_TWEEN_H
#define TELAR_TWEEN_H

#include "telar/api.h"
#include "telar/wait.h"

#ifdef __cplusplus
extern "C" {
#endif

/// An easing function: returns which part of the way a value has gone, 0 to 1, when the part `time` of the duration, 0
/// to 1, has passed. tl_ease_out_back goes beyond 1 on the way.
typedef float (*tl_ease)(float time);

TL_API float tl_ease_linear(float time);
TL_API float tl_ease_in_quad(float time);
TL_API float tl_ease_out_quad(float time);
TL_API float tl_ease_in_out_quad(float time);
TL_API float tl_ease_in_cubic(float time);
TL_API float tl_ease_out_cubic(float time);
TL_API float tl_ease_in_out_cubic(float time);
TL_API float tl_ease_out_back(float time);
TL_API float tl_ease_out_bounce(float time);

/// Changes a value to `to`, over `seconds` of game time. A null ease is linear.
/// @return as above; TL_ERROR_NULL
/// @thread one at a time; @suspends until it is there
TL_API tl_result tl_tween(float *value, float to, double seconds, tl_ease ease);

/// Change an entity's position, its rotation (along the shortest way) or its scale, relative to its parent, to `to`.
/// What others write to it meanwhile is overwritten in each step.
/// @return as above; TL_ERROR_STALE (the entity is gone, or is destroyed meanwhile)
/// @return as above; TL_ERROR_STALE (the entity is gone, or goes meanwhile)
/// @thread one at a time; @suspends until it is there
TL_API tl_result tl_tween_move(tl_entity entity, vec3s to, double seconds, tl_ease ease);
TL_API tl_result tl_tween_rotate(tl_entity entity, versors to, double seconds, tl_ease ease);
TL_API tl_result tl_tween_scale(tl_entity entity, vec3s to, double seconds, tl_ease ease);

/// A tween of anything else: calls step(arg, part) in each step, where `part` is the part of the way that is done, and
/// 1 in the last call. If `step` returns anything but TL_OK, the tween ends.
/// @return as above; what `step` returned; TL_ERROR_NULL
/// @return as above; what `step` answers; TL_ERROR_NULL
/// @thread one at a time; @suspends until it is there
typedef tl_result (*tl_tween_step)(void *arg, float part);
TL_API tl_result tl_tween_with(tl_tween_step step, void *arg, double seconds, tl_ease ease);

#ifdef __cplusplus
}
#endif

#endif
