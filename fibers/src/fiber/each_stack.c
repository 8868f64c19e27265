// SPDX-License-Identifier: MIT
// The stacks that a crash reporter includes in its dump. All code here is async-signal-safe.
#include "fiber/dense.h"
#include "fiber/pool.h"
#include "telar/dump.h"

typedef struct looker {
    void (*look)(const tl_fiber *fiber, const void *low, size_t size, void *user_data);
    void *user_data;
} looker;

/// Returns the lowest address of a stack that is in use; null if none of it is.
static const char *lowest_used(const tl_fiber *fiber)
{
    if (tl__status(fiber) != TL_FIBER_SUSPENDED)
        return NULL;
    // What waits is saved in another fiber's block, so this is where it was last suspended, or null: then take it all.
    const char *saved = tl__context_stack_pointer(&fiber->context);
    bool is_there = saved > fiber->stack_low && saved < fiber->stack_top && tl__resumer(fiber) == NULL;
    return is_there ? saved : fiber->stack_low;
}

static void look_at(const looker *l, const tl_fiber *fiber)
{
    const char *low = lowest_used(fiber), *end = fiber->stack_top;
    if (low == NULL)
        return;
    if (tl__is_dense(fiber) && !tl__dense_is_stack_owner(fiber)) {
        if (fiber->copied > 0)
            l->look(fiber, tl__dense_find(fiber, fiber->stack_top - fiber->copied), fiber->copied, l->user_data);
        return;
    }
    if ((const char *)fiber == fiber->stack_top)
        end += sizeof *fiber;
    l->look(fiber, low, (size_t)(end - low), l->user_data);
}

bool tl_each_stack(void (*look)(const tl_fiber *fiber, const void *low, size_t size, void *user_data), void *user_data)
{
    looker l = {look, user_data};
    if (!tl__roots_try_lock())
        return false;
    for (tl__root *root = tl__roots[TL__ROOT_POOL]; root != NULL; root = root->next) {
        const tl_pool *pool = TL__OF_ROOT(root, tl_pool, root);
        for (uint32_t i = 0; i < pool->touched; ++i) {
            const tl_fiber *fiber = tl__pool_inhabitant(pool, i);
            if (fiber != NULL)
                look_at(&l, fiber);
        }
    }
    for (tl__root *root = tl__roots[TL__ROOT_OWN_FIBER]; root != NULL; root = root->next)
        look_at(&l, &TL__OF_ROOT(root, tl__own_fiber, root)->fiber);
    tl__roots_unlock();
    return true;
}
