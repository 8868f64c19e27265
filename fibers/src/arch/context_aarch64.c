// SPDX-License-Identifier: MIT
#include "arch/context_aarch64.h"

#include <assert.h>
#include <signal.h>
#include <stddef.h>

void tl__bottom(void) __asm__("tl__bottom");
void tl__interruption(void) __asm__("tl__interruption");

/// The frame that tl__switch leaves on a stack, lowest address first. The picture at the head of the assembly shows the
/// same frame.
typedef struct saved_frame {
    uint64_t x29;
    void *pc; ///< x30
    uint64_t x19, x20, x21, x22, x23, x24, x25, x26, x27, x28;
    uint64_t d8, d9, d10, d11, d12, d13, d14, d15;
} saved_frame;

static_assert(sizeof(saved_frame) == TL__SWITCH_SAVES, "what tl__switch takes of the stack");
#define IS_AT(field, offset) static_assert(offsetof(saved_frame, field) == (offset), "where tl__switch saves it");
TL__SAVED_REGISTERS(IS_AT)

/// The address that a context "returns" to in an assembly function that begins with a nop. A debugger attributes a
/// return address to the instruction before it, which at the very start of a function would belong to another function.
#define AFTER_NOP(function) ((void *)((uintptr_t)(function) + 4))

/// Signs a return address as the assembly does that checks it, if it does.
/// @param stack_pointer  what it will be when the function has returned there
static void *sign(void *address, uintptr_t stack_pointer)
{
#ifdef __ARM_FEATURE_PAC_DEFAULT
    register void *signed_address __asm__("x17") = address;
    register uintptr_t modifier __asm__("x16") = stack_pointer;
#if __ARM_FEATURE_PAC_DEFAULT & 2
    __asm__("hint #10" : "+r"(signed_address) : "r"(modifier)); // pacib1716
#else
    __asm__("hint #8" : "+r"(signed_address) : "r"(modifier)); // pacia1716
#endif
    return signed_address;
#else
    (void)stack_pointer;
    return address;
#endif
}

void tl__context_interrupt(tl__context *context, tl__context_entry *entry, void *arg)
{
    // Add a second frame below the saved one, as if the switch had called the entry function at its very end.
    saved_frame *interrupted = context->stack_pointer;
    saved_frame *frame = interrupted - 1;
    *frame = *interrupted;
    frame->x19 = (uintptr_t)entry;
    frame->x20 = (uintptr_t)arg;
    frame->x21 = frame->x29 = (uintptr_t)interrupted;
    frame->pc = sign(AFTER_NOP(tl__interruption), (uintptr_t)interrupted);
    context->stack_pointer = frame;
}

/// Returns a return address without its signature, if it has one.
static uintptr_t strip(const void *address)
{
    register const void *signed_address __asm__("x30") = address;
    __asm__("hint #7" : "+r"(signed_address)); // xpaclri, which works on x30 only
    return (uintptr_t)signed_address;
}

bool tl__context_where(const tl__context *context, tl__context_place *place)
{
    const saved_frame *frame = context->stack_pointer;
    *place = (tl__context_place){(uintptr_t)(frame + 1), frame->x29, strip(frame->pc)};
    return true;
}

const tl__context *tl__context_being_saved(const void *signal)
{
#ifdef __APPLE__
    const _STRUCT_ARM_THREAD_STATE64 *registers = &((const ucontext_t *)signal)->uc_mcontext->__ss;
    uintptr_t at = registers->__pc, saved = registers->__x[0];
#else
    const mcontext_t *registers = &((const ucontext_t *)signal)->uc_mcontext;
    uintptr_t at = registers->pc, saved = registers->regs[0];
#endif
    // A full stack faults in tl__switch or tl__start, which lie side by side, with tl__bottom behind them. Both have in
    // x0 the address of the context that they save.
    bool saving = at >= (uintptr_t)tl__switch && at < (uintptr_t)tl__bottom;
    return saving ? (const tl__context *)saved : NULL;
}
