// SPDX-License-Identifier: MIT
/// Overflowing the stack of whatever runs.
#ifndef TELAR_EAT_STACK_H
#define TELAR_EAT_STACK_H

static volatile int eat_stack_bottom = -1; // so that the compiler does not see that the recursion has none

/// Recurses until the stack overflows. Called with 0.
static int eat_stack(int depth)
{
    volatile char frame[512];
    frame[0] = (char)depth;
    return depth == eat_stack_bottom ? 0 : eat_stack(depth + 1) + frame[0];
}

#endif
