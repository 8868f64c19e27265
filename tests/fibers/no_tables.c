// SPDX-License-Identifier: MIT
// Compiled without unwind tables: an unwinder ends its walk at a frame of this file.
#include "unwind_test.h"

void call_without_tables(void (*function)(int), int depth, const char *name)
{
    tl_defer(note, (void *)(uintptr_t)name);
    function(depth);
    CHECK(depth >= 0);
}
