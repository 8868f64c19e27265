// SPDX-License-Identifier: MIT
// The portable switch: getcontext, makecontext and swapcontext. Each swapcontext makes a system call for the signal
// mask, which is why the switch in assembly is the default.
#include "arch/context_ucontext.h"

#include <stddef.h>
#include <stdint.h>

#include "base/sanitizers.h"

/// An upper bound of the bytes that the function that calls swapcontext uses below the address of its frame.
enum { BELOW_THE_FRAME = 512 };

/// The first function of a context. makecontext passes only ints, so the pointer to the context arrives in two halves.
static void bottom(unsigned high, unsigned low)
{
    tl__context *context = (tl__context *)(uintptr_t)((uint64_t)high << 32 | low);
    context->entry(context->arg);
    tl__fiber_returned();
}

void tl__context_create(tl__context *made)
{
    getcontext(&made->registers);
}

tl_result tl__context_start(tl__context *save, tl__context *made, void *low, void *top, size_t guard,
                            tl__context_entry *entry, void *arg)
{
    (void)guard;
    made->registers.uc_stack.ss_sp = low;
    made->registers.uc_stack.ss_size = (size_t)((char *)top - (char *)low);
    made->registers.uc_link = NULL; // `bottom` never returns
    made->entry = entry;
    made->arg = arg;
    uint64_t address = (uintptr_t)made;
    makecontext(&made->registers, (void (*)(void))bottom, 2, (unsigned)(address >> 32), (unsigned)address);
    return tl__context_switch(save, made, TL_OK);
}

void tl__context_interrupt(tl__context *context, tl__context_entry *entry, void *arg)
{
    context->entry = entry;
    context->arg = arg;
}

tl_result tl__context_switch(tl__context *save, tl__context *load, tl_result answer)
{
    load->answer = answer;
    save->entry = NULL;
    save->stack_pointer = (char *)__builtin_frame_address(0) - BELOW_THE_FRAME;
    swapcontext(&save->registers, &load->registers);
    if (save->entry != NULL) // tl__context_interrupt was called meanwhile
        save->entry(save->arg);
    return save->answer;
}

TL__NO_SANITIZE _Noreturn void tl__context_leave(tl__context *load, tl_result answer)
{
    load->answer = answer;
    setcontext(&load->registers);
    __builtin_trap(); // setcontext does not return
}

bool tl__context_where(const tl__context *context, tl__context_place *place)
{
#if defined(__x86_64__) && defined(__linux__)
    const greg_t *registers = context->registers.uc_mcontext.gregs;
    *place = (tl__context_place){(uintptr_t)registers[REG_RSP], (uintptr_t)registers[REG_RBP],
                                 (uintptr_t)registers[REG_RIP]};
    return true;
#elif defined(__aarch64__) && defined(__linux__)
    const mcontext_t *registers = &context->registers.uc_mcontext;
    *place = (tl__context_place){registers->sp, registers->regs[29], registers->pc};
    return true;
#else
    (void)context, (void)place;
    return false;
#endif
}

size_t tl__context_calls(const tl__context *context, uintptr_t *calls, size_t most)
{
    tl__context_place place;
    if (most == 0 || !tl__context_where(context, &place))
        return 0;
    calls[0] = place.instruction_pointer; // no unwinder begins at a ucontext
    return 1;
}

const tl__context *tl__context_being_saved(const void *signal)
{
    (void)signal;
    return NULL;
}
