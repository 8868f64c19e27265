// Compiled without -fexceptions, as much C is: the unwinder can go through, but runs nothing here by itself.
#include "unwind_test.h"

void call_without_landing_pads(void (*function)(int), int depth, const char *name)
{
    tl_defer(note, (void *)(uintptr_t)name);
    function(depth);
    CHECK(depth >= 0);
}
