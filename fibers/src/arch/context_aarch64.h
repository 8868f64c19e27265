// SPDX-License-Identifier: MIT
/// Contexts on AArch64 under the AAPCS64, in assembly (switch_aarch64.S). context.h documents the functions.
#ifndef TELAR_ARCH_CONTEXT_AARCH64_H
#define TELAR_ARCH_CONTEXT_AARCH64_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/context_assembly.h"
#include "base/compiler.h"

enum { TL__SWITCH_SAVES = 160, TL__SHALLOW_FRAMES = 72, TL__ROOM_TO_UNWIND = 6144 };

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
