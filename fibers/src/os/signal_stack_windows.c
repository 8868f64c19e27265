// SPDX-License-Identifier: MIT
// Windows has no alternate stacks: a handler runs on the faulting stack, in the pages of its guard that the kernel
// opens (guard_windows.c).
#include "os/signal_stack.h"

tl_result tl__signal_stack_ensure(void)
{
    return TL_OK;
}

void tl__signal_stack_leave(const void *context)
{
    (void)context;
}
