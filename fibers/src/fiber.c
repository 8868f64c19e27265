// Switching between fibers: who runs, who gets control next, and what is refused.
//
// Who owns what: a fiber that is running or waiting belongs to the thread that runs it; otherwise to whoever holds the
// pointer. Each switch is prepared wholly by the side that gives control away: it sets the statuses and the thread's
// current fiber, and puts the value where the other side wants it. So the side that arrives has nothing to do but
// return. That matters twice. With nothing left to do, the call of the switch is a jump: see context.h. And a fiber may
// arrive on another thread than it left, where an address of a thread-local that was computed before is the wrong one.
// For the same reason no function that looks at a thread-local and is called from elsewhere may be inlined there, at
// link time either: the caller could keep the address across a switch. A test looks for that in what was linked.
#include "fiber_internal.h"

#include <stddef.h>

#include "fiber_engine.h"
#include "misuse_internal.h"

#ifdef __clang__
#define NEVER_INLINE __attribute__((noinline))
#else
#define NEVER_INLINE __attribute__((noinline, noclone))
#endif
#define UNLIKELY(condition) __builtin_expect(!!(condition), 0)

/// What `current` points to on a thread that has not resumed a fiber yet. Never written.
static tl_fiber stranger = {.state = TL_FIBER_SUSPENDED | TL__THREAD | TL__STRANGER};

/// The thread's own context, in the form of a fiber, and the fiber that it runs.
static _Thread_local struct {
    tl_fiber *current;           ///< outside any fiber &root, or at first &stranger
    tl_fiber root;               ///< its resumer is null: nobody can be yielded to
    const tl_fiber *interrupted; ///< gets another frame onto its stack just now
    /// The control words of all contexts that do not keep their own, while one runs that does.
    tl__float_control shared_float_control;
} thread __attribute__((tls_model("initial-exec"))) = {.current = &stranger};

/// The running fiber, or the thread's own context outside any.
static tl_fiber *running(void)
{
    if (thread.current == &stranger) {
        thread.current = &thread.root;
        tl__fiber_set_state(&thread.root, TL_FIBER_SUSPENDED | TL__THREAD);
        tl__sanitizer_adopt_thread(&thread.root.sanitizer);
    }
    return thread.current;
}

NEVER_INLINE tl_fiber *tl__fiber_self(void)
{
    return running();
}

/// The running fiber, or null outside any.
static inline tl_fiber *running_fiber(void)
{
    return tl__resumer(thread.current) != NULL ? thread.current : NULL;
}

/// Whose context is kept, or being kept, at `saved`.
static const tl_fiber *owner(const tl__context *saved)
{
#ifndef TELAR_BACKEND_UCONTEXT
    if (saved == &thread.current->resumer_context)
        return tl__resumer(thread.current);
#endif
    return (const tl_fiber *)((const char *)saved - offsetof(tl_fiber, context));
}

NEVER_INLINE void tl__fiber_suspects(const tl__context *saved, const tl_fiber *suspects[2])
{
    suspects[0] = thread.current;
    suspects[1] = saved != NULL ? owner(saved) : thread.interrupted;
}

NEVER_INLINE bool tl__fiber_is_waiting(const tl_fiber *fiber)
{
    for (const tl_fiber *active = tl__resumer(thread.current); active != NULL; active = tl__resumer(active))
        if (active == fiber)
            return true;
    return false;
}

static bool keeps_float_control(const tl_fiber *fiber)
{
    return tl__state(fiber) & TL__KEEPS_FLOAT_CONTROL;
}

static inline void set_resumer(tl_fiber *fiber, tl_fiber *resumer)
{
    atomic_store_explicit(&fiber->resumer, resumer, memory_order_relaxed);
}

/// Where the context that waits for a running fiber is kept. With the assembly it is in the fiber that runs, one load
/// nearer for whoever goes back there.
static inline tl__context *context_behind(tl_fiber *fiber)
{
#ifdef TELAR_BACKEND_UCONTEXT
    return &tl__resumer(fiber)->context;
#else
    return &fiber->resumer_context;
#endif
}

/// Puts the value that `from` sends where `to` wants it, and remembers where `from` wants the one that comes back.
static inline void exchange_values(tl_fiber *from, tl_fiber *to, void **value)
{
    void *sent = value != NULL ? *value : NULL;
    from->inbox = value;
    if (to->inbox != NULL) {
        *to->inbox = sent;
        to->inbox = NULL;
    }
}

/// The same, in the short way: straight through when there are no values, since each jump taken costs as much as
/// several instructions.
#define EXCHANGE_FEW_VALUES(from, to, value)                                                                           \
    if (UNLIKELY((value) != NULL || (to)->inbox != NULL))                                                              \
    exchange_values(from, to, value)

/// `from` stops running. All that `to` finds must be settled before.
static inline void leave(tl_fiber *from, tl_fiber *to, bool for_good)
{
#if defined(TELAR_BACKEND_UCONTEXT) || defined(TL__ASAN) || defined(TL__TSAN) || !defined(NDEBUG)
    char room[512]; // a stack that is too full for what follows faults here, while its fiber is the current one
    *(volatile char *)room = 0;
#endif
    tl__sanitizer_leave(&from->sanitizer, &to->sanitizer, for_good);
    thread.current = to;
}

/// leave, and gives control to `to`, whose suspended call returns TL_OK.
static inline tl_result switch_to(tl_fiber *from, tl_fiber *to, tl__context *save, tl__context *load)
{
    leave(from, to, false);
#ifdef TL__SANITIZER_ARRIVES
    tl_result answer = tl__context_switch(save, load, TL_OK);
    tl__sanitizer_arrive(&from->sanitizer);
    return answer;
#else
    return tl__context_switch(save, load, TL_OK);
#endif
}

#ifdef TL__SANITIZER_ARRIVES
/// The first thing that runs on a fiber's stack, where a sanitizer wants to be told.
static void start_arriving(void *fiber)
{
    tl_fiber *self = fiber;
    tl__sanitizer_arrive(&self->sanitizer);
    self->entry->run(self->args);
}
#define FIRST_CALL(fiber) start_arriving, (fiber)
#else
#define FIRST_CALL(fiber) (fiber)->entry->run, (fiber)->args
#endif

/// The same for one that has not begun.
static inline tl_result start(tl_fiber *from, tl_fiber *to, tl__context *save)
{
    leave(from, to, false);
#ifdef TL__SANITIZER_ARRIVES
    tl_result answer = tl__context_start(save, &to->context, to->stack_low, to->args, FIRST_CALL(to));
    tl__sanitizer_arrive(&from->sanitizer);
    return answer;
#else
    return tl__context_start(save, &to->context, to->stack_low, to->args, FIRST_CALL(to));
#endif
}

/// Exchanges the control words, where one of the two keeps its own.
static inline void exchange_float_control(tl_fiber *from, tl_fiber *to)
{
    if ((tl__state(from) | tl__state(to)) & TL__KEEPS_FLOAT_CONTROL)
        tl__float_control_exchange(keeps_float_control(from) ? &from->float_control : &thread.shared_float_control,
                                   keeps_float_control(to) ? &to->float_control : &thread.shared_float_control);
}

// In a debug build all switches take the long way, and what a fiber that does not keep its own control words sets must
// not leak: when it stops running, they must be what they were when control last left the thread's own context.
#if defined(NDEBUG) || defined(TELAR_BACKEND_UCONTEXT)
enum { CHECKS_FLOAT_CONTROL = false };
#else
enum { CHECKS_FLOAT_CONTROL = true };
#endif

static inline void check_float_control(const tl_fiber *self, const char *call)
{
    if (!CHECKS_FLOAT_CONTROL || keeps_float_control(self))
        return;
    tl__float_control now;
    tl__float_control_read(&now);
    if (tl__state(self) & TL__THREAD) {
        thread.shared_float_control = now; // a thread may set what it likes
    } else if (!tl__float_control_equal(&now, &thread.shared_float_control)) {
        tl__misuse(TL_ERROR_FLOAT_CONTROL, call);
        tl__float_control_load(&thread.shared_float_control);
    }
}

/// Makes `fiber` one that runs, to go back to `resumer`.
static inline void enter(tl_fiber *fiber, tl_fiber *resumer)
{
    uint32_t kept = tl__state(fiber) & ~(uint32_t)(TL__STATUS | TL__MIXED);
    tl__fiber_set_state(fiber, kept | TL_FIBER_SUSPENDED | (keeps_float_control(resumer) ? TL__MIXED : 0));
    set_resumer(fiber, resumer);
}

static inline tl_result check_resumable(const tl_fiber *fiber)
{
    if (fiber == NULL)
        return TL_ERROR_NULL;
    if (tl__resumer(fiber) != NULL)
        return tl__fiber_is_waiting(fiber) ? TL_ERROR_WAITING : TL_ERROR_RUNNING;
    if (tl__status(fiber) != TL_FIBER_DONE)
        return TL_OK;
    return tl__state(fiber) & TL__DESTROYED ? TL_ERROR_STALE : TL_ERROR_FINISHED;
}

tl_result tl__fiber_check_resumable(const tl_fiber *fiber)
{
    return check_resumable(fiber);
}

/// TL_OK when the running fiber may give control away.
static tl_result check_suspendable(const tl_fiber *self)
{
    if (self == NULL)
        return TL_ERROR_NO_FIBER;
    return tl__state(self) & TL__UNWINDING ? TL_ERROR_UNWINDING : TL_OK;
}

// Resume and yield are written twice. The short way is taken when all is plain, which a comparison or two show; the
// long way checks everything and says what is wrong. The short way must stay short, in stores above all: they are what
// bounds a pair (docs/performance.md). So it writes nothing that can be found out when somebody asks, such as who is
// waiting.

static NEVER_INLINE tl_result resume_any(tl_fiber *fiber, void **value, const char *call)
{
    tl_result possible = check_resumable(fiber);
    if (UNLIKELY(possible != TL_OK))
        return tl__misuse(possible, call);
    tl_fiber *self = running();
    check_float_control(self, call);
    bool begins = tl__status(fiber) == TL_FIBER_READY;
    if (begins)
        fiber->inbox = &fiber->first_value;
    exchange_values(self, fiber, value);
    enter(fiber, self);
    exchange_float_control(self, fiber);
    return begins ? start(self, fiber, context_behind(fiber))
                  : switch_to(self, fiber, context_behind(fiber), &fiber->context);
}

/// What is not as plain as tl_resume takes it, but plain enough: without values, from what does not keep its control
/// words, the start of a fiber that does not either, or one that does.
static NEVER_INLINE tl_result resume_otherwise(tl_fiber *fiber, void **value, tl_fiber *self)
{
    if (UNLIKELY(CHECKS_FLOAT_CONTROL || fiber == NULL || tl__resumer(fiber) != NULL || value != NULL ||
                 fiber->inbox != NULL || tl__state(self) & (TL__KEEPS_FLOAT_CONTROL | TL__STRANGER)))
        return resume_any(fiber, value, "tl_resume");
    switch (tl__state(fiber)) {
    case TL_FIBER_READY:
        fiber->first_value = NULL;
        tl__fiber_set_state(fiber, TL_FIBER_SUSPENDED);
        set_resumer(fiber, self);
        return start(self, fiber, context_behind(fiber));
    case TL_FIBER_SUSPENDED | TL__KEEPS_FLOAT_CONTROL:
        set_resumer(fiber, self);
        tl__float_control_exchange(&thread.shared_float_control, &fiber->float_control);
        return switch_to(self, fiber, context_behind(fiber), &fiber->context);
    default: return resume_any(fiber, value, "tl_resume");
    }
}

NEVER_INLINE tl_result tl_resume(tl_fiber *fiber, void **value)
{
    tl_fiber *self = thread.current;
    if (UNLIKELY(CHECKS_FLOAT_CONTROL || fiber == NULL || tl__state(fiber) != TL_FIBER_SUSPENDED ||
                 tl__resumer(fiber) != NULL || tl__state(self) & (TL__KEEPS_FLOAT_CONTROL | TL__STRANGER)))
        return resume_otherwise(fiber, value, self);
    EXCHANGE_FEW_VALUES(self, fiber, value);
    set_resumer(fiber, self);
    return switch_to(self, fiber, context_behind(fiber), &fiber->context);
}

static NEVER_INLINE tl_result yield_any(void **value)
{
    tl_fiber *self = running_fiber();
    tl_result possible = check_suspendable(self);
    if (UNLIKELY(possible != TL_OK))
        return tl__misuse(possible, "tl_yield");
    check_float_control(self, "tl_yield");
    tl_fiber *to = tl__resumer(self);
    exchange_values(self, to, value);
    exchange_float_control(self, to);
    tl__context *behind = context_behind(self);
    set_resumer(self, NULL);
    return switch_to(self, to, &self->context, behind);
}

/// From a fiber that keeps its control words to what does not, without values.
static NEVER_INLINE tl_result yield_strict(void **value, tl_fiber *self)
{
    tl_fiber *to = tl__resumer(self);
    if (UNLIKELY(CHECKS_FLOAT_CONTROL || tl__state(self) != (TL_FIBER_SUSPENDED | TL__KEEPS_FLOAT_CONTROL) ||
                 value != NULL || to->inbox != NULL || keeps_float_control(to)))
        return yield_any(value);
    tl__float_control_exchange(&self->float_control, &thread.shared_float_control);
    tl__context *behind = context_behind(self);
    set_resumer(self, NULL);
    return switch_to(self, to, &self->context, behind);
}

NEVER_INLINE tl_result tl_yield(void **value)
{
    tl_fiber *self = thread.current;
    if (UNLIKELY(CHECKS_FLOAT_CONTROL ||
                 tl__state(self) != TL_FIBER_SUSPENDED)) // a thread's own context is more than that, too
        return yield_strict(value, self);
    tl_fiber *to = tl__resumer(self);
    EXCHANGE_FEW_VALUES(self, to, value);
    tl__context *behind = context_behind(self);
    set_resumer(self, NULL);
    return switch_to(self, to, &self->context, behind);
}

NEVER_INLINE tl_result tl_transfer(tl_fiber *fiber, void **value)
{
    tl_fiber *self = running_fiber();
    tl_result possible = check_suspendable(self);
    if (possible == TL_OK)
        possible = check_resumable(fiber);
    if (UNLIKELY(possible != TL_OK))
        return tl__misuse(possible, __func__);
    check_float_control(self, "tl_transfer");
    bool begins = tl__status(fiber) == TL_FIBER_READY;
    if (begins)
        fiber->inbox = &fiber->first_value;
    exchange_values(self, fiber, value);
    enter(fiber, tl__resumer(self));
    exchange_float_control(self, fiber);
#ifndef TELAR_BACKEND_UCONTEXT
    fiber->resumer_context = self->resumer_context;
#endif
    set_resumer(self, NULL);
    return begins ? start(self, fiber, &self->context) : switch_to(self, fiber, &self->context, &fiber->context);
}

/// The end of `self`, when all that its resumer finds is settled.
static inline _Noreturn void leave_for_good(tl_fiber *self, tl_fiber *to, uint32_t state)
{
    tl__context *behind = context_behind(self);
    tl__fiber_set_state(self, state);
    set_resumer(self, NULL);
    leave(self, to, true);
    tl__context_leave(behind, TL_FINISHED);
}

_Noreturn NEVER_INLINE void tl__fiber_finish(tl_fiber *self)
{
    check_float_control(self, "the end of a fiber");
    tl_fiber *to = tl__resumer(self);
    if (to->inbox != NULL) {
        *to->inbox = self->result;
        to->inbox = NULL;
    }
    exchange_float_control(self, to);
    leave_for_good(self, to, (tl__state(self) & ~(uint32_t)(TL__STATUS | TL__MIXED)) | TL_FIBER_DONE);
}

_Noreturn NEVER_INLINE void tl__fiber_returned(void)
{
    tl_fiber *self = thread.current, *to = tl__resumer(self);
    if (UNLIKELY(CHECKS_FLOAT_CONTROL || tl__state(self) != TL_FIBER_SUSPENDED || to->inbox != NULL))
        tl__fiber_finish(self);
    leave_for_good(self, to, TL_FIBER_DONE);
}

static _Noreturn void unwind(tl_fiber *self)
{
    tl__fiber_set_state(self, tl__state(self) | TL__UNWINDING | TL__ENDING);
    tl__unwind(self);
}

/// What a cancelled fiber runs instead of going on.
static void be_cancelled(void *fiber)
{
    tl_fiber *self = fiber;
    tl__sanitizer_arrive(&self->sanitizer);
    unwind(self);
}

void tl__fiber_on_exit(tl_fiber *fiber, tl_result (*on_exit)(void))
{
    fiber->on_exit = on_exit;
}

bool tl__fiber_is_done(const tl_fiber *fiber)
{
    return tl__status(fiber) == TL_FIBER_DONE;
}

NEVER_INLINE tl_result tl_exit(void *result)
{
    tl_fiber *self = running_fiber();
    tl_result possible = check_suspendable(self);
    if (possible != TL_OK)
        return tl__misuse(possible, __func__);
    if (self->on_exit != NULL)
        return self->on_exit();
    self->result = result;
    unwind(self);
}

NEVER_INLINE void tl__fiber_end(tl_fiber *fiber, const char *call)
{
    if (tl__status(fiber) == TL_FIBER_READY)
        tl__fiber_set_state(fiber, (tl__state(fiber) & ~(uint32_t)TL__STATUS) | TL_FIBER_DONE);
    if (tl__status(fiber) != TL_FIBER_SUSPENDED)
        return;
    thread.interrupted = fiber;
    tl__context_interrupt(&fiber->context, be_cancelled, fiber);
    thread.interrupted = NULL;
    fiber->inbox = NULL;
    resume_any(fiber, NULL, call);
}

tl_result tl_fiber_cancel(tl_fiber *fiber)
{
    tl_result possible = check_resumable(fiber);
    if (possible != TL_OK)
        return tl__misuse(possible, __func__);
    tl__fiber_end(fiber, __func__);
    return TL_OK;
}

NEVER_INLINE tl_fiber *tl_fiber_current(void)
{
    return running_fiber();
}

NEVER_INLINE bool tl_fiber_unwinding(void)
{
    tl_fiber *self = running_fiber();
    return self != NULL && tl__state(self) & TL__UNWINDING;
}

NEVER_INLINE void *tl_fiber_first_value(void)
{
    tl_fiber *self = running_fiber();
    return self != NULL ? self->first_value : NULL;
}
