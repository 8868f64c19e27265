// SPDX-License-Identifier: MIT
// What the page may do, and what the game may do meanwhile.
#include "inspected.h"

#include <stdlib.h>

#include "telar/trace.h"
#include "telar/wait.h"

TEST(a_script_is_cancelled_when_the_next_step_begins)
{
    open_all();
    tl_script sleeper = start(TL_ENTRY(sleeps), "sleeper"), other = start(TL_ENTRY(sleeps), "other");
    CHECK_OK(tl_world_step(world));
    http_act(inspector, "what=cancel&script=1.1");
    tl_inspector_frame(inspector);
    CHECK(tl_script_is_alive(world, sleeper)); // not between steps
    CHECK_OK(tl_world_step(world));
    CHECK(!tl_script_is_alive(world, sleeper));
    CHECK(tl_script_is_alive(world, other));
    http_act(inspector, "what=cancel&script=1.1");
    char *state = state_now("");
    expect_in(state, "\"done\":[{\"number\":1,\"step\":1,\"result\":\"TL_OK\"},{\"number\":2,\"step\":2,"
                     "\"result\":\"TL_ERROR_STALE\"}]");
    expect_in(state, "\"queued\":0,");
    expect_not_in(state, "sleeper");
    free(state);
    close_all();
}

static tl_script told;
static bool was_alive;

static void note_cancel(tl_world *of, tl_script script, void *user_data)
{
    CHECK_POINTER(world, of);
    CHECK_POINTER(&told, user_data);
    told = script;
    was_alive = tl_script_is_alive(of, script);
}

TEST(a_cancel_calls_the_games_hook_first)
{
    open_with((tl_inspector_desc){.on_cancel = note_cancel, .user_data = &told});
    tl_script sleeper = start(TL_ENTRY(sleeps), NULL);
    CHECK_OK(tl_world_step(world));
    http_act(inspector, "what=cancel&script=7.7");
    http_act(inspector, "what=cancel&script=1.1");
    CHECK_OK(tl_world_step(world));
    CHECK_UINT(sleeper.index1, told.index1);
    CHECK(was_alive && !tl_script_is_alive(world, sleeper));
    close_all();
}

// What the game may do meanwhile.

static bool stops_in_hook;

static void misbehave(tl_world *of, tl_script script, void *unused)
{
    (void)script, (void)unused;
    CHECK_MISUSE(TL_ERROR_IN_SCRIPT, tl_world_step(of));
    CHECK_MISUSE(TL_ERROR_IN_SCRIPT, tl_world_destroy(of));
    tl_inspector_frame(inspector);
    CHECK_REPORTED(TL_ERROR_IN_SCRIPT);
    if (stops_in_hook)
        tl_inspector_stop(inspector);
}

TEST(the_hook_cannot_step_or_destroy_the_world)
{
    open_with((tl_inspector_desc){.on_cancel = misbehave});
    tl_script sleeper = start(TL_ENTRY(sleeps), NULL);
    CHECK_OK(tl_world_step(world));
    http_act(inspector, "what=cancel&script=1.1");
    CHECK_OK(tl_world_step(world));
    CHECK(!tl_script_is_alive(world, sleeper));
    close_all();
}

TEST(the_hook_may_stop_the_inspector)
{
    open_with((tl_inspector_desc){.on_cancel = misbehave});
    stops_in_hook = true;
    tl_script first = start(TL_ENTRY(sleeps), NULL), second = start(TL_ENTRY(sleeps), NULL);
    CHECK_OK(tl_world_step(world));
    http_act(inspector, "what=cancel&script=1.1");
    http_act(inspector, "what=cancel&script=2.1");
    CHECK_OK(tl_world_step(world));
    CHECK(!tl_script_is_alive(world, first));
    CHECK(tl_script_is_alive(world, second)); // it was stopped before that
    CHECK_OK(tl_world_step(world));
    CHECK_OK(tl_world_destroy(world));
}

static void stop_it(void *unused)
{
    (void)unused;
    tl_inspector_stop(inspector);
}

TL_SCRIPT(owns_the_inspector, tl_nothing, unused)
{
    tl_defer(stop_it, NULL);
    tl_wait_seconds(1000);
}

TEST(a_clean_up_of_a_cancelled_script_may_stop_it)
{
    open_all();
    start(TL_ENTRY(owns_the_inspector), NULL);
    CHECK_OK(tl_world_step(world));
    http_act(inspector, "what=cancel&script=1.1");
    CHECK_OK(tl_world_step(world));
    CHECK_UINT(0, tl_script_count(world));
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT(starts_and_stops, tl_nothing, unused)
{
    tl_inspector_stop(inspector);
    tl_wait_step();
    CHECK_OK(tl_inspector_start(&(tl_inspector_desc){.world = world}, &inspector));
}

TEST(a_script_may_stop_and_start_it)
{
    CHECK_OK(tl_world_create(&(tl_world_desc){.stack_size = 1 << 20}, &world));
    CHECK_OK(tl_inspector_start(&(tl_inspector_desc){.world = world}, &inspector));
    start(TL_ENTRY(starts_and_stops), NULL);
    start(TL_ENTRY(steps), NULL);
    free(http_state(inspector, ""));
    for (int i = 0; i < 3; ++i)
        CHECK_OK(tl_world_step(world));
    expect_state("", "\"scripts\":1,");
    close_all();
}

TEST(a_step_of_the_page_does_not_leak_into_a_later_pause)
{
    open_all();
    http_act(inspector, "what=step");
    http_act(inspector, "what=resume");
    tl_inspector_frame(inspector);
    CHECK_INT(1, tl_clock_advance(&game_clock, 1.0 / 60 + 1e-9));
    game_clock.paused = true;
    CHECK_INT(0, tl_clock_advance(&game_clock, 1));
    close_all();
}

TEST(the_clock_is_paused_stepped_and_scaled_between_frames)
{
    open_all();
    http_act(inspector, "what=pause");
    CHECK(!game_clock.paused);
    tl_inspector_frame(inspector);
    CHECK(game_clock.paused);
    CHECK_INT(0, tl_clock_advance(&game_clock, 1));
    http_act(inspector, "what=step");
    http_act(inspector, "what=step");
    tl_inspector_frame(inspector);
    CHECK_INT(2, tl_clock_advance(&game_clock, 1));
    CHECK_INT(0, tl_clock_advance(&game_clock, 1));
    http_act(inspector, "what=resume");
    http_act(inspector, "what=speed&speed=0.5");
    tl_inspector_frame(inspector);
    CHECK(!game_clock.paused);
    CHECK_INT(1, tl_clock_advance(&game_clock, 2.0 / 60));
    free(http_state(inspector, ""));
    tl_inspector_frame(inspector);
    char *state = http_state(inspector, "");
    expect_in(state, "\"has_clock\":true,\"paused\":false,\"speed\":0.5");
    free(state);
    close_all();
}

TEST(without_a_clock_or_frames_the_page_knows)
{
    open_with((tl_inspector_desc){.clock = NULL});
    tl_inspector_frame(inspector);
    expect_state("", "\"has_clock\":false");
    http_act(inspector, "what=pause");
    tl_inspector_frame(inspector);
    expect_state("", "\"result\":\"TL_ERROR_NULL\"");
    close_all();
    open_all();
    expect_state("", "\"has_clock\":false"); // no frame was begun
    close_all();
}

TEST(a_trace_is_begun_and_saved)
{
    open_all();
    start(TL_ENTRY(steps), "walker");
    CHECK_INT(404, http_status(inspector, (request){.path = "/trace"}));
    http_act(inspector, "what=trace");
    tl_inspector_frame(inspector);
    CHECK(tl_trace_is_on());
    expect_state("", "\"traces\":true");
    for (int i = 0; i < 5; ++i)
        CHECK_OK(tl_world_step(world));
    free(state_now(""));
    http_act(inspector, "what=trace");
    tl_inspector_frame(inspector);
    expect_state("", "\"trace\":1,");
    http_act(inspector, "what=untrace");
    tl_inspector_frame(inspector);
    CHECK(!tl_trace_is_on());
    response trace = http_ask(inspector, (request){.path = "/trace"});
    CHECK_INT(200, trace.status);
    CHECK(trace.size > 100);
    CHECK(memmem(trace.body, trace.size, "walker", 6) != NULL);
    CHECK(memmem(trace.body, trace.size, "inspector", 9) != NULL); // its zone
    expect_in(trace.text, "filename=\"telar-1.pftrace\"");
    http_free(trace);
    close_all();
}
