// SPDX-License-Identifier: MIT
#include "fiber/owner.h"

#include "fiber/pool.h"

void tl__pool_own(tl_pool *pool, tl_result (*on_exit)(void))
{
    pool->on_exit = on_exit;
    tl__pool_set_traced(pool, false);
}

void tl__pool_on_wait(tl_pool *pool, tl_result (*on_wait)(tl__wait_desc *wait))
{
    pool->on_wait = on_wait;
}
