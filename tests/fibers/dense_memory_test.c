// SPDX-License-Identifier: MIT
// The memory of dense stacks: what is copied where, and what happens when there is none.
#include <stdlib.h>
#include <string.h>

#include "../refuse.h"
#include "check.h"
#include "dense_fibers.h"

// The linker sends the library's calls here (--wrap), so all memory for copies comes from these functions.
static bool no_memory;
static int left = -1; ///< allocations that succeed before all later ones fail; negative: no limit
static int allocations, live;
static size_t latest_size;

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void __real_free(void *memory);
void __wrap_free(void *memory);

static bool refused(size_t size)
{
    ++allocations;
    latest_size = size;
    return no_memory || left == 0 || (left > 0 && left-- == 0);
}

void *__wrap_malloc(size_t size)
{
    if (refused(size))
        return NULL;
    ++live;
    return __real_malloc(size);
}

void *__wrap_realloc(void *memory, size_t size)
{
    if (refused(size))
        return NULL;
    live += memory == NULL;
    return __real_realloc(memory, size);
}

void __wrap_free(void *memory)
{
    live -= memory != NULL;
    __real_free(memory);
}

struct wide {
    char bytes[3000];
};

TL_FIBER(checks_wide, struct wide, me)
{
    for (int round = 0; round < 2; ++round) {
        for (size_t i = 0; i < sizeof me->bytes; ++i)
            CHECK_INT((char)(i * 7), me->bytes[i]);
        tl_yield(NULL);
    }
}

struct alignas_64 {
    __attribute__((aligned(64))) char bytes[5];
};

TL_FIBER(checks_alignment, struct alignas_64, me)
{
    CHECK_UINT(0, (uintptr_t)me % 64);
    CHECK_INT('5', me->bytes[4]);
}

TL_FIBER(checks_a_char, char, me)
{
    CHECK_INT('c', *me);
    tl_yield(NULL);
    CHECK_INT('c', *me);
}

TEST(arguments_of_any_size_and_alignment_wait_for_the_start)
{
    struct wide wide;
    for (size_t i = 0; i < sizeof wide.bytes; ++i)
        wide.bytes[i] = (char)(i * 7);
    open_pool(4);
    tl_fiber *fibers[4];
    CHECK_OK(tl_fiber_create(pool, &fibers[0], checks_wide, wide));
    CHECK_OK(tl_fiber_create(pool, &fibers[1], checks_alignment, {{'1', '2', '3', '4', '5'}}));
    CHECK_OK(tl_fiber_create(pool, &fibers[2], checks_a_char, 'c'));
    no_memory = true;
    CHECK_RESULT(TL_ERROR_OUT_OF_MEMORY, tl_fiber_create(pool, &fibers[3], checks_wide, wide));
    CHECK_POINTER(NULL, fibers[3]);
    no_memory = false;
    CHECK_OK(tl_fiber_create(pool, &fibers[3], checks_wide, wide));
    memset(&wide, 0, sizeof wide);
    CHECK_OK(tl_resume(fibers[3], NULL));
    CHECK_OK(tl_resume(fibers[0], NULL));
    CHECK_RESULT(TL_FINISHED, tl_resume(fibers[1], NULL));
    CHECK_OK(tl_resume(fibers[2], NULL));
    CHECK_OK(tl_resume(fibers[3], NULL));
    CHECK_RESULT(TL_FINISHED, tl_resume(fibers[2], NULL));
    CHECK_MISUSE(TL_ERROR_ARGS_SIZE,
                 tl_fiber_create_raw(
                     pool, NULL, &(tl_fiber_entry){.run = checks_wide__entry.run, .args_size = 65536, .args_align = 1},
                     &wide, &fibers[1]));
    CHECK_OK(tl_pool_destroy(pool));
}

TL_FIBER(meets_no_memory, tl_fiber *, other)
{
    no_memory = true;
    for (int i = 0; i < 3; ++i) {
        CHECK_RESULT(TL_ERROR_OUT_OF_MEMORY, tl_resume(*other, NULL));
        CHECK_RESULT(TL_ERROR_OUT_OF_MEMORY, tl_transfer(*other, NULL));
        CHECK_RESULT(TL_ERROR_OUT_OF_MEMORY, tl_fiber_cancel(*other));
        CHECK_RESULT(TL_ERROR_OUT_OF_MEMORY, tl_fiber_destroy(*other));
    }
    no_memory = false;
    CHECK_OK(tl_resume(*other, NULL));
    no_memory = true;
}

TEST(without_memory_to_copy_one_off_nothing_happens)
{
    open_pool(3);
    tl_fiber *fiber = NULL, *other = started(&counts_up__entry, &(struct numbers){5, 1});
    CHECK_OK(tl_fiber_create(pool, &fiber, meets_no_memory, other));
    CHECK_RESULT(TL_FINISHED, tl_resume(fiber, NULL)); // and ending needs no memory
    no_memory = false;
    CHECK_UINT(5 + 0 + 2, next(other, 2));
    CHECK_OK(tl_pool_destroy(pool));
}

TEST(a_deep_stack_owner_stays_when_there_is_no_memory)
{
#ifndef NDEBUG
    SKIP("a debug build has copied it off already");
#endif
    open_pool(2);
    tl_fiber *other = started(&counts_up__entry, &(struct numbers){5, 1}), *deep = NULL;
    CHECK_OK(tl_fiber_create(pool, &deep, dives, {3, 50}));
    for (int i = 0; i < 3; ++i)
        CHECK_OK(tl_resume(deep, NULL));
    no_memory = true;
    CHECK_RESULT(TL_ERROR_OUT_OF_MEMORY, tl_resume(other, NULL));
    CHECK_RESULT(TL_ERROR_OUT_OF_MEMORY, tl_fiber_reset(other, leaves_two, {'a'}));
    CHECK_INT(TL_FIBER_SUSPENDED, tl_fiber_get_status(other));
    CHECK_OK(tl_resume(deep, NULL)); // the owner of the stack needs none
    no_memory = false;
    CHECK_UINT(5 + 2, next(other, 2));
    for (int i = 0; i < 4; ++i)
        CHECK_OK(tl_resume(deep, NULL));
    CHECK_RESULT(TL_FINISHED, tl_resume(deep, NULL));
    CHECK_OK(tl_pool_destroy(pool));
}

TL_FIBER(ends_another, tl_fiber *, other)
{
    left = 1; // enough for the one copy that is needed
    CHECK_OK(tl_fiber_cancel(*other));
    CHECK_INT(TL_FIBER_DONE, tl_fiber_get_status(*other));
    left = -1;
}

TEST(what_was_reserved_once_is_enough)
{
    open_pool(3);
    tl_fiber *fiber = NULL, *other = lettered('a');
    CHECK_OK(tl_fiber_create(pool, &fiber, ends_another, other));
    CHECK_RESULT(TL_FINISHED, tl_resume(fiber, NULL));
    CHECK_STRING("aA", ends);
    CHECK_OK(tl_pool_destroy(pool));
}

TEST(a_reset_without_memory_leaves_the_fiber_as_it_was)
{
    open_pool(2);
    struct wide wide = {{0}};
    tl_fiber *fiber = lettered('a');
    no_memory = true;
    CHECK_RESULT(TL_ERROR_OUT_OF_MEMORY, tl_fiber_reset(fiber, checks_wide, wide));
    CHECK_STRING("", ends);
    CHECK_INT(TL_FIBER_SUSPENDED, tl_fiber_get_status(fiber));
    CHECK_OK(tl_fiber_reset(fiber, leaves_two, {'b'})); // which needs no memory
    CHECK_STRING("aA", ends);
    CHECK_OK(tl_resume(fiber, NULL));
    CHECK_OK(tl_fiber_cancel(fiber));
    CHECK_OK(tl_fiber_reset(fiber, leaves_two, {'c'}));
    no_memory = false;
    for (size_t i = 0; i < sizeof wide.bytes; ++i)
        wide.bytes[i] = (char)(i * 7);
    CHECK_OK(tl_fiber_reset(fiber, checks_wide, wide));
    CHECK_OK(tl_resume(fiber, NULL));
    CHECK_OK(tl_pool_destroy(pool));
    CHECK_STRING("aAbB", ends);
}

TL_FIBER(destroys_a_pool, tl_pool *, other)
{
    no_memory = true;
    CHECK_OK(tl_pool_destroy(*other));
    no_memory = false;
}

TEST(destroying_a_pool_needs_no_memory)
{
    tl_pool *other = NULL;
    tl_fiber *fiber = NULL;
    open_pool(2);
    lettered('a');
    lettered('b');
    other = pool;
    open_pool(1);
    CHECK_OK(tl_fiber_create(pool, &fiber, destroys_a_pool, other));
    CHECK_RESULT(TL_FINISHED, tl_resume(fiber, NULL));
    CHECK_UINT(4, strlen(ends));
    CHECK_OK(tl_pool_destroy(pool));
}

TEST(nothing_is_kept_of_a_fiber_that_is_done)
{
    open_pool(2);
    CHECK_POINTER(NULL, tl_fiber_current()); // makes what the library keeps of this thread
    const int before = live;                 // and what the C library keeps
    tl_fiber *deep = NULL, *wide = NULL, *other = NULL;
    CHECK_OK(tl_fiber_create(pool, &deep, dives, {3, 100}));
    CHECK_OK(tl_resume(deep, NULL));
    CHECK_OK(tl_resume(deep, NULL));
    CHECK_OK(tl_resume(deep, NULL));
    CHECK_OK(tl_fiber_create(pool, &other, counts_up, {1, 1}));
    CHECK_OK(tl_resume(other, NULL));
    CHECK(copied(deep) > 100);
    CHECK(live > before);
    CHECK_OK(tl_fiber_cancel(deep));
    CHECK_OK(tl_fiber_cancel(other));
    CHECK_UINT(0, copied(deep));
    CHECK_OK(tl_pool_trim(pool)); // frees the memory that the pool keeps in reserve
    CHECK_INT(before, live);
    CHECK_OK(tl_fiber_trim(deep));
    CHECK_OK(tl_fiber_destroy(deep));
    CHECK_OK(tl_fiber_create(pool, &wide, checks_wide, (struct wide){{0}}));
    CHECK(copied(wide) >= sizeof(struct wide));
    CHECK_OK(tl_fiber_cancel(wide)); // before it began
    CHECK_UINT(0, copied(wide));
    CHECK_INT(before, live);
    CHECK_OK(tl_fiber_trim(wide));
    CHECK_OK(tl_pool_destroy(pool));
}

struct middle {
    tl_fiber *next;
};

/// Runs on a stack of its own: resumes a dense fiber, which stays suspended, and ends while there is no memory.
TL_FIBER(between, struct middle, me)
{
    CHECK_OK(tl_resume(me->next, NULL));
    no_memory = true;
}

TL_FIBER(below, struct middle, me)
{
    char here = 'x';
    CHECK_RESULT(TL_FINISHED, tl_resume(me->next, NULL));
    no_memory = false;
    CHECK_INT('x', here);
}

TEST(an_end_never_needs_memory)
{
    open_pool(2);
    tl_fiber *deep = NULL, *dense = NULL;
    CHECK_OK(tl_fiber_create(pool, &deep, dives, {3, 100}));
    tl_fiber *middle = own_fiber(&between__entry, &(struct middle){deep});
    CHECK_OK(tl_fiber_create(pool, &dense, below, {middle}));
    CHECK_OK(tl_resume(deep, NULL));
    CHECK_OK(tl_resume(deep, NULL));
    CHECK_RESULT(TL_FINISHED, tl_resume(dense, NULL));
    CHECK_INT(TL_FIBER_SUSPENDED, tl_fiber_get_status(deep));
    for (int i = 3; i < 8; ++i)
        CHECK_OK(tl_resume(deep, NULL));
    CHECK_RESULT(TL_FINISHED, tl_resume(deep, NULL));
    CHECK_OK(tl_pool_destroy(pool));
}

TEST(a_fiber_that_has_grown_allocates_no_more)
{
    enum { COUNT = 20 };
    tl_fiber *fibers[COUNT];
    open_pool(COUNT);
    for (uint32_t i = 0; i < COUNT; ++i) {
        CHECK_OK(tl_fiber_create(pool, &fibers[i], dives, {i, 40}));
        for (int j = 0; j < 3; ++j)
            CHECK_OK(tl_resume(fibers[i], NULL));
    }
    CHECK_OK(tl_resume(fibers[0], NULL));
    allocations = 0;
    for (uint32_t i = 1; i < COUNT; ++i)
        CHECK_OK(tl_resume(fibers[i], NULL));
    CHECK_INT(0, allocations);
    CHECK_OK(tl_pool_destroy(pool));
}

TL_FIBER(looks_at_the_copy, tl_fiber *, other)
{
    CHECK(copied(*other) > 1000);
    CHECK_UINT(copied(*other), latest_size);
}

TL_FIBER(is_looked_at, tl_nothing, unused)
{
    volatile char locals[1000] = {1};
    tl_fiber *looks = NULL;
    CHECK_OK(tl_fiber_create(pool, &looks, looks_at_the_copy, tl_fiber_current()));
    CHECK_RESULT(TL_FINISHED, tl_resume(looks, NULL));
    CHECK_INT(1, locals[0]);
}

TEST(memory_for_a_copy_is_no_larger_than_the_copy)
{
    open_pool(2);
    tl_fiber *deep = NULL;
    CHECK_OK(tl_fiber_create(pool, &deep, is_looked_at, {0}));
    CHECK_RESULT(TL_FINISHED, tl_resume(deep, NULL));
    CHECK_OK(tl_pool_destroy(pool));
}

TEST(the_stack_of_a_fiber_shows_what_was_copied)
{
    open_pool(3);
    tl_stack_info stack;
    tl_fiber *deep = NULL, *other = NULL;
    CHECK_OK(tl_fiber_create(pool, &deep, dives, {3, 100}));
    CHECK_OK(tl_resume(deep, NULL));
    CHECK_OK(tl_resume(deep, NULL));
    CHECK_OK(tl_resume(deep, NULL));
    other = lettered('a');
    CHECK(copied(deep) > 100 * sizeof(uint64_t) && copied(deep) < 60000);
    CHECK_OK(tl_fiber_trim(deep));
    CHECK_OK(tl_fiber_trim(other));
    stack = tl_fiber_get_stack(other);
    CHECK(stack.high_water > 100 * sizeof(uint64_t));
    CHECK_UINT(65536, stack.size);
    for (int i = 3; i < 8; ++i)
        CHECK_OK(tl_resume(deep, NULL));
    CHECK_RESULT(TL_FINISHED, tl_resume(deep, NULL));
    CHECK_OK(tl_fiber_cancel(other));
    CHECK_OK(tl_pool_destroy(pool));
}

TEST(a_trim_that_is_refused_loses_no_place)
{
    enum { COUNT = 100 };
    tl_fiber *fibers[COUNT];
    open_pool(COUNT);
    for (uint32_t i = 0; i < COUNT; ++i)
        fibers[i] = started(&counts_up__entry, &(struct numbers){i, 1});
    for (uint32_t i = 0; i < COUNT; ++i)
        if (i != COUNT / 2)
            CHECK_OK(tl_fiber_destroy(fibers[i]));
    refuse_discards = true; // as when the memory is locked
    CHECK_RESULT(TL_ERROR_SYSTEM, tl_pool_trim(pool));
    refuse_discards = false;
    for (uint32_t i = 1; i < COUNT; ++i)
        started(&counts_up__entry, &(struct numbers){i, 1});
    CHECK_UINT(COUNT / 2 + 3, next(fibers[COUNT / 2], 3));
    CHECK_OK(tl_pool_destroy(pool));
}

TEST(trimming_leaves_what_is_in_use)
{
    enum { COUNT = 200 };
    tl_fiber *fibers[COUNT];
    tl_pool_info info;
    open_pool(COUNT);
    CHECK_OK(tl_pool_populate(pool, COUNT / 2, 4096));
    for (int round = 0; round < 3; ++round) {
        for (uint32_t i = 0; i < COUNT; ++i)
            fibers[i] = started(&counts_up__entry, &(struct numbers){i, 1});
        for (uint32_t i = 0; i < COUNT; ++i)
            if (i / 40 % 2 == (unsigned)round % 2)
                CHECK_OK(tl_fiber_destroy(fibers[i]));
        CHECK_OK(tl_pool_trim(pool));
        CHECK_OK(tl_pool_trim(pool));
        for (uint32_t i = 0; i < COUNT; ++i)
            if (i / 40 % 2 == (unsigned)round % 2)
                fibers[i] = started(&counts_up__entry, &(struct numbers){i + 1000, 1});
        for (uint32_t i = 0; i < COUNT; ++i) {
            CHECK_UINT(i + (i / 40 % 2 == (unsigned)round % 2 ? 1002 : 2), next(fibers[i], 2));
            CHECK_OK(tl_fiber_destroy(fibers[i]));
        }
    }
    CHECK_OK(tl_pool_trim(pool));
    info = tl_pool_get_info(pool);
    CHECK_UINT(0, info.in_use);
    CHECK_UINT(COUNT, info.touched);
    CHECK_OK(tl_pool_destroy(pool));
}
