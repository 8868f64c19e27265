// A stack overflow: the report, and who gets the fault next. Each case does it in a child process.
#include "telar/overflow.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "telar/fiber.h"

/// Runs `body` in a child process; gives its wait status, and in `output` what it wrote to stderr.
static int in_child(void (*body)(void), char *output, size_t size)
{
    int ends[2];
    CHECK_INT(0, pipe(ends));
    fflush(NULL);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        body();
        _exit(0);
    }
    close(ends[1]);
    size_t length = 0;
    for (ssize_t got = 1; got > 0; length += (size_t)got) {
        got = read(ends[0], output + length, length < size - 1 ? size - 1 - length : 0);
        if (got < 0)
            break;
    }
    output[length] = '\0';
    char rest[4096];
    while (read(ends[0], rest, sizeof rest) > 0) // a sanitizer has more to say than fits
        continue;
    int status = 0;
    CHECK_INT(child, waitpid(child, &status, 0));
    close(ends[0]);
    return status;
}

static volatile int bottom = -1; // so that the compiler does not see that it has none

static int eat_stack(int depth)
{
    volatile char frame[512];
    frame[0] = (char)depth;
    return depth == bottom ? 0 : eat_stack(depth + 1) + frame[0];
}

TL_FIBER(recurses_for_ever, tl_nothing, unused)
{
    eat_stack(0);
}

static void overflow(void)
{
    tl_pool *pool = NULL;
    tl_fiber *fiber = NULL;
    CHECK_OK(tl_pool_create(&(tl_pool_desc){.stack_size = 128 * 1024, .stack_count = 4}, &pool));
    CHECK_OK(tl_fiber_create_with(pool, (&(tl_fiber_desc){.name = "glutton"}), &fiber, recurses_for_ever, {0}));
    tl_resume(fiber, NULL);
}

static void overflow_reported(void)
{
    CHECK_OK(tl_overflow_report_enable());
    CHECK_OK(tl_overflow_report_enable());
    overflow();
}

static void check_report(const char *output)
{
    CHECK(strstr(output, "telar: stack overflow in fiber \"glutton\"") != NULL);
    CHECK(strstr(output, "entry function recurses_for_ever, ") != NULL);
    CHECK(strstr(output, "overflow_test.c:") != NULL);
    CHECK(strstr(output, "stack of 131072 bytes") != NULL);
}

TEST(names_the_fiber_and_ends_by_the_signal)
{
    char output[65536];
    int status = in_child(overflow_reported, output, sizeof output);
    check_report(output);
    CHECK(!(WIFEXITED(status) && WEXITSTATUS(status) == 0));
    if (!CHECK_ASAN && !CHECK_TSAN) // whose handlers end the process otherwise
        CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
}

TEST(without_opting_in_nothing_is_said)
{
    char output[65536];
    int status = in_child(overflow, output, sizeof output);
    CHECK(strstr(output, "telar:") == NULL);
    CHECK(!(WIFEXITED(status) && WEXITSTATUS(status) == 0));
}

static void exit_with_3(int number, siginfo_t *info, void *context)
{
    (void)number, (void)info, (void)context;
    _exit(3);
}

static void exit_with_4(int number)
{
    (void)number;
    _exit(4);
}

static void overflow_with_handler(void)
{
    sigaction(SIGSEGV, &(struct sigaction){.sa_sigaction = exit_with_3, .sa_flags = SA_SIGINFO | SA_ONSTACK}, NULL);
    overflow_reported();
}

static void overflow_with_plain_handler(void)
{
    sigaction(SIGSEGV, &(struct sigaction){.sa_handler = exit_with_4, .sa_flags = SA_ONSTACK}, NULL);
    overflow_reported();
}

TEST(chains_to_the_handler_that_was_there_before)
{
    char output[65536];
    int status = in_child(overflow_with_handler, output, sizeof output);
    check_report(output);
    CHECK(WIFEXITED(status));
    CHECK_INT(3, WEXITSTATUS(status));
    status = in_child(overflow_with_plain_handler, output, sizeof output);
    check_report(output);
    CHECK(WIFEXITED(status));
    CHECK_INT(4, WEXITSTATUS(status));
}

static void fault_elsewhere(void)
{
    sigaction(SIGSEGV, &(struct sigaction){.sa_sigaction = exit_with_3, .sa_flags = SA_SIGINFO | SA_ONSTACK}, NULL);
    CHECK_OK(tl_overflow_report_enable());
    raise(SIGSEGV);
}

TEST(another_fault_is_only_chained)
{
    char output[65536];
    int status = in_child(fault_elsewhere, output, sizeof output);
    CHECK_STRING("", output);
    CHECK(WIFEXITED(status));
    CHECK_INT(3, WEXITSTATUS(status));
}

static void *overflow_on_thread(void *unused)
{
    overflow_reported();
    return unused;
}

static void overflow_on_other_thread(void)
{
    CHECK_OK(tl_overflow_report_enable());
    pthread_t thread;
    CHECK_INT(0, pthread_create(&thread, NULL, overflow_on_thread, NULL));
    pthread_join(thread, NULL);
}

TEST(on_any_thread_that_enabled_it)
{
    char output[65536];
    in_child(overflow_on_other_thread, output, sizeof output);
    check_report(output);
}
