// SPDX-License-Identifier: MIT
// A pointer to something else, which older compilers only warn of, does not compile.
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
