// SPDX-License-Identifier: MIT
/// How a context begins and ends, whichever way to switch it has.
#ifndef TELAR_ARCH_CONTEXT_ENTRY_H
#define TELAR_ARCH_CONTEXT_ENTRY_H

/// What a context calls first, or when it is interrupted.
typedef void tl__context_entry(void *arg);

/// The end of a context whose entry function returned. (In fiber.c.)
_Noreturn void tl__fiber_returned(void);

#endif
