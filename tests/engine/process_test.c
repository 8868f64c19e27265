// SPDX-License-Identifier: MIT
// What a script does to its process or thread: exit, pthread_exit.
#include <pthread.h>
#include <stdlib.h>

#include "child.h"
#include "trace.h"

static char output[4096];

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

static void *step_to_the_end(void *unused)
{
    make_world(0);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, ends_thread, {0}));
    steps(1);
    CHECK_UNREACHED();
    return unused;
}

/// On a thread beside the main one: on Windows the end of the last thread ends the process.
static void end_thread_in_a_script(void)
{
    pthread_t thread;
    CHECK_INT(0, pthread_create(&thread, NULL, step_to_the_end, NULL));
    pthread_join(thread, NULL);
}

TEST(a_thread_that_exits_in_a_script_ends_the_process_with_a_report)
{
    if (CHECK_TSAN)
        SKIP("ThreadSanitizer refuses pthread_exit inside a fiber");
    int status = in_child(end_thread_in_a_script, output, sizeof output);
    CHECK(ended_by_abort(status));
    if (strstr(output, "inside a job or script: \"ends_thread\" (entry function ends_thread, ") == NULL)
        check_fail(__FILE__, __LINE__, "stderr is: %s", output);
}
