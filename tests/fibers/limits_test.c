// SPDX-License-Identifier: MIT
// Many fibers, and the limits of the system.
#include <stdlib.h>

#include "../refuse.h"
#include "check.h"
#include "many_fibers.h"

TEST(a_hundred_thousand_guarded_fibers_at_once)
{
    // Valgrind searches a list of all stacks at each switch: with 100,000 that would take a minute.
    uint32_t count = check_under_valgrind() || has_few_guards() ? 10000 : 100000;
    if (CHECK_TSAN)
        SKIP("ThreadSanitizer follows at most 8,128 threads and fibers");
    tl_pool *pool = NULL;
    tl_pool_info info;
    tl_fiber **fibers = calloc(count, sizeof *fibers);
    CHECK(fibers != NULL);
    tl_result made =
        tl_pool_create(&(tl_pool_desc){.stack_size = 16384, .stack_count = count, .guard = cheapest_guard}, &pool);
    if (made == TL_ERROR_GUARD)
        SKIP("this kernel has no MADV_GUARD_INSTALL");
    CHECK_OK(made);
    for (uint32_t i = 0; i < count; ++i) {
        CHECK_OK(tl_fiber_create(pool, &fibers[i], remembers, {i}));
        CHECK_OK(tl_resume(fibers[i], NULL));
    }
    info = tl_pool_get_info(pool);
    CHECK_UINT(count, info.in_use);
    CHECK_INT(cheapest_guard, info.guard);
    check_guards(fibers, count);
    resume_and_check(fibers, count);
    CHECK_OK(tl_pool_destroy(pool));
    free(fibers);
}

/// Has frames so small that they fit into the fiber's slot in the pool while they are off the stack.
TL_FIBER(keeps_a_local, struct place, place)
{
    uint32_t local = place->index * 7;
    for (int turn = 1; turn < TURNS; ++turn) {
        if (tl_yield(NULL) != TL_OK)
            CHECK_UNREACHED();
        ++local;
    }
    tl_exit((void *)(uintptr_t)(local - place->index * 7 == TURNS - 1 ? place->index + 1 : 0));
}

// What depends on how many registers a switch saves.
#if defined(_WIN32)
enum { MOST_FOR_A_DENSE_FIBER = 630 };
#elif defined(__x86_64__)
enum { MOST_FOR_A_DENSE_FIBER = 320 };
#else
enum { MOST_FOR_A_DENSE_FIBER = 430 };
#endif

TEST(a_million_dense_fibers_take_some_hundred_bytes_each)
{
    if (CHECK_ASAN || CHECK_TSAN || check_under_valgrind())
        SKIP("a million fibers are too many for a sanitizer and for Valgrind");
#if !defined(TELAR_BACKEND_ASSEMBLY) || !defined(NDEBUG)
    SKIP("contexts of the C library, and frames that are not optimised, are larger");
#endif
    tl_pool *pool = NULL;
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_count = MILLION, .stacks = TL_STACKS_DENSE}, &pool));
    tl_fiber **fibers = calloc(MILLION, sizeof *fibers);
    CHECK(fibers != NULL);
    memset(fibers, 1, MILLION * sizeof *fibers); // so that the array's own memory is resident already
    long long before = resident_bytes();
    for (uint32_t i = 0; i < MILLION; ++i) {
        CHECK_OK(tl_fiber_create(pool, &fibers[i], keeps_a_local, {i}));
        CHECK_OK(tl_resume(fibers[i], NULL));
    }
    long long suspended = resident_bytes() + page_table_bytes() - before;
    CHECK(suspended > MILLION * 200ll && suspended <= MILLION * (long long)MOST_FOR_A_DENSE_FIBER);
    resume_a_million(fibers, 2);
    for (uint32_t i = 0; i < MILLION; ++i)
        CHECK_OK(tl_fiber_destroy(fibers[i]));
    CHECK_OK(tl_pool_trim(pool));
    CHECK(resident_bytes() - before < 16 << 20);
    CHECK_OK(tl_pool_destroy(pool));
    free(fibers);
}

TEST(a_refused_guard_is_an_error_and_comes_back)
{
    tl_pool *pool = NULL;
    tl_fiber *first = NULL, *second = NULL;
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_count = 4, .guard = TL_GUARD_MPROTECT}, &pool));
    CHECK_OK(tl_fiber_create(pool, &first, remembers, {0}));
    refuse_guards = true;
    CHECK_RESULT(refuse_guards_result, tl_fiber_create(pool, &second, remembers, {1}));
    CHECK_POINTER(NULL, second);
    refuse_guards = false;
    CHECK_OK(tl_fiber_create(pool, &second, remembers, {1}));
    resume_and_yield((tl_fiber *[]){first, second}, 2);
    resume_and_check((tl_fiber *[]){first, second}, 2);
    CHECK_OK(tl_pool_destroy(pool));
}

TEST(populating_gives_stacks_memory_and_guards)
{
    check_populating();
}

TEST(populating_without_memory_leaves_the_pool_whole)
{
    tl_pool *pool = NULL;
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_count = 8}, &pool));
    refuse_populating = true;
    CHECK_RESULT(TL_ERROR_OUT_OF_MEMORY, tl_pool_populate(pool, 3, 4096));
    refuse_populating = false;
    CHECK_MISUSE(TL_ERROR_NULL, tl_pool_populate(NULL, 3, 4096));
    CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_pool_populate(pool, 3, 65537));
    check_resident(pool, 0, 0);
    CHECK_OK(tl_pool_destroy(pool));
}

TEST(no_guard_at_all_is_no_pool)
{
    tl_pool *pool = NULL;
    refuse_guards = true;
    CHECK_RESULT(TL_ERROR_GUARD, tl_pool_create(&(tl_pool_desc){.guard = TL_GUARD_MADVISE}, &pool));
    CHECK_POINTER(NULL, pool);
    CHECK_RESULT(refuse_guards_result, tl_pool_create(&(tl_pool_desc){0}, &pool));
    CHECK_POINTER(NULL, pool);
}

TEST(out_of_memory)
{
    tl_pool *pool = NULL;
    refuse_maps = true;
    CHECK_RESULT(TL_ERROR_OUT_OF_MEMORY, tl_pool_create(&(tl_pool_desc){0}, &pool));
    CHECK_POINTER(NULL, pool);
    refuse_maps = false;
    CHECK_OK(tl_pool_create(&(tl_pool_desc){0}, &pool));
    CHECK_OK(tl_pool_destroy(pool));
}
