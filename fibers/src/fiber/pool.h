// SPDX-License-Identifier: MIT
/// The internals of a pool, for the fast paths of creating and destroying a fiber.
#ifndef TELAR_FIBER_POOL_H
#define TELAR_FIBER_POOL_H

#include "base/compiler.h"
#include "fiber/pool_layout.h"

/// Frees the memory of a pool, whatever its fibers are doing: no clean-up runs. ThreadSanitizer's records of the fibers
/// are not destroyed, since it refuses that for a fiber that a thread runs; in a child of fork that may be a thread
/// that only the parent has.
void tl__pool_drop(tl_pool *pool);

/// Acquires a stack and its control block for a new fiber. Only those fields of the block are set that are the same for
/// all fibers of the stack. On an error *block is unchanged: TL_ERROR_POOL_EXHAUSTED, TL_ERROR_POOL_CLOSING,
/// TL_ERROR_GUARD, TL_ERROR_MAX_MAP_COUNT.
tl_result tl__pool_acquire(tl_pool *pool, tl_fiber **block);

/// The fast path of tl__pool_acquire, for a pool that has a free block.
static inline tl_fiber *tl__pool_acquire_free(tl_pool *pool)
{
    tl_fiber *block = pool->free;
    pool->free = block->next_free;
    ++pool->in_use;
    if (!tl__pool_is_dense(pool)) // the shared stack may be in use
        tl__sanitizer_open(block->stack_low, (size_t)(block->stack_top - block->stack_low));
    return block;
}

/// Slow path of tl__pool_give_back, for a dense fiber, and for one whose control block is in the caller's memory.
void tl__pool_give_back_any(tl_pool *pool, tl_fiber *fiber);

/// Returns the stack of a fiber that is done to its pool.
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

/// Sets whether the pool's new fibers record when they run (TL__TRACED).
void tl__pool_set_traced(tl_pool *pool, bool traced);

/// Returns the fiber that lives on a stack, or null if none does.
tl_fiber *tl__pool_inhabitant(const tl_pool *pool, uint32_t index);

/// Frees a pool whose fibers are all destroyed.
void tl__pool_free(tl_pool *pool);

/// The greatest alignment of an argument on the fast path of tl_fiber_create.
enum { TL__PLAIN_ALIGN = 16 };

/// Returns the number of bytes for the argument and frames on the stack of the pool that has the least.
size_t tl__pool_least_room(const tl_pool *pool);

#endif
