// SPDX-License-Identifier: MIT
#include "fiber/unwind.h"
#include "arch/callers_stack_pointer.h"
#include "base/compiler.h"

#include <string.h>

#ifdef TELAR_SEH_UNWIND
#include "arch/seh.h"
#endif
#include "base/misuse.h"
#include "fiber/dense.h"
#include "fiber/fiber.h"
#include "fiber/thread_life.h"

// Each tl_defer adds an entry, which lies in its own frame, to a list of the fiber. A longjmp leaves frames without
// running their clean-ups, and their entries stay in the list, where later frames overwrite them. So an entry is valid
// only if its checksum is right, and if it can belong to a frame that still exists:
//   - entries below the stack pointer are not valid. The next tl_defer drops them from the list;
//   - if a function has landing pads, these run its clean-ups. Entries that are still in the list after that are not
//     its own, and are dropped;
//   - for a function without landing pads, the entries that were made in that very function are run. If a compiler has
//     split the function, the unwinder sees its parts as several functions, with the same stack pointer and no landing
//     pads.

static uintptr_t check_of(const tl__defer_frame *entry, const tl__defer_frame *place)
{
    return (uintptr_t)place + (uintptr_t)entry->outer * 3 + (uintptr_t)entry->cleanup * 5 + (uintptr_t)entry->arg * 9 +
           ((uintptr_t)entry->frame << 7) + ((uintptr_t)entry->caller << 5) + 0x5eed;
}

/// Copies an entry and returns whether its checksum is right. Not checked by sanitizers, which would report the read if
/// the entry lies in a frame that is gone.
TL__NO_SANITIZE static bool is_intact(const tl__defer_frame *place, tl__defer_frame *entry)
{
    const volatile tl__defer_frame *from = place;
#ifdef TELAR_VALGRIND
    VALGRIND_DISABLE_ERROR_REPORTING;
#endif
    entry->outer = from->outer;
    entry->cleanup = from->cleanup;
    entry->arg = from->arg;
    entry->frame = from->frame;
    entry->caller = from->caller;
    entry->check = from->check;
#ifdef TELAR_VALGRIND
    VALGRIND_ENABLE_ERROR_REPORTING;
    (void)VALGRIND_MAKE_MEM_DEFINED(entry, sizeof *entry);
#endif
    return entry->check == check_of(entry, place);
}

/// Searches the frames from `low` up for the latest entry, if the list was overwritten. Recognises an entry by its
/// checksum. Returns null if there is none.
static tl__defer_frame *find_latest(const tl_fiber *self, const char *low)
{
    const tl__defer_frame *latest = NULL, *before;
    tl__defer_frame entry;
    do {
        before = latest;
        uintptr_t first = ((uintptr_t)low + sizeof(void *) - 1) & ~(sizeof(void *) - 1);
        for (const char *at = (const char *)first; at + sizeof entry <= self->stack_top; at += sizeof(void *)) {
            const tl__defer_frame *place = (const tl__defer_frame *)at;
            if (is_intact(place, &entry) && (const char *)entry.frame >= low &&
                (latest == NULL || entry.outer == latest))
                latest = place;
        }
    } while (latest != before);
    return (tl__defer_frame *)(uintptr_t)latest;
}

/// Drops the latest entries from the list that are in frames below `end`, or overwritten.
static void drop_defers(tl_fiber *self, const char *end)
{
    tl__defer_frame entry;
    while (self->deferred != NULL) {
        bool intact = is_intact(self->deferred, &entry);
        if (intact && (const char *)entry.frame >= end)
            return;
        self->deferred = intact ? entry.outer : find_latest(self, end);
    }
}

static void run_latest(tl_fiber *self, const tl__defer_frame *entry)
{
    self->deferred->cleanup = NULL; // so that no landing pad runs it again
    self->deferred->check = 0;      // so that find_latest does not find it again
    self->deferred = entry->outer;
    entry->cleanup(entry->arg);
}

/// Runs all remaining clean-ups of frames from `low` up.
static void run_defers(tl_fiber *self, const char *low)
{
    tl__defer_frame entry;
    for (drop_defers(self, low); self->deferred != NULL; drop_defers(self, low))
        if (is_intact(self->deferred, &entry))
            run_latest(self, &entry);
}

#if defined(TELAR_FORCED_UNWIND) || defined(TELAR_SEH_UNWIND)

static tl__unwinder *unwinder_of(tl_fiber *self)
{
    return tl__state(self) & TL__DENSE ? tl__dense_unwinder(self) : &self->unwinder;
}

/// Called when a C++ `catch (...)` ends without rethrowing what it caught. Reports misuse and continues to end the
/// fiber from there.
static void be_swallowed(_Unwind_Reason_Code reason, struct _Unwind_Exception *unwinder)
{
    (void)reason, (void)unwinder;
    tl__misuse(TL_ERROR_SWALLOWED, "catch (...)");
    tl__unwind(tl__fiber_self());
}

static struct _Unwind_Exception *make_exception(tl__unwinder *unwinder)
{
    struct _Unwind_Exception *exception = tl__unwinder_in(unwinder);
    memset(exception, 0, sizeof *exception);
    memcpy(&exception->exception_class, "TELARend", sizeof exception->exception_class);
    exception->exception_cleanup = be_swallowed;
    unwinder->function = NULL;
    return exception;
}

#endif

#ifdef TELAR_FORCED_UNWIND

// In libgcc and in LLVM's libunwind; only macOS' <unwind.h> declares it.
#ifndef __APPLE__
struct dwarf_eh_bases {
    void *text, *data, *function;
};
extern void *_Unwind_Find_FDE(const void *pc, struct dwarf_eh_bases *bases);
#endif

/// Whether the function that contains `pc` has landing pads: whether its unwind tables name a personality routine. Also
/// true for a function without tables. Source: Linux Standard Base, "Exception Frames": a function's record begins with
/// its length and the distance to the common record; that has a length, a zero, a version, and then a string, in which
/// 'P' stands for a personality routine.
static bool has_landing_pads(void *pc)
{
    struct dwarf_eh_bases bases;
    const char *record = _Unwind_Find_FDE(pc, &bases);
    if (record == NULL)
        return true;
    int32_t distance;
    memcpy(&distance, record + 4, sizeof distance);
    const char *common = record + 4 - distance;
    return strchr(common + 9, 'P') != NULL;
}

/// Whether an entry was made in the frame that the unwinder passed last, whose function has no landing pads.
static bool is_of(const tl__defer_frame *entry, const tl__unwinder *last)
{
    return _Unwind_FindEnclosingFunction(entry->caller) == last->function ||
           (entry->frame == last->frame && !has_landing_pads(entry->caller));
}

/// Runs the clean-ups of the frame that the unwinder passed last, if its function did not run them itself. All frames
/// below `end` are gone.
static void run_defers_of_last_frame(tl_fiber *self, const tl__unwinder *last, const char *end)
{
    tl__defer_frame entry;
    drop_defers(self, last->function != NULL ? last->frame : end);
    while (self->deferred != NULL && is_intact(self->deferred, &entry) && (const char *)entry.frame < end) {
        if (is_of(&entry, last))
            run_latest(self, &entry);
        else
            self->deferred = entry.outer;
    }
}

/// Called by the unwinder before each frame's own clean-ups, when all frames below it are gone.
static _Unwind_Reason_Code stop(int version, _Unwind_Action actions, _Unwind_Exception_Class class,
                                struct _Unwind_Exception *exception, struct _Unwind_Context *context, void *fiber)
{
    (void)version, (void)class, (void)exception;
    tl_fiber *self = fiber;
    tl__unwinder *unwinder = unwinder_of(self);
    // Despite its name, _Unwind_GetCFA returns the frame's stack pointer, which is the CFA of the frame below.
    const char *frame = (const char *)(uintptr_t)_Unwind_GetCFA(context);
    if (!(actions & _UA_END_OF_STACK))
        tl__sanitizer_abandon(self->stack_low, frame);
    run_defers_of_last_frame(self, unwinder, frame);
    if (actions & _UA_END_OF_STACK) { // the end of the stack, or of the part that can be unwound
        run_defers(self, frame);
        tl__fiber_finish(self);
    }
    bool has_landing_pads = _Unwind_GetLanguageSpecificData(context) != 0;
    unwinder->frame = frame;
    unwinder->function = has_landing_pads ? NULL : (const void *)(uintptr_t)_Unwind_GetRegionStart(context);
    return _URC_NO_REASON;
}

_Noreturn void tl__unwind(tl_fiber *self)
{
    struct _Unwind_Exception *exception = make_exception(unwinder_of(self));
    _Unwind_ForcedUnwind(exception, stop, self);
    run_defers(self, __builtin_dwarf_cfa()); // the unwinder returns only if it cannot continue
    tl__fiber_finish(self);
}

#elif defined(TELAR_SEH_UNWIND)

/// Whether the list of entries has one that was made in the frame.
static bool has_defer(void *fiber, uintptr_t stack_pointer)
{
    tl__defer_frame entry;
    for (const tl__defer_frame *at = ((tl_fiber *)fiber)->deferred; at != NULL && is_intact(at, &entry);
         at = entry.outer)
        if ((uintptr_t)entry.frame == stack_pointer)
            return true;
    return false;
}

_Noreturn void tl__unwind(tl_fiber *self)
{
    drop_defers(self, __builtin_frame_address(0));
    // If a function that has entries runs no clean-ups itself, its frame would be gone before its entries could run. So
    // then all entries run first, and the clean-ups of the other frames afterwards.
    tl__seh_frames frames = tl__seh_walk(has_defer, self);
    if (frames != TL__SEH_ALL)
        run_defers(self, __builtin_frame_address(0));
    if (frames != TL__SEH_UNKNOWN)
        tl__seh_unwind(make_exception(unwinder_of(self)), self->args);
    tl__fiber_finish(self);
}

_Noreturn void tl__fiber_unwound(void)
{
    tl_fiber *self = tl__fiber_self();
    run_defers(self, __builtin_frame_address(0));
    tl__fiber_finish(self);
}

#else

_Noreturn void tl__unwind(tl_fiber *self)
{
    run_defers(self, __builtin_frame_address(0));
    tl__fiber_finish(self);
}

#endif

/// Returns whether a longjmp may have skipped the end of the block that holds the latest entry: true if the entry lies
/// in a frame below `frame`, which called us, or at `made`, where a new entry is about to be written.
static inline bool may_be_gone(const tl_fiber *self, const char *frame, const tl__defer_frame *made)
{
#ifdef TL__ASAN
    (void)frame, (void)made;
    return self->deferred != NULL; // the entry may lie anywhere
#else
    const char *latest = (const char *)self->deferred;
    return (latest < frame && latest >= self->stack_low) || self->deferred == made; // neither holds for null
#endif
}

/// Registers a clean-up of the block that `caller` returns to.
/// @param frame  the stack pointer of that block's function, by which the unwinder, too, identifies the frame. (Not the
///   address of a local in the frame, which AddressSanitizer may keep elsewhere)
static inline void enter(tl__defer_frame *made, tl_deferred cleanup, void *arg, const char *frame, void *caller)
{
    if (cleanup == NULL) {
        tl__misuse(TL_ERROR_NULL, "tl_defer");
        return;
    }
    tl_fiber *self = tl__fiber_self();
    // Addresses can be compared only if the caller's frame is on the fiber's own stack. A signal handler may be on
    // another stack, and a thread's frames are on the thread's.
    bool is_ours = frame > self->stack_low && frame <= self->stack_top;
    if (UNLIKELY(is_ours && may_be_gone(self, frame, made)))
        drop_defers(self, frame);
    *made = (tl__defer_frame){self->deferred, cleanup, arg, frame, caller, 0};
    made->check = check_of(made, made);
    self->deferred = made;
}

#if (defined(TELAR_FORCED_UNWIND) || defined(TELAR_SEH_UNWIND)) && defined(TL__STACK_POINTER_STUB)
__attribute__((used)) static NEVER_INLINE void enter_at(tl__defer_frame *made, tl_deferred cleanup, void *arg,
                                                        const char *frame)
{
    enter(made, cleanup, arg, frame, __builtin_return_address(0));
}

__attribute__((naked)) void tl__defer_enter(__attribute__((unused)) tl__defer_frame *made,
                                            __attribute__((unused)) tl_deferred cleanup,
                                            __attribute__((unused)) void *arg)
{
    __asm__(TL__STACK_POINTER_STUB : : "i"(enter_at));
}
#else
#if defined(TELAR_FORCED_UNWIND) || defined(TELAR_SEH_UNWIND)
#define CALLERS_STACK_POINTER __builtin_dwarf_cfa()
#else
#define CALLERS_STACK_POINTER __builtin_frame_address(0) // an approximation, which suffices here
#endif

NEVER_INLINE void tl__defer_enter(tl__defer_frame *made, tl_deferred cleanup, void *arg)
{
    enter(made, cleanup, arg, CALLERS_STACK_POINTER, __builtin_return_address(0));
}
#endif

NEVER_INLINE void tl__defer_leave(tl__defer_frame *left)
{
    if (left->cleanup == NULL)
        return;
    tl_fiber *self = tl__fiber_self();
    self->deferred = left->outer; // also drops entries that a longjmp left behind
    left->check = 0;              // the entry stays in its frame, where find_latest must not find it
    uint32_t before = tl__state(self);
    tl__fiber_set_state(self, before | TL__UNWINDING);
    left->cleanup(left->arg);
    // The other flags may have changed meanwhile: a child of fork has TL__FORKED set.
    tl__fiber_set_state(self, (tl__state(self) & ~(uint32_t)TL__UNWINDING) | (before & TL__UNWINDING));
}
