// SPDX-License-Identifier: MIT
// Compiled without tables for unwinders, which end their walk where they meet this.
#include "unwind_test.h"

void call_without_tables(void (*function)(int), int depth, const char *name)
{
    tl_defer(note, (void *)(uintptr_t)name);
    function(depth);
    CHECK(depth >= 0);
}
