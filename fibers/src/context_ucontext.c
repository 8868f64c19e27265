// The portable road: getcontext, makecontext and swapcontext. Each swap is a system call for the signal mask, which is
// why the assembly is the default.
#include "context.h"

/// makecontext passes ints, so a pointer comes in two halves.
static void start(unsigned high, unsigned low)
{
    tl__context *context = (tl__context *)(uintptr_t)((uint64_t)high << 32 | low);
    context->entry(context->arg);
}

void tl__context_make(tl__context *context, void *low, void *top, tl__context_entry *entry, void *arg)
{
    getcontext(&context->registers);
    context->registers.uc_stack.ss_sp = low;
    context->registers.uc_stack.ss_size = (size_t)((char *)top - (char *)low);
    context->registers.uc_link = NULL; // the entry function never returns
    context->entry = entry;
    context->interrupt = NULL;
    context->arg = arg;
    uint64_t address = (uintptr_t)context;
    makecontext(&context->registers, (void (*)(void))start, 2, (unsigned)(address >> 32), (unsigned)address);
}

void tl__context_interrupt(tl__context *context, tl__context_entry *entry, void *arg)
{
    context->interrupt = entry;
    context->arg = arg;
}

tl_result tl__context_switch(tl__context *from, tl__context *to, tl_result answer)
{
    to->answer = answer;
    swapcontext(&from->registers, &to->registers);
    tl__context_entry *interrupt = from->interrupt;
    from->interrupt = NULL; // once: what it runs may switch, too
    if (interrupt != NULL)
        interrupt(from->arg);
    return from->answer;
}

void *tl__context_stack_pointer(const tl__context *context)
{
#if defined(__x86_64__)
    return (void *)context->registers.uc_mcontext.gregs[REG_RSP];
#else
    return context->registers.uc_stack.ss_sp; // unknown here: all of the stack counts as used
#endif
}

void tl__float_control_exchange(tl__float_control *save, const tl__float_control *load)
{
    (void)save, (void)load; // swapcontext keeps them, always
}
