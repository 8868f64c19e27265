// SPDX-License-Identifier: MIT
/// The inside of a pool, for the short ways of creating and destroying a fiber.
#ifndef TELAR_FIBER_POOL_H
#define TELAR_FIBER_POOL_H

#include "base/compiler.h"
#include "fiber/pool_layout.h"

/// Frees a pool of guarded stacks as it is, whatever its fibers are doing: no clean-up runs. ThreadSanitizer's own
/// fibers stay: it refuses to end those that a thread is on, which in a child of fork may be one that only the parent
/// has.
void tl__pool_drop(tl_pool *pool);

/// A block for a new fiber; what stays from one fiber of a stack to the next is set. On any error *block is left alone:
/// TL_ERROR_POOL_EXHAUSTED, TL_ERROR_POOL_CLOSING, TL_ERROR_GUARD, TL_ERROR_MAX_MAP_COUNT.
tl_result tl__pool_acquire(tl_pool *pool, tl_fiber **block);

/// The short way of that, where there is a free block and fibers are plain.
static inline tl_fiber *tl__pool_acquire_free(tl_pool *pool)
{
    tl_fiber *block = pool->free;
    pool->free = block->next_free;
    ++pool->in_use;
    if (!tl__pool_is_dense(pool)) // that stack may be in use
        tl__sanitizer_open(block->stack_low, (size_t)(block->stack_top - block->stack_low));
    return block;
}

/// Takes back the stack of a fiber that is done. Its block is dense or the caller's.
void tl__pool_give_back_any(tl_pool *pool, tl_fiber *fiber);

/// Takes back a stack whose fiber is done.
static inline void tl__pool_give_back(tl_pool *pool, tl_fiber *fiber)
{
    if (UNLIKELY((char *)fiber != fiber->stack_top)) {
        tl__pool_give_back_any(pool, fiber);
        return;
    }
    tl__fiber_set_state(fiber, TL_FIBER_DONE | TL__DESTROYED);
    fiber->next_free = pool->free;
    pool->free = fiber;
    --pool->in_use;
    tl__sanitizer_close(fiber->stack_low, (size_t)(fiber->stack_top - fiber->stack_low));
}

/// The fiber that lives on a stack; null for none.
tl_fiber *tl__pool_inhabitant(const tl_pool *pool, uint32_t index);

/// Frees a pool whose fibers are all destroyed.
void tl__pool_free(tl_pool *pool);

/// Arguments that are aligned to no more go the short way of tl_fiber_create.
enum { TL__PLAIN_ALIGN = 16 };

/// How many bytes of a stack arguments and frames have at least.
size_t tl__pool_least_room(const tl_pool *pool);

#endif
