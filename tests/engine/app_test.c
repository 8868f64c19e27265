// SPDX-License-Identifier: MIT
// The app around a game, without a window: the world and script that it makes, and what a debug build turns on.
#include "telar/app.h"

#include "check.h"
#include "world/heartbeat.h"

#if defined TELAR_HAS_WATCHDOG && !defined NDEBUG
enum { WATCHED = true };
#else
enum { WATCHED = false };
#endif

static int steps_done, turns;
static bool expected_watched;

static bool open_world(tl_app *app)
{
    return tl_world_create(&(tl_world_desc){0}, &app->world) == TL_OK;
}

TL_SCRIPT(counts_steps, tl_nothing, unused)
{
    for (;; tl_wait_step())
        ++turns;
}

TL_SCRIPT(takes_a_number, int, number)
{
    turns = *number;
}

static void step_and_check(tl_app *app)
{
    CHECK_INT(expected_watched, atomic_load(&tl__world_heartbeat(app->world)->watched));
    CHECK_OK(tl_world_step(app->world));
    ++steps_done;
}

/// Runs three steps without a window, and returns what main would.
static int run_app(tl_app_desc desc)
{
    char name[] = "app", headless[] = "--headless", steps[] = "--steps", three[] = "3";
    char *words[] = {name, headless, steps, three, NULL};
    desc.name = "app";
    return tl_app_main(4, words, &desc);
}

static void run(tl_app_desc desc)
{
    desc.open = open_world;
    desc.step = step_and_check;
    CHECK_INT(0, run_app(desc));
    CHECK_INT(3, steps_done);
    steps_done = 0;
}

TEST(a_game_can_be_one_script)
{
    CHECK_INT(0, run_app((tl_app_desc){.script = TL_ENTRY(counts_steps)}));
    CHECK_INT(3, turns);
}

TEST(the_first_script_runs_in_the_world_that_open_made)
{
    run((tl_app_desc){.script = TL_ENTRY(counts_steps), .no_watchdog = true});
    CHECK_INT(3, turns);
}

TEST(a_first_script_with_an_argument_is_refused)
{
    CHECK_INT(1, run_app((tl_app_desc){.script = TL_ENTRY(takes_a_number)}));
    CHECK_INT(0, turns);
}

TEST(a_game_without_a_script_has_a_world_too)
{
    CHECK_INT(0, run_app((tl_app_desc){0}));
}

TEST(a_debug_build_watches_the_world)
{
    expected_watched = WATCHED;
    run((tl_app_desc){0});
    expected_watched = false;
    run((tl_app_desc){.no_watchdog = true});
    expected_watched = WATCHED; // no_watchdog held for that run only
    run((tl_app_desc){0});
}

/// Whether a path ends with that.
static bool ends(const char *path, const char *end)
{
    size_t length = strlen(path), tail = strlen(end);
    return length >= tail && strcmp(path + length - tail, end) == 0;
}

/// The build puts a file "beside" into the folder `assets` beside the test's program.
TEST(assets_are_beside_the_program_or_where_it_was_built)
{
    tl_app app = {.desc = &(tl_app_desc){.assets = TELAR_ASSETS}};
    CHECK_STRING(TELAR_ASSETS "/sprites.png", tl_app_asset(&app, "sprites.png"));
    CHECK(ends(tl_app_asset(&app, "beside"), "assets/beside"));
    CHECK(strcmp(TELAR_ASSETS "/beside", tl_app_asset(&app, "beside")) != 0);
    CHECK_STRING(TELAR_ASSETS "/none", tl_app_asset(&app, "none"));
    app.desc = &(tl_app_desc){.name = "without a folder of its own"};
    CHECK(ends(tl_app_asset(&app, "none"), "assets/none"));
    CHECK(strcmp(TELAR_ASSETS "/none", tl_app_asset(&app, "none")) != 0);
}

TEST(a_path_to_an_asset_that_is_too_long_is_cut)
{
    static char name[2000];
    memset(name, 'a', sizeof name - 1);
    tl_app app = {.desc = &(tl_app_desc){.assets = TELAR_ASSETS}};
    CHECK_UINT(sizeof app.asset - 1, strlen(tl_app_asset(&app, name)));
}
