// SPDX-License-Identifier: MIT
/// The test harness: one process for each test case, which is run by its name.
///
///     TEST(yield_returns_to_resumer) { ... CHECK_INT(2, count); ... }
///
/// An executable without arguments lists its cases; with a case's name it runs that one. A failed check prints both
/// values, file and line, and ends the process with 1. A case that cannot run here says why with SKIP, which ends the
/// process with 77.
///
/// A case must expect each report of misuse: one that no CHECK_MISUSE or CHECK_REPORTED asked for fails the case.
#ifndef TELAR_CHECK_H
#define TELAR_CHECK_H

#include "telar/api.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "telar/misuse.h"
#include "telar/result.h"

#ifdef __cplusplus
extern "C" {
#endif

/// What the test is built with and runs under, for the few cases that must know.
#if defined(__has_feature)
#define CHECK_HAS_FEATURE(feature) __has_feature(feature)
#else
#define CHECK_HAS_FEATURE(feature) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || CHECK_HAS_FEATURE(address_sanitizer)
#define CHECK_ASAN 1
#else
#define CHECK_ASAN 0
#endif
#if defined(__SANITIZE_THREAD__) || CHECK_HAS_FEATURE(thread_sanitizer)
#define CHECK_TSAN 1
#else
#define CHECK_TSAN 0
#endif
bool check_under_valgrind(void);

typedef struct check_case {
    const char *name;
    void (*run)(void);
    struct check_case *next;
} check_case;

void check_register(check_case *test);
/// Sets a function that is called when a check fails, to print more about it: for instance which of many random runs it
/// was.
void check_when_failing(void (*tell)(void));
TL__PRINTF(3, 4) __attribute__((noreturn)) void check_fail(const char *file, int line, const char *format, ...);
TL__PRINTF(1, 2) __attribute__((noreturn)) void check_skip(const char *format, ...);
void check_int(intmax_t expected, intmax_t actual, const char *what, const char *file, int line);
void check_uint(uintmax_t expected, uintmax_t actual, const char *what, const char *file, int line);
void check_pointer(const void *expected, const void *actual, const char *what, const char *file, int line);
void check_string(const char *expected, const char *actual, const char *what, const char *file, int line);
void check_near(double expected, double actual, double tolerance, const char *what, const char *file, int line);
void check_result_order(const int *values, size_t count, int first, const char *file, int line);
void check_result(tl_result expected, tl_result actual, const char *what, const char *file, int line);
/// Checks that a call returned `expected` and reported it as misuse, exactly once. Forgets the report.
void check_misuse(tl_result expected, tl_result actual, const char *what, const char *file, int line);
/// Checks only the report, for a call that reports misuse and continues.
void check_reported(tl_result expected, const char *file, int line);

/// Random numbers that are the same everywhere for the same seed (SplitMix64).
uint64_t check_random(uint64_t *state);

#define TEST(name)                                                                                                     \
    static void name(void);                                                                                            \
    __attribute__((constructor)) static void name##_register(void)                                                     \
    {                                                                                                                  \
        static check_case test = {#name, name, NULL};                                                                  \
        check_register(&test);                                                                                         \
    }                                                                                                                  \
    static void name(void)

#define CHECK(condition) ((condition) ? (void)0 : check_fail(__FILE__, __LINE__, "%s is false", #condition))
#define CHECK_UNREACHED() check_fail(__FILE__, __LINE__, "this was reached")
#define CHECK_INT(expected, actual) check_int((expected), (actual), #actual, __FILE__, __LINE__)
#define CHECK_UINT(expected, actual) check_uint((expected), (actual), #actual, __FILE__, __LINE__)
#define CHECK_POINTER(expected, actual) check_pointer((expected), (actual), #actual, __FILE__, __LINE__)
#define CHECK_STRING(expected, actual) check_string((expected), (actual), #actual, __FILE__, __LINE__)
#define CHECK_NEAR(expected, actual, tolerance)                                                                        \
    check_near((expected), (actual), (tolerance), #actual, __FILE__, __LINE__)

/// TL_RESULTS(CHECK_RESULT_WORDS) checks that each result of the list has the name and the words that the list gives
/// it. This fails if another list has the same value.
#define CHECK_RESULT_WORDS(name, value, words)                                                                         \
    CHECK_STRING(#name, tl_result_name(name));                                                                         \
    CHECK_STRING(words, tl_result_string(name));

/// Checks that the values of a list of results count up from `first`, and then down from -first (from -1 if `first` is
/// 0).
#define CHECK_RESULT_ORDER(list, first)                                                                                \
    check_result_order((const int[]){list(CHECK_RESULT_VALUE)},                                                        \
                       sizeof((int[]){list(CHECK_RESULT_VALUE)}) / sizeof(int), (first), __FILE__, __LINE__)
#define CHECK_RESULT_VALUE(name, value, words) name,

#define CHECK_RESULT(expected, call) check_result((expected), (call), #call, __FILE__, __LINE__)
#define CHECK_OK(call) CHECK_RESULT(TL_OK, call)
#define CHECK_MISUSE(expected, call) check_misuse((expected), (call), #call, __FILE__, __LINE__)
#define CHECK_REPORTED(expected) check_reported((expected), __FILE__, __LINE__)
#define SKIP(...) check_skip(__VA_ARGS__)

/// Returns the bytes of a page of memory.
size_t check_page_size(void);

#ifdef __cplusplus
}
#endif

#endif
