#include "context.h"

#include <assert.h>

void tl__trampoline(void);
void tl__interruption(void);

/// What tl__switch pops off a stack, lowest address first. The picture at the head of the assembly shows the same.
typedef struct saved_frame {
    uint64_t r15, r14, r13, r12, rbx, rbp;
    void (*go_on)(void);
} saved_frame;

static_assert(sizeof(saved_frame) == 56, "tl__switch pushes six registers on top of the return address");
static_assert(offsetof(saved_frame, r12) == 24 && offsetof(saved_frame, rbx) == 32 &&
                  offsetof(saved_frame, go_on) == 48,
              "the order in which tl__switch pops");
static_assert(offsetof(tl__float_control, x87) == 4, "where tl__float_control_exchange puts it");

/// Where to let a context "return" to in the assembly functions that begin with a nop. A debugger takes a return
/// address to belong to the instruction before it, and at the very start of a function that would be another
/// function's.
#define AFTER_NOP(function) ((void (*)(void))((uintptr_t)(function) + 1))

void tl__context_make(tl__context *context, void *low, void *top, tl__context_entry *entry, void *arg)
{
    (void)low;
    // The trampoline starts with the stack pointer just above the frame, where it must be a multiple of 16: its `call`
    // then leaves the entry function's as the ABI wants it. Two zero words above it end a walk along frame pointers.
    uintptr_t start = (((uintptr_t)top) & ~(uintptr_t)15) - 16;
    ((uint64_t *)start)[0] = 0;
    ((uint64_t *)start)[1] = 0;
    saved_frame *frame = (saved_frame *)(start - sizeof *frame);
    *frame = (saved_frame){.rbx = (uintptr_t)entry, .r12 = (uintptr_t)arg, .go_on = AFTER_NOP(tl__trampoline)};
    context->stack_pointer = frame;
}

void tl__context_interrupt(tl__context *context, tl__context_entry *entry, void *arg)
{
    // A second frame below the one that is saved there, as if the switch had called the entry function at its very end.
    saved_frame *interrupted = context->stack_pointer;
    uintptr_t start = (uintptr_t)interrupted & ~(uintptr_t)15;
    saved_frame *frame = (saved_frame *)(start - sizeof *frame);
    *frame = *interrupted;
    frame->rbx = (uintptr_t)entry;
    frame->r12 = (uintptr_t)arg;
    frame->r13 = (uintptr_t)interrupted;
    frame->go_on = AFTER_NOP(tl__interruption);
    context->stack_pointer = frame;
}

void *tl__context_stack_pointer(const tl__context *context)
{
    return context->stack_pointer;
}
