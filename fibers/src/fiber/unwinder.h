// SPDX-License-Identifier: MIT
/// The unwinder's data in a control block.
#ifndef TELAR_FIBER_UNWINDER_H
#define TELAR_FIBER_UNWINDER_H

#include <stdint.h>

#if defined(TELAR_FORCED_UNWIND) || defined(TELAR_SEH_UNWIND)
#include <unwind.h>

/// The unwinder's exception object, in a `room` that is large enough to align it in, and the frame that the unwinder
/// passed last. Must not lie in a frame that is unwound.
typedef struct tl__unwinder {
    void *room[(sizeof(struct _Unwind_Exception) + _Alignof(struct _Unwind_Exception)) / sizeof(void *) - 1];
    const char *frame;    ///< stack pointer of the frame that the unwinder passed last
    const void *function; ///< that frame's function; null if it has landing pads, and before the first frame
} tl__unwinder;

static inline struct _Unwind_Exception *tl__unwinder_in(tl__unwinder *room)
{
    uintptr_t alignment = _Alignof(struct _Unwind_Exception);
    return (struct _Unwind_Exception *)(((uintptr_t)room->room + alignment - 1) & ~(alignment - 1));
}
#else
typedef char tl__unwinder;
#endif

#endif
