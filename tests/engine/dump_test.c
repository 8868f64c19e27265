// SPDX-License-Identifier: MIT
// Scripts in the dump (tl_dump), and the walk through a world's scripts (tl_script_next).
#include "telar/dump.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "telar/channel.h"
#include "telar/concurrency.h"
#include "telar/wait.h"
#include "telar/world.h"

enum { ROOM = 1 << 20 };
static char dumped[ROOM];
static size_t length;
static tl_world *world;
static TL_CHANNEL(int) ore;

static void keep(const char *text, size_t size, void *unused)
{
    (void)unused;
    CHECK(length + size < ROOM);
    memcpy(dumped + length, text, size);
    dumped[length += size] = '\0';
}

static void dump(bool json)
{
    length = 0;
    dumped[0] = '\0';
    CHECK_OK(tl_dump(&(tl_dump_desc){.write = keep, .json = json}));
}

static void expect(const char *what)
{
    if (strstr(dumped, what) == NULL)
        check_fail(__FILE__, __LINE__, "the dump has no '%s':\n%s", what, dumped);
}

TL_SCRIPT(smelts, tl_nothing, unused)
{
    int lump;
    CHECK_RESULT(TL_CANCELLED, tl_receive(ore, &lump));
}

TL_SCRIPT(rests, double, seconds)
{
    CHECK_OK(tl_wait_seconds(*seconds));
}

TL_SCRIPT(leads, tl_nothing, unused)
{
    CHECK_OK(tl_sync(TL_CHILD(rests, 100), TL_CHILD(rests, 200)));
}

TL_SCRIPT(lingers, tl_nothing, unused)
{
    tl_scoped_shield();
    CHECK_OK(tl_wait_seconds(1));
}

TL_SCRIPT(dumps, tl_nothing, unused)
{
    dump(false);
}

static void make_world(void)
{
    CHECK_OK(tl_world_create(&(tl_world_desc){.max_scripts = 64}, &world));
    CHECK_OK(tl_channel_create(world, TL_NO_ENTITY, "ore", 1, &ore));
}

static void step(int count)
{
    for (int i = 0; i < count; ++i)
        CHECK_OK(tl_world_step(world));
}

TEST(scripts_are_there_with_their_waits_and_parents)
{
    make_world();
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, smelts, {0}));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, leads, {0}));
    step(61); // one second after the first
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, rests, 1));
    dump(false);
    expect("script 1.1 \"smelts\" [something in a channel \"ore\", 1.00 s] ");
    expect("script 2.1 \"leads\" [all of several, 1.00 s] ");
    expect("\"rests\" [game time, 1.00 s] ");
    expect(" by 2.1\n");
    expect("\"rests\" [ready], spawned at ");
    expect("dump_test.c:");
    dump(true);
    expect("{\"kind\":\"script\",\"id\":\"1.1\",\"name\":\"smelts\",\"state\":\"suspended\","
           "\"waits_for\":\"something in a channel\",\"named\":\"ore\",\"seconds\":1.000000,");
    expect("\"parent\":\"2.1\",");
    CHECK_OK(tl_world_destroy(world));
    dump(false);
    expect("waiting threads: 0)\n\n");
}

TL_SCRIPT(walks, tl_nothing, unused)
{
    tl_wait_seconds(0.5);
    for (;;)
        tl_wait_step();
}

TEST(a_script_that_waits_for_the_next_step_has_not_waited)
{
    make_world();
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, walks, {0}));
    step(120);
    dump(false);
    expect("\"walks\" [steps, 0.00 s] ");
    CHECK_OK(tl_world_destroy(world));
}

TEST(a_script_may_dump)
{
    make_world();
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, smelts, {0}));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, dumps, {0}));
    step(1);
    expect("\"dumps\" [running], spawned at ");
    expect("\"smelts\" [something in a channel \"ore\"");
    CHECK_OK(tl_world_destroy(world));
}

TEST(a_cancelled_script_in_a_shield_is_marked)
{
    tl_script script;
    make_world();
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &script, lingers, {0}));
    step(1);
    dump(false);
    CHECK(strstr(dumped, "cancelled") == NULL);
    CHECK_OK(tl_script_cancel(world, script));
    dump(false);
    expect("\"lingers\" [game time, 0.00 s], cancelled ");
    CHECK_OK(tl_world_destroy(world));
}

TEST(a_walk_meets_each_living_script_once)
{
    enum { COUNT = 20 };
    tl_script scripts[COUNT];
    bool met[COUNT] = {false};
    make_world();
    CHECK(tl_script_next(world, TL_NO_SCRIPT).index1 == 0);
    for (int i = 0; i < COUNT; ++i)
        CHECK_OK(tl_spawn(world, TL_NO_ENTITY, &scripts[i], smelts, {0}));
    step(1);
    for (int i = 0; i < COUNT; i += 3)
        CHECK_OK(tl_script_cancel(world, scripts[i]));
    int count = 0;
    for (tl_script at = tl_script_next(world, TL_NO_SCRIPT); at.index1 != 0; at = tl_script_next(world, at)) {
        for (int i = 0; i < COUNT; ++i)
            if (at.index1 == scripts[i].index1 && at.generation == scripts[i].generation) {
                CHECK(!met[i]);
                met[i] = true;
            }
        CHECK(tl_script_is_alive(world, at));
        if (++count == 5) // one that ends, and one that begins, meanwhile
            CHECK_OK(tl_script_cancel(world, at));
    }
    for (int i = 0; i < COUNT; ++i)
        CHECK(met[i] == (i % 3 != 0));
    CHECK(tl_script_next(NULL, TL_NO_SCRIPT).index1 == 0);
    CHECK_REPORTED(TL_ERROR_NULL);
    CHECK_OK(tl_world_destroy(world));
}
