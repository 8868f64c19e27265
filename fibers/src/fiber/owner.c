#include "fiber/owner.h"

#include "fiber/pool_layout.h"

void tl__pool_on_exit(tl_pool *pool, tl_result (*on_exit)(void))
{
    pool->on_exit = on_exit;
}

void tl__pool_on_wait(tl_pool *pool, tl_result (*on_wait)(const tl__wait *wait))
{
    pool->on_wait = on_wait;
}

void tl__fiber_own(tl_fiber *fiber)
{
    tl__fiber_set_state(fiber, tl__state(fiber) | TL__OWNED);
}

void tl__fiber_disown(tl_fiber *fiber)
{
    tl__fiber_set_state(fiber, tl__state(fiber) & ~(uint32_t)TL__OWNED);
}

void tl__fiber_end_loan(tl_fiber *fiber)
{
    if (tl__state(fiber) & TL__LENT)
        tl__fiber_set_state(fiber, tl__state(fiber) & ~(uint32_t)TL__LENT);
}

bool tl__fiber_is_done(const tl_fiber *fiber)
{
    return tl__status(fiber) == TL_FIBER_DONE;
}
