// SPDX-License-Identifier: MIT
#include "inspected.h"

#include <stdlib.h>

#include "telar/concurrency.h"
#include "telar/wait.h"

tl_world *world;
tl_inspector *inspector;
tl_clock game_clock;
ore_channel ore;
bell_event bell;

void open_world(void)
{
    CHECK_OK(tl_world_create(&(tl_world_desc){.max_scripts = 200}, &world));
    CHECK_OK(tl_channel_create(world, TL_NO_ENTITY, "ore", 4, &ore));
    CHECK_OK(tl_event_create(world, TL_NO_ENTITY, "bell \"b\"", &bell));
}

void open_with(tl_inspector_desc desc)
{
    open_world();
    desc.world = world;
    CHECK_OK(tl_inspector_start(&desc, &inspector));
}

void open_all(void)
{
    open_with((tl_inspector_desc){.clock = &game_clock, .name = "mine"});
}

void close_all(void)
{
    tl_inspector_stop(inspector);
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT_DEFINE(receives, tl_nothing, unused)
{
    int item;
    tl_receive(ore, &item);
}

TL_SCRIPT_DEFINE(sleeps, tl_nothing, unused)
{
    tl_wait_seconds(1000);
}

TL_SCRIPT_DEFINE(listens, tl_nothing, unused)
{
    tl_wait_event(bell, NULL);
}

TL_SCRIPT_DEFINE(steps, tl_nothing, unused)
{
    for (;;)
        tl_wait_step();
}

TL_SCRIPT_DEFINE(races, tl_nothing, unused)
{
    tl_race(TL_CHILD(sleeps, {0}), TL_CHILD(listens, {0}));
}

tl_script start(const tl_fiber_entry *entry, const char *name)
{
    tl_script script;
    CHECK_OK(tl_spawn_raw(world, &(tl_script_desc){.name = name}, entry, &(tl_nothing){0}, NULL, &script));
    return script;
}

char *state_now(const char *query)
{
    free(http_state(inspector, "")); // asks for a snapshot
    CHECK_OK(tl_world_step(world));
    return http_state(inspector, query);
}

void expect_in(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        check_fail(__FILE__, __LINE__, "%s is not in: %s", part, text);
}

void expect_not_in(const char *text, const char *part)
{
    if (strstr(text, part) != NULL)
        check_fail(__FILE__, __LINE__, "%s is in: %s", part, text);
}

void expect_state(const char *query, const char *part)
{
    char *state = state_now(query);
    expect_in(state, part);
    free(state);
}
