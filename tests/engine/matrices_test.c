// SPDX-License-Identifier: MIT
// The world matrices of all entities, which jobs compute.
#include "parallel_world.h"

TEST(where_all_entities_are)
{
    AT_EVERY_SIZE (jobs) {
        make_parallel_world(jobs);
        const tl_world_matrix *matrices;
        uint32_t count;
        CHECK_OK(tl_world_compute_matrices(world, &matrices, &count));
        CHECK_UINT(0, count);
        make_things();
        uint64_t dice = 7;
        for (int round = 0; round < 6; ++round) {
            for (int i = 0; i < MANY / 4; ++i) {
                tl_entity child = things[check_random(&dice) % MANY], parent = things[check_random(&dice) % MANY];
                bool cycle = false;
                for (tl_entity above = parent; above.index1 != 0; above = tl_entity_parent(world, above))
                    cycle = cycle || above.index1 == child.index1;
                if (!cycle && tl_entity_is_alive(world, child) && tl_entity_is_alive(world, parent))
                    CHECK_OK(tl_entity_set_parent(world, child, parent));
                if (tl_entity_is_alive(world, child))
                    set_x(child, (float)(check_random(&dice) % 100));
            }
            if (round == 3)
                for (int i = 0; i < 20; ++i)
                    tl_entity_destroy(world, things[check_random(&dice) % MANY]);
            CHECK_OK(tl_world_compute_matrices(world, &matrices, &count));
            CHECK_UINT(tl_entity_count(world), count);
            for (uint32_t i = 0; i < count; ++i) {
                mat4s expected = tl_entity_world_matrix(world, matrices[i].entity);
                for (int at = 0; at < 16; ++at)
                    CHECK_NEAR(expected.raw[at / 4][at % 4], matrices[i].matrix.raw[at / 4][at % 4], 1e-2);
            }
        }
        destroy_world();
    }
}

static void compute_all(void *unused)
{
    (void)unused;
    const tl_world_matrix *matrices;
    uint32_t count;
    CHECK_OK(tl_world_compute_matrices(world, &matrices, &count));
    CHECK_UINT(tl_entity_count(world), count);
    for (uint32_t i = 0; i < count; ++i) {
        mat4s expected = tl_entity_world_matrix(world, matrices[i].entity);
        CHECK_NEAR(expected.m30, matrices[i].matrix.m30, 0);
    }
}

TL_SCRIPT(places_all_at_its_end, tl_nothing, unused)
{
    tl_defer(compute_all, NULL);
    tl_wait_seconds(1000);
}

TEST(those_whose_parent_is_being_destroyed_are_somewhere_too)
{
    make_parallel_world(NULL);
    tl_entity top = make(TL_NO_ENTITY), older = make(top), newer = make(top);
    set_x(top, 5);
    set_x(older, 7);
    CHECK_OK(tl_spawn(world, newer, NULL, places_all_at_its_end, {0}));
    steps(1);
    compute_all(NULL);
    CHECK_OK(tl_entity_destroy(world, top));
    destroy_world();
}

TL_SCRIPT(places_all_in_a_step, uint64_t *, step)
{
    compute_all(NULL);
    *(*step) = step_count();
}

/// tl_world_compute_matrices does not suspend the script that calls it.
TEST(scripts_ask_where_all_are)
{
    AT_EVERY_SIZE (jobs) {
        make_parallel_world(jobs);
        make_things();
        uint64_t at[2] = {0, 0};
        CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, places_all_in_a_step, &at[0]));
        SPAWN_PARALLEL(NULL, places_all_in_a_step, &at[1]);
        steps(1);
        CHECK_UINT(1, at[0]);
        CHECK_UINT(1, at[1]);
        destroy_world();
    }
}

TEST(asking_for_nothing_where_all_are)
{
    tl_world_matrix *matrices;
    uint32_t count = 1;
    CHECK_MISUSE(TL_ERROR_NULL, tl_world_compute_matrices(NULL, (const tl_world_matrix **)&matrices, &count));
    CHECK_UINT(0, count);
}
