// SPDX-License-Identifier: MIT
// What the sanitizers see of fibers, and what memory they take for it.
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "child.h"
#include "system_memory.h"
#include "telar/fiber.h"

#if CHECK_ASAN
#include <sanitizer/asan_interface.h>
#define IS_POISONED(address) __asan_address_is_poisoned(address)
#else
#define IS_POISONED(address) ((void)(address), false)
#endif

#ifdef _WIN32 // where no compiler that we test with has sanitizers
static int (*const __lsan_do_recoverable_leak_check)(void) = NULL;
#else
extern int __lsan_do_recoverable_leak_check(void) __attribute__((weak));
#endif

TL_FIBER(yields, tl_nothing, unused)
{
    CHECK_OK(tl_yield(NULL));
}

/// Runs `body` in a child process. Returns its exit code, or -1 if it did not exit.
static int exit_code_of(void (*body)(void))
{
    char output[4096];
    int status = in_child(body, output, sizeof output);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/// Holds memory that only the fiber's own frames point to. (Its caller allocates it while on a thread's stack, since
/// LeakSanitizer without AddressSanitizer ignores what is allocated on other stacks.)
TL_FIBER(holds_memory, char **, given)
{
    char *volatile memory = **given;
    **given = NULL;
    CHECK_OK(tl_yield(NULL));
    free(memory);
}

/// Overwrites the copies of the pointer that are left in registers and below this thread's frames.
static __attribute__((noinline)) void forget(void)
{
    volatile char space[8192];
    for (size_t i = 0; i < sizeof space; ++i)
        space[i] = 0;
}

static __attribute__((noinline)) tl_fiber *start_holding(tl_pool *pool, const tl_fiber_desc *desc)
{
    tl_fiber *fiber = NULL;
    char *memory = malloc(1000);
    CHECK(memory != NULL);
    CHECK_OK(tl_fiber_create_with(pool, desc, &fiber, holds_memory, &memory));
    CHECK_OK(tl_resume(fiber, NULL));
    return fiber;
}

static int leaks(void)
{
    forget();
    return __lsan_do_recoverable_leak_check();
}

static void check_leaks_of(tl_pool_desc *desc)
{
    tl_pool *pool = NULL;
    tl_fiber *fibers[3];
    desc->stack_count = 4;
    if (tl_pool_create(desc, &pool) != TL_OK)
        return; // a kind of guard that the kernel does not have
    for (int i = 0; i < 3; ++i)
        fibers[i] = start_holding(pool, NULL);
    CHECK_INT(0, leaks());
    for (int i = 0; i < 3; ++i) {
        CHECK_RESULT(TL_FINISHED, tl_resume(fibers[i], NULL));
        CHECK_OK(tl_fiber_destroy(fibers[i]));
    }
    CHECK_INT(0, leaks());
    CHECK_OK(tl_pool_destroy(pool));
}

static void no_leaks_in_pools(void)
{
    check_leaks_of(&(tl_pool_desc){.guard = TL_GUARD_MADVISE});
    check_leaks_of(&(tl_pool_desc){.guard = TL_GUARD_MPROTECT});
    check_leaks_of(&(tl_pool_desc){.stacks = TL_STACKS_DENSE});
}

static void no_leaks_on_an_own_stack(void)
{
    enum { SIZE = 64 * 1024 };
    char *memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(memory != MAP_FAILED);
    tl_fiber *fiber = start_holding(NULL, &(tl_fiber_desc){.stack = memory, .stack_size = SIZE});
    CHECK_INT(0, leaks());
    CHECK_RESULT(TL_FINISHED, tl_resume(fiber, NULL));
    CHECK_OK(tl_fiber_destroy(fiber));
    CHECK_INT(0, munmap(memory, SIZE));
    CHECK_INT(0, leaks());
}

/// Destroys fibers whose frames hold memory, which is not freed, and gives the memory of their stacks back.
static void a_leak(void)
{
    tl_pool *pool = NULL;
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_count = 4}, &pool));
    for (int i = 0; i < 10; ++i) // several, as a register may still point to the last one's memory
        CHECK_OK(tl_fiber_destroy(start_holding(pool, NULL)));
    CHECK_OK(tl_pool_trim(pool));
    _exit(leaks() != 0 ? 7 : 8);
}

static void need_leak_sanitizer(void)
{
    if (__lsan_do_recoverable_leak_check == NULL)
        SKIP("built without LeakSanitizer");
}

TEST(what_a_suspended_fiber_holds_is_not_leaked)
{
    need_leak_sanitizer();
    CHECK_INT(0, exit_code_of(no_leaks_in_pools));
    CHECK_INT(0, exit_code_of(no_leaks_on_an_own_stack));
}

TEST(what_a_fiber_that_is_gone_held_is_leaked)
{
    need_leak_sanitizer();
    CHECK_INT(7, exit_code_of(a_leak));
}

TEST(a_pool_takes_no_memory_for_what_was_not_used)
{
    enum { COUNT = 200000, MOST = 64 << 20 }; // 16 GB of addresses
    if (check_under_valgrind())
        SKIP("Valgrind keeps books on all of it");
    tl_pool *pool = NULL;
    tl_fiber *fiber = NULL;
    long long before = most_resident_bytes();
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_count = COUNT}, &pool));
    CHECK_OK(tl_fiber_create(pool, &fiber, yields, {0}));
    CHECK_OK(tl_resume(fiber, NULL));
    CHECK_OK(tl_pool_destroy(pool));
    CHECK(most_resident_bytes() - before < MOST);
}

TEST(a_shallow_fiber_takes_memory_for_what_it_used_of_its_stack)
{
    enum { COUNT = 1000, STACK = 1 << 20, MOST = COUNT * 32 * 1024 };
    if (check_under_valgrind() || CHECK_TSAN)
        SKIP("Valgrind and ThreadSanitizer take more for each");
    static tl_fiber *fibers[COUNT];
    tl_pool *pool = NULL;
    long long before = most_resident_bytes();
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_size = STACK, .stack_count = COUNT}, &pool));
    for (int round = 0; round < 2; ++round) { // on new stacks, and then on the same again
        for (int i = 0; i < COUNT; ++i) {
            CHECK_OK(tl_fiber_create(pool, &fibers[i], yields, {0}));
            CHECK_OK(tl_resume(fibers[i], NULL));
        }
        for (int i = 0; i < COUNT; ++i)
            CHECK_OK(i % 2 == 0 ? tl_fiber_reset(fibers[i], yields, {0}) : tl_fiber_destroy(fibers[i]));
        for (int i = 0; i < COUNT; i += 2)
            CHECK_OK(tl_fiber_destroy(fibers[i]));
    }
    CHECK_OK(tl_pool_destroy(pool));
    CHECK(most_resident_bytes() - before < MOST);
}

TL_FIBER(shows_its_argument, const int **, where)
{
    volatile char deep[3 * 4096];
    deep[0] = deep[sizeof deep - 1] = 1;
    CHECK_OK(tl_yield(NULL));
    **where = (const int *)(const void *)where;
}

TEST(a_stack_that_was_given_back_is_closed)
{
    if (!CHECK_ASAN)
        SKIP("built without AddressSanitizer");
    tl_pool *pool = NULL;
    tl_fiber *fiber = NULL;
    const int *where = NULL;
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_count = 1}, &pool));
    for (int round = 0; round < 3; ++round) {
        CHECK_OK(tl_fiber_create(pool, &fiber, shows_its_argument, &where));
        CHECK_OK(tl_resume(fiber, NULL));
        CHECK_RESULT(TL_FINISHED, tl_resume(fiber, NULL));
        CHECK(!IS_POISONED(where));
        CHECK_OK(tl_fiber_destroy(fiber));
        CHECK(IS_POISONED(where));
        CHECK(IS_POISONED((const char *)where - 2 * 4096));
    }
    CHECK_OK(tl_pool_destroy(pool));
    CHECK(!IS_POISONED(where));
}

static void do_nothing(void *unused)
{
    (void)unused;
}

static void wait_with_clean_ups(int depth)
{
    tl_defer(do_nothing, NULL);
    if (depth > 0)
        wait_with_clean_ups(depth - 1);
    else
        CHECK_OK(tl_yield(NULL));
    CHECK(depth >= 0);
}

TL_FIBER(waits_with_clean_ups, int, depth)
{
    wait_with_clean_ups(*depth);
}

/// Many fibers run on one stack, one after the other, and end in each way.
TEST(lives_on_one_stack_take_no_more_memory_than_one)
{
    enum { LIVES = 10000, MOST = 64 << 20 };
    if (check_under_valgrind())
        SKIP("too many for Valgrind");
    tl_pool *pool = NULL;
    tl_fiber *fiber = NULL;
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_count = 1}, &pool));
    long long before = resident_bytes();
    for (int life = 0; life < LIVES; ++life) {
        CHECK_OK(tl_fiber_create(pool, &fiber, waits_with_clean_ups, 20));
        CHECK_OK(tl_resume(fiber, NULL));
        if (life % 3 == 0)
            CHECK_RESULT(TL_FINISHED, tl_resume(fiber, NULL));
        if (life % 3 == 1)
            CHECK_OK(tl_fiber_reset(fiber, yields, {0}));
        CHECK_OK(tl_fiber_destroy(fiber));
        if (life % 1000 == 0)
            CHECK_OK(tl_pool_trim(pool));
    }
    CHECK(resident_bytes() - before < MOST);
    CHECK_OK(tl_pool_destroy(pool));
}

static int raced;

TL_FIBER(races, tl_nothing, unused)
{
    ++raced;
}

/// Runs a fiber that races, on a stack that other fibers used before.
static void *race(void *unused)
{
    tl_pool *pool = NULL;
    tl_fiber *fiber = NULL;
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_count = 1}, &pool));
    for (int life = 0; life < 10; ++life) {
        CHECK_OK(tl_fiber_create(pool, &fiber, yields, {0}));
        CHECK_OK(tl_resume(fiber, NULL));
        CHECK_OK(tl_fiber_destroy(fiber));
    }
    CHECK_OK(tl_fiber_create(pool, &fiber, races, {0}));
    CHECK_RESULT(TL_FINISHED, tl_resume(fiber, NULL));
    CHECK_OK(tl_pool_destroy(pool));
    return unused;
}

static void race_on_two_threads(void)
{
    pthread_t threads[2];
    for (int i = 0; i < 2; ++i)
        CHECK_INT(0, pthread_create(&threads[i], NULL, race, NULL));
    for (int i = 0; i < 2; ++i)
        CHECK_INT(0, pthread_join(threads[i], NULL));
    exit(0);
}

TEST(a_race_between_fibers_is_still_found)
{
    enum { THREAD_SANITIZERS_EXIT_CODE = 66 };
    if (!CHECK_TSAN)
        SKIP("built without ThreadSanitizer");
    CHECK_INT(THREAD_SANITIZERS_EXIT_CODE, exit_code_of(race_on_two_threads));
}

TL_FIBER(ends_at_once, tl_nothing, unused)
{
}

/// ThreadSanitizer has room for 65,536 nested calls on a thread, and notes them with each malloc. Fibers that end must
/// not leave theirs there.
TEST(fibers_that_end_leave_no_calls_behind)
{
    enum { MORE_THAN_FIT = 70000 };
    tl_pool *pool = NULL;
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_count = 1}, &pool));
    for (int i = 0; i < MORE_THAN_FIT; ++i) {
        tl_fiber *fiber = NULL;
        CHECK_OK(tl_fiber_create(pool, &fiber, ends_at_once, {0}));
        CHECK_RESULT(TL_FINISHED, tl_resume(fiber, NULL));
        CHECK_OK(tl_fiber_destroy(fiber));
    }
    void *volatile memory = malloc(1);
    free(memory);
    CHECK_OK(tl_pool_destroy(pool));
}
