// SPDX-License-Identifier: MIT
#include "thread_ends.h"

#include "check.h"

tl_pool *stacks;
tl_fiber *inner, *outer;
atomic_int cleaned;

void count_cleanup(void *unused)
{
    (void)unused;
    atomic_fetch_add(&cleaned, 1);
}

void make_stacks(tl_stacks kind)
{
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stacks = kind}, &stacks));
}

TL_FIBER_DEFINE(resume_inner, tl_nothing, nothing)
{
    tl_resume(inner, NULL);
    CHECK_UNREACHED();
}

void *resume_outer(void *unused)
{
    (void)unused;
    tl_resume(outer, NULL);
    CHECK_UNREACHED();
    return NULL;
}

TL_FIBER(count_to_one, int *, count)
{
    ++**count;
}

void check_done_and_usable(void)
{
    int count = 0;
    int *const argument = &count;
    CHECK_REPORTED(TL_ERROR_THREAD_ENDED);
    CHECK_INT(TL_FIBER_DONE, tl_fiber_get_status(inner));
    CHECK_INT(TL_FIBER_DONE, tl_fiber_get_status(outer));
    CHECK_POINTER(NULL, tl_fiber_result(inner));
    CHECK_MISUSE(TL_ERROR_FINISHED, tl_resume(inner, NULL));
    CHECK_OK(tl_fiber_reset(inner, count_to_one, argument));
    CHECK_RESULT(TL_FINISHED, tl_resume(inner, NULL));
    CHECK_OK(tl_fiber_destroy(outer));
    CHECK_OK(tl_fiber_create(stacks, &outer, count_to_one, argument));
    CHECK_RESULT(TL_FINISHED, tl_resume(outer, NULL));
    CHECK_INT(2, count);
    CHECK_OK(tl_pool_destroy(stacks));
}
