// SPDX-License-Identifier: MIT
/// Contexts on x86-64, whose switch is in assembly (switch_x86_64_sysv.S; docs/how-the-switch-works.md). context.h
/// documents the functions.
#ifndef TELAR_ARCH_CONTEXT_X86_64_H
#define TELAR_ARCH_CONTEXT_X86_64_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/context_assembly.h"
#include "base/compiler.h"

#ifdef _WIN32
// Each frame has 32 bytes for the arguments of the function that it calls.
enum { TL__SWITCH_SAVES = 272, TL__SHALLOW_FRAMES = 168, TL__ROOM_TO_UNWIND = 10240 };
#define TL__SAVED_REGISTERS(AT)                                                                                        \
    AT(r15, 0xc8)                                                                                                      \
    AT(r14, 0xd0) AT(r13, 0xd8) AT(r12, 0xe0) AT(rsi, 0xe8) AT(rdi, 0xf0) AT(rbx, 0xf8) AT(rbp, 0x100) AT(rip, 0x108)
#else
enum { TL__SWITCH_SAVES = 56, TL__SHALLOW_FRAMES = 72, TL__ROOM_TO_UNWIND = 4736 };
#define TL__SAVED_REGISTERS(AT) AT(r15, 0) AT(r14, 8) AT(r13, 16) AT(r12, 24) AT(rbx, 32) AT(rbp, 40) AT(rip, 48)
#endif

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
