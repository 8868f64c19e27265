// SPDX-License-Identifier: MIT
/// Contexts by the C library's ucontext, for processors without assembly. context.h documents the functions.
#ifndef TELAR_ARCH_CONTEXT_UCONTEXT_H
#define TELAR_ARCH_CONTEXT_UCONTEXT_H

#include <stdbool.h>
#include <ucontext.h>

#include "arch/context_entry.h"
#include "telar/result.h"

#define TL__CONTEXT_IS_A_POINTER 0
#define TL__SWITCH_TAKES_STACK 1
#define TL__SWITCH_KEEPS_FLOAT_CONTROL 1
// Registers lie in the context; what is saved is the call.
enum { TL__SWITCH_SAVES = 56, TL__SHALLOW_FRAMES = 72, TL__ROOM_TO_UNWIND = 4224 };

// Where tools find the registers of a suspended context in its tl__context.
#if defined(__x86_64__) && defined(REG_RIP)
#define TL__SAVED_IN_CONTEXT(AT)                                                                                       \
    AT(r15, registers.uc_mcontext.gregs[REG_R15])                                                                      \
    AT(r14, registers.uc_mcontext.gregs[REG_R14])                                                                      \
    AT(r13, registers.uc_mcontext.gregs[REG_R13])                                                                      \
    AT(r12, registers.uc_mcontext.gregs[REG_R12])                                                                      \
    AT(rbx, registers.uc_mcontext.gregs[REG_RBX])                                                                      \
    AT(rbp, registers.uc_mcontext.gregs[REG_RBP])                                                                      \
    AT(rsp, registers.uc_mcontext.gregs[REG_RSP]) AT(rip, registers.uc_mcontext.gregs[REG_RIP])
#else
#define TL__SAVED_IN_CONTEXT(AT)
#endif

typedef struct tl__context {
    ucontext_t registers;
    void *stack_pointer;      ///< somewhat below the one in `registers`, whose field differs between processors
    tl__context_entry *entry; ///< called before the context resumes; may be null
    void *arg;
    tl_result answer; ///< what the call that suspended this context returns
} tl__context;

tl_result tl__context_switch(tl__context *save, tl__context *load, tl_result answer);
void tl__context_create(tl__context *made);
tl_result tl__context_start(tl__context *save, tl__context *made, void *low, void *top, size_t guard,
                            tl__context_entry *entry, void *arg);
_Noreturn void tl__context_leave(tl__context *load, tl_result answer);

void tl__context_interrupt(tl__context *context, tl__context_entry *entry, void *arg);
bool tl__context_where(const tl__context *context, tl__context_place *place);
size_t tl__context_calls(const tl__context *context, uintptr_t *calls, size_t most);
const tl__context *tl__context_being_saved(const void *signal);

/// Empty: swapcontext saves and restores the control words itself.
typedef struct tl__float_control {
    char unused;
} tl__float_control;

static inline void tl__float_control_read(tl__float_control *words)
{
    *words = (tl__float_control){0};
}

static inline void tl__float_control_replace(const tl__float_control *now, const tl__float_control *words)
{
    (void)now, (void)words;
}

static inline void tl__float_control_load(const tl__float_control *words)
{
    (void)words;
}

static inline bool tl__float_control_equal(const tl__float_control *left, const tl__float_control *right)
{
    (void)left, (void)right;
    return true;
}

#endif
