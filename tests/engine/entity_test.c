// SPDX-License-Identifier: MIT
#include <cglm/struct.h>
#include <string.h>

#include "trace.h"

TEST(ids_die_with_their_entity)
{
    make_world(0);
    tl_entity first = make(TL_NO_ENTITY);
    CHECK(tl_entity_is_alive(world, first));
    CHECK_OK(tl_entity_destroy(world, first));
    CHECK(!tl_entity_is_alive(world, first));
    tl_entity second = make(TL_NO_ENTITY);
    CHECK_UINT(first.index1, second.index1); // the slot is used again, under another generation
    CHECK(!tl_entity_is_alive(world, first));
    CHECK(tl_entity_is_alive(world, second));
    CHECK_RESULT(TL_ERROR_STALE, tl_entity_destroy(world, first));
    CHECK(!tl_entity_is_alive(world, TL_NO_ENTITY));
    CHECK(!tl_entity_is_alive(world, (tl_entity){1000, 1}));
    CHECK_UINT(1, tl_entity_count(world));
    CHECK_OK(tl_world_destroy(world));
}

TEST(children_die_with_their_parent)
{
    make_world(0);
    tl_entity top = make(TL_NO_ENTITY), left = make(top), right = make(top), leaf = make(left);
    tl_entity other = make(TL_NO_ENTITY);
    CHECK_OK(tl_entity_destroy(world, top));
    CHECK(!tl_entity_is_alive(world, left) && !tl_entity_is_alive(world, right) && !tl_entity_is_alive(world, leaf));
    CHECK(tl_entity_is_alive(world, other));
    CHECK_UINT(1, tl_entity_count(world));
    CHECK_OK(tl_world_destroy(world));
}

TEST(a_deep_chain_dies_without_a_deep_stack)
{
    make_world(0);
    tl_entity top = make(TL_NO_ENTITY), below = top;
    for (int i = 0; i < 200000; ++i)
        below = make(below);
    CHECK_OK(tl_entity_destroy(world, top));
    CHECK_UINT(0, tl_entity_count(world));
    CHECK_OK(tl_world_destroy(world));
}

TEST(parents)
{
    make_world(0);
    tl_entity a = make(TL_NO_ENTITY), b = make(a), c = make(b);
    CHECK_UINT(a.index1, tl_entity_parent(world, b).index1);
    CHECK_UINT(0, tl_entity_parent(world, a).index1);
    CHECK_MISUSE(TL_ERROR_CYCLE, tl_entity_set_parent(world, a, c));
    CHECK_MISUSE(TL_ERROR_CYCLE, tl_entity_set_parent(world, a, a));
    CHECK_OK(tl_entity_set_parent(world, c, a));
    CHECK_UINT(a.index1, tl_entity_parent(world, c).index1);
    CHECK_OK(tl_entity_destroy(world, b));
    CHECK(tl_entity_is_alive(world, c));
    CHECK_RESULT(TL_ERROR_STALE, tl_entity_set_parent(world, c, b));
    CHECK_RESULT(TL_ERROR_STALE, tl_entity_set_parent(world, b, c));
    CHECK_OK(tl_entity_set_parent(world, c, TL_NO_ENTITY));
    CHECK_OK(tl_entity_destroy(world, a));
    CHECK(tl_entity_is_alive(world, c));
    CHECK_OK(tl_world_destroy(world));
}

static void check_position(tl_entity entity, float x, float y, float z)
{
    mat4s matrix = tl_entity_world_matrix(world, entity);
    CHECK_NEAR((double)x, (double)matrix.m30, 1e-5);
    CHECK_NEAR((double)y, (double)matrix.m31, 1e-5);
    CHECK_NEAR((double)z, (double)matrix.m32, 1e-5);
}

TEST(transforms_go_through_all_parents)
{
    make_world(0);
    tl_entity ship = make(TL_NO_ENTITY), gun = make(ship), muzzle = make(gun);
    tl_transform transform = tl_entity_get_transform(world, ship);
    CHECK_NEAR(1, (double)transform.scale.y, 0);
    CHECK_NEAR(1, (double)transform.rotation.w, 0);
    transform = (tl_transform){
        .position = {{10, 0, 0}},
        .rotation = glms_quatv(GLM_PI_2f, (vec3s){{0, 0, 1}}), // a quarter turn: its x is the world's y
        .scale = {{2, 2, 2}},
    };
    CHECK_OK(tl_entity_set_transform(world, ship, &transform));
    transform = tl_entity_get_transform(world, gun);
    transform.position = (vec3s){{3, 0, 0}};
    CHECK_OK(tl_entity_set_transform(world, gun, &transform));
    transform.position = (vec3s){{0, 1, 5}};
    CHECK_OK(tl_entity_set_transform(world, muzzle, &transform));
    check_position(ship, 10, 0, 0);
    check_position(gun, 10, 6, 0);
    check_position(muzzle, 8, 6, 10);
    CHECK_OK(tl_entity_set_parent(world, muzzle, TL_NO_ENTITY));
    check_position(muzzle, 0, 1, 5);
    CHECK_OK(tl_world_destroy(world));
}

TEST(walking_while_creating_and_destroying)
{
    enum { COUNT = 100 };
    make_world(0);
    tl_entity all[COUNT];
    bool met[COUNT] = {false};
    for (int i = 0; i < COUNT; ++i)
        all[i] = make(TL_NO_ENTITY);
    uint64_t random = 3;
    int left = 0;
    for (tl_entity e = tl_entity_next(world, TL_NO_ENTITY); e.index1 != 0; e = tl_entity_next(world, e)) {
        CHECK(tl_entity_is_alive(world, e));
        for (int i = 0; i < COUNT; ++i)
            if (all[i].index1 == e.index1 && all[i].generation == e.generation) {
                CHECK(!met[i]);
                met[i] = true;
            }
        CHECK(++left < 10000);
        if (left % 3 == 0)
            CHECK_OK(tl_entity_destroy(world, e)); // the one just visited
        tl_entity victim = all[check_random(&random) % COUNT];
        if (left % 5 == 0 && tl_entity_is_alive(world, victim))
            CHECK_OK(tl_entity_destroy(world, victim)); // any one
        if (left < 200)
            make(TL_NO_ENTITY);
    }
    for (int i = 0; i < COUNT; ++i)
        CHECK(met[i] || !tl_entity_is_alive(world, all[i]));
    CHECK_OK(tl_world_destroy(world));
}

TEST(user_data)
{
    make_world(0);
    tl_entity entity = make(TL_NO_ENTITY);
    CHECK_POINTER(NULL, tl_entity_user_data(world, entity));
    CHECK_OK(tl_entity_set_user_data(world, entity, trace));
    CHECK_POINTER(trace, tl_entity_user_data(world, entity));
    CHECK_OK(tl_entity_destroy(world, entity));
    CHECK_POINTER(NULL, tl_entity_user_data(world, entity));
    CHECK_RESULT(TL_ERROR_STALE, tl_entity_set_user_data(world, entity, trace));
    CHECK_OK(tl_world_destroy(world));
}

TEST(misuse)
{
    make_world(0);
    tl_entity entity = make(TL_NO_ENTITY), dead = make(TL_NO_ENTITY), none = entity;
    CHECK_OK(tl_entity_destroy(world, dead));
    CHECK_MISUSE(TL_ERROR_NULL, tl_entity_create(NULL, TL_NO_ENTITY, &none));
    CHECK_UINT(0, none.index1);
    CHECK_MISUSE(TL_ERROR_NULL, tl_entity_create(world, TL_NO_ENTITY, NULL));
    CHECK_RESULT(TL_ERROR_STALE, tl_entity_create(world, dead, &none));
    CHECK_MISUSE(TL_ERROR_NULL, tl_entity_destroy(NULL, entity));
    CHECK_MISUSE(TL_ERROR_NULL, tl_entity_set_parent(NULL, entity, TL_NO_ENTITY));
    const tl_transform no_transform = {0};
    const mat4s no_matrix = {0};
    tl_transform transform = tl_entity_get_transform(world, dead);
    CHECK(memcmp(&no_transform, &transform, sizeof transform) == 0);
    mat4s matrix = tl_entity_world_matrix(world, dead);
    CHECK(memcmp(&no_matrix, &matrix, sizeof matrix) == 0);
    transform = tl_entity_get_transform(NULL, entity);
    CHECK_REPORTED(TL_ERROR_NULL);
    CHECK(memcmp(&no_transform, &transform, sizeof transform) == 0);
    matrix = tl_entity_world_matrix(NULL, entity);
    CHECK_REPORTED(TL_ERROR_NULL);
    CHECK(memcmp(&no_matrix, &matrix, sizeof matrix) == 0);
    CHECK_MISUSE(TL_ERROR_NULL, tl_entity_set_transform(world, entity, NULL));
    CHECK_RESULT(TL_ERROR_STALE, tl_entity_set_transform(world, dead, &(tl_transform){0}));
    CHECK_UINT(0, tl_entity_next(NULL, TL_NO_ENTITY).index1);
    CHECK_UINT(0, tl_entity_next(world, (tl_entity){UINT32_MAX, 1}).index1);
    CHECK_UINT(0, tl_entity_count(NULL));
    CHECK_OK(tl_world_destroy(world));
    CHECK_MISUSE(TL_ERROR_NULL, tl_world_create(NULL, &world));
    CHECK_POINTER(NULL, world);
    CHECK_MISUSE(TL_ERROR_NULL, tl_world_create(&(tl_world_desc){0}, NULL));
    CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_world_create(&(tl_world_desc){.steps_per_second = 2000000}, &world));
    CHECK_MISUSE(TL_ERROR_NULL, tl_world_destroy(NULL));
    CHECK_MISUSE(TL_ERROR_NULL, tl_world_step(NULL));
    CHECK_MISUSE(TL_ERROR_NULL, tl_group_set_time_scale(NULL, 1));
    CHECK_UINT(0, tl_world_get_time(NULL).steps);
    CHECK_REPORTED(TL_ERROR_NULL);
}
