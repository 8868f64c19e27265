// SPDX-License-Identifier: MIT
#include "fiber/owner.h"

#include "fiber/pool_layout.h"

void tl__pool_on_exit(tl_pool *pool, tl_result (*on_exit)(void))
{
    pool->on_exit = on_exit;
}

void tl__pool_on_wait(tl_pool *pool, tl_result (*on_wait)(tl__wait_desc *wait))
{
    pool->on_wait = on_wait;
}
