#include "unwind.h"

#include <string.h>

#include "dense.h"
#include "fiber_internal.h"
#include "misuse_internal.h"

/// Runs the clean-ups that functions below `end` left, the latest first; null: all.
static void run_defers(tl_fiber *self, const void *end)
{
    while (self->deferred != NULL && (end == NULL || self->deferred->frame < end)) {
        tl__defer *latest = self->deferred;
        self->deferred = latest->outer;
        tl_deferred cleanup = latest->cleanup;
        latest->cleanup = NULL; // or a landing pad might run it again
        cleanup(latest->arg);
    }
}

#ifdef TELAR_FORCED_UNWIND

/// What the unwinder, too, will take for the caller's frame. (Not the address of something in it, which an
/// AddressSanitizer may keep elsewhere.)
#define CALLERS_STACK_POINTER __builtin_dwarf_cfa()

/// Called before each frame's own clean-ups, when all frames below it are gone. What those left in the list had no
/// landing pads to run it: they were compiled without -fexceptions.
static _Unwind_Reason_Code stop(int version, _Unwind_Action actions, _Unwind_Exception_Class class,
                                struct _Unwind_Exception *unwinder, struct _Unwind_Context *context, void *fiber)
{
    (void)version, (void)class, (void)unwinder;
    tl_fiber *self = fiber;
    // Despite its name this is the frame's stack pointer, which is what the frame below has as its CFA.
    const char *frame = (const char *)(uintptr_t)_Unwind_GetCFA(context);
    if (actions & _UA_END_OF_STACK) { // or of what can be unwound
        run_defers(self, NULL);
        tl__fiber_finish(self);
    }
    tl__sanitizer_abandon(self->stack_low, frame);
    run_defers(self, frame);
    return _URC_NO_REASON;
}

/// A C++ `catch (...)` ended without throwing on what it caught. Ending goes on all the same, from there.
static void be_swallowed(_Unwind_Reason_Code reason, struct _Unwind_Exception *unwinder)
{
    (void)reason, (void)unwinder;
    tl__misuse(TL_ERROR_SWALLOWED, "catch (...)");
    tl__unwind(tl__fiber_self());
}

_Noreturn void tl__unwind(tl_fiber *self)
{
    struct _Unwind_Exception *unwinder =
        tl__unwinder_in(tl__state(self) & TL__DENSE ? tl__dense_unwinder(self) : &self->unwinder);
    memset(unwinder, 0, sizeof *unwinder);
    memcpy(&unwinder->exception_class, "TELARend", sizeof unwinder->exception_class);
    unwinder->exception_cleanup = be_swallowed;
    _Unwind_ForcedUnwind(unwinder, stop, self);
    run_defers(self, NULL); // it returns only where it could not go on
    tl__fiber_finish(self);
}

#else

#define CALLERS_STACK_POINTER NULL

_Noreturn void tl__unwind(tl_fiber *self)
{
    run_defers(self, NULL);
    tl__fiber_finish(self);
}

#endif

__attribute__((noinline)) void tl__defer_enter(tl__defer *made, tl_deferred cleanup, void *arg)
{
    if (cleanup == NULL) {
        tl__misuse(TL_ERROR_NULL, "tl_defer");
        return;
    }
    tl_fiber *self = tl__fiber_self();
    *made = (tl__defer){self->deferred, cleanup, arg, CALLERS_STACK_POINTER};
    self->deferred = made;
}

__attribute__((noinline)) void tl__defer_leave(tl__defer *left)
{
    if (left->cleanup == NULL)
        return;
    tl_fiber *self = tl__fiber_self();
    self->deferred = left->outer; // also drops what a longjmp may have left behind
    uint32_t before = tl__state(self);
    tl__fiber_set_state(self, before | TL__UNWINDING);
    left->cleanup(left->arg);
    tl__fiber_set_state(self, before);
}
