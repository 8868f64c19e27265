/// What a fiber asks of its pool.
#ifndef TELAR_POOL_INTERNAL_H
#define TELAR_POOL_INTERNAL_H

#include "telar/fiber.h"
#include "telar/pool.h"

/// A stack on loan from a pool.
typedef struct tl__stack {
    char *low;
    size_t size;
    uint32_t index; ///< which of the pool's stacks
} tl__stack;

/// TL_OK, TL_ERROR_POOL_EXHAUSTED, TL_ERROR_POOL_CLOSING, TL_ERROR_GUARD, TL_ERROR_MAX_MAP_COUNT.
tl_result tl__pool_acquire(tl_pool *pool, tl__stack *stack);

/// Says which fiber lives on a stack that was acquired.
void tl__pool_set_fiber(tl_pool *pool, uint32_t index, tl_fiber *fiber);

void tl__pool_give_back(tl_pool *pool, uint32_t index);

bool tl__pool_keeps_float_control(const tl_pool *pool);
size_t tl__pool_guard_size(const tl_pool *pool);
size_t tl__pool_stack_size(const tl_pool *pool);

#endif
