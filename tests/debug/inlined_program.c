// SPDX-License-Identifier: MIT
// A fiber is suspended, and the thread stops in a function that is inlined in main, and in main itself: see
// inlined_test.py.
#include "telar/fiber.h"
#include "telar/pool.h"

static volatile int seen;

static __attribute__((noinline)) void suspend_here(void)
{
    tl_yield(NULL);
    __asm__ volatile("" ::: "memory"); // so that the call above is no tail call
}

TL_FIBER(waiter, tl_nothing, unused)
{
    suspend_here();
    __asm__ volatile("" ::: "memory");
}

static inline __attribute__((always_inline)) void look_closely(void)
{
    seen += 1;
    seen += 2; // inlined
    seen += 3;
}

int main(void)
{
    tl_pool *pool;
    tl_fiber *fiber;
    if (tl_pool_create(&(tl_pool_desc){0}, &pool) != TL_OK || tl_fiber_create(pool, &fiber, waiter, {0}) != TL_OK ||
        tl_resume(fiber, NULL) != TL_OK)
        return 1;
    look_closely();
    seen += 4; // in main
    seen += 5;
    return tl_pool_destroy(pool) == TL_OK ? 0 : 1;
}
