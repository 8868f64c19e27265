// SPDX-License-Identifier: MIT
// Stacks: where they come from, their alignment, how much of them was used, giving them back.
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"
#include "telar/fiber.h"

typedef struct vector {
    alignas(64) float lanes[16];
} vector;

static bool entered;

TL_FIBER(waits, tl_nothing, unused)
{
    CHECK_OK(tl_yield(NULL));
}

/// The compiler stores an aligned vector with an instruction that faults on any other address.
TL_FIBER(stores_aligned, vector, given)
{
    typedef float four __attribute__((vector_size(16)));
    volatile four local = {1, 2, 3, 4};
    CHECK_UINT(0, (uintptr_t)&local % 16);
    CHECK_UINT(0, (uintptr_t)given % 64);
    CHECK_NEAR(6, (double)(local[1] + local[3]), 0);
    CHECK_NEAR(16, (double)given->lanes[15], 0);
    char text[32];
    snprintf(text, sizeof text, "%.1f", (double)local[2]); // the C library's own aligned stores
    CHECK_STRING("3.0", text);
    entered = true;
}

static const vector sixteen = {{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}};

static void run_stores_aligned(tl_pool *pool, const tl_fiber_desc *desc)
{
    tl_fiber *fiber = NULL;
    entered = false;
    CHECK_OK(tl_fiber_create_with(pool, desc, &fiber, stores_aligned, sixteen));
    CHECK_RESULT(TL_FINISHED, tl_resume(fiber, NULL));
    CHECK(entered);
    CHECK_OK(tl_fiber_destroy(fiber));
}

TEST(any_memory_gives_an_aligned_stack)
{
    enum { SIZE = 64 * 1024, SLACK = 80 };
    char *memory = malloc(SIZE + SLACK);
    CHECK(memory != NULL);
    for (size_t shift = 0; shift < SLACK; ++shift) {
        tl_fiber_desc desc = {.stack = memory + shift, .stack_size = SIZE - shift % 7};
        run_stores_aligned(NULL, &desc);
    }
    free(memory);
}

TEST(any_memory_holds_the_control_block)
{
    tl_pool *pool = NULL;
    CHECK_OK(tl_pool_create(&(tl_pool_desc){0}, &pool));
    for (size_t shift = 0; shift < 20; ++shift) {
        char *memory = malloc(tl_fiber_control_size() + shift);
        CHECK(memory != NULL);
        run_stores_aligned(pool, &(tl_fiber_desc){.control = memory + shift});
        free(memory);
    }
    CHECK_OK(tl_pool_destroy(pool));
}

/// The memory for a control block need not be zeroed.
TEST(a_control_block_may_hold_anything_before)
{
    static char stack[64 * 1024];
    tl_pool *pool = NULL;
    size_t size = tl_fiber_control_size();
    char *memory = malloc(size);
    CHECK(memory != NULL);
    CHECK_OK(tl_pool_create(&(tl_pool_desc){0}, &pool));
    for (int own = 0; own < 2; ++own) {
        tl_fiber *fiber = NULL;
        tl_fiber_desc desc = {.control = memory};
        if (own)
            desc.stack = stack, desc.stack_size = sizeof stack;
        memset(memory, 0x5a, size);
        CHECK_OK(tl_fiber_create_with(pool, &desc, &fiber, waits, {0}));
        CHECK_POINTER(NULL, tl_fiber_result(fiber));
        CHECK_POINTER(NULL, tl_fiber_user_data(fiber));
        CHECK_INT(TL_FIBER_READY, tl_fiber_get_status(fiber));
        CHECK_OK(tl_resume(fiber, NULL)); // a debug build reports no misuse here
        CHECK_RESULT(TL_FINISHED, tl_resume(fiber, NULL));
        CHECK_OK(tl_fiber_destroy(fiber));
    }
    CHECK_OK(tl_pool_destroy(pool));
    free(memory);
}

TEST(every_stack_of_a_pool_is_aligned)
{
    tl_pool *pool = NULL;
    tl_fiber *fibers[100];
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_count = 100}, &pool));
    for (int i = 0; i < 100; ++i)
        CHECK_OK(tl_fiber_create(pool, &fibers[i], stores_aligned, sixteen));
    for (int i = 0; i < 100; ++i)
        CHECK_RESULT(TL_FINISHED, tl_resume(fibers[i], NULL));
    CHECK_OK(tl_pool_destroy(pool));
}

TEST(own_stack_too_small_or_too_large)
{
    static char memory[64];
    tl_fiber *fiber = NULL;
    CHECK_MISUSE(TL_ERROR_STACK_SIZE,
                 tl_fiber_create_with(NULL, (&(tl_fiber_desc){.stack = memory, .stack_size = sizeof memory}), &fiber,
                                      stores_aligned, sixteen));
    CHECK_POINTER(NULL, fiber);
    size_t too_much = ((size_t)1 << 30) + 1; // refused before any of it is touched
    CHECK_MISUSE(TL_ERROR_STACK_SIZE,
                 tl_fiber_create_with(NULL, (&(tl_fiber_desc){.stack = memory, .stack_size = too_much}), &fiber,
                                      stores_aligned, sixteen));
    CHECK_POINTER(NULL, fiber);
}

TEST(own_memory_is_left_alone_when_refused)
{
    static char memory[TL_STACK_MIN], untouched[TL_STACK_MIN];
    tl_fiber *fiber = NULL;
    memset(memory, 0x5a, sizeof memory);
    memset(untouched, 0x5a, sizeof untouched);
    tl_fiber_entry entry = stores_aligned__entry;
    entry.args_size = sizeof memory;
    tl_fiber_desc desc = {.stack = memory, .stack_size = sizeof memory};
    CHECK_MISUSE(TL_ERROR_ARGS_SIZE, tl_fiber_create_raw(NULL, &desc, &entry, memory, &fiber));
    CHECK_INT(0, memcmp(memory, untouched, sizeof memory));
    entry = waits__entry;
    for (size_t size = 0; size <= sizeof memory; size += 8) { // each size is refused as too small, or works
        desc.stack_size = size;
        tl_result made = tl_fiber_create_raw(NULL, &desc, &entry, &(tl_nothing){0}, &fiber);
        if (made != TL_OK) {
            CHECK_MISUSE(TL_ERROR_STACK_SIZE, made);
            continue;
        }
        CHECK_UINT(TL_STACK_MIN, size);
        CHECK_OK(tl_fiber_destroy(fiber));
        return;
    }
    CHECK_UNREACHED();
}

static int cleaned_up, deferred;

static void clean_up(int *count)
{
    cleaned_up += *count;
}

static void count_deferred(void *count)
{
    deferred += *(int *)count;
}

/// Waits `depth` calls deep, with two clean-ups in each frame.
static void wait_at_depth(int depth)
{
    int one __attribute__((cleanup(clean_up))) = 1;
    tl_defer(count_deferred, &one);
    if (depth > 1)
        wait_at_depth(depth - 1);
    else
        CHECK_OK(tl_yield(NULL));
    CHECK(one == 1); // not a tail call
}

TL_FIBER(waits_at_depth, int, depth)
{
    wait_at_depth(*depth);
}

/// An argument that is sure to leave TL_STACK_UNWIND bytes of the smallest stack.
struct largest {
    char bytes[TL_STACK_MIN - TL_STACK_UNWIND - 1280];
};

TL_FIBER(waits_below_a_large_argument, struct largest, argument)
{
    wait_at_depth(1);
    CHECK_INT(0, argument->bytes[0]);
}

static void check_cleaned_up(int depth)
{
    CHECK_INT(depth, deferred);
#ifdef TELAR_FORCED_UNWIND
    CHECK_INT(depth, cleaned_up);
#endif
    deferred = cleaned_up = 0;
}

enum { DEPTH = 4, BELOW = 8192 };

/// A stack of the smallest size, with memory below it that its fiber must not write to.
static char below_and_stack[BELOW + TL_STACK_MIN];

static void check_nothing_written_below(void)
{
    for (size_t i = 0; i < BELOW; ++i)
        CHECK_INT(0x5a, below_and_stack[i]);
}

// Each of these cases is a process of its own, because the first early end of a fiber in a process takes the most
// stack: the loader looks up the unwinder's functions then.

TEST(a_fiber_on_the_smallest_own_stack_is_cancelled)
{
    tl_fiber *fiber = NULL;
    memset(below_and_stack, 0x5a, sizeof below_and_stack);
    CHECK_OK(tl_fiber_create_with(NULL,
                                  (&(tl_fiber_desc){.stack = below_and_stack + BELOW, .stack_size = TL_STACK_MIN}),
                                  &fiber, waits_at_depth, DEPTH));
    CHECK_OK(tl_resume(fiber, NULL));
    CHECK_OK(tl_fiber_cancel(fiber));
    check_cleaned_up(DEPTH);
    check_nothing_written_below();
    CHECK_OK(tl_fiber_destroy(fiber));
}

/// Finds, to the byte, the largest argument that is accepted. What it leaves of the stack is enough to end the fiber.
TEST(a_fiber_with_the_largest_argument_is_cancelled)
{
    static char argument[TL_STACK_MIN];
    tl_fiber *fiber = NULL;
    tl_fiber_desc desc = {.stack = below_and_stack + BELOW, .stack_size = TL_STACK_MIN};
    tl_fiber_entry entry = waits_below_a_large_argument__entry;
    memset(below_and_stack, 0x5a, sizeof below_and_stack);
    for (entry.args_size = sizeof argument; tl_fiber_create_raw(NULL, &desc, &entry, argument, &fiber) != TL_OK;) {
        CHECK_REPORTED(TL_ERROR_ARGS_SIZE);
        --entry.args_size;
    }
    CHECK(entry.args_size >= sizeof(struct largest));
    CHECK_OK(tl_resume(fiber, NULL));
    CHECK_OK(tl_fiber_cancel(fiber));
    check_cleaned_up(1);
    check_nothing_written_below();
    CHECK_OK(tl_fiber_destroy(fiber));
}

static void cancel_all_on_smallest_stacks(tl_stacks stacks)
{
    enum { COUNT = 16 }; // more than there are colours: offsets of a control block in its page
    tl_pool *pool = NULL;
    tl_fiber *fibers[COUNT];
    CHECK_OK(
        tl_pool_create(&(tl_pool_desc){.stack_size = TL_STACK_MIN, .stack_count = COUNT, .stacks = stacks}, &pool));
    for (int i = 0; i < COUNT; ++i) {
        CHECK_OK(tl_fiber_create(pool, &fibers[i], waits_at_depth, DEPTH));
        CHECK_OK(tl_resume(fibers[i], NULL));
    }
    for (int i = COUNT; i-- > 0;) {
        CHECK_OK(tl_fiber_cancel(fibers[i]));
        check_cleaned_up(DEPTH);
    }
    CHECK_OK(tl_pool_destroy(pool));
}

TEST(fibers_on_the_smallest_stacks_of_a_pool_are_cancelled)
{
    cancel_all_on_smallest_stacks(TL_STACKS_OWN);
}

TEST(dense_fibers_on_the_smallest_stack_are_cancelled)
{
    cancel_all_on_smallest_stacks(TL_STACKS_DENSE);
}

/// What a fiber leaves of the smallest stack: less than the first end in a process may need, but enough for a later
/// one.
#if defined(_WIN32)
enum { LITTLE_ROOM = 10900 };
#elif defined(__x86_64__)
enum { LITTLE_ROOM = 5120 };
#else
enum { LITTLE_ROOM = 6600 };
#endif

TL_FIBER(leaves_little_room, int, depth)
{
    volatile char room[TL_STACK_MIN - LITTLE_ROOM];
    __asm__ volatile("" : : "r"(room));
    wait_at_depth(*depth);
    room[0] = 0;
}

TEST(an_end_with_little_room_is_reported_in_a_debug_build)
{
    tl_pool *pool = NULL;
    tl_fiber *fiber = NULL;
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_count = 1}, &pool));
    CHECK_OK(tl_fiber_create(pool, &fiber, waits_at_depth, DEPTH));
    CHECK_OK(tl_resume(fiber, NULL));
    CHECK_OK(tl_pool_destroy(pool)); // the first end in a process; the next one takes less stack
    deferred = cleaned_up = 0;
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_size = TL_STACK_MIN, .stack_count = 1}, &pool));
    CHECK_OK(tl_fiber_create(pool, &fiber, leaves_little_room, 1));
    CHECK_OK(tl_resume(fiber, NULL));
#if defined(NDEBUG) || !defined(TELAR_FORCED_UNWIND)
    CHECK_OK(tl_fiber_cancel(fiber));
#else
    CHECK_OK(tl_fiber_cancel(fiber));
    CHECK_REPORTED(TL_ERROR_STACK_SIZE);
#endif
    check_cleaned_up(1);
    CHECK_OK(tl_pool_destroy(pool));
}

struct big {
    char bytes[16384];
};

TL_FIBER(shows_its_argument, struct big, me)
{
    me->bytes[0] = 42;
    tl_exit(me);
}

TEST(trimming_keeps_the_argument_of_one_that_is_done)
{
    tl_pool *pool = NULL;
    tl_fiber *fiber = NULL;
    void *result = NULL;
    char *control = malloc(tl_fiber_control_size());
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_count = 1}, &pool));
    CHECK_OK(tl_fiber_create_with(pool, (&(tl_fiber_desc){.control = control}), &fiber, shows_its_argument, {{0}}));
    CHECK_RESULT(TL_FINISHED, tl_resume(fiber, &result));
    CHECK_OK(tl_fiber_trim(fiber));
    CHECK_INT(42, ((struct big *)result)->bytes[0]);
    CHECK_OK(tl_pool_destroy(pool));
    free(control);
}

TEST(own_stack_is_not_trimmed)
{
    static char memory[64 * 1024];
    tl_fiber *fiber = NULL;
    CHECK_OK(tl_fiber_create_with(NULL, (&(tl_fiber_desc){.stack = memory, .stack_size = sizeof memory}), &fiber, waits,
                                  {0}));
    CHECK_MISUSE(TL_ERROR_ARGUMENT, tl_fiber_trim(fiber));
    CHECK_OK(tl_fiber_destroy(fiber));
}

TEST(pool_defaults)
{
    tl_pool *pool = NULL;
    tl_pool_info info;
    size_t page = check_page_size(), guard_size = 16 * 1024;
#if defined(__aarch64__)
    guard_size = 64 * 1024;
#elif defined(_WIN32)
    guard_size = 32 * 1024;
#endif
    CHECK_OK(tl_pool_create(&(tl_pool_desc){0}, &pool));
    info = tl_pool_get_info(pool);
    CHECK_UINT(64 * 1024, info.stack_size);
    CHECK_UINT(guard_size > page ? guard_size : page, info.guard_size);
    CHECK_UINT(4096, info.stack_count);
    CHECK_UINT(0, info.in_use);
    CHECK_UINT(0, info.touched);
    CHECK(info.guard == TL_GUARD_MADVISE || info.guard == TL_GUARD_MPROTECT);
    CHECK_OK(tl_pool_destroy(pool));
}

TEST(sizes_are_rounded_up_to_pages)
{
    tl_pool *pool = NULL;
    tl_pool_info info;
    size_t page = check_page_size();
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_size = 5 * page + 1, .guard_size = 1, .stack_count = 3}, &pool));
    info = tl_pool_get_info(pool);
    CHECK_UINT(6 * page, info.stack_size);
    CHECK_UINT(page, info.guard_size);
    CHECK_UINT(3, info.stack_count);
    CHECK_OK(tl_pool_destroy(pool));
}

TEST(impossible_pools_are_refused_with_a_reason)
{
    static const struct {
        tl_pool_desc desc;
        tl_result reason;
    } cases[] = {
        {{.stack_size = 1}, TL_ERROR_STACK_SIZE},
        {{.stack_size = TL_STACK_MIN - 1}, TL_ERROR_STACK_SIZE},
        {{.stack_size = TL_STACK_MIN - 1, .stacks = TL_STACKS_DENSE}, TL_ERROR_STACK_SIZE},
        {{.stack_size = ((size_t)1 << 30) + 1}, TL_ERROR_STACK_SIZE},
        {{.stack_size = SIZE_MAX}, TL_ERROR_STACK_SIZE},
        {{.guard_size = ((size_t)1 << 30) + 1}, TL_ERROR_GUARD_SIZE},
        {{.guard_size = SIZE_MAX}, TL_ERROR_GUARD_SIZE},
        {{.stack_count = (1u << 30) + 1}, TL_ERROR_STACK_COUNT},
        {{.stack_count = 1u << 30, .stack_size = 1 << 30}, TL_ERROR_STACK_COUNT},
        {{.guard = (tl_guard)7}, TL_ERROR_ARGUMENT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        tl_pool *pool = (tl_pool *)&cases;
        CHECK_MISUSE(cases[i].reason, tl_pool_create(&cases[i].desc, &pool));
        CHECK_POINTER(NULL, pool);
    }
}

TEST(stacks_are_reused_latest_first)
{
    tl_pool *pool = NULL;
    tl_fiber *fibers[3], *again = NULL;
    tl_stack_info before, after;
    tl_pool_info info;
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_count = 3}, &pool));
    for (int i = 0; i < 3; ++i)
        CHECK_OK(tl_fiber_create(pool, &fibers[i], waits, {0}));
    before = tl_fiber_get_stack(fibers[1]);
    CHECK_OK(tl_fiber_destroy(fibers[2]));
    CHECK_OK(tl_fiber_destroy(fibers[1]));
    CHECK_OK(tl_fiber_create(pool, &again, waits, {0}));
    after = tl_fiber_get_stack(again);
    CHECK_POINTER(before.low, after.low);
    info = tl_pool_get_info(pool);
    CHECK_UINT(2, info.in_use);
    CHECK_UINT(3, info.touched);
    CHECK_OK(tl_pool_destroy(pool));
}

/// The control blocks of 24 fibers lie in 24 different pairs of cache lines of their pages.
TEST(tops_are_coloured)
{
    tl_pool *pool = NULL;
    tl_fiber *fibers[24];
    bool seen[32] = {false};
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_count = 24}, &pool));
    for (int i = 0; i < 24; ++i) {
        CHECK_OK(tl_fiber_create(pool, &fibers[i], waits, {0}));
        size_t pair = (uintptr_t)fibers[i] % 4096 / 128; // the control block lies at the top
        CHECK(!seen[pair]);
        seen[pair] = true;
    }
    CHECK_OK(tl_pool_destroy(pool));
}

static void use_stack(size_t bytes)
{
    volatile char *room = __builtin_alloca(bytes);
    for (size_t i = 0; i < bytes; i += 64)
        room[i] = 1;
    room[0] = 1;
}

TL_FIBER(uses, size_t, bytes)
{
    use_stack(*bytes);
    CHECK_OK(tl_yield(NULL));
    use_stack(*bytes / 2);
}

TEST(high_water_mark_and_trim)
{
    tl_pool *pool = NULL;
    tl_fiber *fiber = NULL;
    tl_stack_info stack;
    size_t most = 200 * 1024;
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_size = 1 << 20, .stack_count = 2}, &pool));
    CHECK_OK(tl_fiber_create(pool, &fiber, uses, most));
    stack = tl_fiber_get_stack(fiber);
    CHECK_UINT(1 << 20, stack.size);
    CHECK(stack.high_water < 16 * 1024);
    CHECK_OK(tl_resume(fiber, NULL));
    stack = tl_fiber_get_stack(fiber);
    CHECK(stack.high_water >= most && stack.high_water < most + 16 * 1024);

    CHECK_OK(tl_fiber_trim(fiber)); // below what the suspended fiber still needs
    stack = tl_fiber_get_stack(fiber);
    CHECK(stack.high_water < 16 * 1024);
    CHECK_RESULT(TL_FINISHED, tl_resume(fiber, NULL));
    stack = tl_fiber_get_stack(fiber);
    CHECK(stack.high_water >= most / 2 && stack.high_water < most / 2 + 16 * 1024);

    CHECK_OK(tl_fiber_destroy(fiber)); // the next fiber on the stack still sees the high water
    CHECK_OK(tl_fiber_create(pool, &fiber, waits, {0}));
    stack = tl_fiber_get_stack(fiber);
    CHECK(stack.high_water >= most / 2);
    CHECK_OK(tl_fiber_destroy(fiber));
    CHECK_OK(tl_pool_trim(pool));
    CHECK_OK(tl_fiber_create(pool, &fiber, waits, {0}));
    stack = tl_fiber_get_stack(fiber);
    CHECK(stack.high_water < 16 * 1024);
    CHECK_OK(tl_pool_destroy(pool));
}

TEST(high_water_mark_of_an_own_stack)
{
    enum { SIZE = 256 * 1024 };
    char *memory = malloc(SIZE);
    CHECK(memory != NULL);
    memset(memory, 0x5a, SIZE);
    tl_fiber *fiber = NULL;
    tl_stack_info stack;
    CHECK_OK(tl_fiber_create_with(NULL, (&(tl_fiber_desc){.stack = memory, .stack_size = SIZE, .clear_stack = true}),
                                  &fiber, uses, 100000));
    CHECK_OK(tl_resume(fiber, NULL));
    stack = tl_fiber_get_stack(fiber);
    CHECK(stack.high_water >= 100000 && stack.high_water < 100000 + 16 * 1024);
    CHECK_OK(tl_fiber_destroy(fiber));
    free(memory);
}

TEST(an_own_stack_is_left_as_it_is_unless_asked)
{
    enum { SIZE = 256 * 1024 };
    char *memory = malloc(SIZE);
    CHECK(memory != NULL);
    memset(memory, 0x5a, SIZE);
    tl_fiber *fiber = NULL;
    tl_stack_info stack;
    CHECK_OK(tl_fiber_create_with(NULL, (&(tl_fiber_desc){.stack = memory, .stack_size = SIZE}), &fiber, uses, 1000));
    CHECK_OK(tl_resume(fiber, NULL));
    stack = tl_fiber_get_stack(fiber);
    CHECK_UINT(SIZE, stack.size);
    CHECK_UINT(0, stack.high_water); // unknown, as the stack was not cleared
    for (int i = 0; i < SIZE / 2; ++i)
        CHECK_INT(0x5a, memory[i]);
    CHECK_RESULT(TL_FINISHED, tl_resume(fiber, NULL));
    CHECK_OK(tl_fiber_reset(fiber, uses, 1000));
    stack = tl_fiber_get_stack(fiber);
    CHECK_UINT(0, stack.high_water);
    CHECK_OK(tl_fiber_destroy(fiber));
    free(memory);
}

/// Returns how many pages of the stack are in memory.
static size_t pages_in_memory(const tl_stack_info *stack)
{
    unsigned char resident[256];
    size_t page = check_page_size(), pages = stack->size / page, count = 0;
    CHECK(pages <= sizeof resident);
    CHECK_INT(0, mincore((void *)(uintptr_t)stack->low, stack->size, resident));
    for (size_t i = 0; i < pages; ++i)
        count += resident[i] & 1;
    return count;
}

TEST(reading_the_high_water_mark_costs_no_memory)
{
    tl_pool *pool = NULL;
    tl_fiber *fiber = NULL;
    tl_stack_info stack;
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_size = 1 << 20, .stack_count = 1}, &pool));
    CHECK_OK(tl_fiber_create(pool, &fiber, waits, {0}));
    stack = tl_fiber_get_stack(fiber);
    CHECK(pages_in_memory(&stack) <= 2);
    CHECK_OK(tl_pool_destroy(pool));
}
