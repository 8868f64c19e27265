// SPDX-License-Identifier: MIT
// What a misuse hook can find out about the caller: which script, job or fiber made the mistake.

#include "../child.h"
#include "telar/job.h"
#include "trace.h"

static char context[512];

static void keep_context(tl_result why, const char *call)
{
    (void)why, (void)call;
    CHECK(tl_misuse_context(context, sizeof context));
}

TL__PRINTF(1, 2) static void expect_context(const char *format, ...)
{
    char expected[512];
    va_list args;
    va_start(args, format);
    vsnprintf(expected, sizeof expected, format, args);
    va_end(args);
    if (strstr(context, expected) == NULL)
        check_fail(__FILE__, __LINE__, "\"%s\" is not in \"%s\"", expected, context);
}

TL_SCRIPT(misuses, tl_nothing, unused)
{
    tl_wait_seconds(-1);
}

enum { FIBER_LINE = __LINE__ + 1 };
TL_FIBER(misuses_in_fiber, tl_nothing, unused)
{
    tl_resume(NULL, NULL);
}

enum { JOB_LINE = __LINE__ + 1 };
TL_JOB(misuses_in_job, tl_nothing, unused)
{
    tl_counter_wait(NULL);
}

static int spawn_line;

static void make_mistake_in_script(void)
{
    tl_entity owner;
    make_world(60);
    CHECK_OK(tl_entity_create(world, TL_NO_ENTITY, &owner));
    tl_script_desc desc = {.owner = owner, .name = "clumsy"};
    spawn_line = __LINE__ + 1;
    CHECK_OK(tl_spawn_with(world, &desc, NULL, misuses, {0}));
    CHECK_OK(tl_world_step(world));
}

TEST(a_script_is_named_with_its_entity_and_where_it_was_spawned)
{
    tl_set_misuse_hook(keep_context);
    make_mistake_in_script();
    expect_context("script 'clumsy' (function misuses) of entity 1, spawned at %s:%d", __FILE__, spawn_line);
    CHECK_OK(tl_world_destroy(world));
}

TEST(a_job_and_a_fiber_are_named_with_their_functions)
{
    tl_set_misuse_hook(keep_context);
    tl_pool *pool = NULL;
    tl_fiber *fiber = NULL;
    tl_job_system *jobs = NULL;
    CHECK_OK(tl_pool_create(&(tl_pool_desc){0}, &pool));
    CHECK_OK(tl_fiber_create_with(pool, (&(tl_fiber_desc){.name = "miner 3"}), &fiber, misuses_in_fiber, {0}));
    CHECK_RESULT(TL_FINISHED, tl_resume(fiber, NULL));
    expect_context("fiber 'miner 3' (entry function misuses_in_fiber, %s:%d)", __FILE__, FIBER_LINE);
    CHECK_OK(tl_pool_destroy(pool));
    CHECK_OK(tl_job_system_create(&(tl_job_system_desc){.workers = 2}, &jobs));
    CHECK_OK(tl_job_call(jobs, misuses_in_job, &(tl_nothing){0}));
    expect_context("job 'misuses_in_job' (%s:%d)", __FILE__, JOB_LINE);
    CHECK_OK(tl_job_system_destroy(jobs));
}

TEST(outside_any_fiber_there_is_nothing_to_describe)
{
    char text[4] = "xyz";
    make_world(60);
    CHECK(!tl_misuse_context(text, sizeof text));
    CHECK_STRING("", text);
    CHECK(!tl_misuse_context(NULL, 10));
    CHECK(!tl_misuse_context(text, 0));
    CHECK_OK(tl_world_destroy(world));
}

static void make_mistake_with_the_default_hook(void)
{
    tl_set_misuse_hook(NULL);
    make_mistake_in_script();
}

/// A debug build of the library aborts at the mistake; a release build says nothing.
TEST(the_default_hook_of_a_debug_build_says_who_it_was)
{
    int status = in_child(make_mistake_with_the_default_hook, context, sizeof context);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        CHECK_STRING("", context);
        SKIP("a release build");
    }
    expect_context("telar: tl_wait_seconds: an argument is outside its range (TL_ERROR_ARGUMENT)");
    expect_context("telar: in script 'clumsy' (function misuses) of entity 1, spawned at ");
}
