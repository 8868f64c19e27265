// SPDX-License-Identifier: MIT
#include "telar/tween.h"

#include <cglm/struct.h>
#include <math.h>

#include "trace.h"

static float value;

TEST(eases_begin_at_0_and_end_at_1)
{
    static const tl_ease eases[] = {tl_ease_linear,       tl_ease_in_quad,  tl_ease_out_quad,
                                    tl_ease_in_out_quad,  tl_ease_in_cubic, tl_ease_out_cubic,
                                    tl_ease_in_out_cubic, tl_ease_out_back, tl_ease_out_bounce};
    for (size_t i = 0; i < sizeof eases / sizeof eases[0]; ++i) {
        CHECK_NEAR(0, (double)eases[i](0), 1e-6);
        CHECK_NEAR(1, (double)eases[i](1), 1e-6);
        for (float time = 0.01f; time < 1; time += 0.01f) // no jumps
            CHECK(fabsf(eases[i](time) - eases[i](time - 0.01f)) < 0.08f);
    }
    CHECK_NEAR(0.25, (double)tl_ease_in_quad(0.5f), 1e-6);
    CHECK_NEAR(0.75, (double)tl_ease_out_quad(0.5f), 1e-6);
    CHECK_NEAR(0.125, (double)tl_ease_in_out_quad(0.25f), 1e-6);
    CHECK_NEAR(0.125, (double)tl_ease_in_cubic(0.5f), 1e-6);
    CHECK_NEAR(0.5, (double)tl_ease_in_out_cubic(0.5f), 1e-6);
    CHECK(tl_ease_out_back(0.7f) > 1.05f);
    CHECK_NEAR(0.75, (double)tl_ease_out_bounce(1.5f / 2.75f), 1e-5);
}

TL_SCRIPT(fades, tl_nothing, unused)
{
    value = 1;
    CHECK_OK(tl_tween(&value, 3, 0.1, NULL)); // six steps
    CHECK(value == 3);
    note("@%ju ", step_count());
    CHECK_OK(tl_tween(&value, 0, 0.1, tl_ease_in_quad));
    note("@%ju ", step_count());
    CHECK_OK(tl_tween(&value, 5, 0, NULL)); // at once
    CHECK(value == 5);
    note("@%ju ", step_count());
}

TEST(a_value_changes_in_each_step)
{
    make_world(60);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, fades, {0}));
    steps(1);
    for (int i = 1; i < 6; ++i) {
        steps(1);
        CHECK_NEAR(1 + i / 3.0, (double)value, 1e-5);
    }
    steps(1);
    CHECK_TRACE("@7 ");
    for (int i = 1; i < 6; ++i) {
        steps(1);
        CHECK_NEAR(3 - 3 * (i / 6.0) * (i / 6.0), (double)value, 1e-5);
    }
    steps(1);
    CHECK_TRACE("@13 @13 ");
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT(loops, tl_nothing, unused)
{
    for (int i = 0; i < 1000; ++i)
        CHECK_OK(tl_tween(&value, (float)i, 0.07, tl_ease_out_cubic)); // 4.2 steps
    note("@%ju ", step_count());
}

TEST(one_after_another_does_not_drift)
{
    RUN(loops, 4300);
    CHECK_TRACE("@4201 ");
    CHECK_OK(tl_world_destroy(world));
}

static tl_entity door;

TL_SCRIPT(moves, tl_nothing, unused)
{
    versors quarter_turn = glms_quatv(GLM_PI_2f, (vec3s){{0, 0, 1}});
    CHECK_OK(tl_tween_move(door, (vec3s){{6, 0, 0}}, 0.1, NULL));
    CHECK_OK(tl_tween_rotate(door, quarter_turn, 0.1, NULL));
    CHECK_OK(tl_tween_scale(door, (vec3s){{3, 1, 1}}, 0.1, NULL));
    CHECK_RESULT(TL_ERROR_STALE, tl_tween_move(door, (vec3s){{0, 0, 0}}, 1, NULL)); // the door is destroyed meanwhile
    CHECK_RESULT(TL_ERROR_STALE, tl_tween_move(door, (vec3s){{0, 0, 0}}, 1, NULL));
    note("gone@%ju ", step_count());
}

static tl_transform look(void)
{
    return tl_entity_get_transform(world, door);
}

TEST(entities_move_turn_and_grow)
{
    make_world(60);
    door = make(TL_NO_ENTITY);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, moves, {0}));
    steps(4);
    CHECK_NEAR(3, (double)look().position.x, 1e-5);
    steps(3);
    CHECK(look().position.x == 6);
    steps(3);
    CHECK_NEAR(GLM_PI / 4, (double)glms_quat_angle(look().rotation), 1e-5);
    steps(3);
    CHECK_NEAR(sqrt(0.5), (double)look().rotation.z, 1e-6);
    steps(3);
    CHECK_NEAR(2, (double)look().scale.x, 1e-5);
    CHECK(look().scale.y == 1 && look().position.x == 6);
    steps(5);
    CHECK_OK(tl_entity_destroy(world, door));
    steps(1);
    CHECK_TRACE("gone@22 ");
    CHECK_OK(tl_world_destroy(world));
}

static tl_result stop_half_way(void *unused, float part)
{
    (void)unused;
    return part < 0.5f ? TL_OK : TL_CLOSED;
}

static void tween_in_clean_up(void *unused)
{
    (void)unused;
    CHECK_MISUSE(TL_ERROR_UNWINDING, tl_tween(&value, 9, 1, NULL));
}

TL_SCRIPT(misuses, tl_nothing, unused)
{
    tl_defer(tween_in_clean_up, NULL);
    value = 4;
    CHECK_MISUSE(TL_ERROR_NULL, tl_tween(NULL, 1, 1, NULL));
    CHECK_MISUSE(TL_ERROR_NULL, tl_tween_with(NULL, NULL, 1, NULL));
    CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_tween(&value, 1, -1, NULL));
    CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_tween(&value, 1, NAN, NULL));
    CHECK_RESULT(TL_ERROR_STALE, tl_tween_scale(TL_NO_ENTITY, (vec3s){{1, 1, 1}}, 1, NULL));
    CHECK_RESULT(TL_CLOSED, tl_tween_with(stop_half_way, NULL, 0.1, NULL));
    CHECK(value == 4);
    note("@%ju ", step_count());
    CHECK_OK(tl_tween(&value, 9, 10, NULL));
}

TEST(misuse_and_stopping)
{
    RUN(misuses, 10);
    CHECK_TRACE("@4 ");
    CHECK_MISUSE(TL_ERROR_NO_SCRIPT, tl_tween(&value, 1, 1, NULL));
    CHECK_MISUSE(TL_ERROR_NO_SCRIPT, tl_tween_move(door, (vec3s){{0, 0, 0}}, 1, NULL));
    float before = value;
    CHECK_OK(tl_world_destroy(world));
    CHECK(value == before && value < 9); // it stays where it was when the script was cancelled
}
