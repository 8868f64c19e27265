// SPDX-License-Identifier: MIT
// A field that gets a number where it wants a pointer does not compile.
// Error: pointer from integer|integer to pointer conversion
#include <telar/fiber.h>

struct greeting {
    const char *first, *second;
};

TL_FIBER(greets, struct greeting, words)
{
}

tl_result start(tl_fiber *fiber)
{
#ifdef WRONG
    return tl_fiber_reset(fiber, greets, {"Hello", 7});
#else
    return tl_fiber_reset(fiber, greets, {"Hello", "world"});
#endif
}
