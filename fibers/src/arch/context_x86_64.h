// SPDX-License-Identifier: MIT
/// Contexts on x86-64 with the System V ABI, in assembly (switch_x86_64_sysv.S; docs/how-the-switch-works.md).
/// context.h documents the functions.
#ifndef TELAR_ARCH_CONTEXT_X86_64_H
#define TELAR_ARCH_CONTEXT_X86_64_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/context_entry.h"
#include "base/compiler.h"
#include "base/sanitizers.h"
#include "telar/result.h"

#define TL__CONTEXT_IS_A_POINTER 1
#define TL__SWITCH_TAKES_STACK 0
#define TL__SWITCH_KEEPS_FLOAT_CONTROL 0
enum { TL__ROOM_TO_UNWIND = 4736 };

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

void tl__context_interrupt(tl__context *context, tl__context_entry *entry, void *arg);
const tl__context *tl__context_being_saved(const void *signal);

typedef struct tl__float_control {
    uint32_t mxcsr;
    uint16_t x87;
} tl__float_control;

static inline void tl__float_control_read(tl__float_control *words)
{
    __asm__ volatile("stmxcsr %0\n\tfnstcw %1" : "=m"(words->mxcsr), "=m"(words->x87));
}

static inline void tl__float_control_replace(const tl__float_control *now, const tl__float_control *words)
{
    // Always load MXCSR: a comparison with the value that was just stored would take longer, since it waits for that
    // store. Load the x87 word, which is slow to load, only if it differs.
    __asm__ volatile("ldmxcsr %0" : : "m"(words->mxcsr));
    // Without fnclex, a pending exception that the old word masked and the new word traps might trap here.
    if (UNLIKELY(now->x87 != words->x87))
        __asm__ volatile("fnclex\n\tfldcw %0" : : "m"(words->x87));
}

static inline void tl__float_control_load(const tl__float_control *words)
{
    tl__float_control now;
    __asm__ volatile("fnstcw %0" : "=m"(now.x87));
    tl__float_control_replace(&now, words);
}

static inline bool tl__float_control_equal(const tl__float_control *left, const tl__float_control *right)
{
    const uint32_t status = 0x3f; // MXCSR's low six bits are sticky status, not control
    return (((left->mxcsr ^ right->mxcsr) & ~status) | (uint32_t)(left->x87 ^ right->x87)) == 0; // one branch
}

#endif
