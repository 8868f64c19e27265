// SPDX-License-Identifier: MIT
#define WIN32_LEAN_AND_MEAN
#include "arch/seh.h"

#include <windows.h>

void tl__unwound(void) __asm__("tl__unwound");

enum {
    BELOW_TOP = 0x30,              ///< where the bottom frame lies: context_x86_64_windows.c lays it out
    HAS_HANDLER = 1 << 3 | 1 << 4, ///< UNW_FLAG_EHANDLER, UNW_FLAG_UHANDLER, in the first byte of unwind data
};

/// What libgcc calls in place of a stop function, when `throw;` passes the end of a fiber on.
static _Unwind_Reason_Code again(int version, _Unwind_Action actions, _Unwind_Exception_Class class,
                                 struct _Unwind_Exception *exception, struct _Unwind_Context *context, void *unused)
{
    (void)version, (void)actions, (void)class, (void)context, (void)unused;
    _Unwind_Resume(exception);
    __builtin_unreachable();
}

_Noreturn void tl__seh_unwind(struct _Unwind_Exception *exception, const void *top)
{
    // As libgcc has it after the first phase of a throw (unwind-seh.c): the frame that catches, and where that
    // continues.
    exception->private_[0] = (uintptr_t)again;
    exception->private_[1] = ((uintptr_t)top & ~(uintptr_t)15) - BELOW_TOP;
    exception->private_[2] = (uintptr_t)tl__unwound;
    _Unwind_Resume(exception);
    __builtin_unreachable();
}

tl__seh_frames tl__seh_walk(bool (*is_met)(void *arg, uintptr_t stack_pointer), void *arg)
{
    CONTEXT context;
    tl__seh_frames frames = TL__SEH_ALL;
    RtlCaptureContext(&context);
    while (context.Rip != 0) { // the return address of the bottom frame
        DWORD64 base, frame;
        void *handler_data;
        RUNTIME_FUNCTION *function = RtlLookupFunctionEntry(context.Rip, &base, NULL);
        if (function == NULL) // only a function that calls nothing may do without
            return TL__SEH_UNKNOWN;
        unsigned char flags = *(const unsigned char *)(base + function->UnwindData);
        if (!(flags & HAS_HANDLER) && is_met(arg, context.Rsp))
            frames = TL__SEH_SOME;
        RtlVirtualUnwind(UNW_FLAG_NHANDLER, base, context.Rip, function, &context, &handler_data, &frame, NULL);
    }
    return frames;
}
