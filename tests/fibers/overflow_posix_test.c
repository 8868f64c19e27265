// SPDX-License-Identifier: MIT
// The report of stack overflows, and signals: what overflow_test.c cannot test on every system.
#include <dlfcn.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "child.h"
#include "fault_handlers.h"
#include "glutton.h"
#include "telar/overflow.h"

static void raise_reported(void)
{
    CHECK_OK(tl_overflow_report_enable());
    raise(SIGSEGV);
    _exit(5);
}

static void raise_ignored(void)
{
    signal(SIGSEGV, SIG_IGN);
    CHECK_OK(tl_overflow_report_enable());
    raise(SIGSEGV);
    raise(SIGSEGV);
    _exit(6);
}

TEST(a_signal_that_was_sent_does_what_it_did_before)
{
    if (CHECK_ASAN || CHECK_TSAN)
        SKIP("sanitizers have a handler of their own there before");
    char output[65536];
    int status = in_child(raise_reported, output, sizeof output);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
    status = in_child(raise_ignored, output, sizeof output);
    CHECK(WIFEXITED(status));
    CHECK_INT(6, WEXITSTATUS(status));
}

static void return_and_say_so(int number)
{
    (void)number;
    ssize_t written = write(STDERR_FILENO, "returned ", 9);
    (void)written;
}

static void overflow_with_handler_for_once(void)
{
    sigaction(SIGSEGV, &(struct sigaction){.sa_handler = return_and_say_so, .sa_flags = SA_ONSTACK | (int)SA_RESETHAND},
              NULL);
    overflow_reported();
}

TEST(a_handler_for_once_is_called_once)
{
    char output[65536];
    int status = in_child(overflow_with_handler_for_once, output, sizeof output);
    check_report(output);
    const char *first = strstr(output, "returned ");
    CHECK(first != NULL && strstr(first + 1, "returned ") == NULL);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
}

static char *lost_stack;

TL_FIBER(takes_its_resumers_stack, tl_nothing, unused)
{
    CHECK_INT(0, mprotect(lost_stack, 65536, PROT_NONE));
}

TL_FIBER(loses_its_stack, tl_fiber *, other)
{
    volatile char room[8192]; // so that all that may be taken for a control block is on the lost stack
    room[0] = room[sizeof room - 1] = 1;
    tl_resume(*other, NULL);
    CHECK_UNREACHED();
}

/// Faults in the last switch of a fiber, which saves no context.
static void fault_in_the_last_switch(void)
{
    static max_align_t control[256];
    tl_pool *pool = NULL;
    tl_fiber *inner = NULL, *outer = NULL;
    exit_with_3_at_fault();
    CHECK_OK(tl_overflow_report_enable());
    lost_stack = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(lost_stack != MAP_FAILED && tl_fiber_control_size() <= sizeof control);
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_count = 4}, &pool));
    CHECK_OK(tl_fiber_create(pool, &inner, takes_its_resumers_stack, {0}));
    CHECK_OK(tl_fiber_create_with(NULL,
                                  (&(tl_fiber_desc){.stack = lost_stack, .stack_size = 65536, .control = control}),
                                  &outer, loses_its_stack, inner));
    tl_resume(outer, NULL);
}

TEST(a_fault_in_the_last_switch_is_chained)
{
    if (CHECK_ASAN || CHECK_TSAN || check_under_valgrind())
        SKIP("a sanitizer, and Valgrind, look at stacks themselves");
    char output[65536];
    int status = in_child(fault_in_the_last_switch, output, sizeof output);
    CHECK(WIFEXITED(status));
    CHECK_INT(3, WEXITSTATUS(status));
    CHECK_STRING("", output);
}

// The calls in a report. A module's name and offset are compared with what the dynamic linker says of the functions.

static volatile int *volatile nowhere;
static volatile int zero;

static __attribute__((noinline)) int reads_nowhere(void)
{
    return *nowhere + 1;
}

static __attribute__((noinline)) int divides_by_zero(void)
{
    return 1000 / zero + 1;
}

TL_FIBER(crashes, tl_nothing, unused)
{
    zero = reads_nowhere() + 1;
}

TL_FIBER(divides, tl_nothing, unused)
{
    zero = divides_by_zero() + 1;
}

static void run_reported(const tl_fiber_entry *entry)
{
    tl_pool *pool = NULL;
    tl_fiber *fiber = NULL;
    CHECK_OK(tl_overflow_report_enable());
    CHECK_OK(tl_pool_create(&(tl_pool_desc){0}, &pool));
    CHECK_OK(tl_fiber_create_raw(pool, NULL, entry, &(tl_nothing){0}, &fiber));
    tl_resume(fiber, NULL);
}

static void crash(void)
{
    run_reported(TL_ENTRY(crashes));
}

static void divide(void)
{
    run_reported(TL_ENTRY(divides));
}

/// Whether the first call that a report lists is in a function, whose code is at most `size` bytes.
static bool begins_in(const char *output, int (*function)(void), size_t size)
{
    const char *call = strstr(output, "telar:     program+0x");
    if (call == NULL)
        return false;
    Dl_info info;
    CHECK(dladdr((void *)(uintptr_t)function, &info) != 0);
    size_t offset = strtoul(call + strlen("telar:     program+"), NULL, 16);
    size_t begin = (size_t)((uintptr_t)function - (uintptr_t)info.dli_fbase);
    return offset >= begin && offset < begin + size;
}

static size_t count_calls(const char *output)
{
    size_t count = 0;
    for (const char *at = output; (at = strstr(at, "telar:     ")) != NULL; ++at)
        ++count;
    return count;
}

static void check_crash(void (*body)(void), int number, const char *kind, int (*function)(void))
{
    if (CHECK_ASAN || CHECK_TSAN || check_under_valgrind())
        SKIP("sanitizers and Valgrind have a say there before");
    char output[65536];
    int status = in_child(body, output, sizeof output);
    CHECK(WIFSIGNALED(status));
    CHECK_INT(number, WTERMSIG(status));
    if (strstr(output, kind) == NULL || strstr(output, "overflow_posix_test.c:") == NULL || count_calls(output) < 3)
        check_fail(__FILE__, __LINE__, "stderr is: %s", output);
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 35)
    if (!begins_in(output, function, 64))
        check_fail(__FILE__, __LINE__, "the first call is another: %s", output);
#else
    (void)begins_in, (void)function;
#endif
}

TEST(a_crash_in_a_fiber_is_reported_with_its_calls)
{
    check_crash(crash, SIGSEGV, "telar: segmentation fault at 0x0 in fiber \"crashes\" (entry function crashes, ",
                reads_nowhere);
}

TEST(a_fault_of_another_kind_is_reported_too)
{
#ifdef __aarch64__
    SKIP("a division by zero is no fault there");
#endif
    check_crash(divide, SIGFPE, "telar: arithmetic fault at 0x", divides_by_zero);
}

TEST(a_crash_outside_any_fiber_is_not_reported)
{
    char output[65536];
    in_child(raise_reported, output, sizeof output);
    CHECK(strstr(output, "telar:") == NULL);
}

static void crash_handled(void)
{
    exit_with_3_at_fault();
    crash();
}

TEST(a_crash_that_a_handler_gets_is_left_to_it)
{
    if (CHECK_ASAN || CHECK_TSAN || check_under_valgrind())
        SKIP("sanitizers and Valgrind have a say there before");
    char output[65536];
    int status = in_child(crash_handled, output, sizeof output);
    CHECK(WIFEXITED(status));
    CHECK_INT(3, WEXITSTATUS(status));
    CHECK(strstr(output, "telar:") == NULL);
}
