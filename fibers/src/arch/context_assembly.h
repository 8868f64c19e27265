// SPDX-License-Identifier: MIT
/// Contexts that are switched by assembly. switch_<ABI>.S has the three functions that are declared first, and
/// context_<ABI>.c the last two; context.h documents what is built on them.
#ifndef TELAR_ARCH_CONTEXT_ASSEMBLY_H
#define TELAR_ARCH_CONTEXT_ASSEMBLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/context_entry.h"
#include "base/sanitizers.h"
#include "telar/result.h"

#define TL__CONTEXT_IS_A_POINTER 1
#define TL__SWITCH_TAKES_STACK 0
#define TL__SWITCH_KEEPS_FLOAT_CONTROL 0

typedef struct tl__context {
    void *stack_pointer;
} tl__context;

// The names in the assembly are these on every system, also where C names begin with an underscore.
tl_result tl__switch(void **save, void *load, tl_result answer) __asm__("tl__switch");
tl_result tl__start(void **save, void *top, tl__context_entry *entry, void *arg, void *made) __asm__("tl__start");
_Noreturn void tl__leave(void *load, tl_result answer) __asm__("tl__leave");

static inline tl_result tl__context_switch(tl__context *save, const tl__context *load, tl_result answer)
{
    return tl__switch(&save->stack_pointer, load->stack_pointer, answer);
}

static inline void tl__context_create(tl__context *made)
{
    (void)made;
}

#ifdef _WIN32
tl_result tl__context_start(tl__context *save, tl__context *made, void *low, void *top, size_t guard,
                            tl__context_entry *entry, void *arg);
#else
static inline tl_result tl__context_start(tl__context *save, tl__context *made, void *low, void *top, size_t guard,
                                          tl__context_entry *entry, void *arg)
{
    (void)low, (void)guard;
    return tl__start(&save->stack_pointer, (char *)top - ((uintptr_t)top & 15), entry, arg, made);
}
#endif

static TL__LEAVES __attribute__((unused)) _Noreturn void tl__context_leave(const tl__context *load, tl_result answer)
{
    tl__leave(load->stack_pointer, answer);
}

void tl__context_interrupt(tl__context *context, tl__context_entry *entry, void *arg);
bool tl__context_where(const tl__context *context, tl__context_place *place);
size_t tl__context_calls(const tl__context *context, uintptr_t *calls, size_t most);
const tl__context *tl__context_being_saved(const void *signal);

#endif
