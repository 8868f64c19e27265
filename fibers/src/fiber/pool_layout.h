// SPDX-License-Identifier: MIT
/// What a pool holds.
#ifndef TELAR_FIBER_POOL_LAYOUT_H
#define TELAR_FIBER_POOL_LAYOUT_H

#include "fiber/control_block.h"
#include "fiber/waiter.h"
#include "telar/pool.h"

/// What the copy trampoline is to do: copy one off, then let another go on, or begin.
typedef struct tl__pending_switch {
    tl_fiber *off; ///< may be null
    tl_fiber *to;
    tl__context *load; ///< null: `to` begins
    tl_result answer;
} tl__pending_switch;

/// The part of a pool that has to do with it.
typedef struct tl__dense {
    _Atomic(tl_fiber *) stack_owner; ///< may be null. Atomic so that misuse from another thread is seen, not undefined
    char *low, *top;                 ///< of the shared stack; null with stacks of their own
    _Atomic uint32_t waiting;        ///< fibers of the pool that wait for one they resumed
    bool closed;                     ///< to all access
    bool stays;                      ///< there was no memory to copy the stack's owner off only to close the stack
    char *places;
    char *spare; ///< memory for the next fiber that grew out of its own; may be null
    size_t spare_room;
    const tl_fiber *latest; ///< the last owner of the stack, for a report; may be null
    tl_pool *next;          ///< for the same, the next pool that has such a stack

    tl__context copy_trampoline;
    tl__sanitizer copy_trampoline_sanitizer;
    char *copy_trampoline_low, *copy_trampoline_top;
    tl__pending_switch pending_switch;
} tl__dense;

/// One for each stack: who lives there, or the block of a destroyed fiber. Or, for a stack without a block, whose
/// lowest bit is then set, twice the number of the next such stack and one.
typedef union tl__stack_slot {
    tl_fiber *fiber;
    uintptr_t bare;
} tl__stack_slot;

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
    tl_result (*on_exit)(void);                ///< what tl_exit does instead in its fibers; null: itself
    tl_result (*on_wait)(tl__wait_desc *wait); ///< tl__pool_on_wait; null: nothing
    tl__dense dense;                           ///< zeros with stacks of their own
    tl__stack_slot slots[];
};
#define TL__NO_STACK UINT32_MAX

static inline bool tl__pool_is_dense(const tl_pool *pool)
{
    return pool->stride == 0;
}

#endif
