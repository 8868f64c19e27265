// SPDX-License-Identifier: MIT
/// A context: the saved registers of a fiber or thread while another one runs. Each backend has a header of its own,
/// which is included here and provides:
///
///   tl__context              the saved state; its `stack_pointer` is the lowest address that it uses of its stack
///   tl__float_control        the floating-point control words (rounding, traps, flushing of denormals), with
///                            tl__float_control_read, _load, _replace (as _load, given the thread's words that were
///                            just read) and _equal
///   TL__CONTEXT_IS_A_POINTER        1: a context is so small that a fiber's block can hold its resumer's context, too
///   TL__SWITCH_TAKES_STACK          1: a switch needs stack below the pointer that it saves
///   TL__SWITCH_KEEPS_FLOAT_CONTROL  1: a switch saves and restores the control words itself
///   TL__SWITCH_SAVES         bytes that a switch itself saves on the stack, the return address included
///   TL__SHALLOW_FRAMES       bytes that the frames of a shallow call take, such as a loop's that yields
///   TL__SAVED_REGISTERS(AT)  AT(register, offset) for each register that a switch saves on the stack, from its pointer
///                            on; or, where it saves them in the context, TL__SAVED_IN_CONTEXT(AT) with
///                            AT(register, field)
///   TL__ROOM_TO_UNWIND       most bytes that the unwinder was seen to use below a suspended context's stack pointer
///
/// and these functions, inline or not:
///
///   tl_result tl__context_switch(tl__context *save, tl__context *load, tl_result answer)
///       Suspends the caller into *save and resumes *load, where the call that suspended it returns `answer`.
///   void tl__context_create(tl__context *made)
///       Prepares a context to be started: it gets its creator's signal mask and control words, if contexts keep them.
///   tl_result tl__context_start(tl__context *save, tl__context *made, void *low, void *top, size_t guard,
///                               tl__context_entry *entry, void *arg)
///       Suspends the caller into *save and calls entry(arg) on the stack from `low` up to `top` (any alignment),
///       and tl__fiber_returned when `entry` returns. `guard` is the size of the guard that tl__guard_install made
///       below `low`; 0: none.
///   _Noreturn void tl__context_leave(tl__context *load, tl_result answer)
///       As tl__context_switch, but for good: the frames on the caller's stack are dropped.
///   void tl__context_interrupt(tl__context *context, tl__context_entry *entry, void *arg)
///       Makes a suspended context, when it is next switched to, call entry(arg) on top of the frames on its stack,
///       instead of continuing. `entry` must not return.
///   bool tl__context_where(const tl__context *context, tl__context_place *place)
///       Finds where a suspended context will continue. Returns false if that is unknown on this processor.
///   size_t tl__context_calls(const tl__context *context, uintptr_t *calls, size_t most)
///       Stores where each of a suspended context's functions will continue, the innermost first, at most `most` of
///       them. The last one is in the bottom frame, unless there are more. Returns their number; 0: unknown.
///   const tl__context *tl__context_being_saved(const void *signal)
///       Returns the context that was being saved when a signal arrived, given the third argument of the signal's
///       handler; null if there was none, or if it cannot be known.
///
/// Callers return the result of these functions and do nothing after the call, so that the calls become jumps: the
/// assembly then returns to the caller's caller directly, and no return is left for the processor to mispredict.
#ifndef TELAR_ARCH_CONTEXT_H
#define TELAR_ARCH_CONTEXT_H

#include "base/compiler.h"

#if defined(TELAR_BACKEND_UCONTEXT)
#include "arch/context_ucontext.h"
#elif defined(__x86_64__)
#include "arch/context_x86_64.h"
#elif defined(__aarch64__)
#include "arch/context_aarch64.h"
#else
#error "no switch in assembly for this processor: build with TELAR_BACKEND=ucontext"
#endif

/// Returns the lowest address that a suspended context uses of its stack.
static inline void *tl__context_stack_pointer(const tl__context *context)
{
    return context->stack_pointer;
}

/// Sets the stack pointer of a suspended context after its frames were copied off its stack, or back onto it.
static inline void tl__context_move(tl__context *context, void *place)
{
    context->stack_pointer = place;
}

/// Stores the thread's control words in *save, then loads *load.
static inline void tl__float_control_exchange(tl__float_control *save, const tl__float_control *load)
{
    tl__float_control_read(save);
    tl__float_control_replace(save, load);
}

#endif
