// SPDX-License-Identifier: MIT
// An ordinary function cannot be the entry function of a fiber.
// Error: plain__args|unknown type name
#include <telar/fiber.h>

TL_FIBER(entry, tl_nothing, unused)
{
}

void plain(tl_nothing *unused)
{
    (void)unused;
}

tl_result start(tl_pool *pool, tl_fiber **fiber)
{
#ifdef WRONG
    return tl_fiber_create(pool, fiber, plain, {0});
#else
    return tl_fiber_create(pool, fiber, entry, {0});
#endif
}
