// SPDX-License-Identifier: MIT
// The calls, and what a child made by fork may do.
#include "inspected.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

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
    // The server's thread frees the arguments it was started with. A child that was forked ahead of
    // that would have lost them; an answer shows that the thread runs.
    free(state_now(""));
    pid_t child = fork();
    if (child == 0) {
        close_all();
        _exit(0);
    }
    int status;
    CHECK_INT(child, waitpid(child, &status, 0));
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    expect_state("", "\"steps\":2,");
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
