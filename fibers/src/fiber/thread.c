// SPDX-License-Identifier: MIT
#include "fiber/thread.h"

#include "base/compiler.h"
#include "base/misuse.h"

tl_fiber tl__unattached_thread = {.state = TL_FIBER_SUSPENDED | TL__THREAD | TL__UNATTACHED};

#ifdef TL__HAS_THREAD_SLOT
const tl__thread_state tl__thread_state_at_first = {.current = &tl__unattached_thread};
#else
FAST_THREAD_LOCAL tl__thread_state tl__this_thread = {.current = &tl__unattached_thread};
#endif

#ifdef TELAR_EXPLORE
tl__thread_state tl__thread_state_fresh(uintptr_t holder)
{
    return (tl__thread_state){.current = &tl__unattached_thread, .holder = holder};
}

void tl__thread_exchange(tl__thread_state *other)
{
    tl__thread_state before = tl__this_thread;
    tl__this_thread = *other;
    *other = before;
}
#endif

NEVER_INLINE tl__here tl__thread_here(void)
{
    return (tl__here){.worker = tl__this_thread.worker, .current = tl__this_thread.current};
}

NEVER_INLINE void tl__thread_set_worker(tl__worker_record *worker)
{
    tl__this_thread.worker = worker;
}

NEVER_INLINE void **tl__thread_script_slot(void)
{
    void **slot = &tl__this_thread.script;
    // A compiler that sees this body at link time would otherwise take the result for a constant, and could reuse an
    // address that it got before a switch.
    __asm__ volatile("" : "+r"(slot));
    return slot;
}

NEVER_INLINE void *tl__thread_get_script(void)
{
    return tl__this_thread.script;
}

NEVER_INLINE void *tl__thread_set_script(void *script)
{
    void *before = tl__this_thread.script;
    tl__this_thread.script = script;
    return before;
}

NEVER_INLINE uint64_t tl__thread_number(void)
{
    static _Atomic uint64_t numbers;
    if (tl__this_thread.number == 0) // relaxed: it only has to be unique
        tl__this_thread.number = atomic_fetch_add_explicit(&numbers, 1, memory_order_relaxed) + 1;
    return tl__this_thread.number;
}

NEVER_INLINE const tl__context *tl__fiber_waits_in(const tl_fiber *fiber)
{
    for (tl_fiber *active = tl__this_thread.current; tl__resumer(active) != NULL; active = tl__resumer(active))
        if (tl__resumer(active) == fiber)
            return tl__any_context_behind(active);
    return NULL;
}

NEVER_INLINE void tl__check_spinlocks(const char *call)
{
    if (TL__CHECKS_SPINLOCKS && tl__this_thread.current->spinlocks != 0)
        tl__misuse(TL_ERROR_SPINLOCK_HELD, call);
}

void tl__check_spinlocks_at_end(tl_fiber *fiber, const char *call)
{
    if (TL__CHECKS_SPINLOCKS && fiber->spinlocks != 0) {
        fiber->spinlocks = 0;
        tl__misuse(TL_ERROR_SPINLOCK_HELD, call);
    }
}

NEVER_INLINE tl_fiber *tl_fiber_current(void)
{
    return tl__running_fiber();
}

NEVER_INLINE bool tl_fiber_is_unwinding(void)
{
    tl_fiber *self = tl__running_fiber();
    return self != NULL && tl__state(self) & TL__UNWINDING;
}

NEVER_INLINE bool tl__fiber_runs_here(const tl_fiber *fiber)
{
    return tl__this_thread.current == fiber && (tl__state(fiber) & TL__UNWINDING) == 0;
}

NEVER_INLINE void *tl_fiber_first_value(void)
{
    tl_fiber *self = tl__running_fiber();
    return self != NULL ? self->first_value : NULL;
}
