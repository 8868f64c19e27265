// SPDX-License-Identifier: MIT
// Switching between fibers: which fiber runs, which one gets control next, and which calls are refused.
//
// Ownership: a running or waiting fiber belongs to the thread that runs it; any other belongs to the holder of its
// pointer. Each switch is prepared entirely by the side that gives control away: it sets the statuses and the thread's
// current fiber, and stores the value where the other side wants it. So the side that gets control only has to return.
// That matters for two reasons. First, the call of the switch is then a jump: see context.h. Second, a fiber may get
// control on another thread than the one it left, where an address of a thread-local that was computed before is wrong.
// So all functions here that other files call access thread-locals, and are never inlined (thread.h).
#include "fiber/fiber.h"

#include <stddef.h>

#include "base/compiler.h"
#include "base/misuse.h"
#include "fiber/dense.h"
#include "fiber/float_control.h"
#include "fiber/owner.h"
#include "fiber/thread_life.h"
#include "fiber/trace_fibers.h"

static inline void set_resumer(tl_fiber *fiber, tl_fiber *resumer)
{
    atomic_store_explicit(&fiber->resumer, resumer, memory_order_relaxed);
}

/// Redirects the inbox of a dense fiber to where its frames are kept now.
static inline void find_inbox(tl_fiber *fiber)
{
    if (tl__is_dense(fiber))
        fiber->inbox = tl__dense_find(fiber, fiber->inbox);
}

/// Stores the value that `from` sends in the inbox of `to`, and records where `from` wants the value that comes back.
static inline void exchange_values(tl_fiber *from, tl_fiber *to, void **value)
{
    void *sent = value != NULL ? *value : NULL;
    from->inbox = value;
    if (to->inbox != NULL) {
        *to->inbox = sent;
        to->inbox = NULL;
    }
}

/// Exchanges values on the fast path. Without values it falls straight through, since each jump taken costs as much as
/// several instructions.
#define EXCHANGE_FEW_VALUES(from, to, value)                                                                           \
    if (UNLIKELY((value) != NULL || (to)->inbox != NULL))                                                              \
    exchange_values(from, to, value)

/// Makes `to` the current fiber, right before the thread leaves the stack of `from`. All state that `to` will read must
/// be set before. `next` is what runs next: `to`, or first a copy trampoline.
static TL__LEAVES void leave_by(tl__thread_state *here, tl_fiber *from, tl__sanitizer *next, tl_fiber *to,
                                bool for_good)
{
#if TL__SWITCH_TAKES_STACK || defined(TL__ASAN) || defined(TL__TSAN) || !defined(NDEBUG)
    char room[512]; // a stack that is too full for what follows faults here, while its fiber is the current one
    *(volatile char *)room = 0;
#endif
    tl__sanitizer_leave(&from->sanitizer, next, for_good);
    here->current = to;
}

static inline void leave_fiber(tl__thread_state *here, tl_fiber *from, tl_fiber *to, bool for_good)
{
    leave_by(here, from, &to->sanitizer, to, for_good);
}

/// Gives control from `from` to `to`, whose suspended call returns `sent`.
static inline tl_result switch_with(tl__thread_state *here, tl_fiber *from, tl_fiber *to, tl__context *save,
                                    tl__context *load, tl_result sent)
{
    leave_fiber(here, from, to, false);
#ifdef TL__SANITIZER_ARRIVES
    tl_result answer = tl__context_switch(save, load, sent);
    tl__sanitizer_arrive(&from->sanitizer);
    return answer;
#else
    return tl__context_switch(save, load, sent);
#endif
}

static inline tl_result switch_to(tl__thread_state *here, tl_fiber *from, tl_fiber *to, tl__context *save,
                                  tl__context *load)
{
    return switch_with(here, from, to, save, load, TL_OK);
}

#ifdef TL__SANITIZER_ARRIVES
/// The first function on a fiber's stack, where a sanitizer needs a call.
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

static inline size_t guard_below(const tl_fiber *fiber)
{
    return fiber->pool != NULL ? fiber->pool->guard_size : 0;
}

/// Gives control from `from` to `to`, which has not begun.
static inline tl_result start_fiber(tl__thread_state *here, tl_fiber *from, tl_fiber *to, tl__context *save)
{
    leave_fiber(here, from, to, false);
#ifdef TL__SANITIZER_ARRIVES
    tl_result answer = tl__context_start(save, &to->context, to->stack_low, to->args, guard_below(to), FIRST_CALL(to));
    tl__sanitizer_arrive(&from->sanitizer);
    return answer;
#else
    return tl__context_start(save, &to->context, to->stack_low, to->args, guard_below(to), FIRST_CALL(to));
#endif
}

/// Makes a suspended fiber run tl__fiber_be_cancelled, instead of continuing, when it is next resumed.
static NEVER_INLINE void interrupt(tl_fiber *fiber)
{
    tl__this_thread.interrupted = fiber;
    tl__context_interrupt(&fiber->context, tl__fiber_be_cancelled, fiber);
    tl__this_thread.interrupted = NULL;
}

/// Copies the frames of a dense fiber back onto the shared stack, and interrupts the fiber if it was cancelled
/// meanwhile.
static void occupy(tl_fiber *fiber)
{
    tl__dense_occupy(fiber);
    if (tl__state(fiber) & TL__CANCELLED) {
        tl__fiber_set_state(fiber, tl__state(fiber) & ~(uint32_t)TL__CANCELLED);
        interrupt(fiber);
    }
}

/// The copy trampoline's function: copies one fiber off the shared stack, then resumes or starts another, on that stack
/// or elsewhere.
TL__NO_SANITIZE static void carry(void *dense_pool)
{
    tl_pool *pool = dense_pool;
    const tl__pending_switch *pending_switch = &pool->dense.pending_switch;
    tl_fiber *to = pending_switch->to;
    tl__sanitizer_arrive(&pool->dense.copy_trampoline_sanitizer);
    if (pending_switch->off != NULL)
        tl__dense_copy_off(pending_switch->off);
    if (tl__is_dense(to))
        occupy(to);
    tl__dense_protect(pool);
    tl__sanitizer_leave(&pool->dense.copy_trampoline_sanitizer, &to->sanitizer, true);
    if (pending_switch->load != NULL)
        tl__context_leave(pending_switch->load, pending_switch->answer);
    tl__context never;
    tl__context_start(&never, &to->context, to->stack_low, to->args, guard_below(to), FIRST_CALL(to));
}

/// Gives control from a dense fiber to another fiber by way of the copy trampoline, whose pending switch is set.
static tl_result start_copy_trampoline(tl_fiber *from, tl__context *save, bool for_good)
{
    tl_pool *pool = from->pool;
    tl__dense *dense = &pool->dense;
    leave_by(&tl__this_thread, from, &dense->copy_trampoline_sanitizer, dense->pending_switch.to, for_good);
    tl_result answer = tl__context_start(save, &dense->copy_trampoline, dense->copy_trampoline_low,
                                         dense->copy_trampoline_top, pool->guard_size, carry, pool);
#ifdef TL__SANITIZER_ARRIVES
    tl__sanitizer_arrive(&from->sanitizer);
#endif
    return answer;
}

static inline bool involves_dense(const tl_fiber *from, const tl_fiber *to)
{
    return (tl__state(from) | tl__state(to)) & TL__DENSE;
}

/// Gives control from `from` to `to`, neither of which needs the copy trampoline.
/// @param load  null: `to` has not begun
static inline tl_result switch_or_start(tl_fiber *from, tl_fiber *to, tl__context *save, tl__context *load,
                                        tl_result sent)
{
    tl__thread_state *here = &tl__this_thread;
    return load == NULL ? start_fiber(here, from, to, save) : switch_with(here, from, to, save, load, sent);
}

/// As switch_or_start, where `from` or `to` is dense.
static NEVER_INLINE tl_result go_dense(tl_fiber *from, tl_fiber *to, tl__context *save, tl__context *load,
                                       bool suspends)
{
    if (tl__dense_needs_trampoline(from, to, suspends)) {
        from->pool->dense.pending_switch = (tl__pending_switch){.off = from, .to = to, .load = load, .answer = TL_OK};
        return start_copy_trampoline(from, save, false);
    }
    if (tl__is_dense(to))
        occupy(to);
    return switch_or_start(from, to, save, load, TL_OK);
}

/// Gives control from `from` to `to`, either of which may be dense.
/// @param suspends  `from` will be suspended, not waiting
/// @param sent      what the suspended call of `to` returns; must be TL_OK if `from` or `to` is dense
static inline tl_result go(tl_fiber *from, tl_fiber *to, tl__context *save, tl__context *load, bool suspends,
                           tl_result sent)
{
    if (UNLIKELY(involves_dense(from, to)))
        return go_dense(from, to, save, load, suspends);
    return switch_or_start(from, to, save, load, sent);
}

/// Returns TL_OK if frames of dense fibers can be copied as a switch from `from` to `to` needs. Reports an error that
/// is misuse.
static NEVER_INLINE tl_result check_copies(tl_fiber *from, tl_fiber *to, void **value, bool suspends, const char *call)
{
    if (value != NULL && tl__dense_owns(from, *value))
        return tl__misuse(TL_ERROR_DENSE_POINTER, call);
    tl_result reserved = tl__dense_reserve(from, to, suspends);
    return reserved == TL_ERROR_RUNNING ? tl__misuse(reserved, call) : reserved;
}

static inline tl_result check_dense(tl_fiber *from, tl_fiber *to, void **value, bool suspends, const char *call)
{
    return UNLIKELY(involves_dense(from, to)) ? check_copies(from, to, value, suspends, call) : TL_OK;
}

/// Marks `fiber` as running, with `resumer` as the one to return control to.
static inline void enter_fiber(tl_fiber *fiber, tl_fiber *resumer)
{
    uint32_t kept = tl__state(fiber) & ~(uint32_t)(TL__STATUS | TL__NOT_FAST | TL__LENT);
    tl__fiber_set_state(fiber, kept | TL_FIBER_SUSPENDED | (tl__state(resumer) & TL__NOT_PLAIN ? TL__NOT_FAST : 0));
    set_resumer(fiber, resumer);
}

// Resume and yield are written twice. The fast path is for plain cases, which a comparison or two recognise; the slow
// path checks everything and reports what is wrong. The fast path must stay short, in stores above all: they limit the
// speed of a resume and yield (docs/performance.md). So it writes nothing that can be computed on demand, such as which
// fibers wait.

/// Sets all state that `fiber` will find when it gets control: its value, its resumer and the control words.
/// @return the context to resume; null if the fiber has not begun
static inline tl__context *prepare_fiber(tl_fiber *self, tl_fiber *fiber, tl_fiber *resumer, void **value)
{
    bool begins = tl__status(fiber) == TL_FIBER_READY;
    if (begins)
        fiber->inbox = &fiber->first_value;
    find_inbox(fiber);
    exchange_values(self, fiber, value);
    enter_fiber(fiber, resumer);
    tl__exchange_float_control(self, fiber);
    return begins ? NULL : &fiber->context;
}

/// Resumes a fiber, after all checks.
static inline tl_result resume_checked(tl_fiber *self, tl_fiber *fiber, void **value, tl_result sent)
{
    tl__trace_begin(fiber);
    if (tl__is_dense(self))
        tl__dense_wait(self);
    tl__context *load = prepare_fiber(self, fiber, self, value);
    return go(self, fiber, tl__any_context_behind(fiber), load, false, sent);
}

NEVER_INLINE tl_result tl__fiber_interrupt(tl_fiber *fiber, const char *call)
{
    tl_fiber *self = tl__running_context();
    tl__check_float_control(self, call);
    tl_result result = check_dense(self, fiber, NULL, false, call);
    if (result != TL_OK)
        return result;
    if (tl__is_dense(fiber) && !tl__dense_is_stack_owner(fiber))
        tl__fiber_set_state(fiber, tl__state(fiber) | TL__CANCELLED);
    else
        interrupt(fiber);
    fiber->inbox = NULL;
    fiber->result = NULL;
    resume_checked(self, fiber, NULL, TL_OK);
    return TL_OK;
}

static NEVER_INLINE tl_result resume_any(tl_fiber *fiber, void **value, const char *call, uint32_t owned,
                                         tl_result sent)
{
    tl_result result = tl__check_resumable(fiber, owned);
    if (UNLIKELY(result != TL_OK))
        return tl__misuse(result, call);
    tl_fiber *self = tl__running_context();
    tl__check_float_control(self, call);
    result = check_dense(self, fiber, value, false, call);
    return UNLIKELY(result != TL_OK) ? result : resume_checked(self, fiber, value, sent);
}

/// Resumes a dense fiber, without values and from a plain resumer. (A separate function: inlined, it would make its
/// caller save registers on all paths.)
static OWN_LINES NEVER_INLINE tl_result resume_dense(tl_fiber *fiber, tl_fiber *self)
{
    if (UNLIKELY(!tl__dense_try_to_occupy(fiber)))
        return resume_any(fiber, NULL, "tl_resume", 0, TL_OK);
    tl__thread_state *here = &tl__this_thread;
    set_resumer(fiber, self);
    if (tl__keeps_float_control(fiber))
        tl__float_control_exchange(&here->shared_float_control, &fiber->float_control);
    if (tl__status(fiber) == TL_FIBER_SUSPENDED)
        return switch_to(here, self, fiber, tl__context_behind(fiber), &fiber->context);
    fiber->first_value = NULL;
    tl__fiber_set_state(fiber, tl__state(fiber) | TL_FIBER_SUSPENDED);
    return start_fiber(here, self, fiber, tl__context_behind(fiber));
}

/// Fast path of a resume without values, by a resumer that is neither dense nor keeps floating-point control words. The
/// fiber keeps control words, or is dense, or is neither and has not begun. resume_any handles all other cases.
/// @param owned  TL__OWNED if the owner (a job system or world) resumes, otherwise 0. A compile-time constant
/// @param sent   return value of the call that suspended the fiber; TL_OK for a dense fiber
ALWAYS_INLINE tl_result resume_for(tl_fiber *fiber, void **value, tl_fiber *self, uint32_t owned, tl_result sent)
{
    if (UNLIKELY(TL__CHECKS_FLOAT_CONTROL || TL__DENSE_CLOSES || fiber == NULL || tl__resumer(fiber) != NULL ||
                 value != NULL || fiber->inbox != NULL || tl__state(self) & TL__NOT_PLAIN))
        return resume_any(fiber, value, "tl_resume", owned, sent);
    tl__thread_state *here = &tl__this_thread;
    uint32_t state = tl__state(fiber);
    switch (state & ~owned) {
    case TL_FIBER_READY | TL__KEEPS_FLOAT_CONTROL:
        tl__float_control_exchange(&here->shared_float_control, &fiber->float_control);
        __attribute__((fallthrough));
    case TL_FIBER_READY:
        fiber->first_value = NULL;
        tl__fiber_set_state(fiber, state | TL_FIBER_SUSPENDED);
        set_resumer(fiber, self);
        return start_fiber(here, self, fiber, tl__context_behind(fiber));
    case TL_FIBER_SUSPENDED | TL__KEEPS_FLOAT_CONTROL:
        set_resumer(fiber, self);
        tl__float_control_exchange(&here->shared_float_control, &fiber->float_control);
        return switch_with(here, self, fiber, tl__context_behind(fiber), &fiber->context, sent);
    case TL_FIBER_READY | TL__DENSE:
    case TL_FIBER_SUSPENDED | TL__DENSE:
    case TL_FIBER_READY | TL__DENSE | TL__KEEPS_FLOAT_CONTROL:
    case TL_FIBER_SUSPENDED | TL__DENSE | TL__KEEPS_FLOAT_CONTROL: return resume_dense(fiber, self);
    default: return resume_any(fiber, value, "tl_resume", owned, sent);
    }
}

static OWN_LINES NEVER_INLINE tl_result resume_otherwise(tl_fiber *fiber, void **value, tl_fiber *self)
{
    return resume_for(fiber, value, self, 0, TL_OK);
}

static OWN_LINES NEVER_INLINE tl_result resume_owned_otherwise(tl_fiber *fiber, tl_fiber *self, tl_result sent)
{
    return resume_for(fiber, NULL, self, TL__OWNED, sent);
}

static NEVER_INLINE tl_result resume_owned_on_new_thread(tl_fiber *fiber, tl_result sent)
{
    return resume_owned_otherwise(fiber, tl__this_thread.current, sent);
}

OWN_LINES NEVER_INLINE tl_result tl__fiber_resume_owned(tl_fiber *fiber, tl_result sent)
{
    tl__thread_state *here = tl__thread_state_found();
    if (UNLIKELY(here == NULL))
        return resume_owned_on_new_thread(fiber, sent);
    tl_fiber *self = here->current;
    if (UNLIKELY(TL__CHECKS_FLOAT_CONTROL || tl__state(fiber) != (TL_FIBER_SUSPENDED | TL__OWNED) ||
                 tl__resumer(fiber) != NULL || tl__state(self) & TL__NOT_PLAIN || fiber->inbox != NULL))
        return resume_owned_otherwise(fiber, self, sent);
    set_resumer(fiber, self);
    return switch_with(here, self, fiber, tl__context_behind(fiber), &fiber->context, sent);
}

static NEVER_INLINE tl_result resume_on_new_thread(tl_fiber *fiber, void **value)
{
    return resume_otherwise(fiber, value, tl__this_thread.current);
}

OWN_LINES NEVER_INLINE tl_result tl_resume(tl_fiber *fiber, void **value)
{
    tl__thread_state *here = tl__thread_state_found();
    if (UNLIKELY(here == NULL))
        return resume_on_new_thread(fiber, value);
    tl_fiber *self = here->current;
    if (UNLIKELY(TL__CHECKS_FLOAT_CONTROL || fiber == NULL || tl__state(fiber) != TL_FIBER_SUSPENDED ||
                 tl__resumer(fiber) != NULL || tl__state(self) & TL__NOT_PLAIN))
        return resume_otherwise(fiber, value, self);
    EXCHANGE_FEW_VALUES(self, fiber, value);
    set_resumer(fiber, self);
    return switch_to(here, self, fiber, tl__context_behind(fiber), &fiber->context);
}

static NEVER_INLINE tl_result yield_any(void **value)
{
    tl_fiber *self = tl__running_fiber();
    tl_result result = tl__check_suspendable(self);
    if (UNLIKELY(result != TL_OK))
        return tl__misuse(result, "tl_yield");
    tl__check_spinlocks("tl_yield");
    tl__check_float_control(self, "tl_yield");
    tl_fiber *to = tl__resumer(self);
    result = check_dense(self, to, value, true, "tl_yield");
    if (UNLIKELY(result != TL_OK))
        return result;
    tl__trace_suspend(self);
    find_inbox(to);
    exchange_values(self, to, value);
    tl__exchange_float_control(self, to);
    tl__context *behind = tl__any_context_behind(self);
    set_resumer(self, NULL);
    if (tl__is_dense(to))
        tl__dense_wait_no_more(to);
    return go(self, to, &self->context, behind, true, TL_OK);
}

/// Yields, without values and to a plain resumer (otherwise the fiber would be TL__NOT_FAST), from a fiber that keeps
/// its control words, from a dense one that may stay on the stack, or from one that is both. All other cases:
/// yield_any.
static OWN_LINES NEVER_INLINE tl_result yield_otherwise(void **value, tl_fiber *self)
{
    tl_fiber *to = tl__resumer(self);
    if (UNLIKELY(TL__CHECKS_FLOAT_CONTROL || TL__CHECKS_SPINLOCKS || TL__DENSE_CLOSES || to == NULL || value != NULL ||
                 to->inbox != NULL))
        return yield_any(value);
    switch (tl__state(self) & ~(uint32_t)TL__OWNED) {
    case TL_FIBER_SUSPENDED | TL__KEEPS_FLOAT_CONTROL: break;
    case TL_FIBER_SUSPENDED | TL__DENSE:
    case TL_FIBER_SUSPENDED | TL__DENSE | TL__KEEPS_FLOAT_CONTROL:
        if (UNLIKELY(tl__dense_has_waiters(&self->pool->dense)))
            return yield_any(value);
        break;
    default: return yield_any(value);
    }
    tl__thread_state *here = &tl__this_thread;
    if (tl__keeps_float_control(self))
        tl__float_control_exchange(&self->float_control, &here->shared_float_control);
    tl__context *behind = tl__context_behind(self);
    set_resumer(self, NULL);
    return switch_to(here, self, to, &self->context, behind);
}

OWN_LINES NEVER_INLINE tl_result tl_yield(void **value)
{
    tl__thread_state *here = tl__thread_state_found();
    if (UNLIKELY(here == NULL))
        return yield_any(value);
    tl_fiber *self = here->current;
    if (UNLIKELY(TL__CHECKS_FLOAT_CONTROL || TL__CHECKS_SPINLOCKS ||
                 (tl__state(self) & ~(uint32_t)TL__OWNED) !=
                     TL_FIBER_SUSPENDED)) // true for a thread's own context, too
        return yield_otherwise(value, self);
    tl_fiber *to = tl__resumer(self);
    EXCHANGE_FEW_VALUES(self, to, value);
    tl__context *behind = tl__context_behind(self);
    set_resumer(self, NULL);
    return switch_to(here, self, to, &self->context, behind);
}

/// Whether a fiber is owned and plain, and its marks, apart from `ignored`, equal `marks`.
static inline bool is_marked(const tl_fiber *fiber, uint32_t marks, uint32_t ignored)
{
    return tl__state(fiber) == (TL_FIBER_SUSPENDED | TL__OWNED) && (tl__fiber_marks(fiber) & ~ignored) == marks;
}

NEVER_INLINE void *tl__fiber_script_if_marked(uint32_t marks, uint32_t ignored)
{
    return is_marked(tl__this_thread.current, marks, ignored) ? tl__this_thread.script : NULL;
}

OWN_LINES NEVER_INLINE tl_result tl__fiber_yield_marked(uint32_t marks, uint32_t ignored, uint32_t added,
                                                        tl_result (*otherwise)(void))
{
    tl__thread_state *here = tl__thread_state_found();
    if (UNLIKELY(here == NULL))
        return otherwise();
    tl_fiber *self = here->current;
    if (UNLIKELY(TL__CHECKS_FLOAT_CONTROL || TL__CHECKS_SPINLOCKS || !is_marked(self, marks, ignored) ||
                 tl__resumer(self)->inbox != NULL))
        return otherwise();
    tl__fiber_set_marks(self, tl__fiber_marks(self) | added);
    tl_fiber *to = tl__resumer(self);
    tl__context *behind = tl__context_behind(self);
    set_resumer(self, NULL);
    return switch_to(here, self, to, &self->context, behind);
}

NEVER_INLINE tl_result tl_transfer(tl_fiber *fiber, void **value)
{
    tl_fiber *self = tl__running_fiber();
    tl_result result = tl__check_suspendable(self);
    if (result == TL_OK)
        result = tl__check_resumable(fiber, 0);
    if (UNLIKELY(result != TL_OK))
        return tl__misuse(result, __func__);
    tl__check_spinlocks("tl_transfer");
    tl__check_float_control(self, "tl_transfer");
    result = check_dense(self, fiber, value, true, "tl_transfer");
    if (UNLIKELY(result != TL_OK))
        return result;
    tl__trace_transfer(self, fiber);
    if (UNLIKELY(tl__state(self) & TL__OWNED))
        tl__fiber_set_state(self, tl__state(self) | TL__LENT);
    tl__context *load = prepare_fiber(self, fiber, tl__resumer(self), value);
#if TL__CONTEXT_IS_A_POINTER
    fiber->resumer_context = self->resumer_context;
#endif
    set_resumer(self, NULL);
    return go(self, fiber, &self->context, load, true, TL_OK);
}

NEVER_INLINE void tl__fiber_yield_anywhere(void)
{
    tl_fiber *self = tl__this_thread.current;
    uint32_t kept = tl__state(self) & (TL__UNWINDING | TL__IN_CALLBACK);
    tl__fiber_set_state(self, tl__state(self) & ~kept);
    tl_yield(NULL);
    tl__fiber_set_state(self, tl__state(self) | kept);
}

/// Ends `self` and gives control to `to`. All state that `to` will read must be set before.
static inline _Noreturn void leave_for_good(tl_fiber *self, tl_fiber *to, tl__context *behind, uint32_t state)
{
    tl__fiber_set_state(self, state);
    set_resumer(self, NULL);
    leave_fiber(&tl__this_thread, self, to, true);
    tl__context_leave(behind, TL_FINISHED);
}

/// As leave_for_good, where `self` or `to` is dense.
static _Noreturn NEVER_INLINE void leave_for_good_dense(tl_fiber *self, tl_fiber *to, tl__context *behind,
                                                        uint32_t state)
{
    if (tl__is_dense(to))
        tl__dense_wait_no_more(to);
    if (tl__is_dense(self))
        tl__dense_vacate(self);
    if (tl__dense_needs_trampoline(self, to, false)) {
        tl__fiber_set_state(self, state);
        set_resumer(self, NULL);
        self->pool->dense.pending_switch =
            (tl__pending_switch){.off = NULL, .to = to, .load = behind, .answer = TL_FINISHED};
        start_copy_trampoline(self, &self->context, true);
    }
    if (tl__is_dense(to))
        occupy(to);
    leave_for_good(self, to, behind, state);
}

_Noreturn NEVER_INLINE void tl__fiber_finish(tl_fiber *self)
{
    tl__check_float_control(self, "the end of a fiber");
    tl__check_spinlocks_at_end(self, "the end of a fiber");
    tl__trace_finish(self);
    tl_fiber *to = tl__resumer(self);
    find_inbox(to);
    if (to->inbox != NULL) {
        *to->inbox = self->result;
        to->inbox = NULL;
    }
    if ((tl__state(self) | tl__state(to)) & TL__KEEPS_FLOAT_CONTROL)
        tl__float_control_load(tl__float_control_of(to));
    uint32_t state = (tl__state(self) & ~(uint32_t)(TL__STATUS | TL__NOT_FAST)) | TL_FIBER_DONE;
    tl__context *behind = tl__any_context_behind(self);
    if (UNLIKELY(involves_dense(self, to)))
        leave_for_good_dense(self, to, behind, state);
    leave_for_good(self, to, behind, state);
}

_Noreturn NEVER_INLINE void tl__fiber_returned(void)
{
    tl_fiber *self = tl__this_thread.current, *to = tl__resumer(self);
    uint32_t kept = tl__state(self) & (TL__OWNED | TL__KEEPS_FLOAT_CONTROL);
    if (UNLIKELY(TL__CHECKS_FLOAT_CONTROL || TL__CHECKS_SPINLOCKS || tl__state(self) != (TL_FIBER_SUSPENDED | kept) ||
                 to->inbox != NULL))
        tl__fiber_finish(self);
    if (UNLIKELY(kept & TL__KEEPS_FLOAT_CONTROL))
        tl__float_control_load(&tl__this_thread.shared_float_control);
    leave_for_good(self, to, tl__context_behind(self), TL_FIBER_DONE | kept);
}
