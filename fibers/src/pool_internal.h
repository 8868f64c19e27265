/// The inside of a pool, for the short ways of creating and destroying a fiber.
#ifndef TELAR_POOL_INTERNAL_H
#define TELAR_POOL_INTERNAL_H

#include "fiber_internal.h"
#include "telar/pool.h"

/// One for each stack.
typedef struct tl__slot {
    tl_fiber *fiber;    ///< who lives there, or the block of a destroyed fiber; null: the stack has no block
    uint32_t next_bare; ///< of the stacks without a block
} tl__slot;

struct tl_pool {
    tl_fiber *free; ///< blocks of destroyed fibers, the latest first
    /// Arguments of less than so many bytes certainly fit, and a fiber may be made in the short way. 0: it may not,
    /// since it keeps its control words, or the pool is being destroyed.
    size_t args_limit;
    uint32_t fresh_state; ///< of a fiber that was just made
    uint32_t in_use;
    char *stacks; ///< the first stack's guard
    size_t mapping_size;
    size_t stack_size;
    size_t guard_size;
    uint32_t stack_count;
    uint32_t touched;            ///< stacks below this index have their guard
    uint32_t first_bare;         ///< of those, one without a block; TL__NO_STACK when there is none
    tl_guard guard_asked, guard; ///< `guard` is how the latest was made
    bool closing;
    tl__slot slots[];
};
#define TL__NO_STACK UINT32_MAX

/// A block for a new fiber; what stays from one fiber of a stack to the next is set. *block is null on any error:
/// TL_ERROR_POOL_EXHAUSTED, TL_ERROR_POOL_CLOSING, TL_ERROR_GUARD, TL_ERROR_MAX_MAP_COUNT.
tl_result tl__pool_acquire(tl_pool *pool, tl_fiber **block);

/// The short way of that; null where it is closed.
static inline tl_fiber *tl__pool_acquire_free(tl_pool *pool)
{
    tl_fiber *block = pool->free;
    if (block != NULL) {
        pool->free = block->next_free;
        ++pool->in_use;
        tl__sanitizer_open(block->stack_low, (size_t)(block->stack_top - block->stack_low));
    }
    return block;
}

/// Takes back a stack whose fiber is done.
static inline void tl__pool_give_back(tl_pool *pool, tl_fiber *fiber)
{
    tl_fiber *block = fiber;
    tl__fiber_set_state(fiber, TL_FIBER_DONE | TL__DESTROYED);
    if (__builtin_expect((char *)fiber != fiber->stack_top, 0)) { // its block is the caller's
        block = (tl_fiber *)fiber->stack_top;
        pool->slots[fiber->stack_index].fiber = block;
        tl__fiber_set_state(block, TL_FIBER_DONE | TL__DESTROYED);
    }
    block->next_free = pool->free;
    pool->free = block;
    --pool->in_use;
    tl__sanitizer_close(block->stack_low, (size_t)(block->stack_top - block->stack_low));
}

/// How many bytes of a stack arguments and frames have at least.
size_t tl__pool_least_room(const tl_pool *pool);

#endif
