// SPDX-License-Identifier: MIT
// The calls that a suspended fiber is in (tl_fiber_calls).
#include <string.h>

#include "check.h"
#include "telar/fiber.h"

enum { MOST = 200 };
static const void *calls[MOST];
static tl_pool *pool;

static __attribute__((noinline)) void descend(int levels)
{
    char local = (char)levels;
    if (levels > 0)
        descend(levels - 1);
    else
        CHECK_OK(tl_yield(NULL));
    __asm__ volatile("" : : "r"(&local) : "memory"); // so that no call is the last one of its function
}

TL_FIBER(dives, int, levels)
{
    descend(*levels);
}

static __attribute__((noinline)) void resume_next(tl_fiber *next)
{
    char local = 1;
    CHECK(tl_resume(next, NULL) >= TL_OK);
    __asm__ volatile("" : : "r"(&local) : "memory");
}

TL_FIBER(waits, tl_fiber *, next)
{
    resume_next(*next);
}

static tl_fiber *make(tl_stacks stacks, int levels)
{
    tl_fiber *fiber = NULL;
    if (pool == NULL)
        CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_count = 8, .stacks = stacks}, &pool));
    CHECK_OK(tl_fiber_create(pool, &fiber, dives, levels));
    return fiber;
}

static void need_unwinder(void)
{
#ifndef TELAR_BACKEND_ASSEMBLY
    check_skip("with ucontext only the innermost call is known");
#endif
}

/// The longest run of equal addresses: the frames of a function that calls itself at one place.
static size_t longest_run(size_t count)
{
    size_t longest = 0, run = 0;
    for (size_t i = 0; i < count; ++i) {
        run = i > 0 && calls[i] == calls[i - 1] ? run + 1 : 1;
        longest = run > longest ? run : longest;
    }
    return longest;
}

TEST(each_call_is_there_once)
{
    need_unwinder();
    tl_fiber *shallow = make(TL_STACKS_OWN, 2), *deep = make(TL_STACKS_OWN, 32);
    CHECK_OK(tl_resume(shallow, NULL));
    CHECK_OK(tl_resume(deep, NULL));
    size_t few = tl_fiber_calls(shallow, calls, MOST);
    const void *bottom = calls[few - 1];
    CHECK_UINT(2, longest_run(few));
    CHECK_UINT(few + 30, tl_fiber_calls(deep, calls, MOST));
    CHECK_UINT(32, longest_run(few + 30));
    CHECK_POINTER(bottom, calls[few + 29]); // both end in the bottom frame, at the same place
    CHECK_OK(tl_pool_destroy(pool));
}

TEST(the_innermost_is_where_the_fiber_goes_on)
{
    tl_fiber *fiber = make(TL_STACKS_OWN, 3);
    tl_fiber_place place;
    CHECK_OK(tl_resume(fiber, NULL));
    CHECK_OK(tl_fiber_where(fiber, &place));
    CHECK(tl_fiber_calls(fiber, calls, MOST) >= 1);
    CHECK_POINTER(place.instruction_pointer, calls[0]);
    CHECK_OK(tl_pool_destroy(pool));
}

TEST(no_more_are_stored_than_there_is_room_for)
{
    tl_fiber *fiber = make(TL_STACKS_OWN, 32);
    CHECK_OK(tl_resume(fiber, NULL));
    size_t known = tl_fiber_calls(fiber, calls, MOST);
    memset(calls, 0, sizeof calls);
    CHECK_UINT(known < 3 ? known : 3, tl_fiber_calls(fiber, calls, 3));
    CHECK(calls[0] != NULL && calls[3] == NULL);
    CHECK_UINT(0, tl_fiber_calls(fiber, NULL, 0));
    CHECK_OK(tl_pool_destroy(pool));
}

TL_FIBER(looks_at_those_that_wait, tl_fiber **, waiting)
{
    for (int i = 0; i < 2; ++i) {
        size_t count = tl_fiber_calls((*waiting)[i], calls, MOST);
        CHECK(count >= 2 && calls[count - 1] != NULL); // resume_next, perhaps waits, the bottom
    }
    CHECK_UINT(0, tl_fiber_calls(tl_fiber_current(), calls, MOST));
    CHECK_OK(tl_yield(NULL));
}

TEST(fibers_that_wait_have_theirs)
{
    need_unwinder();
    tl_fiber *inner = NULL, *waiting[2] = {NULL};
    tl_fiber **argument = waiting;
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_count = 8}, &pool));
    CHECK_OK(tl_fiber_create(pool, &inner, looks_at_those_that_wait, argument));
    CHECK_OK(tl_fiber_create(pool, &waiting[0], waits, inner));
    CHECK_OK(tl_fiber_create(pool, &waiting[1], waits, waiting[0]));
    CHECK_RESULT(TL_FINISHED, tl_resume(waiting[1], NULL));
    CHECK_OK(tl_pool_destroy(pool));
}

TEST(a_fiber_without_frames_has_none)
{
    tl_fiber *fiber = make(TL_STACKS_OWN, 0);
    CHECK_UINT(0, tl_fiber_calls(fiber, calls, MOST));
    CHECK_OK(tl_resume(fiber, NULL));
    CHECK_RESULT(TL_FINISHED, tl_resume(fiber, NULL));
    CHECK_UINT(0, tl_fiber_calls(fiber, calls, MOST));
    CHECK_OK(tl_pool_destroy(pool));
}

TEST(a_dense_fiber_has_them_while_it_is_on_the_stack)
{
    need_unwinder();
    tl_fiber *first = make(TL_STACKS_DENSE, 4), *second = make(TL_STACKS_DENSE, 4);
    CHECK_OK(tl_resume(first, NULL));
    size_t count = tl_fiber_calls(first, calls, MOST);
#ifdef NDEBUG // a debug build copies each fiber off as soon as it is left
    CHECK_UINT(4, longest_run(count));
#else
    CHECK_UINT(0, count);
#endif
    CHECK_OK(tl_resume(second, NULL));
    CHECK_UINT(0, tl_fiber_calls(first, calls, MOST));
    CHECK_OK(tl_pool_destroy(pool));
}

TEST(null_is_misuse)
{
    tl_fiber *fiber = make(TL_STACKS_OWN, 0);
    CHECK_UINT(0, tl_fiber_calls(NULL, calls, MOST));
    CHECK_REPORTED(TL_ERROR_NULL);
    CHECK_UINT(0, tl_fiber_calls(fiber, NULL, 1));
    CHECK_REPORTED(TL_ERROR_NULL);
    CHECK_OK(tl_pool_destroy(pool));
}
