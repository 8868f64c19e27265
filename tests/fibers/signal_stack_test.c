// SPDX-License-Identifier: MIT
// The alternate signal stack that the overflow report and the watchdog share.
#include "os/signal_stack.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>

#include "check.h"

static bool mmap_fails, mprotect_fails;
static void *_Atomic latest_unmapped;

void *__real_mmap(void *address, size_t size, int access, int flags, int file, off_t offset);
void *__wrap_mmap(void *address, size_t size, int access, int flags, int file, off_t offset)
{
    return mmap_fails ? MAP_FAILED : __real_mmap(address, size, access, flags, file, offset);
}

int __real_mprotect(void *address, size_t size, int access);
int __wrap_mprotect(void *address, size_t size, int access)
{
    if (!mprotect_fails)
        return __real_mprotect(address, size, access);
    errno = EACCES;
    return -1;
}

int __real_munmap(void *address, size_t size);
int __wrap_munmap(void *address, size_t size)
{
    latest_unmapped = address;
    return __real_munmap(address, size);
}

static void *on_a_thread(void *(*run)(void *))
{
    pthread_t thread;
    void *result;
    CHECK_INT(0, pthread_create(&thread, NULL, run, NULL));
    CHECK_INT(0, pthread_join(thread, &result));
    return result;
}

static stack_t present_stack(void)
{
    stack_t present;
    CHECK_INT(0, sigaltstack(NULL, &present));
    return present;
}

static void disable(void)
{
    CHECK_INT(0, sigaltstack(&(stack_t){.ss_flags = SS_DISABLE}, NULL));
}

/// A thread begins without an alternate stack, but a sanitizer may give it one, which this disables first.
static void *gets_one(void *unused)
{
    (void)unused;
    disable();
    CHECK_OK(tl__signal_stack_ensure());
    stack_t first = present_stack();
    CHECK(!(first.ss_flags & SS_DISABLE));
    CHECK_UINT(TL__SIGNAL_STACK_SIZE, first.ss_size);
    CHECK_OK(tl__signal_stack_ensure());
    CHECK_POINTER(first.ss_sp, present_stack().ss_sp);
    disable();
    CHECK_OK(tl__signal_stack_ensure()); // installs the same memory again
    CHECK_POINTER(first.ss_sp, present_stack().ss_sp);
    return first.ss_sp;
}

static bool lies_in_latest_unmapped(const char *stack)
{
    return stack > (char *)latest_unmapped && stack - (char *)latest_unmapped <= 65536;
}

TEST(a_thread_has_one_until_it_ends)
{
    if (CHECK_ASAN)
        SKIP("AddressSanitizer unmaps the present alternate stack when a thread ends, which it takes for its own");
    CHECK(lies_in_latest_unmapped(on_a_thread(gets_one)));
}

static char of_the_program[32768];

static void *keeps_its_own(void *unused)
{
    stack_t own = {.ss_sp = of_the_program, .ss_size = sizeof of_the_program};
    CHECK_INT(0, sigaltstack(&own, NULL));
    CHECK_OK(tl__signal_stack_ensure());
    CHECK_POINTER(of_the_program, present_stack().ss_sp);
    disable();
    return unused;
}

/// Replaces our stack by one of the program's. Ours must be freed when the thread ends, and the program's stay
/// installed.
static void *puts_its_own_in_place(void *unused)
{
    (void)unused;
    void *ours = gets_one(NULL);
    stack_t own = {.ss_sp = of_the_program, .ss_size = sizeof of_the_program};
    CHECK_INT(0, sigaltstack(&own, NULL));
    CHECK_OK(tl__signal_stack_ensure());
    CHECK_POINTER(of_the_program, present_stack().ss_sp);
    return ours;
}

TEST(a_stack_of_the_programs_own_is_kept)
{
    if (CHECK_ASAN)
        SKIP("AddressSanitizer unmaps the present alternate stack when a thread ends, which it takes for its own");
    on_a_thread(keeps_its_own);
    CHECK_POINTER(NULL, latest_unmapped);
    CHECK(lies_in_latest_unmapped(on_a_thread(puts_its_own_in_place)));
}

static void *finds_no_memory(void *unused)
{
    disable();
    mmap_fails = true;
    CHECK_RESULT(TL_ERROR_OUT_OF_MEMORY, tl__signal_stack_ensure());
    mmap_fails = false;
    mprotect_fails = true;
    CHECK_RESULT(TL_ERROR_SYSTEM, tl__signal_stack_ensure());
    CHECK_INT(EACCES, errno);
    CHECK(latest_unmapped != NULL);
    mprotect_fails = false;
    CHECK(present_stack().ss_flags & SS_DISABLE);
    CHECK_OK(tl__signal_stack_ensure());
    disable();
    return unused;
}

TEST(without_memory_nothing_changes)
{
    if (CHECK_ASAN)
        SKIP("AddressSanitizer unmaps the present alternate stack when a thread ends, which it takes for its own");
    on_a_thread(finds_no_memory);
}

static volatile sig_atomic_t handler_was_on_it;

static void look_where_it_runs(int number)
{
    (void)number;
    stack_t present;
    handler_was_on_it = sigaltstack(NULL, &present) == 0 && (present.ss_flags & SS_ONSTACK);
}

TEST(a_handler_runs_on_it)
{
    struct sigaction action = {.sa_handler = look_where_it_runs, .sa_flags = SA_ONSTACK};
    CHECK_INT(0, sigaction(SIGUSR1, &action, NULL));
    CHECK_OK(tl__signal_stack_ensure());
    raise(SIGUSR1);
    CHECK(handler_was_on_it);
}
