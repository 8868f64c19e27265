// What the debugger test steps through: every kind of switch, a few times.
#include <stdio.h>

#include "telar/fiber.h"

struct other {
    tl_fiber **fiber;
};

TL_FIBER(other_side, tl_nothing, unused)
{
    for (;;)
        tl_yield(NULL);
}

TL_FIBER(one_side, struct other, me)
{
    tl_yield(NULL);
    tl_transfer(*me->fiber, NULL);
    tl_resume(*me->fiber, NULL);
    tl_yield(NULL);
}

int main(void)
{
    tl_pool *pool = NULL;
    tl_fiber *one = NULL, *other = NULL;
    if (tl_pool_create(&(tl_pool_desc){0}, &pool) != TL_OK || tl_fiber_create(pool, &other, other_side, {0}) != TL_OK ||
        tl_fiber_create(pool, &one, one_side, {&other}) != TL_OK)
        return 1;
    for (int i = 0; i < 3; ++i)
        tl_resume(one, NULL);
    tl_fiber_cancel(one);
    tl_pool_destroy(pool);
    puts("stepped through");
    return 0;
}
