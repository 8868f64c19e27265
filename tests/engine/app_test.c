// SPDX-License-Identifier: MIT
// The app around a game, without a window: what it turns on in a debug build.
#include "telar/app.h"

#include "check.h"
#include "world/heartbeat.h"

#if defined TELAR_HAS_WATCHDOG && !defined NDEBUG
enum { WATCHED = true };
#else
enum { WATCHED = false };
#endif

static int steps_done;
static bool expected_watched;

static bool open_world(tl_app *app)
{
    return tl_world_create(&(tl_world_desc){0}, &app->world) == TL_OK;
}

static void step_and_check(tl_app *app)
{
    CHECK_INT(expected_watched, atomic_load(&tl__world_heartbeat(app->world)->watched));
    CHECK_OK(tl_world_step(app->world));
    ++steps_done;
}

static void run(tl_app_desc desc)
{
    char name[] = "app", headless[] = "--headless", steps[] = "--steps", three[] = "3";
    char *words[] = {name, headless, steps, three, NULL};
    desc.name = "app";
    desc.open = open_world;
    desc.step = step_and_check;
    CHECK_INT(0, tl_app_main(4, words, &desc));
    CHECK_INT(3, steps_done);
    steps_done = 0;
}

TEST(a_debug_build_watches_the_world)
{
    expected_watched = WATCHED;
    run((tl_app_desc){0});
    expected_watched = false;
    run((tl_app_desc){.no_watchdog = true});
    expected_watched = WATCHED; // the switch was for that one
    run((tl_app_desc){0});
}
