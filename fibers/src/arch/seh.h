// SPDX-License-Identifier: MIT
/// Unwinding on Windows, whose unwinder goes by tables of its own (SEH). It calls no function before each frame, as
/// that of other systems does (fiber/unwind.c), so all frames are unwound at once, down to the bottom one.
#ifndef TELAR_ARCH_SEH_H
#define TELAR_ARCH_SEH_H

#include <stdbool.h>
#include <stdint.h>
#include <unwind.h>

/// Unwinds the calling fiber's frames, which run their clean-ups, and then calls tl__fiber_unwound on the bottom frame.
/// @param exception  zeros but for exception_class and exception_cleanup; must not lie in a frame that is unwound
/// @param top        the address that tl__context_start was given
_Noreturn void tl__seh_unwind(struct _Unwind_Exception *exception, const void *top);

/// How far the frames of a fiber can be unwound.
typedef enum tl__seh_frames {
    TL__SEH_ALL,     ///< all of them, and each runs its own clean-ups
    TL__SEH_SOME,    ///< all of them, but some run no clean-ups: their functions were compiled without -fexceptions
    TL__SEH_UNKNOWN, ///< a function has no tables, so nothing is known of the frames from its own on
} tl__seh_frames;

/// Walks the frames of the calling fiber.
/// @param is_met  is given a frame's stack pointer, and returns whether the frame has a clean-up to run
tl__seh_frames tl__seh_walk(bool (*is_met)(void *arg, uintptr_t stack_pointer), void *arg);

/// Ends a fiber whose frames are all unwound. (Defined in fiber/unwind.c.)
_Noreturn void tl__fiber_unwound(void) __asm__("tl__fiber_unwound");

#endif
