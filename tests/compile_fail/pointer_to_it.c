// SPDX-License-Identifier: MIT
// An argument that is copied is given itself: a pointer to it does not compile, though it could fill the first field.

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
