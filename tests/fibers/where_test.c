// SPDX-License-Identifier: MIT
// Where a suspended fiber will continue (tl_fiber_where).
#include <string.h>

#include "check.h"
#include "telar/fiber.h"

static tl_pool *pool;
static const char *deepest; ///< an address in the innermost frame that is the test's own

static __attribute__((noinline)) void suspend_at(int depth)
{
    char local = (char)depth;
    if (depth > 0) {
        suspend_at(depth - 1);
    } else {
        deepest = &local;
        CHECK_OK(tl_yield(NULL));
    }
    __asm__ volatile("" : : "r"(&local) : "memory"); // so that no call is the last one of its function
}

TL_FIBER(suspends, int, depth)
{
    for (;;)
        suspend_at(*depth);
}

static tl_fiber *make(int depth)
{
    tl_fiber *fiber = NULL;
    if (pool == NULL)
        CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_count = 4}, &pool));
    CHECK_OK(tl_fiber_create(pool, &fiber, suspends, depth));
    return fiber;
}

static tl_fiber_place place_of(const tl_fiber *fiber)
{
    tl_fiber_place place;
    CHECK_OK(tl_fiber_where(fiber, &place));
    return place;
}

TEST(it_is_below_the_frame_that_suspended)
{
    tl_fiber *fiber = make(0);
    CHECK_OK(tl_resume(fiber, NULL));
    tl_fiber_place place = place_of(fiber);
    tl_stack_info stack = tl_fiber_get_stack(fiber);
    CHECK((const char *)place.stack_pointer > (const char *)stack.low);
    if (!CHECK_ASAN) // which may keep locals elsewhere
        CHECK((const char *)place.stack_pointer <= deepest && deepest < (const char *)place.stack_pointer + 2048);
    CHECK_OK(tl_pool_destroy(pool));
}

TEST(it_is_in_the_function_that_called_the_switch)
{
#if !defined(TELAR_BACKEND_ASSEMBLY) || !defined(NDEBUG)
    SKIP("elsewhere the switch is called by functions of the library or of the C library");
#else
    if (CHECK_ASAN || CHECK_TSAN)
        SKIP("a sanitizer needs code of the library after the switch");
    tl_fiber *fiber = make(0);
    CHECK_OK(tl_resume(fiber, NULL));
    uintptr_t at = (uintptr_t)place_of(fiber).instruction_pointer, function = (uintptr_t)suspend_at;
    CHECK(at > function && at < function + 512);
    CHECK_OK(tl_pool_destroy(pool));
#endif
}

TEST(it_moves_with_the_fiber)
{
    tl_fiber *shallow = make(0), *deep = make(5);
    CHECK_OK(tl_resume(shallow, NULL));
    CHECK_OK(tl_resume(deep, NULL));
    tl_fiber_place once = place_of(deep);
    size_t used_by_shallow = (size_t)((const char *)shallow - (const char *)place_of(shallow).stack_pointer);
    size_t used_by_deep = (size_t)((const char *)deep - (const char *)once.stack_pointer);
    CHECK(used_by_deep > used_by_shallow);
    CHECK_OK(tl_resume(deep, NULL));
    tl_fiber_place again = place_of(deep);
    CHECK_INT(0, memcmp(&once, &again, sizeof once)); // it came to the same place once more
    CHECK_OK(tl_pool_destroy(pool));
}

static tl_fiber *outer;

static void check_refused(tl_result expected, const tl_fiber *fiber)
{
    tl_fiber_place place;
    memset(&place, 1, sizeof place);
    CHECK_MISUSE(expected, tl_fiber_where(fiber, &place));
    CHECK_POINTER(NULL, place.instruction_pointer);
    CHECK_POINTER(NULL, place.stack_pointer);
}

TL_FIBER(looks_at_others, tl_nothing, unused)
{
    check_refused(TL_ERROR_RUNNING, tl_fiber_current());
    check_refused(TL_ERROR_WAITING, outer);
}

TL_FIBER(resumes, tl_fiber *, inner)
{
    CHECK_RESULT(TL_FINISHED, tl_resume(*inner, NULL));
}

TEST(only_a_suspended_fiber_has_one)
{
    tl_fiber *inner = NULL, *ready = make(0);
    check_refused(TL_ERROR_ARGUMENT, ready);
    CHECK_OK(tl_fiber_create(pool, &inner, looks_at_others, {0}));
    CHECK_OK(tl_fiber_create(pool, &outer, resumes, inner));
    CHECK_RESULT(TL_FINISHED, tl_resume(outer, NULL));
    check_refused(TL_ERROR_FINISHED, outer);
    check_refused(TL_ERROR_NULL, NULL);
    CHECK_MISUSE(TL_ERROR_NULL, tl_fiber_where(ready, NULL));
    CHECK_OK(tl_pool_destroy(pool));
}

TEST(a_dense_fiber_has_one_while_it_is_on_the_stack)
{
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_count = 2, .stacks = TL_STACKS_DENSE}, &pool));
    tl_fiber *first = make(0), *second = make(0);
    CHECK_OK(tl_resume(first, NULL));
    CHECK_OK(tl_resume(second, NULL));
    check_refused(TL_ERROR_BUSY, first);
#ifdef NDEBUG // a debug build copies each fiber off at once
    CHECK(place_of(second).instruction_pointer != NULL);
#else
    check_refused(TL_ERROR_BUSY, second);
#endif
    CHECK_OK(tl_pool_destroy(pool));
}
