// SPDX-License-Identifier: MIT
// A pointer to the argument does not compile where the argument itself is copied, though its first field could hold it.

// Error: invalid initializer|incompatible type
#include <telar/fiber.h>

struct anything {
    void *first;
};

TL_FIBER(takes, struct anything, thing)
{
}

tl_result start(tl_pool *pool, tl_fiber **fiber)
{
    struct anything thing = {0};
#ifdef WRONG
    return tl_fiber_create(pool, fiber, takes, &thing);
#else
    return tl_fiber_create(pool, fiber, takes, thing);
#endif
}
