// SPDX-License-Identifier: MIT
// Processes that fork while there is a world, in a script too.
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
