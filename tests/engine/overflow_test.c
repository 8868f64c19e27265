// SPDX-License-Identifier: MIT
// In a debug build, worlds turn on the report of stack overflows; in a release build they do not.
#include "telar/overflow.h"

#include <pthread.h>

#include "child.h"
#include "eat_stack.h"
#include "trace.h"

TL_SCRIPT(overflows, tl_nothing, unused)
{
    eat_stack(0);
}

static void overflow_in_a_step(void)
{
    make_world(60);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, overflows, {0}));
    steps(1);
}

static void *step_once(void *unused)
{
    steps(1);
    return unused;
}

static void overflow_on_another_thread(void)
{
    pthread_t thread;
    make_world(60);
    CHECK_OK(tl_spawn(world, TL_NO_ENTITY, NULL, overflows, {0}));
    CHECK_INT(0, pthread_create(&thread, NULL, step_once, NULL));
    pthread_join(thread, NULL);
}

TL_FIBER(overflows_alone, tl_nothing, unused)
{
    eat_stack(0);
}

/// Overflows a fiber's stack on the thread that made a world, before any step.
static void overflow_in_a_fiber(void)
{
    tl_pool *pool = NULL;
    tl_fiber *fiber = NULL;
    make_world(60);
    CHECK_OK(tl_pool_create(&(tl_pool_desc){0}, &pool));
    CHECK_OK(tl_fiber_create(pool, &fiber, overflows_alone, {0}));
    tl_resume(fiber, NULL);
}

static void check_overflow(void (*body)(void), const char *expected)
{
    char output[65536];
    int status = in_child(body, output, sizeof output);
    CHECK(!(WIFEXITED(status) && WEXITSTATUS(status) == 0));
#ifdef NDEBUG
    (void)expected;
    CHECK(strstr(output, "telar:") == NULL);
#else
    CHECK(strstr(output, expected) != NULL);
#endif
}

static void report_overflow_of_an_entity(void)
{
    tl_entity entity;
    CHECK_OK(tl_overflow_report_enable());
    make_world(60);
    CHECK_OK(tl_entity_create(world, TL_NO_ENTITY, &entity));
    CHECK_OK(tl_spawn(world, entity, NULL, overflows, {0}));
    steps(1);
}

TEST(a_report_names_the_scripts_entity_and_where_it_was_spawned)
{
    char output[65536], spawned[200];
    in_child(report_overflow_of_an_entity, output, sizeof output);
    const char *script = strstr(output, "telar: in script \"overflows\" of entity 1, spawned at ");
    snprintf(spawned, sizeof spawned, "overflow_test.c:%d\n", __LINE__ - 9);
    if (script == NULL || strstr(script, spawned) == NULL)
        check_fail(__FILE__, __LINE__, "no %s: %s", spawned, output);
}

TEST(a_debug_build_reports_overflows_in_steps)
{
    check_overflow(overflow_in_a_step, "telar: stack overflow in fiber \"overflows\" (entry function overflows, ");
}

TEST(a_debug_build_reports_overflows_on_each_thread_that_steps)
{
    check_overflow(overflow_on_another_thread,
                   "telar: stack overflow in fiber \"overflows\" (entry function overflows, ");
}

TEST(a_debug_build_reports_overflows_once_there_is_a_world)
{
    check_overflow(overflow_in_a_fiber, "telar: stack overflow in fiber \"overflows_alone\" ");
}
