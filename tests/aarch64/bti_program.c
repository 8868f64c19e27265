// SPDX-License-Identifier: MIT
// Switches to another stack and back in a process in which an indirect branch may go only to a landing pad. It has no C
// library, so that all its code is marked. Ends with 0 if all went well; with a signal if a branch went elsewhere.
#include "arch/context_assembly.h"

static char stack[16384] __attribute__((aligned(16)));
static void *here, *there;
static int turns;

static _Noreturn void end(long status)
{
    register long number __asm__("x8") = 93; // exit; Source: include/uapi/asm-generic/unistd.h
    register long first __asm__("x0") = status;
    __asm__ volatile("svc #0" : : "r"(number), "r"(first) : "memory");
    __builtin_unreachable();
}

_Noreturn void tl__fiber_returned(void)
{
    tl__leave(here, TL_FINISHED);
}

static void run(void *arg)
{
    ++*(int *)arg;
    tl__switch(&there, here, TL_OK);
    ++*(int *)arg;
}

__attribute__((used)) static void begin(void)
{
    if (tl__start(&here, stack + sizeof stack, run, &turns, NULL) != TL_OK || turns != 1)
        end(1);
    if (tl__switch(&here, there, TL_OK) != TL_FINISHED || turns != 2)
        end(2);
    end(0);
}

// The kernel begins here, with an aligned stack pointer.
__asm__(".globl _start\n"
        "_start:\n"
        "    hint #34\n" // bti c
        "    bl begin\n");
