// SPDX-License-Identifier: MIT
// Creation of fibers: the control block, the copy of the argument, and the stack.
#include <string.h>

#include "base/compiler.h"
#include "base/misuse.h"
#include "fiber/dense.h"
#include "fiber/end.h"
#include "fiber/pool.h"
#include "fiber/traced.h"

enum {
    MAX_ARGS_ALIGN = 4096,
    MAX_STACK_SIZE = 1 << 30,
};

static_assert(sizeof(tl__own_fiber) + _Alignof(tl_fiber) + TL_STACK_UNWIND + _Alignof(max_align_t) <= TL_STACK_MIN,
              "a small argument fits on the smallest stack");

/// Rounds an address down; `alignment` is a power of two. (Without a division, which would take a noticeable part of
/// the time of a short-lived fiber.)
static char *align_down(char *address, size_t alignment)
{
    return address - ((uintptr_t)address & (alignment - 1));
}

/// Returns TL_OK if an argument fits into `room` bytes of stack and leaves enough of them for frames.
static tl_result check_args_fit(size_t room, const tl_fiber_entry *entry)
{
    size_t alignment = entry->args_align;
    bool fits = entry->args_size <= room && room - entry->args_size >= TL_STACK_UNWIND + alignment;
    bool aligns = alignment != 0 && alignment <= MAX_ARGS_ALIGN && (alignment & (alignment - 1)) == 0;
    return fits && aligns ? TL_OK : TL_ERROR_ARGS_SIZE;
}

static NEVER_INLINE tl_result copy_much(void *to, const void *from, size_t size)
{
    memmove(to, from, size);
    return TL_OK;
}

/// As memmove, but without a call for small arguments, as most are. Always returns TL_OK, so that its callers can end
/// with a jump to it (`return copy(...)`).
static inline tl_result copy(char *to, const char *from, size_t size)
{
    if (size > 16)
        return copy_much(to, from, size);
    if (size >= 8) {
        uint64_t first, last; // the first and last 8 bytes, which may overlap
        memcpy(&first, from, 8);
        memcpy(&last, from + size - 8, 8);
        memcpy(to, &first, 8);
        memcpy(to + size - 8, &last, 8);
    } else if (size >= 4) {
        uint32_t first, last;
        memcpy(&first, from, 4);
        memcpy(&last, from + size - 4, 4);
        memcpy(to, &first, 4);
        memcpy(to + size - 4, &last, 4);
    } else if (size > 0) {
        char first = from[0], middle = from[size / 2], last = from[size - 1];
        to[0] = first;
        to[size / 2] = middle;
        to[size - 1] = last;
    }
    return TL_OK;
}

/// Sets all fields that a new or reset fiber begins with, except `inbox`, which is null already.
static inline tl_result lay_out(tl_fiber *fiber, uint32_t state, const char *name, void *user_data,
                                const tl_fiber_entry *entry, const void *args)
{
    // Field by field: a single struct assignment would also clear fields that need no clearing, and take several times
    // as long.
    fiber->deferred = NULL;
    fiber->result = NULL;
    fiber->name = name;
    fiber->user_data = user_data;
    fiber->entry = entry;
    fiber->args = align_down(fiber->stack_top - entry->args_size, entry->args_align);
    tl__fiber_set_state(fiber, state);
    tl__context_create(&fiber->context);
    tl__sanitizer_create(&fiber->sanitizer, fiber->stack_low, fiber->stack_size);
    char *place = state & TL__DENSE ? tl__dense_place_args(fiber) : fiber->args;
    return copy(place, args, entry->args_size); // `args` may be the old argument, at the same place
}

/// Initialises a fiber's own control words from those of the calling thread.
static void adopt_float_control(tl_fiber *fiber)
{
    if (tl__state(fiber) & TL__KEEPS_FLOAT_CONTROL)
        tl__float_control_read(&fiber->float_control);
}

/// Returns TL_OK if a fiber fits on every stack of the pool, or on the caller's stack. Called before any of that memory
/// is touched.
static tl_result check_room(const tl_pool *pool, const tl_fiber_desc *desc, const tl_fiber_entry *entry)
{
    size_t room = pool != NULL ? tl__pool_least_room(pool) : desc->stack_size;
    size_t control = pool == NULL && desc->control == NULL ? sizeof(tl__own_fiber) + _Alignof(tl_fiber) : 0;
    if (pool == NULL && (room < TL_STACK_MIN || room > MAX_STACK_SIZE))
        return TL_ERROR_STACK_SIZE;
    return check_args_fit(room - control, entry);
}

static tl_fiber *align_control(char *highest)
{
    return (tl_fiber *)align_down(highest, _Alignof(tl_fiber));
}

/// Makes the control block of a fiber whose stack the caller gave. The block is on that stack, or in other memory that
/// the caller gave.
static tl_fiber *place_on_own_stack(const tl_fiber_desc *desc)
{
    if (desc->clear_stack)
        memset(desc->stack, 0, desc->stack_size);
    char *top = (char *)desc->stack + desc->stack_size;
    char *control =
        desc->control != NULL ? (char *)desc->control + (_Alignof(tl_fiber) - 1) : top - sizeof(tl__own_fiber);
    tl_fiber *fiber = align_control(control);
    tl__fiber_init_block(fiber, &(tl__stack_of_block){.index = desc->clear_stack ? TL__OWN_CLEARED : TL__OWN_AS_IT_WAS,
                                                      .low = desc->stack,
                                                      .top = desc->control != NULL ? top : (char *)fiber,
                                                      .size = desc->stack_size});
    tl__root_add(TL__ROOT_OWN_FIBER, &((tl__own_fiber *)fiber)->root);
    return fiber;
}

/// Makes a control block in the caller's memory for one of the pool's stacks, which replaces the block on that stack.
static tl_fiber *place_apart(const tl_fiber_desc *desc, const tl_fiber *block)
{
    tl_fiber *fiber = align_control((char *)desc->control + (_Alignof(tl_fiber) - 1));
    tl__fiber_init_block(fiber, &(tl__stack_of_block){block->pool, block->stack_index, block->stack_low,
                                                      block->stack_top, block->stack_size});
    fiber->pool->slots[fiber->stack_index].fiber = fiber;
    return fiber;
}

/// Whether an entry and its argument are complete.
static inline bool is_whole(const tl_fiber_entry *entry, const void *args)
{
    return entry != NULL && entry->run != NULL && (args != NULL || entry->args_size == 0);
}

static tl_result find_place(tl_pool *pool, const tl_fiber_desc *desc, tl_fiber **place)
{
    if (pool == NULL) {
        *place = place_on_own_stack(desc);
        tl__sanitizer_root(desc->stack, desc->stack_size);
        return TL_OK;
    }
    tl_result acquired = tl__pool_acquire(pool, place);
    if (acquired == TL_OK && desc->control != NULL)
        *place = place_apart(desc, *place);
    return acquired;
}

// There are two functions that create a fiber, as with resuming: the fast path reuses the stack of a destroyed fiber,
// and the slow path (create_any) handles everything else.

/// Returns the state of a new fiber that is in no pool.
static uint32_t fresh_own_state(void)
{
    return TL_FIBER_READY | (tl__traces_runs_of(TL_TRACE_FIBERS) ? TL__TRACED : 0);
}

static NEVER_INLINE tl_result create_any(tl_pool *pool, const tl_fiber_desc *desc, const tl_fiber_entry *entry,
                                         const void *args, tl_fiber **fiber)
{
    static const tl_fiber_desc defaults = {0};
    if (desc == NULL)
        desc = &defaults;
    if (fiber != NULL)
        *fiber = NULL;
    if (fiber == NULL || !is_whole(entry, args) || (pool == NULL && desc->stack == NULL))
        return tl__misuse(TL_ERROR_NULL, "tl_fiber_create");
    if (desc->stack != NULL)
        pool = NULL;
    bool dense = pool != NULL && tl__pool_is_dense(pool);
    if (dense && desc->control != NULL) // a dense fiber's copied frames are found by its block's address
        return tl__misuse(TL_ERROR_ARGUMENT, "tl_fiber_create");
    tl_result result = check_room(pool, desc, entry);
    if (result != TL_OK)
        return tl__misuse(result, "tl_fiber_create");
    tl_fiber *made;
    tl_result placed = find_place(pool, desc, &made);
    char *room = NULL;
    if (placed == TL_OK && dense && (placed = tl__dense_reserve_args(entry, &room)) != TL_OK)
        tl__pool_give_back(pool, made);
    if (placed != TL_OK)
        return placed;
    if (dense)
        tl__dense_adopt_room(made, entry, room);
    lay_out(made, pool != NULL ? pool->fresh_state : fresh_own_state(), desc->name, desc->user_data, entry, args);
    adopt_float_control(made);
    *fiber = made;
    return TL_OK;
}

tl_result tl_fiber_create_raw(tl_pool *pool, const tl_fiber_desc *desc, const tl_fiber_entry *entry, const void *args,
                              tl_fiber **fiber)
{
    if (UNLIKELY(desc != NULL || pool == NULL || fiber == NULL || !is_whole(entry, args) ||
                 entry->args_size >= pool->args_limit || entry->args_align - 1 >= TL__PLAIN_ALIGN ||
                 (entry->args_align & (entry->args_align - 1)) != 0 || pool->free == NULL))
        return create_any(pool, desc, entry, args, fiber);
    tl_fiber *made = tl__pool_acquire_free(pool);
    *fiber = made;
    return lay_out(made, TL_FIBER_READY, NULL, NULL, entry, args);
}

tl_result tl_fiber_reset_raw(tl_fiber *fiber, const tl_fiber_entry *entry, const void *args)
{
    tl_result result = tl__fiber_check_reusable(fiber);
    if (!is_whole(entry, args))
        result = TL_ERROR_NULL;
    if (result == TL_OK)
        result = check_args_fit(tl__fiber_room(fiber), entry);
    if (result != TL_OK)
        return tl__misuse(result, "tl_fiber_reset");
    uint32_t kept = tl__state(fiber) & (TL__KEEPS_FLOAT_CONTROL | TL__DENSE | TL__TRACED);
    char *room = NULL;
    if (kept & TL__DENSE)
        result = tl__dense_reserve_args(entry, &room);
    if (result == TL_OK && (result = tl__fiber_end(fiber, "tl_fiber_reset")) != TL_OK)
        tl__dense_free_args(entry, room);
    if (result != TL_OK)
        return result;
    if (kept & TL__DENSE)
        tl__dense_adopt_room(fiber, entry, room);
    tl__sanitizer_destroy(&fiber->sanitizer);
    if (!(kept & TL__DENSE))
        tl__sanitizer_open(fiber->stack_low, tl__fiber_room(fiber));
    lay_out(fiber, TL_FIBER_READY | kept, fiber->name, fiber->user_data, entry, args);
    adopt_float_control(fiber);
    return TL_OK;
}
