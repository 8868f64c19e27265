// SPDX-License-Identifier: MIT
// A pointer to another type does not compile, even with older compilers, which elsewhere only warn of it.
// Error: incompatible pointer type
#include <telar/fiber.h>

TL_FIBER(counts, int *, number)
{
}

tl_result start(tl_pool *pool, tl_fiber **fiber)
{
#ifdef WRONG
    double number = 0;
#else
    int number = 0;
#endif
    return tl_fiber_create(pool, fiber, counts, &number);
}
