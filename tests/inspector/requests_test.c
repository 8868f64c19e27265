// SPDX-License-Identifier: MIT
// Who may ask, and what is refused.
#include "inspected.h"

#include <stdio.h>
#include <unistd.h>

static void expect_refused(request ask, const char *because)
{
    response answer = http_ask(inspector, ask);
    CHECK_INT(403, answer.status);
    if (strstr(answer.body, because) == NULL)
        check_fail(__FILE__, __LINE__, "not because of %s: %s", because, answer.body);
    http_free(answer);
}

TEST(only_who_knows_the_token_is_answered)
{
    open_all();
    const char *const tokens[] = {"", "x", "0123456789abcdef0123456789abcdef"};
    const char *const paths[] = {"/", "/state", "/trace", "/nothing"};
    for (size_t i = 0; i < sizeof tokens / sizeof *tokens; ++i)
        for (size_t k = 0; k < sizeof paths / sizeof *paths; ++k)
            expect_refused((request){.token = tokens[i], .path = paths[k]}, "token");
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
        expect_refused((request){.host = hosts[i]}, "Host");
    const char *const origins[] = {"http://example.org", "null", "https://127.0.0.1", "http://127.0.0.1:1", ""};
    for (size_t i = 0; i < sizeof origins / sizeof *origins; ++i)
        expect_refused((request){.origin = origins[i]}, "Origin");
    CHECK_INT(200, http_status(inspector, (request){.host = local}));
    CHECK_INT(200, http_status(inspector, (request){.host = here, .origin = from_here}));
    CHECK_INT(200, http_status(inspector, (request){.host = local, .origin = from_local}));
    close_all();
}

TEST(at_the_usual_port_a_browser_leaves_it_out)
{
    open_all();
    tl_inspector_stop(inspector);
    if (tl_inspector_start(&(tl_inspector_desc){.world = world, .port = 80}, &inspector) != TL_OK) {
        close_all();
        SKIP("port 80 is taken, or not for this user");
    }
    CHECK_INT(200, http_status(inspector, (request){.host = "127.0.0.1", .origin = "http://localhost"}));
    CHECK_INT(200, http_status(inspector, (request){.host = "localhost:80"}));
    CHECK_INT(403, http_status(inspector, (request){.host = "example.org"}));
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
