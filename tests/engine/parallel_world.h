// SPDX-License-Identifier: MIT
/// For tests of parallel scripts: a world for many of them, and many entities.
#ifndef TELAR_TEST_PARALLEL_WORLD_H
#define TELAR_TEST_PARALLEL_WORLD_H

#include "jobs_at.h"
#include "telar/parallel.h"
#include "trace.h"

/// More scripts than one job takes (parallel.c), so that several jobs get some.
enum { MANY = 1500 };

__attribute__((unused)) static void make_parallel_world(tl_job_system *jobs)
{
    CHECK_OK(tl_world_create(&(tl_world_desc){.jobs = jobs, .max_scripts = 2 * MANY, .stack_size = 32768}, &world));
}

#define SPAWN_PARALLEL(script, function, ...)                                                                          \
    CHECK_OK(tl_spawn_with(world, (&(tl_script_desc){.phase = TL_PHASE_PARALLEL}), script, function, __VA_ARGS__))

__attribute__((unused)) static void destroy_world(void)
{
    CHECK_OK(tl_world_destroy(world));
}

__attribute__((unused)) static tl_entity things[MANY];

__attribute__((unused)) static void make_things(void)
{
    for (int i = 0; i < MANY; ++i)
        things[i] = make(TL_NO_ENTITY);
}

__attribute__((unused)) static float x_of(tl_entity entity)
{
    return tl_entity_get_transform(world, entity).position.x;
}

__attribute__((unused)) static void set_x(tl_entity entity, float x)
{
    tl_transform transform = tl_entity_get_transform(world, entity);
    transform.position.x = x;
    CHECK_OK(tl_entity_set_transform(world, entity, &transform));
}

struct thing {
    int index;
};

__attribute__((unused)) static void spawn_things(const tl_fiber_entry *entry)
{
    for (int i = 0; i < MANY; ++i) {
        tl_script_desc desc = {.owner = things[i], .phase = TL_PHASE_PARALLEL};
        CHECK_OK(tl_spawn_raw(world, &desc, entry, &(struct thing){i}, NULL, NULL));
    }
}

__attribute__((unused)) static plain_event event;

/// The indices of the scripts that ran exclusively, in their order.
__attribute__((unused)) static int turns[MANY], turn_count;

__attribute__((unused)) static void note_end(void *name)
{
    note("%s ", (const char *)name);
}

/// Notes its number while it runs in parallel.
TL_SCRIPT(notes_in_parallel, struct thing, me)
{
    note("%d", me->index);
}

#endif
