/// A context: what is kept of a flow of control while another one runs. Two implementations: our own assembly
/// (context_x86_64.c with switch_x86_64_sysv.S) and the C library's ucontext (context_ucontext.c).
#ifndef TELAR_ARCH_CONTEXT_H
#define TELAR_ARCH_CONTEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/sanitizers.h"
#include "telar/result.h"

/// What a context calls first, or when it is interrupted.
typedef void tl__context_entry(void *arg);

/// The end of a context whose entry function returned. (In fiber.c.)
_Noreturn void tl__fiber_returned(void);

// Callers of these return what they return and do nothing after, so that the calls become jumps: the assembly then goes
// back to the caller's caller in one, and no return is left for the processor to predict wrongly.

#ifdef TELAR_BACKEND_UCONTEXT

#include <ucontext.h>

typedef struct tl__context {
    ucontext_t registers;
    void *stack_pointer;      ///< somewhat below what is in `registers`, where each machine has it elsewhere
    tl__context_entry *entry; ///< what it calls before it goes on; null: nothing
    void *arg;
    tl_result answer; ///< what the switch to this context brings
} tl__context;

/// Suspends the caller into *save and goes on with *load: there, the call that suspended it returns `answer`.
tl_result tl__context_switch(tl__context *save, tl__context *load, tl_result answer);

/// A context that will be started has the signal mask and the floating-point control words of its creator.
void tl__context_create(tl__context *made);

/// Suspends the caller into *save and calls entry(arg) on the stack from `low` up to `top` (any alignment), and when
/// that returns, tl__fiber_returned.
tl_result tl__context_start(tl__context *save, tl__context *made, void *low, void *top, tl__context_entry *entry,
                            void *arg);

/// Goes on with *load for good: what the caller has on its stack is dropped.
_Noreturn void tl__context_leave(tl__context *load, tl_result answer);

#else

typedef struct tl__context {
    void *stack_pointer;
} tl__context;

tl_result tl__switch(void **save, void *load, tl_result answer);
tl_result tl__start(void **save, void *top, tl__context_entry *entry, void *arg);
_Noreturn void tl__leave(void *load, tl_result answer);

static inline tl_result tl__context_switch(tl__context *save, const tl__context *load, tl_result answer)
{
    return tl__switch(&save->stack_pointer, load->stack_pointer, answer);
}

static inline void tl__context_create(tl__context *made)
{
    (void)made;
}

static inline tl_result tl__context_start(tl__context *save, tl__context *made, void *low, void *top,
                                          tl__context_entry *entry, void *arg)
{
    (void)made, (void)low;
    return tl__start(&save->stack_pointer, (char *)top - ((uintptr_t)top & 15), entry, arg);
}

static TL__LEAVES __attribute__((unused)) _Noreturn void tl__context_leave(const tl__context *load, tl_result answer)
{
    tl__leave(load->stack_pointer, answer);
}

#endif

/// Makes a suspended context call entry(arg), which must not return, on top of what it has on its stack, when it is
/// next switched to.
void tl__context_interrupt(tl__context *context, tl__context_entry *entry, void *arg);

/// The lowest address that a suspended context uses of its stack.
static inline void *tl__context_stack_pointer(const tl__context *context)
{
    return context->stack_pointer;
}

/// The frames of a suspended context were copied, up from the lowest address, to `place`, for the time being or back.
static inline void tl__context_move(tl__context *context, void *place)
{
    context->stack_pointer = place;
}

/// Which context a signal caught in the middle of being saved; null for none, and where that cannot be known.
/// @param signal  the third argument of its handler
const tl__context *tl__context_being_saved(const void *signal);

/// The floating-point control words: rounding, traps, flushing of denormals.
typedef struct tl__float_control {
    uint32_t mxcsr;
    uint16_t x87;
} tl__float_control;

#ifdef TELAR_BACKEND_UCONTEXT

// swapcontext keeps them, always.
static inline void tl__float_control_read(tl__float_control *words)
{
    *words = (tl__float_control){0};
}

static inline void tl__float_control_load(const tl__float_control *words)
{
    (void)words;
}

#else

/// The thread's words.
static inline void tl__float_control_read(tl__float_control *words)
{
    __asm__ volatile("stmxcsr %0\n\tfnstcw %1" : "=m"(words->mxcsr), "=m"(words->x87));
}

static inline void tl__float_control_load(const tl__float_control *words)
{
    // Without fnclex an exception that these trap, and the ones before masked, might trap here.
    __asm__ volatile("ldmxcsr %0\n\tfnclex\n\tfldcw %1" : : "m"(words->mxcsr), "m"(words->x87));
}

#endif

static inline bool tl__float_control_equal(const tl__float_control *left, const tl__float_control *right)
{
    const uint32_t status = 0x3f; // MXCSR's low six bits are sticky status, not control
    return (((left->mxcsr ^ right->mxcsr) & ~status) | (uint32_t)(left->x87 ^ right->x87)) == 0; // one branch
}

/// Stores the thread's words in *save, then loads *load where it differs: loading is slow.
static inline void tl__float_control_exchange(tl__float_control *save, const tl__float_control *load)
{
    tl__float_control_read(save);
    if (UNLIKELY(!tl__float_control_equal(save, load)))
        tl__float_control_load(load);
}

#endif
