// SPDX-License-Identifier: MIT
// Compiled without -fexceptions, as much C code is: the unwinder can pass through these frames, but runs no clean-ups
// in them by itself.
#include <setjmp.h>

#include "unwind_test.h"

void call_without_landing_pads(void (*function)(int), int depth, const char *name)
{
    tl_defer(note, (void *)(uintptr_t)name);
    function(depth);
    CHECK(depth >= 0);
}

static __attribute__((noinline, cold)) void note_coldly(void)
{
    note("cold ");
}

void call_in_a_cold_part(void (*function)(int), int depth)
{
    tl_defer(note, "split ");
    if (depth == 0) { // a compiler that optimises puts this block far from the rest, with tables of its own
        note_coldly();
        function(depth);
        note_coldly();
    }
    CHECK(depth >= 0);
}

static jmp_buf mark;

static __attribute__((noinline)) void jump_from_depth(int depth)
{
    tl_defer(note, "jumped over ");
    if (depth > 0)
        jump_from_depth(depth - 1);
    else if (depth == 0)
        longjmp(mark, 1);
}

void longjmp_without_landing_pads(void)
{
    if (setjmp(mark) == 0)
        jump_from_depth(5);
}
