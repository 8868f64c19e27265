// SPDX-License-Identifier: MIT
/// What the parts of the unwinding tests share.
#ifndef TELAR_UNWIND_TEST_H
#define TELAR_UNWIND_TEST_H

#include "check.h"
#include "telar/fiber.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Appends a text to the notes.
void note(void *text);
/// Compares the notes since the last time with `expected`.
void check_notes(const char *expected);

/// Calls `function(depth)` from a frame that holds a tl_defer, which notes `name`.
void call_without_landing_pads(void (*function)(int), int depth, const char *name);
/// The same from a block that is unlikely to run, which a compiler may split off its function; `depth` is 0.
void call_in_a_cold_part(void (*function)(int), int depth);
/// Leaves frames that hold a tl_defer by a longjmp.
void longjmp_without_landing_pads(void);
void call_without_tables(void (*function)(int), int depth, const char *name);

/// Makes a fiber that runs `function(depth)`, and resumes it once.
tl_fiber *start(void (*function)(int), int depth);

enum { DEPTH = 50 };
/// Notes "<kind><number> ".
void note_number(char kind, int number);
/// Compares the notes with "c50 b50 a50 c49 ... a1 ", which is the reverse of a, b, c at each of the depths.
void check_reverse_of_all(const char *kinds);

#ifdef TELAR_FORCED_UNWIND
#define NEED_UNWINDER() ((void)0)
#else
#define NEED_UNWINDER() SKIP("built without unwinding")
#endif

#ifdef __cplusplus
}
#endif

#endif
