// SPDX-License-Identifier: MIT
/// How a context begins and ends, on every backend.
#ifndef TELAR_ARCH_CONTEXT_ENTRY_H
#define TELAR_ARCH_CONTEXT_ENTRY_H

#include <stdint.h>

/// The function that a context calls first, or when it is interrupted.
typedef void tl__context_entry(void *arg);

/// Where a suspended context will continue.
typedef struct tl__context_place {
    uintptr_t stack_pointer, frame_pointer, instruction_pointer;
} tl__context_place;

/// Ends a context whose entry function returned. (Defined in fiber.c.)
_Noreturn void tl__fiber_returned(void) __asm__("tl__fiber_returned");

#endif
