// SPDX-License-Identifier: MIT
// An entry function's argument has one type; a struct of another type does not compile.
// Error: invalid initializer|incompatible type
#include <telar/fiber.h>

struct greeting {
    const char *first, *second;
};

struct other {
    void *first;
};

TL_FIBER(greets, struct greeting, words)
{
}

tl_result start(tl_pool *pool, tl_fiber **fiber)
{
#ifdef WRONG
    struct other words = {0};
#else
    struct greeting words = {0};
#endif
    return tl_fiber_create(pool, fiber, greets, words);
}
