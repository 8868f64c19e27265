// SPDX-License-Identifier: MIT
// The limits of Windows, where the memory of stacks is committed before it is used.
#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#include "../child.h"
#include "../refuse.h"
#include "check.h"
#include "many_fibers.h"

TEST(stacks_that_cannot_be_committed_are_an_error)
{
    tl_pool *pool = NULL;
    tl_fiber *fibers[2] = {NULL};
    refuse_populating = true;
    CHECK_RESULT(TL_ERROR_OUT_OF_MEMORY, tl_pool_create(&(tl_pool_desc){.stack_count = 2}, &pool));
    CHECK_POINTER(NULL, pool);
    refuse_populating = false;
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_count = 2}, &pool));
    CHECK_OK(tl_fiber_create(pool, &fibers[0], remembers, {0}));
    refuse_populating = true;
    CHECK_RESULT(TL_ERROR_OUT_OF_MEMORY, tl_fiber_create(pool, &fibers[1], remembers, {1}));
    CHECK_POINTER(NULL, fibers[1]);
    refuse_populating = false;
    CHECK_OK(tl_fiber_create(pool, &fibers[1], remembers, {1}));
    resume_and_yield(fibers, 2);
    check_guards(fibers, 2);
    resume_and_check(fibers, 2);
    CHECK_OK(tl_pool_destroy(pool));
}

TEST(no_guard_is_made_by_madvise)
{
    tl_pool *pool = NULL;
    tl_pool_info info;
    CHECK_RESULT(TL_ERROR_GUARD, tl_pool_create(&(tl_pool_desc){.guard = TL_GUARD_MADVISE}, &pool));
    CHECK_OK(tl_pool_create(&(tl_pool_desc){0}, &pool));
    info = tl_pool_get_info(pool);
    CHECK_INT(TL_GUARD_MPROTECT, info.guard);
    CHECK_OK(tl_pool_destroy(pool));
}

// What the library calls instead of Sleep (the linker wraps the pointer by which it does): no time passes, and from the
// call `commits_after` on the system commits memory again.
typedef void WINAPI sleeper(DWORD milliseconds);
extern sleeper *__wrap___imp_Sleep;
static int sleeps, commits_after;

static void WINAPI count_sleep(DWORD milliseconds)
{
    (void)milliseconds;
    if (++sleeps == commits_after)
        refuse_populating = false;
}

sleeper *__wrap___imp_Sleep = count_sleep;

/// Trims a stack that was in use, while the system commits no memory.
static tl_pool *trim_used_stack(tl_fiber **fiber)
{
    tl_pool *pool = NULL;
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_count = 1}, &pool));
    CHECK_OK(tl_fiber_create(pool, fiber, remembers, {0}));
    resume_and_yield(fiber, 1);
    resume_and_check(fiber, 1);
    CHECK_OK(tl_fiber_destroy(*fiber));
    refuse_populating = true;
    CHECK_OK(tl_pool_trim(pool));
    return pool;
}

TEST(a_trimmed_stack_waits_until_it_is_committed_again)
{
    tl_fiber *fiber = NULL;
    commits_after = 3;
    tl_pool *pool = trim_used_stack(&fiber);
    CHECK_INT(3, sleeps);
    CHECK_OK(tl_fiber_create(pool, &fiber, remembers, {0}));
    resume_and_yield(&fiber, 1);
    resume_and_check(&fiber, 1);
    CHECK_OK(tl_pool_destroy(pool));
}

static void trim_in_vain(void)
{
    tl_fiber *fiber = NULL;
    trim_used_stack(&fiber);
}

TEST(a_trimmed_stack_that_stays_without_memory_ends_the_process)
{
    char output[4096];
    CHECK(ended_by_abort(in_child(trim_in_vain, output, sizeof output)));
    CHECK(strstr(output, "telar: the system does not give back the memory of a stack that was trimmed\n") != NULL);
}
