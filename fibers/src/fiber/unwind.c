// SPDX-License-Identifier: MIT
#include "fiber/unwind.h"
#include "base/compiler.h"

#include <string.h>

#include "base/misuse.h"
#include "fiber/dense.h"
#include "fiber/fiber.h"
#include "fiber/thread_life.h"

// A longjmp leaves frames without their clean-ups, and the entries of these stay in the list. Whatever runs next on the
// stack writes over them. So an entry is read only together with its check, and counts only where it can belong to a
// frame that is there:
//   - none below the stack pointer. Those are dropped as soon as another tl_defer is entered there, too;
//   - where a function has landing pads, these run its clean-ups, and what they leave in the list is not its own;
//   - a function without landing pads runs those entries that were made in that very function. Where a compiler has
//     split it, its parts are functions to the unwinder, which have the same stack pointer, and no landing pads.

#ifdef TELAR_FORCED_UNWIND
/// What the unwinder, too, will take for the caller's frame. (Not the address of something in it, which an
/// AddressSanitizer may keep elsewhere.)
#define CALLERS_STACK_POINTER __builtin_dwarf_cfa()
#else
#define CALLERS_STACK_POINTER __builtin_frame_address(0) // near enough
#endif

static uintptr_t check_of(const tl__defer_frame *entry, const tl__defer_frame *place)
{
    return (uintptr_t)place + (uintptr_t)entry->outer * 3 + (uintptr_t)entry->cleanup * 5 + (uintptr_t)entry->arg * 9 +
           ((uintptr_t)entry->frame << 7) + ((uintptr_t)entry->caller << 5) + 0x5eed;
}

/// Copies an entry, which may lie in a frame that is gone: a sanitizer would object to reading that.
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

/// The latest entry in the frames from `low` up, for when the list is torn; null: none. An entry is known by its check.
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

/// Drops the entries in frames below `end`, and one that was written over.
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
    self->deferred->cleanup = NULL; // or a landing pad might run it again
    self->deferred->check = 0;      // or a search for the latest might find it again
    self->deferred = entry->outer;
    entry->cleanup(entry->arg);
}

/// Runs all that are left in frames from `low` up.
static void run_defers(tl_fiber *self, const char *low)
{
    tl__defer_frame entry;
    for (drop_defers(self, low); self->deferred != NULL; drop_defers(self, low))
        if (is_intact(self->deferred, &entry))
            run_latest(self, &entry);
}

#ifdef TELAR_FORCED_UNWIND

// libgcc's, and LLVM's libunwind has it, too; no header that is installed declares it.
struct dwarf_eh_bases {
    void *text, *data, *function;
};
extern const void *_Unwind_Find_FDE(void *pc, struct dwarf_eh_bases *bases);

/// Whether a function has landing pads, by its tables: then those name a personality. True, too, where it has none.
/// Source: Linux Standard Base, "Exception Frames": a record begins with its length and the distance to the common one,
/// which has, after length, zero and a version, a string.
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

/// Whether an entry was made in the function that the unwinder passed last, which has no landing pads.
static bool is_of(const tl__defer_frame *entry, const tl__unwinder *last)
{
    return _Unwind_FindEnclosingFunction(entry->caller) == last->function ||
           (entry->frame == last->frame && !has_landing_pads(entry->caller));
}

/// All frames below `end` are gone. Runs what the last of them, which the unwinder passed before, did not run itself.
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

static tl__unwinder *unwinder_of(tl_fiber *self)
{
    return tl__state(self) & TL__DENSE ? tl__dense_unwinder(self) : &self->unwinder;
}

/// Called before each frame's own clean-ups, when all frames below it are gone.
static _Unwind_Reason_Code stop(int version, _Unwind_Action actions, _Unwind_Exception_Class class,
                                struct _Unwind_Exception *exception, struct _Unwind_Context *context, void *fiber)
{
    (void)version, (void)class, (void)exception;
    tl_fiber *self = fiber;
    tl__unwinder *unwinder = unwinder_of(self);
    // Despite its name this is the frame's stack pointer, which is what the frame below has as its CFA.
    const char *frame = (const char *)(uintptr_t)_Unwind_GetCFA(context);
    if (!(actions & _UA_END_OF_STACK))
        tl__sanitizer_abandon(self->stack_low, frame);
    run_defers_of_last_frame(self, unwinder, frame);
    if (actions & _UA_END_OF_STACK) { // or of what can be unwound
        run_defers(self, frame);
        tl__fiber_finish(self);
    }
    bool has_landing_pads = _Unwind_GetLanguageSpecificData(context) != 0;
    unwinder->frame = frame;
    unwinder->function = has_landing_pads ? NULL : (const void *)(uintptr_t)_Unwind_GetRegionStart(context);
    return _URC_NO_REASON;
}

/// A C++ `catch (...)` ended without throwing on what it caught. The fiber keeps ending, from there.
static void be_swallowed(_Unwind_Reason_Code reason, struct _Unwind_Exception *unwinder)
{
    (void)reason, (void)unwinder;
    tl__misuse(TL_ERROR_SWALLOWED, "catch (...)");
    tl__unwind(tl__fiber_self());
}

_Noreturn void tl__unwind(tl_fiber *self)
{
    tl__unwinder *unwinder = unwinder_of(self);
    struct _Unwind_Exception *exception = tl__unwinder_in(unwinder);
    memset(exception, 0, sizeof *exception);
    memcpy(&exception->exception_class, "TELARend", sizeof exception->exception_class);
    exception->exception_cleanup = be_swallowed;
    unwinder->function = NULL;
    _Unwind_ForcedUnwind(exception, stop, self);
    run_defers(self, __builtin_dwarf_cfa()); // it returns only where it could not go on
    tl__fiber_finish(self);
}

#else

_Noreturn void tl__unwind(tl_fiber *self)
{
    run_defers(self, __builtin_frame_address(0));
    tl__fiber_finish(self);
}

#endif

/// Whether the latest entry may lie in a frame below `frame`, or where a new one is about to be made.
static inline bool may_be_gone(const tl_fiber *self, const char *frame, const tl__defer_frame *made)
{
#ifdef TL__ASAN
    (void)frame, (void)made;
    return self->deferred != NULL; // it may lie anywhere
#else
    const char *latest = (const char *)self->deferred;
    return (latest < frame && latest >= self->stack_low) || self->deferred == made; // null is neither
#endif
}

NEVER_INLINE void tl__defer_enter(tl__defer_frame *made, tl_deferred cleanup, void *arg)
{
    if (cleanup == NULL) {
        tl__misuse(TL_ERROR_NULL, "tl_defer");
        return;
    }
    tl_fiber *self = tl__fiber_self();
    const char *frame = CALLERS_STACK_POINTER;
    // Only on the fiber's own stack (a signal handler may be elsewhere, as frames of a thread are) can places be
    // compared.
    bool is_ours = frame > self->stack_low && frame <= self->stack_top;
    if (UNLIKELY(is_ours && may_be_gone(self, frame, made)))
        drop_defers(self, frame);
    *made = (tl__defer_frame){self->deferred, cleanup, arg, frame, __builtin_return_address(0), 0};
    made->check = check_of(made, made);
    self->deferred = made;
}

NEVER_INLINE void tl__defer_leave(tl__defer_frame *left)
{
    if (left->cleanup == NULL)
        return;
    tl_fiber *self = tl__fiber_self();
    self->deferred = left->outer; // also drops what a longjmp left behind
    left->check = 0;              // it is in a frame that stays, where a search for the latest might find it
    uint32_t before = tl__state(self);
    tl__fiber_set_state(self, before | TL__UNWINDING);
    left->cleanup(left->arg);
    // The rest of the state may be another by now: a child made by fork has TL__FORKED.
    tl__fiber_set_state(self, (tl__state(self) & ~(uint32_t)TL__UNWINDING) | (before & TL__UNWINDING));
}
