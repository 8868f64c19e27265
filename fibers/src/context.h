/// A context: what is kept of a flow of control while another one runs. Two implementations: our own assembly
/// (context_x86_64.c with switch_x86_64_sysv.S) and the C library's ucontext (context_ucontext.c).
#ifndef TELAR_CONTEXT_H
#define TELAR_CONTEXT_H

#include <stddef.h>
#include <stdint.h>

#include "telar/result.h"

/// The function that a context runs from its start, or when it is interrupted. It must not return.
typedef void tl__context_entry(void *arg);

#ifdef TELAR_BACKEND_UCONTEXT

#include <ucontext.h>

typedef struct tl__context {
    ucontext_t registers;
    tl__context_entry *entry;     ///< what it runs first
    tl__context_entry *interrupt; ///< what it runs instead of going on; null to go on
    void *arg;                    ///< for either
    tl_result answer;             ///< what the switch to this context brings
} tl__context;

/// Suspends the caller into *from and goes on with *to: there, the call that suspended it returns `answer`.
tl_result tl__context_switch(tl__context *from, tl__context *to, tl_result answer);

#else

typedef struct tl__context {
    void *stack_pointer;
} tl__context;

tl_result tl__switch(void **save, void *load, tl_result answer);

/// Callers return what this returns and do nothing after, so that it becomes a jump: tl__switch then goes back to the
/// caller's caller in one, and no return is left for the processor to predict wrongly.
static inline tl_result tl__context_switch(tl__context *from, const tl__context *to, tl_result answer)
{
    return tl__switch(&from->stack_pointer, to->stack_pointer, answer);
}

#endif

/// Makes a context that will run entry(arg) on the stack from `low` up to `top`; top at any alignment.
void tl__context_make(tl__context *context, void *low, void *top, tl__context_entry *entry, void *arg);

/// Makes a suspended context call entry(arg), on top of what it has on its stack, when it is next switched to.
void tl__context_interrupt(tl__context *context, tl__context_entry *entry, void *arg);

/// The lowest address that a suspended context uses of its stack.
void *tl__context_stack_pointer(const tl__context *context);

/// The floating-point control words: rounding, traps, flushing of denormals.
typedef struct tl__float_control {
    uint32_t mxcsr;
    uint16_t x87;
} tl__float_control;

/// Stores the thread's words in *save, then loads *load where it differs.
void tl__float_control_exchange(tl__float_control *save, const tl__float_control *load);

#endif
