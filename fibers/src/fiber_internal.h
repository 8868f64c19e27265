/// The control block of a fiber.
#ifndef TELAR_FIBER_INTERNAL_H
#define TELAR_FIBER_INTERNAL_H

#include <stdatomic.h>

#include "context.h"
#include "pool_internal.h"
#include "sanitizers.h"
#include "telar/fiber.h"
#include "unwind.h"

/// The state of a fiber is its status and these, in one word, so that the short way of a switch takes one comparison
/// for each side at most.
enum {
    TL__STATUS = 0xff, ///< tl_fiber_status, but TL_FIBER_RUNNING for one that waits, too
    TL__KEEPS_FLOAT_CONTROL = 0x10000,
    TL__MIXED = 0x20000,     ///< it or its resumer keeps its control words, so going back takes the long way
    TL__UNWINDING = 0x40000, ///< clean-ups are running
    TL__ENDING = 0x200000,   ///< these are the last ones
    TL__THREAD = 0x80000,    ///< a thread's own context
    TL__STRANGER = 0x100000, ///< stands for that of any thread that has not resumed a fiber yet
};

/// What a switch reads and writes comes first, so that it shares few cache lines with the saved frame below the block.
struct tl_fiber {
    tl__context context;
    /// Who gets control when this one yields or ends, while it is running or waiting; stale otherwise. Null for a
    /// thread's own context.
    tl_fiber *resumer;
    void **inbox;           ///< where the call that it is suspended in wants the value that comes back; may be null
    _Atomic uint32_t state; ///< atomic so that misuse from another thread is seen, not undefined
    bool named;             ///< the description gave the name
    tl__float_control float_control; ///< while another context runs, and only with keep_float_control
    tl__sanitizer sanitizer;

    tl__defer *deferred; ///< clean-ups, the latest first; each lies in the frame that left it
    tl__unwinder unwinder;
    tl_result (*on_exit)(void); ///< what tl_exit does instead; null for itself
    void *first_value;          ///< what the switch that started it brought
    void *result;
    const tl_fiber_entry *entry;
    void *args; ///< the copy, on the stack
    const char *name;
    void *user_data;
    char *stack_low;
    size_t stack_size;
    char *stack_top;      ///< where args and frames begin: below the control block and the colour
    tl_pool *pool;        ///< null for a stack of the caller's
    uint32_t stack_index; ///< of the pool's stacks
    size_t guard_size;    ///< below the stack; 0 for a stack of the caller's
};

static inline uint32_t tl__state(const tl_fiber *fiber)
{
    return atomic_load_explicit(&fiber->state, memory_order_relaxed);
}

static inline void tl__fiber_set_state(tl_fiber *fiber, uint32_t state)
{
    atomic_store_explicit(&fiber->state, state, memory_order_relaxed);
}

/// What runs on this thread: a fiber, or the thread's own context.
tl_fiber *tl__fiber_self(void);

/// Leaves a fiber for good, whose frames have all been left or are to be dropped. Its result is set.
_Noreturn void tl__fiber_finish(tl_fiber *self);

/// The fiber that left last on this thread, or that is being interrupted; maybe a thread's own context, or null.
/// Another thread may have destroyed it since.
const tl_fiber *tl__fiber_leaving(void);

/// Whether the fiber is one of those that, on this thread, wait for one they resumed. Its state says TL_FIBER_RUNNING.
bool tl__fiber_is_waiting(const tl_fiber *fiber);

#endif
