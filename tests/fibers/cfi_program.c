// SPDX-License-Identifier: MIT
// The program that the debugger test (cfi_test.py) steps through: every kind of switch, a few times.
#include <stdio.h>

#include "telar/fiber.h"

struct other {
    tl_fiber **fiber;
};

/// Keeps five values alive in registers across calls, different ones on each side of a switch, so that none of these
/// registers holds the same on both sides.
#ifdef __aarch64__
#define REGISTERS "x19", "x20", "x21", "x27", "x28"
#else
#define REGISTERS "rbx", "r12", "r13", "r14", "r15"
#endif
#define HOLD(base) HOLD_IN(base, REGISTERS)
#define HOLD_IN(...) HOLD_IN_EACH(__VA_ARGS__)
#define HOLD_IN_EACH(base, r1, r2, r3, r4, r5)                                                                         \
    register long a __asm__(r1) = (base) + 1, b __asm__(r2) = (base) + 2, c __asm__(r3) = (base) + 3,                  \
                    d __asm__(r4) = (base) + 4, e __asm__(r5) = (base) + 5;                                            \
    __asm__ volatile("" : "+r"(a), "+r"(b), "+r"(c), "+r"(d), "+r"(e))
#define STILL_HOLD() __asm__ volatile("" : : "r"(a), "r"(b), "r"(c), "r"(d), "r"(e))

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
