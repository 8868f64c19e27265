// SPDX-License-Identifier: MIT
// The program that the debugger test (cfi_test.py) steps through: every kind of switch, a few times.
#include <stdio.h>

#include "telar/fiber.h"

struct other {
    tl_fiber **fiber;
};

/// Keeps five values alive in registers across calls, different ones on each side of a switch, so that none of these
/// registers holds the same on both sides.
#define HOLD(base)                                                                                                     \
    register long rbx __asm__("rbx") = (base) + 1, r12 __asm__("r12") = (base) + 2, r13 __asm__("r13") = (base) + 3,   \
                      r14 __asm__("r14") = (base) + 4, r15 __asm__("r15") = (base) + 5;                                \
    __asm__ volatile("" : "+r"(rbx), "+r"(r12), "+r"(r13), "+r"(r14), "+r"(r15))
#define STILL_HOLD() __asm__ volatile("" : : "r"(rbx), "r"(r12), "r"(r13), "r"(r14), "r"(r15))

TL_FIBER(other_side, tl_nothing, unused)
{
    HOLD(1000);
    for (;;) {
        tl_yield(NULL);
        STILL_HOLD();
    }
}

static void yield(void)
{
    HOLD(2000);
    tl_yield(NULL);
    STILL_HOLD();
}

static void transfer(tl_fiber *to)
{
    HOLD(3000);
    tl_transfer(to, NULL);
    STILL_HOLD();
}

static void resume(tl_fiber *fiber)
{
    HOLD(4000);
    tl_resume(fiber, NULL);
    STILL_HOLD();
}

TL_FIBER(one_side, struct other, me)
{
    yield();
    transfer(*me->fiber);
    resume(*me->fiber);
    yield();
}

int main(void)
{
    tl_pool *pool = NULL;
    tl_fiber *one = NULL, *other = NULL;
    if (tl_pool_create(&(tl_pool_desc){0}, &pool) != TL_OK || tl_fiber_create(pool, &other, other_side, {0}) != TL_OK ||
        tl_fiber_create(pool, &one, one_side, {&other}) != TL_OK)
        return 1;
    for (int i = 0; i < 3; ++i)
        resume(one);
    tl_fiber_cancel(one);
    tl_pool_destroy(pool);
    puts("stepped through");
    return 0;
}
