// SPDX-License-Identifier: MIT
// What an engine plugs in, as worlds and scripts use it.
#include "telar/hooks.h"

#include "../checked_heap.h"
#include "telar/channel.h"
#include "telar/concurrency.h"
#include "telar/event.h"
#include "telar/parallel.h"
#include "trace.h"

typedef struct bytes {
    char bytes[100];
} bytes;

typedef TL_EVENT(bytes) bytes_event;
typedef TL_CHANNEL(bytes) bytes_channel;

static bytes_event event;
static bytes_channel channel;

TL_SCRIPT_RETURNING(bytes, returns, int, letter)
{
    bytes made = {{(char)*letter}};
    return made;
}

TL_SCRIPT(fails, tl_nothing, unused)
{
    tl_fail(7, "%0200d", 7);
}

TL_SCRIPT(waits_for_the_event, tl_nothing, unused)
{
    bytes got;
    for (;;)
        tl_wait_event(event, &got);
}

TL_SCRIPT(races, tl_nothing, unused)
{
    tl_race(TL_AT(1, fails, {0}), TL_AT(1, fails, {0}), TL_AT(1, fails, {0}), TL_AT(1, fails, {0}),
            TL_AT(1, fails, {0}), TL_AT(1, fails, {0}), TL_AT(1, fails, {0}), TL_AT(1, fails, {0}),
            TL_AT(1, fails, {0}), TL_AT(1, fails, {0}), TL_AT(1, fails, {0}), TL_AT(1, fails, {0}));
}

static void ignore_log(const tl_log *item)
{
    (void)item;
}

/// Scripts, entities, lanes, blocks of scripts, wheels, matrices: more of each than there is room for at first.
static void use_much(tl_job_system *jobs)
{
    enum { MANY = 3000 };
    CHECK_OK(tl_world_create(&(tl_world_desc){.jobs = jobs, .max_scripts = 10000}, &world));
    CHECK_OK(tl_event_create(world, TL_NO_ENTITY, "e", &event));
    CHECK_OK(tl_channel_create(world, TL_NO_ENTITY, "c", 2, &channel));
    tl_group *group;
    tl_time_factor factor;
    CHECK_OK(tl_group_create(world, &(tl_group_desc){0}, &group));
    CHECK_OK(tl_group_add_time_factor(group, 0.5, &factor));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, fails, {0}));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, races, {0}));
    for (int i = 0; i < MANY; ++i) {
        tl_script_desc how = {.owner = make(TL_NO_ENTITY), .priority = i % 100, .group = i % 2 == 0 ? group : NULL};
        CHECK_OK(tl_spawn_with(world, &how, NULL, waits_for_the_event, {0}));
        CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, returns, i));
    }
    for (int i = 0; i < 200; ++i)
        CHECK_OK(tl_post(channel, &(bytes){{0}}));
    steps(2);
    CHECK_OK(tl_emit(event, {{1}}));
    const tl_world_matrix *matrices;
    uint32_t count;
    CHECK_OK(tl_world_compute_matrices(world, &matrices, &count));
    steps(3);
    CHECK_OK(tl_world_destroy(world));
}

TEST(a_world_and_its_scripts_use_the_allocator)
{
    tl_set_log_hook(ignore_log);
    CHECK_OK(tl_set_allocator(&checked_heap));
    tl_job_system *jobs;
    CHECK_OK(tl_job_system_create(&(tl_job_system_desc){.workers = 2}, &jobs));
    use_much(NULL);
    use_much(jobs);
    CHECK_OK(tl_job_system_destroy(jobs));
    CHECK_INT(0, checked_heap_blocks());
    CHECK(checked_heap_allocations() > 1000);
}

static tl_result create_world(void)
{
    return tl_world_create(&(tl_world_desc){0}, &world);
}

TEST(a_world_without_memory)
{
    CHECK_OK(tl_set_allocator(&checked_heap));
    CHECK(checked_heap_refusals(create_world) > 2);
    CHECK_OK(tl_world_destroy(world));
}

static tl_running seen;

TL_SCRIPT(looks, tl_nothing, unused)
{
    seen = tl_running_here();
}

TEST(a_script_runs_here)
{
    make_world(60);
    tl_entity owner = make(TL_NO_ENTITY);
    tl_script script;
    tl_script_desc how = {.owner = owner, .name = "guard"};
    int line = __LINE__ + 1;
    CHECK_OK(tl_spawn_with(world, &how, &script, looks, {0}));
    steps(1);
    CHECK_INT(TL_RUNNING_SCRIPT, seen.kind);
    CHECK_STRING("guard", seen.name);
    CHECK_STRING("looks", seen.function);
    CHECK_STRING(__FILE__, seen.file);
    CHECK_INT(line, seen.line);
    CHECK_UINT(owner.index1, seen.entity);
    CHECK_UINT((uint64_t)script.generation << 32 | script.index1, seen.id);
    CHECK_OK(tl_world_destroy(world));
}
