// SPDX-License-Identifier: MIT
#include "arch/context_x86_64.h"

#include <assert.h>
#include <stddef.h>
#include <ucontext.h>

void tl__bottom(void) __asm__("tl__bottom");
void tl__interruption(void) __asm__("tl__interruption");

/// The frame that tl__switch pops off a stack, lowest address first. The picture at the head of the assembly shows the
/// same frame.
typedef struct saved_frame {
    uint64_t r15, r14, r13, r12, rbx, rbp;
    void (*rip)(void);
} saved_frame;

static_assert(sizeof(saved_frame) == TL__SWITCH_SAVES, "tl__switch pushes six registers on top of the return address");
#define IS_AT(field, offset) static_assert(offsetof(saved_frame, field) == (offset), "where tl__switch saves it");
TL__SAVED_REGISTERS(IS_AT)

/// The address at which a context enters an assembly function by a return: after the function's first instruction, a
/// nop. A debugger attributes a return address to the instruction before it, which for the very start of a function
/// would belong to another function.
#define AFTER_NOP(function) ((void (*)(void))((uintptr_t)(function) + 1))

void tl__context_interrupt(tl__context *context, tl__context_entry *entry, void *arg)
{
    // Add another saved frame below the one that is there, as if tl__switch had called the entry function at its very
    // end.
    saved_frame *interrupted = context->stack_pointer;
    uintptr_t start = (uintptr_t)interrupted & ~(uintptr_t)15;
    saved_frame *frame = (saved_frame *)(start - sizeof *frame);
    *frame = *interrupted;
    frame->rbx = (uintptr_t)entry;
    frame->r12 = (uintptr_t)arg;
    frame->r13 = (uintptr_t)interrupted;
    frame->rip = AFTER_NOP(tl__interruption);
    context->stack_pointer = frame;
}

bool tl__context_where(const tl__context *context, tl__context_place *place)
{
    const saved_frame *frame = context->stack_pointer;
    *place = (tl__context_place){(uintptr_t)(frame + 1), frame->rbp, (uintptr_t)frame->rip};
    return true;
}

const tl__context *tl__context_being_saved(const void *signal)
{
    const greg_t *registers = ((const ucontext_t *)signal)->uc_mcontext.gregs;
    uintptr_t at = (uintptr_t)registers[REG_RIP];
    // A full stack faults in tl__switch or tl__start, which lie side by side, with tl__bottom behind them. Both have in
    // rdi the address of the context that they save.
    bool saving = at >= (uintptr_t)tl__switch && at < (uintptr_t)tl__bottom;
    return saving ? (const tl__context *)registers[REG_RDI] : NULL;
}
