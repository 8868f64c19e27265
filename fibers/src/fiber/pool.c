// SPDX-License-Identifier: MIT
// A pool is one mapping:
//
//     | tl_pool, one slot a stack | guard | stack 0 | guard | stack 1 | ... |
//
// The kernel gives pages memory when they are touched, so stacks that were never used cost nothing, and neither do
// their slots. A guard is installed when its stack is first used. With dense stacks (dense.h) the mapping is
//
//     | tl_pool, one slot a fiber | guard | stack of all | guard | copy trampoline's stack | place 0 | place 1 | ... |
#include "fiber/pool.h"
#include "base/running.h"
#include "fiber/dense.h"

#include "base/compiler.h"
#include "base/misuse.h"
#include "fiber/debug_fibers.h"
#include "fiber/info.h"
#include "fiber/traced.h"
#include "os/guard.h"
#include "os/memory.h"
#include "os/stack.h"

enum {
    DEFAULT_STACK_SIZE = 64 * 1024,
    DEFAULT_STACK_COUNT = 4096,
    MAX_STACK_COUNT = 1 << 30,
    MAX_SIZE = 1 << 30, // most bytes of a stack, and of a guard
    MAX_COLOURS = 24,   // times LINE_PAIR: three quarters of a page
};

static size_t whole_pages(size_t bytes, size_t page)
{
    return (bytes + page - 1) / page * page;
}

/// Fills in the defaults of a description and rounds its sizes up. Returns TL_OK, or the error for an invalid value.
static tl_result resolve_pool_desc(const tl_pool_desc *desc, tl_pool_desc *resolved)
{
    size_t page = tl__page_size();
    *resolved = *desc;
    if (resolved->guard > TL_GUARD_MPROTECT || resolved->stacks > TL_STACKS_DENSE)
        return TL_ERROR_ARGUMENT;
    if (resolved->stack_size == 0)
        resolved->stack_size = DEFAULT_STACK_SIZE;
    if (resolved->guard_size == 0)
        resolved->guard_size = TL__DEFAULT_GUARD_SIZE;
    if (resolved->stack_count == 0)
        resolved->stack_count = DEFAULT_STACK_COUNT;
    if (resolved->stack_size < TL_STACK_MIN || resolved->stack_size > MAX_SIZE)
        return TL_ERROR_STACK_SIZE;
    if (resolved->guard_size > MAX_SIZE)
        return TL_ERROR_GUARD_SIZE;
    resolved->stack_size = whole_pages(resolved->stack_size, page);
    resolved->guard_size = whole_pages(resolved->guard_size, page);
    // x86-64 and AArch64 give a process at least 2^47 bytes of addresses.
    size_t each = resolved->stacks == TL_STACKS_DENSE ? TL__DENSE_PLACE : resolved->stack_size + resolved->guard_size;
    uint64_t addresses = (uint64_t)resolved->stack_count * each;
    if (resolved->stack_count > MAX_STACK_COUNT || addresses > (uint64_t)1 << 47)
        return TL_ERROR_STACK_COUNT;
    return TL_OK;
}

static char *stack_at(const tl_pool *pool, uint32_t index)
{
    return pool->stacks + index * pool->stride + pool->guard_size;
}

/// Returns the number of cache colours: the different offsets that control blocks have in their pages. If all stack
/// tops were at the same offset, they would compete for the same few cache sets. The offsets take at most an eighth of
/// a stack.
static size_t colours_of(const tl_pool *pool)
{
    size_t colours = pool->stack_size / 8 / LINE_PAIR;
    return colours < MAX_COLOURS ? colours : MAX_COLOURS;
}

/// Returns the highest address for a block that ends at or below `top` such that the fields that a switch touches and
/// the frames right below the block lie in one pair of cache lines.
static char *place_block(const tl_pool *pool, char *top)
{
    size_t hot = pool->fresh_state & TL__KEEPS_FLOAT_CONTROL ? TL__HOT_STRICT : TL__HOT;
    char *hot_end = top - (sizeof(tl_fiber) - hot);
    return hot_end - (uintptr_t)hot_end % LINE_PAIR - hot;
}

static tl_fiber *block_at(const tl_pool *pool, uint32_t index)
{
    if (tl__pool_is_dense(pool))
        return tl__dense_block(pool, index);
    char *top = stack_at(pool, index) + pool->stack_size;
    return (tl_fiber *)place_block(pool, top - index % colours_of(pool) * LINE_PAIR);
}

size_t tl__pool_least_room(const tl_pool *pool)
{
    if (tl__pool_is_dense(pool))
        return pool->stack_size;
    size_t lost = (colours_of(pool) - 1) * LINE_PAIR;
    char *top = stack_at(pool, 0) + pool->stack_size - lost;
    return (size_t)(place_block(pool, top) - stack_at(pool, 0));
}

/// Returns tl_pool.args_limit for `room` bytes of stack: any argument of fewer bytes than that fits.
static size_t args_limit(size_t room)
{
    size_t frames = TL_STACK_UNWIND + TL__PLAIN_ALIGN;
    return room < frames ? 0 : room - frames + 1;
}

/// Installs the guard of stack number pool->touched, and counts the stack as touched.
static tl_result touch_next(tl_pool *pool)
{
    if (tl__pool_is_dense(pool) && pool->dense.low != NULL) { // the shared stack has its guard already
        ++pool->touched;
        return TL_OK;
    }
    char *stack = stack_at(pool, pool->touched);
    if (!tl__memory_commit(stack, pool->stack_size))
        return TL_ERROR_OUT_OF_MEMORY;
    tl_result guarded = tl__guard_install(stack - pool->guard_size, pool->guard_size, pool->guard_asked, &pool->guard);
    if (guarded == TL_OK)
        ++pool->touched;
    return guarded;
}

void tl__pool_set_traced(tl_pool *pool, bool traced)
{
    pool->fresh_state = (pool->fresh_state & ~(uint32_t)TL__TRACED) | (traced ? TL__TRACED : 0);
    bool is_plain = pool->fresh_state == TL_FIBER_READY && !pool->closing;
    pool->args_limit = is_plain ? args_limit(tl__pool_least_room(pool)) : 0;
}

tl_result tl_pool_create(const tl_pool_desc *desc, tl_pool **pool)
{
    if (pool != NULL)
        *pool = NULL;
    if (desc == NULL || pool == NULL)
        return tl__misuse(TL_ERROR_NULL, __func__);
    tl_pool_desc resolved;
    tl_result result = resolve_pool_desc(desc, &resolved);
    if (result != TL_OK)
        return tl__misuse(result, __func__);

    size_t head = whole_pages(sizeof(tl_pool) + resolved.stack_count * sizeof(tl__stack_slot), tl__page_size());
    size_t stride = resolved.guard_size + resolved.stack_size;
    bool dense = resolved.stacks == TL_STACKS_DENSE;
    size_t size = head + (dense ? stride + tl__dense_size(resolved.guard_size, resolved.stack_count)
                                : resolved.stack_count * stride);
    void *mapping = tl__memory_map(size);
    if (mapping == NULL)
        return TL_ERROR_OUT_OF_MEMORY;
    if (!tl__memory_commit(mapping, head)) {
        tl__memory_unmap(mapping, size);
        return TL_ERROR_OUT_OF_MEMORY;
    }
    tl__running_find_with(TL_RUNNING_FIBER, tl__fiber_find_running);
    tl_pool *made = mapping;
    *made = (tl_pool){
        .stacks = (char *)mapping + head,
        .mapping_size = size,
        .stack_size = resolved.stack_size,
        .guard_size = resolved.guard_size,
        .stride = dense ? 0 : stride,
        .stack_count = resolved.stack_count,
        .first_without_block = TL__NO_STACK,
        .guard_asked = resolved.guard,
        .guard = resolved.guard,
        .fresh_state =
            TL_FIBER_READY | (resolved.keep_float_control ? TL__KEEPS_FLOAT_CONTROL : 0) | (dense ? TL__DENSE : 0),
    };
    tl__pool_set_traced(made, tl__traces_runs_of(TL_TRACE_FIBERS));
    tl_result guarded = touch_next(made); // makes the first guard now, to find out what the kernel can do
    if (guarded == TL_OK && dense)
        guarded = tl__dense_open(made, made->stacks + stride);
    if (guarded != TL_OK) {
        tl__memory_unmap(mapping, size);
        return guarded;
    }
    made->touched = 0;
    tl__root_add(TL__ROOT_POOL, &made->root);
    tl__debug_publish(TL__DEBUG_FIBERS, &tl__debug_table);
    *pool = made;
    return TL_OK;
}

static bool has_no_block(const tl_pool *pool, uint32_t index)
{
    return pool->slots[index].without_block & 1;
}

tl_fiber *tl__pool_inhabitant(const tl_pool *pool, uint32_t index)
{
    if (has_no_block(pool, index))
        return NULL;
    tl_fiber *fiber = pool->slots[index].fiber;
    return tl__state(fiber) & TL__DESTROYED ? NULL : fiber;
}

/// Removes the sanitizers' marks from all stacks, since a later mapping may get the same addresses. The rest of the
/// pool's mapping has no marks.
static void open_all(const tl_pool *pool)
{
    if (tl__pool_is_dense(pool))
        tl__sanitizer_open(pool->stacks, pool->stack_size + 2 * pool->guard_size + TL__COPY_TRAMPOLINE_STACK);
    for (uint32_t i = 0; i < pool->touched && !tl__pool_is_dense(pool); ++i)
        tl__sanitizer_open(stack_at(pool, i), pool->stack_size);
}

static void end_all_blocks(const tl_pool *pool)
{
    for (uint32_t i = 0; i < pool->touched; ++i)
        if (!has_no_block(pool, i))
            tl__sanitizer_end(&pool->slots[i].fiber->sanitizer);
}

/// Unregisters each stack from LeakSanitizer, in an order that keeps its searches short: it searches its list from the
/// start, and fills the gap with the last entry. So if the first stack is removed first, and then the others from the
/// last one on, each is at the front of the list.
static void unroot_all(const tl_pool *pool)
{
    for (uint32_t i = 0; i < pool->touched; ++i)
        tl__sanitizer_unroot(stack_at(pool, i > 0 ? pool->touched - i : 0), pool->stack_size);
}

void tl__pool_drop(tl_pool *pool)
{
    tl__root_remove(&pool->root);
    if (!tl__pool_is_dense(pool))
        unroot_all(pool);
    open_all(pool);
    tl__memory_unmap(pool, pool->mapping_size);
}

void tl__pool_free(tl_pool *pool)
{
    if (tl__pool_is_dense(pool))
        tl__dense_close(pool);
    end_all_blocks(pool);
    tl__pool_drop(pool);
}

static void remove_block(tl_pool *pool, uint32_t index)
{
    pool->slots[index].without_block = (uintptr_t)pool->first_without_block << 1 | 1;
    pool->first_without_block = index;
}

/// tl_pool_trim for dense stacks: releases the pages that hold only free places, and the memory that the shared stack
/// does not need now.
static tl_result trim_places(tl_pool *pool)
{
    pool->free = NULL; // all free places lose their blocks, even those whose page cannot be released
    for (uint32_t i = pool->touched; i > 0; --i)
        if (!has_no_block(pool, i - 1) && tl__pool_inhabitant(pool, i - 1) == NULL) {
            tl__sanitizer_end(&pool->slots[i - 1].fiber->sanitizer);
            remove_block(pool, i - 1);
        }
    tl_result result = tl__dense_trim_stack(pool);
    for (uint32_t first = 0, end; first < pool->touched; first = end + 1) {
        for (end = first; end < pool->touched && has_no_block(pool, end);)
            ++end;
        tl_result released = tl__memory_release(tl__dense_place(pool, first), tl__dense_place(pool, end));
        result = result == TL_OK ? released : result;
    }
    return result;
}

tl_result tl_pool_trim(tl_pool *pool)
{
    if (pool == NULL)
        return tl__misuse(TL_ERROR_NULL, __func__);
    if (tl__pool_is_dense(pool))
        return trim_places(pool);
    while (pool->free != NULL) {
        tl_fiber *block = pool->free, *next = block->next_free;
        uint32_t index = block->stack_index;
        tl__sanitizer_end(&block->sanitizer);
        tl_result released = tl__memory_release(block->stack_low, block->stack_low + pool->stack_size);
        if (released != TL_OK)
            return released;
        pool->free = next;
        remove_block(pool, index);
    }
    return TL_OK;
}

tl_pool_info tl_pool_get_info(const tl_pool *pool)
{
    if (pool == NULL) {
        tl__misuse(TL_ERROR_NULL, __func__);
        return (tl_pool_info){0};
    }
    return (tl_pool_info){
        .stack_size = pool->stack_size,
        .guard_size = pool->guard_size,
        .stack_count = pool->stack_count,
        .in_use = pool->in_use,
        .touched = pool->touched,
        .guard = pool->guard,
        .stacks = tl__pool_is_dense(pool) ? TL_STACKS_DENSE : TL_STACKS_OWN,
    };
}

/// Finds a stack that has its guard but no block: first those that were trimmed, then the next untouched one.
static tl_result find_without_block(tl_pool *pool, uint32_t *index)
{
    *index = pool->first_without_block;
    if (*index != TL__NO_STACK) {
        pool->first_without_block = (uint32_t)(pool->slots[*index].without_block >> 1);
        return TL_OK;
    }
    *index = pool->touched;
    tl_result touched = *index == pool->stack_count ? TL_ERROR_POOL_EXHAUSTED : touch_next(pool);
    if (touched == TL_OK && !tl__pool_is_dense(pool))
        tl__sanitizer_root(stack_at(pool, *index), pool->stack_size); // not the guard, which a sanitizer must not read
    return touched;
}

/// Makes a control block for a stack without one.
static tl_fiber *make_block(tl_pool *pool, uint32_t index)
{
    char *low = stack_at(pool, index);
    if (!tl__pool_is_dense(pool))
        tl__sanitizer_open(low, pool->stack_size);
    tl_fiber *made = block_at(pool, index);
    char *top = tl__pool_is_dense(pool) ? low + pool->stack_size : (char *)made;
    tl__fiber_init_block(made, &(tl__stack_of_block){pool, index, low, top, pool->stack_size});
    pool->slots[index].fiber = made;
    ++pool->in_use;
    return made;
}

tl_result tl__pool_acquire(tl_pool *pool, tl_fiber **block)
{
    if (pool->closing)
        return TL_ERROR_POOL_CLOSING;
    if (pool->free != NULL) {
        *block = tl__pool_acquire_free(pool);
        return TL_OK;
    }
    uint32_t index;
    tl_result found = find_without_block(pool, &index);
    if (found == TL_OK)
        *block = make_block(pool, index);
    return found;
}

void tl__pool_give_back_any(tl_pool *pool, tl_fiber *fiber)
{
    tl_fiber *block = tl__pool_is_dense(pool) ? fiber : (tl_fiber *)fiber->stack_top;
    if (block != fiber)
        tl__sanitizer_end(&fiber->sanitizer);
    if (tl__pool_is_dense(pool))
        tl__dense_forget(fiber);
    else
        tl__sanitizer_close(block->stack_low, (size_t)(block->stack_top - block->stack_low));
    tl__fiber_set_state(fiber, TL_FIBER_DONE | TL__DESTROYED);
    tl__fiber_set_state(block, TL_FIBER_DONE | TL__DESTROYED);
    pool->slots[fiber->stack_index].fiber = block;
    block->next_free = pool->free;
    pool->free = block;
    --pool->in_use;
}

/// Acquires a stack that has no control block yet, makes its topmost `bytes` resident, and makes its block.
static tl_result acquire_populated(tl_pool *pool, size_t bytes, tl_fiber **block)
{
    uint32_t index;
    tl_result result = find_without_block(pool, &index);
    if (result != TL_OK)
        return result;
    if (!tl__pool_is_dense(pool)) {
        char *from = stack_at(pool, index) + pool->stack_size - bytes;
        tl__sanitizer_open(from, bytes);
        result = tl__memory_populate(from, bytes);
    }
    if (result == TL_OK)
        *block = make_block(pool, index);
    else
        remove_block(pool, index);
    return result;
}

tl_result tl_pool_populate(tl_pool *pool, uint32_t count, size_t bytes)
{
    if (pool == NULL)
        return tl__misuse(TL_ERROR_NULL, __func__);
    if (bytes > pool->stack_size)
        return tl__misuse(TL_ERROR_ARGUMENT, __func__);
    if (pool->closing)
        return tl__misuse(TL_ERROR_POOL_CLOSING, __func__);
    tl_result result = TL_OK;
    tl_fiber *populated = NULL;
    bytes = whole_pages(bytes > 0 ? bytes : 1, tl__page_size());
    for (uint32_t i = 0; i < count && result == TL_OK; ++i) {
        tl_fiber *block;
        result = acquire_populated(pool, bytes, &block);
        if (result == TL_OK) {
            block->next_free = populated;
            populated = block;
        }
    }
    while (populated != NULL) { // give back in reverse order, so that the first block made is the first one used
        tl_fiber *block = populated;
        populated = block->next_free;
        tl__pool_give_back(pool, block);
    }
    return result;
}
