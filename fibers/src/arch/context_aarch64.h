// SPDX-License-Identifier: MIT
/// Contexts on AArch64 under the AAPCS64, in assembly (switch_aarch64.S). context.h documents the functions.
#ifndef TELAR_ARCH_CONTEXT_AARCH64_H
#define TELAR_ARCH_CONTEXT_AARCH64_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/context_assembly.h"
#include "base/compiler.h"

enum { TL__SWITCH_SAVES = 160, TL__SHALLOW_FRAMES = 72, TL__ROOM_TO_UNWIND = 6144 };
#define TL__SAVED_REGISTERS(AT)                                                                                        \
    AT(x29, 0)                                                                                                         \
    AT(pc, 8)                                                                                                          \
    AT(x19, 16)                                                                                                        \
    AT(x20, 24)                                                                                                        \
    AT(x21, 32)                                                                                                        \
    AT(x22, 40)                                                                                                        \
    AT(x23, 48)                                                                                                        \
    AT(x24, 56)                                                                                                        \
    AT(x25, 64)                                                                                                        \
    AT(x26, 72)                                                                                                        \
    AT(x27, 80)                                                                                                        \
    AT(x28, 88)                                                                                                        \
    AT(d8, 96)                                                                                                         \
    AT(d9, 104)                                                                                                        \
    AT(d10, 112) AT(d11, 120) AT(d12, 128) AT(d13, 136) AT(d14, 144) AT(d15, 152)

typedef struct tl__float_control {
    uint64_t fpcr;
} tl__float_control;

static inline void tl__float_control_read(tl__float_control *words)
{
    __asm__ volatile("mrs %0, fpcr" : "=r"(words->fpcr));
}

static inline void tl__float_control_replace(const tl__float_control *now, const tl__float_control *words)
{
    if (UNLIKELY(now->fpcr != words->fpcr)) // a write waits until all floating-point operations before it are done
        __asm__ volatile("msr fpcr, %0" : : "r"(words->fpcr));
}

static inline void tl__float_control_load(const tl__float_control *words)
{
    tl__float_control now;
    tl__float_control_read(&now);
    tl__float_control_replace(&now, words);
}

static inline bool tl__float_control_equal(const tl__float_control *left, const tl__float_control *right)
{
    return left->fpcr == right->fpcr; // the sticky flags are in another register, FPSR
}

#endif
