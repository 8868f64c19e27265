// SPDX-License-Identifier: MIT
// The limits of Windows, where the memory of stacks is committed before it is used.
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
