// SPDX-License-Identifier: MIT
// The calls of a suspended context, by the compiler's unwinder, which reads the saved frame as if it were that of the
// caller.
#include <stddef.h>
#include <unwind.h>

#include "arch/context.h"

void tl__with_frame(void *frame, void (*look)(void *arg), void *arg) __asm__("tl__with_frame");

typedef struct calls_walk {
    uintptr_t *calls;
    size_t most, count;
    bool has_left; ///< the walk has left this file's frames, and is in those of the context
} calls_walk;

static _Unwind_Reason_Code note_call(struct _Unwind_Context *context, void *arg)
{
    calls_walk *w = arg;
    uintptr_t at = _Unwind_GetIP(context), start = (uintptr_t)tl__with_frame;
    if (!w->has_left) {
        enum { LONGEST = 64 }; // tl__with_frame has fewer bytes, and what follows it in its file is not on this stack
        w->has_left = at > start && at < start + LONGEST;
        return _URC_NO_REASON;
    }
    if (at == 0 || w->count == w->most) // 0: below the bottom frame
        return _URC_END_OF_STACK;
    w->calls[w->count++] = at;
    return _URC_NO_REASON;
}

static void walk_on(void *arg)
{
    _Unwind_Backtrace(note_call, arg);
}

size_t tl__context_calls(const tl__context *context, uintptr_t *calls, size_t most)
{
    calls_walk w = {.calls = calls, .most = most};
    tl__with_frame(context->stack_pointer, walk_on, &w);
    return w.count;
}
