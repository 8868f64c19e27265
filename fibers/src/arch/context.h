// SPDX-License-Identifier: MIT
/// A context: what is kept of a flow of control while another one runs. Each way to switch has a header of its own,
/// which is included here and offers:
///
///   tl__context              what is kept; its `stack_pointer` is the lowest address that it uses of its stack
///   tl__float_control        the floating-point control words (rounding, traps, flushing of denormals), with
///                            tl__float_control_read, _load, _replace (the same where the thread's were just read) and
///                            _equal
///   TL__CONTEXT_IS_A_POINTER        1: it is so small that a fiber can hold its resumer's
///   TL__SWITCH_TAKES_STACK          1: a switch needs stack below the pointer that it keeps
///   TL__SWITCH_KEEPS_FLOAT_CONTROL  1: a switch keeps the control words by itself
///   TL__ROOM_TO_UNWIND       bytes that the unwinder takes below a suspended context's stack pointer, as measured
///
/// and these functions, inline or not:
///
///   tl_result tl__context_switch(tl__context *save, tl__context *load, tl_result answer)
///       Suspends the caller into *save and continues *load: there, the call that suspended it returns `answer`.
///   void tl__context_create(tl__context *made)
///       A context that will be started has its creator's signal mask and control words, where it keeps them.
///   tl_result tl__context_start(tl__context *save, tl__context *made, void *low, void *top,
///                               tl__context_entry *entry, void *arg)
///       Suspends the caller into *save and calls entry(arg) on the stack from `low` up to `top` (any alignment),
///       and when that returns, tl__fiber_returned.
///   _Noreturn void tl__context_leave(tl__context *load, tl_result answer)
///       Continues *load for good: what the caller has on its stack is dropped.
///   void tl__context_interrupt(tl__context *context, tl__context_entry *entry, void *arg)
///       Makes a suspended context call entry(arg), which must not return, on top of what it has on its stack, when
///       it is next switched to.
///   const tl__context *tl__context_being_saved(const void *signal)
///       Which context a signal caught in the middle of being saved, by the third argument of its handler; null for
///       none, and where that cannot be known.
///
/// Callers of these return what they return and do nothing after, so that the calls become jumps: the assembly then
/// goes back to the caller's caller in one, and no return is left for the processor to predict wrongly.
#ifndef TELAR_ARCH_CONTEXT_H
#define TELAR_ARCH_CONTEXT_H

#include "base/compiler.h"

#if defined(TELAR_BACKEND_UCONTEXT)
#include "arch/context_ucontext.h"
#elif defined(__x86_64__)
#include "arch/context_x86_64.h"
#else
#error "no switch in assembly for this processor: build with TELAR_BACKEND=ucontext"
#endif

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

/// Stores the thread's words in *save, then loads *load.
static inline void tl__float_control_exchange(tl__float_control *save, const tl__float_control *load)
{
    tl__float_control_read(save);
    tl__float_control_replace(save, load);
}

#endif
