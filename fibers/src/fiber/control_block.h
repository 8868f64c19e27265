// SPDX-License-Identifier: MIT
/// The control block of a fiber.
#ifndef TELAR_FIBER_CONTROL_BLOCK_H
#define TELAR_FIBER_CONTROL_BLOCK_H

#include <assert.h>
#include <stdatomic.h>
#include <stddef.h>

#include "arch/context.h"
#include "fiber/roots.h"
#include "fiber/sanitizer.h"
#include "fiber/unwinder.h"
#include "telar/fiber.h"

/// The state word of a fiber: its status and these flags, in one word, so that the fast path of a switch needs at most
/// one comparison for each of the two fibers. A running or waiting fiber has the status TL_FIBER_SUSPENDED in this
/// word; what distinguishes it from a suspended one is that it has a resumer.
enum {
    TL__STATUS = 0xff, ///< tl_fiber_status
    TL__KEEPS_FLOAT_CONTROL = 0x10000,
    TL__NOT_FAST = 0x20000,      ///< its resumer is dense or keeps control words: switching back takes the slow path
    TL__UNWINDING = 0x40000,     ///< clean-ups are running
    TL__THREAD = 0x80000,        ///< a thread's own context
    TL__UNATTACHED = 0x100000,   ///< stands for the context of any thread that has not resumed a fiber yet
    TL__ENDING = 0x200000,       ///< the running clean-ups are its last ones
    TL__DESTROYED = 0x400000,    ///< its stack belongs to the pool, or to the caller that gave it, again
    TL__DENSE = 0x800000,        ///< shares its stack (dense.h). Its switches never take the fastest path
    TL__CANCELLED = 0x1000000,   ///< dense, cancelled: interrupted as soon as its frames are back on the shared stack
    TL__OWNED = 0x2000000,       ///< belongs to a job system or a world, which alone may resume and end it
    TL__LENT = 0x4000000,        ///< owned, but transferred control away: others may resume it or transfer back to it
    TL__IN_CALLBACK = 0x8000000, ///< the library is calling a function of the program
    TL__FORKED = 0x10000000,     ///< in a child of fork, runs a job of the parent: it cannot switch away (fork.c)
    TL__TRACED = 0x20000000,     ///< has no owner, and records when it runs: its switches never take the fast path
    /// Switches from, and back to, a resumer with one of these flags take the slow path.
    TL__NOT_PLAIN = TL__KEEPS_FLOAT_CONTROL | TL__UNATTACHED | TL__DENSE,
};

/// A fiber's control block. The fields that a switch reads and writes come first: TL__HOT bytes, or TL__HOT_STRICT for
/// a fiber that keeps its own floating-point control words. A pool places its blocks so that these fields and the first
/// frames, right below them, share a pair of cache lines (place_block in pool.c).
struct tl_fiber {
    tl__context context; ///< saved while this fiber is suspended
#if TL__CONTEXT_IS_A_POINTER
    tl__context resumer_context; ///< its resumer's saved context, while it has a resumer that is not dense
#endif
    /// The fiber or thread that gets control when this fiber yields or ends, while this fiber runs or waits; null
    /// otherwise, and for a thread's own context. Atomic so that misuse from another thread is detected, not undefined.
    _Atomic(tl_fiber *) resumer;
    void **inbox; ///< where a switch to this fiber stores the value that it sends; null: the fiber wants none
    _Atomic uint32_t state;
    union {
        uint32_t copied; ///< dense stacks: bytes of its frames kept off the stack; 0 if it owns the stack or is done
        uint32_t marks;  ///< bits for the use of its owner (owner.h); owned fibers are never dense
    };
    tl__float_control float_control; ///< its control words while another context runs; only with keep_float_control
    tl_pool *pool;                   ///< null if the stack is the caller's
    char *copy; ///< dense stacks: memory for frames that do not fit in its place in the pool; may be null

    tl__defer_frame *deferred; ///< clean-ups, the latest first; each lies in the frame that registered it
    void *result;
    const char *name; ///< from its description; null: use the entry's name
    void *user_data;
    void *first_value; ///< the value sent by the switch that started it
    const tl_fiber_entry *entry;
    void *args; ///< the copy of its argument, on the stack
    tl__sanitizer sanitizer;

    // Creating a fiber on a used stack does not set these fields, nor `pool`: each fiber finds them as its predecessor
    // on that stack did.
    uint32_t stack_size;
    uint32_t stack_index; ///< among the pool's stacks
    uint32_t copy_room;   ///< bytes allocated at `copy`
    uint32_t spinlocks;   ///< in a debug build: number of spinlocks that it holds
    char *stack_low;
    char *stack_top; ///< the argument and frames begin here, and go downwards

    union {
        tl_fiber *next_free;   ///< the pool's next free block, while this fiber is destroyed
        tl__unwinder unwinder; ///< must come last, since dense fibers have theirs elsewhere (dense.h)
    };
};

/// The control block of a fiber that is in no pool, or whose block is in the caller's memory.
typedef struct tl__own_fiber {
    tl_fiber fiber;
    tl__root root; ///< only of a fiber that is in no pool, which could not be found otherwise
} tl__own_fiber;

#if TL__CONTEXT_IS_A_POINTER
enum { TL__HOT = 40, TL__HOT_STRICT = 48 };
static_assert(offsetof(tl_fiber, float_control) == TL__HOT, "what a switch touches");
static_assert(offsetof(tl_fiber, pool) == TL__HOT_STRICT, "what a switch touches of a strict fiber");
static_assert(offsetof(tl_fiber, context) == 0, "tl_fiber_prefetch_stack finds the stack pointer there");
static_assert(offsetof(tl_fiber, resumer_context) == 8 && offsetof(tl_fiber, resumer) == 16 &&
                  offsetof(tl_fiber, state) == 32 && offsetof(tl_fiber, copied) == 36 && TL__DENSE == 0x800000,
              "switch_x86_64_sysv.S");
#else
enum { TL__HOT = 0, TL__HOT_STRICT = 0 };
#endif

// `state` and `resumer` are relaxed: only the thread that a fiber belongs to relies on them, and whatever passes the
// fiber to another thread, such as a lock or a counter, orders them. Any other thread gets only the value itself, to
// return the status or to detect misuse.

static inline uint32_t tl__state(const tl_fiber *fiber)
{
    return atomic_load_explicit(&fiber->state, memory_order_relaxed);
}

static inline void tl__fiber_set_state(tl_fiber *fiber, uint32_t state)
{
    atomic_store_explicit(&fiber->state, state, memory_order_relaxed);
}

static inline tl_fiber *tl__resumer(const tl_fiber *fiber)
{
    return atomic_load_explicit(&fiber->resumer, memory_order_relaxed);
}

static inline tl_fiber_status tl__status(const tl_fiber *fiber)
{
    return (tl_fiber_status)(tl__state(fiber) & TL__STATUS);
}

static inline bool tl__is_dense(const tl_fiber *fiber)
{
    return tl__state(fiber) & TL__DENSE;
}

/// Returns where the context of a running fiber's resumer is saved, unless the fiber is TL__NOT_FAST. A context that is
/// a pointer is saved in the running fiber, one load nearer for the switch back.
static inline tl__context *tl__context_behind(tl_fiber *fiber)
{
#if TL__CONTEXT_IS_A_POINTER
    return &fiber->resumer_context;
#else
    return &tl__resumer(fiber)->context;
#endif
}

/// As tl__context_behind, for any fiber. The context of a dense resumer stays in the resumer, so that it is found when
/// the resumer's frames are to be copied off.
static inline tl__context *tl__any_context_behind(tl_fiber *fiber)
{
    tl_fiber *resumer = tl__resumer(fiber);
    return tl__is_dense(resumer) ? &resumer->context : tl__context_behind(fiber);
}

/// Returns the bytes available to a fiber's argument and frames.
static inline size_t tl__fiber_room(const tl_fiber *fiber)
{
    return (size_t)(fiber->stack_top - fiber->stack_low);
}

/// Values of `stack_index` for a stack that the caller gave. TL__OWN_CLEARED: it was filled with zeros first, so the
/// bytes that are not zero are those that were used.
enum { TL__OWN_AS_IT_WAS, TL__OWN_CLEARED };

/// Describes the stack of a control block.
typedef struct tl__stack_of_block {
    tl_pool *pool; ///< null if the stack is the caller's
    uint32_t index;
    char *low, *top;
    size_t size;
} tl__stack_of_block;

/// Initialises a control block in memory of any content: sets the fields that stay the same from one fiber of the stack
/// to the next, and clears those that a switch and tl_fiber_create expect to be empty.
static inline void tl__fiber_init_block(tl_fiber *block, const tl__stack_of_block *stack)
{
    block->context.stack_pointer = NULL; // tl_fiber_prefetch_stack reads it even before the fiber begins
    block->resumer = NULL;
    block->inbox = NULL;
    block->copied = 0;
    block->copy_room = 0;
    block->copy = NULL;
    block->spinlocks = 0;
    block->first_value = NULL;
    block->float_control = (tl__float_control){0};
    block->pool = stack->pool;
    block->stack_index = stack->index;
    block->stack_low = stack->low;
    block->stack_top = stack->top;
    block->stack_size = (uint32_t)stack->size;
    block->next_free = NULL;
    tl__sanitizer_begin(&block->sanitizer);
}

#endif
