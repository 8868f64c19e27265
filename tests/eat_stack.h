// SPDX-License-Identifier: MIT
/// Overflows the stack of the running fiber or thread.
#ifndef TELAR_EAT_STACK_H
#define TELAR_EAT_STACK_H

static volatile int eat_stack_bottom = -1; // volatile, so that the compiler cannot see that the recursion has no end

/// Recurses until the stack overflows. Called with 0.
static int eat_stack(int depth)
{
    volatile char frame[512];
    frame[0] = (char)depth;
    return depth == eat_stack_bottom ? 0 : eat_stack(depth + 1) + frame[0];
}

#endif
