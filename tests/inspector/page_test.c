// SPDX-License-Identifier: MIT
// What the page shows.
#include "inspected.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "telar/lock.h"
#include "telar/log.h"
#include "telar/wait.h"

/// Expects the state to say of a script what tl_script_get_info says.
static void expect_as_described(const char *state, tl_script script)
{
    char expected[512];
    tl_script_info info = tl_script_get_info(world, script);
    int length = snprintf(expected, sizeof expected, "{\"id\":\"%u.%u\",\"name\":\"%s\",\"type\":\"%s\"", script.index1,
                          script.generation, info.name, info.function);
    length +=
        snprintf(expected + length, sizeof expected - (size_t)length, ",\"wait\":\"%s\"", tl_wait_string(info.wait));
    if (info.wait_name != NULL && strchr(info.wait_name, '"') == NULL)
        snprintf(expected + length, sizeof expected - (size_t)length, ",\"object\":\"%s\"", info.wait_name);
    expect_in(state, expected);
}

TEST(each_script_is_as_tl_script_get_info_says)
{
    open_all();
    tl_script scripts[] = {start(TL_ENTRY(receives), "smith 1"), start(TL_ENTRY(sleeps), "sleeper"),
                           start(TL_ENTRY(listens), "listener"), start(TL_ENTRY(steps), NULL),
                           start(TL_ENTRY(races), "racer")};
    for (int i = 0; i < 60; ++i)
        CHECK_OK(tl_world_step(world));
    char *state = state_now("");
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; ++i)
        expect_as_described(state, scripts[i]);
    expect_in(state, "\"object\":\"bell \\\"b\\\"\",\"waited\":1.000,");
    expect_in(state, "\"steps\":61,");
    expect_in(state, "\"scripts\":7,"); // the racer has two children
    expect_in(state, "\"max_scripts\":200");
    expect_in(state, "\"left\":999.0");
    expect_in(state, "{\"name\":\"ore\",\"objects\":1,\"count\":0,\"capacity\":4,\"closed\":0,\"senders\":{\"count\":0,"
                     "\"first\":[]},\"receivers\":{\"count\":1,\"first\":[\"1.1\"]}}");
    expect_in(state, "{\"name\":\"bell \\\"b\\\"\",\"objects\":1,\"emits\":0,\"waiters\":{\"count\":2,");
    expect_in(state, "\"wait\":\"steps\",\"waited\":0.000"); // it has waited for this step only
    free(state);
    close_all();
}

TEST(no_snapshot_is_taken_unless_one_is_asked_for)
{
    open_all();
    char *state = http_state(inspector, "");
    expect_in(state, "\"steps\":0,"); // there is none
    expect_not_in(state, "seconds_ago");
    free(state);
    CHECK_OK(tl_world_step(world));
    CHECK_OK(tl_world_step(world)); // no question came since
    state = http_state(inspector, "");
    expect_in(state, "\"steps\":1,");
    free(state);
    close_all();
}

TEST(a_paused_game_is_shown_too)
{
    open_all();
    game_clock.paused = true;
    free(http_state(inspector, ""));
    tl_inspector_frame(inspector);
    start(TL_ENTRY(sleeps), "new");
    free(http_state(inspector, ""));
    tl_inspector_frame(inspector);
    char *state = http_state(inspector, "");
    expect_in(state, "\"name\":\"new\"");
    expect_in(state, "\"state\":\"ready\"");
    expect_in(state, "\"paused\":true");
    free(state);
    close_all();
}

TEST(scripts_are_sorted_filtered_and_limited)
{
    open_all();
    start(TL_ENTRY(sleeps), "b");
    CHECK_OK(tl_world_step(world));
    start(TL_ENTRY(receives), "a");
    CHECK_OK(tl_world_step(world));
    start(TL_ENTRY(listens), "c");
    const struct {
        const char *query, *expected; ///< names in this order; they are all that begin like this
    } cases[] = {
        {"", "bac"},
        {"sort=name", "abc"},
        {"sort=name&descends=1", "cba"},
        {"sort=age", "cab"},
        {"sort=age&descends=1", "bac"},
        {"sort=waited&descends=1", "bac"},
        {"sort=wait", "cba"}, // an event, game time, something in a channel
        {"sort=name&most=2", "ab"},
        {"filter=SLEEP", "b"},
        {"filter=ore", "a"},
        {"filter=an%20event", "c"},
        {"filter=dragon", ""},
    };
    free(state_now(""));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
        char *state = state_now(cases[i].query), found[8] = "";
        for (const char *at = state; (at = strstr(at, "\",\"name\":\"")) != NULL; at += 10)
            if (at[11] == '"')
                strncat(found, at + 10, 1);
        CHECK_STRING(cases[i].expected, found);
        free(state);
    }
    expect_state("filter=e&most=1", "\"matching\":3,");
    close_all();
}

TEST(a_tree_has_children_behind_their_parents)
{
    open_all();
    start(TL_ENTRY(races), "first");
    CHECK_OK(tl_world_step(world));
    start(TL_ENTRY(races), "second");
    CHECK_OK(tl_world_step(world));
    char *state = state_now("tree=1&sort=name&descends=1"), found[8] = "";
    for (const char *at = state; (at = strstr(at, "\",\"name\":\"")) != NULL; at += 10)
        strncat(found, at + 10, 1);
    CHECK_STRING("sslfsl", found); // children descend, too: sleeps, listens
    expect_in(state, "\"depth\":1");
    free(state);
    close_all();
}

TEST(objects_of_equal_names_are_one)
{
    open_all();
    bell_event more;
    for (int i = 0; i < 3; ++i)
        CHECK_OK(tl_event_create(world, TL_NO_ENTITY, "alarm", &more));
    CHECK_OK(tl_emit(more, {1}));
    expect_state("", "{\"name\":\"alarm\",\"objects\":3,\"emits\":1,\"waiters\":{\"count\":0,\"first\":[]}}");
    close_all();
}

TL_SCRIPT(counts, tl_counter *, counter)
{
    tl_counter_wait(*counter);
}

static tl_mutex forge;

TL_SCRIPT(locks, tl_nothing, unused)
{
    tl_mutex_lock(&forge);
}

TEST(counters_and_locks_are_known_by_who_waits)
{
    open_all();
    tl_counter counter = {.name = "loading"};
    forge.name = "forge";
    CHECK_OK(tl_counter_add(&counter, 1));
    CHECK_OK(tl_mutex_lock(&forge));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, counts, {&counter}));
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, locks, {0}));
    free(state_now(""));
    char *state = state_now("");
    expect_in(state, "\"for\":\"a counter\",\"object\":\"loading\",\"kind\":\"script\",\"who\":\"counts\"");
    expect_in(state, "\"for\":\"a lock\",\"object\":\"forge\",\"kind\":\"script\",\"who\":\"locks\"");
    free(state);
    CHECK_OK(tl_counter_finish(&counter));
    CHECK_OK(tl_mutex_unlock(&forge));
    CHECK_OK(tl_world_step(world));
    close_all();
}

TL_JOB(waits_for, tl_counter *, counter)
{
    tl_counter_wait(*counter);
}

TEST(workers_and_jobs_that_wait_are_shown)
{
    tl_job_system *jobs;
    CHECK_OK(tl_job_system_create(&(tl_job_system_desc){.workers = 2}, &jobs));
    open_world();
    CHECK_OK(tl_inspector_start(&(tl_inspector_desc){.world = world, .jobs = jobs}, &inspector));
    tl_counter held = {.name = "held"}, done = {0};
    CHECK_OK(tl_counter_add(&held, 1));
    CHECK_OK(tl_job_run(jobs, &done, waits_for, {&held}));
    while (tl_job_system_get_info(jobs).waiting == 0)
        CHECK_RESULT(TL_TIMED_OUT, tl_counter_wait(&done, TL_WITHIN_REAL(0.001)));
    tl_inspector_frame(inspector);
    free(http_state(inspector, ""));
    for (int i = 0; i < 3; ++i)
        tl_inspector_frame(inspector);
    char *state = state_now("");
    expect_in(state, "\"object\":\"held\",\"kind\":\"job\",\"who\":\"waits_for\"");
    expect_in(state, "\"workers\":[{\"name\":\"main\"");
    expect_in(state, "{\"name\":\"worker 2\"");
    expect_in(state, "\"jobs\":{\"waiting\":1,");
    expect_in(state, "\"awake\":[100");
    free(state);
    CHECK_OK(tl_counter_finish(&held));
    CHECK_OK(tl_counter_wait(&done));
    close_all();
    CHECK_OK(tl_job_system_destroy(jobs));
}

// Types.

enum { EATEN = 54000 };

/// Uses EATEN bytes of the stack from `from` on, and a little more.
static int eat(uintptr_t from)
{
    volatile char food[256];
    food[0] = 1;
    return from - (uintptr_t)food >= EATEN ? 0 : eat(from) + food[0];
}

TL_SCRIPT(eats_stack, tl_nothing, unused)
{
    volatile char here;
    eat((uintptr_t)&here);
    tl_wait_seconds(1000);
}

TEST(a_stack_that_is_nearly_full_is_warned_of)
{
    if (CHECK_ASAN || CHECK_TSAN || check_under_valgrind())
        SKIP("here frames are larger, or lie elsewhere");
    CHECK_OK(tl_world_create(&(tl_world_desc){.stack_size = 65536}, &world));
    CHECK_OK(tl_inspector_start(&(tl_inspector_desc){.world = world}, &inspector));
    start(TL_ENTRY(eats_stack), NULL);
    start(TL_ENTRY(sleeps), NULL);
    free(state_now(""));
    char *state = state_now("");
    expect_in(state, "{\"kind\":\"stack\",\"text\":\"eats_stack has used ");
    expect_not_in(state, "sleeps has used");
    expect_in(state, ",\"suggested\":16384}");
    free(state);
    close_all();
}

TEST(turns_and_starts_of_a_type_are_counted_while_the_page_is_open)
{
    open_all();
    for (int i = 0; i < 100; ++i)
        CHECK_OK(tl_world_step(world)); // no page is open
    free(http_state(inspector, ""));
    for (int i = 0; i < 3; ++i)
        start(TL_ENTRY(steps), NULL);
    for (int i = 0; i < 10; ++i) {
        free(http_state(inspector, "")); // the page is open as long as it asks once in a second
        CHECK_OK(tl_world_step(world));
    }
    expect_state("", "\"count\":3,\"starts\":3,\"turns\":33,");
    close_all();
}
// Steps that do not end.

static const char *stuck_in;

/// What a page sees that asks again and again while the step runs: until `stuck_in` is in its warnings.
static void look_from_inside(void)
{
    for (bool found = false; !found;) {
        char *state = http_state(inspector, "");
        found = strstr(state, stuck_in) != NULL;
        free(state);
    }
}

TL_SCRIPT(never_waits, tl_nothing, unused)
{
    look_from_inside();
}

TL_SCRIPT(never_waits_at_the_end, tl_nothing, unused)
{
    tl_wait_frame();
    look_from_inside();
}

TEST(one_that_never_waits_at_the_end_of_a_frame_is_named_too)
{
    CHECK_OK(tl_world_create(&(tl_world_desc){.stack_size = 1 << 20}, &world));
    CHECK_OK(tl_inspector_start(&(tl_inspector_desc){.world = world}, &inspector));
    tl_script_desc desc = {.phase = TL_PHASE_FRAME};
    CHECK_OK(tl_spawn_with(world, &desc, NULL, never_waits_at_the_end, {0}));
    stuck_in = "never_waits_at_the_end has run for at least ";
    for (int i = 0; i < 3; ++i) {
        CHECK_OK(tl_world_step(world));
        CHECK_OK(tl_world_end_frame(world));
    }
    CHECK_UINT(0, tl_script_count(world));
    close_all();
}

TEST(a_script_that_never_waits_is_named)
{
    CHECK_OK(tl_world_create(&(tl_world_desc){.stack_size = 1 << 20}, &world)); // the requests need some
    CHECK_OK(tl_inspector_start(&(tl_inspector_desc){.world = world}, &inspector));
    stuck_in = "never_waits has run for at least ";
    start(TL_ENTRY(sleeps), NULL);
    start(TL_ENTRY(never_waits), NULL);
    CHECK_OK(tl_world_step(world));
    expect_state("", "\"warnings\":[]");
    close_all();
}

static void slow_physics(tl_world *of, void *unused)
{
    (void)of, (void)unused;
    if (stuck_in != NULL)
        look_from_inside();
    stuck_in = NULL;
}

TEST(a_step_that_does_not_end_is_warned_of)
{
    stuck_in = "\"kind\":\"step\",\"text\":\"the step has not ended for ";
    CHECK_OK(tl_world_create(&(tl_world_desc){.physics = slow_physics}, &world));
    CHECK_OK(tl_inspector_start(&(tl_inspector_desc){.world = world}, &inspector));
    CHECK_OK(tl_world_step(world));
    expect_state("", "\"warnings\":[]");
    close_all();
}

// Messages.

static void hush(const tl_log *item)
{
    (void)item;
}

TL_SCRIPT(fails, tl_nothing, unused)
{
    tl_fail(7, "the forge is cold");
}

static bool has_comma;

static void use_a_comma(void)
{
    static const char *const locales[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "es_ES.UTF-8", "de_DE"};
    for (size_t i = 0; i < sizeof locales / sizeof *locales && !has_comma; ++i)
        has_comma = setlocale(LC_ALL, locales[i]) != NULL;
}

TEST(a_locale_changes_no_number)
{
    use_a_comma();
    if (!has_comma)
        SKIP("no locale with a decimal comma is installed");
    open_all();
    start(TL_ENTRY(sleeps), "sleeper");
    free(state_now(""));
    expect_state("", "\"delta\":0.016666667,");
    http_act(inspector, "what=speed&speed=0.5");
    tl_inspector_frame(inspector);
    CHECK_NEAR(0.5, game_clock.scale, 0);
    close_all();
}

TEST(what_is_no_number_is_null)
{
    open_all();
    game_clock.scale = (double)INFINITY;
    free(http_state(inspector, ""));
    tl_inspector_frame(inspector);
    char *state = http_state(inspector, "");
    expect_in(state, "\"speed\":null");
    free(state);
    close_all();
}

TEST(the_librarys_messages_are_shown)
{
    tl_set_log_hook(hush);
    open_all();
    start(TL_ENTRY(fails), "smith");
    char *state = state_now("");
    expect_in(state, "the forge is cold");
    free(state);
    close_all();
    open_all();
    state = state_now("");
    expect_not_in(state, "the forge is cold"); // that was before
    free(state);
    close_all();
}
