// SPDX-License-Identifier: MIT
#include "check.h"

#include <math.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static check_case *cases;
static atomic_int misuses;
static _Atomic(tl_result) latest_misuse;

void check_register(check_case *test)
{
    test->next = cases;
    cases = test;
}

static void (*when_failing)(void);

void check_when_failing(void (*tell)(void))
{
    when_failing = tell;
}

void check_fail(const char *file, int line, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fflush(stdout);
    fprintf(stderr, "%s:%d: ", file, line);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    if (when_failing != NULL)
        when_failing();
    _Exit(1);
}

void check_skip(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("skipped: ", stdout);
    vprintf(format, args);
    putchar('\n');
    va_end(args);
    fflush(stdout);
    _Exit(77);
}

void check_int(intmax_t expected, intmax_t actual, const char *what, const char *file, int line)
{
    if (expected != actual)
        check_fail(file, line, "%s is %jd, not %jd", what, actual, expected);
}

void check_uint(uintmax_t expected, uintmax_t actual, const char *what, const char *file, int line)
{
    if (expected != actual)
        check_fail(file, line, "%s is %ju, not %ju", what, actual, expected);
}

void check_pointer(const void *expected, const void *actual, const char *what, const char *file, int line)
{
    if (expected != actual)
        check_fail(file, line, "%s is %p, not %p", what, actual, expected);
}

void check_string(const char *expected, const char *actual, const char *what, const char *file, int line)
{
    if (actual == NULL || strcmp(expected, actual) != 0)
        check_fail(file, line, "%s is \"%s\", not \"%s\"", what, actual != NULL ? actual : "(null)", expected);
}

void check_near(double expected, double actual, double tolerance, const char *what, const char *file, int line)
{
    if (!(fabs(expected - actual) <= tolerance))
        check_fail(file, line, "%s is %.17g, not within %g of %.17g", what, actual, tolerance, expected);
}

void check_result_order(const int *values, size_t count, int first, const char *file, int line)
{
    int news = first, error = first == 0 ? -1 : -first;
    for (size_t i = 0; i < count; ++i) {
        int expected = values[i] < 0 ? error-- : news++;
        if (values[i] != expected || (values[i] >= 0 && i > 0 && values[i - 1] < 0))
            check_fail(file, line, "%s is %d, out of order", tl_result_name(values[i]), values[i]);
    }
}

void check_result(tl_result expected, tl_result actual, const char *what, const char *file, int line)
{
    if (expected != actual)
        check_fail(file, line, "%s answers %s, not %s", what, tl_result_name(actual), tl_result_name(expected));
}

void check_reported(tl_result expected, const char *file, int line)
{
    int reported = atomic_exchange(&misuses, 0);
    if (reported != 1)
        check_fail(file, line, "the misuse hook was called %d times, not once", reported);
    if (latest_misuse != expected)
        check_fail(file, line, "the misuse hook got %s, not %s", tl_result_name(latest_misuse),
                   tl_result_name(expected));
}

void check_misuse(tl_result expected, tl_result actual, const char *what, const char *file, int line)
{
    check_result(expected, actual, what, file, line);
    check_reported(expected, file, line);
}

static void count_misuse(tl_result why, const char *call)
{
    (void)call;
    latest_misuse = why;
    atomic_fetch_add(&misuses, 1);
}

bool check_under_valgrind(void)
{
    const char *preloaded = getenv("LD_PRELOAD"); // Valgrind preloads its own malloc
    return preloaded != NULL && strstr(preloaded, "vgpreload") != NULL;
}

uint64_t check_random(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

size_t check_page_size(void)
{
#ifdef _WIN32
    return 4096;
#else
    return (size_t)sysconf(_SC_PAGESIZE);
#endif
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        for (const check_case *test = cases; test != NULL; test = test->next)
            puts(test->name);
        return argc == 1 ? 0 : 2;
    }
    for (const check_case *test = cases; test != NULL; test = test->next) {
        if (strcmp(test->name, argv[1]) != 0)
            continue;
        tl_set_misuse_hook(count_misuse);
        test->run();
        if (misuses != 0)
            check_fail(argv[1], 0, "misuse that no CHECK_MISUSE asked for: %s", tl_result_name(latest_misuse));
        return 0;
    }
    fprintf(stderr, "no test case is called %s\n", argv[1]);
    return 2;
}
