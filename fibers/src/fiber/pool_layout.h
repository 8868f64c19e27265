// SPDX-License-Identifier: MIT
/// The data structure of a pool.
#ifndef TELAR_FIBER_POOL_LAYOUT_H
#define TELAR_FIBER_POOL_LAYOUT_H

#include "fiber/control_block.h"
#include "fiber/waiter.h"
#include "telar/pool.h"

/// Work for the copy trampoline: copy one fiber off the shared stack, then resume or start another.
typedef struct tl__pending_switch {
    tl_fiber *off; ///< fiber to copy off; may be null
    tl_fiber *to;
    tl__context *load; ///< context of `to`; null if `to` has not begun
    tl_result answer;
} tl__pending_switch;

/// The dense part of a pool (dense.h).
typedef struct tl__dense {
    // `stack_owner` and `waiting` are relaxed: the program synchronises all calls that use one pool. They are atomic so
    // that misuse from another thread is seen, not undefined.
    _Atomic(tl_fiber *) stack_owner; ///< may be null
    char *low, *top;                 ///< bounds of the shared stack; null if fibers have stacks of their own
    _Atomic uint32_t waiting;        ///< number of fibers of the pool that wait for one they resumed
    bool closed;                     ///< whether the shared stack is inaccessible
    bool stays;                      ///< the owner stays on the stack: no memory to copy it off only to close the stack
    char *places;
    char *spare; ///< memory for the next fiber that outgrows its copy; may be null
    size_t spare_room;
    const tl_fiber *latest; ///< the last owner of the stack, for the overflow report; may be null

    tl__context copy_trampoline;
    void *no_resumer[2]; ///< zeros: a debugger looks here for the trampoline's resumer, as in a tl_fiber
    tl__sanitizer copy_trampoline_sanitizer;
    char *copy_trampoline_low, *copy_trampoline_top;
    tl__pending_switch pending_switch;
} tl__dense;

/// A pool has a slot for each stack, which points to the fiber on that stack, or to the control block that a destroyed
/// fiber left there. For a stack without a control block the slot is a link in the list of such stacks: twice the index
/// of the next such stack, plus one. The lowest bit distinguishes a link from a pointer.
typedef union tl__stack_slot {
    tl_fiber *fiber;
    uintptr_t without_block;
} tl__stack_slot;

struct tl_pool {
    tl_fiber *free; ///< blocks of destroyed fibers, the latest first
    /// An argument of fewer bytes than this fits on any stack, so its fiber may be created on the fast path. 0: no
    /// fiber may, since the pool's fibers keep their control words or are dense, or the pool is being destroyed.
    size_t args_limit;
    uint32_t fresh_state; ///< state of a fiber that was just created
    uint32_t in_use;
    char *stacks; ///< start of the first stack's guard
    size_t mapping_size;
    size_t stack_size;
    size_t guard_size;
    size_t stride; ///< distance from one stack to the next; 0 if all fibers share one
    uint32_t stack_count;
    uint32_t touched;             ///< stacks below this index have their guard
    uint32_t first_without_block; ///< a touched stack without a block; TL__NO_STACK if there is none
    tl_guard guard_asked, guard;  ///< `guard`: method of the latest guard
    bool closing;
    tl_result (*on_exit)(void);                ///< called by tl_exit in the pool's fibers; null: they have no owner
    tl_result (*on_wait)(tl__wait_desc *wait); ///< called for waits of the pool's fibers; may be null
    tl__dense dense;                           ///< zeros if fibers have stacks of their own
    tl__root root;
    tl__stack_slot slots[];
};
#define TL__NO_STACK UINT32_MAX

/// Whether the pool's fibers belong to a job system or a world.
static inline bool tl__pool_has_owner(const tl_pool *pool)
{
    return pool->on_exit != NULL;
}

static inline bool tl__pool_is_dense(const tl_pool *pool)
{
    return pool->stride == 0;
}

#endif
