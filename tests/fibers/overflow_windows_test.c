// SPDX-License-Identifier: MIT
// What faults in fibers depend on, on Windows.
#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#include "../child.h"
#include "check.h"
#include "telar/fiber.h"

TL_FIBER(writes_to_null, tl_nothing, unused)
{
    volatile int *volatile nowhere = NULL;
    *nowhere = 1;
}

/// Returns the thread's environment block. (Not by NtCurrentTeb, of which gcc 12 warns.)
static const NT_TIB *thread_block(void)
{
    const NT_TIB *block;
    __asm__ volatile("movq %%gs:0x30, %0" : "=r"(block));
    return block;
}

/// Checks that the thread's environment block has the bounds of the stack that runs: what stack probes and exceptions
/// go by, though Wine does not notice wrong ones.
static void check_bounds(const void *low, size_t size)
{
    const NT_TIB *block = thread_block();
    CHECK_POINTER(low, block->StackLimit);
    CHECK((const char *)block->StackBase > (const char *)&block);
    CHECK((const char *)block->StackBase <= (const char *)low + size);
}

TL_FIBER(checks_bounds_twice, tl_nothing, unused)
{
    tl_stack_info stack = tl_fiber_get_stack(tl_fiber_current());
    check_bounds(stack.low, stack.size);
    CHECK_OK(tl_yield(NULL));
    check_bounds(stack.low, stack.size);
}

static tl_fiber *make_named(const tl_fiber_entry *entry)
{
    tl_pool *pool = NULL;
    tl_fiber *fiber = NULL;
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_count = 4}, &pool));
    CHECK_OK(tl_fiber_create_raw(pool, &(tl_fiber_desc){.name = "faulty"}, entry, &(tl_nothing){0}, &fiber));
    return fiber;
}

TEST(the_thread_has_the_bounds_of_the_running_stack)
{
    const NT_TIB *block = thread_block();
    void *limit = block->StackLimit, *base = block->StackBase;
    tl_fiber *fibers[2];
    for (int i = 0; i < 2; ++i)
        fibers[i] = make_named(TL_ENTRY(checks_bounds_twice));
    for (int i = 0; i < 4; ++i) {
        CHECK(tl_resume(fibers[i % 2], NULL) >= TL_OK);
        CHECK_POINTER(limit, block->StackLimit);
        CHECK_POINTER(base, block->StackBase);
    }
}

static LONG WINAPI say_so(EXCEPTION_POINTERS *exception)
{
    fprintf(stderr, "filter: %08lx", exception->ExceptionRecord->ExceptionCode);
    fflush(stderr);
    TerminateProcess(GetCurrentProcess(), 300);
    return EXCEPTION_EXECUTE_HANDLER;
}

static void crash_with_a_filter(void)
{
    SetUnhandledExceptionFilter(say_so);
    tl_resume(make_named(TL_ENTRY(writes_to_null)), NULL);
}

/// By which a crash reporter sees it: the bottom frame of a fiber passes it on.
TEST(a_crash_reaches_the_filter_of_the_process)
{
    char output[4096];
    CHECK_INT(300, in_child(crash_with_a_filter, output, sizeof output));
    CHECK_STRING("filter: c0000005", output);
}
