// SPDX-License-Identifier: MIT
// Destruction of fibers, and of pools with all their fibers.
#include "base/compiler.h"
#include "base/misuse.h"
#include "fiber/end.h"
#include "fiber/owner.h"
#include "fiber/pool.h"

static NEVER_INLINE void give_back_own(tl_fiber *fiber)
{
    tl__root_remove(&((tl__own_fiber *)fiber)->root);
    tl__fiber_set_state(fiber, TL_FIBER_DONE | TL__DESTROYED);
    tl__sanitizer_open(fiber->stack_low, tl__fiber_room(fiber));
    tl__sanitizer_unroot(fiber->stack_low, fiber->stack_size);
    tl__sanitizer_end(&fiber->sanitizer);
}

/// Releases the stack of a fiber that is done.
static inline void give_back(tl_fiber *fiber)
{
    tl_pool *pool = fiber->pool;
    tl__sanitizer_destroy(&fiber->sanitizer);
    if (UNLIKELY(pool == NULL))
        give_back_own(fiber);
    else
        tl__pool_give_back(pool, fiber);
}

static NEVER_INLINE tl_result destroy_any(tl_fiber *fiber)
{
    tl_result result = tl__fiber_check_reusable(fiber);
    if (result != TL_OK)
        return tl__misuse(result, "tl_fiber_destroy");
    result = tl__fiber_end(fiber, "tl_fiber_destroy");
    if (result == TL_OK)
        give_back(fiber);
    return result;
}

tl_result tl_fiber_destroy(tl_fiber *fiber)
{
    if (UNLIKELY(fiber == NULL || (tl__state(fiber) & (TL__STATUS | TL__DESTROYED | TL__OWNED)) != TL_FIBER_DONE))
        return destroy_any(fiber);
    give_back(fiber);
    return TL_OK;
}

/// Returns TL_OK if each fiber of the pool can be destroyed.
static tl_result check_destructible(const tl_pool *pool)
{
    for (uint32_t i = 0; i < pool->touched; ++i) {
        tl_fiber_status status = tl_fiber_get_status(tl__pool_inhabitant(pool, i));
        if (status == TL_FIBER_RUNNING)
            return TL_ERROR_RUNNING;
        if (status == TL_FIBER_WAITING)
            return TL_ERROR_WAITING;
    }
    return TL_OK;
}

static void destroy_any_owned(tl_fiber *fiber)
{
    tl__fiber_disown(fiber);
    tl_fiber_destroy(fiber);
}

tl_result tl_pool_destroy(tl_pool *pool)
{
    if (pool == NULL)
        return tl__misuse(TL_ERROR_NULL, __func__);
    if (pool->closing)
        return tl__misuse(TL_ERROR_POOL_CLOSING, __func__);
    tl_result destructible = check_destructible(pool);
    if (destructible != TL_OK)
        return tl__misuse(destructible, __func__);

    pool->closing = true;
    pool->args_limit = 0;
    if (pool->dense.stack_owner != NULL) // destroy it first, so that it need not be copied off
        tl_fiber_destroy(pool->dense.stack_owner);
    for (uint32_t i = 0; i < pool->touched; ++i) {
        tl_fiber *fiber = tl__pool_inhabitant(pool, i);
        if (fiber != NULL)
            destroy_any_owned(fiber);
    }
    tl__pool_free(pool);
    return TL_OK;
}
