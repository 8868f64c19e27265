// What the sanitizers see of fibers, and what memory they take for it.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "telar/fiber.h"

extern int __lsan_do_recoverable_leak_check(void) __attribute__((weak));

/// Runs `body` in a child process without output; its exit code, or -1 when it did not exit.
static int in_child(void (*body)(void))
{
    fflush(NULL);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        if (freopen("/dev/null", "w", stderr) == NULL)
            _exit(100);
        body();
        _exit(0);
    }
    int status = 0;
    CHECK_INT(child, waitpid(child, &status, 0));
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/// Memory that only the fiber's own frames point to. (From a thread's stack, since LeakSanitizer alone, without
/// AddressSanitizer, takes no notice of what was allocated on others.)
TL_FIBER(holds_memory, char **, given)
{
    char *volatile memory = **given;
    **given = NULL;
    CHECK_OK(tl_yield(NULL));
    free(memory);
}

/// Nothing of the pointer is left in registers or in this thread's frames.
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

/// The frames that point to the memory are left without freeing it, and the stack is given back.
static void a_leak(void)
{
    tl_pool *pool = NULL;
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_count = 4}, &pool));
    for (int i = 0; i < 10; ++i) // a register may still point to the last one's
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
    CHECK_INT(0, in_child(no_leaks_in_pools));
    CHECK_INT(0, in_child(no_leaks_on_an_own_stack));
}

TEST(what_a_fiber_that_is_gone_held_is_leaked)
{
    need_leak_sanitizer();
    CHECK_INT(7, in_child(a_leak));
}
