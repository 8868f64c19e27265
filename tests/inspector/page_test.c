// SPDX-License-Identifier: MIT
// What the page is told, and what it may do. All on one thread but the server's: what the page asks for is there after
// the next step.
#include "telar/inspector.h"

#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "http.h"
#include "telar/channel.h"
#include "telar/concurrency.h"
#include "telar/event.h"
#include "telar/lock.h"
#include "telar/log.h"
#include "telar/trace.h"
#include "telar/wait.h"

typedef TL_CHANNEL(int) ore_channel;
typedef TL_EVENT(int) bell_event;

static tl_world *world;
static tl_inspector *inspector;
static tl_clock game_clock;
static ore_channel ore;
static bell_event bell;

static void open_world(void)
{
    CHECK_OK(tl_world_create(&(tl_world_desc){.max_scripts = 200}, &world));
    CHECK_OK(tl_channel_create(world, TL_NO_ENTITY, "ore", 4, &ore));
    CHECK_OK(tl_event_create(world, TL_NO_ENTITY, "bell \"b\"", &bell));
}

static void open_with(tl_inspector_desc desc)
{
    open_world();
    desc.world = world;
    CHECK_OK(tl_inspector_start(&desc, &inspector));
}

static void open_all(void)
{
    open_with((tl_inspector_desc){.clock = &game_clock, .name = "mine"});
}

static void close_all(void)
{
    tl_inspector_stop(inspector);
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT(receives, tl_nothing, unused)
{
    int item;
    tl_receive(ore, &item);
}

TL_SCRIPT(sleeps, tl_nothing, unused)
{
    tl_wait_seconds(1000);
}

TL_SCRIPT(listens, tl_nothing, unused)
{
    tl_wait_event(bell, NULL);
}

TL_SCRIPT(steps, tl_nothing, unused)
{
    for (;;)
        tl_wait_step();
}

TL_SCRIPT(races, tl_nothing, unused)
{
    tl_race(TL_CHILD(sleeps, {0}), TL_CHILD(listens, {0}));
}

static tl_script start(const tl_fiber_entry *entry, const char *name)
{
    tl_script script;
    CHECK_OK(tl_spawn_raw(world, &(tl_script_desc){.name = name}, entry, &(tl_nothing){0}, NULL, &script));
    return script;
}

/// Steps the world so that what the page shows is what is there now, and returns that.
static char *state_now(const char *query)
{
    free(http_state(inspector, "")); // asks for a snapshot
    CHECK_OK(tl_world_step(world));
    return http_state(inspector, query);
}

static void expect_in(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        check_fail(__FILE__, __LINE__, "%s is not in: %s", part, text);
}

static void expect_not_in(const char *text, const char *part)
{
    if (strstr(text, part) != NULL)
        check_fail(__FILE__, __LINE__, "%s is in: %s", part, text);
}

static void expect_state(const char *query, const char *part)
{
    char *state = state_now(query);
    expect_in(state, part);
    free(state);
}

// The calls.

TEST(wrong_descriptions_are_refused)
{
    tl_inspector *none = (tl_inspector *)1;
    open_world();
    CHECK_MISUSE(TL_ERROR_NULL, tl_inspector_start(NULL, &none));
    CHECK_POINTER(NULL, none);
    CHECK_MISUSE(TL_ERROR_NULL, tl_inspector_start(&(tl_inspector_desc){0}, &none));
    CHECK_MISUSE(TL_ERROR_NULL, tl_inspector_start(&(tl_inspector_desc){.world = world}, NULL));
    const char *const tokens[] = {"", "with space", "a&b",
                                  "0123456789012345678901234567890123456789012345678901234567890123x"};
    for (size_t i = 0; i < sizeof tokens / sizeof *tokens; ++i)
        CHECK_MISUSE(TL_ERROR_ARGUMENT,
                     tl_inspector_start(&(tl_inspector_desc){.world = world, .token = tokens[i]}, &none));
    tl_inspector_stop(NULL);
    tl_inspector_frame(NULL);
    CHECK_POINTER(NULL, tl_inspector_url(NULL));
    CHECK_OK(tl_world_destroy(world));
}

TEST(a_world_has_one_inspector)
{
    open_all();
    tl_inspector *second;
    CHECK_MISUSE(TL_ERROR_BUSY, tl_inspector_start(&(tl_inspector_desc){.world = world}, &second));
    tl_inspector_stop(inspector);
    CHECK_OK(tl_inspector_start(&(tl_inspector_desc){.world = world}, &inspector));
    close_all();
}

TEST(a_port_that_is_taken_is_an_error)
{
    open_all();
    unsigned port;
    char token[65];
    http_place(inspector, &port, token);
    CHECK_UINT(32, strlen(token));
    tl_world *other;
    tl_inspector *second = inspector;
    CHECK_OK(tl_world_create(&(tl_world_desc){0}, &other));
    CHECK_RESULT(TL_ERROR_SYSTEM,
                 tl_inspector_start(&(tl_inspector_desc){.world = other, .port = (uint16_t)port}, &second));
    CHECK_POINTER(NULL, second);
    CHECK_OK(tl_world_step(other));
    CHECK_OK(tl_world_destroy(other));
    close_all();
}

TEST(the_name_and_the_token_are_copied)
{
    char name[] = "a game", token[] = "secret";
    open_with((tl_inspector_desc){.name = name, .token = token});
    memset(name, 'x', sizeof name - 1);
    memset(token, 'x', sizeof token - 1);
    CHECK(strstr(tl_inspector_url(inspector), "/?token=secret") != NULL);
    expect_state("", "\"name\":\"a game\"");
    close_all();
}

TEST(a_world_may_end_before_its_inspector)
{
    open_all();
    start(TL_ENTRY(sleeps), "sleeper");
    free(state_now(""));
    http_act(inspector, "what=pause");
    http_act(inspector, "what=cancel&script=1.1");
    CHECK_OK(tl_world_destroy(world));
    tl_inspector_frame(inspector); // does what it can
    CHECK(game_clock.paused);
    char *state = http_state(inspector, "");
    expect_in(state, "\"ended\":true");
    expect_in(state, "\"name\":\"sleeper\""); // as it was
    free(state);
    tl_inspector_stop(inspector);
}

TEST(a_child_made_by_fork_can_stop_it)
{
    open_all();
    pid_t child = fork();
    if (child == 0) {
        close_all();
        _exit(0);
    }
    int status;
    CHECK_INT(child, waitpid(child, &status, 0));
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    expect_state("", "\"steps\":1,");
    close_all();
}

static atomic_bool asks_on;

static void *ask_on(void *unused)
{
    while (atomic_load(&asks_on))
        free(http_state(inspector, ""));
    return unused;
}

TEST(forks_while_the_page_asks_are_no_trouble)
{
    enum { FORKS = 100 };
    if (CHECK_TSAN)
        SKIP("ThreadSanitizer allows no fork beside threads");
    if (check_under_valgrind())
        SKIP("what the asking thread holds is a leak in the child, which has no such thread");
    open_all();
    pthread_t thread;
    atomic_store(&asks_on, true);
    CHECK_INT(0, pthread_create(&thread, NULL, ask_on, NULL));
    for (int i = 0; i < FORKS; ++i) {
        CHECK_OK(tl_world_step(world));
        pid_t child = fork();
        if (child == 0) {
            alarm(20); // it must not wait for a lock of a thread that the child does not have
            CHECK_OK(tl_world_step(world));
            tl_inspector_frame(inspector);
            close_all();
            _exit(0);
        }
        int status;
        CHECK_INT(child, waitpid(child, &status, 0));
        CHECK_INT(0, status);
    }
    atomic_store(&asks_on, false);
    CHECK_INT(0, pthread_join(thread, NULL));
    close_all();
}

// Who may ask.

TEST(only_who_knows_the_token_is_answered)
{
    open_all();
    const char *const tokens[] = {"", "x", "0123456789abcdef0123456789abcdef"};
    const char *const paths[] = {"/", "/state", "/trace", "/nothing"};
    for (size_t i = 0; i < sizeof tokens / sizeof *tokens; ++i)
        for (size_t k = 0; k < sizeof paths / sizeof *paths; ++k)
            CHECK_INT(403, http_status(inspector, (request){.token = tokens[i], .path = paths[k]}));
    request action = {.method = "POST", .path = "/do", .query = "what=pause", .type = "application/json", .token = "x"};
    CHECK_INT(403, http_status(inspector, action));
    tl_inspector_frame(inspector);
    CHECK(!game_clock.paused);
    CHECK_INT(200, http_status(inspector, (request){.path = "/"}));
    close_all();
}

TEST(a_page_of_another_site_is_not_answered)
{
    open_all();
    unsigned port;
    char token[65], here[64], local[64], from_here[64], from_local[64];
    http_place(inspector, &port, token);
    snprintf(here, sizeof here, "127.0.0.1:%u", port);
    snprintf(local, sizeof local, "localhost:%u", port);
    snprintf(from_here, sizeof from_here, "http://127.0.0.1:%u", port);
    snprintf(from_local, sizeof from_local, "http://localhost:%u", port);
    const char *const hosts[] = {"example.org",    "127.0.0.1", "127.0.0.1:1",
                                 "example.org:80", "",          "localhost.example.org"};
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; ++i)
        CHECK_INT(403, http_status(inspector, (request){.host = hosts[i]}));
    const char *const origins[] = {"http://example.org", "null", "https://127.0.0.1", "http://127.0.0.1:1", ""};
    for (size_t i = 0; i < sizeof origins / sizeof *origins; ++i)
        CHECK_INT(403, http_status(inspector, (request){.origin = origins[i]}));
    CHECK_INT(200, http_status(inspector, (request){.host = local}));
    CHECK_INT(200, http_status(inspector, (request){.host = here, .origin = from_here}));
    CHECK_INT(200, http_status(inspector, (request){.host = local, .origin = from_local}));
    close_all();
}

TEST(silent_connections_do_not_shut_the_page_out)
{
    enum { SILENT = 100 };
    int silent[SILENT];
    open_all();
    for (int i = 0; i < SILENT; ++i)
        silent[i] = http_connect_silently(inspector);
    CHECK_INT(200, http_status(inspector, (request){.path = "/"}));
    for (int i = 0; i < SILENT; ++i)
        close(silent[i]);
    close_all();
}

TEST(nothing_is_done_but_by_a_post_of_json)
{
    open_all();
    request action = {.method = "POST", .path = "/do", .query = "what=pause"};
    CHECK_INT(415, http_status(inspector, action));
    action.type = "text/plain";
    CHECK_INT(415, http_status(inspector, action));
    action.type = "application/json";
    action.method = "GET";
    CHECK_INT(404, http_status(inspector, action));
    action.method = "POST";
    const char *const wrong[] = {"",
                                 "what=jump",
                                 "what=cancel",
                                 "what=cancel&script=1",
                                 "what=cancel&script=1.1x",
                                 "what=speed",
                                 "what=speed&speed=0",
                                 "what=speed&speed=fast",
                                 "what=speed&speed=nan",
                                 "what=speed&speed=1,5",
                                 "what=speed&speed=1.5.1",
                                 "what=speed&speed=100.1",
                                 "what=speed&speed=00000000000000001"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; ++i) {
        action.query = wrong[i];
        CHECK_INT(400, http_status(inspector, action));
    }
    tl_inspector_frame(inspector);
    CHECK(!game_clock.paused && game_clock.scale == 0);
    close_all();
}

TEST(a_full_queue_refuses_more_of_its_kind_only)
{
    open_all();
    request action = {.method = "POST", .path = "/do", .query = "what=step", .type = "application/json"};
    for (int i = 0; i < 32; ++i)
        CHECK_INT(202, http_status(inspector, action));
    CHECK_INT(503, http_status(inspector, action));
    char query[64];
    action.query = query;
    for (int i = 0; i < 40; ++i) {
        snprintf(query, sizeof query, "what=cancel&script=%d.1", i + 1);
        CHECK_INT(i < 32 ? 202 : 503, http_status(inspector, action));
    }
    snprintf(query, sizeof query, "what=cancel&script=1.1"); // the same as one that is queued
    CHECK_INT(202, http_status(inspector, action));
    tl_inspector_frame(inspector);
    CHECK(game_clock.paused);
    CHECK_INT(32, tl_clock_advance(&game_clock, 0));
    action.query = "what=resume";
    CHECK_INT(202, http_status(inspector, action)); // though the cancels still wait for a step
    tl_inspector_frame(inspector);
    CHECK(!game_clock.paused);
    close_all();
}

TEST(the_page_loads_nothing_and_keeps_the_token_to_itself)
{
    open_all();
    response page = http_ask(inspector, (request){.path = "/"});
    CHECK_INT(200, page.status);
    expect_in(page.text, "Content-Security-Policy: default-src 'none'");
    expect_in(page.text, "Referrer-Policy: no-referrer");
    expect_in(page.text, "Cache-Control: no-store");
    expect_not_in(page.text, "Access-Control");
    expect_not_in(page.body, "http");
    expect_in(page.body, "<!doctype html>");
    expect_in(page.body, "</html>");
    http_free(page);
    close_all();
}

// What it is told.

/// Expects what the page is told of a script to be what tl_script_get_info says.
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

// What it may do.

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

TEST(the_game_is_told_of_a_cancel_before_it_happens)
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

TEST(without_a_clock_or_frames_the_page_is_told_so)
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
    expect_in(trace.text, "filename=\"telar-1.pftrace\"");
    http_free(trace);
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
    stuck_in = "never_waits_at_the_end never waits: it has run for at least ";
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
    stuck_in = "never_waits never waits: it has run for at least ";
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
