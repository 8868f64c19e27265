// SPDX-License-Identifier: MIT
// The handler runs before it is known whether the program handles the fault, and on the stack that faulted, so there is
// nothing to walk and little room to do it. Crash reporters walk the frames of the exception (docs/debugging.md).
#include "os/fault_calls.h"

size_t tl__fault_calls(const void *low, const void *high, tl__fault_call *calls, size_t most)
{
    (void)low, (void)high, (void)calls, (void)most;
    return 0;
}

const char *tl__fault_module(uintptr_t address, size_t *offset)
{
    (void)address, (void)offset;
    return NULL;
}
