// SPDX-License-Identifier: MIT
// Tweens use only the public waits: see telar/tween.h.
#include "telar/tween.h"

#include <cglm/struct.h>

#include "base/misuse.h"

float tl_ease_linear(float time)
{
    return time;
}

float tl_ease_in_quad(float time)
{
    return time * time;
}

float tl_ease_out_quad(float time)
{
    return 1 - tl_ease_in_quad(1 - time);
}

float tl_ease_in_out_quad(float time)
{
    return time < 0.5f ? tl_ease_in_quad(2 * time) / 2 : 1 - tl_ease_in_quad(2 - 2 * time) / 2;
}

float tl_ease_in_cubic(float time)
{
    return time * time * time;
}

float tl_ease_out_cubic(float time)
{
    return 1 - tl_ease_in_cubic(1 - time);
}

float tl_ease_in_out_cubic(float time)
{
    return time < 0.5f ? tl_ease_in_cubic(2 * time) / 2 : 1 - tl_ease_in_cubic(2 - 2 * time) / 2;
}

float tl_ease_out_back(float time)
{
    const float beyond = 1.70158f; // overshoots by about a tenth
    float left = time - 1;
    return 1 + left * left * ((beyond + 1) * left + beyond);
}

float tl_ease_out_bounce(float time)
{
    // The parabolas of a dropped ball that bounces up to a quarter of the previous height each time.
    const float height = 7.5625f, width = 1 / 2.75f;
    static const float bounces[][2] = {{1.5f, 0.75f}, {2.25f, 0.9375f}, {2.625f, 0.984375f}};
    if (time < width)
        return height * time * time;
    int bounce = time < 2 * width ? 0 : time < 2.5f * width ? 1 : 2;
    float from_middle = time - bounces[bounce][0] * width;
    return height * from_middle * from_middle + bounces[bounce][1];
}

tl_result tl_tween_with(tl_tween_step step, void *arg, double seconds, tl_ease ease)
{
    if (step == NULL)
        return tl__misuse(TL_ERROR_NULL, __func__);
    double begin = tl_local_seconds();
    for (;;) {
        double left = seconds - (tl_local_seconds() - begin);
        bool is_last = !(left > tl_delta_seconds());
        // The last wait is for the exact time left, so that the script continues from exactly the end of the tween.
        tl_result waited = is_last ? tl_wait_seconds(left < 0 && seconds >= 0 ? 0 : left) : tl_wait_step();
        if (waited != TL_OK)
            return waited;
        float time = is_last ? 1 : (float)((tl_local_seconds() - begin) / seconds);
        tl_result stepped = step(arg, is_last ? 1 : ease != NULL ? ease(time) : time);
        if (is_last || stepped != TL_OK)
            return stepped;
    }
}

struct value {
    float *value, from, to;
};

static tl_result step_value(void *arg, float part)
{
    const struct value *way = arg;
    *way->value = part == 1 ? way->to : way->from + (way->to - way->from) * part;
    return TL_OK;
}

tl_result tl_tween(float *value, float to, double seconds, tl_ease ease)
{
    if (value == NULL)
        return tl__misuse(TL_ERROR_NULL, __func__);
    struct value way = {value, *value, to};
    return tl_tween_with(step_value, &way, seconds, ease);
}

/// A tween of the position, rotation or scale of an entity.
struct transforms {
    tl_entity entity;
    tl_transform from, to;
    enum { POSITION, ROTATION, SCALE } what;
};

static tl_result step_transform(void *arg, float part)
{
    struct transforms *way = arg;
    tl_world *world = tl_world_current();
    tl_transform now = tl_entity_get_transform(world, way->entity);
    if (way->what == POSITION)
        now.position = glms_vec3_lerp(way->from.position, way->to.position, part);
    else if (way->what == SCALE)
        now.scale = glms_vec3_lerp(way->from.scale, way->to.scale, part);
    else
        now.rotation = part == 1 ? way->to.rotation : glms_quat_slerp(way->from.rotation, way->to.rotation, part);
    return tl_entity_set_transform(world, way->entity, &now);
}

static tl_result tween_transform(struct transforms *way, double seconds, tl_ease ease)
{
    tl_world *world = tl_world_current();
    if (world == NULL)
        return tl_wait_seconds(seconds); // reports the misuse
    if (!tl_entity_is_alive(world, way->entity))
        return TL_ERROR_STALE;
    way->from = tl_entity_get_transform(world, way->entity);
    return tl_tween_with(step_transform, way, seconds, ease);
}

tl_result tl_tween_move(tl_entity entity, vec3s to, double seconds, tl_ease ease)
{
    struct transforms way = {.entity = entity, .what = POSITION, .to.position = to};
    return tween_transform(&way, seconds, ease);
}

tl_result tl_tween_rotate(tl_entity entity, versors to, double seconds, tl_ease ease)
{
    struct transforms way = {.entity = entity, .what = ROTATION, .to.rotation = to};
    return tween_transform(&way, seconds, ease);
}

tl_result tl_tween_scale(tl_entity entity, vec3s to, double seconds, tl_ease ease)
{
    struct transforms way = {.entity = entity, .what = SCALE, .to.scale = to};
    return tween_transform(&way, seconds, ease);
}
