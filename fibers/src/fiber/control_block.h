// SPDX-License-Identifier: MIT
/// The control block of a fiber.
#ifndef TELAR_FIBER_CONTROL_BLOCK_H
#define TELAR_FIBER_CONTROL_BLOCK_H

#include <assert.h>
#include <stdatomic.h>
#include <stddef.h>

#include "arch/context.h"
#include "fiber/sanitizer.h"
#include "fiber/unwinder.h"
#include "telar/fiber.h"

/// The state of a fiber is its status and these, in one word, so that the short way of a switch takes one comparison
/// for each side at most. A fiber that runs or waits has the status TL_FIBER_SUSPENDED here, and a resumer.
enum {
    TL__STATUS = 0xff, ///< tl_fiber_status
    TL__KEEPS_FLOAT_CONTROL = 0x10000,
    TL__NOT_FAST = 0x20000,      ///< its resumer keeps its control words or is dense, so going back takes the long way
    TL__UNWINDING = 0x40000,     ///< clean-ups are running
    TL__THREAD = 0x80000,        ///< a thread's own context
    TL__UNATTACHED = 0x100000,   ///< stands for that of any thread that has not resumed a fiber yet
    TL__ENDING = 0x200000,       ///< the clean-ups that are running are the last ones
    TL__DESTROYED = 0x400000,    ///< the stack belongs to the pool
    TL__DENSE = 0x800000,        ///< shares its stack: dense.h. No switch of it takes the shortest way
    TL__CANCELLED = 0x1000000,   ///< is to be interrupted as soon as its frames are back on that stack
    TL__OWNED = 0x2000000,       ///< belongs to a job system or a world, which alone may resume and end it
    TL__LENT = 0x4000000,        ///< it has an owner, but transferred control away: what it went to may give it back
    TL__IN_CALLBACK = 0x8000000, ///< the library calls a function of the program's
    TL__FORKED = 0x10000000,     ///< runs jobs of the parent process: it cannot give control back (fork.c)
    /// A resumer with one of these is left, and come back to, in the long way.
    TL__NOT_PLAIN = TL__KEEPS_FLOAT_CONTROL | TL__UNATTACHED | TL__DENSE,
};

/// What a switch reads and writes comes first: TL__HOT bytes, and TL__HOT_STRICT of a fiber that keeps its
/// floating-point control words. A pool places its blocks so that these and the first frames below share a pair of
/// cache lines (block_at in pool.c).
struct tl_fiber {
    tl__context context; ///< while it is suspended
#if TL__CONTEXT_IS_A_POINTER
    tl__context resumer_context; ///< while it has a resumer that is not dense: of that, which waits
#endif
    /// Who gets control when this one yields or ends, while it is running or waiting; null otherwise, and for a
    /// thread's own context. Atomic so that misuse from another thread is seen, not undefined.
    _Atomic(tl_fiber *) resumer;
    void **inbox; ///< where the call that it is suspended in wants the value that comes back; may be null
    _Atomic uint32_t state;
    union {
        uint32_t
            copied;     ///< dense stacks: bytes of its frames that are kept elsewhere; 0: it owns the stack, or is done
        uint32_t marks; ///< its owner's (owner.h), who has no dense ones
    };
    tl__float_control float_control; ///< while another context runs, and only with keep_float_control
    tl_pool *pool;                   ///< null for a stack of the caller's
    char *copy; ///< dense stacks: for more of its frames than its place in the pool holds; may be null

    tl__defer_frame *deferred; ///< clean-ups, the latest first; each lies in the frame that left it
    void *result;
    const char *name; ///< that the description gave; null for the entry's
    void *user_data;
    void *first_value; ///< what the switch that started it brought
    const tl_fiber_entry *entry;
    void *args; ///< the copy, on the stack
    tl__sanitizer sanitizer;

    // What stays as it is from one fiber of a stack to the next, as the pool.
    uint32_t stack_size;
    uint32_t stack_index; ///< of the pool's stacks
    uint32_t copy_room;   ///< bytes there are at `copy`
    uint32_t spinlocks;   ///< in a debug build: how many it holds
    char *stack_low;
    char *stack_top; ///< where args and frames begin

    union {
        tl_fiber *next_free;   ///< of the pool's, while this is destroyed
        tl__unwinder unwinder; ///< must come last: dense fibers have theirs elsewhere (dense.h)
    };
};

#if TL__CONTEXT_IS_A_POINTER
enum { TL__HOT = 40, TL__HOT_STRICT = 48 };
static_assert(offsetof(tl_fiber, float_control) == TL__HOT, "what a switch touches");
static_assert(offsetof(tl_fiber, pool) == TL__HOT_STRICT, "what a switch touches of a strict fiber");
static_assert(offsetof(tl_fiber, context) == 0, "tl_fiber_prefetch_stack finds the stack pointer there");
#else
enum { TL__HOT = 0, TL__HOT_STRICT = 0 };
#endif

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

/// Bytes that its argument and its frames have.
static inline size_t tl__fiber_room(const tl_fiber *fiber)
{
    return (size_t)(fiber->stack_top - fiber->stack_low);
}

/// In place of the index, of a stack of the caller's: whether what is not zero there was used.
enum { TL__OWN_AS_IT_WAS, TL__OWN_CLEARED };

/// Where a block's stack is.
typedef struct tl__stack_of_block {
    tl_pool *pool; ///< null for a stack of the caller's
    uint32_t index;
    char *low, *top;
    size_t size;
} tl__stack_of_block;

/// Gives a block, in memory that may hold anything, all that stays from one fiber of the stack to the next, and what a
/// switch and tl_fiber_create expect to be empty.
static inline void tl__fiber_init_block(tl_fiber *block, const tl__stack_of_block *stack)
{
    block->context.stack_pointer = NULL; // tl_fiber_prefetch_stack looks at it before the fiber begins, too
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
