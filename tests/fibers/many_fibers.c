// SPDX-License-Identifier: MIT
#include "many_fibers.h"

#include <sys/mman.h>

#include "check.h"

TL_FIBER_DEFINE(remembers, struct place, place)
{
    uint32_t local = place->index * 7;
    CHECK_OK(tl_yield(NULL));
    CHECK_UINT(place->index * 7, local);
    tl_exit((void *)(uintptr_t)(local + 1));
}

void check_guard(const tl_fiber *fiber)
{
    tl_stack_info stack = tl_fiber_get_stack(fiber);
    CHECK(is_readable(stack.low));
    CHECK(!is_readable((const char *)stack.low - 1));
    CHECK(!is_readable((const char *)stack.low - 4096));
}

void check_guards(tl_fiber *const *fibers, uint32_t count)
{
    if (check_under_valgrind())
        return; // it objects when the kernel reads bytes that were never written
    for (uint32_t i = 0; i < count; i += 97)
        check_guard(fibers[i]);
    check_guard(fibers[count - 1]);
}

void resume_and_yield(tl_fiber *const *fibers, uint32_t count)
{
    for (uint32_t i = 0; i < count; ++i)
        CHECK_OK(tl_resume(fibers[i], NULL));
}

void resume_and_check(tl_fiber *const *fibers, uint32_t count)
{
    for (uint32_t i = 0; i < count; ++i) {
        void *value = NULL;
        CHECK_RESULT(TL_FINISHED, tl_resume(fibers[i], &value));
        CHECK_UINT(i * 7 + 1, (uintptr_t)value);
    }
}

void resume_a_million(tl_fiber *const *fibers, uint32_t first)
{
    for (uint32_t turn = first; turn < TURNS; ++turn) {
        for (uint32_t i = 0; i < MILLION; ++i) {
            tl_prefetch_ahead(fibers, MILLION, i);
            CHECK_OK(tl_resume(fibers[i], NULL));
        }
    }
    for (uint32_t i = 0; i < MILLION; ++i) {
        void *result = NULL;
        CHECK_RESULT(TL_FINISHED, tl_resume(fibers[i], &result));
        CHECK_UINT(i + 1, (uintptr_t)result);
    }
}

/// Returns how many pages of a fiber's stack are resident.
static unsigned resident_pages(const tl_fiber *fiber)
{
    tl_stack_info stack;
    unsigned char pages[64];
    unsigned resident = 0;
    stack = tl_fiber_get_stack(fiber);
    CHECK_INT(0, mincore((void *)stack.low, stack.size, pages));
    for (size_t i = 0; i < stack.size / 4096; ++i)
        resident += pages[i] & 1;
    return resident;
}

void check_resident(tl_pool *pool, unsigned populated, unsigned pages)
{
    tl_fiber *fibers[8];
    for (unsigned i = 0; i < 8; ++i) {
        CHECK_OK(tl_fiber_create(pool, &fibers[i], remembers, {i}));
        CHECK_UINT(i < populated ? pages : 1, resident_pages(fibers[i]));
        if (!check_under_valgrind())
            check_guard(fibers[i]);
    }
    resume_and_yield(fibers, 8);
    resume_and_check(fibers, 8);
    for (unsigned i = 8; i-- > 0;)
        CHECK_OK(tl_fiber_destroy(fibers[i]));
}

void check_populating(void)
{
    tl_pool *pool = NULL;
    tl_pool_info info;
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_count = 8}, &pool));
    CHECK_OK(tl_pool_populate(pool, 3, 3 * 4096 - 1));
    info = tl_pool_get_info(pool);
    CHECK_UINT(0, info.in_use);
    check_resident(pool, 3, 3);
    CHECK_OK(tl_pool_trim(pool));
    CHECK_OK(tl_pool_populate(pool, 2, 0));
    CHECK_OK(tl_pool_populate(pool, 6, 65536));
    CHECK_RESULT(TL_ERROR_POOL_EXHAUSTED, tl_pool_populate(pool, 1, 0));
    CHECK_OK(tl_pool_trim(pool));
    CHECK_RESULT(TL_ERROR_POOL_EXHAUSTED, tl_pool_populate(pool, 9, 8192)); // but it populates all eight
    check_resident(pool, 8, 2);
    CHECK_OK(tl_pool_destroy(pool));
}
