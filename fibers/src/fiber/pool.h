/// The inside of a pool, for the short ways of creating and destroying a fiber.
#ifndef TELAR_POOL_INTERNAL_H
#define TELAR_POOL_INTERNAL_H

#include "base/compiler.h"
#include "fiber/control_block.h"
#include "fiber/dense.h"
#include "fiber/waiter.h"
#include "telar/pool.h"

/// One for each stack: who lives there, or the block of a destroyed fiber. Or, for a stack without a block, whose
/// lowest bit is then set, twice the number of the next such stack and one.
typedef union tl__slot {
    tl_fiber *fiber;
    uintptr_t bare;
} tl__slot;

struct tl_pool {
    tl_fiber *free; ///< blocks of destroyed fibers, the latest first
    /// Arguments of less than so many bytes certainly fit, and a fiber may be made in the short way. 0: it may not,
    /// since it keeps its control words or is dense, or the pool is being destroyed.
    size_t args_limit;
    uint32_t fresh_state; ///< of a fiber that was just made
    uint32_t in_use;
    char *stacks; ///< the first stack's guard
    size_t mapping_size;
    size_t stack_size;
    size_t guard_size;
    size_t stride; ///< from one stack to the next; 0 when they are all the same
    uint32_t stack_count;
    uint32_t touched;            ///< stacks below this index have their guard
    uint32_t first_bare;         ///< of those, one without a block; TL__NO_STACK when there is none
    tl_guard guard_asked, guard; ///< `guard` is how the latest was made
    bool closing;
    tl_result (*on_exit)(void);                 ///< what tl_exit does instead in its fibers; null: itself
    tl_result (*on_wait)(const tl__wait *wait); ///< tl__pool_on_wait; null: nothing
    tl__dense dense;                            ///< zeros with stacks of their own
    tl__slot slots[];
};
#define TL__NO_STACK UINT32_MAX

static inline bool tl__pool_is_dense(const tl_pool *pool)
{
    return pool->stride == 0;
}

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
    if (!tl__pool_is_dense(pool)) // somebody may be on that stack
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

/// How many bytes of a stack arguments and frames have at least.
size_t tl__pool_least_room(const tl_pool *pool);

#endif
