// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <telar/fiber.h>
#include <telar/version.h>

TL_FIBER(speaks, const char *, word)
{
    printf("installed ");
    tl_yield(NULL);
    printf("%s\n", *word);
}

int main(void)
{
    if (tl_version() != TELAR_VERSION)
        return 2;
    tl_pool *pool = NULL;
    tl_fiber *fiber = NULL;
    if (tl_pool_create(&(tl_pool_desc){0}, &pool) != TL_OK || tl_fiber_create(pool, &fiber, speaks, "used") != TL_OK)
        return 1;
    tl_resume(fiber, NULL);
    printf("and ");
    tl_resume(fiber, NULL);
    return tl_pool_destroy(pool) == TL_OK ? 0 : 1;
}
