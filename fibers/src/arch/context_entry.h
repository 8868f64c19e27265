// SPDX-License-Identifier: MIT
/// How a context begins and ends, on every backend.
#ifndef TELAR_ARCH_CONTEXT_ENTRY_H
#define TELAR_ARCH_CONTEXT_ENTRY_H

/// The function that a context calls first, or when it is interrupted.
typedef void tl__context_entry(void *arg);

/// Ends a context whose entry function returned. (Defined in fiber.c.)
_Noreturn void tl__fiber_returned(void) __asm__("tl__fiber_returned");

#endif
