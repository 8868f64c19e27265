// SPDX-License-Identifier: MIT
// What a script does to its process or thread: fork, exit, pthread_exit.
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "child.h"
#include "trace.h"

static char output[4096];

static void finish_world(void)
{
    alarm(30);
    steps(3);
    CHECK_TRACE("123.");
    CHECK_UINT(0, tl_script_count(world));
    CHECK_OK(tl_world_destroy(world));
}

TL_SCRIPT(counts, tl_nothing, nothing)
{
    for (int i = 1; i <= 3; ++i) {
        note("%d", i);
        tl_wait_step();
    }
    note(".");
}

TEST(a_child_steps_the_world_on)
{
    make_world(0);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, counts, {0}));
    steps(1);
    CHECK_INT(0, in_child(finish_world, output, sizeof output));
    finish_world();
}

static pid_t forked = -1;

TL_SCRIPT(forks, tl_nothing, nothing)
{
    forked = fork();
    tl_wait_step();
    note(forked == 0 ? "child" : "parent");
}

TEST(a_script_may_fork)
{
    if (CHECK_TSAN)
        SKIP("ThreadSanitizer takes the fiber that called fork for another thread in the child");
    make_world(0);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, forks, {0}));
    steps(2);
    CHECK_OK(tl_world_destroy(world));
    if (forked == 0)
        _exit(strcmp(trace, "child") == 0 ? 0 : 1);
    CHECK_TRACE("parent");
    int status = 0;
    CHECK_INT(forked, waitpid(forked, &status, 0));
    CHECK_INT(0, status);
}

static void at_exit(void)
{
    CHECK(tl_fiber_current() != NULL);
    CHECK_MISUSE(TL_ERROR_IN_SCRIPT, tl_world_destroy(world));
    _exit(40);
}

TL_SCRIPT(exits, tl_nothing, nothing)
{
    atexit(at_exit);
    exit(0);
}

static void exit_in_a_script(void)
{
    make_world(0);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, exits, {0}));
    steps(1);
    CHECK_UNREACHED();
}

TEST(exit_in_a_script_runs_the_handlers_on_its_stack)
{
    int status = in_child(exit_in_a_script, output, sizeof output);
    CHECK(WIFEXITED(status));
    CHECK_INT(40, WEXITSTATUS(status));
}

TL_SCRIPT(ends_thread, tl_nothing, nothing)
{
    pthread_exit(NULL);
}

static void end_thread_in_a_script(void)
{
    make_world(0);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, ends_thread, {0}));
    steps(1);
    CHECK_UNREACHED();
}

TEST(a_thread_that_exits_in_a_script_ends_the_process_with_a_report)
{
    if (CHECK_TSAN)
        SKIP("ThreadSanitizer refuses pthread_exit inside a fiber");
    int status = in_child(end_thread_in_a_script, output, sizeof output);
    CHECK(WIFSIGNALED(status));
    CHECK_INT(SIGABRT, WTERMSIG(status));
    if (strstr(output, "inside a job or script: \"ends_thread\" (entry function ends_thread, ") == NULL)
        check_fail(__FILE__, __LINE__, "stderr is: %s", output);
}
